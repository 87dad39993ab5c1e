"""Everybody ticks what they can live with; the most ticks win, if they are enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from confederation.counting import marks, shares
from confederation.counting.marks import Paper
from confederation.identifiers import OptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The ticks, and how many of the papers an option needs.

    ``tied`` are the options with the most ticks, if there are several.
    """

    counts: Mapping[OptionId, int]
    cast: int
    floor: str
    needed: int
    tied: tuple[OptionId, ...]
    winner: OptionId | None


def count(
    markings: Mapping[Paper, int],
    *,
    lot: Sequence[OptionId],
    floor: Fraction = Fraction(0),
    keep: OptionId | None = None,
) -> Tally:
    """Count ticks; a paper ticks as many options as its voter likes.

    Args:
        markings: how many papers carry each set of ticks; never who cast them.
        lot: every option, in the order drawn from a seed that was committed to.
        floor: the share of all papers cast, blank ones too, that must tick the winner.
        keep: the option that leaves things as they are; it wins a tie.

    Returns:
        The tally; no winner where nobody ticked anything, or too few ticked the first.

    See docs/reference/counting.md, "Approval".
    """
    marks.check(markings, lot)
    counts = dict.fromkeys(lot, 0)
    cast = 0
    for paper, papers in markings.items():
        marks.check_known(paper, counts)
        cast += papers
        for option in paper:
            counts[option] += papers
    needed = max(1, shares.least(floor, cast, strict=False))
    best = max(counts.values())
    tied = tuple(option for option in lot if counts[option] == best)
    return Tally(
        counts=dict(sorted(counts.items())),
        cast=cast,
        floor=shares.write(floor),
        needed=needed,
        tied=tied if len(tied) > 1 and best else (),
        winner=marks.first(tied, keep=keep, lot=lot) if best >= needed else None,
    )
