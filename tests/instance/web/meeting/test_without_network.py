"""An evening without a network: phones in a room, one laptop, plain HTTP.

The laptop is a process of its own, and phones are real browsers that know it by the
name that the room's router gives it. Such a page is no secure context.
"""

import asyncio
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from activitypub import documents
from instance import node, speech, web
from instance.meeting import door
from instance.membership import welcome
from tests import forked
from tests.instance import elsewhere
from tests.instance.elsewhere import Account
from tests.instance.house import House, a_house
from tests.instance.rooms import Room, a_room
from tests.instance.serving import free_port, until
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import a_hall
from tests.instance.web.visitor import a_member

pytestmark = pytest.mark.needs_browser

STATIC = Path(web.__file__).parent.parent / "static"
PHONE = {"width": 360, "height": 740}
PATIENCE = 60.0
CUT = 15


@dataclass(slots=True)
class Laptop:
    """The machine on the table. The people in the room know it as hall.test."""

    directory: Path
    more: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: forked.Process | None = None

    @property
    def address(self) -> str:
        return f"http://hall.test:{self.port}"

    @property
    def says(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def _log(self) -> Path:
        return self.directory.parent / f"{self.directory.name}.log"

    def start(self) -> None:
        command = ["instance.cli", "serve", "--hall", "--host", "hall.test"]
        command += ["--port", str(self.port), *self.more, str(self.directory)]
        with self._log.open("ab") as log:
            self.process = forked.start(*command, out=log)
        until(self._answers)

    def kill(self) -> None:
        """End it as a cable does that somebody stumbles over."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)
            self.process = None

    def _answers(self) -> bool:
        try:
            health = f"http://127.0.0.1:{self.port}/health"
            return httpx.get(health, timeout=2).is_success
        except httpx.TransportError:
            return False


@contextmanager
def a_laptop(directory: Path, *more: str) -> Iterator[Laptop]:
    """Serve the node in a directory to a room."""
    laptop = Laptop(directory, more)
    laptop.start()
    try:
        yield laptop
    finally:
        laptop.stop()


@pytest.fixture
def room(browser: Browser) -> Browser:
    """Give a room its phones: browsers to which its router names the laptop."""
    return browser


async def a_phone(room: Browser, *, scripts: bool = True) -> Page:
    """Take a phone out that was never here before."""
    context: BrowserContext = await room.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        has_touch=True,
        java_script_enabled=scripts,
    )
    return await context.new_page()


def a_code(house: House, who: int = 0) -> str:
    """Print a member's sign-in code, as a registrar does before the evening."""
    with node.at_desk(house.config) as desk:
        return welcome.new_link(desk, house.members[who]).code


async def come_in(phone: Page, laptop: Laptop, code: str) -> None:
    """Sign in by a printed code."""
    await phone.goto(f"{laptop.address}/sign-in")
    await phone.get_by_label("code").first.fill(code)
    await phone.get_by_role("button", name="Come in").click()
    await phone.wait_for_url(f"{laptop.address}/")


async def test_a_node_of_the_open_network_serves_a_room_by_plain_http(
    room: Browser, tmp_path: Path
) -> None:
    house = a_house(tmp_path, domain="harbour.example.org")
    code = a_code(house)
    with a_laptop(house.config.directory, "--wifi", "Hall:soup; 5pm") as laptop:
        phone = await a_phone(room)

        await come_in(phone, laptop, code)
        secure = await phone.evaluate("isSecureContext")
        await phone.goto(f"{laptop.address}/sign-in")

        assert secure is False
        assert await phone.locator(".lead", has_text="signed in as Ada").is_visible()
        await phone.get_by_text("Menu", exact=True).click()
        await phone.get_by_role("button", name="Sign out").click()
        await phone.wait_for_url(f"{laptop.address}/")
        await phone.goto(f"{laptop.address}/sign-in")
        assert await phone.get_by_text("Members sign in with").is_visible()


async def test_the_wall_shows_the_wifi_and_the_address(
    room: Browser, tmp_path: Path
) -> None:
    house = a_house(tmp_path, domain="harbour.example.org")
    with a_laptop(house.config.directory, "--wifi", "Hall:soup at five") as laptop:
        wall = await a_phone(room)
        await wall.set_viewport_size({"width": 1920, "height": 1080})

        await wall.goto(f"{laptop.address}/hall/join")

        assert await wall.get_by_text(f"hall.test:{laptop.port}").is_visible()
        assert await wall.get_by_text("soup at five").is_visible()
        assert await wall.locator(".code svg").count() == 2
        sizes = await wall.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.textContent.trim())"
            ".map(e => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert min(sizes) >= 28
        assert laptop.address in laptop.says
        assert "█" in laptop.says


def test_there_is_no_wall_where_no_room_is_served(tmp_path: Path) -> None:
    house = a_house(tmp_path, port=free_port())
    with (tmp_path / "log").open("wb") as log:
        directory = str(house.config.directory)
        serving = forked.start("instance.cli", "serve", directory, out=log)
    try:
        until(lambda: _status(f"{house.config.base}/health") == 200)

        assert _status(f"{house.config.base}/hall/join") == 404
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.wait(PATIENCE)


