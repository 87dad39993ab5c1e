"""Nothing is decided across a bridge before every side of it has said that it is ready.

Groups that do not trust each other yet meet over months, stage by stage. Each side says
for itself when it is ready to go on, and may say *not yet* again. What it is all about
is put to no vote until all have come to the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from confederation.errors import (
    ByNumber,
    Invalid,
    NotEntitled,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import (
    AssemblyId,
    BridgeId,
    Commit,
    IssueId,
    MemberId,
    MotionId,
    SessionId,
)

Stage = Literal["meet", "listen", "share", "do", "decide"]
STAGES: Final[tuple[Stage, ...]] = ("meet", "listen", "share", "do", "decide")
FEWEST_SIDES: Final = 2
MOST_SIDES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the groups. Sides are numbered from 1, in the order they were named.

    ``speaker`` is the member who says for it that it is ready; None where it is another
    assembly, ``assembly``, or where nobody of it is a member here: then ours writes
    down what it heard from them.
    """

    name: Commit
    speaker: MemberId | None = None
    assembly: AssemblyId | None = None


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginBridge:
    """Begin a bridge about something, that an issue of ours may be raised about."""

    bridge: BridgeId
    matter: Commit
    sides: tuple[Side, ...]
    issue: IssueId | None = None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SayReady:
    """Say for one's own side that it is ready to go on from a stage, or not yet."""

    side: int
    stage: Stage
    ready: bool
    words: Commit | None = None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HearReady:
    """Write down what a side said that has no speaker here, as it was heard."""

    side: int
    stage: Stage
    ready: bool
    words: Commit | None = None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMeeting:
    """Say that a meeting is part of a stage."""

    session: SessionId
    stage: Stage
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PutUnder:
    """Put a motion under a bridge: it waits until all sides are ready."""

    motion: MotionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndBridge:
    """End a bridge before its end, for a reason that everybody here reads."""

    reason: Commit
    by: MemberId
    at: datetime


Command = BeginBridge | SayReady | HearReady | LinkMeeting | PutUnder | EndBridge


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeBegun:
    bridge: BridgeId
    matter: Commit
    sides: tuple[Side, ...]
    issue: IssueId | None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadySaid:
    bridge: BridgeId
    side: int
    stage: Stage
    ready: bool
    words: Commit | None
    heard: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingLinked:
    bridge: BridgeId
    session: SessionId
    stage: Stage
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionPutUnder:
    bridge: BridgeId
    motion: MotionId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeEnded:
    bridge: BridgeId
    reason: Commit
    at: datetime


