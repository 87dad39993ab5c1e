"""Other sites send our members here to follow or answer what they met there.

The page says what would be done, and with whom; nothing is asked of anybody and nothing
is done before the member presses the button (FEP-3b86, S61).
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import discovery
from activitypub.errors import Malformed
from instance.desk import Desk
from instance.fediverse import finding, persona
from instance.store import personas
from instance.web.fediverse import home, profiles
from instance.web.fediverse.profiles import Lookups
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site, not_found, see_other
from instance.web.visits import Member, signed_in, the_member

WHAT: Final = {
    "follow": N_("Follow"),
    "object": N_("Look at"),
    "like": N_("Like"),
    "announce": N_("Hand on"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentPage:
    """``handle`` is that of the member, None for whoever is none or has no actor."""

    kind: str
    says: str
    object: str
    member: bool
    handle: str | None


def view(desk: Desk, member: Member | None, kind: str, object: str) -> IntentPage:
    """Say what would be done; only the member's own address is looked up for it."""
    me = None if member is None else personas.of(desk.connection, member.id)
    return IntentPage(
        kind=kind,
        says=WHAT[kind],
        object=object,
        member=member is not None,
        handle=None if me is None else f"@{me.username}@{desk.config.host}",
    )


def routes(site: Site, lookups: Lookups) -> list[Route]:
    async def intent(request: Request) -> Response:
        kind, object = _kind(request), request.query_params.get("object", "")
        _readable(object)
        member = signed_in(request)
        shown = await site.node.look(lambda desk: view(desk, member, kind, object))
        return render(request, "intent.html", page=shown)

    async def act(request: Request, form: Form) -> Response:
        form.only("object")
        kind, member = _kind(request), the_member(request)
        object = form.line("object", N_("Whom or what"), most=home.LONGEST_ADDRESS)
        me = await site.node.look(lambda desk: persona.of(desk, member.id))
        lookups.count(member.id, at=int(site.node.clock().timestamp()))
        found = await finding.find(site.node, site.client, object, reader=me.path)

        def carry_out(desk: Desk) -> None:
            if found.kind == "actor":
                if kind == "follow":
                    profiles.begin_to_follow(desk, member, found.id)
            elif kind in _DEEDS:
                post = home.the_post(desk, me, found.id)
                inbox = home.inbox_of(desk, post.author)
                persona.do(desk, me, _DEEDS[kind], post, inbox=inbox)

        await site.work(carry_out)
        if found.kind == "actor":
            return see_other(home.who_page(found.id))
        return see_other(home.page_of(found.id))

    return [
        site.page("/intents/{kind}", intent),
        site.form("/intents/{kind}", act),
    ]


_DEEDS: Final[dict[str, persona.Kind]] = {"like": "Like", "announce": "Announce"}


def _kind(request: Request) -> str:
    kind: str = request.path_params["kind"].lower()
    if kind not in WHAT:
        raise not_found()
    return kind


def _readable(object: str) -> None:
    """Make sure that a page names nothing but a name or an address.

    Raises:
        Malformed: it is neither.
    """
    if len(object) > home.LONGEST_ADDRESS:
        raise Malformed("This address is too long.")
    discovery.resource(object)
