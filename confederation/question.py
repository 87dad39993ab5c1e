"""A question is counted by the terms it was put under, and they never change."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from confederation import rulebook
from confederation.counting import consent, lot, majority, ranked, shares
from confederation.counting.consent import OBJECTION, POSITIONS
from confederation.counting.majority import ABSTAIN, AGAINST, FOR, HALF
from confederation.counting.ranked import Ranking
from confederation.counting.shares import Quorum
from confederation.decision import Outcome
from confederation.errors import Invalid, Refused
from confederation.identifiers import BallotId, Commit, Digest, OptionId, SessionId
from confederation.rulebook import MethodName, Rules
from confederation.session import Channel, Electorate

BLANK = OptionId("blank")
"""How a result names the papers that choose nothing. No option is called that."""

FEWEST_SHOWN = 10
"""A channel with fewer papers than this is shown together with another."""

Papers = Mapping[Ranking, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """All that is settled before anyone votes.

    ``text`` commits to what is decided on, ``question`` to the words on the paper.
    ``subject`` is the digest of the proposal, mandate or compact that it is about, if
    there is one. ``options``, and ``keep``, the one of them that leaves things as they
    are, are given for a ranked ballot only; other methods have their own. ``lot``
    commits to the seed that settles ties in one. ``closes_at`` is None where the
    facilitator closes. ``person`` says that this is about a person.
    """

    ballot: BallotId
    session: SessionId
    text: Commit
    question: Commit
    method: MethodName
    channels: tuple[Channel, ...]
    electorate: Electorate
    rules: Rules
    rulebook: int
    subject: Digest | None = None
    options: tuple[OptionId, ...] = ()
    keep: OptionId | None = None
    lot: Digest | None = None
    closes_at: datetime | None = None
    secret: bool = False
    person: bool = False

    @property
    def choices(self) -> tuple[OptionId, ...]:
        """What a paper may choose."""
        match self.method:
            case "consent":
                return POSITIONS
            case "majority" | "qualified":
                return (FOR, AGAINST, ABSTAIN)
            case "ranked":
                return self.options

    @property
    def threshold(self) -> str | None:
        """The share that carries it; None where no share does."""
        match self.method:
            case "majority":
                return shares.write(HALF)
            case "qualified":
                return self.rules.threshold
            case "consent" | "ranked":
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome and all the arithmetic behind it.

    ``counts`` are papers by option, of a ranked ballot by first preference. The method
    settles which of ``tally`` (a majority), ``positions`` (consent) and ``run_off`` (a
    ranking) is given. ``chosen`` is the option that a ranked ballot chose.
    """

    outcome: Outcome
    counts: Mapping[OptionId, int]
    channels: Mapping[str, Mapping[OptionId, int]]
    quorum: Quorum
    tally: majority.Tally | None = None
    positions: consent.Tally | None = None
    run_off: ranked.RunOff | None = None
    chosen: OptionId | None = None


def check(terms: Terms) -> None:
    """Check that a question may be put under these terms.

    Raises:
        Invalid: the terms contradict themselves.
        Refused: the rulebook does not allow them.
    """
    if terms.method not in terms.rules.methods:
        raise Refused(f"The rulebook does not provide for deciding by {terms.method}.")
    channels = set(terms.channels)
    if not channels or len(channels) < len(terms.channels):
        raise Invalid("A ballot names each way of voting once, and at least one.")
    if terms.secret and "hands" in channels:
        raise Invalid("A show of hands is not secret.")
    if terms.person and "online" in channels:
        if not terms.secret:
            raise Refused("A vote on a person is in the room, on paper, or secret.")
        if not terms.rules.persons_online:
            raise Refused(
                "The rulebook has votes on persons cast in the room or on paper: "
                "nobody can guard a screen at home."
            )
    if terms.method == "consent" and terms.secret:
        raise Invalid("An objection has to be heard, so consent is not secret.")
    if terms.method == "ranked":
        _check_ranked(terms)
    elif terms.options or terms.keep or terms.lot:
        raise Invalid("Only a ranked ballot has options of its own.")


