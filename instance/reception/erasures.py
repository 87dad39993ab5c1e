"""Fellow members who withdraw a text ask us to erase our copy, and say so to us."""

from activitypub import reading
from activitypub.canonical import JsonObject
from instance.desk import Desk
from instance.matters import erasing
from instance.reception.effect import Effect


def concerns(activity: JsonObject) -> bool:
    """Whether a Delete is about a text of a record."""
    found = activity.get("object")
    return isinstance(found, dict) and "assemblyErased" in found


def delete(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Erase a text, if the one whose text it was asks."""
    return Effect(erasing.asked(desk, actor, activity))


def answered(
    desk: Desk, actor: str, activity: JsonObject, *, accepted: bool
) -> Effect | None:
    """Keep the answer to a request of ours; None if it answers something else."""
    request = reading.id_of(activity.get("object"))
    if request is None or not erasing.answered(desk, actor, request, accepted=accepted):
        return None
    return Effect("answer kept")
