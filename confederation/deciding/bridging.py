"""What people agree on across groups that otherwise differ, and nothing about anybody.

Markings go in, one row a person and no name; sizes of groups and numbers come out, in
whole numbers only. The same rows in another order give the same view. It is a look at
a room and no vote: nobody wins, and nothing is decided by it.
See docs/reference/common-ground.md.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from typing import Final, Literal

Mark = Literal["agree", "disagree", "pass"]
Verdict = Literal["agreed", "rejected", "divides", "unclear", "too few"]

FLOOR: Final = 5
"""No group of fewer people is shown, and no figure that fewer have marked."""
FEWEST_PEOPLE: Final = 2 * FLOOR
FEWEST_STATEMENTS: Final = 10
"""With fewer of them groups are not looked for: chance alone would make some."""
OPPOSED_ON: Final = 2
"""Two groups are two if they stand on opposite sides of so many statements."""
MOST_GROUPS: Final = 4
MOST_TYPICAL: Final = 200
"""So many different rows are tried as the typical one of a group, spread evenly."""
APART_ENOUGH: Final = 200
"""Thousandths by which a division has to be clear, or else the room is one group."""
MOST_OF_A_GROUP: Final = Fraction(2, 3)

_BITS: Final[Mapping[Mark, int]] = {"agree": 0b01, "disagree": 0b10, "pass": 0b00}


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of a group marked a statement in each way."""

    agree: int
    disagree: int
    passed: int

    @property
    def marked(self) -> int:
        return self.agree + self.disagree + self.passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How the groups answered one statement, in the order of the groups.

    A count is None where too few of a group marked it to be shown.
    """

    statement: int
    counts: tuple[Count | None, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is seen of a room. ``groups`` are their sizes, the largest first.

    ``people`` is how many marked anything, ``unplaced`` how many of them marked less
    than half of the statements and are in no group. No groups at all means that there
    are too few people to say; one, that none was found that differ, or that there are
    too few statements to look for any. Lines stand with what is shared most widely
    first.
    """

    people: int
    unplaced: int
    groups: tuple[int, ...]
    lines: tuple[Line, ...]

    def typical(self, group: int) -> tuple[tuple[int, Mark], ...]:
        """Return what sets a group apart: statements that it alone answers so.

        At most three, each with the way in which two thirds of it and of no other
        group marked it. ``group`` is its place in ``groups``.
        """
        found: list[tuple[int, Mark]] = []
        for line in sorted(self.lines, key=lambda line: line.statement):
            for way in _WAYS:
                ours = [
                    place
                    for place, count in enumerate(line.counts)
                    if count is not None and _most(count, way)
                ]
                if ours == [group] and len(self.groups) > 1:
                    found.append((line.statement, way))
        return tuple(found[:3])


def see(rows: Iterable[Mapping[int, Mark]], statements: Sequence[int]) -> View:
    """See which statements are shared by groups that otherwise differ.

    Args:
        rows: what each person marked, by the number of a statement; what nobody asks
            about any more is passed over.
        statements: the numbers of those that are asked about.

    Two people are as far apart as their rows: two for a statement on which one agrees
    and the other disagrees, one where one of the two passes or has not marked it. See
    docs/reference/common-ground.md, "How the groups are found".
    """
    asked = frozenset(statements)
    kept = [{n: mark for n, mark in row.items() if n in asked} for row in rows]
    kept = [row for row in kept if row]
    placed = [row for row in kept if 2 * len(row) >= len(asked)]
    unplaced = len(kept) - len(placed)
    if len(placed) < FEWEST_PEOPLE:
        return View(people=len(kept), unplaced=unplaced, groups=(), lines=())
    enough = len(asked) >= FEWEST_STATEMENTS
    groups = _divide(placed, sorted(asked)) if enough else [placed]
    lines = [_line(each, groups) for each in sorted(asked)]
    return View(
        people=len(kept),
        unplaced=unplaced,
        groups=tuple(len(group) for group in groups),
        lines=tuple(sorted(lines, key=_widest_first)),
    )


def _line(statement: int, groups: Sequence[Sequence[Mapping[int, Mark]]]) -> Line:
    counts = tuple(_count(statement, group) for group in groups)
    return Line(statement=statement, counts=counts, verdict=_verdict(counts))


def _count(statement: int, group: Sequence[Mapping[int, Mark]]) -> Count | None:
    marks = Counter(row[statement] for row in group if statement in row)
    if marks.total() < FLOOR or 2 * marks.total() < len(group):
        return None
    return Count(agree=marks["agree"], disagree=marks["disagree"], passed=marks["pass"])


def _verdict(counts: Sequence[Count | None]) -> Verdict:
    known = [each for each in counts if each is not None]
    if len(known) < len(counts):
        return "too few"
    if all(_most(each, "agree") for each in known):
        return "agreed"
    if all(_most(each, "disagree") for each in known):
        return "rejected"
    if any(2 * each.agree > each.marked for each in known) and any(
        2 * each.disagree > each.marked for each in known
    ):
        return "divides"
    return "unclear"


def _most(count: Count, way: Mark) -> bool:
    return _share(count, way) >= MOST_OF_A_GROUP


def _share(count: Count, way: Mark) -> Fraction:
    number = count.agree if way == "agree" else count.disagree
    return Fraction(number, count.marked)


