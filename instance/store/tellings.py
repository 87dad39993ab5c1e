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


def about_of(connection: sqlite3.Connection, post: str) -> str | None:
    """Return what a post tells of that may be taken back; None if of nothing such."""
    row = connection.execute(
        "select about from telling where post = :post", {"post": post}
    ).fetchone()
    return None if row is None else str(row["about"])