Event = BridgeBegun | ReadySaid | MeetingLinked | MotionPutUnder | BridgeEnded


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A bridge; ``said`` is the last that each side said of each stage."""

    begun: BridgeBegun | None = None
    said: Mapping[tuple[int, Stage], ReadySaid] = field(default_factory=dict)
    meetings: Mapping[SessionId, Stage] = field(default_factory=dict)
    motions: frozenset[MotionId] = frozenset()
    ended: BridgeEnded | None = None

    @property
    def sides(self) -> int:
        return 0 if self.begun is None else len(self.begun.sides)

    @property
    def stage(self) -> Stage | None:
        """The first stage from which a side is not ready to go on; None at the end."""
        for stage in STAGES:
            if self.not_ready(stage):
                return stage
        return None

    @property
    def crossed(self) -> bool:
        """Whether all sides have said that they are ready to decide together."""
        return self.begun is not None and self.stage is None

    def not_ready(self, stage: Stage) -> tuple[int, ...]:
        """Return the sides that do not say, or say no longer, that they are ready."""
        return tuple(
            side
            for side in range(1, self.sides + 1)
            if (side, stage) not in self.said or not self.said[side, stage].ready
        )

    def holds_back(self, motion: MotionId, issue: IssueId | None) -> bool:
        """Whether a motion waits for this bridge, on the issue that it comes from."""
        if self.begun is None or self.ended is not None or self.crossed:
            return False
        own = self.begun.issue
        return motion in self.motions or (own is not None and own == issue)


NOTHING = State()


def decide(bridge: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in a bridge. A redelivered one changes nothing.

    Raises:
        Invalid: there are too few or too many sides.
        NotEntitled: somebody else speaks for that side.
        TooEarly: it has not begun, or an earlier stage comes first.
        TooLate: it was ended.
        Unknown: there is no such side.
    """
    match command:
        case BeginBridge():
            if bridge.begun is not None:
                return ()
            return (_begin(command),)
        case SayReady(side=side, by=by):
            speaker = _side(bridge, side).speaker
            if speaker != by:
                raise NotEntitled("Each side says for itself whether it is ready.")
            return _say(bridge, command, heard=False)
        case HearReady(side=side):
            if _side(bridge, side).speaker is not None:
                raise NotEntitled(
                    "This side has somebody here who speaks for it. Ask them to say so."
                )
            return _say(bridge, command, heard=True)
        case LinkMeeting(session=session, stage=stage, at=at):
            begun = _going_on(bridge)
            if bridge.meetings.get(session) == stage:
                return ()
            return (
                MeetingLinked(bridge=begun.bridge, session=session, stage=stage, at=at),
            )
        case PutUnder(motion=motion, at=at):
            begun = _going_on(bridge)
            if motion in bridge.motions:
                return ()
            return (MotionPutUnder(bridge=begun.bridge, motion=motion, at=at),)
        case EndBridge(reason=reason, at=at):
            if bridge.ended is not None:
                return ()
            begun = _going_on(bridge)
            return (BridgeEnded(bridge=begun.bridge, reason=reason, at=at),)


def evolve(bridge: State, event: Event) -> State:
    """Give a bridge as it is after an event."""
    match event:
        case BridgeBegun():
            return replace(bridge, begun=event)
        case ReadySaid(side=side, stage=stage):
            return replace(bridge, said={**bridge.said, (side, stage): event})
        case MeetingLinked(session=session, stage=stage):
            return replace(bridge, meetings={**bridge.meetings, session: stage})
        case MotionPutUnder(motion=motion):
            return replace(bridge, motions=bridge.motions | {motion})
        case BridgeEnded():
            return replace(bridge, ended=event)


def _begin(command: BeginBridge) -> BridgeBegun:
    if not FEWEST_SIDES <= len(command.sides) <= MOST_SIDES:
        raise Invalid(
            ByNumber(
                "A bridge has {least} to {most} side.",
                "A bridge has {least} to {most} sides.",
            ),
            most=MOST_SIDES,
            least=FEWEST_SIDES,
        )
    speakers = [each.speaker for each in command.sides if each.speaker is not None]
    if len(set(speakers)) < len(speakers):
        raise Invalid("Nobody speaks for two sides of a bridge.")
    return BridgeBegun(
        bridge=command.bridge,
        matter=command.matter,
        sides=command.sides,
        issue=command.issue,
        by=command.by,
        at=command.at,
    )


def _say(
    bridge: State, command: SayReady | HearReady, *, heard: bool
) -> tuple[Event, ...]:
    begun = _going_on(bridge)
    stage, now = command.stage, bridge.stage
    if now is not None and STAGES.index(stage) > STAGES.index(now):
        raise TooEarly("One stage comes after the other, and all go on together.")
    before = bridge.said.get((command.side, stage))
    if before is not None and (before.ready, before.words) == (
        command.ready,
        command.words,
    ):
        return ()
    return (
        ReadySaid(
            bridge=begun.bridge,
            side=command.side,
            stage=stage,
            ready=command.ready,
            words=command.words,
            heard=heard,
            at=command.at,
        ),
    )


def _side(bridge: State, number: int) -> Side:
    begun = _going_on(bridge)
    if not 1 <= number <= len(begun.sides):
        raise Unknown("There is no side {number} of this bridge.", number=number)
    return begun.sides[number - 1]


def _going_on(bridge: State) -> BridgeBegun:
    if bridge.begun is None:
        raise TooEarly("This bridge has not been begun.")
    if bridge.ended is not None:
        raise TooLate("This bridge was ended.")
    return bridge.begun
