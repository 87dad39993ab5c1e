"""Who is present is counted by two, and read again whenever something is voted on."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from confederation import double_entry, record, rulebook
from confederation.double_entry import Entered
from confederation.errors import Invalid, NotEntitled, Refused, TooEarly, TooLate
from confederation.identifiers import Commit, MemberId, Multikey, SessionId
from confederation.member import Roll
from confederation.rulebook import Teller

Kind = Literal["assembly", "working group", "listening circle"]
Basis = Literal["cards", "hands"]
Channel = Literal["hands", "paper", "online"]
Told = Literal["members", "everyone"]

IN_THE_ROOM: frozenset[Channel] = frozenset({"hands", "paper"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What people are told when a session is called.

    ``told`` says who learns that it takes place, and what about; ``place_told`` who
    learns where. Nobody is told a place who is not told of the session.
    """

    title: Commit
    kind: Kind
    starts_at: datetime
    place: Commit | None = None
    told: Told = "members"
    place_told: Told = "members"


@dataclass(frozen=True, slots=True, kw_only=True)
class Electorate:
    """Who may decide on one question, frozen when it is put.

    Nobody is in it twice: ``roll`` are the members who may vote online, ``room`` is how
    many may raise a hand or hand in a paper. ``present`` and ``members`` are the bases
    that a quorum or threshold can name.
    """

    roll: tuple[MemberId, ...]
    room: int
    present: int
    members: int


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSession:
    session: SessionId
    notice: Notice
    by: MemberId | None
    at: datetime


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
    """Take part under one's own name, and vote online where that is offered."""

    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOut:
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPresent:
    """Say how many are in the room, those aside who checked in under their name."""

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
    | CancelSession
    | OpenSession
    | CheckIn
    | CheckOut
    | CountPresent
    | ConfirmElectorate
    | CloseSession
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCalled:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCheckedOut:
    session: SessionId
    member: MemberId
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
    | SessionCancelled
    | SessionOpened
    | MemberCheckedIn
    | MemberCheckedOut
    | PresentEntered
    | PresentAgreed
    | PresentDiffered
    | ElectorateConfirmed
    | SessionClosed
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A session as it stands. ``in_room`` is None until two have counted it alike.

    ``entered`` is the count that waits for a second person's. ``confirmed`` are the
    tellers' keys that confirmed ``confirmed_present``.
    """

    called: SessionCalled | None = None
    cancelled_at: datetime | None = None
    opened: SessionOpened | None = None
    closed_at: datetime | None = None
    checked_in: tuple[MemberId, ...] = ()
    in_room: int | None = None
    basis: Basis | None = None
    entered: Entered[tuple[int, Basis]] | None = None
    confirmed: tuple[Multikey, ...] = ()
    confirmed_present: int = 0

    @property
    def is_open(self) -> bool:
        return self.opened is not None and self.closed_at is None

    @property
    def present(self) -> int:
        """How many take part: who checked in, and who is in the room beside them."""
        return len(self.checked_in) + (self.in_room or 0)

    @property
    def confirmed_by(self) -> tuple[Multikey, ...]:
        """The tellers' keys that confirmed how many are present now."""
        return self.confirmed if self.confirmed_present == self.present else ()


NOTHING = State()


def electorate(session: State, channels: Collection[Channel]) -> Electorate:
    """Read who may decide on a question that is put now, through these channels.

    Whoever checked in under their name votes online where that is offered, else in the
    room with the others. Where a question is put online only, every member on the
    session's roll may vote, present or not.

    Raises:
        Refused: a listening circle decides nothing.
        TooEarly: the session is not open, or the room has not been counted.
        TooLate: the session is closed.
    """
    opened = _open(session)
    if session.called is not None and session.called.notice.kind == "listening circle":
        raise Refused("A listening circle listens. It takes no votes.")
    in_room = bool(IN_THE_ROOM & set(channels))
    if in_room and session.in_room is None:
        raise TooEarly("Two people count who is in the room first.")
    members = opened.roll.members
    if "online" not in channels:
        roll: tuple[MemberId, ...] = ()
        room = session.present
    elif in_room:
        roll, room = session.checked_in, session.in_room or 0
    else:
        roll, room = members, 0
    return Electorate(
        roll=roll,
        room=room,
        present=session.present,
        # On the first evening people decide by cards before they are members.
        members=max(len(members), session.present),
    )


def be_open(session: State) -> None:
    """Make sure that a session is being held, for whatever is done only meanwhile.

    Raises:
        TooEarly: it is not open yet.
        TooLate: it is closed.
    """
    _open(session)


def fact(session: State) -> record.Electorate:
    """Give the electorate as the record publishes it: counts, and no name."""
    opened = _opened(session)
    return record.Electorate(
        session=opened.session,
        present=session.present,
        members=max(len(opened.roll.members), session.present),
        levels=opened.roll.levels,
        basis=_basis(session),
        confirmed_by=session.confirmed_by,
    )


