"""Make a list of panels as fair as it can be, in a process of its own.

The solver is large, and a node needs it on the few days on which it makes such a list;
so it is no part of the node, and its memory goes when it ends. Nobody has to trust it:
what it made is checked in whole numbers by `confederation.sortition`, here and by
whoever holds the list.

People who say the same, and who live with people who say the same, are alike. So the
search is about how many of each kind sit on a panel. The list is made by *column
generation*: a linear program gives the likeliest panels the shares by which the least
likely kind fares best, and its prices lead to the panel that would help most, until
none does. Then the shares become whole panels, and the places of each kind on them are
dealt to its people in turn.

Run as ``python -m instance.solver``: a `Task` on standard input, a `Made` on standard
output, both as JSON.
"""

import math
import os
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, TypeAlias

import highspy
import msgspec
import numpy as np

from confederation.identifiers import Ticket
from confederation.sortition import lottery
from confederation.sortition.lottery import Certificate, Panel
from confederation.sortition.quotas import Easing, Person, Rules, check_pool
from instance import decoding
from instance.membership.solving import Made, Task

MOST_MEMORY: Final = 2 * 1024 * 1024 * 1024
MOST_SECONDS: Final = 900
SEARCH: Final = 120.0
"""Seconds after which the best shares so far are taken; the bound shows the gap."""
LEVELLING: Final = 30.0
"""Seconds for which chances are brought nearer to each other at most."""
FIRST_PANELS: Final = 60
PRICED_IN: Final = 10**7
ROUGHLY: Final = 0.02
DAMPED: Final = 0.5
NEAR: Final = 1e-7

Says = tuple[tuple[str, str], ...]
Home = tuple[Says, ...]
Array: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """People who are alike: what they say, and what all in their household say."""

    home: Home
    says: Says


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """A pool by kinds. ``homes`` is how many households there are of each sort."""

    kinds: tuple[Kind, ...]
    people: Mapping[Kind, tuple[Person, ...]]
    homes: Mapping[Home, int]

    @property
    def sizes(self) -> Array:
        sizes: Array = np.array([len(self.people[kind]) for kind in self.kinds], float)
        return sizes


def solve(task: Task, *, seconds: float = SEARCH) -> Made:
    """Make the fairest list of panels that can be found, or say what stands in the way.

    Raises:
        Invalid: what was asked for cannot be right.
    """
    check_pool(task.people, task.rules)
    kinds = _kinds(task.people)
    if _best(kinds, task.rules, np.zeros(len(kinds.kinds))) is None:
        return Made(easings=_easings(kinds, task.rules))
    bound, certificate = _certificate(kinds, task.people, task.rules)
    enough = math.floor(bound * task.length + NEAR) / task.length
    model = _Model(kinds, task.rules, whole=True)
    columns, shares = _shares(model, enough, until=time.monotonic() + seconds)
    chosen = _whole(columns, shares, kinds.sizes, task.length)
    _level(chosen, kinds, task.rules, until=time.monotonic() + LEVELLING)
    panels = _dealt(chosen, kinds)
    lottery.check(panels, task.people, task.rules)
    return Made(panels=panels, certificate=certificate)


def _kinds(people: Sequence[Person]) -> Kinds:
    homes: dict[str, list[Person]] = defaultdict(list)
    for number, person in enumerate(people):
        homes[person.household or f"\n{number}"].append(person)
    of: dict[Kind, list[Person]] = defaultdict(list)
    count: Counter[Home] = Counter()
    for together in homes.values():
        home = tuple(sorted(_says(each) for each in together))
        count[home] += 1
        for person in together:
            of[Kind(home=home, says=_says(person))].append(person)
    kinds = tuple(sorted(of, key=lambda kind: (kind.home, kind.says)))
    return Kinds(
        kinds=kinds,
        people={kind: tuple(of[kind]) for kind in kinds},
        homes=dict(count),
    )


def _says(person: Person) -> Says:
    return tuple(sorted(item for item in person.says.items() if item[1]))


# What panels may be


