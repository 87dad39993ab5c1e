"""An issue is raised in the assembly's own words; sharing one merges nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from confederation import record
from confederation.deciding import decision
from confederation.deciding.decision import Decided
from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import (
    BallotId,
    Commit,
    Digest,
    IssueId,
    MemberId,
    SessionId,
)
from confederation.record.issue import Scope

Status = Literal["not raised", "raised", "heard", "open", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Commitments to what was said; the words themselves lie beside."""

    title: Commit
    what: Commit
    why: Commit | None = None
    theme: str = ""
    lang: str = "en"
    place: Commit | None = None
    scope: Scope | Literal[""] = ""


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseIssue:
    """Raise an issue. ``seeds`` is how many listening slips stood behind it."""

    issue: IssueId
    words: Words
    seeds: int = 0
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HearIssue:
    """Say that an issue was heard in a session."""

    session: SessionId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIssue:
    """Take an issue up: from here on it is the assembly's."""

    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SetScope:
    """Say how far an issue reaches, when that has changed."""

    scope: Scope
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawIssue:
    """Withdraw an issue: whoever raised it, or a decision once it is taken up.

    Such a decision is on the text of the issue's title.
    """

    decision: Decided | None = None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareIssue:
    """Say *we have this too* of an issue raised elsewhere, in one's own words.

    ``shares`` is the digest of the first Issue entry, ``own`` that of this assembly's
    own issue, where it has one. Saying it again in other words replaces the account.
    """

    issue: IssueId
    shares: Digest
    account: Commit
    why: Commit | None = None
    own: Digest | None = None
    lang: str = "en"
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawAccount:
    shares: Digest
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeLookAlike:
    """Say that an issue elsewhere, which looks like ours, is another; or take it back.

    It is for our own pages only, and goes nowhere.
    """

    other: Digest
    another: bool
    by: MemberId | None
    at: datetime


