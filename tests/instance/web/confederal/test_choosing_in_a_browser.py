"""A choice among several is voted on and read on a phone, without a mouse."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from instance.web.naming import in_hex
from tests.instance import three
from tests.instance.house import NOON, House
from tests.instance.serving import free_port
from tests.instance.web.browsing import a_site, another
from tests.instance.web.choosing import LATER, instructs, proposes
from tests.instance.web.hall import a_council, adopts, before, decides, listening
from tests.instance.web.keyboard import focused, press
from tests.instance.web.seated import CAS, CHAIR, DANA, elects, votes_of
from tests.instance.web.sending import done

pytestmark = pytest.mark.needs_browser

SIZES = {"phone": (360, 740), "desk": (1280, 900)}
SHOTS = os.environ.get("FOLKMOOT_SHOTS")
"""A directory for pictures of the pages, for whoever wants to look at them."""


@asynccontextmanager
async def looking(
    house: House, browser: Browser, who: int, *, at: datetime = NOON
) -> AsyncIterator[Page]:
    """Open a page of a member's browser before the serving node."""
    port = int(house.config.listen.rpartition(":")[2])
    async with (
        a_site(house, at=at, pen=True) as pages,
        another(pages, house) as signed_in,
        listening(pages, port),
    ):
        await signed_in.sign_in(who)
        context = await browser.new_context(viewport={"width": 360, "height": 740})
        await context.add_cookies(
            [
                {"name": each.name, "value": each.value or "", "url": house.config.base}
                for each in signed_in.http.cookies.jar
            ]
        )
        page = await context.new_page()
        yield page
        await context.close()


async def shoot(page: Page, name: str) -> None:
    """See that nothing is wider than the screen, at both sizes."""
    for size, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        wide = await page.evaluate("document.documentElement.scrollWidth")
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/{name}-{size}.png", full_page=True)
        assert wide <= width, f"{name} is {wide} wide on a {size}"


async def test_a_delegate_ranks_by_keyboard_and_everyone_reads_how_it_was_counted(
    tmp_path: Path, browser: Browser
) -> None:
    council = a_council(tmp_path, ports=(free_port(), free_port()))
    ours, other = council.houses
    motion = adopts(ours, "We raise the wall.", "We buy pumps.", "We plant trees.")
    async with looking(ours, browser, CHAIR) as page:
        await page.goto(f"{ours.config.base}/motions/{motion}/propose")
        await page.get_by_text("For a choice among several").click()
        await shoot(page, "propose")
    proposal = await proposes(council)
    at = f"{ours.config.base}/proposals/{in_hex(proposal)}"
    await elects(council)
    decides(ours, subject=proposal)
    seat = f"{ours.config.base}/seats/{in_hex(council.compact.identity)}"
    async with looking(ours, browser, CHAIR) as page:
        await page.goto(seat)
        await shoot(page, "seat")
    await instructs(council, proposal, "clause-2")
    theirs = three.mandates(council, other, proposal, "keep", until=LATER)

    async with looking(ours, browser, DANA) as page:
        await page.goto(f"{at}/vote")
        await shoot(page, "vote")
        label = "Put in: Keep things as they are"
        await press(page, label)
        assert await focused(page) == "Leave out: Keep things as they are"
        await page.get_by_role("button", name="Vote for the assembly").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url(at)
        await shoot(page, "proposal")
    [filed] = votes_of(ours, proposal, NOON)
    assert filed.document is not None
    assert filed.document.choice == ("clause-2", "keep")

    three.votes(other, theirs, proposal, "keep > clause-3", at=NOON)
    council.confer(NOON)
    council.confer(LATER)
    async with looking(ours, browser, CHAIR, at=LATER) as page:
        await page.goto(at)
        await page.get_by_text("How counted", exact=True).click()
        await shoot(page, "counted")
        said = await page.inner_text("main")
    assert "Not adopted" in said
    assert "In the order in which they were locked in" in said


async def test_a_minority_report_is_written_signed_and_read(
    tmp_path: Path, browser: Browser
) -> None:
    council = a_council(tmp_path, ports=(free_port(), free_port()))
    ours = council.houses[0]
    decision = three.decides(ours)
    ballot = decides(ours)
    at = NOON + timedelta(minutes=1)
    async with before(ours, CHAIR) as (chair,):
        listed = await chair.get("/decisions")
    assert ballot
    assert in_hex(decision) in listed
    page_of = next(
        part.partition('"')[0]
        for part in listed.split('href="')
        if part.startswith("/decisions/") and in_hex(decision) not in part
    )
    async with looking(ours, browser, CAS, at=at) as page:
        await page.goto(f"{ours.config.base}{page_of}")
        await page.get_by_text("You did not agree? Write a minority report").click()
        await shoot(page, "dissent-new")
        await page.get_by_label("Part 1").fill("It costs more than we have.")
        await page.get_by_label("First reviewer").select_option(index=1)
        await page.get_by_label("Second reviewer").select_option(index=2)
        await page.get_by_text("My name may stand under it").click()
        await page.get_by_role("button", name="Begin it, and sign").click()
        await page.get_by_text("Who signed").wait_for()
        await shoot(page, "dissent")
        draft = page.url.removeprefix(ours.config.base)
    who = 4 if await _may_sign(ours, 4, draft) else 1
    async with before(ours, who) as (second,):
        done(await second.post(f"{draft}/sign", on=draft))
        done(await second.post(f"{draft}/file", on=draft))
    async with looking(ours, browser, CAS, at=at) as page:
        await page.goto(f"{ours.config.base}{page_of}")
        await shoot(page, "dissent-filed")
        said = await page.inner_text("#dissent")
    assert "It costs more than we have." in said


async def _may_sign(house: House, who: int, page: str) -> bool:
    async with before(house, who) as (browser,):
        return f'action="{page}/sign"' in await browser.get(page)
