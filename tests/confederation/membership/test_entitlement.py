"""Members decide, officers carry out, and the host only sets things up."""

from dataclasses import fields, replace
from typing import get_args

import pytest

from confederation import assembly
from confederation.assembly import AddMember, GrantRole, JoinCompact
from confederation.counting.majority import FOR
from confederation.deciding.ballot import CastVote, CloseBallot, OpenBallot
from confederation.errors import NotEntitled, TooEarly
from confederation.identifiers import MemberId
from confederation.meeting.rotation import JobTitle
from confederation.membership import entitlement
from confederation.membership.member import Role
from tests.confederation.builders import (
    CLERK,
    MAY,
    MEMBER,
    REGISTRAR,
    STRANGER,
    TELLER,
    a_call,
    a_digest,
    a_founding,
    an_assembly,
    an_opening,
    decided,
    terms,
)

ADDING = AddMember(member=STRANGER, evidence="vouched", by=REGISTRAR, at=MAY)
VOTING = CastVote(choice=(FOR,), revision=1, by=MEMBER, at=MAY)
OPENING = OpenBallot(terms=terms(), by=CLERK, at=MAY)
CLOSING = CloseBallot(by=None, at=MAY)


def an_assembly_with_officers() -> assembly.State:
    offices: list[tuple[MemberId, Role]] = [
        (CLERK, "clerk"),
        (REGISTRAR, "registrar"),
        (TELLER, "facilitator"),
    ]
    return an_assembly(
        *(GrantRole(member=who, role=role, by=None, at=MAY) for who, role in offices)
    )


def test_the_page_says_of_every_command_who_may_give_it() -> None:
    commands = set(get_args(entitlement.Command))

    assert set(entitlement.MAY) == commands
    assert all({"by", "at"} <= {f.name for f in fields(kind)} for kind in commands)


def test_no_two_commands_have_one_name() -> None:
    names = [kind.__name__ for kind in get_args(entitlement.Command)]

    assert len(set(names)) == len(names)


def test_a_member_votes_and_a_stranger_does_not() -> None:
    here = an_assembly_with_officers()

    entitlement.check(here, VOTING)

    with pytest.raises(NotEntitled, match="members of this assembly"):
        entitlement.check(here, replace(VOTING, by=STRANGER))


def test_before_the_founding_whoever_was_invited_is_told_to_wait_for_it() -> None:
    with pytest.raises(TooEarly, match="not founded yet"):
        entitlement.check(assembly.NOTHING, VOTING)


def test_whoever_left_may_do_nothing_any_more() -> None:
    left = an_assembly(assembly.LeaveAssembly(by=MEMBER, at=MAY))

    with pytest.raises(NotEntitled):
        entitlement.check(left, VOTING)


def test_officers_do_what_is_theirs_and_others_are_told_whose_it_is() -> None:
    here = an_assembly_with_officers()

    entitlement.check(here, ADDING)
    entitlement.check(here, replace(a_call(), by=TELLER))
    entitlement.check(here, OPENING)

    with pytest.raises(NotEntitled, match="This is for the registrar to do"):
        entitlement.check(here, replace(ADDING, by=CLERK))
    with pytest.raises(NotEntitled, match="clerk, convenor or facilitator"):
        entitlement.check(here, replace(OPENING, by=MEMBER))


def test_whoever_is_named_for_a_meeting_does_what_an_officer_does_there() -> None:
    here = an_assembly_with_officers()

    entitlement.check(here, replace(OPENING, by=MEMBER), jobs={"facilitator"})

    for job, commands in entitlement.NAMED.items():
        assert all(job in entitlement.MAY[kind] for kind in commands), job
    refused: list[tuple[OpenBallot | AddMember, MemberId, JobTitle, str]] = [
        (OPENING, MEMBER, "note-taker", "clerk, convenor or facilitator"),
        (OPENING, MEMBER, "doorkeeper", "clerk, convenor or facilitator"),
        (ADDING, MEMBER, "facilitator", "This is for the registrar to do"),
        (OPENING, STRANGER, "facilitator", "members of this assembly"),
    ]
    for command, by, job, says in refused:
        with pytest.raises(NotEntitled, match=says):
            entitlement.check(here, replace(command, by=by), jobs={job})


def test_the_host_sets_up_and_the_clock_closes_but_neither_votes() -> None:
    here = an_assembly_with_officers()
    joining = JoinCompact(
        compact=a_digest("c"), decision=decided(subject="c"), by=None, at=MAY
    )

    entitlement.check(assembly.NOTHING, a_founding())
    for command in (CLOSING, joining, replace(ADDING, by=None)):
        entitlement.check(here, command)

    for for_people in (replace(OPENING, by=None), replace(an_opening(), by=None)):
        with pytest.raises(NotEntitled, match="whoever runs the machine"):
            entitlement.check(here, for_people)


def test_nobody_founds_an_assembly_that_they_are_already_in() -> None:
    with pytest.raises(NotEntitled):
        entitlement.check(an_assembly(), replace(a_founding(), by=CLERK))
