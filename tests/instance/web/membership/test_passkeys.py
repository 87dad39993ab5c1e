"""A passkey opens the door for one person, on this site, once for each question."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path
from re import search

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import Browser, BrowserContext, CDPSession, Page

from instance.membership.passkeys import written
from tests.instance.house import House
from tests.instance.serving import free_port
from tests.instance.web.evening import (
    Evening,
    Guest,
    an_assembly,
    ask_for_code,
    hand_over,
    listening,
)

PASSKEYS = "/people/me/passkeys"
IN = "/sign-in/passkey"
ID = b"a passkey of Eva's phone"
SEEN, CHECKED, NEW = 0x01, 0x04, 0x40


def on_localhost(house: House, port: int = 8470) -> House:
    here = f"localhost:{port}"
    config = replace(house.config, domain=here, listen=f"127.0.0.1:{port}")
    return replace(house, config=config)


class Phone:
    """A device that answers as a browser would pass it on, truly or not."""

    def __init__(self, base: str) -> None:
        self.key: EllipticCurvePrivateKey = generate_private_key(SECP256R1())
        self.base = base
        self.count = 0
        self.flags = SEEN | CHECKED

    def makes(self, page: str, lies: dict[str, str]) -> dict[str, str]:
        public = self.key.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        told = bytes(16) + len(ID).to_bytes(2, "big") + ID
        return {
            **self._says(page, "webauthn.create", told, lies, new=NEW),
            "public": written(public),
        }

    def answers(self, page: str, lies: dict[str, str]) -> dict[str, str]:
        said = self._says(page, "webauthn.get", b"", lies)
        client, device = self.said
        signature = self.key.sign(device + sha256(client).digest(), ECDSA(SHA256()))
        return {**said, "signature": written(signature)}

    def _says(
        self, page: str, what: str, told: bytes, lies: dict[str, str], new: int = 0
    ) -> dict[str, str]:
        question = {
            "type": what,
            "challenge": part(page, "data-challenge"),
            "origin": self.base,
            **lies,
        }
        client = json.dumps(question).encode()
        site = sha256(question.pop("site", "localhost").encode()).digest()
        flags = bytes([self.flags | new])
        device = site + flags + self.count.to_bytes(4, "big") + told
        self.said = client, device
        return {
            "id": written(ID),
            "client": written(client),
            "device": written(device),
            "asked_at": field(page, "asked_at"),
        }


def part(page: str, name: str) -> str:
    found = search(rf'{name}="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def field(page: str, name: str) -> str:
    found = search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


async def add(guest: Guest, phone: Phone, *, status: int = 303, **lies: str) -> str:
    page = await guest.open(PASSKEYS)
    fields = {**phone.makes(page, lies), "name": "my phone"}
    return await guest.send(PASSKEYS, on=PASSKEYS, status=status, fields=fields)


async def come_in(guest: Guest, phone: Phone, *, status: int = 303, **lies: str) -> str:
    page = await guest.open(IN)
    fields = {**phone.answers(page, lies), "token": field(page, "token")}
    return await guest.send(IN, on=IN, status=status, fields=fields)


async def with_a_phone(evening: Evening) -> tuple[Guest, Phone]:
    """Let Eva add a passkey and sign out."""
    eva, phone = evening["Eva"], Phone(evening.config.base)
    await add(eva, phone)
    await eva.send("/sign-out", on="/people/me")
    return eva, phone


@asynccontextmanager
async def at_localhost(house: House, directory: Path) -> AsyncIterator[Evening]:
    async with an_assembly(on_localhost(house), directory) as evening:
        yield evening


async def test_whoever_added_a_passkey_comes_in_by_it(
    tmp_path: Path, harbour: House
) -> None:
    async with at_localhost(harbour, tmp_path) as evening:
        eva, phone = await with_a_phone(evening)

        await come_in(eva, phone)

        says = await eva.see(PASSKEYS)
        assert "my phone" in says
        assert "last used 22 November 2026" in says


async def test_an_answer_is_good_once(tmp_path: Path, harbour: House) -> None:
    async with at_localhost(harbour, tmp_path) as evening:
        eva, phone = await with_a_phone(evening)
        page = await eva.open(IN)
        fields = {**phone.answers(page, {}), "token": field(page, "token")}
        cookies = dict(eva.http.cookies)
        await eva.send(IN, on=IN, fields=fields)
        await eva.send("/sign-out", on="/people/me")
        eva.http.cookies.clear()
        eva.http.cookies.update(cookies)

        again = await eva.http.post(IN, data=fields)

        assert again.status_code in {403, 422}
        assert "please sign in first" in await eva.see("/people", status=403)


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "http://elsewhere.example"},
        {"type": "webauthn.create"},
        {"challenge": written(b"another question")},
        {"site": "elsewhere.example"},
        {"crossOrigin": "true"},
    ],
)
async def test_an_answer_to_something_else_opens_nothing(
    tmp_path: Path, harbour: House, lie: dict[str, str]
) -> None:
    async with at_localhost(harbour, tmp_path) as evening:
        eva, phone = await with_a_phone(evening)

        says = await come_in(eva, phone, status=422, **lie)

        assert "not made for this page" in says
        assert "please sign in first" in await eva.see("/people", status=403)


async def test_another_key_opens_nothing(tmp_path: Path, harbour: House) -> None:
    async with at_localhost(harbour, tmp_path) as evening:
        eva, _ = await with_a_phone(evening)

        says = await come_in(eva, Phone(evening.config.base), status=422)

        assert "does not open this door" in says


async def test_a_device_that_only_was_touched_opens_nothing(
    tmp_path: Path, harbour: House
) -> None:
    async with at_localhost(harbour, tmp_path) as evening:
        eva, phone = await with_a_phone(evening)
        phone.flags = SEEN

        says = await come_in(eva, phone, status=422)

        assert "did not check that it is you" in says


async def test_a_copy_of_a_key_that_counts_is_noticed(
    tmp_path: Path, harbour: House
) -> None:
    async with at_localhost(harbour, tmp_path) as evening:
        eva, phone = await with_a_phone(evening)
        phone.count = 5
        await come_in(eva, phone)
        await eva.send("/sign-out", on="/people/me")

        says = await come_in(eva, phone, status=422)

        assert "as if there were a copy of it" in says


async def test_a_question_is_answered_within_minutes(
    tmp_path: Path, harbour: House
) -> None:
    async with at_localhost(harbour, tmp_path) as evening:
        eva, phone = await with_a_phone(evening)
        page = await eva.open(IN)
        fields = {**phone.answers(page, {}), "token": field(page, "token")}
        evening.clock.pass_by(seconds=601)

        says = await eva.send(IN, on=IN, status=422, fields=fields)

        assert "too long ago" in says


async def test_a_passkey_is_renamed_and_removed_by_its_own_member_only(
    tmp_path: Path, harbour: House
) -> None:
    async with at_localhost(harbour, tmp_path) as evening:
        eva, phone = evening["Eva"], Phone(evening.config.base)
        await add(eva, phone)
        named = {"id": written(ID), "name": "the blue one"}
        await evening["Cleo"].send(f"{PASSKEYS}/remove", on=PASSKEYS, id=written(ID))
        await eva.send(f"{PASSKEYS}/rename", on=PASSKEYS, fields=named)
        still = await eva.see(PASSKEYS)
        await eva.send(f"{PASSKEYS}/remove", on=PASSKEYS, id=written(ID))

        says = await come_in(eva, phone, status=422)

        assert "the blue one" in still
        assert "opens nothing here" in says


async def test_with_a_new_code_in_person_the_lost_device_opens_nothing(
    tmp_path: Path, harbour: House
) -> None:
    async with at_localhost(harbour, tmp_path) as evening:
        eva, phone = await with_a_phone(evening)
        second = await ask_for_code(evening, "Eva")
        await evening["Cleo"].send(second, on="/people")

        says = await come_in(eva, phone, status=422)

        assert "opens nothing here" in says


async def test_the_key_that_is_kept_is_the_one_that_the_device_made(
    tmp_path: Path, harbour: House
) -> None:
    async with at_localhost(harbour, tmp_path) as evening:
        eva, phone = evening["Eva"], Phone(evening.config.base)
        page = await eva.open(PASSKEYS)
        fields = {**phone.makes(page, {}), "name": "mine", "id": written(b"another")}

        says = await eva.send(PASSKEYS, on=PASSKEYS, status=422, fields=fields)

        assert "not made for this page" in says


async def test_where_pages_come_over_plain_http_there_are_no_passkeys(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        eva = evening["Eva"]

        assert "work only where the pages come by HTTPS" in await eva.see(PASSKEYS)
        assert "By a passkey" not in await eva.see("/sign-in")
        assert "Your code opens" in (await eva.see(IN)).replace("Here your", "Your")


# In a real browser, with a device that Chromium plays


async def a_device(context: BrowserContext, page: Page) -> CDPSession:
    devtools = await context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    await devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return devtools


@pytest.mark.needs_browser
async def test_a_browser_adds_a_passkey_and_comes_in_by_the_keyboard_alone(
    tmp_path: Path, harbour: House, browser: Browser
) -> None:
    house = on_localhost(harbour, free_port())
    async with an_assembly(house, tmp_path) as evening, listening(evening):
        context = await browser.new_context(viewport={"width": 360, "height": 800})
        await hand_over(evening, "Eva", context)
        page = await context.new_page()
        await a_device(context, page)
        base = evening.config.base

        await page.goto(f"{base}{PASSKEYS}")
        await page.get_by_label("What you call it").fill("my phone")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="my phone").wait_for()
        await context.clear_cookies()
        await page.goto(f"{base}/sign-in")
        await page.get_by_role("link", name="By a passkey").focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Come in").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{base}/")
        await page.goto(f"{base}{PASSKEYS}")

        assert "last used" in await page.inner_text("main")
        await context.close()
