"""What others did with what is a member's, looked up from what is kept of it anyway.

Nothing is written down for it but up to when the member has seen it. See
docs/decisions/0056.
"""

import sqlite3
from dataclasses import dataclass
from typing import Literal

Kind = Literal["follow", "like", "share", "sign", "reply", "mention"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What somebody did, when. ``post`` is which of ours, or what they wrote."""

    kind: Kind
    actor: str
    post: str | None
    says: str
    at: str


def newest(connection: sqlite3.Connection, *, me: str, most: int) -> list[Notice]:
    """Return what others did with what is an actor's of ours, the newest first."""
    rows = connection.execute(
        """
        select kind, actor, post, says, at from notice where reader = :me
         order by at desc, actor, post limit :most
        """,
        {"me": me, "most": most},
    )
    return [
        Notice(**{name: row[name] for name in Notice.__dataclass_fields__})
        for row in rows
    ]


def unseen(connection: sqlite3.Connection, *, me: str) -> int:
    """Count what others did since the member last said that they have seen it all."""
    row = connection.execute(
        """
        select count(*) as n from notice
         where reader = :me
           and at > (select seen_at from persona where actor = :me)
        """,
        {"me": me},
    ).fetchone()
    return int(row["n"])


def seen_at(connection: sqlite3.Connection, *, me: str) -> str:
    """Return up to when a member has seen what others did; empty for never."""
    row = connection.execute(
        "select seen_at from persona where actor = :me", {"me": me}
    ).fetchone()
    return str(row["seen_at"])


def see(connection: sqlite3.Connection, *, me: str, at: str) -> None:
    """Keep that a member has seen what others did up to a time."""
    connection.execute(
        "update persona set seen_at = max(seen_at, :at) where actor = :me",
        {"me": me, "at": at},
    )
