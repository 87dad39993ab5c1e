"""In a listening circle one person speaks at a time, and nobody has to.

A piece goes round; whoever holds it speaks, for as long as the round gives, or passes
it on in silence. Nothing is proposed and nothing is voted on. Who sat in which order
passes with the meeting.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from confederation.errors import ByNumber, Invalid, TooEarly, TooLate
from confederation.identifiers import Commit, MemberId, SessionId
from confederation.meeting.breakout import Seat

When = Literal["check-in", "check-out"]
SHORTEST_TURN = 15
LONGEST_TURN = 3_600
MOST_IN_A_CIRCLE = 60


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginRound:
    """Begin a round. ``seconds`` is how long each may speak; ``round`` counts them."""

    session: SessionId
    round: int
    question: Commit | None
    order: tuple[Seat, ...]
    seconds: int
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassThePiece:
    """Pass the piece to the next person; ``turn`` is the turn that ends."""

    session: SessionId
    round: int
    turn: int
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeThePieceBack:
    """Give the piece back to who had it before, where it was passed on by mistake."""

    session: SessionId
    round: int
    turn: int
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRound:
    session: SessionId
    round: int
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFeelings:
    """Ask the room how it is; ``when`` is at the beginning or at the end."""

    session: SessionId
    when: When
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseFeelings:
    """Let go of what was shared. Nothing of it was ever an event."""

    session: SessionId
    by: MemberId | None
    at: datetime


Command = (
    BeginRound
    | PassThePiece
    | TakeThePieceBack
    | EndRound
    | OpenFeelings
    | CloseFeelings
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundBegun:
    session: SessionId
    round: int
    question: Commit | None
    order: tuple[Seat, ...]
    seconds: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PiecePassed:
    """``turn`` is the turn that begins, from 0; it is none where everybody had one."""

    session: SessionId
    round: int
    turn: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundEnded:
    session: SessionId
    round: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeelingsOpened:
    session: SessionId
    when: When
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeelingsClosed:
    session: SessionId
    at: datetime


Event = RoundBegun | PiecePassed | RoundEnded | FeelingsOpened | FeelingsClosed


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A circle as it stands. ``turn`` is the place of who holds the piece, from 0.

    ``since`` is when they took it. ``feelings`` says which round of feelings is open,
    and ``feelings_since`` when the room was asked last.
    """

    begun: RoundBegun | None = None
    turn: int = 0
    since: datetime | None = None
    ended_at: datetime | None = None
    feelings: When | None = None
    feelings_since: datetime | None = None

    @property
    def holder(self) -> Seat | None:
        """Who holds the piece; None where no round runs, or everybody had it."""
        if self.begun is None or self.ended_at is not None:
            return None
        order = self.begun.order
        return order[self.turn] if self.turn < len(order) else None

    @property
    def next(self) -> Seat | None:
        """Who gets the piece after that; None if nobody does."""
        if self.holder is None or self.begun is None:
            return None
        order = self.begun.order
        return order[self.turn + 1] if self.turn + 1 < len(order) else None


NOTHING = State()


def decide(circle: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in a circle. A redelivered one changes nothing.

    Raises:
        Invalid: nobody sits in the circle, too many do, or a turn cannot be so long.
        TooEarly: no round runs.
        TooLate: another round has begun, or the piece has moved on.
    """
    match command:
        case BeginRound():
            return _begin(circle, command)
        case PassThePiece(session=session, round=number, turn=turn, at=at):
            running = _running(circle, number)
            if turn < circle.turn:
                return ()
            if turn > circle.turn or turn >= len(running.order):
                raise TooLate("The piece is elsewhere by now. Please look again.")
            return (PiecePassed(session=session, round=number, turn=turn + 1, at=at),)
        case TakeThePieceBack(session=session, round=number, turn=turn, at=at):
            _running(circle, number)
            if turn != circle.turn or turn == 0:
                return ()
            return (PiecePassed(session=session, round=number, turn=turn - 1, at=at),)
        case EndRound(session=session, round=number, at=at):
            if circle.begun is None or circle.begun.round != number:
                raise TooLate("This round is over.")
            if circle.ended_at is not None:
                return ()
            return (RoundEnded(session=session, round=number, at=at),)
        case OpenFeelings(session=session, when=when, at=at):
            if circle.feelings == when:
                return ()
            return (FeelingsOpened(session=session, when=when, at=at),)
        case CloseFeelings(session=session, at=at):
            if circle.feelings_since is None:
                return ()
            return (FeelingsClosed(session=session, at=at),)


def evolve(circle: State, event: Event) -> State:
    """Give the circle as it is after an event."""
    match event:
        case RoundBegun(at=at):
            return replace(circle, begun=event, turn=0, since=at, ended_at=None)
        case PiecePassed(turn=turn, at=at):
            return replace(circle, turn=turn, since=at)
        case RoundEnded(at=at):
            return replace(circle, ended_at=at)
        case FeelingsOpened(when=when, at=at):
            return replace(circle, feelings=when, feelings_since=at)
        case FeelingsClosed():
            return replace(circle, feelings=None, feelings_since=None)


def _begin(circle: State, command: BeginRound) -> tuple[Event, ...]:
    before = 0 if circle.begun is None else circle.begun.round
    if command.round <= before:
        return ()
    if not command.order:
        raise Invalid("Nobody sits in the circle yet.")
    if len(command.order) > MOST_IN_A_CIRCLE:
        raise Invalid(
            ByNumber(
                "A circle has at most {most} person, so that each is heard. "
                "Please make two circles.",
                "A circle has at most {most} people, so that each is heard. "
                "Please make two circles.",
            ),
            most=MOST_IN_A_CIRCLE,
        )
    if len(set(command.order)) < len(command.order):
        raise Invalid("Somebody sits in the circle twice.")
    if not SHORTEST_TURN <= command.seconds <= LONGEST_TURN:
        raise Invalid(
            ByNumber(
                "A turn takes from {least} seconds to {most} minute.",
                "A turn takes from {least} seconds to {most} minutes.",
            ),
            most=LONGEST_TURN // 60,
            least=SHORTEST_TURN,
        )
    return (
        RoundBegun(
            session=command.session,
            round=command.round,
            question=command.question,
            order=command.order,
            seconds=command.seconds,
            at=command.at,
        ),
    )


def _running(circle: State, number: int) -> RoundBegun:
    if circle.begun is None:
        raise TooEarly("No round has begun yet.")
    if circle.begun.round != number or circle.ended_at is not None:
        raise TooLate("This round is over.")
    return circle.begun
