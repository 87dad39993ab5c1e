"""Tables are drawn before the room, found by a card's number, and write their sheet.

Who sits where is for the people of the meeting, on its screens and on a list to print;
it is gone when the meeting closes.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.errors import (
    ByNumber,
    Filled,
    Invalid,
    NotEntitled,
    TooEarly,
    Unknown,
)
from confederation.identifiers import CardNumber, MemberId, SessionId
from confederation.meeting import breakout, door, point
from confederation.meeting.breakout import Seat, Table, Wishes
from confederation.meeting.point import MOST_FROM_A_TABLE, Place
from instance import node
from instance.desk import Desk
from instance.store import people
from instance.web import paper
from instance.web.afterwards import points
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import our_name
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Holder, Member, the_voter

SEED_BYTES: Final = 16
MOST_IN_CARDS: Final = 2_000
MOST_GROUPS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A table: its number, the cards at it, and the names of who is here by name."""

    number: int
    cards: str
    names: tuple[str, ...]
    seats: int
    status: str
    points: int
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesPage:
    """The tables of a meeting as one person in it sees them.

    ``by_card`` lists each card with its table, in the order of the cards; ``near`` are
    the tables at which people sit who were to be kept apart.
    """

    id: str
    title: str
    draw: int
    seed: str | None
    tables: tuple[TableView, ...]
    by_card: tuple[tuple[int, int], ...]
    near: tuple[int, ...]
    mine: int | None
    begun: bool
    here: int
    unseated: str
    may_draw: bool
    may_undo: bool
    usual: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A numbered line on a table's sheet."""

    number: int
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPage:
    """A table's sheet, for those who sit there and for whoever takes the notes."""

    id: str
    title: str
    table: int
    lines: tuple[Line, ...]
    status: str
    may_write: bool


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        voter = the_voter(request)
        shown = await site.node.look(lambda desk: view(desk, _id(request), voter))
        return render(request, "tables.html", page=shown)

    async def printed(request: Request) -> Response:
        voter = the_voter(request)
        shown = await site.node.look(lambda desk: view(desk, _id(request), voter))
        back = f"/sessions/{shown.id}/tables"
        return paper.show(request, "sheet_tables.html", back=back, page=shown)

    async def drawn(request: Request, form: Form) -> Response:
        form.only("draw", "size", "helpers", "apart")
        voter = the_voter(request)
        number = form.whole("draw", "Draw", least=1, most=9_999)
        wishes = Wishes(
            size=form.whole(
                "size",
                N_("At a table"),
                least=breakout.FEWEST_AT_A_TABLE,
                most=breakout.MOST_AT_A_TABLE,
            ),
            helpers=_cards(form, "helpers", "Cards of those who help"),
            apart=_groups(form),
        )

        def carry_out(desk: Desk) -> None:
            id = _open_meeting(desk, _id(request))
            held = of_meeting(desk, id)
            command = breakout.DrawTables(
                session=id,
                draw=number,
                seats=present(desk, id),
                wishes=wishes,
                seed=secrets.token_hex(SEED_BYTES),
                first=_first_free(desk, id, held),
                by=_as_member(voter).id,
                at=desk.now,
            )
            node.perform(desk, f"breakout:{id}", command)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/tables")

    async def undone(request: Request, form: Form) -> Response:
        form.only("draw")
        voter = the_voter(request)
        number = form.whole("draw", "Draw", least=1, most=9_999)

        def carry_out(desk: Desk) -> None:
            id = _open_meeting(desk, _id(request))
            if _has_points(desk, id, of_meeting(desk, id)):
                raise Invalid(
                    "A table has written on its sheet already, so this draw stands."
                )
            command = breakout.UndoDraw(
                session=id, draw=number, by=_as_member(voter).id, at=desk.now
            )
            node.perform(desk, f"breakout:{id}", command)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/tables")

    async def begun(request: Request, form: Form) -> Response:
        form.only()
        voter = the_voter(request)

        def carry_out(desk: Desk) -> None:
            id = _open_meeting(desk, _id(request))
            command = breakout.BeginTables(
                session=id, by=_as_member(voter).id, at=desk.now
            )
            node.perform(desk, f"breakout:{id}", command)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/tables")

    async def came_late(request: Request, form: Form) -> Response:
        form.only("cards")
        voter = the_voter(request)
        late = _cards(form, "cards", N_("Cards of those who came late"))

        def carry_out(desk: Desk) -> None:
            id = _open_meeting(desk, _id(request))
            here = frozenset(present(desk, id))
            for seat in late or tuple(_unseated(here, of_meeting(desk, id))):
                if seat not in here:
                    raise Unknown(
                        "Card {seat} was not handed out at the door.", seat=seat
                    )
                command = breakout.SeatLatecomer(
                    session=id, seat=seat, by=_as_member(voter).id, at=desk.now
                )
                node.perform(desk, f"breakout:{id}", command)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/tables")

    async def sheet(request: Request) -> Response:
        voter = the_voter(request)
        shown = await site.node.look(
            lambda desk: view_sheet(desk, _id(request), _table(request), voter)
        )
        return render(request, "table.html", page=shown)

    async def written(request: Request, form: Form) -> Response:
        numbers = range(1, MOST_FROM_A_TABLE + 1)
        form.only("done", *(f"{name}_{n}" for n in numbers for name in ("what", "why")))
        voter = the_voter(request)
        lines = [
            Line(
                number=n,
                what=form.text(
                    f"what_{n}",
                    Filled("Point {number}", number=n),
                    least=0,
                    most=points.MOST_IN_WHAT,
                ),
                why=form.text(
                    f"why_{n}",
                    Filled("Why, point {number}", number=n),
                    least=0,
                    most=points.MOST_IN_WHY,
                ),
            )
            for n in numbers
        ]
        done = form.ticked("done")
        await site.work(
            lambda desk: _write(
                desk, _id(request), _table(request), lines, done=done, voter=voter
            )
        )
        return see_other(f"/sessions/{_id(request)}/tables/{_table(request)}")

    return [
        site.page("/sessions/{id}/tables", page),
        site.page("/sessions/{id}/tables/list", printed),
        site.form("/sessions/{id}/tables", drawn, again=page),
        site.form("/sessions/{id}/tables/undo", undone, again=page),
        site.form("/sessions/{id}/tables/begin", begun, again=page),
        site.form("/sessions/{id}/tables/late", came_late, again=page),
        site.page("/sessions/{id}/tables/{table:int}", sheet),
        site.form("/sessions/{id}/tables/{table:int}", written, again=sheet),
    ]


