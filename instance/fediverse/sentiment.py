"""How people elsewhere take what we post, as numbers. None of it decides anything.

A poll's numbers change with every answer, so a Question and an Event are given out with
the numbers of the moment; what is kept of them is the text (federation.md, 1.4).
"""

from datetime import UTC, datetime

from activitypub import canonical
from activitypub.canonical import JsonObject, JsonValue
from instance.desk import Desk
from instance.store import attendance, polls
from instance.store.polls import Poll


def live(desk: Desk, document: JsonObject) -> JsonObject:
    """Return a post of ours with the numbers as they are now."""
    id = str(document.get("id"))
    match document.get("type"):
        case "Question":
            asked = polls.poll(desk.connection, id)
            return document if asked is None else _counted(document, asked)
        case "Event":
            count = attendance.coming(desk.connection, id)
            return {
                **document,
                "attendees": {"type": "Collection", "totalItems": count},
                "participantCount": count,
            }
        case _:
            return document


def _counted(document: JsonObject, asked: Poll) -> JsonObject:
    options: list[JsonValue] = [
        {
            "type": "Note",
            "name": name,
            "replies": {"type": "Collection", "totalItems": count},
        }
        for name, count in asked.options
    ]
    closed: JsonObject = {}
    if asked.closed_at is not None:
        closed = {"closed": canonical.write_time(_instant(asked.closed_at))}
    return {
        **document,
        "oneOf" if asked.choose == "one" else "anyOf": options,
        "votersCount": asked.voters,
        **closed,
    }


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
