"""A text that assemblies draft together is named by its digest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from confederation.identifiers import AssemblyId, Commit, Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A numbered clause of a proposal; amounts are exact decimals or fractions."""

    n: int
    text: Commit
    amounts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextVersion:
    """A version of a text that assemblies draft together, named by its digest.

    ``shares`` names the first Issue entry that it is about; ``text`` commits to the
    whole. ``among`` are the assemblies whose agreement freezes it, sorted; ``parents``
    the versions that it was made from; ``answers`` the objections that it answers.
    """

    shares: Digest
    title: Commit
    text: Commit
    clauses: tuple[Clause, ...]
    among: tuple[AssemblyId, ...]
    parents: tuple[Digest, ...] = ()
    answers: tuple[Digest, ...] = ()
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonText:
    """An assembly says how it stands to a version of a common text.

    *Agreed* is for good: this is the text that it puts to its people. ``version_hash``
    is the digest of the version; ``reason`` why it was offered.
    """

    version: TextVersion
    version_hash: Digest
    stand: Literal["offered", "taken in", "agreed", "withdrawn"]
    reason: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextObjection:
    """An assembly objects to a version of a common text, or says what became of it.

    ``first`` names the entry that raised the objection; None in that entry itself.
    """

    on: Digest
    reason: Commit
    state: Literal["raised", "stands", "withdrawn"] = "raised"
    first: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionTest:
    """Another assembly has tested an objection: how many found it valid, or not."""

    objection: Digest
    valid: int
    not_valid: int
    upheld: bool
