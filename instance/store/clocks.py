"""How far the clocks of fellow members are from the one here, as they last said."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from activitypub import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """By how many ``seconds`` a clock was ahead of ours; below nought it is behind."""

    assembly: str
    seconds: int
    heard_at: datetime


def keep(
    connection: sqlite3.Connection, assembly: str, *, seconds: int, at: datetime
) -> None:
    """Keep how far a fellow member's clock is from the one here, in place of before."""
    connection.execute(
        """
        insert into clock_apart (assembly, seconds, heard_at)
        values (:assembly, :seconds, :at)
            on conflict (assembly) do update
            set seconds = excluded.seconds, heard_at = excluded.heard_at
        """,
        {
            "assembly": assembly,
            "seconds": seconds,
            "at": canonical.write_time(at),
        },
    )


def apart(connection: sqlite3.Connection) -> list[Apart]:
    """Return what each fellow member's clock said last, by assembly."""
    return [
        Apart(
            assembly=row["assembly"],
            seconds=row["seconds"],
            heard_at=canonical.read_time(row["heard_at"]),
        )
        for row in connection.execute("select * from clock_apart order by assembly")
    ]
