"""Seats count by weight, whole or as their assemblies split, to the exact fraction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from confederation.counting import shares
from confederation.counting.majority import ABSTAIN, AGAINST, FOR, HALF
from confederation.counting.shares import Quorum
from confederation.errors import ByNumber, Invalid
from confederation.identifiers import OptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What one seat cast, how much it weighs, and its members' yes and no.

    ``members`` is (yes, no), or None where the assembly decided without counting them.
    """

    choice: OptionId
    weight: int = 1
    members: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """The weight on each side, exactly; together it is all that was cast."""

    quorum: Quorum
    weights: Mapping[OptionId, Fraction]
    outcome: Literal["adopted", "rejected", "no quorum"]


def count(
    seats: Iterable[Seat],
    *,
    assemblies: int,
    quorum: Fraction,
    threshold: Fraction = HALF,
    split: bool,
) -> Weighted:
    """Count the seats that cast by their weights.

    Adopted if enough of all assemblies cast, and the weight that is for is more than
    half of the weight that cast (at least ``threshold`` of it where that is more than a
    half), and more than nothing. A seat that abstains casts its weight, and is not for.

    Args:
        seats: one for each assembly that cast, in any order.
        assemblies: how many seats there are in all; each is one in the quorum.
        quorum: the share of all assemblies that must cast.
        threshold: the share of the weight cast that must be for, in [1/2, 1].
        split: whether a seat that is for or against divides its weight as its members'
            yes and no did, where they were counted and anybody said either. Otherwise
            all of it goes where the delegate voted.

    Raises:
        Invalid: more seats cast than there are, one weighs nothing, or fewer than
            nobody said yes or no.

    See docs/reference/counting.md, "Weighted majority".
    """
    cast = list(seats)
    if len(cast) > assemblies:
        raise Invalid(
            ByNumber(
                "{cast} seat cast, more than the {assemblies} there are.",
                "{cast} seats cast, more than the {assemblies} there are.",
            ),
            cast=len(cast),
            assemblies=assemblies,
        )
    weights = dict.fromkeys((FOR, AGAINST, ABSTAIN), Fraction())
    for seat in cast:
        for option, weight in _sides(seat, split=split):
            weights[option] += weight
    measured = shares.quorum(
        len(cast), share=quorum, base="assemblies", size=assemblies
    )
    asked = threshold * sum(weights.values())
    enough = weights[FOR] > asked if threshold == HALF else weights[FOR] >= asked > 0
    outcome: Literal["adopted", "rejected"] = "adopted" if enough else "rejected"
    return Weighted(
        quorum=measured,
        weights=weights,
        outcome=outcome if measured.reached else "no quorum",
    )


def _sides(seat: Seat, *, split: bool) -> Iterable[tuple[OptionId, Fraction]]:
    if seat.choice not in (FOR, AGAINST, ABSTAIN):
        raise Invalid(
            "A seat is for, against or abstains, not {choice!r}.", choice=seat.choice
        )
    if seat.weight < 1:
        raise Invalid("Every seat weighs at least one.")
    yes, no = seat.members or (0, 0)
    if min(yes, no) < 0:
        raise Invalid("Fewer than nobody cannot have said yes or no.")
    if not split or seat.choice == ABSTAIN or yes + no == 0:
        return ((seat.choice, Fraction(seat.weight)),)
    return (
        (FOR, Fraction(seat.weight * yes, yes + no)),
        (AGAINST, Fraction(seat.weight * no, yes + no)),
    )
