"""Every page that a clerk can reach on an open evening, put before axe."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Page, Route

from instance import node
from instance.membership import welcome
from tests.instance.house import House
from tests.instance.serving import free_port
from tests.instance.web.accessible import (
    UNFILLED,
    by_axe,
    by_keyboard,
    by_refusal,
    by_width,
    every_page,
    help_on,
)
from tests.instance.web.evening import ask
from tests.instance.web.hall import listening
from tests.instance.web.night import Night, a_night

pytestmark = pytest.mark.needs_browser


FORMS: Final = """<!doctype html><html lang="en"><title>Forms</title><main>
<form method="post" action="/forgets"><label>Why <input name="why"></label></form>
</main>"""
FAULTY: Final = """<!doctype html><html lang="en"><title>Faults</title><main>
<style>.bar {position: fixed; inset: 0 0 auto 0; height: 15em; background: #fff}
  .bare:focus {outline: none} .below {display: block; margin-top: 30em}</style>
<h1>Faults</h1><p class="bar">A bar</p><a href="/1" class="under">Under the bar</a>
<a href="/2" class="bare below">Bare</a> <input aria-label="Here" onkeydown="
  event.preventDefault()"> <a href="/3">Never</a> <button></button>
<p>Clear</p><p style="color: #999">Faint</p>
<p style="white-space: nowrap; width: 0">With wide letters it fits no more</p></main>"""


async def test_whoever_looks_at_the_pages_would_see_a_fault(browser: Browser) -> None:
    page = await browser.new_page()
    await page.route("**/*", lambda route: route.fulfill(status=422, body=FORMS))
    await page.goto("http://127.0.0.1/")
    kept = await by_refusal(page, [])
    await page.set_content(FAULTY)

    by_key = await by_keyboard(page)
    seen = await by_axe(page)
    wide = await by_width(page)

    assert by_key == [
        "A “Under the bar” is hidden while it has the focus",
        "A “Bare” does not show that it has the focus",
        "the keyboard never comes to A “Never”",
        "the keyboard never comes to BUTTON “”",
    ]
    assert [each.partition(" ")[0] for each in seen] == [
        "button-name",
        "color-contrast",
        "target-size",
    ]
    assert len(wide) == 1
    assert kept == ["/forgets why: “z6Mk in words 1” in why is not kept"]


async def test_on_the_next_page_a_text_of_other_colours_is_looked_at_too(
    browser: Browser,
) -> None:
    page = await browser.new_page()
    texts = iter(("<p>Clear</p>", "<p>Clear</p><p class='off'>Faint</p>"))
    head = "<title>A</title><style>.off {color: #999}</style><main><h1>A</h1>"

    async def answer(route: Route) -> None:
        body = f'<!doctype html><html lang="en">{head}{next(texts)}</main>'
        await route.fulfill(body=body, content_type="text/html")

    await page.route("**/*", answer)

    seen = []
    for path in ("/first", "/second"):
        await page.goto(f"http://127.0.0.1{path}")
        seen.append(await by_axe(page))

    assert seen[0] == []
    assert [each.partition(" ")[0] for each in seen[1]] == ["color-contrast"]


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
            viewport={"width": 1280, "height": 900},
            locale=language,
            reduced_motion="reduce",
        )
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{port}/in/{link}")
        await page.locator("main button").first.click()
        yield page, f"http://127.0.0.1:{port}"
        await context.close()


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_axe_finds_nothing_on_any_page_and_a_keyboard_comes_everywhere(
    harbour: House, tmp_path: Path, browser: Browser, language: str
) -> None:
    async with a_night(harbour, tmp_path) as night:
        await ask(night.evening, night.meeting, channels=["hands", "online"])
        await ask(night.evening, night.meeting, channels=["paper", "online"])
        found, looked_at, helps = [], [], set()
        forms: list[str] = []
        async with a_clerk_at_the_evening(night, browser, language=language) as (
            page,
            site,
        ):
            async for path in every_page(page, site):
                looked_at.append(path)
                found += [f"{path}: {each}" for each in await by_axe(page)]
                helps.add(await help_on(page))
                found += [f"{path}: {each}" for each in await by_width(page)]
                # Neither depends on the language.
                if language == "en":
                    found += [f"{path}: {each}" for each in await by_keyboard(page)]
                    found += [f"{path}: {e}" for e in await by_refusal(page, forms)]

    assert len(looked_at) > 40
    assert found == []
    # Help stands in the same place and order on every page; sheets to print have none.
    assert len(helps - {()}) == 1


async def test_whoever_comes_in_solves_no_puzzle_and_may_paste(
    harbour: House, tmp_path: Path, browser: Browser
) -> None:
    port = free_port()
    async with (
        a_night(harbour, tmp_path) as night,
        listening(night.evening.app, port),
    ):
        page = await browser.new_page()
        for path in ("/sign-in", "/card", "/stub"):
            await page.goto(f"http://127.0.0.1:{port}{path}")
            fields = page.locator("main input:not([type=hidden])")
            for field in await fields.all():
                await field.evaluate(
                    "each => each.dispatchEvent(new ClipboardEvent('paste', "
                    "{cancelable: true, bubbles: true}))"
                    " || (() => { throw new Error('no pasting') })()"
                )
            some = await fields.count()
            unfilled = await page.evaluate(UNFILLED)
            pictures = await page.locator("main img, main canvas, main iframe").count()

            assert some > 0, path
            assert unfilled == [], path
            assert pictures == 0, path
