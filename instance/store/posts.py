"""What our actors said, who follows them, and what is on its way to whom."""

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from activitypub.canonical import JsonObject

IN_OTHER_WORDS: Final = "In other words"
"""The kind of a post that says what another one says, for those who cannot read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An actor that lives here. Sealed keys open under ``path``."""

    path: str
    kind: str
    username: str
    name: str
    summary: str
    member: str | None
    rsa: bytes
    ed25519: bytes | None
    public_ed25519: str
    created_at: str


def _actor(row: sqlite3.Row) -> Actor:
    return Actor(**{name: row[name] for name in Actor.__dataclass_fields__})


def keep_actor(connection: sqlite3.Connection, actor: Actor) -> None:
    connection.execute(
        """
        insert into actor (path, kind, username, name, summary, member,
                           rsa, ed25519, public_ed25519, created_at)
        values (:path, :kind, :username, :name, :summary, :member,
                :rsa, :ed25519, :public_ed25519, :created_at)
        """,
        {name: getattr(actor, name) for name in Actor.__dataclass_fields__},
    )


def actor(connection: sqlite3.Connection, path: str) -> Actor | None:
    row = connection.execute(
        "select * from actor where path = :path", {"path": path}
    ).fetchone()
    return None if row is None else _actor(row)


def actor_named(connection: sqlite3.Connection, username: str) -> Actor | None:
    row = connection.execute(
        "select * from actor where username = :username", {"username": username}
    ).fetchone()
    return None if row is None else _actor(row)


def actor_of(connection: sqlite3.Connection, member: str) -> Actor | None:
    row = connection.execute(
        "select * from actor where member = :member", {"member": member}
    ).fetchone()
    return None if row is None else _actor(row)


def actor_count(connection: sqlite3.Connection) -> int:
    row = connection.execute("select count(*) as n from actor").fetchone()
    return int(row["n"])


def living_actors(connection: sqlite3.Connection) -> list[str]:
    """Return the paths of all actors that are not gone."""
    return [
        row["path"]
        for row in connection.execute(
            """
            select path from actor
              left join persona on persona.actor = actor.path
             where persona.gone_at is null order by path
            """
        )
    ]


def leave_base(connection: sqlite3.Connection, base: str, *, at: int) -> None:
    """Keep where this node was until now."""
    connection.execute(
        """
        insert into former_base (base, left_at) values (:base, :at)
            on conflict (base) do update set left_at = excluded.left_at
        """,
        {"base": base, "at": at},
    )


def former_bases(connection: sqlite3.Connection, *, but: str) -> list[str]:
    """Return the origins at which this node was before, but for one, newest first."""
    rows = connection.execute(
        "select base from former_base where base <> :but order by left_at desc, base",
        {"but": but},
    )
    return [row["base"] for row in rows]


def describe(
    connection: sqlite3.Connection, path: str, *, name: str, summary: str
) -> bool:
    """Keep what people read about an actor of ours; whether that is anything new."""
    found = connection.execute(
        """
        update actor set name = :name, summary = :summary
         where path = :path and (name, summary) <> (:name, :summary)
        """,
        {"path": path, "name": name, "summary": summary},
    )
    return found.rowcount == 1


def followers(
    connection: sqlite3.Connection, actor: str, *, most: int
) -> list[sqlite3.Row]:
    """Return who follows an actor of ours, the newest first."""
    return connection.execute(
        """
        select follower, inbox, follow, at from follower where actor = :actor
         order by at desc, follower limit :most
        """,
        {"actor": actor, "most": most},
    ).fetchall()


def follower(
    connection: sqlite3.Connection, *, actor: str, follower: str
) -> sqlite3.Row | None:
    """Return how somebody follows an actor of ours, or None if they do not."""
    row: sqlite3.Row | None = connection.execute(
        "select * from follower where actor = :actor and follower = :follower",
        {"actor": actor, "follower": follower},
    ).fetchone()
    return row


def replace_rsa(connection: sqlite3.Connection, path: str, rsa: bytes) -> None:
    """Keep another sealed key for an actor's requests in place of the one before."""
    connection.execute(
        "update actor set rsa = :rsa where path = :path", {"rsa": rsa, "path": path}
    )


