"""The pages in a real browser: a phone without JavaScript, and a keyboard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request

from instance import node
from instance.fediverse import persona
from instance.membership import welcome
from instance.store import timeline
from tests.instance.house import NOON, House, a_house
from tests.instance.serving import free_port
from tests.instance.web.browsing import a_site
from tests.instance.web.hall import listening
from tests.instance.web.story import PAGES, Story, addressed

pytestmark = pytest.mark.needs_browser

EVENING = NOON + timedelta(hours=8)
PHONE = {"width": 360, "height": 800}
DESK = {"width": 1280, "height": 900}

TOO_SMALL = """
[...document.querySelectorAll("button, summary, .way, .ways a, .menu a, input, select")]
  .map(each => each.getBoundingClientRect())
  .filter(box => box.width > 0 && box.height > 0 && box.height < 44)
  .length
"""
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"
UNSEEN = """
(() => {
  const outline = getComputedStyle(document.activeElement);
  return outline.outlineStyle === "none" || outline.outlineWidth === "0px";
})()
"""


@asynccontextmanager
async def served(house: House) -> AsyncIterator[str]:
    """Serve a house's pages on a free port of loopback; give the address."""
    port = free_port()
    here = f"127.0.0.1:{port}"
    moved = replace(house, config=replace(house.config, domain=here, listen=here))
    async with a_site(moved, at=EVENING) as app, listening(app, port):
        yield f"http://{here}"


@asynccontextmanager
async def a_page(
    browser: Browser, size: dict[str, int], *, scripts: bool = True, dark: bool = False
) -> AsyncIterator[Page]:
    context: BrowserContext = await browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        java_script_enabled=scripts,
        color_scheme="dark" if dark else "light",
        has_touch=size is PHONE,
    )
    page = await context.new_page()
    yield page
    await context.close()


async def test_a_member_comes_in_and_reads_on_a_phone_without_javascript(
    story: Story, browser: Browser
) -> None:
    house = story.harbour.house
    with node.at_desk(house.config) as desk:
        path = welcome.new_link(desk, house.members[0]).link.partition("/in/")[2]
    async with (
        served(house) as site,
        a_page(browser, PHONE, scripts=False) as page,
    ):
        await page.goto(f"{site}/in/{path}")
        await page.get_by_role("button", name="Come in as Ada").click()

        assert page.url == f"{site}/"
        await page.get_by_text("Menu", exact=True).click()
        assert await page.get_by_role("button", name="Sign out").is_visible()
        await page.get_by_text("Menu", exact=True).click()

        await page.get_by_role(
            "link", name="A damp survey of every rented home", exact=True
        ).click()
        await page.get_by_text("How counted").click()

        assert await page.get_by_text("3 voted. At least 2 must vote").is_visible()
        assert await page.get_by_text("Counted by nobody:").first.is_visible()


async def test_a_link_that_is_only_opened_lets_nobody_in(
    story: Story, browser: Browser
) -> None:
    house = story.harbour.house
    with node.at_desk(house.config) as desk:
        path = welcome.new_link(desk, house.members[0]).link.partition("/in/")[2]
    async with served(house) as site, a_page(browser, PHONE) as page:
        await page.goto(f"{site}/in/{path}")
        await page.goto(site)

        await page.get_by_text("Menu", exact=True).click()
        assert await page.get_by_role("link", name="Sign in").is_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_every_page_fits_its_buttons_can_be_hit_and_it_asks_nobody_else(
    story: Story, browser: Browser, size: dict[str, int]
) -> None:
    asked: list[str] = []
    said: list[str] = []
    async with served(story.harbour.house) as site, a_page(browser, size) as page:

        def note(request: Request) -> None:
            asked.append(request.url)

        page.on("request", note)
        page.on("console", lambda message: said.append(message.text))
        for path in PAGES:
            await page.goto(f"{site}{addressed(story, path)}")

            assert await page.evaluate(TOO_WIDE) <= 0, path
            assert await page.evaluate(TOO_SMALL) == 0, path
        assert all(url.startswith(site) for url in asked)
        assert said == []


async def test_the_keyboard_reaches_the_page_first_and_shows_where_it_is(
    story: Story, browser: Browser
) -> None:
    async with (
        served(story.harbour.house) as site,
        a_page(browser, DESK, dark=True) as page,
    ):
        await page.goto(site)
        await page.keyboard.press("Tab")

        skip = page.get_by_role("link", name="Skip to the page")
        assert await skip.is_visible()
        box = await skip.bounding_box()
        assert box is not None
        assert box["height"] > 24
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        inside = await page.evaluate(
            "document.querySelector('main').contains(document.activeElement)"
        )
        assert inside
        for _ in range(12):
            assert not await page.evaluate(UNSEEN)
            await page.keyboard.press("Tab")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_words_stand_out_from_what_is_behind_them(
    story: Story, browser: Browser, *, dark: bool
) -> None:
    async with (
        served(story.harbour.house) as site,
        a_page(browser, DESK, dark=dark) as page,
    ):
        for path in ("/", "/proposals", "/about"):
            await page.goto(f"{site}{path}")

            assert await page.evaluate(TOO_FAINT) == []


TOO_FAINT = """
(() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = parts(colour).slice(0, 3).map(each => {
      const share = each / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0.99) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("body *")]
    .filter(each => [...each.childNodes].some(
      node => node.nodeType === 3 && node.textContent.trim()))
    .filter(each => each.getBoundingClientRect().width > 1)
    .map(each => {
      const [a, b] = [getComputedStyle(each).color, behind(each)].map(light);
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return [each.textContent.trim().slice(0, 40), contrast];
    })
    .filter(([_, contrast]) => contrast < 4.5);
})()
"""


async def test_what_comes_from_elsewhere_fits_a_phone_and_a_desk_without_javascript(
    browser: Browser, tmp_path: Path
) -> None:
    house = a_house(tmp_path)
    long = "https://a.example/" + "averylongword" * 20
    with house.desk() as desk:
        me = persona.become(desk, house.members[0], username="ada", name="Ada")
        persona.write(desk, me, f"Who has a ladder? {long}")
        persona.follow(desk, me, f"{desk.config.base}/g/harbour", inbox="")
        link = welcome.new_link(desk, house.members[0]).link.partition("/in/")[2]
        [post] = timeline.by(
            desk.connection, me=me.path, author=f"{desk.config.base}/{me.path}", most=1
        )
    for size in (PHONE, DESK):
        async with (
            served(house) as site,
            a_page(browser, size, scripts=False) as page,
        ):
            await page.goto(f"{site}/in/{link}")
            await page.get_by_role("button", name="Come in as Ada").click()
            who = quote(f"{site}/{me.path}", safe="")
            for path in (
                "/home",
                "/home/following",
                f"/home/post?id={quote(post.id, safe='')}",
                f"/home/who?id={who}",
                f"/intents/follow?object={who}",
                f"/{me.path}",
            ):
                answer = await page.goto(f"{site}{path}")
                assert answer is not None
                assert answer.ok, path
                assert await page.evaluate(TOO_WIDE) <= 0, path
                assert await page.locator("h1").is_visible()
