"""Somebody on another server who follows an assembly, and all that they read."""

from activitypub import documents
from tests.instance.elsewhere import Account
from tests.instance.house import House
from tests.instance.serving import until
from tests.instance.wire import get


def follows(reader: Account, house: House) -> None:
    """Follow an assembly, and wait until it says yes."""
    group = house.config.group
    asked = documents.follow(group, id=reader.new_id(), who=reader.id)
    reader.send(f"{group}/inbox", {"@context": documents.AS2, **asked})
    until(lambda: any(each["actor"] == group for each in reader.of_type("Accept")))


def read_by(reader: Account) -> str:
    """Return all that they read, fetched where only the id came."""
    read = []
    for activity in reader.received:
        what = activity["object"]
        if activity["type"] == "Announce" and isinstance(what, str):
            what = get(what).json()
        if isinstance(what, dict):
            read.append(str(what.get("content")))
    return " ".join(read)
