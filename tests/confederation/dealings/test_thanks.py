"""What people did is celebrated, however small, and nobody is ranked by it."""

from dataclasses import replace

import pytest

from confederation.dealings import thanks
from confederation.dealings.thanks import (
    AgreeToThanks,
    GiveThanks,
    ShareDeed,
    TakeBackThanks,
)
from confederation.errors import Invalid, NotEntitled, TooEarly
from confederation.identifiers import MemberId, ThanksId
from tests.confederation.builders import CLERK, MAY, MEMBER, a_commit, carry_out

NEIGHBOUR = MemberId("m-neighbour")
DEED = ShareDeed(
    thanks=ThanksId("soup"),
    what=a_commit("cooked soup"),
    told="everyone",
    by=MEMBER,
    at=MAY,
)
THANK = GiveThanks(
    thanks=ThanksId("lamp"),
    words=a_commit("for the lamp"),
    to=NEIGHBOUR,
    told="everyone",
    by=MEMBER,
    at=MAY,
)
AGREE = AgreeToThanks(by=NEIGHBOUR, at=MAY)
TAKE_BACK = TakeBackThanks(by=MEMBER, at=MAY)


def after(*commands: thanks.Command) -> thanks.State:
    return carry_out(thanks.decide, thanks.evolve, thanks.NOTHING, commands)


def test_a_deed_is_for_whom_its_doer_says() -> None:
    assert after(DEED).public
    assert not after(replace(DEED, told="members")).public


def test_thanks_wait_for_the_yes_of_whoever_is_thanked() -> None:
    waiting = after(THANK)

    assert waiting.awaits == NEIGHBOUR
    assert not waiting.public
    agreed = after(THANK, AGREE)
    assert agreed.public
    assert agreed.awaits is None
    assert thanks.decide(agreed, AGREE) == ()


def test_nobody_agrees_in_the_place_of_another() -> None:
    for who in (MEMBER, CLERK):
        with pytest.raises(NotEntitled, match="was thanked"):
            thanks.decide(after(THANK), replace(AGREE, by=who))


def test_agreeing_makes_nothing_public_that_was_for_members() -> None:
    among_us = replace(THANK, told="members")

    assert not after(among_us, AGREE).public


def test_thanks_to_all_who_had_a_hand_in_it_name_nobody() -> None:
    assert after(replace(THANK, to=None)).public


def test_nobody_thanks_themselves() -> None:
    with pytest.raises(Invalid, match="somebody else"):
        thanks.decide(thanks.NOTHING, replace(THANK, to=MEMBER))


@pytest.mark.parametrize("who", [MEMBER, NEIGHBOUR])
def test_either_of_the_two_takes_it_back(who: MemberId) -> None:
    gone = after(THANK, AGREE, replace(TAKE_BACK, by=who))

    assert not gone.public
    assert not gone.stands
    assert thanks.decide(gone, TAKE_BACK) == ()
    assert thanks.decide(gone, AGREE) == ()


def test_nobody_else_takes_it_back() -> None:
    with pytest.raises(NotEntitled):
        thanks.decide(after(THANK), replace(TAKE_BACK, by=CLERK))


def test_what_was_sent_twice_is_there_once() -> None:
    assert thanks.decide(after(DEED), DEED) == ()
    assert thanks.decide(after(THANK), THANK) == ()


def test_what_nobody_shared_is_neither_agreed_to_nor_taken_back() -> None:
    for command in (AGREE, TAKE_BACK):
        with pytest.raises(TooEarly):
            thanks.decide(thanks.NOTHING, command)
