"""What keeps people from coming, and what was done about it; nobody's name is in it."""

import sqlite3
from dataclasses import dataclass
from typing import Literal

Kind = Literal["childcare", "access", "language", "cost", "time", "other"]
State = Literal["open", "worked on", "fixed", "cannot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """``fix`` is what is being done or was done, or why nothing can be.

    ``ask`` is the id of what was put to a body about it; None if nothing was. ``day``
    is when it was written down, to the day and no nearer.
    """

    id: str
    kind: Kind
    says: str
    state: State
    fix: str
    ask: str | None
    day: str


def keep(
    connection: sqlite3.Connection, id: str, *, kind: Kind, says: str, day: str
) -> None:
    """Write one down; sent again, it changes nothing."""
    connection.execute(
        """
        insert into barrier (id, kind, says, day) values (:id, :kind, :says, :day)
            on conflict do nothing
        """,
        {"id": id, "kind": kind, "says": says, "day": day},
    )


def all_of_them(connection: sqlite3.Connection) -> tuple[Barrier, ...]:
    """Return all, what is open first and then what was written down last."""
    return tuple(
        Barrier(
            id=row["id"],
            kind=row["kind"],
            says=row["says"],
            state=row["state"],
            fix=row["fix"],
            ask=row["ask"],
            day=row["day"],
        )
        for row in connection.execute(
            """
            select * from barrier
             order by case state when 'open' then 0 when 'worked on' then 1 else 2 end,
                      day desc, id
            """
        )
    )


def say(
    connection: sqlite3.Connection, id: str, *, state: State, fix: str, ask: str | None
) -> bool:
    """Say how one stands now; False if there is none."""
    found = connection.execute(
        "update barrier set state = :state, fix = :fix, ask = :ask where id = :id",
        {"id": id, "state": state, "fix": fix, "ask": ask},
    )
    return found.rowcount == 1


def remove(connection: sqlite3.Connection, id: str) -> None:
    """Take one off the log for good. It may be called twice."""
    connection.execute("delete from barrier where id = :id", {"id": id})
