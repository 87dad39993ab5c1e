"""A visitor is shown the way to follow us from their own server; nobody is asked.

Not even their server: a stranger makes this node ask nobody (S61). What it runs is
known from those there who follow us already, or taken to be what most servers run. See
docs/decisions/0063.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import addresses, discovery
from activitypub.errors import Malformed
from instance import speech
from instance.desk import Desk
from instance.store import software
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site

LONGEST_NAME: Final = 300
AS_MOST: Final = "/authorize_interaction?uri={address}"
WAYS: Final = {
    "folkmoot": "/intents/follow?object={address}",
    **dict.fromkeys(("akkoma", "pleroma"), "/ostatus_subscribe?acct={handle}"),
    **dict.fromkeys(
        ("firefish", "iceshrimp", "misskey", "sharkey"),
        "/authorize-follow?acct={handle}",
    ),
    **dict.fromkeys(("lemmy", "piefed"), "/search?q=%21{handle}"),
    "mobilizon": "/interact?uri={address}",
    "peertube": "/remote-interaction?uri={address}",
}
"""Where servers let their people follow somebody, by what they run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUsPage:
    """The way to a server, or why there is none.

    Args:
        who: what the visitor typed.
        handle: ours, to be searched for.
        host: the server, None if what was typed names none.
        href: the page there.
        wrong: why there is no way, as a sentence, or None.
    """

    who: str
    handle: str
    host: str | None = None
    href: str | None = None
    wrong: str | None = None


def view(desk: Desk, who: str) -> FollowUsPage:
    """Work out at which page of their own server a visitor can follow us."""
    handle = f"{desk.config.slug}@{desk.config.host}"
    page = FollowUsPage(who=who, handle=f"@{handle}")
    try:
        there = discovery.account(who.strip())
    except Malformed:
        return _wrong(
            page,
            N_("This is no name in the fediverse. One looks like @sam@example.org."),
        )
    if there.host == desk.config.host:
        return _wrong(
            page,
            N_(
                "This is here. Whoever has an address here signs in, and follows there."
            ),
        )
    scheme = addresses.parse(desk.config.base).scheme
    origin = f"{scheme}://{there.host}"
    way = WAYS.get(software.of(desk.connection, origin) or "", AS_MOST)
    address = speech.address(desk, speech.group_path(desk))
    return FollowUsPage(
        who=who,
        handle=page.handle,
        host=there.host,
        href=origin
        + way.format(address=quote(address, safe=""), handle=quote(handle, safe="")),
    )


def _wrong(page: FollowUsPage, says: str) -> FollowUsPage:
    return FollowUsPage(who=page.who, handle=page.handle, wrong=says)


def routes(site: Site) -> list[Route]:
    async def follow_us(request: Request) -> Response:
        who = request.query_params.get("who", "")[:LONGEST_NAME]
        shown = await site.node.look(lambda desk: view(desk, who))
        return render(
            request, "follow_us.html", status=422 if shown.wrong else 200, page=shown
        )

    return [site.page("/follow-us", follow_us)]
