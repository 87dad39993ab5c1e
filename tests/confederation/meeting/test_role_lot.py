"""A role is drawn before the room, and a draw is not taken back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.errors import Invalid, TooLate
from confederation.identifiers import CardNumber, SessionId
from confederation.meeting import role_lot
from confederation.meeting.breakout import Seat
from confederation.meeting.role_lot import DrawRole
from tests.confederation.builders import CLERK, MAY, MEMBER, carry_out

DRAW = DrawRole(
    session=SessionId("may"),
    draw=1,
    job="facilitator",
    seats=(CardNumber(1), CardNumber(2), MEMBER),
    seed="5eed" * 8,
    by=CLERK,
    at=MAY,
)


def after(*commands: role_lot.Command) -> role_lot.State:
    return carry_out(role_lot.decide, role_lot.evolve, role_lot.NOTHING, commands)


@given(st.permutations(DRAW.seats))
def test_the_seed_says_who_and_nobody_is_left_out(seats: list[Seat]) -> None:
    line = role_lot.in_line(tuple(seats), seed=DRAW.seed)

    assert line == role_lot.in_line(DRAW.seats, seed=DRAW.seed)
    assert set(line) == set(DRAW.seats)


def test_everybody_is_drawn_first_by_some_seed() -> None:
    seeds = [f"{number:032x}" for number in range(40)]

    assert {role_lot.in_line(DRAW.seats, seed=each)[0] for each in seeds} == {
        *DRAW.seats
    }


def test_a_draw_stands_and_the_next_one_stands_beside_it() -> None:
    again = replace(DRAW, seed="beef" * 8)

    held = after(DRAW, again, replace(again, draw=2))

    assert [each.seed for each in held.draws] == [DRAW.seed, again.seed]
    with pytest.raises(TooLate, match="Another draw"):
        after(replace(DRAW, draw=2))


def test_a_lot_is_among_two_or_more() -> None:
    with pytest.raises(Invalid, match="two people or more"):
        after(replace(DRAW, seats=(MEMBER, MEMBER)))


def test_a_meeting_does_not_draw_for_ever() -> None:
    draws = [replace(DRAW, draw=n) for n in range(1, role_lot.MOST_DRAWS + 2)]

    with pytest.raises(TooLate, match="agree in the room"):
        after(*draws)
