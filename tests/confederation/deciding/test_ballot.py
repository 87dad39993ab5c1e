"""A ballot is counted by the terms it was put under, and never says who voted how."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.counting import lot
from confederation.counting.consensus import BLOCK
from confederation.counting.consent import CONSENT
from confederation.counting.majority import AGAINST, FOR
from confederation.deciding import ballot, question
from confederation.deciding import result as results
from confederation.deciding.ballot import (
    CastVote,
    ConfirmDecision,
    OpenBallot,
    VoidVote,
)
from confederation.deciding.decision import Outcome
from confederation.deciding.question import BLANK, Papers, Terms
from confederation.deciding.result import Result
from confederation.errors import (
    Invalid,
    NotEntitled,
    Refused,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import MemberId, OptionId, SubAssemblyId
from confederation.meeting.count_sheet import (
    CountDiffered,
    CountEntered,
    EnterCount,
    EnterUpheld,
    Marking,
)
from confederation.session import Channel
from tests.confederation.builders import (
    CLERK,
    DAY,
    MAY,
    MEMBER,
    OTHER_TELLER,
    PEOPLE,
    REGISTRAR,
    SEED,
    STRANGER,
    TELLER,
    TELLERS,
    a_closing,
    a_commit,
    a_digest,
    a_session,
    an_open_ballot,
    carry_out,
    checked_in,
    counts,
    markings,
    rules,
    terms,
)

ONLINE: tuple[Channel, ...] = ("online",)
REPAIR, MOVE, WAIT = (OptionId(name) for name in ("repair", "move", "wait"))


def after(state: ballot.State, *commands: ballot.Command) -> ballot.State:
    return carry_out(ballot.decide, ballot.evolve, state, commands)


def a_vote(
    by: MemberId, *choice: OptionId, revision: int = 1, at: datetime = MAY
) -> CastVote:
    return CastVote(by=by, choice=choice, revision=revision, at=at)


def result_of(state: ballot.State) -> Result:
    assert state.decided is not None
    return state.decided.result


def ranked_terms(**changed: object) -> Terms:
    put = terms(
        method="ranked",
        channels=ONLINE,
        options=(REPAIR, MOVE, WAIT),
        keep=WAIT,
        held_in=a_session(*checked_in(*PEOPLE), in_room=None),
    )
    return replace(put, **changed)  # type: ignore[arg-type]


def weighing(
    raised: int, upheld: int, *, by: tuple[MemberId, ...] = (TELLER, OTHER_TELLER)
) -> list[ballot.Command]:
    return [
        EnterUpheld(raised=raised, upheld=upheld, by=teller, at=MAY) for teller in by
    ]


class TestOpening:
    def test_a_ballot_opens_once(self) -> None:
        opened = an_open_ballot()

        again = OpenBallot(terms=terms(text="another"), by=CLERK, at=MAY)

        assert opened.is_open
        assert ballot.decide(opened, again) == ()

    def test_nobody_puts_their_own_proposal_to_the_vote(self) -> None:
        opening = OpenBallot(terms=terms(), proposer=MEMBER, by=MEMBER, at=MAY)

        with pytest.raises(NotEntitled):
            ballot.decide(ballot.NOTHING, opening)

    def test_whoever_holds_every_office_puts_their_own_proposal_too(self) -> None:
        opening = OpenBallot(
            terms=terms(), proposer=MEMBER, others=False, by=MEMBER, at=MAY
        )

        assert ballot.decide(ballot.NOTHING, opening)

    def test_another_puts_it_and_what_nobody_proposed_anybody_puts(self) -> None:
        by_another = OpenBallot(terms=terms(), proposer=MEMBER, by=CLERK, at=MAY)
        by_the_clock = OpenBallot(terms=terms(), by=None, at=MAY)

        for opening in (by_another, by_the_clock):
            assert ballot.decide(ballot.NOTHING, opening)

    def test_a_ballot_is_open_from_its_opening_to_its_count(self) -> None:
        closed = an_open_ballot(terms(), *counts(markings(for_=20)), a_closing())

        assert not ballot.NOTHING.is_open
        assert an_open_ballot().is_open
        assert not closed.is_open

    def test_a_ballot_closes_after_it_opens(self) -> None:
        opening = OpenBallot(terms=terms(closes_at=MAY), by=CLERK, at=MAY)

        with pytest.raises(TooLate):
            ballot.decide(ballot.NOTHING, opening)

    @pytest.mark.parametrize(
        ("wrong", "reason"),
        [
            (terms(under=rules(methods=("consent",))), "does not provide"),
            (terms(secret=True), "not secret"),
            (replace(terms(), channels=()), "at least one"),
            (replace(terms(), channels=("hands", "hands")), "once"),
            (terms(method="consent", channels=("paper",), secret=True), "heard"),
            (terms(options=(REPAIR, MOVE)), "options of its own"),
            (ranked_terms(channels=("hands",)), "by hands"),
            (ranked_terms(options=(WAIT,)), "two or more"),
            (ranked_terms(options=(WAIT, MOVE, MOVE)), "different"),
            (ranked_terms(options=(WAIT, BLANK)), "blank"),
            (ranked_terms(keep=None), "always an option"),
            (ranked_terms(keep=OptionId("elsewhere")), "always an option"),
            (ranked_terms(lot=None), "seed"),
        ],
    )
    def test_terms_that_the_rules_do_not_allow_are_refused(
        self, wrong: Terms, reason: str
    ) -> None:
        with pytest.raises(Refused, match=reason):
            ballot.decide(ballot.NOTHING, OpenBallot(terms=wrong, by=CLERK, at=MAY))

    def test_a_vote_on_a_person_is_in_the_room_or_secret_where_the_rules_let_it(
        self,
    ) -> None:
        here = a_session(*checked_in(MEMBER))
        online: tuple[Channel, ...] = ("paper", "online")
        lenient = rules(persons_online=True)

        by_hand = terms(person=True)
        on_paper = terms(person=True, channels=("paper",), secret=True)
        secret = terms(
            person=True, channels=online, secret=True, under=lenient, held_in=here
        )

        for allowed in (by_hand, on_paper, secret):
            question.check(allowed)
        with pytest.raises(Refused, match="in the room, on paper, or secret"):
            question.check(replace(secret, secret=False))
        with pytest.raises(Refused, match="nobody can guard a screen"):
            question.check(replace(secret, rules=rules()))


class TestHands:
    @pytest.mark.parametrize(
        ("counted", "outcome"),
        [
            (markings(for_=20, against=10, abstain=5), "passed"),
            (markings(for_=19, against=10, abstain=5), "rejected"),
            (markings(for_=13), "no quorum"),
            (markings(for_=14), "passed"),
            (markings(for_=4, abstain=10), "passed"),
            (markings(against=30), "rejected"),
            ((), "no quorum"),
        ],
    )
    def test_two_thirds_with_a_third_of_forty_present(
        self, counted: tuple[Marking, ...], outcome: Outcome
    ) -> None:
        closed = an_open_ballot(terms(), *counts(counted), a_closing())

        assert result_of(closed).outcome == outcome

    def test_two_thirds_of_those_present_is_more_than_of_the_votes(self) -> None:
        under = replace(rules(), threshold_of="present")
        of_present = terms(under=under)

        short = an_open_ballot(of_present, *counts(markings(for_=26)), a_closing())
        enough = an_open_ballot(of_present, *counts(markings(for_=27)), a_closing())

        assert result_of(short).outcome == "rejected"
        assert result_of(enough).outcome == "passed"

    def test_the_result_shows_the_sum(self) -> None:
        counted = markings(for_=20, against=10, abstain=5)

        result = result_of(an_open_ballot(terms(), *counts(counted), a_closing()))

        assert result.tally is not None
        assert (result.tally.size, result.tally.needed) == (30, 20)
        assert (result.quorum.size, result.quorum.needed) == (40, 14)
        assert result.quorum.cast == 35
        assert result.counts == {"for": 20, "against": 10, "abstain": 5}

    def test_tellers_who_counted_differently_both_count_again(self) -> None:
        opened = an_open_ballot()
        [mine] = counts(markings(for_=20), by=[TELLER])
        [theirs] = counts(markings(for_=21), by=[OTHER_TELLER])

        waiting = after(opened, mine)
        [differed] = ballot.decide(waiting, theirs)
        again = ballot.evolve(waiting, differed)

        assert isinstance(differed, CountDiffered)
        with pytest.raises(TooEarly, match="yet to agree"):
            ballot.decide(again, a_closing())
        agreed = after(again, *counts(markings(for_=21)))
        assert ballot.turnout(agreed) == 21

    def test_one_teller_alone_does_not_settle_a_count(self) -> None:
        alone = an_open_ballot(terms(), *counts(markings(for_=20), by=[TELLER, TELLER]))

        with pytest.raises(TooEarly):
            ballot.decide(alone, a_closing())

    def test_a_teller_corrects_themselves_before_the_other_has_counted(self) -> None:
        [wrong] = counts(markings(for_=2), by=[TELLER])
        [right] = counts(markings(for_=20), by=[TELLER])

        [corrected] = ballot.decide(an_open_ballot(terms(), wrong), right)

        assert isinstance(corrected, CountEntered)
        assert corrected.markings == markings(for_=20)

    def test_tellers_agree_whatever_order_they_wrote_it_down_in(self) -> None:
        [one] = counts(markings(for_=20, against=3, abstain=0), by=[TELLER])
        [other] = counts(markings(against=3, for_=20), by=[OTHER_TELLER])

        assert ballot.turnout(an_open_ballot(terms(), one, other)) == 23

    def test_a_count_that_was_agreed_stays(self) -> None:
        counted = counts(markings(for_=20))
        agreed = an_open_ballot(terms(), *counted)
        closed = after(agreed, a_closing())

        for state in (agreed, closed):
            assert ballot.decide(state, counted[1]) == ()
            with pytest.raises(TooLate, match="already agreed"):
                ballot.decide(state, counts(markings(for_=25))[0])

    def test_more_hands_than_people_are_refused(self) -> None:
        with pytest.raises(Invalid, match="41 were counted, more than the 40"):
            an_open_ballot(terms(), *counts(markings(for_=41)))

    def test_hands_and_papers_together_are_no_more_than_people(self) -> None:
        both = terms(channels=("hands", "paper"))
        by_hand = counts(markings(for_=30))

        with pytest.raises(Invalid, match="41 were counted"):
            an_open_ballot(both, *by_hand, *counts(markings(for_=11), channel="paper"))

    @pytest.mark.parametrize("impostor", [CLERK, MEMBER, STRANGER])
    def test_only_tellers_count(self, impostor: MemberId) -> None:
        [forged] = counts(markings(for_=20), by=[impostor])

        with pytest.raises(NotEntitled):
            ballot.decide(an_open_ballot(), forged)

    @pytest.mark.parametrize(
        ("wrong", "channel"),
        [
            ((Marking(choice=(), papers=3),), "hands"),
            (markings(perhaps=3), "hands"),
            (markings(for_=-3), "hands"),
            ((Marking(choice=(FOR, AGAINST), papers=3),), "hands"),
            (markings(for_=3), "paper"),
            (markings(for_=3), "online"),
        ],
    )
    def test_what_cannot_have_been_counted_is_refused(
        self, wrong: tuple[Marking, ...], channel: Channel
    ) -> None:
        entering = EnterCount(channel=channel, markings=wrong, by=TELLER, at=MAY)

        with pytest.raises(Invalid):
            ballot.decide(an_open_ballot(), entering)

    def test_before_opening_nothing_is_counted(self) -> None:
        with pytest.raises(TooEarly):
            ballot.decide(ballot.NOTHING, counts(markings(for_=1))[0])


class TestNamedVotes:
    def online(self, *more: ballot.Command, closes_at: bool = False) -> ballot.State:
        put = terms(
            method="majority",
            channels=ONLINE,
            held_in=a_session(in_room=None),
            closes_at=MAY + DAY if closes_at else None,
        )
        return an_open_ballot(put, *more)

    def test_a_vote_can_be_changed_until_closing(self) -> None:
        changed = self.online(
            a_vote(MEMBER, FOR), a_vote(MEMBER, AGAINST, revision=2), a_closing()
        )

        assert result_of(changed).counts[AGAINST] == 1
        assert result_of(changed).counts[FOR] == 0

    def test_of_two_revisions_the_higher_counts_whichever_arrives_first(self) -> None:
        newer_first = self.online(
            a_vote(MEMBER, AGAINST, revision=2), a_vote(MEMBER, FOR)
        )

        assert newer_first.votes[MEMBER].choice == (AGAINST,)

    def test_a_vote_delivered_twice_counts_once(self) -> None:
        voted = self.online(a_vote(MEMBER, FOR))

        assert ballot.decide(voted, a_vote(MEMBER, FOR)) == ()
        assert ballot.turnout(voted) == 1

    def test_two_different_votes_under_one_revision_are_not_mixed_up(self) -> None:
        voted = self.online(a_vote(MEMBER, FOR))

        with pytest.raises(Refused, match="Vote again"):
            ballot.decide(voted, a_vote(MEMBER, AGAINST))

    def test_after_the_hour_that_people_were_told_no_vote_is_taken(self) -> None:
        late = MAY + DAY

        with pytest.raises(TooLate, match=r"closed at .*, 19:00"):
            ballot.decide(self.online(closes_at=True), a_vote(MEMBER, FOR, at=late))

    def test_nobody_closes_before_that_hour(self) -> None:
        with pytest.raises(TooEarly, match="5 May 2026, 19:00"):
            ballot.decide(self.online(closes_at=True), a_closing())
        assert ballot.decide(self.online(closes_at=True), a_closing(at=MAY + DAY))

    def test_whose_paper_is_in_the_box_in_the_room_does_not_vote_online(self) -> None:
        opened = self.online()

        refusal = ballot.why_not(opened, MEMBER, struck=False, on_paper=True, at=MAY)

        assert isinstance(refusal, TooLate)
        with pytest.raises(TooLate, match="your vote is in"):
            ballot.admit(opened, MEMBER, (FOR,), struck=False, on_paper=True, at=MAY)

    def test_whoever_blocks_says_why_and_it_is_kept(self) -> None:
        asked = terms(
            method="consensus",
            channels=ONLINE,
            held_in=a_session(in_room=None),
            under=rules(methods=("consensus",)),
        )
        opened = an_open_ballot(asked)
        blocking = a_vote(MEMBER, BLOCK)

        with pytest.raises(Invalid, match="say why"):
            ballot.decide(opened, blocking)
        told = after(opened, replace(blocking, reason=a_commit("flood")))
        assert told.votes[MEMBER].reason == a_commit("flood")
        assert ballot.decide(opened, a_vote(MEMBER, CONSENT))

    def test_a_closed_ballot_takes_no_vote_and_forgets_none(self) -> None:
        closed = self.online(a_vote(MEMBER, FOR), a_closing())

        with pytest.raises(TooLate):
            ballot.decide(closed, a_vote(CLERK, FOR))
        assert ballot.decide(closed, a_vote(MEMBER, FOR)) == ()
        assert ballot.decide(closed, a_closing()) == ()

    @pytest.mark.parametrize(
        "vote",
        [
            a_vote(MEMBER, OptionId("perhaps")),
            a_vote(MEMBER, FOR, AGAINST),
            a_vote(MEMBER, FOR, revision=0),
        ],
    )
    def test_a_vote_that_cannot_be_is_refused(self, vote: CastVote) -> None:
        with pytest.raises(Invalid):
            ballot.decide(self.online(), vote)

    def test_whoever_joined_after_the_question_was_put_waits_for_the_next(
        self,
    ) -> None:
        with pytest.raises(NotEntitled, match="opens next"):
            ballot.decide(self.online(), a_vote(STRANGER, FOR))

    def test_whoever_votes_in_the_room_does_not_vote_online_as_well(self) -> None:
        hybrid = terms(
            channels=("hands", "online"), held_in=a_session(*checked_in(MEMBER))
        )

        opened = an_open_ballot(hybrid)

        assert ballot.why_not(opened, MEMBER, struck=False, at=MAY) is None
        refusal = ballot.why_not(opened, CLERK, struck=False, at=MAY)
        assert isinstance(refusal, NotEntitled)

    def test_before_it_opens_a_ballot_takes_no_vote(self) -> None:
        refusal = ballot.why_not(ballot.NOTHING, MEMBER, struck=False, at=MAY)
        assert isinstance(refusal, TooEarly)

    def test_a_show_of_hands_takes_no_vote_online(self) -> None:
        with pytest.raises(NotEntitled, match="taken by hands"):
            ballot.decide(an_open_ballot(), a_vote(MEMBER, FOR))

    def test_the_vote_of_somebody_not_eligible_is_voided_and_the_base_stays(
        self,
    ) -> None:
        voiding = VoidVote(member=MEMBER, by=REGISTRAR, at=MAY)
        voted = self.online(a_vote(MEMBER, FOR), a_vote(CLERK, AGAINST))

        voided = after(voted, voiding)

        result = result_of(after(voided, a_closing()))
        assert (result.counts[FOR], result.counts[AGAINST]) == (0, 1)
        assert result.quorum.size == 5
        assert ballot.decide(voided, voiding) == ()
        with pytest.raises(NotEntitled, match="voided"):
            ballot.decide(voided, a_vote(MEMBER, FOR, revision=2))

    def test_after_the_count_no_vote_is_voided(self) -> None:
        closed = self.online(a_vote(MEMBER, FOR), a_closing())

        with pytest.raises(TooLate):
            ballot.decide(closed, VoidVote(member=MEMBER, by=REGISTRAR, at=MAY))

    def test_nobody_is_voided_who_is_not_on_the_roll(self) -> None:
        with pytest.raises(Unknown):
            ballot.decide(
                self.online(), VoidVote(member=STRANGER, by=REGISTRAR, at=MAY)
            )

    def test_a_question_put_online_needs_its_quorum_of_all_members(self) -> None:
        one = result_of(self.online(a_vote(MEMBER, FOR), a_closing()))
        two = result_of(
            self.online(a_vote(MEMBER, FOR), a_vote(CLERK, FOR), a_closing())
        )

        assert (one.quorum.base, one.quorum.size) == ("members", 5)
        assert (one.outcome, two.outcome) == ("no quorum", "passed")


class TestSecretVotes:
    def opened(self, *more: ballot.Command) -> ballot.State:
        put = terms(
            method="majority",
            channels=ONLINE,
            secret=True,
            held_in=a_session(in_room=None),
        )
        return an_open_ballot(put, *more)

    def test_no_event_holds_a_secret_vote(self) -> None:
        with pytest.raises(Refused, match="secret"):
            ballot.decide(self.opened(), a_vote(MEMBER, FOR))

    def test_a_secret_vote_is_admitted_once(self) -> None:
        opened = self.opened()

        ballot.admit(opened, MEMBER, (FOR,), struck=False, at=MAY)

        with pytest.raises(TooLate, match="cast once"):
            ballot.admit(opened, MEMBER, (FOR,), struck=True, at=MAY)
        with pytest.raises(Invalid):
            ballot.admit(opened, MEMBER, (OptionId("x"),), struck=False, at=MAY)
        with pytest.raises(NotEntitled):
            ballot.admit(opened, STRANGER, (FOR,), struck=False, at=MAY)

    def test_what_is_in_the_box_is_counted_at_the_close(self) -> None:
        box = (*markings(for_=3, against=1), Marking(choice=(), papers=1))

        result = result_of(self.opened(a_closing(box=box, struck=5)))

        assert result.outcome == "passed"
        assert result.counts == {"for": 3, "against": 1, "abstain": 0, "blank": 1}
        assert result.quorum.cast == 5

    @pytest.mark.parametrize(
        ("box", "struck"),
        [
            (markings(for_=3), 4),
            (markings(for_=4), 3),
            (markings(for_=6), 6),
            (markings(for_=3, against=0), 3),
            (markings(perhaps=3), 3),
        ],
    )
    def test_a_box_that_does_not_fit_the_roll_is_not_counted(
        self, box: tuple[Marking, ...], struck: int
    ) -> None:
        with pytest.raises(Invalid):
            ballot.decide(self.opened(), a_closing(box=box, struck=struck))

    def test_a_named_ballot_has_no_box_to_stuff(self) -> None:
        counted = counts(markings(for_=20))
        stuffed = a_closing(box=markings(for_=9), struck=9)

        papers = counts(markings(for_=20), channel="paper")
        on_paper = terms(channels=("paper",), secret=True)
        at_home = terms(channels=ONLINE, held_in=a_session(in_room=None))
        for opened in (
            an_open_ballot(terms(), *counted),
            an_open_ballot(on_paper, *papers),
            an_open_ballot(at_home),
        ):
            with pytest.raises(Invalid, match="has a box"):
                ballot.decide(opened, stuffed)

    def test_a_secret_vote_cannot_be_voided(self) -> None:
        with pytest.raises(Refused, match="cannot be found"):
            ballot.decide(self.opened(), VoidVote(member=MEMBER, by=REGISTRAR, at=MAY))

    def test_while_it_is_open_only_the_turnout_is_known(self) -> None:
        assert ballot.turnout(self.opened(), struck=3) == 3


class TestConsentRound:
    def opened(self, *more: ballot.Command) -> ballot.State:
        return an_open_ballot(terms(method="consent"), *more)

    def test_consent_passes_when_no_objection_is_raised(self) -> None:
        positions = counts(markings(consent=30, stand_aside=2))

        result = result_of(self.opened(*positions, a_closing()))

        assert result.outcome == "passed"
        assert result.positions is not None
        assert result.positions.stand_aside == 2

    @pytest.mark.parametrize(
        ("upheld", "outcome"), [(0, "passed"), (1, "rejected"), (2, "rejected")]
    )
    def test_an_objection_that_the_round_upholds_withholds_consent(
        self, upheld: int, outcome: Outcome
    ) -> None:
        positions = counts(markings(consent=30, objection=2))

        closed = self.opened(*positions, *weighing(2, upheld), a_closing())

        assert result_of(closed).outcome == outcome

    def test_every_objection_is_tested_before_the_round_closes(self) -> None:
        positions = counts(markings(consent=30, objection=2))

        with pytest.raises(TooEarly, match="2 objections were raised and 0 tested"):
            self.opened(*positions, a_closing())
        with pytest.raises(TooEarly, match="2 objections were raised and 1 tested"):
            self.opened(*positions, *weighing(1, 0), a_closing())

    def test_one_person_does_not_judge_an_objection_alone(self) -> None:
        positions = counts(markings(consent=30, objection=1))

        alone = self.opened(*positions, *weighing(1, 0, by=(TELLER, TELLER)))

        with pytest.raises(TooEarly):
            ballot.decide(alone, a_closing())

    def test_two_who_heard_it_differently_ask_the_round_again(self) -> None:
        positions = counts(markings(consent=30, objection=1))
        differing = [*weighing(1, 0, by=(TELLER,)), *weighing(1, 1, by=(OTHER_TELLER,))]

        with pytest.raises(TooEarly):
            self.opened(*positions, *differing, a_closing())
        agreed = self.opened(*positions, *differing, *weighing(1, 1), a_closing())
        assert result_of(agreed).outcome == "rejected"

    def test_saying_again_what_was_agreed_changes_nothing(self) -> None:
        weighed = self.opened(*weighing(1, 0))

        assert ballot.decide(weighed, weighing(1, 0)[0]) == ()

    def test_no_more_objections_are_upheld_than_were_raised(self) -> None:
        with pytest.raises(Invalid):
            self.opened(*weighing(1, 2))

    def test_only_a_consent_round_tests_objections(self) -> None:
        with pytest.raises(Invalid):
            an_open_ballot(terms(), *weighing(1, 1))

    def test_too_few_positions_are_no_consent(self) -> None:
        positions = counts(markings(consent=13))

        assert result_of(self.opened(*positions, a_closing())).outcome == "no quorum"


class TestRankedChoice:
    def closed(self, *votes: CastVote, put: Terms | None = None) -> ballot.State:
        return an_open_ballot(put or ranked_terms(), *votes, a_closing(seed=SEED))

    def test_the_stance_with_most_support_is_chosen(self) -> None:
        result = result_of(
            self.closed(
                a_vote(CLERK, REPAIR, MOVE),
                a_vote(REGISTRAR, REPAIR),
                a_vote(TELLER, WAIT, REPAIR),
                a_vote(MEMBER, MOVE, REPAIR),
                a_vote(OTHER_TELLER, MOVE, WAIT),
            )
        )

        assert (result.outcome, result.chosen) == ("passed", REPAIR)
        assert result.run_off is not None
        assert [r.dropped for r in result.run_off.rounds] == [WAIT, None]

    def test_choosing_to_keep_things_as_they_are_passes_nothing(self) -> None:
        result = result_of(self.closed(a_vote(CLERK, WAIT), a_vote(MEMBER, WAIT)))

        assert (result.outcome, result.chosen) == ("rejected", WAIT)

    def test_too_few_rankings_choose_nothing(self) -> None:
        result = result_of(self.closed(a_vote(CLERK, REPAIR)))

        assert (result.outcome, result.chosen) == ("no quorum", None)

    def test_blank_papers_choose_nothing_and_take_part(self) -> None:
        result = result_of(self.closed(a_vote(CLERK), a_vote(MEMBER)))

        assert (result.outcome, result.chosen) == ("rejected", None)
        assert result.counts[BLANK] == 2

    def test_a_tie_is_settled_by_the_seed_that_was_committed_to(self) -> None:
        result = result_of(self.closed(a_vote(CLERK, REPAIR), a_vote(MEMBER, MOVE)))

        drawn = lot.order(SEED, (REPAIR, MOVE, WAIT))
        assert result.run_off is not None
        assert result.run_off.lot == drawn
        assert result.chosen == min(REPAIR, MOVE, key=drawn.index)

    def test_a_paper_ranks_an_option_once(self) -> None:
        with pytest.raises(Invalid, match="once"):
            self.closed(a_vote(CLERK, REPAIR, REPAIR))

    @pytest.mark.parametrize("seed", [None, "0" * 32])
    def test_nobody_picks_a_seed_after_the_votes_are_in(self, seed: str | None) -> None:
        opened = an_open_ballot(ranked_terms(), a_vote(CLERK, REPAIR))

        with pytest.raises(Invalid, match="committed"):
            ballot.decide(opened, a_closing(seed=seed))


class TestDecision:
    def decided(self, *more: ballot.Command) -> ballot.State:
        counted = counts(markings(for_=20, against=10, abstain=5))
        return an_open_ballot(terms(subject="proposal"), *counted, a_closing(), *more)

    def confirming(self, teller: int) -> ConfirmDecision:
        who = TELLERS[teller]
        return ConfirmDecision(by=who.member, key=who.key, at=MAY)

    def test_two_tellers_confirm_a_decision(self) -> None:
        one = self.decided(self.confirming(0), self.confirming(0))
        both = after(one, self.confirming(1))

        assert not one.confirmed
        assert both.confirmed

    def test_before_the_count_there_is_nothing_to_confirm(self) -> None:
        with pytest.raises(TooEarly):
            ballot.decide(an_open_ballot(), self.confirming(0))

    def test_nobody_confirms_in_the_name_of_a_teller(self) -> None:
        for by in (CLERK, OTHER_TELLER):
            forged = ConfirmDecision(by=by, key=TELLERS[0].key, at=MAY)
            with pytest.raises(NotEntitled):
                ballot.decide(self.decided(), forged)

    def test_the_record_gets_aggregates_only(self) -> None:
        state = self.decided(self.confirming(0), self.confirming(1))

        published = ballot.fact(state, effective_from=MAY)

        assert published.members is not None
        assert (published.members.for_, published.members.against) == (20, 10)
        assert published.members.basis == "hands"
        assert published.method.threshold == "2/3"
        assert published.confirmed_by == (TELLERS[0].key, TELLERS[1].key)
        assert not any(person in repr(published) for person in PEOPLE)

    def test_a_simple_majority_is_published_as_more_than_a_half(self) -> None:
        counted = counts(markings(for_=20, against=19))
        state = an_open_ballot(terms(method="majority"), *counted, a_closing())

        published = ballot.fact(state, effective_from=MAY)

        assert published.outcome == "passed"
        assert published.method.threshold == "1/2"

    def test_by_consent_nobody_counted_yes_and_no(self) -> None:
        state = an_open_ballot(
            terms(method="consent"), *counts(markings(consent=30)), a_closing()
        )

        assert ballot.fact(state, effective_from=MAY).members is None

    def test_an_open_ballot_has_decided_nothing(self) -> None:
        with pytest.raises(TooEarly):
            ballot.decided(an_open_ballot())
        with pytest.raises(TooEarly):
            ballot.fact(an_open_ballot(), effective_from=MAY)

    def test_a_decision_says_what_it_was_about(self) -> None:
        said = ballot.decided(self.decided())

        assert said.outcome == "passed"
        assert said.text == a_commit("text")
        assert said.subject is not None
        assert said.opened_at == MAY
        assert not said.person
        assert said.sub_assembly is None

    def test_it_says_who_was_voted_on_and_who_decided(self) -> None:
        asked = replace(terms(person=True), sub_assembly=SubAssemblyId("health"))
        counted = counts(markings(for_=20))

        said = ballot.decided(an_open_ballot(asked, *counted, a_closing()))

        assert said.person
        assert said.sub_assembly == "health"

    def test_the_record_says_on_what_and_by_which_sum(self) -> None:
        counted = counts(markings(for_=20, against=10, abstain=5))
        closing = replace(a_closing(), papers=a_digest("papers"))
        closed = an_open_ballot(terms(subject="proposal"), *counted, closing)

        published = ballot.fact(
            closed, effective_from=MAY + DAY, supersedes=a_digest("earlier")
        )

        assert published.on == a_digest("proposal")
        assert published.text_commit == a_commit("text")
        assert published.method.quorum == "1/3"
        assert published.counts == {"for": 20, "against": 10, "abstain": 5}
        assert published.papers == a_digest("papers")
        assert published.supersedes == a_digest("earlier")
        assert published.effective_from == MAY + DAY

    def test_the_record_says_what_was_chosen_and_who_was_elected(self) -> None:
        votes = (a_vote(CLERK, REPAIR), a_vote(MEMBER, REPAIR))
        chosen = an_open_ballot(ranked_terms(), *votes, a_closing(seed=SEED))
        filling = ranked_terms(method="stv", rules=rules(methods=("stv",)))
        elected = an_open_ballot(filling, *votes, a_closing(seed=SEED))

        one = ballot.fact(chosen, effective_from=MAY)
        other = ballot.fact(elected, effective_from=MAY)

        assert ballot.decided(chosen).chosen == one.chosen == REPAIR
        assert one.stages == ({REPAIR: "2", MOVE: "0", WAIT: "0"},)
        assert ballot.decided(elected).elected == other.elected == (REPAIR,)


def test_a_ballot_open_when_the_clocks_change_closes_once_at_its_instant() -> None:
    """In the night in which an hour comes twice, it is the second of the two."""
    summer, winter = timezone(timedelta(hours=1)), UTC
    closing = datetime(2026, 10, 25, 1, 45, tzinfo=winter)
    here = a_session(*checked_in(MEMBER))
    asked = terms(channels=("hands", "online"), held_in=here, closes_at=closing)
    opened = an_open_ballot(asked)

    def refused(at: datetime) -> bool:
        return ballot.why_not(opened, MEMBER, struck=False, at=at) is not None

    assert not refused(datetime(2026, 10, 25, 1, 50, tzinfo=summer))
    assert not refused(datetime(2026, 10, 25, 1, 44, tzinfo=winter))
    assert refused(datetime(2026, 10, 25, 1, 45, tzinfo=winter))


class TestChannels:
    def counted(self, **by: tuple[OptionId, int]) -> Result:
        put = replace(terms(), channels=("hands", "paper", "online"))
        papers: dict[Channel, Papers] = {
            channel: {(choice,): number}
            for channel in put.channels
            for choice, number in [by[channel]]
        }
        return results.count(put, papers)

    def test_a_channel_with_ten_papers_is_shown(self) -> None:
        result = self.counted(hands=(FOR, 20), paper=(FOR, 10), online=(AGAINST, 10))

        assert set(result.channels) == {"hands", "paper", "online"}

    def test_a_channel_with_fewer_is_shown_together_with_another(self) -> None:
        result = self.counted(hands=(FOR, 20), paper=(AGAINST, 9), online=(FOR, 11))

        assert set(result.channels) == {"hands", "online and paper"}
        assert result.channels["online and paper"][FOR] == 11
        assert result.channels["online and paper"][AGAINST] == 9

    def test_what_is_published_shows_no_smaller_group(self) -> None:
        result = self.counted(hands=(FOR, 20), paper=(AGAINST, 9), online=(FOR, 11))
        put = terms()
        closed = ballot.State(
            opened=ballot.BallotOpened(terms=put, by=None, at=MAY),
            decided=ballot.BallotDecided(
                ballot=put.ballot,
                result=result,
                papers=None,
                seed=None,
                by=None,
                at=MAY,
            ),
        )

        published = ballot.fact(closed, effective_from=MAY)

        assert published.channels == {
            "hands": {"for": 20, "against": 0, "abstain": 0},
            "online and paper": {"for": 11, "against": 9, "abstain": 0},
        }

    @given(st.lists(st.integers(0, 30), min_size=3, max_size=3))
    def test_no_group_is_so_small_that_it_points_at_people(
        self, sizes: list[int]
    ) -> None:
        hands, paper, online = ((FOR, size) for size in sizes)

        result = self.counted(hands=hands, paper=paper, online=online)

        shown = [sum(group.values()) for group in result.channels.values()]
        assert sum(shown) == sum(sizes) == result.quorum.cast
        assert len(shown) == 1 or min(shown) >= 10


votes = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE), st.integers(1, 4), st.sampled_from([FOR, AGAINST])
    ),
    max_size=12,
    unique_by=lambda vote: vote[:2],
)


@given(votes, st.randoms(use_true_random=False))
def test_named_votes_count_alike_in_whatever_order_they_arrive(
    cast: list[tuple[MemberId, int, OptionId]], chance: random.Random
) -> None:
    put = terms(method="majority", channels=ONLINE, held_in=a_session(in_room=None))
    commands = [a_vote(by, choice, revision=revision) for by, revision, choice in cast]
    shuffled = [*commands, *commands]
    chance.shuffle(shuffled)

    in_order = an_open_ballot(put, *commands, a_closing())
    as_it_came = an_open_ballot(put, *shuffled, a_closing())

    last = {by: choice for by, _, choice in sorted(cast)}
    assert result_of(in_order) == result_of(as_it_came)
    assert result_of(in_order).counts[FOR] == list(last.values()).count(FOR)
