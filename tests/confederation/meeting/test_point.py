"""What a table said is heard, and goes somewhere that everybody can see."""

from dataclasses import replace

import pytest

from confederation.errors import Invalid, TooEarly, TooLate, Unknown
from confederation.identifiers import SessionId
from confederation.meeting import point
from confederation.meeting.point import (
    WHOLE_ROOM,
    End,
    EndPoint,
    Place,
    PointRecorded,
    RecordPoint,
    SettlePoints,
    StrikePoint,
)
from tests.confederation.builders import CLERK, MAY, a_commit, carry_out

EVENING = SessionId("evening")
FIRST = Place(table=4, number=1)
PARKED = End(became="parked", words=a_commit("the council holds the key"))
RECORDING = RecordPoint(
    session=EVENING,
    place=FIRST,
    what=a_commit("the stairs are dark"),
    why=a_commit("people fall"),
    by=None,
    at=MAY,
)
ENDING = EndPoint(session=EVENING, place=FIRST, end=PARKED, by=CLERK, at=MAY)
SETTLING = SettlePoints(session=EVENING, by=CLERK, at=MAY)
STRIKING = StrikePoint(session=EVENING, place=FIRST, by=None, at=MAY)


def after(*commands: point.Command) -> point.State:
    return carry_out(point.decide, point.evolve, point.NOTHING, commands)


def at(table: int, number: int) -> RecordPoint:
    return replace(RECORDING, place=Place(table=table, number=number))


def test_a_point_says_what_and_why() -> None:
    [recorded] = point.decide(point.NOTHING, RECORDING)

    assert isinstance(recorded, PointRecorded)
    assert (recorded.what, recorded.why) == (RECORDING.what, RECORDING.why)


def test_a_point_recorded_twice_is_one_point() -> None:
    assert point.decide(after(RECORDING), RECORDING) == ()


@pytest.mark.parametrize("number", [0, 4, -1])
def test_a_table_brings_three_points_at_most(number: int) -> None:
    full = after(at(4, 1), at(4, 2), at(4, 3))

    with pytest.raises(Invalid, match="at most 3 points"):
        point.decide(full, at(4, number))

    assert point.next_number(full, 4) is None
    assert point.next_number(full, 5) == 1


def test_the_whole_room_has_more_lines_than_a_table() -> None:
    room = after(at(WHOLE_ROOM, 1), at(WHOLE_ROOM, 2), at(WHOLE_ROOM, 3))

    assert point.next_number(room, WHOLE_ROOM) == 4
    with pytest.raises(Invalid, match="room for 30"):
        point.decide(room, at(WHOLE_ROOM, 31))


def test_there_is_no_table_below_the_first() -> None:
    with pytest.raises(Invalid, match="numbered from 1"):
        point.decide(point.NOTHING, at(-1, 1))


def test_a_point_in_other_words_keeps_where_it_went() -> None:
    reworded = replace(RECORDING, what=a_commit("the stairs have no light"))

    [found] = after(RECORDING, ENDING, reworded).in_order

    assert found.what == reworded.what
    assert found.end == PARKED


def test_a_point_that_was_struck_leaves_its_number_free() -> None:
    struck = after(at(4, 1), at(4, 2), STRIKING)

    assert [each.place for each in struck.in_order] == [Place(table=4, number=2)]
    assert point.next_number(struck, 4) == 1
    assert point.decide(struck, STRIKING) == ()


def test_points_stand_in_the_order_of_the_sheets() -> None:
    found = after(at(5, 1), at(4, 2), at(WHOLE_ROOM, 1), at(4, 1))

    assert [(e.place.table, e.place.number) for e in found.in_order] == [
        (0, 1),
        (4, 1),
        (4, 2),
        (5, 1),
    ]


@pytest.mark.parametrize(
    ("end", "asks"),
    [
        (End(became="issue"), "which issue"),
        (End(became="action"), "which action"),
        (End(became="answered"), "the answer"),
        (End(became="parked"), "one reason"),
    ],
)
def test_an_end_says_what_belongs_to_it(end: End, asks: str) -> None:
    with pytest.raises(Invalid, match=asks):
        point.decide(after(RECORDING), replace(ENDING, end=end))


def test_a_point_that_nobody_made_goes_nowhere() -> None:
    with pytest.raises(Unknown, match="Point 1 of table 4"):
        point.decide(point.NOTHING, ENDING)


def test_until_the_minutes_are_approved_an_end_is_said_anew() -> None:
    became = End(became="action", to="a lamp for the stairs")

    [found] = after(RECORDING, ENDING, replace(ENDING, end=became)).in_order

    assert found.end == became


def test_an_end_said_twice_is_said_once() -> None:
    assert point.decide(after(RECORDING, ENDING), ENDING) == ()


def test_no_point_is_left_without_an_end() -> None:
    with pytest.raises(TooEarly, match="Point 2 of table 4 has not gone anywhere yet"):
        point.decide(after(RECORDING, ENDING, at(4, 2)), SETTLING)

    assert after(RECORDING, ENDING, SETTLING).settled_at == MAY


def test_a_meeting_without_points_has_none_left() -> None:
    assert after(SETTLING).settled_at == MAY


@pytest.mark.parametrize(
    "late",
    [
        at(4, 2),
        replace(RECORDING, what=a_commit("something else")),
        STRIKING,
        replace(ENDING, end=End(became="answered", words=a_commit("yes"))),
    ],
)
def test_what_the_minutes_say_of_points_is_changed_no_more(
    late: point.Command,
) -> None:
    settled = after(RECORDING, ENDING, SETTLING)

    with pytest.raises(TooLate, match="propose a correction"):
        point.decide(settled, late)


def test_points_are_settled_once() -> None:
    assert point.decide(after(RECORDING, ENDING, SETTLING), SETTLING) == ()
