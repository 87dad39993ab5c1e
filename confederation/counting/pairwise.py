"""Two options are compared on every paper: which of them stands above the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from confederation.counting import marks
from confederation.counting.marks import Paper
from confederation.identifiers import OptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """How many papers want one option more than another.

    An option that is left out of a paper stands below all that are on it. Options in
    one place, or both left out, count for neither.
    """

    options: tuple[OptionId, ...]
    over: Mapping[OptionId, Mapping[OptionId, int]]

    def beats(self, one: OptionId, other: OptionId) -> bool:
        """Whether more papers want one option than want the other instead."""
        return self.over[one][other] > self.over[other][one]


def compare(markings: Mapping[Paper, int], *, options: Sequence[OptionId]) -> Matrix:
    """Compare every two options over all papers.

    Args:
        markings: how many papers carry each ranking, in which options may share a
            place; never who cast them.
        options: every option of the ballot, once.

    See docs/reference/counting.md, "Comparing two by two".
    """
    marks.check(markings, options)
    # One row of the matrix is one whole number, with a field wide enough for all
    # papers beside every other: a paper is added to a row in one addition.
    width = sum(markings.values()).bit_length() + 1
    unit = {option: 1 << (width * at) for at, option in enumerate(options)}
    rows = dict.fromkeys(options, 0)
    known = frozenset(options)
    by_papers: dict[int, tuple[int, dict[OptionId, int]]] = {}
    for paper, papers in markings.items():
        if papers not in by_papers:
            units = {option: one * papers for option, one in unit.items()}
            by_papers[papers] = sum(units.values()), units
        below, units = by_papers[papers]
        if len(known.intersection(paper)) == len(paper):
            for option in paper:
                below -= units[option]
                rows[option] += below
            continue
        places = marks.ranks(paper)
        marks.check_known(list(chain.from_iterable(places)), options)
        for place in places:
            below -= sum(units[option] for option in place)
            for option in place:
                rows[option] += below
    field = (1 << width) - 1
    return Matrix(
        options=tuple(options),
        over={
            one: {
                other: rows[one] >> (width * at) & field
                for at, other in enumerate(options)
                if other != one
            }
            for one in options
        },
    )
