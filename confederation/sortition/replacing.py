"""Whoever cannot come is replaced by lot, by somebody as like them as there is."""

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256

from confederation.counting import lot
from confederation.identifiers import OptionId, Ticket
from confederation.sortition.quotas import Person, Rules, count, shares_a_household


def replacement(
    leaving: Person,
    seated: Collection[Person],
    people: Collection[Person],
    rules: Rules,
    *,
    out: Collection[Ticket] = (),
    seed: str,
) -> Person | None:
    """Draw who takes the place of somebody; None if nobody can.

    Nobody takes it who sits already, is out, lives with somebody who sits, or would
    break a quota; one that was not filled before need not be filled now, and is not
    emptied further. Of those who are left, whoever says the most of what the one who
    leaves says, comes before all others; among those alike the lot says.

    Args:
        leaving: whose place it is.
        seated: all who sit, the one who leaves among them.
        people: the whole pool.
        out: those who cannot come, or left before.
        seed: that of the draw.

    See docs/reference/drawing-a-panel.md, "Replacements".
    """
    there = {each.ticket for each in seated} | set(out) | {leaving.ticket}
    staying = [each for each in seated if each.ticket != leaving.ticket]
    fit = [
        each
        for each in people
        if each.ticket not in there
        and not shares_a_household([*staying, each])
        and _keeps(rules, staying, each, leaving)
    ]
    names = (OptionId(each.ticket) for each in fit)
    own_seed = sha256(f"{seed}\n{leaving.ticket}".encode()).hexdigest()
    place = {name: index for index, name in enumerate(lot.order(own_seed, names))}
    return min(
        fit,
        key=lambda each: (_unlike(each, leaving), place[OptionId(each.ticket)]),
        default=None,
    )


def follow(
    leaving: Sequence[Ticket],
    panel: Collection[Ticket],
    people: Mapping[Ticket, Person],
    rules: Rules,
    *,
    seed: str,
) -> tuple[Ticket | None, ...]:
    """Draw again all who came for those who left, in the order in which they left."""
    seated, came = list(panel), []
    for number, ticket in enumerate(leaving, start=1):
        chosen = replacement(
            people[ticket],
            [people[each] for each in seated],
            people.values(),
            rules,
            out=leaving[:number],
            seed=seed,
        )
        seated.remove(ticket)
        if chosen is not None:
            seated.append(chosen.ticket)
        came.append(None if chosen is None else chosen.ticket)
    return tuple(came)


def _keeps(
    rules: Rules, staying: Collection[Person], comer: Person, leaving: Person
) -> bool:
    for quota in rules.quotas:
        stay = count(staying, quota)
        before = stay + leaving.counts_for(quota)
        after = stay + comer.counts_for(quota)
        if after > quota.most or after < min(quota.least, before):
            return False
    return True


def _unlike(comer: Person, leaving: Person) -> int:
    names = comer.says.keys() | leaving.says.keys()
    return sum(comer.says.get(name) != leaving.says.get(name) for name in names)
