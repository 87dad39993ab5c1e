"""What actors elsewhere say of themselves."""

from activitypub import canonical, reading
from activitypub.canonical import JsonObject
from activitypub.errors import Forbidden
from instance.desk import Desk
from instance.reception.effect import Effect
from instance.reception.senders import known
from instance.store import (
    aid,
    attendance,
    inbound,
    personas,
    polls,
    reactions,
    remote_posts,
    wishes,
)


def update(desk: Desk, actor: str, found: JsonObject) -> Effect:
    """Keep an actor's new document of themselves."""
    if known(desk, actor) is None:
        return Effect("ignored: that actor is not known here")
    _require_same_kind(desk, actor, found)
    inbound.keep_remote_actor(
        desk.connection,
        actor,
        document=found,
        learned_at=desk.seconds,
        asked_at=desk.seconds,
    )
    return Effect("actor updated", changes_keys=True)


def delete(desk: Desk, actor: str) -> Effect:
    """Forget an actor who is gone, and all that they did here (S57)."""
    for table in (reactions, polls, attendance, personas, aid, wishes):
        table.forget(desk.connection, actor)
    remote_posts.drop_replies_of(
        desk.connection, actor, at=canonical.write_time(desk.now)
    )
    inbound.forget_remote_actor(desk.connection, actor)
    return Effect("actor forgotten", changes_keys=True)


def _require_same_kind(desk: Desk, actor: str, found: JsonObject) -> None:
    """Hold an actor to being one person or one group.

    People and groups are trusted with other things: what a group hands on, for one.
    """
    row = inbound.remote_actor(desk.connection, actor)
    kinds = {reading.actor(found).type}
    if row is not None and row["body"] is not None:
        kinds.add(reading.actor(canonical.read(row["body"].encode())).type)
    if len(kinds) > 1 and "Group" in kinds:
        raise Forbidden("An actor does not become a group, nor a group somebody else.")
