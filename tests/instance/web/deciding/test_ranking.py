"""A ranking is put in order by buttons, by dragging or by numbers, and is one vote."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page

from tests.instance.serving import free_port
from tests.instance.web.evening import (
    Evening,
    adopt_rules,
    an_evening,
    ask,
    found,
    hand_over,
    listening,
    meet,
)
from tests.instance.web.keyboard import focused, press

pytestmark = pytest.mark.needs_browser

PHONE = {"width": 360, "height": 740}


@asynccontextmanager
async def a_ballot(
    directory: Path, browser: Browser, *, method: str, scripts: bool = True
) -> AsyncIterator[tuple[Evening, str, Page]]:
    """Put three options to the vote; Eva has the ballot open on her phone."""
    async with an_evening(directory, port=free_port()) as evening, listening(evening):
        await found(evening)
        await adopt_rules(evening, methods=["majority", method])
        ballot = await ask(
            evening,
            await meet(evening),
            method=method,
            options=["mend", "heighten", "leave"],
            keep="leave",
        )
        context = await browser.new_context(
            viewport={"width": PHONE["width"], "height": PHONE["height"]},
            java_script_enabled=scripts,
            has_touch=True,
        )
        await hand_over(evening, "Eva", context)
        page = await context.new_page()
        await page.goto(f"{evening.config.base}{ballot}")
        yield evening, ballot, page
        await context.close()


async def touch(
    page: Page, source: Locator, to: Locator, *, let_go: str = "touchEnd"
) -> None:
    """Put a finger down, move it to just above a row's middle, and take it away."""
    finger = await page.context.new_cdp_session(page)
    await source.scroll_into_view_if_needed()
    start, end = await source.bounding_box(), await to.bounding_box()
    assert start is not None
    assert end is not None
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    goal = end["y"] + end["height"] / 2 - 4
    for kind, at in (
        ("touchStart", y),
        ("touchMove", (y + goal) / 2),
        ("touchMove", goal),
        (let_go, None),
    ):
        points = [] if at is None else [{"x": x, "y": at}]
        await finger.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
        )
    await finger.detach()


async def test_options_are_ranked_and_handed_in_by_keyboard_alone(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_ballot(tmp_path, browser, method="pairs") as (evening, ballot, page):
        await press(page, "Put in: mend")
        await press(page, "Put in: heighten")
        await press(page, "Put in: leave")
        # The last goes up twice, and the middle one shares the place above it.
        await page.get_by_role("button", name="Move up: leave").focus()
        await page.keyboard.press("Enter")
        assert await focused(page) == "Move up: leave"
        await page.keyboard.press("Enter")
        await page.get_by_role(
            "button", name="Same place as the one above: heighten"
        ).focus()
        await page.keyboard.press("Space")
        await page.get_by_role("button", name="Vote", exact=True).focus()
        await page.keyboard.press("Enter")
        await page.get_by_text("You voted:").wait_for()

        says = await evening["Eva"].see(ballot)

        assert "You voted: leave > heighten = mend" in says


async def test_an_option_is_dragged_to_its_place(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_ballot(tmp_path, browser, method="ranked") as (evening, ballot, page):
        await page.get_by_role("button", name="Put in: mend").click()
        rows = page.locator(".ranking > li")
        await rows.filter(has_text="leave").drag_to(
            rows.filter(has_text="mend"), target_position={"x": 90, "y": 4}
        )
        heighten, leave = (
            rows.filter(has_text="heighten"),
            rows.filter(has_text="leave"),
        )
        # A finger carries a row by its grip, as long as nothing calls it away;
        # elsewhere on the row it scrolls the page.
        await touch(page, heighten.locator(".grip"), leave, let_go="touchCancel")
        await touch(page, heighten.locator("bdi"), leave)
        assert await rows.nth(0).locator("bdi").inner_text() == "leave"
        await touch(page, heighten.locator(".grip"), leave)
        await touch(page, heighten.locator(".grip"), rows.filter(has_text="mend"))
        await page.get_by_role("button", name="Vote", exact=True).click()
        await page.get_by_text("You voted:").wait_for()

        assert "You voted: leave > heighten > mend" in await evening["Eva"].see(ballot)


async def test_without_a_script_the_places_are_chosen_by_number(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_ballot(tmp_path, browser, method="ranked", scripts=False) as (
        evening,
        ballot,
        page,
    ):
        await page.get_by_label("heighten").select_option("1")
        await page.get_by_label("mend").select_option("2")
        await page.get_by_role("button", name="Vote", exact=True).click()

        assert "You voted: heighten > mend" in await evening["Eva"].see(ballot)
