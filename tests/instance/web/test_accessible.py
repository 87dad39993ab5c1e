"""Every page that a clerk can reach on an open evening, put before axe."""

import contextlib
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Error, Page

from instance import node, welcome
from tests.instance.house import House
from tests.instance.serving import free_port
from tests.instance.web.evening import ask
from tests.instance.web.hall import listening
from tests.instance.web.night import Night, a_night

pytestmark = pytest.mark.needs_browser

ID = re.compile(r"[0-9a-f]{28,64}")
NUMBER = re.compile(r"/\d+(?=/|$)")
NO_PAGE = re.compile(r"\.(csv|ics|json|svg|pdf|zip)$|^/(language|static|log)/")
LINKS = "[...document.querySelectorAll('a[href]')].map(each => each.href)"
MOST = 120


@asynccontextmanager
async def a_clerk_at_the_evening(
    night: Night, browser: Browser, *, language: str
) -> AsyncIterator[tuple[Page, str]]:
    """Sign the clerk in at a real browser; give their page and the site's address."""
    port = free_port()
    evening = night.evening
    with node.at_desk(evening.config, clock=lambda: evening.clock.now) as desk:
        link = welcome.new_link(desk, night["Ada"].id).link.partition("/in/")[2]
    async with listening(evening.app, port):
        context = await browser.new_context(
            viewport={"width": 1280, "height": 900}, locale=language
        )
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{port}/in/{link}")
        await page.locator("main button").first.click()
        yield page, f"http://127.0.0.1:{port}"
        await context.close()


def shape(path: str) -> str:
    """Name a page by its route, so that of many alike one is looked at."""
    return NUMBER.sub("/N", ID.sub("ID", path))


async def every_page(page: Page, site: str) -> AsyncIterator[str]:
    """Walk from link to link, to one page of each kind."""
    seen, waiting = {"/"}, deque(["/", "/today", "/home"])
    while waiting and len(seen) <= MOST:
        path = waiting.popleft()
        answer = None
        with contextlib.suppress(Error):  # It is no page, and is taken down as a file.
            answer = await page.goto(f"{site}{path}", wait_until="load")
        if answer is None or not answer.ok:
            continue
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        yield path
        for href in await page.evaluate(LINKS):
            there = urlsplit(href)
            kind = shape(there.path)
            if f"{there.scheme}://{there.netloc}" != site or kind in seen:
                continue
            if NO_PAGE.search(there.path):
                continue
            seen.add(kind)
            waiting.append(there.path)


async def violations(page: Page) -> list[dict[str, Any]]:
    """Let axe look at a page as it is; a live one may load itself anew meanwhile."""
    for _ in range(3):
        with contextlib.suppress(Error):
            results = await Axe().run(page)
            found: list[dict[str, Any]] = results.response["violations"]
            return found
    raise AssertionError(f"{page.url} does not stand still.")


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_axe_finds_nothing_on_any_page(
    harbour: House, tmp_path: Path, browser: Browser, language: str
) -> None:
    async with a_night(harbour, tmp_path) as night:
        await ask(night.evening, night.meeting, channels=["hands", "online"])
        await ask(night.evening, night.meeting, channels=["paper", "online"])
        found, looked_at = [], []
        async with a_clerk_at_the_evening(night, browser, language=language) as (
            page,
            site,
        ):
            async for path in every_page(page, site):
                looked_at.append(path)
                for violation in await violations(page):
                    where = [node["target"] for node in violation["nodes"]][:3]
                    found.append(f"{path}: {violation['id']} {where}")

    assert len(looked_at) > 40
    assert found == []
