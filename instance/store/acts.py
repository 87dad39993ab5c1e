"""Acts that wait to be confirmed and published, in the order they were done."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activitypub import canonical
from activitypub.canonical import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something done that will be, or is, an entry.

    ``fingerprint`` is what tellers confirm; ``entry`` the digest once published.
    """

    id: int
    type: str
    subject: str
    body: JsonObject
    fingerprint: str
    needs: int
    confirmations: tuple[JsonObject, ...]
    entry: str | None

    @property
    def ready(self) -> bool:
        return len(self.confirmations) >= self.needs


def _act(row: sqlite3.Row) -> Act:
    return Act(
        id=row["id"],
        type=row["type"],
        subject=row["subject"],
        body=json.loads(row["body"]),
        fingerprint=row["fingerprint"],
        needs=row["needs"],
        confirmations=tuple(json.loads(row["confirmations"])),
        entry=row["entry"],
    )


def prepare(
    connection: sqlite3.Connection,
    *,
    type: str,
    subject: str,
    body: JsonObject,
    fingerprint: str,
    needs: int,
    at: datetime,
) -> int:
    """Put an act in the queue and return its number; one of a kind per subject."""
    row = connection.execute(
        """
        insert into act (type, subject, body, fingerprint, needs, at)
        values (:type, :subject, :body, :fingerprint, :needs, :at)
            on conflict (type, subject) do update set subject = excluded.subject
        returning id
        """,
        {
            "type": type,
            "subject": subject,
            "body": canonical.canonical(body).decode(),
            "fingerprint": fingerprint,
            "needs": needs,
            "at": canonical.write_time(at),
        },
    ).fetchone()
    return int(row["id"])


def act(connection: sqlite3.Connection, id: int) -> Act | None:
    row = connection.execute("select * from act where id = :id", {"id": id}).fetchone()
    return None if row is None else _act(row)


def of_subject(connection: sqlite3.Connection, type: str, subject: str) -> Act | None:
    row = connection.execute(
        "select * from act where type = :type and subject = :subject",
        {"type": type, "subject": subject},
    ).fetchone()
    return None if row is None else _act(row)


def waiting(connection: sqlite3.Connection) -> list[Act]:
    """Return the acts that are not published yet, oldest first."""
    return [
        _act(row)
        for row in connection.execute(
            "select * from act where entry is null order by id"
        )
    ]


def confirm(
    connection: sqlite3.Connection, id: int, confirmations: Sequence[JsonObject]
) -> None:
    connection.execute(
        "update act set confirmations = :confirmations where id = :id",
        {"id": id, "confirmations": json.dumps(list(confirmations))},
    )


def published(connection: sqlite3.Connection, id: int, *, entry: str) -> None:
    connection.execute(
        "update act set entry = :entry where id = :id", {"id": id, "entry": entry}
    )
