"""The web of a node: pages that anybody reads, and forms by which members act.

One file a noun. A page is a frozen value built by a pure function over a desk, and a
template shows it. How to add one is in `site.Site`: ``site.page(path, show)`` and
``site.form(path, act, again=show)``; who asks is `visits.signed_in`; what a form says
is read with `forms.Form`; every form includes ``_token.html``.
"""

from collections.abc import Callable
from typing import Final

from starlette.routing import Route

from activitypub.client import Client
from instance.node import Node
from instance.web import (
    about,
    actions,
    addressing,
    aid,
    asked,
    asks,
    assets,
    authorities,
    ballot_sheets,
    ballots,
    barriers,
    bearing,
    belonging,
    calendar,
    cards,
    circle,
    claim,
    common_ground,
    common_mandates,
    common_texts,
    compacts,
    condition,
    confirming,
    contradictions,
    count_sheets,
    decisions,
    demographics,
    directory,
    dissents,
    door,
    evidence,
    export,
    first,
    floor,
    follow_us,
    founding,
    front,
    goal,
    ground_paper,
    hall,
    home,
    intents,
    introductions,
    issues,
    joining,
    joint,
    jurisdiction_notes,
    leaving,
    lineage,
    listening,
    live,
    look_alikes,
    mandate_card,
    mandate_form,
    mandates,
    minutes,
    moderating,
    motions,
    notices,
    offering,
    outreach,
    paper_votes,
    passkeys,
    people,
    placing,
    points,
    polls,
    posts,
    preferences,
    profiles,
    proposals,
    proposing,
    pulse,
    putting,
    putting_again,
    raising,
    ratifying,
    records,
    recounting,
    referring,
    reports,
    results,
    reviews,
    room,
    rounds,
    rulebook,
    scopes,
    screen,
    seating,
    sessions,
    setup,
    sheets,
    signing_in,
    statements,
    stories,
    stubs,
    sub_assemblies,
    tables,
    tear_offs,
    thanks,
    themes,
    today,
    training,
    versions,
    voting,
    welcoming,
    whereabouts,
)
from instance.web.feelings import Feelings
from instance.web.site import Site, explain
from instance.web.waiting import play_on

__all__ = ["HANDLERS", "play_on", "routes", "routes_of", "site_of"]

TOGETHER: Final = (
    bearing,
    paper_votes,
    putting,
    raising,
    listening,
    tear_offs,
    joining,
    versions,
    evidence,
    proposing,
    putting_again,
    ratifying,
    referring,
    reports,
    seating,
    voting,
)
"""The forms by which an assembly acts together with others."""

NOUNS: Final = (
    front,
    # Before the pages: /issues/new is a form, and no issue.
    *TOGETHER,
    jurisdiction_notes,
    look_alikes,
    directory,
    common_mandates,
    common_texts,
    issues,
    placing,
    proposals,
    mandates,
    mandate_card,
    mandate_form,
    decisions,
    dissents,
    lineage,
    contradictions,
    condition,
    statements,
    records,
    recounting,
    compacts,
    posts,
    preferences,
    polls,
    about,
    today,
    home,
    follow_us,
    notices,
    hall,
    people,
    belonging,
    passkeys,
    moderating,
    first,
    founding,
    rulebook,
    scopes,
    count_sheets,
    confirming,
    points,
    addressing,
    asks,
    asked,
    authorities,
    aid,
    offering,
    introductions,
    actions,
    stories,
    sub_assemblies,
    thanks,
    goal,
    whereabouts,
    minutes,
    leaving,
    claim,
    export,
    results,
    joint,
    sessions,
    cards,
    door,
    stubs,
    setup,
    calendar,
    tables,
    circle,
    themes,
    training,
    welcoming,
    common_ground,
    ground_paper,
    pulse,
    demographics,
    barriers,
    reviews,
    floor,
    screen,
    room,
    rounds,
    live,
    sheets,
    outreach,
    motions,
    ballot_sheets,
    ballots,
)
HANDLERS: Final = dict.fromkeys((400, 404, 405, 406, 410, 500), explain)
"""What the application answers, by status, where no route of ours did."""


def routes(node: Node, client: Client, *, stirred: Callable[[], None]) -> list[Route]:
    """Return the routes of the pages and forms.

    They come before those of the protocol: where both answer at one address, a page
    goes to whoever asks for HTML.
    """
    return routes_of(site_of(node, client, stirred=stirred))


def site_of(node: Node, client: Client, *, stirred: Callable[[], None]) -> Site:
    """Put the web of a node together."""
    return Site(
        node=node,
        client=client,
        stirred=stirred,
        feelings=Feelings(node.clock()),
    )


def routes_of(site: Site) -> list[Route]:
    """Return the routes of a site, which from then on knows its forms."""
    lookups = profiles.Lookups()
    return [
        assets.ROUTE,
        *signing_in.routes(site),
        *(route for noun in NOUNS for route in noun.routes(site)),
        *profiles.routes(site, lookups),
        *intents.routes(site, lookups),
    ]
