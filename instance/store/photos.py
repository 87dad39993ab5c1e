"""Photos beside minutes, as they were drawn anew; they are in no other file."""

import sqlite3


def keep(
    connection: sqlite3.Connection, id: str, *, session: str, body: bytes, at: str
) -> None:
    """Keep a photo; one that is here already stays as it is."""
    connection.execute(
        """
        insert into photo (id, session, body, at) values (:id, :session, :body, :at)
            on conflict (id) do nothing
        """,
        {"id": id, "session": session, "body": body, "at": at},
    )


def body(connection: sqlite3.Connection, id: str, *, session: str) -> bytes | None:
    """Return a photo of a meeting; None if there is none."""
    row = connection.execute(
        "select body from photo where id = :id and session = :session",
        {"id": id, "session": session},
    ).fetchone()
    return None if row is None else bytes(row["body"])


def remove(connection: sqlite3.Connection, id: str) -> None:
    """Drop a photo for good."""
    connection.execute("delete from photo where id = :id", {"id": id})
