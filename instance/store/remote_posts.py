"""Posts of people elsewhere: what they replied to us, and what our members follow."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePost:
    """A post of somebody elsewhere, cleaned. ``about`` is what it replies to of ours.

    ``visibility`` is ``public``, ``followers`` or ``direct``; ``shown_to`` says how far
    moderators let it be seen.
    """

    id: str
    about: str | None
    in_reply_to: str | None
    actor: str
    author: str
    type: str
    name: str | None
    summary: str | None
    content: str
    url: str | None
    thread: str | None
    visibility: str
    published: str
    received_at: str
    shown_to: str = "everyone"
    pictures: tuple[tuple[str, str], ...] = ()


def keep_remote_post(connection: sqlite3.Connection, post: RemotePost) -> bool:
    """Keep a post from elsewhere; one of an id that is known changes nothing.

    Returns whether it is new.
    """
    found = connection.execute(
        """
        insert into remote_post
               (id, about, in_reply_to, actor, author, type, name, summary, content,
                url, thread, visibility, published, received_at, shown_to, pictures)
        values (:id, :about, :in_reply_to, :actor, :author, :type, :name, :summary,
                :content, :url, :thread, :visibility, :published, :received_at,
                :shown_to, :pictures)
            on conflict (id) do nothing
        """,
        {
            **{name: getattr(post, name) for name in RemotePost.__dataclass_fields__},
            "pictures": json.dumps(post.pictures, ensure_ascii=False),
        },
    )
    return found.rowcount == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What changes in a post from elsewhere; ``updated`` as its author gives it."""

    id: str
    actor: str
    name: str | None
    summary: str | None
    content: str
    visibility: str
    updated: str | None


def edit_reply(connection: sqlite3.Connection, edit: Edit) -> bool:
    """Change a post from elsewhere, if it is this actor's; whether it was changed.

    An older form does not come back, and nobody sees it who could not see it before.
    """
    found = connection.execute(
        """
        update remote_post
           set content = :content, name = :name, summary = :summary, updated = :updated,
               visibility = case visibility when 'public' then :visibility
                                            else visibility end
         where id = :id and actor = :actor and deleted_at is null
           and coalesce(:updated, '9') >= coalesce(updated, '')
        """,
        {name: getattr(edit, name) for name in Edit.__dataclass_fields__},
    )
    return found.rowcount == 1


def drop_reply(connection: sqlite3.Connection, *, id: str, actor: str, at: str) -> bool:
    """Empty a post from elsewhere, if it is this actor's; whether there was any."""
    found = connection.execute(
        """
        update remote_post
           set content = '', author = '', name = null, summary = null, url = null,
               deleted_at = :at
         where id = :id and actor = :actor and deleted_at is null
        """,
        {"id": id, "actor": actor, "at": at},
    )
    return found.rowcount == 1


def drop_replies_of(connection: sqlite3.Connection, actor: str, *, at: str) -> None:
    """Empty all posts of an actor elsewhere who is gone."""
    connection.execute(
        """
        update remote_post
           set content = '', author = '', name = null, summary = null, url = null,
               deleted_at = :at
         where actor = :actor and deleted_at is null
        """,
        {"actor": actor, "at": at},
    )


def replies(
    connection: sqlite3.Connection,
    about: str,
    *,
    shown_to: Literal["everyone", "members"] = "everyone",
) -> list[sqlite3.Row]:
    """Return replies that everyone may see, or instead those that only members may.

    What was meant for fewer people than what it answers is not among them (S48). Those
    taken back are, as empty places.
    """
    return connection.execute(
        """
        select * from remote_post
         where about = :about and visibility = 'public'
           and shown_to = :shown_to
         order by received_at, id
        """,
        {"about": about, "shown_to": shown_to},
    ).fetchall()


def reply_ids(connection: sqlite3.Connection, about: str) -> list[str]:
    """Return the ids of the replies that everyone may see, without empty places."""
    rows = connection.execute(
        """
        select id from remote_post
         where about = :about and visibility = 'public' and shown_to = 'everyone'
           and deleted_at is null
         order by received_at, id
        """,
        {"about": about},
    )
    return [str(row["id"]) for row in rows]


def reply(connection: sqlite3.Connection, id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "select * from remote_post where id = :id", {"id": id}
    ).fetchone()
    return row


def is_about_assembly(connection: sqlite3.Connection, id: str, *, group: str) -> bool:
    """Whether a post from elsewhere belongs to the assembly's own threads, or to one
    that somebody began in its group.
    """
    row = connection.execute(
        """
        select 1 from remote_post left join object on object.id = remote_post.about
         where remote_post.id = :id
           and (remote_post.about = :group
                or object.actor not in (select actor from persona))
        """,
        {"id": id, "group": group},
    ).fetchone()
    return row is not None
