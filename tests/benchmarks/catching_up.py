"""A node that was away fetches a long record from a fellow member, over HTTP."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from confederation import record
from confederation.confederal.compact import Seat
from confederation.identifiers import ActorId
from instance import clerk, vocabulary
from instance.store import records
from tests.benchmarks import floors, measuring
from tests.benchmarks.measuring import Budget, Figures
from tests.benchmarks.nodes import served_for
from tests.instance.house import House, a_house, found
from tests.instance.serving import Serving, free_port, until
from tests.instance.three import a_compact, keep_compact

ENTRIES: Final = 100_000
ENOUGH_SECONDS: Final = 5.0
AT_ONCE: Final = 2_000
PATIENCE: Final = 600.0

CAUGHT_UP: Final = Budget(
    line="catching up with 100,000 entries: less than a minute", at_most=60
)


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Let a node fetch 100,000 entries; fewer if there is little time."""
    entries = int(ENTRIES * min(1.0, seconds / ENOUGH_SECONDS))
    ports = free_port(), free_port()
    giver = a_house(directory, slug="harbour", port=ports[0])
    taker = a_house(directory, slug="mill", port=ports[1])
    seats = [_founded(giver, entries), _founded(taker, 1)]
    for house in (giver, taker):
        with house.desk() as desk:
            keep_compact(desk, a_compact(seats))
    gives, takes = (
        served_for(seconds)(house.config.directory, port)
        for house, port in zip((giver, taker), ports, strict=True)
    )

    def caught_up() -> Figures:
        size = _size(giver, seats[0])
        return _catches_up(gives, takes, lambda: _size(taker, seats[0]), size)

    return {"catching_up": await asyncio.to_thread(caught_up)}


def _founded(house: House, entries: int) -> Seat:
    """Found an assembly, and fill its record before anybody can be told of it."""
    with house.desk() as desk:
        found(house, desk)
        ours = records.ours(desk.connection)
        assert ours is not None
    size = ours.size
    while size < entries:
        with house.desk() as desk:
            for _ in range(min(AT_ONCE, entries - size)):
                fact = record.MemberCount(members=size)
                clerk.publish(desk, "MemberCount", vocabulary.wire(fact))
                size += 1
    return Seat(assembly=ours.id, address=ActorId(ours.address), key=ours.key)


def _catches_up(
    gives: Serving, takes: Serving, held: Callable[[], int], size: int
) -> Figures:
    gives.start()
    try:
        began = time.perf_counter()
        takes.start()
        assert gives.process is not None
        assert takes.process is not None
        until(lambda: held() >= size, PATIENCE)
        spent = time.perf_counter() - began
        used = measuring.cpu_seconds(takes.process.pid)
        given = measuring.cpu_seconds(gives.process.pid)
        memory = measuring.peak_mb(takes.process.pid)
    finally:
        takes.stop()
        gives.stop()
    return Figures(
        per_cpu_second=size / used,
        latencies=[],
        rss_mb=memory,
        floors={"Ed25519 verify": floors.ed25519_verify()},
        budget=CAUGHT_UP,
        judged=spent * ENTRIES / size,
        facts={
            "entries": size,
            "seconds": spent,
            "the giver's CPU s": given,
            "the taker's CPU s": used,
        },
    )


def _size(house: House, seat: Seat) -> int:
    with house.desk() as desk:
        known = records.assembly(desk.connection, seat.assembly)
    return 0 if known is None else known.size
