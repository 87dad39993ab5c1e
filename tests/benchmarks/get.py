"""What servers and people ask for most: an actor, a post, a name, a page."""

import itertools
from pathlib import Path
from typing import Final

import httpx

from activitypub import documents
from tests.benchmarks import floors, load, measuring, nodes
from tests.benchmarks.load import CONNECTIONS
from tests.benchmarks.measuring import Budget, Figures, Wrong
from tests.benchmarks.nodes import Node

A_SECOND: Final = 400
ACTIVITY: Final = {"Accept": documents.ACCEPT}

DOCUMENT: Final = Budget(
    line="actor, object, WebFinger: at least 12,000 per CPU-s", at_least=12_000
)
PAGE: Final = Budget(
    line="a page for a reader: less than 20 ms of server time", at_least=50
)


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Ask for the same documents again and again."""
    count = max(CONNECTIONS, int(seconds * A_SECOND))
    found: dict[str, Figures] = {}
    with nodes.a_node(directory, seconds) as node:
        post = node.say("<p>Who brings bread?</p>").removeprefix(node.serving.base)
        host = node.house.config.host
        name = f"acct:{node.house.config.slug}@{host}"
        asked = {
            "get": (f"/g/{node.house.config.slug}", ACTIVITY, DOCUMENT),
            "get.object": (post, ACTIVITY, DOCUMENT),
            "get.webfinger": (
                f"/.well-known/webfinger?resource={name}",
                {"Accept": "application/jrd+json"},
                DOCUMENT,
            ),
            "get.page": ("/", {"Accept": "text/html"}, PAGE),
        }
        bare = await floors.http(load.get("/", host=host, headers=ACTIVITY))
        for line, (target, headers, budget) in asked.items():
            size = await _size(node, target, headers)
            request = load.get(target, host=host, headers=headers)
            with measuring.watching(node.pid) as span:
                answers = await load.send(
                    itertools.repeat(request, count), port=node.serving.port
                )
            if answers.statuses != {200: count}:
                raise Wrong(f"{target} was answered with {dict(answers.statuses)}.")
            found[line] = Figures(
                per_cpu_second=span.per_cpu_second(count),
                latencies=answers.latencies,
                rss_mb=measuring.peak_mb(node.pid),
                floors={"HTTP": bare},
                budget=budget,
                facts={
                    "answered": count,
                    "bytes": size,
                    "per second": count / span.wall,
                },
            )
    return found


async def _size(node: Node, target: str, headers: dict[str, str]) -> int:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{node.serving.base}{target}", headers=headers)
        return len(answer.content)
