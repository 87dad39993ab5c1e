"""A request to follow an actor of ours is accepted, and ended when they say so."""

from activitypub import canonical, documents, reading
from activitypub.canonical import JsonObject
from instance import speech
from instance.desk import Desk
from instance.fediverse.judgement import Severity
from instance.reception.effect import Effect
from instance.reception.senders import known, lives_here, ours
from instance.store import moderation, personas, posts, software


def follow(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Take a follower in, and say so to their server."""
    asked = reading.id_of(activity.get("object"))
    # Whoever moved is followed where they are now: they said so, and where (W18).
    path = ours(desk, asked) if lives_here(desk, asked) else None
    followed = None if path is None else posts.actor(desk.connection, path)
    if followed is None or personas.gone_at(desk.connection, followed.path):
        return Effect("ignored: nobody of that address lives here")
    follower = known(desk, actor)
    if follower is None:
        return Effect("ignored: the follower is not known")
    if desk.judgement.of(actor) is not Severity.NONE:
        moderation.ask_to_follow(
            desk.connection,
            actor=followed.path,
            follower=actor,
            activity=activity,
            at=canonical.write_time(desk.now),
        )
        return Effect("waits for a moderator to let them follow")
    accept(desk, followed.path, follower, activity)
    return Effect("followed")


def accept(
    desk: Desk, path: str, follower: reading.Actor, activity: JsonObject
) -> None:
    """Let somebody follow one of our actors, and say so to their server."""
    posts.follow(
        desk.connection,
        actor=path,
        follower=follower.id,
        inbox=follower.inbox,
        shared_inbox=follower.shared_inbox,
        follow=str(activity["id"]),
        at=canonical.write_time(desk.now),
    )
    software.ask(desk.connection, inbox=follower.inbox, at=desk.seconds)
    speech.answer(
        desk,
        path,
        documents.accept(
            activity,
            id=speech.address(desk, f"a/{desk.new_id()}"),
            actor=speech.address(desk, path),
        ),
        inbox=follower.inbox,
    )


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
    moderation.forget_request(desk.connection, actor=path, follower=actor)
    return Effect("unfollowed")


def block(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Let whoever blocks an actor of ours go, and follow them no more."""
    path = ours(desk, reading.id_of(activity.get("object")))
    if path is None or posts.actor(desk.connection, path) is None:
        return Effect("ignored: nobody of that address lives here")
    posts.unfollow(desk.connection, follower=actor, actor=path)
    moderation.forget_request(desk.connection, actor=path, follower=actor)
    personas.unfollow(desk.connection, actor=path, followed=actor)
    return Effect("blocked: they follow us no more")
