"""A result is worked out from markings by the terms, and shows all its arithmetic."""

import bisect
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from confederation.counting import (
    approval,
    consensus,
    consent,
    dots,
    gradients,
    lot,
    majority,
    marks,
    meek,
    pairs,
    ranked,
    schulze,
    score,
    shares,
    stv,
)
from confederation.counting.consent import OBJECTION
from confederation.counting.majority import FOR, HALF
from confederation.counting.marks import Paper
from confederation.counting.shares import Quorum
from confederation.deciding import question
from confederation.deciding.decision import Outcome
from confederation.deciding.question import BLANK, Papers, Terms
from confederation.errors import Invalid
from confederation.identifiers import OptionId
from confederation.session import Channel

FEWEST_SHOWN = 10
"""A channel with fewer papers than this is shown together with another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome and all the arithmetic behind it.

    ``counts`` are papers by option: of a ranking by first place, of points their sum,
    of ticks and dots how many there are. The method settles which one of the fields
    from ``tally`` on is given. ``chosen`` is the option that was chosen among several,
    ``elected`` who fills places.
    """

    outcome: Outcome
    counts: Mapping[OptionId, int]
    channels: Mapping[str, Mapping[OptionId, int]]
    quorum: Quorum
    chosen: OptionId | None = None
    elected: tuple[OptionId, ...] = ()
    tally: majority.Tally | None = None
    positions: consent.Tally | None = None
    agreement: consensus.Tally | None = None
    run_off: ranked.RunOff | None = None
    locked: pairs.Count | None = None
    paths: schulze.Count | None = None
    filled: stv.Count | None = None
    shared: meek.Count | None = None
    ticks: approval.Tally | None = None
    points: score.Tally | None = None
    order: dots.Order | None = None
    sense: gradients.Sense | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How an open vote stands: how many more it takes.

    ``more_to_vote`` are missing from the quorum. ``more_for`` papers for it would carry
    it as things stand, none if it is carried already; it is None where no share carries
    a question, and where not even all who have yet to vote would be enough.
    """

    cast: int
    more_to_vote: int
    more_for: int | None = None
    out_of_reach: bool = False


def count(
    terms: Terms,
    papers: Mapping[Channel, Papers],
    *,
    upheld: int = 0,
    seed: str | None = None,
) -> Result:
    """Count all papers of a question by its terms.

    Args:
        papers: by channel, how many papers carry each choice; never who cast them.
        upheld: how many objections the round upheld, in a consent ballot.
        seed: what ``terms.lot`` commits to, where there is a lot.

    Raises:
        Invalid: a paper cannot be, or the seed is not the one committed to.

    See docs/reference/counting.md.
    """
    every = _all(terms, papers)
    quorum = _quorum(terms, every.total())
    blank = Result(
        outcome="rejected",
        counts=_counts(terms, every),
        channels=_channels(terms, papers),
        quorum=quorum,
    )
    if terms.asks == "position":
        return _by_position(terms, blank, upheld=upheld)
    if seed is None or lot.commitment(seed) != terms.lot:
        raise Invalid("The seed of the lot is not the one committed to.")
    return _among_options(
        terms, blank, every, lot=lot.order(seed, terms.options), keep=terms.keep
    )


def outlook(terms: Terms, papers: Mapping[Channel, Papers]) -> Outlook:
    """Say how many more it takes, from the papers of an open vote so far.

    Of a secret vote only the turnout is known while it is open: ask with papers that
    choose nothing, and only ``more_to_vote`` says something. So it is as long as fewer
    than ``FEWEST_SHOWN`` have voted online, where it could point at people.
    """
    every = _all(terms, papers)
    quorum = _quorum(terms, every.total())
    missing = max(0, quorum.needed - quorum.cast)
    online = sum(papers.get("online", {}).values())
    if terms.threshold is None or terms.secret or 0 < online < FEWEST_SHOWN:
        return Outlook(cast=quorum.cast, more_to_vote=missing)
    counts = _counts(terms, every)
    eligible = terms.electorate.room + len(terms.electorate.roll)
    left = range(max(0, eligible - every.total()) + 1)

    def carried(more: int) -> bool:
        chosen = {option: counts[option] for option in terms.choices}
        chosen[FOR] += more
        return _majority(terms, chosen, cast=every.total() + more).winner == FOR

    more = bisect.bisect_left(left, True, key=carried)
    reached = more < len(left)
    return Outlook(
        cast=quorum.cast,
        more_to_vote=missing,
        more_for=more if reached else None,
        out_of_reach=not reached,
    )


def published(terms: Terms, result: Result) -> Mapping[str, int]:
    """Give the totals as the record publishes them.

    Of a consent they are not: where one person objected, one would point at them.
    """
    if terms.method in ("consent", "consensus"):
        return {}
    return {str(option): number for option, number in result.counts.items()}


def stages(result: Result) -> tuple[Mapping[str, str], ...]:
    """Give the votes after each round or stage as exact decimals; none without any."""
    if result.run_off is not None:
        rounds = result.run_off.rounds
        return tuple({o: str(n) for o, n in each.counts.items()} for each in rounds)
    if result.filled is not None:
        return tuple(
            {o: decimal(n, stv.UNIT) for o, n in each.votes.items()}
            for each in result.filled.stages
        )
    if result.shared is not None:
        return tuple(
            {o: decimal(n, meek.UNIT) for o, n in each.votes.items()}
            for each in result.shared.rounds
        )
    return ()


def decimal(parts: int, unit: int) -> str:
    """Write votes that are counted in parts of a power of ten, with all its places."""
    whole, rest = divmod(parts, unit)
    return f"{whole}.{rest:0{len(str(unit)) - 1}d}" if rest else str(whole)


def objections(papers: Mapping[Channel, Papers]) -> int:
    """Count the objections among papers, each of which has to be tested."""
    return sum(channel.get((OBJECTION,), 0) for channel in papers.values())


def _all(terms: Terms, papers: Mapping[Channel, Papers]) -> Counter[Paper]:
    every = Counter[Paper]()
    for channel in papers.values():
        every.update(channel)
    for choice in every:
        question.check_choice(terms, choice)
    return every


def _quorum(terms: Terms, cast: int) -> Quorum:
    named, size = question.base(terms, terms.rules.quorum_of)
    return shares.quorum(
        cast, share=shares.read(terms.rules.quorum), base=named, size=size
    )


def _by_position(terms: Terms, blank: Result, *, upheld: int) -> Result:
    chosen = {option: blank.counts[option] for option in terms.choices}
    rules = terms.rules
    match terms.method:
        case "consent":
            needed = (
                shares.least(
                    shares.read(rules.consents), terms.electorate.members, strict=False
                )
                if question.only_online(terms)
                else 1
            )
            positions = consent.count(chosen, upheld=upheld, needed=needed)
            return replace(
                blank,
                outcome=_outcome(blank, passed=positions.given),
                positions=positions,
            )
        case "consensus":
            reached = consensus.count(
                chosen,
                present=question.base(terms, "present")[1],
                blocks=rules.blocks,
                stand_asides=shares.read(rules.stand_asides),
            )
            return replace(
                blank,
                outcome=_outcome(blank, passed=reached.reached),
                agreement=reached,
            )
        case "gradients":
            return replace(blank, outcome="advice", sense=gradients.count(chosen))
        case _:
            tally = _majority(terms, chosen, cast=blank.quorum.cast)
            passed = tally.winner == FOR
            return replace(blank, outcome=_outcome(blank, passed=passed), tally=tally)


def _among_options(
    terms: Terms,
    blank: Result,
    papers: Papers,
    *,
    lot: tuple[OptionId, ...],
    keep: OptionId | None,
) -> Result:
    rules = terms.rules
    match terms.method:
        case "pairs":
            locked = pairs.count(papers, lot=lot, keep=keep)
            return _chosen(replace(blank, locked=locked), locked.winner, keep)
        case "schulze":
            beaten = schulze.count(papers, lot=lot, keep=keep)
            return _chosen(replace(blank, paths=beaten), beaten.winner, keep)
        case "approval":
            floor = shares.read(rules.floor)
            ticked = approval.count(papers, lot=lot, floor=floor, keep=keep)
            return _chosen(replace(blank, ticks=ticked), ticked.winner, keep)
        case "score":
            scored = score.count(
                papers,
                lot=lot,
                by=rules.score_by,
                least_raters=rules.least_raters if rules.score_by == "mean" else 1,
                keep=keep,
            )
            return _chosen(replace(blank, points=scored), scored.winner, keep)
        case "stv":
            filled = stv.count(papers, seats=terms.seats, lot=lot)
            return _elected(replace(blank, filled=filled), filled.elected, keep)
        case "meek":
            shared = meek.count(papers, seats=terms.seats, lot=lot)
            return _elected(replace(blank, shared=shared), shared.elected, keep)
        case "dots":
            order = dots.count(papers, lot=lot, dots=rules.dots, most=rules.most_dots)
            return replace(blank, outcome="advice", order=order)
        case _:
            run_off = ranked.count(papers, lot=lot)
            return _chosen(replace(blank, run_off=run_off), run_off.winner, keep)


def _chosen(result: Result, winner: OptionId | None, keep: OptionId | None) -> Result:
    chosen = winner if result.quorum.reached else None
    passed = chosen not in (None, keep)
    return replace(result, chosen=chosen, outcome=_outcome(result, passed=passed))


def _elected(
    result: Result, elected: tuple[OptionId, ...], keep: OptionId | None
) -> Result:
    filled = tuple(one for one in elected if one != keep)
    return replace(
        result,
        elected=filled if result.quorum.reached else (),
        outcome=_outcome(result, passed=bool(filled)),
    )


def _outcome(result: Result, *, passed: bool) -> Outcome:
    if not result.quorum.reached:
        return "no quorum"
    return "passed" if passed else "rejected"


def _majority(
    terms: Terms, chosen: Mapping[OptionId, int], *, cast: int
) -> majority.Tally:
    if terms.method == "majority" or terms.threshold is None:
        return majority.count(chosen)
    threshold = shares.read(terms.threshold)
    strict = threshold == HALF or (terms.rules.strict and terms.method == "qualified")
    of = "votes" if terms.method == "fallback" else terms.rules.threshold_of
    match of:
        case "votes":
            return majority.count(chosen, threshold=threshold, strict=strict)
        case "cast":
            return majority.count(
                chosen, threshold=threshold, strict=strict, base="cast", size=cast
            )
        case _:
            base, size = question.base(terms, of)
            return majority.count(
                chosen, threshold=threshold, strict=strict, base=base, size=size
            )


def _counts(terms: Terms, papers: Papers) -> Mapping[OptionId, int]:
    counts = dict.fromkeys(terms.choices, 0)
    for choice, number in papers.items():
        if not choice:
            counts[BLANK] = counts.get(BLANK, 0) + number
        for option, times in _said(terms, choice):
            counts[option] += times * number
    return counts


def _said(terms: Terms, choice: Paper) -> Iterable[tuple[OptionId, int]]:
    """What one paper adds to the counts."""
    match terms.asks:
        case "ticks" | "dots":
            return Counter(choice).items()
        case "points":
            return marks.scores(choice).items()
        case _ if terms.method in question.SHARES_PLACES:
            return [(o, 1) for place in marks.ranks(choice[:1]) for o in place]
        case _:
            return [(option, 1) for option in choice[:1]]


def _channels(
    terms: Terms, papers: Mapping[Channel, Papers]
) -> Mapping[str, Mapping[OptionId, int]]:
    groups: list[tuple[tuple[Channel, ...], Counter[Paper]]] = [
        ((channel,), Counter(dict(papers.get(channel, {}))))
        for channel in sorted(terms.channels)
    ]
    groups.sort(key=lambda group: group[1].total())
    while len(groups) > 1 and groups[0][1].total() < FEWEST_SHOWN:
        (names, few), (others, more), *rest = groups
        groups = [((*names, *others), few + more), *rest]
        groups.sort(key=lambda group: group[1].total())
    return {" and ".join(sorted(names)): _counts(terms, few) for names, few in groups}
