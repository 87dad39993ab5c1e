"""Whoever keeps the torn-off part of a slip can be told where it goes, by a web feed.

The address of the feed is worked out from the code and a secret of this node, and kept
nowhere: who follows it is not known here, and it leads back to no code. It says what
everybody may read of the issue, and nothing that stands on a slip.
"""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from xml.etree import ElementTree

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation.errors import Unknown
from instance import clerk
from instance.desk import Desk
from instance.store import tear_offs
from instance.store.tear_offs import TearOff
from instance.upkeep import keys
from instance.web import naming
from instance.web.languages import N_
from instance.web.matters import issues
from instance.web.membership.signing_in import where_from
from instance.web.naming import in_hex
from instance.web.site import Site
from instance.web.tries import Tries

ATOM: Final = "http://www.w3.org/2005/Atom"
LONGEST_MARK: Final = 64
NO_SUCH_FEED: Final = N_(
    "This address leads to no feed. Please open it anew with the code on your slip."
)


def routes(site: Site) -> list[Route]:
    tries = Tries()

    async def feed(request: Request) -> Response:
        mark = request.path_params["mark"][:LONGEST_MARK]
        address, at = where_from(request), int(site.node.clock().timestamp())
        written = await site.node.look(lambda desk: write(desk, mark))
        if written is None:
            # Whoever follows a feed is not locked out by others' wrong addresses.
            tries.check(address, at=at)
            tries.wrong(address, at=at)
            raise Unknown(NO_SUCH_FEED)
        return Response(
            written,
            media_type="application/atom+xml",
            headers={"x-robots-tag": "noindex"},
        )

    return [site.page("/heard/feeds/{mark}", feed)]


def address(desk: Desk, code: str) -> str:
    """Return the address of the feed for a code."""
    return f"{desk.config.base}/heard/feeds/{_mark(desk, tear_offs.hashed(code))}"


def write(desk: Desk, mark: str) -> bytes | None:
    """Write the feed at an address; None where there is none, or no more."""
    for hashed, found in tear_offs.every(desk.connection):
        if hmac.compare_digest(_mark(desk, hashed).encode(), mark.encode()):
            return _written(desk, mark, found)
    return None


def _written(desk: Desk, mark: str, found: TearOff) -> bytes:
    entries = [*_entries(desk, found)]
    latest = max((at for _, _, at in entries), default=desk.now)
    feed = ElementTree.Element("feed", xmlns=ATOM)
    own = f"{desk.config.base}/heard/feeds/{mark}"
    _add(feed, "id", own)
    _add(feed, "title", f"Where it went · {naming.our_name(desk)}")
    _add(feed, "updated", canonical.write_time(latest))
    ElementTree.SubElement(feed, "link", rel="self", href=own)
    ElementTree.SubElement(
        ElementTree.SubElement(feed, "author"), "name"
    ).text = naming.our_name(desk)
    for title, href, at in entries:
        entry = ElementTree.SubElement(feed, "entry")
        _add(entry, "id", href)
        _add(entry, "title", title)
        _add(entry, "updated", canonical.write_time(at))
        ElementTree.SubElement(entry, "link", href=href)
    written: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _entries(desk: Desk, found: TearOff) -> Iterator[tuple[str, str, datetime]]:
    """Go through what became of a slip: a title, the page, and when."""
    digest = (
        None if found.issue is None else clerk.published(desk, "Issue", found.issue)
    )
    if digest is None:
        return
    page = issues.view(desk, digest)
    base = desk.config.base
    title = page.title.text or "(text withdrawn)"
    yield f"It became part of: {title}", f"{base}/issues/{in_hex(digest)}", page.at
    for each in page.proposals:
        title = each.title.text or "(text withdrawn)"
        says = f"It was decided: {title}" if each.settled else f"Proposed: {title}"
        href = f"{base}/proposals/{in_hex(each.digest)}"
        # A reader shows an entry anew that has another id.
        yield (
            says,
            f"{href}#settled" if each.settled else href,
            (each.closes if each.closed else page.at),
        )


def _add(to: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(to, name).text = text


def _mark(desk: Desk, hashed: bytes) -> str:
    key = keys.kept(desk.connection, desk.vault, keys.COOKIE_KEY)
    assert key is not None, "every node is set up with a key for its cookies"
    return hmac.new(key, b"heard feed " + hashed, hashlib.sha256).hexdigest()[:40]
