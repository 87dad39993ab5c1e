"""PieFed, 2026."""

from typing import Any, Final

from tests.activitypub import readers
from tests.activitypub.readers import Refused, Shown

TYPES: Final = {"Page", "Article", "Link", "Note", "Question", "Event"}
OF_AN_EVENT: Final = (
    *("startTime", "endTime", "timezone", "maximumAttendeeCapacity"),
    *("participantCount", "onlineLink", "joinMode", "externalParticipationUrl"),
    *("anonymousParticipation", "isOnline", "buyTicketsLink", "feeCurrency"),
    "feeAmount",
)


def read(document: Any) -> Shown:
    kind = readers.one_type(document, TYPES)
    readers.need(document, "id", "attributedTo", "content")
    if document["id"] != document["id"].lower():
        raise Refused("ids are kept in lower case")
    if document.get("inReplyTo") and document.get("name"):
        raise Refused("it is taken for a vote")
    found: tuple[tuple[str, int], ...] = ()
    if kind == "Event":
        lacking = [term for term in OF_AN_EVENT if term not in document]
        if lacking:
            raise Refused(f"the event fails without {lacking}")
    if kind == "Question":
        found = readers.options(document, most=100)
        readers.instant(document, "endTime")
    return Shown(text=document["content"], title=document.get("name"), options=found)


def activity(document: Any) -> None:
    readers.need(document, "id", "type", "actor", "object")


def actor(document: Any) -> None:
    kind = readers.one_type(document, {"Group", "Person", "Service"})
    if kind == "Group":
        readers.need(document, "name", "attributedTo")
