"""Assemblies choose among options, and keeping things as they are is one of them.

Each seat puts options in order. What the count picks is adopted only if enough of the
assemblies rank it above keeping things as they are.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from confederation.confederal.compact import bar
from confederation.counting import lot, pairs, ranked, schulze, shares, stv
from confederation.counting.majority import ABSTAIN, HALF
from confederation.deciding.result import decimal
from confederation.errors import Filled, Invalid, Phrase
from confederation.identifiers import Digest, OptionId
from confederation.record import Lock, Method, Proposal, Ranked, Stage

KEEP: Final = OptionId("keep")
"""Keeping things as they are: with several places to fill, leaving one empty."""
MOST_OPTIONS: Final = 32

Ranking = tuple[OptionId, ...]
"""Options from the most wanted down. What is left out stands below all that is not."""


def uncountable(text: Proposal) -> str | None:
    """Say why rankings of a proposal's options cannot be counted; None if they can."""
    options = [option.id for option in text.options]
    contenders = {*options} - {KEEP, ABSTAIN}
    if len({*options}) < len(options) or len(options) > MOST_OPTIONS:
        return Filled(
            "A choice has at most {most} options, each of them once.", most=MOST_OPTIONS
        )
    if KEEP not in options or len(contenders) < 2:
        return Phrase(
            "A choice is among two options or more, and keeping things as they are."
        )
    if text.compact_next is not None:
        return Phrase("A compact is changed by a yes or a no, and not by a ranking.")
    seats = text.method.seats
    if text.method.name != "stv" and seats is not None:
        return Phrase("Only a transferable vote fills a number of places.")
    if text.method.name == "stv" and not 1 <= (seats or 0) <= len(contenders):
        return Phrase(
            "A transferable vote fills one place or more, and no more than can be."
        )
    try:
        bar(text.method)
    except Invalid as refusal:
        return str(refusal)
    return None


def to_rank(text: Proposal) -> tuple[OptionId, ...]:
    """Give the options that a seat puts in order. Abstaining is none of them."""
    return tuple(option.id for option in text.options if option.id != ABSTAIN)


def drawn(text: Proposal, *, seed: Digest) -> tuple[OptionId, ...]:
    """Give the order that settles ties: known to all from the day of the proposal.

    Args:
        seed: the digest of the proposal, whose hex digits draw the lot.

    See docs/decisions/0084-choices-among-several-options.md.
    """
    return lot.order(seed.removeprefix("sha256:"), to_rank(text))


def flaw(ranking: Ranking, text: Proposal) -> str | None:
    """Say why a choice is no ranking of a proposal's options; None if it is one.

    Whoever abstains chooses that alone.
    """
    known = {option.id for option in text.options}
    strange = [option for option in ranking if option not in known]
    if strange:
        return Filled("The proposal has no option {option!r}.", option=strange[0])
    if not ranking:
        return Phrase("A vote on this proposal ranks one option at least.")
    if len(set(ranking)) < len(ranking):
        return Phrase("A vote ranks an option once.")
    if ABSTAIN in ranking and len(ranking) > 1:
        return Phrase("Whoever abstains ranks nothing beside.")
    return None


def count(text: Proposal, rankings: Sequence[Ranking], *, seed: Digest) -> Ranked:
    """Count what the seats that cast rank, by the proposal's method.

    Args:
        text: a proposal that is not :func:`uncountable`.
        rankings: one for each seat that cast, in any order, each without a
            :func:`flaw`; one that abstains hands in no
            paper.
        seed: the digest of the proposal.

    See docs/reference/counting.md, "Choosing among several".
    """
    papers = Counter(each for each in rankings if ABSTAIN not in each)
    order = drawn(text, seed=seed)
    return _COUNTS[text.method.name](papers, order, text.method)


