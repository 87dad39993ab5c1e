"""How other servers have been answering, and when it is their turn again.

A host is named as deliveries name it: ``https://b.example``, without a path.
"""

import sqlite3
from datetime import UTC, datetime
from typing import Final

from activitypub.delivery import Breaker

MOST: Final = 100_000
"""So many hosts are remembered; those that had nothing to do for longest go first."""


def breaker(row: sqlite3.Row) -> Breaker:
    """Read from a row of a host how it has been answering."""
    return Breaker(
        failures=row["failures"],
        since=_instant(row["failing_since"]),
        rests_until=_instant(row["rests_until"]),
    )


def release(connection: sqlite3.Connection, host: str, found: Breaker) -> None:
    """Write down how a host answered, and when its lane is served again."""
    connection.execute(
        """
        update host
           set failures = :failures, failing_since = :since,
               rests_until = :rests_until, claimed = 0,
               due_at = (select max(min(delivery.due_at), coalesce(:rests_until, 0))
                           from delivery
                          where delivery.host = :host and delivery.due_at is not null)
         where name = :host
        """,
        {
            "host": host,
            "failures": found.failures,
            "since": _seconds(found.since),
            "rests_until": _seconds(found.rests_until),
        },
    )


def let_go(connection: sqlite3.Connection) -> None:
    """End every claim: whoever held one is gone, since one process does this work."""
    connection.execute("update host set claimed = 0 where claimed = 1")


def troubled(connection: sqlite3.Connection) -> list[str]:
    """Return the hosts that did not answer well when last they were asked."""
    return [
        row["name"]
        for row in connection.execute("select name from host where failures > 0")
    ]


def heard_from(connection: sqlite3.Connection, host: str, *, now: int) -> None:
    """End the rest of a host that is plainly up, and let go out what waits for it."""
    connection.execute(
        """
        update delivery set due_at = :now where host = :host and due_at > :now
        """,
        {"host": host, "now": now},
    )
    connection.execute(
        """
        update host
           set failures = 0, failing_since = null, rests_until = null,
               due_at = min(due_at, :now)
         where name = :host
        """,
        {"host": host, "now": now},
    )


def forgive_old(
    connection: sqlite3.Connection, *, now: int, patience: int, most: int = MOST
) -> None:
    """Give a fresh start to hosts where nothing went for long; keep not too many.

    Args:
        connection: inside a transaction.
        now: seconds since 1970.
        patience: so many seconds after the end of its rest a host is forgiven.
        most: how many hosts are kept.
    """
    connection.execute(
        """
        update host set failures = 0, failing_since = null, rests_until = null
         where failures > 0 and due_at is null and rests_until <= :now - :patience
        """,
        {"now": now, "patience": patience},
    )
    connection.execute(
        """
        delete from host
         where name in (select name from host where due_at is null and claimed = 0
                         order by max(coalesce(rests_until, 0), coalesce(knock_at, 0),
                                      coalesce(software_at, 0)) desc, name
                         limit -1 offset :most)
        """,
        {"most": most},
    )


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _seconds(at: datetime | None) -> int | None:
    """A bound in whole seconds is never earlier than it was."""
    return None if at is None else -int(-at.timestamp() // 1)
