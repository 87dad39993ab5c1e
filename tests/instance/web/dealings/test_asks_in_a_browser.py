"""An authority answers on a phone by keyboard, and axe finds nothing on these pages."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize

from tests.instance.house import House
from tests.instance.serving import free_port
from tests.instance.web.accessible import violations
from tests.instance.web.aiding import offer, post
from tests.instance.web.asking import asking
from tests.instance.web.evening import hand_over
from tests.instance.web.hall import listening
from tests.instance.web.keyboard import tab_to

pytestmark = pytest.mark.needs_browser

PHONE: ViewportSize = {"width": 360, "height": 740}
WIDER = "document.documentElement.scrollWidth > window.innerWidth"


async def test_an_authority_answers_by_keyboard_without_an_account(
    tmp_path: Path, harbour: House, browser: Browser
) -> None:
    async with asking(harbour, tmp_path) as asked:
        link, port = await asked.link(), free_port()
        async with listening(asked.evening.app, port):
            context = await browser.new_context(viewport=PHONE, reduced_motion="reduce")
            page = await context.new_page()
            await page.goto(f"http://127.0.0.1:{port}{link}")
            assert await violations(page) == []
            assert not await page.evaluate(WIDER)

            await tab_to(page, "We have received this")
            await page.keyboard.press("Enter")
            await page.get_by_text("What you have said so far").wait_for()
            await tab_to(page, "A first reply")
            await page.keyboard.press("ArrowDown")
            await page.keyboard.press("ArrowDown")
            await tab_to(page, "What we will do")
            await page.keyboard.type("Six houses this year.")
            await tab_to(page, "Answer")
            await page.keyboard.press("Enter")
            await page.get_by_text("We agree to a part of it,").wait_for()
            await context.close()

        assert "Six houses this year." in await asked.clerk.see(asked.page)


@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_pages_of_asks_and_of_help(
    tmp_path: Path, harbour: House, browser: Browser, width: int
) -> None:
    async with asking(harbour, tmp_path) as asked:
        evening, port = asked.evening, free_port()
        await asked.answer(await asked.link(), plan="Six houses.", handed="9000")
        need = await post(evening)
        await offer(evening["Cleo"], need, "1")
        letter = await asked.clerk.send(f"{asked.page}/letter", on=asked.page)
        decision = asked.decision.removeprefix("sha256:")
        paths = (
            *(asked.page, letter, "/asks", f"/asks/new?decision={decision}"),
            *(need, "/aid", "/aid/new", f"/decisions/{decision}", "/today"),
        )
        async with listening(evening.app, port):
            context = await browser.new_context(
                viewport={"width": width, "height": 900}
            )
            await hand_over(evening, "Ada", context)
            page = await context.new_page()
            found = []
            for path in paths:
                answer = await page.goto(f"http://127.0.0.1:{port}{path}")
                assert answer is not None
                assert answer.ok, path
                found += [await shown(page, path)]
            await context.close()

        assert [each for each in found if each] == []


async def shown(page: Page, path: str) -> list[str]:
    """Return what is wrong with a page."""
    wrong = [f"{path}: {each['id']}" for each in await violations(page)]
    if await page.evaluate(WIDER):
        wrong.append(f"{path}: wider than the screen")
    return wrong
