"""Seats are filled by a machine: each who is elected keeps the share that they need.

The reference rule of the Proportional Representation Foundation for Meek's method, to
nine decimal places. Too long for people at a table; a machine does it again and again
until the figures stand still.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from confederation.counting import marks
from confederation.counting.marks import Paper
from confederation.errors import Invalid
from confederation.identifiers import OptionId

UNIT = 1_000_000_000
"""One vote, and a whole keep factor, in the parts that they are counted in."""

STANDS_STILL = UNIT // 1_000_000
"""The surplus below which the figures are taken to stand still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: the figures when they stood still, and what followed from them.

    ``votes``, ``quota``, ``lost`` and ``keeps`` are in thousand-millionths. ``lost`` is
    what no paper had anybody left for. ``keeps`` is how much of each vote that comes
    their way a candidate keeps. ``by_lot`` says that a lot chose who was excluded.
    """

    votes: Mapping[OptionId, int]
    keeps: Mapping[OptionId, int]
    quota: int
    lost: int
    elected: tuple[OptionId, ...] = ()
    excluded: OptionId | None = None
    by_lot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Every round, and who was elected, in the order in which they were."""

    seats: int
    valid: int
    rounds: tuple[Round, ...]
    elected: tuple[OptionId, ...]
    lot: tuple[OptionId, ...]


def count(
    markings: Mapping[Paper, int], *, seats: int, lot: Sequence[OptionId]
) -> Count:
    """Fill seats from rankings by Meek's method.

    Args:
        markings: how many papers carry each ranking; never who cast them.
        seats: how many places there are, from 1.
        lot: every candidate, in the order drawn from a seed that was committed to.
            Among several that nothing tells apart the one drawn last is excluded.

    Returns:
        Every round. Fewer are elected than there are seats only where there are fewer
        candidates, or no paper ranks anybody.

    See docs/reference/counting.md, "Single transferable vote".
    """
    marks.check(markings, lot)
    if seats < 1:
        raise Invalid("There is at least one place to fill.")
    for paper in markings:
        marks.check_known(paper, lot)
    papers = {paper: number for paper, number in markings.items() if paper and number}
    valid = sum(papers.values())
    keeps = dict.fromkeys(lot, UNIT)
    hopeful, elected = list(lot), list[OptionId]()
    rounds: list[Round] = []
    while valid and len(elected) < seats:
        if len(hopeful) <= seats - len(elected):
            # Whoever is left has a place; the figures of the last round stand.
            votes, lost = _share(papers, keeps)
            quota = _quota(votes, seats)
            last = tuple(sorted(hopeful, key=lambda o: (-votes[o], lot.index(o))))
            rounds.append(
                Round(
                    votes=votes,
                    keeps=dict(keeps),
                    quota=quota,
                    lost=lost,
                    elected=last,
                )
            )
            elected += last
            break
        played = _play(papers, keeps, hopeful, elected, seats=seats, lot=lot)
        rounds.append(played)
        elected += played.elected
        hopeful = [o for o in hopeful if o not in (*played.elected, played.excluded)]
        if played.excluded is not None:
            keeps[played.excluded] = 0
    return Count(
        seats=seats,
        valid=valid,
        rounds=tuple(rounds),
        elected=tuple(elected),
        lot=tuple(lot),
    )


def _play(
    papers: Mapping[Paper, int],
    keeps: dict[OptionId, int],
    hopeful: Sequence[OptionId],
    elected: Sequence[OptionId],
    *,
    seats: int,
    lot: Sequence[OptionId],
) -> Round:
    """Go round until somebody reaches the quota, or the figures stand still."""
    before: int | None = None
    while True:
        votes, lost = _share(papers, keeps)
        quota = _quota(votes, seats)
        reached = sorted(
            (option for option in hopeful if votes[option] >= quota),
            key=lambda option: (-votes[option], lot.index(option)),
        )[: seats - len(elected)]
        if reached:
            return Round(
                votes=votes,
                keeps=dict(keeps),
                quota=quota,
                lost=lost,
                elected=tuple(reached),
            )
        surplus = sum(max(0, votes[option] - quota) for option in elected)
        if surplus < STANDS_STILL or (before is not None and surplus >= before):
            fewest = min(votes[option] for option in hopeful)
            last = [o for o in hopeful if votes[o] <= fewest + surplus]
            return Round(
                votes=votes,
                keeps=dict(keeps),
                quota=quota,
                lost=lost,
                excluded=max(last, key=list(lot).index),
                by_lot=len(last) > 1,
            )
        before = surplus
        for option in elected:
            keeps[option] = _up(keeps[option] * quota, votes[option])


def _share(
    papers: Mapping[Paper, int], keeps: Mapping[OptionId, int]
) -> tuple[dict[OptionId, int], int]:
    """Share every vote out: each on a paper keeps their part and hands on the rest."""
    votes = dict.fromkeys(keeps, 0)
    lost = 0
    for paper, number in papers.items():
        rest = UNIT
        for option in paper:
            kept = min(rest, _up(rest * keeps[option], UNIT))
            votes[option] += kept * number
            rest -= kept
            if not rest:
                break
        lost += rest * number
    return votes, lost


def _quota(votes: Mapping[OptionId, int], seats: int) -> int:
    return sum(votes.values()) // (seats + 1) + 1


def _up(number: int, by: int) -> int:
    """Divide, and round up."""
    return -(-number // by)
