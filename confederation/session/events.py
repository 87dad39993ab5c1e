"""What happened in a session; nothing here is taken back."""

from dataclasses import dataclass
from datetime import datetime

from confederation.deciding.rulebook import Teller
from confederation.identifiers import CardNumber, MemberId, Multikey, SessionId
from confederation.meeting.door import Span
from confederation.membership.member import Roll
from confederation.session.terms import Basis, Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCalled:
    session: SessionId
    notice: Notice
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMoved:
    """The session takes place at another time or place, as ``notice`` says now."""

    session: SessionId
    notice: Notice
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCancelled:
    session: SessionId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    session: SessionId
    roll: Roll
    tellers: tuple[Teller, ...]
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCheckedIn:
    session: SessionId
    member: MemberId
    at: datetime
    card: CardNumber | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCheckedOut:
    session: SessionId
    member: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsHandedOut:
    session: SessionId
    cards: tuple[Span, ...]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsTakenBack:
    session: SessionId
    cards: tuple[Span, ...]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneTaken:
    session: SessionId
    card: CardNumber
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonePutAway:
    session: SessionId
    card: CardNumber
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentEntered:
    """One of the two who count has counted."""

    session: SessionId
    count: int
    basis: Basis
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentAgreed:
    session: SessionId
    count: int
    basis: Basis
    by: tuple[MemberId, MemberId]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentDiffered:
    """The two counts are not the same, so both count again."""

    session: SessionId
    counts: tuple[int, int]
    by: tuple[MemberId, MemberId]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectorateConfirmed:
    session: SessionId
    present: int
    key: Multikey
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClosed:
    session: SessionId
    by: MemberId | None
    at: datetime


Event = (
    SessionCalled
    | SessionMoved
    | SessionCancelled
    | SessionOpened
    | MemberCheckedIn
    | MemberCheckedOut
    | CardsHandedOut
    | CardsTakenBack
    | PhoneTaken
    | PhonePutAway
    | PresentEntered
    | PresentAgreed
    | PresentDiffered
    | ElectorateConfirmed
    | SessionClosed
)
