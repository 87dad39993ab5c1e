"""Contradictions are put on record, and an assembly settles its own."""

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation.confederal import equivocation
from confederation.errors import Unknown
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Entry, Equivocation
from instance import archive, clerk
from instance.chamber.held import evidence, record_of
from instance.chamber.written import body_of
from instance.desk import Desk
from instance.store import contradictions, records


def settle(desk: Desk, shown: Equivocation, decision: Digest) -> Entry:
    """Settle a contradiction of our own assembly, to go on from our record.

    Raises:
        Unknown: no such contradiction of ours is held here.
        Refused: as `equivocation.settle`.
    """
    ours = records.ours(desk.connection)
    kept = None if ours is None else record_of(desk, ours.id)
    if ours is None or kept is None or shown not in evidence(desk, ours.id):
        raise Unknown("No such contradiction of this assembly is known here.")
    fact = equivocation.settle(kept, shown, decision)
    return clerk.publish(desk, "Settlement", body_of(fact))


def report_contradictions(desk: Desk) -> None:
    """Put each contradiction found in our own record, once, and pass it on."""
    ours = records.ours(desk.connection)
    if not desk.pen or ours is None or not clerk.holds_key(desk):
        return
    reported = {
        (fact.a, fact.b)
        for row in records.entries(desk.connection, ours.id, types=("Equivocation",))
        if isinstance((fact := archive.read(desk, row).fact), Equivocation)
    }
    for row in contradictions.held(desk.connection):
        if (row["a"], row["b"]) in reported or row["assembly"] == ours.id:
            continue
        fact = Equivocation(
            of=AssemblyId(row["assembly"]), a=Digest(row["a"]), b=Digest(row["b"])
        )
        sides: JsonObject = {
            "sides": [
                canonical.read(row["document_a"].encode()),
                canonical.read(row["document_b"].encode()),
            ]
        }
        clerk.publish(desk, "Equivocation", {**body_of(fact), **sides})
