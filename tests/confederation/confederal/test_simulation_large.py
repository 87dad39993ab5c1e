"""What holds among a few holds in a council of 30, and in one of 150.

``FOLKMOOT_RUNS=2000 pytest`` with this file plays more of the former. The latter is one
evening, played in full: every node does what it does among a few, by all that has
reached it and nothing else.
"""

import os

from confederation.confederal.council import State
from confederation.confederal.weighing import Fate
from tests.confederation import promises
from tests.confederation.simulation import Run

RUNS = int(os.environ.get("FOLKMOOT_RUNS", "140")) // 18
A_COUNCIL = 30
THE_LARGEST = 150
"""So many assemblies may be in one compact; more of them nest."""
AN_EVENING = 1
"""The seed of one in which nobody dies with half a vote on its way."""


def test_no_promise_is_broken_in_a_council_of_thirty() -> None:
    most: list[int] = []
    states: set[State] = set()
    for seed in range(RUNS):
        run = Run(seed, size=A_COUNCIL, rhythm=2)
        seen = promises.stands(run)

        assert promises.breaches(run, seen) == [], f"in the run of seed {seed}"
        most.append(max(len(each.revisions) for each in seen.values()))
        states |= {each.state for each in seen.values()}

    assert max(most) > A_COUNCIL, "Hardly anybody voted."
    assert {State.CONFIRMED, State.CLOSING} <= states


def test_a_council_of_a_hundred_and_fifty_comes_to_one_result() -> None:
    run = Run(AN_EVENING, size=THE_LARGEST, ordinary=True)
    seen = promises.stands(run)

    assert promises.breaches(run, seen) == []

    alive = {node.seat for node in run.alive} - {*run.scenario.liars}
    stands = [stand for (seat, _), stand in seen.items() if seat in alive]
    assert len(stands) >= run.compact.t
    assert {each.state for each in stands} == {State.CONFIRMED}
    assert all(each.confirmed == stands[0].confirmed for each in stands)
    assert max(len(each.revisions) for each in stands) > THE_LARGEST
    # A quiet evening would keep every promise as well.
    assert run.scenario.loss > 0
    assert run.scenario.asleep
    assert run.scenario.killed
    assert run.scenario.liars
    assert any(node.refused_copies for node in run.honest)
    assert any(each.fate is Fate.VOID for stand in stands for each in stand.revisions)
