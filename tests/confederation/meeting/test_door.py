"""A card is one person: counted once, voting once, and nobody's membership."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation import session
from confederation.deciding import ballot, motion
from confederation.deciding.ballot import CastVote
from confederation.deciding.motion import DraftMotion
from confederation.errors import Invalid, NotEntitled, Refused, TooLate, Unknown
from confederation.identifiers import CardNumber, MemberId, MotionId, OptionId
from confederation.meeting import count_sheet, door
from confederation.membership import entitlement
from confederation.session import (
    Channel,
    CheckIn,
    CheckOut,
    CountPresent,
    HandOutCards,
    PresentDiffered,
    PutPhoneAway,
    TakeBackCards,
    TakePhone,
)
from tests.confederation.builders import (
    CLERK,
    MAY,
    MEMBER,
    OTHER_TELLER,
    REGISTRAR,
    TELLER,
    a_session,
    a_text,
    an_assembly,
    an_open_ballot,
    carry_out,
    counts,
    markings,
    terms,
)
from tests.confederation.builders import (
    a_commit as commit,
)

HANDS: tuple[Channel, ...] = ("hands",)
PHONES_TOO: tuple[Channel, ...] = ("hands", "online")
PAPER_TOO: tuple[Channel, ...] = ("paper", "online")
ONLINE: tuple[Channel, ...] = ("online",)
FOR = (OptionId("for"),)
C7, C57, C58 = CardNumber(7), CardNumber(57), CardNumber(58)


def hand_out(text: str, *, by: MemberId = TELLER) -> HandOutCards:
    return HandOutCards(cards=door.read(text), by=by, at=MAY)


def take_back(text: str, *, by: MemberId = TELLER) -> TakeBackCards:
    return TakeBackCards(cards=door.read(text), by=by, at=MAY)


def count(number: int, *, by: MemberId = OTHER_TELLER) -> CountPresent:
    return CountPresent(count=number, basis="cards", by=by, at=MAY)


def phone(card: int, *, at: datetime = MAY) -> TakePhone:
    return TakePhone(by=CardNumber(card), at=at)


def an_evening(*more: session.Command) -> session.State:
    """Cards 1 to 151 are out, and two people agree on that."""
    return after(a_session(in_room=None), hand_out("1–151"), count(151), *more)


def after(state: session.State, *commands: session.Command) -> session.State:
    return carry_out(session.decide, session.evolve, state, commands)


class TestTheBook:
    def test_a_range_and_a_second_persons_count_make_the_electorate(self) -> None:
        read = session.electorate(an_evening(), HANDS)

        assert (read.room, read.present, read.roll) == (151, 151, ())

    def test_nothing_is_put_before_a_second_person_has_counted_the_cards(self) -> None:
        alone = after(a_session(in_room=None), hand_out("1–151"))

        with pytest.raises(Refused, match="Two people count"):
            session.electorate(alone, HANDS)

    def test_whoever_wrote_the_book_is_not_the_second_person(self) -> None:
        alone = after(a_session(in_room=None), hand_out("1–151"))

        with pytest.raises(NotEntitled, match="Somebody else counts"):
            session.decide(alone, count(151, by=TELLER))

    def test_another_number_than_the_book_says_is_counted_again(self) -> None:
        alone = after(a_session(in_room=None), hand_out("1–151"))

        [differed] = session.decide(alone, count(150))

        assert isinstance(differed, PresentDiffered)
        assert differed.counts == (151, 150)
        assert after(alone, count(150)).in_room is None

    def test_latecomers_and_returned_cards_are_read_at_the_next_opening(self) -> None:
        before = an_evening()
        put = session.electorate(before, HANDS)

        later = after(before, hand_out("152–160"), take_back("3, 9"))

        assert put.room == 151
        assert session.electorate(later, HANDS).room == 158

    def test_a_large_change_by_one_person_is_counted_by_a_second(self) -> None:
        many = after(an_evening(), hand_out("152–162"))

        with pytest.raises(Refused, match="Two people count"):
            session.electorate(many, HANDS)
        assert session.electorate(after(many, count(162)), HANDS).room == 162

    def test_many_cards_taken_back_by_one_person_are_counted_by_a_second(self) -> None:
        many = after(an_evening(), take_back("1–11"))

        with pytest.raises(Refused, match="Two people count"):
            session.electorate(many, HANDS)

    def test_writing_the_same_twice_changes_nothing(self) -> None:
        here = an_evening()

        assert session.decide(here, hand_out("1–151")) == ()
        back = after(here, take_back("7"))
        assert session.decide(back, take_back("7")) == ()

    def test_a_card_that_was_never_handed_out_does_not_come_back(self) -> None:
        with pytest.raises(Unknown, match="Not handed out tonight: 200"):
            session.decide(an_evening(), take_back("7, 200"))

    def test_a_head_count_gives_way_to_the_book(self) -> None:
        here = after(a_session(in_room=40), hand_out("41"))

        assert here.in_room is None

    @given(st.sets(st.integers(min_value=1, max_value=door.HIGHEST), min_size=1))
    def test_cards_are_read_as_they_are_written(self, numbers: set[int]) -> None:
        given_out = frozenset(map(CardNumber, numbers))

        assert door.cards(door.read(door.write(given_out))) == given_out

    @pytest.mark.parametrize(
        "typed", ["6, 7, 8, 20-25", "6 7 8 20 – 25", " 6–8\n20 -25 ", "٦، ٧، ٨، ٢٠–٢٥"]
    )
    def test_cards_are_read_as_people_type_them(self, typed: str) -> None:
        assert door.write(door.cards(door.read(typed))) == "6–8, 20–25"

    @pytest.mark.parametrize(
        "wrong", ["", "ten", "0", "10000", "9–3", "1–", "1–2–3", "-5"]
    )
    def test_what_is_no_card_is_not_read(self, wrong: str) -> None:
        with pytest.raises(Invalid):
            door.read(wrong)


class TestOnePerson:
    def test_a_card_on_a_phone_is_not_counted_among_the_raised_cards(self) -> None:
        read = session.electorate(an_evening(phone(57)), PHONES_TOO)

        assert (read.roll, read.room, read.present) == ((C57,), 150, 151)

    def test_a_show_of_cards_alone_counts_phones_as_well(self) -> None:
        read = session.electorate(an_evening(phone(57)), HANDS)

        assert (read.roll, read.room) == ((), 151)

    def test_a_phone_that_was_put_away_is_counted_in_the_room_again(self) -> None:
        here = an_evening(phone(57), PutPhoneAway(by=C57, at=MAY))

        assert session.electorate(here, PHONES_TOO).room == 151

    def test_a_member_with_a_card_is_one_person(self) -> None:
        here = an_evening(CheckIn(by=MEMBER, at=MAY, card=C57))

        read = session.electorate(here, PHONES_TOO)

        assert (read.roll, read.room, read.present) == ((MEMBER,), 150, 151)

    def test_a_card_on_a_phone_becomes_the_member_who_holds_it(self) -> None:
        here = an_evening(phone(57), CheckIn(by=MEMBER, at=MAY, card=C57))

        read = session.electorate(here, PHONES_TOO)

        assert (read.roll, read.room, read.present) == ((MEMBER,), 150, 151)

    def test_a_members_card_does_not_vote_on_a_second_phone(self) -> None:
        here = an_evening(CheckIn(by=MEMBER, at=MAY, card=C57))

        with pytest.raises(Refused, match="here under their name"):
            session.decide(here, phone(57))

    def test_two_members_do_not_share_a_card(self) -> None:
        here = an_evening(CheckIn(by=MEMBER, at=MAY, card=C57))

        with pytest.raises(Refused, match="somebody else"):
            session.decide(here, CheckIn(by=CLERK, at=MAY, card=C57))

    def test_where_cards_are_out_a_member_says_which_is_theirs(self) -> None:
        with pytest.raises(Refused, match="Say which one is yours"):
            session.decide(an_evening(), CheckIn(by=MEMBER, at=MAY))

    def test_a_member_who_is_not_in_the_room_is_counted_beside_it(self) -> None:
        here = an_evening(CheckIn(by=MEMBER, at=MAY, away=True))

        read = session.electorate(here, PHONES_TOO)

        assert (read.roll, read.room, read.present) == ((MEMBER,), 151, 152)

    def test_a_member_who_checks_out_raises_their_card_again(self) -> None:
        here = an_evening(
            CheckIn(by=MEMBER, at=MAY, card=C57), CheckOut(by=MEMBER, at=MAY)
        )

        assert session.electorate(here, PHONES_TOO).room == 151

    def test_a_members_card_that_comes_back_takes_the_member_off_as_well(self) -> None:
        here = an_evening(CheckIn(by=MEMBER, at=MAY, card=C57), take_back("57"))

        read = session.electorate(here, PHONES_TOO)

        assert (read.roll, read.room, read.present) == ((), 150, 150)

    def test_a_card_that_came_back_takes_no_phone(self) -> None:
        with pytest.raises(Unknown, match="not out tonight"):
            session.decide(an_evening(take_back("57")), phone(57))

    def test_in_a_room_counted_by_heads_a_phone_is_one_head_less(self) -> None:
        here = after(
            a_session(in_room=None),
            hand_out("57", by=CLERK),
            CountPresent(count=40, basis="hands", by=TELLER, at=MAY),
            CountPresent(count=40, basis="hands", by=OTHER_TELLER, at=MAY),
            phone(57),
        )

        read = session.electorate(here, PHONES_TOO)

        assert (read.roll, read.room, read.present) == ((C57,), 39, 40)

    def test_no_question_opens_for_phones_alone_while_cards_are_raised(self) -> None:
        with pytest.raises(Refused, match="opens for the room as well"):
            session.electorate(an_evening(phone(57)), ONLINE)

    @given(st.data())
    def test_whatever_happens_at_the_door_nobody_is_counted_twice(
        self, data: st.DataObject
    ) -> None:
        here = an_evening()
        cards, members = (
            st.integers(1, 160),
            st.sampled_from([MEMBER, CLERK, REGISTRAR]),
        )
        moves = st.one_of(
            st.builds(phone, cards),
            st.builds(lambda n: PutPhoneAway(by=CardNumber(n), at=MAY), cards),
            st.builds(lambda n: hand_out(str(n)), cards),
            st.builds(lambda n: take_back(str(n)), cards),
            st.builds(
                lambda m, n: CheckIn(by=m, at=MAY, card=CardNumber(n)), members, cards
            ),
            st.builds(lambda m: CheckIn(by=m, at=MAY, away=True), members),
            st.builds(lambda m: CheckOut(by=m, at=MAY), members),
        )
        for move in data.draw(st.lists(moves, max_size=30)):
            try:
                here = after(here, move)
            except Refused:
                continue

        read = session.electorate(here, PHONES_TOO)

        away = [
            m for m in here.checked_in if m not in here.holding and m not in here.out
        ]
        assert len(set(read.roll)) == len(read.roll)
        assert len(read.roll) + read.room == read.present
        assert read.present == len(here.out) + len(away)


class TestTheBallot:
    def test_a_card_on_the_roll_votes(self) -> None:
        put = terms(channels=PHONES_TOO, held_in=an_evening(phone(57)))
        here = an_open_ballot(put, a_vote(C57))

        assert here.votes.keys() == {C57}

    def test_a_latecomer_votes_on_whatever_opens_next(self) -> None:
        put = terms(channels=PHONES_TOO, held_in=an_evening(phone(57)))

        with pytest.raises(NotEntitled, match="whatever opens next"):
            ballot.decide(an_open_ballot(put), a_vote(CardNumber(152)))

    def test_a_card_whose_paper_is_in_the_box_does_not_vote_on_a_phone(self) -> None:
        put = terms(channels=PAPER_TOO, held_in=an_evening(phone(57)), secret=True)

        with pytest.raises(TooLate, match="Your paper is in the box"):
            ballot.admit(
                an_open_ballot(put), C57, FOR, struck=False, on_paper=True, at=MAY
            )

    def test_a_card_that_voted_on_a_phone_gets_no_paper(self) -> None:
        put = terms(channels=PAPER_TOO, held_in=an_evening(phone(57)))
        here = an_open_ballot(put, a_vote(C57))

        reason = ballot.why_no_paper(here, C57, {C57}, struck=False, on_paper=False)

        assert isinstance(reason, TooLate)
        other = ballot.why_no_paper(here, C58, {C58}, struck=False, on_paper=False)
        assert other is None

    def test_a_card_struck_off_a_secret_roll_gets_no_paper(self) -> None:
        put = terms(channels=PAPER_TOO, held_in=an_evening(phone(57)), secret=True)

        reason = ballot.why_no_paper(
            an_open_ballot(put), C57, {C57}, struck=True, on_paper=False
        )

        assert isinstance(reason, TooLate)

    def test_a_card_hands_in_one_paper(self) -> None:
        put = terms(channels=PAPER_TOO, held_in=an_evening())

        reason = ballot.why_no_paper(
            an_open_ballot(put), C7, {C7}, struck=False, on_paper=True
        )

        assert isinstance(reason, TooLate)

    def test_a_card_handed_out_after_a_question_was_put_gets_no_paper_on_it(
        self,
    ) -> None:
        put = terms(channels=PAPER_TOO, held_in=an_evening())
        late = CardNumber(152)

        reason = ballot.why_no_paper(
            an_open_ballot(put), late, {late}, struck=False, on_paper=False
        )

        assert isinstance(reason, NotEntitled)
        assert "whatever opens next" in str(reason)

    def test_more_papers_than_the_room_and_those_struck_are_not_counted(self) -> None:
        put = terms(channels=PAPER_TOO, held_in=an_evening(phone(57)))
        here = an_open_ballot(put)
        [entry, _] = counts(markings(for_=151), channel="paper")
        assert isinstance(entry, count_sheet.EnterCount)

        with pytest.raises(Invalid, match="more than the 150 in the room"):
            ballot.decide(here, entry)
        assert ballot.decide(here, replace(entry, moved=1))

    def test_a_member_and_their_card_are_one_person_at_the_box(self) -> None:
        here = an_evening(
            CheckIn(by=MEMBER, at=MAY, card=C57), CheckOut(by=MEMBER, at=MAY)
        )

        assert session.voters_with(here, C57) == {C57, MEMBER}


class TestACardIsNoMember:
    def test_a_card_votes(self) -> None:
        entitlement.check(an_assembly(), a_vote(C57))

    def test_a_card_gives_no_order_that_members_give(self) -> None:
        drafting = DraftMotion(
            motion=MotionId("motion"),
            title=commit("title"),
            text=a_text(),
            by=C57,  # type: ignore[arg-type]
            at=MAY,
        )

        with pytest.raises(NotEntitled, match="for members of this"):
            entitlement.check(an_assembly(), drafting)
        assert motion.NOTHING.drafted is None


def a_vote(card: CardNumber) -> CastVote:
    return CastVote(choice=FOR, revision=1, by=card, at=MAY)
