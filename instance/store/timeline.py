"""What a member may read of posts here and elsewhere, worked out from what is kept.

Nothing is copied into timelines: whom somebody follows and what those wrote is looked
up when it is read, so that following, unfollowing and deleting take effect at once. See
docs/decisions/0056.
"""

import sqlite3
from dataclasses import dataclass, replace
from typing import Final

DEEPEST: Final = 10
"""How many posts up and down from one belong on its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post as somebody may read it. ``path`` is that of one of ours, else None.

    ``pictures`` is a list in JSON: where each lies, and what is to be seen on it.
    ``by`` is who handed it on, if that is how it came there.
    """

    id: str
    author: str
    handle: str
    name: str | None
    summary: str | None
    content: str
    in_reply_to: str | None
    url: str | None
    thread: str | None
    visibility: str
    at: str
    path: str | None
    pictures: str = "[]"
    by: str | None = None


def _post(row: sqlite3.Row) -> Post:
    held = set(row.keys())
    names = Post.__dataclass_fields__.keys() & held
    return Post(**{name: row[name] for name in names})


def home(
    connection: sqlite3.Connection,
    *,
    me: str,
    address: str,
    before: tuple[str, str],
    most: int,
) -> list[Post]:
    """Return what those wrote or handed on whom one of our actors follows.

    Each is there at the time at which it was written or, if that is later, handed on.

    Args:
        connection: inside a transaction.
        me: the path of our actor.
        address: the same as an address.
        before: a time and an id; only what is older is returned.
        most: how many, the newest first.
    """
    base = address.removesuffix(f"/{me}")
    found: list[Post] = []
    while len(found) < most:
        rows = _candidates(connection, me, base, before=before, most=most)
        for row in rows:
            readable = post(connection, me=me, id=row["id"])
            if readable is not None:
                found.append(replace(readable, at=row["at"], by=row["by"]))
        if len(rows) < most:
            break
        before = rows[-1]["at"], rows[-1]["id"]
    return found[:most]


def _candidates(
    connection: sqlite3.Connection,
    me: str,
    base: str,
    *,
    before: tuple[str, str],
    most: int,
) -> list[sqlite3.Row]:
    """Find what belongs in a timeline, if it may be read; that is another question."""
    return connection.execute(
        """
        with followed as (
            select followed as id from following
             where actor = :me and state = 'accepted'
            union select :base || '/' || :me),
        there as (
            select id, min(published, received_at) as at, null as by from remote_post
             where actor in (select id from followed)
            union all
            select id, published, null from object
             where actor in (select substr(id, length(:base) + 2) from followed
                              where id like :base || '/%')
            union all
            select post, min(published, received_at), null
              from addressed join remote_post on remote_post.id = addressed.post
             where addressed.actor = :me
            union all
            select post, at, actor from boost
             where actor in (select id from followed)),
        newest as (
            select * from there where (at, id) < (:before_at, :before_id)
             order by at desc, id desc limit 4 * :most)
        select id, max(at) as at, by from newest group by id
         order by at desc, id desc limit :most
        """,
        {
            "me": me,
            "base": base,
            "before_at": before[0],
            "before_id": before[1],
            "most": most,
        },
    ).fetchall()


def by(
    connection: sqlite3.Connection, *, me: str, author: str, most: int
) -> list[Post]:
    """Return the newest posts of somebody that one of our actors may read."""
    rows = connection.execute(
        """
        select * from readable where reader = :me and author = :author
         order by at desc, id desc limit :most
        """,
        {"me": me, "author": author, "most": most},
    )
    return [_post(row) for row in rows]


def post(connection: sqlite3.Connection, *, me: str, id: str) -> Post | None:
    """Return a post, if it is known and one of our actors may read it."""
    row = connection.execute(
        "select * from readable where reader = :me and id = :id", {"me": me, "id": id}
    ).fetchone()
    return None if row is None else _post(row)


def above(connection: sqlite3.Connection, *, me: str, of: Post) -> list[Post]:
    """Return what a post answers, step by step, the beginning first."""
    found = [of]
    while len(found) <= DEEPEST:
        wanted = found[-1].in_reply_to
        if wanted is None or any(each.id == wanted for each in found):
            break
        parent = post(connection, me=me, id=wanted)
        if parent is None:
            break
        found.append(parent)
    return found[:0:-1]


def below(connection: sqlite3.Connection, *, me: str, id: str, most: int) -> list[Post]:
    """Return the answers to a post and the answers to these, oldest first."""
    rows = connection.execute(
        """
        with recursive mine as materialized (
            select * from readable where reader = :me and in_reply_to is not null),
        under (id, depth) as (
            select id, 1 from mine where in_reply_to = :id
            union
            select mine.id, under.depth + 1
              from mine join under on mine.in_reply_to = under.id
             where under.depth < :deepest)
        select mine.* from mine where id in (select id from under) and id <> :id
         order by at, id limit :most
        """,
        {"me": me, "id": id, "most": most, "deepest": DEEPEST},
    )
    return [_post(row) for row in rows]


def address_to(connection: sqlite3.Connection, post: str, actors: list[str]) -> None:
    """Keep which of our members' actors a post from elsewhere is addressed to."""
    connection.executemany(
        """
        insert into addressed (post, actor)
        select :post, actor from persona where actor = :actor and gone_at is null
            on conflict do nothing
        """,
        [{"post": post, "actor": actor} for actor in actors],
    )


def keep_boost(
    connection: sqlite3.Connection, *, id: str, actor: str, post: str, at: str
) -> None:
    connection.execute(
        """
        insert into boost (id, actor, post, at) values (:id, :actor, :post, :at)
            on conflict (id) do nothing
        """,
        {"id": id, "actor": actor, "post": post, "at": at},
    )


def drop_boost(connection: sqlite3.Connection, *, id: str, actor: str) -> bool:
    """Take back a handing on; whether there was one of this actor's."""
    found = connection.execute(
        "delete from boost where id = :id and actor = :actor",
        {"id": id, "actor": actor},
    )
    return found.rowcount > 0


def forget_old(connection: sqlite3.Connection, *, before: str) -> None:
    """Drop posts from elsewhere that nobody here has anything to do with.

    Those stay that answer something of ours, are addressed to one of us, or were liked,
    handed on or answered here.
    """
    connection.execute(
        """
        delete from remote_post
         where received_at < :before and about is null
           and not exists (select 1 from deed where deed.post = remote_post.id)
           and not exists (select 1 from addressed where post = remote_post.id)
           and not exists (
                select 1 from object
                 where json_extract(object.body, '$.inReplyTo') = remote_post.id)
        """,
        {"before": before},
    )
    connection.execute("delete from boost where at < :before", {"before": before})
