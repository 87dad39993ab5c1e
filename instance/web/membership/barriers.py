"""What keeps people from coming is written down without their names, and seen to.

Anybody in the room can say it, and whoever was told of it at a door or in confidence
writes it down in words of their own. It stays among the members.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import NotEntitled, Unknown
from confederation.meeting import minutes
from instance.dealings import asks
from instance.desk import Desk
from instance.errors import Misused
from instance.store import barriers
from instance.store.barriers import Barrier, Kind, State
from instance.web import naming, telling
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Words, in_hex
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.states import Badge
from instance.web.visits import Member, Visit, the_member, the_voter

MOST_IN_SAYS: Final = 500
MOST_IN_FIX: Final = 500
KINDS: Final[Mapping[Kind, str]] = {
    "childcare": N_("Children, or somebody to be cared for"),
    "access": N_("Getting there and in, sitting, hearing, seeing"),
    "language": N_("The language, or the words we use"),
    "cost": N_("What it costs to come"),
    "time": N_("The day or the hour"),
    "other": N_("Something else"),
}
STATES: Final[Mapping[State, Badge]] = {
    "open": Badge(says=N_("Nobody sees to it yet"), tone="waiting"),
    "worked on": Badge(says=N_("Being worked on"), tone="going"),
    "fixed": Badge(says=N_("Fixed"), tone="done"),
    "cannot": Badge(says=N_("We cannot fix it"), tone="not"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A barrier, and the page of what was put to a body about it."""

    barrier: Barrier
    day: datetime
    asked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BarriersPage:
    """The log, for members; whoever came by a card has the form only."""

    lines: tuple[Line, ...]
    asks: tuple[tuple[str, Words], ...]
    kind: str
    inside: bool
    may_fix: bool
    once: str


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        the_voter(request)
        visit: Visit = request.state.visit
        kind = request.query_params.get("kind", "")
        said = request.query_params.get("said") == "yes"
        shown = await site.node.look(lambda desk: view(desk, visit, kind=kind))
        return render(
            *(request, "barriers.html"),
            page=shown,
            kinds=KINDS,
            states=STATES,
            said=said,
        )

    async def say(request: Request, form: Form) -> Response:
        form.only("kind", "says", "once")
        the_voter(request)
        id = telling.once(form)
        kind = cast(Kind, form.choice("kind", "What it is about", among=KINDS))
        says = form.text("says", "What stands in the way", most=MOST_IN_SAYS)

        def carry_out(desk: Desk) -> None:
            day = desk.now.date().isoformat()
            barriers.keep(desk.connection, id, kind=kind, says=says, day=day)

        await site.work(carry_out)
        return see_other("/barriers?said=yes")

    async def fix(request: Request, form: Form) -> Response:
        form.only("state", "fix", "ask")
        id = _id(request)
        check(the_member(request))
        state = cast(State, form.choice("state", "How it stands", among=STATES))
        needs_words = state in ("fixed", "cannot")
        words = form.text(
            *("fix", "What is done about it, or why nothing can be"),
            least=1 if needs_words else 0,
            most=MOST_IN_FIX,
        )

        def carry_out(desk: Desk) -> None:
            asked = form.one("ask") or None
            if asked is not None and asked not in {value for value, _ in _asks(desk)}:
                raise Misused("“What we asked for”: this was not offered.")
            if not barriers.say(desk.connection, id, state=state, fix=words, ask=asked):
                raise Unknown("This does not stand in the log.")

        await site.work(carry_out)
        return see_other("/barriers")

    async def remove(request: Request, form: Form) -> Response:
        form.only()
        check(the_member(request))
        await site.work(lambda desk: barriers.remove(desk.connection, _id(request)))
        await site.node.database.forget_steps()
        return see_other("/barriers")

    return [
        site.page("/barriers", page),
        site.form("/barriers", say, again=page),
        site.form("/barriers/{id}", fix, again=page),
        site.form("/barriers/{id}/remove", remove, again=page),
    ]


def view(desk: Desk, visit: Visit, *, kind: str = "") -> BarriersPage:
    """Show the log; ``kind`` is chosen beforehand in its form."""
    inside = visit.member is not None
    return BarriersPage(
        lines=tuple(
            Line(
                barrier=each,
                day=datetime.fromisoformat(each.day).replace(tzinfo=UTC),
                asked="" if each.ask is None else f"/asks/{each.ask}",
            )
            for each in (barriers.all_of_them(desk.connection) if inside else ())
        ),
        asks=tuple(_asks(desk)) if inside else (),
        kind=kind,
        inside=inside,
        may_fix=visit.member is not None and may(visit.member, minutes.DraftMinutes),
        once=desk.new_id(),
    )


def check(member: Member) -> None:
    """Make sure that a member may say how a barrier stands.

    Raises:
        NotEntitled: that is for those who take the notes.
    """
    if not may(member, minutes.DraftMinutes):
        raise NotEntitled(
            "Whoever takes the notes, the facilitator, convenor or clerk says how it "
            "stands."
        )


def _asks(desk: Desk) -> list[tuple[str, Words]]:
    return [
        (in_hex(each.entry.digest), naming.words(desk, each.ask.authority))
        for each in asks.every(desk)
    ]


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
