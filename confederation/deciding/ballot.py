"""While a ballot is open only its turnout is known, and a secret vote is no event."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from confederation import record
from confederation.counting.majority import ABSTAIN, AGAINST, FOR
from confederation.counting.ranked import Ranking
from confederation.deciding import question, result, rulebook
from confederation.deciding.decision import Decided
from confederation.deciding.question import Terms
from confederation.deciding.result import Result
from confederation.errors import (
    ByNumber,
    Invalid,
    NotEntitled,
    Refused,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import (
    BallotId,
    CardNumber,
    Commit,
    Digest,
    MemberId,
    Multikey,
    Voter,
)
from confederation.meeting import count_sheet, door
from confederation.meeting.count_sheet import EnterCount, EnterUpheld, Marking
from confederation.session import Channel
from confederation.session.terms import CHANNELS

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBallot:
    """Put a question to the vote. ``proposer`` is whose proposal it is, if anyone's.

    ``others`` says whether somebody else holds an office in which they could put it.
    """

    terms: Terms
    proposer: MemberId | None = None
    others: bool = True
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote:
    """Cast a named vote; until closing a higher revision replaces it.

    ``reason`` commits to why somebody stands aside, objects or blocks.
    """

    choice: Ranking
    revision: int
    reason: Commit | None = None
    by: Voter
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidVote:
    """Void the named vote of somebody who was not eligible. The base stays as it is."""

    member: Voter
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseBallot:
    """Close and count.

    ``box`` holds the shuffled papers of a secret online ballot and ``struck`` is how
    many were struck off the roll; ``papers`` is the salted digest of the list, kept for
    a recount. ``seed`` is the one that a ranked ballot's ``lot`` commits to.
    """

    box: tuple[Marking, ...] = ()
    struck: int = 0
    papers: Digest | None = None
    seed: str | None = None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndBallot:
    """End a ballot uncounted, because the remit that it was put under has ended."""

    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDecision:
    key: Multikey
    by: MemberId
    at: datetime


Command = (
    OpenBallot
    | CastVote
    | VoidVote
    | CloseBallot
    | EndBallot
    | ConfirmDecision
    | count_sheet.Command
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotOpened:
    terms: Terms
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteCast:
    """A named vote. A secret one is never an event."""

    ballot: BallotId
    member: Voter
    choice: Ranking
    revision: int
    at: datetime
    reason: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteVoided:
    ballot: BallotId
    member: Voter
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotDecided:
    ballot: BallotId
    result: Result
    papers: Digest | None
    seed: str | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotEnded:
    """It was never counted, and decided nothing."""

    ballot: BallotId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionConfirmed:
    ballot: BallotId
    key: Multikey
    at: datetime


Event = (
    BallotOpened
    | VoteCast
    | VoteVoided
    | BallotDecided
    | BallotEnded
    | DecisionConfirmed
    | count_sheet.Event
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A ballot as it stands. ``ended`` says that it ended uncounted."""

    opened: BallotOpened | None = None
    votes: Mapping[Voter, VoteCast] = field(default_factory=dict)
    voided: frozenset[Voter] = frozenset()
    sheet: count_sheet.State = count_sheet.NOTHING
    decided: BallotDecided | None = None
    ended: BallotEnded | None = None
    confirmed_by: tuple[Multikey, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.opened is not None and self.decided is None and self.ended is None

    @property
    def confirmed(self) -> bool:
        """Whether two tellers confirmed the decision, each with a key of their own."""
        return len(self.confirmed_by) >= 2


NOTHING = State()


def why_not(
    ballot: State,
    member: Voter,
    *,
    struck: bool,
    at: datetime,
    on_paper: bool = False,
) -> Refused | None:
    """Give the reason why somebody may not vote online now; None if they may.

    Args:
        on_paper: whether their paper is in the box in the room.
    """
    if ballot.opened is None:
        return TooEarly("This ballot is not open yet.")
    terms = ballot.opened.terms
    if ballot.ended is not None:
        return _ended(ballot.ended)
    if ballot.decided is not None:
        return _closed(ballot.decided.at)
    if terms.closes_at is not None and at >= terms.closes_at:
        return _closed(terms.closes_at)
    if "online" not in terms.channels:
        return NotEntitled(
            "This vote is taken by {ways}.",
            ways=[CHANNELS[each] for each in terms.channels],
        )
    if on_paper:
        return TooLate("Your paper is in the box in the room, so your vote is in.")
    if member not in terms.electorate.roll:
        return NotEntitled(
            "The roll for this question was taken when it was put, and you were not "
            "on it. You can vote on whatever opens next."
        )
    if member in ballot.voided:
        return NotEntitled("Your vote in this ballot was voided.")
    if terms.secret and struck:
        return TooLate("Your vote is in. A secret vote is cast once.")
    return None


def _ended(event: BallotEnded) -> TooLate:
    return TooLate(
        "This ballot ended at {at} without being counted, because its remit had ended. "
        "It decided nothing.",
        at=event.at,
    )


def _closed(at: datetime) -> TooLate:
    return TooLate("This ballot closed at {at}.", at=at)


def why_no_paper(
    ballot: State,
    card: CardNumber,
    voters: Collection[Voter],
    *,
    struck: bool,
    on_paper: bool,
) -> Refused | None:
    """Give the reason why a card gets no paper in the room now; None if it does.

    Args:
        voters: all that the person who holds it may be known as, the card among them.
        struck: whether a secret ballot's roll says that one of these has voted.
        on_paper: whether a paper of theirs is in the box already.
    """
    terms = _opened(ballot).terms
    if ballot.ended is not None:
        return _ended(ballot.ended)
    if ballot.decided is not None:
        return _closed(ballot.decided.at)
    if "paper" not in terms.channels:
        return NotEntitled(
            "This vote is taken by {ways}.",
            ways=[CHANNELS[each] for each in terms.channels],
        )
    if card not in door.cards(terms.electorate.cards):
        return NotEntitled(
            "Card {card} was not out when this was put. It votes on whatever "
            "opens next.",
            card=card,
        )
    if on_paper:
        return TooLate("A paper of card {card} is in the box already.", card=card)
    if struck or any(voter in ballot.votes for voter in voters):
        return TooLate("Card {card} has voted on a phone.", card=card)
    return None


def admit(
    ballot: State,
    member: Voter,
    choice: Ranking,
    *,
    struck: bool,
    at: datetime,
    on_paper: bool = False,
) -> None:
    """Admit a paper to the box of a secret ballot, or a named vote to the count.

    For a secret ballot the caller strikes the member off the roll and drops the paper
    in the box in one transaction, and stores nothing that joins the two.

    Raises:
        Refused: the member may not vote now; the message says why.
        Invalid: the paper says what this ballot does not ask.
    """
    reason = why_not(ballot, member, struck=struck, on_paper=on_paper, at=at)
    if reason is not None:
        raise reason
    question.check_choice(_opened(ballot).terms, choice)


def turnout(ballot: State, *, struck: int = 0) -> int:
    """Count who has voted so far, and not how.

    Args:
        struck: how many were struck off the roll of a secret ballot.
    """
    return len(ballot.votes) + struck + ballot.sheet.papers


def decided(ballot: State) -> Decided:
    """Give what this ballot decided, for those who carry it out.

    Raises:
        TooEarly: it has not been counted yet.
    """
    terms, counted = _opened(ballot).terms, _result(ballot)
    return Decided(
        ballot=terms.ballot,
        outcome=counted.outcome,
        text=terms.text,
        opened_at=_opened(ballot).at,
        subject=terms.subject,
        person=terms.person,
        chosen=counted.chosen,
        elected=counted.elected,
        sub_assembly=terms.sub_assembly,
    )


def fact(
    ballot: State, *, effective_from: datetime, supersedes: Digest | None = None
) -> record.Decision:
    """Give the decision as the record publishes it: aggregates only.

    Raises:
        TooEarly: it has not been counted yet.
        Refused: it was a sense of the room, and no decision.
    """
    terms, counted = _opened(ballot).terms, _result(ballot)
    if counted.outcome == "advice":
        raise Refused("This was a sense of the room, and decided nothing.")
    members = None
    if counted.tally is not None:
        members = record.MembersCount(
            for_=counted.counts[FOR],
            against=counted.counts[AGAINST],
            abstain=counted.counts[ABSTAIN],
            basis=" and ".join(terms.channels),
        )
    return record.Decision(
        ballot=terms.ballot,
        method=record.Method(
            name=terms.method, quorum=terms.rules.quorum, threshold=terms.threshold
        ),
        present=terms.electorate.present,
        outcome=counted.outcome,
        effective_from=effective_from,
        on=terms.subject,
        text_commit=terms.text,
        members=members,
        chosen=counted.chosen,
        elected=counted.elected,
        counts=result.published(terms, counted),
        stages=result.stages(counted),
        channels={
            named: {str(option): papers for option, papers in counts.items()}
            for named, counts in counted.channels.items()
        },
        papers=None if ballot.decided is None else ballot.decided.papers,
        supersedes=supersedes,
        confirmed_by=ballot.confirmed_by,
    )


def decide(ballot: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in a ballot. A redelivered one changes nothing.

    Raises:
        Invalid: the terms, a paper or a count cannot be.
        NotEntitled: whoever votes is not on the roll, whoever counts is no teller.
        Refused: the rulebook does not allow these terms.
        TooEarly: the ballot is not open, or a count is missing at its closing.
        TooLate: the ballot is closed.
    """
    match command:
        case OpenBallot(terms=terms, proposer=proposer, others=others, by=by, at=at):
            if ballot.opened is not None:
                return ()
            # Where one person holds every office, nobody else could; two tellers
            # count and confirm it all the same.
            if proposer is not None and proposer == by and others:
                raise NotEntitled(
                    "Somebody else puts your own motion to the vote: another "
                    "facilitator, convenor or clerk."
                )
            if terms.closes_at is not None and terms.closes_at <= at:
                raise TooLate("A ballot closes after it opens.")
            question.check(terms)
            return (BallotOpened(terms=terms, by=by, at=at),)
        case CastVote():
            return _cast(ballot, command)
        case VoidVote(member=member, by=by, at=at):
            if member in ballot.voided:
                return ()
            terms = _counting(ballot).terms
            if terms.secret:
                raise Refused("A secret vote cannot be found again, so none is voided.")
            if member not in terms.electorate.roll:
                raise Unknown("That member is not on the roll of this question.")
            return (VoteVoided(ballot=terms.ballot, member=member, by=by, at=at),)
        case EnterCount() | EnterUpheld():
            terms = _opened(ballot).terms
            entered = count_sheet.decide(ballot.sheet, command, terms=terms)
            if entered:
                _counting(ballot)
            return entered
        case CloseBallot():
            return _close(ballot, command)
        case EndBallot(at=at):
            opened = _opened(ballot)
            if not ballot.is_open:
                return ()
            if opened.terms.sub_assembly is None:
                raise Refused("A ballot of the whole assembly is closed and counted.")
            return (BallotEnded(ballot=opened.terms.ballot, at=at),)
        case ConfirmDecision(key=key, by=by, at=at):
            _result(ballot)
            terms = _opened(ballot).terms
            tellers = terms.rules.tellers
            if not rulebook.confirms(tellers, ballot.confirmed_by, by=by, key=key):
                return ()
            return (DecisionConfirmed(ballot=terms.ballot, key=key, at=at),)


def evolve(ballot: State, event: Event) -> State:
    """Give the ballot as it is after an event."""
    match event:
        case BallotOpened():
            return replace(ballot, opened=event)
        case VoteCast():
            return replace(ballot, votes={**ballot.votes, event.member: event})
        case VoteVoided():
            rest = {m: vote for m, vote in ballot.votes.items() if m != event.member}
            return replace(ballot, votes=rest, voided=ballot.voided | {event.member})
        case BallotDecided():
            return replace(ballot, decided=event)
        case BallotEnded():
            return replace(ballot, ended=event)
        case DecisionConfirmed():
            return replace(ballot, confirmed_by=(*ballot.confirmed_by, event.key))
        case _:
            return replace(ballot, sheet=count_sheet.evolve(ballot.sheet, event))


def _cast(ballot: State, command: CastVote) -> tuple[Event, ...]:
    terms = _opened(ballot).terms
    if terms.secret:
        raise Refused("This ballot is secret: no vote in it is written down by name.")
    earlier = ballot.votes.get(command.by)
    if earlier is not None and command.revision <= earlier.revision:
        if command.revision == earlier.revision and command.choice != earlier.choice:
            raise Refused("You have voted since this page was shown. Vote again.")
        return ()
    if command.revision < 1:
        raise Invalid("The revisions of a vote are numbered from 1.")
    admit(ballot, command.by, command.choice, struck=False, at=command.at)
    if question.needs_reason(terms, command.choice) and command.reason is None:
        raise Invalid("Please say why: whoever stands aside or blocks gives a reason.")
    return (
        VoteCast(
            ballot=terms.ballot,
            member=command.by,
            choice=command.choice,
            revision=command.revision,
            at=command.at,
            reason=command.reason,
        ),
    )


def _close(ballot: State, command: CloseBallot) -> tuple[Event, ...]:
    terms = _opened(ballot).terms
    if ballot.decided is not None:
        return ()
    _counting(ballot)
    if terms.closes_at is not None and command.at < terms.closes_at:
        raise TooEarly(
            "People were told {at}. It can be closed from then on.", at=terms.closes_at
        )
    papers = {channel: _papers(ballot, channel, command) for channel in terms.channels}
    if command.box and not (terms.secret and "online" in papers):
        raise Invalid("Only a secret ballot that is cast online has a box.")
    raised, upheld = ballot.sheet.upheld or (0, 0)
    objections = result.objections(papers) if terms.method == "consent" else 0
    if raised != objections:
        raise TooEarly(
            ByNumber(
                "{objections} objection was raised and {raised} tested. Every "
                "objection is tested before the round closes.",
                "{objections} objections were raised and {raised} tested. "
                "Every objection is tested before the round closes.",
            ),
            objections=objections,
            raised=raised,
        )
    counted = result.count(terms, papers, upheld=upheld, seed=command.seed)
    return (
        BallotDecided(
            ballot=terms.ballot,
            result=counted,
            papers=command.papers,
            seed=command.seed,
            by=command.by,
            at=command.at,
        ),
    )


def _papers(
    ballot: State, channel: Channel, command: CloseBallot
) -> Mapping[Ranking, int]:
    if channel == "online":
        if _opened(ballot).terms.secret:
            return _box(ballot, command)
        return Counter(vote.choice for vote in ballot.votes.values())
    if channel not in ballot.sheet.counted:
        raise TooEarly(
            "Two tellers have yet to agree on the count by {channel}.",
            channel=CHANNELS[channel],
        )
    return {marking.choice: marking.papers for marking in ballot.sheet.counted[channel]}


def _box(ballot: State, command: CloseBallot) -> Mapping[Ranking, int]:
    box = Counter[Ranking]()
    for marking in command.box:
        if marking.papers < 1:
            raise Invalid("A choice is in the box because a paper carries it.")
        box[marking.choice] += marking.papers
    if box.total() != command.struck:
        raise Invalid(
            ByNumber(
                "The box holds {box} paper and {struck} were struck off the "
                "roll. Nothing is counted until somebody has looked into that.",
                "The box holds {box} papers and {struck} were struck off the "
                "roll. Nothing is counted until somebody has looked into that.",
            ),
            box=box.total(),
            struck=command.struck,
        )
    if command.struck > len(_opened(ballot).terms.electorate.roll):
        raise Invalid("More were struck off the roll than were on it.")
    return box


def _counting(ballot: State) -> BallotOpened:
    if ballot.ended is not None:
        raise _ended(ballot.ended)
    if ballot.decided is not None:
        raise _closed(ballot.decided.at)
    return _opened(ballot)


def _opened(ballot: State) -> BallotOpened:
    if ballot.opened is None:
        raise TooEarly("This ballot is not open yet.")
    return ballot.opened


def _result(ballot: State) -> Result:
    if ballot.decided is None:
        raise TooEarly("This ballot has not been counted yet.")
    return ballot.decided.result
