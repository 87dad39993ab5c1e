"""Stage by stage, each side for itself, and no decision before all are ready."""

from dataclasses import replace

import pytest

from confederation.dealings import bridge
from confederation.dealings.bridge import (
    STAGES,
    BeginBridge,
    EndBridge,
    HearReady,
    LinkMeeting,
    PutUnder,
    SayReady,
    Side,
    Stage,
)
from confederation.deciding import common_ground
from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import BridgeId, IssueId, MotionId, SessionId
from confederation.membership.entitlement import CARETAKING
from tests.confederation.builders import (
    CLERK,
    MAY,
    MEMBER,
    TELLER,
    a_commit,
    carry_out,
)

YARD, OTHER = MotionId("yard"), MotionId("other")
DAMP = IssueId("damp")
HILL, DALE = Side(name=a_commit("Hill"), speaker=MEMBER), Side(name=a_commit("Dale"))
BEGIN = BeginBridge(
    bridge=BridgeId("b"),
    matter=a_commit("The yard"),
    sides=(HILL, DALE),
    issue=DAMP,
    by=CLERK,
    at=MAY,
)
PUT = PutUnder(motion=YARD, by=CLERK, at=MAY)
END = EndBridge(reason=a_commit("They moved away."), by=CLERK, at=MAY)


def hill(stage: Stage = "meet", *, ready: bool = True) -> SayReady:
    return SayReady(side=1, stage=stage, ready=ready, by=MEMBER, at=MAY)


def dale(stage: Stage = "meet", *, ready: bool = True) -> HearReady:
    return HearReady(side=2, stage=stage, ready=ready, by=CLERK, at=MAY)


def after(*commands: bridge.Command) -> bridge.State:
    return carry_out(bridge.decide, bridge.evolve, bridge.NOTHING, commands)


CROSSED = tuple(each for stage in STAGES for each in (hill(stage), dale(stage)))


def test_all_go_on_together() -> None:
    assert after(BEGIN).stage == "meet"
    assert after(BEGIN, hill()).stage == "meet"
    assert after(BEGIN, hill()).not_ready("meet") == (2,)
    assert after(BEGIN, hill(), dale()).stage == "listen"
    assert after(BEGIN, *CROSSED).crossed


def test_whoever_is_not_ready_any_more_takes_all_back() -> None:
    back = after(BEGIN, hill(), dale(), hill(ready=False))

    assert back.stage == "meet"
    assert not after(BEGIN, *CROSSED, dale("listen", ready=False)).crossed


def test_a_motion_waits_until_every_side_is_ready() -> None:
    assert after(BEGIN, PUT).holds_back(YARD, None)
    assert after(BEGIN).holds_back(YARD, DAMP)
    assert not after(BEGIN, PUT).holds_back(OTHER, None)
    assert not after(replace(BEGIN, issue=None)).holds_back(OTHER, None)
    assert after(BEGIN, PUT, *CROSSED[:-1]).holds_back(YARD, None)
    assert not after(BEGIN, PUT, *CROSSED).holds_back(YARD, DAMP)
    assert not after(BEGIN, PUT, END).holds_back(YARD, DAMP)


def test_nobody_says_for_another_side_that_it_is_ready() -> None:
    with pytest.raises(NotEntitled, match="Each side says for itself"):
        after(BEGIN, replace(hill(), by=CLERK))
    with pytest.raises(NotEntitled, match="Each side says for itself"):
        after(BEGIN, replace(hill(), side=2))
    with pytest.raises(NotEntitled, match="somebody here who speaks for it"):
        after(BEGIN, replace(dale(), side=1))
    with pytest.raises(Unknown):
        after(BEGIN, replace(dale(), side=3))


def test_no_stage_is_passed_over() -> None:
    with pytest.raises(TooEarly, match="One stage comes after the other"):
        after(BEGIN, hill(), hill("listen"))


@pytest.mark.parametrize(
    "sides",
    [(HILL,), (HILL, HILL), tuple(Side(name=a_commit(f"{n}")) for n in range(7))],
)
def test_a_bridge_has_two_to_six_sides_of_their_own(sides: tuple[Side, ...]) -> None:
    with pytest.raises(Invalid):
        after(replace(BEGIN, sides=sides))


@pytest.mark.parametrize(
    "command",
    [
        hill(),
        dale(),
        PUT,
        LinkMeeting(session=SessionId("may"), stage="meet", by=TELLER, at=MAY),
    ],
)
def test_nothing_happens_on_a_bridge_that_is_not_there(
    command: bridge.Command,
) -> None:
    with pytest.raises(TooEarly):
        after(command)
    with pytest.raises(TooLate):
        after(BEGIN, END, command)
    assert bridge.decide(after(BEGIN, command), command) == ()


def test_a_caretaker_can_still_close_the_questions_of_a_meeting() -> None:
    assert common_ground.CloseQuestion in CARETAKING
    assert common_ground.DrawView in CARETAKING
