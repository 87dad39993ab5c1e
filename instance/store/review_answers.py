"""What people answered when they looked back; nobody's name stands beside it."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to a question by its place from 0; ``in_room`` if the room gave it."""

    id: str
    question: int
    says: str
    in_room: bool


def keep(connection: sqlite3.Connection, review: str, answer: Answer) -> None:
    """Keep an answer; sent again, it changes nothing."""
    connection.execute(
        """
        insert into review_answer (id, review, question, says, in_room)
        values (:id, :review, :question, :says, :in_room) on conflict do nothing
        """,
        {
            "id": answer.id,
            "review": review,
            "question": answer.question,
            "says": answer.says,
            "in_room": int(answer.in_room),
        },
    )


def of_review(connection: sqlite3.Connection, review: str) -> tuple[Answer, ...]:
    """Return the answers of a review, in an order that tells nothing of their writers.

    Their ids are drawn by lot, and so is the order.
    """
    return tuple(
        Answer(
            id=row["id"],
            question=row["question"],
            says=row["says"],
            in_room=bool(row["in_room"]),
        )
        for row in connection.execute(
            """
            select id, question, says, in_room from review_answer
             where review = :review order by question, in_room desc, id
            """,
            {"review": review},
        )
    )


def remove(connection: sqlite3.Connection, review: str, id: str) -> None:
    """Take an answer out for good. It may be called twice."""
    connection.execute(
        "delete from review_answer where review = :review and id = :id",
        {"review": review, "id": id},
    )
