"""Proofs that an entry is in a record, and that a record only grew, at a million."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from activitypub import log
from tests.benchmarks import apart, measuring
from tests.benchmarks.measuring import Budget, Figures

ENTRIES: Final = 1_000_000
PROOFS: Final = 2_000
SEED: Final = 6962

INCLUDED: Final = Budget(
    line="an inclusion proof at a million entries: less than 1 ms", at_most=1
)
CONSISTENT: Final = Budget(
    line="a consistency proof at a million entries: less than 1 ms", at_most=1
)


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Give and check proofs in a tree of a million; a smaller one in a moment."""
    entries = int(ENTRIES * min(1.0, seconds))
    return {
        "proofs": apart.run(included, entries),
        "proofs.consistency": apart.run(consistent, entries),
    }


def included(entries: int) -> Figures:
    """Prove that entries are in, and check it."""
    _, tree = grown(entries)
    root = tree.root()

    def prove(index: int) -> None:
        proof = tree.inclusion(index)
        entry = b"%d" % index
        log.verify_inclusion(entry, index=index, size=entries, proof=proof, root=root)

    return _timed(prove, entries, INCLUDED)


def consistent(entries: int) -> Figures:
    """Prove that an earlier record is the beginning of this one, and check it."""
    nodes, tree = grown(entries)
    root = tree.root()
    drawn = random.Random(SEED)
    sizes = [drawn.randrange(1, entries) for _ in range(PROOFS)]
    roots = {size: log.Tree(size=size, nodes=nodes).root() for size in sizes}

    def prove(index: int) -> None:
        size = sizes[index % len(sizes)]
        proof = tree.consistency(size)
        log.verify_consistency(
            old_size=size,
            old_root=roots[size],
            new_size=entries,
            new_root=root,
            proof=proof,
        )

    return _timed(prove, entries, CONSISTENT)


def grown(entries: int) -> tuple[log.MemoryNodes, log.Tree]:
    """Grow a tree entry by entry, as a record does."""
    nodes = log.MemoryNodes()
    tree = log.Tree(size=0, nodes=nodes)
    for number in range(entries):
        tree, fresh = tree.append(b"%d" % number)
        nodes.keep(fresh)
    return nodes, tree


def _timed(prove: Callable[[int], None], entries: int, budget: Budget) -> Figures:
    drawn = random.Random(SEED)
    latencies: list[float] = []
    before = time.process_time()
    for _ in range(PROOFS):
        index = drawn.randrange(entries)
        began = time.perf_counter()
        prove(index)
        latencies.append(time.perf_counter() - began)
    spent = time.process_time() - before
    return Figures(
        per_cpu_second=PROOFS / spent,
        latencies=latencies,
        rss_mb=measuring.peak_mb(os.getpid()),
        floors={"the hashes of a path": _hashes(entries)},
        budget=budget,
        judged=1000 * spent / PROOFS,
        facts={"entries": entries},
    )


def _hashes(entries: int) -> float:
    """Say how often a second allows as many hashes as a path has nodes."""
    levels = entries.bit_length()

    def climb() -> None:
        node = b"\0" * 32
        for _ in range(levels):
            node = log.node_hash(node, node)

    return measuring.bare(climb, times=PROOFS)
