"""A question is put under terms that never change, and a paper says what they ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confederation.counting import consensus, dots, gradients, marks, score, shares
from confederation.counting.consent import CONSENT, POSITIONS
from confederation.counting.majority import ABSTAIN, AGAINST, FOR, HALF
from confederation.counting.marks import Paper
from confederation.deciding import rulebook
from confederation.deciding.rulebook import MethodName, Rules
from confederation.errors import Invalid, Refused, TooEarly
from confederation.identifiers import (
    BallotId,
    Commit,
    Digest,
    OptionId,
    SessionId,
    SubAssemblyId,
)
from confederation.session import Channel, Electorate

BLANK = OptionId("blank")
"""How a result names the papers that choose nothing. No option is called that."""

Papers = Mapping[Paper, int]

Asks = Literal["position", "ranking", "ticks", "points", "dots"]
"""What people put on a paper."""

ASKS: dict[MethodName, Asks] = {
    "consent": "position",
    "consensus": "position",
    "fallback": "position",
    "majority": "position",
    "qualified": "position",
    "gradients": "position",
    "ranked": "ranking",
    "pairs": "ranking",
    "schulze": "ranking",
    "stv": "ranking",
    "meek": "ranking",
    "approval": "ticks",
    "score": "points",
    "dots": "dots",
}
SHARES_PLACES: frozenset[MethodName] = frozenset({"pairs", "schulze"})
"""Where options may stand in one place of a ranking."""

FILLS_SEATS: frozenset[MethodName] = frozenset({"stv", "meek"})
ADVISES: frozenset[MethodName] = frozenset({"dots", "gradients"})
"""What decides nothing, whatever it says."""

ENOUGH_MEETINGS = 2
"""At how many meetings consensus must have failed before a vote may take its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A ballot in which consensus on a text failed, and the fallback then declared."""

    ballot: BallotId
    session: SessionId
    text: Commit
    fallback: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """All that is settled before anyone votes.

    ``text`` commits to what is decided on, ``question`` to the words on the paper.
    ``subject`` is the digest of the proposal, mandate or compact that it is about, if
    there is one. ``options``, and ``keep``, the one of them that leaves things as they
    are, are given where a method chooses among options; others have their own. ``lot``
    commits to the seed that settles ties in those. ``seats`` are the places that a
    transferable vote fills. ``tried`` are the ballots that a fallback rests on.
    ``closes_at`` is None where the facilitator closes. ``person`` says that this is
    about a person. ``sub_assembly`` is the one that decides it under its remit; None
    where the whole assembly does.
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
    seats: int = 1
    tried: tuple[Tried, ...] = ()
    closes_at: datetime | None = None
    secret: bool = False
    person: bool = False
    sub_assembly: SubAssemblyId | None = None

    @property
    def asks(self) -> Asks:
        """What people put on a paper."""
        return ASKS[self.method]

    @property
    def choices(self) -> tuple[OptionId, ...]:
        """What a paper may choose."""
        match self.method:
            case "consent":
                return POSITIONS
            case "consensus":
                return consensus.POSITIONS
            case "gradients":
                return gradients.SCALE
            case "majority" | "qualified" | "fallback":
                return (FOR, AGAINST, ABSTAIN)
            case _:
                return self.options

    @property
    def threshold(self) -> str | None:
        """The share that carries it; None where no share does."""
        match self.method:
            case "majority":
                return shares.write(HALF)
            case "qualified":
                return self.rules.threshold
            case "fallback":
                return self.rules.fallback
            case _:
                return None


def base(terms: Terms, named: rulebook.QuorumBase) -> tuple[rulebook.QuorumBase, int]:
    """Give the base that a share is taken of, and how many that is."""
    # A question put online only is put to all members, wherever they are; a share of
    # those who happened to be present would let a handful decide for everyone.
    if named == "members" or only_online(terms):
        return "members", terms.electorate.members
    return "present", terms.electorate.present


def only_online(terms: Terms) -> bool:
    """Whether people answer one by one, wherever they are, and not in the room."""
    return set(terms.channels) == {"online"}


