"""Deliveries as rows that come due, taken by the lanes of their hosts."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from activitypub.delivery import Breaker
from instance.store import hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One activity on its way to one inbox; ``attempts`` were made before."""

    id: int
    inbox: str
    activity: str
    actor: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What goes to one host, one after the other, and how the host has answered."""

    host: str
    breaker: Breaker
    due: tuple[Due, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What one attempt came to; ``again_at`` None when there will be no other.

    ``counts`` says whether it was one at all: without a network none is made.
    """

    id: int
    outcome: str
    again_at: int | None = None
    gone: str | None = None
    counts: bool = True


def any_due(connection: sqlite3.Connection, *, now: int) -> bool:
    """Whether a host that is not being served has something due."""
    return any(
        connection.execute(
            """
            select 1 from host
             where (failures > 0) = :failing and due_at <= :now
               and due_at is not null and claimed = 0
             limit 1
            """,
            {"failing": failing, "now": now},
        ).fetchone()
        for failing in (0, 1)
    )


def take(
    connection: sqlite3.Connection, *, now: int, lanes: int, each: int, failing: bool
) -> list[Lane]:
    """Claim hosts that have something due, whoever has waited longest first.

    Args:
        connection: inside a transaction.
        now: seconds since 1970.
        lanes: how many hosts at most.
        each: how many deliveries of each, the oldest first.
        failing: those that have been failing lately, or those that have not.
    """
    found = connection.execute(
        """
        update host set claimed = 1
         where name in (
            select name from host
             where (failures > 0) = :failing and due_at <= :now
               and due_at is not null and claimed = 0
             order by due_at limit :lanes)
        returning name, failures, failing_since, rests_until
        """,
        {"failing": int(failing), "now": now, "lanes": lanes},
    ).fetchall()
    return [
        Lane(
            host=row["name"],
            breaker=hosts.breaker(row),
            due=_waiting(connection, row["name"], now=now, most=each),
        )
        for row in found
    ]


def _waiting(
    connection: sqlite3.Connection, host: str, *, now: int, most: int
) -> tuple[Due, ...]:
    return tuple(
        Due(
            id=row["id"],
            inbox=row["inbox"],
            activity=row["activity"],
            actor=row["actor"],
            attempts=row["attempts"],
        )
        for row in connection.execute(
            """
            select id, inbox, activity, actor, attempts from delivery
             where host = :host and due_at <= :now
             order by due_at, id limit :most
            """,
            {"host": host, "now": now, "most": most},
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What is sent, and whether it is for everyone."""

    bytes: bytes
    public: bool


def bodies(
    connection: sqlite3.Connection, activities: Iterable[str]
) -> dict[str, Body]:
    """Return activities as they are sent, by their ids."""
    return {
        row["id"]: Body(bytes=row["body"].encode(), public=bool(row["public"]))
        for row in connection.execute(
            """
            select id, body, public from activity
             where id in (select value from json_each(:ids))
            """,
            {"ids": json.dumps(list(activities))},
        )
    }


def close(connection: sqlite3.Connection, outcomes: Iterable[Done]) -> None:
    """Write down what came of attempts; who is gone follows nobody any longer."""
    outcomes = list(outcomes)
    connection.executemany(
        """
        update delivery
           set outcome = :outcome, due_at = :again_at, attempts = attempts + :counts
         where id = :id
        """,
        [
            {
                "id": done.id,
                "outcome": done.outcome,
                "again_at": done.again_at,
                "counts": int(done.counts),
            }
            for done in outcomes
        ],
    )
    connection.executemany(
        "delete from follower where coalesce(shared_inbox, inbox) = :inbox",
        [{"inbox": done.gone} for done in outcomes if done.gone],
    )


def wait_along(
    connection: sqlite3.Connection,
    host: str,
    *,
    now: int,
    most: int,
    but: Iterable[int] = (),
) -> None:
    """Count the rest that a host begins as an attempt for all that is due there.

    After ``most`` attempts a delivery is given up. Those in ``but`` were tried.
    """
    connection.execute(
        """
        update delivery
           set attempts = attempts + 1,
               due_at = iif(attempts + 1 < :most, due_at, null),
               outcome = iif(attempts + 1 < :most,
                             'not yet: the host rests', 'given up after a week')
         where host = :host and due_at <= :now
           and id not in (select value from json_each(:but))
        """,
        {"host": host, "now": now, "most": most, "but": json.dumps(list(but))},
    )


def forget_old(connection: sqlite3.Connection, *, now: int) -> None:
    """Drop what was delivered a day ago, and what was given up 30 days ago."""
    connection.execute(
        """
        delete from delivery
         where due_at is null
           and first_at < :now - iif(outcome = 'delivered', :day, 30 * :day)
        """,
        {"now": now, "day": 86_400},
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


def bring_home(connection: sqlite3.Connection, base: str, *, at: int) -> None:
    """Let what our actors send each other arrive: it never goes over the network."""
    connection.execute(
        """
        insert into received (id, actor, inbox, body, at, due_at)
        select activity.id, :base || '/' || delivery.actor,
               substr(delivery.inbox, length(:base) + 1), cast(activity.body as blob),
               :at, :at
          from delivery join activity on activity.id = delivery.activity
         where delivery.host = :base and delivery.due_at is not null
         order by delivery.id
            on conflict do nothing
        """,
        {"base": base, "at": at},
    )
    brought = connection.execute(
        """
        update delivery set due_at = null, outcome = 'delivered'
         where host = :base and due_at is not null
        """,
        {"base": base},
    )
    if brought.rowcount:
        connection.execute(
            "update host set due_at = null where name = :base", {"base": base}
        )
