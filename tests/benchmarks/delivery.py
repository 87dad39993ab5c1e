"""One post on its way to followers on many servers, until all of them have it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from activitypub import canonical
from instance import speech
from instance.store import posts
from tests.benchmarks import elsewhere, floors, measuring, nodes
from tests.benchmarks.measuring import Budget, Figures, Wrong
from tests.benchmarks.nodes import Node
from tests.instance.serving import free_port, until

HOSTS: Final = 100
A_SECOND: Final = 500
ON_THE_WAY: Final = "select count(*) from delivery where due_at is not null"
FAILED: Final = "select count(*) from delivery where outcome != 'delivered'"

DELIVERED: Final = Budget(
    line="delivered to distinct inboxes: at least 2,000 per CPU-s", at_least=2_000
)


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Post once to followers who each have an inbox of their own."""
    hosts = min(HOSTS, max(1, int(seconds * A_SECOND)))
    each = max(1, int(seconds * A_SECOND) // hosts)
    with _sinks(hosts) as port, nodes.a_node(directory) as node:
        _let_follow(node, hosts=hosts, each=each, port=port)
        with measuring.watching(node.pid) as span:
            node.say("<p>Soup at six</p>")
            posted_at = time.time()
            await node.until_none(ON_THE_WAY)
        peak = measuring.peak_mb(node.pid)
        refused = node.count(FAILED)
        arrivals = await _arrivals(port)
    if len(arrivals) != hosts * each or refused:
        raise Wrong(f"{hosts * each} were sent, {len(arrivals)} have arrived.")
    latencies = [at - posted_at for at in arrivals]
    return {
        "delivery": Figures(
            per_cpu_second=span.per_cpu_second(len(arrivals)),
            latencies=latencies,
            rss_mb=peak,
            floors={"RSA sign": floors.rsa_sign()},
            budget=DELIVERED,
            facts={
                "delivered": len(arrivals),
                "hosts": hosts,
                "per second": len(arrivals) / max(latencies),
                "first after ms": 1000 * min(latencies),
            },
        )
    }


async def _arrivals(port: int) -> list[float]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://{elsewhere.hosts(1)[0]}:{port}/")
        return [float(at) for at in answer.json()]


def _let_follow(node: Node, *, hosts: int, each: int, port: int) -> None:
    with node.house.desk() as desk:
        for host in elsewhere.hosts(hosts):
            for number in range(each):
                follower = f"http://{host}:{port}/users/{number}"
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
def _sinks(hosts: int) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.sinks", f"{hosts}", f"{port}"]
    )
    try:
        until(lambda: floors.listens(elsewhere.hosts(1)[0], port))
        yield port
    finally:
        process.terminate()
        process.wait()
