"""Pixelfed, 2024."""

import re
from typing import Any, Final

from tests.activitypub import readers
from tests.activitypub.readers import Refused, Shown

DEEPEST: Final = 8
_TAGS: Final = re.compile(r"<[^>]+>")


def read(document: Any) -> Shown | None:
    """Return None for what is taken and not shown: what has no picture."""
    if readers.depth(document) > DEEPEST:
        raise Refused("it is nested too deep to be read")
    readers.instant(document, "published")
    if not isinstance(document.get("attributedTo"), str):
        raise Refused("the author is no address")
    readers.no_vote(document)
    pictures = [each for each in document.get("attachment", []) if _is_picture(each)]
    if not document.get("inReplyTo") and not pictures:
        return None
    return Shown(text=_TAGS.sub("", document.get("content", "")))


def _is_picture(attached: Any) -> bool:
    return str(attached.get("mediaType", "")).startswith("image/")
