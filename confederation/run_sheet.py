"""A run-sheet is a kind proposal to the room: any step of it can be changed or skipped.

It says what happens in which order, for how many minutes, and who holds which role.
Advice on it never blocks anything.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Final, Literal

from confederation.errors import Invalid, Refused
from confederation.identifiers import Commit, MemberId, SessionId
from confederation.session import Kind as MeetingKind

Kind = Literal[
    "check-in",
    "input",
    "questions",
    "deliberation",
    "integration",
    "decision",
    "actions",
    "check-out",
    "break",
    "game",
    "song",
    "meal",
    "art",
    "walk",
]
Step = Literal[
    "welcome",
    "inclusivity",
    "agreement",
    "signals",
    "rulebook",
    "news",
    "speaker",
    "tables",
    "circle",
    "reports",
    "themes",
    "proposals",
    "ready",
    "next time",
    "goodbye",
]
"""A step that many meetings have; its words are the page's, in each language."""

JobTitle = Literal[
    "facilitator", "note-taker", "timekeeper", "doorkeeper", "teller", "host"
]
TemplateName = Literal[
    "first evening",
    "monthly assembly",
    "kitchen table",
    "listening circle",
    "decision night",
    "bridge",
]
Rhythm = Literal["weekly", "fortnightly", "monthly"]

MOST_PHASES: Final = 24
LONGEST_PHASE: Final = 240
PLAY: Final[frozenset[Kind]] = frozenset({"game", "song", "art", "walk"})
RESTS: Final[frozenset[Kind]] = frozenset({"break", "meal", *PLAY})
PLENARY: Final[frozenset[Kind]] = frozenset(
    {"input", "questions", "integration", "decision"}
)
"""Parts in which one person talks and the others listen."""

JOBS: Final[tuple[JobTitle, ...]] = (
    "facilitator",
    "note-taker",
    "timekeeper",
    "doorkeeper",
    "teller",
    "host",
)
ONE_EACH: Final[frozenset[JobTitle]] = frozenset({"facilitator", "timekeeper"})
MOST_IN_A_JOB: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One line of a run-sheet.

    ``number`` tells it from the others, from 1, and stays with it wherever it is moved.
    ``title`` stands for words of its own; without them ``step``, or else ``kind``, says
    what happens. ``minutes`` is how long it is meant to take.
    """

    number: int
    kind: Kind
    minutes: int
    step: Step | None = None
    title: Commit | None = None


Phases = tuple[Phase, ...]


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRunSheet:
    """Put a run-sheet in the place of the one before. ``meeting`` is of what kind."""

    session: SessionId
    meeting: MeetingKind
    phases: Phases
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAim:
    """Say what the meeting asks, and what it is there for; each may be None."""

    session: SessionId
    question: Commit | None
    goal: Commit | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NameJob:
    """Say who holds a role at this meeting, in place of those before; may be nobody."""

    session: SessionId
    job: JobTitle
    holders: tuple[MemberId, ...]
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareConflict:
    """Say that one has an interest of one's own in the matter; None takes it back."""

    session: SessionId
    conflict: Commit | None
    by: MemberId
    at: datetime


Command = WriteRunSheet | SetAim | NameJob | DeclareConflict


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSheetWritten:
    session: SessionId
    phases: Phases
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AimSet:
    session: SessionId
    question: Commit | None
    goal: Commit | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobNamed:
    session: SessionId
    job: JobTitle
    holders: tuple[MemberId, ...]
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictDeclared:
    session: SessionId
    conflict: Commit | None
    by: MemberId
    at: datetime