def _widest_first(line: Line) -> tuple[int, Fraction, int]:
    """Order statements: the shared ones first, by the group that shares them least."""
    way: Mark = "disagree" if line.verdict == "rejected" else "agree"
    least = min(
        (_share(each, way) for each in line.counts if each is not None),
        default=Fraction(0),
    )
    return _ORDER.index(line.verdict), -least, line.statement


_WAYS: Final[tuple[Mark, Mark]] = ("agree", "disagree")
_ORDER: Final[tuple[Verdict, ...]] = (
    "agreed",
    "rejected",
    "divides",
    "unclear",
    "too few",
)


# Groups


def _divide(
    rows: Sequence[Mapping[int, Mark]], statements: Sequence[int]
) -> list[list[Mapping[int, Mark]]]:
    """Divide people into two to four groups, or leave them one if that is not clear."""
    by_bits: dict[int, list[Mapping[int, Mark]]] = {}
    for row in rows:
        bits = 0
        for statement in statements:
            bits = bits << 2 | _BITS[row.get(statement, "pass")]
        by_bits.setdefault(bits, []).append(row)
    different = sorted(by_bits)
    room = _Room(different, [len(by_bits[bits]) for bits in different])
    clearest, best = APART_ENOUGH - 1, [list(rows)]
    for number in range(2, MOST_GROUPS + 1):
        division = room.division(number)
        if division is None:
            continue
        clear = room.clearness(division, number)
        groups = [
            [
                row
                for bits, group in zip(different, division, strict=True)
                if group == each
                for row in by_bits[bits]
            ]
            for each in range(number)
        ]
        if clear > clearest and _opposed(groups, statements):
            clearest, best = clear, groups
    # Groups of one size stand in the order of their typical rows.
    return sorted(best, key=len, reverse=True)


def _opposed(
    groups: Sequence[Sequence[Mapping[int, Mark]]], statements: Sequence[int]
) -> bool:
    """Whether each two groups stand on opposite sides of enough statements."""
    sides = [[_side(statement, group) for statement in statements] for group in groups]
    return all(
        sum(a * b < 0 for a, b in zip(one, other, strict=True)) >= OPPOSED_ON
        for one, other in combinations(sides, 2)
    )


def _side(statement: int, group: Sequence[Mapping[int, Mark]]) -> int:
    """Return 1 if more than half of those who marked it agree, -1 if disagree, or 0."""
    marks = Counter(row[statement] for row in group if statement in row)
    half = Fraction(marks.total(), 2)
    return (marks["agree"] > half) - (marks["disagree"] > half)


class _Room:
    """Different rows, how many people share each, and how far each two are apart."""

    def __init__(self, rows: Sequence[int], people: Sequence[int]) -> None:
        self.people = people
        self.apart = [[(a ^ b).bit_count() for b in rows] for a in rows]
        step = -(-len(rows) // MOST_TYPICAL)
        self.typical = range(0, len(rows), step)

    def division(self, number: int) -> list[int] | None:
        """Give each row the number of its group; None where a group is too small.

        A group gathers about one row of its own. Such rows are chosen one after the
        other, each so that everybody is nearest to one; then they are changed one at a
        time as long as that brings people nearer.
        """
        if len(self.typical) < number:
            return None
        chosen: tuple[int, ...] = ()
        while len(chosen) < number:
            chosen = min(
                (
                    tuple(sorted((*chosen, each)))
                    for each in self.typical
                    if each not in chosen
                ),
                key=lambda tried: (self._cost(tried)[1], tried),
            )
        cost = self._cost(chosen)
        while True:
            tried = min(
                (
                    tuple(sorted((*chosen[:place], each, *chosen[place + 1 :])))
                    for place, each in product(range(number), self.typical)
                    if each not in chosen
                ),
                key=lambda tried: (self._cost(tried), tried),
                default=chosen,
            )
            better = self._cost(tried)
            if better >= cost:
                break
            chosen, cost = tried, better
        return None if cost[0] else self._nearest(chosen)

    def clearness(self, division: Sequence[int], number: int) -> int:
        """Say in thousandths how much nearer people are to their own group.

        For each person: how much farther the nearest other group is than the others of
        their own, as a share of the larger of the two; of that the mean. It is known
        as the silhouette.
        """
        sizes = [0] * number
        for people, group in zip(self.people, division, strict=True):
            sizes[group] += people
        total = 0
        for people, group, row in zip(self.people, division, self.apart, strict=True):
            sums = [0] * number
            for others, theirs, far in zip(self.people, division, row, strict=True):
                sums[theirs] += others * far
            own = Fraction(sums[group], sizes[group] - 1)
            other = min(
                Fraction(sums[each], sizes[each])
                for each in range(number)
                if each != group
            )
            larger = max(own, other)
            if larger:
                total += people * (1000 * (other - own) // larger)
        return total // sum(self.people)

    def _nearest(self, chosen: Sequence[int]) -> list[int]:
        columns = [self.apart[each] for each in chosen]
        return [fars.index(min(fars)) for fars in zip(*columns, strict=True)]

    def _cost(self, chosen: Sequence[int]) -> tuple[int, int]:
        """Return how many people groups lack to be shown, and how far all are apart."""
        columns = [self.apart[each] for each in chosen]
        sizes, total = [0] * len(chosen), 0
        for people, fars in zip(self.people, zip(*columns, strict=True), strict=True):
            near = min(fars)
            sizes[fars.index(near)] += people
            total += people * near
        return sum(max(FLOOR - size, 0) for size in sizes), total
