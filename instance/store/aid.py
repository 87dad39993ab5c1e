"""Needs and offers of others, as their authors said them last."""

import hashlib
import sqlite3
from dataclasses import dataclass
from typing import Final

MOST_OF_ONE: Final = 50
"""How many open ones are kept of one author: nobody fills our list alone."""
MOST: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A need or an offer of somebody else. ``author`` is what they are called."""

    id: str
    actor: str
    inbox: str
    author: str
    purpose: str
    title: str
    content: str
    unit: str
    quantity: str
    available: str
    minimum: str
    place: str
    theme: str
    until: str | None
    url: str | None
    at: str
    closed: bool = False

    @property
    def mark(self) -> str:
        """What it is called in the address of its page here."""
        return mark_of(self.id)


def mark_of(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()[:32]


def keep(connection: sqlite3.Connection, said: Elsewhere) -> bool:
    """Keep what its author says of it now; false if there is no room for it.

    An id that is another author's is not touched.
    """
    found = connection.execute(
        """
        insert into aid_elsewhere
               (id, mark, actor, inbox, author, purpose, title, content, unit, quantity,
                available, minimum, place, theme, until, url, at, closed)
        select :id, :mark, :actor, :inbox, :author, :purpose, :title, :content, :unit,
               :quantity, :available, :minimum, :place, :theme, :until, :url, :at,
               :closed
         where exists (select 1 from aid_elsewhere where id = :id)
            or ((select count(*) from aid_elsewhere
                  where actor = :actor and closed = 0) < :most_of_one
                and (select count(*) from aid_elsewhere) < :most)
            on conflict (id) do update
           set title = excluded.title, content = excluded.content,
               author = excluded.author, inbox = excluded.inbox,
               quantity = excluded.quantity, available = excluded.available,
               minimum = excluded.minimum, place = excluded.place,
               theme = excluded.theme, until = excluded.until, url = excluded.url,
               closed = excluded.closed
         where aid_elsewhere.actor = excluded.actor
           and aid_elsewhere.purpose = excluded.purpose
           and aid_elsewhere.unit = excluded.unit
        """,
        {
            **{name: getattr(said, name) for name in Elsewhere.__dataclass_fields__},
            "mark": said.mark,
            "closed": int(said.closed),
            "most_of_one": MOST_OF_ONE,
            "most": MOST,
        },
    )
    return found.rowcount == 1


def close(connection: sqlite3.Connection, *, id: str, actor: str) -> bool:
    """Close one that its author took back; whether there was one of theirs."""
    found = connection.execute(
        "update aid_elsewhere set closed = 1 where id = :id and actor = :actor",
        {"id": id, "actor": actor},
    )
    return found.rowcount == 1


def forget(connection: sqlite3.Connection, actor: str) -> None:
    """Drop what an actor needed or offered who is gone. It may be called twice."""
    connection.execute(
        "delete from aid_elsewhere where actor = :actor", {"actor": actor}
    )


def open_ones(connection: sqlite3.Connection, *, now: str) -> list[Elsewhere]:
    """Return those that are open now, the newest first."""
    rows = connection.execute(
        """
        select * from aid_elsewhere
         where closed = 0 and (until is null or until > :now)
         order by at desc, id
        """,
        {"now": now},
    )
    return [_read(row) for row in rows]


def marked(connection: sqlite3.Connection, mark: str) -> Elsewhere | None:
    """Return one by its mark, or None."""
    row = connection.execute(
        "select * from aid_elsewhere where mark = :mark", {"mark": mark}
    ).fetchone()
    return None if row is None else _read(row)


def keep_agreement(connection: sqlite3.Connection, *, id: str, pledge: str) -> None:
    """Keep which of our pledges became an agreement elsewhere."""
    connection.execute(
        "insert or ignore into aid_agreement (id, pledge) values (:id, :pledge)",
        {"id": id, "pledge": pledge},
    )


def pledge_of(connection: sqlite3.Connection, agreement: str) -> str | None:
    """Return the pledge that an agreement elsewhere is of, or None."""
    row = connection.execute(
        "select pledge from aid_agreement where id = :id", {"id": agreement}
    ).fetchone()
    return None if row is None else str(row["pledge"])


def _read(row: sqlite3.Row) -> Elsewhere:
    given = {name: row[name] for name in Elsewhere.__dataclass_fields__}
    return Elsewhere(**{**given, "closed": bool(row["closed"])})
