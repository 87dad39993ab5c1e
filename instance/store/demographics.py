"""Who came: how many said what, and apart from that, who has answered."""

import sqlite3
from collections.abc import Mapping

from confederation.identifiers import Voter

Answers = Mapping[int, int]
"""The answer given to each question, by their numbers."""


def answer(
    connection: sqlite3.Connection, session: str, voter: Voter, answers: Answers
) -> bool:
    """Count somebody's answers; False if they have answered already."""
    fresh = connection.execute(
        """
        insert into demographic_given (session, voter) values (:session, :voter)
            on conflict do nothing
        """,
        {"session": session, "voter": str(voter)},
    ).rowcount
    if fresh:
        connection.executemany(
            """
            insert into demographic (session, question, answer, channel, number)
            values (:session, :question, :answer, 'phones', 1)
                on conflict do update set number = number + 1
            """,
            [
                {"session": session, "question": question, "answer": answer}
                for question, answer in answers.items()
            ],
        )
    return bool(fresh)


def answered(connection: sqlite3.Connection, session: str, voter: Voter) -> bool:
    """Whether somebody has answered already."""
    row = connection.execute(
        "select 1 from demographic_given where session = :session and voter = :voter",
        {"session": session, "voter": str(voter)},
    ).fetchone()
    return row is not None


def count_slips(
    connection: sqlite3.Connection,
    session: str,
    question: int,
    slips: Mapping[int, int],
) -> None:
    """Say how many slips carry each answer; said again, it corrects what was said."""
    connection.executemany(
        """
        insert into demographic (session, question, answer, channel, number)
        values (:session, :question, :answer, 'paper', :number)
            on conflict do update set number = excluded.number
        """,
        [
            {
                "session": session,
                "question": question,
                "answer": answer,
                "number": number,
            }
            for answer, number in slips.items()
        ],
    )


def of_session(
    connection: sqlite3.Connection, session: str
) -> Mapping[int, Mapping[int, int]]:
    """Return how many gave each answer to each question, phones and slips together."""
    found: dict[int, dict[int, int]] = {}
    for row in connection.execute(
        """
        select question, answer, sum(number) as number from demographic
         where session = :session group by question, answer
        """,
        {"session": session},
    ):
        found.setdefault(row["question"], {})[row["answer"]] = row["number"]
    return found


def forget_who(connection: sqlite3.Connection, session: str) -> None:
    """Forget who has answered; how many said what stays. It may be called twice."""
    connection.execute(
        "delete from demographic_given where session = :session", {"session": session}
    )


def forget(connection: sqlite3.Connection, session: str) -> None:
    """Forget all that was counted at a meeting. It may be called twice."""
    forget_who(connection, session)
    connection.execute(
        "delete from demographic where session = :session", {"session": session}
    )
