"""An action is offered, and is somebody's only once they said yes themselves."""

from dataclasses import replace

import pytest

from confederation.dealings import action
from confederation.dealings.action import (
    ActionDeclined,
    ActionTaken,
    BlockAction,
    DropAction,
    FinishAction,
    HandBack,
    HearYes,
    JoinIn,
    SayNo,
    StartAction,
    TakeAction,
    Taker,
)
from confederation.errors import Invalid, NotEntitled, Refused, TooEarly, TooLate
from confederation.identifiers import CardNumber, MemberId, SessionId
from tests.confederation.builders import (
    CLERK,
    MAY,
    MEMBER,
    OFFER,
    a_commit,
    carry_out,
)

NEIGHBOUR = MemberId("m-neighbour")
TAKE = TakeAction(by=MEMBER, at=MAY)
START = StartAction(by=MEMBER, at=MAY)
FINISH = FinishAction(came_of_it=a_commit("light"), by=MEMBER, at=MAY)
BLOCK = BlockAction(reason=a_commit("no ladder"), by=MEMBER, at=MAY)
DROP = DropAction(reason=a_commit("rained"), by=MEMBER, at=MAY)
HEARD = HearYes(session=SessionId("evening"), card=CardNumber(57), by=CLERK, at=MAY)


def after(*commands: action.Command) -> action.State:
    return carry_out(action.decide, action.evolve, action.NOTHING, commands)


def by(command: action.Command, who: MemberId) -> action.Command:
    return replace(command, by=who)


def test_whoever_is_asked_has_been_given_nothing() -> None:
    asked = after(OFFER)

    assert asked.status == "offered"
    assert asked.asked == MEMBER
    assert asked.taker is None


def test_an_action_is_taken_by_saying_yes() -> None:
    [taken] = action.decide(after(OFFER), TAKE)

    assert isinstance(taken, ActionTaken)
    assert taken.taker == Taker(member=MEMBER)
    assert after(OFFER, TAKE).asked is None


def test_somebody_else_may_take_what_another_was_asked_to() -> None:
    taken = after(OFFER, by(TAKE, NEIGHBOUR))

    assert action.is_takers(taken, NEIGHBOUR)


def test_an_action_is_taken_once() -> None:
    with pytest.raises(Refused, match="taken this already"):
        action.decide(after(OFFER, TAKE), by(TAKE, NEIGHBOUR))

    assert action.decide(after(OFFER, TAKE), TAKE) == ()


def test_a_no_leaves_no_more_than_that_nobody_is_asked_now() -> None:
    no = SayNo(by=MEMBER, at=MAY)

    [declined] = action.decide(after(OFFER), no)

    assert isinstance(declined, ActionDeclined)
    assert MEMBER not in str(declined)
    assert after(OFFER, no).asked is None
    assert action.decide(after(OFFER, no), no) == ()


def test_nobody_answers_in_the_place_of_who_was_asked() -> None:
    assert action.decide(after(OFFER), SayNo(by=NEIGHBOUR, at=MAY)) == ()


def test_the_holder_of_a_card_says_yes_in_the_room() -> None:
    taken = after(OFFER, HEARD)

    assert taken.taker == Taker(session=SessionId("evening"), card=CardNumber(57))
    assert action.decide(taken, HEARD) == ()
    assert action.may_move(taken, NEIGHBOUR)
    with pytest.raises(Invalid, match="from 1"):
        action.decide(after(OFFER), replace(HEARD, card=CardNumber(0)))


def test_an_action_goes_from_an_offer_to_its_end() -> None:
    assert after(OFFER, TAKE, START).status == "doing"
    blocked = after(OFFER, TAKE, START, BLOCK)
    assert (blocked.status, blocked.reason) == ("blocked", BLOCK.reason)
    assert after(OFFER, TAKE, START, BLOCK, START).reason is None
    done = after(OFFER, TAKE, START, FINISH)
    assert (done.status, done.came_of_it) == ("done", FINISH.came_of_it)
    assert not done.open


@pytest.mark.parametrize("command", [START, FINISH, BLOCK])
def test_what_nobody_took_is_neither_begun_nor_done(command: action.Command) -> None:
    with pytest.raises(TooEarly, match="Nobody has said yet"):
        action.decide(after(OFFER), command)


@pytest.mark.parametrize("command", [START, FINISH, BLOCK, DROP])
def test_only_whoever_took_an_action_says_how_it_goes(command: action.Command) -> None:
    with pytest.raises(NotEntitled, match="Whoever took"):
        action.decide(after(OFFER, TAKE), by(command, NEIGHBOUR))


def test_an_offer_that_nobody_took_is_dropped_by_whoever_made_it() -> None:
    assert after(OFFER, by(DROP, CLERK)).status == "dropped"
    with pytest.raises(NotEntitled):
        action.decide(after(OFFER), DROP)


def test_what_was_handed_back_is_offered_again() -> None:
    back = after(OFFER, TAKE, HandBack(by=MEMBER, at=MAY))

    assert (back.status, back.taker) == ("offered", None)
    assert after(OFFER, TAKE, HandBack(by=MEMBER, at=MAY), by(TAKE, NEIGHBOUR)).taker
    assert action.decide(back, HandBack(by=MEMBER, at=MAY)) == ()


def test_others_join_in_and_may_leave_again() -> None:
    join = JoinIn(by=NEIGHBOUR, at=MAY)

    joined = after(OFFER, TAKE, join)

    assert joined.helpers == (NEIGHBOUR,)
    assert action.decide(joined, join) == ()
    assert after(OFFER, TAKE, join, HandBack(by=NEIGHBOUR, at=MAY)).helpers == ()
    assert action.decide(joined, JoinIn(by=MEMBER, at=MAY)) == ()


def test_a_helper_who_takes_it_is_no_helper_any_more() -> None:
    taken = after(OFFER, JoinIn(by=NEIGHBOUR, at=MAY), by(TAKE, NEIGHBOUR))

    assert taken.helpers == ()
    assert action.is_takers(taken, NEIGHBOUR)


@pytest.mark.parametrize("command", [by(TAKE, NEIGHBOUR), START, BLOCK, DROP])
def test_what_is_done_is_done(command: action.Command) -> None:
    done = after(OFFER, TAKE, FINISH)

    with pytest.raises(TooLate, match="is done"):
        action.decide(done, command)
    assert action.decide(done, FINISH) == ()


def test_what_was_never_offered_cannot_be_taken() -> None:
    with pytest.raises(TooEarly, match="has not been offered"):
        action.decide(action.NOTHING, TAKE)


def test_an_offer_sent_twice_is_one_offer() -> None:
    assert action.decide(after(OFFER), OFFER) == ()


def test_whoever_asks_themselves_has_only_to_say_yes() -> None:
    assert after(replace(OFFER, asked=CLERK)).asked is None
