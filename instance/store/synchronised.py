"""With whose server the followers of an actor elsewhere were compared, and when."""

import sqlite3


def begin(connection: sqlite3.Connection, actor: str, *, at: int, before: int) -> bool:
    """Note that they are compared now; false if that was done since ``before``."""
    noted = connection.execute(
        """
        insert into synchronised (actor, at) values (:actor, :at)
            on conflict (actor) do update set at = :at where at <= :before
        """,
        {"actor": actor, "at": at, "before": before},
    )
    return noted.rowcount > 0
