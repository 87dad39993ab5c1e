"""What arrives: activities until they are dealt with, and who sends them."""

import json
import sqlite3
from dataclasses import dataclass

from activitypub.canonical import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An activity whose signer is known, waiting to be dealt with."""

    id: str
    actor: str
    inbox: str
    body: bytes
    attempts: int


def receive(
    connection: sqlite3.Connection,
    *,
    id: str,
    actor: str,
    inbox: str,
    body: bytes,
    signature: bytes,
    at: int,
) -> bool:
    """Keep an activity; say whether it is new.

    The same activity, or the same signature, again is kept once.
    """
    fresh = connection.execute(
        """
        insert into seen_signature (hash, at) values (:hash, :at) on conflict do nothing
        """,
        {"hash": signature, "at": at},
    ).rowcount
    if not fresh:
        return False
    return (
        connection.execute(
            """
            insert into received (id, actor, inbox, body, at, due_at)
            values (:id, :actor, :inbox, :body, :at, :at) on conflict do nothing
            """,
            {"id": id, "actor": actor, "inbox": inbox, "body": body, "at": at},
        ).rowcount
        > 0
    )


def signature_inbox(connection: sqlite3.Connection, signature: bytes) -> bool:
    """Whether this signature was seen before."""
    return (
        connection.execute(
            "select 1 from seen_signature where hash = :hash", {"hash": signature}
        ).fetchone()
        is not None
    )


def lease(
    connection: sqlite3.Connection, *, now: int, seconds: int, most: int
) -> list[Received]:
    """Take activities that are due; nobody else gets them before the lease ends."""
    return sorted(
        (
            Received(
                id=row["id"],
                actor=row["actor"],
                inbox=row["inbox"],
                body=bytes(row["body"]),
                attempts=row["attempts"],
            )
            for row in connection.execute(
                """
                update received
                   set claimed_until = :now + :seconds, attempts = attempts + 1
                 where id in (select id from received
                               where due_at <= :now
                                 and coalesce(claimed_until, 0) <= :now
                               order by due_at, id limit :most)
                returning id, actor, inbox, body, attempts
                """,
                {"now": now, "seconds": seconds, "most": most},
            )
        ),
        key=lambda item: item.id,
    )


def let_go(connection: sqlite3.Connection) -> None:
    """End every lease: whoever held one is gone, since one process does this work."""
    connection.execute(
        "update received set claimed_until = null where claimed_until is not null"
    )


def finish(connection: sqlite3.Connection, id: str, *, outcome: str) -> None:
    connection.execute(
        """
        update received set due_at = null, claimed_until = null, outcome = :outcome
         where id = :id
        """,
        {"id": id, "outcome": outcome},
    )


def put_off(connection: sqlite3.Connection, id: str, *, until: int) -> None:
    connection.execute(
        "update received set due_at = :until, claimed_until = null where id = :id",
        {"id": id, "until": until},
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
