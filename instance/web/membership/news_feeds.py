"""A member's own web feed and calendar, at addresses that nobody can guess.

Only a hash of the address is kept. Whoever has it reads what is for members, and can do
nothing; the member makes another one, and the old one leads nowhere.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import Unknown
from instance.desk import Desk
from instance.store import news as kept
from instance.web import feeds, languages, naming, visits
from instance.web.feeds import Entry, Feed
from instance.web.languages import N_
from instance.web.meeting import calendar
from instance.web.membership import news
from instance.web.membership.signing_in import where_from
from instance.web.site import Site
from instance.web.tries import Tries
from instance.web.visits import Member

LONGEST: Final = 64
NO_SUCH_FEED: Final = N_(
    "This address leads to no feed: it was renewed or ended. Please make one anew on "
    "the page of your own entry."
)


def routes(site: Site) -> list[Route]:
    tries = Tries()

    async def read(
        request: Request, write: Callable[[Desk, kept.Feed, Member], Response]
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

        def write(desk: Desk, feed: kept.Feed, member: Member) -> Response:
            found = of_member(desk, feed, member, own=desk.config.base + own)
            return feeds.answer(request, found)

        return await read(request, write)

    async def meetings(request: Request) -> Response:
        def write(desk: Desk, feed: kept.Feed, member: Member) -> Response:
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


def of_member(desk: Desk, feed: kept.Feed, member: Member, *, own: str) -> Feed:
    """Read what is new for a member as a web feed.

    What waits for them is told once a week for as long as it waits.
    """
    week = _week(desk.now)
    base, name = desk.config.base, naming.our_name(desk)
    found = [(item, item.at or week) for item in news.of(desk, member).items]
    found.sort(key=lambda each: each[1], reverse=True)
    return Feed(
        # The address is a secret, and a reader may show an id to others.
        id=f"{base}/#news-{feeds.mark(own, 32)}",
        own=own,
        title=name,
        author=name,
        updated=max((at for _, at in found), default=week),
        entries=[
            Entry(
                # Readers show anew what has another mark on the same page.
                id=f"{base}{item.href}#{feeds.mark(f'{item.says} {at:%Y%m%d}', 12)}",
                title=item.words(),
                at=at,
                href=f"{base}{item.href}",
                section=(
                    item.section,
                    languages.translated(news.SECTIONS[item.section]),
                ),
            )
            for item, at in found
        ],
    )


def _week(at: datetime) -> datetime:
    """Return when the week of a moment began."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())
