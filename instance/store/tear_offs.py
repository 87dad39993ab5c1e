"""The codes on the torn-off parts of slips, as hashes, and what their holders wrote."""

import hashlib
import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TearOff:
    """A torn-off part: of which slip, and under which issue that was put, if any."""

    slip: int
    issue: str | None
    reach: str | None


def keep(connection: sqlite3.Connection, code: str, *, slip: int) -> bool:
    """Tie a code to a slip; False if it belongs to another one."""
    done = connection.execute(
        """
        insert into tear_off (code_hash, slip) values (:hash, :slip)
            on conflict (code_hash) do nothing
        """,
        {"hash": hashed(code), "slip": slip},
    )
    return done.rowcount == 1


def with_code(connection: sqlite3.Connection, code: str) -> TearOff | None:
    row = connection.execute(
        """
        select slip, issue, reach from tear_off join slip on slip.id = tear_off.slip
         where code_hash = :hash
        """,
        {"hash": hashed(code)},
    ).fetchone()
    return None if row is None else TearOff(**dict(row))


def set_reach(connection: sqlite3.Connection, code: str, reach: str | None) -> None:
    """Keep how others can reach whoever holds a code; None forgets it."""
    connection.execute(
        "update tear_off set reach = :reach where code_hash = :hash",
        {"hash": hashed(code), "reach": reach},
    )


def reaches(connection: sqlite3.Connection, issue: str, *, without: int) -> list[str]:
    """Return how to reach those under an issue who want to meet; one slip left out."""
    rows = connection.execute(
        """
        select reach from tear_off join slip on slip.id = tear_off.slip
         where issue = :issue and slip <> :without and reach is not null
         order by slip
        """,
        {"issue": issue, "without": without},
    )
    return [row["reach"] for row in rows]


def every(connection: sqlite3.Connection) -> list[tuple[bytes, TearOff]]:
    """Return all torn-off parts, each with the hash of its code."""
    rows = connection.execute(
        """
        select code_hash, slip, issue, reach from tear_off
          join slip on slip.id = tear_off.slip
        """
    )
    return [
        (
            bytes(row["code_hash"]),
            TearOff(slip=row["slip"], issue=row["issue"], reach=row["reach"]),
        )
        for row in rows
    ]


def hashed(code: str) -> bytes:
    """Return what is kept of a code."""
    return hashlib.sha256(code.encode()).digest()
