"""Mitra 5.8."""

from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from activitypub import proofs
from activitypub.errors import NotAuthentic
from tests.activitypub import readers
from tests.activitypub.readers import Refused, Shown


def read(document: Any) -> Shown:
    """Show any kind like a note, with its summary above."""
    readers.need(document, "id", "attributedTo", "content")
    if not isinstance(document.get("type"), str):
        raise Refused("the type is no string")
    readers.same_host(document)
    readers.no_vote(document)
    found: tuple[tuple[str, int], ...] = ()
    if document["type"] == "Question":
        found = readers.options(document, most=100)
    return Shown(
        text=f"{document.get('summary', '')}{document['content']}",
        title=document.get("name"),
        options=found,
    )


def activity(document: Any, key: Ed25519PublicKey, *, now: datetime) -> None:
    """Take what was passed on only with the author's own proof."""
    try:
        proofs.verify(document, key, now=now)
    except NotAuthentic as error:
        raise Refused(str(error)) from None
