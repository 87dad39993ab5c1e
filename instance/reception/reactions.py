"""Likes and shares of our posts are welcome signs, and decide nothing.

Each counts once for each actor, however often it is sent and under whatever id.
"""

from typing import Final

from activitypub import canonical, reading
from activitypub.canonical import JsonObject, JsonValue
from instance.desk import Desk
from instance.fediverse.judgement import Severity
from instance.reception.effect import Effect
from instance.reception.senders import ours
from instance.store import posts, reactions
from instance.store.reactions import Kind

_NOT_OURS: Final = Effect("ignored: it is about no public post of ours")
_KEPT_AWAY: Final = Effect("ignored: moderators keep them out of our public lists")


def like(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Keep a like; whatever picture Misskey sends with it, it is one."""
    return _keep(desk, actor, activity, kind="like")


def sign(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Keep the picture that somebody answers with (c0e0)."""
    says = reading.sign_of(activity)
    if not says:
        return like(desk, actor, activity)
    return _keep(desk, actor, activity, kind="sign", says=says)


def share(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Keep that somebody passed one of our posts on."""
    return _keep(desk, actor, activity, kind="share")


def undo(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Take back what an actor did, named whole: by its id, or by what it was."""
    return take_back(desk, actor, activity) or _drop(desk, actor, activity)


def take_back(desk: Desk, actor: str, activity: JsonObject) -> Effect | None:
    """Take back what an actor did, by its id; None if there is no such thing."""
    id = reading.id_of(activity.get("object"))
    if id is None:
        return None
    gone = reactions.take_back(desk.connection, activity=id, actor=actor)
    return Effect("taken back") if gone else None


def _drop(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    inner = activity.get("object")
    if not isinstance(inner, dict):
        return Effect("ignored: there is nothing to take back")
    says = reading.sign_of(inner) if reading.type_of(inner) == "EmojiReact" else ""
    gone = reactions.drop(
        desk.connection,
        object=str(reading.id_of(inner.get("object"))),
        kind=_KINDS[str(reading.type_of(inner))],
        actor=actor,
        says=says,
    )
    return Effect("taken back" if gone else "ignored: there is nothing to take back")


def _keep(
    desk: Desk, actor: str, activity: JsonObject, *, kind: Kind, says: str = ""
) -> Effect:
    object = post_of_ours(desk, activity.get("object"))
    if object is None:
        return _NOT_OURS
    if desk.judgement.of(actor) is not Severity.NONE:
        return _KEPT_AWAY
    new = reactions.keep(
        desk.connection,
        object=object,
        kind=kind,
        actor=actor,
        activity=str(activity["id"]),
        at=canonical.write_time(desk.now),
        says=says,
    )
    return Effect(f"{kind} kept" if new else f"ignored: that {kind} is known")


def post_of_ours(desk: Desk, what: JsonValue) -> str | None:
    """Return the id of the public post of ours that is meant, or None."""
    ids = reading.ids_of(what)
    path = ours(desk, ids[0]) if len(ids) == 1 else None
    row = None if path is None else posts.object_at(desk.connection, path)
    return None if row is None or not row["public"] else str(row["id"])


_KINDS: Final[dict[str, Kind]] = {
    "Announce": "share",
    "EmojiReact": "sign",
    "Like": "like",
}