def _status(url: str) -> int | None:
    try:
        return httpx.get(url, timeout=2).status_code
    except httpx.TransportError:
        return None


async def test_a_teller_is_led_past_a_browser_that_keeps_no_keys(
    room: Browser, tmp_path: Path
) -> None:
    house = a_house(tmp_path, domain="harbour.example.org")
    with a_laptop(house.config.directory) as laptop:
        phone = await a_phone(room)
        await come_in(phone, laptop, a_code(house))

        await phone.goto(f"{laptop.address}/key")

        reached = "A browser keeps keys only for sites that it reaches by HTTPS"
        await expect(phone.get_by_text(reached)).to_be_visible()
        await expect(phone.get_by_text("folkmoot key new").first).to_be_visible()


# What a browser offers only to pages that came by HTTPS, and by whom it may be asked.
SECURE_ONLY = re.compile(
    r"\b(?:serviceWorker|subtle|randomUUID|clipboard|caches|credentials\.|wakeLock|"
    r"mediaDevices|geolocation|share\(|Notification|PushManager|storage\?*\.)"
)
ASKS_FIRST = {
    "teller.js": "isSecureContext",
    "copy.js": "if (navigator.clipboard)",
    "passkey.js": "window.isSecureContext",
}


@pytest.mark.parametrize("script", sorted(STATIC.glob("*.js")), ids=lambda it: it.name)
def test_no_page_needs_what_a_browser_gives_to_https_alone(script: Path) -> None:
    source = script.read_text(encoding="utf-8")

    if SECURE_ONLY.search(source):
        assert ASKS_FIRST[script.name] in source


# A meeting, with whatever may be cut off


@dataclass(slots=True, kw_only=True)
class Night:
    """A meeting in a hall: its laptop, the house, and the room with its cards."""

    laptop: Laptop
    house: House
    room: Room

    def page(self, part: str) -> str:
        return f"{self.laptop.address}{self.room.path}/{part}"

    def code(self, card: int) -> str:
        with node.at_desk(self.house.config) as desk:
            return door.code(desk, self.room.id, card)

    def asked(self, sql: str) -> list[tuple[object, ...]]:
        with node.at_desk(self.house.config) as desk:
            return [tuple(row) for row in desk.connection.execute(sql)]


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    """Open a meeting on a laptop, with twelve cards out, and its floor."""
    port = free_port()
    house = a_hall(tmp_path, port=port)
    room = a_room(replace(house, members=house.members[:2]), people=12)
    laptop = Laptop(house.config.directory, port=port)
    laptop.start()
    try:
        yield Night(laptop=laptop, house=house, room=room)
    finally:
        laptop.stop()


async def a_card(night: Night, room: Browser, card: int) -> BrowserContext:
    """Sign a phone in by a card's number and code."""
    phone = await a_phone(room)
    await phone.goto(f"{night.laptop.address}/card")
    await phone.get_by_label("The number on your card").fill(str(card))
    await phone.locator("#code").fill(night.code(card))
    await phone.get_by_role("button", name="Come in").click()
    await expect(phone.get_by_role("heading", name=f"Card {card}")).to_be_visible()
    assert await phone.evaluate("isSecureContext") is False
    return phone.context


def put_to_the_vote(night: Night) -> str:
    """Ask the room a question, to be answered on phones; return its page."""
    page = night.room.path
    with a_member(night.house, 0) as ada, a_member(night.house, 1) as ben:
        for teller in (ada, ben):
            teller.send(f"{page}/count", on=page, count="12", basis="cards")
        before = night.asked("select count(*) from event where type = 'BallotOpened'")
        answer = ada.answer(
            f"{page}/ballots",
            on=page,
            about="text",
            text="We mend it.",
            question="Do we mend it?",
            method="majority",
            channels=["online", "paper"],
            secret="yes",
        )
        assert answer.status_code == 303, text_of(answer.text)
        opened = "select stream from event where type = 'BallotOpened' order by id"
        streams = night.asked(opened)
        assert len(streams) == int(str(before[0][0])) + 1
    return f"{night.laptop.address}/ballots/{str(streams[-1][0]).partition(':')[2]}"


