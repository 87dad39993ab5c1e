"""What holds among a few holds in a council of 30.

``FOLKMOOT_RUNS=2000 pytest tests/confederation/test_simulation_large.py`` plays more.
"""

import os

from confederation.council import State
from tests.confederation import promises
from tests.confederation.simulation import Run

RUNS = int(os.environ.get("FOLKMOOT_RUNS", "140")) // 18
A_COUNCIL = 30


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
