"""What an activity came to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effect:
    """What an activity came to, in words; and whether our chamber has to hear of it.

    ``changes_keys`` says that the sender's keys are not what they were.
    """

    says: str
    concerns_chamber: bool = False
    changes_keys: bool = False
