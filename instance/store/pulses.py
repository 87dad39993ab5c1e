"""Was it worth coming: how many said what, and apart from that, who has answered."""

import sqlite3
from collections.abc import Mapping

from confederation.identifiers import Voter


def answer(
    connection: sqlite3.Connection, session: str, voter: Voter, says: str
) -> bool:
    """Count somebody's answer; False if they have answered already."""
    fresh = connection.execute(
        """
        insert into pulse_given (session, voter) values (:session, :voter)
            on conflict do nothing
        """,
        {"session": session, "voter": str(voter)},
    ).rowcount
    if fresh:
        connection.execute(
            """
            insert into pulse (session, channel, answer, number)
            values (:session, 'phones', :answer, 1)
                on conflict (session, channel, answer) do update set number = number + 1
            """,
            {"session": session, "answer": says},
        )
    return bool(fresh)


def answered(connection: sqlite3.Connection, session: str, voter: Voter) -> bool:
    """Whether somebody has answered already."""
    row = connection.execute(
        "select 1 from pulse_given where session = :session and voter = :voter",
        {"session": session, "voter": str(voter)},
    ).fetchone()
    return row is not None


def count_room(
    connection: sqlite3.Connection, session: str, hands: Mapping[str, int]
) -> None:
    """Say how many hands went up in the room for each answer; again corrects it."""
    connection.executemany(
        """
        insert into pulse (session, channel, answer, number)
        values (:session, 'room', :answer, :number)
            on conflict (session, channel, answer) do update
            set number = excluded.number
        """,
        [
            {"session": session, "answer": says, "number": number}
            for says, number in hands.items()
        ],
    )


def of_session(
    connection: sqlite3.Connection, session: str
) -> Mapping[tuple[str, str], int]:
    """Return how many gave each answer in a meeting, by channel and answer."""
    return {
        (row["channel"], row["answer"]): row["number"]
        for row in connection.execute(
            "select channel, answer, number from pulse where session = :session",
            {"session": session},
        )
    }


def forget_who(connection: sqlite3.Connection, session: str) -> None:
    """Forget who has answered; how many said what stays. It may be called twice."""
    connection.execute(
        "delete from pulse_given where session = :session", {"session": session}
    )
