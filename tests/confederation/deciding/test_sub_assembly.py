"""A remit is granted and ended by the whole assembly, and nobody is put in."""

from dataclasses import replace
from datetime import timedelta

import pytest

from confederation.confederal.compact import LONGEST_THEME
from confederation.deciding import ballot, decision, sub_assembly
from confederation.deciding.sub_assembly import (
    EndRemit,
    GrantRemit,
    JoinSubAssembly,
    LeaveSubAssembly,
    ProposeRemit,
    PutToWhole,
    Terms,
)
from confederation.errors import Invalid, NotEntitled, Refused, TooEarly, TooLate
from confederation.identifiers import BallotId, MotionId, SubAssemblyId
from tests.confederation.builders import (
    CLERK,
    MAY,
    MEMBER,
    a_commit,
    a_digest,
    carry_out,
    counts,
    decided,
    markings,
    terms,
)

HEALTH = SubAssemblyId("health")
TERMS = Terms(name=a_commit("Health"), theme="health", until=MAY + timedelta(days=90))
PROPOSE = ProposeRemit(
    sub_assembly=HEALTH, terms=TERMS, motion=MotionId("m"), by=MEMBER, at=MAY
)
GRANT = GrantRemit(
    terms=TERMS, text=a_commit("text"), decision=decided("text"), by=CLERK, at=MAY
)
JOIN = JoinSubAssembly(by=MEMBER, at=MAY)
END = EndRemit(decision=a_digest("end"), by=CLERK, at=MAY)
HAND_ON = PutToWhole(decided=BallotId("b"), motion=MotionId("n"), by=MEMBER, at=MAY)


def after(*commands: sub_assembly.Command) -> sub_assembly.State:
    return carry_out(
        sub_assembly.decide, sub_assembly.evolve, sub_assembly.NOTHING, commands
    )


def test_a_remit_is_the_text_that_the_whole_assembly_adopted() -> None:
    granted = after(PROPOSE, GRANT).granted

    assert granted is not None
    assert granted.text == GRANT.text
    for no in (
        replace(GRANT, decision=None),
        replace(GRANT, decision=decided("another text")),
        replace(GRANT, decision=replace(decided("text"), sub_assembly=HEALTH)),
    ):
        with pytest.raises(NotEntitled):
            after(PROPOSE, no)
    with pytest.raises(Refused, match="against"):
        after(PROPOSE, replace(GRANT, decision=decided("text", outcome="rejected")))


def test_whoever_joins_does_so_by_themselves_while_there_is_a_remit() -> None:
    assert after(PROPOSE, GRANT, JOIN).members == {MEMBER}
    assert after(PROPOSE, GRANT, JOIN, LeaveSubAssembly(by=MEMBER, at=MAY)) == after(
        PROPOSE, GRANT
    )
    with pytest.raises(TooEarly):
        after(PROPOSE, JOIN)
    with pytest.raises(TooLate, match="ended"):
        after(PROPOSE, GRANT, END, JOIN)


def test_a_remit_ends_on_its_day_or_by_a_decision() -> None:
    by_the_clock = replace(END, decision=None, by=None)
    day = TERMS.until

    assert after(PROPOSE, GRANT).in_force(day - timedelta(seconds=1))
    assert not after(PROPOSE, GRANT).in_force(day)
    assert not after(PROPOSE, GRANT, END).in_force(MAY)
    assert after(PROPOSE, GRANT, replace(by_the_clock, at=day)).status == "ended"
    with pytest.raises(TooEarly, match="by a decision"):
        after(PROPOSE, GRANT, by_the_clock)
    with pytest.raises(TooLate, match="ran until"):
        sub_assembly.check_in_force(after(PROPOSE, GRANT), at=day)


def test_what_stands_by_itself_is_not_handed_on() -> None:
    within = replace(GRANT, terms=replace(TERMS, stands=True))

    assert after(PROPOSE, GRANT, HAND_ON, HAND_ON).handed_on == {
        HAND_ON.decided: HAND_ON.motion
    }
    with pytest.raises(Refused, match="stands by itself"):
        after(PROPOSE, within, HAND_ON)


