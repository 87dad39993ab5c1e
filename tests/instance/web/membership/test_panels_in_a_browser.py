"""A member comes into a pool by keyboard, and axe finds nothing at any stage."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize

from tests.instance.house import House
from tests.instance.serving import free_port
from tests.instance.web.accessible import violations
from tests.instance.web.evening import hand_over
from tests.instance.web.hall import listening
from tests.instance.web.keyboard import tab_to
from tests.instance.web.panels import Drawing, a_panel

pytestmark = pytest.mark.needs_browser

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}
WIDER = "document.documentElement.scrollWidth > window.innerWidth"


async def test_a_panel_reads_well_on_a_phone_and_a_desk_from_pool_to_report(
    tmp_path: Path, harbour: House, browser: Browser
) -> None:
    async with a_panel(harbour, tmp_path, how="seeds") as drawing:
        evening, port = drawing.evening, free_port()
        async with listening(evening.app, port):
            base = f"http://127.0.0.1:{port}"
            context = await browser.new_context(reduced_motion="reduce")
            await hand_over(evening, "Ada", context)
            page = await context.new_page()

            async def looks_well(*paths: str) -> None:
                for path in paths:
                    answer = await page.goto(f"{base}{path}")
                    assert answer is not None
                    assert answer.ok, path
                    assert await violations(page) == [], path
                    for size in (PHONE, DESK):
                        await page.set_viewport_size(size)
                        assert not await page.evaluate(WIDER), path

            await looks_well("/panels", drawing.page)
            await drawing.step("open")
            await by_keyboard(page, f"{base}{drawing.page}")
            await looks_well(drawing.page, f"{drawing.page}/pool")
            await evening["Ada"].send(f"{drawing.page}/leave", on=drawing.page)
            await drawing.frozen()
            await looks_well(drawing.page)
            await drawing.listed()
            await looks_well(drawing.page, f"{drawing.page}/sheet", "/panels/check")
            await told(drawing)
            await looks_well(drawing.page, f"{drawing.page}/pool", "/panels/seeds")
            await context.close()


async def by_keyboard(page: Page, url: str) -> None:
    await page.goto(url)
    await tab_to(page, "Age")
    await page.keyboard.type("old")
    await tab_to(page, "Put me in the pool")
    await page.keyboard.press("Enter")
    await page.get_by_text("You are in the pool").wait_for()


async def told(drawing: Drawing) -> None:
    for commitment in await drawing.untold():
        await drawing.send("tell", commitment=commitment)
    await drawing.step("seat")
    await drawing.send("report", words="Keep the pool.")
    await drawing.send("report", words="Sell the pool.", signers="2")
