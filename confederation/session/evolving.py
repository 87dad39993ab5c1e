"""What happened is taken into account, and never refused."""

from dataclasses import replace

from confederation.identifiers import CardNumber, MemberId, Voter
from confederation.meeting import door
from confederation.meeting.double_entry import Entered
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
