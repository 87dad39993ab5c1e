"""A command is judged against the session as it is; the same twice changes nothing."""

from dataclasses import replace

from confederation.deciding import rulebook
from confederation.errors import (
    Invalid,
    NotEntitled,
    Refused,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import CardNumber, MemberId
from confederation.meeting import door, double_entry
from confederation.session.commands import (
    CallSession,
    CancelSession,
    CheckIn,
    CheckOut,
    CloseSession,
    Command,
    ConfirmElectorate,
    CountPresent,
    HandOutCards,
    MoveSession,
    OpenSession,
    PutPhoneAway,
    TakeBackCards,
    TakePhone,
)
from confederation.session.events import (
    CardsHandedOut,
    CardsTakenBack,
    ElectorateConfirmed,
    Event,
    MemberCheckedIn,
    MemberCheckedOut,
    PhonePutAway,
    PhoneTaken,
    PresentAgreed,
    PresentDiffered,
    PresentEntered,
    SessionCalled,
    SessionCancelled,
    SessionClosed,
    SessionMoved,
    SessionOpened,
)
from confederation.session.state import State
from confederation.session.voters import be_open, have_opened


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
            opened = be_open(session)
            if card in session.phones:
                return ()
            if card in session.holding.values():
                raise Refused(
                    "Card {card} is with somebody who is here under their name, "
                    "and votes under it.",
                    card=card,
                )
            _is_out(session, card)
            return (PhoneTaken(session=opened.session, card=card, at=at),)
        case PutPhoneAway(by=card, at=at):
            opened = be_open(session)
            if card not in session.phones:
                return ()
            return (PhonePutAway(session=opened.session, card=card, at=at),)
        case CountPresent():
            return _count(session, command)
        case ConfirmElectorate(present=present, key=key, by=by, at=at):
            opened = be_open(session)
            if present != session.present:
                raise TooLate(
                    "There are {present} present now.", present=session.present
                )
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
            opened = have_opened(session)
            if session.closed_at is not None:
                return ()
            return (SessionClosed(session=opened.session, by=by, at=at),)


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
        tentative=command.tentative,
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
        raise TooEarly(
            "People were told {at}. It can be opened from then on, or moved to an "
            "earlier time under “Prepare it”.",
            at=starts_at,
        )
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
    opened, out = have_opened(session), len(session.out)
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
            raise Refused("Card {card} is with somebody else who is here.", card=card)
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
            "Not handed out tonight: {never}. Nothing was written down; please "
            "compare the numbers with the cards.",
            never=door.write(never),
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
        raise Unknown(
            "Card {card} is not out tonight. The door knows which are.", card=card
        )


def _on_roll(session: State, member: MemberId) -> SessionOpened:
    opened = be_open(session)
    if member not in opened.roll.members:
        raise NotEntitled(
            "The roll of this session was taken when it opened, and you are not on it."
        )
    return opened