def of_meeting(desk: Desk, id: str) -> breakout.State:
    """Return the tables of a meeting; none where none are drawn, or it has closed."""
    stream = f"breakout:{id}"
    if not node.exists(desk, stream):
        return breakout.NOTHING
    state: breakout.State = node.load(desk, stream)
    return state


def present(desk: Desk, id: str) -> tuple[Seat, ...]:
    """Return who is in the room: the cards that are out, and members without a card."""
    held: session.State = node.load(desk, f"session:{id}")
    by_name = (
        MemberId(str(each))
        for each in held.checked_in
        if not isinstance(each, int) and each not in held.holding
    )
    return (*sorted(held.out), *sorted(by_name))


def view(desk: Desk, id: str, voter: Member | Holder) -> TablesPage:
    """Show the tables of a meeting to somebody who is in it.

    Raises:
        NotEntitled: a card of another meeting.
        Unknown: there is no such meeting.
    """
    title = check_in_it(desk, id, voter)
    held = of_meeting(desk, id)
    names = people.names(desk.connection)
    mine = held.table_of(seat_of(desk, id, voter))
    written = points.of_meeting(desk, id)
    here = frozenset(present(desk, id))
    wishes = Wishes() if held.drawn is None else held.drawn.wishes
    chair = isinstance(voter, Member) and may(voter, breakout.DrawTables)
    return TablesPage(
        id=id,
        title=title,
        draw=held.draws,
        seed=None if held.drawn is None else held.drawn.seed,
        tables=tuple(
            TableView(
                number=table.number,
                cards=door.write(_card_numbers(table)),
                names=tuple(
                    names.get(str(seat), "")
                    for seat in table.seats
                    if not isinstance(seat, int)
                ),
                seats=len(table.seats),
                status=table.status,
                points=sum(p.table == table.number for p in written.points),
                mine=table is mine,
            )
            for table in held.tables
        ),
        by_card=tuple(
            sorted(
                (card, table.number)
                for table in held.tables
                for card in _card_numbers(table)
            )
        ),
        near=tuple(each.number for each in breakout.together(held.tables, wishes)),
        mine=None if mine is None else mine.number,
        begun=held.begun_at is not None,
        here=len(here),
        unseated=_say(names, _unseated(here, held)) if held.tables else "",
        may_draw=chair,
        may_undo=chair and held.drawn is not None,
        usual=breakout.USUAL_AT_A_TABLE if held.drawn is None else wishes.size,
    )


def view_sheet(desk: Desk, id: str, table: int, voter: Member | Holder) -> SheetPage:
    """Show a table's sheet to somebody who is in the meeting.

    Raises:
        NotEntitled: a card of another meeting.
        Unknown: there is no such meeting or table.
    """
    title = check_in_it(desk, id, voter)
    there = _the_table(of_meeting(desk, id), table)
    written = points.of_meeting(desk, id)
    lines = []
    for number in range(1, MOST_FROM_A_TABLE + 1):
        known = written.points.get(Place(table=table, number=number))
        lines.append(
            Line(
                number=number,
                what="" if known is None else points.words(desk, known.what),
                why=""
                if known is None or known.why is None
                else points.words(desk, known.why),
            )
        )
    return SheetPage(
        id=id,
        title=title,
        table=table,
        lines=tuple(lines),
        status=there.status,
        may_write=_may_write(desk, id, there, voter),
    )


