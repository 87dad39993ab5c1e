"""What an assembly wrote beside the record that is held of it, to the last entry.

A branch begins with an entry that parts from the record, and goes on as a record does.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from activitypub import canonical
from instance.store.contradictions import MOST_CONTRADICTIONS

MOST_ENTRIES: Final = 1_024
"""How much is kept of the branches of one assembly: a liar can sign without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """An entry of a branch."""

    digest: str
    assembly: str
    seq: int
    prev: str
    type: str
    body: bytes


def keep(
    connection: sqlite3.Connection,
    entry: Beside,
    *,
    at: datetime,
    most: int = MOST_ENTRIES,
) -> bool:
    """Keep an entry of a branch; say whether it is kept and was not before.

    No more than ``most`` of one assembly, in `MOST_CONTRADICTIONS` branches.
    """
    return (
        connection.execute(
            """
            insert into branch (digest, assembly, seq, prev, type, body, received_at)
            select :digest, :assembly, :seq, :prev, :type, :body, :at
             where (select count(*) from branch
                     where assembly = :assembly) < :most
               and (select count(*) from branch as tip
                     where assembly = :assembly
                       and digest <> :prev
                       and not exists (select 1 from branch as next
                                        where next.prev = tip.digest)) < :tips
                on conflict do nothing
            """,
            {
                "digest": entry.digest,
                "assembly": entry.assembly,
                "seq": entry.seq,
                "prev": entry.prev,
                "type": entry.type,
                "body": entry.body,
                "at": canonical.write_time(at),
                "most": most,
                "tips": MOST_CONTRADICTIONS,
            },
        ).rowcount
        > 0
    )


def forget(connection: sqlite3.Connection, digests: Iterable[str]) -> None:
    """Let go of entries that stand in the record itself from now on."""
    connection.execute(
        "delete from branch where digest in (select value from json_each(:digests))",
        {"digests": json.dumps([*digests])},
    )


def any_of(connection: sqlite3.Connection, assembly: str) -> bool:
    """Whether something is held that an assembly wrote beside its record."""
    return (
        connection.execute(
            "select 1 from branch where assembly = :assembly limit 1",
            {"assembly": assembly},
        ).fetchone()
        is not None
    )


def entry(connection: sqlite3.Connection, digest: str | None) -> Beside | None:
    """Return an entry of a branch by its digest, or None."""
    row = connection.execute(
        f"{_SELECT} where digest = :digest", {"digest": digest}
    ).fetchone()
    return None if row is None else _beside(row)


def of(connection: sqlite3.Connection, assembly: str) -> list[Beside]:
    """Return every entry of every branch of an assembly, by place, then digest."""
    return [
        _beside(row)
        for row in connection.execute(
            f"{_SELECT} where assembly = :assembly order by seq, digest",
            {"assembly": assembly},
        )
    ]


def of_type(connection: sqlite3.Connection, type: str) -> list[Beside]:
    """Return the entries of a type in all branches, by assembly and place."""
    return [
        _beside(row)
        for row in connection.execute(
            f"{_SELECT} where type = :type order by assembly, seq, digest",
            {"type": type},
        )
    ]


def tips(connection: sqlite3.Connection) -> list[Beside]:
    """Return the last entry of each branch that is held, of every assembly."""
    return [
        _beside(row)
        for row in connection.execute(
            """
            select digest, assembly, seq, prev, type, body from branch as tip
             where not exists (select 1 from branch as next
                                where next.prev = tip.digest)
             order by assembly, seq, digest
            """
        )
    ]


def chain(connection: sqlite3.Connection, tip: Beside) -> list[Beside]:
    """Return a branch from where it parts from the record to its entry ``tip``."""
    found = [tip]
    while (before := entry(connection, found[-1].prev)) is not None:
        found.append(before)
    return found[::-1]


_SELECT: Final = "select digest, assembly, seq, prev, type, body from branch"


def _beside(row: sqlite3.Row) -> Beside:
    return Beside(
        digest=row["digest"],
        assembly=row["assembly"],
        seq=row["seq"],
        prev=row["prev"],
        type=row["type"],
        body=bytes(row["body"]),
    )
