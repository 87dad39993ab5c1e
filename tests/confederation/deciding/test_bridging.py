"""What is shared by groups that otherwise differ, and nothing about anybody."""

from collections.abc import Mapping, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confederation.deciding.bridging import FEWEST_PEOPLE, FLOOR, Count, Mark, View, see

ASKED = range(1, 13)
ROWS = {"+": "agree", "-": "disagree", "0": "pass"}
HILL, DALE = "++++++------", "+++---++++++"
"""They share 1 to 3, and stand on opposite sides of all the others."""
marks = st.sampled_from(["agree", "disagree", "pass"])
rows = st.lists(
    st.dictionaries(st.sampled_from(ASKED), marks, max_size=12), max_size=24
)


def a_row(text: str) -> dict[int, Mark]:
    """Read a row of signs; a dot is a statement that somebody left out."""
    return {n: ROWS[sign] for n, sign in zip(ASKED, text, strict=True) if sign != "."}  # type: ignore[misc]


def a_room(*people: tuple[int, str]) -> list[dict[int, Mark]]:
    return [a_row(text) for number, text in people for _ in range(number)]


def verdicts(view: View) -> dict[int, str]:
    return {line.statement: line.verdict for line in view.lines}


def test_what_both_sides_of_a_room_agree_with_is_found() -> None:
    view = see(a_room((8, HILL), (6, DALE)), ASKED)

    assert view.groups == (8, 6)
    assert [line.statement for line in view.lines[:3]] == [1, 2, 3]
    assert verdicts(view) == {n: "agreed" if n <= 3 else "divides" for n in ASKED}
    assert view.lines[0].counts == (
        Count(agree=8, disagree=0, passed=0),
        Count(agree=6, disagree=0, passed=0),
    )


def test_a_large_group_does_not_make_up_for_a_small_one() -> None:
    no_to_one = "-" + DALE[1:]

    view = see(a_room((90, HILL), (6, no_to_one)), ASKED)

    assert verdicts(view)[1] == "divides"


def test_what_all_groups_refuse_is_shared_as_well() -> None:
    view = see(a_room((8, "-" + HILL[1:]), (6, "-" + DALE[1:])), ASKED)

    assert verdicts(view)[1] == "rejected"


def test_exactly_two_thirds_are_most_and_fewer_are_not() -> None:
    agree, disagree = ((8, 7, 4, 5), (4, 5, 8, 7))
    columns = [
        ["agree"] * yes + ["disagree"] * no
        for yes, no in zip(agree, disagree, strict=True)
    ]
    people: list[dict[int, Mark]] = [
        dict(zip(range(1, 5), row, strict=True)) for row in zip(*columns, strict=True)
    ]

    view = see(people, range(1, 5))

    assert verdicts(view) == {1: "agreed", 2: "unclear", 3: "rejected", 4: "unclear"}
    assert [line.statement for line in view.lines] == [1, 3, 2, 4]


def test_a_group_of_two_minds_divides_nobody() -> None:
    no_to_one = "-" + HILL[1:]

    even = see(a_room((4, HILL), (4, no_to_one), (6, DALE)), ASKED)
    most = see(a_room((3, HILL), (5, no_to_one), (6, DALE)), ASKED)

    assert verdicts(even)[1] == "unclear"
    assert verdicts(most)[1] == "divides"


def test_ten_people_and_ten_statements_are_enough() -> None:
    ten = range(1, 11)

    view = see(a_room((5, HILL), (5, DALE)), ten)

    assert sorted(view.groups) == [5, 5]
    assert {line.statement for line in view.lines} == set(ten)


def test_whoever_marked_half_is_in_the_room_and_whoever_marked_nothing_is_not() -> None:
    half: dict[int, Mark] = {1: "agree", 2: "agree"}
    elsewhere: dict[int, Mark] = {7: "agree", 8: "agree"}

    view = see([*[half] * 10, {}, elsewhere], range(1, 5))

    assert (view.people, view.unplaced, view.groups) == (10, 0, (10,))


