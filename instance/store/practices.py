"""Practices in the libraries of others, as their authors said them last."""

import hashlib
import sqlite3
from dataclasses import dataclass
from typing import Final

MOST_OF_ONE: Final = 100
"""How many are kept of one author: nobody fills our list alone."""
MOST: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A practice of somebody else; ``body`` is what it is, as JSON that was checked."""

    id: str
    actor: str
    author: str
    title: str
    body: str
    url: str
    at: str

    @property
    def mark(self) -> str:
        """What it is called in the address of its page here."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:32]


def keep(connection: sqlite3.Connection, said: Elsewhere) -> bool:
    """Keep what its author says of it now; false if there is no room for it.

    An id that is another author's is not touched.
    """
    found = connection.execute(
        """
        insert into practice_elsewhere (id, mark, actor, author, title, body, url, at)
        select :id, :mark, :actor, :author, :title, :body, :url, :at
         where exists (select 1 from practice_elsewhere where id = :id)
            or ((select count(*) from practice_elsewhere
                  where actor = :actor) < :most_of_one
                and (select count(*) from practice_elsewhere) < :most)
            on conflict (id) do update
           set author = excluded.author, title = excluded.title,
               body = excluded.body, url = excluded.url
         where practice_elsewhere.actor = excluded.actor
        """,
        {
            **{name: getattr(said, name) for name in Elsewhere.__dataclass_fields__},
            "mark": said.mark,
            "most_of_one": MOST_OF_ONE,
            "most": MOST,
        },
    )
    return found.rowcount == 1


def drop(connection: sqlite3.Connection, *, id: str, actor: str) -> bool:
    """Drop one that its author took back; whether there was one of theirs."""
    found = connection.execute(
        "delete from practice_elsewhere where id = :id and actor = :actor",
        {"id": id, "actor": actor},
    )
    return found.rowcount == 1


def newest(connection: sqlite3.Connection, *, most: int) -> list[Elsewhere]:
    """Return some, the newest first."""
    rows = connection.execute(
        "select * from practice_elsewhere order by at desc, id limit :most",
        {"most": most},
    )
    return [_read(row) for row in rows]


def named(connection: sqlite3.Connection, id: str) -> Elsewhere | None:
    """Return one by its address, or None."""
    row = connection.execute(
        "select * from practice_elsewhere where id = :id", {"id": id}
    ).fetchone()
    return None if row is None else _read(row)


def marked(connection: sqlite3.Connection, mark: str) -> Elsewhere | None:
    """Return one by its mark, or None."""
    row = connection.execute(
        "select * from practice_elsewhere where mark = :mark", {"mark": mark}
    ).fetchone()
    return None if row is None else _read(row)


def _read(row: sqlite3.Row) -> Elsewhere:
    return Elsewhere(**{name: row[name] for name in Elsewhere.__dataclass_fields__})
