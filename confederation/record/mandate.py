"""A mandate is given by a decision, bound by instructions, and ended by a recall."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from confederation.identifiers import (
    ActorId,
    Commit,
    CompactId,
    Digest,
    Multikey,
    OptionId,
)

Declared = Literal["another seat", "councillor"]
"""What a delegate holds besides: a seat elsewhere, or a public office by election."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Election:
    """The assembly elects a delegate and an alternate for its seat in a compact.

    ``declared`` is what the delegate says that they hold besides, and
    ``alternate_declared`` what the alternate says.
    """

    compact: CompactId
    holder: ActorId
    alternate: ActorId | None
    decision: Digest
    declared: tuple[Declared, ...] = ()
    alternate_declared: tuple[Declared, ...] = ()
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What the delegate must choose, may choose among, must not choose, may amend.

    ``amounts`` bounds the amounts in a clause: clause number → name → (least, most).
    """

    proposal: Digest
    must: tuple[OptionId, ...] = ()
    may: tuple[OptionId, ...] = ()
    must_not: tuple[OptionId, ...] = ()
    may_amend: tuple[int, ...] = ()
    amounts: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)
    reason: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """An assembly binds its delegate: matters, instructions, term, report-back.

    A mandate in ``scope`` *compact* may hold one instruction whose ``proposal`` is the
    identity of the compact: it covers whatever proposal no other instruction covers. In
    ``scope`` *theme* it covers only those of its ``theme``, or of a branch of that.
    """

    holder: ActorId
    delegate_key: Multikey
    compact: CompactId
    decision: Digest
    election: Digest
    instructions: tuple[Instruction, ...]
    valid_from: datetime
    valid_until: datetime
    report_due: datetime
    supersedes: Digest | None = None
    paper_vote: bool = False
    scope: Literal["proposals", "compact", "theme"] = "proposals"
    theme: str = ""
    under: Digest | None = None
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """The assembly ends a mandate. It takes effect at its own ``seq``."""

    mandate: Digest
    decision: Digest
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBack:
    """The delegate's report was given, or asked for again: a fact about the seat.

    ``decision`` is the one by which the assembly accepted it, or did not.
    """

    mandate: Digest
    state: Literal["filed", "accepted", "not accepted", "awaited"]
    text: Commit | None = None
    decision: Digest | None = None
