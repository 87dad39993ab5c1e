"""Statements of one assembly that contradict each other, kept side by side."""

import sqlite3
from datetime import datetime
from typing import Final

from activitypub import canonical

MOST_CONTRADICTIONS: Final = 16


def keep(
    connection: sqlite3.Connection,
    assembly: str,
    *,
    a: str,
    b: str,
    document_a: str,
    document_b: str,
    at: datetime,
) -> bool:
    """Keep two contradictory statements side by side; say whether they were kept.

    What is known already is not kept again, nor more than `MOST_CONTRADICTIONS` of one
    assembly: the first is proof enough, and there is no end to what a liar can sign.
    """
    if a > b:
        a, b, document_a, document_b = b, a, document_b, document_a
    return (
        connection.execute(
            """
            insert into contradiction
                (assembly, a, b, document_a, document_b, found_at)
            select :assembly, :a, :b, :document_a, :document_b, :at
             where (select count(*) from contradiction
                     where assembly = :assembly) < :most
                on conflict do nothing
            """,
            {
                "most": MOST_CONTRADICTIONS,
                "assembly": assembly,
                "a": a,
                "b": b,
                "document_a": document_a,
                "document_b": document_b,
                "at": canonical.write_time(at),
            },
        ).rowcount
        > 0
    )


def held(
    connection: sqlite3.Connection, assembly: str | None = None
) -> list[sqlite3.Row]:
    return connection.execute(
        """
        select * from contradiction
         where :assembly is null or assembly = :assembly order by found_at, a, b
        """,
        {"assembly": assembly},
    ).fetchall()


def number(connection: sqlite3.Connection) -> int:
    """Return how many contradictions are held, to see whether any came."""
    [held] = connection.execute("select count(*) from contradiction").fetchone()
    return int(held)
