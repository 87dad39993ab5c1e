"""A view of what people share is drawn when enough have answered anew, and not before.

Else whoever compares two views that one answer lies between would know that answer.
"""

from collections.abc import Mapping

from confederation import session
from confederation.deciding import bridging, common_ground
from confederation.deciding.bridging import FLOOR, Mark
from confederation.errors import ByNumber, Refused, TooEarly, TooLate
from confederation.identifiers import CardNumber, MemberId, Voter
from instance import node
from instance.desk import Desk
from instance.meeting import participants
from instance.store import marked


def of_meeting(desk: Desk, session: str) -> dict[str, common_ground.State]:
    """Return the questions of a meeting that are answered in statements, newest first.

    By their ids.
    """
    return {
        id: state
        for id, state in node.load_all(desk, "common_ground").items()
        if state.asked is not None and state.asked.session == session
    }


def _known_as(desk: Desk, session_id: str, ground: str, voter: Voter) -> bytes:
    """Return the mark of somebody; what their card said before is theirs as well.

    To be called where something may be changed.
    """
    mark = participants.of_voter(desk, session_id, ground, voter)
    card = _card_of(desk, session_id, voter)
    if card is not None:
        before = participants.of_voter(desk, session_id, ground, card)
        marked.hand_over(desk.connection, ground, before, to=mark)
    return mark


def marks_of(
    desk: Desk, session_id: str, ground: str, voter: Voter
) -> Mapping[int, Mark]:
    """Return what somebody marked, their card before it was known as theirs included.

    By the numbers of the statements.
    """
    mark = participants.of_voter(desk, session_id, ground, voter)
    mine = marked.of_one(desk.connection, ground, mark)
    card = _card_of(desk, session_id, voter)
    if card is None:
        return mine
    mark = participants.of_voter(desk, session_id, ground, card)
    return {**marked.of_one(desk.connection, ground, mark), **mine}


def answer(desk: Desk, id: str, voter: Voter, number: int, mark: Mark) -> None:
    """Mark a statement for somebody; a later mark takes the place of an earlier one.

    Raises:
        Refused: the question or its meeting is over, or the statement is not shown.
    """
    state = opened(desk, id)
    assert state.asked is not None
    if number not in state.shown:
        raise TooEarly("This statement is not shown now, so nobody marks it.")
    meeting = state.asked.session
    marked.keep(
        desk.connection,
        id,
        _known_as(desk, meeting, id, voter),
        {number: mark},
        session=meeting,
    )


def opened(desk: Desk, id: str) -> common_ground.State:
    """Return a question that can be answered.

    Raises:
        TooEarly: it has not been asked.
        TooLate: it is closed, or its meeting is.
        Unknown: there is none.
    """
    state: common_ground.State = node.load(desk, f"common_ground:{id}")
    asked = common_ground.be_open(state)
    held: session.State = node.load(desk, f"session:{asked.session}")
    if held.closed_at is not None or held.cancelled_at is not None:
        raise TooLate("The meeting that this was asked in is over.")
    return state


def draw(desk: Desk, id: str, *, by: MemberId) -> None:
    """Draw the view anew from all that is marked now.

    Raises:
        Refused: it is closed, or too few have answered since it was drawn.
    """
    state = opened(desk, id)
    if marked.people(desk.connection, id, fresh=True) < FLOOR:
        raise Refused(
            ByNumber(
                "Fewer than {least} person has marked anything since. The view "
                "is drawn again when more have, so that nobody can tell what "
                "one of them said.",
                "Fewer than {least} people have marked anything since. The "
                "view is drawn again when more have, so that nobody can tell "
                "what one of them said.",
            ),
            least=FLOOR,
        )
    view = bridging.see(marked.rows(desk.connection, id), state.shown)
    command = common_ground.DrawView(view=view, by=by, at=desk.now)
    node.perform(desk, f"common_ground:{id}", command)
    marked.seen(desk.connection, id)


def close(desk: Desk, id: str, *, by: MemberId) -> None:
    """Close a question, with a last view where enough answered; forget who said what.

    Whoever calls this empties the write-ahead log afterwards
    (`Database.forget_steps`).
    """
    state: common_ground.State = node.load(desk, f"common_ground:{id}")
    assert state.asked is not None
    if state.is_open and marked.people(desk.connection, id, fresh=True) >= FLOOR:
        draw(desk, id, by=by)
    closing = common_ground.CloseQuestion(by=by, at=desk.now)
    node.perform(desk, f"common_ground:{id}", closing)
    marked.forget(desk.connection, state.asked.session, ground=id)


def close_all(desk: Desk, session: str, *, by: MemberId) -> None:
    """Close all questions of a meeting that is about to close."""
    for id in of_meeting(desk, session):
        close(desk, id, by=by)


def _card_of(desk: Desk, session_id: str, voter: Voter) -> CardNumber | None:
    held: session.State = node.load(desk, f"session:{session_id}")
    return None if isinstance(voter, int) else held.holding.get(MemberId(voter))