async def test_the_hub_is_lost_and_everybody_goes_on(
    room: Browser, night: Night
) -> None:
    context = await a_card(night, room, 7)
    ballot = put_to_the_vote(night)
    phone, paper = await context.new_page(), await context.new_page()
    await phone.goto(night.page("room"))
    await phone.get_by_role("button", name="Raise my hand").click()
    await expect(phone.get_by_text("Your hand is up").last).to_be_visible()
    await paper.goto(ballot)
    await paper.get_by_label("Against", exact=True).check()

    night.laptop.kill()
    await phone.get_by_label("What you want to have written down").fill("Mind the gap.")
    await phone.get_by_role("button", name="Send the note").click()
    await expect(phone.get_by_text("Not sent yet")).to_be_visible()
    await paper.get_by_role("button", name="Vote", exact=True).click()
    await expect(paper.get_by_text("Not cast. Please use paper.")).to_be_visible()

    assert await paper.locator("input[type=radio]").count() == 0
    assert night.asked("select * from roll where struck = 1") == []
    night.laptop.start()
    await expect(phone.get_by_text("Sent.", exact=True)).to_be_visible()
    await phone.reload()
    await expect(phone.get_by_text("Your hand is up").last).to_be_visible()
    await paper.get_by_role("link", name="Open the question again").click()
    assert not await paper.get_by_label("Against", exact=True).is_checked()
    await paper.get_by_label("For", exact=True).check()
    await paper.get_by_role("button", name="Vote", exact=True).click()
    await expect(paper.get_by_text("Your vote is in")).to_be_visible()
    assert night.asked("select text from room_note") == [("Mind the gap.",)]
    assert len(night.asked("select * from roll where struck = 1")) == 1


async def test_a_phone_without_the_hub_keeps_a_hand_and_loses_a_vote(
    room: Browser, night: Night
) -> None:
    context = await a_card(night, room, 3)
    ballot = put_to_the_vote(night)
    phone, paper = await context.new_page(), await context.new_page()
    await phone.goto(night.page("room"))
    await expect(phone.get_by_text("This page follows by itself")).to_be_visible()
    await paper.goto(ballot)
    await paper.get_by_label("For", exact=True).check()

    await context.set_offline(True)
    await phone.get_by_role("button", name="Raise my hand").click()
    await paper.get_by_role("button", name="Vote", exact=True).click()

    await expect(phone.get_by_text("Not sent yet")).to_be_visible()
    await expect(paper.get_by_text("Not cast. Please use paper.")).to_be_visible()
    stored = await paper.evaluate("[localStorage.length, sessionStorage.length]")
    assert stored == [0, 0]
    await context.set_offline(False)
    await expect(phone.get_by_text("Your hand is up").last).to_be_visible()
    await paper.reload()
    assert not await paper.get_by_label("For", exact=True).is_checked()
    assert night.asked("select * from roll where struck = 1") == []


async def test_a_vote_that_is_refused_says_why_and_one_that_is_sent_is_in(
    room: Browser, night: Night
) -> None:
    context = await a_card(night, room, 4)
    ballot = put_to_the_vote(night)
    paper = await context.new_page()
    await paper.goto(ballot)

    await paper.get_by_role("button", name="Vote", exact=True).click()
    await expect(paper.get_by_text("“Your vote”: please choose one.")).to_be_visible()
    await paper.get_by_label("For", exact=True).check()
    await paper.keyboard.press("Enter")

    await expect(paper.get_by_text("Your vote is in")).to_be_visible()
    assert paper.url == ballot


async def test_no_internet_for_an_evening_loses_nothing_that_goes_out(
    room: Browser, night: Night
) -> None:
    sam = Account(f"http://127.0.0.1:{free_port()}")
    with online(sam):
        follow(sam, night)
    context = await a_card(night, room, 5)
    phone = await context.new_page()

    # Spans are short in development: forty minutes would have used up every attempt.
    with node.at_desk(night.house.config) as desk:
        said = [speech.say(desk, html=f"<p>News {n}</p>") for n in range(3)]
    waiting = """
        select count(*), sum(attempts) from delivery
         where outcome = 'not yet: there is no network'
    """
    until(lambda: night.asked(waiting)[0][0] == 3)
    tried = night.asked(waiting)
    await phone.goto(night.page("room"))
    await phone.get_by_role("button", name="Raise my hand").click()
    await expect(phone.get_by_text("Your hand is up").last).to_be_visible()
    await asyncio.sleep(CUT)
    assert night.asked(waiting) == tried

    with online(sam):
        until(lambda: posts_that_came(sam) >= set(said))
    assert night.asked("select count(*) from delivery where due_at is not null") == [
        (0,)
    ]


class _Brief(elsewhere._Handler):
    """Keeps no connection open on which it could be reached once it is cut off."""

    protocol_version = "HTTP/1.0"


@contextmanager
def online(account: Account) -> Iterator[None]:
    """Connect the hall to the rest of the world, where there is one account."""
    port = int(account.base.rpartition(":")[2])
    server = ThreadingHTTPServer(("127.0.0.1", port), _Brief)
    server.account = account  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def follow(account: Account, night: Night) -> None:
    """Follow the assembly from elsewhere, at its public name."""
    wanted = documents.follow(
        night.house.config.group, id=account.new_id(), who=account.id
    )
    answer = account.send(f"{night.house.config.base}/inbox", wanted)
    assert answer.status_code == 202, answer.text
    until(lambda: account.of_type("Accept"))


def posts_that_came(account: Account) -> set[str]:
    return {
        str(each["object"]) if isinstance(each["object"], str) else each["object"]["id"]
        for each in account.received
    }