class _Model:
    """The allowed panels, by how many of each kind sit on them."""

    def __init__(self, kinds: Kinds, rules: Rules, *, whole: bool) -> None:
        self.kinds, self.rules = kinds, rules
        self.highs = _highs()
        for kind in kinds.kinds:
            self.highs.addVar(0.0, float(kinds.homes[kind.home]))
        if whole:
            for index in range(len(kinds.kinds)):
                self.highs.changeColIntegrality(index, highspy.HighsVarType.kInteger)
        everybody = range(len(kinds.kinds))
        self.row(everybody, float(rules.places), float(rules.places))
        self.of_quota = [self._of(q.feature, q.value) for q in rules.quotas]
        for quota, those in zip(rules.quotas, self.of_quota, strict=True):
            self.row(those, float(quota.least), float(quota.most))
        self.homes = sorted(kinds.homes)
        for home in self.homes:
            those = [i for i in everybody if kinds.kinds[i].home == home]
            self.row(those, 0.0, float(kinds.homes[home]))

    def row(
        self,
        columns: Iterable[int],
        least: float,
        most: float,
        weights: Sequence[float] | None = None,
    ) -> None:
        indices = np.array(list(columns), dtype=np.int32)
        given = np.ones(len(indices)) if weights is None else np.array(weights)
        self.highs.addRow(least, most, len(indices), indices, given)

    def _of(self, feature: str, value: str) -> list[int]:
        return [
            index
            for index, kind in enumerate(self.kinds.kinds)
            if (feature, value) in kind.says
        ]

    def most(self, worth: Array, *, gap: float = 0.0) -> Array | None:
        """Return the panel that is worth most; None if no panel is allowed.

        With a ``gap`` it is worth that share less, at most.
        """
        self.highs.setOptionValue("mip_rel_gap", gap)
        count = len(self.kinds.kinds)
        self.highs.changeColsCost(count, np.arange(count, dtype=np.int32), worth)
        self.highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        found: Array = np.rint(np.array(self.highs.getSolution().col_value[:count]))
        return found


def _highs() -> highspy.Highs:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    return highs


def _best(kinds: Kinds, rules: Rules, worth: Array) -> Array | None:
    return _Model(kinds, rules, whole=True).most(worth)


def _easings(kinds: Kinds, rules: Rules) -> tuple[Easing, ...]:
    """Find the least by which quotas would have to give, in people; none if none do."""
    loose = Rules(places=rules.places, features=rules.features)
    model = _Model(kinds, loose, whole=True)
    slack = len(kinds.kinds)
    for index in range(slack, slack + 2 * len(rules.quotas)):
        model.highs.addVar(0.0, float(rules.places))
        model.highs.changeColCost(index, 1.0)
        model.highs.changeColIntegrality(index, highspy.HighsVarType.kInteger)
    inf = highspy.kHighsInf
    for number, quota in enumerate(rules.quotas):
        below, above = slack + 2 * number, slack + 2 * number + 1
        those = [
            index
            for index, kind in enumerate(kinds.kinds)
            if (quota.feature, quota.value) in kind.says
        ]
        ones = [1.0] * len(those)
        model.row([*those, below], float(quota.least), inf, [*ones, 1.0])
        model.row([*those, above], -inf, float(quota.most), [*ones, -1.0])
    model.highs.changeObjectiveSense(highspy.ObjSense.kMinimize)
    model.highs.run()
    if model.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return ()
    given = [round(each) for each in model.highs.getSolution().col_value[slack:]]
    return tuple(
        Easing(quota=quota, least=quota.least - below, most=quota.most + above)
        for quota, below, above in zip(
            rules.quotas, given[::2], given[1::2], strict=True
        )
        if below or above
    )


# How fair it can be


