"""The clearest majorities are locked in first, unless one would close a circle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from confederation.counting import marks, pairwise
from confederation.counting.marks import Paper
from confederation.counting.pairwise import Matrix
from confederation.identifiers import OptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One majority in its turn: locked in, or passed over because of a circle.

    ``by_lot`` says that another was of the same size, and a lot set the order.
    """

    over: OptionId
    under: OptionId
    papers: int
    against: int
    locked: bool
    by_lot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The comparisons, the majorities in the order they were taken, and the order.

    ``order`` is every option from the most wanted down. ``tied`` are the options that
    nothing is locked above, if there are several.
    """

    matrix: Matrix
    locks: tuple[Lock, ...]
    order: tuple[OptionId, ...]
    tied: tuple[OptionId, ...]
    winner: OptionId | None


def count(
    markings: Mapping[Paper, int],
    *,
    lot: Sequence[OptionId],
    keep: OptionId | None = None,
) -> Count:
    """Count rankings by ranked pairs.

    A majority is larger if more papers are for it; of two with equally many, if fewer
    are against it; of two that are alike in both, the lot says.

    Args:
        markings: how many papers carry each ranking, in which options may share a
            place; never who cast them.
        lot: every option, in the order drawn from a seed that was committed to.
        keep: the option that leaves things as they are; it wins a tie at the top.

    Returns:
        The count; no winner where no paper ranks anything.

    See docs/reference/counting.md, "Ranked pairs".
    """
    matrix = pairwise.compare(markings, options=lot)
    drawn = {option: at for at, option in enumerate(lot)}
    majorities = sorted(
        (
            (-matrix.over[one][other], matrix.over[other][one], one, other)
            for one in lot
            for other in lot
            if one != other and matrix.beats(one, other)
        ),
        key=lambda pair: (pair[0], pair[1], drawn[pair[2]], -drawn[pair[3]]),
    )
    sizes = [pair[:2] for pair in majorities]
    beneath: dict[OptionId, set[OptionId]] = {option: set() for option in lot}
    locks = []
    for papers, against, over, under in majorities:
        locked = over not in beneath[under]
        if locked:
            gained = {under} | beneath[under]
            for option in lot:
                if option == over or over in beneath[option]:
                    beneath[option] |= gained
        locks.append(
            Lock(
                over=over,
                under=under,
                papers=-papers,
                against=against,
                locked=locked,
                by_lot=sizes.count((papers, against)) > 1,
            )
        )
    order, tied = _order(beneath, lot, keep)
    voted = any(paper and papers for paper, papers in markings.items())
    return Count(
        matrix=matrix,
        locks=tuple(locks),
        order=order,
        tied=tied if len(tied) > 1 else (),
        winner=order[0] if voted else None,
    )


def _order(
    beneath: Mapping[OptionId, set[OptionId]],
    lot: Sequence[OptionId],
    keep: OptionId | None,
) -> tuple[tuple[OptionId, ...], tuple[OptionId, ...]]:
    """Read the order off what is locked, and which options nothing is above."""
    left, order = list(lot), []
    top: tuple[OptionId, ...] = ()
    while left:
        free = tuple(o for o in left if not any(o in beneath[other] for other in left))
        top = top or free
        taken = marks.first(free, keep=keep, lot=lot)
        order.append(taken)
        left.remove(taken)
    return tuple(order), top
