"""Members' own actors, whom they follow, and what they like and hand on."""

import sqlite3
from dataclasses import dataclass

from instance.store import posts
from instance.store.posts import Actor


def keep(connection: sqlite3.Connection, *, actor: str, member: str) -> None:
    connection.execute(
        "insert into persona (actor, member) values (:actor, :member)",
        {"actor": actor, "member": member},
    )


def of(connection: sqlite3.Connection, member: str) -> Actor | None:
    """Return the actor that a member asked for, or None."""
    row = connection.execute(
        "select actor from persona where member = :member", {"member": member}
    ).fetchone()
    return None if row is None else posts.actor(connection, row["actor"])


def gone_at(connection: sqlite3.Connection, actor: str) -> str | None:
    """Return when an actor was taken back, or None."""
    row = connection.execute(
        "select gone_at from persona where actor = :actor", {"actor": actor}
    ).fetchone()
    return None if row is None or row["gone_at"] is None else str(row["gone_at"])


def is_one(connection: sqlite3.Connection, actor: str) -> bool:
    """Whether an actor is a member's own, and was not taken back."""
    row = connection.execute(
        "select 1 from persona where actor = :actor and gone_at is null",
        {"actor": actor},
    ).fetchone()
    return row is not None


def end(connection: sqlite3.Connection, actor: str, *, at: str) -> None:
    """Forget whose an actor was, whom it followed, and what it liked and handed on."""
    connection.execute(
        "update persona set member = null, gone_at = :at where actor = :actor",
        {"actor": actor, "at": at},
    )
    connection.execute(
        "update actor set name = username, summary = '' where path = :actor",
        {"actor": actor},
    )
    for statement in (
        "delete from following where actor = :actor",
        "delete from follower where actor = :actor",
        "delete from deed where actor = :actor",
        "delete from addressed where actor = :actor",
    ):
        connection.execute(statement, {"actor": actor})


def usernames(connection: sqlite3.Connection) -> list[str]:
    return [row["username"] for row in connection.execute("select username from actor")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Somebody whom one of our actors follows, or asked to."""

    followed: str
    follow: str
    inbox: str
    state: str
    at: str


def follow(
    connection: sqlite3.Connection,
    *,
    actor: str,
    followed: str,
    follow: str,
    inbox: str,
    at: str,
) -> None:
    """Keep that an actor of ours asked to follow somebody; asking anew starts anew."""
    connection.execute(
        """
        insert into following (actor, followed, follow, inbox, at)
        values (:actor, :followed, :follow, :inbox, :at)
            on conflict (actor, followed) do update
            set follow = excluded.follow, inbox = excluded.inbox, state = 'asked',
                at = excluded.at
        """,
        {
            "actor": actor,
            "followed": followed,
            "follow": follow,
            "inbox": inbox,
            "at": at,
        },
    )


def following(
    connection: sqlite3.Connection, actor: str, followed: str
) -> Following | None:
    row = connection.execute(
        "select * from following where actor = :actor and followed = :followed",
        {"actor": actor, "followed": followed},
    ).fetchone()
    return None if row is None else _following(row)


def all_followed(connection: sqlite3.Connection, actor: str) -> list[Following]:
    rows = connection.execute(
        "select * from following where actor = :actor order by at desc, followed",
        {"actor": actor},
    )
    return [_following(row) for row in rows]


def following_count(connection: sqlite3.Connection, actor: str) -> int:
    row = connection.execute(
        """
        select count(*) as n from following where actor = :actor and state = 'accepted'
        """,
        {"actor": actor},
    ).fetchone()
    return int(row["n"])


def _following(row: sqlite3.Row) -> Following:
    return Following(**{name: row[name] for name in Following.__dataclass_fields__})


def unfollow(connection: sqlite3.Connection, *, actor: str, followed: str) -> None:
    connection.execute(
        "delete from following where actor = :actor and followed = :followed",
        {"actor": actor, "followed": followed},
    )


def answered(
    connection: sqlite3.Connection,
    *,
    followed: str,
    follow: str | None,
    actor: str | None,
    accepted: bool,
) -> bool:
    """Keep the answer of whoever was asked; whether that was asked of them at all.

    The Follow is named by its id, or else by which of our actors sent it. A refusal
    may come later as well, and ends what was accepted.
    """
    found = connection.execute(
        """
        update following set state = iif(:accepted, 'accepted', 'refused')
         where followed = :followed
           and (follow = :follow or (:follow is null and actor = :actor))
           and (state = 'asked' or (state = 'accepted' and not :accepted))
        """,
        {
            "accepted": accepted,
            "followed": followed,
            "follow": follow,
            "actor": actor,
        },
    )
    return found.rowcount > 0


def is_followed(connection: sqlite3.Connection, actor: str) -> bool:
    """Whether somebody here follows an actor elsewhere."""
    row = connection.execute(
        """
        select 1 from following where followed = :actor and state = 'accepted' limit 1
        """,
        {"actor": actor},
    ).fetchone()
    return row is not None


def who_follow(connection: sqlite3.Connection, followed: str) -> list[Actor]:
    """Return our actors who follow somebody elsewhere, with their consent."""
    rows = connection.execute(
        """
        select actor from following
         where followed = :followed and state = 'accepted' order by actor
        """,
        {"followed": followed},
    )
    found = (posts.actor(connection, row["actor"]) for row in rows.fetchall())
    return [actor for actor in found if actor is not None]


def forget(connection: sqlite3.Connection, who: str) -> None:
    """Let nobody here follow somebody who is gone, nor read what they handed on."""
    connection.execute("delete from following where followed = :who", {"who": who})
    connection.execute("delete from boost where actor = :who", {"who": who})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A like, or a handing on, of a post."""

    kind: str
    activity: str
    inbox: str


def keep_deed(
    connection: sqlite3.Connection,
    *,
    actor: str,
    post: str,
    kind: str,
    activity: str,
    inbox: str,
    at: str,
) -> None:
    connection.execute(
        """
        insert into deed (actor, post, kind, activity, inbox, at)
        values (:actor, :post, :kind, :activity, :inbox, :at)
        """,
        {
            "actor": actor,
            "post": post,
            "kind": kind,
            "activity": activity,
            "inbox": inbox,
            "at": at,
        },
    )


def deeds(connection: sqlite3.Connection, *, actor: str, post: str) -> dict[str, Deed]:
    """Return what an actor of ours did with a post, by kind."""
    rows = connection.execute(
        "select * from deed where actor = :actor and post = :post",
        {"actor": actor, "post": post},
    )
    return {
        row["kind"]: Deed(
            kind=row["kind"], activity=row["activity"], inbox=row["inbox"]
        )
        for row in rows
    }


def drop_deed(
    connection: sqlite3.Connection, *, actor: str, post: str, kind: str
) -> None:
    connection.execute(
        """
        delete from deed where actor = :actor and post = :post and kind = :kind
        """,
        {"actor": actor, "post": post, "kind": kind},
    )


def objects_by(connection: sqlite3.Connection, actor: str) -> list[sqlite3.Row]:
    return connection.execute(
        "select * from object where actor = :actor order by id", {"actor": actor}
    ).fetchall()
