"""Documents to be fetched from elsewhere, as rows that come due.

What arrives may make us fetch a few documents and no more: whoever could have us fetch
without end would use us against others. See federation.md S36.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_FETCHES: Final = 20
"""How many documents one thing that arrived may make us fetch."""
MOST_KEPT: Final = 10_000
DEEPEST: Final = 10
"""How many steps away from what arrived anything is fetched."""


def ask(
    connection: sqlite3.Connection,
    *,
    kind: str,
    url: str,
    at: int,
    because: str = "",
    depth: int = 0,
    most: int = MOST_FETCHES,
) -> None:
    """Ask for a document to be fetched; asking again for the same changes nothing.

    Beyond ``most`` for one cause, or `DEEPEST`, nothing is asked for any more.

    Args:
        connection: inside a transaction.
        kind: what is done with it, a name that `instance.fediverse.errands` knows.
        url: where it is.
        at: seconds since 1970, from when on.
        because: the id of what made us ask, for whoever deals with the answer. What
            the answer makes us ask for has the same cause.
        depth: how many steps away from what arrived.
        most: how many documents are fetched for this cause; nothing counts them where
            no cause is given.
    """
    connection.execute(
        """
        insert into errand (kind, url, because, depth, due_at)
        select :kind, :url, :because, :depth, :at
         where :depth <= :deepest
           and (:because = ''
                or (select count(*) from errand where because = :because) < :most)
            on conflict (kind, url, because) do nothing
        """,
        {
            "kind": kind,
            "url": url,
            "because": because,
            "depth": depth,
            "at": at,
            "deepest": DEEPEST,
            "most": most,
        },
    )


def ask_again(
    connection: sqlite3.Connection, *, kind: str, url: str, at: int, because: str
) -> None:
    """Ask for what was fetched before to be fetched once more."""
    connection.execute(
        """
        update errand set due_at = :at, attempts = 0
         where kind = :kind and url = :url and because = :because and due_at is null
        """,
        {"kind": kind, "url": url, "because": because, "at": at},
    )
    ask(connection, kind=kind, url=url, at=at, because=because)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A document to be fetched. ``attempts`` counts this one as well."""

    id: int
    host: str
    kind: str
    url: str
    because: str
    depth: int
    attempts: int


def any_due(connection: sqlite3.Connection, *, now: int) -> bool:
    return (
        connection.execute(
            "select 1 from errand where due_at <= :now limit 1", {"now": now}
        ).fetchone()
        is not None
    )


def lease(
    connection: sqlite3.Connection,
    *,
    now: int,
    seconds: int,
    hosts: int,
    each: int,
    busy: Sequence[str],
) -> list[Errand]:
    """Take what is due: the oldest ``each`` of at most ``hosts`` hosts not busy.

    It comes due again after the lease, so a crash loses nothing. Until it is closed it
    has no outcome, whatever became of an earlier attempt.
    """
    rows = connection.execute(
        """
        with waiting as (
            select id, due_at, substr(url, 1, instr(substr(url, 9), '/') + 7) as host
              from errand where due_at <= :now),
        placed as (
            select id, row_number() over (partition by host order by id) as place,
                   dense_rank() over (order by host) as lane
              from waiting
             where host not in (select value from json_each(:busy)))
        update errand set due_at = :now + :seconds, attempts = attempts + 1,
                          outcome = null
         where id in (select id from placed where place <= :each and lane <= :hosts)
        returning id, kind, url, because, depth, attempts,
                  substr(url, 1, instr(substr(url, 9), '/') + 7) as host
        """,
        {
            "now": now,
            "seconds": seconds,
            "hosts": hosts,
            "each": each,
            "busy": json.dumps(list(busy)),
        },
    ).fetchall()
    found = (
        Errand(**{name: row[name] for name in Errand.__dataclass_fields__})
        for row in rows
    )
    return sorted(found, key=lambda errand: errand.id)


def close(
    connection: sqlite3.Connection, id: int, *, outcome: str, again_at: int | None
) -> None:
    """Write down what became of an errand, and when it is tried again if it is."""
    connection.execute(
        "update errand set outcome = :outcome, due_at = :again_at where id = :id",
        {"id": id, "outcome": outcome, "again_at": again_at},
    )


def let_go(connection: sqlite3.Connection, *, now: int) -> None:
    """End every lease: whoever held one is gone, since one process does this work."""
    connection.execute(
        "update errand set due_at = :now where due_at > :now and attempts > 0",
        {"now": now},
    )


def forget_old(connection: sqlite3.Connection) -> None:
    """Drop errands that are done, the oldest first, but for the last ten thousand."""
    connection.execute(
        """
        delete from errand where id in (
            select id from errand where due_at is null order by id
             limit (select max(0, count(*) - :kept) from errand))
        """,
        {"kept": MOST_KEPT},
    )