def replace_ed25519(
    connection: sqlite3.Connection, path: str, *, ed25519: bytes, public_ed25519: str
) -> None:
    """Keep another sealed key for what an actor signs in place of the one before."""
    connection.execute(
        """
        update actor set ed25519 = :sealed, public_ed25519 = :key where path = :path
        """,
        {"path": path, "sealed": ed25519, "key": public_ed25519},
    )


def hand_key_over(
    connection: sqlite3.Connection, path: str, *, public_ed25519: str
) -> None:
    """Let an actor's own key be one that is held elsewhere."""
    connection.execute(
        """
        update actor set ed25519 = null, public_ed25519 = :key where path = :path
        """,
        {"path": path, "key": public_ed25519},
    )


def keep_object(
    connection: sqlite3.Connection,
    *,
    id: str,
    path: str,
    actor: str,
    kind: str | None,
    entry: str | None,
    thread: str | None,
    document: JsonObject,
    about: str | None = None,
    public: bool = True,
) -> None:
    """Keep an object that one of our actors published.

    ``about`` names what it is about where that is no entry, such as ``session:1``: of
    each kind there is one about it.
    """
    connection.execute(
        """
        insert into object
               (id, path, type, actor, kind, entry, thread, about, body, published,
                public)
        values (:id, :path, :type, :actor, :kind, :entry, :thread, :about, :body,
                :published, :public)
        """,
        {
            "id": id,
            "path": path,
            "type": document["type"],
            "actor": actor,
            "kind": kind,
            "entry": entry,
            "thread": thread,
            "about": about,
            "body": json.dumps(document, ensure_ascii=False),
            "published": document["published"],
            "public": int(public),
        },
    )


def object_at(connection: sqlite3.Connection, path: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "select * from object where path = :path", {"path": path}
    ).fetchone()
    return row


def object_of(connection: sqlite3.Connection, id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "select * from object where id = :id", {"id": id}
    ).fetchone()
    return row


def carrier_of(connection: sqlite3.Connection, entry: str) -> sqlite3.Row | None:
    """Return the post that carries an entry, or None."""
    row: sqlite3.Row | None = connection.execute(
        "select * from object where entry = :entry", {"entry": entry}
    ).fetchone()
    return row


def object_about(
    connection: sqlite3.Connection, about: str, *, kind: str
) -> sqlite3.Row | None:
    """Return the post of a kind about something that has no entry, or None."""
    row: sqlite3.Row | None = connection.execute(
        "select * from object where about = :about and kind = :kind",
        {"about": about, "kind": kind},
    ).fetchone()
    return row


def objects_naming(
    connection: sqlite3.Connection, texts: Iterable[str], *, actor: str
) -> list[sqlite3.Row]:
    """Return the posts of one of our actors in which any of these texts stands."""
    # As they stand in the JSON of a body, without the quotes around them.
    written = [json.dumps(text, ensure_ascii=False)[1:-1] for text in texts]
    return connection.execute(
        """
        select * from object
         where actor = :actor
           and exists (select 1 from json_each(:written)
                        where instr(object.body, value) > 0)
         order by published, id
        """,
        {"actor": actor, "written": json.dumps(written)},
    ).fetchall()


def objects_of_kind(
    connection: sqlite3.Connection, kind: str, *, most: int
) -> list[sqlite3.Row]:
    """Return the public posts of a kind, the newest first."""
    return connection.execute(
        """
        select * from object where kind = :kind and public = 1
         order by published desc, id desc limit :most
        """,
        {"kind": kind, "most": most},
    ).fetchall()


def told_about(connection: sqlite3.Connection, *, kind: str) -> set[str]:
    """Return all that has a post of a kind about it."""
    rows = connection.execute(
        "select about from object where kind = :kind and about is not null",
        {"kind": kind},
    )
    return {str(row["about"]) for row in rows}


def revise_object(
    connection: sqlite3.Connection, id: str, *, document: JsonObject
) -> None:
    """Keep the changed form of a post; what it carries stays as it was."""
    connection.execute(
        "update object set body = :body where id = :id",
        {"id": id, "body": json.dumps(document, ensure_ascii=False)},
    )


def _about(connection: sqlite3.Connection, id: str) -> list[sqlite3.Row]:
    """Find what published or handed on a post, or changed it.

    All activities are looked through: a post is rarely deleted.
    """
    return connection.execute(
        """
        select id, type from activity
         where :id in (json_extract(body, '$.object'),
                       json_extract(body, '$.object.id'),
                       json_extract(body, '$.object.object.id'))
        """,
        {"id": id},
    ).fetchall()


