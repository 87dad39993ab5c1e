"""One machine at a time holds the pen: only what is done there has happened.

It is lent to the machine in a hall for an evening, and that machine gives it back. One
that cannot, because it is broken or gone, loses the pen when two tellers say so; what
it had not handed over is entered again, and never becomes a second history.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from confederation.errors import NotEntitled, Refused, TooLate, Unknown
from confederation.identifiers import LendingId, MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where the pen is. ``lending`` is the one that is out, None while it is at home.

    ``asked_back_by`` is the first of the two tellers who want it back.
    """

    lending: LendingId | None = None
    since: datetime | None = None
    asked_back_by: MemberId | None = None
    returned: frozenset[LendingId] = frozenset()
    taken_back: frozenset[LendingId] = frozenset()

    @property
    def is_out(self) -> bool:
        return self.lending is not None


NOTHING = State()


@dataclass(frozen=True, slots=True, kw_only=True)
class LendPen:
    """Hand the pen to a machine that showed a code which somebody here gave it."""

    lending: LendingId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPen:
    """Take in all that was done on the other machine, and the pen with it."""

    lending: LendingId
    by: None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePenBack:
    """Say, as a teller, that the other machine will not come back tonight.

    ``tellers`` are those in force; the second of them who says so takes it back.
    """

    lending: LendingId
    tellers: frozenset[MemberId]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavePenOut:
    """Take back, as a teller, the wish to have the pen back, before it was granted."""

    lending: LendingId
    by: MemberId
    at: datetime


Command = LendPen | ReturnPen | TakePenBack | LeavePenOut


@dataclass(frozen=True, slots=True, kw_only=True)
class PenLent:
    lending: LendingId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PenReturned:
    lending: LendingId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PenAskedBack:
    lending: LendingId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PenLeftOut:
    lending: LendingId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PenTakenBack:
    lending: LendingId
    by: tuple[MemberId, MemberId]
    at: datetime


Event = PenLent | PenReturned | PenAskedBack | PenLeftOut | PenTakenBack


def decide(state: State, command: Command) -> tuple[Event, ...]:
    """Lend the pen, take it in again, or take it back.

    Whoever hands in the same lending again, and whoever asks again, changes nothing.

    Raises:
        Refused: it is lent already, and there is only one.
        NotEntitled: taking it back is for tellers.
        TooLate: two tellers have taken back this lending, or it came home.
        Unknown: this lending never was.
    """
    match command:
        case LendPen(lending=lending, at=at):
            if state.lending == lending:
                return ()
            if state.is_out:
                raise Refused(
                    "The pen is lent already, and there is only one. It must come "
                    "back, or be taken back by two tellers, before it is lent again."
                )
            return (PenLent(lending=lending, at=at),)
        case ReturnPen(lending=lending, at=at):
            if lending in state.returned:
                return ()
            _check_out(state, lending)
            return (PenReturned(lending=lending, at=at),)
        case TakePenBack(lending=lending, by=by, at=at):
            if by not in command.tellers:
                raise NotEntitled("Taking the pen back is for two tellers to do.")
            if lending in state.taken_back:
                return ()
            _check_out(state, lending)
            if state.asked_back_by is None:
                return (PenAskedBack(lending=lending, by=by, at=at),)
            if state.asked_back_by == by:
                return ()
            if state.asked_back_by not in command.tellers:
                # The first is no teller any longer, so this is the first once more.
                return (PenAskedBack(lending=lending, by=by, at=at),)
            return (PenTakenBack(lending=lending, by=(state.asked_back_by, by), at=at),)
        case LeavePenOut(lending=lending, by=by, at=at):
            if state.lending != lending or state.asked_back_by is None:
                return ()
            if by != state.asked_back_by:
                raise NotEntitled(
                    "Only the teller who asked for it can take that back."
                )
            return (PenLeftOut(lending=lending, at=at),)


def evolve(state: State, event: Event) -> State:
    """Take in what happened."""
    match event:
        case PenLent(lending=lending, at=at):
            return replace(state, lending=lending, since=at, asked_back_by=None)
        case PenAskedBack(by=by):
            return replace(state, asked_back_by=by)
        case PenLeftOut():
            return replace(state, asked_back_by=None)
        case PenReturned(lending=lending):
            home = replace(state, lending=None, since=None, asked_back_by=None)
            return replace(home, returned=state.returned | {lending})
        case PenTakenBack(lending=lending):
            home = replace(state, lending=None, since=None, asked_back_by=None)
            return replace(home, taken_back=state.taken_back | {lending})


def _check_out(state: State, lending: LendingId) -> None:
    if lending in state.taken_back:
        raise TooLate(
            "Two tellers have taken the pen back from this machine. What it alone "
            "holds is entered again by people; nothing of it was taken over."
        )
    if lending in state.returned:
        raise TooLate("This pen has come home already.")
    if state.lending != lending:
        raise Unknown("This is not the machine to which the pen was lent.")
