"""One machine at a time holds the pen, and two tellers can take it back."""

from functools import reduce

import pytest

from confederation.confederal import pen
from confederation.confederal.pen import (
    Command,
    Event,
    LeavePenOut,
    LendPen,
    PenAskedBack,
    PenReturned,
    PenTakenBack,
    ReturnPen,
    State,
    TakePenBack,
)
from confederation.errors import NotEntitled, Refused, TooLate, Unknown
from confederation.identifiers import LendingId, MemberId
from tests.confederation.builders import MAY

ONE, TWO = LendingId("one"), LendingId("two")
ADA, BEN, CLEO = MemberId("ada"), MemberId("ben"), MemberId("cleo")
TELLERS = frozenset({ADA, BEN})


def after(*commands: Command) -> State:
    def carry(state: State, command: Command) -> State:
        return reduce(pen.evolve, pen.decide(state, command), state)

    return reduce(carry, commands, pen.NOTHING)


def lend(lending: LendingId = ONE) -> LendPen:
    return LendPen(lending=lending, by=None, at=MAY)


def give_back(lending: LendingId = ONE) -> ReturnPen:
    return ReturnPen(lending=lending, at=MAY)


def take_back(
    by: MemberId, lending: LendingId = ONE, tellers: frozenset[MemberId] = TELLERS
) -> TakePenBack:
    return TakePenBack(lending=lending, tellers=tellers, by=by, at=MAY)


def test_a_pen_that_is_lent_is_not_lent_again() -> None:
    with pytest.raises(Refused, match="only one"):
        pen.decide(after(lend()), lend(TWO))

    assert after(lend(), give_back(), lend(TWO)).lending == TWO


def test_asking_for_the_same_lending_again_changes_nothing() -> None:
    assert pen.decide(after(lend()), lend()) == ()


def test_it_comes_home_once() -> None:
    out = after(lend())

    assert pen.decide(out, give_back()) == (PenReturned(lending=ONE, at=MAY),)
    assert not after(lend(), give_back()).is_out
    assert pen.decide(after(lend(), give_back()), give_back()) == ()


def test_nobody_else_brings_it_home() -> None:
    with pytest.raises(Unknown):
        pen.decide(after(lend()), give_back(TWO))


def test_one_teller_alone_does_not_take_it_back() -> None:
    asked = after(lend(), take_back(ADA))

    assert asked.is_out
    assert pen.decide(asked, take_back(ADA)) == ()


def test_two_tellers_take_it_back() -> None:
    asked = after(lend(), take_back(ADA))

    events: tuple[Event, ...] = pen.decide(asked, take_back(BEN))

    assert events == (PenTakenBack(lending=ONE, by=(ADA, BEN), at=MAY),)
    assert not after(lend(), take_back(ADA), take_back(BEN)).is_out


def test_whoever_is_no_teller_takes_nothing_back() -> None:
    with pytest.raises(NotEntitled):
        pen.decide(after(lend(), take_back(ADA)), take_back(CLEO))


def test_the_word_of_one_who_is_a_teller_no_longer_does_not_count() -> None:
    now = frozenset({BEN, CLEO})

    asked = pen.decide(after(lend(), take_back(ADA)), take_back(BEN, tellers=now))

    assert asked == (PenAskedBack(lending=ONE, by=BEN, at=MAY),)


def test_a_teller_can_think_better_of_it() -> None:
    thought_better = LeavePenOut(lending=ONE, by=ADA, at=MAY)
    left_out = after(lend(), take_back(ADA), thought_better)

    assert left_out.asked_back_by is None
    assert pen.decide(left_out, thought_better) == ()
    with pytest.raises(NotEntitled):
        pen.decide(
            after(lend(), take_back(ADA)), LeavePenOut(lending=ONE, by=BEN, at=MAY)
        )


def test_a_machine_that_lost_the_pen_hands_nothing_in() -> None:
    lost = after(lend(), take_back(ADA), take_back(BEN))

    with pytest.raises(TooLate, match="entered again"):
        pen.decide(lost, give_back())
    with pytest.raises(TooLate):
        pen.decide(
            after(lend(), take_back(ADA), take_back(BEN), lend(TWO)), give_back()
        )


def test_a_pen_that_came_home_is_not_taken_back() -> None:
    with pytest.raises(TooLate):
        pen.decide(after(lend(), give_back()), take_back(ADA))
