"""Mastodon 4.3 to 4.7."""

from typing import Any, Final

from tests.activitypub import readers
from tests.activitypub.readers import AS2, Refused, Shown

NATIVE: Final = {"Note", "Question"}
CONVERTED: Final = {"Article", "Page", "Event", "Image", "Audio", "Video"}
MOST_OPTIONS: Final = 500


def read(document: Any) -> Shown:
    contexts = document.get("@context")
    if AS2 not in (contexts if isinstance(contexts, list) else [contexts]):
        raise Refused("the context is not that of ActivityStreams")
    kind = readers.one_type(document, NATIVE | CONVERTED)
    readers.same_host(document)
    readers.is_public(document)
    readers.instant(document, "published")
    readers.keeps_its_html(document)
    if kind in CONVERTED:
        # The content is not shown.
        readers.need(document, "name", "summary", "url")
        link = document["url"]
        return Shown(
            title=document["name"],
            text=f"<h2>{document['name']}</h2>{document['summary']} {link}",
        )
    readers.need(document, "content")
    readers.no_vote(document)
    found: tuple[tuple[str, int], ...] = ()
    if kind == "Question":
        found = readers.options(document, most=MOST_OPTIONS)
        readers.instant(document, "endTime")
    return Shown(
        text=document["content"], warning=document.get("summary"), options=found
    )


def actor(document: Any) -> None:
    readers.one_type(
        document, {"Application", "Group", "Organization", "Person", "Service"}
    )
    readers.need(document, "inbox", "preferredUsername", "publicKey")
    if readers.host(document["inbox"]) != readers.host(document["id"]):
        raise Refused("the inbox is elsewhere")
