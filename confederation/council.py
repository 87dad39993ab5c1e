"""Assemblies on separate nodes come to one answer, and nobody is in charge of it.

A :class:`Holding` is all that one node holds about one proposal. What stands follows
from it (:func:`standing`), and so does what this node's assembly must say next in its
own record (:func:`duties`). Both are pure, so every node that holds the same comes to
the same, and a node that was gone catches up by reading.

A statement names a revision as (seat, revision, digest of the filing entry). Two kinds
of statement are about no filing of a seat, and go the same way:

- ``(seat, 0, assembly)``: evidence that this seat's assembly contradicted itself. The
  digest is the assembly's own identity, so that all who hold evidence, whichever two
  entries they hold, witness the same revision.
- ``(-1, 1, digest)``: the proposing assembly's withdrawal of the proposal, by the
  digest of the withdrawing entry.

See docs/explanation/protocol.md, §4.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from confederation import admission, filings, statements, tally
from confederation.compact import Compact
from confederation.history import Contradiction
from confederation.holding import Holding, withdrawals
from confederation.identifiers import AssemblyId, Digest
from confederation.mandate import Finding, Rule
from confederation.record import (
    Attestation,
    Entry,
    Fact,
    Filed,
    Result,
    Witness,
)
from confederation.statements import Heard, Revision
from confederation.tally import NO_SEAT, Position


class Fate(StrEnum):
    """What became of a revision. *Certified* and *excluded* are for good.

    *Void* broke a rule that everybody can check, so it never counts, whoever says that
    they received it.
    """

    CERTIFIED = "certified"
    EXCLUDED = "excluded"
    UNDECIDED = "undecided"
    VOID = "void"


class State(StrEnum):
    """How far a proposal has come. What was decided is in the confirmed result."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSING = "closing"
    DETERMINED = "determined"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """How one revision of a seat's position stands.

    ``entry`` is the filing; None when it is only known from statements, or when the
    revision is evidence of equivocation. ``finding`` says why it does not count.
    """

    seat: int
    revision: int
    digest: Digest
    fate: Fate
    witnesses: tuple[AssemblyId, ...]
    absent: tuple[AssemblyId, ...]
    entry: Entry | None = None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """One result, and the assemblies that attest it."""

    result: Result
    by: tuple[AssemblyId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a proposal stands, as far as one node can see.

    Attributes:
        opened_by: the assemblies that witnessed the proposal.
        revisions: every revision known, by seat, revision and digest.
        finals: the assemblies whose final statement is held.
        attestations: each result that was attested, the most attested first.
        result: what this node computes, once it is determined.
        confirmed: what enough assemblies attest identically.
        contradictions: statements of one assembly that cannot both be meant.
        waiting_for: the assemblies whose word is missing for the next state.
        missing: certified filings that this node must still fetch.
        replaceable: whether the compact's limit for closing has passed.
    """

    state: State
    opened_by: tuple[AssemblyId, ...]
    revisions: tuple[Revised, ...]
    finals: tuple[AssemblyId, ...]
    attestations: tuple[Attested, ...]
    result: Result | None
    confirmed: Result | None
    contradictions: tuple[Contradiction, ...]
    waiting_for: tuple[AssemblyId, ...]
    missing: tuple[Digest, ...]
    replaceable: bool = False

    @property
    def dissents(self) -> tuple[AssemblyId, ...]:
        """The assemblies that attest something other than the confirmed result."""
        if self.confirmed is None:
            return ()
        return tuple(
            assembly
            for attested in self.attestations
            if attested.result != self.confirmed
            for assembly in attested.by
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """Everything known about a proposal, with what became of each revision."""

    heard: Heard
    revisions: tuple[Revised, ...]
    positions: tuple[Position, ...]
    missing: tuple[Digest, ...]
    result: Result | None


def standing(holding: Holding, at: datetime | None = None) -> Standing:
    """Say how a proposal stands, as far as one node's holding shows.

    ``at`` only tells whether closing has come and whether its limit has passed; what
    is certified, excluded, determined, confirmed or disputed follows from signed
    statements alone. None is for a reader without a clock.
    """
    weighed = _weigh(holding)
    compact, heard = holding.compact, weighed.heard
    attestations = _attestations(compact, heard)
    confirmed = [each.result for each in attestations if len(each.by) >= compact.t]
    state = _state(holding, weighed, attestations, at)
    result = weighed.result
    return Standing(
        state=state,
        opened_by=_named(compact, heard.opened_by),
        revisions=weighed.revisions,
        finals=_named(compact, {final.seat for final in heard.finals}),
        attestations=attestations,
        result=result,
        confirmed=confirmed[0] if len(confirmed) == 1 else None,
        contradictions=statements.contradictions(
            compact, holding.proposal, holding.all_records(), holding.rivals
        ),
        waiting_for=_waiting_for(compact, state, heard),
        missing=weighed.missing,
        replaceable=(
            state is State.CLOSING and at is not None and _overdue(holding, at)
        ),
    )


def _state(
    holding: Holding,
    weighed: _Weighed,
    attestations: tuple[Attested, ...],
    at: datetime | None,
) -> State:
    compact, heard = holding.compact, weighed.heard
    most = max((len(each.by) for each in attestations), default=0)
    if most >= compact.t:
        alike = sum(len(each.by) >= compact.t for each in attestations)
        return State.CONFIRMED if alike == 1 else State.DISPUTED
    silent = compact.n - len({seat for seat, _, _ in heard.attestations})
    if most + silent < compact.t:
        return State.DISPUTED
    withdrawn = weighed.result is not None and weighed.result.outcome == "withdrawn"
    closed = bool(heard.finals) if at is None else at >= holding.text.closes
    if weighed.result is not None and (closed or withdrawn):
        return State.DETERMINED
    if closed:
        return State.CLOSING
    return State.OPEN if len(heard.opened_by) >= compact.t else State.DRAFT


def _overdue(holding: Holding, at: datetime) -> bool:
    # The span since closing, not the end of the limit: no calendar may have that day.
    waited = (at - holding.text.closes) // timedelta(seconds=1)
    return waited >= holding.compact.rules.closing_limit


def _attestations(compact: Compact, heard: Heard) -> tuple[Attested, ...]:
    groups: list[tuple[Result, set[int]]] = []
    for seat, _, attestation in heard.attestations:
        for result, by in groups:
            if result == attestation.result:
                by.add(seat)
                break
        else:
            groups.append((attestation.result, {seat}))
    groups.sort(key=lambda group: (-len(group[1]), sorted(group[1])))
    return tuple(
        Attested(result=result, by=_named(compact, by)) for result, by in groups
    )


def _waiting_for(
    compact: Compact, state: State, heard: Heard
) -> tuple[AssemblyId, ...]:
    have: set[int] | frozenset[int]
    if state is State.DRAFT:
        have = heard.opened_by
    elif state is State.CLOSING:
        have = {final.seat for final in heard.finals}
    elif state is State.DETERMINED:
        have = {seat for seat, _, _ in heard.attestations}
    else:
        return ()
    return _named(compact, set(range(compact.n)) - have)


def _weigh(holding: Holding) -> _Weighed:
    compact = holding.compact
    heard = statements.hear(compact, holding.proposal, holding.all_records())
    filed = _filed(holding)
    known = set(heard.witnesses) | set(filed)
    for final in heard.finals:
        known |= final.seen
    revisions: list[Revised] = []
    positions: list[Position] = []
    missing: list[Digest] = []
    for revision in sorted(known):
        entry, finding, position = filed.get(revision, (None, None, None))
        if revision[1] == 0:
            position = Position(
                seat=revision[0], revision=0, digest=revision[2], says="emptied"
            )
        revised = _revised(holding, heard, revision, entry, finding)
        revisions.append(revised)
        if revised.fate is Fate.CERTIFIED:
            if position is None:
                missing.append(revised.digest)
            else:
                positions.append(position)
    return _Weighed(
        heard=heard,
        revisions=tuple(revisions),
        positions=tuple(positions),
        missing=tuple(missing),
        result=_determined(holding, heard, revisions, positions, missing),
    )


def _revised(
    holding: Holding,
    heard: Heard,
    revision: Revision,
    entry: Entry | None,
    finding: Finding | None,
) -> Revised:
    compact = holding.compact
    witnesses = heard.witnesses.get(revision, frozenset())
    absent = heard.absent(revision)
    if finding is not None:
        fate = Fate.VOID
    elif len(witnesses) >= compact.t:
        fate = Fate.CERTIFIED
    elif len(absent) >= compact.finals:
        fate = Fate.EXCLUDED
        finding = Finding(
            rule=Rule.NOT_CERTIFIED,
            says=(
                f"Before closing it had reached {len(witnesses)} assemblies that are "
                f"known of; {compact.t} are needed, and they can no longer be found."
            ),
        )
    else:
        fate = Fate.UNDECIDED
    return Revised(
        seat=revision[0],
        revision=revision[1],
        digest=revision[2],
        fate=fate,
        witnesses=_named(compact, witnesses),
        absent=_named(compact, absent),
        entry=entry,
        finding=finding,
    )


def _determined(
    holding: Holding,
    heard: Heard,
    revisions: list[Revised],
    positions: list[Position],
    missing: list[Digest],
) -> Result | None:
    """Compute the result once nothing that could still arrive would change it."""
    withdrawn = [each for each in positions if each.seat == NO_SEAT]
    if withdrawn:
        return tally.count(holding.compact, holding.proposal, withdrawn)
    stated = {final.seat for final in heard.finals}
    if (
        len(stated) < holding.compact.finals
        or missing
        or any(each.fate is Fate.UNDECIDED for each in revisions)
    ):
        return None
    return tally.count(holding.compact, holding.proposal, positions)


def _filed(
    holding: Holding,
) -> dict[Revision, tuple[Entry, Finding | None, Position | None]]:
    """Judge all that was filed, in whatever record it stands."""
    filed: dict[Revision, tuple[Entry, Finding | None, Position | None]] = {}
    matter = holding.matter
    for seat, member in enumerate(holding.compact.members):
        for record in holding.held(member.assembly):
            for filing in filings.examine(record, matter):
                revision = (seat, filing.filed.revision, filing.entry.digest)
                filed[revision] = (
                    filing.entry,
                    filing.finding,
                    filings.position(filing, seat, record, matter)
                    if filing.finding is None
                    else None,
                )
    for record in holding.held(holding.proposal.assembly):
        for entry, finding in withdrawals(holding, record):
            filed[NO_SEAT, 1, entry.digest] = (
                entry,
                finding,
                Position(
                    seat=NO_SEAT, revision=1, digest=entry.digest, says="withdrawn"
                ),
            )
    return filed


def _named(
    compact: Compact, seats: set[int] | frozenset[int]
) -> tuple[AssemblyId, ...]:
    return tuple(compact.members[seat].assembly for seat in sorted(seats))


def duties(
    holding: Holding,
    me: AssemblyId,
    at: datetime,
    digest: Callable[[Result], Digest],
) -> tuple[Fact, ...]:
    """Say what an assembly must file next in its own record about a proposal.

    Empty when there is nothing to say. Everything follows from what its record already
    says, so asking twice, or after a crash, never makes it contradict itself: file
    what is given, in this order and all at once, before asking about any proposal
    again.

    Args:
        me: the assembly whose node this is; ``holding`` holds its record whole.
        at: the time by this node's own clock.
        digest: how a result's document is digested, for an attestation.
    """
    seat = holding.compact.seat_of(me)
    if seat is None or me not in holding.records:
        return ()
    weighed = _weigh(holding)
    mine = _said(holding, me)
    settled = any(each.seat == NO_SEAT for each in weighed.positions)
    if not mine.final and not settled:
        if at < holding.text.closes:
            return tuple(_while_open(holding, me, at, weighed, mine))
        if _may_conclude(holding, me, at, weighed, mine):
            return (
                Witness(
                    proposal=holding.proposal.digest,
                    final=True,
                    seen=tuple(sorted(mine.received)),
                ),
            )
    result = weighed.result
    if (
        result is None
        or mine.attested
        or not (mine.final or settled)
        or (result.outcome == "adopted" and _slot_taken(holding, me))
    ):
        return ()
    return (
        Attestation(
            proposal=holding.proposal.digest, result=result, result_hash=digest(result)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What an assembly has said about a proposal, in any record that is held of it."""

    opened: bool
    final: bool
    attested: bool
    received: frozenset[Revision]


def _said(holding: Holding, me: AssemblyId) -> _Said:
    heard = statements.hear(holding.compact, holding.proposal, {me: holding.held(me)})
    seat = holding.compact.seat_of(me)
    return _Said(
        opened=seat in heard.opened_by,
        final=bool(heard.finals),
        attested=bool(heard.attestations),
        received=frozenset(heard.witnesses),
    )


def _while_open(
    holding: Holding, me: AssemblyId, at: datetime, weighed: _Weighed, mine: _Said
) -> Iterator[Fact]:
    proposal = holding.proposal.digest
    opens = not mine.opened
    if opens and admission.objection(holding) is not None:
        return
    fresh: tuple[Revision, ...] = ()
    if at >= holding.text.opens:
        yield from _withdrawn_by_me(holding, me)
        fresh = tuple(_to_witness(holding, me, weighed, mine))
    if opens or fresh:
        # Any statement that is not final witnesses the proposal as well.
        yield Witness(proposal=proposal, final=False, seen=fresh)


def _withdrawn_by_me(holding: Holding, me: AssemblyId) -> Iterator[Filed]:
    record = holding.records[me]
    cause = filings.withdrawal_due(record, holding.matter)
    if cause is not None:
        yield Filed(
            proposal=holding.proposal.digest,
            revision=len(filings.examine(record, holding.matter)) + 1,
            withdrawn_by=cause,
        )


def _to_witness(
    holding: Holding, me: AssemblyId, weighed: _Weighed, mine: _Said
) -> Iterator[Revision]:
    """Give what this assembly received and has not stated yet, sorted.

    Only the first filing for a seat and revision, only what breaks no rule; and no
    withdrawal of the proposal once a vote on it is certified.
    """
    accused = holding.accused()
    stated = {(seat, number) for seat, number, _ in mine.received}
    voted = any(each.seat != NO_SEAT for each in weighed.positions)
    evidence = (
        (seat, 0, Digest(member.assembly))
        for seat, member in enumerate(holding.compact.members)
        if member.assembly in accused
    )
    held = (
        (each.seat, each.revision, each.digest)
        for each in weighed.revisions
        if each.entry is not None
        and each.entry.assembly != me
        and each.fate is not Fate.VOID
        and each.entry.assembly not in accused
        and not (each.seat == NO_SEAT and voted)
    )
    for revision in sorted({*evidence, *held}):
        if revision[:2] not in stated:
            yield revision


def _may_conclude(
    holding: Holding, me: AssemblyId, at: datetime, weighed: _Weighed, mine: _Said
) -> bool:
    """Say whether an assembly may state that it will witness nothing more.

    Its own clock has passed closing, and so have the newest cosignature times of
    enough others that a clock which jumped cannot close the vote by itself.
    """
    closes = holding.text.closes
    past = 1 + sum(
        member.assembly != me and holding.clocks.get(member.assembly, at) >= closes
        for member in holding.compact.members
        if member.assembly in holding.clocks
    )
    others = weighed.heard.opened_by - {
        holding.compact.seat_of(holding.proposal.assembly)
    }
    wanted = mine.opened or bool(others) or admission.objection(holding) is None
    return at >= closes and past >= holding.compact.finals and wanted


def _slot_taken(holding: Holding, me: AssemblyId) -> bool:
    rivals = {rival.digest for rival in holding.rivals}
    return any(
        attestation.proposal in rivals and attestation.result.outcome == "adopted"
        for record in holding.held(me)
        for _, attestation in record.facts(Attestation)
    )
