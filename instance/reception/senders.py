"""Who sent an activity, and whether what it speaks of is ours."""

import functools
from typing import Final

from activitypub import addresses, canonical, reading
from activitypub.canonical import JsonValue
from activitypub.errors import NotAuthentic
from instance import speech
from instance.desk import Desk
from instance.store import inbound, posts, remote_posts

SHOWN: Final = frozenset({"Note", "Article", "Page", "Question", "Event", "Video"})
"""The kinds of posts that people elsewhere write and that we show."""


def ours(desk: Desk, id: JsonValue) -> str | None:
    """Return the path of what has this address at our node, or had it, or None.

    What was published before the node moved keeps its address, and is still ours.
    """
    if not isinstance(id, str):
        return None
    if lives_here(desk, id):
        return id.removeprefix(f"{desk.config.base}/")
    for base in former_bases(desk):
        if id.startswith(f"{base}/"):
            return id.removeprefix(f"{base}/")
    return None


def lives_here(desk: Desk, id: JsonValue) -> bool:
    """Whether this is the address of today of what has it at our node."""
    return isinstance(id, str) and id.startswith(f"{desk.config.base}/")


def former_bases(desk: Desk) -> list[str]:
    """Return the origins at which this node was before."""
    return posts.former_bases(desk.connection, but=desk.config.base)


def thing_of_ours(desk: Desk, id: str) -> str | None:
    """Return the post of ours that this, or what it replied to, is about."""
    path = ours(desk, id)
    parent = None if path is None else posts.object_at(desk.connection, path)
    if parent is not None:
        return str(parent["id"]) if parent["public"] else None
    reply = remote_posts.reply(desk.connection, id)
    if reply is None or reply["visibility"] != "public":
        return None
    about: str | None = reply["about"]
    return about


def require_own(desk: Desk, id: str, actor: str) -> None:
    """Refuse whoever speaks of another's post as of their own.

    Raises:
        NotAuthentic: there is a post of another author under this id.
    """
    kept = remote_posts.reply(desk.connection, id)
    if kept is not None and kept["actor"] != actor:
        raise NotAuthentic("There is a post of another author under this id.")


def known(desk: Desk, actor: str) -> reading.Actor | None:
    """Return what is known of an actor, here or elsewhere, or None."""
    path = ours(desk, actor)
    if path is not None:
        found = posts.actor(desk.connection, path)
        if found is None:
            return None
        return reading.actor(speech.actor_document(desk, found))
    row = inbound.remote_actor(desk.connection, actor)
    return None if row is None or row["body"] is None else _read_actor(row["body"])


@functools.lru_cache(maxsize=512)
def _read_actor(text: str) -> reading.Actor:
    return reading.actor(canonical.read(text.encode()))


def handle(actor: str, who: reading.Actor | None) -> str:
    """Return how people call an actor elsewhere."""
    host = addresses.parse(actor).authority
    if who is None or who.username is None:
        return f"somebody at {host}"
    return f"{who.name} (@{who.username}@{host})"