def check(terms: Terms) -> None:
    """Check that a question may be put under these terms.

    Raises:
        Invalid: the terms contradict themselves.
        Refused: the rulebook does not allow them.
        TooEarly: a vote takes the place of consensus that was not tried enough.
    """
    if terms.method not in terms.rules.methods:
        raise Refused(
            "The rulebook does not provide for deciding by {method}.",
            method=terms.method,
        )
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
    if terms.method in ("consent", "consensus") and terms.secret:
        raise Invalid("A reason has to be heard, so this is not secret.")
    if terms.method in ADVISES and (terms.subject is not None or terms.person):
        raise Invalid("This gives a sense of the room, and decides on nothing.")
    if terms.method == "fallback":
        _check_tried(terms)
    if terms.asks != "position":
        _check_options(terms)
    elif terms.options or terms.keep or terms.lot:
        raise Invalid("This way of deciding has options of its own.")
    elif terms.seats != 1:
        raise Invalid("Only a transferable vote fills places.")


def check_choice(terms: Terms, choice: Paper) -> None:
    """Check that a paper may say this. An empty choice is a blank paper.

    Raises:
        Invalid: it chooses what is not on the ballot, or too much, or the same in
            another order, which would tell one paper from another like it.
    """
    match terms.asks:
        case "position":
            if len(choice) > 1:
                raise Invalid("A paper chooses one option.")
            _check_known(choice, terms)
        case "ranking" if terms.method in SHARES_PLACES:
            places = marks.ranks(choice)
            _check_known([option for place in places for option in place], terms)
            if marks.write_ranks(places) != choice:
                raise Invalid("Options in one place are written in their order.")
        case "ranking":
            _check_known(choice, terms)
        case "ticks":
            _check_known(choice, terms)
            _check_in_order(choice)
        case "points":
            given = marks.scores(choice)
            _check_known(list(given), terms)
            if any(points > score.MOST_POINTS for points in given.values()):
                raise Invalid("A score is from 0 to {most}.", most=score.MOST_POINTS)
            if marks.write_scores(given) != choice:
                raise Invalid("Scores are written in the order of the options.")
        case "dots":
            rules = terms.rules
            dots.check(
                choice, options=terms.options, dots=rules.dots, most=rules.most_dots
            )
            _check_in_order(choice)


def needs_reason(terms: Terms, choice: Paper) -> bool:
    """Whether whoever says this says why: consensus is blocked for a reason."""
    return terms.method == "consensus" and choice not in ((), (CONSENT,))


def _check_known(options: "list[OptionId] | Paper", terms: Terms) -> None:
    if not set(terms.choices).issuperset(options):
        raise Invalid("This is not an option of this ballot.")
    if len(set(options)) < len(options):
        raise Invalid("A paper names an option once.")


def _check_in_order(choice: Paper) -> None:
    if tuple(sorted(choice)) != choice:
        raise Invalid("What is ticked is written in the order of the options.")


def _check_options(terms: Terms) -> None:
    options = terms.options
    if "hands" in terms.channels:
        raise Invalid("This is written on a paper, and cannot be shown by hands.")
    if len(options) < 2 or len(set(options)) < len(options):
        raise Invalid("This way of deciding needs two or more different options.")
    if BLANK in options:
        raise Invalid("A paper that chooses nothing is called blank, not an option.")
    if any(mark in option for option in options for mark in "=:"):
        raise Invalid("The name of an option has neither = nor : in it.")
    if terms.keep not in options and (terms.method != "dots" or terms.keep):
        raise Invalid(
            "Keeping things as they are is always an option. Please write which of the "
            "options it is."
        )
    if terms.lot is None:
        raise Invalid("A ballot with options commits to the seed of its lot.")
    if terms.method not in FILLS_SEATS and terms.seats != 1:
        raise Invalid("Only a transferable vote fills places.")
    if not 1 <= terms.seats < len(options):
        raise Invalid("There are fewer places to fill than options on the paper.")


def _check_tried(terms: Terms) -> None:
    """Two meetings under the same declaration, so that nobody wears the others out."""
    fallback = terms.rules.fallback
    meetings = {
        each.session
        for each in terms.tried
        if each.text == terms.text and each.fallback == fallback is not None
    }
    if len(meetings) < ENOUGH_MEETINGS:
        raise TooEarly(
            "A vote takes the place of consensus once that has failed on this text at "
            "two meetings, under rules that already said so."
        )
