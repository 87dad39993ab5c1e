"""An amendment is another text for one version, taken in by its friend or by a round.

Whoever brought the motion may take it in as a friendly one. Anybody may contest it
instead, and then the meeting says. One for a version that is no longer the newest is
stale: its difference is one from a text that nobody decides on any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from confederation import text as texts
from confederation.errors import (
    Invalid,
    NotEntitled,
    Phrase,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import AmendmentId, Commit, MemberId, MotionId
from confederation.text import Text

Status = Literal[
    "offered",
    "friendly-accepted",
    "contested",
    "adopted",
    "rejected",
    "stale",
    "withdrawn",
]
SETTLED: Final[Mapping[Status, Phrase]] = {
    "offered": Phrase("This amendment is settled: offered."),
    "friendly-accepted": Phrase("This amendment is settled: friendly-accepted."),
    "contested": Phrase("This amendment is settled: contested."),
    "adopted": Phrase("This amendment is settled: adopted."),
    "rejected": Phrase("This amendment is settled: rejected."),
    "stale": Phrase("This amendment is settled: stale."),
    "withdrawn": Phrase("This amendment is settled: withdrawn."),
}

OPEN: frozenset[Status] = frozenset({"offered", "contested"})
"""A text is not frozen while an amendment to it is one of these."""


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAmendment:
    """Offer another text in place of version ``base``; ``reason`` commits to why."""

    amendment: AmendmentId
    text: Text
    base: int
    reason: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptAmendment:
    """Take an amendment to one's own motion in, as a friendly one."""

    amendment: AmendmentId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestAmendment:
    """Say that the meeting has to decide about an amendment."""

    amendment: AmendmentId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountAmendmentRound:
    """Enter how many in the round were for a contested amendment, and against."""

    amendment: AmendmentId
    for_: int
    against: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawAmendment:
    amendment: AmendmentId
    by: MemberId
    at: datetime


