"""A goal says what we want, who can give it, and our next three steps."""

from dataclasses import dataclass, replace
from datetime import datetime

from confederation.errors import ByNumber, Refused, TooEarly
from confederation.identifiers import ActionId, Commit, GoalId, MemberId
from confederation.session import Told

STEPS = 3


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGoal:
    """Say what we want and who can give it; a new goal takes the place of the old."""

    goal: GoalId
    want: Commit
    giver: Commit
    told: Told = "members"
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseStep:
    """Make an action one of the next three steps."""

    action: ActionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveStep:
    """Take an action from the next steps: it is done, or others come first."""

    action: ActionId
    by: MemberId
    at: datetime


Command = SetGoal | ChooseStep | LeaveStep


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalSet:
    goal: GoalId
    want: Commit
    giver: Commit
    told: Told
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChosen:
    goal: GoalId
    action: ActionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLeft:
    goal: GoalId
    action: ActionId
    by: MemberId
    at: datetime


Event = GoalSet | StepChosen | StepLeft


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The goal as it stands, with its next steps in the order they were chosen."""

    goal: GoalSet | None = None
    steps: tuple[ActionId, ...] = ()


NOTHING = State()


def decide(goal: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in the goal. A redelivered one changes nothing.

    Raises:
        Refused: there are three next steps already.
        TooEarly: no goal has been set.
    """
    match command:
        case SetGoal():
            now = goal.goal
            said = (command.want, command.giver, command.told)
            if now is not None and said == (now.want, now.giver, now.told):
                return ()
            return (
                GoalSet(
                    goal=command.goal,
                    want=command.want,
                    giver=command.giver,
                    told=command.told,
                    by=command.by,
                    at=command.at,
                ),
            )
        case ChooseStep(action=action, by=by, at=at):
            id = _goal(goal)
            if action in goal.steps:
                return ()
            if len(goal.steps) >= STEPS:
                raise Refused(
                    ByNumber(
                        "There is {most} next step already. Take one away "
                        "first: what comes after them can wait.",
                        "There are {most} next steps already. Take one away "
                        "first: what comes after them can wait.",
                    ),
                    most=STEPS,
                )
            return (StepChosen(goal=id, action=action, by=by, at=at),)
        case LeaveStep(action=action, by=by, at=at):
            id = _goal(goal)
            if action not in goal.steps:
                return ()
            return (StepLeft(goal=id, action=action, by=by, at=at),)


def evolve(goal: State, event: Event) -> State:
    """Give the goal as it is after an event. Its steps stay when it is reworded."""
    match event:
        case GoalSet():
            return replace(goal, goal=event)
        case StepChosen(action=action):
            return replace(goal, steps=(*goal.steps, action))
        case StepLeft(action=action):
            rest = tuple(each for each in goal.steps if each != action)
            return replace(goal, steps=rest)


def _goal(goal: State) -> GoalId:
    if goal.goal is None:
        raise TooEarly("Say what you want first; the steps lead there.")
    return goal.goal.goal
