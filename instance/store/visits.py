"""Which sessions of the web were ended, for as long as their cookies could be shown."""

import hashlib
import sqlite3


def end(connection: sqlite3.Connection, session: str, *, at: int, until: int) -> None:
    """End a session for good, and forget those whose cookies are too old by now."""
    connection.execute("delete from ended_visit where until < :at", {"at": at})
    connection.execute(
        """
        insert into ended_visit (session_hash, until) values (:hash, :until)
            on conflict do nothing
        """,
        {"hash": _hashed(session), "until": until},
    )


def ended(connection: sqlite3.Connection, session: str) -> bool:
    row = connection.execute(
        "select 1 from ended_visit where session_hash = :hash",
        {"hash": _hashed(session)},
    ).fetchone()
    return row is not None


def _hashed(session: str) -> bytes:
    return hashlib.sha256(session.encode()).digest()
