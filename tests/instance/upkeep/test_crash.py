"""What was acknowledged is never lost, wherever the process of a node is killed."""

import random
import time
from datetime import timedelta
from pathlib import Path

import pytest

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation.confederal.council import Standing
from confederation.errors import Unknown
from confederation.identifiers import Digest
from instance import verification
from tests.instance.elsewhere import Account, an_account
from tests.instance.house import House
from tests.instance.serving import DAY, PATIENCE, Serving, a_node, free_port, now, until
from tests.instance.three import (
    Three,
    mandates,
    proposes,
    recalls,
    serving,
    three,
    votes,
)
from tests.instance.wire import create, note_by, rows


@pytest.mark.parametrize("seed", [1])
def test_nodes_that_are_killed_at_random_reach_the_same_result(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    together = three(tmp_path, ports=[free_port() for _ in range(3)])
    first, second, third = together.houses

    with serving(together) as nodes:

        def interrupted() -> None:
            victim = chance.choice(nodes)
            time.sleep(chance.uniform(0, 0.4))
            victim.kill()
            time.sleep(chance.uniform(0, 0.2))
            victim.start()

        # The vote stays open for as long as this machine needs to restart nodes often.
        began = time.monotonic()
        interrupted()
        span = timedelta(seconds=10 + round(8 * (time.monotonic() - began)))
        proposal = proposes(together, first, at=now(), opens=now(), closes=now() + span)
        interrupted()
        delegates = [
            mandates(together, house, proposal, at=now(), until=now() + DAY)
            for house in (first, second, third)
        ]
        interrupted()
        until(lambda: is_open(together, proposal))
        filed = [
            votes(house, delegate, proposal, at=now())
            for house, delegate in zip(together.houses, delegates, strict=True)
        ]
        interrupted()
        recalls(second, delegates[1], at=now())
        following = mandates(
            together, second, proposal, name="eli", at=now(), until=now() + DAY
        )
        until(lambda: revisions(together, second, proposal) == 2)
        filed.append(votes(second, following, proposal, revision=3, at=now()))
        interrupted()
        interrupted()

        until(
            lambda: len(results(together, proposal)) == 3,
            patience=PATIENCE + span.total_seconds(),
        )

        assert len(set(results(together, proposal))) == 1
        until(lambda: all(holds_all(node, filed) for node in nodes))
        assert [rows(node, "select * from contradiction") for node in nodes] == [[]] * 3


def test_every_activity_that_was_accepted_is_dealt_with(tmp_path: Path) -> None:
    chance = random.Random(3)
    accepted: list[JsonObject] = []
    with an_account() as sam, a_node(tmp_path) as node:
        for _ in range(3):
            accepted += [
                activity
                for activity in (a_reply(sam, node) for _ in range(10))
                if answered(sam, node, activity) == 202
            ]
            time.sleep(chance.uniform(0, 0.05))
            node.kill()
            node.start()

        until(
            lambda: not rows(node, "select id from received where due_at is not null")
        )
        kept = {id for [id] in rows(node, "select id from received")}

    assert len(accepted) == 30
    assert {activity["id"] for activity in accepted} == kept


def is_open(together: Three, proposal: Digest) -> bool:
    """Whether every node knows that all three assemblies witnessed the proposal."""
    return all(
        (standing := seen_by(together, house, proposal)) is not None
        and len(standing.opened_by) == 3
        for house in together.houses
    )


def seen_by(together: Three, house: House, proposal: Digest) -> Standing | None:
    try:
        return together.standing(house, proposal, now())
    except Unknown:
        return None


def revisions(together: Three, house: House, proposal: Digest) -> int:
    standing = seen_by(together, house, proposal)
    assert standing is not None
    return sum(each.seat == 1 for each in standing.revisions)


def results(together: Three, proposal: Digest) -> list[bytes]:
    """The confirmed result of each node that attested and holds one."""
    found = []
    for house in together.houses:
        standing = seen_by(together, house, proposal)
        if standing is None or standing.confirmed is None:
            continue
        if len(standing.attestations[0].by) == 3:
            document = verification.result_document(standing.confirmed)
            found.append(canonical.canonical(document))
    return found


def holds_all(node: Serving, digests: list[Digest]) -> bool:
    held = {digest for [digest] in rows(node, "select digest from entry")}
    return held.issuperset(digests)


def a_reply(sam: Account, node: Serving) -> JsonObject:
    return create(sam, note_by(sam, "<p>Yes</p>", to=f"{node.base}/n/none"))


def answered(sam: Account, node: Serving, activity: JsonObject) -> int:
    return sam.send(f"{node.base}/inbox", activity).status_code
