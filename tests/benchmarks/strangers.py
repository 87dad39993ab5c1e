"""Follows by accounts that the node never heard of, each on a server of its own."""

import asyncio
from pathlib import Path
from typing import Final

from activitypub import documents
from activitypub.canonical import JsonObject
from tests.benchmarks import elsewhere, floors, load, measuring, nodes
from tests.benchmarks.measuring import Budget, Figures, Wrong
from tests.benchmarks.nodes import Node
from tests.instance.elsewhere import Account
from tests.instance.serving import until

A_SECOND: Final = 40
WAITING: Final = "select count(*) from received where due_at is not null"
ANSWERED: Final = """
    select count(*) from delivery d join activity a on a.id = d.activity
     where a.type = 'Accept' and d.outcome = 'delivered'
"""
FOLLOWED: Final = Budget(
    line="a Follow by a stranger, answered: at most 3 CPU-s per 1,000", at_most=3
)


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Let strangers follow all at once, until each has its Accept."""
    count = max(2, int(seconds * A_SECOND))
    async with elsewhere.accounts(count) as strangers:
        with nodes.a_node(directory, seconds) as node:
            requests = [_follow(stranger, node) for stranger in strangers]
            with measuring.watching(node.pid) as span:
                answers = await load.send(requests, port=node.serving.port)
                await node.until_none(WAITING)
                await asyncio.to_thread(
                    until, lambda: node.count(ANSWERED) >= count, 60
                )
            peak = measuring.peak_mb(node.pid)
    if answers.statuses != {202: count}:
        raise Wrong(f"Of {count} follows: {dict(answers.statuses)}.")
    per_cpu_second = span.per_cpu_second(count)
    return {
        "strangers": Figures(
            per_cpu_second=per_cpu_second,
            latencies=answers.latencies,
            rss_mb=peak,
            # One signature to ask who it is, one to answer.
            floors={"two RSA signatures": floors.rsa_sign() / 2},
            budget=FOLLOWED,
            judged=1000 / per_cpu_second,
            facts={"strangers": count, "per second": count / span.wall},
        )
    }


def _follow(stranger: Account, node: Node) -> bytes:
    group = f"{node.serving.base}/g/harbour"
    activity: JsonObject = {
        "@context": documents.AS2,
        "id": stranger.new_id(),
        "type": "Follow",
        "actor": stranger.id,
        "object": group,
    }
    return elsewhere.signed(stranger, f"{group}/inbox", activity)
