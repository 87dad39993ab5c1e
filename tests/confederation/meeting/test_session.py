"""Who is present is counted by two, and is the base of every quorum."""

from dataclasses import replace
from datetime import datetime

import pytest

from confederation import session
from confederation.errors import Invalid, NotEntitled, Refused, TooEarly, TooLate
from confederation.identifiers import MemberId
from confederation.session import (
    CancelSession,
    Channel,
    CheckIn,
    CheckOut,
    CloseSession,
    ConfirmElectorate,
    CountPresent,
    MoveSession,
    PresentDiffered,
    PresentEntered,
)
from tests.confederation.builders import (
    CLERK,
    DAY,
    MAY,
    MEMBER,
    MINUTE,
    OTHER_TELLER,
    PEOPLE,
    REGISTRAR,
    STRANGER,
    TELLER,
    TELLERS,
    a_call,
    a_session,
    an_opening,
    carry_out,
    checked_in,
    head_counts,
)

HANDS: tuple[Channel, ...] = ("hands",)
ONLINE: tuple[Channel, ...] = ("online",)


def a_move(*, starts_at: datetime, at: datetime = MAY) -> MoveSession:
    return MoveSession(
        starts_at=starts_at, place=None, place_told="members", by=CLERK, at=at
    )


def after(state: session.State, *commands: session.Command) -> session.State:
    return carry_out(session.decide, session.evolve, state, commands)


class TestOpeningAndClosing:
    def test_a_session_is_sure_at_the_latest_when_it_opens(self) -> None:
        call = a_call()
        unsure = replace(call, notice=replace(call.notice, tentative=True))
        called = after(session.NOTHING, unsure)

        assert called.tentative
        assert not after(called, an_opening()).tentative

    def test_a_session_is_called_opened_and_closed(self) -> None:
        called = after(session.NOTHING, a_call())
        opened = after(called, an_opening())
        closed = after(opened, CloseSession(by=CLERK, at=MAY + MINUTE))

        assert not called.is_open
        assert opened.is_open
        assert not closed.is_open

    def test_each_of_these_happens_once(self) -> None:
        closing = CloseSession(by=CLERK, at=MAY + MINUTE)
        opened = a_session()

        assert session.decide(opened, a_call()) == ()
        assert session.decide(opened, an_opening()) == ()
        assert session.decide(after(opened, closing), closing) == ()

    def test_a_session_is_not_called_for_a_time_gone_by(self) -> None:
        with pytest.raises(TooLate):
            session.decide(session.NOTHING, a_call(starts_at=MAY - 2 * DAY))

    def test_a_session_does_not_open_before_the_time_that_people_were_told(
        self,
    ) -> None:
        called = after(session.NOTHING, a_call())

        with pytest.raises(TooEarly, match="4 May 2026, 19:00"):
            session.decide(called, an_opening(at=MAY - MINUTE))

    def test_a_session_nobody_was_called_to_does_not_open(self) -> None:
        with pytest.raises(TooEarly):
            session.decide(session.NOTHING, an_opening())

    def test_before_it_opens_nobody_arrives_and_nothing_is_closed(self) -> None:
        called = after(session.NOTHING, a_call())

        for command in (CheckIn(by=MEMBER, at=MAY), CloseSession(by=CLERK, at=MAY)):
            with pytest.raises(TooEarly):
                session.decide(called, command)

    def test_a_closed_session_does_not_open_again(self) -> None:
        closed = a_session(CloseSession(by=CLERK, at=MAY))

        with pytest.raises(TooLate):
            session.decide(closed, an_opening())