Command = (
    OfferAmendment
    | AcceptAmendment
    | ContestAmendment
    | CountAmendmentRound
    | WithdrawAmendment
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentOffered:
    motion: MotionId
    amendment: AmendmentId
    text: Text
    base: int
    reason: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentAccepted:
    """Whoever brought the motion took it in. A new version of the text follows."""

    motion: MotionId
    amendment: AmendmentId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentContested:
    motion: MotionId
    amendment: AmendmentId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentDecided:
    """The round is over. Where it was adopted, a new version of the text follows."""

    motion: MotionId
    amendment: AmendmentId
    for_: int
    against: int
    adopted: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentWithdrawn:
    motion: MotionId
    amendment: AmendmentId
    at: datetime


Event = (
    AmendmentOffered
    | AmendmentAccepted
    | AmendmentContested
    | AmendmentDecided
    | AmendmentWithdrawn
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """One amendment. ``tally`` is what the round said: (for, against)."""

    offered: AmendmentOffered
    status: Status = "offered"
    tally: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The amendments to one motion, in the order in which they were offered."""

    amendments: Mapping[AmendmentId, Amendment] = field(default_factory=dict)

    def count(self, *statuses: Status) -> int:
        """Count the amendments that stand in any of these ways."""
        return sum(each.status in statuses for each in self.amendments.values())


NOTHING = State()


def decide(
    state: State,
    command: Command,
    *,
    motion: MotionId,
    version: int,
    proposer: MemberId,
) -> tuple[Event, ...]:
    """Decide what a command changes among the amendments to a motion.

    Raises:
        Invalid: a round that nobody took part in, or clauses out of order.
        NotEntitled: who accepts did not bring the motion, or who withdraws did not
            offer the amendment, or who contests did.
        TooEarly: a round is entered about an amendment that nobody contested.
        TooLate: it is against an older version, or settled.
        Unknown: there is no such amendment.
    """
    if isinstance(command, OfferAmendment):
        return _offer(state, command, motion=motion, version=version)
    id_, at = command.amendment, command.at
    known = _known(state, id_)
    match command:
        case AcceptAmendment(by=by):
            if by != proposer:
                raise NotEntitled("Whoever brought the motion takes an amendment in.")
            if known.status == "friendly-accepted":
                return ()
            _still(known, "offered")
            return (AmendmentAccepted(motion=motion, amendment=id_, at=at),)
        case ContestAmendment(by=by):
            if by == known.offered.by:
                raise NotEntitled("Whoever offered it withdraws it instead.")
            if known.status == "contested":
                return ()
            _still(known, "offered")
            return (AmendmentContested(motion=motion, amendment=id_, by=by, at=at),)
        case CountAmendmentRound(for_=for_, against=against):
            if for_ < 0 or against < 0 or not for_ + against:
                raise Invalid("A round is of one person or more.")
            if known.tally == (for_, against):
                return ()
            if known.status == "offered":
                raise TooEarly("Nobody has contested this amendment.")
            _still(known, "contested")
            return (
                AmendmentDecided(
                    motion=motion,
                    amendment=id_,
                    for_=for_,
                    against=against,
                    # As in a simple majority: a tie leaves the text as it is.
                    adopted=for_ > against,
                    at=at,
                ),
            )
        case WithdrawAmendment(by=by):
            if by != known.offered.by:
                raise NotEntitled("Whoever offered an amendment withdraws it.")
            if known.status == "withdrawn":
                return ()
            _still(known, *OPEN)
            return (AmendmentWithdrawn(motion=motion, amendment=id_, at=at),)


def takes_in(state: State, event: Event) -> Text | None:
    """Give the text that an event makes the motion's own; None if it does not."""
    match event:
        case (
            AmendmentAccepted(amendment=id_)
            | AmendmentDecided(amendment=id_, adopted=True)
        ):
            return state.amendments[id_].offered.text
        case _:
            return None


def evolve(state: State, event: Event) -> State:
    """Give the amendments as they are after an event."""
    match event:
        case AmendmentOffered():
            offered = {**state.amendments, event.amendment: Amendment(offered=event)}
            return replace(state, amendments=offered)
        case AmendmentAccepted():
            return _as(state, event.amendment, "friendly-accepted")
        case AmendmentContested():
            return _as(state, event.amendment, "contested")
        case AmendmentDecided():
            found: Status = "adopted" if event.adopted else "rejected"
            tally = (event.for_, event.against)
            return _as(state, event.amendment, found, tally=tally)
        case AmendmentWithdrawn():
            return _as(state, event.amendment, "withdrawn")


def after_version(state: State) -> State:
    """Give the amendments after the text has a new version: the open ones are stale."""
    return replace(
        state,
        amendments={
            id_: replace(each, status="stale") if each.status in OPEN else each
            for id_, each in state.amendments.items()
        },
    )


def _offer(
    state: State, command: OfferAmendment, *, motion: MotionId, version: int
) -> tuple[Event, ...]:
    if command.amendment in state.amendments:
        return ()
    if command.base != version:
        raise TooLate(
            "This was written against version {base} of the text, and version "
            "{version} is the newest. Look at that one first.",
            base=command.base,
            version=version,
        )
    texts.check(command.text)
    return (
        AmendmentOffered(
            motion=motion,
            amendment=command.amendment,
            text=command.text,
            base=command.base,
            reason=command.reason,
            by=command.by,
            at=command.at,
        ),
    )


def _known(state: State, amendment: AmendmentId) -> Amendment:
    if amendment not in state.amendments:
        raise Unknown("There is no such amendment to this motion.")
    return state.amendments[amendment]


def _still(amendment: Amendment, *statuses: Status) -> None:
    if amendment.status in statuses:
        return
    if amendment.status == "stale":
        raise TooLate(
            "The text has changed since this amendment was offered. Offer it again for "
            "the text as it is now."
        )
    raise TooLate(SETTLED[amendment.status])


def _as(
    state: State,
    amendment: AmendmentId,
    status: Status,
    *,
    tally: tuple[int, int] | None = None,
) -> State:
    changed = replace(state.amendments[amendment], status=status, tally=tally)
    return replace(state, amendments={**state.amendments, amendment: changed})
