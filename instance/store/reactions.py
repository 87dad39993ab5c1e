"""What people elsewhere did with our posts: liked them, shared them, gave a sign.

Each counts once. Pages show numbers; who it was stands only in the collections that
their own servers publish as well.
"""

import sqlite3
from dataclasses import dataclass
from typing import Literal

Kind = Literal["like", "share", "sign"]

MOST_LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many people did what. A sign is one of the pictures that some answer with."""

    likes: int = 0
    shares: int = 0
    signs: int = 0


def keep(
    connection: sqlite3.Connection,
    *,
    object: str,
    kind: Kind,
    actor: str,
    activity: str,
    at: str,
    says: str = "",
) -> bool:
    """Keep what somebody did with a post; again it changes nothing.

    Returns whether it is new.
    """
    kept = connection.execute(
        """
        insert into reaction (object, kind, actor, says, activity, at)
        values (:object, :kind, :actor, :says, :activity, :at)
            on conflict do nothing
        """,
        {
            "object": object,
            "kind": kind,
            "actor": actor,
            "says": says,
            "activity": activity,
            "at": at,
        },
    )
    return kept.rowcount == 1


def take_back(connection: sqlite3.Connection, *, activity: str, actor: str) -> bool:
    """Drop what an activity did, if it was this actor's; whether there was any."""
    dropped = connection.execute(
        "delete from reaction where activity = :activity and actor = :actor",
        {"activity": activity, "actor": actor},
    )
    return dropped.rowcount > 0


def drop(
    connection: sqlite3.Connection, *, object: str, kind: Kind, actor: str, says: str
) -> bool:
    """Drop what somebody did with a post, by what it was; whether there was any."""
    dropped = connection.execute(
        """
        delete from reaction
         where object = :object and kind = :kind and actor = :actor and says = :says
        """,
        {"object": object, "kind": kind, "actor": actor, "says": says},
    )
    return dropped.rowcount > 0


def counts(connection: sqlite3.Connection, object: str) -> Counts:
    """Count the people who did something with a post."""
    row = connection.execute(
        """
        select count(distinct actor) filter (where kind = 'like') as likes,
               count(distinct actor) filter (where kind = 'share') as shares,
               count(distinct actor) filter (where kind = 'sign') as signs
          from reaction where object = :object
        """,
        {"object": object},
    ).fetchone()
    return Counts(likes=row["likes"], shares=row["shares"], signs=row["signs"])


def newest(connection: sqlite3.Connection, object: str, *, kind: Kind) -> list[str]:
    """Return the ids of the activities that did this to a post, the newest first."""
    return [
        str(row["activity"])
        for row in connection.execute(
            """
            select activity from reaction where object = :object and kind = :kind
             order by at desc, activity limit :most
            """,
            {"object": object, "kind": kind, "most": MOST_LISTED},
        )
    ]


def forget(connection: sqlite3.Connection, actor: str) -> None:
    """Drop all that an actor who is gone ever did with our posts."""
    connection.execute("delete from reaction where actor = :actor", {"actor": actor})
