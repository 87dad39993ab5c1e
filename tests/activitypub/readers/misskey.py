"""Misskey and Sharkey."""

import re
from typing import Any, Final

from tests.activitypub import readers
from tests.activitypub.readers import Refused, Shown

TYPES: Final = {
    "Note",
    "Question",
    "Article",
    "Audio",
    "Document",
    "Image",
    "Page",
    "Video",
    "Event",
}
USERNAME: Final = re.compile(r"^\w([\w\-.]*\w)?$", re.ASCII)


def read(document: Any) -> Shown:
    kind = document.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind not in TYPES:
        raise Refused(f"the type is {kind}")
    for term in ("id", "url"):
        readers.host(document.get(term))
    readers.same_host(document)
    readers.need(document, "content")
    readers.no_vote(document)
    found = readers.options(document, most=100) if kind == "Question" else ()
    return Shown(
        text=document["content"], warning=document.get("summary"), options=found
    )


def actor(document: Any) -> None:
    readers.one_type(
        document, {"Application", "Group", "Organization", "Person", "Service"}
    )
    name = document.get("preferredUsername", "")
    if not USERNAME.match(name) or len(name) > 128:
        raise Refused("the name cannot be written")
    if readers.host(document["publicKey"]["id"]) != readers.host(document["id"]):
        raise Refused("the key is elsewhere")
