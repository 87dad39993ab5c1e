"""A delegate is recalled at any time, after notice, and with their answer attached."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from confederation.deciding import decision, rulebook
from confederation.deciding.decision import Decided
from confederation.deciding.rulebook import Rules, Teller
from confederation.errors import NotEntitled, TooEarly, TooLate
from confederation.identifiers import (
    BallotId,
    Commit,
    CompactId,
    MemberId,
    Multikey,
)

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRecall:
    """Move that the delegate be recalled. ``rules`` are those in force.

    ``text`` commits to the words that the ballot will be on, which the record will
    show; ``reason`` to why, which stays among the members. ``urgent`` takes the
    rulebook's shorter notice.
    """

    text: Commit
    rules: Rules
    reason: Commit | None = None
    urgent: bool = False
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecall:
    """Attach the delegate's own answer to the recall."""

    answer: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleRecall:
    """Carry out what the ballot said: the delegate is recalled, or stays."""

    decision: Decided | None
    tellers: tuple[Teller, ...]
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRecall:
    key: Multikey
    by: MemberId
    at: datetime


Command = MoveRecall | AnswerRecall | SettleRecall | ConfirmRecall


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallMoved:
    compact: CompactId
    mandate: int
    delegate: MemberId
    text: Commit
    urgent: bool
    notice_until: datetime
    by: MemberId
    at: datetime
    reason: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallAnswered:
    compact: CompactId
    mandate: int
    answer: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateRecalled:
    """``mandate`` is the one in effect now, perhaps newer than the one moved on."""

    compact: CompactId
    mandate: int
    delegate: MemberId
    ballot: BallotId
    tellers: tuple[Teller, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateKept:
    compact: CompactId
    mandate: int
    ballot: BallotId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallConfirmed:
    compact: CompactId
    mandate: int
    key: Multikey
    at: datetime


Event = RecallMoved | RecallAnswered | DelegateRecalled | DelegateKept | RecallConfirmed


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The newest recall of a seat's delegate. ``settled`` are the texts voted on."""

    moved: RecallMoved | None = None
    answer: Commit | None = None
    recalled: DelegateRecalled | None = None
    confirmed_by: tuple[Multikey, ...] = ()
    settled: frozenset[Commit] = frozenset()

    @property
    def pending(self) -> bool:
        """Whether a recall was moved and not voted on yet."""
        return self.moved is not None and self.moved.text not in self.settled


NOTHING = State()


def decide(
    state: State,
    command: Command,
    *,
    compact: CompactId,
    delegate: MemberId | None,
    mandate: int | None,
) -> tuple[Event, ...]:
    """Decide what a command changes in the recall of a delegate.

    Args:
        delegate: who is in office; None where the seat is vacant.
        mandate: the number of their mandate in effect, if they have one.

    Raises:
        NotEntitled: somebody else answers, or the ballot was on something else.
        TooEarly: there is no mandate or no recall, or the notice has not passed.
        TooLate: the recall is settled, or another one is pending.
    """
    match command:
        case MoveRecall(text=text, rules=rules, urgent=urgent, by=by, at=at):
            moved = state.moved
            if text in state.settled or (moved is not None and moved.text == text):
                return ()
            if delegate is None or mandate is None:
                raise TooEarly("There is no mandate to recall.")
            # Where the last delegate left before the vote, their recall is no bar.
            if state.pending and moved is not None and moved.delegate == delegate:
                raise TooLate("A recall is moved already and not voted on yet.")
            notice = rules.emergency_notice if urgent else rules.recall_notice
            return (
                RecallMoved(
                    compact=compact,
                    mandate=mandate,
                    delegate=delegate,
                    text=text,
                    urgent=urgent,
                    notice_until=at + timedelta(seconds=notice),
                    by=by,
                    at=at,
                    reason=command.reason,
                ),
            )
        case AnswerRecall(answer=answer, by=by, at=at):
            moved = _moved(state)
            if by != moved.delegate:
                raise NotEntitled("Whoever is to be recalled answers for themselves.")
            if answer == state.answer:
                return ()
            if not state.pending:
                raise TooLate("This recall has been voted on.")
            return (
                RecallAnswered(
                    compact=compact, mandate=moved.mandate, answer=answer, at=at
                ),
            )
        case SettleRecall():
            return _settle(state, command, delegate=delegate, mandate=mandate)
        case ConfirmRecall(key=key, by=by, at=at):
            recalled = state.recalled
            if recalled is None:
                raise TooEarly("Nobody has been recalled.")
            if not rulebook.confirms(
                recalled.tellers, state.confirmed_by, by=by, key=key
            ):
                return ()
            return (
                RecallConfirmed(
                    compact=compact, mandate=recalled.mandate, key=key, at=at
                ),
            )


def evolve(state: State, event: Event) -> State:
    """Give the recall as it is after an event."""
    match event:
        case RecallMoved():
            return replace(state, moved=event, answer=None)
        case RecallAnswered():
            return replace(state, answer=event.answer)
        case DelegateRecalled():
            return replace(
                state, recalled=event, confirmed_by=(), settled=_and_moved(state)
            )
        case DelegateKept():
            return replace(state, settled=_and_moved(state))
        case RecallConfirmed():
            return replace(state, confirmed_by=(*state.confirmed_by, event.key))


def _settle(
    state: State,
    command: SettleRecall,
    *,
    delegate: MemberId | None,
    mandate: int | None,
) -> tuple[Event, ...]:
    if command.decision is not None and command.decision.text in state.settled:
        return ()
    moved = _moved(state)
    said = decision.about(command.decision, text=moved.text, person=True)
    if said.opened_at < moved.notice_until:
        raise TooEarly(
            "The notice of this recall ran until {at}, and the ballot was opened "
            "before that.",
            at=moved.notice_until,
        )
    if not said.passed:
        return (
            DelegateKept(
                compact=moved.compact,
                mandate=moved.mandate,
                ballot=said.ballot,
                at=command.at,
            ),
        )
    if delegate != moved.delegate or mandate is None:
        raise TooLate("This delegate is no longer in office.")
    return (
        DelegateRecalled(
            compact=moved.compact,
            mandate=mandate,
            delegate=moved.delegate,
            ballot=said.ballot,
            tellers=command.tellers,
            at=command.at,
        ),
    )


def _moved(state: State) -> RecallMoved:
    if state.moved is None:
        raise TooEarly("No recall has been moved.")
    return state.moved


def _and_moved(state: State) -> frozenset[Commit]:
    return state.settled | ({state.moved.text} if state.moved is not None else set())
