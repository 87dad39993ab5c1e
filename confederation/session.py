"""Who is present is counted by two, and read again whenever something is voted on.

Cards handed out at the door less those given back are a count. The door's book says
which; a second person counts the cards and comes to the same number. What one person
writes in the book afterwards, a few cards at a time, then follows by itself.
See docs/decisions/0064-the-doors-book.md.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from confederation import door, double_entry, record, rulebook
from confederation.door import Span
from confederation.double_entry import Entered
from confederation.errors import (
    Invalid,
    NotEntitled,
    Refused,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import (
    CardNumber,
    Commit,
    MemberId,
    Multikey,
    SessionId,
    Voter,
)
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

    Nobody is in it twice: ``roll`` are the members and cards who may vote online,
    ``room`` is how many may raise a hand or hand in a paper. ``present`` and
    ``members`` are the bases that a quorum or threshold can name. ``cards`` are those
    that were out: whoever took one later votes on whatever opens next.
    """

    roll: tuple[Voter, ...]
    room: int
    present: int
    members: int
    cards: tuple[Span, ...] = ()


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSession:
    session: SessionId
    notice: Notice
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSession:
    """Say another time or place for a session that has not opened."""

    starts_at: datetime
    place: Commit | None
    place_told: Told
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


# Events


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


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A session as it stands. ``in_room`` is None until two have counted it alike.

    ``counted`` is what two counted, ``entered`` the count that waits for a second
    person's. ``confirmed`` are the tellers' keys that confirmed ``confirmed_present``.
    ``checked_in`` are those who vote on this site where that is offered: members under
    their name, and cards on a phone. ``in_room`` leaves them out.

    ``out`` are the cards that are out now, ``back`` those that came back, and
    ``kept_by`` who wrote that down. ``holding`` says which member has which card, and
    ``held`` who ever had one tonight. ``by_book`` says that two agreed on the book.
    """

    called: SessionCalled | None = None
    cancelled_at: datetime | None = None
    opened: SessionOpened | None = None
    closed_at: datetime | None = None
    checked_in: tuple[Voter, ...] = ()
    out: frozenset[CardNumber] = frozenset()
    back: frozenset[CardNumber] = frozenset()
    kept_by: tuple[MemberId, ...] = ()
    holding: Mapping[MemberId, CardNumber] = field(default_factory=dict)
    held: Mapping[CardNumber, frozenset[MemberId]] = field(default_factory=dict)
    by_book: bool = False
    counted: int | None = None
    basis: Basis | None = None
    entered: Entered[tuple[int, Basis]] | None = None
    confirmed: tuple[Multikey, ...] = ()
    confirmed_present: int = 0

    @property
    def is_open(self) -> bool:
        return self.opened is not None and self.closed_at is None

    @property
    def in_room(self) -> int | None:
        """How many are in the room beside those who checked in.

        It follows from the cards where two agreed on these, else it was counted.
        """
        if not self.by_book:
            return self.counted
        return len(self.out - self.phones - frozenset(self.holding.values()))

    @property
    def present(self) -> int:
        """How many take part: who checked in, and who is in the room beside them."""
        return len(self.checked_in) + (self.in_room or 0)

    @property
    def phones(self) -> frozenset[CardNumber]:
        """The cards that vote on a phone."""
        return self.out & frozenset(self.checked_in)

    @property
    def confirmed_by(self) -> tuple[Multikey, ...]:
        """The tellers' keys that confirmed how many are present now."""
        return self.confirmed if self.confirmed_present == self.present else ()


NOTHING = State()


