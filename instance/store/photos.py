"""Photos and recordings beside minutes, as they were cleaned; in no other file."""

import sqlite3


def keep(
    connection: sqlite3.Connection,
    id: str,
    *,
    session: str,
    type: str,
    body: bytes,
    at: str,
) -> None:
    """Keep a photo; one that is here already stays as it is."""
    connection.execute(
        """
        insert into photo (id, session, type, body, at)
        values (:id, :session, :type, :body, :at)
            on conflict (id) do nothing
        """,
        {"id": id, "session": session, "type": type, "body": body, "at": at},
    )


def found(
    connection: sqlite3.Connection, id: str, *, session: str
) -> tuple[str, bytes] | None:
    """Return the media type and bytes of one of a meeting; None if there is none."""
    row = connection.execute(
        "select type, body from photo where id = :id and session = :session",
        {"id": id, "session": session},
    ).fetchone()
    return None if row is None else (str(row["type"]), bytes(row["body"]))


def remove(connection: sqlite3.Connection, id: str) -> None:
    """Drop a photo for good."""
    connection.execute("delete from photo where id = :id", {"id": id})
