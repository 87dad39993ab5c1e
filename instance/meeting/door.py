"""What is printed on a card opens the evening that it was made for, and no other.

The codes follow from the node's secret, the meeting and the number, so none is kept:
a pack can be printed again, and a copy of the database opens nothing. Whoever runs the
machine can work them out. See docs/decisions/0064-the-doors-book.md.
"""

import hmac
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from confederation import session
from confederation.deciding import ballot
from confederation.errors import Refused, Sentences, TooEarly, TooLate, Unknown
from confederation.identifiers import BallotId, CardNumber, SessionId
from instance import clerk, node
from instance.deciding import voting
from instance.desk import Desk
from instance.membership import welcome
from instance.membership.welcome import CODE_LETTERS, Invitation
from instance.store import ballots, claims, events
from instance.upkeep import keys

CODE_LENGTH: Final = 6
STUB_LENGTH: Final = 10
CARD: Final = "door card"
STUB: Final = "door stub"
WALL: Final = "wall"
WALL_LENGTH: Final = 12
STUB_IS_GOOD_FOR: Final = timedelta(days=28)
MOST_SAID: Final = 5


def code(desk: Desk, meeting: str, card: int) -> str:
    """Return the code on a card, with which it votes on a phone this evening."""
    return _code(desk, CARD, meeting, card, CODE_LENGTH)


def stub_code(desk: Desk, meeting: str, card: int) -> str:
    """Return the code on a card's stub, with which its holder becomes a member."""
    return _code(desk, STUB, meeting, card, STUB_LENGTH)


def wall_code(desk: Desk, meeting: str) -> str:
    """Return the code with which a machine of its own shows a meeting on the wall."""
    return _code(desk, WALL, meeting, 0, WALL_LENGTH)


def meeting_at_wall(desk: Desk, typed: str) -> SessionId | None:
    """Return the open meeting that a code for the wall belongs to, if any."""
    for id, _ in open_meetings(desk):
        if fits(typed, wall_code(desk, id)):
            return id
    return None


def plain(typed: str) -> str:
    """Return a code as it is compared: capitals, spaces and dashes do not matter."""
    return "".join(letter for letter in typed.lower() if letter.isalnum())


def open_meetings(desk: Desk) -> list[tuple[SessionId, session.State]]:
    """Return the meetings that are open now, the newest first."""
    streams = events.unfinished(
        desk.connection, begun="SessionOpened", ended="SessionClosed"
    )
    return [
        (SessionId(stream.partition(":")[2]), node.load(desk, stream))
        for stream in sorted(streams, reverse=True)
    ]


def meeting_of(desk: Desk, card: CardNumber, typed: str) -> SessionId | None:
    """Return the open meeting that a card and its code belong to; None if they do not.

    Raises:
        TooEarly: the code is right, and the door has not written the card down.
    """
    for id, state in open_meetings(desk):
        if fits(typed, code(desk, id, card)):
            if card not in state.out:
                raise TooEarly(
                    "Card {card} is not written down at the door as handed out. "
                    "Please ask there, and try again.",
                    card=card,
                )
            return id
    return None


def hand_in(desk: Desk, id: BallotId, numbers: Iterable[CardNumber]) -> None:
    """Strike cards whose papers are in the box in the room, all of them or none.

    Raises:
        Refused: one has voted on a phone, has a paper in the box, or came later; the
            sentence says which.
    """
    state = voting.opened(desk, id)
    meeting: session.State = node.load(
        desk, f"session:{voting.terms_of(state).session}"
    )
    refused: list[Refused] = []
    for card in sorted(numbers):
        voters = session.voters_with(meeting, card)
        reason = ballot.why_no_paper(
            state,
            card,
            voters,
            struck=any(ballots.struck(desk.connection, id, each) for each in voters),
            on_paper=any(
                ballots.on_paper(desk.connection, id, each) for each in voters
            ),
        )
        if reason is not None:
            refused.append(reason)
        else:
            ballots.hand_in_paper(desk.connection, id, voters)
    if refused:
        why = Sentences(refused[:MOST_SAID])
        if len(refused) > MOST_SAID:
            raise TooLate(
                "{why} And {more} more. Nothing was written down.",
                why=why,
                more=len(refused) - MOST_SAID,
            )
        raise TooLate("{why} Nothing was written down.", why=why)


def claim(
    desk: Desk, card: CardNumber, typed: str, name: str
) -> tuple[Invitation, SessionId]:
    """Let whoever holds a card's stub become a member, once, within 28 days.

    The rules say so of every card that was handed out, so nobody decides on it anew;
    the door saw them in person. Returns what they come in by, and which meeting it was.

    Raises:
        Unknown: the number and the code belong to no meeting.
        TooEarly: the card was not handed out there.
        TooLate: the 28 days are over, or the stub was used before.
        Refused: the card is with somebody who is a member already.
    """
    welcome.checked_name(name)
    meeting, state = _meeting_of_stub(desk, card, typed)
    assert state.opened is not None
    until = state.opened.at + STUB_IS_GOOD_FOR
    if desk.now > until:
        raise TooLate(
            "This stub was good until {until}. Take a card at the next meeting; its "
            "stub makes you a member.",
            until=until.date(),
        )
    if card not in state.out | state.back:
        raise TooEarly("Card {card} was not handed out at that meeting.", card=card)
    if state.held.get(card):
        raise Refused(
            "Card {card} is with somebody who was there under their name, and is "
            "a member already.",
            card=card,
        )
    if claims.is_used(desk.connection, meeting, card):
        raise TooLate(
            "This stub was used already. If it was not you, tell the registrar."
        )
    invitation = welcome.invite(desk, name, evidence="seen in person")
    # Which card became whom is written nowhere: its votes were a card's, not a name's.
    claims.use(desk.connection, meeting, card)
    claims.keep_member(desk.connection, invitation.member, meeting=meeting)
    clerk.publish_ready(desk)
    return invitation, meeting


def _meeting_of_stub(
    desk: Desk, card: CardNumber, typed: str
) -> tuple[SessionId, session.State]:
    for id, state in node.load_all(desk, "session").items():
        if state.opened is not None and fits(typed, stub_code(desk, id, card)):
            return SessionId(id), state
    raise Unknown(
        "This number and this code belong to no stub of ours. Please compare both "
        "with your stub, letter by letter."
    )


def fits(typed: str, printed: str) -> bool:
    """Whether what was typed is the code that was printed."""
    return hmac.compare_digest(plain(typed).encode(), printed.encode())


def _code(desk: Desk, purpose: str, meeting: str, card: int, length: int) -> str:
    made = keys.mark(
        desk.connection, desk.vault, f"{purpose} {meeting}", f"{card}".encode()
    )
    mark = int.from_bytes(made, "big")
    letters = []
    for _ in range(length):
        mark, place = divmod(mark, len(CODE_LETTERS))
        letters.append(CODE_LETTERS[place])
    return "".join(letters)
