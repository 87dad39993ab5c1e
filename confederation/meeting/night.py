"""What stays of an evening are numbers: how long its parts took, and what was left out.

Nothing here says who spoke. See docs/decisions/0067.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from confederation.floor import State as Floor
from confederation.identifiers import Commit, MemberId, SessionId
from confederation.meeting.run_sheet import Kind, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the evening: minutes planned, given more, and seconds that it took.

    ``skipped`` stands for the reason why it was left out, None if it was not.
    """

    number: int
    kind: Kind
    step: Step | None
    title: Commit | None
    planned: int
    longer: int
    took: int
    skipped: Commit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepNight:
    """Keep the numbers of an evening, before all else that passes with it is gone."""

    session: SessionId
    parts: tuple[Part, ...]
    turns: int
    speakers: int
    checks: int
    by: MemberId | None
    at: datetime


Command = KeepNight


@dataclass(frozen=True, slots=True, kw_only=True)
class NightKept:
    """``turns`` is how often somebody spoke, ``speakers`` how many people did."""

    session: SessionId
    parts: tuple[Part, ...]
    turns: int
    speakers: int
    checks: int
    at: datetime


Event = NightKept


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    kept: NightKept | None = None


NOTHING = State()


def of(floor: Floor, *, by: MemberId | None, at: datetime) -> KeepNight:
    """Read from a floor what stays of the evening."""
    assert floor.session is not None
    took = floor.taken(at)
    return KeepNight(
        session=floor.session,
        parts=tuple(
            Part(
                number=phase.number,
                kind=phase.kind,
                step=phase.step,
                title=phase.title,
                planned=phase.minutes,
                longer=floor.longer.get(phase.number, 0),
                took=took.get(phase.number, 0),
                skipped=floor.skipped.get(phase.number),
            )
            for phase in floor.phases
        ),
        turns=floor.round,
        speakers=len(floor.spoken),
        checks=floor.checks,
        by=by,
        at=at,
    )


def decide(night: State, command: Command) -> tuple[Event, ...]:
    """Keep the numbers of an evening once; a second time changes nothing."""
    if night.kept is not None:
        return ()
    kept = NightKept(
        session=command.session,
        parts=command.parts,
        turns=command.turns,
        speakers=command.speakers,
        checks=command.checks,
        at=command.at,
    )
    return (kept,)


def evolve(night: State, event: Event) -> State:
    """Give the evening as it is after an event."""
    return replace(night, kept=event)
