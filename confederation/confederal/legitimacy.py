"""An assembly's claim is worked out from its meetings, and its gaps stand beside it.

The claim says no more than was counted: how many residents were present, how that was
counted, how often, and where the process was left. Peers judge it; nothing here does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, get_args

from confederation.errors import Invalid, Refused
from confederation.identifiers import Commit, MemberId, SessionId

Measure = Literal["median", "each"]
"""How "regularly" is read: the middle one of the last meetings, or each of them."""
Step = Literal[
    "intro", "inclusivity", "input", "breakout", "feedback", "decision", "recording"
]
STEPS: tuple[Step, ...] = get_args(Step)
COUNTERSIGNERS = 2

Lack = Literal[
    "meetings", "residents not counted", "too few", "step left out", "step not noted"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What a claim is measured by.

    ``more_than`` residents, strictly, in the last ``meetings`` meetings.
    """

    more_than: int = 150
    meetings: int = 3
    measure: Measure = "median"


DEFAULT = Criteria()


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptCriteria:
    criteria: Criteria
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountResidents:
    """Say how many of those present live here; helpers and guests are left out.

    ``present`` is how many were present in all, as two counted them.
    """

    session: SessionId
    residents: int
    present: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteStep:
    """Say that a step of the process was taken, or left out for a reason."""

    session: SessionId
    step: Step
    left_out: Commit | None = None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersign:
    """Say, as somebody who was there, that the notes on the process are right."""

    session: SessionId
    by: MemberId
    at: datetime


Command = AdoptCriteria | CountResidents | NoteStep | Countersign


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaAdopted:
    version: int
    criteria: Criteria
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentsCounted:
    session: SessionId
    residents: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepNoted:
    session: SessionId
    step: Step
    left_out: Commit | None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersigned:
    session: SessionId
    by: MemberId
    at: datetime


Event = CriteriaAdopted | ResidentsCounted | StepNoted | Countersigned


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What was noted about one meeting. ``steps`` maps a step to why it was left out.

    ``by`` are those who noted any of it: somebody else countersigns.
    """

    residents: int | None = None
    steps: Mapping[Step, Commit | None] = field(default_factory=dict)
    by: frozenset[MemberId] = frozenset()
    countersigned: tuple[MemberId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The criteria, which have a version from 1 once adopted, and notes by meeting."""

    version: int = 0
    criteria: Criteria = DEFAULT
    noted: Mapping[SessionId, Noted] = field(default_factory=dict)

    def of(self, session: SessionId) -> Noted:
        """Return what was noted about a meeting; empty where nothing was."""
        return self.noted.get(session, Noted())


NOTHING = State()


