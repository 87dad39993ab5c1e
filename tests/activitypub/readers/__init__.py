"""How others read what we publish: small, and as strict as each of them was seen to be.

Each module is written from federation.md 1.1 alone, and refuses what its server would
refuse, drop, or show as something that it is not.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

AS2: Final = "https://www.w3.org/ns/activitystreams"
PUBLIC: Final = f"{AS2}#Public"
KEPT: Final = frozenset(
    [
        "p",
        "br",
        "span",
        "a",
        "abbr",
        "del",
        "s",
        "pre",
        "blockquote",
        "code",
        "b",
        "strong",
        "u",
        "sub",
        "sup",
        "i",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "ul",
        "ol",
        "li",
        "ruby",
        "rt",
        "rp",
    ]
)
_TAG: Final = re.compile(r"</?([a-zA-Z0-9]+)")


class Refused(Exception):
    """This server would not take it, or would show something else than was meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What people see. ``warning`` is what they see first, in place of the rest."""

    text: str
    title: str | None = None
    warning: str | None = None
    options: tuple[tuple[str, int], ...] = ()


def need(document: Any, *terms: str) -> None:
    """Refuse what lacks a term."""
    for term in terms:
        if document.get(term) in (None, "", []):
            raise Refused(f"there is no {term}")


def one_type(document: Any, known: set[str]) -> str:
    """Return the type, which these servers read as one plain string."""
    kind = document.get("type")
    if not isinstance(kind, str) or kind not in known:
        raise Refused(f"the type is {kind}")
    return kind


def host(url: Any) -> str:
    if not isinstance(url, str):
        raise Refused(f"no address: {url}")
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise Refused(f"no https address: {url}")
    return parts.netloc


def same_host(document: Any) -> None:
    """Refuse a post whose author lives elsewhere than it."""
    if host(document.get("id")) != host(document.get("attributedTo")):
        raise Refused("it lives on another host than its author")


def no_vote(document: Any) -> None:
    """Refuse a reply with a name: these servers take it for an answer to a poll."""
    if document.get("inReplyTo") and document.get("name"):
        raise Refused("it is taken for a vote")


def keeps_its_html(document: Any) -> None:
    """Refuse HTML of which something would be dropped."""
    for html in (document.get("content"), document.get("summary")):
        dropped = set(_TAG.findall(html or "")) - KEPT
        if dropped:
            raise Refused(f"these elements are dropped: {sorted(dropped)}")


def is_public(document: Any) -> None:
    if PUBLIC not in document.get("to", []) and PUBLIC not in document.get("cc", []):
        raise Refused("it is for nobody")


def instant(document: Any, term: str) -> None:
    """Refuse a time that cannot be read."""
    try:
        datetime.fromisoformat(document[term])
    except (KeyError, TypeError, ValueError):
        raise Refused(f"{term} is no time") from None


def options(document: Any, *, most: int) -> tuple[tuple[str, int], ...]:
    """Read a poll in the shape that Mastodon gave it."""
    if ("oneOf" in document) == ("anyOf" in document):
        raise Refused("it is not said whether to choose one or any")
    items = document.get("oneOf") or document.get("anyOf")
    if not isinstance(items, list) or not 2 <= len(items) <= most:
        raise Refused("it has no options that can be counted")
    found = tuple((item["name"], item["replies"]["totalItems"]) for item in items)
    if len({name for name, _ in found}) < len(found):
        raise Refused("two options have the same name")
    if any(item["type"] != "Note" for item in items):
        raise Refused("an option is no Note")
    return found


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0
