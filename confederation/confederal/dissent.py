"""A minority says why it does not agree, and nobody can take that away from it.

It stays beside what was decided. Whatever is said about a person in it can be withheld,
by two reviewers whom the minority itself named, and then the gap is seen. The majority,
the clerk and the officers have no part in that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from confederation import record
from confederation.confederal.choosing import KEEP
from confederation.confederal.history import Record
from confederation.counting.majority import ABSTAIN, AGAINST, FOR
from confederation.errors import (
    Invalid,
    NotEntitled,
    Phrase,
    Refused,
    TooEarly,
    TooLate,
)
from confederation.identifiers import Commit, Digest, DissentId, MemberId
from confederation.record import Entry, MinorityReport, Result, Withholding

MOST_PARTS = 8
REVIEWERS = 2
A_MEMBER = "A member"
"""How whoever does not want to be named stands in a report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """A member who may withhold a part, and the words that stand for them."""

    member: MemberId
    words: Commit


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginDissent:
    """Write a report on a decision, for those to sign who did not agree.

    ``on`` and ``proposal`` are as in `record.MinorityReport`. ``needed`` is how many
    have to sign, by the rules that the decision was taken under; ``at_most`` how many
    can, None where yes and no were not counted.
    """

    dissent: DissentId
    on: Digest
    proposal: Digest | None
    parts: tuple[Commit, ...]
    reviewers: tuple[Reviewer, ...]
    needed: int
    at_most: int | None
    lang: str = "en"
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignDissent:
    """Sign it. ``name`` commits to the name, or to *a member*.

    ``entitled`` says that whoever signs could take part in the decision.
    """

    name: Commit
    entitled: bool
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """Take one's own signature back, before the report is filed."""

    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDissent:
    """File it: from here on it is part of the record."""

    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithholdPart:
    """Say, as a reviewer, that a part targets a person. Two who say so withhold it."""

    part: int
    by: MemberId
    at: datetime


Command = BeginDissent | SignDissent | TakeBack | FileDissent | WithholdPart


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class DissentBegun:
    dissent: DissentId
    on: Digest
    proposal: Digest | None
    parts: tuple[Commit, ...]
    reviewers: tuple[Reviewer, ...]
    needed: int
    at_most: int | None
    lang: str
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DissentSigned:
    dissent: DissentId
    name: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureTakenBack:
    dissent: DissentId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DissentFiled:
    dissent: DissentId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDoubted:
    """One reviewer says that a part targets a person."""

    dissent: DissentId
    part: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartWithheld:
    """Both reviewers say so, and the report is filed."""

    dissent: DissentId
    part: int
    at: datetime


