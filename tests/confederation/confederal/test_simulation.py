"""The five promises hold, whatever the network, the clocks and the liars do.

``FOLKMOOT_RUNS=20000 pytest`` with this file plays more runs.
"""

import os
from collections import Counter
from dataclasses import fields, replace
from random import Random

import pytest

from confederation.confederal import council
from confederation.confederal.council import State
from confederation.confederal.weighing import Fate
from confederation.record import Filed, PaperVote
from tests.confederation import promises
from tests.confederation.nodes import Habits, Node
from tests.confederation.simulation import Run

RUNS = int(os.environ.get("FOLKMOOT_RUNS", "140"))
ENOUGH_TO_NOTICE = 60
"""Within so many runs every fault that we know how to make has been noticed."""


def test_no_promise_is_broken_in_any_run() -> None:
    happened: Counter[str | None] = Counter()

    for seed in range(RUNS):
        run = Run(seed)
        seen = promises.stands(run)
        assert promises.breaches(run, seen) == [], f"in the run of seed {seed}"
        happened.update(what_happened(run, seen))

    # A run in which nothing happens keeps every promise, so enough has to happen.
    for event in (
        "adopted",
        "rejected",
        "no quorum",
        "withdrawn",
        "certified",
        "excluded",
        "void",
        "superseded",
        "vote withdrawn",
        "seat emptied",
        "contradictions on record",
        "dissent",
        "settled with nodes gone for good",
        "waits for somebody gone",
        "altered copies refused",
        "votes against a mandate refused",
        "in force",
        "not in force",
        "somebody not bound",
        "answer changed",
        "chosen among several",
        "returned",
        "kept here",
        "certified on paper",
        "a paper taken back home",
        "a contradiction settled",
    ):
        assert happened[event] >= RUNS // 60, f"{event} hardly ever happened"


def what_happened(run: Run, seen: promises.Stands) -> set[str | None]:
    happened: set[str | None] = set()
    if any(node.refused_copies for node in run.honest):
        happened.add("altered copies refused")
    if any(node.refused_votes for node in run.honest):
        happened.add("votes against a mandate refused")
    if any(fact.paper for node in run.honest for fact in _filed_by(node)):
        happened.add("a paper taken back home")
    if run.ground.settled:
        happened.add("a contradiction settled")
    gone = bool(run.scenario.killed)
    for stands in seen.values():
        happened |= {str(each.fate) for each in stands.revisions}
        if any(
            each.fate is Fate.CERTIFIED
            and each.entry is not None
            and isinstance(each.entry.fact, PaperVote)
            for each in stands.revisions
        ):
            happened.add("certified on paper")
        if stands.contradictions:
            happened.add("contradictions on record")
        if stands.dissents:
            happened.add("dissent")
        if stands.state is State.CONFIRMED and gone:
            happened.add("settled with nodes gone for good")
        if stands.state is State.CLOSING and gone:
            happened.add("waits for somebody gone")
        if stands.confirmed is not None:
            placed = [each for each in stands.confirmed.certified if each.seat < -1]
            if placed and stands.confirmed.outcome not in ("returned", "withdrawn"):
                happened.add("kept here")
            outcome = stands.confirmed.outcome
            if outcome == "adopted" and stands.confirmed.ranked is not None:
                happened.add("chosen among several")
            rules = {each.rule for each in stands.confirmed.certified}
            happened |= {outcome, *(rule for rule in rules if rule != "withdrawn")}
            if "withdrawn" in rules and outcome != "withdrawn":
                happened.add("vote withdrawn")
    for course in promises.courses(run).values():
        if course.ratification is None:
            continue
        happened.add(str(course.state))
        if course.bound and len(course.bound) < run.compact.n:
            happened.add("somebody not bound")
        if any(each.revision > 1 for each in course.ratification.revisions):
            happened.add("answer changed")
    return happened


def _filed_by(node: Node) -> list[Filed]:
    return [fact for _, fact in node.copies[node.id].facts(Filed)]


def test_with_the_bound_crossed_the_contradictions_are_on_record() -> None:
    doubled = 0

    # Every sixth run is one in which liars tell two halves what they want to hear.
    for seed in range(5, max(RUNS, 600), 6):
        run = Run(seed)
        answers = promises.confirmed(run, promises.stands(run))
        if any(len(results) > 1 for results in answers.values()):
            doubled += 1
            bound = 2 * run.compact.t - run.compact.n
            assert bound <= len(promises.contradictors(run))
            assert bound <= len(run.scenario.liars)
        if doubled and seed > RUNS:
            break

    assert doubled, "No run came to two answers: the liars did not try enough."


@pytest.mark.parametrize("habit", [each.name for each in fields(Habits)])
def test_a_fault_in_the_program_is_noticed(habit: str) -> None:
    faulty = Habits(**{habit: True})

    runs = (Run(seed, faulty) for seed in range(ENOUGH_TO_NOTICE))
    noticed = any(promises.breaches(run, promises.stands(run)) for run in runs)

    assert noticed


def test_whoever_holds_enough_computes_the_same_whatever_they_hold() -> None:
    random = Random(2026)
    cut_short = 0

    for seed in range(0, 60, 2):
        run = Run(seed)
        node = run.alive[0]
        for proposal in node.proposals():
            whole = node.holding(proposal)
            result = council.standing(whole).result
            for _ in range(12):
                records = {
                    assembly: record.upto(
                        random.choice((record.size, random.randint(2, record.size)))
                    )
                    for assembly, record in whole.records.items()
                }
                records[proposal.assembly] = whole.records[proposal.assembly]
                part = council.standing(replace(whole, records=records)).result
                assert part in (None, result)
                cut_short += part is not None

    assert cut_short > 60, "Hardly anybody held enough to compute a result."


def test_a_run_is_a_function_of_its_seed() -> None:
    heads = [
        [
            node.copies[assembly].head
            for node in Run(7).nodes
            for assembly in node.copies
        ]
        for _ in range(2)
    ]

    assert heads[0] == heads[1]
