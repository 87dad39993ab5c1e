"""A first evening of 160 cards in real browsers without JavaScript, start to end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from instance.meeting import door
from tests.instance.serving import free_port
from tests.instance.web.accessible import violations
from tests.instance.web.evening import hand_over, listening
from tests.instance.web.first import CODE, First, a_first_evening

pytestmark = pytest.mark.needs_browser

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """A laptop on the table, at which the organiser is signed in, and its codes."""

    first: First
    laptop: Page
    browser: Browser
    base: str
    codes: tuple[str, ...]

    async def go(self, path: str) -> None:
        await self.laptop.goto(f"{self.base}{path}")

    async def press(self, name: str) -> None:
        await self.laptop.get_by_role("button", name=name).click()

    async def write(self, label: str, text: str, *, within: str) -> None:
        """Write cards into the form under a heading of the door, and send it."""
        part = self.laptop.get_by_role("region", name=within)
        await part.get_by_label(label).fill(text)
        await part.get_by_role("button").first.click()

    async def count(self, for_: int, against: int, abstain: int, *, code: str) -> None:
        """Let a teller enter what they counted; one without a code is signed in."""
        for label, number in (
            ("For", for_),
            ("Against", against),
            ("Abstain", abstain),
        ):
            field = self.laptop.get_by_label(label, exact=True)
            await field.and_(self.laptop.locator("input.number")).fill(str(number))
        if code:
            await self.laptop.get_by_text("A teller without a device").click()
            await self.laptop.get_by_label("The code on your count sheet").fill(code)
        await self.press("Enter my count")

    async def phone(self, card: int) -> Page:
        """Scan the code on a card with a phone, and come in."""
        meeting = (await self.first.meeting()).removeprefix("/sessions/")
        code = await self.first.evening.look(
            lambda desk: door.code(desk, meeting, card)
        )
        context = await self.browser.new_context(
            viewport={"width": 360, "height": 740}, java_script_enabled=False
        )
        page = await context.new_page()
        await page.goto(f"{self.base}/card?card={card}&code={code}")
        await page.get_by_role("button", name="Come in").click()
        return page


@asynccontextmanager
async def a_hall(
    directory: Path, browser: Browser, *, scripts: bool = False
) -> AsyncIterator[Hall]:
    port = free_port()
    async with (
        a_first_evening(directory, port=port) as first,
        listening(first.evening),
    ):
        context = await browser.new_context(
            viewport={"width": 1280, "height": 900}, java_script_enabled=scripts
        )
        first.evening.guests["Ada"] = first.ada
        await hand_over(first.evening, "Ada", context)
        laptop, base = await context.new_page(), first.evening.config.base
        await laptop.goto(f"{base}/sheets/tellers")
        codes = tuple(CODE.findall(await laptop.content()))
        yield Hall(first=first, laptop=laptop, browser=browser, base=base, codes=codes)


async def test_160_cards_found_an_assembly_and_nobody_has_two_ballots(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_hall(tmp_path, browser) as hall:
        laptop, meeting = hall.laptop, await hall.first.meeting()

        await hall.go("/first")
        await laptop.get_by_label("You: the code").fill(hall.codes[0])
        await laptop.get_by_label("Ben: the code").fill(hall.codes[1])
        await hall.press("Found the assembly and open the meeting")
        await expect(laptop.get_by_text("the meeting is open")).to_be_visible()

        # 151 people without a device: a range, and a second pair of eyes.
        await hall.go(f"{meeting}/door")
        await hall.write("Which cards", "1–151", within="Cards handed out")
        await laptop.get_by_label("How many cards are out").fill("151")
        await laptop.get_by_label("The code on your count sheet").fill(hall.codes[1])
        await hall.press("That is my count")
        await expect(laptop.get_by_text("Two people agree on it.")).to_be_visible()

        # Latecomers, nine of them with a phone; and two who go home.
        await hall.press("One latecomer: card 152")
        await hall.write("Which cards", "153-160", within="Cards handed out")
        await hall.write("Which cards", "3, 9", within="Cards that came back")
        await expect(laptop.get_by_text("1–2, 4–8, 10–160")).to_be_visible()

        # The rules, by a show of cards; phones raise theirs like everybody.
        await hall.go("/first")
        await hall.press("Put them to the cards")
        await laptop.get_by_role("link", name="Enter the counts").click()
        await hall.count(150, 6, 2, code="")
        await hall.count(150, 6, 2, code=hall.codes[1])
        await hall.go("/first")
        await hall.press("Both have counted alike: close it")
        await expect(laptop.get_by_text("The rules are adopted.")).to_be_visible()
        for code in hall.codes:
            await hall.go("/confirm")
            for box in await laptop.get_by_role("checkbox").all():
                await box.check()
            await laptop.get_by_label("The code on your count sheet").fill(code)
            await hall.press("Confirm")
        await hall.go("/first")
        await expect(laptop.get_by_text("Nothing waits.")).to_be_visible()

        # A secret question, on paper and on phones.
        voting, on_paper = await hall.phone(152), await hall.phone(153)
        await hall.go(meeting)
        await laptop.get_by_text("A new ballot").click()
        await laptop.get_by_label("A text written below").check()
        await laptop.get_by_label("The text decided on").fill("We mend it.")
        await laptop.get_by_label("The question, as it stands").fill("Do we mend it?")
        await laptop.get_by_label("Simple majority").check()
        await laptop.get_by_label("On paper, in the room").check()
        await laptop.get_by_label("On this site", exact=True).check()
        await laptop.get_by_label("Secret:").check()
        await hall.press("Put it to the vote")
        ballot = laptop.url.removeprefix(hall.base)

        await voting.goto(f"{hall.base}/card")
        await voting.get_by_role("link", name="Do we mend it?").click()
        await voting.get_by_label("For", exact=True).check()
        await voting.get_by_role("button", name="Vote", exact=True).click()
        await expect(voting.get_by_text("It is in the box.")).to_be_visible()

        await hall.go(f"{meeting}/door")
        await hall.write("Whose paper goes in", "152", within="Papers in the box")
        refusal = laptop.get_by_role("alert")
        await expect(refusal).to_contain_text("Card 152 has voted on a phone.")
        await on_paper.goto(f"{hall.base}{ballot}")
        await on_paper.get_by_label("For", exact=True).check()
        await hall.go(f"{meeting}/door")
        await hall.write("Whose paper goes in", "153", within="Papers in the box")
        await on_paper.get_by_role("button", name="Vote", exact=True).click()
        await expect(on_paper.get_by_role("alert")).to_contain_text(
            "Your paper is in the box"
        )

        await hall.go(ballot)
        await hall.count(140, 17, 0, code="")
        await hall.count(140, 17, 0, code=hall.codes[1])
        await hall.press("Close and count")
        figures = laptop.get_by_role("table", name="Votes")
        await expect(figures.get_by_role("row", name="For")).to_contain_text("141")
        await expect(laptop.get_by_text("158 of 158")).to_be_visible()


async def test_the_door_is_worked_by_the_keyboard_alone(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_hall(tmp_path, browser) as hall:
        await hall.first.print_sheets()
        await hall.first.begin()
        await hall.go(f"{await hall.first.meeting()}/door")
        keys = hall.laptop.keyboard

        for _ in range(60):
            await keys.press("Tab")
            if await hall.laptop.evaluate("document.activeElement.id") == "out":
                break
        await keys.type("1–12")
        await keys.press("Enter")

        await expect(hall.laptop.get_by_text("cards are out").first).to_be_visible()


async def test_axe_finds_nothing_on_the_way_in(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_hall(tmp_path, browser, scripts=True) as hall:
        meeting = await hall.first.meeting()
        before = ["/first", "/sheets/tellers", "/sheets/rules", "/sign-in", "/stub"]
        found = [await axe(hall.laptop, hall.base, path) for path in before]
        hall.first.codes = list(hall.codes)
        await hall.first.begin()
        await hall.first.hand_out(12)

        after = ["/first", f"{meeting}/door", f"{meeting}/sheets/cards", "/people/me"]
        found += [await axe(hall.laptop, hall.base, path) for path in after]

    assert [each for each in found if each] == []


async def axe(page: Page, base: str, path: str) -> list[str]:
    await page.goto(f"{base}{path}")
    return [f"{path}: {each['id']}" for each in await violations(page)]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_no_page_of_the_first_evening_is_wider_than_its_screen(
    tmp_path: Path, browser: Browser, size: dict[str, int]
) -> None:
    async with a_hall(tmp_path, browser) as hall:
        meeting = await hall.first.meeting()
        await hall.laptop.set_viewport_size(
            {"width": size["width"], "height": size["height"]}
        )
        for path in (
            "/first",
            f"{meeting}/door",
            f"{meeting}/sheets/cards",
            "/sheets/tellers",
            "/sheets/rules",
            "/confirm",
            "/card",
            "/stub",
        ):
            await hall.go(path)
            # Scripts are off for whoever reads; the test may still measure.
            assert await hall.laptop.evaluate(TOO_WIDE) <= 0, path