def _certificate(
    kinds: Kinds, people: Sequence[Person], rules: Rules
) -> tuple[float, Certificate]:
    """Find the prices that bound every lottery, and how likely they let all be."""
    model = _Model(kinds, rules, whole=False)
    count = len(kinds.kinds)
    model.highs.addVar(0.0, highspy.kHighsInf)
    model.highs.changeColCost(count, 1.0)
    model.highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
    for index, size in enumerate(kinds.sizes):
        model.row([index, count], 0.0, highspy.kHighsInf, [1.0, -float(size)])
    # The households bound each kind already; a bound of its own would hide a price.
    for index in range(count):
        model.highs.changeColBounds(index, 0.0, highspy.kHighsInf)
    model.highs.run()
    dual = model.highs.getSolution().row_dual
    prices = tuple(round(each * PRICED_IN) for each in dual[: 1 + len(rules.quotas)])
    of_homes = dict(zip(model.homes, dual[len(prices) :], strict=False))
    homes, own = _own_prices(kinds, of_homes)
    found = Certificate(each=prices[0], quotas=prices[1:], households=homes, people=own)
    short = {
        person.ticket: own.get(person.ticket, 0) - cost
        for person, cost in zip(
            people, lottery.costs_of(people, found, rules), strict=True
        )
        if cost < 0
    }
    found = replace(found, people={**own, **short})
    return float(lottery.bound(found, people, rules)), found


def _own_prices(
    kinds: Kinds, of_homes: Mapping[Home, float]
) -> tuple[dict[str, int], dict[Ticket, int]]:
    homes: dict[str, int] = {}
    own: dict[Ticket, int] = {}
    for kind in kinds.kinds:
        price = max(0, round(of_homes[kind.home] * PRICED_IN))
        for person in kinds.people[kind] if price else ():
            if person.household:
                homes[person.household] = price
            else:
                own[person.ticket] = price
    return homes, own


def _shares(model: _Model, enough: float, *, until: float) -> tuple[list[Array], Array]:
    """Find panels, and the share of the lottery that each has."""
    sizes = model.kinds.sizes
    columns: list[Array] = []
    seen: set[bytes] = set()

    def price(worth: Array, gap: float) -> Array:
        panel = model.most(worth, gap=gap)
        assert panel is not None, "some panel is allowed"
        if panel.tobytes() not in seen:
            seen.add(panel.tobytes())
            columns.append(panel)
        return panel

    worth = 1.0 / sizes
    for _ in range(FIRST_PANELS):
        # Whoever just sat is worth less the next time, so that others are found.
        worth = worth * np.power(0.5, price(worth, ROUGHLY) / sizes)
        worth = worth / worth.sum()
    damped = worth
    while True:
        least, shares, prices = _master(columns, sizes)
        if least >= enough - NEAR or time.monotonic() > until:
            return columns, shares
        # Prices jump about from step to step; halfway back, panels are of more use.
        damped = DAMPED * damped + (1 - DAMPED) * prices
        for each, gap in ((damped, ROUGHLY), (prices, ROUGHLY), (prices, 0.0)):
            before = len(columns)
            panel = price(each, gap)
            if len(columns) > before and float(prices @ panel) > least + NEAR:
                break
        else:
            return columns, shares


def _master(columns: Sequence[Array], sizes: Array) -> tuple[float, Array, Array]:
    """Give panels shares by which the least likely kind fares best, and the prices."""
    highs = _highs()
    for _ in columns:
        highs.addVar(0.0, highspy.kHighsInf)
    highs.addVar(0.0, 1.0)
    last = len(columns)
    highs.changeColCost(last, 1.0)
    highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
    table = np.array(columns)
    for index, size in enumerate(sizes):
        (there,) = np.nonzero(table[:, index])
        indices: Array = np.append(there, last).astype(np.int32)
        weights: Array = np.append(table[there, index], -size)
        highs.addRow(0.0, highspy.kHighsInf, len(indices), indices, weights)
    everything: Array = np.arange(last, dtype=np.int32)
    highs.addRow(1.0, 1.0, last, everything, np.ones(last))
    highs.run()
    solution = highs.getSolution()
    prices = np.maximum(0.0, -np.array(solution.row_dual[: len(sizes)]))
    return float(solution.col_value[last]), np.array(solution.col_value[:last]), prices


# From shares to people


