"""Votes that reached this node past the form of their own assembly."""

import sqlite3
from datetime import datetime

from activitypub import canonical


def keep_stray(
    connection: sqlite3.Connection,
    *,
    digest: str,
    proposal: str,
    assembly: str,
    body: bytes,
    at: datetime,
) -> bool:
    """Keep a vote to be shown; say whether it is new."""
    return (
        connection.execute(
            """
            insert into stray_vote (digest, proposal, assembly, body, received_at)
            values (:digest, :proposal, :assembly, :body, :at) on conflict do nothing
            """,
            {
                "digest": digest,
                "proposal": proposal,
                "assembly": assembly,
                "body": body.decode(),
                "at": canonical.write_time(at),
            },
        ).rowcount
        > 0
    )


def strays(connection: sqlite3.Connection, proposal: str) -> list[sqlite3.Row]:
    return connection.execute(
        "select * from stray_vote where proposal = :proposal order by received_at",
        {"proposal": proposal},
    ).fetchall()
