"""In an instant run-off a paper counts for the highest option still standing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from confederation.errors import Invalid
from confederation.identifiers import OptionId

Ranking = tuple[OptionId, ...]
"""A paper: options from the most wanted down. Leaving some out is fine."""

DroppedBy = Literal["fewest", "earlier round", "lot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: what each option held, and what happened next.

    ``exhausted`` papers rank nothing that still stands; blank ones are so from the
    start. ``needed`` is more than half of the continuing papers. In the last round
    nothing is dropped. ``compared`` is the number, from 1, of the earlier round that
    settled a tie.
    """

    counts: Mapping[OptionId, int]
    exhausted: int
    needed: int
    dropped: OptionId | None = None
    by: DroppedBy | None = None
    compared: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOff:
    """Every round, in order, and the winner, if any paper was left to choose one."""

    rounds: tuple[Round, ...]
    winner: OptionId | None
    lot: tuple[OptionId, ...]


def count(markings: Mapping[Ranking, int], *, lot: Sequence[OptionId]) -> RunOff:
    """Count rankings by instant run-off.

    Round by round: an option on more than half of the continuing papers wins; else the
    one with the fewest is dropped and its papers go to their next option that stands.
    Among several with the fewest, the one with the fewest in the most recent earlier
    round that tells them apart is dropped; if none does, the one drawn last in ``lot``.

    Args:
        markings: how many papers carry each ranking; never who cast them.
        lot: every option on the ballot, in the order drawn from a seed that was
            committed to before the ballot closed.

    Returns:
        All rounds. No winner only if every paper is exhausted.

    See docs/reference/counting.md, "Instant run-off".
    """
    _check(markings, lot)
    piles: dict[OptionId, list[tuple[Ranking, int]]] = defaultdict(list)
    held = dict.fromkeys(lot, 0)
    exhausted = 0
    rounds: list[Round] = []

    arriving = list(markings.items())
    while True:
        for ranking, papers in arriving:
            at = next((o for o in ranking if o in held), None)
            if at is None:
                exhausted += papers
            else:
                piles[at].append((ranking, papers))
                held[at] += papers
        counts = dict(held)
        continuing = sum(counts.values())
        needed = continuing // 2 + 1
        top = max(counts, key=counts.__getitem__)
        if continuing == 0 or counts[top] >= needed:
            rounds.append(Round(counts=counts, exhausted=exhausted, needed=needed))
            return RunOff(
                rounds=tuple(rounds),
                winner=top if continuing else None,
                lot=tuple(lot),
            )
        dropped, by, compared = _last(counts, rounds, lot)
        rounds.append(
            Round(
                counts=counts,
                exhausted=exhausted,
                needed=needed,
                dropped=dropped,
                by=by,
                compared=compared,
            )
        )
        del held[dropped]
        arriving = piles.pop(dropped, [])


def _last(
    counts: Mapping[OptionId, int], earlier: Sequence[Round], lot: Sequence[OptionId]
) -> tuple[OptionId, DroppedBy, int | None]:
    tied = _fewest(list(counts), counts)
    if len(tied) == 1:
        return tied[0], "fewest", None
    for number in range(len(earlier), 0, -1):
        tied = _fewest(tied, earlier[number - 1].counts)
        if len(tied) == 1:
            return tied[0], "earlier round", number
    return max(tied, key=list(lot).index), "lot", None


def _fewest(among: list[OptionId], counts: Mapping[OptionId, int]) -> list[OptionId]:
    least = min(counts[option] for option in among)
    return [option for option in among if counts[option] == least]


def _check(markings: Mapping[Ranking, int], lot: Sequence[OptionId]) -> None:
    options = set(lot)
    if not options or len(options) != len(lot):
        raise Invalid("A lot names every option of the ballot once.")
    for ranking, papers in markings.items():
        if papers < 0:
            raise Invalid("A ranking cannot stand on fewer than no papers.")
        if len(set(ranking)) != len(ranking):
            raise Invalid("A paper ranks an option once.")
        if not options.issuperset(ranking):
            strange = min(set(ranking) - options)
            raise Invalid(
                "{strange!r} is not an option of this ballot.", strange=strange
            )
