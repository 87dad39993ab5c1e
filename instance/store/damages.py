"""Entries that this disk does not hold as they were signed, and how each was mended."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from activitypub import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """An entry that was found altered. ``digest`` is the one it should have."""

    id: int
    assembly: str
    seq: int
    digest: str
    found_at: datetime
    mended_at: datetime | None
    mended_from: str | None


def note(
    connection: sqlite3.Connection,
    *,
    assembly: str,
    seq: int,
    digest: str,
    at: datetime,
) -> bool:
    """Note that an entry is damaged; say whether that was not known already."""
    return (
        connection.execute(
            """
            insert into damage (assembly, seq, digest, found_at)
            values (:assembly, :seq, :digest, :at) on conflict do nothing
            """,
            {
                "assembly": assembly,
                "seq": seq,
                "digest": digest,
                "at": canonical.write_time(at),
            },
        ).rowcount
        > 0
    )


def mended(
    connection: sqlite3.Connection,
    *,
    assembly: str,
    seq: int,
    source: str,
    at: datetime,
) -> None:
    """Note whose copy an entry was mended from; once that is enough."""
    connection.execute(
        """
        update damage set mended_at = :at, mended_from = :source
         where assembly = :assembly and seq = :seq and mended_at is null
        """,
        {
            "assembly": assembly,
            "seq": seq,
            "source": source,
            "at": canonical.write_time(at),
        },
    )


def unmended(
    connection: sqlite3.Connection, assembly: str | None = None
) -> list[Damage]:
    """Return what is still damaged, of one record or of all."""
    return [
        _damage(row)
        for row in connection.execute(
            """
            select * from damage
             where mended_at is null and (:assembly is null or assembly = :assembly)
             order by assembly, seq
            """,
            {"assembly": assembly},
        )
    ]


def all_of(connection: sqlite3.Connection, *, most: int) -> list[Damage]:
    """Return what was ever damaged here, what was found last first."""
    return [
        _damage(row)
        for row in connection.execute(
            "select * from damage order by found_at desc, id desc limit :most",
            {"most": most},
        )
    ]


def _damage(row: sqlite3.Row) -> Damage:
    return Damage(
        id=row["id"],
        assembly=row["assembly"],
        seq=row["seq"],
        digest=row["digest"],
        found_at=canonical.read_time(row["found_at"]),
        mended_at=None
        if row["mended_at"] is None
        else canonical.read_time(row["mended_at"]),
        mended_from=row["mended_from"],
    )
