"""An evening without a network: phones in a room, one laptop, plain HTTP.

The laptop is a process of its own, and phones are real browsers that know it by the
name that the room's router gives it. Such a page is no secure context.
"""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from instance import node, welcome
from tests.conftest import CHROMIUM_FLAGS
from tests.instance.house import House, a_house
from tests.instance.serving import free_port, until
from tests.programs import BROWSER

pytestmark = pytest.mark.needs_browser

PHONE = {"width": 360, "height": 740}
PATIENCE = 20.0


@dataclass(slots=True)
class Laptop:
    """The machine on the table. The people in the room know it as hall.test."""

    directory: Path
    more: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

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
        command = [sys.executable, "-m", "instance.cli", "serve", "--hall"]
        command += ["--host", "hall.test", "--port", str(self.port), *self.more]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, str(self.directory)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            )
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
async def room() -> AsyncIterator[Browser]:
    """Give a room its phones: browsers to which its router names the laptop."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=BROWSER.path,
            args=[*CHROMIUM_FLAGS, "--host-resolver-rules=MAP hall.test 127.0.0.1"],
        )
        yield chromium
        await chromium.close()


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
    serving = subprocess.Popen(
        [sys.executable, "-m", "instance.cli", "serve", str(house.config.directory)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    try:
        until(lambda: _status(f"{house.config.base}/health") == 200)

        assert _status(f"{house.config.base}/hall/join") == 404
    finally:
        serving.terminate()
        serving.wait(PATIENCE)


def _status(url: str) -> int | None:
    try:
        return httpx.get(url, timeout=2).status_code
    except httpx.TransportError:
        return None
