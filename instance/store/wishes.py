"""Who elsewhere would like to meet others, as they said it last."""

import sqlite3
from dataclasses import dataclass
from typing import Final

MOST_OF_ONE: Final = 20
"""How many are kept of one assembly: nobody fills our list alone."""
MOST: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A wish of somebody else. ``author`` is what their assembly is called."""

    id: str
    actor: str
    inbox: str
    author: str
    whose: str
    about: str
    place: str
    at: str


def keep(connection: sqlite3.Connection, said: Elsewhere) -> bool:
    """Keep a wish; false if there is no room for it, or its id is another's."""
    kept = connection.execute(
        """
        insert into wish_elsewhere (id, actor, inbox, author, whose, about, place, at)
        select :id, :actor, :inbox, :author, :whose, :about, :place, :at
         where exists (select 1 from wish_elsewhere where id = :id)
            or ((select count(*) from wish_elsewhere where actor = :actor)
                    < :most_of_one
                and (select count(*) from wish_elsewhere) < :most)
            on conflict (id) do update
           set inbox = excluded.inbox, author = excluded.author,
               about = excluded.about, place = excluded.place
         where wish_elsewhere.actor = excluded.actor
        """,
        {
            **{name: getattr(said, name) for name in Elsewhere.__dataclass_fields__},
            "most_of_one": MOST_OF_ONE,
            "most": MOST,
        },
    )
    return kept.rowcount == 1


def drop(connection: sqlite3.Connection, *, id: str, actor: str) -> bool:
    """Drop a wish that its author took back; whether there was one of theirs."""
    gone = connection.execute(
        "delete from wish_elsewhere where id = :id and actor = :actor",
        {"id": id, "actor": actor},
    )
    return gone.rowcount == 1


def forget(connection: sqlite3.Connection, actor: str) -> None:
    """Drop what an actor wished who is gone. It may be called twice."""
    connection.execute(
        "delete from wish_elsewhere where actor = :actor", {"actor": actor}
    )


def every(connection: sqlite3.Connection) -> list[Elsewhere]:
    """Return all that are kept, the newest first."""
    rows = connection.execute("select * from wish_elsewhere order by at desc, id")
    return [Elsewhere(**dict(row)) for row in rows]
