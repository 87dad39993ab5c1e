"""An assembly's claim is worked out from its meetings, and its gaps stand beside it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.confederal import legitimacy
from confederation.confederal.legitimacy import (
    DEFAULT,
    STEPS,
    AdoptCriteria,
    Countersign,
    CountResidents,
    Criteria,
    Gap,
    Meeting,
    NoteStep,
    Step,
    claim,
)
from confederation.errors import Invalid, Refused
from confederation.identifiers import Commit, MemberId, SessionId
from tests.confederation.builders import CLERK, DAY, MAY, MEMBER, a_commit, carry_out

ALL_TAKEN: Mapping[Step, Commit | None] = dict.fromkeys(STEPS)
EVENING = SessionId("evening")
COUNT = CountResidents(session=EVENING, residents=151, present=160, by=CLERK, at=MAY)
NOTE = NoteStep(session=EVENING, step="input", by=CLERK, at=MAY)
SIGN = Countersign(session=EVENING, by=MEMBER, at=MAY)


def met(number: int, residents: int | None) -> Meeting:
    return Meeting(
        session=SessionId(f"s{number}"),
        held_at=MAY + number * DAY,
        present=None if residents is None else residents + 9,
        residents=residents,
        basis="cards",
        steps=ALL_TAKEN,
    )


def after(*commands: legitimacy.Command) -> legitimacy.State:
    return carry_out(legitimacy.decide, legitimacy.evolve, legitimacy.NOTHING, commands)


def test_three_meetings_with_more_than_150_residents_make_a_claim() -> None:
    found = claim([met(1, 151), met(2, 160), met(3, 155)], DEFAULT)

    assert found.holds
    assert found.figure == 155
    assert found.gaps == ()


def test_150_is_not_over_150() -> None:
    found = claim([met(1, 150), met(2, 150), met(3, 150)], DEFAULT)

    assert found.figure == 150
    assert not found.holds


def test_one_meeting_of_three_is_no_claim_yet() -> None:
    found = claim([met(1, 151)], DEFAULT)

    assert not found.holds
    assert found.gaps == (Gap(lack="meetings", number=1),)


def test_no_meeting_has_no_figure() -> None:
    found = claim([], DEFAULT)

    assert found.figure is None
    assert not found.holds


def test_one_thin_meeting_does_not_undo_the_median_but_is_shown() -> None:
    found = claim([met(1, 151), met(2, 90), met(3, 170)], DEFAULT)

    assert found.holds
    assert found.gaps == (Gap(lack="too few", session=SessionId("s2"), number=90),)


def test_each_meeting_counts_where_the_rule_says_so() -> None:
    each = Criteria(measure="each")

    assert not claim([met(1, 151), met(2, 90), met(3, 170)], each).holds
    assert claim([met(1, 151), met(2, 152), met(3, 170)], each).holds


def test_whoever_was_present_is_no_resident_until_somebody_says_so() -> None:
    uncounted = replace(met(2, None), present=400)

    found = claim([met(1, 151), uncounted, met(3, 170)], DEFAULT)

    assert not found.holds
    assert found.gaps == (
        Gap(lack="residents not counted", session=SessionId("s2"), number=400),
    )


def test_only_the_last_meetings_count() -> None:
    found = claim([met(n, 10) for n in range(5)] + [met(9, 200), met(8, 200)], DEFAULT)

    assert [each.session for each in found.meetings] == ["s9", "s8", "s4"]


def test_of_four_meetings_the_lower_middle_counts() -> None:
    four = Criteria(meetings=4)

    found = claim([met(1, 100), met(2, 140), met(3, 160), met(4, 200)], four)

    assert found.figure == 140
    assert not found.holds


def test_a_step_that_was_left_out_or_not_noted_is_a_gap() -> None:
    steps = {**ALL_TAKEN, "breakout": a_commit("it rained")}
    del steps["recording"]

    found = claim([replace(met(1, 200), steps=steps)], Criteria(meetings=1))

    assert [(gap.lack, gap.step) for gap in found.gaps] == [
        ("step left out", "breakout"),
        ("step not noted", "recording"),
    ]


@given(st.lists(st.integers(0, 500), max_size=9), st.integers(0, 300))
def test_one_more_resident_never_loses_a_claim(counts: list[int], over: int) -> None:
    criteria = Criteria(more_than=over)
    before = claim([met(n, count) for n, count in enumerate(counts)], criteria)
    after_ = claim([met(n, count + 1) for n, count in enumerate(counts)], criteria)

    assert after_.holds or not before.holds


@given(st.permutations([met(n, 100 + 20 * n) for n in range(6)]))
def test_the_order_in_which_meetings_are_read_is_irrelevant(
    meetings: list[Meeting],
) -> None:
    assert claim(meetings, DEFAULT) == claim(
        [met(n, 100 + 20 * n) for n in range(6)], DEFAULT
    )


def test_no_more_residents_than_people_were_there() -> None:
    assert after(COUNT).of(EVENING).residents == 151
    assert legitimacy.decide(after(COUNT), COUNT) == ()
    with pytest.raises(Invalid, match="160 were present"):
        legitimacy.decide(legitimacy.NOTHING, replace(COUNT, residents=161))


def test_what_was_left_out_can_be_said_anew() -> None:
    left_out = replace(NOTE, left_out=a_commit("no time"))

    assert after(left_out).of(EVENING).steps == {"input": left_out.left_out}
    assert after(left_out, NOTE).of(EVENING).steps == {"input": None}
    assert legitimacy.decide(after(NOTE), NOTE) == ()


def test_two_others_countersign_and_no_third() -> None:
    other = replace(SIGN, by=MemberId("m-other"))
    signed = after(NOTE, SIGN, other)

    assert signed.of(EVENING).countersigned == (MEMBER, "m-other")
    assert legitimacy.decide(signed, SIGN) == ()
    with pytest.raises(Refused, match="Two have"):
        legitimacy.decide(signed, replace(SIGN, by=MemberId("m-third")))


def test_nobody_countersigns_their_own_note() -> None:
    with pytest.raises(Refused, match="Somebody other"):
        legitimacy.decide(after(NOTE), replace(SIGN, by=CLERK))


def test_what_is_noted_anew_is_countersigned_anew() -> None:
    assert after(NOTE, SIGN, COUNT).of(EVENING).countersigned == ()


def test_criteria_have_versions() -> None:
    small = AdoptCriteria(criteria=Criteria(more_than=12, meetings=2), by=CLERK, at=MAY)

    assert after(small).version == 1
    assert legitimacy.decide(after(small), small) == ()
    with pytest.raises(Invalid):
        legitimacy.decide(
            legitimacy.NOTHING, replace(small, criteria=Criteria(meetings=0))
        )
