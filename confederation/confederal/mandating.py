"""An assembly instructs its delegate on what it decided, and on nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from confederation import amounts, record
from confederation.deciding import decision, rulebook, sub_assembly
from confederation.deciding.decision import Decided
from confederation.deciding.rulebook import Teller
from confederation.errors import Invalid, NotEntitled, TooEarly, Unknown
from confederation.identifiers import (
    ActorId,
    BallotId,
    CompactId,
    Digest,
    MemberId,
    Multikey,
    SubAssemblyId,
)
from confederation.record import Declared, Instruction


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate:
    """A member as delegate: the actor and the key that their votes are known by.

    ``declared`` is what else they hold, as they say themselves.
    """

    member: MemberId
    actor: ActorId
    key: Multikey
    kept_by: Literal["node", "delegate"] = "node"
    declared: tuple[Declared, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a mandate says: its instructions, its term and when a report is due.

    In ``scope`` *compact* one instruction, on the compact's identity, covers whatever
    comes before its assemblies; in *theme*, whatever comes of its ``theme``.
    """

    instructions: tuple[Instruction, ...]
    valid_from: datetime
    valid_until: datetime
    report_due: datetime
    paper_vote: bool = False
    scope: Literal["proposals", "compact", "theme"] = "proposals"
    theme: str = ""


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveMandate:
    """Bind the delegate in office by a decision on a proposal.

    ``longest`` is how many seconds a mandate may last by the rulebook; 0 is any number.
    The decision need not be a yes: whoever voted a proposal down instructs against it.
    Each instruction is on the proposal decided on, or as it was in the mandate before.
    ``remit`` is that of the sub-assembly that decided, where one did.
    """

    holder: MemberId
    terms: Terms
    decision: Decided | None
    tellers: tuple[Teller, ...]
    longest: int = 0
    remit: sub_assembly.RemitGranted | None = None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMandate:
    """Copy a mandate that was written on paper. It is given once two copies agree."""

    mandate: GiveMandate
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmMandate:
    mandate: int
    key: Multikey
    by: MemberId
    at: datetime


Command = GiveMandate | CopyMandate | ConfirmMandate


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateGiven:
    """The seat's mandates are numbered from 1; a new one supersedes the last.

    ``sub_assembly`` is the one that decided on it under its remit, if one did.
    """

    compact: CompactId
    mandate: int
    supersedes: int | None
    holder: Delegate
    terms: Terms
    ballot: BallotId
    tellers: tuple[Teller, ...]
    at: datetime
    sub_assembly: SubAssemblyId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateConfirmed:
    compact: CompactId
    mandate: int
    key: Multikey
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateCopied:
    """One person copied from paper what the mandate after the last one says."""

    compact: CompactId
    holder: MemberId
    terms: Terms
    ballot: BallotId
    by: MemberId
    at: datetime


