"""Who elsewhere said that they come to a meeting. Only how many is ever shown."""

import sqlite3
from typing import Final, Literal

Says = Literal["coming", "maybe", "no"]

IN_A_POLL: Final[tuple[Says, ...]] = ("coming", "maybe", "no")
"""What the options of a poll about a meeting mean, in their order."""


def keep(
    connection: sqlite3.Connection,
    *,
    event: str,
    actor: str,
    says: Says,
    activity: str,
    at: str,
) -> None:
    """Keep what somebody says about coming; their last word counts."""
    connection.execute(
        """
        insert into attendance (event, actor, says, activity, at)
        values (:event, :actor, :says, :activity, :at)
            on conflict (event, actor) do update
            set says = excluded.says, activity = excluded.activity, at = excluded.at
        """,
        {"event": event, "actor": actor, "says": says, "activity": activity, "at": at},
    )


def leave(connection: sqlite3.Connection, *, event: str, actor: str) -> bool:
    """Drop what somebody said about coming; whether they had said anything."""
    gone = connection.execute(
        "delete from attendance where event = :event and actor = :actor",
        {"event": event, "actor": actor},
    )
    return gone.rowcount == 1


def event_of(connection: sqlite3.Connection, *, join: str, actor: str) -> str | None:
    """Return the meeting that somebody joined with this activity, or None."""
    row = connection.execute(
        "select event from attendance where activity = :join and actor = :actor",
        {"join": join, "actor": actor},
    ).fetchone()
    return None if row is None else str(row["event"])


def coming(connection: sqlite3.Connection, event: str) -> int:
    """Count those who say that they come."""
    row = connection.execute(
        """
        select count(*) as n from attendance where event = :event and says = 'coming'
        """,
        {"event": event},
    ).fetchone()
    return int(row["n"])


def forget(connection: sqlite3.Connection, actor: str) -> None:
    """Drop what an actor who is gone said about coming."""
    connection.execute("delete from attendance where actor = :actor", {"actor": actor})
