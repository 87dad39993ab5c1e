"""More signed posts than the node can take, and people who read its pages meanwhile.

Nothing that was answered with 202 may be missing afterwards; what cannot be taken is
told so (S51).
"""

import asyncio
import os
from pathlib import Path
from typing import Final

from tests.benchmarks import elsewhere, floors, inbox, load, measuring, nodes
from tests.benchmarks.load import Answers
from tests.benchmarks.measuring import Budget, Figures, Wrong
from tests.benchmarks.nodes import Node

SENDERS: Final = 8
A_SECOND: Final = 5_000
CONNECTIONS: Final = 256
READERS: Final = 2
PAUSE: Final = 0.05
"""Seconds for which somebody looks at a page before they go to the next."""

PAGES: Final = Budget(
    line="a page under a flood of signed posts: 95 in 100 within 500 ms", at_most=500
)


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Send what was signed beforehand as fast as it goes, and read pages meanwhile."""
    count = int(seconds * A_SECOND)
    async with elsewhere.accounts(SENDERS) as senders:
        with nodes.a_node(directory, seconds) as node:
            about = node.say("<p>Who brings bread?</p>")
            requests = list(inbox.requests_from(senders, node, about, SENDERS + count))
            port = node.serving.port
            await load.send(requests[:SENDERS], port=port)
            await node.until_none(inbox.WAITING)
            over = asyncio.Event()
            reading = asyncio.create_task(_read(node, path_of(about), over))
            with measuring.watching(node.pid) as flood:
                answers = await load.send(
                    requests[SENDERS:], port=port, connections=CONNECTIONS
                )
            over.set()
            pages = await reading
            await node.until_none(inbox.WAITING)
            kept = node.count("select count(*) from received") - SENDERS
            peak = measuring.peak_mb(node.pid)
    _check(answers, pages, kept)
    slowest = 1000 * sorted(pages.latencies)[len(pages.latencies) * 95 // 100]
    return {
        "flood.pages": Figures(
            per_cpu_second=len(pages.latencies) / max(flood.cpu, 1e-9),
            latencies=pages.latencies,
            rss_mb=peak,
            floors={"HTTP": await floors.http(requests[0])},
            budget=PAGES,
            judged=slowest,
            facts={
                "sent": count,
                "taken": answers.statuses[202],
                "told to wait": answers.statuses[429] + answers.statuses[503],
                "sent per second": count / flood.wall,
                "CPUs": os.cpu_count() or 1,
            },
        )
    }


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


async def _read(node: Node, post: str, over: asyncio.Event) -> Answers:
    """Read the front page and a post, over and over, until nobody asks any more."""
    host = f"127.0.0.1:{node.serving.port}"
    pages = [
        load.get(path, host=host, headers={"Accept": "text/html"})
        for path in ("/", post)
    ]
    told = Answers()
    while not over.is_set():
        found = await load.send(pages, port=node.serving.port, connections=READERS)
        told.statuses += found.statuses
        told.latencies += found.latencies
        await asyncio.sleep(PAUSE)
    return told


def _check(answers: Answers, pages: Answers, kept: int) -> None:
    """Make sure that all that was acknowledged is there, and every page came.

    Raises:
        Wrong: something was lost, or nobody could read.
    """
    if not set(answers.statuses) <= {202, 429, 503}:
        raise Wrong(f"The flood was answered with {dict(answers.statuses)}.")
    if kept != answers.statuses[202]:
        raise Wrong(f"Of {answers.statuses[202]} acknowledged, {kept} are there.")
    if set(pages.statuses) != {200}:
        raise Wrong(f"The pages were answered with {dict(pages.statuses)}.")
