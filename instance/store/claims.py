"""Which stubs were used, and who became a member by one; never which by which."""

import sqlite3


def use(connection: sqlite3.Connection, meeting: str, card: int) -> None:
    """Note that the stub of a card was used."""
    connection.execute(
        "insert into used_stub (session, card) values (:session, :card)",
        {"session": meeting, "card": card},
    )


def is_used(connection: sqlite3.Connection, meeting: str, card: int) -> bool:
    """Whether the stub of a card was used."""
    row = connection.execute(
        "select 1 from used_stub where session = :session and card = :card",
        {"session": meeting, "card": card},
    ).fetchone()
    return row is not None


def keep_member(connection: sqlite3.Connection, member: str, *, meeting: str) -> None:
    """Note that somebody became a member by a stub of a meeting."""
    connection.execute(
        "insert into stub_member (member, session) values (:member, :session)",
        {"member": member, "session": meeting},
    )


def members(connection: sqlite3.Connection) -> frozenset[str]:
    """Return who became a member by a stub."""
    rows = connection.execute("select member from stub_member")
    return frozenset(row["member"] for row in rows)
