"""Notes on the law of a place, beside what is decided there; in no record."""

import sqlite3


def keep(connection: sqlite3.Connection, about: str, words: str, *, at: int) -> None:
    """Keep a note in place of the one before."""
    connection.execute(
        """
        insert into jurisdiction_note (about, words, written_at)
        values (:about, :words, :at)
            on conflict (about) do update
            set words = excluded.words, written_at = excluded.written_at
        """,
        {"about": about, "words": words, "at": at},
    )


def forget(connection: sqlite3.Connection, about: str) -> None:
    connection.execute(
        "delete from jurisdiction_note where about = :about", {"about": about}
    )


def of(connection: sqlite3.Connection, about: str) -> str | None:
    """Return the note beside a proposal or a compact, or None where there is none."""
    row = connection.execute(
        "select words from jurisdiction_note where about = :about", {"about": about}
    ).fetchone()
    return None if row is None else str(row["words"])


def every(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return all notes, each with the digest of what it is beside."""
    return connection.execute(
        "select about, words from jurisdiction_note order by about"
    ).fetchall()
