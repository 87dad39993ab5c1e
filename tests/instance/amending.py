"""Three nodes change their compact, and a fourth one would join them.

Documents are handed from node to node as they are over the network: by their digest,
from whoever holds them.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from activitypub.canonical import JsonObject
from confederation import record
from confederation.confederal.compact import Compact, Seat
from confederation.confederal.versions import Lineage
from confederation.identifiers import ActorId, Digest
from instance import chamber, clerk, vocabulary
from instance.confederal import confederating
from instance.fediverse import lookup
from instance.store import records
from tests.instance.house import NOON, House, a_house, found
from tests.instance.three import (
    OPENS,
    Three,
    decides,
    mandates,
    proposes,
    votes,
)

BY_ASSEMBLIES = record.Method(name="majority-of-assemblies")
OPEN_FOR = timedelta(hours=4)
"""How long a change of the compact is open, in these stories."""


def a_newcomer(directory: Path, *, slug: str = "weir", port: int = 8004) -> House:
    """Found an assembly that is in no compact."""
    house = a_house(directory, slug=slug, port=port)
    with house.desk() as desk:
        found(house, desk)
    return house


def seat_of(house: House) -> Seat:
    with house.desk() as desk:
        ours = records.ours(desk.connection)
    assert ours is not None
    return Seat(assembly=ours.id, address=ActorId(ours.address), key=ours.key)


def introduce(together: Three, newcomer: House, *, at: datetime = NOON) -> Three:
    """Let a newcomer learn the compact, and the members keep its record."""
    seat = seat_of(newcomer)
    answer = served(together.houses[0], together.compact.digest)
    assert answer is not None
    with newcomer.desk(at) as desk:
        document = answer["compact"]
        assert isinstance(document, dict)
        confederating.keep_compact(desk, document, texts=[])
    for house in together.houses:
        with house.desk(at) as desk:
            records.keep_assembly(
                desk.connection, seat.assembly, address=seat.address, key=seat.key
            )
    return replace(together, houses=(*together.houses, newcomer))


def applies(together: Three, newcomer: House, *, at: datetime = NOON) -> Digest:
    """Publish a newcomer's application, after a decision of its own."""
    applied = record.Membership(
        compact=Digest(together.compact.identity),
        act="apply",
        decision=decides(newcomer, at=at),
    )
    with newcomer.desk(at) as desk:
        return clerk.publish(desk, "Membership", vocabulary.wire(applied)).digest


def following(before: Compact, **changes: object) -> Compact:
    """Write the version that follows one, with what is to change."""
    plain = replace(before, first=before.identity, previous=before.digest)
    document = vocabulary.compact_document(
        replace(plain, **changes)  # type: ignore[arg-type]
    )
    return vocabulary.read_compact(document)


def hand_round(
    houses: Iterable[House], compact: Compact, *, at: datetime = NOON
) -> None:
    """Let every one of these nodes hold a version of a compact."""
    document = vocabulary.compact_document(compact)
    for house in houses:
        with house.desk(at) as desk:
            confederating.keep_compact(desk, document, texts=[])


def lineage(house: House, compact: Compact, *, at: datetime = NOON) -> Lineage:
    with house.desk(at) as desk:
        line = chamber.lineage(desk, compact.identity)
    assert line is not None
    return line


def changes(
    together: Three,
    new: Compact,
    *,
    by: int = 0,
    at: datetime = OPENS,
    ratify: bool = False,
    method: record.Method = BY_ASSEMBLIES,
) -> Digest:
    """Propose a change of the compact, after a decision of the proposing assembly."""
    document = vocabulary.compact_document(new)
    with together.houses[by].desk(at) as desk:
        confederating.keep_compact(desk, document, texts=[])
    return proposes(
        together,
        together.houses[by],
        at=at,
        opens=at,
        closes=at + OPEN_FOR,
        slot=together.compact.digest,
        compact_next=new.digest,
        ratify=ratify,
        method=method,
    )


def adopted(
    together: Three, new: Compact, *, by: int = 0, at: datetime = OPENS
) -> Three:
    """Change the compact: all that have a seat vote for it."""
    carried(together, changes(together, new, by=by, at=at), new, at=at)
    return replace(together, compact=new)


def carried(together: Three, proposal: Digest, new: Compact, *, at: datetime) -> None:
    """Let all that have a seat vote for a change, and attest what came of it."""
    hand_round(together.houses, new, at=at)
    together.confer(at)
    later = at + OPEN_FOR + timedelta(hours=1)
    for house in seated(together):
        delegate = mandates(together, house, proposal, at=at, until=later)
        votes(house, delegate, proposal, at=at)
    together.confer(at)
    together.confer(later)


def seated(together: Three) -> tuple[House, ...]:
    """The houses that have a seat in the version that is in force."""
    return tuple(
        house
        for house in together.houses
        if together.compact.seat_of(seat_of(house).assembly) is not None
    )


def served(house: House, digest: Digest) -> JsonObject | None:
    """What a node answers to whoever asks it for a version of a compact."""
    with house.desk() as desk:
        return lookup.compact(desk, digest)


def settled(together: Three, *, at: datetime) -> Digest:
    """Carry a proposal of the first house through under the version in force."""
    closes = at + timedelta(hours=4)
    later = closes + timedelta(hours=1)
    houses = together.houses[:2]
    proposal = proposes(together, houses[0], at=at, opens=at, closes=closes)
    together.confer(at)
    for house in houses:
        given = mandates(together, house, proposal, at=at, until=later)
        votes(house, given, proposal, at=at)
    together.confer(at)
    together.confer(later)
    return proposal
