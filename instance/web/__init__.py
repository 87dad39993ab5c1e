"""The web of a node: pages that anybody reads, and forms by which members act.

One file a noun, in the package of those who meet it; what all pages stand on is here.
A page is a frozen value built by a pure function over a desk, and a
template shows it. How to add one is in `site.Site`: ``site.page(path, show)`` and
``site.form(path, act, again=show)``; who asks is `visits.signed_in`; what a form says
is read with `forms.Form`; every form includes ``_token.html``.
"""

from collections.abc import Callable
from typing import Final

from activitypub.client import Client
from instance.node import Node
from instance.web import about, assets, condition, front, preferences
from instance.web.afterwards import (
    actions,
    goal,
    leaving,
    minutes,
    offering,
    points,
    pulse,
    reviews,
    thanks,
)
from instance.web.confederal import (
    applying,
    bearing,
    changing,
    compacts,
    dissents,
    evidence,
    joining,
    mandate_card,
    mandate_form,
    mandates,
    our_turn,
    paper_votes,
    placing,
    proposals,
    proposing,
    putting_again,
    ratifying,
    reports,
    seating,
    statements,
    versions,
    voting,
)
from instance.web.dealings import (
    addressing,
    aid,
    asked,
    asks,
    authorities,
    bridges,
    introductions,
    library,
    projects,
    servants,
)
from instance.web.deciding import (
    ballot_sheets,
    ballots,
    common_ground,
    confirming,
    count_sheets,
    decisions,
    ground_paper,
    motions,
    polls,
    recounting,
    rulebook,
)
from instance.web.fediverse import (
    follow_us,
    home,
    intents,
    moderating,
    notices,
    posts,
    profiles,
)
from instance.web.matters import (
    common_mandates,
    common_texts,
    directory,
    issues,
    jurisdiction_notes,
    look_alikes,
    raising,
    stories,
    translations,
    whereabouts,
)
from instance.web.meeting import (
    calendar,
    cards,
    circle,
    door,
    first,
    floor,
    hall,
    joint,
    listening,
    live,
    putting,
    role_lots,
    room,
    rounds,
    screen,
    sessions,
    setup,
    sheets,
    stubs,
    tables,
    tear_offs,
    themes,
    told,
    training,
    welcoming,
)
from instance.web.meeting.feelings import Feelings
from instance.web.membership import (
    barriers,
    belonging,
    demographics,
    founding,
    news_feeds,
    news_mail,
    news_ways,
    outreach,
    panels,
    passkeys,
    people,
    signing_in,
    sub_assemblies,
    today,
)
from instance.web.membership.news_mail import send_on
from instance.web.record import claim, contradictions, export, lineage, records, results
from instance.web.site import Site, explain
from instance.web.waiting import play_on

__all__ = ["HANDLERS", "play_on", "send_on", "site_of"]

TOGETHER: Final = (
    bearing,
    paper_votes,
    putting,
    raising,
    listening,
    tear_offs,
    told,
    joining,
    changing,
    versions,
    applying,
    evidence,
    proposing,
    putting_again,
    ratifying,
    our_turn,
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
    translations,
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
    count_sheets,
    confirming,
    points,
    addressing,
    asks,
    asked,
    servants,
    authorities,
    aid,
    offering,
    introductions,
    projects,
    actions,
    stories,
    sub_assemblies,
    panels,
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
    news_ways,
    news_mail,
    news_feeds,
    tables,
    role_lots,
    circle,
    themes,
    training,
    welcoming,
    common_ground,
    ground_paper,
    library,
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
    bridges,
    motions,
    ballot_sheets,
    ballots,
)
HANDLERS: Final = dict.fromkeys((400, 404, 405, 406, 410, 500), explain)
"""What the application answers, by status, where no route of ours did."""


def site_of(node: Node, client: Client, *, stirred: Callable[[], None]) -> Site:
    """Put the web of a node together, with all its pages and forms.

    Their routes come before those of the protocol: where both answer at one address, a
    page goes to whoever asks for HTML.
    """
    site = Site(
        node=node,
        client=client,
        stirred=stirred,
        feelings=Feelings(node.clock()),
    )
    lookups = profiles.Lookups()
    site.routes.append(assets.ROUTE)
    site.routes.extend(signing_in.routes(site))
    for noun in NOUNS:
        site.routes.extend(noun.routes(site))
    site.routes.extend(profiles.routes(site, lookups))
    site.routes.extend(intents.routes(site, lookups))
    return site
