"""An option wins if no other beats it by a stronger path of comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from confederation.counting import marks, pairwise
from confederation.counting.marks import Paper
from confederation.counting.pairwise import Matrix
from confederation.identifiers import OptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The comparisons, the strongest paths, and the options in the order they give.

    ``places`` are the options from the most wanted down; those in one place are tied.
    ``may_win`` are the ones that stand above keeping things as they are, both in the
    order and in the direct comparison. ``by_lot`` says that a lot chose among them.
    """

    matrix: Matrix
    paths: Mapping[OptionId, Mapping[OptionId, int]]
    places: tuple[tuple[OptionId, ...], ...]
    may_win: tuple[OptionId, ...]
    winner: OptionId | None
    by_lot: bool


def count(
    markings: Mapping[Paper, int],
    *,
    lot: Sequence[OptionId],
    keep: OptionId | None = None,
) -> Count:
    """Count rankings by Schulze's method, by winning votes.

    Args:
        markings: how many papers carry each ranking, in which options may share a
            place; never who cast them.
        lot: every option, in the order drawn from a seed that was committed to.
        keep: the option that leaves things as they are. What wins has more papers for
            it than for keeping, compared directly; if nothing has, things stay.

    Returns:
        The count; no winner where no paper ranks anything.

    See docs/reference/counting.md, "Schulze".
    """
    matrix = pairwise.compare(markings, options=lot)
    paths = _strongest(matrix)
    places = _places(paths, lot)
    may_win = tuple(
        option
        for place in places
        for option in place
        if keep is None
        or (
            option != keep
            and matrix.beats(option, keep)
            and paths[option][keep] > paths[keep][option]
        )
    )
    if not any(paper and papers for paper, papers in markings.items()):
        winner, tied = None, []
    else:
        tied = [option for option in may_win if option in _place_of(places, may_win)]
        winner = marks.first(tied, keep=None, lot=lot) if tied else keep
    return Count(
        matrix=matrix,
        paths=paths,
        places=places,
        may_win=may_win,
        winner=winner,
        by_lot=len(tied) > 1,
    )


def _strongest(matrix: Matrix) -> dict[OptionId, dict[OptionId, int]]:
    """Find the strongest path between every two: it is as strong as its weakest step.

    A step is a comparison that one option wins, and as strong as the papers it won.
    """
    options, over = matrix.options, matrix.over
    paths = {
        one: {
            other: over[one][other] if matrix.beats(one, other) else 0
            for other in options
            if other != one
        }
        for one in options
    }
    for via in options:
        for one in options:
            if one == via:
                continue
            reach = paths[one][via]
            for other in options:
                if other not in (one, via):
                    by_way = min(reach, paths[via][other])
                    paths[one][other] = max(paths[one][other], by_way)
    return paths


def _places(
    paths: Mapping[OptionId, Mapping[OptionId, int]], lot: Sequence[OptionId]
) -> tuple[tuple[OptionId, ...], ...]:
    left, places = list(lot), []
    while left:
        place = tuple(
            one
            for one in left
            if all(paths[one][o] >= paths[o][one] for o in left if o != one)
        )
        places.append(place)
        left = [option for option in left if option not in place]
    return tuple(places)


def _place_of(
    places: tuple[tuple[OptionId, ...], ...], may_win: tuple[OptionId, ...]
) -> tuple[OptionId, ...]:
    """Return the highest place with an option in it that may win."""
    return next((p for p in places if any(o in may_win for o in p)), ())
