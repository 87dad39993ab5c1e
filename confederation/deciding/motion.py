"""A text is decided on as it was frozen, after every objection to it was tested."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from confederation import text as texts
from confederation.deciding import amendment, decision, objection
from confederation.deciding.decision import Decided, Outcome
from confederation.deciding.question import ADVISES
from confederation.deciding.rulebook import MethodName
from confederation.errors import NotEntitled, Phrase, Refused, TooEarly, TooLate
from confederation.identifiers import (
    BallotId,
    Commit,
    IssueId,
    MemberId,
    MotionId,
    ObjectionId,
    SessionId,
    SubAssemblyId,
)
from confederation.text import Text

Settled = Literal["adopted", "rejected", "lapsed"]
Status = (
    Literal[
        "not drafted",
        "draft",
        "tabled",
        "frozen",
        "deciding",
        "sent back",
        "withdrawn",
    ]
    | Settled
)

SETTLED: dict[Outcome, Settled] = {
    "passed": "adopted",
    "rejected": "rejected",
    "no quorum": "lapsed",
}


OVER: Final[Mapping[Status, Phrase]] = {
    "not drafted": Phrase("This motion is not drafted."),
    "draft": Phrase("This motion is draft."),
    "sent back": Phrase("This motion is sent back."),
    "withdrawn": Phrase("This motion is withdrawn."),
    "adopted": Phrase("This motion is adopted."),
    "rejected": Phrase("This motion is rejected."),
    "lapsed": Phrase("This motion is lapsed."),
}


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMotion:
    """Draft a motion; ``replaces`` names one that was sent back.

    ``sub_assembly`` is the one that it is put before; None for the whole assembly.
    """

    motion: MotionId
    title: Commit
    text: Text
    issue: IssueId | None = None
    replaces: MotionId | None = None
    sub_assembly: SubAssemblyId | None = None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseDraft:
    """Rewrite one's own draft. ``base`` is the number of the version rewritten."""

    text: Text
    base: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMotion:
    """Put a motion before the assembly, whose it is from here on."""

    session: SessionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendMotion:
    """Give a tabled motion a new version, which answers the objections it names."""

    text: Text
    base: int
    change: Literal["clarified", "amended"] = "amended"
    integrates: tuple[ObjectionId, ...] = ()
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeMotion:
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PutMotion:
    """Say which ballot decides on the frozen text."""

    ballot: BallotId
    method: MethodName
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleMotion:
    """Carry out what the ballot said about the frozen text."""

    decision: Decided | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBackMotion:
    """Send a motion back to be worked on; a new one may take its place."""

    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawMotion:
    """Withdraw one's own draft."""

    by: MemberId
    at: datetime


