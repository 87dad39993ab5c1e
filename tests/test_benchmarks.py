"""The benchmarks measure what they say; how fast anything is, no test asks."""

import functools
import json
import subprocess
import sys
from collections.abc import Mapping

import pytest
import uvloop

from tests.benchmarks.__main__ import BENCHMARKS, as_json, as_table, run
from tests.benchmarks.measuring import Budget, Figures

A_MOMENT = 0.05
LINES = {
    "inbox": {"inbox", "inbox.processed"},
    "strangers": {"strangers"},
    "flood": {"flood.pages"},
    "delivery": {
        "delivery",
        "delivery.tenth",
        "delivery.fifth",
        "delivery.enqueue",
    },
    "lasting": {"lasting"},
    "get": {"get", "get.object", "get.webfinger", "get.page"},
    "record": {"record", "record.start"},
    "catching_up": {"catching_up"},
    "council": {"council", "council.duties"},
    "proofs": {"proofs", "proofs.consistency"},
    "counting": {
        "counting",
        "counting.ranked",
        "counting.pairs",
        "counting.schulze",
        "counting.seats",
    },
    "room": {"room"},
}


@functools.cache
def found_by(name: str) -> dict[str, Figures]:
    return uvloop.run(run(name, A_MOMENT))


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_says_how_much_a_second_of_cpu_does(name: str) -> None:
    found = found_by(name)

    said = json.loads(as_json(found))
    assert said.keys() == LINES[name]
    for line in said.values():
        assert line["per_cpu_second"] > 0
        assert line["ratio"] == pytest.approx(
            line["per_cpu_second"] / line["floor"], rel=0.05
        )
        assert line["rss_mb"] > 0
        assert isinstance(line["budget"]["met"], bool)
        assert min(line["facts"].values()) >= 0
    assert name in as_table(found)


def test_all_that_the_inbox_accepted_is_there_and_dealt_with() -> None:
    found = found_by("inbox")

    assert found["inbox"].facts["accepted"] == 100
    assert found["inbox.processed"].facts["processed"] == 100
    assert len(found["inbox"].latencies) == 100


def test_all_that_was_acknowledged_under_a_flood_is_there() -> None:
    facts = found_by("flood")["flood.pages"].facts

    assert facts["taken"] + facts["told to wait"] == facts["sent"] == 250


def test_the_floor_of_several_operations_is_all_of_them_together() -> None:
    figures = some_figures(floors={"one": 2_000.0, "another": 2_000.0})

    assert figures.floor == pytest.approx(1_000)
    assert figures.ratio == pytest.approx(0.5)


def test_a_budget_is_met_only_within_all_its_bounds() -> None:
    budget = Budget(line="quick and small", at_most=2, mb_at_most=100)

    assert budget.met(2, rss_mb=100)
    assert not budget.met(2.1, rss_mb=100)
    assert not budget.met(2, rss_mb=101)


def test_one_in_a_hundred_takes_longer_than_the_ninety_ninth() -> None:
    figures = some_figures(latencies=[n / 1000 for n in range(1, 101)])

    assert figures.millis(0.50) == pytest.approx(50)
    assert figures.millis(0.99) == pytest.approx(99)


def test_what_there_is_no_benchmark_for_is_a_mistake_of_the_user() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "wishes"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert asked.returncode == 2
    assert "invalid choice: 'wishes'" in asked.stderr


def some_figures(
    *,
    latencies: list[float] | None = None,
    floors: Mapping[str, float] | None = None,
) -> Figures:
    return Figures(
        per_cpu_second=500,
        latencies=latencies or [],
        rss_mb=80,
        floors=floors or {"one": 1_000.0},
        budget=Budget(line="at least a thousand", at_least=1_000),
    )