def check_choice(terms: Terms, choice: Ranking) -> None:
    """Check that a paper may say this. An empty choice is a blank paper.

    Raises:
        Invalid: it chooses what is not on the ballot, or too much.
    """
    if not set(terms.choices).issuperset(choice):
        raise Invalid("This is not an option of this ballot.")
    if terms.method != "ranked" and len(choice) > 1:
        raise Invalid("A paper chooses one option.")
    if len(set(choice)) < len(choice):
        raise Invalid("A paper ranks an option once.")


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
        seed: of a ranked ballot, what ``terms.lot`` commits to.

    Raises:
        Invalid: a paper cannot be, or the seed is not the one committed to.

    See docs/reference/counting.md.
    """
    every = Counter[Ranking]()
    for channel in papers.values():
        every.update(channel)
    for choice in every:
        check_choice(terms, choice)
    named, size = _base(terms, terms.rules.quorum_of)
    quorum = shares.quorum(
        every.total(), share=shares.read(terms.rules.quorum), base=named, size=size
    )
    counts = _counts(terms, every)
    channels = _channels(terms, papers)
    chosen = {option: counts[option] for option in terms.choices}
    match terms.method:
        case "consent":
            positions = consent.count(chosen, upheld=upheld)
            return Result(
                outcome=_outcome(quorum, passed=positions.given),
                counts=counts,
                channels=channels,
                quorum=quorum,
                positions=positions,
            )
        case "majority" | "qualified":
            tally = _majority(terms, chosen)
            return Result(
                outcome=_outcome(quorum, passed=tally.winner == FOR),
                counts=counts,
                channels=channels,
                quorum=quorum,
                tally=tally,
            )
        case "ranked":
            if seed is None or lot.commitment(seed) != terms.lot:
                raise Invalid("The seed of the lot is not the one committed to.")
            run_off = ranked.count(every, lot=lot.order(seed, terms.options))
            winner = run_off.winner if quorum.reached else None
            return Result(
                outcome=_outcome(quorum, passed=winner not in (None, terms.keep)),
                counts=counts,
                channels=channels,
                quorum=quorum,
                run_off=run_off,
                chosen=winner,
            )


def objections(papers: Mapping[Channel, Papers]) -> int:
    """Count the objections among papers, each of which has to be tested."""
    return sum(channel.get((OBJECTION,), 0) for channel in papers.values())


def _outcome(quorum: Quorum, *, passed: bool) -> Outcome:
    if not quorum.reached:
        return "no quorum"
    return "passed" if passed else "rejected"


def _majority(terms: Terms, chosen: Mapping[OptionId, int]) -> majority.Tally:
    if terms.method == "majority" or terms.threshold is None:
        return majority.count(chosen)
    threshold = shares.read(terms.threshold)
    strict = threshold == HALF
    if terms.rules.threshold_of == "votes":
        return majority.count(chosen, threshold=threshold, strict=strict)
    base, size = _base(terms, terms.rules.threshold_of)
    return majority.count(
        chosen, threshold=threshold, strict=strict, base=base, size=size
    )


def _base(terms: Terms, named: rulebook.QuorumBase) -> tuple[rulebook.QuorumBase, int]:
    # A question put online only is put to all members, wherever they are; a share of
    # those who happened to be present would let a handful decide for everyone.
    if named == "members" or set(terms.channels) == {"online"}:
        return "members", terms.electorate.members
    return "present", terms.electorate.present


def _counts(terms: Terms, papers: Papers) -> Mapping[OptionId, int]:
    counts = dict.fromkeys(terms.choices, 0)
    for choice, number in papers.items():
        first = choice[0] if choice else BLANK
        counts[first] = counts.get(first, 0) + number
    return counts


def _channels(
    terms: Terms, papers: Mapping[Channel, Papers]
) -> Mapping[str, Mapping[OptionId, int]]:
    groups: list[tuple[tuple[Channel, ...], Counter[Ranking]]] = [
        ((channel,), Counter(dict(papers.get(channel, {}))))
        for channel in sorted(terms.channels)
    ]
    groups.sort(key=lambda group: group[1].total())
    while len(groups) > 1 and groups[0][1].total() < FEWEST_SHOWN:
        (names, few), (others, more), *rest = groups
        groups = [((*names, *others), few + more), *rest]
        groups.sort(key=lambda group: group[1].total())
    return {" and ".join(sorted(names)): _counts(terms, few) for names, few in groups}


def _check_ranked(terms: Terms) -> None:
    options = terms.options
    if "hands" in terms.channels:
        raise Invalid("A ranking cannot be shown by hands.")
    if len(options) < 2 or len(set(options)) < len(options):
        raise Invalid("A ranked ballot has two or more different options.")
    if BLANK in options:
        raise Invalid("A paper that chooses nothing is called blank, not an option.")
    if terms.keep not in options:
        raise Invalid("Keeping things as they are is always an option.")
    if terms.lot is None:
        raise Invalid("A ranked ballot commits to the seed of its lot when it opens.")
