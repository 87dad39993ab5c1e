"""What is between our assembly and one other is sent to them alone, by the clerk."""

from activitypub import canonical, documents
from activitypub.canonical import JsonObject
from instance import speech
from instance.desk import Desk


def activity(desk: Desk, kind: str, id: str, terms: JsonObject) -> JsonObject:
    """Begin an activity of the clerk; ``terms`` say what its other words mean."""
    return {
        "@context": [documents.AS2, documents.DATA_INTEGRITY, dict(terms)],
        "id": id,
        "type": kind,
        "actor": speech.address(desk, speech.clerk_path(desk)),
        "published": canonical.write_time(desk.now),
    }


def send(desk: Desk, activity: JsonObject, *, inbox: str) -> None:
    """Send an activity to one inbox; nobody else may ask for it."""
    speech.send(desk, speech.clerk_path(desk), activity, inboxes=[inbox], public=False)
