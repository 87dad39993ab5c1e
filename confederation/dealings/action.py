"""An action is offered, and is somebody's only once they said yes themselves.

Nobody is given work. Whoever takes an action can hand it back, and others can join in.
What it came to is told; how much anybody did is counted nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, get_args

from confederation.errors import (
    Invalid,
    NotEntitled,
    Phrase,
    Refused,
    TooEarly,
    TooLate,
)
from confederation.identifiers import (
    ActionId,
    CardNumber,
    Commit,
    MemberId,
    SessionId,
)
from confederation.session import Told

Status = Literal[
    "not offered", "offered", "taken", "doing", "blocked", "done", "dropped"
]
STANDS: Final[Mapping[Status, Phrase]] = {
    "not offered": Phrase("This action is not offered."),
    "offered": Phrase("This action is offered."),
    "taken": Phrase("This action is taken."),
    "doing": Phrase("This action is being done."),
    "blocked": Phrase("This action is blocked."),
    "done": Phrase("This action is done."),
    "dropped": Phrase("This action is dropped."),
}
Kind = Literal[
    "neighbourly help",
    "giving",
    "volunteering",
    "looking after",
    "campaign",
    "with services",
    "bringing",
]
"""The kinds that every assembly begins with; see docs/reference/actions.md."""
KINDS: tuple[Kind, ...] = get_args(Kind)
OWN = "sha256:"
"""What a kind begins with that an assembly named itself: see `kinds`."""
Position = Literal["in", "alongside", "outside"]
"""Where it stands to public services."""
Effort = Literal["five minutes", "an hour", "an evening", "a role"]
"""A rung of the ladder of ways to help, the lowest first."""
About = Literal["issue", "decision", "point", "session", "goal", "ask", "result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What an action comes from: ``id`` is that of an issue, a ballot, a meeting …

    An ask is named by the hex of its entry, a result of all assemblies by that of the
    proposal.

    A point is named by its meeting and place, ``meeting.table.number``.
    """

    about: About
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Commitments to what is to be done and which help is wanted."""

    what: Commit
    help: Commit | None = None
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """Who said yes: a member, or the holder of a card whose yes was heard in the room.

    One of the two is None. ``named`` says whether everybody may read the name.
    """

    member: MemberId | None = None
    session: SessionId | None = None
    card: CardNumber | None = None
    named: bool = False


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAction:
    """Offer an action to whoever takes it. ``asked`` is who is asked first, if anyone.

    To be asked is to be assigned nothing. ``due`` is the day by which it is to be done.
    """

    action: ActionId
    words: Words
    kind: str
    effort: Effort
    position: Position | None = None
    due: datetime | None = None
    source: Source | None = None
    told: Told = "members"
    asked: MemberId | None = None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAction:
    """Say *yes, I take it*."""

    named: bool = False
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HearYes:
    """Enter the yes that the holder of a card said in a meeting.

    ``by`` is who takes the notes; None where the holder said it on a phone.
    """

    session: SessionId
    card: CardNumber
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SayNo:
    """Answer that one does not take it; nobody is told but whoever asked."""

    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinIn:
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBack:
    """Hand an action back, or stop joining in. It is offered again."""

    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAction:
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockAction:
    """Say what stands in the way."""

    reason: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishAction:
    """Say that it is done, and what came of it if one likes."""

    came_of_it: Commit | None = None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DropAction:
    reason: Commit
    by: MemberId
    at: datetime


Command = (
    OfferAction
    | TakeAction
    | HearYes
    | SayNo
    | JoinIn
    | HandBack
    | StartAction
    | BlockAction
    | FinishAction
    | DropAction
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOffered:
    action: ActionId
    words: Words
    kind: str
    effort: Effort
    position: Position | None
    due: datetime | None
    source: Source | None
    told: Told
    asked: MemberId | None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTaken:
    action: ActionId
    taker: Taker
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDeclined:
    """Whoever was asked said no. That is all it says."""

    action: ActionId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionJoined:
    action: ActionId
    member: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLeft:
    """Somebody who had joined in does so no longer."""

    action: ActionId
    member: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionHandedBack:
    action: ActionId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStarted:
    action: ActionId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionBlocked:
    action: ActionId
    reason: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDone:
    action: ActionId
    came_of_it: Commit | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDropped:
    action: ActionId
    reason: Commit
    at: datetime


Event = (
    ActionOffered
    | ActionTaken
    | ActionDeclined
    | ActionJoined
    | ActionLeft
    | ActionHandedBack
    | ActionStarted
    | ActionBlocked
    | ActionDone
    | ActionDropped
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An action as it stands.

    ``asked`` is who has been asked and not answered yet; ``reason`` is why it is
    blocked or dropped; ``came_of_it`` what came of it, if somebody said so.
    """

    offered: ActionOffered | None = None
    status: Status = "not offered"
    asked: MemberId | None = None
    taker: Taker | None = None
    helpers: tuple[MemberId, ...] = ()
    reason: Commit | None = None
    came_of_it: Commit | None = None
    ended_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether there is still something to be done."""
        return self.status in ("offered", "taken", "doing", "blocked")


NOTHING = State()


def is_takers(action: State, member: MemberId) -> bool:
    """Whether an action is this member's, by their own yes."""
    return action.taker is not None and action.taker.member == member


