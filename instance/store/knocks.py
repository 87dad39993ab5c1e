"""In which of the two ways of signing another server was seen to believe us."""

import sqlite3


def knock(connection: sqlite3.Connection, host: str) -> sqlite3.Row | None:
    """Return ``knock`` and ``knock_at`` of a host, ``https://b.example``, or None."""
    row: sqlite3.Row | None = connection.execute(
        """
        select knock, knock_at from host where name = :host and knock is not null
        """,
        {"host": host},
    ).fetchone()
    return row


def keep(connection: sqlite3.Connection, host: str, *, knock: str, at: int) -> None:
    """Note how a host believed us, and when."""
    connection.execute(
        """
        insert into host (name, knock, knock_at) values (:host, :knock, :at)
            on conflict (name) do update set knock = :knock, knock_at = :at
        """,
        {"host": host, "knock": knock, "at": at},
    )
