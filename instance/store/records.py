"""Public records: entries by place, tree nodes, checkpoints and what others signed."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from activitypub import canonical
from activitypub.canonical import JsonObject
from activitypub.log import Node, NoteSignature
from confederation.identifiers import AssemblyId, Digest, Multikey

MOST_CONTRADICTIONS: Final = 16


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
    *,
    assembly: str,
    seq: int,
    digest: str,
    type: str,
    about: str | None,
    subject: str | None,
    body: bytes,
    at: datetime,
) -> None:
    """Append an entry at its place; the place must be free."""
    connection.execute(
        """
        insert into entry
            (assembly, seq, digest, type, about, subject, body, received_at)
        values (:assembly, :seq, :digest, :type, :about, :subject, :body, :at)
        """,
        {
            "assembly": assembly,
            "seq": seq,
            "digest": digest,
            "type": type,
            "about": about,
            "subject": subject,
            "body": body,
            "at": canonical.write_time(at),
        },
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


def published_as(
    connection: sqlite3.Connection, type: str, subject: str
) -> Digest | None:
    """Return the digest under which an act of ours was published, or None."""
    row = connection.execute(
        """
        select digest from entry where subject = :subject and type = :type
         order by seq desc limit 1
        """,
        {"type": type, "subject": subject},
    ).fetchone()
    return None if row is None else Digest(row["digest"])


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


def keep_checkpoint(
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


def checkpoint(
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


def clocks(connection: sqlite3.Connection) -> dict[str, int]:
    return {
        row["assembly"]: row["at"]
        for row in connection.execute("select assembly, at from clock")
    }


def keep_contradiction(
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


def contradictions(
    connection: sqlite3.Connection, assembly: str | None = None
) -> list[sqlite3.Row]:
    return connection.execute(
        """
        select * from contradiction
         where :assembly is null or assembly = :assembly order by found_at, a, b
        """,
        {"assembly": assembly},
    ).fetchall()


def keep_compact(
    connection: sqlite3.Connection,
    digest: str,
    *,
    identity: str,
    body: bytes,
    at: datetime,
) -> None:
    connection.execute(
        """
        insert into compact (digest, identity, body, known_at)
        values (:digest, :identity, :body, :at) on conflict do nothing
        """,
        {
            "digest": digest,
            "identity": identity,
            "body": body.decode(),
            "at": canonical.write_time(at),
        },
    )


def compact(connection: sqlite3.Connection, digest: str) -> JsonObject | None:
    """Return a compact's document, or None where it is not known here."""
    row = connection.execute(
        "select body from compact where digest = :digest", {"digest": digest}
    ).fetchone()
    return None if row is None else canonical.read(row["body"].encode())


def marks(connection: sqlite3.Connection) -> tuple[int, int]:
    """Count the compacts and the contradictions held, to see whether any came."""
    row = connection.execute(
        """
        select (select count(*) from compact) as compacts,
               (select count(*) from contradiction) as contradictions
        """
    ).fetchone()
    return row["compacts"], row["contradictions"]


def identities(connection: sqlite3.Connection) -> list[str]:
    """Return the identity of every compact known here, oldest first."""
    return [
        row["identity"]
        for row in connection.execute(
            """
            select identity from compact group by identity order by min(known_at), 1
            """
        )
    ]


def versions(
    connection: sqlite3.Connection, identity: str
) -> list[tuple[str, JsonObject]]:
    """Return every version of a compact that is known here, oldest first."""
    return [
        (row["digest"], canonical.read(row["body"].encode()))
        for row in connection.execute(
            """
            select digest, body from compact
             where identity = :identity order by known_at, digest
            """,
            {"identity": identity},
        )
    ]


def compacts(connection: sqlite3.Connection) -> list[tuple[str, JsonObject]]:
    """Return every compact known here with its digest, oldest first."""
    return [
        (row["digest"], canonical.read(row["body"].encode()))
        for row in connection.execute(
            "select digest, body from compact order by known_at, digest"
        )
    ]
