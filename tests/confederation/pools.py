"""Pools of people of whom a panel is drawn, small enough to try everything."""

from collections.abc import Sequence
from itertools import combinations

from hypothesis import strategies as st

from confederation.identifiers import Ticket
from confederation.sortition import quotas
from confederation.sortition.quotas import Feature, Person, Quota, Rules

AGE = Feature(name="age", values=("young", "old"))
PLACE = Feature(name="place", values=("hill", "shore", "town"))


def someone(ticket: str, *, home: str = "", **says: str) -> Person:
    return Person(ticket=Ticket(ticket), says=says, household=home)


def quota(value: str, least: int, most: int) -> Quota:
    feature = AGE if value in AGE.values else PLACE
    return Quota(feature=feature.name, value=value, least=least, most=most)


def rules(places: int, *quotas: Quota) -> Rules:
    return Rules(places=places, features=(AGE, PLACE), quotas=quotas)


def all_panels(people: Sequence[Person], rules: Rules) -> list[tuple[Ticket, ...]]:
    """Try every group of people."""
    return [
        tuple(sorted(each.ticket for each in panel))
        for panel in combinations(people, rules.places)
        if quotas.allowed(panel, rules)
    ]


@st.composite
def pools(draw: st.DrawFn) -> tuple[tuple[Person, ...], Rules]:
    """A pool of a few, with quotas that may not fit it."""
    size = draw(st.integers(4, 8))
    people = tuple(
        someone(
            f"t{number}",
            home=draw(st.sampled_from(["", "", "", "a", "b"])),
            age=draw(st.sampled_from(["", *AGE.values])),
            place=draw(st.sampled_from(PLACE.values)),
        )
        for number in range(size)
    )
    places = draw(st.integers(2, 4))
    asked = []
    for value in draw(st.sets(st.sampled_from([*AGE.values, *PLACE.values]))):
        least = draw(st.integers(0, places))
        asked.append(quota(value, least, draw(st.integers(least, places))))
    return people, rules(places, *sorted(asked, key=lambda each: each.value))
