"""What happens on the floor while a meeting lasts."""

from dataclasses import dataclass
from datetime import datetime

from confederation.floor.state import Asks, Order, Person, Signal, Warmth, Way
from confederation.identifiers import CardNumber, Commit, MemberId, SessionId
from confederation.meeting.run_sheet import Phases


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
class PersonKnown:
    """Whoever was there as ``by`` is the one with this card, and one person."""

    session: SessionId
    card: CardNumber
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleLeft:
    session: SessionId
    cards: tuple[CardNumber, ...]
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
    | PersonKnown
    | PeopleLeft
    | GladNoted
    | GuestWelcomed
    | GuestAsked
    | SignalGiven
    | SignalEnded
    | TemperatureSaid
    | Move
)
