"""A paper is a row of marks, and each way of counting reads its own kind of them.

Most marks are an option. Options that share a rank are one mark, ``a=b``; a score is
the option and its number, ``a:4``. An option several times over is so many dots.
"""

from collections.abc import Collection, Mapping, Sequence

from confederation.errors import Invalid
from confederation.identifiers import OptionId

Paper = tuple[OptionId, ...]
"""The marks on one paper, from the top down; no mark at all is a blank paper."""

Ranks = tuple[tuple[OptionId, ...], ...]
"""A ranking from the most wanted down; options in one place are wanted alike."""

TOGETHER = "="
SCORED = ":"


def ranks(paper: Paper) -> Ranks:
    """Read a ranking in which options may share a place."""
    return tuple(
        tuple(OptionId(each) for each in mark.split(TOGETHER)) for mark in paper
    )


def write_ranks(ranks: Ranks) -> Paper:
    """Write a ranking as a paper, so that one ranking is always the same paper."""
    return tuple(OptionId(TOGETHER.join(sorted(place))) for place in ranks)


def scores(paper: Paper) -> Mapping[OptionId, int]:
    """Read how many points a paper gives to which option.

    Raises:
        Invalid: a mark is no score, or an option is scored twice.
    """
    given: dict[OptionId, int] = {}
    for mark in paper:
        option, _, points = mark.rpartition(SCORED)
        if not option or not (points.isascii() and points.isdecimal()):
            raise Invalid("A score is an option and a number of points.")
        if option in given:
            raise Invalid("A paper scores an option once.")
        given[OptionId(option)] = int(points)
    return given


def write_scores(given: Mapping[OptionId, int]) -> Paper:
    """Write scores as a paper, so that the same scores are always the same paper."""
    return tuple(
        OptionId(f"{option}{SCORED}{points}")
        for option, points in sorted(given.items())
    )


def check(markings: Mapping[Paper, int], lot: Sequence[OptionId]) -> None:
    """Check that a lot names every option once, and that no count is below nought."""
    if not lot or len(set(lot)) != len(lot):
        raise Invalid("A lot names every option of the ballot once.")
    if any(papers < 0 for papers in markings.values()):
        raise Invalid("A choice cannot stand on fewer than no papers.")


def check_known(options: Collection[OptionId], known: Collection[OptionId]) -> None:
    """Check that a paper names each option once, and none that is not on the ballot."""
    if len(set(options)) != len(options):
        raise Invalid("A paper names an option once.")
    strange = sorted(set(options) - set(known))
    if strange:
        raise Invalid(
            "{strange!r} is not an option of this ballot.", strange=strange[0]
        )


def first(
    tied: Collection[OptionId], *, keep: OptionId | None, lot: Sequence[OptionId]
) -> OptionId:
    """Settle a tie: things stay as they are if that is among them, else by lot."""
    if keep is not None and keep in tied:
        return keep
    return min(tied, key=list(lot).index)
