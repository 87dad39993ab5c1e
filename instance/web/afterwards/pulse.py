"""Was it worth coming? Asked as people leave, counted, and joined to nobody's name.

It stays here: the facilitators see how it changes from meeting to meeting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.errors import NotEntitled
from confederation.meeting import circle
from instance import node
from instance.desk import Desk
from instance.store import pulses
from instance.web.afterwards import points
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting import tables
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Holder, Member, the_voter

ANSWERS: Final[Mapping[str, str]] = {
    "yes": N_("Yes, it was worth it"),
    "partly": N_("Partly"),
    "no": N_("No"),
}
FEWEST_SHOWN: Final = 5
MOST_HANDS: Final = 10_000
SHOWN: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How many gave each answer in one meeting; None where too few did to be shown."""

    title: str
    href: str
    at: datetime
    counts: Mapping[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PulsePage:
    """The question, for one person of a meeting; the trend is for who leads."""

    id: str
    title: str
    open: bool
    answered: bool
    may_count: bool
    room: Mapping[str, int]
    trend: tuple[Answers, ...]


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        voter = the_voter(request)
        shown = await site.node.look(lambda desk: view(desk, _id(request), voter))
        return render(request, "pulse.html", page=shown, answers=ANSWERS)

    async def answered(request: Request, form: Form) -> Response:
        form.only("answer")
        voter = the_voter(request)
        says = form.choice("answer", "Was it worth coming?", among=ANSWERS)

        def carry_out(desk: Desk) -> None:
            id = _id(request)
            tables.check_in_it(desk, id, voter)
            session.be_open(node.load(desk, f"session:{id}"))
            seat = tables.seat_of(desk, id, voter)
            pulses.answer(desk.connection, id, seat, says)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/pulse")

    async def counted(request: Request, form: Form) -> Response:
        form.only(*ANSWERS)
        voter = the_voter(request)
        hands = {
            says: form.whole(says, label, most=MOST_HANDS)
            for says, label in ANSWERS.items()
        }

        def carry_out(desk: Desk) -> None:
            id = _id(request)
            tables.check_in_it(desk, id, voter)
            if isinstance(voter, Holder) or not may(voter, circle.BeginRound):
                raise NotEntitled("Whoever leads the meeting counts the hands.")
            pulses.count_room(desk.connection, id, hands)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/pulse")

    return [
        site.page("/sessions/{id}/pulse", page),
        site.form("/sessions/{id}/pulse", answered, again=page),
        site.form("/sessions/{id}/pulse/room", counted, again=page),
    ]


def view(desk: Desk, id: str, voter: Member | Holder) -> PulsePage:
    """Show the question to somebody who is in a meeting.

    Raises:
        NotEntitled: their card is of another meeting.
        Unknown: there is no such meeting.
    """
    title = tables.check_in_it(desk, id, voter)
    held: session.State = node.load(desk, f"session:{id}")
    leads = isinstance(voter, Member) and may(voter, circle.BeginRound)
    counts = pulses.of_session(desk.connection, id)
    return PulsePage(
        id=id,
        title=title,
        open=held.is_open,
        answered=pulses.answered(desk.connection, id, tables.seat_of(desk, id, voter)),
        may_count=leads,
        room={says: counts.get(("room", says), 0) for says in ANSWERS},
        trend=tuple(_trend(desk)) if leads else (),
    )


def _trend(desk: Desk) -> list[Answers]:
    found = []
    for id, held in node.load_all(desk, "session").items():
        counts = pulses.of_session(desk.connection, id)
        if held.called is None or not counts:
            continue
        summed = {
            says: sum(counts.get((channel, says), 0) for channel in ("phones", "room"))
            for says in ANSWERS
        }
        found.append(
            Answers(
                title=points.words(desk, held.called.notice.title),
                href=f"/sessions/{id}/pulse",
                at=held.called.notice.starts_at,
                counts=summed if sum(summed.values()) >= FEWEST_SHOWN else None,
            )
        )
    return found[:SHOWN]


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
