"""A contradiction is settled by the assembly that made it, and by nobody else.

Where an assembly wrote two records, its seat counts nowhere until its members decided
which of the two it goes on from, and the record says so by a `Settlement`. Nothing is
unmade by it: both stay held, and whatever was stated on either side counts as before.

See docs/reference/record.md, "Settlement".
"""

from collections.abc import Iterable, Iterator
from itertools import permutations

from confederation.confederal.history import Contradiction, Record
from confederation.errors import Refused, TooLate
from confederation.identifiers import Digest
from confederation.record import Decision, Equivocation, Settlement


def turned_away(records: Iterable[Record]) -> frozenset[Digest]:
    """Name the entries that an assembly settled not to go on from.

    ``records`` are all that is held of it. Where two of them settle the same parting,
    each for itself, nothing is settled.
    """
    held = tuple(records)
    settled = {
        (ours, other): parting
        for ours, other in permutations(range(len(held)), 2)
        if (parting := held[ours].parts_from(held[other])) is not None
        and any(_settles(held[ours], parting, held[other]))
    }
    return frozenset(
        entry.digest
        for (ours, other), parting in settled.items()
        if (other, ours) not in settled
        for entry in held[other].entries
        if entry.seq >= parting.b.seq
    )


def settle(record: Record, shown: Equivocation, decision: Digest) -> Settlement:
    """Settle a contradiction at the node of the assembly, to go on from its record.

    Args:
        record: the assembly's own record, as its node goes on from it.
        shown: the contradiction.
        decision: the digest of the entry by which the assembly decided so.

    Raises:
        Refused: no such decision of two tellers stands in the record, or neither side
            does.
        TooLate: it is settled already.
    """
    sides = (shown.a, shown.b)
    stands = next((side for side in sides if record.get(side) is not None), None)
    if stands is None:
        raise Refused("Neither side of this stands in the record that is held here.")
    if any(
        {settlement.a, settlement.b} == {*sides}
        for _, settlement in record.facts(Settlement)
    ):
        raise TooLate("This is settled already.")
    if not _decided(record, decision, record.size):
        raise Refused(
            "Only a decision of the assembly that two tellers confirmed settles this."
        )
    return Settlement(a=shown.a, b=shown.b, stands=stands, decision=decision)


def _settles(record: Record, parting: Contradiction, other: Record) -> Iterator[bool]:
    """Say of each settlement whether it turns the other side of a parting away."""
    for entry, settlement in record.facts(Settlement):
        sides = {settlement.a, settlement.b}
        yield (
            settlement.stands in sides
            and record.get(settlement.stands, before=entry.seq) is not None
            and all(
                (turned := other.get(side)) is not None and turned.seq >= parting.b.seq
                for side in sides - {settlement.stands}
            )
            and len(sides) == 2
            and _decided(record, settlement.decision, entry.seq)
        )


def _decided(record: Record, decision: Digest, before: int) -> bool:
    """Say whether two tellers confirmed that a decision was passed.

    Whatever a compact asks for: nobody else could tell the assembly from its machine.
    """
    entry = record.get(decision, before=before)
    return (
        entry is not None
        and isinstance(entry.fact, Decision)
        and entry.fact.outcome == "passed"
        and record.confirmed(entry)
    )
