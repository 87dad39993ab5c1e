"""Consensus is everybody's: one block too many, or too many aside, and there is none.

Blocking is against founding principles or grave harm. Standing aside says: concerned,
not stopping it, and not bound to do the work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from confederation.counting import shares
from confederation.counting.consent import CONSENT, STAND_ASIDE
from confederation.errors import Invalid
from confederation.identifiers import OptionId

BLOCK = OptionId("block")

POSITIONS = (CONSENT, STAND_ASIDE, BLOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The positions taken, and how many blocks and stand-asides it can bear."""

    agree: int
    stand_aside: int
    blocks: int
    present: int
    most_blocks: int
    most_aside: int

    @property
    def reached(self) -> bool:
        """Whether there is consensus. Where nobody agrees there is none."""
        return (
            self.agree > 0
            and self.blocks <= self.most_blocks
            and self.stand_aside <= self.most_aside
        )


def count(
    positions: Mapping[OptionId, int],
    *,
    present: int,
    blocks: int = 0,
    stand_asides: Fraction = Fraction(1, 4),
) -> Tally:
    """Count the positions of those present in a consensus round.

    Args:
        positions: how many took each of ``POSITIONS``; never who.
        present: how many the share of stand-asides is taken of.
        blocks: how many blocks it can bear; usually none.
        stand_asides: the share of those present that may stand aside. Exactly the
            share is still borne.

    See docs/reference/counting.md, "Consensus".
    """
    strange = sorted(set(positions) - set(POSITIONS))
    if strange:
        raise Invalid(
            "{strange!r} is not a position in a consensus round.", strange=strange[0]
        )
    if blocks < 0 or any(taken < 0 for taken in positions.values()):
        raise Invalid("Fewer than nobody cannot take a position.")
    if sum(positions.values()) > present:
        raise Invalid("More took a position than were present.")
    return Tally(
        agree=positions.get(CONSENT, 0),
        stand_aside=positions.get(STAND_ASIDE, 0),
        blocks=positions.get(BLOCK, 0),
        present=present,
        most_blocks=blocks,
        most_aside=shares.most(stand_asides, present),
    )