Event = RunSheetWritten | AimSet | JobNamed | ConflictDeclared


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a meeting is meant to go. ``phases`` is empty until somebody wrote them."""

    phases: Phases = ()
    question: Commit | None = None
    goal: Commit | None = None
    jobs: Mapping[JobTitle, tuple[MemberId, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    conflicts: Mapping[MemberId, Commit] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @property
    def minutes(self) -> int:
        return sum(phase.minutes for phase in self.phases)


NOTHING = State()


def decide(sheet: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. What is there already changes nothing.

    Raises:
        Invalid: too many phases or minutes, two phases with one number, the same
            person twice in a role, or more people than a role has room for.
        Refused: a listening circle would decide something.
    """
    match command:
        case WriteRunSheet(session=id, phases=phases, by=by, at=at):
            _check(phases, command.meeting)
            if phases == sheet.phases:
                return ()
            return (RunSheetWritten(session=id, phases=phases, by=by, at=at),)
        case SetAim(session=id, question=question, goal=goal, by=by, at=at):
            if (question, goal) == (sheet.question, sheet.goal):
                return ()
            return (AimSet(session=id, question=question, goal=goal, by=by, at=at),)
        case NameJob(session=id, job=job, holders=holders, by=by, at=at):
            if len(set(holders)) < len(holders):
                raise Invalid("One person is named once in a role.")
            if len(holders) > (1 if job in ONE_EACH else MOST_IN_A_JOB):
                raise Invalid("There are more names here than this role has room for.")
            if holders == sheet.jobs.get(job, ()):
                return ()
            return (JobNamed(session=id, job=job, holders=holders, by=by, at=at),)
        case DeclareConflict(session=id, conflict=conflict, by=by, at=at):
            if conflict == sheet.conflicts.get(by):
                return ()
            return (ConflictDeclared(session=id, conflict=conflict, by=by, at=at),)


def evolve(sheet: State, event: Event) -> State:
    """Give the run-sheet as it is after an event."""
    match event:
        case RunSheetWritten(phases=phases):
            return replace(sheet, phases=phases)
        case AimSet(question=question, goal=goal):
            return replace(sheet, question=question, goal=goal)
        case JobNamed(job=job, holders=holders):
            jobs = {**sheet.jobs, job: holders}
            kept = {each: who for each, who in jobs.items() if who}
            return replace(sheet, jobs=MappingProxyType(kept))
        case ConflictDeclared(by=member, conflict=conflict):
            others = {m: c for m, c in sheet.conflicts.items() if m != member}
            if conflict is not None:
                others[member] = conflict
            return replace(sheet, conflicts=MappingProxyType(others))


def phases_of(sheet: State, meeting: MeetingKind) -> Phases:
    """Return the phases of a meeting: those that were written, or sensible ones."""
    return sheet.phases or TEMPLATES[DEFAULT[meeting]]


# Editing


def renumbered(phases: Sequence[Phase]) -> Phases:
    """Give each phase a number of its own, where two have the same one."""
    taken: set[int] = set()
    result: list[Phase] = []
    for phase in phases:
        number = phase.number
        if number in taken or number < 1:
            number = max((each.number for each in (*phases, *result)), default=0) + 1
        taken.add(number)
        result.append(replace(phase, number=number))
    return tuple(result)


def moved(phases: Phases, number: int, *, by: int) -> Phases:
    """Move a phase up (negative) or down by places; at an end it stays there."""
    places = [phase.number for phase in phases]
    if number not in places:
        return phases
    at = places.index(number)
    to = min(max(at + by, 0), len(phases) - 1)
    rest = [*phases[:at], *phases[at + 1 :]]
    return (*rest[:to], phases[at], *rest[to:])


def without(phases: Phases, number: int) -> Phases:
    """Take a phase out."""
    return tuple(phase for phase in phases if phase.number != number)


def added(phases: Phases, kind: Kind, minutes: int, title: Commit | None) -> Phases:
    """Put a phase at the end, before a closing round if the sheet has one."""
    number = max((phase.number for phase in phases), default=0) + 1
    new = Phase(number=number, kind=kind, minutes=minutes, title=title)
    if phases and phases[-1].kind == "check-out" and kind != "check-out":
        return (*phases[:-1], new, phases[-1])
    return (*phases, new)


def starts(phases: Phases, at: datetime) -> tuple[datetime, ...]:
    """Return when each phase begins if the first begins at ``at``."""
    times = []
    for phase in phases:
        times.append(at)
        at += timedelta(minutes=phase.minutes)
    return tuple(times)


def ends(phases: Phases, at: datetime) -> datetime:
    """Return when the last phase ends if the first begins at ``at``."""
    return at + timedelta(minutes=_minutes(phases))


def next_time(at: datetime, rhythm: Rhythm, *, clock: tzinfo = UTC) -> datetime:
    """Return in UTC when a meeting that recurs is held next.

    It keeps its hour by the clock of the place, also when that is put forward or back.
    An hour that the clock leaves out becomes the one after it.

    *monthly* is the same weekday at the same place in the month, as in "the fourth
    Tuesday"; a fifth one, which few months have, is taken as the last.
    """
    shown = _next_shown(at.astimezone(clock).replace(tzinfo=None), rhythm)
    return shown.replace(tzinfo=clock).astimezone(UTC)