def check_in_it(desk: Desk, id: str, voter: Member | Holder) -> str:
    """Make sure that somebody belongs to a meeting; return its title.

    Raises:
        NotEntitled: their card is of another meeting.
        Unknown: there is no such meeting.
    """
    held: session.State = node.load(desk, f"session:{id}")
    assert held.called is not None
    if isinstance(voter, Holder) and voter.session != id:
        raise NotEntitled("Your card is of another meeting.")
    return points.words(desk, held.called.notice.title) or our_name(desk)


def _write(
    desk: Desk,
    id: str,
    number: int,
    lines: list[Line],
    *,
    done: bool,
    voter: Member | Holder,
) -> None:
    check_in_it(desk, id, voter)
    meeting = _open_meeting(desk, id)
    table = _the_table(of_meeting(desk, id), number)
    if not _may_write(desk, id, table, voter):
        raise NotEntitled(
            "Those who sit at a table write on its sheet, and whoever takes the notes."
        )
    by = voter.id if isinstance(voter, Member) else None
    for line in lines:
        place = Place(table=number, number=line.number)
        if line.what:
            points.record(desk, meeting, place, line.what, line.why, by=by)
        elif line.why:
            raise Invalid(
                "Point {number} has a reason and does not say what. Please write "
                "what it is about as well.",
                number=line.number,
            )
        else:
            command = point.StrikePoint(
                session=meeting, place=place, by=by, at=desk.now
            )
            if place in points.of_meeting(desk, id).points:
                node.perform(desk, f"point:{id}", command)
    if done:
        handed_in = breakout.HandInReport(
            session=meeting, table=number, seat=None, by=by, at=desk.now
        )
        node.perform(desk, f"breakout:{id}", handed_in)


def _may_write(desk: Desk, id: str, table: Table, voter: Member | Holder) -> bool:
    if isinstance(voter, Member) and may(voter, point.EndPoint):
        return True
    return seat_of(desk, id, voter) in table.seats


def seat_of(desk: Desk, id: str, voter: Member | Holder) -> Seat:
    """Return under what somebody is seated: a member who has a card, by their card."""
    if isinstance(voter, Holder):
        return voter.card
    held: session.State = node.load(desk, f"session:{id}")
    return held.holding.get(voter.id, voter.id)


def _the_table(held: breakout.State, number: int) -> Table:
    table = held.table(number)
    if table is None:
        raise Unknown("There is no table {number} in this meeting now.", number=number)
    return table


def _unseated(here: frozenset[Seat], held: breakout.State) -> list[Seat]:
    seated = {seat for table in held.tables for seat in table.seats}
    return sorted(here - seated, key=lambda seat: (isinstance(seat, str), seat))


def _say(names: dict[str, str], seats: list[Seat]) -> str:
    cards = door.write(seat for seat in seats if isinstance(seat, int))
    by_name = [names.get(str(s), "") for s in seats if not isinstance(s, int)]
    return ", ".join(each for each in (cards, *by_name) if each)


def _first_free(desk: Desk, id: str, held: breakout.State) -> int:
    """Number the tables from 1; where some have written, from the next number on."""
    if not _has_points(desk, id, held):
        return 1
    return max(table.number for table in held.tables) + 1


def _has_points(desk: Desk, id: str, held: breakout.State) -> bool:
    numbers = {table.number for table in held.tables}
    return any(place.table in numbers for place in points.of_meeting(desk, id).points)


def _card_numbers(table: Table) -> list[CardNumber]:
    return sorted(CardNumber(seat) for seat in table.seats if isinstance(seat, int))


def _cards(form: Form, name: str, label: str) -> tuple[Seat, ...]:
    text = form.text(name, label, least=0, most=MOST_IN_CARDS)
    return tuple(sorted(door.cards(door.read(text)))) if text else ()


def _groups(form: Form) -> tuple[tuple[Seat, ...], ...]:
    text = form.text("apart", "Keep apart", least=0, most=MOST_IN_CARDS)
    lines = [line for line in re.split(r"\n+", text) if line.strip()]
    if len(lines) > MOST_GROUPS:
        raise Invalid(
            ByNumber(
                "At most {most} group is kept apart.",
                "At most {most} groups are kept apart.",
            ),
            most=MOST_GROUPS,
        )
    return tuple(tuple(sorted(door.cards(door.read(line)))) for line in lines)


def _open_meeting(desk: Desk, id: str) -> SessionId:
    held: session.State = node.load(desk, f"session:{id}")
    if held.opened is None:
        raise TooEarly("This meeting is not open yet.")
    return SessionId(id)


def _as_member(voter: Member | Holder) -> Member:
    if isinstance(voter, Holder):
        raise NotEntitled("This is for the facilitator, the convenor or the clerk.")
    return voter


def _table(request: Request) -> int:
    number: int = request.path_params["table"]
    return number


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