class TestPresence:
    def test_two_people_who_counted_alike_settle_the_count(self) -> None:
        assert a_session(*head_counts(38)).in_room == 38

    def test_one_person_alone_does_not(self) -> None:
        counting = head_counts(38, by=[TELLER, TELLER])

        assert a_session(*counting, in_room=None).in_room is None

    def test_two_who_counted_differently_both_count_again(self) -> None:
        first, second = head_counts(38, by=[TELLER]), head_counts(39, by=[OTHER_TELLER])
        waiting = a_session(*first, in_room=None)

        [differed] = session.decide(waiting, second[0])
        again = session.evolve(waiting, differed)

        assert isinstance(differed, PresentDiffered)
        assert differed.counts == (38, 39)
        assert again.in_room is None
        assert after(again, *head_counts(39)).in_room == 39

    def test_whoever_counted_wrong_corrects_themselves(self) -> None:
        waiting = a_session(*head_counts(3, by=[TELLER]), in_room=None)

        [corrected] = session.decide(waiting, head_counts(39, by=[TELLER])[0])

        assert isinstance(corrected, PresentEntered)
        both = after(
            session.evolve(waiting, corrected), *head_counts(39, by=[OTHER_TELLER])
        )
        assert both.in_room == 39

    def test_counting_the_same_again_changes_nothing(self) -> None:
        counted = a_session(in_room=40)

        assert session.decide(counted, head_counts(40)[1]) == ()
        waiting = after(counted, head_counts(41)[0])
        assert session.decide(waiting, head_counts(41)[0]) == ()

    def test_the_room_is_counted_again_when_people_come_and_go(self) -> None:
        assert a_session(*head_counts(44), in_room=40).present == 44

    def test_present_are_those_in_the_room_and_those_who_checked_in(self) -> None:
        hybrid = a_session(*checked_in(MEMBER, CLERK, MEMBER), in_room=30)

        assert hybrid.present == 32
        assert after(hybrid, CheckOut(by=CLERK, at=MAY)).present == 31

    def test_checking_in_or_out_twice_changes_nothing(self) -> None:
        arrived = a_session(*checked_in(MEMBER))

        assert session.decide(arrived, CheckIn(by=MEMBER, at=MAY)) == ()
        assert session.decide(arrived, CheckOut(by=CLERK, at=MAY)) == ()

    @pytest.mark.parametrize(
        "command",
        [
            CheckIn(by=STRANGER, at=MAY),
            CountPresent(count=9, basis="cards", by=STRANGER, at=MAY),
        ],
    )
    def test_nobody_takes_part_under_a_name_that_is_not_on_the_roll(
        self, command: session.Command
    ) -> None:
        with pytest.raises(NotEntitled):
            session.decide(a_session(), command)

    def test_a_negative_count_is_refused(self) -> None:
        with pytest.raises(Invalid):
            session.decide(a_session(), head_counts(-1)[0])

    def test_after_closing_nobody_arrives(self) -> None:
        closed = a_session(CloseSession(by=CLERK, at=MAY))

        with pytest.raises(TooLate, match="19:00"):
            session.decide(closed, CheckIn(by=MEMBER, at=MAY))


class TestElectorate:
    @pytest.mark.parametrize("channels", [("hands",), ("paper",), ("hands", "paper")])
    def test_in_the_room_everyone_present_may_vote(
        self, channels: tuple[Channel, ...]
    ) -> None:
        here = a_session(*checked_in(MEMBER), in_room=30)

        may_decide = session.electorate(here, channels)

        assert (may_decide.roll, may_decide.room) == ((), 31)
        assert (may_decide.present, may_decide.members) == (31, 31)

    def test_nobody_is_in_the_room_and_on_the_online_roll(self) -> None:
        here = a_session(*checked_in(MEMBER, CLERK), in_room=2)

        may_decide = session.electorate(here, ("hands", "online"))

        assert may_decide.roll == (MEMBER, CLERK)
        assert may_decide.room == 2
        assert may_decide.present == 4
        assert may_decide.members == 5

    def test_a_question_put_online_is_put_to_every_member(self) -> None:
        here = a_session(*checked_in(MEMBER), in_room=None)

        may_decide = session.electorate(here, ONLINE)

        assert may_decide.roll == tuple(sorted(PEOPLE))
        assert (may_decide.room, may_decide.present) == (0, 1)

    @pytest.mark.parametrize("channels", [("hands",), ("paper", "online")])
    def test_a_room_is_counted_before_it_decides(
        self, channels: tuple[Channel, ...]
    ) -> None:
        uncounted = a_session(*checked_in(MEMBER), in_room=None)

        with pytest.raises(TooEarly, match="count"):
            session.electorate(uncounted, channels)

    def test_a_listening_circle_takes_no_votes(self) -> None:
        circle = a_session(kind="listening circle")

        with pytest.raises(Refused, match="listens"):
            session.electorate(circle, HANDS)

    def test_a_closed_session_decides_nothing(self) -> None:
        closed = a_session(CloseSession(by=CLERK, at=MAY))

        with pytest.raises(TooLate):
            session.electorate(closed, HANDS)

    def test_the_published_electorate_holds_counts_and_no_name(self) -> None:
        published = session.fact(a_session(*checked_in(MEMBER), in_room=30))

        assert (published.present, published.members) == (31, 31)
        assert published.levels == {"seen in person": 5}
        assert published.basis == "hands and check-in"
        assert not any(person in repr(published) for person in PEOPLE)


