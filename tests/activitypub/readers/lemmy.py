"""Lemmy, the 1.0 line."""

import re
from typing import Any, Final

from tests.activitypub import readers
from tests.activitypub.readers import Refused, Shown

POSTS: Final = {"Page", "Article", "Note", "Video", "Event"}
ATTACHED: Final = {"Link", "Image", "Document"}
_TAGS: Final = re.compile(r"<[^>]+>")


def read(document: Any) -> Shown:
    if document.get("inReplyTo"):
        readers.one_type(document, {"Note"})
        if not isinstance(document["inReplyTo"], str):
            raise Refused("it answers several posts")
    else:
        readers.one_type(document, POSTS)
    readers.need(document, "attributedTo", "content")
    for term in ("id", "attributedTo", "url"):
        if ":" in readers.host(document[term]):
            raise Refused("there is a port in an address")
    for term in ("to", "cc"):
        if not isinstance(document.get(term), list):
            raise Refused(f"{term} is no list")
    if not isinstance(document.get("audience"), str):
        raise Refused("the community is not named by one address")
    if document["audience"] not in document["to"] + document["cc"]:
        raise Refused("the community is not among those that it is for")
    if not isinstance(document.get("context", ""), str):
        raise Refused("the context is no address")
    if not isinstance(document.get("language", {}), dict):
        raise Refused("the language is no object")
    if document.get("mediaType", "text/html") not in {"text/html", "text/markdown"}:
        raise Refused("the content is of an unknown kind")
    for attached in document.get("attachment", []):
        if attached.get("type") not in ATTACHED:
            raise Refused("one odd attachment fails the whole post")
    text = document["content"]
    first = _TAGS.sub("\n", text).strip().partition("\n")[0]
    return Shown(text=text, title=document.get("name") or first)


def actor(document: Any) -> None:
    kind = readers.one_type(document, {"Group", "Person", "Service", "Organization"})
    readers.need(document, "id", "inbox", "preferredUsername", "publicKey")
    if kind == "Group":
        readers.need(document, "outbox", "followers")
