"""Who may decide on a question is frozen when the question is put."""

from collections.abc import Collection
from dataclasses import dataclass

from confederation import record
from confederation.errors import Refused, TooEarly, TooLate
from confederation.identifiers import CardNumber, Voter
from confederation.meeting import door
from confederation.meeting.door import Span
from confederation.session.events import SessionOpened
from confederation.session.state import State
from confederation.session.terms import IN_THE_ROOM, Channel


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
    opened = be_open(session)
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


def be_open(session: State) -> SessionOpened:
    """Make sure that a session is being held, and say how it opened.

    Raises:
        TooEarly: it is not open yet.
        TooLate: it is closed.
    """
    opened = have_opened(session)
    if session.closed_at is not None:
        raise TooLate("This session closed at {at}.", at=session.closed_at)
    return opened


def have_opened(session: State) -> SessionOpened:
    """Make sure that a session has opened, be it closed by now, and say how.

    Raises:
        TooEarly: it is not open yet.
    """
    if session.opened is None:
        raise TooEarly("This session is not open yet.")
    return session.opened


def voters_with(session: State, card: CardNumber) -> frozenset[Voter]:
    """Give all that one person may be known as who holds a card: one of them votes."""
    return frozenset({card, *session.held.get(card, frozenset())})


def fact(session: State) -> record.Electorate:
    """Give the electorate as the record publishes it: counts, and no name."""
    opened = have_opened(session)
    return record.Electorate(
        session=opened.session,
        present=session.present,
        members=max(len(opened.roll.members), session.present),
        levels=opened.roll.levels,
        basis=_basis(session),
        confirmed_by=session.confirmed_by,
    )


def _basis(session: State) -> str:
    ways: list[str] = [session.basis] if session.basis else []
    with_card = session.phones | session.holding.keys()
    if not ways or any(each not in with_card for each in session.checked_in):
        ways.append("check-in")
    return " and ".join(ways)
