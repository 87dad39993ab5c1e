"""Help is agreed between two, given by one and confirmed by the other.

Quantities are exact. Whoever provides says that it was delivered, whoever receives says
that it came; either may say that something is wrong, and none of it needs money.
"""

import re
from fractions import Fraction
from typing import Final, Literal

from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate

Purpose = Literal["request", "offer"]
Side = Literal["provider", "receiver"]
Status = Literal["proposed", "agreed", "declined", "delivered", "confirmed", "disputed"]
Step = Literal["delivered", "confirmed", "disputed"]

COUNTS: Final[frozenset[Status]] = frozenset(
    {"agreed", "delivered", "confirmed", "disputed"}
)
"""What takes up a part of what was needed or offered. A dispute gives nothing back."""
_VALUE: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?", re.ASCII)


def amount(value: str) -> Fraction:
    """Return a quantity exactly; it is a decimal of up to nine and six digits.

    Raises:
        Invalid: it is none, or nothing at all.
    """
    if not _VALUE.fullmatch(value) or not Fraction(value):
        raise Invalid("A quantity is a number above nothing, such as 4 or 2.5.")
    return Fraction(value)


def written(quantity: Fraction) -> str:
    """Write a quantity of `amount` as the shortest decimal that is exactly it."""
    whole, rest = divmod(quantity.numerator * 10**6, quantity.denominator)
    if rest:
        raise Invalid("This quantity has more than six decimal places.")
    before, after = divmod(whole, 10**6)
    return f"{before}.{after:06}".rstrip("0").rstrip(".")


def side_of_author(purpose: Purpose) -> Side:
    """Say which side whoever posted it is on: a need receives, an offer provides."""
    return "receiver" if purpose == "request" else "provider"


def goes_on(status: Status, step: Step, side: Side) -> bool:
    """Say whether a step changes how an agreement stands; the same again does not.

    Raises:
        NotEntitled: it is for the other side to say.
        TooEarly: nothing was agreed.
        TooLate: what was received has been confirmed.
    """
    if step == "delivered" and side != "provider":
        raise NotEntitled("Whoever provides says that it was delivered.")
    if step == "confirmed" and side != "receiver":
        raise NotEntitled("Whoever receives says that it came.")
    if status == step:
        return False
    if status in ("proposed", "declined"):
        raise TooEarly("Nothing has been agreed.")
    if status == "confirmed":
        if step == "delivered":
            return False
        raise TooLate("That it came has been confirmed already.")
    # That something was delivered does not settle that it is disputed.
    return not (status == "disputed" and step == "delivered")
