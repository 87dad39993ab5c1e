"""A member sees what others did with what is theirs, and nobody else sees that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation.errors import Invalid
from instance.desk import Desk
from instance.fediverse import persona
from instance.store import notices
from instance.web.fediverse import home
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

MOST_SHOWN: Final = 100
LONGEST_TIME: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What somebody did. ``page`` is that of the post, None where there is none."""

    kind: notices.Kind
    name: str
    who: str
    page: str | None
    sign: str
    at: datetime
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesPage:
    """What others did, the newest first; ``up_to`` is when the newest of it was."""

    lines: tuple[Line, ...]
    up_to: str | None


def view(desk: Desk, member: Member) -> NoticesPage:
    """Show a member what others did with what is theirs.

    Raises:
        NotEntitled: they have no actor.
    """
    me = persona.of(desk, member.id)
    found = notices.newest(desk.connection, me=me.path, most=MOST_SHOWN)
    before = notices.seen_at(desk.connection, me=me.path)
    return NoticesPage(
        lines=tuple(
            Line(
                kind=each.kind,
                name=home.called(desk, each.actor),
                who=home.who_page(each.actor),
                page=None if each.post is None else home.page_of(each.post),
                sign=each.says,
                at=canonical.read_time(each.at),
                new=each.at > before,
            )
            for each in found
        ),
        up_to=found[0].at if found and found[0].at > before else None,
    )


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view(desk, member))
        return render(request, "home_notices.html", page=shown)

    async def see(request: Request, form: Form) -> Response:
        form.only("up_to")
        member = the_member(request)
        up_to = form.line("up_to", N_("Up to when"), most=LONGEST_TIME)

        def keep(desk: Desk) -> None:
            me = persona.of(desk, member.id)
            if up_to > canonical.write_time(desk.now):
                raise Invalid("Nobody has seen what has not happened yet.")
            notices.see(desk.connection, me=me.path, at=up_to)

        await site.work(keep)
        return see_other("/home/notices")

    return [
        site.page("/home/notices", page),
        site.form("/home/notices", see, again=page),
    ]
