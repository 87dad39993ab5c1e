"""A person before our pages: over ASGI with a real node, and every page checked."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from ipaddress import ip_network

import httpx
from starlette.applications import Starlette
from starlette.responses import Response

from activitypub.addresses import Guard
from activitypub.client import Client
from confederation.identifiers import MemberId
from instance import node as nodes
from instance import web
from instance.desk import Desk
from instance.membership import welcome
from instance.node import Node
from instance.store.database import Database
from instance.web import visits
from tests.instance.house import NOON, House

GUARD = Guard(networks=(ip_network("127.0.0.0/8"),))
_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_BROKEN = re.compile(r"<p\b[^>]*>(?:(?!</?p\b).)*<form\b", re.DOTALL)
_ELSEWHERE = re.compile(r"""(?:src|srcset|action)=["'](?:https?:)?//|@import|url\(""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """One person's browser; it keeps cookies and sends a page's token with its form."""

    http: httpx.AsyncClient
    house: House
    node: Node

    async def get(self, path: str, *, status: int = 200) -> str:
        """Open a page and make sure that it is one of ours."""
        answer = await self.http.get(path)
        assert answer.status_code == status, answer.text
        check(answer)
        return answer.text

    async def post(
        self, path: str, *, on: str | None = None, **fields: str | list[str]
    ) -> httpx.Response:
        """Open the page that a form stands on, and send the form."""
        token = await self._token(on or path)
        return await self.http.post(path, data={"token": token, **fields})

    async def upload(
        self, path: str, *, on: str | None = None, **files: bytes
    ) -> httpx.Response:
        """Open the page that a form stands on, and send files with it."""
        token = await self._token(on or path)
        return await self.http.post(path, data={"token": token}, files=files)

    async def _token(self, path: str) -> str:
        page = await self.http.get(path)
        token = _TOKEN.search(page.text)
        assert token is not None, page.text
        return token[1]

    async def sign_in(self, who: int = 0) -> None:
        """Come in as one of the house's members."""
        await let_in(self.http, self.node, self.house.members[who])

    async def use_link(self, who: int = 0) -> None:
        """Come in as one of the house's members, by a personal link and its page."""
        with nodes.at_desk(self.house.config) as desk:
            link = welcome.new_link(desk, self.house.members[who]).link
        answer = await self.post(link.removeprefix(self.house.config.base))
        assert answer.status_code == 303, answer.text


async def let_in(http: httpx.AsyncClient, node: Node, member: MemberId) -> None:
    """Give a browser the cookie that a member has once they came in.

    How they come in is tested in `test_signing_in`.
    """

    def sign(desk: Desk) -> Response:
        response = Response()
        visits.keep(desk, response, member=member, session=visits.new_session())
        return response

    kept = await node.look(sign)
    request = httpx.Request("GET", node.config.base)
    answer = httpx.Response(200, headers=kept.headers.items(), request=request)
    http.cookies.extract_cookies(answer)


@asynccontextmanager
async def a_site(
    house: House, *, at: datetime = NOON, pen: bool = False
) -> AsyncIterator[Starlette]:
    """Serve the pages of a house, in this process, at one moment.

    With the pen, as a node serves once its fellow members have answered it.
    """
    client = Client(GUARD, clock=lambda: at, user_agent="a test")
    async with client, Database(house.config.database) as database:
        node = Node(house.config, database, clock=lambda: at)
        node.pen = pen
        routes = web.site_of(node, client, stirred=lambda: None).routes
        app = Starlette(routes=routes, exception_handlers=web.HANDLERS)
        app.state.node = node
        yield app


@asynccontextmanager
async def a_browser(
    house: House, *, at: datetime = NOON, pen: bool = False
) -> AsyncIterator[Browser]:
    """Open a browser before the pages of a house."""
    async with a_site(house, at=at, pen=pen) as app, another(app, house) as browser:
        yield browser


@asynccontextmanager
async def another(
    app: Starlette, house: House, *, come_from: str = "127.0.0.1"
) -> AsyncIterator[Browser]:
    """Open one more browser before the same pages."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, client=(come_from, 50_000)),
        base_url=house.config.base,
        headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
    ) as http:
        yield Browser(http=http, house=house, node=app.state.node)


def check(answer: httpx.Response) -> None:
    """Make sure that a page is safe, small, and whole."""
    headers, html = answer.headers, answer.text
    assert headers["content-type"].startswith("text/html")
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert len(answer.content) < 50_000
    assert not _ELSEWHERE.search(html), "a page loads nothing from elsewhere"
    assert "style=" not in html
    assert "<script>" not in html
    assert not re.search(r"\son[a-z]+=", html), "no script stands in a page"
    assert html.count("<h1") == 1
    assert '<html lang="en" dir="ltr">' in html
    for landmark in ("<header", "<nav", "<main", "<footer", 'href="#main"'):
        assert landmark in html
    assert not _BROKEN.search(html), "no paragraph ends at a form within it"
    for form in re.findall(r'<form method="post".*?</form>', html, re.DOTALL):
        assert _TOKEN.search(form), form
    check_labels(html)


def check_labels(html: str) -> None:
    """Make sure that every field has a label, and no two things share an id."""
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)), "ids are unique"
    labelled = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', html))
    for field in re.findall(r"<(?:input|select|textarea)[^>]*>", html):
        if 'type="hidden"' in field:
            continue
        id = re.search(r'\sid="([^"]+)"', field)
        assert id is not None, field
        assert id[1] in labelled, field


def text_of(html: str) -> str:
    """Return what a person reads of a page, in one line."""
    main = html.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


async def become(browser: Browser, name: str) -> httpx.Response:
    return await browser.post(
        "/home/actor", on="/home", username=name, name=name.title(), agreed="yes"
    )