def _whole(columns: Sequence[Array], shares: Array, sizes: Array, length: int) -> Array:
    """Make shares into a list of panels of this length, as near to them as can be."""
    table = np.array(columns)
    wanted = (shares / shares.sum()) @ table * length
    times = np.floor(shares / shares.sum() * length + NEAR).astype(int)
    have = times @ table
    for _ in range(length - int(times.sum())):
        short = np.maximum(0.0, wanted - have - table)
        best = int((short**2 / sizes).sum(axis=1).argmin())
        times[best] += 1
        have = have + table[best]
    chosen: Array = np.repeat(table, times, axis=0)
    return chosen


def _level(panels: Array, kinds: Kinds, rules: Rules, *, until: float) -> None:
    """Give places of likely kinds to unlikely ones where panels stay allowed.

    The least likely goes first; one for whom nothing can be done is left as it is.
    """
    sizes = kinds.sizes
    counts_for = np.array(
        [
            [float((q.feature, q.value) in kind.says) for q in rules.quotas]
            for kind in kinds.kinds
        ]
    ).reshape(len(kinds.kinds), len(rules.quotas))
    least = np.array([float(q.least) for q in rules.quotas])
    most = np.array([float(q.most) for q in rules.quotas])
    sums = panels @ counts_for
    of_home = {
        home: np.array([i for i, kind in enumerate(kinds.kinds) if kind.home == home])
        for home in kinds.homes
    }
    stuck: set[int] = set()
    have = panels.sum(axis=0)
    while len(stuck) < len(sizes) and time.monotonic() < until:
        chance = have / sizes
        gains = min((i for i in range(len(sizes)) if i not in stuck), key=chance.item)
        home = kinds.kinds[gains].home
        room = panels[:, of_home[home]].sum(axis=1) < kinds.homes[home]
        for gives in map(int, chance.argsort()[::-1]):
            # Both meet at the same chance at most, else they would swap for ever.
            gap = chance[gives] - chance[gains]
            some = math.floor(gap / (1 / sizes[gives] + 1 / sizes[gains]) + NEAR)
            if some < 1:
                stuck.add(gains)
                break
            change = counts_for[gains] - counts_for[gives]
            after = sums + change
            fits = (
                (panels[:, gives] > 0)
                & (room | (kinds.kinds[gives].home == home))
                & (after >= least).all(axis=1)
                & (after <= most).all(axis=1)
            )
            (where,) = np.nonzero(fits)
            if len(where):
                where = where[:some]
                panels[where, gives] -= 1
                panels[where, gains] += 1
                sums[where] += change
                have[gives] -= len(where)
                have[gains] += len(where)
                break
        else:
            stuck.add(gains)


def _dealt(chosen: Array, kinds: Kinds) -> tuple[Panel, ...]:
    """Deal the places of each kind to its people in turn, never two to a household."""
    times: Counter[Ticket] = Counter()
    panels = []
    for number, panel in enumerate(chosen):
        taken: set[str] = set()
        sits: list[Ticket] = []
        for kind, places in zip(kinds.kinds, panel, strict=True):
            turn = sorted(
                kinds.people[kind] if places else (),
                key=lambda each: (times[each.ticket], _mixed(number, each.ticket)),
            )
            left = round(float(places))
            for person in turn:
                if left and person.household not in taken:
                    left -= 1
                    sits.append(person.ticket)
                    times[person.ticket] += 1
                    taken |= {person.household} - {""}
        panels.append(tuple(sorted(sits)))
    return tuple(sorted(panels, key=lambda each: _mixed(0, *each)))


def _mixed(number: int, *tickets: Ticket) -> str:
    return sha256(f"{number}\n{' '.join(tickets)}".encode()).hexdigest()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    # HiGHS says on standard output who it is, whatever it is told.
    answer = os.dup(1)
    os.dup2(2, 1)
    task = decoding.decode(sys.stdin.buffer.read(), Task)
    made = msgspec.json.encode(solve(task))
    with os.fdopen(answer, "wb") as out:
        out.write(made)


if __name__ == "__main__":
    main()