def told_of(connection: sqlite3.Connection, id: str) -> list[str]:
    """Return the inboxes to which anything that we said about a post was sent."""
    about = [row["id"] for row in _about(connection, id)]
    rows = connection.execute(
        """
        select distinct inbox from delivery
         where activity in (select value from json_each(:about)) order by inbox
        """,
        {"about": json.dumps(about)},
    )
    return [row["inbox"] for row in rows]


def bury(
    connection: sqlite3.Connection, id: str, *, stone: JsonObject, at: str
) -> None:
    """Put a tombstone in the place of a post of ours and of all that carried it.

    What is on its way with it does not arrive any more.
    """
    connection.execute(
        "update object set body = :body, type = 'Tombstone' where id = :id",
        {"id": id, "body": json.dumps(stone, ensure_ascii=False)},
    )
    about = _about(connection, id)
    connection.executemany(
        """
        update delivery set due_at = null, outcome = 'withdrawn'
         where activity = :activity and due_at is not null
        """,
        [{"activity": row["id"]} for row in about],
    )
    connection.executemany(
        "update activity set body = :body, listed = 0 where id = :id",
        [
            {
                "id": row["id"],
                "body": json.dumps(
                    {
                        "@context": stone["@context"],
                        "id": row["id"],
                        "type": "Tombstone",
                        "formerType": row["type"],
                        "deleted": at,
                    },
                    ensure_ascii=False,
                ),
            }
            for row in about
        ],
    )


def newest_objects(
    connection: sqlite3.Connection, *, most: int, thread: str | None = None
) -> list[sqlite3.Row]:
    return connection.execute(
        """
        select * from object
         where public = 1
           and (thread = :thread
                or (:thread is null
                    and type <> 'Tombstone'
                    and actor not in (select actor from persona)))
           and coalesce(kind, '') <> :twice
         order by published desc, id desc limit :most
        """,
        {"most": most, "thread": thread, "twice": IN_OTHER_WORDS},
    ).fetchall()


def keep_activity(
    connection: sqlite3.Connection,
    *,
    path: str,
    actor: str,
    document: JsonObject,
    published: str,
    public: bool,
    listed: bool = True,
) -> None:
    """Keep an activity of ours; public ones are listed in the actor's outbox.

    One that is not ``listed`` says what another one says already, in another form.
    """
    connection.execute(
        """
        insert into activity (id, path, actor, type, body, published, public, listed)
        values (:id, :path, :actor, :type, :body, :published, :public, :listed)
        """,
        {
            "id": document["id"],
            "path": path,
            "actor": actor,
            "type": document["type"],
            "body": json.dumps(document, ensure_ascii=False),
            "published": published,
            "public": int(public),
            "listed": int(listed),
        },
    )


def activity_at(connection: sqlite3.Connection, path: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "select * from activity where path = :path", {"path": path}
    ).fetchone()
    return row


def outbox_size(connection: sqlite3.Connection, actor: str) -> int:
    row = connection.execute(
        """
        select count(*) as n from activity
         where actor = :actor and public = 1 and listed = 1
        """,
        {"actor": actor},
    ).fetchone()
    return int(row["n"])


def outbox(
    connection: sqlite3.Connection, actor: str, *, skip: int, most: int
) -> list[sqlite3.Row]:
    """Return public activities, the newest first."""
    return connection.execute(
        """
        select * from activity where actor = :actor and public = 1 and listed = 1
         order by published desc, id desc limit :most offset :skip
        """,
        {"actor": actor, "skip": skip, "most": most},
    ).fetchall()


def follow(
    connection: sqlite3.Connection,
    *,
    actor: str,
    follower: str,
    inbox: str,
    shared_inbox: str | None,
    follow: str,
    at: str,
) -> None:
    """Keep a follower; a repeated Follow is kept under its newest id."""
    connection.execute(
        """
        insert into follower (actor, follower, inbox, shared_inbox, follow, at)
        values (:actor, :follower, :inbox, :shared_inbox, :follow, :at)
            on conflict (actor, follower) do update
            set follow = excluded.follow, inbox = excluded.inbox,
                shared_inbox = excluded.shared_inbox
        """,
        {
            "actor": actor,
            "follower": follower,
            "inbox": inbox,
            "shared_inbox": shared_inbox,
            "follow": follow,
            "at": at,
        },
    )


