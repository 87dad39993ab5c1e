"""In a listening circle one person speaks at a time, and nobody has to."""

from dataclasses import replace

import pytest

from confederation.errors import Invalid, TooEarly, TooLate
from confederation.identifiers import CardNumber, SessionId
from confederation.meeting import circle
from confederation.meeting.circle import (
    BeginRound,
    EndRound,
    PassThePiece,
    TakeThePieceBack,
)
from tests.confederation.builders import CLERK, MAY, carry_out

EVENING = SessionId("circle")
SEATS = tuple(CardNumber(n) for n in (7, 3, 9))
ROUND = BeginRound(
    session=EVENING,
    round=1,
    question=None,
    order=SEATS,
    seconds=120,
    by=CLERK,
    at=MAY,
)


def passing(turn: int) -> PassThePiece:
    return PassThePiece(session=EVENING, round=1, turn=turn, by=None, at=MAY)


def after(*commands: circle.Command) -> circle.State:
    return carry_out(circle.decide, circle.evolve, circle.NOTHING, commands)


def test_the_piece_goes_round_in_order_until_everybody_had_it() -> None:
    held = [
        after(ROUND, *map(passing, range(turns))).holder
        for turns in range(len(SEATS) + 1)
    ]

    assert held == [*SEATS, None]


def test_a_piece_passed_twice_by_a_double_click_moves_once() -> None:
    moved = after(ROUND, passing(0))

    assert circle.decide(moved, passing(0)) == ()
    assert moved.holder == SEATS[1]


def test_a_piece_passed_by_mistake_comes_back() -> None:
    back = TakeThePieceBack(session=EVENING, round=1, turn=1, by=CLERK, at=MAY)

    assert after(ROUND, passing(0), back).holder == SEATS[0]


def test_nobody_passes_a_piece_that_has_not_come_round() -> None:
    with pytest.raises(TooLate):
        circle.decide(after(ROUND), passing(2))
    with pytest.raises(TooEarly):
        circle.decide(circle.NOTHING, passing(0))


def test_a_round_that_is_over_is_over() -> None:
    end = EndRound(session=EVENING, round=1, by=CLERK, at=MAY)
    over = after(ROUND, end)

    assert over.holder is None
    assert circle.decide(over, end) == ()
    with pytest.raises(TooLate):
        circle.decide(over, passing(0))


def test_a_second_round_begins_with_the_first_person_again() -> None:
    second = replace(ROUND, round=2)

    again = after(ROUND, passing(0), second)

    assert again.holder == SEATS[0]
    assert circle.decide(again, second) == ()


@pytest.mark.parametrize(
    "order",
    [(), (SEATS[0], SEATS[0]), tuple(CardNumber(n) for n in range(1, 62))],
)
def test_a_circle_is_of_people_who_can_hear_each_other(
    order: tuple[CardNumber, ...],
) -> None:
    with pytest.raises(Invalid):
        circle.decide(circle.NOTHING, replace(ROUND, order=order))


@pytest.mark.parametrize("seconds", [14, 3601])
def test_a_turn_is_long_enough_to_speak_and_ends(seconds: int) -> None:
    with pytest.raises(Invalid):
        circle.decide(circle.NOTHING, replace(ROUND, seconds=seconds))
