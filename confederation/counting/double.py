"""Assemblies decide together by assemblies, and by people where all counted people."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from confederation.counting import majority, shares
from confederation.counting.majority import ABSTAIN, AGAINST, FOR, HALF
from confederation.counting.shares import Quorum
from confederation.errors import ByNumber, Invalid
from confederation.identifiers import OptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What one assembly cast, and how many of its members said yes and no.

    ``members`` is (yes, no), or None where the assembly decided without counting them:
    nobody present is ever counted as a yes.
    """

    choice: OptionId
    members: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Double:
    """The arithmetic of a double majority, as integers.

    ``members_for`` and ``members_against`` are None where assemblies alone count.
    """

    quorum: Quorum
    assemblies: majority.Tally
    members_for: int | None
    members_against: int | None
    outcome: Literal["adopted", "rejected", "no quorum"]


def count(
    seats: Iterable[Seat],
    *,
    assemblies: int,
    quorum: Fraction,
    threshold: Fraction = HALF,
) -> Double:
    """Count a double majority over the assemblies that cast.

    Adopted if enough of all assemblies cast, and those for are more than half of those
    casting (at least ``threshold`` of them where that is more than a half), and the
    members' yes over all casting assemblies are more than their no. A tie of either
    kind does not adopt. An assembly that abstains casts, and is not for. Where any
    casting assembly did not count its members, the assemblies alone decide.

    Args:
        seats: one for each assembly that cast, in any order.
        assemblies: how many seats there are in all.
        quorum: the share of all assemblies that must cast.
        threshold: the share of casting assemblies that must be for, in [1/2, 1].

    See docs/reference/counting.md, "Double majority".
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
    said = dict.fromkeys((FOR, AGAINST, ABSTAIN), 0)
    for seat in cast:
        if seat.choice not in said:
            raise Invalid(
                "A seat is for, against or abstains, not {choice!r}.",
                choice=seat.choice,
            )
        if seat.members is not None and min(seat.members) < 0:
            raise Invalid("Fewer than nobody cannot have said yes or no.")
        said[seat.choice] += 1
    measured = shares.quorum(
        len(cast), share=quorum, base="assemblies", size=assemblies
    )
    tally = majority.count(
        said,
        threshold=threshold,
        strict=threshold == HALF,
        base="cast",
        size=len(cast),
    )
    people = [seat.members for seat in cast if seat.members is not None]
    yes = no = None
    if len(people) == len(cast):
        yes = sum(members[0] for members in people)
        no = sum(members[1] for members in people)
    by_people = yes is None or no is None or yes > no
    adopted = tally.winner == FOR and by_people
    return Double(
        quorum=measured,
        assemblies=tally,
        members_for=yes,
        members_against=no,
        outcome=(
            "no quorum"
            if not measured.reached
            else "adopted"
            if adopted
            else "rejected"
        ),
    )


def count_members(
    seats: Iterable[Seat],
    *,
    assemblies: int,
    quorum: Fraction,
    threshold: Fraction = HALF,
) -> Double:
    """Count the members of the assemblies that cast, as one body.

    Adopted if enough of all assemblies cast and the members' yes are more than half of
    their yes and no together (at least ``threshold`` of them where that is more than a
    half). Where any casting assembly did not count its members, the assemblies alone
    decide, against the same threshold.

    Args:
        seats: one for each assembly that cast, in any order.
        assemblies: how many seats there are in all.
        quorum: the share of all assemblies that must cast.
        threshold: the share that must be for, in [1/2, 1].

    See docs/reference/counting.md, "Majority of members".
    """
    counted = count(seats, assemblies=assemblies, quorum=quorum, threshold=threshold)
    yes, no = counted.members_for, counted.members_against
    if yes is None or no is None or not counted.quorum.reached:
        return counted
    people = majority.count(
        {FOR: yes, AGAINST: no}, threshold=threshold, strict=threshold == HALF
    )
    return replace(counted, outcome="adopted" if people.winner == FOR else "rejected")
