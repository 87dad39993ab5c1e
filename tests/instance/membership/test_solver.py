"""What the solver makes is as fair as trying everything shows that it can be."""

import subprocess
import sys
from fractions import Fraction

import highspy
import numpy as np
from hypothesis import given, settings

from confederation.sortition import lottery, quotas
from confederation.sortition.quotas import Easing, Person, Rules
from instance.membership import solver, solving
from instance.membership.solving import Task
from tests.confederation.pools import all_panels, pools, quota, rules, someone


def fairest(people: tuple[Person, ...], wanted: Rules) -> float:
    """Work out the best least chance over all allowed panels at once."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    panels = all_panels(people, wanted)
    for _ in range(len(panels) + 1):
        highs.addVar(0.0, 1.0)
    last = len(panels)
    highs.changeColCost(last, 1.0)
    highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
    for person in people:
        there = [i for i, panel in enumerate(panels) if person.ticket in panel]
        row = np.array([*there, last], dtype=np.int32)
        highs.addRow(0.0, 1.0, len(row), row, np.array([1.0] * len(there) + [-1.0]))
    all_of_them: solver.Array = np.arange(last, dtype=np.int32)
    highs.addRow(1.0, 1.0, last, all_of_them, np.ones(last))
    highs.run()
    return float(highs.getSolution().col_value[last])


@settings(max_examples=60, deadline=None)
@given(pools())
def test_the_least_likely_is_as_likely_as_they_can_be(
    pool: tuple[tuple[Person, ...], Rules],
) -> None:
    people, wanted = pool
    made = solver.solve(Task(people=people, rules=wanted, length=840))
    panels = all_panels(people, wanted)

    assert bool(made.panels) == bool(panels)
    if panels:
        best = fairest(people, wanted)
        least = min(lottery.chances(made.panels, people).values())
        bound = lottery.bound(made.certificate, people, wanted)
        assert set(made.panels) <= set(panels)
        assert best - len(people) / 840 <= least <= best + 1e-9
        assert bound >= best - 1e-9
    elif not quotas.obstacles(people, Rules(places=wanted.places)):
        eased = {each.quota: each for each in made.easings}
        loose = rules(
            wanted.places,
            *(
                quota(q.value, e.least, e.most) if (e := eased.get(q)) else q
                for q in wanted.quotas
            ),
        )
        assert all_panels(people, loose)


def test_of_a_scarce_kind_everybody_sits_as_often_as_the_quota_lets_them() -> None:
    young = [someone(f"y{n}", age="young") for n in range(4)]
    old = [someone(f"o{n}", age="old") for n in range(20)]
    wanted = rules(6, quota("young", 3, 3), quota("old", 3, 3))
    task = Task(people=(*young, *old), rules=wanted, length=1000)

    made = solver.solve(task)

    chances = lottery.chances(made.panels, task.people)
    assert {chances[each.ticket] for each in young} == {Fraction(3, 4)}
    assert {chances[each.ticket] for each in old} == {Fraction(3, 20)}
    assert lottery.bound(made.certificate, task.people, wanted) == Fraction(3, 20)


def test_two_of_a_household_share_one_place() -> None:
    people = (
        *(someone(f"h{n}", home="mill") for n in range(2)),
        *(someone(f"a{n}") for n in range(2)),
    )

    made = solver.solve(Task(people=people, rules=Rules(places=2), length=100))

    assert all(len({"h0", "h1"} & {*panel}) < 2 for panel in made.panels)
    chances = lottery.chances(made.panels, people)
    assert set(chances.values()) == {Fraction(1, 2)}
    assert lottery.bound(made.certificate, people, Rules(places=2)) == Fraction(1, 2)


def test_quotas_that_do_not_fit_together_give_by_the_least() -> None:
    people = (
        *(someone(f"a{n}", age="young", place="hill") for n in range(4)),
        *(someone(f"b{n}", age="old", place="shore") for n in range(4)),
    )
    wanted = rules(4, quota("young", 3, 4), quota("shore", 2, 4))

    made = solver.solve(Task(people=people, rules=wanted))

    assert quotas.obstacles(people, wanted) == ()
    [easing] = made.easings
    assert easing in {
        Easing(quota=wanted.quotas[0], least=2, most=4),
        Easing(quota=wanted.quotas[1], least=1, most=4),
    }


async def test_the_solver_runs_in_a_process_of_its_own() -> None:
    people = tuple(someone(f"t{n}") for n in range(5))

    made = await solving.solve(Task(people=people, rules=Rules(places=2), length=10))

    assert len(made.panels) == 10


def test_a_node_is_served_without_it() -> None:
    code = "import instance.app, sys; print('highspy' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "False"
