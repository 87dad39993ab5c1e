"""A member's own web feed and calendar, at addresses that nobody can guess.

Only a hash of the address is kept. Whoever has it reads what is for members, and can do
nothing; the member makes another one, and the old one leads nowhere.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from xml.etree import ElementTree

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation.errors import Unknown
from instance.desk import Desk
from instance.store import news as kept
from instance.store.news import Feed
from instance.web import languages, naming, visits
from instance.web.languages import N_
from instance.web.meeting import calendar
from instance.web.membership import news
from instance.web.membership.news import Item
from instance.web.membership.signing_in import where_from
from instance.web.site import Site
from instance.web.tries import Tries
from instance.web.visits import Member

ATOM: Final = "http://www.w3.org/2005/Atom"
LONGEST: Final = 64
NO_SUCH_FEED: Final = N_(
    "This address leads to no feed: it was renewed or ended. Please make one anew on "
    "the page of your own entry."
)


def routes(site: Site) -> list[Route]:
    tries = Tries()

    async def read(
        request: Request, write: Callable[[Desk, Feed, Member], Response]
    ) -> Response:
        secret = request.path_params["secret"][:LONGEST]
        address, at = where_from(request), int(site.node.clock().timestamp())
        languages.speak(languages.choose(request))

        def look(desk: Desk) -> Response | None:
            feed = kept.feed_at(desk.connection, secret)
            member = None if feed is None else visits.member_of(desk, feed.member)
            if feed is None or member is None:
                return None
            return write(desk, feed, member)

        found = await site.node.look(look)
        if found is None:
            # Whoever follows a feed is not locked out by others' wrong addresses.
            tries.check(address, at=at)
            tries.wrong(address, at=at)
            raise Unknown(NO_SUCH_FEED)
        found.headers["x-robots-tag"] = "noindex"
        return found

    async def atom(request: Request) -> Response:
        own = str(request.url.path)

        def write(desk: Desk, feed: Feed, member: Member) -> Response:
            return Response(
                write_atom(desk, feed, member, own=desk.config.base + own),
                media_type="application/atom+xml",
            )

        return await read(request, write)

    async def meetings(request: Request) -> Response:
        def write(desk: Desk, feed: Feed, member: Member) -> Response:
            return calendar.of_a_member(desk)

        return await read(request, write)

    return [
        site.page("/news/{secret}/feed.atom", atom),
        site.page("/news/{secret}/meetings.ics", meetings),
    ]


def addresses(desk: Desk, secret: str) -> tuple[str, str]:
    """Return where a member's feed and calendar are."""
    base = f"{desk.config.base}/news/{secret}"
    return f"{base}/feed.atom", f"{base}/meetings.ics"


def write_atom(desk: Desk, feed: Feed, member: Member, *, own: str) -> bytes:
    """Write what is new for a member as a web feed (RFC 4287).

    What waits for them is told once a week for as long as it waits.
    """
    week = _week(desk.now)
    found = [(item, item.at or week) for item in news.of(desk, member).items]
    root = ElementTree.Element("feed", xmlns=ATOM)
    # The address is a secret, and a reader may show an id to others.
    mark = hashlib.sha256(own.encode()).hexdigest()[:32]
    _add(root, "id", f"{desk.config.base}/#news-{mark}")
    _add(root, "title", naming.our_name(desk))
    latest = max((at for _, at in found), default=week)
    _add(root, "updated", canonical.write_time(latest.replace(microsecond=0)))
    ElementTree.SubElement(root, "link", rel="self", href=own)
    author = ElementTree.SubElement(root, "author")
    _add(author, "name", naming.our_name(desk))
    for item, at in sorted(found, key=lambda each: each[1], reverse=True):
        entry = ElementTree.SubElement(root, "entry")
        _add(entry, "id", f"{desk.config.base}{item.href}#{_mark(item, at)}")
        _add(entry, "title", item.words())
        _add(entry, "updated", canonical.write_time(at.replace(microsecond=0)))
        ElementTree.SubElement(entry, "link", href=f"{desk.config.base}{item.href}")
        section = languages.translated(news.SECTIONS[item.section])
        ElementTree.SubElement(entry, "category", term=item.section, label=section)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _mark(item: Item, at: datetime) -> str:
    """Tell an entry from others on the same page: readers show a new mark anew."""
    said = f"{item.says} {at:%Y%m%d}"
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _week(at: datetime) -> datetime:
    """Return when the week of a moment began."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def _add(to: ElementTree.Element, name: str, text: str) -> None:
    # What people write may hold what XML has no room for.
    plain = "".join(letter for letter in text if letter.isprintable())
    ElementTree.SubElement(to, name).text = plain
