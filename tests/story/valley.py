"""More nodes beside three that share a compact, and changes of that compact."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx

from activitypub.canonical import JsonObject
from confederation.confederal.compact import Compact, Seat
from confederation.identifiers import Digest
from instance import chamber, vocabulary
from instance.confederal import confederating
from instance.membership import welcome
from tests.instance.amending import following
from tests.instance.gone_wrong import AT_MOST, Valley, in_hex, the_clerk
from tests.instance.house import House, a_house, found
from tests.instance.serving import DAY, free_port, now, until
from tests.instance.three import mandates, proposes, votes

LEAST_OPEN = 30.0
PACE = 4.0
"""How much longer a vote is open than it took to found everything, at the least."""


def open_for(valley: Valley) -> float:
    """Return for how many seconds a vote is open, as fast as this machine is."""
    return max(LEAST_OPEN, PACE * valley.took)


def another(valley: Valley, directory: Path, slug: str, *, accounts: int = 0) -> Valley:
    """Found an assembly on a node of its own, which knows the compact of the others.

    So many ``accounts`` are let in first, by a script, and found it with the others.
    """
    front = free_port()
    house = a_house(directory, slug=slug, port=front)
    with house.desk(now()) as desk:
        crowd = tuple(
            welcome.invite(desk, f"Account {number}").member
            for number in range(accounts)
        )
        found(house, desk, *crowd)
        confederating.keep_compact(desk, the_compact(valley), texts=[])
    node = valley.web.join(house.config.directory, front=front, port=free_port())
    node.start()
    together = replace(valley.together, houses=(*valley.together.houses, house))
    return replace(valley, together=together, nodes=(*valley.nodes, node))


def the_compact(valley: Valley) -> JsonObject:
    """Ask the first node for the compact, as whoever was given its address does."""
    page = f"/compacts/{in_hex(valley.together.compact.digest)}"
    answer = httpx.get(
        f"{valley.nodes[0].base}{page}", headers={"accept": "application/json"}
    )
    document: JsonObject = answer.json()["compact"]
    return document


def looks_up(valley: Valley, number: int, applicant: House) -> None:
    """Have the clerk of an assembly ask an applicant who it is, by its address."""
    house, node = valley.together.houses[number], valley.nodes[number]
    path = f"/compacts/{in_hex(valley.together.compact.digest)}/applicants"
    with the_clerk(house, node) as clerk_:
        until(lambda: applicant.config.group in clerk_.reads(path), AT_MOST)
        looked = clerk_.sends(path, on=path, address=applicant.config.group)
        assert looked.status_code == 303, looked.text
        until(lambda: "Observer, without a vote" in clerk_.reads(path), AT_MOST)


def changes(
    valley: Valley, members: Sequence[Seat], *, votes_: Sequence[int]
) -> Valley:
    """Change who has a seat: the first puts it to all, and these vote for it."""
    first = valley.together.compact
    version = following(first, members=tuple(members))
    proposer = valley.together.houses[0]
    with proposer.desk(now()) as desk:
        document = vocabulary.compact_document(version)
        confederating.keep_compact(desk, document, texts=[])
    change = proposes(
        valley.together,
        proposer,
        at=now(),
        opens=now(),
        closes=now() + timedelta(seconds=round(open_for(valley))),
        compact_next=version.digest,
        slot=first.digest,
    )
    closed = AT_MOST + open_for(valley)
    voting = [valley.together.houses[each] for each in votes_]
    for house in voting:
        until(lambda house=house: opened_by(valley, house, change) >= 2, AT_MOST)
    for house in voting:
        vote(valley, house, change)
    for house in valley.together.houses:
        until(lambda house=house: newest(house, first) == version.digest, closed)
    return replace(valley, together=replace(valley.together, compact=version))


def vote(valley: Valley, house: House, proposal: Digest) -> None:
    """Bind a delegate to *for*, and let them vote."""
    given = mandates(valley.together, house, proposal, at=now(), until=now() + DAY)
    votes(house, given, proposal, at=now())


def opened_by(valley: Valley, house: House, proposal: Digest) -> int:
    stands = valley.sees(house, proposal)
    return 0 if stands is None else len(stands.opened_by)


def newest(house: House, compact: Compact) -> Digest | None:
    """Return the newest version of a compact that a node holds to be in force."""
    with house.desk(now()) as desk:
        line = chamber.lineage(desk, compact.identity)
    return None if line is None else line.newest.digest
