"""Statements are looked at before all mark them, and a closed question stays closed."""

import pytest

from confederation.deciding import common_ground
from confederation.deciding.bridging import View
from confederation.deciding.common_ground import (
    MOST_SHOWN,
    MOST_WAITING,
    AddStatement,
    AskForStatements,
    CloseQuestion,
    DrawView,
    SetAside,
    ShowStatement,
)
from confederation.errors import Invalid, TooEarly, TooLate, Unknown
from confederation.identifiers import GroundId, SessionId
from tests.confederation.builders import CLERK, MAY, a_commit, carry_out

ASK = AskForStatements(
    ground=GroundId("yard"),
    session=SessionId("may"),
    question=a_commit("What would help?"),
    by=CLERK,
    at=MAY,
)
CLOSE = CloseQuestion(by=CLERK, at=MAY)
VIEW = DrawView(view=View(people=3, unplaced=0, groups=(), lines=()), by=CLERK, at=MAY)
ASIDE = SetAside(number=1, reason="two things", by=CLERK, at=MAY)


def add(number: int = 1) -> AddStatement:
    return AddStatement(words=a_commit(f"Lamp {number}"), at=MAY)


def show(number: int = 1) -> ShowStatement:
    return ShowStatement(number=number, by=CLERK, at=MAY)


def after(*commands: common_ground.Command) -> common_ground.State:
    return carry_out(
        common_ground.decide, common_ground.evolve, common_ground.NOTHING, commands
    )


def test_a_statement_waits_until_somebody_has_looked_at_it() -> None:
    assert after(ASK, add()).waiting == (1,)
    assert after(ASK, add()).shown == ()
    assert after(ASK, add(), show()).shown == (1,)
    assert after(ASK, add(), show(), ASIDE).shown == ()
    again = after(ASK, add(), ASIDE, show())
    assert again.shown == (1,)
    assert again.statements[1].reason is None


def test_a_question_is_open_until_it_closes_and_its_view_stays() -> None:
    closed = after(ASK, VIEW, CLOSE)

    assert not common_ground.NOTHING.is_open
    assert after(ASK).is_open
    assert not closed.is_open
    assert closed.drawn is not None
    assert closed.drawn.view == VIEW.view


def test_what_targeted_a_person_is_not_shown_again() -> None:
    aside = SetAside(number=1, reason="person", by=CLERK, at=MAY)

    with pytest.raises(TooLate, match="words of this statement are gone"):
        after(ASK, add(), aside, show())


def test_there_is_room_for_so_many_and_no_more() -> None:
    many = [add(number) for number in range(MOST_WAITING + 1)]
    with pytest.raises(Invalid, match="no room"):
        after(ASK, *many)

    shown = [each for n in range(1, MOST_SHOWN + 2) for each in (add(n), show(n))]
    with pytest.raises(Invalid, match="more than 30"):
        after(ASK, *shown)


@pytest.mark.parametrize("command", [add(), show(), ASIDE, VIEW])
def test_a_question_that_is_closed_stays_as_it_is(
    command: common_ground.Command,
) -> None:
    with pytest.raises(TooLate, match="is closed"):
        after(ASK, add(2), CLOSE, command)


@pytest.mark.parametrize("command", [add(), show(), ASIDE, VIEW, CLOSE])
def test_nothing_is_answered_before_it_is_asked(
    command: common_ground.Command,
) -> None:
    with pytest.raises((TooEarly, Unknown)):
        after(command)


@pytest.mark.parametrize("command", [ASK, add(), show(), ASIDE, CLOSE])
def test_the_same_twice_changes_nothing(command: common_ground.Command) -> None:
    before = after(ASK, add(), *([] if command in (ASK, add()) else [command]))

    assert common_ground.decide(before, command) == ()


def test_nobody_shows_a_statement_that_is_not_there() -> None:
    with pytest.raises(Unknown, match="no statement 7"):
        after(ASK, show(7))
