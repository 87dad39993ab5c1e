"""What a seat says above is what those below decided, whatever their bearer says.

``FOLKMOOT_RUNS=2000 pytest`` with this file plays more runs.
"""

import os
from collections import Counter
from dataclasses import fields

import pytest

from confederation.confederal.council import Standing, State
from confederation.confederal.weighing import Fate
from confederation.identifiers import AssemblyId
from confederation.record import Filed
from tests.confederation import nested_promises as promises
from tests.confederation.nesting import Run
from tests.confederation.valleys import Faults

RUNS = int(os.environ.get("FOLKMOOT_RUNS", "110")) // 10
ENOUGH_TO_NOTICE = 30


def test_nothing_is_counted_above_that_was_not_decided_below() -> None:
    happened: Counter[str] = Counter()

    for seed in range(RUNS):
        run = Run(seed)
        seen = promises.stands(run)
        assert promises.breaches(run, seen) == [], f"in the run of seed {seed}"
        happened.update(what_happened(run, seen))

    # A run in which nothing is carried keeps every promise, so enough has to happen.
    for event in (
        "confirmed above",
        "adopted above",
        "carried against",
        "a substitute counted",
        "a delegate recalled",
        "a lie was void",
        "nobody could tell yet",
        "two records",
        "a bearer was gone",
        "a bearer left",
        "some were cut off",
        "a clock jumped",
        "in force",
        "a substitute answered",
    ):
        assert happened[event] >= max(1, RUNS // 40), f"{event} hardly ever: {happened}"


def what_happened(run: Run, seen: promises.Stands) -> set[str]:
    happened: set[str] = set()
    bearers = {seat.assembly for seat in run.above.members}
    for node in run.nodes:
        if id(node) in run.killed and node.id in bearers:
            happened.add("a bearer was gone")
    if run.weather.divided:
        happened.add("some were cut off")
    if run.weather.jumps:
        happened.add("a clock jumped")
    if run.leaving:
        happened.add("a bearer left")
    for saw in seen:
        stand, answers = saw.stand, saw.subject.by is None
        if run.ground.compact(saw.proposal) is not run.above:
            continue
        if answers:
            happened |= what_was_answered(stand, bearers)
            continue
        if stand.state is State.CONFIRMED:
            happened.add("confirmed above")
        if stand.contradictions:
            happened.add("two records")
        for each in stand.revisions:
            if each.entry is None or not isinstance(each.entry.fact, Filed):
                continue
            if not each.judged:
                happened.add("nobody could tell yet")
            if each.fate is Fate.VOID and each.digest in run.ground.unlawful:
                happened.add("a lie was void")
            if each.fate is Fate.CERTIFIED and each.entry.fact.withdrawn_by:
                happened.add("a delegate recalled")
            if each.fate is Fate.CERTIFIED and each.entry.assembly not in bearers:
                happened.add("a substitute counted")
        if stand.confirmed is not None:
            happened.add(f"{stand.confirmed.outcome} above")
            if stand.confirmed.figures.assemblies.get("against"):  # type: ignore[call-overload]
                happened.add("carried against")
    return happened


def what_was_answered(stand: Standing, bearers: set[AssemblyId]) -> set[str]:
    happened: set[str] = set()
    if stand.confirmed is not None:
        happened.add(stand.confirmed.outcome)
    for each in stand.revisions:
        if each.entry is None or each.fate is not Fate.CERTIFIED:
            continue
        if each.entry.assembly not in bearers:
            happened.add("a substitute answered")
    return happened


@pytest.mark.parametrize("fault", [each.name for each in fields(Faults)])
def test_a_fault_in_the_rule_of_nesting_is_noticed(fault: str) -> None:
    faulty = Faults(**{fault: True})

    runs = (Run(seed, faulty) for seed in range(ENOUGH_TO_NOTICE))
    noticed = any(promises.breaches(run, promises.stands(run)) for run in runs)

    assert noticed
