"""A panel is allowed if each quota is kept, and no household sits on it twice.

Whoever rather does not say something about themselves is in the pool all the same: an
empty value counts towards no quota.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from confederation.errors import Invalid
from confederation.identifiers import Ticket

NOT_SAID: Final = ""
MOST_PLACES: Final = 500
MOST_PEOPLE: Final = 20_000
MOST_FEATURES: Final = 8
MOST_VALUES: Final = 60
LONGEST: Final = 60
Why = Literal["pool", "least", "most", "households", "people", "together"]
"""Why no panel can be: see `Obstacle`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Something that people say of themselves, and what they can say, in order."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many of those who say ``value`` sit on a panel, at least and at most."""

    feature: str
    value: str
    least: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a panel is to be made up. A value without a quota is free."""

    places: int
    features: tuple[Feature, ...] = ()
    quotas: tuple[Quota, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in the pool. ``says`` is by feature; what is not said is left out.

    People with the same ``household`` live together; empty is on one's own.
    """

    ticket: Ticket
    says: Mapping[str, str] = field(default_factory=dict)
    household: str = ""

    def counts_for(self, quota: Quota) -> bool:
        """Whether they are one of those whom a quota is about."""
        return self.says.get(quota.feature, NOT_SAID) == quota.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why no panel can be.

    ``why`` is *pool*: fewer people in it say ``value`` than the quota asks for at
    least; *least*: the least numbers of a feature are more than there are places;
    *most*: the most numbers of a feature leave places empty, though everybody said
    something; *people*: fewer people are in the pool than there are places;
    *households*: too few households are.
    """

    why: Why
    feature: str = ""
    value: str = ""
    asked: int
    there: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Easing:
    """A quota as it was set, and as it would have to be."""

    quota: Quota
    least: int
    most: int


def check(rules: Rules) -> None:
    """Make sure that rules can be meant.

    Raises:
        Invalid: too many or too few places, features or values; a name that is empty,
            too long or there twice; or a quota that is about nothing or upside down.
    """
    if not 1 <= rules.places <= MOST_PLACES:
        raise Invalid("A panel has 1 to {most} places.", most=MOST_PLACES)
    names = [each.name for each in rules.features]
    if len(set(names)) < len(names):
        raise Invalid("Two features have the same name.")
    if len(names) > MOST_FEATURES:
        raise Invalid("There are at most {most} features.", most=MOST_FEATURES)
    for feature in rules.features:
        _check_feature(feature)
    known = {(each.name, value) for each in rules.features for value in each.values}
    named = [(each.feature, each.value) for each in rules.quotas]
    if len(set(named)) < len(named):
        raise Invalid("Two quotas are about the same value.")
    if not set(named) <= known:
        raise Invalid("A quota is about a value that nobody could choose.")
    for quota in rules.quotas:
        if not 0 <= quota.least <= quota.most <= MOST_PLACES:
            raise Invalid(
                "The quota for “{feature}: {value}” needs a least number that is not "
                "above the most.",
                feature=quota.feature,
                value=quota.value,
            )


def check_pool(people: Collection[Person], rules: Rules) -> None:
    """Make sure that everybody in a pool says only what could be chosen.

    Raises:
        Invalid: a ticket is there twice, or a value was not offered.
    """
    if len(people) > MOST_PEOPLE:
        raise Invalid("A pool has room for {most} people.", most=MOST_PEOPLE)
    if len({each.ticket for each in people}) < len(people):
        raise Invalid("One ticket is in the pool twice.")
    offered = {each.name: {NOT_SAID, *each.values} for each in rules.features}
    for person in people:
        for name, value in person.says.items():
            if value not in offered.get(name, ()):
                raise Invalid(
                    "Ticket {ticket} says “{value}” for “{name}”, which was not "
                    "offered.",
                    ticket=person.ticket,
                    value=value,
                    name=name,
                )


def _check_feature(feature: Feature) -> None:
    if not all(1 <= len(each) <= LONGEST for each in (feature.name, *feature.values)):
        raise Invalid(
            "What people say of themselves, and each answer to choose from, has 1 to "
            "{most} letters.",
            most=LONGEST,
        )
    if not 2 <= len(feature.values) <= MOST_VALUES:
        raise Invalid(
            "“{name}” needs 2 to {most} answers to choose from.",
            name=feature.name,
            most=MOST_VALUES,
        )
    if len(set(feature.values)) < len(feature.values):
        raise Invalid("“{name}” has one answer twice.", name=feature.name)


def allowed(panel: Collection[Person], rules: Rules) -> bool:
    """Say whether these people make an allowed panel."""
    return (
        len(panel) == rules.places
        and len({each.ticket for each in panel}) == rules.places
        and not shares_a_household(panel)
        and not any(True for _ in broken(panel, rules))
    )


def broken(panel: Iterable[Person], rules: Rules) -> Iterator[Quota]:
    """Go through the quotas that these people do not keep."""
    say = Counter(value for each in panel for value in each.says.items())
    for quota in rules.quotas:
        if not quota.least <= say[quota.feature, quota.value] <= quota.most:
            yield quota


def count(people: Iterable[Person], quota: Quota) -> int:
    """Count those whom a quota is about."""
    return sum(each.counts_for(quota) for each in people)


def shares_a_household(people: Iterable[Person]) -> bool:
    """Say whether two of these people live together."""
    homes = Counter(each.household for each in people if each.household)
    return any(number > 1 for number in homes.values())


def obstacles(people: Collection[Person], rules: Rules) -> tuple[Obstacle, ...]:
    """Say what is plainly in the way of any panel; it may be in vain without, too.

    Each is about one feature or none. Whether quotas of several features fit together
    is another matter, for which a solver is asked.
    """
    found = []
    if len(people) < rules.places:
        found.append(Obstacle(why="people", asked=rules.places, there=len(people)))
    else:
        homes = {each.household for each in people if each.household}
        apart = len(homes) + sum(not each.household for each in people)
        if apart < rules.places:
            found.append(Obstacle(why="households", asked=rules.places, there=apart))
    for feature in rules.features:
        found += _of_feature(feature, people, rules)
    return tuple(found)


def _of_feature(
    feature: Feature, people: Collection[Person], rules: Rules
) -> Iterator[Obstacle]:
    quotas = [each for each in rules.quotas if each.feature == feature.name]
    for quota in quotas:
        there = count(people, quota)
        if there < quota.least:
            yield Obstacle(
                why="pool",
                feature=feature.name,
                value=quota.value,
                asked=quota.least,
                there=there,
            )
    least = sum(each.least for each in quotas)
    if least > rules.places:
        yield Obstacle(
            why="least", feature=feature.name, asked=least, there=rules.places
        )
    said = {each.value for each in quotas}
    free = sum(each.says.get(feature.name, NOT_SAID) not in said for each in people)
    most = sum(min(each.most, count(people, each)) for each in quotas) + free
    if most < rules.places <= len(people):
        yield Obstacle(why="most", feature=feature.name, asked=rules.places, there=most)
