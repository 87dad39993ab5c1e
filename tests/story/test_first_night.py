"""A first night of 160 people, 151 of them without a device: story T4, steps 1 to 3.

Twelve people are at it at the same time, each in a browser of their own: nine phones
with a card, two tellers at laptops, and whoever keeps the door. The wall has a browser
too. The node is a process of its own. For forty minutes the nine phones reach nothing;
only the clocks are moved on, the node's and those of all browsers.
"""

import asyncio
import io
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from activitypub import documents
from instance import node
from instance.meeting import door
from instance.membership import welcome
from tests.conftest import CHROMIUM_FLAGS
from tests.instance.elsewhere import Account, an_account
from tests.instance.house import House
from tests.instance.rooms import Room, a_room
from tests.instance.serving import free_port, now, until
from tests.instance.web.hall import a_hall
from tests.links import Linked
from tests.programs import BROWSER
from tests.story.following import read_by

pytestmark = pytest.mark.needs_browser

WAIT = 60_000
EVERYBODY = 160
PHONES = range(152, 161)
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
WALL = {"width": 1920, "height": 1080}
FOLLOWS = "This page follows by itself"
OPEN_ALL = """
document.querySelectorAll("main details").forEach(each => { each.open = true })
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody at a browser of their own."""

    page: Page
    base: str

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    async def go(self, path: str) -> None:
        await self.page.goto(f"{self.base}{path}")

    async def sees(self, path: str, *words: str) -> None:
        await self.go(path)
        for each in words:
            await expect(self.page.get_by_text(each).first).to_be_attached()

    async def send(
        self, on: str, action: str, /, **fields: str | Sequence[str] | bytes
    ) -> str:
        """Fill in a form of a page, send it, and return where it led."""
        await self.go(on)
        await self.page.evaluate(OPEN_ALL)
        form = self.page.locator(f'form[action="{action}"]').first
        pressed = None
        for name, value in fields.items():
            if isinstance(value, bytes):
                file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": value}
                await form.locator(f'[name="{name}"]').set_input_files(file)  # type: ignore[arg-type]
                continue
            for each in [value] if isinstance(value, str) else value:
                field = form.locator(f'[name="{name}"]').first
                kind = await field.evaluate("each => each.type")
                if kind == "submit":
                    pressed = form.locator(f'[name="{name}"][value="{each}"]')
                elif kind in ("radio", "checkbox"):
                    await form.locator(f'[name="{name}"][value="{each}"]').check()
                elif kind.startswith("select"):
                    await field.select_option(each)
                else:
                    await field.fill(each)
        async with self.page.expect_navigation():
            if pressed is None:
                await form.evaluate("each => each.requestSubmit()")
            else:
                await pressed.click()
        await expect(self.page.get_by_role("alert")).to_have_count(0)
        return self.page.url.removeprefix(self.base).partition("?")[0].partition("#")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """The hall: its node, who has an office, nine phones, and the wall."""

    house: House
    node: Linked
    room: Room
    ada: Person
    ben: Person
    cas: Person
    wall: Person
    phones: tuple[Person, ...]

    @property
    def meeting(self) -> str:
        return self.room.path

    def asked(self, query: str) -> list[tuple[object, ...]]:
        with node.at_desk(self.house.config) as desk:
            return [tuple(row) for row in desk.connection.execute(query)]


async def test_a_first_night_is_counted_by_two_and_nothing_of_it_is_lost(
    tmp_path: Path,
) -> None:
    with an_account() as reader:
        async with a_night(tmp_path) as night:
            await follows_from_elsewhere(night, reader)
            await goes_from_door_to_door(night)
            await hands_out_cards(night)
            await sits_at_twenty_tables(night)
            await speaks_in_turn(night)
            await goes_on_without_a_network(night)
            await decides_by_raised_cards(night)
            await hears_three_objections(night)
            action = await goes_home_with_something_to_do(night)
            await celebrates_the_next_day(night, action, reader)
            await claims_what_was_left_behind(night)
            await corrects_for_seven_days(night)


