"""Whoever marks statements is a mark of the node's: the same for them, nobody's name.

A copy of the database alone does not tell whose it is; who holds the node's secret as
well can work it out while the question is open. Afterwards there is nothing to ask.
"""

import secrets
from collections.abc import Iterable

from confederation.identifiers import CardNumber, Voter
from instance.desk import Desk
from instance.store import marked
from instance.upkeep import keys

PURPOSE = "common ground"


def of_voter(desk: Desk, session: str, ground: str, voter: Voter) -> bytes:
    """Return the mark under which a member or a card answers one question."""
    return _mark(desk, session, f"{ground}\n{voter}")


def of_sheet(desk: Desk, session: str, ground: str, sheet: int) -> bytes:
    """Return the mark under which a sheet of paper answers one question."""
    return _mark(desk, session, f"{ground}\nsheet {sheet}")


def leave(desk: Desk, session: str, cards: Iterable[CardNumber]) -> None:
    """Let what cards that came back have marked be nobody's, so that it stays.

    Whoever is given such a card next begins anew, and sees nothing of it.
    """
    for ground in marked.marked_in(desk.connection, session):
        for card in cards:
            mark = of_voter(desk, session, ground, card)
            marked.hand_over(
                desk.connection, ground, mark, to=secrets.token_bytes(len(mark))
            )


def _mark(desk: Desk, session: str, of: str) -> bytes:
    return keys.mark(desk.connection, desk.vault, f"{PURPOSE} {session}", of.encode())
