"""A run-sheet is a kind proposal to the room: any step of it can be changed or skipped.

It says what happens in which order, for how many minutes, and who holds which role.
Advice on it never blocks anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Final, Literal

from confederation.errors import ByNumber, Invalid, Refused
from confederation.identifiers import Commit, MemberId, SessionId
from confederation.meeting import rotation
from confederation.meeting.rotation import JobTitle
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
MOST_IN_A_JOB: Final = 12
ROOM_FOR: Final[Mapping[JobTitle, int]] = MappingProxyType(
    {"facilitator": 2, "timekeeper": 1}
)
"""How many share a role, where they are fewer than `MOST_IN_A_JOB`: two chair."""


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
    """Say who holds a role at this meeting, in place of those before; may be nobody.

    ``past`` is who held roles at the meetings before, and ``most`` how often running
    the rules let one person hold one; 0 is no bound. ``agreed`` says why the assembly
    skips that rule this time.
    """

    session: SessionId
    job: JobTitle
    holders: tuple[MemberId, ...]
    by: MemberId | None
    at: datetime
    past: tuple[rotation.Held, ...] = ()
    most: int = 0
    agreed: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameBuddy:
    """Say who learns a role beside its holder at this meeting; None is nobody."""

    session: SessionId
    job: JobTitle
    buddy: MemberId | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareConflict:
    """Say that one has an interest of one's own in the matter; None takes it back."""

    session: SessionId
    conflict: Commit | None
    by: MemberId
    at: datetime


Command = WriteRunSheet | SetAim | NameJob | NameBuddy | DeclareConflict


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
    """``agreed`` is why the assembly skipped the rule that roles go round."""

    session: SessionId
    job: JobTitle
    holders: tuple[MemberId, ...]
    by: MemberId | None
    at: datetime
    agreed: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuddyNamed:
    session: SessionId
    job: JobTitle
    buddy: MemberId | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictDeclared:
    session: SessionId
    conflict: Commit | None
    by: MemberId
    at: datetime


Event = RunSheetWritten | AimSet | JobNamed | BuddyNamed | ConflictDeclared


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a meeting is meant to go. ``phases`` is empty until somebody wrote them.

    ``skipped`` says why the assembly let a role not go round, by the role.
    """

    phases: Phases = ()
    question: Commit | None = None
    goal: Commit | None = None
    jobs: Mapping[JobTitle, tuple[MemberId, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    buddies: Mapping[JobTitle, MemberId] = field(
        default_factory=lambda: MappingProxyType({})
    )
    skipped: Mapping[JobTitle, Commit] = field(
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
        case NameJob():
            return _name(sheet, command)
        case NameBuddy(session=id, job=job, buddy=buddy, by=by, at=at):
            if buddy is not None and buddy in sheet.jobs.get(job, ()):
                raise Invalid(
                    "Whoever holds a role does not learn it beside themselves."
                )
            if buddy == sheet.buddies.get(job):
                return ()
            return (BuddyNamed(session=id, job=job, buddy=buddy, by=by, at=at),)
        case DeclareConflict(session=id, conflict=conflict, by=by, at=at):
            if conflict == sheet.conflicts.get(by):
                return ()
            return (ConflictDeclared(session=id, conflict=conflict, by=by, at=at),)


def _name(sheet: State, command: NameJob) -> tuple[Event, ...]:
    job, holders = command.job, command.holders
    if len(set(holders)) < len(holders):
        raise Invalid("One person is named once in a role.")
    if len(holders) > ROOM_FOR.get(job, MOST_IN_A_JOB):
        raise Invalid("There are more names here than this role has room for.")
    before = sheet.jobs.get(job, ())
    if holders == before:
        return ()
    new = [each for each in holders if each not in before]
    tired = rotation.had_enough(command.past, job, new, most=command.most)
    if tired and command.agreed is None:
        raise Refused(
            "Our rules let roles go round, and somebody here has done this one as "
            "often in a row as they say. Thank them, give them an evening off, and "
            "ask somebody else. Or let the assembly agree that they go on, and write "
            "why."
        )
    return (
        JobNamed(
            session=command.session,
            job=job,
            holders=holders,
            by=command.by,
            at=command.at,
            agreed=command.agreed if tired else None,
        ),
    )


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
            buddies = {
                each: who
                for each, who in sheet.buddies.items()
                if each != job or who not in holders
            }
            skipped = dict(sheet.skipped)
            if event.agreed is not None:
                skipped[job] = event.agreed
            return replace(
                sheet,
                jobs=MappingProxyType(kept),
                buddies=MappingProxyType(buddies),
                skipped=MappingProxyType(skipped),
            )
        case BuddyNamed(job=job, buddy=buddy):
            others = {each: who for each, who in sheet.buddies.items() if each != job}
            if buddy is not None:
                others[job] = buddy
            return replace(sheet, buddies=MappingProxyType(others))
        case ConflictDeclared(by=member, conflict=conflict):
            theirs = {m: c for m, c in sheet.conflicts.items() if m != member}
            if conflict is not None:
                theirs[member] = conflict
            return replace(sheet, conflicts=MappingProxyType(theirs))


def phases_of(sheet: State, meeting: MeetingKind) -> Phases:
    """Return the phases of a meeting: those that were written, or sensible ones."""
    return sheet.phases or TEMPLATES[DEFAULT[meeting]]


# Editing


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
    return at + timedelta(minutes=sum(phase.minutes for phase in phases))


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


def _check(phases: Phases, meeting: MeetingKind) -> None:
    if len(phases) > MOST_PHASES:
        raise Invalid(
            ByNumber(
                "A run-sheet has room for {most} line.",
                "A run-sheet has room for {most} lines.",
            ),
            most=MOST_PHASES,
        )
    if not all(1 <= phase.minutes <= LONGEST_PHASE for phase in phases):
        raise Invalid(
            ByNumber(
                "A part of a meeting takes 1 to {most} minute.",
                "A part of a meeting takes 1 to {most} minutes.",
            ),
            most=LONGEST_PHASE,
        )
    numbers = [phase.number for phase in phases]
    if len(set(numbers)) < len(numbers) or min(numbers, default=1) < 1:
        raise Invalid("Each part of a run-sheet has a number of its own, from 1.")
    if meeting == "listening circle" and any(
        phase.kind == "decision" for phase in phases
    ):
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
            ("questions", 5, None),
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
