"""What a node holds in memory while it takes in far more than it could hold at once."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from tests.benchmarks import elsewhere, floors, inbox, load, measuring, nodes
from tests.benchmarks.measuring import Budget, Figures, Wrong

A_SECOND: Final = 40_000
ROUNDS: Final = 8

FLAT: Final = Budget(
    line="after 200,000 activities at most a tenth more memory than after 25,000",
    at_most=1.1,
)


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Send eight rounds, and look after each what the server holds."""
    each = max(inbox.SENDERS, int(seconds * A_SECOND) // ROUNDS)
    held: list[float] = []
    async with elsewhere.accounts(inbox.SENDERS) as senders:
        with nodes.a_node(directory, seconds) as node:
            about = node.say("<p>Who brings bread?</p>")
            requests: Iterator[bytes] = inbox.requests_from(
                senders, node, about, inbox.SENDERS + ROUNDS * each
            )
            await load.send(islice(requests, inbox.SENDERS), port=node.serving.port)
            await node.until_none(inbox.WAITING)
            with measuring.watching(node.pid) as span:
                for _ in range(ROUNDS):
                    answers = await load.send(
                        list(islice(requests, each)), port=node.serving.port
                    )
                    if answers.statuses != {202: each}:
                        raise Wrong(f"Not all were taken: {dict(answers.statuses)}.")
                    await node.until_none(inbox.WAITING)
                    held.append(measuring.held_mb(node.pid))
    return {
        "lasting": Figures(
            per_cpu_second=span.per_cpu_second(ROUNDS * each),
            latencies=[],
            rss_mb=max(held),
            floors={"RSA verify": floors.rsa_verify()},
            budget=FLAT,
            judged=held[-1] / held[0],
            facts={f"MB after {n * each:,}": mb for n, mb in enumerate(held, start=1)},
        )
    }