@pytest.mark.parametrize(
    "terms",
    [
        replace(TERMS, theme="Health!"),
        replace(TERMS, theme="h" * (LONGEST_THEME + 1)),
        replace(TERMS, until=MAY),
    ],
    ids=["no theme", "too long", "over already"],
)
def test_a_remit_has_a_theme_and_a_day_to_come(terms: Terms) -> None:
    with pytest.raises(Invalid):
        after(replace(PROPOSE, terms=terms))
    with pytest.raises(Invalid):
        after(PROPOSE, replace(GRANT, terms=terms))


def test_what_counts_is_the_remit_as_it_was_granted() -> None:
    shorter = replace(TERMS, until=MAY + timedelta(days=9))

    proposed, granted = after(PROPOSE), after(PROPOSE, replace(GRANT, terms=shorter))

    assert (sub_assembly.NOTHING.status, proposed.status) == (
        "not proposed",
        "proposed",
    )
    assert (proposed.terms, granted.terms) == (TERMS, shorter)
    assert not proposed.in_force(MAY)
    assert granted.in_force(MAY)
    assert sub_assembly.decide(granted, PROPOSE) == ()
    with pytest.raises(TooEarly, match="No such"):
        after(GRANT)


def test_the_same_twice_changes_nothing() -> None:
    leaving = LeaveSubAssembly(by=MEMBER, at=MAY)
    over = after(PROPOSE, GRANT, JOIN, HAND_ON, END)

    for command in (PROPOSE, GRANT, JOIN, HAND_ON, END):
        assert sub_assembly.decide(over, command) == ()
    assert sub_assembly.decide(after(PROPOSE, GRANT), leaving) == ()


def test_under_a_remit_that_was_not_granted_nothing_ends_or_is_handed_on() -> None:
    for command in (HAND_ON, END):
        with pytest.raises(TooEarly, match="not granted"):
            after(PROPOSE, command)


def test_a_remit_covers_its_theme_and_what_branches_off_it() -> None:
    assert sub_assembly.covers(TERMS, "health")
    assert sub_assembly.covers(TERMS, "health/air")
    for other in ("healthy", "housing", "public/health"):
        assert not sub_assembly.covers(TERMS, other)


def test_who_has_not_joined_is_asked_to() -> None:
    sub_assembly.check_member(after(PROPOSE, GRANT, JOIN), MEMBER)
    with pytest.raises(NotEntitled, match="Join it first"):
        sub_assembly.check_member(after(PROPOSE, GRANT, JOIN), CLERK)


def test_what_a_sub_assembly_decided_is_no_decision_of_the_whole() -> None:
    theirs = replace(decided("text"), sub_assembly=HEALTH)

    assert decision.about(theirs, text=GRANT.text, sub_assembly=HEALTH) == theirs
    with pytest.raises(NotEntitled, match="whole assembly"):
        decision.carries(theirs, text=GRANT.text)


def test_only_a_ballot_under_a_remit_ends_uncounted() -> None:
    opened = ballot.BallotOpened(terms=terms(), by=CLERK, at=MAY)
    state = ballot.evolve(ballot.NOTHING, opened)
    theirs = replace(opened, terms=replace(terms(), sub_assembly=HEALTH))
    under = ballot.evolve(ballot.NOTHING, theirs)
    stop = ballot.EndBallot(by=None, at=MAY)

    [ended] = ballot.decide(under, stop)
    over = ballot.evolve(under, ended)

    assert not over.is_open
    assert ballot.decide(over, stop) == ()
    with pytest.raises(TooLate, match="without being counted"):
        ballot.decide(over, ballot.CloseBallot(by=CLERK, at=MAY))
    with pytest.raises(TooLate, match="without being counted"):
        ballot.decide(over, counts(markings(for_=3))[0])
    refusal = ballot.why_not(over, MEMBER, struck=False, at=MAY)
    assert isinstance(refusal, TooLate)
    assert "without being counted" in str(refusal)
    with pytest.raises(Refused):
        ballot.decide(state, stop)
