"""What members send while the pen is away waits here, and is carried out once."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A form that somebody sent. ``body`` is gone once it was dealt with.

    One that waits ``says`` something only where the program failed on it.
    """

    id: int
    member: str
    path: str
    body: str | None
    at: str
    state: Literal["waiting", "done", "refused"]
    says: str


def keep(
    connection: sqlite3.Connection, *, member: str, path: str, body: str, at: str
) -> None:
    """Let a form wait; the very same one, sent twice, waits once."""
    connection.execute(
        """
        insert into waiting_form (member, path, body, at)
        values (:member, :path, :body, :at) on conflict do nothing
        """,
        {"member": member, "path": path, "body": body, "at": at},
    )


def number(connection: sqlite3.Connection) -> int:
    """Count those that still wait."""
    row = connection.execute(
        "select count(*) from waiting_form where state = 'waiting'"
    ).fetchone()
    return int(row[0])


def next_one(
    connection: sqlite3.Connection, *, aside: Sequence[int] = ()
) -> Waiting | None:
    """Return the form that was sent first of those that wait.

    None of whoever sent one that stands ``aside``: theirs are done in their order.
    """
    row = connection.execute(
        """
        select * from waiting_form
         where state = 'waiting'
           and member not in (select member from waiting_form
                               where id in (select value from json_each(:aside)))
         order by id limit 1
        """,
        {"aside": json.dumps(aside)},
    ).fetchone()
    return None if row is None else _read(row)


def failed_on(connection: sqlite3.Connection) -> int:
    """Count those that still wait because the program failed on them."""
    row = connection.execute(
        "select count(*) from waiting_form where state = 'waiting' and says <> ''"
    ).fetchone()
    return int(row[0])


def of(connection: sqlite3.Connection, member: str) -> list[Waiting]:
    """Return the forms of a member that wait, or whose outcome they have not seen."""
    return [
        _read(row)
        for row in connection.execute(
            "select * from waiting_form where member = :member order by id",
            {"member": member},
        )
    ]


def refused(connection: sqlite3.Connection, member: str) -> int:
    """Count a member's forms that were not done, and that they have not put away.

    Those that are not done yet are counted where the program failed on them.
    """
    row = connection.execute(
        """
        select count(*) from waiting_form
         where member = :member and (state = 'refused' or says <> '')
        """,
        {"member": member},
    ).fetchone()
    return int(row[0])


def dealt_with(
    connection: sqlite3.Connection, id: int, *, state: str, says: str = ""
) -> None:
    """Write down what came of a form. What was not done stays to be read again."""
    connection.execute(
        """
        update waiting_form
           set state = :state, says = :says,
               body = case when :state <> 'done' then body end
         where id = :id
        """,
        {"id": id, "state": state, "says": says},
    )


def put_away(connection: sqlite3.Connection, member: str) -> None:
    """Forget a member's forms that were dealt with."""
    connection.execute(
        "delete from waiting_form where member = :member and state <> 'waiting'",
        {"member": member},
    )


def _read(row: sqlite3.Row) -> Waiting:
    return Waiting(
        id=row["id"],
        member=row["member"],
        path=row["path"],
        body=row["body"],
        at=row["at"],
        state=row["state"],
        says=row["says"],
    )
