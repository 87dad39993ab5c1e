"""An assembly posts what it needs or can give, and agrees with whoever answers.

Many may answer one need, each with a part; together never more than is asked. An answer
is only offered until somebody here accepts it. Nobody answers for another's need.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from confederation.dealings import agreement
from confederation.dealings.agreement import COUNTS, Purpose, Side, Status, Step
from confederation.errors import Invalid, Refused, TooEarly, TooLate, Unknown
from confederation.identifiers import (
    ActorId,
    AgreementId,
    AidId,
    Commit,
    MemberId,
)

MOST_AGREEMENTS = 100
"""How many answers one post takes, accepted or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who answered: an actor elsewhere, or a member here. One of the two is None.

    ``activity`` is the id of what they sent, and ``inbox`` where they are answered.
    """

    actor: ActorId | None = None
    member: MemberId | None = None
    activity: str = ""
    inbox: str = ""


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAid:
    """Post a need or an offer, for everyone, with where it is and under which theme.

    Quantities are exact decimals; ``minimum`` is the least that an answer can be of.
    """

    aid: AidId
    purpose: Purpose
    title: Commit
    more: Commit | None
    unit: str
    quantity: str
    minimum: str
    place: Commit | None
    theme: str
    until: datetime | None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOffer:
    """Take in that somebody offers an agreement; it waits to be accepted.

    ``by`` is None for what comes from another server.
    """

    agreement: AgreementId
    party: Party
    unit: str
    quantity: str
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptOffer:
    agreement: AgreementId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineOffer:
    agreement: AgreementId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDelivery:
    """Say that it was delivered, that it came, or that something is wrong.

    ``actor`` is who said so elsewhere; None where a member here did.
    """

    agreement: AgreementId
    step: Step
    actor: ActorId | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ThankFor:
    """Thank whoever gave, for everyone to read."""

    agreement: AgreementId
    words: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAid:
    """Take no more answers. What is agreed stays so."""

    by: MemberId
    at: datetime


Command = (
    PostAid
    | TakeOffer
    | AcceptOffer
    | DeclineOffer
    | NoteDelivery
    | ThankFor
    | CloseAid
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class AidPosted:
    aid: AidId
    purpose: Purpose
    title: Commit
    more: Commit | None
    unit: str
    quantity: str
    minimum: str
    place: Commit | None
    theme: str
    until: datetime | None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTaken:
    aid: AidId
    agreement: AgreementId
    party: Party
    quantity: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAccepted:
    aid: AidId
    agreement: AgreementId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDeclined:
    aid: AidId
    agreement: AgreementId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepNoted:
    """``ours`` says whether it was said here, or by the other side."""

    aid: AidId
    agreement: AgreementId
    step: Step
    ours: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GiverThanked:
    aid: AidId
    agreement: AgreementId
    words: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AidClosed:
    aid: AidId
    at: datetime


Event = (
    AidPosted
    | OfferTaken
    | OfferAccepted
    | OfferDeclined
    | StepNoted
    | GiverThanked
    | AidClosed
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What somebody offered on a post, and how far it is."""

    id: AgreementId
    party: Party
    quantity: str
    status: Status = "proposed"
    thanked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A need or an offer with all that was offered on it, in its order."""

    posted: AidPosted | None = None
    agreements: tuple[Agreed, ...] = ()
    closed: bool = False

    @property
    def left(self) -> Fraction:
        """How much is still needed or to be had, exactly."""
        if self.posted is None:
            return Fraction(0)
        taken = (
            agreement.amount(each.quantity)
            for each in self.agreements
            if each.status in COUNTS
        )
        return agreement.amount(self.posted.quantity) - sum(taken, Fraction(0))

    def open(self, at: datetime) -> bool:
        """Whether answers are taken."""
        return (
            self.posted is not None
            and not self.closed
            and self.left > 0
            and (self.posted.until is None or at < self.posted.until)
        )

    def agreement(self, id: AgreementId) -> Agreed | None:
        """Return an agreement by its id, or None."""
        return next((each for each in self.agreements if each.id == id), None)


NOTHING = State()


def decide(aid: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        Invalid: no such quantity can be, or it is of another unit.
        NotEntitled: it is for the other side to say.
        Refused: it is more than is left, or less than is of use.
        TooEarly, TooLate: nothing was posted or agreed; or it is closed.
        Unknown: there is no such agreement, or it is with somebody else.
    """
    match command:
        case PostAid():
            return _post(aid, command)
        case TakeOffer():
            return _take(aid, command)
        case AcceptOffer(agreement=id, at=at):
            posted, offered = _of(aid, id)
            if offered.status in COUNTS:
                return ()
            if offered.status == "declined":
                raise TooLate("This was declined already.")
            _check_amount(aid, offered.quantity)
            return (OfferAccepted(aid=posted.aid, agreement=id, at=at),)
        case DeclineOffer(agreement=id, at=at):
            posted, offered = _of(aid, id)
            if offered.status == "declined":
                return ()
            if offered.status != "proposed":
                raise TooLate("This was accepted already.")
            return (OfferDeclined(aid=posted.aid, agreement=id, at=at),)
        case NoteDelivery(agreement=id, step=step, actor=actor, at=at):
            posted, offered = _of(aid, id)
            if actor is not None and actor != offered.party.actor:
                # Whoever sends this is nobody whom it was agreed with.
                raise Unknown("There is no such agreement with you.")
            side = _side(posted, theirs=actor is not None)
            if not agreement.goes_on(offered.status, step, side):
                return ()
            return (
                StepNoted(
                    aid=posted.aid,
                    agreement=id,
                    step=step,
                    ours=actor is None,
                    at=at,
                ),
            )
        case ThankFor(agreement=id, words=words, at=at):
            posted, offered = _of(aid, id)
            if offered.thanked:
                return ()
            if offered.status not in COUNTS:
                raise TooEarly("Nothing has been agreed.")
            return (GiverThanked(aid=posted.aid, agreement=id, words=words, at=at),)
        case CloseAid(at=at):
            posted = _posted(aid)
            return () if aid.closed else (AidClosed(aid=posted.aid, at=at),)