@asynccontextmanager
async def a_night(directory: Path) -> AsyncIterator[Night]:
    """Open a meeting with no card out yet, and sit everybody down at their browsers."""
    port = free_port()
    house = a_hall(directory, port=port)
    room = a_room(replace(house, members=house.members[:2]), people=0)
    serving = Linked(house.config.directory, port, front=port)
    serving.clock_is_off_by(0)
    await asyncio.to_thread(serving.start)
    try:
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(
                executable_path=BROWSER.path, args=CHROMIUM_FLAGS
            )
            people = [await a_member(chromium, house, who) for who in range(4)]
            phones = [await a_browser(chromium, house, PHONE) for _ in PHONES]
            ada, ben, cas, wall = people
            await wall.page.set_viewport_size(WALL)  # type: ignore[arg-type]
            yield Night(
                house=house,
                node=serving,
                room=room,
                ada=ada,
                ben=ben,
                cas=cas,
                wall=wall,
                phones=tuple(phones),
            )
            await chromium.close()
    finally:
        await asyncio.to_thread(serving.stop)


async def a_browser(chromium: Browser, house: House, size: dict[str, int]) -> Person:
    context = await chromium.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT)
    await context.clock.install()
    return Person(page=await context.new_page(), base=house.config.base)


async def a_member(chromium: Browser, house: House, who: int) -> Person:
    """Come in by a personal link."""
    person = await a_browser(chromium, house, DESK)
    with node.at_desk(house.config) as desk:
        link = welcome.new_link(desk, house.members[who]).link
    path = link.removeprefix(house.config.base)
    await person.send(path, path)
    return person


async def follows_from_elsewhere(night: Night, reader: Account) -> None:
    group = night.house.config.group
    asked = documents.follow(group, id=reader.new_id(), who=reader.id)
    reader.send(f"{group}/inbox", {"@context": documents.AS2, **asked})
    await asyncio.to_thread(until, lambda: reader.of_type("Accept"))


async def goes_from_door_to_door(night: Night) -> None:
    """Write the streets down, and how they were reached: posters, and doors."""
    cas = night.cas
    streets = "Quay Lane, 40\nMill Stairs, 12\nOld Yard, 30"
    await night.ada.send("/outreach", "/outreach/stretches", list=streets)
    today = f"{now():%Y-%m-%d}"
    entry = {"stretch": "quay lane", "on": today, "people": "2", "reached": "afresh"}
    await cas.send("/outreach", "/outreach/log", **entry, way="doors", homes="38")
    await cas.send(
        "/outreach",
        "/outreach/log",
        **{**entry, "stretch": "mill stairs"},
        way="posters",
        homes="12",
        things="6",
        languages=["en", "fr", "ar"],
    )
    await cas.sees("/outreach", "Where we have not been yet", "Old Yard")


async def hands_out_cards(night: Night) -> None:
    """Write all cards down at the door, count twice, let the phones come in at once."""
    at = f"{night.meeting}/door"
    await night.cas.send(at, f"{at}/out", cards=f"1–{PHONES[0] - 1}")
    await night.cas.send(at, f"{at}/out", cards=f"{PHONES[0]}-{EVERYBODY}")
    await night.ben.send(at, f"{at}/count", count=str(EVERYBODY))
    await night.cas.sees(at, "Two people agree on it.", f"1–{EVERYBODY}")

    await asyncio.gather(
        *(
            comes_in(night, phone, card)
            for phone, card in zip(night.phones, PHONES, strict=True)
        )
    )


async def comes_in(night: Night, phone: Person, card: int) -> None:
    with node.at_desk(night.house.config) as desk:
        code = door.code(desk, night.room.id, card)
    await phone.go(f"/card?card={card}&code={code}")
    await phone.page.get_by_role("button", name="Come in").click()
    heading = phone.page.get_by_role("heading", name=f"Card {card}")
    await expect(heading).to_be_visible()


async def sits_at_twenty_tables(night: Night) -> None:
    at = f"{night.meeting}/tables"
    await night.ada.send(at, at, size="8")
    await night.ada.go(at)
    html = await night.ada.page.content()
    seats = re.findall(r'<th scope="row">(\d+)</th><td><strong>(\d+)</strong>', html)
    assert [int(card) for card, _ in seats] == [*range(1, EVERYBODY + 1)]
    assert {int(table) for _, table in seats} == {*range(1, 21)}
    tables = dict(seats)
    await asyncio.gather(
        *(
            phone.sees(at, f"You sit at table {tables[str(card)]}.")
            for phone, card in zip(night.phones, PHONES, strict=True)
        )
    )


