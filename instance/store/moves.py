"""Who elsewhere said that they moved to another address."""

import sqlite3
from typing import Final

COOLDOWN: Final = 7 * 24 * 3600


def keep(connection: sqlite3.Connection, *, actor: str, target: str, at: int) -> bool:
    """Keep that somebody moves; false if they did so in the last seven days."""
    kept = connection.execute(
        """
        insert into move (actor, target, at) values (:actor, :target, :at)
            on conflict (actor) do update
            set target = excluded.target, at = excluded.at
          where at <= :at - :cooldown
        """,
        {"actor": actor, "target": target, "at": at, "cooldown": COOLDOWN},
    )
    return kept.rowcount == 1


def forget(connection: sqlite3.Connection, *, actor: str, target: str) -> None:
    """Forget that somebody moves there, so that they may say it again at once."""
    connection.execute(
        "delete from move where actor = :actor and target = :target",
        {"actor": actor, "target": target},
    )
