"""Pictures of how people were invited, drawn anew, for members only."""

import hashlib
import sqlite3
from datetime import datetime

from activitypub import canonical


def keep(
    connection: sqlite3.Connection, effort: str, *, picture: bytes, at: datetime
) -> None:
    """Keep a picture with an entry of the log; the same one twice is kept once."""
    connection.execute(
        """
        insert into outreach_picture (effort, mark, picture, at)
        values (:effort, :mark, :picture, :at)
            on conflict (mark) do nothing
        """,
        {
            "effort": effort,
            "mark": hashlib.sha256(effort.encode() + picture).hexdigest(),
            "picture": picture,
            "at": canonical.write_time(at),
        },
    )


def of_effort(connection: sqlite3.Connection, effort: str) -> tuple[int, ...]:
    """Return the numbers of an entry's pictures."""
    return tuple(
        row["number"]
        for row in connection.execute(
            "select number from outreach_picture where effort = :effort"
            " order by number",
            {"effort": effort},
        )
    )


def picture(connection: sqlite3.Connection, number: int) -> bytes | None:
    """Return a picture, or None if there is none."""
    row = connection.execute(
        "select picture from outreach_picture where number = :number",
        {"number": number},
    ).fetchone()
    return None if row is None else bytes(row["picture"])