Event = (
    DissentBegun
    | DissentSigned
    | SignatureTakenBack
    | DissentFiled
    | PartDoubted
    | PartWithheld
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A report as it stands: who signed, and what its reviewers say of which part."""

    begun: DissentBegun | None = None
    signed: Mapping[MemberId, Commit] = field(default_factory=dict)
    filed: bool = False
    doubted: Mapping[int, tuple[MemberId, ...]] = field(default_factory=dict)
    withheld: tuple[int, ...] = ()

    @property
    def enough(self) -> bool:
        """Whether as many have signed as have to."""
        return self.begun is not None and len(self.signed) >= self.begun.needed


NOTHING = State()


def decide(state: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in a report. A redelivered one changes nothing.

    Raises:
        Invalid: there is nothing in it, or the reviewers are not two other people.
        NotEntitled: somebody who may not sign, file or review it.
        Refused: more would sign than did not agree.
        TooEarly: it is not written yet, or too few have signed it.
        TooLate: it is filed, and stays as it is.
    """
    if isinstance(command, BeginDissent):
        return _begin(state, command)
    begun = state.begun
    if begun is None:
        raise TooEarly("No such report was begun.")
    id_ = begun.dissent
    match command:
        case SignDissent(by=by, name=name, at=at):
            if by in state.signed:
                return ()
            _check_signing(state, begun, command)
            return (DissentSigned(dissent=id_, name=name, by=by, at=at),)
        case TakeBack(by=by, at=at):
            if by not in state.signed:
                return ()
            if state.filed:
                raise TooLate("It is filed, and stays as it is.")
            return (SignatureTakenBack(dissent=id_, by=by, at=at),)
        case FileDissent(by=by, at=at):
            return _file(state, begun, by=by, at=at)
        case WithholdPart(part=part, by=by, at=at):
            return _withhold(state, begun, part=part, by=by, at=at)


def evolve(state: State, event: Event) -> State:
    """Give a report as it is after an event."""
    match event:
        case DissentBegun():
            return replace(state, begun=event)
        case DissentSigned(by=by, name=name):
            return replace(state, signed={**state.signed, by: name})
        case SignatureTakenBack(by=by):
            left = {who: name for who, name in state.signed.items() if who != by}
            return replace(state, signed=left)
        case DissentFiled():
            return replace(state, filed=True)
        case PartDoubted(part=part, by=by):
            doubted = {**state.doubted, part: (*state.doubted.get(part, ()), by)}
            return replace(state, doubted=doubted)
        case PartWithheld(part=part):
            return replace(state, withheld=(*state.withheld, part))


def fact(state: State) -> MinorityReport:
    """Give a report as the record publishes it: commitments, and no name.

    Raises:
        TooEarly: it is not filed.
    """
    begun = state.begun
    if begun is None or not state.filed:
        raise TooEarly("This report is not filed yet.")
    return MinorityReport(
        on=begun.on,
        proposal=begun.proposal,
        parts=begun.parts,
        # In the order of the commitments: who signed first is nobody's business.
        signers=tuple(sorted(state.signed.values())),
        reviewers=tuple(each.words for each in begun.reviewers),
        lang=begun.lang,
    )


def withholding(state: State, part: int, *, report: Digest) -> Withholding:
    """Give the withholding of a part as the record publishes it."""
    assert state.begun is not None
    return Withholding(
        report=report,
        part=part,
        reviewers=tuple(each.words for each in state.begun.reviewers),
    )


def flaw(report: Entry, kept: Record) -> str | None:
    """Say what a published report lacks to stand beside a decision; None if nothing.

    Of one on a result only its form is judged here: whether the result is the confirmed
    one is for whoever holds the proposal.

    See docs/reference/record.md, "MinorityReport".
    """
    said = report.fact
    if not isinstance(said, MinorityReport):
        return Phrase("This is no minority report.")
    if not 1 <= len(said.parts) <= MOST_PARTS:
        return Phrase("A report has a part, and not too many.")
    behind = kept.get(said.on, before=report.seq)
    if said.proposal is None and (
        behind is None or not isinstance(behind.fact, record.Decision)
    ):
        return Phrase("The record holds no such decision before the report.")
    if said.decision is None:
        if not said.signers:
            return Phrase("Nobody signed it.")
        return None
    own = kept.get(said.decision, before=report.seq)
    if said.proposal is None or said.signers:
        return Phrase(
            "An assembly dissents from a decision of all, and nobody signs beside."
        )
    if own is None or not isinstance(own.fact, record.Decision):
        return Phrase("The record holds no decision of the assembly to dissent.")
    if own.fact.outcome != "passed":
        return Phrase("The assembly did not decide to dissent.")
    return None


def voted_otherwise(result: Result, seat: int) -> bool:
    """Say whether a seat's counted vote was for something else than came of it.

    Whoever abstained, or has no vote that counts, did not vote otherwise.
    """
    for each in result.certified:
        if each.seat != seat or each.rule is not None or not each.choice:
            continue
        first = each.choice[0]
        if first == ABSTAIN:
            return False
        if result.ranked is None:
            return first == (AGAINST if result.outcome == "adopted" else FOR)
        if result.outcome == "adopted":
            return first not in result.ranked.chosen
        return first != KEEP
    return False


def withheld(report: Entry, kept: Record) -> frozenset[int]:
    """Give the parts of a report that its own reviewers withheld.

    A withholding in another record, or by others than the report names, withholds
    nothing.
    """
    return frozenset(
        each.part
        for _, each in kept.facts(Withholding, after=report.seq)
        if withholds(each, report)
    )


def withholds(said: Withholding, report: Entry) -> bool:
    """Say whether a withholding in the same record, after a report, is a valid one."""
    fact = report.fact
    return (
        isinstance(fact, MinorityReport)
        and len(fact.reviewers) == REVIEWERS
        and said.report == report.digest
        and said.reviewers == fact.reviewers
        and 1 <= said.part <= len(fact.parts)
    )


def _begin(state: State, command: BeginDissent) -> tuple[Event, ...]:
    if state.begun is not None:
        return ()
    if not 1 <= len(command.parts) <= MOST_PARTS:
        raise Invalid(
            "A report has one part at least, and at most {most}.", most=MOST_PARTS
        )
    members = {each.member for each in command.reviewers}
    if len(members) != REVIEWERS or len(command.reviewers) != REVIEWERS:
        raise Invalid("Two different people review a report.")
    if command.by in members:
        raise Invalid("Whoever writes a report does not review it.")
    if command.needed < 1:
        raise Invalid("A report is signed by somebody.")
    if command.at_most is not None and command.at_most < command.needed:
        raise Refused(
            "At most {at_most} did not agree, and a report needs {needed}.",
            at_most=command.at_most,
            needed=command.needed,
        )
    return (
        DissentBegun(
            dissent=command.dissent,
            on=command.on,
            proposal=command.proposal,
            parts=command.parts,
            reviewers=command.reviewers,
            needed=command.needed,
            at_most=command.at_most,
            lang=command.lang,
            by=command.by,
            at=command.at,
        ),
    )


def _check_signing(state: State, begun: DissentBegun, command: SignDissent) -> None:
    if state.filed:
        raise TooLate("It is filed. Whoever wants to add something begins another.")
    if any(command.by == each.member for each in begun.reviewers):
        raise NotEntitled("Whoever reviews a report does not sign it.")
    if not command.entitled:
        raise NotEntitled("Those sign who could take part in the decision.")
    if begun.at_most is not None and len(state.signed) >= begun.at_most:
        raise Refused("As many have signed as did not agree.")


def _file(
    state: State, begun: DissentBegun, *, by: MemberId, at: datetime
) -> tuple[Event, ...]:
    if state.filed:
        return ()
    if by not in state.signed:
        raise NotEntitled("One of those who signed files it.")
    if not state.enough:
        raise TooEarly(
            "{signed} signed it so far, and {needed} have to.",
            signed=len(state.signed),
            needed=begun.needed,
        )
    filed: tuple[Event, ...] = (DissentFiled(dissent=begun.dissent, at=at),)
    agreed = [part for part, who in state.doubted.items() if len(who) == REVIEWERS]
    return filed + tuple(
        PartWithheld(dissent=begun.dissent, part=part, at=at) for part in sorted(agreed)
    )


def _withhold(
    state: State, begun: DissentBegun, *, part: int, by: MemberId, at: datetime
) -> tuple[Event, ...]:
    if not any(by == each.member for each in begun.reviewers):
        raise NotEntitled("Only the two whom the minority named withhold a part.")
    if not 1 <= part <= len(begun.parts):
        raise Invalid("The report has no such part.")
    doubted = state.doubted.get(part, ())
    if by in doubted:
        return ()
    events: tuple[Event, ...] = (
        PartDoubted(dissent=begun.dissent, part=part, by=by, at=at),
    )
    if state.filed and len(doubted) + 1 == REVIEWERS:
        events += (PartWithheld(dissent=begun.dissent, part=part, at=at),)
    return events
