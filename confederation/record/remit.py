"""A sub-assembly decides within its remit, and never for the whole assembly."""

from dataclasses import dataclass
from datetime import datetime

from confederation.identifiers import (
    Commit,
    CompactId,
    Digest,
    Multikey,
    SubAssemblyId,
)
from confederation.record.decision import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Remit:
    """The assembly grants a part of itself a remit, until a day or until it ends it.

    ``text`` is the very text that was decided on. ``stands`` says whether what the
    sub-assembly decides stands by itself, or goes to the whole assembly. ``compact``
    is one in which it may bind the assembly's delegate on its theme, if any.
    """

    sub_assembly: SubAssemblyId
    name: Commit
    theme: str
    text: Commit
    until: datetime
    decision: Digest
    stands: bool = False
    compact: CompactId | None = None
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemitEnd:
    """The assembly ends a remit before its day. It takes effect at its own ``seq``."""

    remit: Digest
    decision: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class RemitDecision:
    """What a sub-assembly decided under its remit. It is no decision of the whole."""

    remit: Digest
    taken: Decision
    confirmed_by: tuple[Multikey, ...] = ()
