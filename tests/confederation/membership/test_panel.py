"""Nobody can have chosen who sits on a panel, whoever set it up or held back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from confederation.counting import lot
from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import MemberId, PanelId, Ticket
from confederation.membership import panel
from confederation.membership.panel import (
    AnswerPanel,
    AttachMinority,
    BeginPanel,
    CommitSeed,
    DrawPanel,
    EnterBalls,
    ForgetPool,
    FreezePool,
    MakeList,
    OpenPool,
    PassOnPlace,
    ReportPanel,
    SeatPanel,
    SetQuotas,
    SetSeedsAside,
    TellSeed,
)
from confederation.sortition import lottery
from tests.confederation.builders import (
    CLERK,
    MAY,
    MEMBER,
    TELLER,
    a_commit,
    a_digest,
    carry_out,
)
from tests.confederation.pools import AGE, PLACE, quota

OURS, THEIRS = "aa" * 16, "bb" * 16
FIXED = a_digest("list")
HALF = (quota("young", 1, 1), quota("old", 1, 1))
BEGIN = BeginPanel(
    panel=PanelId("forum"),
    question=a_commit("What shall become of the pool?"),
    decision=a_digest("decided"),
    places=2,
    features=(AGE, PLACE),
    how="seeds",
    by=CLERK,
    at=MAY,
)
OPEN = OpenPool(by=CLERK, at=MAY)
FREEZE = FreezePool(pool=a_digest("pool"), size=9, by=CLERK, at=MAY)
SET = SetQuotas(quotas=HALF, by=CLERK, at=MAY)
MAKE = MakeList(
    fixed=FIXED, quotas=HALF, length=10, least=2, bound="1/5", by=CLERK, at=MAY
)
TICKETS = (Ticket("t1"), Ticket("t2"))
DRAW = DrawPanel(tickets=TICKETS, by=CLERK, at=MAY)
ASIDE = SetSeedsAside(by=CLERK, at=MAY + panel.TELL_WITHIN)
BALLS = (
    EnterBalls(number=7, by=MEMBER, at=MAY),
    EnterBalls(number=7, by=TELLER, at=MAY),
)
SEAT = SeatPanel(by=CLERK, at=MAY)
REPORT = ReportPanel(report=a_commit("Keep it."), by=CLERK, at=MAY)
MINORITY = AttachMinority(words=a_commit("Sell it."), signers=1, by=CLERK, at=MAY)


def commit(seed: str) -> CommitSeed:
    return CommitSeed(
        party=a_commit(seed), commitment=lot.commitment(seed), by=CLERK, at=MAY
    )


def tell(seed: str, *, of: str | None = None) -> TellSeed:
    return TellSeed(commitment=lot.commitment(of or seed), seed=seed, by=CLERK, at=MAY)


COMMITTED = (BEGIN, commit(OURS), commit(THEIRS), OPEN)
LISTED = (*COMMITTED, FREEZE, SET, MAKE)
DRAWN = (*LISTED, tell(OURS), tell(THEIRS), DRAW)
BY_HAND = (replace(BEGIN, how="balls"), OPEN, FREEZE, SET, MAKE)


def after(*commands: panel.Command) -> panel.State:
    return carry_out(panel.decide, panel.evolve, panel.NOTHING, commands)


def test_a_panel_goes_through_its_stages_and_does_nothing_twice() -> None:
    done = after(*DRAWN, SEAT, REPORT, AnswerPanel(ask=FIXED, by=CLERK, at=MAY))

    assert tuple(stage for stage, _ in done.happened) == panel.STAGES
    assert panel.decide(done, BEGIN) == ()
    assert panel.decide(done, DRAW) == ()
    assert panel.decide(done, tell(OURS)) == ()


def test_the_number_is_that_of_all_seeds_together() -> None:
    drawn = after(*DRAWN).drawn

    assert drawn is not None
    together = lottery.sum_of({lot.commitment(s): s for s in (OURS, THEIRS)})
    assert drawn.seed == together
    assert drawn.number == lottery.number(together, fixed=FIXED, length=10)


def test_a_pool_is_frozen_only_once_somebody_has_committed_to_a_seed() -> None:
    with pytest.raises(TooEarly, match="committed to a seed"):
        after(BEGIN, OPEN, FREEZE)
    with pytest.raises(TooLate, match="before the pool is frozen"):
        after(*COMMITTED, FREEZE, commit("cc" * 16))


def test_a_pool_that_is_opened_again_takes_no_new_seeds() -> None:
    again = after(*COMMITTED, FREEZE, OPEN)

    with pytest.raises(TooLate):
        after(*COMMITTED, FREEZE, OPEN, commit("cc" * 16))
    assert panel.decide(again, FREEZE) != ()


def test_nothing_changes_once_the_list_is_made() -> None:
    for late in (OPEN, FREEZE, replace(SET, quotas=()), MAKE):
        with pytest.raises(TooLate, match="list of panels is made"):
            after(*LISTED, late)


def test_a_list_is_made_of_the_quotas_that_stand() -> None:
    with pytest.raises(TooLate, match="changed meanwhile"):
        after(*COMMITTED, FREEZE, replace(SET, quotas=()), MAKE)
    with pytest.raises(TooEarly):
        after(*COMMITTED, FREEZE, MAKE)


def test_no_seed_is_told_before_the_list_is_made_nor_another_one_than_promised() -> (
    None
):
    with pytest.raises(TooEarly, match="once the list of panels is made"):
        after(*COMMITTED, FREEZE, SET, tell(OURS))
    with pytest.raises(Invalid, match="not the seed that was committed to"):
        after(*LISTED, tell(THEIRS, of=OURS))
    with pytest.raises(Unknown):
        after(*LISTED, tell("cc" * 16))


def test_nothing_is_drawn_while_one_holds_their_seed_back() -> None:
    with pytest.raises(TooEarly, match="not known yet"):
        after(*LISTED, tell(OURS), DRAW)


def test_whoever_holds_back_has_a_week_and_then_all_begin_with_new_seeds() -> None:
    with pytest.raises(TooEarly, match="Nobody is left out before"):
        after(*LISTED, tell(OURS), replace(ASIDE, at=ASIDE.at - timedelta(seconds=1)))

    aside = after(*LISTED, tell(OURS), ASIDE)

    assert aside.seeds == ()
    assert [each.seed for each in aside.aside] == [OURS, None]
    for used in (OURS, THEIRS):
        with pytest.raises(TooLate, match="came to nothing"):
            panel.decide(aside, commit(used))
    new = "cc" * 16
    drawn = after(*LISTED, tell(OURS), ASIDE, commit(new), tell(new), DRAW).drawn
    assert drawn is not None
    assert drawn.seed == lottery.sum_of({lot.commitment(new): new})


def test_nobody_commits_to_a_seed_once_another_one_is_known() -> None:
    again = (*LISTED, ASIDE, commit("cc" * 16), tell("cc" * 16))

    with pytest.raises(TooLate):
        after(*again, commit("dd" * 16))


def test_of_balls_two_people_have_to_say_the_same() -> None:
    with pytest.raises(TooEarly):
        after(*BY_HAND, BALLS[0], BALLS[0], DRAW)
    with pytest.raises(TooEarly):
        after(*BY_HAND, BALLS[0], replace(BALLS[1], number=8), DRAW)

    drawn = after(*BY_HAND, replace(BALLS[0], number=8), *BALLS, DRAW).drawn

    assert drawn is not None
    assert drawn.number == 7


def test_how_it_is_drawn_is_settled_before_anything_is_known() -> None:
    with pytest.raises(NotEntitled, match="drawn by seeds"):
        after(*LISTED, BALLS[0])
    with pytest.raises(Invalid, match="from 0 to 9"):
        after(*BY_HAND, replace(BALLS[0], number=10))


def test_a_place_is_passed_on_once_and_to_somebody_new() -> None:
    passed = PassOnPlace(out=TICKETS[0], into=Ticket("t7"), by=CLERK, at=MAY)

    on = after(*DRAWN, passed, passed)

    assert on.seated == (TICKETS[1], Ticket("t7"))
    assert len(on.passed_on) == 1
    with pytest.raises(Unknown):
        panel.decide(on, replace(passed, out=Ticket("t9")))
    for twice in TICKETS:
        with pytest.raises(Invalid, match="drawn twice"):
            panel.decide(on, replace(passed, out=Ticket("t7"), into=twice))


def test_what_a_minority_says_stays_beside_the_report() -> None:
    reported = after(*DRAWN, SEAT, REPORT, MINORITY)

    assert [each.signers for each in reported.minorities] == [1]
    assert panel.decide(reported, MINORITY) == ()
    with pytest.raises(TooLate, match="it stands"):
        panel.decide(reported, REPORT)
    with pytest.raises(Invalid, match="not all"):
        panel.decide(reported, replace(MINORITY, words=a_commit("More."), signers=2))
    with pytest.raises(TooEarly):
        after(*DRAWN, SEAT, MINORITY)
    with pytest.raises(TooEarly):
        after(*DRAWN, REPORT)


def test_a_pool_is_forgotten_once_there_is_a_report() -> None:
    forget = ForgetPool(by=MemberId(CLERK), at=MAY)

    with pytest.raises(TooEarly):
        after(*DRAWN, SEAT, forget)
    assert after(*DRAWN, SEAT, REPORT, forget, forget).forgotten_at == MAY
