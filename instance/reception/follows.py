"""A request to follow an actor of ours is accepted, and ended when they say so."""

from activitypub import canonical, documents, reading
from activitypub.canonical import JsonObject
from instance import speech
from instance.desk import Desk
from instance.reception.effect import Effect
from instance.reception.senders import known, ours
from instance.store import posts


def follow(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Take a follower in, and say so to their server."""
    path = ours(desk, reading.id_of(activity.get("object")))
    followed = None if path is None else posts.actor(desk.connection, path)
    if followed is None:
        return Effect("ignored: nobody of that address lives here")
    follower = known(desk, actor)
    if follower is None:
        return Effect("ignored: the follower is not known")
    posts.follow(
        desk.connection,
        actor=followed.path,
        follower=actor,
        inbox=follower.inbox,
        shared_inbox=follower.shared_inbox,
        follow=str(activity["id"]),
        at=canonical.write_time(desk.now),
    )
    speech.answer(
        desk,
        followed.path,
        documents.accept(
            activity,
            id=speech.address(desk, f"a/{desk.new_id()}"),
            actor=speech.address(desk, followed.path),
        ),
        inbox=follower.inbox,
    )
    return Effect("followed")


def unfollow(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Let a follower go; the Follow is named by its id or given whole."""
    inner = activity.get("object")
    id = reading.id_of(inner)
    path = posts.followed_by(desk.connection, follow=str(id), follower=actor)
    if path is None and isinstance(inner, dict):
        path = ours(desk, reading.id_of(inner.get("object")))
    if path is None:
        return Effect("ignored: no such follow is known")
    posts.unfollow(desk.connection, follower=actor, actor=path)
    return Effect("unfollowed")
