"""An assembly joins a compact by an act of its own, on a claim open to challenge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from confederation.identifiers import AssemblyId, Commit, CompactId, Digest, SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The assembly joins a compact, applies to it, or leaves: one act of its own.

    ``compact`` is the version that is joined; whoever applies names the identity.
    Leaving takes back an application as well.
    """

    compact: Digest
    act: Literal["join", "apply", "leave"]
    decision: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """A meeting that a claim rests on, in numbers and days.

    ``electorate`` is the digest of the Electorate entry that counted those present;
    None where nobody counted. ``steps`` maps a step of the process to whether it was
    taken; one that is not noted is missing.
    """

    session: SessionId
    held: datetime
    electorate: Digest | None = None
    present: int | None = None
    residents: int | None = None
    basis: str = ""
    steps: Mapping[str, bool] = field(default_factory=dict)
    countersigned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Legitimacy:
    """What an assembly that applies says of itself, by a compact's criteria.

    Whoever reads it works ``figure`` and ``holds`` out again from the sittings.
    """

    compact: CompactId
    criteria: Digest
    sittings: tuple[Sitting, ...]
    figure: int | None = None
    holds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A member says, by a decision, what its people saw at a meeting of another.

    ``present`` is how many they counted, if they did; ``confirms`` whether it was as
    the other assembly says.
    """

    compact: CompactId
    of: AssemblyId
    session: SessionId
    confirms: bool
    decision: Digest
    present: int | None = None


Criterion = Literal["attendance", "counting", "regularity", "process", "existence"]
"""What a claim can be challenged on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A member challenges an assembly's claim on one criterion, with evidence.

    ``compact`` is the version whose members can be drawn for the panel; ``seed``
    commits to the challenger's half of the lot.
    """

    compact: Digest
    of: AssemblyId
    criterion: Criterion
    evidence: tuple[Commit, ...]
    reply_by: datetime
    seed: Digest
    decision: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The assembly whose claim is challenged answers."""

    challenge: Digest
    text: Commit


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSeed:
    """Whoever challenged opens its half of the lot, once the time to reply is over."""

    challenge: Digest
    seed: str
    reply: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An assembly of the panel says whether the challenged claim is upheld."""

    challenge: Digest
    upheld: bool
    decision: Digest
    reason: Commit | None = None
