"""The floor as it stands: who leads, which part runs, who waits, who has spoken."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from confederation.errors import Phrase
from confederation.identifiers import CardNumber, Commit, MemberId, SessionId
from confederation.meeting.run_sheet import Phase, Phases

if TYPE_CHECKING:
    from confederation.floor.events import Event

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
STALE: Final = Phrase(
    "The floor has moved on since this page was shown, so this was not done. Here it "
    "is as it is now: if you still want it, please press again."
)
FIRST_THE_ROOM: Final = Phrase(
    "A hand that was seen in the room goes before the phones of its round."
)


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
        return None if not self.steps else event_of(self, self.steps[-1])

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


def event_of(floor: State, number: int) -> "Event":
    """Return what happened, by its number from 0."""
    return next(past.event for past in backwards(floor) if past.number == number)


def backwards(floor: State) -> Iterator[Past]:
    """Go through what happened, the newest first."""
    past = floor.past
    while past is not None:
        yield past
        past = past.before


def may_speak(floor: State, who: Person) -> bool:
    """Whether somebody may raise a hand now: a guest only in the input, or asked."""
    if who not in floor.guests or who in floor.asked:
        return True
    return floor.phase is not None and floor.phase.kind == "input"
