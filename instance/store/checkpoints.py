"""What assemblies signed of their records: checkpoints, cosignatures and times."""

import sqlite3

from activitypub.log import NoteSignature


def keep(
    connection: sqlite3.Connection,
    assembly: str,
    *,
    size: int,
    root: bytes,
    note: bytes,
) -> None:
    """Keep a checkpoint that was verified; the first for its size stays."""
    connection.execute(
        """
        insert into checkpoint (assembly, size, root, note)
        values (:assembly, :size, :root, :note) on conflict do nothing
        """,
        {"assembly": assembly, "size": size, "root": root, "note": note},
    )


def of(
    connection: sqlite3.Connection, assembly: str, *, size: int | None = None
) -> sqlite3.Row | None:
    """Return a checkpoint, the newest where no size is given."""
    row: sqlite3.Row | None = connection.execute(
        """
        select * from checkpoint
         where assembly = :assembly and (:size is null or size = :size)
         order by size desc limit 1
        """,
        {"assembly": assembly, "size": size},
    ).fetchone()
    return row


def keep_cosignature(
    connection: sqlite3.Connection,
    assembly: str,
    *,
    size: int,
    by: str,
    line: NoteSignature,
    at: int,
) -> None:
    """Keep a verified cosignature, the newest of each cosigner for a checkpoint."""
    connection.execute(
        """
        insert into cosignature (assembly, size, by, name, key, value, at)
        values (:assembly, :size, :by, :name, :key, :value, :at)
            on conflict (assembly, size, by) do update
            set name = excluded.name, key = excluded.key,
                value = excluded.value, at = excluded.at
            where excluded.at > cosignature.at
        """,
        {
            "assembly": assembly,
            "size": size,
            "by": by,
            "name": line.name,
            "key": line.key,
            "value": line.value,
            "at": at,
        },
    )


def cosignatures(
    connection: sqlite3.Connection, assembly: str, *, size: int
) -> list[NoteSignature]:
    """Return what others signed under a checkpoint, one line of each."""
    return [
        NoteSignature(name=row["name"], key=row["key"], value=row["value"])
        for row in connection.execute(
            """
            select name, key, value from cosignature
             where assembly = :assembly and size = :size order by by
            """,
            {"assembly": assembly, "size": size},
        )
    ]


def keep_clock(connection: sqlite3.Connection, assembly: str, *, at: int) -> bool:
    """Keep the newest time that an assembly has signed; say whether it is newer."""
    return (
        connection.execute(
            """
            insert into clock (assembly, at) values (:assembly, :at)
                on conflict (assembly) do update set at = excluded.at
                where excluded.at > clock.at
            """,
            {"assembly": assembly, "at": at},
        ).rowcount
        > 0
    )


def clocks(connection: sqlite3.Connection) -> dict[str, int]:
    return {
        row["assembly"]: row["at"]
        for row in connection.execute("select assembly, at from clock")
    }
