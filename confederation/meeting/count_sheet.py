"""A count sheet is filled in by two tellers, and holds what both of them counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from confederation.counting.ranked import Ranking
from confederation.deciding import question
from confederation.deciding.question import Terms
from confederation.errors import Invalid, NotEntitled, TooLate
from confederation.identifiers import BallotId, MemberId
from confederation.meeting import double_entry
from confederation.meeting.double_entry import Entered
from confederation.session import IN_THE_ROOM, Channel
from confederation.session.terms import CHANNELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """So many papers say this; an empty choice is a blank paper."""

    choice: Ranking
    papers: int


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterCount:
    """Enter the hands or papers that one teller counted.

    ``moved`` is how many who could have voted online handed in a paper instead.
    """

    channel: Channel
    markings: tuple[Marking, ...]
    by: MemberId
    at: datetime
    moved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterUpheld:
    """Enter how many of the objections raised the round upheld, as one teller heard."""

    raised: int
    upheld: int
    by: MemberId
    at: datetime


Command = EnterCount | EnterUpheld


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class CountEntered:
    ballot: BallotId
    channel: Channel
    markings: tuple[Marking, ...]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountAgreed:
    ballot: BallotId
    channel: Channel
    markings: tuple[Marking, ...]
    by: tuple[MemberId, MemberId]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountDiffered:
    """The two tellers counted differently, so both count again."""

    ballot: BallotId
    channel: Channel
    by: tuple[MemberId, MemberId]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpheldEntered:
    ballot: BallotId
    raised: int
    upheld: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpheldAgreed:
    ballot: BallotId
    raised: int
    upheld: int
    by: tuple[MemberId, MemberId]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpheldDiffered:
    ballot: BallotId
    by: tuple[MemberId, MemberId]
    at: datetime


Event = (
    CountEntered
    | CountAgreed
    | CountDiffered
    | UpheldEntered
    | UpheldAgreed
    | UpheldDiffered
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The sheet of one ballot. ``entered`` and ``weighed`` wait for a second teller.

    ``counted`` is what two agreed by channel; ``upheld`` is (raised, upheld), agreed.
    """

    entered: Mapping[Channel, Entered[tuple[Marking, ...]]] = field(
        default_factory=dict
    )
    counted: Mapping[Channel, tuple[Marking, ...]] = field(default_factory=dict)
    weighed: Entered[tuple[int, int]] | None = None
    upheld: tuple[int, int] | None = None

    @property
    def papers(self) -> int:
        """How many hands and papers two tellers agreed on."""
        return sum(m.papers for markings in self.counted.values() for m in markings)


NOTHING = State()


def decide(sheet: State, command: Command, *, terms: Terms) -> tuple[Event, ...]:
    """Decide what a teller's entry changes. A redelivered one changes nothing.

    Raises:
        Invalid: what was counted cannot be.
        NotEntitled: whoever enters it is no teller under the rules of this ballot.
        TooLate: two tellers have already agreed on another count.
    """
    if not any(teller.member == command.by for teller in terms.rules.tellers):
        raise NotEntitled("The tellers of the rulebook enter the counts.")
    if isinstance(command, EnterCount):
        return _enter(sheet, command, terms)
    return _weigh(sheet, command, terms)


def evolve(sheet: State, event: Event) -> State:
    """Give the sheet as it is after an event."""
    match event:
        case CountEntered():
            entered = Entered(by=event.by, figure=event.markings)
            return replace(sheet, entered={**sheet.entered, event.channel: entered})
        case CountAgreed():
            return replace(
                sheet,
                entered=_others(sheet, event.channel),
                counted={**sheet.counted, event.channel: event.markings},
            )
        case CountDiffered():
            return replace(sheet, entered=_others(sheet, event.channel))
        case UpheldEntered():
            weighed = Entered(by=event.by, figure=(event.raised, event.upheld))
            return replace(sheet, weighed=weighed)
        case UpheldAgreed():
            return replace(sheet, weighed=None, upheld=(event.raised, event.upheld))
        case UpheldDiffered():
            return replace(sheet, weighed=None)


def _enter(sheet: State, command: EnterCount, terms: Terms) -> tuple[Event, ...]:
    channel = command.channel
    markings = _tidy(terms, command)
    agreed = sheet.counted.get(channel)
    if agreed is not None:
        if agreed == markings:
            return ()
        raise TooLate("Two tellers have already agreed on this count.")
    others = (m.papers for c, ms in sheet.counted.items() if c != channel for m in ms)
    total = sum(others) + sum(marking.papers for marking in markings)
    room = terms.electorate.room + command.moved
    if total > room:
        raise Invalid(
            "{total} were counted, more than the {room} in the room.",
            total=total,
            room=room,
        )
    waiting = sheet.entered.get(channel)
    compared = double_entry.compare(waiting, by=command.by, figure=markings)
    if waiting is None or compared == "first":
        return (
            CountEntered(
                ballot=terms.ballot,
                channel=channel,
                markings=markings,
                by=command.by,
                at=command.at,
            ),
        )
    both = (waiting.by, command.by)
    if compared == "repeated":
        return ()
    if compared == "agreed":
        return (
            CountAgreed(
                ballot=terms.ballot,
                channel=channel,
                markings=markings,
                by=both,
                at=command.at,
            ),
        )
    return (
        CountDiffered(ballot=terms.ballot, channel=channel, by=both, at=command.at),
    )


def _tidy(terms: Terms, command: EnterCount) -> tuple[Marking, ...]:
    """Put a count in one order, without what nobody chose, so that two compare."""
    if command.channel not in IN_THE_ROOM & set(terms.channels):
        raise Invalid(
            "This vote is not counted by {channel}.", channel=CHANNELS[command.channel]
        )
    papers = Counter[Ranking]()
    for marking in command.markings:
        question.check_choice(terms, marking.choice)
        if marking.papers < 0:
            raise Invalid("There cannot be fewer papers than none.")
        if not marking.choice and command.channel == "hands":
            raise Invalid("Nobody raises a blank hand.")
        papers[marking.choice] += marking.papers
    return tuple(
        Marking(choice=choice, papers=number)
        for choice, number in sorted(papers.items())
        if number
    )


def _weigh(sheet: State, command: EnterUpheld, terms: Terms) -> tuple[Event, ...]:
    figure = (command.raised, command.upheld)
    if terms.method != "consent":
        raise Invalid("Objections are tested in a consent round.")
    if not 0 <= command.upheld <= command.raised:
        raise Invalid("No more objections can be upheld than were raised.")
    if sheet.upheld == figure and sheet.weighed is None:
        return ()
    waiting = sheet.weighed
    compared = double_entry.compare(waiting, by=command.by, figure=figure)
    if waiting is None or compared == "first":
        return (
            UpheldEntered(
                ballot=terms.ballot,
                raised=command.raised,
                upheld=command.upheld,
                by=command.by,
                at=command.at,
            ),
        )
    both = (waiting.by, command.by)
    if compared == "repeated":
        return ()
    if compared == "agreed":
        return (
            UpheldAgreed(
                ballot=terms.ballot,
                raised=command.raised,
                upheld=command.upheld,
                by=both,
                at=command.at,
            ),
        )
    return (UpheldDiffered(ballot=terms.ballot, by=both, at=command.at),)


def _others(
    sheet: State, channel: Channel
) -> Mapping[Channel, Entered[tuple[Marking, ...]]]:
    return {c: entered for c, entered in sheet.entered.items() if c != channel}
