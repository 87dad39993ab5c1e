"""An amendment is taken in by its friend or by the meeting, against the newest text."""

import pytest

from confederation.deciding import motion
from confederation.deciding.amendment import (
    AcceptAmendment,
    ContestAmendment,
    CountAmendmentRound,
    OfferAmendment,
    WithdrawAmendment,
)
from confederation.deciding.motion import AmendMotion, FreezeMotion
from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import AmendmentId, MemberId
from confederation.record import Clause
from confederation.text import Text
from tests.confederation.builders import (
    CLERK,
    MAY,
    MEMBER,
    OTHER_TELLER,
    TELLER,
    a_commit,
    a_motion,
    a_text,
)

FIRST, SECOND = AmendmentId("first"), AmendmentId("second")
FREEZING = FreezeMotion(by=CLERK, at=MAY)


def an_offer(
    id: AmendmentId = FIRST, *, to: str = "better", base: int = 1, by: MemberId = TELLER
) -> OfferAmendment:
    return OfferAmendment(
        amendment=id,
        text=a_text(to),
        base=base,
        reason=a_commit("why"),
        by=by,
        at=MAY,
    )


def accepting(id: AmendmentId = FIRST, *, by: MemberId = MEMBER) -> AcceptAmendment:
    return AcceptAmendment(amendment=id, by=by, at=MAY)


def contesting(
    id: AmendmentId = FIRST, *, by: MemberId = OTHER_TELLER
) -> ContestAmendment:
    return ContestAmendment(amendment=id, by=by, at=MAY)


def a_round(for_: int, against: int) -> CountAmendmentRound:
    return CountAmendmentRound(
        amendment=FIRST, for_=for_, against=against, by=CLERK, at=MAY
    )


def test_whoever_brought_the_motion_takes_a_friendly_amendment_in() -> None:
    amended = a_motion(an_offer(), accepting())

    assert amended.amendments.amendments[FIRST].status == "friendly-accepted"
    assert motion.text(amended) == a_text("better")
    assert amended.version == 2
    revised = motion.decide(a_motion(an_offer()), accepting())[-1]
    assert isinstance(revised, motion.MotionRevised)
    assert revised.version == 2


def test_nobody_else_takes_it_in() -> None:
    for by in (TELLER, CLERK):
        with pytest.raises(NotEntitled):
            motion.decide(a_motion(an_offer()), accepting(by=by))


def test_a_contested_amendment_is_the_meetings_to_decide() -> None:
    contested = a_motion(an_offer(), contesting())

    with pytest.raises(TooLate):
        motion.decide(contested, accepting())
    adopted = a_motion(an_offer(), contesting(), a_round(9, 8))
    rejected = a_motion(an_offer(), contesting(), a_round(8, 8))

    assert adopted.amendments.amendments[FIRST].status == "adopted"
    assert adopted.amendments.amendments[FIRST].tally == (9, 8)
    assert motion.text(adopted) == a_text("better")
    assert rejected.amendments.amendments[FIRST].status == "rejected"
    assert rejected.version == 1


def test_nobody_contests_their_own_and_no_round_is_held_on_what_nobody_contests() -> (
    None
):
    with pytest.raises(NotEntitled):
        motion.decide(a_motion(an_offer()), contesting(by=TELLER))
    with pytest.raises(TooEarly):
        motion.decide(a_motion(an_offer()), a_round(3, 1))
    for nobody in (a_round(0, 0), a_round(-1, 5), a_round(5, -1)):
        with pytest.raises(Invalid):
            motion.decide(a_motion(an_offer(), contesting()), nobody)
    assert motion.decide(a_motion(an_offer(), contesting()), a_round(0, 1))
    assert motion.decide(a_motion(an_offer(), contesting()), a_round(1, 0))


def test_once_the_text_has_changed_an_amendment_of_the_old_one_is_stale() -> None:
    amended = a_motion(
        an_offer(), an_offer(SECOND, to="shorter", by=CLERK), accepting(FIRST)
    )

    assert amended.amendments.amendments[SECOND].status == "stale"
    for command in (accepting(SECOND), contesting(SECOND)):
        with pytest.raises(TooLate, match="The text has changed"):
            motion.decide(amended, command)


def test_it_is_stale_whoever_changed_the_text() -> None:
    rewritten = AmendMotion(text=a_text("other"), base=1, by=CLERK, at=MAY)

    amended = a_motion(an_offer(), rewritten)

    assert amended.amendments.amendments[FIRST].status == "stale"


def test_an_amendment_is_offered_for_the_newest_text() -> None:
    with pytest.raises(TooLate):
        motion.decide(a_motion(), an_offer(base=2))
    amended = a_motion(an_offer(), accepting(), an_offer(SECOND, base=2))
    assert amended.open_amendments == 1


def test_a_text_is_not_frozen_while_an_amendment_is_open() -> None:
    with pytest.raises(TooEarly, match="amendment"):
        motion.decide(a_motion(an_offer()), FREEZING)

    taken_back = WithdrawAmendment(amendment=FIRST, by=TELLER, at=MAY)
    assert a_motion(an_offer(), taken_back, FREEZING).status == "frozen"


def test_a_frozen_text_takes_no_amendment() -> None:
    with pytest.raises(TooLate, match="frozen"):
        motion.decide(a_motion(FREEZING), an_offer())


def test_only_whoever_offered_it_withdraws_it() -> None:
    with pytest.raises(NotEntitled):
        motion.decide(
            a_motion(an_offer()),
            WithdrawAmendment(amendment=FIRST, by=CLERK, at=MAY),
        )


def test_what_was_decided_about_is_neither_withdrawn_nor_counted_again() -> None:
    taken_back = WithdrawAmendment(amendment=FIRST, by=TELLER, at=MAY)
    decided = a_motion(an_offer(), contesting(), a_round(8, 9))

    for command in (taken_back, a_round(9, 8)):
        with pytest.raises(TooLate, match="settled: rejected"):
            motion.decide(decided, command)


def test_what_is_sent_twice_changes_nothing_twice() -> None:
    taken_back = WithdrawAmendment(amendment=FIRST, by=TELLER, at=MAY)
    sent: list[list[motion.Command]] = [
        [an_offer()],
        [an_offer(), accepting()],
        [an_offer(), contesting()],
        [an_offer(), contesting(), a_round(9, 8)],
        [an_offer(), taken_back],
    ]
    for commands in sent:
        state = a_motion(*commands)
        assert motion.decide(state, commands[-1]) == ()
    frozen = a_motion(an_offer(), accepting(), FREEZING)
    for command in (an_offer(), accepting()):
        assert motion.decide(frozen, command) == ()


def test_what_was_never_offered_and_clauses_out_of_order_are_refused() -> None:
    with pytest.raises(Unknown):
        motion.decide(a_motion(), accepting())
    twice = Clause(n=1, text=a_commit("twice"))
    muddled = Text(text=a_commit("muddled"), clauses=(twice, twice))
    offer = OfferAmendment(
        amendment=FIRST,
        text=muddled,
        base=1,
        reason=a_commit("why"),
        by=TELLER,
        at=MAY,
    )
    with pytest.raises(Invalid):
        motion.decide(a_motion(), offer)