async def speaks_in_turn(night: Night) -> None:
    """Hear those first who have not spoken yet; the wall shows it, and the notes."""
    ada = night.ada.page
    await asyncio.gather(*(raises(night, phone) for phone in night.phones[:3]))
    await night.wall.go(f"{night.meeting}/screen")
    await night.ada.go(f"{night.meeting}/floor")
    for card in PHONES[:3]:
        await expect(ada.locator(f"#take-{card}")).to_be_visible()
    await ada.locator("#call").click()
    speaks = ada.get_by_text(re.compile(r"Speaking now: Card \d+")).first
    await expect(speaks).to_be_visible()
    [first] = re.findall(r"Card (\d+)", await speaks.inner_text())
    await expect(night.wall.page.locator(".speaks")).to_have_text(first)
    await ada.locator("#spoken").click()
    # Whoever has spoken raises a hand again, and stands behind those who have not.
    await raises(night, night.phones[int(first) - PHONES[0]])
    last = ada.locator(".stack li", has_text=f"Card {first}")
    await expect(last).to_be_visible()
    hands = await ada.locator(".stack li").all_inner_texts()
    assert f"Card {first}" in hands[-1], hands
    assert sum("first time tonight" in each for each in hands) == 2, hands


async def raises(night: Night, phone: Person) -> None:
    await phone.go(f"{night.meeting}/room")
    await phone.page.get_by_role("button", name="Raise my hand").click()
    await expect(phone.page.get_by_text("Your hand is up").last).to_be_visible()


async def goes_on_without_a_network(night: Night) -> None:
    """Cut nine phones off for forty minutes: nothing that they wrote is lost."""
    ada = night.ada.page
    await night.ada.go(f"{night.meeting}/floor")
    for _ in range(5):
        digits = await left_on(ada)
        await ada.locator("#longer-10").click()
        await until_left(ada, digits + 600)
    pairs = [*zip(night.phones, PHONES, strict=True)]
    await asyncio.gather(*(writes_offline(night, *each) for each in pairs))
    before = await left_on(ada)

    await passes(night, minutes=20)
    # One takes a hand down in the meantime, and another puts one up.
    down, up = night.phones[0].page, night.phones[3].page
    await down.get_by_role("button", name="Take my hand down").click()
    await up.get_by_role("button", name="Raise my hand").click()
    for page in (down, up):
        await expect(page.get_by_text("Not sent yet")).to_have_count(2)
    # Those at the door need no network: paper goes on.
    at = f"{night.meeting}/door"
    await night.cas.send(at, f"{at}/back", cards="3, 9")
    await passes(night, minutes=40)

    # The time runs on where nothing arrives as it does at the hub.
    for page in (ada, night.wall.page, down, up):
        await until_left(page, before - 40 * 60)
    assert night.asked("select * from room_note") == []
    await expect(ada.locator(f"#take-{PHONES[0]}")).to_be_visible()
    await expect(ada.locator(f"#take-{PHONES[3]}")).to_have_count(0)

    await asyncio.gather(*(phone.context.set_offline(False) for phone in night.phones))

    for phone in night.phones:
        await expect(phone.page.get_by_text("Sent.", exact=True)).to_be_visible()
        await expect(phone.page.get_by_text(FOLLOWS)).to_be_visible()
        await until_left(phone.page, before - 40 * 60)
    notes = night.asked("select text from room_note order by text")
    assert notes == [(f"Note of card {card}",) for card in PHONES]
    await expect(ada.locator(f"#take-{PHONES[0]}")).to_have_count(0)
    await expect(ada.locator(f"#take-{PHONES[3]}")).to_be_visible()


async def passes(night: Night, *, minutes: int) -> None:
    """Move all clocks on until so many minutes have gone by since the line was cut."""
    night.node.clock_is_off_by(60 * minutes)
    everybody = (night.ada, night.ben, night.cas, night.wall, *night.phones)
    await asyncio.gather(
        *(each.context.clock.fast_forward(20 * 60_000) for each in everybody)
    )


async def left_on(page: Page) -> int:
    """Return how many seconds of the part of the evening a page shows."""
    digits = page.locator(".timer .digits")
    await expect(digits).to_have_text(re.compile(r"^\d+:\d\d$"))
    minutes, _, seconds = (await digits.inner_text()).partition(":")
    return 60 * int(minutes) + int(seconds)


async def until_left(page: Page, seconds: int) -> None:
    """Wait until a page shows so many seconds, or up to two minutes less."""
    for _ in range(WAIT // 100):
        if seconds - 120 < await left_on(page) <= seconds + 2:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"{page.url} does not come to {seconds} seconds")


async def writes_offline(night: Night, phone: Person, card: int) -> None:
    page = phone.page
    await phone.go(f"{night.meeting}/room")
    await expect(page.get_by_text(FOLLOWS)).to_be_visible()
    await phone.context.set_offline(True)
    label = "What you want to have written down"
    await page.get_by_label(label).fill(f"Note of card {card}")
    await page.get_by_role("button", name="Send the note").click()
    await expect(page.get_by_text("Not sent yet")).to_be_visible()


