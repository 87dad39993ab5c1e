"""A seat that is held for a compact moves to a substitute, and nobody takes it.

It moves when the compact below decides so, or when whoever bears it has left. That
somebody is silent moves nothing by itself: nobody can prove it, and whoever can cut a
line could otherwise choose who speaks. Those below see it, and decide.

What the seat says goes on in the substitute's own record, with the next revision
(see ``line``). Witnessing and attesting stay with the assembly that has the seat.

See docs/decisions/0105-a-seat-moves-to-a-substitute-by-a-revision.md.
"""

from collections.abc import Collection, Mapping
from itertools import pairwise

from confederation.confederal.bearing import Inner, Inners
from confederation.confederal.compact import Compact, Seat, left
from confederation.confederal.history import Record
from confederation.confederal.mandate import Finding, Matter, Rule
from confederation.errors import Phrase
from confederation.identifiers import AssemblyId, CompactId, Digest
from confederation.record import Entry, Membership

NOT_MOVED = Finding(
    rule=Rule.NOT_THE_BEARER,
    says=Phrase("Nobody moved the seat to this assembly, which is only a substitute."),
)
MOVED_ON = Finding(
    rule=Rule.NOT_THE_BEARER,
    says=Phrase(
        "The seat has moved to a substitute, who files what it says from now on."
    ),
)
BORNE_ALREADY = Finding(
    rule=Rule.NOT_THE_BEARER, says=Phrase("This assembly bears the seat already.")
)
NOT_HELD = Finding(
    rule=Rule.NOT_HELD_HERE,
    says=Phrase(
        "The record of whoever bore the seat before is not held here that far."
    ),
)
NOT_DECIDED = Finding(
    rule=Rule.NOT_DECIDED_BELOW,
    says=Phrase(
        "What moved the seat is not attested here by enough of those below yet."
    ),
)


def seat_of(compact: Compact, assembly: AssemblyId) -> tuple[Seat, int] | None:
    """Give the seat for which an assembly may file, and its rank among the bearers.

    None where it has none, or one that is held for nobody else.
    """
    number = compact.borne_by(assembly)
    seat = None if number is None else compact.members[number]
    if seat is None or seat.bears is None:
        return None
    return seat, seat.bearers.index(assembly)


def leaving(record: Record, seat: Seat, compact: Compact) -> Entry | None:
    """Find the entry by which a bearer left this compact, or the one that it bears."""
    below: Entry | None = None
    for entry, fact in record.facts(Membership):
        if CompactId(fact.compact) == seat.bears and fact.act != "apply":
            below = entry if fact.act == "leave" else None
    return left(compact, record, record.size) or below


def moves(decided: Inner, seat: Seat, compact: Compact, to: AssemblyId) -> bool:
    """Say whether a decision below moves a seat to one of its substitutes."""
    named = decided.bearers
    return (
        named is not None
        and decided.compact == seat.bears
        and decided.outcome == "adopted"
        and named.compact == compact.identity
        and named.assemblies[:1] == (to,)
    )


def moved_by(before: Record, to: AssemblyId, matter: Matter) -> Digest | None:
    """Name what moved a seat from whoever bore it to a substitute, if anything did.

    A decision of the compact below moves it to any substitute; that a bearer left moves
    it to the next one.
    """
    found = seat_of(matter.compact, to)
    if found is None or found[1] == 0:
        return None
    seat, rank = found
    for digest, decided in sorted(matter.inner.items()):
        if moves(decided, seat, matter.compact, to):
            return digest
    gone = leaving(before, seat, matter.compact)
    follows = seat.bearers[rank - 1] == before.assembly
    return gone.digest if gone is not None and follows else None


def lacks(
    named: Digest | None, before: Record, to: AssemblyId, matter: Matter
) -> Finding | None:
    """Say what a substitute lacks who says by what the seat was moved to it.

    Args:
        named: what it names as that.
        before: the record of whoever bore the seat, as far as the substitute goes on
            from it.
    """
    found = seat_of(matter.compact, to)
    if found is None or named is None:
        return NOT_MOVED
    seat, rank = found
    decided = matter.inner.get(named)
    if decided is not None:
        return None if moves(decided, seat, matter.compact, to) else NOT_MOVED
    if before.get(named) is None:
        return NOT_DECIDED
    gone = leaving(before, seat, matter.compact)
    follows = seat.bearers[rank - 1] == before.assembly
    return None if gone is not None and gone.digest == named and follows else NOT_MOVED


def moved_to(
    seat: Seat,
    compact: Compact,
    inner: Inners,
    held: Mapping[AssemblyId, tuple[Record, ...]],
) -> AssemblyId | None:
    """Name the last substitute in the order to whom a seat has moved, if it has.

    That a substitute has left moves a seat only that had come to it.
    """
    bears = seat.assembly
    for before, to in pairwise(seat.bearers):
        gone = before == bears and any(
            leaving(kept, seat, compact) for kept in held.get(before, ())
        )
        if gone or any(moves(decided, seat, compact, to) for decided in inner.values()):
            bears = to
    return None if bears == seat.assembly else bears


def moved_on(assembly: AssemblyId, matter: Matter) -> AssemblyId | None:
    """Name the substitute to whom a seat has moved on from an assembly, if it has."""
    found = seat_of(matter.compact, assembly)
    if found is None:
        return None
    seat, rank = found
    to = moved_to(seat, matter.compact, matter.inner, matter.bearers)
    return None if to is None or seat.bearers.index(to) <= rank else to


def speaks(assembly: AssemblyId, matter: Matter, heard: Collection[AssemblyId]) -> bool:
    """Say whether what an assembly files for a seat is witnessed, by who bears it now.

    A bearer that left and came back does not get the seat back from a substitute who
    has been heard; and where it was back before, nobody takes it by the old leaving.

    Args:
        heard: whose filings for the seat were certified, or witnessed here.
    """
    found = seat_of(matter.compact, assembly)
    if found is None:
        return True
    seat, rank = found
    to = moved_to(seat, matter.compact, matter.inner, matter.bearers)
    come_to = {seat.assembly if to is None else to, *heard}
    return rank == max(n for n, each in enumerate(seat.bearers) if each in come_to)
