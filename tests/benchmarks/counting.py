"""A million ballots counted: by majority, and by rankings of twenty options."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from confederation.counting import majority, pairs, ranked, schulze, stv
from confederation.counting.majority import ABSTAIN, AGAINST, FOR
from confederation.counting.marks import Paper
from confederation.identifiers import OptionId
from tests.benchmarks import apart, measuring
from tests.benchmarks.measuring import Budget, Figures, Wrong

BALLOTS: Final = 1_000_000
OPTIONS: Final = tuple(OptionId(f"option-{number}") for number in range(20))
SEED: Final = 1870
T = TypeVar("T")

MAJORITY: Final = Budget(line="majority of a million ballots: less than 1 s", at_most=1)
RUN_OFF: Final = Budget(
    line="run-off of 20 options over a million ballots: less than 10 s", at_most=10
)
PAIRS: Final = Budget(
    line="ranked pairs of 20 options over a million ballots: less than 10 s",
    at_most=10,
)
SCHULZE: Final = Budget(
    line="Schulze of 20 options over a million ballots: less than 10 s", at_most=10
)
SEATS: Final = Budget(
    line="five places among 20 over a million ballots: less than 10 s", at_most=10
)
PLACES: Final = 5


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Count a million ballots; fewer only if there is less than a second for it."""
    ballots = int(BALLOTS * min(1.0, seconds))
    return {
        "counting": apart.run(by_majority, ballots),
        "counting.ranked": apart.run(by_run_off, ballots),
        "counting.pairs": apart.run(by_pairs, ballots),
        "counting.schulze": apart.run(by_schulze, ballots),
        "counting.seats": apart.run(by_seats, ballots),
    }


def by_majority(ballots: int) -> Figures:
    draw = random.Random(SEED)
    papers = draw.choices((FOR, AGAINST, ABSTAIN), (50, 40, 10), k=ballots)

    def count() -> OptionId | None:
        return majority.count(Counter(papers)).winner

    return _figures(papers, count, MAJORITY, winner=FOR)


def by_run_off(ballots: int) -> Figures:
    papers = _rankings(ballots)

    def count() -> OptionId | None:
        return ranked.count(Counter(papers), lot=OPTIONS).winner

    return _figures(papers, count, RUN_OFF, winner=OPTIONS[0])


def by_pairs(ballots: int) -> Figures:
    papers = _rankings(ballots)

    def count() -> OptionId | None:
        return pairs.count(Counter(papers), lot=OPTIONS, keep=OPTIONS[-1]).winner

    return _figures(papers, count, PAIRS, winner=OPTIONS[0])


def by_schulze(ballots: int) -> Figures:
    papers = _rankings(ballots)

    def count() -> OptionId | None:
        return schulze.count(Counter(papers), lot=OPTIONS, keep=OPTIONS[-1]).winner

    return _figures(papers, count, SCHULZE, winner=OPTIONS[0])


def by_seats(ballots: int) -> Figures:
    papers = _rankings(ballots)

    def count() -> OptionId | None:
        return stv.count(Counter(papers), seats=PLACES, lot=OPTIONS).elected[0]

    return _figures(papers, count, SEATS, winner=OPTIONS[0])


def _rankings(ballots: int) -> list[Paper]:
    """Nearly every paper ranks the options in an order of its own."""
    draw = random.Random(SEED)
    papers = [
        tuple(draw.sample(OPTIONS, draw.randint(3, len(OPTIONS))))
        for _ in range(ballots - ballots // 5)
    ]
    papers += [OPTIONS] * (ballots // 5)
    draw.shuffle(papers)
    return papers


def _figures(
    papers: Sequence[T],
    count: Callable[[], OptionId | None],
    budget: Budget,
    *,
    winner: OptionId,
) -> Figures:
    before, began = time.process_time(), time.perf_counter()
    won = count()
    spent, took = time.process_time() - before, time.perf_counter() - began
    if won != winner:
        raise Wrong(f"{winner} was to win, and {won} did.")
    bare = measuring.bare(lambda: Counter(papers), times=1)
    return Figures(
        per_cpu_second=len(papers) / spent,
        latencies=[],
        rss_mb=measuring.peak_mb(os.getpid()),
        floors={"Counter": len(papers) * bare},
        budget=budget,
        # Nothing is waited for in a count, so that a crowded machine only adds noise.
        judged=spent * BALLOTS / len(papers),
        facts={"ballots": len(papers), "seconds": took},
    )
