"""What we offer on another assembly's need is theirs to accept, and nobody else's.

An answer counts only from whoever posted it, for what was offered and no other amount.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from confederation.dealings import agreement
from confederation.dealings.agreement import COUNTS, Purpose, Side, Status, Step
from confederation.errors import Invalid, NotEntitled, TooEarly
from confederation.identifiers import ActorId, Commit, MemberId, PledgeId

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class MakePledge:
    """Offer an agreement on a need or an offer elsewhere.

    ``on`` is its address, ``to`` who posted it and ``inbox`` where they are reached.
    """

    pledge: PledgeId
    on: str
    to: ActorId
    inbox: str
    purpose: Purpose
    unit: str
    quantity: str
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HearAnswer:
    """Hear whether it was accepted, and under which address it is an agreement now."""

    actor: ActorId
    accepted: bool
    agreement: str
    unit: str
    quantity: str
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteProgress:
    """As `aid.NoteDelivery`, on the side of whoever offered."""

    step: Step
    actor: ActorId | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ThankThem:
    """Thank whoever posted it, for everyone to read."""

    words: Commit
    by: MemberId
    at: datetime


Command = MakePledge | HearAnswer | NoteProgress | ThankThem


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeMade:
    pledge: PledgeId
    on: str
    to: ActorId
    inbox: str
    purpose: Purpose
    unit: str
    quantity: str
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeAnswered:
    pledge: PledgeId
    accepted: bool
    agreement: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeWentOn:
    pledge: PledgeId
    step: Step
    ours: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TheyWereThanked:
    pledge: PledgeId
    words: Commit
    at: datetime


Event = PledgeMade | PledgeAnswered | PledgeWentOn | TheyWereThanked


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A pledge as it stands. ``agreement`` is its address with whoever accepted it."""

    made: PledgeMade | None = None
    status: Status = "proposed"
    agreement: str = ""
    thanked: bool = False


NOTHING = State()


def our_side(made: PledgeMade) -> Side:
    """Say on which side we are: on a need we provide, on an offer we receive."""
    theirs = agreement.side_of_author(made.purpose)
    return "provider" if theirs == "receiver" else "receiver"


def decide(pledge: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        Invalid: no such quantity can be, or another one was accepted.
        NotEntitled: it comes from somebody to whom nothing was offered, or is for the
            other side to say.
        TooEarly: nothing was offered or agreed.
    """
    match command:
        case MakePledge():
            return _make(pledge, command)
        case HearAnswer():
            return _hear(pledge, command)
        case NoteProgress(step=step, actor=actor, at=at):
            made = _made(pledge)
            ours = our_side(made)
            if actor is not None:
                _check_theirs(made, actor)
                ours = "provider" if ours == "receiver" else "receiver"
            if not agreement.goes_on(pledge.status, step, ours):
                return ()
            return (
                PledgeWentOn(pledge=made.pledge, step=step, ours=actor is None, at=at),
            )
        case ThankThem(words=words, at=at):
            made = _made(pledge)
            if pledge.thanked:
                return ()
            if pledge.status not in COUNTS:
                raise TooEarly("Nothing has been agreed.")
            return (TheyWereThanked(pledge=made.pledge, words=words, at=at),)


def evolve(pledge: State, event: Event) -> State:
    """Give a pledge as it is after an event."""
    match event:
        case PledgeMade():
            return replace(pledge, made=event)
        case PledgeAnswered(accepted=accepted, agreement=agreed):
            status: Status = "agreed" if accepted else "declined"
            return replace(pledge, status=status, agreement=agreed)
        case PledgeWentOn(step=step):
            return replace(pledge, status=step)
        case TheyWereThanked():
            return replace(pledge, thanked=True)


def _make(pledge: State, command: MakePledge) -> tuple[Event, ...]:
    if pledge.made is not None:
        return ()
    agreement.amount(command.quantity)
    return (
        PledgeMade(
            pledge=command.pledge,
            on=command.on,
            to=command.to,
            inbox=command.inbox,
            purpose=command.purpose,
            unit=command.unit,
            quantity=command.quantity,
            by=command.by,
            at=command.at,
        ),
    )


def _hear(pledge: State, command: HearAnswer) -> tuple[Event, ...]:
    made = _made(pledge)
    _check_theirs(made, command.actor)
    if pledge.status != "proposed":
        return ()
    if command.accepted and (
        command.unit != made.unit
        or agreement.amount(command.quantity) != agreement.amount(made.quantity)
    ):
        raise Invalid("What they accept is not what was offered.")
    return (
        PledgeAnswered(
            pledge=made.pledge,
            accepted=command.accepted,
            agreement=command.agreement if command.accepted else "",
            at=command.at,
        ),
    )


def _check_theirs(made: PledgeMade, actor: ActorId) -> None:
    if actor != made.to:
        raise NotEntitled("Nothing was offered to whoever answers this.")


def _made(pledge: State) -> PledgeMade:
    if pledge.made is None:
        raise TooEarly("Nothing was offered.")
    return pledge.made
