"""Mobilizon, 2025-04."""

from typing import Any, Final

from tests.activitypub import readers
from tests.activitypub.readers import Refused, Shown

TYPES: Final = {"Note", "Event", "Article"}
STATUS: Final = {"TENTATIVE", "CONFIRMED", "CANCELLED"}
JOIN: Final = {"free", "restricted", "external", "invite"}


def read(document: Any) -> Shown:
    kind = readers.one_type(document, TYPES)
    readers.need(document, "id", "attributedTo", "to", "content")
    if kind in {"Event", "Article"}:
        readers.need(document, "actor", "name")
    if kind == "Event":
        readers.instant(document, "startTime")
        for term in ("to", "cc", "attachment"):
            if not isinstance(document.get(term), list):
                raise Refused(f"{term} is no list")
        if {document.get("status"), document.get("ical:status")} - STATUS:
            raise Refused("the status is not one of iCalendar's")
        if document.get("joinMode") not in JOIN:
            raise Refused("it is not said how to join")
    return Shown(text=document["content"], title=document.get("name"))


def actor(document: Any) -> None:
    readers.one_type(
        document, {"Application", "Group", "Organization", "Person", "Service"}
    )
