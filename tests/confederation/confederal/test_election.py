"""A delegate is elected, bound by a mandate, and always free to be recalled."""

from dataclasses import replace
from datetime import datetime

import pytest

from confederation.confederal import election, mandating
from confederation.confederal.election import (
    AcceptNomination,
    ConfirmElection,
    ElectDelegate,
    PutElection,
    ResignSeat,
    SeatAlternate,
)
from confederation.confederal.mandating import ConfirmMandate
from confederation.confederal.recall import AnswerRecall, ConfirmRecall, SettleRecall
from confederation.deciding.decision import Decided, Outcome
from confederation.errors import (
    Invalid,
    NotEntitled,
    Refused,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import Digest, MemberId, OptionId
from confederation.record import Instruction
from tests.confederation.builders import (
    CLERK,
    COMPACT,
    DAY,
    MAY,
    MEMBER,
    MINUTE,
    REGISTRAR,
    STRANGER,
    TELLER,
    TELLERS,
    a_candidacy,
    a_commit,
    a_digest,
    a_key,
    a_mandate,
    a_recall,
    a_seat,
    an_instruction,
    carry_out,
    decided,
    elected,
)

WEEK = 7 * DAY
SEATING = SeatAlternate(by=CLERK, at=MAY + WEEK)
RESIGNING = ResignSeat(by=MEMBER, at=MAY)
ANSWERING = AnswerRecall(answer=a_commit("my side"), by=MEMBER, at=MAY)


def after(state: election.State, *commands: election.Command) -> election.State:
    return carry_out(election.decide, election.evolve, state, commands)


def before_election(*more: election.Command) -> election.State:
    candidates = [*a_candidacy(MEMBER), *a_candidacy(REGISTRAR)]
    return after(election.NOTHING, *candidates, *more)


def recalling(
    outcome: Outcome = "passed",
    *,
    text: str = "recall",
    opened_at: datetime = MAY + WEEK,
    person: bool = True,
) -> SettleRecall:
    said = decided(
        text, outcome=outcome, ballot=f"on {text}", person=person, opened_at=opened_at
    )
    return SettleRecall(decision=said, tellers=TELLERS, by=CLERK, at=opened_at)


class TestElection:
    def test_who_was_nominated_accepted_and_voted_for_is_the_delegate(self) -> None:
        seat = a_seat()

        assert seat.delegate is not None
        assert seat.delegate.member == MEMBER
        assert seat.delegate.key == a_key(MEMBER)
        assert seat.alternate is not None
        assert seat.alternate.member == REGISTRAR

    def test_every_step_happens_once(self) -> None:
        again = [a_candidacy(MEMBER)[1], *elected()]

        for command in again:
            assert election.decide(a_seat(), command) == ()
        for command in [*a_candidacy(MEMBER), elected()[0]]:
            waiting = before_election(elected()[0])
            assert election.decide(waiting, command) == ()

    def test_nobody_is_put_to_the_vote_before_they_accepted(self) -> None:
        nominated = after(election.NOTHING, a_candidacy(MEMBER)[0])

        with pytest.raises(TooEarly, match="accepted"):
            election.decide(nominated, elected(alternate=None)[0])

    def test_nobody_accepts_what_they_were_not_offered(self) -> None:
        with pytest.raises(TooEarly):
            election.decide(election.NOTHING, a_candidacy(MEMBER)[1])
        with pytest.raises(Unknown):
            election.decide(before_election(), a_candidacy(TELLER)[1])

    def test_who_was_not_nominated_is_not_put_to_the_vote(self) -> None:
        putting = PutElection(
            delegate=STRANGER, alternate=None, text=a_commit("x"), by=CLERK, at=MAY
        )

        with pytest.raises(Unknown):
            election.decide(before_election(), putting)

    def test_the_alternate_is_somebody_else(self) -> None:
        with pytest.raises(Invalid):
            election.decide(before_election(), elected(alternate=MEMBER)[0])

    def test_one_text_is_about_one_slate(self) -> None:
        waiting = before_election(elected()[0])

        with pytest.raises(Invalid, match="text of its own"):
            election.decide(waiting, elected(alternate=None)[0])

    @pytest.mark.parametrize(
        "decision",
        [
            None,
            decided("slate"),
            decided("another slate", person=True),
            decided("slate", person=True, outcome="no quorum"),
            decided("slate", person=True, outcome="rejected"),
        ],
        ids=["none", "not on a person", "another text", "no quorum", "rejected"],
    )
    def test_without_a_vote_on_this_very_slate_nobody_is_elected(
        self, decision: Decided | None
    ) -> None:
        waiting = before_election(elected()[0])
        electing = ElectDelegate(decision=decision, tellers=TELLERS, by=CLERK, at=MAY)

        with pytest.raises(Refused):
            election.decide(waiting, electing)

    def test_nobody_is_elected_who_was_not_put_to_the_vote(self) -> None:
        with pytest.raises(TooEarly):
            election.decide(before_election(), elected()[1])

    def test_a_delegate_may_keep_their_own_key(self) -> None:
        _, accepting = a_candidacy(MEMBER)
        assert isinstance(accepting, AcceptNomination)
        own = replace(accepting, kept_by="delegate")

        seat = before_election(own, *elected())

        assert seat.delegate is not None
        assert seat.delegate.kept_by == "delegate"

    def test_a_new_election_ends_the_old_mandate(self) -> None:
        later = [*a_candidacy(MEMBER), *elected(text="next slate", alternate=None)]

        renewed = a_seat(a_mandate(), *later)

        assert renewed.mandate is None
        assert renewed.alternate is None
        assert election.decide(renewed, elected()[1]) == ()

    def test_nobody_serves_more_terms_in_a_row_than_the_rules_allow(self) -> None:
        again = a_seat(*a_candidacy(MEMBER), *a_candidacy(REGISTRAR))
        putting, _ = elected(text="next slate", alternate=None)
        assert isinstance(putting, PutElection)
        somebody_else = replace(putting, delegate=REGISTRAR, most_terms=1)

        with pytest.raises(NotEntitled, match="somebody else in between"):
            election.decide(again, replace(putting, most_terms=1))
        for allowed in (putting, replace(putting, most_terms=2), somebody_else):
            assert election.decide(again, allowed) != ()

    def test_two_tellers_confirm_an_election(self) -> None:
        confirming = [
            ConfirmElection(by=teller.member, key=teller.key, at=MAY)
            for teller in TELLERS
        ]

        seat = a_seat(*confirming, *confirming)

        published = election.election_fact(seat, decided=a_digest("decision"))
        assert published.confirmed_by == (TELLERS[0].key, TELLERS[1].key)
        with pytest.raises(NotEntitled):
            election.decide(a_seat(), replace(confirming[0], by=CLERK))

    def test_the_record_names_actors_and_no_member(self) -> None:
        published = election.election_fact(a_seat(), decided=a_digest("decision"))

        assert published.holder == f"https://a.example/{MEMBER}"
        assert published.alternate == f"https://a.example/{REGISTRAR}"
        assert published.compact == COMPACT


class TestMandate:
    def test_a_mandate_binds_the_delegate_in_office(self) -> None:
        seat = a_seat(a_mandate())

        assert seat.mandate is not None
        assert seat.mandate.mandate == 1
        assert seat.mandate.terms.instructions == (an_instruction(),)

    def test_no_mandate_lasts_longer_than_the_rules_say(self) -> None:
        giving = a_mandate()
        lasts = giving.terms.valid_until - giving.terms.valid_from
        seconds = int(lasts.total_seconds())

        assert election.decide(a_seat(), replace(giving, longest=seconds)) != ()
        with pytest.raises(Invalid, match="no mandate lasts so long"):
            election.decide(a_seat(), replace(giving, longest=seconds - 1))

    def test_a_mandate_for_a_whole_compact_says_what_to_do_on_whatever_comes(
        self,
    ) -> None:
        at_large = replace(an_instruction(), proposal=Digest(COMPACT))
        said = replace(decided(), subject=Digest(COMPACT))
        giving = a_mandate(at_large, decision=said)
        wide = replace(giving, terms=replace(giving.terms, scope="compact"))

        assert a_seat(wide).mandate is not None
        narrow = a_mandate()
        terms = replace(narrow.terms, scope="compact")
        for wrong in (giving, replace(narrow, terms=terms)):
            with pytest.raises(Invalid, match="whole compact"):
                election.decide(a_seat(), wrong)

    def test_who_voted_a_proposal_down_instructs_against_it(self) -> None:
        against = a_mandate(
            an_instruction(must="against"),
            decision=decided(subject="proposal", outcome="rejected"),
        )

        assert a_seat(against).mandate is not None

    @pytest.mark.parametrize(
        "decision",
        [
            decided(),
            decided(subject="another proposal"),
            decided(subject="proposal", outcome="no quorum"),
        ],
        ids=["on no proposal", "on another", "no quorum"],
    )
    def test_nobody_is_instructed_on_what_was_not_decided(
        self, decision: Decided
    ) -> None:
        with pytest.raises(NotEntitled):
            election.decide(a_seat(), a_mandate(decision=decision))

    def test_a_mandate_without_a_decision_is_none(self) -> None:
        with pytest.raises(NotEntitled):
            election.decide(a_seat(), replace(a_mandate(), decision=None))

    def test_an_instruction_that_was_given_before_may_stay_as_it_was(self) -> None:
        wider = a_mandate(
            an_instruction(),
            an_instruction("roads"),
            decision=decided(subject="roads", ballot="on roads"),
        )
        changed = replace(
            wider,
            terms=replace(
                wider.terms,
                instructions=(an_instruction(must="against"), an_instruction("roads")),
            ),
        )

        seat = a_seat(a_mandate(), wider)

        assert seat.mandate is not None
        assert (seat.mandate.mandate, seat.mandate.supersedes) == (2, 1)
        with pytest.raises(NotEntitled):
            election.decide(a_seat(a_mandate()), changed)

    def test_a_mandate_delivered_twice_is_given_once(self) -> None:
        twice = a_seat(a_mandate())

        assert election.decide(twice, a_mandate()) == ()

    def test_an_old_mandate_does_not_come_back(self) -> None:
        amended = a_mandate(
            an_instruction(must="against"),
            decision=decided(subject="proposal", ballot="second thoughts"),
        )

        assert election.decide(a_seat(a_mandate(), amended), a_mandate()) == ()

    @pytest.mark.parametrize("holder", [REGISTRAR, STRANGER])
    def test_only_the_delegate_in_office_is_mandated(self, holder: MemberId) -> None:
        with pytest.raises(NotEntitled):
            election.decide(a_seat(), a_mandate(holder=holder))

    def test_a_vacant_seat_is_not_mandated(self) -> None:
        with pytest.raises(TooEarly, match="vacant"):
            election.decide(a_seat(RESIGNING), a_mandate())

    @pytest.mark.parametrize(
        "wrong",
        [
            Instruction(proposal=a_digest("proposal")),
            Instruction(
                proposal=a_digest("proposal"),
                must=(OptionId("for"),),
                must_not=(OptionId("for"),),
            ),
            replace(an_instruction(), may_amend=(0,)),
            replace(an_instruction(), amounts={"0": {"fund": ("1", "2")}}),
            replace(an_instruction(), amounts={"one": {"fund": ("1", "2")}}),
            replace(an_instruction(), amounts={"1": {"fund": ("2", "1")}}),
            replace(an_instruction(), amounts={"1": {"fund": ("1", "1e999999999")}}),
        ],
    )
    def test_an_instruction_that_nobody_could_follow_is_not_given(
        self, wrong: Instruction
    ) -> None:
        with pytest.raises(Invalid):
            election.decide(a_seat(), a_mandate(wrong))

    def test_a_mandate_has_one_instruction_on_each_proposal(self) -> None:
        with pytest.raises(Invalid):
            election.decide(
                a_seat(), a_mandate(an_instruction(), an_instruction(must="against"))
            )

    @pytest.mark.parametrize(
        "dates",
        [
            {"valid_until": MAY},
            {"valid_from": MAY - 2 * DAY, "valid_until": MAY - DAY},
            {"report_due": MAY - DAY},
            {"instructions": ()},
        ],
    )
    def test_a_term_that_cannot_be_is_refused(self, dates: dict[str, datetime]) -> None:
        mandate = a_mandate()
        terms = replace(mandate.terms, **dates)  # type: ignore[arg-type]

        with pytest.raises(Invalid):
            election.decide(a_seat(), replace(mandate, terms=terms))

    def test_two_tellers_confirm_a_mandate(self) -> None:
        confirming = [
            ConfirmMandate(mandate=1, by=teller.member, key=teller.key, at=MAY)
            for teller in TELLERS
        ]

        seat = a_seat(a_mandate(), *confirming, *confirming)

        published = mandating.fact(
            seat.mandates, 1, decided=a_digest("d"), elected=a_digest("e")
        )
        assert published.confirmed_by == (TELLERS[0].key, TELLERS[1].key)
        assert published.delegate_key == a_key(MEMBER)
        with pytest.raises(Unknown):
            election.decide(seat, replace(confirming[0], mandate=2))
        with pytest.raises(NotEntitled):
            election.decide(seat, replace(confirming[0], by=CLERK))


class TestRecall:
    def test_a_recalled_delegate_is_no_longer_bound_nor_in_office(self) -> None:
        recalled = a_seat(a_mandate(), a_recall(), recalling())

        assert recalled.delegate is None
        assert recalled.mandate is None
        published = election.recall_fact(
            recalled, mandate=a_digest("mandate"), decided=a_digest("decision")
        )
        assert published.mandate == a_digest("mandate")

    def test_a_second_recall_changes_nothing(self) -> None:
        recalled = a_seat(a_mandate(), a_recall(), recalling())

        assert election.decide(recalled, a_recall()) == ()
        assert election.decide(recalled, recalling()) == ()

    @pytest.mark.parametrize("outcome", ["rejected", "no quorum"])
    def test_a_delegate_whom_the_assembly_keeps_stays(self, outcome: Outcome) -> None:
        kept = a_seat(a_mandate(), a_recall(), recalling(outcome))

        assert kept.delegate is not None
        assert kept.mandate is not None
        again = after(kept, a_recall(text="again"), recalling(text="again"))
        assert again.delegate is None

    def test_the_notice_passes_before_the_ballot_opens(self) -> None:
        early = recalling(opened_at=MAY + WEEK - MINUTE)

        with pytest.raises(TooEarly, match="11 May 2026, 19:00"):
            election.decide(a_seat(a_mandate(), a_recall()), early)

    def test_an_urgent_recall_has_the_shorter_notice(self) -> None:
        moved = a_seat(a_mandate(), a_recall(urgent=True))

        with pytest.raises(TooEarly):
            election.decide(moved, recalling(opened_at=MAY + DAY - MINUTE))
        assert after(moved, recalling(opened_at=MAY + DAY)).delegate is None

    @pytest.mark.parametrize(
        "wrong",
        [
            recalling(person=False),
            recalling(text="another recall"),
            replace(recalling(), decision=None),
        ],
    )
    def test_only_a_vote_on_this_recall_recalls(self, wrong: SettleRecall) -> None:
        with pytest.raises(NotEntitled):
            election.decide(a_seat(a_mandate(), a_recall()), wrong)

    def test_without_a_mandate_or_a_motion_there_is_nothing_to_recall(self) -> None:
        with pytest.raises(TooEarly):
            election.decide(a_seat(), a_recall())
        for command in (recalling(), ANSWERING):
            with pytest.raises(TooEarly):
                election.decide(a_seat(a_mandate()), command)
        with pytest.raises(TooEarly):
            election.recall_fact(a_seat(), mandate=a_digest("m"), decided=a_digest("d"))

    def test_the_delegate_answers_for_themselves(self) -> None:
        moved = a_seat(a_mandate(), a_recall())

        answered = after(moved, ANSWERING)

        assert answered.recalls.answer == a_commit("my side")
        assert election.decide(answered, ANSWERING) == ()
        with pytest.raises(NotEntitled):
            election.decide(moved, replace(ANSWERING, by=CLERK))

    def test_after_the_vote_nobody_answers_any_more(self) -> None:
        recalled = a_seat(a_mandate(), a_recall(), recalling())

        with pytest.raises(TooLate):
            election.decide(recalled, ANSWERING)

    def test_one_recall_at_a_time(self) -> None:
        moved = a_seat(a_mandate(), a_recall())

        assert election.decide(moved, a_recall()) == ()
        with pytest.raises(TooLate):
            election.decide(moved, a_recall(text="another"))

    def test_a_recall_ends_the_mandate_that_is_in_effect_when_it_is_voted(self) -> None:
        amended = a_mandate(
            an_instruction(must="against"),
            decision=decided(subject="proposal", ballot="second thoughts"),
        )

        recalled = a_seat(a_mandate(), a_recall(), amended, recalling())

        assert recalled.recalls.recalled is not None
        assert recalled.recalls.recalled.mandate == 2

    def test_whoever_resigned_is_not_recalled_any_more(self) -> None:
        resigned = a_seat(a_mandate(), a_recall(), RESIGNING)

        with pytest.raises(TooLate, match="no longer in office"):
            election.decide(resigned, recalling())

    def test_the_recall_of_one_who_left_is_no_bar_to_recalling_the_next(self) -> None:
        next_one = a_mandate(holder=REGISTRAR)
        seat = a_seat(a_mandate(), a_recall(), RESIGNING, SEATING, next_one)

        moved = after(seat, a_recall(text="the alternate"))

        assert moved.recalls.moved is not None
        assert moved.recalls.moved.delegate == REGISTRAR

    def test_two_tellers_confirm_a_recall(self) -> None:
        confirming = [
            ConfirmRecall(by=teller.member, key=teller.key, at=MAY)
            for teller in TELLERS
        ]
        recalled = a_seat(a_mandate(), a_recall(), recalling())

        confirmed = after(recalled, *confirming, *confirming)

        assert confirmed.recalls.confirmed_by == (TELLERS[0].key, TELLERS[1].key)
        with pytest.raises(TooEarly):
            election.decide(a_seat(), confirming[0])
        with pytest.raises(NotEntitled):
            election.decide(recalled, replace(confirming[0], by=CLERK))


class TestAlternate:
    def test_the_alternate_is_seated_with_a_fresh_mandate(self) -> None:
        vacant = a_seat(a_mandate(), a_recall(), recalling())

        seated = after(vacant, SEATING)
        mandated = after(seated, a_mandate(holder=REGISTRAR, at=MAY + WEEK))

        assert seated.delegate is not None
        assert seated.delegate.member == REGISTRAR
        assert seated.mandate is None
        assert mandated.mandate is not None
        assert (mandated.mandate.mandate, mandated.mandate.supersedes) == (2, None)

    def test_the_alternate_is_seated_once_and_only_in_a_vacant_seat(self) -> None:
        with pytest.raises(TooEarly, match="not vacant"):
            election.decide(a_seat(), SEATING)
        assert election.decide(a_seat(RESIGNING, SEATING), SEATING) == ()

    def test_without_an_alternate_another_delegate_is_elected(self) -> None:
        alone = before_election(*elected(alternate=None), RESIGNING)

        with pytest.raises(TooLate, match="Elect another"):
            election.decide(alone, SEATING)

    def test_a_delegate_resigns_once_and_for_nobody_else(self) -> None:
        resigned = a_seat(RESIGNING)

        assert resigned.delegate is None
        assert election.decide(resigned, RESIGNING) == ()
        with pytest.raises(NotEntitled):
            election.decide(a_seat(), replace(RESIGNING, by=CLERK))

    def test_before_an_election_there_is_no_seat_to_leave_or_take(self) -> None:
        for command in (RESIGNING, SEATING):
            with pytest.raises(TooEarly):
                election.decide(before_election(), command)
