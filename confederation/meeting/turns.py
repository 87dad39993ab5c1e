"""Whoever waited longest for a turn has the next one, so that nobody always has."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def whose(parties: Sequence[T], past: Iterable[T]) -> T | None:
    """Say whose turn it is; None where there is nobody to choose from.

    It is whoever had fewest turns; of these, whose last is longest ago; of these, who
    is named first.

    Args:
        parties: who takes turns, each once.
        past: who had them, the newest first; others than the parties are passed over.
    """
    had = [each for each in past if each in parties]
    times, newest = Counter(had), {each: had.index(each) for each in set(had)}
    return min(
        parties,
        key=lambda each: (
            times[each],
            -newest.get(each, len(had)),
            parties.index(each),
        ),
        default=None,
    )
