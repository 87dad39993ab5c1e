"""Public records: entries by place, tree nodes, checkpoints and what others signed."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from activitypub import canonical
from activitypub.log import Node
from confederation.identifiers import AssemblyId, Digest, Multikey


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An assembly whose record is kept here.

    ``size`` is how many entries are held, 0 before the founding entry arrived.
    """

    id: AssemblyId
    address: str
    key: Multikey
    ours: bool
    size: int
    head: Digest | None
    heard_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry as it is kept.

    ``about`` is what it is found by; ``subject`` the act of ours that it publishes.
    """

    seq: int
    digest: str
    type: str
    about: str | None
    subject: str | None
    body: bytes


_KNOWN = """
    select assembly.id, address, key, ours, heard_at,
           coalesce(last.seq + 1, 0) as size, last.digest as head
      from assembly
      left join entry as last
        on last.assembly = assembly.id
       and last.seq = (select max(seq) from entry where assembly = assembly.id)
"""


def _known(row: sqlite3.Row) -> Known:
    return Known(
        id=AssemblyId(row["id"]),
        address=row["address"],
        key=Multikey(row["key"]),
        ours=bool(row["ours"]),
        size=row["size"],
        head=None if row["head"] is None else Digest(row["head"]),
        heard_at=row["heard_at"],
    )


def assemblies(connection: sqlite3.Connection) -> list[Known]:
    """Return every assembly whose record is kept, ours first."""
    return [
        _known(row) for row in connection.execute(f"{_KNOWN} order by ours desc, id")
    ]


def assembly(connection: sqlite3.Connection, id: str) -> Known | None:
    row = connection.execute(f"{_KNOWN} where assembly.id = :id", {"id": id}).fetchone()
    return None if row is None else _known(row)


def assembly_at(connection: sqlite3.Connection, address: str) -> Known | None:
    row = connection.execute(
        f"{_KNOWN} where assembly.address = :address", {"address": address}
    ).fetchone()
    return None if row is None else _known(row)


def ours(connection: sqlite3.Connection) -> Known | None:
    """Return our own assembly, or None before it is founded."""
    row = connection.execute(f"{_KNOWN} where ours = 1").fetchone()
    return None if row is None else _known(row)


def keep_assembly(
    connection: sqlite3.Connection,
    id: str,
    *,
    address: str,
    key: str,
    ours: bool = False,
) -> None:
    """Keep an assembly's record from now on; a known one is left as it is.

    While nothing is held of its record, whoever names it last says where it is.
    """
    connection.execute(
        """
        insert into assembly (id, address, key, ours)
        values (:id, :address, :key, :ours)
            on conflict (id) do update
            set address = excluded.address, key = excluded.key
            where ours = 0
              and not exists (select 1 from entry where assembly = excluded.id)
        """,
        {"id": id, "address": address, "key": key, "ours": int(ours)},
    )


def move(connection: sqlite3.Connection, id: str, *, address: str) -> None:
    connection.execute(
        "update assembly set address = :address where id = :id",
        {"id": id, "address": address},
    )


def replace_key(connection: sqlite3.Connection, id: str, *, key: str) -> None:
    connection.execute(
        "update assembly set key = :key where id = :id", {"id": id, "key": key}
    )


def heard(connection: sqlite3.Connection, id: str, *, at: datetime) -> None:
    connection.execute(
        "update assembly set heard_at = :at where id = :id",
        {"id": id, "at": canonical.write_time(at)},
    )


def append(
    connection: sqlite3.Connection,
    assembly: str,
    rows: Iterable[Row],
    *,
    at: datetime,
) -> None:
    """Append entries, each at its place, which must be free."""
    received_at = canonical.write_time(at)
    connection.executemany(
        """
        insert into entry
            (assembly, seq, digest, type, about, subject, body, received_at)
        values (:assembly, :seq, :digest, :type, :about, :subject, :body, :at)
        """,
        [
            {
                "assembly": assembly,
                "seq": row.seq,
                "digest": row.digest,
                "type": row.type,
                "about": row.about,
                "subject": row.subject,
                "body": row.body,
                "at": received_at,
            }
            for row in rows
        ],
    )


def put_back(
    connection: sqlite3.Connection,
    *,
    assembly: str,
    seq: int,
    digest: str,
    type: str,
    about: str | None,
    body: bytes,
) -> None:
    """Put an entry back in its place, instead of what is damaged there."""
    connection.execute(
        """
        update entry set digest = :digest, type = :type, about = :about, body = :body
         where assembly = :assembly and seq = :seq
        """,
        {
            "assembly": assembly,
            "seq": seq,
            "digest": digest,
            "type": type,
            "about": about,
            "body": body,
        },
    )


def clear_tree(connection: sqlite3.Connection, assembly: str) -> None:
    """Take away the tree over a record, to be grown anew."""
    connection.execute(
        "delete from tree_node where assembly = :assembly", {"assembly": assembly}
    )


def cut(connection: sqlite3.Connection, assembly: str, *, size: int) -> None:
    """Take a record back to its first entries, with its tree and its checkpoints."""
    where = {"assembly": assembly, "size": size}
    for statement in (
        "delete from entry where assembly = :assembly and seq >= :size",
        """
        delete from tree_node
         where assembly = :assembly and ((place + 1) << level) > :size
        """,
        "delete from checkpoint where assembly = :assembly and size > :size",
        "delete from cosignature where assembly = :assembly and size > :size",
    ):
        connection.execute(statement, where)


def entry(connection: sqlite3.Connection, digest: str | None) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "select * from entry where digest = :digest", {"digest": digest}
    ).fetchone()
    return row


def entry_at(
    connection: sqlite3.Connection, assembly: str, seq: int
) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "select * from entry where assembly = :assembly and seq = :seq",
        {"assembly": assembly, "seq": seq},
    ).fetchone()
    return row


def entries(
    connection: sqlite3.Connection,
    assembly: str,
    *,
    start: int = 0,
    end: int | None = None,
    types: Iterable[str] | None = None,
) -> list[sqlite3.Row]:
    """Return entries of one record from ``start`` up to and without ``end``."""
    every = """
        select * from entry
         where assembly = :assembly and seq >= :start and seq < :end
         order by seq
        """
    # Few entries of a long record are of one type: the index finds them.
    some = """
        select entry.* from json_each(:types) as wanted cross join entry
         where entry.type = wanted.value
           and assembly = :assembly and seq >= :start and seq < :end
         order by seq
        """
    return connection.execute(
        every if types is None else some,
        {
            "assembly": assembly,
            "start": start,
            "end": 2**62 if end is None else end,
            "types": None if types is None else json.dumps(sorted(types)),
        },
    ).fetchall()


def holds_any(connection: sqlite3.Connection, assembly: str, type: str) -> bool:
    """Whether there is an entry of this type in a record."""
    return (
        connection.execute(
            "select 1 from entry where assembly = :assembly and type = :type limit 1",
            {"assembly": assembly, "type": type},
        ).fetchone()
        is not None
    )


def count(connection: sqlite3.Connection, type: str) -> int:
    """Return how many entries of a type are held, of all records together."""
    [number] = connection.execute(
        "select count(*) from entry where type = :type", {"type": type}
    ).fetchone()
    return int(number)


def of_type(
    connection: sqlite3.Connection, type: str, *, about: str | None = None
) -> list[sqlite3.Row]:
    """Return entries of one type from every record, oldest received first."""
    return connection.execute(
        """
        select * from entry
         where type = :type and (:about is null or about = :about)
         order by received_at, assembly, seq
        """,
        {"type": type, "about": about},
    ).fetchall()


def node(
    connection: sqlite3.Connection, assembly: str, level: int, index: int
) -> bytes:
    """Return the hash of a complete subtree of a record's Merkle tree."""
    row = connection.execute(
        """
        select hash from tree_node
         where assembly = :assembly and level = :level and place = :place
        """,
        {"assembly": assembly, "level": level, "place": index},
    ).fetchone()
    if row is None:
        raise LookupError("A node of the tree is missing.")
    return bytes(row["hash"])


def keep_nodes(
    connection: sqlite3.Connection, assembly: str, nodes: Iterable[Node]
) -> None:
    """Keep the subtrees that an entry has made complete."""
    connection.executemany(
        """
        insert into tree_node (assembly, level, place, hash)
        values (:assembly, :level, :place, :hash)
        """,
        [
            {
                "assembly": assembly,
                "level": node.level,
                "place": node.index,
                "hash": node.hash,
            }
            for node in nodes
        ],
    )


def ask_to_catch_up(connection: sqlite3.Connection, id: str) -> None:
    """Note that others hold more of this record than we do."""
    connection.execute("update assembly set is_behind = 1 where id = :id", {"id": id})


def behind(connection: sqlite3.Connection) -> bool:
    """Whether somebody said that they hold more of a record than we do."""
    return (
        connection.execute("select 1 from assembly where is_behind = 1").fetchone()
        is not None
    )


def caught_up(connection: sqlite3.Connection, id: str) -> None:
    connection.execute("update assembly set is_behind = 0 where id = :id", {"id": id})