def electorate(session: State, channels: Collection[Channel]) -> Electorate:
    """Read who may decide on a question that is put now, through these channels.

    Whoever checked in under their name votes online where that is offered, else in the
    room with the others. Where a question is put online only, every member on the
    session's roll may vote, present or not. No question opens for phones while those
    who hold a card have no part in it.

    Raises:
        Refused: a listening circle decides nothing, or the room would be passed over.
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
    if not in_room and session.out - session.phones - {*session.holding.values()}:
        raise Refused(
            "There are people in the room with a card and no phone. A question that "
            "opens for phones opens for the room as well: by hands or on paper."
        )
    if "online" not in channels:
        roll: tuple[Voter, ...] = ()
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
        cards=door.spans(session.out),
    )


def be_open(session: State) -> None:
    """Make sure that a session is being held, for whatever is done only meanwhile.

    Raises:
        TooEarly: it is not open yet.
        TooLate: it is closed.
    """
    _open(session)


def voters_with(session: State, card: CardNumber) -> frozenset[Voter]:
    """Give all that one person may be known as who holds a card: one of them votes."""
    return frozenset({card, *session.held.get(card, frozenset())})


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
        NotEntitled: whoever checks in or counts is not on the roll, or kept the book
            that they would count against.
        Refused: a card that would count twice.
        TooEarly: the session is not called, not open, or its time has not come.
        TooLate: the session is called for a time gone by, was called off, or is closed.
        Unknown: no such card was handed out tonight.
    """
    match command:
        case CallSession(session=id_, notice=notice, by=by, at=at):
            if session.called is not None:
                return ()
            if notice.starts_at < at:
                raise TooLate("A session is called for a time to come.")
            return (SessionCalled(session=id_, notice=notice, by=by, at=at),)
        case MoveSession():
            return _move(session, command)
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
        case CheckIn():
            return _check_in(session, command)
        case CheckOut(by=member, at=at):
            opened = _on_roll(session, member)
            if member not in session.checked_in:
                return ()
            return (MemberCheckedOut(session=opened.session, member=member, at=at),)
        case HandOutCards():
            return _hand_out(session, command)
        case TakeBackCards():
            return _take_back(session, command)
        case TakePhone(by=card, at=at):
            opened = _open(session)
            if card in session.phones:
                return ()
            if card in session.holding.values():
                raise Refused(
                    f"Card {card} is with somebody who is here under their name, and "
                    "votes under it."
                )
            _is_out(session, card)
            return (PhoneTaken(session=opened.session, card=card, at=at),)
        case PutPhoneAway(by=card, at=at):
            opened = _open(session)
            if card not in session.phones:
                return ()
            return (PhonePutAway(session=opened.session, card=card, at=at),)
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
        case SessionMoved(notice=notice):
            assert session.called is not None
            return replace(session, called=replace(session.called, notice=notice))
        case SessionCancelled():
            return replace(session, cancelled_at=event.at)
        case SessionOpened():
            return replace(session, opened=event)
        case MemberCheckedIn():
            return _came(session, event)
        case MemberCheckedOut():
            return _without(session, event.member)
        case CardsHandedOut():
            cards = door.cards(event.cards)
            written = _written(session, cards, by=event.by)
            return replace(written, out=session.out | cards, back=session.back - cards)
        case CardsTakenBack():
            cards = door.cards(event.cards)
            written = _written(session, cards, by=event.by)
            for card in cards:
                written = _without(written, card)
            for member in _holders(session, cards):
                written = _without(written, member)
            return replace(written, out=session.out - cards, back=session.back | cards)
        case PhoneTaken():
            taken = replace(session, checked_in=(*session.checked_in, event.card))
            return _moved(taken, -1)
        case PhonePutAway():
            return _moved(_without(session, event.card), +1)
        case PresentEntered():
            counted = Entered(by=event.by, figure=(event.count, event.basis))
            return replace(session, entered=counted)
        case PresentAgreed():
            return replace(
                session,
                counted=event.count,
                basis=event.basis,
                entered=None,
                by_book=event.basis == "cards" and bool(session.out),
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
    with_card = session.phones | session.holding.keys()
    if not ways or any(each not in with_card for each in session.checked_in):
        ways.append("check-in")
    return " and ".join(ways)


def _move(session: State, command: MoveSession) -> tuple[Event, ...]:
    if session.called is None:
        raise TooEarly("This session has not been called.")
    if session.opened is not None:
        raise TooLate("This session has opened, so it is where and when it is.")
    if session.cancelled_at is not None:
        raise TooLate("This session was called off.")
    before = session.called.notice
    notice = replace(
        before,
        starts_at=command.starts_at,
        place=command.place,
        place_told=command.place_told,
    )
    if notice == before:
        return ()
    if notice.starts_at != before.starts_at and notice.starts_at < command.at:
        raise TooLate("A session is moved to a time to come.")
    return (
        SessionMoved(
            session=session.called.session,
            notice=notice,
            by=command.by,
            at=command.at,
        ),
    )


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
    if command.basis == "cards" and session.out:
        return _count_cards(session, command)
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


def _count_cards(session: State, command: CountPresent) -> tuple[Event, ...]:
    """Compare a second person's count of the cards with the door's book."""
    opened, out = _opened(session), len(session.out)
    others = [keeper for keeper in session.kept_by if keeper != command.by]
    if session.by_book and command.count == out:
        return ()
    if not others:
        raise NotEntitled(
            "You wrote the door's book yourself. Somebody else counts the cards."
        )
    both = (others[-1], command.by)
    if command.count != out:
        return (
            PresentDiffered(
                session=opened.session,
                counts=(out, command.count),
                by=both,
                at=command.at,
            ),
        )
    return (
        PresentAgreed(
            session=opened.session, count=out, basis="cards", by=both, at=command.at
        ),
    )


def _check_in(session: State, command: CheckIn) -> tuple[Event, ...]:
    opened, card = _on_roll(session, command.by), command.card
    if command.by in session.checked_in and card in (
        None,
        session.holding.get(command.by),
    ):
        return ()
    if card is not None:
        _is_out(session, card)
        if card in session.holding.values():
            raise Refused(f"Card {card} is with somebody else who is here.")
    elif session.out and not command.away:
        raise Refused(
            "Cards are handed out tonight. Say which one is yours, so that nobody "
            "counts twice, or that you are not in the room."
        )
    return (
        MemberCheckedIn(
            session=opened.session, member=command.by, card=card, at=command.at
        ),
    )


def _hand_out(session: State, command: HandOutCards) -> tuple[Event, ...]:
    opened = _on_roll(session, command.by)
    news = door.cards(command.cards) - session.out
    if not news:
        return ()
    return (
        CardsHandedOut(
            session=opened.session,
            cards=door.spans(news),
            by=command.by,
            at=command.at,
        ),
    )


def _take_back(session: State, command: TakeBackCards) -> tuple[Event, ...]:
    opened = _on_roll(session, command.by)
    cards = door.cards(command.cards)
    never = cards - session.out - session.back
    if never:
        raise Unknown(
            f"Not handed out tonight: {door.write(never)}. Nothing was written down; "
            "please compare the numbers with the cards."
        )
    news = cards & session.out
    if not news:
        return ()
    return (
        CardsTakenBack(
            session=opened.session,
            cards=door.spans(news),
            by=command.by,
            at=command.at,
        ),
    )


def _is_out(session: State, card: CardNumber) -> None:
    if card not in session.out:
        raise Unknown(f"Card {card} is not out tonight. The door knows which are.")


def _came(session: State, event: MemberCheckedIn) -> State:
    """Check a member in; if they have a card, the two are one person from now on."""
    here = session
    if event.member not in session.checked_in:
        here = replace(session, checked_in=(*session.checked_in, event.member))
    if event.card is None:
        return here
    if event.card not in session.phones:
        here = _moved(here, -1)
    here = _without(here, event.card)
    held = here.held.get(event.card, frozenset()) | {event.member}
    return replace(
        here,
        holding={**here.holding, event.member: event.card},
        held={**here.held, event.card: held},
    )


def _written(session: State, cards: frozenset[CardNumber], *, by: MemberId) -> State:
    """Note who wrote in the door's book, and whether a second person looks again."""
    stands = session.by_book and len(cards) <= door.MOST_BY_ONE
    keepers = tuple(each for each in session.kept_by if each != by)
    return replace(
        session,
        kept_by=(*keepers, by),
        by_book=stands,
        counted=session.counted if stands else None,
        basis=session.basis if stands else None,
        entered=None,
    )


def _moved(session: State, by: int) -> State:
    """Count one person more or fewer in a room that was counted by heads."""
    if session.counted is None or session.by_book:
        return session
    return replace(session, counted=max(0, session.counted + by))


def _without(session: State, voter: Voter) -> State:
    staying = tuple(each for each in session.checked_in if each != voter)
    holding = {m: card for m, card in session.holding.items() if m != voter}
    return replace(session, checked_in=staying, holding=holding)


def _holders(session: State, cards: frozenset[CardNumber]) -> tuple[MemberId, ...]:
    return tuple(m for m, card in session.holding.items() if card in cards)


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
