"""What can be asked of a session: each is an order, judged against how it stands."""

from dataclasses import dataclass
from datetime import datetime

from confederation.deciding.rulebook import Teller
from confederation.identifiers import CardNumber, Commit, MemberId, Multikey, SessionId
from confederation.meeting.door import Span
from confederation.membership.member import Roll
from confederation.session.terms import Basis, Notice, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSession:
    session: SessionId
    notice: Notice
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSession:
    """Say when and where a session is held that has not opened, and if that is sure."""

    starts_at: datetime
    place: Commit | None
    place_told: Told
    by: MemberId | None
    at: datetime
    tentative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSession:
    """Call a session off before it has opened."""

    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """Open a called session, with the roll and the tellers of this moment."""

    roll: Roll
    tellers: tuple[Teller, ...]
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """Take part under one's own name, and vote online where that is offered.

    Where cards are handed out, whoever is in the room says which is theirs, so that
    nobody counts twice; ``away`` says that they are not in the room. That the card is
    in their hand was checked by its code.
    """

    by: MemberId
    at: datetime
    card: CardNumber | None = None
    away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOut:
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOutCards:
    """Write in the door's book which cards were handed out."""

    cards: tuple[Span, ...]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackCards:
    """Write in the door's book which cards came back: their people have left."""

    cards: tuple[Span, ...]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePhone:
    """Vote by this card on a phone, from the next question on.

    That the card is in the hand of whoever says so was checked by its code.
    """

    by: CardNumber
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPhoneAway:
    """Vote by this card in the room again, from the next question on."""

    by: CardNumber
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPresent:
    """Say how many are in the room, those aside who checked in under their name.

    Where the door keeps a book of cards, a count by cards is how many are out in all.
    """

    count: int
    basis: Basis
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmElectorate:
    """Confirm, as a teller, that so many are present."""

    present: int
    key: Multikey
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSession:
    by: MemberId | None
    at: datetime


Command = (
    CallSession
    | MoveSession
    | CancelSession
    | OpenSession
    | CheckIn
    | CheckOut
    | HandOutCards
    | TakeBackCards
    | TakePhone
    | PutPhoneAway
    | CountPresent
    | ConfirmElectorate
    | CloseSession
)
