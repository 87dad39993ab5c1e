"""Where several would take on a role, or nobody speaks up, the lot says who does.

The seed is shown with the draw, so that anybody can draw again. A draw is not taken
back: each one of a meeting is shown, so nobody draws until the lot suits them. Whoever
was drawn can say no, and then the next in line is asked.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from confederation.counting import lot
from confederation.errors import Invalid, TooLate
from confederation.identifiers import MemberId, OptionId, SessionId
from confederation.meeting.breakout import MOST_SEATS, Seat
from confederation.meeting.rotation import JobTitle

MOST_DRAWS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRole:
    """Draw who does something. ``draw`` is the how manieth of the meeting it is.

    ``seats`` are those among whom it is drawn. A draw that was made already is not made
    again, whatever is in the command.
    """

    session: SessionId
    draw: int
    job: JobTitle
    seats: tuple[Seat, ...]
    seed: str
    by: MemberId | None
    at: datetime


Command = DrawRole


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDrawn:
    """``line`` is everybody among whom it was drawn: the first does it, then the next
    if they cannot.
    """

    session: SessionId
    draw: int
    job: JobTitle
    line: tuple[Seat, ...]
    seed: str
    at: datetime


Event = RoleDrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The draws of a meeting, in their order."""

    draws: tuple[RoleDrawn, ...] = ()


NOTHING = State()


def in_line(seats: tuple[Seat, ...], *, seed: str) -> tuple[Seat, ...]:
    """Put people in the order that a seed draws; how they are handed in is irrelevant.

    See docs/reference/drawing-tables.md, "A role by lot".
    """
    by_name = {OptionId(_name(seat)): seat for seat in seats}
    return tuple(by_name[name] for name in lot.order(seed, by_name))


def decide(held: State, command: Command) -> tuple[Event, ...]:
    """Decide what a draw leads to. A redelivered one changes nothing.

    Raises:
        Invalid: there are fewer than two among whom to draw, or too many.
        TooLate: another draw was made meanwhile, or there were too many.
    """
    if command.draw <= len(held.draws):
        return ()
    if command.draw != len(held.draws) + 1:
        raise TooLate("Another draw was made meanwhile. Please look again.")
    if command.draw > MOST_DRAWS:
        raise TooLate("There were enough draws tonight. Please agree in the room.")
    if not 2 <= len(set(command.seats)) <= MOST_SEATS:
        raise Invalid("A lot is drawn among two people or more.")
    return (
        RoleDrawn(
            session=command.session,
            draw=command.draw,
            job=command.job,
            line=in_line(command.seats, seed=command.seed),
            seed=command.seed,
            at=command.at,
        ),
    )


def evolve(held: State, event: Event) -> State:
    """Give the draws as they are after an event."""
    return replace(held, draws=(*held.draws, event))


def _name(seat: Seat) -> str:
    return f"card {seat}" if isinstance(seat, int) else seat
