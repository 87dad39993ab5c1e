"""Whoever says elsewhere that they come to a meeting is answered, and counted.

What is shown is a number; who it was stays here (domain: what may federate).
"""

from typing import Final

from activitypub import canonical, documents, reading
from activitypub.canonical import JsonObject
from instance import speech
from instance.desk import Desk
from instance.reception.effect import Effect
from instance.reception.reactions import post_of_ours
from instance.reception.senders import known
from instance.store import attendance, posts

_OVER: Final = frozenset({"CANCELLED"})


def join(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Note that somebody comes, and accept; refuse if it is over or called off."""
    event = _meeting(desk, activity)
    if event is None:
        return Effect("ignored: it is no meeting of ours")
    guest = known(desk, actor)
    if guest is None:
        return Effect("ignored: the guest is not known")
    open_still = _takes_guests(desk, event)
    if open_still:
        attendance.keep(
            desk.connection,
            event=str(event["id"]),
            actor=actor,
            says="coming",
            activity=str(activity["id"]),
            at=canonical.write_time(desk.now),
        )
    host = str(reading.author_of(event))
    answer = documents.accept if open_still else documents.reject
    speech.answer(
        desk,
        host.removeprefix(f"{desk.config.base}/"),
        answer(activity, id=speech.address(desk, f"a/{desk.new_id()}"), actor=host),
        inbox=guest.inbox,
    )
    return Effect("guest accepted" if open_still else "guest refused: it is over")


def leave(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Note that somebody does not come after all."""
    event = reading.id_of(activity.get("object"))
    gone = event is not None and attendance.leave(
        desk.connection, event=event, actor=actor
    )
    return Effect("guest gone" if gone else "ignored: they had not said they come")


def leave_again(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Undo a Join, named whole."""
    inner = activity.get("object")
    found = take_back(desk, actor, activity)
    if found is not None or not isinstance(inner, dict):
        return found or Effect("ignored: they had not said they come")
    return leave(desk, actor, inner)


def take_back(desk: Desk, actor: str, activity: JsonObject) -> Effect | None:
    """Undo a Join by its id; None if there is none of this actor's."""
    id = reading.id_of(activity.get("object"))
    event = id and attendance.event_of(desk.connection, join=id, actor=actor)
    if not event:
        return None
    attendance.leave(desk.connection, event=event, actor=actor)
    return Effect("guest gone")


def _meeting(desk: Desk, activity: JsonObject) -> JsonObject | None:
    id = post_of_ours(desk, activity.get("object"))
    row = None if id is None else posts.object_of(desk.connection, id)
    if row is None or row["type"] != "Event":
        return None
    return canonical.read(row["body"].encode())


def _takes_guests(desk: Desk, event: JsonObject) -> bool:
    ends = reading.instant_of(event.get("endTime"))
    starts = reading.instant_of(event.get("startTime"))
    over = ends or starts
    return event.get("status") not in _OVER and (over is None or over > desk.now)