async def decides_by_raised_cards(night: Night) -> None:
    """Count two questions by hands; where two counted differently, both count again."""
    for question, right in (("Do we mend it?", 120), ("Do we write to them?", 99)):
        ballot = await night.ada.send(
            night.meeting,
            f"{night.meeting}/ballots",
            about="text",
            text=question,
            question=question,
            method="majority",
            channels="hands",
        )
        await counts(night.ada, ballot, right, 30)
        await counts(night.ben, ballot, right - 1, 30)
        await night.ada.sees(ballot, "not the same")
        for teller in (night.ada, night.ben):
            await counts(teller, ballot, right, 30)
        await night.ada.send(ballot, f"{ballot}/close")
        await night.wall.sees(ballot, "Passed", str(right))
    await night.ada.sees(f"{night.meeting}/sheets/results", "Do we mend it?", "99")


async def counts(teller: Person, ballot: str, yes: int, no: int) -> None:
    await teller.send(
        ballot,
        f"{ballot}/count",
        count_for=str(yes),
        count_against=str(no),
        count_abstain="0",
    )


async def hears_three_objections(night: Night) -> None:
    """Find one of three valid, and mend the text; the others stand beside it."""
    motion = await night.cas.send(
        "/motions", "/motions", title="Dry homes", clause="We mend the roofs."
    )
    await night.cas.send(motion, f"{motion}/table", session=night.room.id)
    for who, reason in (
        (night.ada, "It costs too much."),
        (night.ben, "The rain comes in."),
        (night.cas, "It is late."),
    ):
        await who.send(motion, f"{motion}/object", reason=reason)
        valid = "9" if "rain" in reason else "2"
        await night.ada.send(motion, f"{motion}/round", valid=valid, not_valid="5")
    await night.ada.go(motion)
    await night.ada.sees(motion, "The rain comes in.", "It costs too much.")


async def goes_home_with_something_to_do(night: Night) -> str:
    """Photograph the flipcharts, ask whether it was worth coming, take an action."""
    await night.cas.send(
        f"{night.meeting}/minutes",
        f"{night.meeting}/photos",
        photo=a_photo(),
        says="The flipcharts",
        seen="room",
    )
    at = f"{night.meeting}/pulse"
    await asyncio.gather(*(phone.send(at, at, answer="yes") for phone in night.phones))
    await night.ada.sees(at, "9")
    action = await night.cas.send(
        "/actions/new",
        "/actions",
        what="Hang a lamp in the stairs",
        effort="an hour",
        kind="looking after",
        told="everyone",
    )
    await night.cas.send(action, f"{action}/yes")
    await night.ada.send(night.meeting, f"{night.meeting}/close")
    return action


def a_photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(out, "JPEG")
    return out.getvalue()


async def celebrates_the_next_day(night: Night, action: str, reader: Account) -> None:
    await after(night, days=1)
    await night.cas.send(
        action,
        f"{action}/done",
        came_of_it="There is light.",
        celebrate="yes",
        told="everyone",
    )
    await asyncio.to_thread(until, lambda: "There is light." in read_by(reader))


async def after(night: Night, *, days: int) -> None:
    """Go to sleep, and serve again so many days after the night."""
    await asyncio.to_thread(night.node.stop)
    night.node.clock_is_off_by(timedelta(days=days).total_seconds())
    await asyncio.to_thread(night.node.start)


async def claims_what_was_left_behind(night: Night) -> None:
    """Let four who came without e-mail become members by the stubs of their cards."""
    names = {57: "Fay", 58: "Gus", 59: "Hal", 60: "Ida"}
    for phone, (card, name) in zip(night.phones, names.items(), strict=False):
        with node.at_desk(night.house.config) as desk:
            code = door.stub_code(desk, night.room.id, card)
        await phone.context.clear_cookies()
        await phone.send("/stub", "/stub", card=str(card), code=code, name=name)
    await night.ada.sees("/people", *names.values())


async def corrects_for_seven_days(night: Night) -> None:
    at = f"{night.meeting}/minutes"
    await night.ada.send(at, at, words="It rained.")
    await night.ben.send(at, f"{at}/correct", says="It snowed.")
    await night.ada.send(at, f"{at}/take-in")
    await night.ada.sees(at, "Taken in: It snowed.")
    assert await night.ada.page.locator(f'form[action="{at}/approve"]').count() == 0
    await after(night, days=9)
    await night.ada.send(at, f"{at}/approve")
    await night.ada.sees(at, "Approved")