def may_move(action: State, member: MemberId) -> bool:
    """Whether a member may say how an action goes on.

    That is whoever took it. The holder of a card may have no device, so any member says
    it for them. Where nobody has taken it yet, whoever offered it can drop it.
    """
    if action.taker is not None:
        return action.taker.member in (None, member)
    return action.offered is not None and action.offered.by == member


def decide(action: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in an action. A redelivered one changes nothing.

    Raises:
        Invalid: no such card or kind of action can be.
        NotEntitled: it is for whoever took the action to say.
        Refused: somebody has taken it already.
        TooEarly: it was not offered, or nobody has taken it yet.
        TooLate: it is done or dropped.
    """
    match command:
        case OfferAction():
            return _offer(action, command)
        case TakeAction(named=named, by=by, at=at):
            if is_takers(action, by):
                return ()
            taker = Taker(member=by, named=named)
            return _take(action, taker, at)
        case HearYes(session=session, card=card, at=at):
            if card < 1:
                raise Invalid("Cards are numbered from 1.")
            taker = Taker(session=session, card=card)
            return () if action.taker == taker else _take(action, taker, at)
        case SayNo(by=by, at=at):
            if action.asked != by:
                return ()
            return (ActionDeclined(action=_open(action).action, at=at),)
        case JoinIn(by=by, at=at):
            if by in action.helpers or is_takers(action, by):
                return ()
            return (ActionJoined(action=_open(action).action, member=by, at=at),)
        case HandBack(by=by, at=at):
            id = _open(action).action
            if by in action.helpers:
                return (ActionLeft(action=id, member=by, at=at),)
            if not is_takers(action, by):
                return ()
            return (ActionHandedBack(action=id, at=at),)
        case StartAction(by=by, at=at):
            if action.status == "doing":
                return ()
            return (ActionStarted(action=_taken_by(action, by), at=at),)
        case BlockAction(reason=reason, by=by, at=at):
            if action.status == "blocked" and action.reason == reason:
                return ()
            id = _taken_by(action, by)
            return (ActionBlocked(action=id, reason=reason, at=at),)
        case FinishAction(came_of_it=came_of_it, by=by, at=at):
            if action.status == "done":
                return ()
            id = _taken_by(action, by)
            return (ActionDone(action=id, came_of_it=came_of_it, at=at),)
        case DropAction(reason=reason, by=by, at=at):
            if action.status == "dropped":
                return ()
            id = _open(action).action
            _check_mover(action, by)
            return (ActionDropped(action=id, reason=reason, at=at),)


def evolve(action: State, event: Event) -> State:
    """Give an action as it is after an event."""
    match event:
        case ActionOffered(asked=asked):
            return replace(action, offered=event, status="offered", asked=asked)
        case ActionTaken(taker=taker):
            helpers = tuple(each for each in action.helpers if each != taker.member)
            return replace(
                action, status="taken", taker=taker, asked=None, helpers=helpers
            )
        case ActionDeclined():
            return replace(action, asked=None)
        case ActionJoined(member=member):
            return replace(action, helpers=(*action.helpers, member))
        case ActionLeft(member=member):
            rest = tuple(each for each in action.helpers if each != member)
            return replace(action, helpers=rest)
        case ActionHandedBack():
            return replace(action, status="offered", taker=None, reason=None)
        case ActionStarted():
            return replace(action, status="doing", reason=None)
        case ActionBlocked(reason=reason):
            return replace(action, status="blocked", reason=reason)
        case ActionDone(came_of_it=came_of_it, at=at):
            return replace(
                action,
                status="done",
                came_of_it=came_of_it,
                reason=None,
                ended_at=at,
            )
        case ActionDropped(reason=reason, at=at):
            return replace(action, status="dropped", reason=reason, ended_at=at)


def _offer(action: State, command: OfferAction) -> tuple[Event, ...]:
    if action.offered is not None:
        return ()
    if command.kind not in KINDS and not command.kind.startswith(OWN):
        raise Invalid("There is no such kind of action.")
    return (
        ActionOffered(
            action=command.action,
            words=command.words,
            kind=command.kind,
            effort=command.effort,
            position=command.position,
            due=command.due,
            source=command.source,
            told=command.told,
            # Whoever asks themselves has only to say yes.
            asked=None if command.asked == command.by else command.asked,
            by=command.by,
            at=command.at,
        ),
    )


def _take(action: State, taker: Taker, at: datetime) -> tuple[Event, ...]:
    id = _open(action).action
    if action.taker is not None:
        raise Refused("Somebody has taken this already. You can join in.")
    return (ActionTaken(action=id, taker=taker, at=at),)


def _open(action: State) -> ActionOffered:
    if action.offered is None:
        raise TooEarly("This action has not been offered.")
    if not action.open:
        raise TooLate(STANDS[action.status])
    return action.offered


def _taken_by(action: State, by: MemberId) -> ActionId:
    id = _open(action).action
    if action.taker is None:
        raise TooEarly("Nobody has said yet that they take this.")
    _check_mover(action, by)
    return id


def _check_mover(action: State, by: MemberId) -> None:
    if not may_move(action, by):
        raise NotEntitled(
            "Whoever took an action says how it goes; until then whoever offered it."
        )