def passes(counted: Ranked, method: Method, *, cast: int) -> bool:
    """Say whether enough of those that cast want what was picked more than to keep."""
    asked = bar(method).share
    needed = max(1, shares.least(asked, cast, strict=asked == HALF))
    return any(each != KEEP for each in counted.chosen) and counted.wanted >= needed


def _wanted(papers: Mapping[Ranking, int], chosen: Sequence[OptionId]) -> int:
    """Count the seats that rank something chosen above keeping things as they are."""
    picked = {*chosen} - {KEEP}
    wanted = 0
    for ranking, seats in papers.items():
        first = next((o for o in ranking if o == KEEP or o in picked), KEEP)
        wanted += seats if first != KEEP else 0
    return wanted


def _by_pairs(
    papers: Mapping[Ranking, int], order: tuple[OptionId, ...], _method: Method
) -> Ranked:
    counted = pairs.count(papers, lot=order, keep=KEEP)
    chosen = _one(counted.winner)
    return Ranked(
        lot=order,
        chosen=chosen,
        wanted=_wanted(papers, chosen),
        pairs=counted.matrix.over,
        locks=tuple(
            Lock(
                over=each.over,
                under=each.under,
                votes=each.papers,
                against=each.against,
                locked=each.locked,
            )
            for each in counted.locks
        ),
    )


def _by_schulze(
    papers: Mapping[Ranking, int], order: tuple[OptionId, ...], _method: Method
) -> Ranked:
    counted = schulze.count(papers, lot=order, keep=KEEP)
    chosen = _one(counted.winner)
    return Ranked(
        lot=order,
        chosen=chosen,
        wanted=_wanted(papers, chosen),
        pairs=counted.matrix.over,
        paths=counted.paths,
    )


def _by_run_off(
    papers: Mapping[Ranking, int], order: tuple[OptionId, ...], _method: Method
) -> Ranked:
    counted = ranked.count(papers, lot=order)
    chosen = _one(counted.winner)
    stages: list[Stage] = []
    before: ranked.Round | None = None
    for each in counted.rounds if papers else ():
        stages.append(
            Stage(
                happened="first choices" if before is None else "excluded",
                whose=None if before is None else before.dropped,
                votes={option: str(each.counts.get(option, 0)) for option in order},
                lost=str(each.exhausted),
                elected=chosen if each is counted.rounds[-1] else (),
                tie=None if before is None else _TIES.get(before.by),
                compared=None if before is None else before.compared,
            )
        )
        before = each
    return Ranked(
        lot=order,
        chosen=chosen,
        wanted=_wanted(papers, chosen),
        stages=tuple(stages),
    )


def _by_transfer(
    papers: Mapping[Ranking, int], order: tuple[OptionId, ...], method: Method
) -> Ranked:
    counted = stv.count(papers, seats=method.seats or 1, lot=order)
    return Ranked(
        lot=order,
        chosen=counted.elected,
        wanted=_wanted(papers, counted.elected),
        stages=tuple(
            Stage(
                happened="first choices"
                if each.happened == "first preferences"
                else each.happened,
                whose=each.whose,
                votes={o: decimal(each.votes[o], stv.UNIT) for o in order},
                lost=decimal(each.lost, stv.UNIT),
                elected=each.elected,
                tie=each.tie,
                compared=each.compared,
            )
            for each in counted.stages
        ),
    )


def _one(winner: OptionId | None) -> tuple[OptionId, ...]:
    return () if winner is None else (winner,)


_TIES: Final[dict[ranked.DroppedBy | None, Literal["earlier stage", "lot"]]] = {
    "earlier round": "earlier stage",
    "lot": "lot",
}
_COUNTS: Final[
    dict[
        str,
        Callable[[Mapping[Ranking, int], tuple[OptionId, ...], Method], Ranked],
    ]
] = {
    "ranked-pairs": _by_pairs,
    "schulze": _by_schulze,
    "instant-runoff": _by_run_off,
    "stv": _by_transfer,
}
