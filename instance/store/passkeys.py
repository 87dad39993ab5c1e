"""Passkeys by which members come in. Only their public halves are here."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A passkey of a member; ``count`` and ``used_at`` are of its last use here."""

    id: bytes
    member: str
    name: str
    public: bytes
    count: int
    made_at: str
    used_at: str | None


def keep(
    connection: sqlite3.Connection,
    id: bytes,
    *,
    member: str,
    name: str,
    public: bytes,
    count: int,
    at: str,
) -> bool:
    """Keep a new passkey; False if there is one with this id already."""
    done = connection.execute(
        """
        insert into passkey (id, member, name, public, count, made_at)
        values (:id, :member, :name, :public, :count, :at)
            on conflict (id) do nothing
        """,
        {
            "id": id,
            "member": member,
            "name": name,
            "public": public,
            "count": count,
            "at": at,
        },
    )
    return done.rowcount == 1


def with_id(connection: sqlite3.Connection, id: bytes) -> Passkey | None:
    row = connection.execute(
        "select * from passkey where id = :id", {"id": id}
    ).fetchone()
    return None if row is None else Passkey(**dict(row))


def of(connection: sqlite3.Connection, member: str) -> list[Passkey]:
    """Return the passkeys of a member, the oldest first."""
    rows = connection.execute(
        "select * from passkey where member = :member order by made_at, id",
        {"member": member},
    )
    return [Passkey(**dict(row)) for row in rows]


def used(connection: sqlite3.Connection, id: bytes, *, count: int, at: str) -> None:
    """Note that a passkey was used, and what its device counted."""
    connection.execute(
        "update passkey set count = :count, used_at = :at where id = :id",
        {"id": id, "count": count, "at": at},
    )


def rename(
    connection: sqlite3.Connection, id: bytes, *, member: str, name: str
) -> None:
    """Call a member's own passkey something else."""
    connection.execute(
        "update passkey set name = :name where id = :id and member = :member",
        {"id": id, "member": member, "name": name},
    )


def remove(connection: sqlite3.Connection, id: bytes, *, member: str) -> None:
    """Remove a member's own passkey: it opens nothing any more."""
    connection.execute(
        "delete from passkey where id = :id and member = :member",
        {"id": id, "member": member},
    )
