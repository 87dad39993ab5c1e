"""What happens in the room is on every screen, in real browsers and over real HTTP."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.benchmarks.nodes import Node
from tests.instance.house import a_house, found
from tests.instance.kept import files_with
from tests.instance.rooms import Room, a_room
from tests.instance.serving import Serving, free_port
from tests.instance.web.accessible import by_axe

pytestmark = pytest.mark.needs_browser

PHONE = (360, 740)
DESK = (1280, 900)
WALL = (1920, 1080)
WAIT = 60_000
STORED = """
(async () => [localStorage.length, sessionStorage.length,
              (await indexedDB.databases()).length,
              (await navigator.serviceWorker.getRegistrations()).length])()
"""
SMALL_TYPE = """
[...document.querySelectorAll("body *")]
  .filter(each => [...each.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .filter(each => each.getClientRects().length)
  .filter(each => parseFloat(getComputedStyle(each).fontSize) < 28)
  .map(each => each.outerHTML.slice(0, 80))
"""
TOO_SMALL = """
[...document.querySelectorAll("button, summary, input:not([type=hidden]), .way")]
  .map(each => each.closest(".option") ?? each)
  .map(each => [each.id, each.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.height < 43.5 || box.width < 24))
  .map(([id, box]) => `${id} ${box.width}x${box.height}`)
"""

COUNT_TONES = """
window.tones = 0;
const make = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () {
  window.tones += 1;
  return make.call(this);
};
"""
COUNT_CHANGES = """() => {
  window.changes = 0;
  new MutationObserver(() => { window.changes += 1; }).observe(
    document.querySelector("[data-says=following]"), {childList: true});
}"""
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node in a process of its own, for all that happens here."""
    port = free_port()
    house = a_house(tmp_path_factory.mktemp("live"), port=port)
    with house.desk() as desk:
        found(house, desk)
    serving = Serving(house.config.directory, port)
    serving.start()
    yield Node(house=house, serving=serving)
    serving.stop()


@pytest.fixture
def served(node: Node) -> tuple[Node, Room]:
    """A meeting of twelve people, at that node."""
    return node, a_room(node.house, people=12)


@asynccontextmanager
async def a_screen(
    browser: Browser,
    served: tuple[Node, Room],
    path: str,
    *,
    card: int | None = None,
    size: tuple[int, int] = PHONE,
    scripts: bool = True,
) -> AsyncIterator[Page]:
    """Open a page of the meeting: by a card, or as the facilitator."""
    node, room = served
    context: BrowserContext = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts
    )
    name, value = room.chair if card is None else room.phones[card - 1]
    await context.add_cookies(
        [{"name": name, "value": value, "url": node.serving.base}]
    )
    page = await context.new_page()
    page.set_default_timeout(WAIT)
    await page.goto(f"{node.serving.base}{room.path}/{path}")
    yield page
    await context.close()


async def follows(page: Page) -> None:
    """Wait until a page says that it follows by itself."""
    await expect(page.get_by_text("This page follows by itself")).to_be_visible()


async def test_what_one_does_is_on_every_screen(
    browser: Browser, served: tuple[Node, Room]
) -> None:
    async with (
        a_screen(browser, served, "floor", size=DESK) as one,
        a_screen(browser, served, "floor", size=DESK) as other,
        a_screen(browser, served, "screen", size=WALL) as wall,
        a_screen(browser, served, "room", card=7) as phone,
    ):
        for page in (one, other, phone):
            await follows(page)

        await phone.get_by_role("button", name="Raise my hand").click()
        await expect(phone.locator("#announced")).to_contain_text("Your hand is up")
        await expect(one.locator("#announced")).to_contain_text("Card 7")
        await one.locator("#take-7").wait_for()
        await one.fill("#card", "3")
        await one.keyboard.press("Enter")
        await other.get_by_role("button", name="Give the word to card 3").click()

        for page in (one, other, phone):
            await expect(page.get_by_text("Speaking now: Card 3").first).to_be_visible()
        await expect(wall.locator(".speaks")).to_have_text("3")
        await expect(wall.locator(".follow")).to_have_text("7")
        await expect(phone.get_by_text("You are next").last).to_be_visible()

        await other.get_by_role("button", name="Pause").click()

        await expect(wall.get_by_text("Paused", exact=True)).to_be_visible()
        await expect(phone.get_by_text("The meeting is paused").last).to_be_visible()


async def test_the_stack_is_led_with_a_keyboard_alone(
    browser: Browser, served: tuple[Node, Room]
) -> None:
    async with a_screen(browser, served, "floor", size=DESK) as page:
        await follows(page)
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await tab_to(page, "card")

        for card in ("5", "6"):
            await page.keyboard.type(card)
            await page.keyboard.press("Enter")
            await page.locator(f"#take-{card}").wait_for()
            await expect(page.locator("#card")).to_be_focused()
            await expect(page.locator("#announced")).to_contain_text(f"Card {card}")
        await tab_to(page, "up-6")
        await page.keyboard.press("Enter")
        await expect(page.locator(".stack li").first).to_contain_text("Card 6")
        await tab_to(page, "call", back=True)
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Speaking now: Card 6").first).to_be_visible()
        await tab_to(page, "spoken")
        await page.keyboard.press("Enter")

        await expect(page.get_by_text("Nobody has the word").first).to_be_visible()
        await expect(page.locator("#announced")).to_contain_text("Nobody has the word")


async def tab_to(page: Page, id: str, *, back: bool = False) -> None:
    """Go to an element by the keyboard, and see that the focus can be seen there."""
    for _ in range(120):
        if await page.evaluate("document.activeElement.id") == id:
            break
        await page.keyboard.press("Shift+Tab" if back else "Tab")
    await expect(page.locator(f"#{id}")).to_be_focused()
    outline = await page.evaluate(
        "getComputedStyle(document.activeElement).outlineStyle"
    )
    assert outline != "none"


async def test_a_hand_and_a_note_wait_for_the_hub_and_in_the_page_only(
    browser: Browser, served: tuple[Node, Room]
) -> None:
    async with (
        a_screen(browser, served, "floor", size=DESK) as floor,
        a_screen(browser, served, "room", card=7) as phone,
    ):
        await follows(phone)
        await phone.context.set_offline(True)
        await phone.get_by_role("button", name="Raise my hand").click()
        await phone.fill("#note", "The lift is broken.")
        await phone.get_by_role("button", name="Send the note").click()
        await expect(phone.locator(".queue p")).to_have_count(2)
        await expect(phone.locator(".queue")).to_contain_text("Not sent yet")
        stored = await phone.evaluate(STORED)
        await expect(floor.locator("#take-7")).to_have_count(0)

        await phone.context.set_offline(False)

        await floor.locator("#take-7").wait_for()
        await expect(floor.get_by_text("The lift is broken.")).to_have_count(1)
        await expect(phone.locator(".queue")).to_have_text("Sent.")
        await expect(phone.locator("#note")).to_have_value("")
        assert stored == [0, 0, 0, 0]


async def test_a_hand_that_waits_can_be_taken_back(
    browser: Browser, served: tuple[Node, Room]
) -> None:
    async with (
        a_screen(browser, served, "floor", size=DESK) as floor,
        a_screen(browser, served, "room", card=7) as phone,
    ):
        await follows(phone)
        await phone.context.set_offline(True)
        await phone.get_by_role("button", name="Raise my hand").click()
        await phone.get_by_role("button", name="Do not send it").click()
        await phone.context.set_offline(False)
        await follows(phone)

        await phone.locator("#signal-1").click()

        await expect(floor.locator(".signals li").first).to_contain_text("1 I agree")
        await expect(floor.locator("#take-7")).to_have_count(0)


async def test_after_the_server_was_killed_everybody_goes_on_where_they_were(
    browser: Browser, served: tuple[Node, Room]
) -> None:
    node, _ = served
    async with (
        a_screen(browser, served, "floor", size=DESK) as floor,
        a_screen(browser, served, "room", card=7) as phone,
    ):
        await follows(phone)
        await floor.fill("#card", "3")
        await floor.keyboard.press("Enter")
        await floor.locator("#take-3").wait_for()
        await follows(phone)
        await phone.evaluate(COUNT_CHANGES)

        node.serving.kill()
        lost = phone.get_by_role("status").filter(has_text="No connection just now")
        await expect(lost).to_be_visible()
        await phone.get_by_role("button", name="Raise my hand").click()
        node.serving.start()

        await floor.locator("#take-7").wait_for()
        await expect(floor.locator(".stack li").first).to_contain_text("Card 3")
        await expect(phone.get_by_text("Your hand is up").last).to_be_visible()
        # To whoever hears the page each is said once.
        assert await phone.evaluate("window.changes") == 2


async def test_a_page_that_waits_for_the_beginning_opens_itself_when_it_comes(
    browser: Browser, served: tuple[Node, Room]
) -> None:
    node, _ = served
    waiting = a_room(node.house, people=3, begun=False)
    async with (
        a_screen(browser, (node, waiting), "floor", size=DESK) as one,
        a_screen(browser, (node, waiting), "floor", size=DESK) as other,
        a_screen(browser, (node, waiting), "room", card=2) as phone,
    ):
        loads: list[str] = []
        other.on("framenavigated", lambda frame: loads.append(frame.url))
        await follows(phone)
        await expect(phone.get_by_text("has not begun yet")).to_be_visible()

        await one.get_by_role("button", name="Begin with the first part").click()

        await expect(other.get_by_text("Part 1 of").first).to_be_visible()
        await expect(phone.get_by_role("button", name="Raise my hand")).to_be_visible()
        assert len(loads) == 1


async def test_when_the_meeting_closes_every_screen_says_so(
    browser: Browser, served: tuple[Node, Room]
) -> None:
    node, room = served
    async with (
        a_screen(browser, served, "floor", size=DESK) as floor,
        a_screen(browser, served, "room", card=7) as phone,
        a_screen(browser, served, "../" + room.id, size=DESK) as meeting,
    ):
        await follows(floor)
        await follows(phone)
        await phone.locator("#raise").click()
        await floor.locator("#take-7").wait_for()

        await meeting.get_by_text("Close the meeting").click()
        await meeting.get_by_role("button", name="Close it for good").click()

        await expect(floor.get_by_text("This meeting is over").last).to_be_visible()
        await expect(phone.get_by_text("This meeting is over").last).to_be_visible()
        await expect(phone.locator("#raise")).to_have_count(0)
        assert files_with(f"floor:{room.id}", node.house.config.directory) == []


async def test_what_somebody_types_stays_while_the_page_follows(
    browser: Browser, served: tuple[Node, Room]
) -> None:
    async with (
        a_screen(browser, served, "floor", size=DESK) as floor,
        a_screen(browser, served, "room", card=7) as phone,
    ):
        await follows(floor)
        await floor.fill("#guest-card", "11")
        await floor.locator("#skip-details summary").click()
        await floor.fill("#reason", "It is la")

        await phone.locator("#signal-1").click()
        await expect(floor.locator(".signals li").first).to_contain_text("1 I agree")
        await floor.get_by_role("button", name="Pause").click()
        await expect(floor.get_by_text("The meeting is paused").last).to_be_visible()

        await expect(floor.locator("#guest-card")).to_have_value("11")
        await expect(floor.locator("#reason")).to_have_value("It is la")


@pytest.mark.parametrize("by", ["mouse", "finger", "space bar"])
async def test_a_press_is_not_lost_when_the_page_changes_under_it(
    browser: Browser, served: tuple[Node, Room], by: str
) -> None:
    async with (
        a_screen(browser, served, "floor", size=DESK) as one,
        a_screen(browser, served, "floor", size=DESK) as other,
        a_screen(browser, served, "room", card=7) as phone,
    ):
        for page in (one, other):
            await follows(page)
        await one.fill("#card", "3")
        await one.keyboard.press("Enter")
        call = one.get_by_role("button", name="Give the word to card 3")
        glass = await one.context.new_cdp_session(one)

        if by == "finger":
            await call.scroll_into_view_if_needed()
            box = await call.bounding_box()
            assert box is not None
            point = {"x": box["x"] + 9, "y": box["y"] + 9}
            touch = {"type": "touchStart", "touchPoints": [point]}
            await glass.send("Input.dispatchTouchEvent", touch)
        elif by == "mouse":
            await call.hover()
            await one.mouse.down()
        else:
            await call.focus()
            await one.keyboard.down(" ")
        await phone.get_by_role("button", name="Raise my hand").click()
        await other.locator("#take-7").wait_for()
        if by == "finger":
            touch = {"type": "touchEnd", "touchPoints": []}
            await glass.send("Input.dispatchTouchEvent", touch)
        else:
            await (one.mouse.up() if by == "mouse" else one.keyboard.up(" "))

        await expect(one.get_by_text("Speaking now: Card 3").first).to_be_visible()
        await expect(one.locator("#take-7")).to_be_visible()


async def test_all_of_it_works_without_javascript(
    browser: Browser, served: tuple[Node, Room]
) -> None:
    async with (
        a_screen(browser, served, "floor", size=DESK, scripts=False) as floor,
        a_screen(browser, served, "room", card=7, scripts=False) as phone,
    ):
        await phone.get_by_role("button", name="Raise my hand").click()
        await expect(phone.get_by_text("Your hand is up").last).to_be_visible()
        await floor.fill("#card", "3")
        await floor.keyboard.press("Enter")
        await floor.get_by_role("button", name="Give the word to card 3").click()

        await expect(floor.get_by_text("Speaking now: Card 3").last).to_be_visible()
        await expect(floor.get_by_text("minutes left, until").first).to_be_visible()
        # A page that loads itself anew would take away what is being typed.
        assert await phone.locator("meta[http-equiv=refresh]").count() == 0
        await phone.get_by_role("link", name="Look again").click()
        await expect(phone.get_by_text("You are next").last).to_be_visible()


@pytest.mark.parametrize("size", [(1280, 720), WALL])
async def test_the_wall_is_read_from_the_back_and_has_nothing_to_press(
    browser: Browser, served: tuple[Node, Room], size: tuple[int, int]
) -> None:
    async with (
        a_screen(browser, served, "floor", size=DESK) as floor,
        a_screen(browser, served, "screen", size=size) as wall,
    ):
        await follows(floor)
        for card in ("3", "4", "5", "6"):
            await floor.fill("#card", card)
            await floor.keyboard.press("Enter")
            await floor.locator(f"#take-{card}").wait_for()
        await floor.locator("#call").click()
        await floor.locator("#warm-open").click()
        await expect(wall.get_by_text("Temperature check, open")).to_be_visible()

        assert await wall.evaluate(SMALL_TYPE) == []
        assert await wall.evaluate(TOO_WIDE) <= 0
        assert await wall.locator("button, input, a, select").count() == 0
        assert (
            await wall.evaluate("document.documentElement.scrollHeight - innerHeight")
            <= 0
        )


async def test_the_end_of_a_part_is_heard_once_somebody_asked_for_it(
    browser: Browser, served: tuple[Node, Room]
) -> None:
    node, room = served
    for clicks, tones in ((0, 0), (1, 2)):
        async with a_screen(browser, served, "screen", size=WALL) as wall:
            await wall.clock.install()
            await wall.add_init_script(COUNT_TONES)
            await wall.goto(f"{node.serving.base}{room.path}/screen")
            for _ in range(clicks):
                await wall.mouse.click(500, 500)
                await expect(wall.locator("body")).to_have_attribute("data-chime", "on")
            part = wall.locator(".timer .digits")
            await expect(part).to_contain_text(":")

            left = await part.text_content()
            minutes, _, seconds = (left or "").partition(":")
            await wall.clock.fast_forward(1000 * (int(minutes) * 60 + int(seconds) + 1))

            await expect(wall.locator(".timer.over")).to_have_count(1)
            assert await wall.evaluate("window.tones") == tones


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_the_screens_of_a_running_meeting(
    browser: Browser, served: tuple[Node, Room], scheme: Literal["light", "dark"]
) -> None:
    async with (
        a_screen(browser, served, "floor", size=DESK) as floor,
        a_screen(browser, served, "room", card=7) as phone,
        a_screen(browser, served, "screen", size=WALL) as wall,
    ):
        await follows(floor)
        await phone.locator("#raise").click()
        await floor.locator("#take-7").wait_for()
        await floor.locator("#call").click()
        await floor.locator("#warm-open").click()
        await phone.locator("#warm-up").click()
        await expect(wall.get_by_text("Temperature check, open")).to_be_visible()

        for page in (floor, phone, wall):
            await page.emulate_media(color_scheme=scheme)
            assert await by_axe(page) == []


async def test_a_phone_takes_part_by_plain_http_in_no_secure_context(
    browser: Browser, served: tuple[Node, Room]
) -> None:
    node, room = served
    site = f"http://hall.test:{node.serving.port}"
    context = await browser.new_context()
    name, value = room.phones[6]
    await context.add_cookies([{"name": name, "value": value, "url": site}])
    phone = await context.new_page()
    await phone.goto(f"{site}{room.path}/room")
    await follows(phone)
    assert await phone.evaluate("isSecureContext") is False

    await context.set_offline(True)
    await phone.locator("#raise").click()
    await expect(phone.locator(".queue")).to_contain_text("Not sent yet")
    await context.set_offline(False)

    await expect(phone.get_by_text("Your hand is up").last).to_be_visible()


@pytest.mark.parametrize("path", ["floor", "room"])
async def test_on_a_phone_nothing_is_too_small_or_too_wide(
    browser: Browser, served: tuple[Node, Room], path: str
) -> None:
    async with a_screen(browser, served, path) as page:
        await follows(page)

        assert await page.evaluate(TOO_WIDE) <= 0
        assert await page.evaluate(TOO_SMALL) == []
