"""A place is what an assembly says of itself, and overlaps where the words do."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from confederation.errors import Invalid
from confederation.matters import place
from confederation.matters.place import Bounds, Centre, SayPlace, TakeBackPlace
from tests.confederation.builders import CLERK, MAY, a_commit, carry_out

HERE = SayPlace(
    place=a_commit("Ropewalk"),
    parts=(a_commit("Quay Lane"),),
    centre=Centre(latitude=5145, longitude=-258),
    by=CLERK,
    at=MAY,
)
names = some.text(max_size=8)
bounds = some.builds(Bounds, name=names, parts=some.lists(names).map(tuple))


def after(*commands: place.Command) -> place.State:
    return carry_out(place.decide, place.evolve, place.NOTHING, commands)


def test_what_is_said_last_stands_and_the_same_again_changes_nothing() -> None:
    there = replace(HERE, place=a_commit("Harbour"))
    said = after(HERE, there).said

    assert said is not None
    assert said.place == there.place
    assert place.decide(after(HERE), HERE) == ()


def test_a_place_that_is_taken_back_stands_no_more() -> None:
    back = TakeBackPlace(by=CLERK, at=MAY)

    assert after(HERE, back).said is None
    assert place.decide(place.NOTHING, back) == ()


@pytest.mark.parametrize("centre", [(90_01, 0), (-90_01, 0), (0, 180_01), (0, -180_01)])
def test_a_point_is_on_the_globe(centre: tuple[int, int]) -> None:
    off = Centre(latitude=centre[0], longitude=centre[1])

    with pytest.raises(Invalid, match="between -90 and 90"):
        place.decide(place.NOTHING, replace(HERE, centre=off))


def test_nobody_lists_more_streets_than_anybody_reads() -> None:
    many = tuple(a_commit(str(each)) for each in range(place.MOST_PARTS + 1))

    with pytest.raises(Invalid, match="at most"):
        place.decide(place.NOTHING, replace(HERE, parts=many))


def test_two_places_meet_in_their_name_or_in_what_both_list() -> None:
    ours = Bounds(name="Ropewalk", parts=("Quay  Lane", "Mill Stairs"))

    same = place.overlap(ours, Bounds(name="ropewalk"))
    shared = place.overlap(
        ours, Bounds(name="Harbour", parts=("quay lane", "Old Yard"))
    )

    assert same is not None
    assert same.same_name
    assert same.parts == ()
    assert shared is not None
    assert not shared.same_name
    assert shared.parts == ("Quay  Lane",)
    assert place.overlap(ours, Bounds(name="Harbour", parts=("Quay",))) is None


@given(bounds, bounds)
def test_whoever_overlaps_with_us_is_overlapped_by_us(
    one: Bounds, other: Bounds
) -> None:
    forth, back = place.overlap(one, other), place.overlap(other, one)

    assert (forth is None) == (back is None)
    if forth is not None and back is not None:
        assert len(forth.parts) == len(back.parts)
