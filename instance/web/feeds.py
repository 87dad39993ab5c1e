"""A web feed at an address of its own: a feed to readers, a page to people.

Whoever opens the address in a browser would see raw XML, and on a phone be offered a
file. They read the same lines as a page, and how to follow them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree import ElementTree

from starlette.requests import Request
from starlette.responses import Response

from activitypub import canonical
from instance.web.rendering import render
from instance.web.site import wants_page

ATOM: Final = "http://www.w3.org/2005/Atom"
ATOM_TYPE: Final = "application/atom+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a feed. A reader shows it anew where another ``id`` comes.

    ``section`` is what it belongs to, and how that is called; None where none is told.
    """

    id: str
    title: str
    at: datetime
    href: str
    section: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What stands at the address ``own``, the newest first.

    ``id`` is for readers, which may show it to others.
    """

    id: str
    own: str
    title: str
    author: str
    updated: datetime
    entries: Sequence[Entry]


def answer(request: Request, feed: Feed) -> Response:
    """Show a feed to whoever asks: as a page to a person, as it is to a reader."""
    accept = request.headers.get("accept", "")
    # Some readers take a page as well, in which to look for a feed.
    if wants_page(accept) and "atom" not in accept and "rss" not in accept:
        response: Response = render(request, "feed.html", page=feed)
    else:
        response = Response(write(feed), media_type=ATOM_TYPE)
    response.headers["x-robots-tag"] = "noindex"
    response.headers.add_vary_header("accept")
    return response


def write(feed: Feed) -> bytes:
    """Write a feed as Atom (RFC 4287)."""
    root = ElementTree.Element("feed", xmlns=ATOM)
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", _time(feed.updated))
    ElementTree.SubElement(root, "link", rel="self", href=feed.own)
    author = ElementTree.SubElement(root, "author")
    _add(author, "name", feed.author)
    for each in feed.entries:
        entry = ElementTree.SubElement(root, "entry")
        _add(entry, "id", each.id)
        _add(entry, "title", each.title)
        _add(entry, "updated", _time(each.at))
        ElementTree.SubElement(entry, "link", href=each.href)
        if each.section is not None:
            term, label = each.section
            ElementTree.SubElement(entry, "category", term=term, label=label)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def mark(text: str, length: int) -> str:
    """Return what stands for a text where the text itself is not to be shown."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _time(at: datetime) -> str:
    return canonical.write_time(at.replace(microsecond=0))


def _add(to: ElementTree.Element, name: str, text: str) -> None:
    # What people write may hold what XML has no room for.
    plain = "".join(letter for letter in text if letter.isprintable())
    ElementTree.SubElement(to, name).text = plain
