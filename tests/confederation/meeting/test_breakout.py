"""Tables are drawn by lot before the eyes of the room."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import CardNumber, MemberId, SessionId
from confederation.meeting import breakout
from confederation.meeting.breakout import (
    BeginTables,
    DrawTables,
    HandInReport,
    Seat,
    SeatLatecomer,
    UndoDraw,
    Wishes,
    draw,
    together,
)
from tests.confederation.builders import CLERK, MAY, carry_out

EVENING = SessionId("evening")
SEED = "5eed" * 8
CARDS: tuple[Seat, ...] = tuple(CardNumber(n) for n in range(1, 161))
DRAWING = DrawTables(
    session=EVENING,
    draw=1,
    seats=CARDS,
    wishes=Wishes(size=8),
    seed=SEED,
    by=CLERK,
    at=MAY,
)

seeds = some.text("0123456789abcdef", min_size=32, max_size=64)
rooms = some.sets(some.integers(1, 200), min_size=1, max_size=90).map(
    lambda numbers: tuple(CardNumber(n) for n in numbers)
)


def after(*commands: breakout.Command) -> breakout.State:
    return carry_out(breakout.decide, breakout.evolve, breakout.NOTHING, commands)


def test_a_hundred_and_sixty_people_sit_at_twenty_tables_of_eight() -> None:
    tables = after(DRAWING).tables

    assert len(tables) == 20
    assert {len(table.seats) for table in tables} == {8}


@given(rooms, some.integers(2, 20), seeds)
def test_everybody_sits_at_one_table_and_none_is_much_larger(
    room: tuple[CardNumber, ...], size: int, seed: str
) -> None:
    tables = draw(room, Wishes(size=size), seed=seed)

    seated = [seat for table in tables for seat in table.seats]
    lengths = [len(table.seats) for table in tables]
    assert sorted(seated, key=str) == sorted(room, key=str)
    assert max(lengths) <= size
    assert max(lengths) - min(lengths) <= 1


@given(rooms, some.integers(2, 20), seeds)
def test_the_order_at_the_door_is_nothing_to_the_draw(
    room: tuple[CardNumber, ...], size: int, seed: str
) -> None:
    shuffled = tuple(sorted(room, reverse=True))

    assert draw(room, Wishes(size=size), seed=seed) == draw(
        shuffled, Wishes(size=size), seed=seed
    )


@given(rooms, some.integers(2, 12), seeds, some.data())
def test_helpers_are_spread_over_the_tables(
    room: tuple[CardNumber, ...], size: int, seed: str, data: some.DataObject
) -> None:
    helpers = tuple(data.draw(some.sets(some.sampled_from(room))))

    tables = draw(room, Wishes(size=size, helpers=helpers), seed=seed)

    at_each = [len(set(table.seats) & set(helpers)) for table in tables]
    assert max(at_each) - min(at_each) <= 1


@given(rooms, some.integers(2, 12), seeds, some.data())
def test_who_is_to_be_kept_apart_is_where_there_are_tables_and_seats_enough(
    room: tuple[CardNumber, ...], size: int, seed: str, data: some.DataObject
) -> None:
    tables = len(draw(room, Wishes(size=size), seed=seed))
    # Helpers sit down first: so few of them that each table has a seat left.
    most_helpers = tables * max(0, len(room) // tables - 1)
    group = tuple(data.draw(some.sets(some.sampled_from(room), max_size=tables)))
    helpers = tuple(
        data.draw(some.sets(some.sampled_from(room), max_size=most_helpers))
    )
    wishes = Wishes(size=size, helpers=helpers, apart=(group,))

    assert together(draw(room, wishes, seed=seed), wishes) == ()


def test_where_helpers_fill_a_table_it_is_said_who_sits_together() -> None:
    one, two, three = CARDS[:3]
    wishes = Wishes(size=2, helpers=(one, three), apart=((one, two),))

    tables = draw((one, two, three), wishes, seed=SEED)

    assert [set(table.seats) for table in together(tables, wishes)] == [{one, two}]


def test_where_there_are_too_few_tables_it_is_said_who_sits_together() -> None:
    wishes = Wishes(size=2, apart=(CARDS[:3],))

    tables = draw(CARDS[:4], wishes, seed=SEED)

    assert len(together(tables, wishes)) == 1


def test_a_draw_pressed_twice_is_one_draw() -> None:
    drawn = after(DRAWING)

    again = replace(DRAWING, seed="abcd" * 8)

    assert breakout.decide(drawn, again) == ()


def test_a_draw_taken_back_brings_the_one_before_it_back() -> None:
    first = after(DRAWING)
    second = replace(DRAWING, draw=2, seed="abcd" * 8)

    undone = after(DRAWING, second, UndoDraw(session=EVENING, draw=2, by=CLERK, at=MAY))

    assert undone.tables == first.tables
    assert breakout.decide(undone, second) == ()


def test_taking_back_a_draw_that_was_replaced_takes_nothing_back() -> None:
    second = replace(DRAWING, draw=2)

    with pytest.raises(TooLate):
        breakout.decide(
            after(DRAWING, second), UndoDraw(session=EVENING, draw=1, by=CLERK, at=MAY)
        )


def test_a_latecomer_sits_where_fewest_are_and_once() -> None:
    short = replace(DRAWING, seats=CARDS[:15])
    late = SeatLatecomer(session=EVENING, seat=CardNumber(99), by=CLERK, at=MAY)

    seated = after(short, late)

    assert {len(table.seats) for table in seated.tables} == {8}
    assert breakout.decide(seated, late) == ()


def test_a_table_hands_in_its_own_sheet_only() -> None:
    working = after(DRAWING, BeginTables(session=EVENING, by=CLERK, at=MAY))
    first, second = working.tables[:2]
    sheet = HandInReport(
        session=EVENING, table=first.number, seat=second.seats[0], by=None, at=MAY
    )

    with pytest.raises(NotEntitled):
        breakout.decide(working, sheet)

    own = replace(sheet, seat=first.seats[0])
    handed_in = after(DRAWING, own)
    assert handed_in.tables[0].status == "reported"
    assert breakout.decide(handed_in, own) == ()


def test_nobody_can_be_seated_before_anybody_is_there() -> None:
    with pytest.raises(Invalid):
        breakout.decide(breakout.NOTHING, replace(DRAWING, seats=()))
    with pytest.raises(TooEarly):
        breakout.decide(
            breakout.NOTHING,
            SeatLatecomer(session=EVENING, seat=MemberId("m"), by=CLERK, at=MAY),
        )


@pytest.mark.parametrize("size", [0, 1, 21])
def test_a_table_has_a_size_at_which_people_can_talk(size: int) -> None:
    with pytest.raises(Invalid):
        breakout.decide(breakout.NOTHING, replace(DRAWING, wishes=Wishes(size=size)))


def test_nobody_sits_at_two_tables() -> None:
    with pytest.raises(Invalid):
        breakout.decide(breakout.NOTHING, replace(DRAWING, seats=(CARDS[0], CARDS[0])))


def test_there_is_no_sheet_of_a_table_that_is_not_there() -> None:
    sheet = HandInReport(session=EVENING, table=77, seat=None, by=CLERK, at=MAY)

    with pytest.raises(Unknown):
        breakout.decide(after(DRAWING), sheet)
