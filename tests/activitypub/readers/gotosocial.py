"""GoToSocial 0.20."""

from typing import Any, Final

from tests.activitypub import readers
from tests.activitypub.readers import Refused, Shown

TYPES: Final = {
    "Note",
    "Question",
    "Article",
    "Page",
    "Event",
    "Image",
    "Video",
    "Document",
    "Place",
    "Profile",
}


def read(document: Any) -> Shown:
    kind = readers.one_type(document, TYPES)
    readers.need(document, "attributedTo", "to", "content")
    readers.same_host(document)
    readers.is_public(document)
    readers.no_vote(document)
    found: tuple[tuple[str, int], ...] = ()
    if kind == "Question":
        found = readers.options(document, most=100)
        if "endTime" not in document and "closed" not in document:
            raise Refused("it would stay open without end")
    return Shown(
        text=document["content"],
        title=document.get("name"),
        warning=document.get("summary"),
        options=found,
    )
