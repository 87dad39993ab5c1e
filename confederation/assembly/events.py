"""What happens to an assembly."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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
from confederation.membership.member import Evidence, Role

Kind = Literal["place", "themed", "co-op", "council", "panel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyFounded:
    name: Commit
    kind: Kind
    key: Multikey
    next_key_digest: Digest | None
    tellers: tuple[Teller, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundingConfirmed:
    key: Multikey
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RulebookAdopted:
    version: int
    rules: Rules
    ballot: BallotId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RulebookConfirmed:
    version: int
    key: Multikey
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAdded:
    member: MemberId
    evidence: Evidence
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceChanged:
    member: MemberId
    evidence: Evidence
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft:
    member: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersMerged:
    duplicate: MemberId
    into: MemberId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved:
    member: MemberId
    ballot: BallotId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGranted:
    member: MemberId
    role: Role
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleEnded:
    member: MemberId
    role: Role
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChanged:
    address: ActorId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactJoined:
    compact: Digest
    ballot: BallotId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactApplied:
    compact: Digest
    ballot: BallotId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionSettled:
    act: Literal["split", "merge", "dissolve", "succeed"]
    successors: tuple[AssemblyId, ...]
    of: Digest | None
    ballot: BallotId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionConfirmed:
    ballot: BallotId
    key: Multikey
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactLeft:
    compact: Digest
    ballot: BallotId
    at: datetime


Event = (
    AssemblyFounded
    | FoundingConfirmed
    | RulebookAdopted
    | RulebookConfirmed
    | MemberAdded
    | EvidenceChanged
    | MemberLeft
    | MembersMerged
    | MemberRemoved
    | RoleGranted
    | RoleEnded
    | AddressChanged
    | CompactJoined
    | CompactApplied
    | CompactLeft
    | SuccessionSettled
    | SuccessionConfirmed
)
