"""A count stands when two different people have counted alike."""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from confederation.identifiers import MemberId

Figure = TypeVar("Figure")

Comparison = Literal["first", "repeated", "agreed", "differed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered(Generic[Figure]):
    """A count that one person entered and that waits for a second one's."""

    by: MemberId
    figure: Figure


def compare(
    waiting: Entered[Figure] | None, *, by: MemberId, figure: Figure
) -> Comparison:
    """Compare a count with the one that waits for it.

    Returns:
        *first* if nothing waits, or if the same person counted again and corrects
        themselves; *repeated* if they said the same as before; else whether the two
        people *agreed* or *differed*. After differing both count again.
    """
    if waiting is None:
        return "first"
    if waiting.by == by:
        return "repeated" if waiting.figure == figure else "first"
    return "agreed" if waiting.figure == figure else "differed"
