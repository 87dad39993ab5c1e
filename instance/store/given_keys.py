"""Which record keys a compact gave to a member that had lost its own."""

import sqlite3

from confederation.confederal.new_key import Given
from confederation.identifiers import AssemblyId, Digest, Multikey


def keep(
    connection: sqlite3.Connection, given: Given, *, compact: str, proposal: str
) -> None:
    """Keep a key that a compact, by its identity, gave; the first after an entry stays.

    Not more than one proposal in a slot is adopted, and the entry is the slot.
    """
    assembly, key, after = given
    connection.execute(
        """
        insert into given_key (compact, assembly, key, after, proposal)
        values (:compact, :assembly, :key, :after, :proposal) on conflict do nothing
        """,
        {
            "compact": compact,
            "assembly": assembly,
            "key": key,
            "after": after,
            "proposal": proposal,
        },
    )


def known(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the proposals of which it is noted that they gave a key."""
    rows = connection.execute("select proposal from given_key")
    return frozenset(row["proposal"] for row in rows)


def by(connection: sqlite3.Connection, compact: str) -> frozenset[Given]:
    """Return every key that a compact gave, by its identity."""
    rows = connection.execute(
        "select assembly, key, after from given_key where compact = :compact",
        {"compact": compact},
    )
    return frozenset(
        (AssemblyId(row["assembly"]), Multikey(row["key"]), Digest(row["after"]))
        for row in rows
    )


def after(
    connection: sqlite3.Connection, assembly: str, entry: str | None
) -> dict[Multikey, Digest]:
    """Return the keys that were given after an entry, each with its proposal."""
    rows = connection.execute(
        """
        select key, proposal from given_key
         where assembly = :assembly and after = :entry order by proposal
        """,
        {"assembly": assembly, "entry": entry},
    )
    return {Multikey(row["key"]): Digest(row["proposal"]) for row in rows}
