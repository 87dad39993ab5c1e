"""Options are given points; no points at all is no opinion, and is not a nought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from confederation.counting import marks
from confederation.counting.marks import Paper
from confederation.errors import Invalid
from confederation.identifiers import OptionId

MOST_POINTS = 5

By = Literal["sum", "mean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The points of each option, and how many papers gave it any opinion at all.

    ``least_raters`` is how many an option must have been rated by to win.
    """

    by: By
    points: Mapping[OptionId, int]
    raters: Mapping[OptionId, int]
    least_raters: int
    tied: tuple[OptionId, ...]
    winner: OptionId | None

    def mean(self, option: OptionId) -> Fraction | None:
        """Give the exact mean of an option; None where nobody rated it."""
        raters = self.raters[option]
        return Fraction(self.points[option], raters) if raters else None


def count(
    markings: Mapping[Paper, int],
    *,
    lot: Sequence[OptionId],
    by: By = "sum",
    least_raters: int = 1,
    keep: OptionId | None = None,
) -> Tally:
    """Count points from 0 to 5, by their sum or by their mean.

    Args:
        markings: how many papers carry each set of scores; never who cast them.
        lot: every option, in the order drawn from a seed that was committed to.
        by: *sum* adds the points up; *mean* divides them by those who gave any.
        least_raters: an option that fewer rated cannot win; 1 or more.
        keep: the option that leaves things as they are; it wins a tie.

    Returns:
        The tally; no winner where no option was rated by enough.

    See docs/reference/counting.md, "Score".
    """
    marks.check(markings, lot)
    if least_raters < 1:
        raise Invalid("What wins was rated by somebody.")
    points = dict.fromkeys(lot, 0)
    raters = dict.fromkeys(lot, 0)
    for paper, papers in markings.items():
        given = marks.scores(paper)
        marks.check_known(tuple(given), points)
        for option, number in given.items():
            if number > MOST_POINTS:
                raise Invalid("A score is from 0 to {most}.", most=MOST_POINTS)
            points[option] += number * papers
            raters[option] += papers
    rated = {
        option: Fraction(points[option], raters[option] if by == "mean" else 1)
        for option in lot
        if raters[option] >= least_raters
    }
    best = max(rated.values(), default=None)
    tied = tuple(option for option, figure in rated.items() if figure == best)
    return Tally(
        by=by,
        points=dict(sorted(points.items())),
        raters=dict(sorted(raters.items())),
        least_raters=least_raters,
        tied=tied if len(tied) > 1 else (),
        winner=marks.first(tied, keep=keep, lot=lot) if tied else None,
    )