def confirming(teller: int, *, present: int = 40) -> ConfirmElectorate:
    who = TELLERS[teller]
    return ConfirmElectorate(by=who.member, key=who.key, present=present, at=MAY)


class TestConfirmation:
    def test_two_tellers_confirm_how_many_are_present(self) -> None:
        confirmed = a_session(confirming(0), confirming(1), confirming(0))

        assert confirmed.confirmed_by == (TELLERS[0].key, TELLERS[1].key)

    def test_a_new_count_is_confirmed_anew(self) -> None:
        recounted = a_session(confirming(0), *head_counts(41))

        assert recounted.confirmed_by == ()
        renewed = after(recounted, confirming(1, present=41))
        assert renewed.confirmed_by == (TELLERS[1].key,)

    def test_a_teller_does_not_confirm_another_number(self) -> None:
        with pytest.raises(TooLate, match="40 present"):
            session.decide(a_session(), confirming(0, present=400))

    @pytest.mark.parametrize("impostor", [CLERK, REGISTRAR])
    def test_whoever_is_no_teller_confirms_nothing(self, impostor: MemberId) -> None:
        forged = ConfirmElectorate(by=impostor, key=TELLERS[0].key, present=40, at=MAY)

        with pytest.raises(NotEntitled):
            session.decide(a_session(), forged)


class TestCallingOff:
    OFF = CancelSession(by=CLERK, at=MAY - MINUTE)

    def test_a_session_is_called_off_once_and_does_not_open_then(self) -> None:
        off = after(session.NOTHING, a_call(), self.OFF)

        assert off.cancelled_at == MAY - MINUTE
        assert session.decide(off, self.OFF) == ()
        with pytest.raises(TooLate, match="called off"):
            session.decide(off, an_opening())

    def test_a_session_that_has_opened_is_closed_and_not_called_off(self) -> None:
        with pytest.raises(TooLate, match="closed, not called off"):
            session.decide(a_session(), self.OFF)

    def test_what_was_never_called_is_not_called_off(self) -> None:
        with pytest.raises(TooEarly):
            session.decide(session.NOTHING, self.OFF)


class TestMoving:
    def test_a_session_takes_place_where_and_when_was_said_last(self) -> None:
        called = after(session.NOTHING, a_call())
        assert called.called is not None
        told = called.called.notice

        moved = after(called, a_move(starts_at=MAY + DAY))

        assert moved.called is not None
        assert moved.called.notice == replace(told, starts_at=MAY + DAY)

    def test_moving_it_to_where_it_is_changes_nothing(self) -> None:
        moved = after(session.NOTHING, a_call(), a_move(starts_at=MAY + DAY))

        assert session.decide(moved, a_move(starts_at=MAY + DAY)) == ()

    def test_it_is_moved_to_a_time_to_come(self) -> None:
        called = after(session.NOTHING, a_call())

        with pytest.raises(TooLate, match="time to come"):
            session.decide(called, a_move(starts_at=MAY - DAY, at=MAY))

    def test_it_is_not_moved_once_it_has_opened_or_was_called_off(self) -> None:
        called = after(session.NOTHING, a_call())
        off = after(called, CancelSession(by=CLERK, at=MAY))

        with pytest.raises(TooLate, match="has opened"):
            session.decide(a_session(), a_move(starts_at=MAY + DAY))
        with pytest.raises(TooLate, match="called off"):
            session.decide(off, a_move(starts_at=MAY + DAY))
        with pytest.raises(TooEarly, match="has not been called"):
            session.decide(session.NOTHING, a_move(starts_at=MAY + DAY))
