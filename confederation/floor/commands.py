"""What people in the room, and those who keep the floor, can ask for."""

from dataclasses import dataclass
from datetime import datetime

from confederation.floor.state import Asks, Order, Person, Signal, Warmth
from confederation.identifiers import CardNumber, Commit, MemberId, SessionId
from confederation.meeting.run_sheet import Phases


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
class KnowByCard:
    """Know somebody by their card who was on the floor under their name before."""

    card: CardNumber
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeOff:
    """Take down what those still show whose cards came back: they have left."""

    cards: tuple[CardNumber, ...]
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
    | KnowByCard
    | SeeOff
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

Moving = (
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
"""What a keeper orders on what they see: each says which version that was."""
