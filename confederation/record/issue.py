"""An issue belongs to whoever raises it; others say that they have it too."""

from dataclasses import dataclass
from typing import Final, Literal

from confederation.identifiers import Commit, Digest

Scope = Literal["local", "district", "county", "national", "international"]
"""How far an issue reaches, from the smallest to the largest."""

SCOPES: Final[tuple[Scope, ...]] = (
    *("local", "district", "county"),
    *("national", "international"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An assembly raises an issue; its words travel beside the entry.

    ``place`` is what people there call the place that it is about. ``scope`` is how
    far it reaches, empty where that was not said; an IssueScope changes it.
    """

    title: Commit
    what: Commit
    why: Commit | None = None
    theme: str = ""
    status: str = "open"
    lang: str = "en"
    place: Commit | None = None
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueScope:
    """The assembly that raised an issue says how far it reaches, from here on."""

    issue: Digest
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAccount:
    """*We have this too*: an assembly's own account of an issue raised elsewhere.

    ``shares`` names the first Issue entry; ``own`` the assembly's own Issue, if any.
    """

    shares: Digest
    account: Commit
    why: Commit | None = None
    own: Digest | None = None
    withdrawn: bool = False
    lang: str = "en"
