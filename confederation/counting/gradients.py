"""A sense of the room is a sense of the room: it binds nobody and passes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from confederation.errors import Invalid
from confederation.identifiers import OptionId

LOVE = OptionId("love-it")
LIKE = OptionId("like-it")
LIVE = OptionId("can-live-with-it")
UNSURE = OptionId("not-sure")
DISLIKE = OptionId("do-not-like-it")

SCALE = (LOVE, LIKE, LIVE, UNSURE, DISLIKE)
"""The steps from the warmest to the coldest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """How many stand on each step, and the step on which the middle one stands.

    ``middle`` is the colder of two where the middle falls between them, so that a
    divided room does not look warmer than it is; None where nobody answered.
    """

    counts: Mapping[OptionId, int]
    middle: OptionId | None


def count(positions: Mapping[OptionId, int]) -> Sense:
    """Count how warm people feel about something.

    See docs/reference/counting.md, "Sense check".
    """
    strange = sorted(set(positions) - set(SCALE))
    if strange:
        raise Invalid("{strange!r} is not a step of this scale.", strange=strange[0])
    if any(people < 0 for people in positions.values()):
        raise Invalid("Fewer than nobody cannot feel something.")
    counts = {step: positions.get(step, 0) for step in SCALE}
    half = sum(counts.values()) // 2
    so_far, middle = 0, None
    for step, people in counts.items():
        so_far += people
        if so_far > half:
            middle = step
            break
    return Sense(counts=counts, middle=middle)
