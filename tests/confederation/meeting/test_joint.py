"""Who meets is said once, the host is one of them, and everybody has a turn."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.errors import Invalid
from confederation.identifiers import AssemblyId, SessionId
from confederation.meeting import joint, turns
from confederation.meeting.joint import HoldTogether
from tests.confederation.builders import CLERK, MAY, a_commit, carry_out

US, QUARRY, MILL = (AssemblyId(f"sha256:{letter * 64}") for letter in ("a", "b", "c"))
WITH_QUARRY = HoldTogether(
    session=SessionId("may"), us=US, others=(QUARRY,), host=QUARRY, by=CLERK, at=MAY
)
ALONE = replace(WITH_QUARRY, others=(), host=None)


def after(*commands: joint.Command) -> joint.State:
    return carry_out(joint.decide, joint.evolve, joint.NOTHING, commands)


def test_a_meeting_is_held_with_whom_was_said_last() -> None:
    assert after(WITH_QUARRY).others == (QUARRY,)
    assert after(WITH_QUARRY, ALONE).others == ()
    assert joint.decide(after(WITH_QUARRY), WITH_QUARRY) == ()
    assert joint.decide(joint.NOTHING, ALONE) == ()


@pytest.mark.parametrize(
    "command",
    [
        replace(WITH_QUARRY, others=(US,)),
        replace(WITH_QUARRY, others=(QUARRY, QUARRY)),
        replace(WITH_QUARRY, host=MILL),
        replace(ALONE, host=US),
        replace(
            WITH_QUARRY,
            others=tuple(AssemblyId(f"sha256:{n:064}") for n in range(6)),
            host=None,
        ),
    ],
)
def test_what_cannot_be_is_refused(command: HoldTogether) -> None:
    with pytest.raises(Invalid):
        joint.decide(joint.NOTHING, command)


def test_what_it_follows_stays_when_the_host_changes() -> None:
    first = replace(WITH_QUARRY, follows="https://quarry.example/n/1")

    later = after(first, replace(WITH_QUARRY, host=US, beside=a_commit("Dana")))

    assert later.held is not None
    assert later.held.follows == "https://quarry.example/n/1"


def test_the_turn_goes_round() -> None:
    assert turns.whose([], []) is None
    assert turns.whose(["hall", "school"], []) == "hall"
    assert turns.whose(["hall", "school"], ["hall"]) == "school"
    assert turns.whose(["hall", "school"], ["school", "hall"]) == "hall"
    assert turns.whose(["hall", "school"], ["hall", "hall", "school", "park"]) == (
        "school"
    )


@given(st.integers(min_value=1, max_value=5), st.integers(max_value=40, min_value=0))
def test_nobody_is_host_twice_more_than_another(parties: int, meetings: int) -> None:
    past: list[int] = []
    for _ in range(meetings):
        turn = turns.whose(range(parties), past)
        assert turn is not None
        past.insert(0, turn)

    times = [past.count(each) for each in range(parties)]
    assert max(times) - min(times) <= 1
