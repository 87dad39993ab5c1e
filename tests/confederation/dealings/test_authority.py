"""A public body is dealt with as was decided; votes stand beside what was said."""

from dataclasses import replace

import pytest

from confederation.dealings import authority
from confederation.dealings.authority import (
    Instruct,
    LeaveOffice,
    NameAuthority,
    NameOffice,
    NoteVote,
    SettleRelation,
)
from confederation.errors import Invalid, TooEarly, TooLate, Unknown
from confederation.identifiers import AuthorityId, Digest
from tests.confederation.builders import CLERK, MAY, a_commit, carry_out

DECISION = Digest(f"sha256:{'d' * 64}")
NAMED = NameAuthority(
    authority=AuthorityId("town"), name=a_commit("Town council"), by=CLERK, at=MAY
)
DELEGATES = SettleRelation(relation="delegates", decision=DECISION, by=CLERK, at=MAY)
OFFICE = NameOffice(
    number=1, office=a_commit("Quay ward"), holder=None, by=CLERK, at=MAY
)
TOLD = Instruct(
    number=1,
    matter=1,
    what=a_commit("The sea wall"),
    position="for",
    decision=DECISION,
    by=CLERK,
    at=MAY,
)
VOTED = NoteVote(
    number=1, matter=1, voted="for", source=a_commit("minutes"), by=CLERK, at=MAY
)


def after(*commands: authority.Command) -> authority.State:
    return carry_out(authority.decide, authority.evolve, authority.NOTHING, commands)


def test_until_the_assembly_decides_it_gives_its_input_and_names_no_office() -> None:
    named = after(NAMED)

    assert named.relation == "input"
    with pytest.raises(TooEarly, match="once the assembly has decided"):
        authority.decide(named, OFFICE)


def test_each_step_needs_a_body_that_is_named() -> None:
    for command in (DELEGATES, OFFICE, TOLD, VOTED):
        with pytest.raises(TooEarly, match="No such public body"):
            authority.decide(authority.NOTHING, command)


def test_what_is_sent_twice_changes_nothing() -> None:
    everything = (NAMED, DELEGATES, OFFICE, TOLD, VOTED)
    state = after(*everything)

    assert all(authority.decide(state, command) == () for command in everything)


def test_one_decision_says_one_thing() -> None:
    state = after(NAMED, DELEGATES)

    with pytest.raises(Invalid, match="said something else"):
        authority.decide(state, replace(DELEGATES, relation="conduits"))


def test_a_vote_is_compared_with_what_the_assembly_said() -> None:
    told = (NAMED, DELEGATES, OFFICE, TOLD)

    def deviates(*voted: authority.Command) -> bool | None:
        return after(*told, *voted).offices[1].matters[1].deviates

    assert deviates() is None
    assert deviates(VOTED) is False
    assert deviates(replace(VOTED, voted="against")) is True
    assert deviates(replace(VOTED, voted="absent")) is True


def test_what_was_said_is_not_changed_once_there_is_a_vote() -> None:
    state = after(NAMED, DELEGATES, OFFICE, TOLD, VOTED)

    with pytest.raises(TooLate, match="told already"):
        authority.decide(state, replace(TOLD, position="against"))


def test_nobody_votes_on_what_the_assembly_said_nothing_of() -> None:
    with pytest.raises(Unknown, match="said nothing"):
        authority.decide(after(NAMED, DELEGATES, OFFICE), VOTED)


def test_whoever_is_called_back_is_called_back_by_a_decision() -> None:
    state = after(NAMED, DELEGATES, OFFICE, TOLD)
    recalled = LeaveOffice(number=1, recalled=True, decision=None, by=CLERK, at=MAY)

    with pytest.raises(Invalid, match="by a decision"):
        authority.decide(state, recalled)
    left = after(
        NAMED, DELEGATES, OFFICE, TOLD, replace(recalled, decision=DECISION)
    ).offices[1]
    assert left.left is not None
    with pytest.raises(TooLate, match="has left it"):
        authority.decide(
            after(NAMED, DELEGATES, OFFICE, replace(recalled, decision=DECISION)), TOLD
        )
