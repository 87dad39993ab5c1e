"""The printed card alone leads through the evening: what it says to press is there.

Each card is read as it is printed, and its buttons are pressed in a real browser in the
order in which they stand on it. What a person writes between is the only thing that
the test adds.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from confederation.meeting import rotation
from tests.instance.house import House
from tests.instance.web.evening import Evening, an_assembly, ask, hand_over, listening

pytestmark = pytest.mark.needs_browser

PRESSED = re.compile(r'<b class="press">(.*?)</b>')
IN_A_BOX = ("The door: cards out and back", "The paper goes in", "Enter my count")
BUTTONS: tuple[Literal["button", "link"], ...] = ("button", "link")


@dataclass(slots=True, kw_only=True)
class Reader:
    """Somebody who has never seen the program, with a card in their hand."""

    page: Page
    to_press: list[str] = field(default_factory=list)

    async def take(self, card: str) -> None:
        """Take a printed card, and keep what it says to press, in its order."""
        await self.page.goto(card)
        self.to_press = PRESSED.findall(await self.page.content())
        assert self.to_press

    async def press(self, says: str) -> None:
        """Press what the card names next: a button, a link, or what opens a part."""
        assert self.to_press.pop(0) == says
        named = self.page.locator("summary").filter(
            has_text=re.compile(rf"^\s*{re.escape(says)}\s*$")
        )
        for role in BUTTONS:
            named = named.or_(self.page.get_by_role(role, name=says, exact=True))
        await named.first.click()

    async def move(self, says: str) -> None:
        """Press what moves the evening on, and wait until the page has followed."""
        version = "document.querySelector('input[name=seen]')?.value"
        before = await self.page.evaluate(version)
        await self.press(says)
        await self.page.wait_for_function(f"seen => {version} !== seen", arg=before)


async def fill_in_count(page: Page, *papers: str) -> None:
    """Type how many were for, against, and neither."""
    counted = papers or ("90", "50", "10")
    for label, number in zip(("For", "Against", "Abstain"), counted, strict=True):
        await page.get_by_label(label, exact=True).fill(number)


@asynccontextmanager
async def an_evening(
    harbour: House, directory: Path, chromium: Chromium, *names: str
) -> AsyncIterator[tuple[Evening, str, list[Reader]]]:
    """Call a meeting for now; give a browser to each of these people."""
    async with an_assembly(harbour, directory) as evening, listening(evening):
        meeting = await evening["Ada"].send(
            "/sessions", on="/sessions", title="Damp and cold", kind="assembly"
        )
        readers = []
        for name in names:
            context = await chromium.new_context()
            await hand_over(evening, name, context)
            readers.append(Reader(page=await context.new_page()))
        try:
            yield evening, meeting, readers
        finally:
            for reader in readers:
                await reader.page.context.close()


async def test_a_facilitator_a_doorkeeper_and_tellers_hold_the_evening_by_their_cards(
    tmp_path: Path, harbour: House, browser: Chromium
) -> None:
    async with an_evening(harbour, tmp_path, browser, "Ada", "Ben", "Ada", "Ben") as (
        evening,
        meeting,
        (chair, second, door, teller),
    ):
        at = evening.config.base + meeting
        for reader, job in (
            (chair, "facilitator"),
            (door, "doorkeeper"),
            (second, "doorkeeper"),
            (teller, "teller"),
        ):
            await reader.take(f"{at}/sheets/roles/{job}")

        # Before, and while people talk
        await chair.page.goto(at)
        await chair.press("Open the meeting")
        await door.page.goto(at)
        await door.press("The door: cards out and back")
        await door.page.get_by_label("Which cards").first.fill("1–151")
        await door.press("Write down")
        await second.page.goto(at)
        await second.press("The door: cards out and back")
        second.to_press.pop(0)
        await second.page.get_by_label("How many cards are out").fill("151")
        await second.press("That is my count")
        assert door.to_press.pop(0) == "That is my count"
        await door.press("Who is new tonight")
        await door.page.get_by_label("The number of the card").fill("12")
        await door.page.get_by_label("The name").fill("Zoe")
        await door.press("Put it on the card")
        assert "Zoe" in await door.page.inner_text("main")
        back = door.page.locator("main").get_by_role("link", name="The door")
        await back.click()
        came_back = door.page.locator("form[action$='/door/back']")
        await came_back.get_by_label("Which cards").fill("151")
        assert door.to_press.pop(0) == "Write down"
        await came_back.get_by_role("button", name="Write down").click()
        await door.page.get_by_text("150", exact=True).first.wait_for()
        assert door.to_press == []
        await chair.page.goto(at)
        await chair.press("The floor: for the facilitator")
        await chair.move("Begin with the first part")
        await chair.page.get_by_label("A hand that you see").fill("57")
        await chair.press("Put it on the stack")
        await chair.page.get_by_role("button", name="Give the word to card 57").click()
        await chair.move("Has spoken")
        await chair.move("5 minutes more")
        await chair.move("Next part")
        await chair.press("Leave this part out")
        await chair.page.get_by_label("Why, in a few words").fill("It is late.")
        await chair.move("Leave it out")
        await chair.move("Pause")
        await chair.move("Go on")

        # When something is decided
        await chair.press("Put a question to the vote")
        await chair.press("A new ballot")
        await chair.page.get_by_text("A text written below").click()
        await chair.page.get_by_label("The text decided on").fill("We mend it.")
        await chair.page.get_by_label("The question").fill("Do we mend it?")
        await chair.page.locator("input[name=method][value=majority]").check()
        await chair.page.get_by_text("By hands, in the room").click()
        await chair.press("Put it to the vote")
        await chair.page.wait_for_url("**/ballots/*")
        ballot = chair.page.url
        for counting in (door.page, teller.page):
            await counting.goto(f"{evening.config.base}/sessions")
            await counting.get_by_role("link", name="Damp and cold").click()
            await counting.get_by_role("link", name="Do we mend it?").click()
            await fill_in_count(counting)
            if counting is door.page:
                await counting.get_by_role("button", name="Enter my count").click()
            else:
                await teller.press("Enter my count")
        await chair.page.goto(ballot)
        await chair.press("Close and count")
        assert "Passed" in await chair.page.inner_text("main")
        await teller.page.goto(ballot)
        assert teller.to_press[:3] == [*IN_A_BOX]
        del teller.to_press[:3]
        await teller.press("Confirm it")
        # Theirs is in a file, as this browser says.
        await teller.page.get_by_text("Your key is not in this browser").wait_for()
        assert teller.to_press.pop(0) == "Confirm with my key"
        await teller.press("To confirm")
        await teller.page.get_by_label("The code on your count sheet").fill("no code")
        await teller.press("Confirm")
        assert "on no count sheet" in await teller.page.inner_text("main")

        # At the end
        await chair.press("The meeting")
        await chair.press("Close the meeting")
        await chair.press("Close it for good")
        assert "Over" in await chair.page.inner_text("main")
        assert chair.to_press == teller.to_press == []


async def test_tellers_watch_a_box_by_their_card(
    tmp_path: Path, harbour: House, browser: Chromium
) -> None:
    async with an_evening(harbour, tmp_path, browser, "Ben") as (
        evening,
        meeting,
        (teller,),
    ):
        at, page = evening.config.base + meeting, teller.page
        await evening["Ada"].send(f"{meeting}/open", on=meeting)
        door = f"{meeting}/door"
        await evening["Ada"].send(f"{door}/out", on=door, cards="1–3")
        await evening["Ben"].send(f"{door}/count", on=door, count="3")
        ballot = await ask(evening, meeting, channels=["paper"])
        await teller.take(f"{at}/sheets/roles/teller")

        assert teller.to_press.pop(0) == "Enter my count"
        await page.goto(at)
        await teller.press("The door: cards out and back")
        await page.get_by_label("Whose paper goes in").fill("2")
        await teller.press("The paper goes in")
        assert "Written down: 2" in await page.inner_text("main")
        await page.get_by_role("link", name="Do we mend it?").click()
        await fill_in_count(page, "1", "0", "0")
        await teller.press("Enter my count")

        assert page.url.endswith(ballot)
        assert "Your count is in." in await page.inner_text("main")


async def test_a_convenor_calls_and_prepares_a_meeting_by_their_card(
    tmp_path: Path, harbour: House, browser: Chromium
) -> None:
    async with an_evening(harbour, tmp_path, browser, "Eva") as (
        evening,
        meeting,
        (convenor,),
    ):
        page, eva = convenor.page, evening["Eva"].id
        await evening["Ada"].send(
            f"/people/{eva}/roles", on="/people", role="convenor", give="yes"
        )
        await convenor.take(f"{evening.config.base}{meeting}/sheets/roles/convenor")

        await page.goto(f"{evening.config.base}/today")
        await page.get_by_role("link", name="Meetings", exact=True).first.click()
        await page.get_by_label("What it is about").fill("The stairs")
        await convenor.press("Call it")
        await convenor.press("Prepare it")
        await convenor.press("Save the evening")
        await page.get_by_label("What do we ask each other?").fill("Who is cold?")
        await convenor.press("Keep it")
        await page.get_by_label("Note-taker").first.fill("Dov")
        await convenor.press("Keep the roles")
        prepared = page.url
        await convenor.press("All sheets to print")
        await page.goto(prepared)
        await convenor.press("Another time or place")
        await page.get_by_label("Where", exact=True).fill("The school")
        await convenor.press("Change it")
        await page.get_by_text("The school").first.wait_for()
        await convenor.press("Call it")
        await page.get_by_role("link", name="The meeting").first.click()
        await convenor.press("Call it off")

        assert "Called off" in await page.inner_text("main")
        assert convenor.to_press == []


async def test_a_note_taker_a_welcomer_and_a_clerk_find_what_their_cards_say(
    tmp_path: Path, harbour: House, browser: Chromium
) -> None:
    async with an_evening(harbour, tmp_path, browser, "Eva", "Eva", "Ada") as (
        evening,
        meeting,
        (notes, welcomer, clerk),
    ):
        at = evening.config.base + meeting
        # They hold no office: they are named for tonight.
        await evening["Ada"].send(
            f"{meeting}/setup/roles",
            on=f"{meeting}/setup",
            fields={"note-taker": "Eva", "welcomer": "Eva"},
        )
        await evening["Ada"].send(f"{meeting}/open", on=meeting)
        await notes.take(f"{at}/sheets/roles/note-taker")
        # Whoever scans the card comes to where their code is asked for.
        address = await notes.page.locator(".scan bdi").inner_text()
        assert address == f"{evening.config.base}/sign-in"

        await notes.page.goto(f"{evening.config.base}/sessions")
        await notes.page.get_by_role("link", name="Damp and cold").click()
        await notes.press("Heard, and where it went")
        await notes.page.get_by_label("Table", exact=True).fill("7")
        await notes.page.get_by_label("What was said").fill("The stairs are dark.")
        await notes.page.get_by_label("Why it matters to them").fill("People fall.")
        await notes.press("Keep this point")

        assert "The stairs are dark." in await notes.page.inner_text("main")
        assert notes.to_press == []

        await welcomer.take(f"{at}/sheets/roles/welcomer")
        await evening["Ben"].send(
            f"{meeting}/welcome/name",
            on=f"{meeting}/welcome",
            fields={"card": "12", "first_time": "yes"},
        )
        await welcomer.page.goto(at)
        await welcomer.press("Who is new tonight")
        assert welcomer.to_press.pop(0) == "Greeted"
        await welcomer.page.get_by_role("button", name="Greeted").click()
        says = welcomer.page.get_by_label("What should they know, to be kind?")
        await says.fill("Card 12 would like to sit near the door.")
        await welcomer.press("Tell it")
        shown = await welcomer.page.inner_text("main")
        assert "Somebody has greeted them." in shown
        assert "Card 12 would like to sit" in shown
        assert welcomer.to_press == []

        await clerk.take(f"{at}/sheets/roles/clerk")
        await clerk.page.goto(f"{evening.config.base}/today")
        for name in ("To confirm", "Rulebook", "Members"):
            await clerk.page.get_by_role("link", name=name, exact=True).first.click()
        row = clerk.page.locator(f"[id='{evening['Eva'].id}']")
        await row.locator("summary").click()
        await row.get_by_label("Role").select_option("note-taker")
        assert clerk.to_press.pop(0) == "Give"
        await row.get_by_role("button", name="Give", exact=True).click()
        await clerk.page.wait_for_url("**/people#*")
        assert "note-taker" in await row.locator(".soft").first.inner_text()
        assert clerk.to_press == []


async def test_whoever_watches_the_clock_or_the_people_needs_no_device(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        for role in rotation.ROLES:
            pressed = PRESSED.findall(await evening["Eva"].open(f"/roles/{role}"))
            assert bool(pressed) is (role not in {"timekeeper", "host"}), role


async def test_a_part_is_moved_down_again_and_again_by_keyboard_alone(
    tmp_path: Path, harbour: House, browser: Chromium
) -> None:
    async with an_evening(harbour, tmp_path, browser, "Ada") as (
        evening,
        meeting,
        (reader,),
    ):
        page = reader.page
        await page.goto(f"{evening.config.base}{meeting}/setup")
        for _ in range(80):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.id") == "down-1":
                break

        for place in (2, 3):
            async with page.expect_navigation():
                await page.keyboard.press("Enter")
            assert await page.evaluate("document.activeElement.id") == "down-1"
            third = page.locator(".run-sheet > li").nth(place - 1)
            assert await third.locator("#down-1").count() == 1