Command = (
    DraftMotion
    | ReviseDraft
    | TableMotion
    | AmendMotion
    | FreezeMotion
    | PutMotion
    | SettleMotion
    | SendBackMotion
    | WithdrawMotion
    | objection.Command
    | amendment.Command
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionDrafted:
    motion: MotionId
    title: Commit
    text: Text
    issue: IssueId | None
    replaces: MotionId | None
    by: MemberId
    at: datetime
    sub_assembly: SubAssemblyId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionRevised:
    """The text has a new version; the versions before it are kept."""

    motion: MotionId
    version: int
    text: Text
    change: Literal["redrafted", "clarified", "amended"]
    integrates: tuple[ObjectionId, ...]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionTabled:
    motion: MotionId
    session: SessionId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionFrozen:
    motion: MotionId
    version: int
    text: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionPut:
    motion: MotionId
    ballot: BallotId
    method: MethodName
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionSettled:
    motion: MotionId
    ballot: BallotId
    outcome: Settled
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusFailed:
    """There was no consensus. The text stays frozen, and can be put again."""

    motion: MotionId
    ballot: BallotId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionSentBack:
    """``by`` is None where a remit ended that it was put under."""

    motion: MotionId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionWithdrawn:
    motion: MotionId
    at: datetime


Event = (
    MotionDrafted
    | MotionRevised
    | MotionTabled
    | MotionFrozen
    | MotionPut
    | MotionSettled
    | ConsensusFailed
    | MotionSentBack
    | MotionWithdrawn
    | objection.Event
    | amendment.Event
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A motion as it stands. ``versions`` are the texts so far; the last one counts.

    ``session`` is the meeting at which it was tabled; ``tried`` are the ballots in
    which there was no consensus on it.
    """

    drafted: MotionDrafted | None = None
    status: Status = "not drafted"
    versions: tuple[Text, ...] = ()
    objections: objection.State = objection.NOTHING
    amendments: amendment.State = amendment.NOTHING
    session: SessionId | None = None
    put: MotionPut | None = None
    tried: tuple[BallotId, ...] = ()

    @property
    def version(self) -> int:
        """The number of the text, from 1; 0 before the first."""
        return len(self.versions)

    @property
    def open_amendments(self) -> int:
        """How many amendments have yet to be taken in or decided about."""
        return self.amendments.count(*amendment.OPEN)

    @property
    def open_objections(self) -> int:
        """How many objections are not tested, or valid and not answered yet."""
        return self.objections.count(*objection.UNSETTLED)


NOTHING = State()


def text(motion: State) -> Text:
    """Give the newest version of the text.

    Raises:
        TooEarly: there is no draft yet.
    """
    _drafted(motion)
    return motion.versions[-1]


def decide(motion: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in a motion. A redelivered one changes nothing.

    Raises:
        Invalid: clauses that are not numbered in order, or an amount that is none.
        NotEntitled: somebody else's draft, or a ballot on another text.
        Refused: a valid objection stands in the way.
        TooEarly: what comes before has not happened yet, or an objection is open.
        TooLate: the text is frozen, has changed since, or the motion is settled.
        Unknown: there is no such objection.
    """
    if isinstance(command, DraftMotion):
        return _draft(motion, command)
    drafted = _drafted(motion)
    id_ = drafted.motion
    match command:
        case ReviseDraft(text=new, base=base, by=by):
            if _is(motion, base, new):
                return ()
            _at(motion, "draft")
            _own(drafted, by)
            return (_revised(motion, command, change="redrafted"),)
        case TableMotion(session=session, by=by, at=at):
            if motion.status not in ("draft", "withdrawn"):
                return ()
            _at(motion, "draft")
            _own(drafted, by)
            return (MotionTabled(motion=id_, session=session, at=at),)
        case AmendMotion(text=new, base=base, change=change, integrates=answered):
            if _is(motion, base, new):
                return ()
            _at(motion, "tabled")
            objection.check_integration(motion.objections, answered)
            return (_revised(motion, command, change=change, integrates=answered),)
        case FreezeMotion(by=by, at=at):
            return _freeze(motion, by=by, at=at)
        case PutMotion():
            return _put(motion, command)
        case SettleMotion():
            return _settle(motion, command)
        case SendBackMotion(by=by, at=at):
            if motion.status == "sent back":
                return ()
            _at(motion, "tabled", "frozen", "deciding")
            return (MotionSentBack(motion=id_, by=by, at=at),)
        case WithdrawMotion(by=by, at=at):
            if motion.status == "withdrawn":
                return ()
            _own(drafted, by)
            if motion.status != "draft":
                raise TooLate("Once it is tabled, a motion is the assembly's.")
            return (MotionWithdrawn(motion=id_, at=at),)
        case (
            amendment.OfferAmendment()
            | amendment.AcceptAmendment()
            | amendment.ContestAmendment()
            | amendment.CountAmendmentRound()
            | amendment.WithdrawAmendment()
        ):
            return _amended(motion, command, drafted)
        case _:
            found = objection.decide(
                motion.objections,
                command,
                motion=id_,
                version=motion.version,
                proposer=drafted.by,
            )
            if found and isinstance(command, objection.AnswerObjection):
                _at(motion, "tabled")
            elif found:
                _at(motion, "tabled", "frozen", "deciding")
            return found


def evolve(motion: State, event: Event) -> State:
    """Give the motion as it is after an event."""
    match event:
        case MotionDrafted():
            return replace(
                motion, drafted=event, status="draft", versions=(event.text,)
            )
        case MotionRevised():
            answered = objection.integrate(motion.objections, event.integrates)
            return replace(
                motion,
                versions=(*motion.versions, event.text),
                objections=answered,
                amendments=amendment.after_version(motion.amendments),
            )
        case MotionTabled(session=session):
            return replace(motion, status="tabled", session=session)
        case MotionFrozen():
            return replace(motion, status="frozen")
        case MotionPut():
            return replace(motion, status="deciding", put=event)
        case MotionSettled():
            return replace(motion, status=event.outcome)
        case ConsensusFailed(ballot=ballot):
            tried = (*motion.tried, ballot)
            return replace(motion, status="frozen", put=None, tried=tried)
        case MotionSentBack():
            return replace(motion, status="sent back")
        case MotionWithdrawn():
            return replace(motion, status="withdrawn")
        case (
            amendment.AmendmentOffered()
            | amendment.AmendmentAccepted()
            | amendment.AmendmentContested()
            | amendment.AmendmentDecided()
            | amendment.AmendmentWithdrawn()
        ):
            amendments = amendment.evolve(motion.amendments, event)
            return replace(motion, amendments=amendments)
        case _:
            objections = objection.evolve(motion.objections, event)
            return replace(motion, objections=objections)


def _draft(motion: State, command: DraftMotion) -> tuple[Event, ...]:
    if motion.drafted is not None:
        return ()
    texts.check(command.text)
    return (
        MotionDrafted(
            motion=command.motion,
            title=command.title,
            text=command.text,
            issue=command.issue,
            replaces=command.replaces,
            sub_assembly=command.sub_assembly,
            by=command.by,
            at=command.at,
        ),
    )


def _revised(
    motion: State,
    command: ReviseDraft | AmendMotion,
    *,
    change: Literal["redrafted", "clarified", "amended"],
    integrates: tuple[ObjectionId, ...] = (),
) -> MotionRevised:
    if command.base != motion.version:
        raise TooLate(
            "This was written against version {base} of the text, and version "
            "{version} is the newest. Look at that one first.",
            base=command.base,
            version=motion.version,
        )
    texts.check(command.text)
    return MotionRevised(
        motion=_drafted(motion).motion,
        version=motion.version + 1,
        text=command.text,
        change=change,
        integrates=integrates,
        by=command.by,
        at=command.at,
    )


def _amended(
    motion: State, command: amendment.Command, drafted: MotionDrafted
) -> tuple[Event, ...]:
    """Decide about an amendment; one that is taken in gives the text a new version."""
    found = amendment.decide(
        motion.amendments,
        command,
        motion=drafted.motion,
        version=motion.version,
        proposer=drafted.by,
    )
    if found:
        _at(motion, "tabled")
    taken = [amendment.takes_in(motion.amendments, event) for event in found]
    return (
        *found,
        *(
            MotionRevised(
                motion=drafted.motion,
                version=motion.version + 1,
                text=new,
                change="amended",
                integrates=(),
                by=command.by,
                at=command.at,
            )
            for new in taken
            if new is not None
        ),
    )


def _freeze(motion: State, *, by: MemberId, at: datetime) -> tuple[Event, ...]:
    if motion.status in ("frozen", "deciding", *SETTLED.values()):
        return ()
    _at(motion, "tabled")
    if motion.open_objections:
        raise TooEarly("An objection to this text is still open.")
    if motion.open_amendments:
        raise TooEarly("An amendment to this text is still open.")
    return (
        MotionFrozen(
            motion=_drafted(motion).motion,
            version=motion.version,
            text=motion.versions[-1].text,
            by=by,
            at=at,
        ),
    )


def _put(motion: State, command: PutMotion) -> tuple[Event, ...]:
    if motion.put is not None and motion.put.ballot == command.ballot:
        return ()
    if motion.status in ("draft", "tabled"):
        raise TooEarly("A text is frozen before it is put to the vote.")
    _at(motion, "frozen")
    if motion.open_objections:
        raise TooEarly("An objection to this text is still open.")
    if command.method in ADVISES:
        raise Refused(
            "Dots and a sense check decide nothing, so no motion is put to them."
        )
    if command.method == "consent" and motion.objections.count("stands"):
        raise Refused("A valid objection stands, so there is no consent to ask for.")
    return (
        MotionPut(
            motion=_drafted(motion).motion,
            ballot=command.ballot,
            method=command.method,
            at=command.at,
        ),
    )


def _settle(motion: State, command: SettleMotion) -> tuple[Event, ...]:
    if motion.status in SETTLED.values():
        return ()
    if command.decision is not None and command.decision.ballot in motion.tried:
        return ()
    if motion.put is None:
        raise TooEarly("This motion has not been put to the vote yet.")
    _at(motion, "deciding")
    said = decision.about(
        command.decision,
        text=motion.versions[-1].text,
        sub_assembly=_drafted(motion).sub_assembly,
    )
    if said.ballot != motion.put.ballot:
        raise NotEntitled("This motion was put to the vote in another ballot.")
    against = motion.objections.count("raised", "valid", "stands")
    if motion.put.method == "consent" and said.passed and against:
        raise Refused(
            "An objection was raised when this was put, so nobody has consented. "
            "Settle the objection, or send the motion back."
        )
    if motion.put.method == "consensus" and said.outcome == "rejected":
        return (
            ConsensusFailed(
                motion=motion.put.motion, ballot=said.ballot, at=command.at
            ),
        )
    return (
        MotionSettled(
            motion=motion.put.motion,
            ballot=said.ballot,
            outcome=SETTLED[said.outcome],
            at=command.at,
        ),
    )


def _is(motion: State, base: int, new: Text) -> bool:
    """Say whether a revision of ``base`` is already there: the next version is it."""
    return 1 <= base < motion.version and motion.versions[base] == new


def _own(drafted: MotionDrafted, member: MemberId) -> None:
    if drafted.by != member:
        raise NotEntitled("Until it is tabled, a draft is its author's.")


def _at(motion: State, *statuses: Status) -> None:
    if motion.status in statuses:
        return
    if motion.status == "draft":
        raise TooEarly("This motion has not been tabled yet.")
    raise _too_late(motion.status)


def _too_late(status: Status) -> TooLate:
    match status:
        case "tabled":
            return TooLate("This motion is tabled. It is amended by the assembly now.")
        case "frozen" | "deciding":
            return TooLate("The text is frozen. An amended text is a new motion.")
        case _:
            return TooLate(OVER[status])


def _drafted(motion: State) -> MotionDrafted:
    if motion.drafted is None:
        raise TooEarly("This motion has not been drafted yet.")
    return motion.drafted
