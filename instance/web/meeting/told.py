"""Whoever keeps the torn-off part of a slip can be told where it goes, by a web feed.

The address of the feed is worked out from the code and a secret of this node, and kept
nowhere: who follows it is not known here, and it leads back to no code. It says what
everybody may read of the issue, and nothing that stands on a slip.
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import Filled, Phrase, Unknown
from instance import clerk
from instance.desk import Desk
from instance.store import tear_offs
from instance.store.tear_offs import TearOff
from instance.upkeep import keys
from instance.web import feeds, languages, naming
from instance.web.feeds import Entry, Feed
from instance.web.languages import N_
from instance.web.matters import issues
from instance.web.membership.signing_in import where_from
from instance.web.naming import in_hex
from instance.web.site import Site
from instance.web.tries import Tries

LONGEST_MARK: Final = 64
NO_SUCH_FEED: Final = N_(
    "This address leads to no feed. Please open it anew with the code on your slip."
)

TITLE: Final = N_("Where it went · {name}")
BECAME: Final = N_("It became part of: {title}")
DECIDED: Final = N_("It was decided: {title}")
PROPOSED: Final = N_("Proposed: {title}")
WITHDRAWN: Final = N_("(text withdrawn)")


def routes(site: Site) -> list[Route]:
    tries = Tries()

    async def feed(request: Request) -> Response:
        mark = request.path_params["mark"][:LONGEST_MARK]
        address, at = where_from(request), int(site.node.clock().timestamp())
        languages.speak(languages.choose(request))
        found = await site.node.look(lambda desk: read(desk, mark))
        if found is None:
            # Whoever follows a feed is not locked out by others' wrong addresses.
            tries.check(address, at=at)
            tries.wrong(address, at=at)
            raise Unknown(NO_SUCH_FEED)
        return feeds.answer(request, found)

    return [site.page("/heard/feeds/{mark}", feed)]


def address(desk: Desk, code: str) -> str:
    """Return the address of the feed for a code."""
    return f"{desk.config.base}/heard/feeds/{_mark(desk, tear_offs.hashed(code))}"


def read(desk: Desk, mark: str) -> Feed | None:
    """Read the feed at an address; None where there is none, or no more."""
    for hashed, found in tear_offs.every(desk.connection):
        if hmac.compare_digest(_mark(desk, hashed).encode(), mark.encode()):
            return _feed(desk, mark, found)
    return None


def _feed(desk: Desk, mark: str, found: TearOff) -> Feed:
    entries = [*_entries(desk, found)]
    own = f"{desk.config.base}/heard/feeds/{mark}"
    name = naming.our_name(desk)
    return Feed(
        id=own,
        own=own,
        title=languages.translated(Filled(TITLE, name=name)),
        author=name,
        updated=max((each.at for each in entries), default=desk.now),
        entries=entries,
    )


def _entries(desk: Desk, found: TearOff) -> Iterator[Entry]:
    """Go through what became of a slip."""
    digest = (
        None if found.issue is None else clerk.published(desk, "Issue", found.issue)
    )
    if digest is None:
        return
    page = issues.view(desk, digest)
    base = desk.config.base
    href = f"{base}/issues/{in_hex(digest)}"
    yield Entry(id=href, title=_says(BECAME, page.title.text), at=page.at, href=href)
    for each in page.proposals:
        href = f"{base}/proposals/{in_hex(each.digest)}"
        yield Entry(
            # A reader shows an entry anew that has another id.
            id=f"{href}#settled" if each.settled else href,
            title=_says(DECIDED if each.settled else PROPOSED, each.title.text),
            at=each.closes if each.closed else page.at,
            href=href,
        )


def _says(what: str, title: str | None) -> str:
    return languages.translated(Filled(what, title=title or Phrase(WITHDRAWN)))


def _mark(desk: Desk, hashed: bytes) -> str:
    key = keys.kept(desk.connection, desk.vault, keys.COOKIE_KEY)
    assert key is not None, "every node is set up with a key for its cookies"
    return hmac.new(key, b"heard feed " + hashed, hashlib.sha256).hexdigest()[:40]