def _next_shown(at: datetime, rhythm: Rhythm) -> datetime:
    if rhythm != "monthly":
        return at + timedelta(weeks=1 if rhythm == "weekly" else 2)
    which = (at.day - 1) // 7
    later = at + timedelta(weeks=4)
    while later.month == at.month:
        later += timedelta(weeks=1)
    month = later.month
    later -= timedelta(weeks=(later.day - 1) // 7)
    wanted = later + timedelta(weeks=which)
    return wanted if wanted.month == month else wanted - timedelta(weeks=1)


# Advice

Rule = Literal[
    "LONG",
    "VERY_LONG",
    "MOSTLY_PLENARY",
    "INPUT_TOO_LONG",
    "NO_BREAK",
    "NO_FOOD",
    "NO_PLAY",
    "NO_CHECK_IN",
    "NO_CHECK_OUT",
    "DECISION_WITHOUT_TALK",
    "DECISION_LATE",
    "NO_ACTIONS",
    "EMPTY",
]
LONG: Final = 120
VERY_LONG: Final = 180
LONGEST_INPUT: Final = 30
LONGEST_WITHOUT_REST: Final = 75
LONG_ENOUGH_FOR_FOOD: Final = 100
LONG_ENOUGH_FOR_PLAY: Final = 60
MOST_PLENARY_PERCENT: Final = 50
LATE_FOR_A_DECISION: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Something that might make the evening better. It never blocks anything.

    ``minutes`` or ``percent`` is what was found; ``phase`` is the number of the phase
    that it is about, None for the whole.
    """

    rule: Rule
    minutes: int | None = None
    percent: int | None = None
    phase: int | None = None


def advise(phases: Phases, meeting: MeetingKind) -> tuple[Advice, ...]:
    """Read a run-sheet as a friend would who has sat through too many meetings."""
    if not phases:
        return (Advice(rule="EMPTY"),)
    return (
        *_about_length(phases),
        *_about_talk(phases, meeting),
        *_about_rest(phases),
        *_about_parts(phases, meeting),
    )


def _about_length(phases: Phases) -> Sequence[Advice]:
    whole = _minutes(phases)
    if whole > VERY_LONG:
        return [Advice(rule="VERY_LONG", minutes=whole)]
    return [Advice(rule="LONG", minutes=whole)] if whole > LONG else []


def _about_talk(phases: Phases, meeting: MeetingKind) -> Sequence[Advice]:
    found = [
        Advice(rule="INPUT_TOO_LONG", minutes=phase.minutes, phase=phase.number)
        for phase in phases
        if phase.kind == "input" and phase.minutes > LONGEST_INPUT
    ]
    work = sum(phase.minutes for phase in phases if phase.kind not in RESTS)
    plenary = sum(phase.minutes for phase in phases if phase.kind in PLENARY)
    percent = plenary * 100 // work if work else 0
    if percent > MOST_PLENARY_PERCENT and meeting != "listening circle":
        found.append(Advice(rule="MOSTLY_PLENARY", percent=percent))
    return found


def _about_rest(phases: Phases) -> Sequence[Advice]:
    found = []
    stretch = longest = 0
    for phase in phases:
        stretch = 0 if phase.kind in RESTS else stretch + phase.minutes
        longest = max(longest, stretch)
    if longest > LONGEST_WITHOUT_REST:
        found.append(Advice(rule="NO_BREAK", minutes=longest))
    whole, kinds = _minutes(phases), _kinds(phases)
    if whole >= LONG_ENOUGH_FOR_FOOD and "meal" not in kinds:
        found.append(Advice(rule="NO_FOOD", minutes=whole))
    if whole >= LONG_ENOUGH_FOR_PLAY and not PLAY & kinds:
        found.append(Advice(rule="NO_PLAY"))
    return found


def _about_parts(phases: Phases, meeting: MeetingKind) -> Sequence[Advice]:
    found, kinds = [], _kinds(phases)
    if "check-in" not in kinds:
        found.append(Advice(rule="NO_CHECK_IN"))
    if "check-out" not in kinds:
        found.append(Advice(rule="NO_CHECK_OUT"))
    first = next((n for n, p in enumerate(phases) if p.kind == "decision"), None)
    if first is not None:
        before = phases[:first]
        if not {"deliberation", "questions"} & _kinds(before):
            found.append(
                Advice(rule="DECISION_WITHOUT_TALK", phase=phases[first].number)
            )
        if _minutes(before) >= LATE_FOR_A_DECISION:
            found.append(
                Advice(
                    rule="DECISION_LATE",
                    minutes=_minutes(before),
                    phase=phases[first].number,
                )
            )
    if meeting == "assembly" and "actions" not in kinds:
        found.append(Advice(rule="NO_ACTIONS"))
    return found


def _minutes(phases: Collection[Phase]) -> int:
    return sum(phase.minutes for phase in phases)


def _kinds(phases: Collection[Phase]) -> set[Kind]:
    return {phase.kind for phase in phases}


def _check(phases: Phases, meeting: MeetingKind) -> None:
    if len(phases) > MOST_PHASES:
        raise Invalid(f"A run-sheet has room for {MOST_PHASES} lines.")
    if not all(1 <= phase.minutes <= LONGEST_PHASE for phase in phases):
        raise Invalid(f"A part of a meeting takes 1 to {LONGEST_PHASE} minutes.")
    numbers = [phase.number for phase in phases]
    if len(set(numbers)) < len(numbers) or min(numbers, default=1) < 1:
        raise Invalid("Each part of a run-sheet has a number of its own, from 1.")
    if meeting == "listening circle" and "decision" in _kinds(phases):
        raise Refused("A listening circle listens. It takes no votes.")


# Templates


def _sheet(*lines: tuple[Kind, int, Step | None]) -> Phases:
    return tuple(
        Phase(number=number, kind=kind, minutes=minutes, step=step)
        for number, (kind, minutes, step) in enumerate(lines, start=1)
    )


BARE: Final = _sheet(("check-in", 5, None), ("check-out", 5, None))
"""What is left where somebody begins from scratch."""

TEMPLATES: Final[Mapping[TemplateName, Phases]] = MappingProxyType(
    {
        "first evening": _sheet(
            ("meal", 15, "welcome"),
            ("check-in", 10, "agreement"),
            ("input", 5, "inclusivity"),
            ("input", 5, "signals"),
            ("questions", 5, "rulebook"),
            ("decision", 5, "rulebook"),
            ("deliberation", 30, "tables"),
            ("song", 5, None),
            ("integration", 15, "reports"),
            ("actions", 10, "next time"),
            ("check-out", 5, "goodbye"),
        ),
        "monthly assembly": _sheet(
            ("check-in", 10, "welcome"),
            ("input", 5, "news"),
            ("input", 10, "speaker"),
            ("deliberation", 25, "tables"),
            ("meal", 15, None),
            ("integration", 10, "reports"),
            ("decision", 15, "proposals"),
            ("game", 5, None),
            ("actions", 10, None),
            ("check-out", 5, "goodbye"),
        ),
        "kitchen table": _sheet(
            ("meal", 10, "welcome"),
            ("check-in", 5, None),
            ("deliberation", 25, None),
            ("song", 5, None),
            ("actions", 10, None),
            ("check-out", 5, "goodbye"),
        ),
        "listening circle": _sheet(
            ("check-in", 10, "agreement"),
            ("deliberation", 30, "circle"),
            ("walk", 10, None),
            ("deliberation", 20, "circle"),
            ("integration", 10, "themes"),
            ("check-out", 10, "goodbye"),
        ),
        "decision night": _sheet(
            ("check-in", 5, "welcome"),
            ("input", 5, "proposals"),
            ("questions", 10, None),
            ("deliberation", 30, "tables"),
            ("game", 5, None),
            ("integration", 5, "reports"),
            ("decision", 20, "proposals"),
            ("actions", 5, None),
            ("check-out", 5, "goodbye"),
        ),
        "bridge": _sheet(
            ("meal", 20, "welcome"),
            ("check-in", 15, "agreement"),
            ("deliberation", 20, "circle"),
            ("walk", 15, None),
            ("deliberation", 20, "circle"),
            ("integration", 10, "themes"),
            ("actions", 10, "ready"),
            ("check-out", 10, "goodbye"),
        ),
    }
)
"""Starting points, each to be changed at will. Bridge: two groups meet, and decide
nothing before both have said that they are ready."""

DEFAULT: Final[Mapping[MeetingKind, TemplateName]] = MappingProxyType(
    {
        "assembly": "monthly assembly",
        "working group": "kitchen table",
        "listening circle": "listening circle",
    }
)