# The claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting of the assembly that is over.

    ``present`` is None where nobody counted; ``basis`` is how it was counted.
    ``residents`` is None where it was not said how many live here. ``steps`` are those
    that are known to have been taken, with None, or left out, with the reason.
    """

    session: SessionId
    held_at: datetime
    present: int | None
    residents: int | None
    basis: str
    steps: Mapping[Step, Commit | None] = field(default_factory=dict)
    countersigned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that the claim lacks. ``number`` is what there is of it."""

    lack: Lack
    session: SessionId | None = None
    step: Step | None = None
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What an assembly can say of itself.

    ``figure`` is the number of residents that is compared with the criteria; None
    while no meeting has one. ``holds`` is whether the criteria on attendance are met.
    """

    criteria: Criteria
    version: int
    meetings: tuple[Meeting, ...]
    figure: int | None
    holds: bool
    gaps: tuple[Gap, ...]


def claim(
    meetings: Iterable[Meeting], criteria: Criteria, *, version: int = 0
) -> Claim:
    """Work a claim out from the last meetings, the newest first.

    With an even number of meetings the median is the lower of the two in the middle, so
    that no half person is ever counted.

    See docs/reference/claim.md.
    """
    newest = sorted(meetings, key=lambda each: (each.held_at, each.session))[::-1]
    last = tuple(newest[: criteria.meetings])
    counted = sorted(each.residents for each in last if each.residents is not None)
    figure = _figure(counted, criteria.measure)
    gaps = tuple(_gaps(last, criteria))
    enough = len(counted) == criteria.meetings
    return Claim(
        criteria=criteria,
        version=version,
        meetings=last,
        figure=figure,
        holds=enough and figure is not None and figure > criteria.more_than,
        gaps=gaps,
    )


def _figure(counted: list[int], measure: Measure) -> int | None:
    if not counted:
        return None
    return counted[0] if measure == "each" else counted[(len(counted) - 1) // 2]


def _gaps(last: tuple[Meeting, ...], criteria: Criteria) -> Iterable[Gap]:
    if len(last) < criteria.meetings:
        yield Gap(lack="meetings", number=len(last))
    for each in last:
        if each.residents is None:
            yield Gap(
                lack="residents not counted",
                session=each.session,
                number=each.present or 0,
            )
        elif each.residents <= criteria.more_than:
            yield Gap(lack="too few", session=each.session, number=each.residents)
        for step in STEPS:
            if step not in each.steps:
                yield Gap(lack="step not noted", session=each.session, step=step)
            elif each.steps[step] is not None:
                yield Gap(lack="step left out", session=each.session, step=step)


def decide(legitimacy: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in what is noted. A redelivered one does not.

    Raises:
        Invalid: criteria or a count that cannot be.
        Refused: whoever noted something cannot countersign it, or two have already.
    """
    match command:
        case AdoptCriteria(criteria=criteria, by=by, at=at):
            if legitimacy.version and criteria == legitimacy.criteria:
                return ()
            if criteria.more_than < 0 or not 1 <= criteria.meetings <= 52:
                raise Invalid(
                    "A claim rests on 1 to 52 meetings and a number of people."
                )
            version = legitimacy.version + 1
            return (CriteriaAdopted(version=version, criteria=criteria, by=by, at=at),)
        case CountResidents(session=session, residents=residents, by=by, at=at):
            if not 0 <= residents <= command.present:
                raise Invalid(
                    "{present} were present in all, so at most that many of them "
                    "live here.",
                    present=command.present,
                )
            if legitimacy.of(session).residents == residents:
                return ()
            return (
                ResidentsCounted(session=session, residents=residents, by=by, at=at),
            )
        case NoteStep(session=session, step=step, left_out=left_out, by=by, at=at):
            steps = legitimacy.of(session).steps
            if step in steps and steps[step] == left_out:
                return ()
            return (
                StepNoted(session=session, step=step, left_out=left_out, by=by, at=at),
            )
        case Countersign(session=session, by=by, at=at):
            noted = legitimacy.of(session)
            if by in noted.countersigned:
                return ()
            if by in noted.by:
                raise Refused("Somebody other than whoever noted it countersigns.")
            if len(noted.countersigned) >= COUNTERSIGNERS:
                raise Refused("Two have countersigned already.")
            return (Countersigned(session=session, by=by, at=at),)


def evolve(legitimacy: State, event: Event) -> State:
    """Give what is noted as it is after an event.

    Whatever is noted anew is countersigned anew.
    """
    match event:
        case CriteriaAdopted(version=version, criteria=criteria):
            return replace(legitimacy, version=version, criteria=criteria)
        case ResidentsCounted(session=session, residents=residents, by=by):
            noted = legitimacy.of(session)
            return _with(
                legitimacy,
                session,
                replace(
                    noted, residents=residents, by=noted.by | {by}, countersigned=()
                ),
            )
        case StepNoted(session=session, step=step, left_out=left_out, by=by):
            noted = legitimacy.of(session)
            return _with(
                legitimacy,
                session,
                replace(
                    noted,
                    steps={**noted.steps, step: left_out},
                    by=noted.by | {by},
                    countersigned=(),
                ),
            )
        case Countersigned(session=session, by=by):
            noted = legitimacy.of(session)
            return _with(
                legitimacy,
                session,
                replace(noted, countersigned=(*noted.countersigned, by)),
            )


def _with(legitimacy: State, session: SessionId, noted: Noted) -> State:
    return replace(legitimacy, noted={**legitimacy.noted, session: noted})