@pytest.mark.parametrize(("group", "shown"), [(10, True), (11, False)])
def test_a_figure_is_shown_that_half_of_a_group_made(
    *, group: int, shown: bool
) -> None:
    rest: dict[int, Mark] = {2: "agree", 3: "agree"}
    marked: dict[int, Mark] = {**rest, 1: "agree"}

    view = see([*[marked] * 5, *[rest] * (group - 5)], range(1, 4))

    [line] = (each for each in view.lines if each.statement == 1)
    assert (line.verdict == "agreed") == shown
    assert (line.counts[0] is not None) == shown


def test_what_a_group_alone_says_tells_it_from_the_others() -> None:
    view = see(a_room((8, HILL), (6, DALE)), ASKED)

    assert view.typical(0) == ((4, "agree"), (5, "agree"), (6, "agree"))
    assert view.typical(1) == ((4, "disagree"), (5, "disagree"), (6, "disagree"))


def test_a_group_of_four_is_not_shown() -> None:
    four = see(a_room((12, HILL), (FLOOR - 1, DALE)), ASKED)
    five = see(a_room((12, HILL), (FLOOR, DALE)), ASKED)

    assert four.groups == (16,)
    assert five.groups == (12, 5)


def test_of_fewer_than_ten_people_nothing_is_shown() -> None:
    view = see(a_room((5, HILL), (4, DALE)), ASKED)

    assert view == View(people=9, unplaced=0, groups=(), lines=())


def test_with_few_statements_no_groups_are_made_of_chance() -> None:
    view = see(a_room((8, HILL), (6, DALE)), range(1, 10))

    assert view.groups == (14,)


def test_whoever_marked_less_than_half_is_in_no_group() -> None:
    view = see(a_room((8, HILL), (6, DALE), (2, "+++++.......")), ASKED)

    assert (view.people, view.unplaced, view.groups) == (16, 2, (8, 6))


def test_a_figure_that_too_few_of_a_group_made_is_not_shown() -> None:
    left_out = "." + DALE[1:]

    view = see(a_room((9, HILL), (4, left_out), (4, DALE)), ASKED)

    line = next(each for each in view.lines if each.statement == 1)
    assert line.counts == (Count(agree=9, disagree=0, passed=0), None)
    assert line.verdict == "too few"


def test_a_room_without_sides_stays_one_group() -> None:
    chance = Random(7)
    room: list[Mapping[int, Mark]] = [
        {n: "agree" if chance.random() < 0.8 else "disagree" for n in ASKED}
        for _ in range(40)
    ]

    assert see(room, ASKED).groups == (40,)


def test_three_groups_are_found_where_there_are_three() -> None:
    room = a_room((9, "++++----++--"), (8, "++--++--++++"), (7, "++--++++----"))

    view = see(room, ASKED)

    assert view.groups == (9, 8, 7)
    assert {n for n, verdict in verdicts(view).items() if verdict == "agreed"} == {1, 2}


@settings(max_examples=40, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_the_order_in_which_people_marked_says_nothing(
    room: list[dict[int, Mark]], chance: Random
) -> None:
    again = [dict(chance.sample([*row.items()], len(row))) for row in room]
    chance.shuffle(again)

    assert see(again, ASKED) == see(room, ASKED)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([HILL, DALE, "+" * 12, "0" * 12]), max_size=40))
def test_nobody_is_shown_in_a_small_group_and_nobody_twice(
    texts: Sequence[str],
) -> None:
    view = see([a_row(text) for text in texts], ASKED)

    assert all(size >= FLOOR for size in view.groups)
    assert sum(view.groups) == (len(texts) if len(texts) >= FEWEST_PEOPLE else 0)
    for line in view.lines:
        for size, count in zip(view.groups, line.counts, strict=True):
            assert count is None or FLOOR <= count.marked <= size


@pytest.mark.parametrize("wise", range(2))
def test_one_more_who_agrees_never_makes_a_shared_statement_less_shared(
    wise: int,
) -> None:
    room = a_room((8, HILL), (6, DALE))

    more = see([*room, a_row((HILL, DALE)[wise])], ASKED)

    assert all(verdicts(more)[n] == "agreed" for n in (1, 2, 3))
