"""What comes after a meeting is done on a phone, by keyboard alone."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, ViewportSize

from tests.instance.serving import free_port
from tests.instance.web.after import WEEK, an_evening_that_is_over, drafted
from tests.instance.web.evening import (
    adopt_rules,
    an_evening,
    found,
    hand_over,
    listening,
)
from tests.instance.web.keyboard import tab_to
from tests.instance.web.offering import offer

pytestmark = pytest.mark.needs_browser

PHONE: ViewportSize = {"width": 360, "height": 740}


async def test_an_action_is_taken_done_and_celebrated_by_keyboard(
    tmp_path: Path, browser: Browser
) -> None:
    async with an_evening(tmp_path, port=free_port()) as evening:
        await found(evening)
        await adopt_rules(evening)
        await offer(evening, asked=evening["Cleo"].id)
        async with listening(evening):
            context = await browser.new_context(viewport=PHONE, reduced_motion="reduce")
            await hand_over(evening, "Cleo", context)
            page = await context.new_page()
            await page.goto(f"{evening.config.base}/actions")

            await tab_to(page, "Hang a lamp in the stairs")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/actions/0*")
            await tab_to(page, "Yes, I take it")
            await page.keyboard.press("Enter")
            await page.get_by_text("Taken on").wait_for()
            await tab_to(page, "It is done")
            await page.keyboard.press("Enter")
            await tab_to(page, "What came of it")
            await page.keyboard.type("There is light")
            await tab_to(page, "Celebrate it")
            await page.keyboard.press("Space")
            await tab_to(page, "The members")
            await page.keyboard.press("ArrowDown")
            await tab_to(page, "It is done")
            await page.keyboard.press("Enter")
            await page.get_by_text("What came of it").wait_for()

            await page.goto(f"{evening.config.base}/thanks")
            told = await page.locator("main").inner_text()
            await context.close()

        assert "There is light" in told
        assert "Everyone can read this" in told


async def test_minutes_are_corrected_and_approved_by_keyboard(
    tmp_path: Path, browser: Browser
) -> None:
    async with an_evening(tmp_path, port=free_port()) as evening:
        await found(evening)
        await adopt_rules(evening)
        meeting = await an_evening_that_is_over(evening)
        minutes = await drafted(evening, meeting)
        async with listening(evening):
            for name, steps in (
                ("Cleo", ("Say what is wrong", "What it should say", "Propose this")),
                ("Ada", ("Take it in",)),
                ("Ada", ("Approve these minutes",)),
            ):
                if steps == ("Approve these minutes",):
                    evening.clock.pass_by(**WEEK)
                context = await browser.new_context(
                    viewport=PHONE, reduced_motion="reduce"
                )
                await hand_over(evening, name, context)
                page = await context.new_page()
                await page.goto(f"{evening.config.base}{minutes}")
                for step in steps:
                    await tab_to(page, step)
                    if step == "What it should say":
                        await page.keyboard.type("It snowed.")
                    else:
                        await page.keyboard.press("Enter")
                await page.wait_for_load_state("networkidle")
                await context.close()

        says = await evening["Eva"].see(minutes)
        assert "Taken in: It snowed." in says
        assert "Minutes Approved" in says
