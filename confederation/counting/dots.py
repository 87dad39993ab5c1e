"""Dots put things in an order of interest. They decide nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from confederation.counting import marks
from confederation.counting.marks import Paper
from confederation.errors import ByNumber, Invalid
from confederation.identifiers import OptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The dots on each option, and the options from the most dots down.

    Options with equally many share a place; within one they stand as drawn by lot.
    """

    counts: Mapping[OptionId, int]
    places: tuple[tuple[OptionId, ...], ...]


def count(
    markings: Mapping[Paper, int],
    *,
    lot: Sequence[OptionId],
    dots: int,
    most: int,
) -> Order:
    """Count dots, that all people put down at the same time.

    Args:
        markings: how many papers carry each set of dots; an option stands on a paper
            once for each dot on it.
        lot: every option, in the order drawn from a seed that was committed to.
        dots: how many a person has. Leaving some over is fine.
        most: how many of them one option may have from one person.

    See docs/reference/counting.md, "Dots".
    """
    marks.check(markings, lot)
    counts = dict.fromkeys(lot, 0)
    for paper, papers in markings.items():
        check(paper, options=lot, dots=dots, most=most)
        for option in paper:
            counts[option] += papers
    figures = sorted(set(counts.values()), reverse=True)
    return Order(
        counts=dict(sorted(counts.items())),
        places=tuple(
            tuple(option for option in lot if counts[option] == figure)
            for figure in figures
        ),
    )


def check(paper: Paper, *, options: Sequence[OptionId], dots: int, most: int) -> None:
    """Check that a paper has no more dots than a person may put down.

    Raises:
        Invalid: it has, in all or on one option, or one is on no option.
    """
    spent = Counter(paper)
    marks.check_known(tuple(spent), options)
    if spent.total() > dots:
        raise Invalid(
            ByNumber(
                "A person has {dots} dot.",
                "A person has {dots} dots.",
            ),
            dots=dots,
        )
    if max(spent.values(), default=0) > most:
        raise Invalid(
            ByNumber(
                "A person puts at most {most} dot on one option.",
                "A person puts at most {most} dots on one option.",
            ),
            most=most,
        )
