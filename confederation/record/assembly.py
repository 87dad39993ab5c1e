"""An assembly begins, adopts its rules, changes its key or its address, and ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from confederation.identifiers import (
    ActorId,
    AssemblyId,
    Commit,
    Digest,
    Multikey,
    SessionId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """An assembly begins; the digest of this entry is its identity for ever."""

    name: Commit
    kind: str
    key: Multikey
    next_key_digest: Digest | None = None
    tellers: tuple[Multikey, ...] = ()
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """The assembly adopts its rules. Items keep the version they opened under."""

    text: Commit
    tellers: tuple[Multikey, ...]
    quorum: str = "0"
    threshold: str = "1/2"
    methods: tuple[str, ...] = ()
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEvent:
    """A record key is replaced; it acts from its own ``seq`` on.

    ``decided`` is the digest of the proposal by which a compact gave the new key to an
    assembly that had lost its own. See ``confederation.new_key``.
    """

    op: Literal["add", "retire", "compromised"]
    key: Multikey
    next_key_digest: Digest | None = None
    decided: Digest | None = None
    consented: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The assembly lives at this actor address from now on."""

    address: ActorId


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCount:
    """How many members the assembly has. A number, no name."""

    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Electorate:
    """Who may decide in a session, as counts by evidence level, at its opening."""

    session: SessionId
    present: int
    members: int
    levels: Mapping[str, int] = field(default_factory=dict)
    basis: str = "cards"
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """An assembly ends, or begins where others ended; decided by a qualified vote.

    ``successors`` are who goes on: all of them where it splits, the one that it merges
    into, nobody where it is dissolved. Where it is a successor itself, ``of`` is
    the entry by which the other named it.
    """

    act: Literal["split", "merge", "dissolve", "succeed"]
    decision: Digest
    successors: tuple[AssemblyId, ...] = ()
    of: Digest | None = None
    confirmed_by: tuple[Multikey, ...] = ()
