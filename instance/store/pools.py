"""Who is in the pool of a panel, and the seeds that this node keeps for a draw."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from activitypub import canonical
from confederation.identifiers import Digest, MemberId, Ticket
from confederation.sortition.quotas import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somebody's place in a pool. ``member`` is None where they came on paper.

    ``note`` is the clerk's, to find them again.
    """

    person: Person
    member: MemberId | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A seed that this node keeps; ``seed`` is None until it is told."""

    commitment: Digest
    panel: str | None
    what: str
    seed: str | None
    at: datetime


def begin(connection: sqlite3.Connection, panel: str, *, salt: str) -> None:
    connection.execute(
        "insert into pool (panel, salt) values (:panel, :salt) on conflict do nothing",
        {"panel": panel, "salt": salt},
    )


def salt(connection: sqlite3.Connection, panel: str) -> str | None:
    """Return what a pool is salted with; None once it is forgotten."""
    row = connection.execute(
        "select salt from pool where panel = :panel", {"panel": panel}
    ).fetchone()
    return None if row is None else str(row["salt"])


def places(connection: sqlite3.Connection, panel: str) -> list[Place]:
    """Return everybody in a pool, by the letters of their tickets."""
    return [
        _place(row)
        for row in connection.execute(
            "select * from pool_person where panel = :panel order by ticket",
            {"panel": panel},
        )
    ]


def place(connection: sqlite3.Connection, panel: str, ticket: str) -> Place | None:
    row = connection.execute(
        "select * from pool_person where panel = :panel and ticket = :ticket",
        {"panel": panel, "ticket": ticket},
    ).fetchone()
    return None if row is None else _place(row)


def place_of(
    connection: sqlite3.Connection, panel: str, member: MemberId
) -> Place | None:
    """Return a member's place in a pool; None if they are not in it."""
    row = connection.execute(
        "select * from pool_person where panel = :panel and member = :member",
        {"panel": panel, "member": member},
    ).fetchone()
    return None if row is None else _place(row)


def size(connection: sqlite3.Connection, panel: str) -> int:
    row = connection.execute(
        "select count(*) as size from pool_person where panel = :panel",
        {"panel": panel},
    ).fetchone()
    return int(row["size"])


def put(
    connection: sqlite3.Connection,
    panel: str,
    *,
    ticket: str,
    member: MemberId | None,
    says: Mapping[str, str],
    household: str,
    note: str,
) -> None:
    """Put somebody in a pool; what they said before is replaced."""
    connection.execute(
        """
        insert into pool_person (panel, ticket, member, says, household, note)
        values (:panel, :ticket, :member, :says, :household, :note)
            on conflict (panel, ticket) do update
            set says = excluded.says, household = excluded.household,
                note = excluded.note
        """,
        {
            "panel": panel,
            "ticket": ticket,
            "member": member,
            "says": json.dumps(dict(says), ensure_ascii=False),
            "household": household,
            "note": note,
        },
    )


def take_out(connection: sqlite3.Connection, panel: str, ticket: str) -> None:
    connection.execute(
        "delete from pool_person where panel = :panel and ticket = :ticket",
        {"panel": panel, "ticket": ticket},
    )


def panels_with(connection: sqlite3.Connection, member: MemberId) -> list[str]:
    """Return the panels in whose pools a member is."""
    return [
        row["panel"]
        for row in connection.execute(
            "select panel from pool_person where member = :member",
            {"member": member},
        )
    ]


def move(connection: sqlite3.Connection, member: MemberId, *, into: MemberId) -> None:
    """Let another name of the same person have their places."""
    connection.execute(
        """
        update pool_person set member = :into
         where member = :member
           and panel not in (select panel from pool_person where member = :into)
        """,
        {"member": member, "into": into},
    )


def keep_list(connection: sqlite3.Connection, panel: str, made: bytes) -> None:
    connection.execute(
        "update pool set list = :made where panel = :panel",
        {"panel": panel, "made": made.decode()},
    )


def kept_list(connection: sqlite3.Connection, panel: str) -> bytes | None:
    row = connection.execute(
        "select list from pool where panel = :panel", {"panel": panel}
    ).fetchone()
    found = None if row is None else row["list"]
    return None if found is None else str(found).encode()


def forget(connection: sqlite3.Connection, panel: str) -> None:
    """Forget a pool with everything that anybody in it said."""
    for statement in (
        "delete from pool_person where panel = :panel",
        "delete from pool where panel = :panel",
    ):
        connection.execute(statement, {"panel": panel})


def keep_seed(
    connection: sqlite3.Connection,
    commitment: Digest,
    *,
    panel: str | None,
    what: str,
    sealed: bytes,
    at: datetime,
) -> None:
    connection.execute(
        """
        insert into kept_seed (commitment, panel, what, sealed, at)
        values (:commitment, :panel, :what, :sealed, :at)
        """,
        {
            "commitment": commitment,
            "panel": panel,
            "what": what,
            "sealed": sealed,
            "at": canonical.write_time(at),
        },
    )


def sealed_seed(connection: sqlite3.Connection, commitment: str) -> bytes | None:
    """Return a seed that is sealed; None if it is told, or not ours."""
    row = connection.execute(
        "select sealed from kept_seed where commitment = :commitment",
        {"commitment": commitment},
    ).fetchone()
    return None if row is None else row["sealed"]


def told_seed(connection: sqlite3.Connection, commitment: str) -> str | None:
    """Return a seed of ours that was told; None if it is sealed, or not ours."""
    row = connection.execute(
        "select seed from kept_seed where commitment = :commitment",
        {"commitment": commitment},
    ).fetchone()
    return None if row is None else row["seed"]


def tell_seed(connection: sqlite3.Connection, commitment: str, seed: str) -> None:
    connection.execute(
        """
        update kept_seed set sealed = null, seed = :seed
         where commitment = :commitment
        """,
        {"commitment": commitment, "seed": seed},
    )


def seeds(connection: sqlite3.Connection, *, most: int) -> list[Seed]:
    """Return the seeds that we gave to draws elsewhere, the newest first."""
    return [
        Seed(
            commitment=Digest(row["commitment"]),
            panel=row["panel"],
            what=row["what"],
            seed=row["seed"],
            at=canonical.read_time(row["at"]),
        )
        for row in connection.execute(
            """
            select * from kept_seed where panel is null
             order by at desc, commitment limit :most
            """,
            {"most": most},
        )
    ]


def _place(row: sqlite3.Row) -> Place:
    return Place(
        person=Person(
            ticket=Ticket(row["ticket"]),
            says=json.loads(row["says"]),
            household=row["household"],
        ),
        member=None if row["member"] is None else MemberId(row["member"]),
        note=row["note"],
    )
