"""Everybody is heard in a fair order, and no phone goes ahead of a hand in the room.

Whoever has not spoken tonight goes ahead of whoever has; a point of process and a
direct fact jump by rule. A *round* is the time from one speaker's beginning to the
next one's: hands that go up in it were up together, and among them those that were
seen in the room go before those that a phone raised, always.

All of this passes with the meeting: it is deleted when the session closes. Several
people may keep the floor at once. Whatever one of them moves says which version of the
floor they had before them, so that a late or doubled click moves nothing. Whoever leads
the stack is not stopped by whoever keeps the time: only what moves the same thing.
"""

import functools
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal

from confederation.errors import Invalid, NotEntitled, Refused, TooEarly, TooLate
from confederation.identifiers import CardNumber, Commit, MemberId, SessionId
from confederation.run_sheet import LONGEST_PHASE, Phase, Phases

Person = CardNumber | MemberId
Asks = Literal["point", "process", "fact"]
Way = Literal["seen", "phone"]
Signal = Literal[
    "agree", "clarification", "technical", "process", "speak up", "wrap up"
]
Warmth = Literal["up", "flat", "down"]
Order = Literal["first-timers first", "as they come"]

JUMPS: Final[Mapping[Asks, int]] = MappingProxyType(
    {"process": 0, "fact": 1, "point": 2}
)
MOST_IN_ROOM: Final = 10_000
STALE: Final = (
    "The floor has moved on since this page was shown, so this was not done. Here it "
    "is as it is now: if you still want it, please press again."
)
FIRST_THE_ROOM: Final = (
    "A hand that was seen in the room goes before the phones of its round."
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One hand that is up. ``number`` is its place in the order of arrival.

    ``again`` says that the person has spoken tonight; ``moved`` that a keeper of the
    floor put it where it is, so that only a point of process or a fact passes it.
    """

    number: int
    who: Person
    asks: Asks
    way: Way
    round: int
    again: bool
    at: datetime
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """Who has the word, and since when."""

    turn: Turn
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperature:
    """How warm the room is to something. It is not a vote, and decides nothing.

    ``phones`` holds what each phone said last; ``room`` what a keeper counted beside
    them: up, flat, down.
    """

    open: bool = True
    phones: Mapping[Person, Warmth] = field(
        default_factory=lambda: MappingProxyType({})
    )
    room: tuple[int, int, int] = (0, 0, 0)

    @property
    def count(self) -> tuple[int, int, int]:
        """How many say up, flat and down."""
        said = [*self.phones.values()]
        up, flat, down = self.room
        return (
            up + said.count("up"),
            flat + said.count("flat"),
            down + said.count("down"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What happened before, the newest first."""

    event: "Event"
    number: int
    before: "Past | None" = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The floor as it stands.

    ``place`` is where in ``phases`` the meeting is; one past the last when all are
    done. ``since`` is when that phase was begun, ``held`` how long it was paused since.
    ``spent`` are the seconds that each phase has taken so far, by its number, the
    running one aside; ``longer`` the minutes that it was given more. ``pressed`` counts
    how often somebody raised or lowered their own hand by a phone. ``version`` grows
    with every move that a keeper makes, and ``steps`` are what can be undone.
    """

    session: SessionId | None = None
    keepers: tuple[Person, ...] = ()
    phases: Phases = ()
    place: int = 0
    since: datetime | None = None
    held: timedelta = timedelta()
    paused_at: datetime | None = None
    spent: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    longer: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    skipped: Mapping[int, Commit] = field(default_factory=lambda: MappingProxyType({}))
    order: Order = "first-timers first"
    waiting: tuple[Turn, ...] = ()
    speaking: Speaking | None = None
    round: int = 0
    arrivals: int = 0
    spoken: frozenset[Person] = frozenset()
    glad: frozenset[Person] = frozenset()
    guests: frozenset[Person] = frozenset()
    asked: frozenset[Person] = frozenset()
    pressed: Mapping[Person, int] = field(default_factory=lambda: MappingProxyType({}))
    signals: frozenset[tuple[Person, Signal]] = frozenset()
    seen_signals: Mapping[Signal, int] = field(
        default_factory=lambda: MappingProxyType({})
    )
    temperature: Temperature | None = None
    checks: int = 0
    version: int = 0
    steps: tuple[int, ...] = ()
    undone: frozenset[int] = frozenset()
    past: Past | None = field(default=None, repr=False, compare=False)

    @property
    def phase(self) -> Phase | None:
        """The phase that the meeting is in; None when all are done."""
        return self.phases[self.place] if self.place < len(self.phases) else None

    @property
    def ends_at(self) -> datetime | None:
        """When the running phase is over, if nobody pauses it again."""
        if self.phase is None or self.since is None:
            return None
        minutes = self.phase.minutes + self.longer.get(self.phase.number, 0)
        left = timedelta(minutes=minutes, seconds=-self.spent.get(self.phase.number, 0))
        return self.since + left + self.held

    @property
    def last_step(self) -> "Event | None":
        """What would be undone next."""
        return None if not self.steps else _event(self, self.steps[-1])

    def signal_count(self, signal: Signal) -> int:
        """How many give a signal, with phones and in the room together."""
        phones = sum(1 for _, given in self.signals if given == signal)
        return phones + self.seen_signals.get(signal, 0)

    def taken(self, at: datetime) -> dict[int, int]:
        """Return the seconds that each phase has taken by now, by its number."""
        spent = dict(self.spent)
        if self.phase is not None and self.since is not None:
            number = self.phase.number
            spent[number] = spent.get(number, 0) + self._running(at)
        return spent

    def _running(self, at: datetime) -> int:
        assert self.since is not None
        held = self.held + (
            timedelta() if self.paused_at is None else at - self.paused_at
        )
        return max(int((at - self.since - held).total_seconds()), 0)


NOTHING = State()


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFloor:
    """Begin the evening with its first phase; whoever does it keeps the floor.

    ``chairs`` are those who may: whose office it is, and whom the run-sheet names.
    """

    session: SessionId
    phases: Phases
    chairs: frozenset[MemberId]
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeFloor:
    """Keep the floor, beside whoever keeps it already; ``chairs`` are those who may."""

    chairs: frozenset[MemberId]
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Let another person keep the floor as well; ``stays`` says whether one goes on."""

    to: Person
    stays: bool
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOn:
    """Go on to the next phase. ``seen`` is the version that this was decided on."""

    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GoBack:
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipPhase:
    """Leave out the phase that the meeting is in, with the reason that it agreed on."""

    reason: Commit
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendPhase:
    minutes: int
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Stop the clock, and let every screen say so."""

    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseHand:
    """Put somebody on the stack: oneself with a phone, or a hand that was seen.

    ``pressed`` is what the phone had before it (`State.pressed`), so that what it sends
    again after a cut does nothing twice; None for a hand that was seen.
    """

    who: Person
    asks: Asks
    pressed: int | None = None
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LowerHand:
    """Take a hand down again: one's own, or one that a keeper saw go down."""

    who: Person
    pressed: int | None = None
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNext:
    """Give the word to ``who`` was shown as the first; whoever had it has spoken."""

    who: Person
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTurn:
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTurn:
    """Move a hand by places on the stack: up if negative."""

    who: Person
    places: int
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseOrder:
    order: Order
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteGlad:
    """Say that somebody is glad to listen, and need not be asked."""

    who: Person
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeGuest:
    """Say that somebody is a guest, who listens first.

    ``electorate`` are the cards that vote: a guest has none of these.
    """

    who: CardNumber
    electorate: frozenset[CardNumber]
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AskGuest:
    """Ask a guest to speak, once."""

    who: Person
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveSignal:
    signal: Signal
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSignal:
    signal: Signal
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSignal:
    """Enter how many in the room give a signal, phones aside."""

    signal: Signal
    count: int
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearSignals:
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTemperature:
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SayTemperature:
    warmth: Warmth
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTemperature:
    """Enter what was counted in the room, those aside who said it with a phone."""

    room: tuple[int, int, int]
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTemperature:
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoStep:
    """Undo what a keeper did last; what came from phones meanwhile stays.

    ``step`` is what was shown as the last one, of those in `State.steps`.
    """

    step: int
    seen: int
    by: Person
    at: datetime


Command = (
    OpenFloor
    | TakeFloor
    | HandOver
    | GoOn
    | GoBack
    | SkipPhase
    | ExtendPhase
    | Pause
    | Resume
    | RaiseHand
    | LowerHand
    | CallNext
    | EndTurn
    | MoveTurn
    | ChooseOrder
    | NoteGlad
    | WelcomeGuest
    | AskGuest
    | GiveSignal
    | EndSignal
    | CountSignal
    | ClearSignals
    | OpenTemperature
    | SayTemperature
    | CountTemperature
    | CloseTemperature
    | UndoStep
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorOpened:
    session: SessionId
    phases: Phases
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorTaken:
    session: SessionId
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorHandedOver:
    session: SessionId
    to: Person
    stays: bool
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WentOn:
    session: SessionId
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WentBack:
    session: SessionId
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSkipped:
    session: SessionId
    reason: Commit
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseExtended:
    session: SessionId
    minutes: int
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorPaused:
    session: SessionId
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorResumed:
    session: SessionId
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandRaised:
    session: SessionId
    who: Person
    asks: Asks
    way: Way
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandLowered:
    session: SessionId
    who: Person
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnBegun:
    session: SessionId
    who: Person
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    session: SessionId
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnMoved:
    session: SessionId
    who: Person
    places: int
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChosen:
    session: SessionId
    order: Order
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GladNoted:
    session: SessionId
    who: Person
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestWelcomed:
    session: SessionId
    who: Person
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestAsked:
    session: SessionId
    who: Person
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalGiven:
    session: SessionId
    signal: Signal
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalEnded:
    session: SessionId
    signal: Signal
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalCounted:
    session: SessionId
    signal: Signal
    count: int
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsCleared:
    session: SessionId
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureOpened:
    session: SessionId
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureSaid:
    session: SessionId
    warmth: Warmth
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureCounted:
    session: SessionId
    room: tuple[int, int, int]
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureClosed:
    session: SessionId
    seen: int
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUndone:
    """``step`` is the number of the event, from 0, that counts no more."""

    session: SessionId
    step: int
    seen: int
    by: Person
    at: datetime


Move = (
    WentOn
    | WentBack
    | PhaseSkipped
    | PhaseExtended
    | FloorPaused
    | FloorResumed
    | TurnBegun
    | TurnEnded
    | TurnMoved
    | OrderChosen
    | SignalCounted
    | SignalsCleared
    | TemperatureOpened
    | TemperatureCounted
    | TemperatureClosed
    | StepUndone
)
"""What a keeper does on what they see: it says which version of the floor that was."""

Event = (
    FloorOpened
    | FloorTaken
    | FloorHandedOver
    | HandRaised
    | HandLowered
    | GladNoted
    | GuestWelcomed
    | GuestAsked
    | SignalGiven
    | SignalEnded
    | TemperatureSaid
    | Move
)

_Moving = (
    GoOn
    | GoBack
    | SkipPhase
    | ExtendPhase
    | Pause
    | Resume
    | CallNext
    | EndTurn
    | MoveTurn
    | ChooseOrder
    | CountSignal
    | ClearSignals
    | OpenTemperature
    | CountTemperature
    | CloseTemperature
    | UndoStep
)
_LEADS_TO: Final[Mapping[type[_Moving], type[Move]]] = {
    GoOn: WentOn,
    GoBack: WentBack,
    SkipPhase: PhaseSkipped,
    ExtendPhase: PhaseExtended,
    Pause: FloorPaused,
    Resume: FloorResumed,
    CallNext: TurnBegun,
    EndTurn: TurnEnded,
    MoveTurn: TurnMoved,
    ChooseOrder: OrderChosen,
    CountSignal: SignalCounted,
    ClearSignals: SignalsCleared,
    OpenTemperature: TemperatureOpened,
    CountTemperature: TemperatureCounted,
    CloseTemperature: TemperatureClosed,
    UndoStep: StepUndone,
}
_MOVES: Final[Mapping[type[Event], str]] = {
    **dict.fromkeys((WentOn, WentBack, PhaseSkipped, PhaseExtended), "part"),
    **dict.fromkeys((FloorPaused, FloorResumed), "pause"),
    **dict.fromkeys((TurnBegun, TurnEnded, TurnMoved, OrderChosen), "stack"),
    **dict.fromkeys((TemperatureOpened, TemperatureClosed), "temperature"),
}
"""What each move moves. A count says how many, whoever counted before."""


# Deciding


def decide(floor: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes on the floor. A repeated one changes nothing.

    Raises:
        Invalid: a number that cannot be, or a hand that is not up.
        NotEntitled: it is for whoever keeps the floor, or a guest was not asked.
        Refused: the floor has moved on since, or a phone would go ahead of a hand.
        TooEarly: the floor is not open, or nothing to do it to is there yet.
        TooLate: it is over already.
    """
    if isinstance(command, OpenFloor):
        if floor.session is not None:
            return ()
        _chair(command.chairs, command.by)
        if not command.phases:
            raise Invalid("An evening has at least one part.")
        return (
            FloorOpened(
                session=command.session,
                phases=command.phases,
                by=command.by,
                at=command.at,
            ),
        )
    if floor.session is None:
        raise TooEarly("The facilitator has not opened the floor yet.")
    if isinstance(command, _Moving):
        _keeper(floor, command.by)
        since = _since(floor, command.seen)
        if any(_is_same_click(move, command) for move in since):
            return ()
        if any(_moves_the_same(floor, move, command) for move in since):
            raise Refused(STALE)
        return _move(floor, floor.session, command)
    return _join_in(floor, floor.session, command)


def _chair(chairs: frozenset[MemberId], by: Person) -> None:
    if by not in chairs:
        raise NotEntitled(
            "This is for the facilitator, or for whom the facilitator hands the floor "
            "over to."
        )


def _keeper(floor: State, by: Person) -> None:
    if by not in floor.keepers:
        raise NotEntitled(
            "This is for whoever keeps the floor tonight. They can hand it over to you."
        )


def _since(floor: State, seen: int) -> list[Move]:
    """Return the moves that were made since a version of the floor, the newest first.

    Raises:
        Invalid: the floor has had no such version.
    """
    if not 0 <= seen <= floor.version:
        raise Invalid("This page is not one of this meeting. Please open it again.")
    moves = (past.event for past in _back(floor) if isinstance(past.event, Move))
    return [*itertools.islice(moves, floor.version - seen)]


def _is_same_click(move: Move, command: _Moving) -> bool:
    return (
        isinstance(move, _LEADS_TO[type(command)])
        and move.seen == command.seen
        and move.by == command.by
    )


def _moves_the_same(floor: State, move: Move, command: _Moving) -> bool:
    if isinstance(move, StepUndone):
        moved = _MOVES.get(type(_event(floor, move.step)))
    else:
        moved = _MOVES.get(type(move))
    return moved is not None and moved == _MOVES.get(_LEADS_TO[type(command)])


def _move(floor: State, session: SessionId, command: _Moving) -> tuple[Event, ...]:
    seen, by, at = command.seen, command.by, command.at
    match command:
        case GoOn():
            if floor.phase is None:
                raise TooLate("All parts of the evening are done.")
            return (WentOn(session=session, seen=seen, by=by, at=at),)
        case GoBack():
            if floor.place == 0:
                raise TooEarly("This is the first part of the evening.")
            return (WentBack(session=session, seen=seen, by=by, at=at),)
        case SkipPhase(reason=reason):
            if floor.phase is None:
                raise TooLate("All parts of the evening are done.")
            skipped = PhaseSkipped(
                session=session, reason=reason, seen=seen, by=by, at=at
            )
            return (skipped,)
        case ExtendPhase(minutes=minutes):
            if floor.phase is None:
                raise TooLate("All parts of the evening are done.")
            if not 1 <= minutes <= LONGEST_PHASE:
                raise Invalid(f"A part is made longer by 1 to {LONGEST_PHASE} minutes.")
            extended = PhaseExtended(
                session=session, minutes=minutes, seen=seen, by=by, at=at
            )
            return (extended,)
        case Pause():
            if floor.paused_at is not None:
                return ()
            return (FloorPaused(session=session, seen=seen, by=by, at=at),)
        case Resume():
            if floor.paused_at is None:
                return ()
            return (FloorResumed(session=session, seen=seen, by=by, at=at),)
        case CallNext(who=who):
            if floor.paused_at is not None:
                raise TooEarly("The meeting is paused: please go on first.")
            _check_call(floor, who)
            return (TurnBegun(session=session, who=who, seen=seen, by=by, at=at),)
        case EndTurn():
            if floor.speaking is None:
                return ()
            return (TurnEnded(session=session, seen=seen, by=by, at=at),)
        case MoveTurn(who=who, places=places):
            _check_move(floor, who, places)
            moved = TurnMoved(
                session=session, who=who, places=places, seen=seen, by=by, at=at
            )
            return (moved,)
        case ChooseOrder(order=order):
            if order == floor.order:
                return ()
            chosen = OrderChosen(session=session, order=order, seen=seen, by=by, at=at)
            return (chosen,)
        case CountSignal(signal=signal, count=count):
            if not 0 <= count <= MOST_IN_ROOM:
                raise Invalid(f"That many are not in the room: 0 to {MOST_IN_ROOM}.")
            counted = SignalCounted(
                session=session, signal=signal, count=count, seen=seen, by=by, at=at
            )
            return (counted,)
        case ClearSignals():
            if not floor.signals and not floor.seen_signals:
                return ()
            return (SignalsCleared(session=session, seen=seen, by=by, at=at),)
        case OpenTemperature():
            if floor.temperature is not None and floor.temperature.open:
                return ()
            return (TemperatureOpened(session=session, seen=seen, by=by, at=at),)
        case CountTemperature(room=room):
            _temperature(floor)
            if not all(0 <= each <= MOST_IN_ROOM for each in room):
                raise Invalid(f"That many are not in the room: 0 to {MOST_IN_ROOM}.")
            return (
                TemperatureCounted(session=session, room=room, seen=seen, by=by, at=at),
            )
        case CloseTemperature():
            if floor.temperature is None or not floor.temperature.open:
                return ()
            return (TemperatureClosed(session=session, seen=seen, by=by, at=at),)
        case UndoStep(step=step):
            if not floor.steps:
                raise TooEarly("There is nothing to undo.")
            if step != floor.steps[-1]:
                raise Refused(STALE)
            return (StepUndone(session=session, step=step, seen=seen, by=by, at=at),)


def _join_in(floor: State, session: SessionId, command: Command) -> tuple[Event, ...]:
    match command:
        case TakeFloor(chairs=chairs, by=by, at=at):
            if by in floor.keepers:
                return ()
            _chair(chairs, by)
            return (FloorTaken(session=session, by=by, at=at),)
        case HandOver():
            return _hand_over(floor, session, command)
        case RaiseHand():
            return _raise(floor, session, command)
        case LowerHand(who=who, by=by, at=at):
            if who != by:
                _keeper(floor, by)
            if _was_sent_before(floor, command):
                return ()
            if _turn(floor, who) is None:
                return ()
            return (HandLowered(session=session, who=who, by=by, at=at),)
        case NoteGlad(who=who, by=by, at=at):
            if who != by:
                _keeper(floor, by)
            if who in floor.glad:
                return ()
            return (GladNoted(session=session, who=who, by=by, at=at),)
        case WelcomeGuest(who=who, by=by, at=at):
            _keeper(floor, by)
            if who in command.electorate:
                raise Refused(
                    f"Card {who} is one of those that vote, and a guest does not vote. "
                    "Let the door take it back, and give the guest a card whose number "
                    "is not in the door's book."
                )
            if who in floor.guests:
                return ()
            return (GuestWelcomed(session=session, who=who, by=by, at=at),)
        case AskGuest(who=who, by=by, at=at):
            _keeper(floor, by)
            if who not in floor.guests:
                raise Invalid("This is no guest: anybody else just raises a hand.")
            if who in floor.asked:
                return ()
            return (GuestAsked(session=session, who=who, by=by, at=at),)
        case GiveSignal(signal=signal, by=by, at=at):
            if (by, signal) in floor.signals:
                return ()
            return (SignalGiven(session=session, signal=signal, by=by, at=at),)
        case EndSignal(signal=signal, by=by, at=at):
            if (by, signal) not in floor.signals:
                return ()
            return (SignalEnded(session=session, signal=signal, by=by, at=at),)
        case SayTemperature(warmth=warmth, by=by, at=at):
            if _temperature(floor).phones.get(by) == warmth:
                return ()
            return (TemperatureSaid(session=session, warmth=warmth, by=by, at=at),)
        case _:
            raise AssertionError(command)


def _hand_over(
    floor: State, session: SessionId, command: HandOver
) -> tuple[Event, ...]:
    _keeper(floor, command.by)
    if command.to in floor.guests:
        raise NotEntitled("A guest listens first, and does not keep the floor.")
    if command.to == command.by:
        raise Invalid("You keep the floor already.")
    if command.to in floor.keepers and command.stays:
        return ()
    return (
        FloorHandedOver(
            session=session,
            to=command.to,
            stays=command.stays,
            by=command.by,
            at=command.at,
        ),
    )


def _raise(floor: State, session: SessionId, command: RaiseHand) -> tuple[Event, ...]:
    way: Way = "phone"
    if command.who != command.by:
        _keeper(floor, command.by)
        way = "seen"
    if _was_sent_before(floor, command):
        return ()
    if floor.speaking is not None and floor.speaking.turn.who == command.who:
        raise TooEarly("Whoever is speaking has the word already.")
    if not may_speak(floor, command.who):
        raise NotEntitled(
            "Guests listen first. They speak in the input, and when they are asked."
        )
    up = _turn(floor, command.who)
    if up is not None and (up.asks, up.way) == (command.asks, _seen_once(up, way)):
        return ()
    return (
        HandRaised(
            session=session,
            who=command.who,
            asks=command.asks,
            way=way,
            by=command.by,
            at=command.at,
        ),
    )


def _was_sent_before(floor: State, command: RaiseHand | LowerHand) -> bool:
    """Whether a phone sends again what it did not know to have arrived."""
    pressed = floor.pressed.get(command.who, 0)
    return command.who == command.by and command.pressed not in (None, pressed)


def _seen_once(up: Turn, way: Way) -> Way:
    """A hand that the room has seen stays one, whatever its phone says then."""
    return "seen" if up.way == "seen" else way


def may_speak(floor: State, who: Person) -> bool:
    """Whether somebody may raise a hand now: a guest only in the input, or asked."""
    if who not in floor.guests or who in floor.asked:
        return True
    return floor.phase is not None and floor.phase.kind == "input"


def _check_call(floor: State, who: Person) -> None:
    called = _turn(floor, who)
    if called is None:
        raise TooLate("This hand is not up any more.")
    if any(_yields(called, other) for other in floor.waiting):
        raise Refused(FIRST_THE_ROOM)


def _check_move(floor: State, who: Person, places: int) -> None:
    if _turn(floor, who) is None:
        raise TooLate("This hand is not up any more.")
    if not _is_fair(_moved(floor.waiting, who, places)):
        raise Refused(FIRST_THE_ROOM)


def _temperature(floor: State) -> Temperature:
    if floor.temperature is None or not floor.temperature.open:
        raise TooEarly("No temperature check is open just now.")
    return floor.temperature


# Evolving


def evolve(floor: State, event: Event) -> State:
    """Give the floor as it is after an event."""
    number = 0 if floor.past is None else floor.past.number + 1
    version = floor.version + isinstance(event, Move)
    past = Past(event=event, number=number, before=floor.past)
    if isinstance(event, StepUndone):
        undone = floor.undone | {event.step}
        return replace(
            _without(floor, undone),
            version=version,
            past=past,
            undone=undone,
            steps=tuple(step for step in floor.steps if step != event.step),
        )
    steps = (*floor.steps, number) if _is_step(event) else floor.steps
    return replace(_apply(floor, event), version=version, past=past, steps=steps)


def _is_step(event: Event) -> bool:
    """Whether this is what a keeper did for the room, and may take back."""
    match event:
        case FloorOpened() | FloorTaken() | FloorHandedOver() | StepUndone():
            return False
        case HandRaised() | HandLowered() | GladNoted():
            return event.by != event.who
        case SignalGiven() | SignalEnded() | TemperatureSaid():
            return False
        case _:
            return True


def steps(floor: State) -> Iterator[Event]:
    """Give what keepers did and nobody took back, the newest first."""
    return (past.event for past in _back(floor) if past.number in floor.steps)


def _without(floor: State, undone: frozenset[int]) -> State:
    """Give the floor as if some steps had never been; all else happened as it did."""
    events = (
        past.event
        for past in reversed([*_back(floor)])
        if past.number not in undone and not isinstance(past.event, StepUndone)
    )
    return functools.reduce(_apply, events, NOTHING)


def _back(floor: State) -> Iterator[Past]:
    past = floor.past
    while past is not None:
        yield past
        past = past.before


def _event(floor: State, number: int) -> Event:
    return next(past.event for past in _back(floor) if past.number == number)


def _apply(floor: State, event: Event) -> State:
    match event:
        case FloorOpened():
            return replace(
                floor,
                session=event.session,
                phases=event.phases,
                keepers=(event.by,),
                since=event.at,
            )
        case FloorTaken(by=by):
            return replace(floor, keepers=(*floor.keepers, by))
        case FloorHandedOver(to=to, stays=stays, by=by):
            others = tuple(each for each in floor.keepers if each != to)
            if not stays:
                others = tuple(each for each in others if each != by)
            return replace(floor, keepers=(*others, to))
        case WentOn(at=at):
            return _begin(floor, floor.place + 1, at)
        case WentBack(at=at):
            return _begin(floor, floor.place - 1, at)
        case PhaseSkipped(reason=reason, at=at):
            if floor.phase is None:
                return floor
            skipped = {**floor.skipped, floor.phase.number: reason}
            after = replace(floor, skipped=MappingProxyType(skipped))
            return _begin(after, floor.place + 1, at)
        case PhaseExtended(minutes=minutes):
            if floor.phase is None:
                return floor
            number = floor.phase.number
            more = floor.longer.get(number, 0) + minutes
            return replace(
                floor, longer=MappingProxyType({**floor.longer, number: more})
            )
        case FloorPaused(at=at):
            return floor if floor.paused_at else replace(floor, paused_at=at)
        case FloorResumed(at=at):
            if floor.paused_at is None:
                return floor
            held = floor.held + (at - floor.paused_at)
            return replace(floor, held=held, paused_at=None)
        case _:
            return _apply_to_people(floor, event)


def _begin(floor: State, place: int, at: datetime) -> State:
    """Begin a phase; what belonged to the one before is put away."""
    place = min(max(place, 0), len(floor.phases))
    after = replace(
        floor,
        spent=MappingProxyType(floor.taken(at)),
        place=place,
        since=at,
        held=timedelta(),
        paused_at=None if floor.paused_at is None else at,
        signals=frozenset(),
        seen_signals=MappingProxyType({}),
        temperature=_still_open(floor.temperature),
    )
    staying = tuple(turn for turn in after.waiting if may_speak(after, turn.who))
    return replace(after, waiting=staying)


def _still_open(temperature: Temperature | None) -> Temperature | None:
    return temperature if temperature is not None and temperature.open else None


def _apply_to_people(floor: State, event: Event) -> State:
    match event:
        case HandRaised():
            return _raised(floor, event)
        case HandLowered(who=who):
            return _pressed(replace(floor, waiting=_others(floor, who)), event)
        case TurnBegun(who=who, at=at):
            turn = _turn(floor, who)
            if turn is None:
                return floor
            return replace(
                floor,
                waiting=_others(floor, who),
                speaking=Speaking(turn=turn, at=at),
                spoken=floor.spoken | {who},
                asked=floor.asked - {who},
                round=floor.round + 1,
                signals=frozenset(),
                seen_signals=MappingProxyType({}),
            )
        case TurnEnded():
            return replace(floor, speaking=None)
        case TurnMoved(who=who, places=places):
            moved = _moved(floor.waiting, who, places)
            return replace(floor, waiting=moved) if _is_fair(moved) else floor
        case OrderChosen(order=order):
            return _in_order(replace(floor, order=order))
        case GladNoted(who=who):
            return replace(floor, glad=floor.glad | {who})
        case GuestWelcomed(who=who):
            guests = replace(floor, guests=floor.guests | {who})
            return (
                guests
                if may_speak(guests, who)
                else replace(guests, waiting=_others(floor, who))
            )
        case GuestAsked(who=who):
            return replace(floor, asked=floor.asked | {who})
        case SignalGiven(signal=signal, by=by):
            return replace(floor, signals=floor.signals | {(by, signal)})
        case SignalEnded(signal=signal, by=by):
            return replace(floor, signals=floor.signals - {(by, signal)})
        case SignalCounted(signal=signal, count=count):
            seen = {**floor.seen_signals, signal: count}
            kept = {each: many for each, many in seen.items() if many}
            return replace(floor, seen_signals=MappingProxyType(kept))
        case SignalsCleared():
            return replace(
                floor, signals=frozenset(), seen_signals=MappingProxyType({})
            )
        case _:
            return _apply_to_temperature(floor, event)


def _apply_to_temperature(floor: State, event: Event) -> State:
    now = floor.temperature
    match event:
        case TemperatureOpened():
            return replace(floor, temperature=Temperature(), checks=floor.checks + 1)
        case TemperatureSaid(warmth=warmth, by=by) if now is not None and now.open:
            phones = MappingProxyType({**now.phones, by: warmth})
            return replace(floor, temperature=replace(now, phones=phones))
        case TemperatureCounted(room=room) if now is not None:
            return replace(floor, temperature=replace(now, room=room))
        case TemperatureClosed() if now is not None:
            return replace(floor, temperature=replace(now, open=False))
        case _:
            return floor


# The stack


def _turn(floor: State, who: Person) -> Turn | None:
    return next((turn for turn in floor.waiting if turn.who == who), None)


def _others(floor: State, who: Person) -> tuple[Turn, ...]:
    return tuple(turn for turn in floor.waiting if turn.who != who)


def _raised(floor: State, event: HandRaised) -> State:
    up = _turn(floor, event.who)
    if up is None:
        turn = Turn(
            number=floor.arrivals,
            who=event.who,
            asks=event.asks,
            way=event.way,
            round=floor.round,
            again=event.who in floor.spoken,
            at=event.at,
        )
    else:
        way = _seen_once(up, event.way)
        turn = replace(up, asks=event.asks, way=way, moved=False)
    waiting = _placed(_others(floor, event.who), turn, floor.order)
    arrivals = floor.arrivals + (up is None)
    # Whoever raises a hand would like to speak after all.
    after = replace(
        floor, waiting=waiting, arrivals=arrivals, glad=floor.glad - {event.who}
    )
    return _pressed(after, event)


def _pressed(floor: State, event: HandRaised | HandLowered) -> State:
    if event.by != event.who:
        return floor
    pressed = floor.pressed.get(event.who, 0) + 1
    return replace(
        floor, pressed=MappingProxyType({**floor.pressed, event.who: pressed})
    )


def _in_order(floor: State) -> State:
    waiting: tuple[Turn, ...] = ()
    for turn in sorted(floor.waiting, key=lambda each: each.number):
        waiting = _placed(waiting, replace(turn, moved=False), floor.order)
    return replace(floor, waiting=waiting)


def _placed(waiting: tuple[Turn, ...], new: Turn, order: Order) -> tuple[Turn, ...]:
    """Put a hand where it belongs, behind the last that goes before it.

    Phones of the same round that stand before a hand seen in the room go behind it.
    """
    place = 1 + max(
        (n for n, turn in enumerate(waiting) if _goes_before(turn, new, order)),
        default=-1,
    )
    ahead, behind = waiting[:place], waiting[place:]
    if new.way == "phone":
        return (*ahead, new, *behind)
    yielding = tuple(turn for turn in ahead if _yields(turn, new))
    staying = tuple(turn for turn in ahead if not _yields(turn, new))
    return (*staying, new, *yielding, *behind)


def _goes_before(one: Turn, new: Turn, order: Order) -> bool:
    if _yields(new, one):
        return True
    if _yields(one, new):
        return False
    if one.moved and JUMPS[one.asks] <= JUMPS[new.asks]:
        return True
    return _rank(one, order) < _rank(new, order)


def _yields(one: Turn, other: Turn) -> bool:
    """Whether one is a phone, and the other was seen in the room in its round."""
    return (one.way, other.way, one.round) == ("phone", "seen", other.round)


def _rank(turn: Turn, order: Order) -> tuple[int, bool, int]:
    again = turn.again and order == "first-timers first"
    return (JUMPS[turn.asks], again, turn.number)


def _moved(waiting: tuple[Turn, ...], who: Person, places: int) -> tuple[Turn, ...]:
    at = next((n for n, turn in enumerate(waiting) if turn.who == who), None)
    if at is None:
        return waiting
    rest = [*waiting[:at], *waiting[at + 1 :]]
    to = min(max(at + places, 0), len(rest))
    return (*rest[:to], replace(waiting[at], moved=True), *rest[to:])


def _is_fair(waiting: tuple[Turn, ...]) -> bool:
    return not any(
        _yields(one, other)
        for n, one in enumerate(waiting)
        for other in waiting[n + 1 :]
    )
