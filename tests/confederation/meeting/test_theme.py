"""What many said in their own words is gathered under one heading."""

import pytest

from confederation.errors import Unknown
from confederation.identifiers import SessionId
from confederation.meeting import theme
from confederation.meeting.point import Place
from confederation.meeting.theme import DropTheme, GatherPoints, NameTheme
from tests.confederation.builders import CLERK, MAY, a_commit, carry_out

EVENING = SessionId("evening")
DAMP, COLD = (
    NameTheme(session=EVENING, theme=n, words=a_commit(says), by=CLERK, at=MAY)
    for n, says in ((1, "damp"), (2, "cold"))
)
ONE, TWO = Place(table=1, number=2), Place(table=4, number=1)


def gathering(number: int, *places: Place) -> GatherPoints:
    return GatherPoints(session=EVENING, theme=number, places=places, by=CLERK, at=MAY)


def after(*commands: theme.Command) -> theme.State:
    return carry_out(theme.decide, theme.evolve, theme.NOTHING, commands)


def test_a_point_stands_under_one_theme_at_a_time() -> None:
    moved = after(DAMP, COLD, gathering(1, ONE, TWO), gathering(2, TWO))

    assert moved.themes[1].places == (ONE,)
    assert moved.themes[2].places == (TWO,)


def test_points_under_a_theme_are_in_the_order_of_the_sheets() -> None:
    assert after(DAMP, gathering(1, TWO), gathering(1, ONE)).themes[1].places == (
        ONE,
        TWO,
    )


def test_gathering_the_same_points_again_changes_nothing() -> None:
    assert theme.decide(after(DAMP, gathering(1, ONE)), gathering(1, ONE)) == ()


def test_a_theme_that_is_dropped_lets_its_points_go_and_is_not_named_again() -> None:
    drop = DropTheme(session=EVENING, theme=1, by=CLERK, at=MAY)
    dropped = after(DAMP, gathering(1, ONE), drop)

    assert dropped.theme_of(ONE) is None
    assert theme.decide(dropped, drop) == ()
    assert theme.decide(dropped, DAMP) == ()


def test_a_theme_named_anew_keeps_its_points() -> None:
    anew = NameTheme(
        session=EVENING, theme=1, words=a_commit("mould"), by=CLERK, at=MAY
    )

    assert after(DAMP, gathering(1, ONE), anew).themes[1].places == (ONE,)


def test_there_is_no_gathering_under_a_theme_that_is_not_there() -> None:
    with pytest.raises(Unknown):
        theme.decide(theme.NOTHING, gathering(1, ONE))
    with pytest.raises(Unknown):
        theme.decide(theme.NOTHING, COLD)
