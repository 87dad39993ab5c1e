"""What an activity came to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effect:
    """What an activity came to, in words; and whether our chamber has to hear of it."""

    says: str
    concerns_chamber: bool = False
