"""An objection is judged by the round, never by the chair or the proposer alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from confederation.errors import (
    Invalid,
    NotEntitled,
    Phrase,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import Commit, MemberId, MotionId, ObjectionId

Status = Literal["raised", "valid", "not valid", "integrated", "stands", "withdrawn"]

SETTLED: Final[Mapping[str, Phrase]] = {
    "raised": Phrase("This objection is settled: raised."),
    "valid": Phrase("This objection is settled: valid."),
    "not valid": Phrase("This objection is settled: not valid."),
    "answered": Phrase("This objection is settled: answered."),
    "integrated": Phrase("This objection is settled: integrated."),
    "stands": Phrase("This objection is settled: stands."),
    "withdrawn": Phrase("This objection is settled: withdrawn."),
}

UNSETTLED: frozenset[Status] = frozenset({"raised", "valid"})
"""A text is not frozen while an objection to it is one of these."""

OPEN: Final[tuple[Status, ...]] = ("raised", "valid", "stands")
"""An objection that is one of these can still be answered, or taken back."""

ENOUGH = 2
"""How many different people must find the same for an objection to be judged."""


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseObjection:
    objection: ObjectionId
    reason: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeObjection:
    """Say whether an objection is valid, as one of those who test it."""

    objection: ObjectionId
    valid: bool
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountObjectionRound:
    """Enter how many in the round found an objection valid, and how many did not."""

    objection: ObjectionId
    valid: int
    not_valid: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LetObjectionStand:
    """Record that a valid objection could not be integrated."""

    objection: ObjectionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerObjection:
    """Record that the text, as it has become meanwhile, answers an objection."""

    objection: ObjectionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawObjection:
    objection: ObjectionId
    by: MemberId
    at: datetime


Command = (
    RaiseObjection
    | JudgeObjection
    | CountObjectionRound
    | LetObjectionStand
    | AnswerObjection
    | WithdrawObjection
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionRaised:
    motion: MotionId
    objection: ObjectionId
    version: int
    reason: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionJudged:
    motion: MotionId
    objection: ObjectionId
    valid: bool
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionTested:
    """The test is over: so many found the objection valid, so many did not."""

    motion: MotionId
    objection: ObjectionId
    valid: int
    not_valid: int
    upheld: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionStood:
    motion: MotionId
    objection: ObjectionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionAnswered:
    """Version ``version`` of the text answers the objection."""

    motion: MotionId
    objection: ObjectionId
    version: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionWithdrawn:
    motion: MotionId
    objection: ObjectionId
    at: datetime


Event = (
    ObjectionRaised
    | ObjectionJudged
    | ObjectionTested
    | ObjectionStood
    | ObjectionAnswered
    | ObjectionWithdrawn
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One objection: ``judged`` is who found it valid, and who did not."""

    raised: ObjectionRaised
    status: Status = "raised"
    judged: Mapping[MemberId, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The objections to one motion, in the order in which they were raised."""

    objections: Mapping[ObjectionId, Objection] = field(default_factory=dict)

    def count(self, *statuses: Status) -> int:
        """Count the objections that stand in any of these ways."""
        return sum(each.status in statuses for each in self.objections.values())


NOTHING = State()


def decide(
    state: State,
    command: Command,
    *,
    motion: MotionId,
    version: int,
    proposer: MemberId,
) -> tuple[Event, ...]:
    """Decide what a command changes among the objections to a motion.

    Raises:
        Invalid: a round that nobody, or one person alone, took part in.
        NotEntitled: who judges is the objector or the proposer, or who withdraws is
            not the objector.
        TooEarly: an objection stands only after it was found valid, and is answered
            only by a version later than the one it was raised against.
        TooLate: the objection is settled.
        Unknown: there is no such objection.
    """
    if isinstance(command, RaiseObjection):
        if command.objection in state.objections:
            return ()
        return (
            ObjectionRaised(
                motion=motion,
                objection=command.objection,
                version=version,
                reason=command.reason,
                by=command.by,
                at=command.at,
            ),
        )
    id_, at = command.objection, command.at
    known = _known(state, id_)
    match command:
        case JudgeObjection(valid=valid, by=by):
            if by in (known.raised.by, proposer):
                raise NotEntitled(
                    "Somebody other than the objector and the proposer judges this."
                )
            if known.judged.get(by) == valid:
                return ()
            _still(known, "raised")
            judged = ObjectionJudged(
                motion=motion, objection=id_, valid=valid, by=by, at=at
            )
            found = [*(v for m, v in known.judged.items() if m != by), valid]
            if found.count(valid) < ENOUGH:
                return (judged,)
            return (judged, _tested(motion, id_, found, upheld=valid, at=at))
        case CountObjectionRound(valid=valid_count, not_valid=others):
            if valid_count < 0 or others < 0 or valid_count + others < ENOUGH:
                raise Invalid("An objection is tested by two people or more.")
            # Where the round is divided the objection has the benefit of the doubt.
            upheld = valid_count >= others
            if known.status == ("valid" if upheld else "not valid"):
                return ()
            _still(known, "raised")
            findings = [True] * valid_count + [False] * others
            return (_tested(motion, id_, findings, upheld=upheld, at=at),)
        case LetObjectionStand(by=by):
            if known.status == "stands":
                return ()
            if known.status == "raised":
                raise TooEarly("An objection is tested before it is left standing.")
            _still(known, "valid")
            return (ObjectionStood(motion=motion, objection=id_, by=by, at=at),)
        case AnswerObjection(by=by):
            if known.status == "integrated":
                return ()
            if version <= known.raised.version:
                raise TooEarly(
                    "The text has not changed since this objection was raised."
                )
            _still(known, *OPEN)
            return (
                ObjectionAnswered(
                    motion=motion, objection=id_, version=version, by=by, at=at
                ),
            )
        case WithdrawObjection(by=by):
            if by != known.raised.by:
                raise NotEntitled("Whoever raised an objection withdraws it.")
            if known.status == "withdrawn":
                return ()
            _still(known, *OPEN)
            return (ObjectionWithdrawn(motion=motion, objection=id_, at=at),)


def check_integration(state: State, objections: tuple[ObjectionId, ...]) -> None:
    """Check that a new version of the text can answer these objections.

    Raises:
        TooLate: one of them is settled in another way.
        Unknown: one of them was never raised.
    """
    for id_ in objections:
        _still(_known(state, id_), *OPEN)


def integrate(state: State, objections: tuple[ObjectionId, ...]) -> State:
    """Give the objections after a new version of the text answered some of them."""
    for id_ in objections:
        state = _as(state, id_, "integrated")
    return state


def evolve(state: State, event: Event) -> State:
    """Give the objections as they are after an event."""
    match event:
        case ObjectionRaised():
            raised = {**state.objections, event.objection: Objection(raised=event)}
            return replace(state, objections=raised)
        case ObjectionJudged():
            known = state.objections[event.objection]
            judged = replace(known, judged={**known.judged, event.by: event.valid})
            return replace(
                state, objections={**state.objections, event.objection: judged}
            )
        case ObjectionTested():
            found: Status = "valid" if event.upheld else "not valid"
            return _as(state, event.objection, found)
        case ObjectionStood():
            return _as(state, event.objection, "stands")
        case ObjectionAnswered():
            return _as(state, event.objection, "integrated")
        case ObjectionWithdrawn():
            return _as(state, event.objection, "withdrawn")


def _tested(
    motion: MotionId,
    objection: ObjectionId,
    found: list[bool],
    *,
    upheld: bool,
    at: datetime,
) -> ObjectionTested:
    return ObjectionTested(
        motion=motion,
        objection=objection,
        valid=found.count(True),
        not_valid=found.count(False),
        upheld=upheld,
        at=at,
    )


def _known(state: State, objection: ObjectionId) -> Objection:
    if objection not in state.objections:
        raise Unknown("There is no such objection to this motion.")
    return state.objections[objection]


def _still(objection: Objection, *statuses: Status) -> None:
    if objection.status not in statuses:
        raise TooLate(SETTLED[objection.status])


def _as(state: State, objection: ObjectionId, status: Status) -> State:
    changed = replace(state.objections[objection], status=status)
    return replace(state, objections={**state.objections, objection: changed})
