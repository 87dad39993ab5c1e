"""A shared issue is the set of its accounts: it grows, and nobody owns it.

Each assembly says in its own record *we have this too*, in its own words, and may take
that back. Nothing is merged by a machine: an account belongs to the issue it names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from confederation.confederal.history import Record
from confederation.errors import Invalid
from confederation.identifiers import AssemblyId, Commit, Digest
from confederation.record import (
    Action,
    CommonText,
    Decision,
    Entry,
    Issue,
    IssueScope,
    Proposal,
    SharedAccount,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How an issue shows up in one assembly, in its own words.

    ``entry`` is the newest the assembly published on it: its own Issue for the one
    that raised it, else a SharedAccount. ``members`` is how many members the assembly
    said that it has; None if it never said. ``own`` is its own issue, where it has one.
    ``did`` is what it did about it: texts that it offered and agreed to, proposals,
    decisions on these, and what follows from those, in the order of its record.
    """

    assembly: AssemblyId
    entry: Entry
    since: datetime
    members: int | None = None
    own: Entry | None = None
    did: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedIssue:
    """An issue, every standing account of it, and the proposals that came of it.

    ``accounts`` are in the order in which they were first given, by the assemblies'
    own times. ``withdrawn`` names those that took theirs back. ``scope`` is how far it
    reaches, as the assembly that raised it said last; empty if it never said.
    """

    issue: Entry
    accounts: tuple[Account, ...]
    withdrawn: tuple[AssemblyId, ...] = ()
    proposals: tuple[Entry, ...] = ()
    scope: str = ""

    @property
    def assemblies(self) -> int:
        """How many assemblies share it."""
        return len(self.accounts)

    @property
    def people(self) -> int | None:
        """How many members they have together; None while one has not said."""
        members = [account.members for account in self.accounts]
        known = [each for each in members if each is not None]
        return sum(known) if len(known) == len(members) else None


def gather(issue: Entry, records: Mapping[AssemblyId, Record]) -> SharedIssue:
    """Gather the accounts of an issue from the records that are held.

    The assembly that raised it is the first to have it. Each assembly counts once, by
    the newest it said; an account that was withdrawn can be given again.

    Raises:
        Invalid: the entry raises no issue.
    """
    if not isinstance(issue.fact, Issue):
        raise Invalid("Only an issue can be shared.")
    accounts: list[Account] = []
    proposed = _proposals(issue, records.values())
    texts = _texts(issue, records.values())
    named = frozenset(entry.digest for entry in proposed)
    withdrawn: list[AssemblyId] = []
    for assembly, record in records.items():
        given = list(_given(issue, record))
        if not given:
            continue
        newest = given[-1]
        if isinstance(newest.fact, SharedAccount) and newest.fact.withdrawn:
            withdrawn.append(assembly)
            continue
        accounts.append(
            Account(
                assembly=assembly,
                entry=newest,
                since=given[0].published,
                members=record.members_at(record.size),
                own=_own(newest, record),
                did=tuple(_did(issue, record, texts=texts, proposed=named)),
            )
        )
    return SharedIssue(
        issue=issue,
        accounts=tuple(sorted(accounts, key=_first_given)),
        withdrawn=tuple(sorted(withdrawn)),
        proposals=proposed,
        scope=_scope(issue, records.get(issue.assembly)),
    )


def _scope(issue: Entry, record: Record | None) -> str:
    assert isinstance(issue.fact, Issue)
    said = () if record is None else record.facts(IssueScope)
    scopes = [scope.scope for _, scope in said if scope.issue == issue.digest]
    return scopes[-1] if scopes else issue.fact.scope


def _given(issue: Entry, record: Record) -> Iterable[Entry]:
    if record.assembly == issue.assembly:
        yield issue
    for entry, account in record.facts(SharedAccount):
        if account.shares == issue.digest:
            yield entry


def _own(newest: Entry, record: Record) -> Entry | None:
    match newest.fact:
        case Issue():
            return newest
        case SharedAccount(own=own):
            return record.get(own)
        case _:
            return None


def _texts(issue: Entry, records: Iterable[Record]) -> frozenset[Commit]:
    """Give the commitments to whole texts that were drafted about an issue."""
    return frozenset(
        fact.version.text
        for record in records
        for _, fact in record.facts(CommonText)
        if fact.version.shares == issue.digest
    )


def _did(
    issue: Entry,
    record: Record,
    *,
    texts: frozenset[Commit],
    proposed: frozenset[Digest],
) -> Iterable[Entry]:
    decided: set[Digest] = set()
    for entry in record.entries:
        match entry.fact:
            case CommonText(version=version, stand="offered" | "agreed"):
                about = version.shares == issue.digest
            case Proposal(issue=named):
                about = named == issue.digest
            case Decision(text_commit=text, on=on):
                about = text in texts or on in proposed
                if about:
                    decided.add(entry.digest)
            case Action(follows=follows, state=state):
                about = follows in decided and state in ("offered", "done")
            case _:
                about = False
        if about:
            yield entry


def _proposals(issue: Entry, records: Iterable[Record]) -> tuple[Entry, ...]:
    found = [
        entry
        for record in records
        for entry, proposal in record.facts(Proposal)
        if proposal.issue == issue.digest
    ]
    return tuple(sorted(found, key=lambda entry: (entry.published, entry.digest)))


def _first_given(account: Account) -> tuple[datetime, AssemblyId]:
    return account.since, account.assembly
