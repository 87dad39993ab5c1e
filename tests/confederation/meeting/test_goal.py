"""A goal says what we want, who can give it, and our next three steps."""

from dataclasses import replace

import pytest

from confederation.errors import Refused, TooEarly
from confederation.identifiers import ActionId, GoalId
from confederation.meeting import goal
from confederation.meeting.goal import ChooseStep, LeaveStep, SetGoal
from tests.confederation.builders import CLERK, MAY, a_commit, carry_out

WANT = SetGoal(
    goal=GoalId("dry"),
    want=a_commit("dry homes"),
    giver=a_commit("the landlord"),
    by=CLERK,
    at=MAY,
)


def after(*commands: goal.Command) -> goal.State:
    return carry_out(goal.decide, goal.evolve, goal.NOTHING, commands)


def step(name: str) -> ChooseStep:
    return ChooseStep(action=ActionId(name), by=CLERK, at=MAY)


def test_there_are_three_next_steps_and_no_fourth() -> None:
    chosen = after(WANT, step("a"), step("b"), step("c"))

    with pytest.raises(Refused, match="3 next steps already"):
        goal.decide(chosen, step("d"))
    assert chosen.steps == ("a", "b", "c")
    assert goal.decide(chosen, step("a")) == ()


def test_a_step_that_is_left_makes_room_for_the_next() -> None:
    leave = LeaveStep(action=ActionId("a"), by=CLERK, at=MAY)
    left = after(WANT, step("a"), step("b"), step("c"), leave, step("d"))

    assert left.steps == ("b", "c", "d")
    assert goal.decide(left, leave) == ()


def test_steps_lead_somewhere() -> None:
    with pytest.raises(TooEarly, match="what you want first"):
        goal.decide(goal.NOTHING, step("a"))


def test_a_goal_in_other_words_keeps_its_steps() -> None:
    again = replace(WANT, want=a_commit("warm homes"))

    assert after(WANT, step("a"), again).steps == ("a",)
    assert goal.decide(after(WANT), WANT) == ()