Event = MandateGiven | MandateCopied | MandateConfirmed


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All mandates of one seat. ``in_effect`` is the number of the one that binds.

    It is None while nobody is in office, or they have none. ``confirmed`` are the
    tellers' keys by mandate; ``copied`` is what one person copied from paper so far.
    """

    given: tuple[MandateGiven, ...] = ()
    in_effect: int | None = None
    confirmed: Mapping[int, tuple[Multikey, ...]] = field(default_factory=dict)
    copied: MandateCopied | None = None


NOTHING = State()


def numbered(state: State, number: int) -> MandateGiven:
    """Give a mandate by its number.

    Raises:
        Unknown: there is none.
    """
    if not 1 <= number <= len(state.given):
        raise Unknown("This seat has no such mandate.")
    return state.given[number - 1]


def fact(
    state: State,
    number: int,
    *,
    decided: Digest,
    elected: Digest,
    supersedes: Digest | None = None,
    under: Digest | None = None,
) -> record.Mandate:
    """Give a mandate as the record publishes it.

    Args:
        decided: the Decision entry behind it.
        elected: the Election entry of its holder.
        supersedes: the Mandate entry that it supersedes, if it supersedes one.
        under: the RemitDecision entry by which a sub-assembly decided on it; then
            ``decided`` is the decision that granted its remit.
    """
    given = numbered(state, number)
    return record.Mandate(
        holder=given.holder.actor,
        delegate_key=given.holder.key,
        compact=given.compact,
        decision=decided,
        election=elected,
        instructions=given.terms.instructions,
        valid_from=given.terms.valid_from,
        valid_until=given.terms.valid_until,
        report_due=given.terms.report_due,
        supersedes=supersedes,
        paper_vote=given.terms.paper_vote,
        scope=given.terms.scope,
        theme=given.terms.theme,
        under=under,
        confirmed_by=state.confirmed.get(number, ()),
    )


def decide(
    state: State, command: Command, *, compact: CompactId, delegate: Delegate | None
) -> tuple[Event, ...]:
    """Decide what a command changes in the mandates of a seat.

    Args:
        delegate: who is in office; None where the seat is vacant.

    Raises:
        Invalid: an instruction or a term that cannot be.
        NotEntitled: the holder is not in office, or there is no decision on this.
        TooEarly: the seat is vacant.
        Unknown: there is no such mandate.
    """
    match command:
        case GiveMandate():
            return _give(state, command, compact=compact, delegate=delegate)
        case CopyMandate():
            return _copy(state, command, compact=compact, delegate=delegate)
        case ConfirmMandate(mandate=number, key=key, by=by, at=at):
            tellers = numbered(state, number).tellers
            before = state.confirmed.get(number, ())
            if not rulebook.confirms(tellers, before, by=by, key=key):
                return ()
            return (MandateConfirmed(compact=compact, mandate=number, key=key, at=at),)


def evolve(state: State, event: Event) -> State:
    """Give the mandates as they are after an event."""
    match event:
        case MandateGiven():
            given = (*state.given, event)
            return replace(state, given=given, in_effect=event.mandate, copied=None)
        case MandateCopied():
            return replace(state, copied=event)
        case MandateConfirmed():
            keys = (*state.confirmed.get(event.mandate, ()), event.key)
            return replace(state, confirmed={**state.confirmed, event.mandate: keys})


def end(state: State) -> State:
    """Give the mandates after whoever held the last one left office."""
    return replace(state, in_effect=None, copied=None)


def _give(
    state: State,
    command: GiveMandate,
    *,
    compact: CompactId,
    delegate: Delegate | None,
) -> tuple[Event, ...]:
    if any(_is(given, command) for given in state.given):
        return ()
    if delegate is None:
        raise TooEarly("The seat is vacant. Elect a delegate, or seat the alternate.")
    if command.holder != delegate.member:
        raise NotEntitled("Only the delegate in office is given a mandate.")
    remit = command.remit
    said = decision.about(
        command.decision, sub_assembly=None if remit is None else remit.sub_assembly
    )
    if said.outcome == "no quorum":
        raise NotEntitled("Too few took part, so nothing was decided.")
    _check_terms(command.terms, at=command.at)
    _check_scope(command.terms, compact)
    if said.sub_assembly is not None and remit is not None:
        _check_remit(command.terms, remit, said, compact, at=command.at)
    lasts = command.terms.valid_until - command.terms.valid_from
    if command.longest and lasts > timedelta(seconds=command.longest):
        raise Invalid("By our rules no mandate lasts so long.")
    before = (
        numbered(state, state.in_effect).terms.instructions if state.in_effect else ()
    )
    fresh = [i for i in command.terms.instructions if i not in before]
    if any(instruction.proposal != said.subject for instruction in fresh):
        raise NotEntitled("The assembly has not decided on what this instructs on.")
    return (
        MandateGiven(
            compact=compact,
            mandate=len(state.given) + 1,
            supersedes=state.in_effect,
            holder=delegate,
            terms=command.terms,
            ballot=said.ballot,
            tellers=command.tellers,
            at=command.at,
            sub_assembly=said.sub_assembly,
        ),
    )


def _copy(
    state: State,
    command: CopyMandate,
    *,
    compact: CompactId,
    delegate: Delegate | None,
) -> tuple[Event, ...]:
    given = _give(state, command.mandate, compact=compact, delegate=delegate)
    if not given:
        return ()
    mandate, before = command.mandate, state.copied
    said = decision.about(
        mandate.decision,
        sub_assembly=None if mandate.remit is None else mandate.remit.sub_assembly,
    )
    copy = MandateCopied(
        compact=compact,
        holder=mandate.holder,
        terms=mandate.terms,
        ballot=said.ballot,
        by=command.by,
        at=command.at,
    )
    if before is None or before.by == command.by or before.ballot != said.ballot:
        return () if before is not None and _alike(before, copy) else (copy,)
    apart = [*_apart(before, copy)]
    if apart:
        raise Invalid(
            "The two copies differ in {apart}. Compare both with the paper.",
            apart=[*apart],
        )
    return given


def _alike(before: MandateCopied, copy: MandateCopied) -> bool:
    return before.by == copy.by and not [*_apart(before, copy)]


def _apart(one: MandateCopied, other: MandateCopied) -> Iterator[str]:
    """Name in what two copies differ; when each of them was made is nothing of it."""
    if (one.holder, one.ballot) != (other.holder, other.ballot):
        yield "whom it binds, or by which ballot"
    if one.terms.instructions != other.terms.instructions:
        yield "what the delegate must, may or must not do, or why"
    if one.terms.valid_until != other.terms.valid_until:
        yield "how long it is valid"
    if one.terms.report_due != other.terms.report_due:
        yield "when the report is due"
    if one.terms.paper_vote != other.terms.paper_vote:
        yield "the vote on paper"
    if one.terms.theme != other.terms.theme:
        yield "the theme"


def _is(given: MandateGiven, command: GiveMandate) -> bool:
    return (
        command.decision is not None
        and given.ballot == command.decision.ballot
        and given.holder.member == command.holder
        and given.terms == command.terms
    )


def _check_scope(terms: Terms, compact: CompactId) -> None:
    at_large = any(each.proposal == Digest(compact) for each in terms.instructions)
    if at_large != (terms.scope != "proposals"):
        raise Invalid(
            "A mandate for a whole compact, or for a theme, says what the delegate "
            "does on whatever comes, and any other mandate does not."
        )
    if (terms.scope == "theme") != bool(terms.theme):
        raise Invalid("A mandate for a theme names it, and any other names none.")


def _check_remit(
    terms: Terms,
    remit: sub_assembly.RemitGranted,
    said: Decided,
    compact: CompactId,
    *,
    at: datetime,
) -> None:
    """Check that a sub-assembly may bind the delegate to this."""
    if not said.passed:
        raise NotEntitled("The sub-assembly decided against this.")
    granted = remit.terms
    if granted.compact != compact:
        raise NotEntitled(
            "The remit of this sub-assembly does not let it bind our delegate here."
        )
    if terms.scope != "theme" or not sub_assembly.covers(granted, terms.theme):
        raise NotEntitled(
            "By its remit the sub-assembly binds our delegate on the theme "
            "{theme} alone.",
            theme=granted.theme,
        )
    if at >= granted.until or terms.valid_until > granted.until:
        raise NotEntitled("A mandate under a remit ends with the remit, or before.")


def _check_terms(terms: Terms, *, at: datetime) -> None:
    if not terms.valid_from < terms.valid_until or terms.valid_until <= at:
        raise Invalid("A mandate ends after it begins, and not in the past.")
    if terms.report_due < terms.valid_from:
        raise Invalid("A report is due after the mandate begins.")
    proposals = [instruction.proposal for instruction in terms.instructions]
    if not proposals:
        raise Invalid("A mandate instructs on something.")
    if len(set(proposals)) < len(proposals):
        raise Invalid("A mandate has one instruction on each proposal.")
    for instruction in terms.instructions:
        _check_instruction(instruction)


def _check_instruction(instruction: Instruction) -> None:
    wanted = {*instruction.must, *instruction.may}
    if not wanted and not instruction.must_not:
        raise Invalid("An instruction says what the delegate must, may or must not do.")
    if wanted.intersection(instruction.must_not):
        raise Invalid("An instruction both asks for an option and forbids it.")
    if any(n < 1 for n in instruction.may_amend):
        raise Invalid("Clauses are numbered from 1.")
    for number, limits in instruction.amounts.items():
        if not (number.isascii() and number.isdecimal()) or number.startswith("0"):
            raise Invalid("Limits name the number of the clause that they are for.")
        for least, most in limits.values():
            if amounts.read(least) > amounts.read(most):
                raise Invalid("The least that is allowed is more than the most.")
