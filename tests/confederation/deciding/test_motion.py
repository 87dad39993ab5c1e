"""A text is decided on as it was frozen, after every objection to it was tested."""

from dataclasses import replace
from typing import Literal

import pytest

from confederation import amounts
from confederation.deciding import motion
from confederation.deciding.decision import Decided, Outcome
from confederation.deciding.motion import (
    AmendMotion,
    FreezeMotion,
    PutMotion,
    ReviseDraft,
    SendBackMotion,
    SettleMotion,
    TableMotion,
    WithdrawMotion,
)
from confederation.deciding.objection import (
    AnswerObjection,
    CountObjectionRound,
    JudgeObjection,
    LetObjectionStand,
    ObjectionTested,
    RaiseObjection,
    WithdrawObjection,
)
from confederation.deciding.rulebook import MethodName
from confederation.errors import (
    Invalid,
    NotEntitled,
    Refused,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import (
    BallotId,
    MemberId,
    ObjectionId,
    SessionId,
    SubAssemblyId,
)
from confederation.record import Clause
from confederation.text import Text
from tests.confederation.builders import (
    CLERK,
    MAY,
    MEMBER,
    OTHER_TELLER,
    REGISTRAR,
    TELLER,
    a_commit,
    a_draft,
    a_motion,
    a_text,
    carry_out,
    decided,
)

HARM = ObjectionId("harm")
TABLING = TableMotion(session=SessionId("session"), by=MEMBER, at=MAY)
FREEZING = FreezeMotion(by=CLERK, at=MAY)
SENDING_BACK = SendBackMotion(by=CLERK, at=MAY)
WITHDRAWING = WithdrawMotion(by=MEMBER, at=MAY)
OBJECTING = RaiseObjection(
    objection=HARM, reason=a_commit("reason"), by=REGISTRAR, at=MAY
)
RETRACTING = WithdrawObjection(objection=HARM, by=REGISTRAR, at=MAY)
ANSWERING = AnswerObjection(objection=HARM, by=CLERK, at=MAY)
STANDING = LetObjectionStand(objection=HARM, by=CLERK, at=MAY)


def after(state: motion.State, *commands: motion.Command) -> motion.State:
    return carry_out(motion.decide, motion.evolve, state, commands)


def a_drafted_motion() -> motion.State:
    return after(motion.NOTHING, a_draft())


def judging(by: MemberId, *, valid: bool) -> JudgeObjection:
    return JudgeObjection(objection=HARM, valid=valid, by=by, at=MAY)


def both_judge(*, valid: bool) -> list[motion.Command]:
    return [judging(TELLER, valid=valid), judging(OTHER_TELLER, valid=valid)]


def a_round(valid: int, not_valid: int) -> CountObjectionRound:
    return CountObjectionRound(
        objection=HARM, valid=valid, not_valid=not_valid, by=CLERK, at=MAY
    )


def amending(
    to: str = "better", *, base: int = 1, answers: bool = False
) -> AmendMotion:
    return AmendMotion(
        text=a_text(to),
        base=base,
        integrates=(HARM,) if answers else (),
        by=CLERK,
        at=MAY,
    )


def putting(method: MethodName = "qualified") -> PutMotion:
    return PutMotion(ballot=BallotId("ballot"), method=method, by=CLERK, at=MAY)


def settling(
    outcome: Outcome = "passed", *, text: str = "text", ballot: str = "ballot"
) -> SettleMotion:
    said = decided(text, outcome=outcome, ballot=ballot)
    return SettleMotion(decision=said, by=CLERK, at=MAY)


def status_of_harm(state: motion.State) -> str:
    return state.objections.objections[HARM].status


class TestDraft:
    def test_a_draft_is_rewritten_by_its_author_only(self) -> None:
        rewriting = ReviseDraft(text=a_text("second"), base=1, by=MEMBER, at=MAY)

        rewritten = after(a_drafted_motion(), rewriting)

        assert motion.text(rewritten) == a_text("second")
        assert rewritten.version == 2
        for again in (a_draft(), rewriting):
            assert motion.decide(rewritten, again) == ()
        with pytest.raises(NotEntitled):
            motion.decide(a_drafted_motion(), replace(rewriting, by=CLERK))

    def test_a_draft_is_tabled_by_its_author_only(self) -> None:
        with pytest.raises(NotEntitled):
            motion.decide(a_drafted_motion(), replace(TABLING, by=CLERK))

    def test_a_draft_is_withdrawn_by_its_author_only(self) -> None:
        withdrawn = after(a_drafted_motion(), WITHDRAWING)

        assert withdrawn.status == "withdrawn"
        assert motion.decide(withdrawn, WITHDRAWING) == ()
        with pytest.raises(NotEntitled):
            motion.decide(a_drafted_motion(), replace(WITHDRAWING, by=CLERK))
        with pytest.raises(TooLate):
            motion.decide(withdrawn, TABLING)

    def test_a_draft_is_not_the_assembly_s_to_change(self) -> None:
        for command in (amending(), FREEZING, OBJECTING, SENDING_BACK):
            with pytest.raises(TooEarly):
                motion.decide(a_drafted_motion(), command)

    def test_nothing_happens_to_a_motion_that_is_not_there(self) -> None:
        with pytest.raises(TooEarly):
            motion.decide(motion.NOTHING, TABLING)
        with pytest.raises(TooEarly):
            motion.text(motion.NOTHING)

    @pytest.mark.parametrize("numbers", [(2, 1), (1, 1), (0, 1)])
    def test_clauses_are_numbered_in_order(self, numbers: tuple[int, int]) -> None:
        clauses = tuple(Clause(n=n, text=a_commit("clause")) for n in numbers)
        wrong = replace(a_draft(), text=Text(text=a_commit("x"), clauses=clauses))

        with pytest.raises(Invalid):
            motion.decide(motion.NOTHING, wrong)

    @pytest.mark.parametrize(
        "amount", ["", "1e9", "1e999999999", "12,000", "1/0", "£5", ".5", "1" * 20]
    )
    def test_an_amount_is_exact_or_refused(self, amount: str) -> None:
        wrong = replace(a_draft(), text=a_text("x", fund=amount))

        with pytest.raises(Invalid):
            motion.decide(motion.NOTHING, wrong)

    @pytest.mark.parametrize("amount", ["0", "12000.50", "-3", "1/3", "2/30"])
    def test_decimals_and_fractions_are_amounts(self, amount: str) -> None:
        drafting = replace(a_draft(), text=a_text("x", fund=amount))

        assert len(motion.decide(motion.NOTHING, drafting)) == 1
        assert amounts.read("1/3") * 3 == 1


class TestAmending:
    def test_each_version_is_kept(self) -> None:
        amended = after(a_motion(), amending())

        [revised] = motion.decide(a_motion(), amending())
        assert isinstance(revised, motion.MotionRevised)
        assert revised.version == 2
        assert amended.versions == (a_text(), a_text("better"))
        assert motion.text(amended) == a_text("better")

    def test_an_amendment_of_a_text_that_changed_since_is_stale(self) -> None:
        amended = after(a_motion(), amending())

        with pytest.raises(TooLate, match="version 2 is the newest"):
            motion.decide(amended, amending("other", base=1))

    def test_an_amendment_delivered_twice_is_made_once(self) -> None:
        amended = after(a_motion(), amending(), amending("best", base=2))

        assert motion.decide(amended, amending()) == ()
        assert motion.decide(amended, amending("best", base=2)) == ()

    def test_a_later_version_has_its_clauses_in_order_too(self) -> None:
        clauses = tuple(Clause(n=n, text=a_commit("clause")) for n in (2, 1))
        muddled = Text(text=a_commit("x"), clauses=clauses)

        with pytest.raises(Invalid):
            motion.decide(a_motion(), replace(amending(), text=muddled))

    def test_once_it_is_tabled_the_author_alone_changes_nothing(self) -> None:
        rewriting = ReviseDraft(text=a_text("mine"), base=1, by=MEMBER, at=MAY)

        with pytest.raises(TooLate, match="by the assembly"):
            motion.decide(a_motion(), rewriting)
        with pytest.raises(TooLate, match="assembly's"):
            motion.decide(a_motion(), WITHDRAWING)

    def test_a_frozen_text_never_changes(self) -> None:
        frozen = a_motion(FREEZING)

        with pytest.raises(TooLate, match="new motion"):
            motion.decide(frozen, amending())
        assert frozen.status == "frozen"


class TestObjections:
    def test_two_who_find_it_valid_uphold_an_objection(self) -> None:
        assert status_of_harm(a_motion(OBJECTING, *both_judge(valid=True))) == "valid"

    def test_two_who_do_not_set_it_aside(self) -> None:
        judged = a_motion(OBJECTING, *both_judge(valid=False))

        assert status_of_harm(judged) == "not valid"

    def test_one_person_does_not_judge_an_objection(self) -> None:
        twice = [judging(TELLER, valid=False), judging(TELLER, valid=False)]

        assert status_of_harm(a_motion(OBJECTING, *twice)) == "raised"

    def test_where_two_differ_a_third_decides(self) -> None:
        divided = [judging(TELLER, valid=False), judging(OTHER_TELLER, valid=True)]

        judged = a_motion(OBJECTING, *divided, judging(CLERK, valid=True))

        assert status_of_harm(a_motion(OBJECTING, *divided)) == "raised"
        assert status_of_harm(judged) == "valid"

    def test_a_judge_who_thinks_again_is_counted_once(self) -> None:
        changed = [judging(TELLER, valid=False), judging(TELLER, valid=True)]

        judged = a_motion(OBJECTING, *changed, judging(CLERK, valid=False))

        assert status_of_harm(judged) == "raised"

    def test_what_was_found_is_told_with_how_many_found_it(self) -> None:
        divided = a_motion(
            OBJECTING, judging(TELLER, valid=False), judging(CLERK, valid=True)
        )

        *_, changed = motion.decide(divided, judging(TELLER, valid=True))
        [counted] = motion.decide(a_motion(OBJECTING), a_round(9, 3))

        assert isinstance(changed, ObjectionTested)
        assert (changed.valid, changed.not_valid, changed.upheld) == (2, 0, True)
        assert isinstance(counted, ObjectionTested)
        assert (counted.valid, counted.not_valid, counted.upheld) == (9, 3, True)

    @pytest.mark.parametrize("judge", [REGISTRAR, MEMBER])
    def test_neither_the_objector_nor_the_proposer_judges(
        self, judge: MemberId
    ) -> None:
        with pytest.raises(NotEntitled):
            motion.decide(a_motion(OBJECTING), judging(judge, valid=False))

    @pytest.mark.parametrize(
        ("valid", "not_valid", "found"),
        [(9, 3, "valid"), (3, 9, "not valid"), (6, 6, "valid"), (2, 0, "valid")],
    )
    def test_the_round_judges_and_a_divided_round_upholds(
        self, valid: int, not_valid: int, found: str
    ) -> None:
        assert status_of_harm(a_motion(OBJECTING, a_round(valid, not_valid))) == found

    @pytest.mark.parametrize(
        ("valid", "not_valid"), [(0, 0), (1, 0), (0, 1), (-1, 5), (5, -1)]
    )
    def test_the_chair_alone_is_no_round(self, valid: int, not_valid: int) -> None:
        with pytest.raises(Invalid):
            motion.decide(a_motion(OBJECTING), a_round(valid, not_valid))

    def test_a_judgement_is_not_judged_again(self) -> None:
        judged = a_motion(OBJECTING, *both_judge(valid=True))

        with pytest.raises(TooLate, match="settled: valid"):
            motion.decide(judged, a_round(0, 9))
        with pytest.raises(TooLate):
            motion.decide(judged, judging(CLERK, valid=False))
        assert motion.decide(judged, judging(TELLER, valid=True)) == ()
        assert motion.decide(judged, a_round(9, 0)) == ()

    @pytest.mark.parametrize("tested", [[], both_judge(valid=True)])
    def test_a_text_is_not_frozen_over_an_open_objection(
        self, tested: list[motion.Command]
    ) -> None:
        with pytest.raises(TooEarly, match="objection"):
            motion.decide(a_motion(OBJECTING, *tested), FREEZING)

    def test_an_objection_is_answered_by_a_new_version(self) -> None:
        answered = a_motion(
            OBJECTING, *both_judge(valid=True), amending(answers=True), FREEZING
        )

        assert status_of_harm(answered) == "integrated"
        assert answered.status == "frozen"

    def test_an_objection_that_nobody_raised_is_not_answered(self) -> None:
        with pytest.raises(Unknown):
            motion.decide(a_motion(), amending(answers=True))
        with pytest.raises(Unknown):
            motion.decide(a_motion(), judging(TELLER, valid=True))

    def test_an_objection_found_not_valid_is_not_answered(self) -> None:
        set_aside = a_motion(OBJECTING, *both_judge(valid=False))

        with pytest.raises(TooLate):
            motion.decide(set_aside, amending(answers=True))
        for command in (STANDING, RETRACTING):
            with pytest.raises(TooLate, match="not valid"):
                motion.decide(set_aside, command)
        with pytest.raises(TooLate, match="not valid"):
            motion.decide(after(set_aside, amending()), ANSWERING)

    def test_an_objection_is_withdrawn_by_the_objector_only(self) -> None:
        withdrawn = a_motion(OBJECTING, RETRACTING)

        assert status_of_harm(withdrawn) == "withdrawn"
        assert withdrawn.open_objections == 0
        assert motion.decide(withdrawn, RETRACTING) == ()
        with pytest.raises(NotEntitled):
            motion.decide(a_motion(OBJECTING), replace(RETRACTING, by=MEMBER))

    def test_an_objection_that_stands_lets_a_vote_go_on_but_no_consent(self) -> None:
        stands = a_motion(OBJECTING, *both_judge(valid=True), STANDING, FREEZING)

        assert after(stands, putting("qualified")).status == "deciding"
        with pytest.raises(Refused, match="no consent to ask for"):
            motion.decide(stands, putting("consent"))
        assert motion.decide(stands, STANDING) == ()

    def test_an_objection_stands_only_after_it_was_tested(self) -> None:
        with pytest.raises(TooEarly):
            motion.decide(a_motion(OBJECTING), STANDING)

    def test_an_objection_is_answered_by_a_later_text_however_that_came_about(
        self,
    ) -> None:
        changed = after(a_motion(OBJECTING, *both_judge(valid=True)), amending())

        answered = after(changed, ANSWERING)

        assert status_of_harm(changed) == "valid"
        assert status_of_harm(answered) == "integrated"
        frozen = after(answered, FREEZING)
        assert frozen.status == "frozen"
        for state in (answered, frozen):
            assert motion.decide(state, ANSWERING) == ()
        with pytest.raises(TooEarly, match="has not changed since"):
            motion.decide(a_motion(OBJECTING), ANSWERING)

    def test_no_objection_is_called_answered_once_the_text_is_frozen(self) -> None:
        stands = a_motion(OBJECTING, *both_judge(valid=True), amending(), STANDING)

        with pytest.raises(TooLate):
            motion.decide(after(stands, FREEZING), ANSWERING)

    def test_raising_an_objection_twice_raises_it_once(self) -> None:
        settled = a_motion(
            OBJECTING, *both_judge(valid=False), FREEZING, putting(), settling()
        )

        for state in (a_motion(OBJECTING), settled):
            assert motion.decide(state, OBJECTING) == ()


class TestDeciding:
    @pytest.mark.parametrize(
        ("outcome", "status"),
        [("passed", "adopted"), ("rejected", "rejected"), ("no quorum", "lapsed")],
    )
    def test_the_ballot_settles_the_motion(
        self, outcome: Literal["passed", "rejected", "no quorum"], status: str
    ) -> None:
        settled = a_motion(FREEZING, putting(), settling(outcome))

        assert settled.status == status
        for again in (FREEZING, putting(), settling("passed"), TABLING):
            assert motion.decide(settled, again) == ()

    @pytest.mark.parametrize(
        "decision",
        [
            None,
            decided("another text", ballot="ballot"),
            decided(ballot="another ballot"),
        ],
    )
    def test_a_ballot_on_something_else_settles_nothing(
        self, decision: Decided | None
    ) -> None:
        deciding = a_motion(FREEZING, putting())

        with pytest.raises(NotEntitled):
            motion.decide(deciding, SettleMotion(decision=decision, by=CLERK, at=MAY))

    def test_a_text_is_frozen_before_it_is_put_and_put_before_it_is_settled(
        self,
    ) -> None:
        with pytest.raises(TooEarly):
            motion.decide(a_motion(), putting())
        with pytest.raises(TooEarly):
            motion.decide(a_motion(FREEZING), settling())

    def test_what_is_frozen_and_decided_on_is_the_newest_text(self) -> None:
        amended = a_motion(amending())

        [frozen] = motion.decide(amended, FREEZING)
        deciding = after(amended, FREEZING, putting())

        assert isinstance(frozen, motion.MotionFrozen)
        assert (frozen.version, frozen.text) == (2, a_commit("better"))
        assert after(deciding, settling(text="better")).status == "adopted"
        with pytest.raises(NotEntitled, match="another text"):
            motion.decide(deciding, settling(text="text"))

    def test_a_motion_keeps_the_meeting_at_which_it_was_tabled(self) -> None:
        assert a_motion().session == "session"

    def test_a_text_is_put_to_one_ballot(self) -> None:
        deciding = a_motion(FREEZING, putting())
        elsewhere = replace(putting(), ballot=BallotId("another"))

        assert motion.decide(deciding, putting()) == ()
        with pytest.raises(TooLate):
            motion.decide(deciding, elsewhere)

    def test_an_objection_raised_at_the_last_moment_still_withholds_consent(
        self,
    ) -> None:
        deciding = a_motion(FREEZING, putting("consent"), OBJECTING)

        with pytest.raises(Refused, match="nobody has consented"):
            motion.decide(deciding, settling())
        assert after(deciding, *both_judge(valid=False), settling()).status == "adopted"
        assert after(deciding, SENDING_BACK).status == "sent back"
        assert after(deciding, settling("rejected")).status == "rejected"

    def test_a_vote_adopts_over_an_objection_that_was_left_standing(self) -> None:
        standing = a_motion(OBJECTING, *both_judge(valid=True), STANDING, FREEZING)

        assert after(standing, putting(), settling()).status == "adopted"

    def test_a_ballot_adopts_nothing_that_was_sent_back_meanwhile(self) -> None:
        sent_back = a_motion(FREEZING, putting(), SENDING_BACK)

        with pytest.raises(TooLate, match="sent back"):
            motion.decide(sent_back, settling())

    def test_a_sub_assembly_settles_what_was_put_before_it_and_nothing_else(
        self,
    ) -> None:
        health = SubAssemblyId("health")
        theirs = after(
            motion.NOTHING,
            replace(a_draft(), sub_assembly=health),
            TABLING,
            FREEZING,
            putting(),
        )
        by_them = replace(decided(ballot="ballot"), sub_assembly=health)
        settles = replace(settling(), decision=by_them)

        assert after(theirs, settles).status == "adopted"
        with pytest.raises(NotEntitled, match="whole assembly"):
            motion.decide(a_motion(FREEZING, putting()), settles)

    def test_a_frozen_text_with_a_new_objection_is_not_put(self) -> None:
        with pytest.raises(TooEarly):
            motion.decide(a_motion(FREEZING, OBJECTING), putting())

    def test_a_motion_that_was_sent_back_goes_no_further(self) -> None:
        sent_back = a_motion(SENDING_BACK)

        assert motion.decide(sent_back, SENDING_BACK) == ()
        for command in (FREEZING, amending(), putting(), OBJECTING):
            with pytest.raises(TooLate):
                motion.decide(sent_back, command)
