"""A compact has a seat in a wider one by a bearer, who carries what it decided upwards.

The bearer is one of its member assemblies. It elects the delegate as for a seat of its
own, and its record holds the mandates and recalls; but what they say is not its to
decide. Each names a proposal of the compact that it bears for, and says what came of
that and nothing else. Witnessing and attesting are the bearer's own.

See docs/decisions/0091-a-bearer-carries-what-was-decided-below.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from confederation.confederal.compact import Compact
from confederation.confederal.history import Record
from confederation.counting.majority import ABSTAIN, AGAINST, FOR
from confederation.errors import Phrase
from confederation.identifiers import AssemblyId, CompactId, Digest
from confederation.record import (
    Bearers,
    Decision,
    Entry,
    Instruction,
    Mandate,
    MembersCount,
    Proposal,
    Recall,
    Result,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """What a compact below decided, and enough of its members attest.

    ``on`` is what it was decided about: a proposal, a mandate or a result of the wider
    compact. ``bearers`` is who is to bear the seat there, where that was decided.
    ``assemblies`` are those that had a seat, ``closes`` when their vote closed.
    """

    compact: CompactId
    proposal: Digest
    closes: datetime
    on: Digest | None
    outcome: str
    assemblies: frozenset[AssemblyId]
    members: MembersCount | None = None
    bearers: Bearers | None = None


MOST_MEMBERS: Final = 10**12
"""No compact counts more people than this, however many its assemblies are."""

Inners = Mapping[Digest, Inner]
"""The decisions from below that are known here, by the digests of their proposals."""


def read(compact: Compact, proposal: Entry, confirmed: Result | None) -> Inner | None:
    """Read what a compact decided from its confirmed result; None before there is one.

    One that asks to be ratified decides nothing for a seat above: whom it binds would
    be known too late.
    """
    text = proposal.fact
    assert isinstance(text, Proposal)
    nothing = text.on is None and text.bearers is None
    if confirmed is None or text.ratify or nothing:
        return None
    counted = confirmed.figures.members
    return Inner(
        compact=compact.identity,
        proposal=proposal.digest,
        closes=text.closes,
        on=text.on,
        outcome=confirmed.outcome,
        assemblies=frozenset(seat.assembly for seat in compact.members),
        members=None
        if counted is None
        else MembersCount(
            for_=counted.get(FOR, 0),
            against=counted.get(AGAINST, 0),
            abstain=counted.get(ABSTAIN, 0),
            basis="members of several assemblies",
        ),
        bearers=text.bearers,
    )


def age(decided: Inner) -> tuple[datetime, Digest]:
    """Give an order of decisions in which one whose vote closed later comes later."""
    return decided.closes, decided.proposal


def borne(compact: Compact, assembly: AssemblyId) -> CompactId | None:
    """Name the compact for which an assembly files in a wider one, if any."""
    number = compact.borne_by(assembly)
    return None if number is None else compact.members[number].bears


def named(record: Record) -> frozenset[Digest]:
    """Name what the mandates and recalls of a record say that they rest on."""
    given = {fact.decision for _, fact in record.facts(Mandate)}
    return frozenset(given | {fact.decision for _, fact in record.facts(Recall)})


def awaited(record: Record, seq: int, compact: Compact, inner: Inners) -> Entry | None:
    """Find a mandate or a recall before ``seq`` whose decision below is not known yet.

    Until it is, nobody can say what binds the seat; so nothing that the bearer filed
    after it is judged, witnessed or counted here, and nothing is called void. For what
    it decided itself nobody waits: see :func:`_own`.
    """
    if borne(compact, record.assembly) is None:
        return None
    mandates: set[Digest] = set()
    for entry, given in record.facts(Mandate, before=seq):
        if given.compact == compact.identity:
            mandates.add(entry.digest)
            if given.decision not in inner and not _own(given, entry, record):
                return entry
    for entry, recall in record.facts(Recall, before=seq):
        if (
            recall.mandate in mandates
            and recall.decision not in inner
            and not _own(recall, entry, record)
        ):
            return entry
    return None


def _own(fact: Mandate | Recall, entry: Entry, record: Record) -> bool:
    """Say whether an assembly decided this itself: then nobody below did.

    It may have had a seat for itself before it came to bear this one.
    """
    behind = record.get(fact.decision, before=entry.seq)
    return behind is not None and isinstance(behind.fact, Decision)


def lacks(
    fact: Mandate | Recall, of: CompactId, by: AssemblyId, inner: Inners
) -> str | None:
    """Say what a bearer's mandate or recall lacks to be what was decided below.

    Args:
        of: the compact that the bearer holds the seat for.
        by: the bearer.
        inner: what is known of the decisions below.
    """
    decided = inner.get(fact.decision)
    if decided is None or decided.compact != of:
        return Phrase(
            "No decision of the compact that the seat is held for stands behind it."
        )
    if by not in decided.assemblies:
        return Phrase("Whoever bears a compact upwards is one of its members.")
    if isinstance(fact, Recall):
        carried = decided.outcome == "adopted" and decided.on == fact.mandate
        return (
            None
            if carried
            else Phrase("The compact below did not decide on this recall.")
        )
    if decided.members is not None and not decided.members.within(MOST_MEMBERS):
        return Phrase(
            "The compact below counts fewer than nobody, or more than can be."
        )
    if fact.paper_vote:
        return Phrase("What is carried upwards is voted on at the bearer's own node.")
    said = instruction(decided)
    if said is None:
        return Phrase("The compact below decided nothing that can be carried upwards.")
    if fact.instructions != (said,):
        return Phrase("The mandate says something else than the compact below decided.")
    return None


def thought_better(
    decision: Digest, record: Record, before: int, compact: Compact, inner: Inners
) -> str | None:
    """Say that a mandate would go back behind a newer decision on the same matter.

    That is one which the same bearer carried ``before`` it. Those below may decide anew
    as often as they like; which of their decisions holds is not the bearer's to choose.
    """
    decided = inner.get(decision)
    for _, given in record.facts(Mandate, before=before):
        other = inner.get(given.decision)
        if (
            given.compact == compact.identity
            and decided is not None
            and other is not None
            and (other.compact, other.on) == (decided.compact, decided.on)
            and other.closes > decided.closes
        ):
            return Phrase(
                "The compact below has decided anew since, and that was carried."
            )
    return None


def instruction(decided: Inner) -> Instruction | None:
    """Give the one instruction that follows from what was decided below, if any does.

    Adopted below is *for* above, and rejected *against*, with no room to amend.
    """
    choice = {"adopted": FOR, "rejected": AGAINST}.get(decided.outcome)
    if choice is None or decided.on is None:
        return None
    return Instruction(proposal=decided.on, must=(choice,))
