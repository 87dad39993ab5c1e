"""In which of the two ways of signing another server was seen to believe us."""

import sqlite3


def newest(connection: sqlite3.Connection, *, most: int) -> list[sqlite3.Row]:
    """Return ``name``, ``knock`` and ``knock_at`` of hosts, the newest first."""
    return connection.execute(
        """
        select name, knock, knock_at from host where knock is not null
         order by knock_at desc, name limit :most
        """,
        {"most": most},
    ).fetchall()


def keep(connection: sqlite3.Connection, host: str, *, knock: str, at: int) -> None:
    """Note how a host believed us, and when."""
    connection.execute(
        """
        insert into host (name, knock, knock_at) values (:host, :knock, :at)
            on conflict (name) do update set knock = :knock, knock_at = :at
        """,
        {"host": host, "knock": knock, "at": at},
    )
