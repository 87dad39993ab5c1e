"""Where assemblies say that they are: ours on its actor, others' read from theirs."""

import functools
from collections.abc import Mapping
from typing import Final

from activitypub import canonical, reading
from activitypub.canonical import JsonObject, JsonValue
from confederation.matters import place
from confederation.matters.place import Bounds
from instance.desk import Desk
from instance.store import events, inbound

STREAM: Final = "place:it"
MOST_IN_NAME: Final = 100
_KINDS: Final = {
    "PlaceSaid": place.PlaceSaid,
    "PlaceTakenBack": place.PlaceTakenBack,
}


def ours(desk: Desk) -> place.State:
    """Return where our assembly says that it is.

    What writes its actor lies below the node, so this reads the stream by itself.
    """
    stored = (
        events.decode(each, _KINDS) for each in events.history(desk.connection, STREAM)
    )
    return functools.reduce(place.evolve, stored, place.NOTHING)


def bounds(desk: Desk, said: place.PlaceSaid) -> Bounds:
    """Return our place in the words that everybody may read."""
    return Bounds(
        name=events.wording(desk.connection, said.place) or "",
        parts=tuple(
            words
            for each in said.parts
            if (words := events.wording(desk.connection, each)) is not None
        ),
    )


def location(desk: Desk) -> tuple[JsonObject | None, tuple[str, ...]]:
    """Write our place for the actor: as ActivityStreams has it, and its parts."""
    said = ours(desk).said
    if said is None:
        return None, ()
    words = bounds(desk, said)
    where: JsonObject = {"type": "Place", "name": words.name}
    if said.centre is not None:
        where |= {
            "latitude": said.centre.latitude / 100,
            "longitude": said.centre.longitude / 100,
            "radius": 1,
            "units": "km",
        }
    return where, words.parts


def theirs(desk: Desk, address: str) -> Bounds | None:
    """Return where another assembly says that it is, on its own actor; None if nowhere.

    ``address`` is that of the actor. Nobody is asked: what it sent last counts.
    """
    row = inbound.remote_actor(desk.connection, address)
    if row is None or row["body"] is None:
        return None
    return read(canonical.read(row["body"].encode()))


def read(document: Mapping[str, JsonValue]) -> Bounds | None:
    """Read a place from the document of an actor; what is not text is passed over."""
    where = document.get("location")
    name = _short(where.get("name")) if isinstance(where, dict) else ""
    if not name:
        return None
    listed = document.get("assemblyArea")
    parts = listed if isinstance(listed, list) else [listed]
    return Bounds(
        name=name,
        parts=tuple(
            text for each in parts[: place.MOST_PARTS] if (text := _short(each))
        ),
    )


def _short(value: JsonValue) -> str:
    return reading.one_line(value)[:MOST_IN_NAME] if isinstance(value, str) else ""
