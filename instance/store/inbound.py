"""What arrives: activities until they are dealt with, and who sends them."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from activitypub.canonical import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An activity whose signer is known, as it came."""

    id: str
    actor: str
    inbox: str
    body: bytes
    signature: bytes
    actor_document: JsonObject | None


def receive(
    connection: sqlite3.Connection, arrivals: Sequence[Arrival], *, at: int
) -> None:
    """Keep activities, and the documents of actors who had to be asked for theirs.

    The same activity, or the same signature, again is kept once.
    """
    for arrival in arrivals:
        if arrival.actor_document is not None:
            keep_remote_actor(
                connection,
                arrival.actor,
                document=arrival.actor_document,
                learned_at=at,
                asked_at=at,
            )
    connection.executemany(
        """
        insert into received (id, actor, inbox, body, at, due_at)
        select :id, :actor, :inbox, :body, :at, :at
         where not exists (select 1 from seen_signature where hash = :signature)
            on conflict do nothing
        """,
        [
            {
                "id": arrival.id,
                "actor": arrival.actor,
                "inbox": arrival.inbox,
                "body": arrival.body,
                "signature": arrival.signature,
                "at": at,
            }
            for arrival in arrivals
        ],
    )
    connection.executemany(
        """
        insert into seen_signature (hash, at) values (:hash, :at) on conflict do nothing
        """,
        [{"hash": arrival.signature, "at": at} for arrival in arrivals],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An activity that waits to be dealt with, and how often that has failed."""

    number: int
    id: str
    actor: str
    body: bytes
    due_at: int
    failures: int


def any_due(connection: sqlite3.Connection, *, now: int) -> bool:
    """Whether an activity waits to be dealt with."""
    return (
        connection.execute(
            "select 1 from received where due_at <= :now limit 1", {"now": now}
        ).fetchone()
        is not None
    )


def due(connection: sqlite3.Connection, *, now: int, most: int) -> list[Received]:
    """Return activities that wait to be dealt with, in the order in which they came."""
    return [
        Received(
            number=row["number"],
            id=row["id"],
            actor=row["actor"],
            body=row["body"],
            due_at=row["due_at"],
            failures=row["failures"],
        )
        for row in connection.execute(
            """
            select number, id, actor, body, due_at, failures from received
             where due_at <= :now order by due_at, number limit :most
            """,
            {"now": now, "most": most},
        )
    ]


def finish(connection: sqlite3.Connection, outcomes: Mapping[int, str]) -> None:
    """Write down what activities came to, by their numbers; they wait no longer."""
    connection.executemany(
        """
        update received set due_at = null, outcome = :outcome where number = :number
        """,
        [
            {"number": number, "outcome": outcome}
            for number, outcome in outcomes.items()
        ],
    )


def put_off(connection: sqlite3.Connection, number: int, *, until: int) -> None:
    """Note that an activity could not be dealt with, and when to try again."""
    connection.execute(
        """
        update received set due_at = :until, failures = failures + 1
         where number = :number
        """,
        {"number": number, "until": until},
    )


def forget_old(connection: sqlite3.Connection, *, now: int) -> None:
    """Drop the bytes of what was dealt with 30 days ago, and signatures after 2 h."""
    connection.execute(
        """
        update received set body = null
         where due_at is null and body is not null and at < :then
        """,
        {"then": now - 30 * 86_400},
    )
    connection.execute(
        "delete from seen_signature where at < :then", {"then": now - 2 * 3_600}
    )


def keep_remote_actor(
    connection: sqlite3.Connection,
    id: str,
    *,
    document: JsonObject | None,
    learned_at: int | None,
    asked_at: int,
) -> None:
    """Keep what is known of an actor; no document leaves the one that is kept."""
    connection.execute(
        """
        insert into remote_actor (id, body, learned_at, asked_at)
        values (:id, :body, :learned_at, :asked_at)
            on conflict (id) do update
            set body = coalesce(excluded.body, body),
                learned_at = coalesce(excluded.learned_at, learned_at),
                asked_at = excluded.asked_at
        """,
        {
            "id": id,
            "body": None
            if document is None
            else json.dumps(document, ensure_ascii=False),
            "learned_at": learned_at,
            "asked_at": asked_at,
        },
    )


def remote_actor(connection: sqlite3.Connection, id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "select * from remote_actor where id = :id", {"id": id}
    ).fetchone()
    return row


def forget_remote_actor(connection: sqlite3.Connection, id: str) -> None:
    """Drop what is known of an actor that is gone."""
    connection.execute("delete from remote_actor where id = :id", {"id": id})
    connection.execute("delete from follower where follower = :id", {"id": id})
