"""One post on its way to followers on many servers, until all of them have it."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from activitypub import canonical
from instance import speech
from instance.desk import Desk
from instance.store import posts
from tests.benchmarks import apart, elsewhere, floors, measuring, nodes
from tests.benchmarks.measuring import Budget, Figures, Wrong
from tests.benchmarks.nodes import Node
from tests.instance.house import a_house
from tests.instance.serving import free_port, until

HOSTS: Final = 100
A_SECOND: Final = 500
FOLLOWERS: Final = 100_000
A_SIGNATURE: Final = 256e-6
"""Seconds of CPU for one RSA signature on the machine that the budget was made on."""
ON_THE_WAY: Final = """
    select count(*) from delivery
     where due_at is not null and host not like 'http://127.9.%'
"""
FAILED: Final = """
    select count(*) from delivery
     where outcome != 'delivered' and host not like 'http://127.9.%'
"""

DELIVERED: Final = Budget(
    line="delivered to distinct inboxes: at least 2,000 per CPU-s", at_least=2_000
)
UNDELAYED: Final = Budget(
    line="the last healthy host has it within 1.2 times the time without the others",
    at_most=1.2,
)
ENQUEUED: Final = Budget(
    line="on its way to 100,000 followers: less than a second of CPU", at_most=1.0
)


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Post once to followers who each have an inbox of their own.

    Then the same, where so many more hosts that they are a tenth, or a fifth, of all
    hang or refuse.
    """
    hosts = min(HOSTS, max(1, int(seconds * A_SECOND)))
    each = max(1, int(seconds * A_SECOND) // hosts)
    alone = await _post(directory, seconds, hosts=hosts, each=each, bad=0)
    found = {"delivery": alone}
    for name, share in (("tenth", 9), ("fifth", 4)):
        bad = max(2, hosts // share)
        beside = await _post(directory, seconds, hosts=hosts, each=each, bad=bad)
        delay = max(beside.latencies) / max(alone.latencies)
        found[f"delivery.{name}"] = Figures(
            per_cpu_second=beside.per_cpu_second,
            latencies=beside.latencies,
            rss_mb=beside.rss_mb,
            floors=beside.floors,
            budget=UNDELAYED,
            judged=delay,
            facts={**beside.facts, "times as long": delay},
        )
    return found | {"delivery.enqueue": _enqueued(seconds)}


async def _post(
    directory: Path, seconds: float, *, hosts: int, each: int, bad: int
) -> Figures:
    with (
        tempfile.TemporaryDirectory(dir=directory) as own,
        _sinks(hosts, hanging=bad // 2) as port,
        nodes.a_node(Path(own), seconds) as node,
    ):
        _let_follow(node, elsewhere.bad(bad), each=each, port=port)
        _let_follow(node, elsewhere.hosts(hosts), each=each, port=port)
        with measuring.watching(node.pid) as span:
            node.say("<p>Soup at six</p>")
            posted_at = time.time()
            await node.until_none(ON_THE_WAY)
        peak = measuring.peak_mb(node.pid)
        refused = node.count(FAILED)
        arrivals = await _arrivals(port)
    if len(arrivals) != hosts * each or refused:
        raise Wrong(f"{hosts * each} were sent, {len(arrivals)} have arrived.")
    latencies = [max(0.0, at - posted_at) for at in arrivals]
    delivered, signed = span.per_cpu_second(len(arrivals)), floors.rsa_sign()
    # A run that is very short is measured in ticks that are longer than a signature.
    beside = max(0.0, 1 / delivered - 1 / signed)
    return Figures(
        per_cpu_second=delivered,
        latencies=latencies,
        rss_mb=peak,
        floors={"RSA sign": signed},
        budget=DELIVERED,
        facts={
            "delivered": len(arrivals),
            "hosts": hosts,
            "that hang or refuse": bad,
            "per second": len(arrivals) / max(*latencies, 0.001),
            "first after ms": 1000 * min(latencies),
            "µs beside the signature": 1e6 * beside,
            "per CPU-s had it taken 256 µs": 1 / (beside + A_SIGNATURE),
        },
    )


def _enqueued(seconds: float) -> Figures:
    followers = min(FOLLOWERS, max(1_000, int(seconds * FOLLOWERS / 5)))
    cpu, wall, peak = apart.run(_enqueue, followers)
    return Figures(
        per_cpu_second=followers / cpu,
        latencies=[],
        rss_mb=peak,
        floors={"row": floors.row()},
        budget=ENQUEUED,
        judged=cpu * FOLLOWERS / followers,
        facts={"followers": followers, "seconds": wall},
    )


def _enqueue(followers: int) -> tuple[float, float, float]:
    """Put one activity on its way to followers, five on each host, twice.

    Returns the CPU and the seconds that the second took, and the memory.
    """
    with tempfile.TemporaryDirectory(prefix="folkmoot-") as directory:
        house = a_house(Path(directory))
        with house.desk() as desk:
            for number in range(followers):
                _follow(desk, f"https://h{number % (followers // 5)}.example/{number}")
        cpu = wall = 0.0
        for number in range(2):
            before, at = time.process_time(), time.perf_counter()
            with house.desk() as desk:
                posts.deliver_to_followers(
                    desk.connection,
                    of=speech.group_path(desk),
                    by=speech.group_path(desk),
                    activity=f"{house.config.base}/a/{number}",
                    at=desk.seconds,
                )
            cpu = time.process_time() - before
            wall = time.perf_counter() - at
    return cpu, wall, measuring.peak_mb(os.getpid())


async def _arrivals(port: int) -> list[float]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://{elsewhere.hosts(1)[0]}:{port}/")
        return [float(at) for at in answer.json()]


def _let_follow(node: Node, hosts: list[str], *, each: int, port: int) -> None:
    """Let people follow from hosts whose software is known, so nobody asks for it."""
    with node.house.desk() as desk:
        for host in hosts:
            for number in range(each):
                _follow(desk, f"http://{host}:{port}/users/{number}")
            desk.connection.execute(
                "insert into host (name, software_at) values (:name, :at)",
                {"name": f"http://{host}:{port}", "at": int(time.time())},
            )


def _follow(desk: Desk, follower: str) -> None:
    posts.follow(
        desk.connection,
        actor=speech.group_path(desk),
        follower=follower,
        inbox=f"{follower}/inbox",
        shared_inbox=None,
        follow=f"{follower}/follow",
        at=canonical.write_time(desk.now),
    )


@contextmanager
def _sinks(hosts: int, *, hanging: int) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.sinks"]
        + [f"{number}" for number in (hosts, port, hanging)]
    )
    try:
        until(lambda: floors.listens(elsewhere.hosts(1)[0], port))
        yield port
    finally:
        process.terminate()
        process.wait()
