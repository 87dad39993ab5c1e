"""Ten thousand spoiled payloads come in signed, and the node goes on as before."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import aiohttp
import httpx
import pytest

from tests.hostile import forging, mutating
from tests.hostile.stage import Stage, a_stage
from tests.hostile.village import Neighbour
from tests.instance.serving import until

PAYLOADS: Final = 10_000
SENDERS: Final = 20
AT_ONCE: Final = 16
GROWTH: Final = 64 * 1024
"""Kilobytes that the process may grow by after a fifth of the payloads."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with a_stage(tmp_path_factory.mktemp("fuzz")) as found:
        yield found


def test_ten_thousand_spoiled_payloads_change_nothing_about_the_node(
    stage: Stage,
) -> None:
    chance = random.Random(65)
    senders = [stage.village.settle() for _ in range(SENDERS)]
    for sender in senders:
        said = sender.sends(stage.inbox, sender.activity("Follow", stage.group))
        assert said.status_code == 202

    first = flood(stage, list(payloads(stage, senders, chance, PAYLOADS // 5)))
    until(stage.settled, patience=120)
    size = resident(stage)
    rest = flood(stage, list(payloads(stage, senders, chance, PAYLOADS * 4 // 5)))
    until(stage.settled, patience=240)

    told = first + rest
    assert told.total() == PAYLOADS
    assert set(told) <= {202, 400, 401, 403, 413, 415, 429}, told
    assert told[202] > PAYLOADS // 4, told
    failed = [said for said in stage.outcomes() if said.startswith("failed")]
    assert failed == []
    assert "Traceback" not in stage.log()
    assert resident(stage) - size < GROWTH
    assert httpx.get(f"{stage.node.base}/", timeout=60).status_code == 200


def payloads(
    stage: Stage, senders: list[Neighbour], chance: random.Random, number: int
) -> Iterator[tuple[Neighbour, bytes]]:
    seeds = list(
        mutating.seeds(
            group=stage.group, clerk=stage.clerk, post=stage.post, reply=stage.reply
        )
    )
    for _ in range(number):
        sender = chance.choice(senders)
        activity = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": sender.new_id(),
            "actor": sender.id,
            **mutating.spoiled(own(chance.choice(seeds), sender), chance),
        }
        body = json.dumps(activity).encode()
        yield sender, mutating.cut(body, chance) if chance.random() < 0.1 else body


def own(seed: dict[str, object], sender: Neighbour) -> dict[str, object]:
    """Let an activity speak of something of the sender's own."""
    made = seed.get("object")
    if isinstance(made, dict) and "id" not in made:
        named = {"id": sender.new_id(), "attributedTo": sender.id, "actor": sender.id}
        return {**seed, "object": {**named, **made}}
    return seed


def flood(stage: Stage, bodies: list[tuple[Neighbour, bytes]]) -> Counter[int]:
    """Post them all, a few at a time, and count the answers."""
    return asyncio.run(_flood(stage, bodies))


async def _flood(stage: Stage, bodies: list[tuple[Neighbour, bytes]]) -> Counter[int]:
    told: Counter[int] = Counter()
    waiting = iter(bodies)

    async def post(session: aiohttp.ClientSession) -> None:
        for sender, body in waiting:
            headers = forging.knock(sender, stage.inbox, body)
            async with session.post(stage.inbox, data=body, headers=headers) as answer:
                told[answer.status] += 1

    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(post(session) for _ in range(AT_ONCE)))
    return told


def resident(stage: Stage) -> int:
    """Read how many kilobytes of memory the node holds."""
    assert stage.node.process is not None
    status = Path(f"/proc/{stage.node.process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1])
