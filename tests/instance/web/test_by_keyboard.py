"""What delegates, clerks and speakers do is done by keyboard alone, from page to page.

A vote, a ranking, the stack and a pool have their walks where they are tested.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from confederation.record import Withdrawal
from instance import chamber
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.serving import free_port
from tests.instance.web.bounds import WALL, binds, proposes
from tests.instance.web.bridging import begin
from tests.instance.web.browsing import a_site, another
from tests.instance.web.evening import an_assembly, hand_over
from tests.instance.web.hall import a_council, before, listening
from tests.instance.web.keyboard import tab_to
from tests.instance.web.outcomes import counts, opens_a_meeting
from tests.instance.web.panels import a_panel
from tests.instance.web.seated import CAS, CHAIR, DANA, elects, path_of

pytestmark = pytest.mark.needs_browser


@asynccontextmanager
async def keyboards(
    house: House, browser: Browser, *who: int
) -> AsyncIterator[tuple[Page, ...]]:
    """Sit these members down at the serving node, each at a screen of their own."""
    pages = []
    port = int(house.config.listen.rpartition(":")[2])
    async with a_site(house, at=NOON, pen=True) as site, listening(site, port):
        for number in who:
            async with another(site, house) as signed_in:
                await signed_in.sign_in(number)
                context = await browser.new_context(
                    base_url=house.config.base, reduced_motion="reduce"
                )
                for each in signed_in.http.cookies.jar:
                    await context.add_cookies(
                        [
                            {
                                "name": each.name,
                                "value": each.value or "",
                                "url": house.config.base,
                            }
                        ]
                    )
            pages.append(await context.new_page())
        yield tuple(pages)
        for page in pages:
            await page.context.close()


async def press(page: Page, says: str, key: str = "Enter") -> None:
    """Come to something by Tab, and press a key there."""
    await tab_to(page, says, most=150)
    await page.keyboard.press(key)


async def send(page: Page, says: str) -> None:
    """Come to the button of a form by Tab, press it, and see where it leads."""
    await tab_to(page, says, most=150)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def test_a_mandate_is_answered_and_a_recall_moved_by_keyboard(
    tmp_path: Path, browser: Browser
) -> None:
    council = a_council(tmp_path, ports=(free_port(), free_port()))
    ours = council.houses[0]
    proposal = await proposes(council, WALL)
    await elects(council)
    await binds(council, proposal)
    async with before(ours, CHAIR) as (chair,):
        seat = await chair.get(path_of(council))
    mandate = seat.partition('href="/mandates/')[2].partition('"')[0]

    async with keyboards(ours, browser, DANA, CAS) as (dana, cas):
        await dana.goto(f"/mandates/{mandate}")
        await tab_to(dana, "Why, if you want to say so")
        await dana.keyboard.type("I sail that week.")
        await press(dana, "I do not", "Space")
        await expect(dana.get_by_text("does not take it on")).to_be_visible()

        await cas.goto(path_of(council))
        await press(cas, "Move a recall", "Space")
        await tab_to(cas, "Why")
        await cas.keyboard.type("Too slow.")
        await press(cas, "It is urgent", "Space")
        await send(cas, "Move it")
        await expect(cas.get_by_text("was moved as urgent")).to_be_visible()


async def test_a_compact_is_changed_and_a_proposal_withdrawn_by_keyboard(
    tmp_path: Path, browser: Browser
) -> None:
    council = a_council(tmp_path, ports=(free_port(), free_port()))
    ours = council.houses[0]
    proposal = await proposes(council, WALL)
    opens_a_meeting(ours, NOON)

    async with keyboards(ours, browser, CHAIR) as (page,):
        await page.goto(f"/compacts/{in_hex(council.compact.digest)}/change")
        await press(page, "The least that adopts a proposal", "ArrowDown")
        for field, days_or_people in (
            ("Days that they have for it", "20"),
            ("More than so many residents", "90"),
        ):
            await tab_to(page, field)
            await page.keyboard.type(days_or_people)
        await tab_to(page, "Why")
        await page.keyboard.type("We are a small place.")
        await send(page, "Write it down as a motion")
        await expect(page.get_by_text("We are a small place.").first).to_be_visible()

        await page.goto(f"/proposals/{in_hex(proposal)}")
        await send(page, "Ask the assembly whether to withdraw it")
        counts(ours, page.url.rpartition("/")[2], 30, 1, NOON)
        await page.goto(f"/proposals/{in_hex(proposal)}")
        await send(page, "Withdraw the proposal")

    with ours.desk() as desk:
        held = chamber.holding(desk, chamber.proposal(desk, proposal))
        assert held is not None
        kept = held.records[held.proposal.assembly]
        assert len([*kept.facts(Withdrawal)]) == 1


async def test_a_bridge_is_crossed_by_keyboard(
    tmp_path: Path, harbour: House, browser: Browser
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        at, port = await begin(evening), free_port()
        async with listening(evening.app, port):
            for name, leads in (("Eva", False), ("Ada", True)):
                context = await browser.new_context(reduced_motion="reduce")
                await hand_over(evening, name, context)
                page = await context.new_page()
                await page.goto(f"http://127.0.0.1:{port}{at}")
                if leads:
                    await press(page, "Write down what")
                await tab_to(page, "In a few words")
                await page.keyboard.type("We ate.")
                await send(page, "Ready")
                if leads:
                    await press(page, "End this bridge")
                    await tab_to(page, "Why it ends")
                    await page.keyboard.type("Both have moved away.")
                    await send(page, "End it")
                    await page.get_by_text("This bridge was ended.").wait_for()
                await context.close()

        seen = await evening["Cleo"].see(at)
        assert seen.count("We ate.") == 2
        assert "Both have moved away." in seen


async def test_a_panel_is_led_to_its_draw_by_keyboard(
    tmp_path: Path, harbour: House, browser: Browser
) -> None:
    async with a_panel(harbour, tmp_path) as drawing:
        evening, port = drawing.evening, free_port()
        async with listening(evening.app, port):
            context = await browser.new_context(reduced_motion="reduce")
            await hand_over(evening, "Ada", context)
            page = await context.new_page()
            await page.goto(f"http://127.0.0.1:{port}{drawing.page}")
            await send(page, "Open the pool")
            await drawing.slips("Age,Place,household,note\n" + "old,hill,,a\n" * 9)
            await send(page, "Freeze the pool")
            for least in ("Age: young, at least", "Age: old, at least"):
                await tab_to(page, least)
                await page.keyboard.type("0")
            await send(page, "Set the quotas")
            await send(page, "Make the list")
            await page.get_by_text("The number that was drawn").wait_for()
            await tab_to(page, "The number that was drawn")
            await page.keyboard.type("7")
            await send(page, "Enter it")
            await page.get_by_text("1 person has entered a number").wait_for()
            await context.close()
