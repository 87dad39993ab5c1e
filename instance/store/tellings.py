"""Which post of ours tells of something that a person may take back."""

import sqlite3


def keep(connection: sqlite3.Connection, about: str, *, post: str) -> None:
    connection.execute(
        "insert into telling (about, post) values (:about, :post)",
        {"about": about, "post": post},
    )


def post_about(connection: sqlite3.Connection, about: str) -> str | None:
    """Return the id of the post that tells of something; None if none does."""
    row = connection.execute(
        "select post from telling where about = :about", {"about": about}
    ).fetchone()
    return None if row is None else str(row["post"])


def forget(connection: sqlite3.Connection, about: str) -> None:
    connection.execute("delete from telling where about = :about", {"about": about})
