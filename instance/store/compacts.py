"""Compacts that change: which motion is about which version, and who applies.

A version is read only if its bytes have the digest that it goes by. One that this disk
altered is not known here until it is fetched again, and takes its place then.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation.identifiers import Digest

MOST_APPLICANTS: Final = 50
"""So many who apply and whose records we do not keep are remembered at a time."""


def keep(
    connection: sqlite3.Connection,
    digest: str,
    *,
    identity: str,
    body: bytes,
    at: datetime,
) -> None:
    """Keep a version; where this disk had altered it, note that a true copy came."""
    row = connection.execute(
        "select body from compact where digest = :digest", {"digest": digest}
    ).fetchone()
    if row is not None and row["body"].encode() != body:
        connection.execute(
            """
            insert into mended_compact (digest, mended_at) values (:digest, :at)
                on conflict do nothing
            """,
            {"digest": digest, "at": canonical.write_time(at)},
        )
    connection.execute(
        """
        insert into compact (digest, identity, body, known_at)
        values (:digest, :identity, :body, :at)
            on conflict (digest) do update set body = excluded.body
             where body <> excluded.body
        """,
        {
            "digest": digest,
            "identity": identity,
            "body": body.decode(),
            "at": canonical.write_time(at),
        },
    )


def document(connection: sqlite3.Connection, digest: str) -> JsonObject | None:
    """Return a compact's document, or None where it is not known here."""
    rows = connection.execute(
        "select digest, body from compact where digest = :digest", {"digest": digest}
    )
    return next((document for _, document in _intact(rows)), None)


def mended(connection: sqlite3.Connection) -> list[tuple[str, datetime]]:
    """Return the versions that this disk had altered, the last to be mended first."""
    return [
        (row["digest"], canonical.read_time(row["mended_at"]))
        for row in connection.execute(
            """
            select digest, mended_at from mended_compact
             order by mended_at desc, digest
            """
        )
    ]


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
    rows = connection.execute(
        """
        select digest, body from compact
         where identity = :identity order by known_at, digest
        """,
        {"identity": identity},
    )
    return [*_intact(rows)]


def documents(connection: sqlite3.Connection) -> list[tuple[str, JsonObject]]:
    """Return every compact known here with its digest, oldest first."""
    rows = connection.execute(
        "select digest, body from compact order by known_at, digest"
    )
    return [*_intact(rows)]


def _intact(rows: Iterable[sqlite3.Row]) -> Iterator[tuple[str, JsonObject]]:
    for row in rows:
        body = row["body"].encode()
        if canonical.digest_of(body) == row["digest"]:
            yield row["digest"], canonical.read(body)


def number(connection: sqlite3.Connection) -> int:
    """Return how many compacts are known here, to see whether any came."""
    [known] = connection.execute("select count(*) from compact").fetchone()
    return int(known)


def keep_change(connection: sqlite3.Connection, motion: str, *, version: str) -> None:
    """Keep which version of a compact a motion of ours is about."""
    connection.execute(
        """
        insert into compact_change (motion, version) values (:motion, :version)
            on conflict do nothing
        """,
        {"motion": motion, "version": version},
    )


def change_of(connection: sqlite3.Connection, motion: str) -> Digest | None:
    """Return the version of a compact that a motion of ours is about, or None."""
    row = connection.execute(
        "select version from compact_change where motion = :motion", {"motion": motion}
    ).fetchone()
    return None if row is None else Digest(row["version"])


def hear_applicant(
    connection: sqlite3.Connection,
    assembly: str,
    *,
    compact: str,
    address: str,
    at: datetime,
) -> bool:
    """Keep that an assembly says it applies, while there is room; say whether we did.

    The first address that was heard stays until somebody has looked there.
    """
    return (
        connection.execute(
            """
            insert into applicant (assembly, compact, address, heard_at)
            select :assembly, :compact, :address, :at
             where (select count(*) from applicant) < :most
                on conflict do nothing
            """,
            {
                "assembly": assembly,
                "compact": compact,
                "address": address,
                "at": canonical.write_time(at),
                "most": MOST_APPLICANTS,
            },
        ).rowcount
        > 0
    )


def heard_applicants(connection: sqlite3.Connection, compact: str) -> list[sqlite3.Row]:
    """Return those who say they apply and whose record is not kept, oldest first."""
    return connection.execute(
        """
        select assembly, address, heard_at from applicant
         where compact = :compact order by heard_at, assembly
        """,
        {"compact": compact},
    ).fetchall()


def forget_applicant(connection: sqlite3.Connection, address: str) -> None:
    """Forget what was heard from an address: somebody has looked there."""
    connection.execute(
        "delete from applicant where address = :address", {"address": address}
    )


def keep_seed(connection: sqlite3.Connection, subject: str, *, seed: str) -> str:
    """Keep our half of a lot until it is opened; give the one that is kept."""
    connection.execute(
        """
        insert into lot_seed (subject, seed) values (:subject, :seed)
            on conflict do nothing
        """,
        {"subject": subject, "seed": seed},
    )
    row = connection.execute(
        "select seed from lot_seed where subject = :subject", {"subject": subject}
    ).fetchone()
    return str(row["seed"])


def seed_of(connection: sqlite3.Connection, subject: str) -> str | None:
    """Return our half of a lot, or None where we have none."""
    row = connection.execute(
        "select seed from lot_seed where subject = :subject", {"subject": subject}
    ).fetchone()
    return None if row is None else str(row["seed"])


def keep_criteria(connection: sqlite3.Connection, digest: str, *, body: bytes) -> None:
    """Keep a document of criteria by its digest."""
    connection.execute(
        """
        insert into criteria (digest, body) values (:digest, :body)
            on conflict do nothing
        """,
        {"digest": digest, "body": body.decode()},
    )


def criteria(connection: sqlite3.Connection, digest: str | None) -> JsonObject | None:
    """Return a document of criteria, or None where it is not known here."""
    row = connection.execute(
        "select body from criteria where digest = :digest", {"digest": digest}
    ).fetchone()
    return None if row is None else canonical.read(row["body"].encode())
