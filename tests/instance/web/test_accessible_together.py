"""The pages of what assemblies do together: by axe, by keyboard, narrow and wide."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.instance.serving import free_port
from tests.instance.web.accessible import (
    WIDER,
    by_axe,
    by_keyboard,
    every_page,
    help_on,
)
from tests.instance.web.evening import Clock, an_assembly, hand_over
from tests.instance.web.full_council import DURING, SOON, FullCouncil, a_full_council
from tests.instance.web.hall import listening

pytestmark = pytest.mark.needs_browser

TOGETHER = (
    *("/issues", "/shared", "/texts", "/proposals", "/compacts", "/seats", "/mandates"),
    *("/decisions", "/dissents", "/minority-reports", "/record", "/condition", "/asks"),
    *("/directory", "/motions", "/today", "/slips", "/confirm", "/aid", "/entries"),
    *("/authorities", "/digest"),
)
BEGIN = ("/today", "/issues", "/proposals", "/asks", "/compacts")
PHONE, WIDE = 360, 1280


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> FullCouncil:
    """A node with one of everything. Tests copy it and change nothing."""
    return asyncio.run(a_full_council(tmp_path_factory.mktemp("full")))


@asynccontextmanager
async def a_clerk(
    full: FullCouncil, directory: Path, browser: Browser, *, width: int, clock: Clock
) -> AsyncIterator[tuple[Page, str]]:
    """Sign in whoever holds every office; give their page and the site's address."""
    port = free_port()
    async with (
        an_assembly(full.house, directory, clock=clock) as evening,
        listening(evening.app, port),
    ):
        context = await browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        await hand_over(evening, "Ada", context)
        yield await context.new_page(), f"http://127.0.0.1:{port}"
        await context.close()


@pytest.mark.parametrize("width", [PHONE, WIDE])
async def test_axe_finds_nothing_on_the_pages_of_the_confederation(
    full: FullCouncil, tmp_path: Path, browser: Browser, width: int
) -> None:
    found, looked_at, clock = [], [], Clock(now=SOON)
    async with a_clerk(full, tmp_path, browser, width=width, clock=clock) as (
        page,
        site,
    ):
        begin = (*BEGIN, *full.aside)
        for clock.now, only in ((SOON, TOGETHER), (DURING, ("/proposals",))):
            async for path in every_page(page, site, begin=begin, only=only):
                looked_at.append(path)
                found += [f"{path}: {each}" for each in await by_axe(page)]
                if await page.evaluate(WIDER):
                    found.append(f"{path} is wider than {width} px")

    assert len(looked_at) > 60
    assert found == []


async def test_a_keyboard_comes_everywhere_and_shows_where_it_is(
    full: FullCouncil, tmp_path: Path, browser: Browser
) -> None:
    found, helps, clock = [], set(), Clock(now=SOON)
    async with a_clerk(full, tmp_path, browser, width=WIDE, clock=clock) as (
        page,
        site,
    ):
        async for path in every_page(
            page, site, begin=(*BEGIN, *full.aside), only=TOGETHER
        ):
            found += [f"{path}: {each}" for each in await by_keyboard(page)]
            helps.add(await help_on(page))

    assert found == []
    # Help stands in the same place and order on every page; sheets to print have none.
    assert len(helps - {()}) == 1
