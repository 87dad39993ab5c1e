"""A confederal proposal never changes; what is decided of it is said beside it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confederation.identifiers import (
    AssemblyId,
    Commit,
    CompactId,
    Digest,
    Multikey,
    OptionId,
)
from confederation.record.text import Clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An option that a seat may choose; its label travels beside the entry."""

    id: OptionId
    label: Commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How something is decided. Shares are fractions written ``"2/3"``.

    ``seats`` is how many places a transferable vote of assemblies fills; None with
    every other method.
    """

    name: str
    quorum: str | None = None
    threshold: str | None = None
    seats: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """The key of a member that lost its own takes over after its last entry.

    ``after`` is the digest of that entry. ``consented`` says that the new key signed.
    """

    assembly: AssemblyId
    key: Multikey
    after: Digest
    consented: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearers:
    """Who bears the seat that a compact holds in a wider one, or is to bear it.

    ``assemblies`` are members of the compact below: the bearer, then its substitutes,
    the first to follow first. ``compact`` is the wider one; None where it is not
    written yet.
    """

    assemblies: tuple[AssemblyId, ...]
    compact: CompactId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A confederal proposal under one compact version. It never changes.

    ``compact_next`` is the version that it puts in the place of its own, if it changes
    the compact. ``theme`` is one of the themes of the compact, or empty. ``on`` is the
    proposal, or the mandate, of a wider compact that it decides on for the seat there.
    ``bearers`` are those who are to bear that seat, where this is what it decides.
    ``why_wider`` says why no assembly can do it alone; ``concerns`` are those that it
    is about, where it is not about all.
    """

    compact: Digest
    title: Commit
    clauses: tuple[Clause, ...]
    options: tuple[Choice, ...]
    method: Method
    opens: datetime
    closes: datetime
    decision: Digest
    issue: Digest | None = None
    amends: Digest | None = None
    slot: Digest | None = None
    ratify: bool = False
    new_key: NewKey | None = None
    on: Digest | None = None
    bearers: Bearers | None = None
    why_wider: Commit | None = None
    concerns: tuple[AssemblyId, ...] = ()
    compact_next: Digest | None = None
    theme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """An assembly says at which level a matter belongs, by a decision of its own.

    ``alone`` calls it back as what concerns this assembly and no other.
    """

    proposal: Digest
    belongs: Literal["here", "below"]
    decision: Digest
    alone: bool = False
    why: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """The proposing assembly withdraws its proposal."""

    proposal: Digest
    decision: Digest
