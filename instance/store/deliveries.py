"""Deliveries as rows that come due, leased by lane."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One activity on its way to one inbox."""

    id: int
    host: str
    inbox: str
    activity: str
    actor: str
    first_at: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What one attempt came to; ``again_at`` None when there will be no other."""

    id: int
    outcome: str
    again_at: int | None = None
    gone: str | None = None


def any_due(connection: sqlite3.Connection, *, now: int) -> bool:
    return (
        connection.execute(
            """
            select 1 from delivery
             where due_at <= :now and coalesce(claimed_until, 0) <= :now limit 1
            """,
            {"now": now},
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
) -> list[Due]:
    """Take what is due: the oldest ``each`` of at most ``hosts`` hosts not busy."""
    rows = connection.execute(
        """
        update delivery set claimed_until = :now + :seconds, attempts = attempts + 1
         where id in (
            select id from (
                select id, host,
                       row_number() over (partition by host order by id) as place,
                       dense_rank() over (order by host) as lane
                  from delivery
                 where due_at <= :now and coalesce(claimed_until, 0) <= :now
                   and host not in (select value from json_each(:busy)))
             where place <= :each and lane <= :hosts)
        returning id, host, inbox, activity, actor, first_at, attempts
        """,
        {
            "now": now,
            "seconds": seconds,
            "hosts": hosts,
            "each": each,
            "busy": json.dumps(list(busy)),
        },
    ).fetchall()
    return sorted(
        (Due(**{name: row[name] for name in Due.__dataclass_fields__}) for row in rows),
        key=lambda due: due.id,
    )


def let_go(connection: sqlite3.Connection) -> None:
    """End every lease: whoever held one is gone, since one process does this work."""
    connection.execute(
        "update delivery set claimed_until = null where claimed_until is not null"
    )


def body_of(connection: sqlite3.Connection, activity: str) -> bytes | None:
    row = connection.execute(
        "select body from activity where id = :id", {"id": activity}
    ).fetchone()
    return None if row is None else str(row["body"]).encode()


def close(connection: sqlite3.Connection, outcomes: Iterable[Done]) -> None:
    """Write down what came of attempts; who is gone follows nobody any longer."""
    outcomes = list(outcomes)
    connection.executemany(
        """
        update delivery
           set outcome = :outcome, due_at = :again_at, claimed_until = null
         where id = :id
        """,
        [
            {"id": done.id, "outcome": done.outcome, "again_at": done.again_at}
            for done in outcomes
        ],
    )
    connection.executemany(
        "delete from follower where coalesce(shared_inbox, inbox) = :inbox",
        [{"inbox": done.gone} for done in outcomes if done.gone],
    )


def give_back(
    connection: sqlite3.Connection, ids: Iterable[int], *, until: int
) -> None:
    """Let go of what was leased and not tried."""
    connection.executemany(
        """
        update delivery
           set claimed_until = null, due_at = :until, attempts = attempts - 1
         where id = :id
        """,
        [{"id": id, "until": until} for id in ids],
    )


def late(connection: sqlite3.Connection, *, before: int) -> list[sqlite3.Row]:
    """Return the hosts for which deliveries begun before a time still wait.

    Each with how many, since when, and what the last attempt came to.
    """
    return connection.execute(
        """
        select host, count(*) as n, min(first_at) as since, max(outcome) as outcome
          from delivery
         where due_at is not null and first_at < :before
         group by host order by n desc, host
        """,
        {"before": before},
    ).fetchall()
