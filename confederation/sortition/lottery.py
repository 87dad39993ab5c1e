"""One panel is drawn from a published list of panels, each as likely as any other.

So a person's chance is the number of panels on which they stand, over the length of the
list, and the draw is one number. The list is fixed before anybody can know the number.
All of it can be checked with whole numbers and fractions, by whoever holds the list.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from typing import Final

from confederation.counting import lot
from confederation.errors import Invalid
from confederation.identifiers import Digest, Ticket
from confederation.sortition import quotas
from confederation.sortition.quotas import Person, Rules

USUAL_LENGTH: Final = 1000
"""Panels on a list: three balls with one figure each draw one of them."""

Panel = tuple[Ticket, ...]
"""The tickets of those who sit together, in the order of their letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Prices by which anybody can see that no lottery could be much fairer.

    A person costs ``each``, and the price of every quota that they count for, in the
    order of the rules, and that of their household, and their own in ``people``. A
    quota has a price above nought for its most number, below for its least. Then an
    allowed panel costs at most what `bound` works out from the rules alone.
    """

    each: int = 0
    quotas: tuple[int, ...] = ()
    households: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[Ticket, int] = field(default_factory=dict)


def check(panels: Collection[Panel], people: Iterable[Person], rules: Rules) -> None:
    """Make sure that each panel on a list is allowed.

    Raises:
        Invalid: the list is empty, or one of its panels is not allowed.
    """
    known = {each.ticket: each for each in people}
    if not panels:
        raise Invalid("There is no panel on this list.")
    for number, panel in enumerate(panels):
        if any(ticket not in known for ticket in panel):
            raise Invalid(
                "Panel {number} names a ticket that is not in the pool.", number=number
            )
        if not quotas.allowed([known[ticket] for ticket in panel], rules):
            raise Invalid("Panel {number} is not an allowed one.", number=number)


def chances(
    panels: Collection[Panel], people: Iterable[Person]
) -> dict[Ticket, Fraction]:
    """Work out how likely each person is to be drawn."""
    times = Counter(ticket for panel in panels for ticket in panel)
    return {each.ticket: Fraction(times[each.ticket], len(panels)) for each in people}


def bound(
    certificate: Certificate, people: Collection[Person], rules: Rules
) -> Fraction:
    """Work out a chance that no lottery can give to everybody in this pool.

    Whatever the lottery, the least likely person's chance is at most this. For a panel
    costs at most B by the quotas, whoever sits on it; so the chances, each times what
    its person costs, add up to B at most; and the least of them, times what everybody
    costs together, is not more than that.

    Raises:
        Invalid: a household or somebody has a price below nought, somebody costs less
            than nothing, nobody costs anything, or quotas and prices differ in number.
    """
    if len(certificate.quotas) != len(rules.quotas):
        raise Invalid("This certificate is about other quotas.")
    own = (*certificate.households.values(), *certificate.people.values())
    if min(own, default=0) < 0:
        raise Invalid("A price of this certificate is below nought.")
    costs = costs_of(people, certificate, rules)
    if min(costs, default=0) < 0 or not sum(costs):
        raise Invalid("By this certificate somebody costs less than nothing.")
    dearest = certificate.each * rules.places + sum(own)
    for quota, price in zip(rules.quotas, certificate.quotas, strict=True):
        dearest += price * (quota.most if price > 0 else quota.least)
    return min(Fraction(dearest, sum(costs)), Fraction(1))


def costs_of(
    people: Iterable[Person], certificate: Certificate, rules: Rules
) -> list[int]:
    """Work out what each person costs by a certificate, in their order."""
    prices = {
        (quota.feature, quota.value): price
        for quota, price in zip(rules.quotas, certificate.quotas, strict=True)
    }
    return [
        certificate.each
        + sum(prices.get(value, 0) for value in person.says.items())
        + (certificate.households.get(person.household, 0) if person.household else 0)
        + certificate.people.get(person.ticket, 0)
        for person in people
    ]


# What is published of it


def pool_digest(people: Iterable[Person], rules: Rules, *, salt: str) -> Digest:
    """Give the digest that fixes a pool. ``salt`` keeps it from being guessed.

    See docs/reference/drawing-a-panel.md, "The pool".
    """
    document = {
        "features": [[each.name, list(each.values)] for each in rules.features],
        "people": sorted(
            [each.ticket, dict(each.says), each.household] for each in people
        ),
        "salt": salt,
    }
    return _digest(document)


def list_digest(
    panels: Iterable[Panel], rules: Rules, *, pool: Digest, salt: str
) -> Digest:
    """Give the digest that fixes a list of panels, with the rules that it keeps.

    See docs/reference/drawing-a-panel.md, "The list".
    """
    document = {
        "panels": [list(panel) for panel in panels],
        "places": rules.places,
        "pool": pool,
        "quotas": [[q.feature, q.value, q.least, q.most] for q in rules.quotas],
        "salt": salt,
    }
    return _digest(document)


def _digest(document: Mapping[str, object]) -> Digest:
    text = json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return Digest(f"sha256:{sha256(text.encode()).hexdigest()}")


# The draw


def sum_of(seeds: Mapping[Digest, str]) -> str:
    """Join several seeds into one, which nobody knows who does not know them all.

    ``seeds`` are by what committed to them; their order is that of the commitments.

    Raises:
        Invalid: there is none, or one is not what was committed to.
    """
    if not seeds:
        raise Invalid("A draw needs at least one seed.")
    for committed, seed in seeds.items():
        if lot.commitment(seed) != committed:
            raise Invalid("This is not the seed that was committed to.")
    joined = "\n".join(seeds[committed] for committed in sorted(seeds))
    return sha256(joined.encode()).hexdigest()


def of_balls(number: int, *, fixed: Digest) -> str:
    """Give the seed that goes with a number drawn by hand from a list."""
    return sha256(f"{fixed}\n{number}".encode()).hexdigest()


def number(seed: str, *, fixed: Digest, length: int) -> int:
    """Draw the number of a panel, from 0.

    It is the SHA-256 of the seed, a line feed and the digest of the list, as one whole
    number, modulo the length of the list. Of so large a number the remainders are
    equally likely to within one in 2**240.
    """
    drawn = sha256(f"{seed}\n{fixed}".encode()).hexdigest()
    return int(drawn, 16) % length
