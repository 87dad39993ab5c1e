"""Seats are filled so that nearly every paper helps to fill one: the Scottish rules.

Scottish Local Government Elections Order 2007 (SSI 2007/42), schedule 1, rules 45 to
52. Votes are whole numbers of hundred-thousandths, since rule 48 ignores whatever is
beyond the fifth decimal place.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from confederation.counting import marks
from confederation.counting.marks import Paper
from confederation.errors import Invalid
from confederation.identifiers import OptionId

UNIT = 100_000
"""One vote, in the parts that it is counted in."""

Happened = Literal["first preferences", "surplus", "excluded"]
SettledBy = Literal["earlier stage", "lot"]

Pile = dict[int, list[tuple[Paper, int, int]]]
"""Papers by what each is worth: the paper, how far it is used up, and how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage: whose papers moved and why, and what everybody holds after it.

    ``votes`` and ``lost`` are in hundred-thousandths of a vote; ``lost`` is what had
    nowhere to go, and what was cut off beyond the fifth place. ``elected`` are those
    who reached the quota, or the last vacancies, by this stage. ``tie`` says what
    chose among several that stood alike; ``compared`` is the number, from 1, of the
    earlier stage that did.
    """

    happened: Happened
    whose: OptionId | None
    votes: Mapping[OptionId, int]
    lost: int
    elected: tuple[OptionId, ...] = ()
    tie: SettledBy | None = None
    compared: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Every stage in order, and who was elected, in the order in which they were.

    ``quota`` is in whole votes, ``valid`` in papers that rank anybody.
    """

    seats: int
    valid: int
    quota: int
    stages: tuple[Stage, ...]
    elected: tuple[OptionId, ...]
    lot: tuple[OptionId, ...]


def count(
    markings: Mapping[Paper, int], *, seats: int, lot: Sequence[OptionId]
) -> Count:
    """Fill seats from rankings by the Scottish rules.

    Args:
        markings: how many papers carry each ranking; never who cast them.
        seats: how many places there are, from 1.
        lot: every candidate, in the order drawn from a seed that was committed to.
            Among several that stood alike at every stage the earlier one in the lot
            stays, or has its surplus transferred first.

    Returns:
        Every stage. Fewer are elected than there are seats only where there are fewer
        candidates, or no paper ranks anybody.

    See docs/reference/counting.md, "Single transferable vote".
    """
    marks.check(markings, lot)
    if seats < 1:
        raise Invalid("There is at least one place to fill.")
    known = frozenset(lot)
    for paper in markings:
        if len(known.intersection(paper)) != len(paper):
            marks.check_known(paper, lot)
    return _Counting(markings, seats=seats, lot=tuple(lot)).run()


class _Counting:
    """The piles on the table while they are counted. Lives as long as one count."""

    def __init__(
        self, markings: Mapping[Paper, int], *, seats: int, lot: tuple[OptionId, ...]
    ) -> None:
        self.seats, self.lot = seats, lot
        self.continuing = set(lot)
        self.elected: list[OptionId] = []
        self.waiting: list[OptionId] = []
        self.stages: list[Stage] = []
        self.votes = dict.fromkeys(lot, 0)
        self.piles: dict[OptionId, Pile] = {option: defaultdict(list) for option in lot}
        papers = [(paper, 0, n) for paper, n in markings.items() if paper and n]
        self.valid = sum(n for _, _, n in papers)
        self.quota = self.valid // (seats + 1) + 1
        self._move(papers, worth=UNIT)

    def run(self) -> Count:
        if self.valid:
            self._stage("first preferences", None)
            while not self._filled():
                self._next()
        return Count(
            seats=self.seats,
            valid=self.valid,
            quota=self.quota,
            stages=tuple(self.stages),
            elected=tuple(self.elected),
            lot=self.lot,
        )

    def _filled(self) -> bool:
        """Rules 47 and 52: elect whoever can be, and say whether that was the last."""
        reached = sorted(
            (o for o in self.continuing if self.votes[o] >= self.quota * UNIT),
            key=lambda option: (-self.votes[option], self.lot.index(option)),
        )
        self._elect(reached)
        self.waiting += [o for o in reached if self.votes[o] > self.quota * UNIT]
        vacancies = self.seats - len(self.elected)
        if len(self.continuing) <= vacancies:
            # Among the last the order says nothing: each of them has a place.
            self._elect(
                sorted(
                    self.continuing,
                    key=lambda option: (-self.votes[option], self.lot.index(option)),
                )
            )
            return True
        return vacancies == 0

    def _elect(self, options: Sequence[OptionId]) -> None:
        self.elected += options
        self.continuing -= set(options)
        last = self.stages[-1]
        self.stages[-1] = replace(last, elected=(*last.elected, *options))

    def _next(self) -> None:
        if self.waiting:
            whose, tie, compared = self._choose(self.waiting, most=True)
            self.waiting.remove(whose)
            total, surplus = self.votes[whose], self.votes[whose] - self.quota * UNIT
            for worth, papers in self.piles.pop(whose).items():
                # Rule 48(3): to five decimal places, any remainder being ignored.
                self._move(papers, worth=surplus * worth // total)
            self.votes[whose] = self.quota * UNIT
            self._stage("surplus", whose, tie, compared)
        else:
            whose, tie, compared = self._choose(list(self.continuing), most=False)
            self.continuing.remove(whose)
            if len(self.continuing) + len(self.elected) > self.seats:
                for worth, papers in self.piles.pop(whose).items():
                    self._move(papers, worth=worth)
                self.votes[whose] = 0
            # Else rule 52(2): the last places are filled, and no paper moves any more.
            self._stage("excluded", whose, tie, compared)

    def _move(self, papers: Sequence[tuple[Paper, int, int]], *, worth: int) -> None:
        arrived: dict[OptionId, list[tuple[Paper, int, int]]]
        arrived = {option: [] for option in self.continuing}
        for paper, at, number in papers:
            for place in range(at, len(paper)):
                if (to := paper[place]) in arrived:
                    arrived[to].append((paper, place + 1, number))
                    break
        for option, moved in arrived.items():
            self.piles[option][worth] += moved
            self.votes[option] += worth * sum(number for _, _, number in moved)

    def _choose(
        self, among: Sequence[OptionId], *, most: bool
    ) -> tuple[OptionId, SettledBy | None, int | None]:
        """Rules 49 and 51: by votes now, then by the latest stage that differs."""
        best = max if most else min
        tied = _alike(among, self.votes, best)
        if len(tied) == 1:
            return tied[0], None, None
        for number in range(len(self.stages) - 1, 0, -1):
            tied = _alike(tied, self.stages[number - 1].votes, best)
            if len(tied) == 1:
                return tied[0], "earlier stage", number
        drawn = sorted(tied, key=self.lot.index)
        return drawn[0 if most else -1], "lot", None

    def _stage(
        self,
        happened: Happened,
        whose: OptionId | None,
        tie: SettledBy | None = None,
        compared: int | None = None,
    ) -> None:
        self.stages.append(
            Stage(
                happened=happened,
                whose=whose,
                votes=dict(self.votes),
                lost=self.valid * UNIT - sum(self.votes.values()),
                tie=tie,
                compared=compared,
            )
        )


def _alike(
    among: Sequence[OptionId],
    votes: Mapping[OptionId, int],
    best: Callable[[Iterable[int]], int],
) -> list[OptionId]:
    figure = best(votes[option] for option in among)
    return [option for option in among if votes[option] == figure]
