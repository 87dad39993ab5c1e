"""What a group passes on counts for its author only if the author vouches for it.

The signature of the one who passes it on says nothing about what is inside. Either a
proof by the author does, or the author's own server is asked (federation.md S23). A
like is worth no request: it needs the proof, or a group on its author's own server.
"""

import contextlib
from typing import Final

from activitypub import addresses, reading
from activitypub.canonical import JsonObject
from activitypub.errors import Forbidden, Malformed
from instance.dealings.practices import is_practice
from instance.desk import Desk
from instance.fediverse import callers
from instance.reception import fetched, libraries, reactions, replies, timelines
from instance.reception.effect import Effect
from instance.reception.senders import ours, thing_of_ours
from instance.store import personas, remote_posts

LIKES: Final = frozenset({"Like", "Undo"})
KINDS: Final = frozenset({"Create", "Update", "Delete"}) | LIKES


def hear(desk: Desk, announcer: str, activity: JsonObject, inner: JsonObject) -> Effect:
    """Deal with a post or a like of somebody's that a group passed on.

    Raises:
        Forbidden: we have nothing to do with its author.
        ProtocolError: it cannot be what it says.
    """
    author = reading.id_of(inner.get("actor"))
    if author is None or ours(desk, author) is not None:
        return Effect("ignored: nothing of anybody else's is inside it")
    if desk.judgement.bars(author):
        raise Forbidden("This node does not deal with the author.")
    if reading.type_of(inner) in LIKES:
        return _liked(desk, announcer, author, inner)
    post = reading.id_of(inner.get("object"))
    if post is None:
        return Effect("ignored: nothing is inside it")
    if not _concerns_us(desk, announcer, inner, post):
        return Effect("ignored: it concerns nobody here")
    kind = reading.type_of(inner)
    if callers.vouched(desk, inner) == author:
        effect = _by_author(desk, author, inner)
    elif kind == "Delete":
        effect = Effect("ignored: nobody vouches for it")
    else:
        found = inner.get("object")
        has_practice = isinstance(found, dict) and is_practice(found)
        fetched.ask_anew(
            desk,
            post,
            because=str(activity["id"]),
            kind="practice" if has_practice else "post",
        )
        effect = Effect("asked where it was written")
    if kind == "Create":
        timelines.handed_on(desk, announcer, {**activity, "object": post})
    return effect


def _liked(desk: Desk, announcer: str, author: str, inner: JsonObject) -> Effect:
    """Count a like that a group passed on, or take one back.

    A server could send the likes of its own people itself, so it is believed when a
    group of its does. See docs/decisions/0062.
    """
    id = reading.id_of(inner)
    if id is None or not _at_one_place(id, author):
        return Effect("ignored: it is not of its author's server")
    if not _at_one_place(announcer, author) and callers.vouched(desk, inner) != author:
        return Effect("ignored: nobody vouches for it")
    if reading.type_of(inner) == "Like":
        return reactions.like(desk, author, inner)
    undone = inner.get("object")
    if isinstance(undone, dict) and reading.type_of(undone) != "Like":
        return Effect("ignored: there is nothing of that kind to undo")
    return reactions.undo(desk, author, inner)


def _at_one_place(one: str, other: str) -> bool:
    """Whether two addresses are of one server.

    Raises:
        Malformed: one of them is no address.
    """
    return addresses.parse(one).origin == addresses.parse(other).origin


def _concerns_us(desk: Desk, announcer: str, inner: JsonObject, post: str) -> bool:
    """Whether it answers something of ours, is here, or somebody follows the group."""
    found = inner.get("object")
    parents = reading.ids_of(
        found.get("inReplyTo") if isinstance(found, dict) else None
    )
    return (
        any(thing_of_ours(desk, parent) is not None for parent in parents)
        or remote_posts.reply(desk.connection, post) is not None
        or personas.is_followed(desk.connection, announcer)
    )


def _keep_practice(desk: Desk, author: str, found: JsonObject) -> None:
    """Keep a practice for our library; it is read as a post all the same."""
    if is_practice(found):
        with contextlib.suppress(Malformed):
            libraries.keep(desk, author, found)


def _by_author(desk: Desk, author: str, inner: JsonObject) -> Effect:
    found = inner.get("object")
    if reading.type_of(inner) != "Delete" and isinstance(found, dict):
        _keep_practice(desk, author, found)
    match reading.type_of(inner), found:
        case "Delete", _:
            libraries.gone(desk, author, reading.id_of(inner.get("object")))
            return replies.delete(desk, author, inner)
        case "Create", dict():
            return replies.create(desk, author, inner, found)
        case "Update", dict():
            return replies.update(desk, author, inner, found)
        case _:
            return Effect("ignored: nothing is inside it")
