"""By which post another assembly told of an issue, and whether we repeated it."""

import sqlite3
from datetime import datetime

from activitypub import canonical


def keep(connection: sqlite3.Connection, entry: str, *, post: str) -> None:
    """Keep which post tells of an entry; the first that was named stays."""
    connection.execute(
        """
        insert into told_elsewhere (entry, post) values (:entry, :post)
            on conflict (entry) do nothing
        """,
        {"entry": entry, "post": post},
    )


def to_repeat(
    connection: sqlite3.Connection, entry: str, *, at: datetime
) -> str | None:
    """Return the post to repeat now, once; None if it was, or none is known."""
    row = connection.execute(
        """
        update told_elsewhere set repeated_at = :at
         where entry = :entry and repeated_at is null returning post
        """,
        {"entry": entry, "at": canonical.write_time(at)},
    ).fetchone()
    return None if row is None else str(row["post"])
