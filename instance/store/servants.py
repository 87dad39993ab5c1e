"""Public servants' names. They come in as members do, and are in no list of members."""

import sqlite3


def keep(connection: sqlite3.Connection, servant: str, *, name: str) -> None:
    connection.execute(
        "insert into person (member, name) values (:servant, :name)",
        {"servant": servant, "name": name},
    )
    connection.execute(
        "insert into servant (member) values (:servant)", {"servant": servant}
    )


def name_of(connection: sqlite3.Connection, servant: str) -> str | None:
    """Return what a public servant is called; None for anybody else."""
    row = connection.execute(
        """
        select name from person join servant using (member) where member = :servant
        """,
        {"servant": servant},
    ).fetchone()
    return None if row is None else str(row["name"])


def called(connection: sqlite3.Connection, name: str) -> bool:
    """Whether a public servant of this name has an account here, or had one."""
    row = connection.execute(
        """
        select 1 from person join servant using (member)
         where lower(name) = lower(:name)
        """,
        {"name": name},
    ).fetchone()
    return row is not None


def forget(connection: sqlite3.Connection, servant: str) -> None:
    """Delete a public servant's name and all by which they come in."""
    connection.execute(
        """
        delete from person
         where member in (select member from servant where member = :servant)
        """,
        {"servant": servant},
    )