def decide(session: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in a session. A redelivered one changes nothing.

    Raises:
        Invalid: a count that cannot be.
        NotEntitled: whoever checks in or counts is not on the roll.
        TooEarly: the session is not called, not open, or its time has not come.
        TooLate: the session is called for a time gone by, was called off, or is closed.
    """
    match command:
        case CallSession(session=id_, notice=notice, by=by, at=at):
            if session.called is not None:
                return ()
            if notice.starts_at < at:
                raise TooLate("A session is called for a time to come.")
            return (SessionCalled(session=id_, notice=notice, by=by, at=at),)
        case CancelSession(by=by, at=at):
            if session.called is None:
                raise TooEarly("This session has not been called.")
            if session.opened is not None:
                raise TooLate("This session has opened. It is closed, not called off.")
            if session.cancelled_at is not None:
                return ()
            return (SessionCancelled(session=session.called.session, by=by, at=at),)
        case OpenSession():
            return _open_called(session, command)
        case CheckIn(by=member, at=at):
            opened = _on_roll(session, member)
            if member in session.checked_in:
                return ()
            return (MemberCheckedIn(session=opened.session, member=member, at=at),)
        case CheckOut(by=member, at=at):
            opened = _on_roll(session, member)
            if member not in session.checked_in:
                return ()
            return (MemberCheckedOut(session=opened.session, member=member, at=at),)
        case CountPresent():
            return _count(session, command)
        case ConfirmElectorate(present=present, key=key, by=by, at=at):
            opened = _open(session)
            if present != session.present:
                raise TooLate(f"There are {session.present} present now.")
            news = rulebook.confirms(
                opened.tellers, session.confirmed_by, by=by, key=key
            )
            if not news:
                return ()
            return (
                ElectorateConfirmed(
                    session=opened.session, present=present, key=key, at=at
                ),
            )
        case CloseSession(by=by, at=at):
            opened = _opened(session)
            if session.closed_at is not None:
                return ()
            return (SessionClosed(session=opened.session, by=by, at=at),)


def evolve(session: State, event: Event) -> State:
    """Give the session as it is after an event."""
    match event:
        case SessionCalled():
            return replace(session, called=event)
        case SessionCancelled():
            return replace(session, cancelled_at=event.at)
        case SessionOpened():
            return replace(session, opened=event)
        case MemberCheckedIn():
            return replace(session, checked_in=(*session.checked_in, event.member))
        case MemberCheckedOut():
            staying = tuple(m for m in session.checked_in if m != event.member)
            return replace(session, checked_in=staying)
        case PresentEntered():
            counted = Entered(by=event.by, figure=(event.count, event.basis))
            return replace(session, entered=counted)
        case PresentAgreed():
            return replace(
                session, in_room=event.count, basis=event.basis, entered=None
            )
        case PresentDiffered():
            return replace(session, entered=None)
        case ElectorateConfirmed():
            before = (
                session.confirmed if session.confirmed_present == event.present else ()
            )
            return replace(
                session,
                confirmed=(*before, event.key),
                confirmed_present=event.present,
            )
        case SessionClosed():
            return replace(session, closed_at=event.at)


def _basis(session: State) -> str:
    ways: list[str] = [session.basis] if session.basis else []
    if session.checked_in or not ways:
        ways.append("check-in")
    return " and ".join(ways)


def _open_called(session: State, command: OpenSession) -> tuple[Event, ...]:
    if session.called is None:
        raise TooEarly("A session is called before it opens, so that people can come.")
    if session.cancelled_at is not None:
        raise TooLate("This session was called off.")
    if session.closed_at is not None:
        raise TooLate("This session is closed.")
    if session.opened is not None:
        return ()
    starts_at = session.called.notice.starts_at
    if command.at < starts_at:
        raise TooEarly(f"People were told {starts_at:%d %B %Y, %H:%M} UTC.")
    return (
        SessionOpened(
            session=session.called.session,
            roll=command.roll,
            tellers=command.tellers,
            by=command.by,
            at=command.at,
        ),
    )


def _count(session: State, command: CountPresent) -> tuple[Event, ...]:
    opened = _on_roll(session, command.by)
    if command.count < 0:
        raise Invalid("There cannot be fewer than nobody in the room.")
    here = (command.count, command.basis)
    waiting = session.entered
    if waiting is None and here == (session.in_room, session.basis):
        return ()
    compared = double_entry.compare(waiting, by=command.by, figure=here)
    if waiting is None or compared == "first":
        return (
            PresentEntered(
                session=opened.session,
                count=command.count,
                basis=command.basis,
                by=command.by,
                at=command.at,
            ),
        )
    if compared == "repeated":
        return ()
    both = (waiting.by, command.by)
    if compared == "agreed":
        return (
            PresentAgreed(
                session=opened.session,
                count=command.count,
                basis=command.basis,
                by=both,
                at=command.at,
            ),
        )
    return (
        PresentDiffered(
            session=opened.session,
            counts=(waiting.figure[0], command.count),
            by=both,
            at=command.at,
        ),
    )


def _on_roll(session: State, member: MemberId) -> SessionOpened:
    opened = _open(session)
    if member not in opened.roll.members:
        raise NotEntitled(
            "The roll of this session was taken when it opened, and you are not on it."
        )
    return opened


def _open(session: State) -> SessionOpened:
    opened = _opened(session)
    if session.closed_at is not None:
        raise TooLate(f"This session closed at {session.closed_at:%H:%M} UTC.")
    return opened


def _opened(session: State) -> SessionOpened:
    if session.opened is None:
        raise TooEarly("This session is not open yet.")
    return session.opened