def unfollow(
    connection: sqlite3.Connection, *, follower: str, actor: str | None = None
) -> None:
    connection.execute(
        """
        delete from follower
         where follower = :follower and (:actor is null or actor = :actor)
        """,
        {"actor": actor, "follower": follower},
    )


def is_follower(connection: sqlite3.Connection, *, actor: str, follower: str) -> bool:
    """Whether somebody elsewhere follows one of our actors."""
    return (
        connection.execute(
            "select 1 from follower where actor = :actor and follower = :follower",
            {"actor": actor, "follower": follower},
        ).fetchone()
        is not None
    )


def followers_on(connection: sqlite3.Connection, actor: str, host: str) -> list[str]:
    """Return those who follow an actor of ours from a host (``https://b.example``)."""
    return [
        row["follower"]
        for row in connection.execute(
            """
            select follower from follower
             where actor = :actor
               and follower >= :host || '/' and follower < :host || '0'
             order by follower
            """,
            {"actor": actor, "host": host},
        )
    ]


def followed_by(
    connection: sqlite3.Connection, *, follow: str, follower: str
) -> str | None:
    """Return which of our actors a Follow, named by its id, concerns."""
    row = connection.execute(
        "select actor from follower where follow = :follow and follower = :follower",
        {"follow": follow, "follower": follower},
    ).fetchone()
    return None if row is None else str(row["actor"])


def follower_count(connection: sqlite3.Connection, actor: str) -> int:
    row = connection.execute(
        "select count(*) as n from follower where actor = :actor", {"actor": actor}
    ).fetchone()
    return int(row["n"])


def deliver_to_followers(
    connection: sqlite3.Connection,
    *,
    of: str,
    by: str,
    activity: str,
    at: int,
    only: Collection[str] | None = None,
    but: Collection[str] = (),
) -> None:
    """Put an activity of one actor on its way to each inbox of another's followers.

    Args:
        connection: inside a transaction.
        of: whose followers.
        by: who signs it.
        activity: the id under which it is kept.
        at: seconds since 1970.
        only: the names of software, if it is for servers known to run these alone.
        but: the names of software that it is not for.
    """
    connection.execute(
        """
        insert into delivery (host, inbox, activity, actor, first_at, due_at)
        select lane, inbox, :activity, :by, :at, :at
          from (select distinct coalesce(shared_inbox, inbox) as inbox,
                       substr(coalesce(shared_inbox, inbox), 1,
                              instr(substr(coalesce(shared_inbox, inbox), 9), '/') + 7)
                       as lane
                  from follower where actor = :of)
          left join host on host.name = lane
         where (:only is null
                or software in (select value from json_each(:only)))
           and coalesce(software, '') not in (select value from json_each(:but))
            on conflict (activity, inbox) do nothing
        """,
        {
            "of": of,
            "by": by,
            "activity": activity,
            "at": at,
            "only": None if only is None else json.dumps(sorted(only)),
            "but": json.dumps(sorted(but)),
        },
    )


def deliver(
    connection: sqlite3.Connection,
    *,
    inboxes: Iterable[str],
    actor: str,
    activity: str,
    at: int,
) -> None:
    """Put an activity on its way to these inboxes, once to each."""
    connection.executemany(
        """
        insert into delivery (host, inbox, activity, actor, first_at, due_at)
        values (substr(:inbox, 1, instr(substr(:inbox, 9), '/') + 7),
                :inbox, :activity, :actor, :at, :at)
            on conflict (activity, inbox) do nothing
        """,
        [
            {"inbox": inbox, "actor": actor, "activity": activity, "at": at}
            for inbox in inboxes
        ],
    )


def hand_on(
    connection: sqlite3.Connection,
    *,
    activity: str,
    actor: str,
    at: int,
    most: int,
    since: int,
) -> bool:
    """Write down that an activity is handed on; false if it may not be (again)."""
    done = connection.execute(
        """
        insert into handed_on (activity, actor, at)
        select :activity, :actor, :at
         where (select count(*) from handed_on
                 where actor = :actor and at > :since) < :most
            on conflict (activity) do nothing
        """,
        {"activity": activity, "actor": actor, "at": at, "most": most, "since": since},
    )
    return done.rowcount > 0
