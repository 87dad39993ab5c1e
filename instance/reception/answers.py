"""An answer counts only if it was asked for, and from whoever was asked.

See federation.md S22.
"""

from activitypub import reading
from activitypub.canonical import JsonObject
from instance.desk import Desk
from instance.reception.effect import Effect
from instance.reception.senders import ours
from instance.store import errands, personas


def to_follow(
    desk: Desk, actor: str, activity: JsonObject, *, accepted: bool
) -> Effect | None:
    """Take note whether somebody lets one of ours follow them, now or any longer.

    Returns None if nothing of the kind was asked of them.
    """
    inner = activity.get("object")
    follow = reading.id_of(inner)
    known = personas.answered(
        desk.connection, followed=actor, follow=follow, actor=None, accepted=accepted
    )
    if not known and isinstance(inner, dict) and reading.type_of(inner) == "Follow":
        # Some servers answer with a Follow that they wrote anew, under another id.
        asked = ours(desk, reading.id_of(inner.get("actor")))
        known = personas.answered(
            desk.connection,
            followed=actor,
            follow=None,
            actor=asked,
            accepted=accepted,
        )
    if not known:
        return None
    if accepted and ours(desk, actor) is None:
        errands.ask(
            desk.connection,
            kind="outbox",
            url=actor,
            at=desk.seconds,
            because=actor,
        )
    return Effect("following" if accepted else "not let in")
