"""What one node holds about one proposal is all that it goes by."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from confederation.confederal import equivocation
from confederation.confederal.bearing import Inners
from confederation.confederal.compact import Compact
from confederation.confederal.evidence import DEFAULT, Criteria
from confederation.confederal.history import Record
from confederation.confederal.mandate import Finding, Matter, Rule
from confederation.errors import Invalid, Phrase
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Decision, Entry, Equivocation, Proposal, Withdrawal


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """All that one node holds about one proposal.

    Attributes:
        compact: the version that the proposal names.
        proposal: the entry that filed it.
        records: of each member, and of each substitute of one, what is held of its
            record.
        clocks: of each member the newest time it cosigned a checkpoint.
        branches: further records of assemblies that wrote two.
        evidence: equivocations of which this node holds and verified both sides.
        amended: the entry of the proposal whose text this one amends.
        rivals: every other proposal held that stands in the same slot, under the same
            version of the compact (see :func:`rivals`).
        superseded: whether this node knows that the compact's version had been
            superseded before the proposal was filed.
        enacted: whether this node knows that a later version was adopted under the one
            before it; a first version is in force without.
        earlier: the versions of the compact before, as far as they are held.
        criteria: by which claims are judged in this version of the compact; None where
            they are not held.
        next: the version that the proposal puts in the place of its own, if it changes
            the compact and the document is held.
        inner: what compacts decided that hold a seat in this one by a bearer.
    """

    compact: Compact
    proposal: Entry
    records: Mapping[AssemblyId, Record]
    clocks: Mapping[AssemblyId, datetime] = field(default_factory=dict)
    branches: tuple[Record, ...] = ()
    evidence: tuple[Equivocation, ...] = ()
    amended: Entry | None = None
    rivals: tuple[Entry, ...] = ()
    superseded: bool = False
    enacted: bool = False
    earlier: tuple[Compact, ...] = ()
    criteria: Criteria | None = DEFAULT
    next: Compact | None = None
    inner: Inners = field(default_factory=dict)

    def __post_init__(self) -> None:
        text = self.proposal.fact
        if not isinstance(text, Proposal):
            raise Invalid("A council deals with a proposal.")
        if text.compact != self.compact.digest:
            raise Invalid("The proposal names another version of the compact.")
        if self.next is not None and self.next.digest != text.compact_next:
            raise Invalid("The proposal puts another version in the compact's place.")
        amended = self.amended.digest if self.amended is not None else None
        if amended != text.amends:
            raise Invalid(
                "A proposal that amends another can be judged only beside that one."
            )
        if rivals(self.proposal, self.rivals) != self.rivals:
            raise Invalid("The rivals of a proposal stand in the same slot as it does.")

    @property
    def text(self) -> Proposal:
        """The proposal's text."""
        assert isinstance(self.proposal.fact, Proposal)
        return self.proposal.fact

    @property
    def matter(self) -> Matter:
        """What the votes are on."""
        old = self.amended.fact if self.amended is not None else None
        return Matter(
            compact=self.compact,
            proposal=self.proposal,
            text=self.text,
            old=old if isinstance(old, Proposal) else None,
            inner=self.inner,
            bearers={
                each: self.held(each)
                for seat in self.compact.members
                if seat.bears is not None
                for each in seat.bearers
            },
        )

    def held(self, assembly: AssemblyId) -> tuple[Record, ...]:
        """Give every record held of an assembly: one, unless it wrote two."""
        main = self.records.get(assembly)
        if not self.branches:
            return () if main is None else (main,)
        others = tuple(each for each in self.branches if each.assembly == assembly)
        return others if main is None else (main, *others)

    def all_records(self) -> Mapping[AssemblyId, tuple[Record, ...]]:
        """Give every record held of every member."""
        return {
            member.assembly: self.held(member.assembly)
            for member in self.compact.members
        }

    def turned_away(self) -> frozenset[Digest]:
        """Name the entries that their own assemblies settled not to go on from."""
        split = {branch.assembly for branch in self.branches}
        return frozenset(
            digest
            for assembly in split
            for digest in equivocation.turned_away(self.held(assembly))
        )

    def accused(self) -> frozenset[AssemblyId]:
        """Name the assemblies of which two contradictory entries are held.

        What an assembly has settled since is held against it no longer.
        """
        settled = self.turned_away()
        return frozenset(
            each.of for each in self.evidence if not {each.a, each.b} & settled
        ) | frozenset(
            branch.assembly
            for branch in self.branches
            if branch.assembly in self.records
            and (parting := self.records[branch.assembly].parts_from(branch))
            is not None
            and not {parting.a.digest, parting.b.digest} & settled
        )


def slot(entry: Entry) -> Digest:
    """Name the slot that a proposal holds: the one it names, or else its own."""
    text = entry.fact
    named = text.slot if isinstance(text, Proposal) else None
    return named if named is not None else entry.digest


def rivals(proposal: Entry, known: Iterable[Entry]) -> tuple[Entry, ...]:
    """Pick from the proposals known those that stand in the same slot as this one.

    Only under the same version of the compact: the seats of another one are others.
    """
    return tuple(
        other
        for other in known
        if isinstance(other.fact, Proposal)
        and isinstance(proposal.fact, Proposal)
        and other.digest != proposal.digest
        and other.fact.compact == proposal.fact.compact
        and slot(other) == slot(proposal)
    )


def overdue(compact: Compact, closes: datetime, at: datetime) -> bool:
    """Say whether the compact's limit after a closing has passed."""
    # The span since closing, not the end of the limit: no calendar may have that day.
    waited = (at - closes) // timedelta(seconds=1)
    return waited >= compact.rules.closing_limit


def passed(holding: Holding, record: Record, decision: Digest, before: int) -> bool:
    """Say whether a decision stands in a record before ``before``, and was passed.

    Where the compact asks for two tellers, two confirmed it.
    """
    entry = record.get(decision, before=before)
    return (
        entry is not None
        and isinstance(entry.fact, Decision)
        and entry.fact.outcome == "passed"
        and (not holding.compact.rules.two_tellers or record.confirmed(entry))
    )


def withdrawals(
    holding: Holding, record: Record
) -> Iterator[tuple[Entry, Finding | None]]:
    """Go through the withdrawals of the proposal, each with its finding, if any."""
    earlier = False
    for entry, withdrawal in record.facts(Withdrawal):
        if withdrawal.proposal != holding.proposal.digest:
            continue
        says = None
        if earlier:
            says = Phrase("A proposal is withdrawn once.")
        elif not passed(holding, record, withdrawal.decision, entry.seq):
            says = Phrase(
                "No decision of the proposing assembly withdraws the proposal."
            )
        earlier = True
        yield entry, None if says is None else Finding(rule=Rule.NO_MANDATE, says=says)
