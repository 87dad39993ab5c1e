"""What actors elsewhere say of themselves."""

from activitypub import canonical, reading
from activitypub.canonical import JsonObject
from instance.desk import Desk
from instance.reception.effect import Effect
from instance.reception.senders import known
from instance.store import attendance, inbound, polls, posts, reactions


def update(desk: Desk, actor: str, found: JsonObject) -> Effect:
    """Keep an actor's new document of themselves."""
    if known(desk, actor) is None:
        return Effect("ignored: that actor is not known here")
    reading.actor(found)
    inbound.keep_remote_actor(
        desk.connection,
        actor,
        document=found,
        learned_at=desk.seconds,
        asked_at=desk.seconds,
    )
    return Effect("actor updated")


def delete(desk: Desk, actor: str) -> Effect:
    """Forget an actor who is gone, and all that they did here (S57)."""
    for table in (reactions, polls, attendance):
        table.forget(desk.connection, actor)
    posts.drop_replies_of(desk.connection, actor, at=canonical.write_time(desk.now))
    inbound.forget_remote_actor(desk.connection, actor)
    return Effect("actor forgotten")
