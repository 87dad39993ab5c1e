"""The roll and the box of a secret vote: who has voted, and what for, never together.

The box is a table without order: a marking and how many papers carry it. No row of it
says who, when or in which order.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence


def freeze_roll(
    connection: sqlite3.Connection, ballot: str, members: Iterable[str]
) -> None:
    connection.executemany(
        "insert into roll (ballot, member) values (:ballot, :member)",
        [{"ballot": ballot, "member": member} for member in members],
    )


def cast(
    connection: sqlite3.Connection, ballot: str, member: str, marking: Sequence[str]
) -> bool:
    """Strike the member off the roll and drop the marking in the box.

    Returns False, and drops nothing, if the member is not on the roll or has voted.
    Call it inside one transaction.
    """
    struck = connection.execute(
        """
        update roll set struck = 1
         where ballot = :ballot and member = :member and struck = 0
        """,
        {"ballot": ballot, "member": member},
    ).rowcount
    if not struck:
        return False
    connection.execute(
        """
        insert into box (ballot, marking, papers) values (:ballot, :marking, 1)
            on conflict (ballot, marking) do update set papers = papers + 1
        """,
        {"ballot": ballot, "marking": json.dumps(list(marking))},
    )
    return True


def struck(connection: sqlite3.Connection, ballot: str, member: str) -> bool:
    """Whether this member's vote is in. It cannot be asked how they voted."""
    row = connection.execute(
        "select struck from roll where ballot = :ballot and member = :member",
        {"ballot": ballot, "member": member},
    ).fetchone()
    return row is not None and bool(row["struck"])


def turnout(connection: sqlite3.Connection, ballot: str) -> int:
    row = connection.execute(
        "select coalesce(sum(struck), 0) as n from roll where ballot = :ballot",
        {"ballot": ballot},
    ).fetchone()
    return int(row["n"])


def markings(connection: sqlite3.Connection, ballot: str) -> dict[tuple[str, ...], int]:
    """Open the box: how many papers carry each marking. Only a closed ballot's."""
    return {
        tuple(json.loads(row["marking"])): int(row["papers"])
        for row in connection.execute(
            "select marking, papers from box where ballot = :ballot order by marking",
            {"ballot": ballot},
        )
    }


def clear(connection: sqlite3.Connection, ballot: str) -> None:
    """Empty the box of a closed ballot, and take its roll away."""
    for statement in (
        "delete from box where ballot = :ballot",
        "delete from roll where ballot = :ballot",
    ):
        connection.execute(statement, {"ballot": ballot})
