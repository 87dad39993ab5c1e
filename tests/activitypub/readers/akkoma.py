"""Pleroma and Akkoma, 2026-09."""

from typing import Any, Final

from tests.activitypub import readers
from tests.activitypub.readers import AS2, Refused, Shown

TYPES: Final = {
    "Question",
    "Answer",
    "Audio",
    "Video",
    "Event",
    "Article",
    "Note",
    "Page",
}
LINKS: Final = {
    "application/activity+json",
    f'application/ld+json; profile="{AS2}"',
}


def read(document: Any) -> Shown:
    kind = readers.one_type(document, TYPES)
    readers.need(document, "id", "attributedTo", "content")
    if len(document["id"]) < 8:
        raise Refused("the id is too short")
    readers.same_host(document)
    # Note with a name whose parent is a poll becomes an Answer.
    readers.no_vote(document)
    for tag in document.get("tag", []):
        if tag["type"] == "Link" and tag.get("mediaType") not in LINKS:
            raise Refused("a link of that kind makes the whole post invalid")
    found = readers.options(document, most=100) if kind == "Question" else ()
    return Shown(
        text=document["content"], warning=document.get("summary"), options=found
    )
