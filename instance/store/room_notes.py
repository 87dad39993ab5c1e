"""What people in the room wrote to the note-taker. Nobody keeps who wrote it."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    id: int
    text: str
    at: str
    taken: bool


def keep(
    connection: sqlite3.Connection, *, session: str, mark: str, text: str, at: str
) -> bool:
    """Keep a note; whether it is new. Under one mark, one is kept."""
    kept = connection.execute(
        """
        insert into room_note (session, mark, text, at)
        values (:session, :mark, :text, :at)
            on conflict (session, mark) do nothing
        """,
        {"session": session, "mark": mark, "text": text, "at": at},
    )
    return kept.rowcount == 1


def of(connection: sqlite3.Connection, session: str, *, most: int) -> list[Note]:
    """Return the newest notes of a meeting, the newest first."""
    return [
        Note(
            id=row["id"],
            text=row["text"],
            at=row["at"],
            taken=row["taken_at"] is not None,
        )
        for row in connection.execute(
            """
            select id, text, at, taken_at from room_note where session = :session
             order by taken_at is not null, id desc limit :most
            """,
            {"session": session, "most": most},
        )
    ]


def take(connection: sqlite3.Connection, *, session: str, id: int, at: str) -> None:
    """Say that a note was taken down; a second time changes nothing."""
    connection.execute(
        """
        update room_note set taken_at = :at
         where session = :session and id = :id and taken_at is null
        """,
        {"session": session, "id": id, "at": at},
    )


def forget(connection: sqlite3.Connection, session: str) -> None:
    """Delete the notes of a meeting; for when its minutes are approved."""
    connection.execute(
        "delete from room_note where session = :session", {"session": session}
    )
