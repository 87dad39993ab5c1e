"""A practice is whoever's idea it was, and everybody's to use: copies keep the credit.

An energiser, a game, a run-sheet or a question that worked once is written down with
what it takes. Others copy it with the names of those it came from, and say beside their
own copy what they would do differently.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from confederation.errors import ByNumber, Invalid, NotEntitled, TooEarly, TooLate
from confederation.identifiers import Commit, MemberId, PracticeId
from confederation.meeting.run_sheet import LONGEST_PHASE, MOST_PHASES, Step
from confederation.meeting.run_sheet import Kind as PhaseKind
from confederation.session import Told

Kind = Literal["energiser", "game", "question", "run-sheet"]

MOST_MINUTES: Final = 8 * 60
MOST_PEOPLE: Final = 9_999
MOST_SOURCES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A line of a run-sheet; without a ``title`` its ``step`` or ``kind`` names it."""

    kind: PhaseKind
    minutes: int
    step: Step | None = None
    title: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """From where something was copied: the address of the post, and who wrote it."""

    address: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a practice is.

    ``fewest`` and ``most`` are for how many people it is, None where that does not
    matter; ``needed`` is what has to be there; ``credit`` whom it came from, where that
    is no assembly. ``parts`` are those of a run-sheet, and of nothing else.
    """

    kind: Kind
    title: Commit
    words: Commit
    minutes: int
    fewest: int | None = None
    most: int | None = None
    needed: Commit | None = None
    credit: Commit | None = None
    parts: tuple[Part, ...] = ()


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePractice:
    """Write a practice down, or copy one; ``sources`` are the newest first."""

    practice: PracticeId
    said: Said
    sources: tuple[Source, ...] = ()
    told: Told
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RewritePractice:
    """Put a practice in better words, or show it to everybody."""

    said: Said
    told: Told
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTrial:
    """Say how it went: what worked, and what one would do differently."""

    worked: Commit | None
    differently: Commit | None
    told: Told
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackPractice:
    """Take a practice out of the library. Copies that others made are theirs."""

    by: MemberId
    at: datetime


Command = WritePractice | RewritePractice | NoteTrial | TakeBackPractice


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeWritten:
    practice: PracticeId
    said: Said
    sources: tuple[Source, ...]
    told: Told
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeRewritten:
    practice: PracticeId
    said: Said
    told: Told
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialNoted:
    practice: PracticeId
    worked: Commit | None
    differently: Commit | None
    told: Told
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeTakenBack:
    practice: PracticeId
    at: datetime


Event = PracticeWritten | PracticeRewritten | TrialNoted | PracticeTakenBack


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A practice in our library. ``said`` and ``told`` are as they are now."""

    written: PracticeWritten | None = None
    said: Said | None = None
    told: Told = "members"
    trials: tuple[TrialNoted, ...] = ()
    taken_back_at: datetime | None = None

    @property
    def stands(self) -> bool:
        return self.written is not None and self.taken_back_at is None

    @property
    def public(self) -> bool:
        """Whether everybody may read it."""
        return self.stands and self.told == "everyone"


NOTHING = State()


def decide(practice: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        Invalid: its times, numbers or parts are out of bounds, or a trial says nothing.
        NotEntitled: somebody else wrote it down.
        TooEarly: it was never written down.
        TooLate: it was taken back, or everybody has read it already.
    """
    match command:
        case WritePractice(practice=id, said=said, sources=sources, by=by, at=at):
            if practice.written is not None:
                return ()
            _check(said)
            return (
                PracticeWritten(
                    practice=id,
                    said=said,
                    sources=sources[:MOST_SOURCES],
                    told=command.told,
                    by=by,
                    at=at,
                ),
            )
        case RewritePractice(said=said, told=told, by=by, at=at):
            written = _written(practice)
            _by(written, by)
            if (said, told) == (practice.said, practice.told):
                return ()
            if practice.public and told != "everyone":
                raise TooLate("Everybody has read this. Take it back instead.")
            _check(said)
            return (
                PracticeRewritten(
                    practice=written.practice, said=said, told=told, by=by, at=at
                ),
            )
        case NoteTrial(worked=worked, differently=differently, by=by, at=at):
            written = _written(practice)
            if worked is None and differently is None:
                raise Invalid("Please say what worked, or what you would change.")
            if command.told == "everyone" and not practice.public:
                raise TooEarly("Only the members can read this practice itself so far.")
            return (
                TrialNoted(
                    practice=written.practice,
                    worked=worked,
                    differently=differently,
                    told=command.told,
                    by=by,
                    at=at,
                ),
            )
        case TakeBackPractice(by=by, at=at):
            if practice.written is None:
                raise TooEarly("This was never written down.")
            _by(practice.written, by)
            if not practice.stands:
                return ()
            return (PracticeTakenBack(practice=practice.written.practice, at=at),)


def evolve(practice: State, event: Event) -> State:
    """Give a practice as it is after an event."""
    match event:
        case PracticeWritten(said=said, told=told):
            return replace(practice, written=event, said=said, told=told)
        case PracticeRewritten(said=said, told=told):
            return replace(practice, said=said, told=told)
        case TrialNoted():
            return replace(practice, trials=(*practice.trials, event))
        case PracticeTakenBack(at=at):
            return replace(practice, taken_back_at=at)


def _check(said: Said) -> None:
    if not 1 <= said.minutes <= MOST_MINUTES:
        raise Invalid(
            ByNumber(
                "It takes 1 to {most} minute.",
                "It takes 1 to {most} minutes.",
            ),
            most=MOST_MINUTES,
        )
    fewest, most = said.fewest or 1, said.most or MOST_PEOPLE
    if not 1 <= fewest <= most <= MOST_PEOPLE:
        raise Invalid("The fewest people are one at least, and no more than the most.")
    if (said.kind == "run-sheet") != bool(said.parts):
        raise Invalid("A run-sheet has parts, and nothing else has.")
    if len(said.parts) > MOST_PHASES:
        raise Invalid(
            ByNumber(
                "A run-sheet has room for {most} line.",
                "A run-sheet has room for {most} lines.",
            ),
            most=MOST_PHASES,
        )
    if not all(1 <= part.minutes <= LONGEST_PHASE for part in said.parts):
        raise Invalid(
            ByNumber(
                "A part takes 1 to {most} minute.",
                "A part takes 1 to {most} minutes.",
            ),
            most=LONGEST_PHASE,
        )


def _written(practice: State) -> PracticeWritten:
    if practice.written is None:
        raise TooEarly("This was never written down.")
    if not practice.stands:
        raise TooLate("This was taken out of the library.")
    return practice.written


def _by(written: PracticeWritten, member: MemberId) -> None:
    if written.by != member:
        raise NotEntitled("This is for whoever wrote it down.")
