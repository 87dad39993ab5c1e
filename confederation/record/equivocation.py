"""Two contradictory statements stay side by side until the assembly settles them."""

from dataclasses import dataclass

from confederation.identifiers import AssemblyId, Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivocation:
    """Two contradictory statements of one assembly, side by side."""

    of: AssemblyId
    a: Digest
    b: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The assembly settles a contradiction of its own, by its decision.

    ``a`` and ``b`` are those of the `Equivocation` that shows it; ``stands`` is the one
    of the two that the assembly goes on from.
    """

    a: Digest
    b: Digest
    stands: Digest
    decision: Digest