def evolve(aid: State, event: Event) -> State:
    """Give a need or an offer as it is after an event."""
    match event:
        case AidPosted():
            return replace(aid, posted=event)
        case OfferTaken(agreement=id, party=party, quantity=quantity):
            new = Agreed(id=id, party=party, quantity=quantity)
            return replace(aid, agreements=(*aid.agreements, new))
        case OfferAccepted(agreement=id):
            return _with(aid, id, status="agreed")
        case OfferDeclined(agreement=id):
            return _with(aid, id, status="declined")
        case StepNoted(agreement=id, step=step):
            return _with(aid, id, status=step)
        case GiverThanked(agreement=id):
            return _with(aid, id, thanked=True)
        case AidClosed():
            return replace(aid, closed=True)


def _post(aid: State, command: PostAid) -> tuple[Event, ...]:
    if aid.posted is not None:
        return ()
    if agreement.amount(command.minimum) > agreement.amount(command.quantity):
        raise Invalid("The least that is of use is not more than the whole.")
    if command.until is not None and command.until <= command.at:
        raise Invalid("It holds until a time to come.")
    return (
        AidPosted(
            aid=command.aid,
            purpose=command.purpose,
            title=command.title,
            more=command.more,
            unit=command.unit,
            quantity=command.quantity,
            minimum=command.minimum,
            place=command.place,
            theme=command.theme,
            until=command.until,
            by=command.by,
            at=command.at,
        ),
    )


def _take(aid: State, command: TakeOffer) -> tuple[Event, ...]:
    posted = _posted(aid)
    if aid.agreement(command.agreement) is not None:
        return ()
    if not aid.open(command.at):
        raise TooLate("No more answers are taken on this.")
    if command.unit != posted.unit:
        raise Invalid("This is counted in another unit.")
    if len(aid.agreements) >= MOST_AGREEMENTS:
        raise Refused("So many have answered this already that no more are taken.")
    _check_amount(aid, command.quantity)
    return (
        OfferTaken(
            aid=posted.aid,
            agreement=command.agreement,
            party=command.party,
            quantity=command.quantity,
            at=command.at,
        ),
    )


def _check_amount(aid: State, quantity: str) -> None:
    posted, wanted = _posted(aid), agreement.amount(quantity)
    if wanted > aid.left:
        left = agreement.written(aid.left) if aid.left else "nothing"
        raise Refused("This is more than is left: {left}.", left=left)
    least = min(agreement.amount(posted.minimum), aid.left)
    if wanted < least:
        raise Refused("It is of use from {least} on.", least=agreement.written(least))


def _side(posted: AidPosted, *, theirs: bool) -> Side:
    own = agreement.side_of_author(posted.purpose)
    if not theirs:
        return own
    return "provider" if own == "receiver" else "receiver"


def _with(aid: State, id: AgreementId, **changed: object) -> State:
    return replace(
        aid,
        agreements=tuple(
            replace(each, **changed) if each.id == id else each  # type: ignore[arg-type]
            for each in aid.agreements
        ),
    )


def _of(aid: State, id: AgreementId) -> tuple[AidPosted, Agreed]:
    posted, found = _posted(aid), aid.agreement(id)
    if found is None:
        raise Unknown("There is no such agreement.")
    return posted, found


def _posted(aid: State) -> AidPosted:
    if aid.posted is None:
        raise TooEarly("Nothing was posted here.")
    return aid.posted
