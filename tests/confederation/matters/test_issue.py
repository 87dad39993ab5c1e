"""An issue is raised in the assembly's own words; sharing one merges nothing."""

from dataclasses import replace

import pytest

from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import IssueId, MemberId, SessionId
from confederation.matters import issue
from confederation.matters.issue import (
    HearIssue,
    IssueShared,
    OpenIssue,
    RaiseIssue,
    ScopeSet,
    SetScope,
    ShareIssue,
    WithdrawAccount,
    WithdrawIssue,
    Words,
)
from confederation.record.issue import Scope
from tests.confederation.builders import (
    CLERK,
    MAY,
    MEMBER,
    a_commit,
    a_digest,
    carry_out,
    decided,
)

RAISING = RaiseIssue(
    issue=IssueId("issue"),
    words=Words(title=a_commit("damp"), what=a_commit("what"), why=a_commit("why")),
    seeds=7,
    by=MEMBER,
    at=MAY,
)
OPENING = OpenIssue(by=CLERK, at=MAY)
SHARING = ShareIssue(
    issue=IssueId("issue"),
    shares=a_digest("issue of A"),
    account=a_commit("mould, too"),
    by=MEMBER,
    at=MAY,
)
TAKING_BACK = WithdrawAccount(shares=SHARING.shares, by=CLERK, at=MAY)


def after(*commands: issue.Command) -> issue.State:
    return carry_out(issue.decide, issue.evolve, issue.NOTHING, commands)


def withdrawing(by: MemberId) -> WithdrawIssue:
    return WithdrawIssue(by=by, at=MAY)


def reaching(scope: Scope) -> SetScope:
    return SetScope(scope=scope, by=CLERK, at=MAY)


class TestIssue:
    def test_it_reaches_as_far_as_was_said_last(self) -> None:
        words = replace(RAISING.words, scope="local")
        raised = after(replace(RAISING, words=words))

        [wider] = issue.decide(raised, reaching("county"))

        assert isinstance(wider, ScopeSet)
        assert issue.fact(raised).scope == "local"
        assert issue.evolve(raised, wider).scope == "county"
        assert issue.decide(raised, reaching("local")) == ()

    def test_how_far_it_reaches_is_said_of_what_stands(self) -> None:
        with pytest.raises(TooEarly):
            issue.decide(issue.NOTHING, reaching("county"))
        with pytest.raises(TooLate):
            issue.decide(after(RAISING, withdrawing(MEMBER)), reaching("county"))

    def test_an_issue_is_raised_heard_and_taken_up(self) -> None:
        hearing = HearIssue(session=SessionId("session"), by=CLERK, at=MAY)

        raised = after(RAISING)
        heard = after(RAISING, hearing)
        opened = after(RAISING, hearing, OPENING)

        assert [raised.status, heard.status, opened.status] == [
            "raised",
            "heard",
            "open",
        ]

    def test_a_step_that_was_taken_is_not_taken_again(self) -> None:
        hearing = HearIssue(session=SessionId("session"), by=CLERK, at=MAY)
        opened = after(RAISING, OPENING)

        for again in (RAISING, hearing, OPENING):
            assert issue.decide(opened, again) == ()

    def test_an_issue_says_how_many_slips_stood_behind_it_and_no_more(self) -> None:
        [raised] = issue.decide(issue.NOTHING, RAISING)

        assert isinstance(raised, issue.IssueRaised)
        assert raised.seeds == 7
        with pytest.raises(Invalid):
            issue.decide(issue.NOTHING, replace(RAISING, seeds=-1))

    def test_whoever_raised_an_issue_withdraws_it_and_nobody_else(self) -> None:
        raised = after(RAISING)

        withdrawn = after(RAISING, withdrawing(MEMBER))

        assert withdrawn.status == "withdrawn"
        assert issue.decide(withdrawn, withdrawing(MEMBER)) == ()
        with pytest.raises(NotEntitled):
            issue.decide(raised, withdrawing(CLERK))

    def test_once_it_is_taken_up_the_assembly_withdraws_it(self) -> None:
        opened = after(RAISING, OPENING)
        by_decision = replace(withdrawing(CLERK), decision=decided("damp"))

        withdrawn = after(RAISING, OPENING, by_decision)

        assert withdrawn.status == "withdrawn"
        with pytest.raises(NotEntitled):
            issue.decide(opened, withdrawing(MEMBER))

    def test_a_withdrawn_issue_is_not_taken_up(self) -> None:
        with pytest.raises(TooLate):
            issue.decide(after(RAISING, withdrawing(MEMBER)), OPENING)

    def test_an_issue_that_nobody_raised_cannot_be_taken_up(self) -> None:
        with pytest.raises(TooEarly):
            issue.decide(issue.NOTHING, OPENING)
        with pytest.raises(TooEarly):
            issue.fact(issue.NOTHING)

    def test_the_record_gets_commitments_and_a_status(self) -> None:
        published = issue.fact(after(RAISING, OPENING))

        assert published.title == a_commit("damp")
        assert published.status == "open"
        assert MEMBER not in repr(published)


class TestSharing:
    def test_an_assembly_says_we_have_this_too_with_or_without_an_issue(self) -> None:
        assert SHARING.shares in after(SHARING).accounts
        assert SHARING.shares in after(RAISING, SHARING).accounts

    def test_saying_it_in_other_words_replaces_the_account(self) -> None:
        reworded = replace(SHARING, account=a_commit("mould in every flat"))

        shared = after(SHARING, reworded)

        assert shared.accounts[SHARING.shares].account == reworded.account
        assert len(shared.accounts) == 1

    def test_saying_it_twice_changes_nothing(self) -> None:
        assert issue.decide(after(SHARING), SHARING) == ()

    def test_nobody_shares_their_own_issue(self) -> None:
        with pytest.raises(Invalid):
            issue.decide(after(RAISING), replace(SHARING, own=SHARING.shares))

    def test_an_account_is_withdrawn_and_stays_withdrawn(self) -> None:
        taken_back = after(SHARING, TAKING_BACK)

        assert taken_back.accounts == {}
        assert issue.decide(taken_back, SHARING) == ()
        assert issue.decide(taken_back, TAKING_BACK) == ()

    def test_an_account_that_was_not_given_cannot_be_withdrawn(self) -> None:
        with pytest.raises(Unknown):
            issue.decide(after(RAISING), TAKING_BACK)

    def test_the_record_gets_the_account_and_whether_it_stands(self) -> None:
        [shared] = issue.decide(issue.NOTHING, SHARING)
        assert isinstance(shared, IssueShared)

        standing = issue.account(shared)
        withdrawn = issue.account(shared, withdrawn=True)

        assert standing.account == withdrawn.account == a_commit("mould, too")
        assert (standing.withdrawn, withdrawn.withdrawn) == (False, True)
