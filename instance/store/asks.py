"""Which ask a link opens, by the digest of its secret."""

import sqlite3


def keep_link(connection: sqlite3.Connection, *, digest: str, ask: str) -> None:
    """Keep a link; the ones before it stay, and open nothing by the ask's events."""
    connection.execute(
        "insert or ignore into ask_link (digest, ask) values (:digest, :ask)",
        {"digest": digest, "ask": ask},
    )


def of_link(connection: sqlite3.Connection, digest: str) -> str | None:
    """Return the id of the ask that a link was made for, or None."""
    row = connection.execute(
        "select ask from ask_link where digest = :digest", {"digest": digest}
    ).fetchone()
    return None if row is None else str(row["ask"])
