"""The pages of what assemblies do together: by axe, by keyboard, narrow and wide.

Each page is opened once, and all is looked at while it is there.
"""

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
    by_refusal,
    by_width,
    every_page,
    help_on,
)
from tests.instance.web.evening import Clock, an_assembly, hand_over
from tests.instance.web.full_council import DURING, SOON, FullCouncil
from tests.instance.web.hall import listening

pytestmark = pytest.mark.needs_browser

TOGETHER = (
    *("/issues", "/shared", "/texts", "/proposals", "/compacts", "/seats", "/mandates"),
    *("/decisions", "/dissents", "/minority-reports", "/record", "/condition", "/asks"),
    *("/directory", "/motions", "/today", "/slips", "/confirm", "/aid", "/entries"),
    *("/authorities", "/digest"),
)
BEGIN = ("/today", "/issues", "/proposals", "/asks", "/compacts")
PHONE, WIDE, HEIGHT = 320, 1280, 900


@asynccontextmanager
async def a_clerk(
    full: FullCouncil, directory: Path, browser: Browser, *, clock: Clock
) -> AsyncIterator[tuple[Page, str]]:
    """Sign in whoever holds every office; give their page and the site's address."""
    port = free_port()
    async with (
        an_assembly(full.house, directory, clock=clock) as evening,
        listening(evening.app, port),
    ):
        context = await browser.new_context(reduced_motion="reduce")
        await hand_over(evening, "Ada", context)
        yield await context.new_page(), f"http://127.0.0.1:{port}"
        await context.close()


async def test_pages_of_the_confederation_are_for_everybody_narrow_and_wide(
    full: FullCouncil, tmp_path: Path, browser: Browser
) -> None:
    found, looked_at, helps, clock = [], [], set(), Clock(now=SOON)
    forms: list[str] = []
    async with a_clerk(full, tmp_path, browser, clock=clock) as (page, site):
        begin = (*BEGIN, *full.aside)
        for clock.now, only in ((SOON, TOGETHER), (DURING, ("/proposals",))):
            async for path in every_page(page, site, begin=begin, only=only):
                looked_at.append(path)
                for width in (PHONE, WIDE):
                    await page.set_viewport_size({"width": width, "height": HEIGHT})
                    found += [f"{path}: {each}" for each in await by_axe(page)]
                    if await page.evaluate(WIDER):
                        found.append(f"{path} is wider than {width} px")
                found += [f"{path}: {each}" for each in await by_width(page)]
                if clock.now == SOON:
                    found += [f"{path}: {each}" for each in await by_keyboard(page)]
                    helps.add(await help_on(page))
                found += [f"{path}: {each}" for each in await by_refusal(page, forms)]

    assert len(looked_at) > 60
    assert found == []
    # Help stands in the same place and order on every page; sheets to print have none.
    assert len(helps - {()}) == 1