Command = (
    RaiseIssue
    | HearIssue
    | OpenIssue
    | SetScope
    | WithdrawIssue
    | ShareIssue
    | WithdrawAccount
    | JudgeLookAlike
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRaised:
    issue: IssueId
    words: Words
    seeds: int
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueHeard:
    issue: IssueId
    session: SessionId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueOpened:
    issue: IssueId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeSet:
    issue: IssueId
    scope: Scope
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueWithdrawn:
    issue: IssueId
    ballot: BallotId | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueShared:
    issue: IssueId
    shares: Digest
    account: Commit
    why: Commit | None
    own: Digest | None
    lang: str
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountWithdrawn:
    issue: IssueId
    shares: Digest
    account: Commit
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlikeJudged:
    issue: IssueId
    other: Digest
    another: bool
    by: MemberId | None
    at: datetime


Event = (
    IssueRaised
    | IssueHeard
    | IssueOpened
    | ScopeSet
    | IssueWithdrawn
    | IssueShared
    | AccountWithdrawn
    | LookAlikeJudged
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An issue as one assembly holds it.

    ``scope`` is how far it reaches by now, empty where nobody has said.
    ``accounts`` are its own accounts of issues raised elsewhere, by the digest of what
    they share; ``taken_back`` are those that it withdrew. ``others`` are issues
    elsewhere that look like it, and that somebody here found to be another.
    """

    raised: IssueRaised | None = None
    status: Status = "not raised"
    scope: Scope | Literal[""] = ""
    accounts: Mapping[Digest, IssueShared] = field(default_factory=dict)
    taken_back: frozenset[Commit] = frozenset()
    others: frozenset[Digest] = frozenset()


NOTHING = State()


def fact(issue: State) -> record.Issue:
    """Give the issue as the record publishes it.

    Raises:
        TooEarly: this assembly did not raise one.
    """
    words = _raised(issue).words
    return record.Issue(
        title=words.title,
        what=words.what,
        why=words.why,
        theme=words.theme,
        status=issue.status,
        lang=words.lang,
        place=words.place,
        scope=words.scope,
    )


def account(shared: IssueShared, *, withdrawn: bool = False) -> record.SharedAccount:
    """Give an account as the record publishes it."""
    return record.SharedAccount(
        shares=shared.shares,
        account=shared.account,
        why=shared.why,
        own=shared.own,
        withdrawn=withdrawn,
        lang=shared.lang,
    )


def decide(issue: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in an issue. A redelivered one changes nothing.

    Raises:
        Invalid: what is raised or shared cannot be.
        NotEntitled: somebody else raised it, or the decision is not on it.
        TooEarly: it was not raised yet.
        TooLate: it was withdrawn.
        Unknown: there is no such account to withdraw.
    """
    match command:
        case RaiseIssue(issue=id_, words=words, seeds=seeds, by=by, at=at):
            if issue.raised is not None:
                return ()
            if seeds < 0:
                raise Invalid("Fewer slips than none cannot stand behind an issue.")
            return (IssueRaised(issue=id_, words=words, seeds=seeds, by=by, at=at),)
        case HearIssue(session=session, at=at):
            raised = _standing(issue)
            if issue.status != "raised":
                return ()
            return (IssueHeard(issue=raised.issue, session=session, at=at),)
        case OpenIssue(by=by, at=at):
            raised = _standing(issue)
            if issue.status == "open":
                return ()
            return (IssueOpened(issue=raised.issue, by=by, at=at),)
        case SetScope(scope=scope, by=by, at=at):
            raised = _standing(issue)
            if issue.scope == scope:
                return ()
            return (ScopeSet(issue=raised.issue, scope=scope, by=by, at=at),)
        case WithdrawIssue():
            return _withdraw(issue, command)
        case ShareIssue():
            return _share(issue, command)
        case JudgeLookAlike(other=other, another=another, by=by, at=at):
            raised = _raised(issue)
            if (other in issue.others) == another:
                return ()
            return (
                LookAlikeJudged(
                    issue=raised.issue, other=other, another=another, by=by, at=at
                ),
            )
        case WithdrawAccount(shares=shares, by=by, at=at):
            given = issue.accounts.get(shares)
            if given is None:
                if issue.taken_back:
                    return ()
                raise Unknown("The assembly has given no account of that issue.")
            return (
                AccountWithdrawn(
                    issue=given.issue,
                    shares=shares,
                    account=given.account,
                    by=by,
                    at=at,
                ),
            )


def evolve(issue: State, event: Event) -> State:
    """Give the issue as it is after an event."""
    match event:
        case IssueRaised():
            scope = event.words.scope
            return replace(issue, raised=event, status="raised", scope=scope)
        case IssueHeard():
            return replace(issue, status="heard")
        case IssueOpened():
            return replace(issue, status="open")
        case ScopeSet(scope=scope):
            return replace(issue, scope=scope)
        case IssueWithdrawn():
            return replace(issue, status="withdrawn")
        case IssueShared():
            return replace(issue, accounts={**issue.accounts, event.shares: event})
        case AccountWithdrawn():
            rest = {d: a for d, a in issue.accounts.items() if d != event.shares}
            taken_back = issue.taken_back | {event.account}
            return replace(issue, accounts=rest, taken_back=taken_back)
        case LookAlikeJudged(other=other, another=True):
            return replace(issue, others=issue.others | {other})
        case LookAlikeJudged(other=other):
            return replace(issue, others=issue.others - {other})


def _withdraw(issue: State, command: WithdrawIssue) -> tuple[Event, ...]:
    if issue.status == "withdrawn":
        return ()
    raised = _raised(issue)
    ballot = None
    if issue.status == "open":
        ballot = decision.carries(command.decision, text=raised.words.title)
    elif command.by != raised.by:
        raise NotEntitled("Whoever raised an issue withdraws it.")
    return (
        IssueWithdrawn(issue=raised.issue, ballot=ballot, by=command.by, at=command.at),
    )


def _share(issue: State, command: ShareIssue) -> tuple[Event, ...]:
    if command.shares == command.own:
        raise Invalid("That is this assembly's own issue, so it has it already.")
    if command.account in issue.taken_back:
        return ()
    given = issue.accounts.get(command.shares)
    if given is not None and given.account == command.account:
        return ()
    return (
        IssueShared(
            issue=command.issue,
            shares=command.shares,
            account=command.account,
            why=command.why,
            own=command.own,
            lang=command.lang,
            by=command.by,
            at=command.at,
        ),
    )


def _raised(issue: State) -> IssueRaised:
    if issue.raised is None:
        raise TooEarly("This issue has not been raised here.")
    return issue.raised


def _standing(issue: State) -> IssueRaised:
    if issue.status == "withdrawn":
        raise TooLate("This issue was withdrawn.")
    return _raised(issue)
