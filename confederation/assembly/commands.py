"""What an assembly is asked to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confederation.assembly.events import Kind
from confederation.assembly.office import Meeting
from confederation.deciding.decision import Decided
from confederation.deciding.rulebook import Rules, Teller
from confederation.identifiers import (
    ActorId,
    AssemblyId,
    BallotId,
    Commit,
    Digest,
    MemberId,
    Multikey,
)
from confederation.membership.member import Evidence, Founder, Role
from confederation.record import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAssembly:
    """Found an assembly. ``by`` is None: whoever sets up the node does this."""

    name: Commit
    kind: Kind
    key: Multikey
    next_key_digest: Digest | None = None
    founders: tuple[Founder, ...] = ()
    tellers: tuple[Teller, ...] = ()
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmFounding:
    key: Multikey
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptRulebook:
    """Adopt rules by a decision on their text; the first ones need none before them."""

    rules: Rules
    decision: Decided | None = None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRulebook:
    version: int
    key: Multikey
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMember:
    member: MemberId
    evidence: Evidence
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEvidence:
    member: MemberId
    evidence: Evidence
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveAssembly:
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeMembers:
    """Say that two entries in the list of members are one person.

    That a second member knows both was checked by the caller, and no question that
    both could vote on is open.
    """

    duplicate: MemberId
    into: MemberId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember:
    """Carry out a decision, about a person, that this member is one no longer."""

    member: MemberId
    text: Commit
    decision: Decided | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRole:
    """Give a member a role, or give it anew where its term is over or runs out.

    ``meetings`` are those of the whole assembly so far, by which a term is measured.
    """

    member: MemberId
    role: Role
    by: MemberId | None
    at: datetime
    meetings: tuple[Meeting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRole:
    member: MemberId
    role: Role
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAddress:
    address: ActorId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCompact:
    """Join a compact version by a decision whose subject is its digest."""

    compact: Digest
    decision: Decided | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyToCompact:
    """Apply to a compact by a decision on one of its versions.

    ``compact`` is the identity of the compact, ``version`` the one decided on.
    """

    compact: Digest
    version: Digest
    decision: Decided | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleSuccession:
    """Carry out that the assembly ends, or that it takes up where another ended.

    ``text`` is that of the motion that was adopted by this ``decision``, ``method`` how
    it was decided. ``of`` is the entry by which the other assembly named this one, and
    ``assembly`` our own identity.
    """

    assembly: AssemblyId
    act: Literal["split", "merge", "dissolve", "succeed"]
    successors: tuple[AssemblyId, ...]
    of: Digest | None
    text: Commit
    method: Method
    decision: Decided | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSuccession:
    """A teller confirms the entry by which the assembly ends, or takes up an end."""

    ballot: BallotId
    key: Multikey
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveCompact:
    """Leave a compact by a decision of one's own. Nobody else has to agree.

    ``version`` is the one that was decided on, where it is not ``compact`` itself. An
    application is taken back in the same way.
    """

    compact: Digest
    version: Digest | None = None
    decision: Decided | None
    by: MemberId | None
    at: datetime


Command = (
    FoundAssembly
    | ConfirmFounding
    | AdoptRulebook
    | ConfirmRulebook
    | AddMember
    | ChangeEvidence
    | LeaveAssembly
    | MergeMembers
    | RemoveMember
    | GrantRole
    | EndRole
    | ChangeAddress
    | JoinCompact
    | ApplyToCompact
    | LeaveCompact
    | SettleSuccession
    | ConfirmSuccession
)
