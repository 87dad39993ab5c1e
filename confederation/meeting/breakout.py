"""Tables are drawn by lot before the eyes of the room, and each edits its own report.

The seed is shown with the draw, so that anybody can draw it again. Who sat where passes
with the meeting; what a table reports is in `point`, and stays.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from confederation.counting import lot
from confederation.errors import (
    ByNumber,
    Invalid,
    NotEntitled,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import CardNumber, MemberId, OptionId, SessionId

Seat = CardNumber | MemberId
"""Whoever sits at a table: a card of tonight, or a member under their own name."""

FEWEST_AT_A_TABLE = 2
USUAL_AT_A_TABLE = 8
MOST_AT_A_TABLE = 20
MOST_SEATS = 2_000
Status = Literal["drawn", "working", "reported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How tables are to be drawn.

    ``size`` is how many sit at a table, at most; tables differ by one person at most.
    ``helpers`` are spread over the tables, and those in one group of ``apart`` sit at
    different ones as far as there are tables enough.
    """

    size: int = USUAL_AT_A_TABLE
    helpers: tuple[Seat, ...] = ()
    apart: tuple[tuple[Seat, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table by its number in the room, and who sits at it, in the order drawn."""

    number: int
    seats: tuple[Seat, ...]
    status: Status = "drawn"


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawTables:
    """Draw tables. ``first`` is the number of the first one; ``draw`` counts the draws.

    A draw that was already made is not made again, whatever is in the command.
    """

    session: SessionId
    draw: int
    seats: tuple[Seat, ...]
    wishes: Wishes
    seed: str
    first: int = 1
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLatecomer:
    """Seat somebody who came after the draw, where there are fewest."""

    session: SessionId
    seat: Seat
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginTables:
    """Let the tables begin to work."""

    session: SessionId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandInReport:
    """Hand in a table's sheet: its points are what it wants to say."""

    session: SessionId
    table: int
    seat: Seat | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoDraw:
    """Take the last draw back, as if it had not been."""

    session: SessionId
    draw: int
    by: MemberId | None
    at: datetime


Command = DrawTables | SeatLatecomer | BeginTables | HandInReport | UndoDraw


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesDrawn:
    session: SessionId
    draw: int
    tables: tuple[Table, ...]
    wishes: Wishes
    seed: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LatecomerSeated:
    session: SessionId
    seat: Seat
    table: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesBegun:
    session: SessionId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHandedIn:
    session: SessionId
    table: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawUndone:
    session: SessionId
    draw: int
    at: datetime


Event = TablesDrawn | LatecomerSeated | TablesBegun | ReportHandedIn | DrawUndone


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The tables of tonight. ``draws`` counts every draw, those taken back as well.

    ``before`` are the draws that the last one replaced, to come back if it is undone.
    """

    draws: int = 0
    drawn: TablesDrawn | None = None
    tables: tuple[Table, ...] = ()
    begun_at: datetime | None = None
    before: "tuple[State, ...]" = field(default=())

    def table_of(self, seat: Seat) -> Table | None:
        """Return the table at which somebody sits; None for who has no seat."""
        return next((each for each in self.tables if seat in each.seats), None)

    def table(self, number: int) -> Table | None:
        """Return a table by its number."""
        return next((each for each in self.tables if each.number == number), None)


NOTHING = State()


def draw(
    seats: Collection[Seat], wishes: Wishes, *, seed: str, first: int = 1
) -> tuple[Table, ...]:
    """Seat people at tables by lot; the same seed always seats them alike.

    Everybody is put in the order that the seed draws. Helpers sit down first, then
    those who are to be kept apart, then everybody else; each goes where fewest helpers
    are (a helper), where nobody sits from whom they are kept apart, where fewest are
    for its size, and to the lowest number.

    Args:
        seats: whoever is to be seated; the order does not matter.
        seed: 32 to 128 lower-case hex digits.
        first: the number of the first table.

    See docs/reference/drawing-tables.md.
    """
    by_name = {OptionId(_name(seat)): seat for seat in seats}
    drawn = [by_name[name] for name in lot.order(seed, by_name)]
    room = _sizes(len(drawn), wishes.size)
    tables: list[list[Seat]] = [[] for _ in room]
    helpers = frozenset(wishes.helpers)
    groups = [frozenset(group) for group in wishes.apart]
    kept_apart = frozenset[Seat]().union(*groups)

    def sits_down(seat: Seat) -> tuple[bool, bool]:
        return seat not in helpers, seat not in kept_apart

    def suits(seat: Seat, number: int) -> tuple[int, int, int, int]:
        there = tables[number]
        return (
            sum(each in helpers for each in there) if seat in helpers else 0,
            _too_near(seat, there, groups),
            len(there) - room[number],
            number,
        )

    for seat in sorted(drawn, key=sits_down):
        free = (n for n in range(len(room)) if len(tables[n]) < room[n])
        tables[min(free, key=lambda number: suits(seat, number))].append(seat)
    return tuple(
        Table(number=number, seats=tuple(at_it))
        for number, at_it in enumerate(tables, start=first)
    )


def together(tables: Iterable[Table], wishes: Wishes) -> tuple[Table, ...]:
    """Return the tables at which people sit who were to be kept apart."""
    groups = [frozenset(group) for group in wishes.apart]
    return tuple(
        table
        for table in tables
        if any(len(group & frozenset(table.seats)) > 1 for group in groups)
    )


def decide(breakout: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes at the tables. A redelivered one changes nothing.

    Raises:
        Invalid: nobody is to be seated, too many are, or tables of that size cannot be.
        NotEntitled: somebody hands in the sheet of a table at which they do not sit.
        TooEarly: no tables were drawn.
        TooLate: another draw was made meanwhile.
        Unknown: there is no such table.
    """
    match command:
        case DrawTables():
            return _draw(breakout, command)
        case SeatLatecomer(session=session, seat=seat, at=at):
            _drawn(breakout)
            if breakout.table_of(seat) is not None:
                return ()
            fewest = min(breakout.tables, key=lambda each: len(each.seats))
            return (
                LatecomerSeated(session=session, seat=seat, table=fewest.number, at=at),
            )
        case BeginTables(session=session, at=at):
            _drawn(breakout)
            if breakout.begun_at is not None:
                return ()
            return (TablesBegun(session=session, at=at),)
        case HandInReport(session=session, table=number, seat=seat, at=at):
            _drawn(breakout)
            table = breakout.table(number)
            if table is None:
                raise Unknown("There is no table {number} tonight.", number=number)
            if seat is not None and seat not in table.seats:
                raise NotEntitled("This is the sheet of another table.")
            if table.status == "reported":
                return ()
            return (ReportHandedIn(session=session, table=number, at=at),)
        case UndoDraw(session=session, draw=number, at=at):
            if breakout.drawn is None:
                return ()
            if number != breakout.drawn.draw:
                raise TooLate("Another draw was made meanwhile. Please look again.")
            return (DrawUndone(session=session, draw=number, at=at),)


def evolve(breakout: State, event: Event) -> State:
    """Give the tables as they are after an event."""
    match event:
        case TablesDrawn(draw=number, tables=tables):
            before = () if breakout.drawn is None else (breakout,)
            return State(draws=number, drawn=event, tables=tables, before=before)
        case LatecomerSeated(seat=seat, table=number):
            seated = tuple(
                replace(each, seats=(*each.seats, seat))
                if each.number == number
                else each
                for each in breakout.tables
            )
            return replace(breakout, tables=seated)
        case TablesBegun(at=at):
            working = tuple(
                replace(each, status="working") if each.status == "drawn" else each
                for each in breakout.tables
            )
            return replace(breakout, begun_at=at, tables=working)
        case ReportHandedIn(table=number):
            reported = tuple(
                replace(each, status="reported") if each.number == number else each
                for each in breakout.tables
            )
            return replace(breakout, tables=reported)
        case DrawUndone():
            last = breakout.before[-1] if breakout.before else NOTHING
            return replace(last, draws=breakout.draws)


def _draw(breakout: State, command: DrawTables) -> tuple[Event, ...]:
    if command.draw <= breakout.draws:
        return ()
    if not command.seats:
        raise Invalid("There is nobody to seat yet. Cards are handed out at the door.")
    if len(command.seats) > MOST_SEATS:
        raise Invalid(
            ByNumber(
                "At most {most} person is seated by one draw.",
                "At most {most} people are seated by one draw.",
            ),
            most=MOST_SEATS,
        )
    if len(set(command.seats)) < len(command.seats):
        raise Invalid("Somebody would sit at two tables.")
    if not FEWEST_AT_A_TABLE <= command.wishes.size <= MOST_AT_A_TABLE:
        raise Invalid(
            ByNumber(
                "A table has from {least} to {most} seat.",
                "A table has from {least} to {most} seats.",
            ),
            most=MOST_AT_A_TABLE,
            least=FEWEST_AT_A_TABLE,
        )
    tables = draw(command.seats, command.wishes, seed=command.seed, first=command.first)
    return (
        TablesDrawn(
            session=command.session,
            draw=command.draw,
            tables=tables,
            wishes=command.wishes,
            seed=command.seed,
            at=command.at,
        ),
    )


def _drawn(breakout: State) -> TablesDrawn:
    if breakout.drawn is None:
        raise TooEarly("No tables have been drawn yet.")
    return breakout.drawn


def _name(seat: Seat) -> str:
    return f"card {seat}" if isinstance(seat, int) else seat


def _sizes(people: int, size: int) -> Sequence[int]:
    tables = max(1, -(-people // size))
    each, more = divmod(people, tables)
    return [each + 1] * more + [each] * (tables - more)


def _too_near(
    seat: Seat, there: Collection[Seat], groups: Collection[frozenset[Seat]]
) -> int:
    return sum(each in group for group in groups if seat in group for each in there)
