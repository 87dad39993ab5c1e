"""Numbers of people are told only as far as they give nobody away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.errors import Invalid, TooLate
from confederation.identifiers import Digest, SessionId
from confederation.membership import demographics
from confederation.membership.demographics import (
    FEWEST_SHOWN,
    AskWhoCame,
    Line,
    PublishCounts,
    shown,
)
from tests.confederation.builders import CLERK, MAY, a_commit, carry_out

counts = st.dictionaries(st.integers(0, 12), st.integers(0, 40), min_size=1)
AGE = (a_commit("How old are you?"), (a_commit("under 30"), a_commit("30 or over")))


def after(*commands: demographics.Command) -> demographics.State:
    return carry_out(
        demographics.decide, demographics.evolve, demographics.NOTHING, commands
    )


@given(counts)
def test_nothing_below_five_is_shown_nor_can_be_worked_out(
    numbers: dict[int, int],
) -> None:
    told = shown(numbers)
    back = [numbers[each] for each, number in told.items() if number is None]

    assert all(number is None or number >= FEWEST_SHOWN for number in told.values())
    assert {each: n for each, n in told.items() if n is not None}.items() <= (
        numbers.items()
    )
    # The total is known, so what is held back is known as a sum.
    assert not back or len(back) == len(numbers) or len(back) > 1
    assert not back or len(back) == len(numbers) or sum(back) >= FEWEST_SHOWN


def test_one_small_number_takes_the_next_smallest_along() -> None:
    assert shown({0: 30, 1: 12, 2: 3}) == {0: 30, 1: None, 2: None}
    assert shown({0: 30, 1: 12}) == {0: 30, 1: 12}
    assert shown({0: 40, 1: 9, 2: 1, 3: 1}) == {0: 40, 1: None, 2: None, 3: None}
    assert shown({0: 40, 1: 3, 2: 4}) == {0: 40, 1: None, 2: None}


def test_a_new_question_never_has_the_number_of_an_old_one() -> None:
    choose = AskWhoCame(questions=(AGE,), by=CLERK, at=MAY)

    state = after(choose, choose)

    assert [each.number for each in state.questions] == [2]


def test_a_question_needs_a_choice() -> None:
    lone = AskWhoCame(questions=((AGE[0], AGE[1][:1]),), by=CLERK, at=MAY)

    with pytest.raises(Invalid):
        demographics.decide(demographics.NOTHING, lone)


def test_numbers_are_told_once_and_in_one_version() -> None:
    def tell(number: int) -> PublishCounts:
        line = Line(words=AGE[0], answers=((AGE[1][0], number), (None, None)))
        return PublishCounts(
            session=SessionId("evening"),
            lines=(line,),
            decision=Digest("sha256:00"),
            by=CLERK,
            at=MAY,
        )

    told = after(tell(7))

    assert demographics.decide(told, tell(7)) == ()
    with pytest.raises(TooLate):
        demographics.decide(told, tell(8))
