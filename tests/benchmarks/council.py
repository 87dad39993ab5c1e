"""A decision of 150 assemblies worked out anew, as whoever opens its page must."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from confederation.confederal import council
from confederation.confederal.council import State
from confederation.confederal.holding import Holding
from confederation.confederal.statements import Revision
from confederation.record import (
    Attestation,
    Entry,
    Method,
    Result,
    Witness,
)
from tests.benchmarks import apart, measuring
from tests.benchmarks.measuring import Budget, Figures, Wrong
from tests.confederation.world import (
    AGAINST,
    CLOSES,
    FOR,
    LATER,
    OPENS,
    Confederation,
    instructed,
    result_digest,
)

ASSEMBLIES: Final = 150
BATCHES: Final = 3
"""In how many statements an assembly says what it received, before the final one."""

DECIDED: Final = Budget(
    line="a decision of 150 assemblies: recomputed in less than 1 s", at_most=1
)
SAID: Final = Budget(
    line="what an assembly of 150 must say next: less than 1 s", at_most=1
)


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Settle a decision among 150 assemblies; fewer if there is hardly any time."""
    assemblies = ASSEMBLIES if seconds >= 1 else 7
    return {
        "council": apart.run(settled, assemblies),
        "council.duties": apart.run(closing, assemblies),
    }


def settled(assemblies: int) -> Figures:
    """Work out the result, who is certified by whom, and who attests it."""
    held = decided(assemblies)
    before = time.process_time()
    stands = council.standing(held, LATER)
    spent = time.process_time() - before
    if stands.state is not State.CONFIRMED or len(stands.revisions) != assemblies:
        raise Wrong(f"A decision of {assemblies} came out as {stands.state}.")
    return _figures(held, spent, DECIDED)


def closing(assemblies: int) -> Figures:
    """Work out what an assembly files when it has all final statements but its own."""
    held = decided(assemblies, conclude=False)
    me = held.compact.members[0].assembly
    before = time.process_time()
    [fact] = council.duties(held, me, LATER, result_digest)
    spent = time.process_time() - before
    if not isinstance(fact, Witness) or len(fact.seen) != assemblies:
        raise Wrong("The final statement does not say all that was received.")
    return _figures(held, spent, SAID)


def decided(assemblies: int, *, conclude: bool = True) -> Holding:
    """Let every assembly vote, and say of every other that it received its vote."""
    world = Confederation(assemblies)
    proposal = world.proposes(method=Method(name="double-majority"))
    lines: list[Revision] = []
    for seat, town in enumerate(world.towns):
        choice = AGAINST if seat % 3 == 0 else FOR
        given = town.mandates(world.compact, instructed(proposal, choice))
        filing = town.votes(proposal, given, choice)
        lines.append((seat, 1, filing.digest))
    for seat, town in enumerate(world.towns):
        others = [line for line in lines if line[0] != seat]
        for batch in range(BATCHES):
            seen = tuple(others[batch::BATCHES])
            town.publishes(
                Witness(proposal=proposal.digest, final=False, seen=seen), OPENS
            )
    if not conclude:
        return world.holding(proposal, clock=CLOSES)
    for town in world.towns:
        town.publishes(
            Witness(proposal=proposal.digest, final=True, seen=tuple(lines)), CLOSES
        )
    result = _result(world, proposal)
    for town in world.towns:
        town.publishes(
            Attestation(
                proposal=proposal.digest,
                result=result,
                result_hash=result_digest(result),
            ),
            CLOSES,
        )
    return world.holding(proposal, clock=CLOSES)


def _result(world: Confederation, proposal: Entry) -> Result:
    result = council.standing(world.holding(proposal, clock=CLOSES), LATER).result
    if result is None:
        raise Wrong("No result follows from what everybody says.")
    return result


def _figures(held: Holding, spent: float, budget: Budget) -> Figures:
    lines = sum(len(each) for each in _statements(held))
    return Figures(
        per_cpu_second=1 / spent,
        latencies=[],
        rss_mb=measuring.peak_mb(os.getpid()),
        floors={"a line put into a set": _bare_lines(held)},
        budget=budget,
        judged=spent,
        facts={"assemblies": held.compact.n, "lines": lines},
    )


def _bare_lines(held: Holding) -> float:
    """Say how often a second allows to collect every line that was stated, once."""

    def collect() -> None:
        found: set[Revision] = set()
        for seen in _statements(held):
            found.update(seen)

    return measuring.bare(collect, times=20)


def _statements(held: Holding) -> Iterator[tuple[Revision, ...]]:
    for kept in held.records.values():
        for _, statement in kept.facts(Witness):
            yield statement.seen
