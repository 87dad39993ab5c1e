"""What is published, two tellers confirm: with keys that the node never holds."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject
from instance.membership import teller
from tests.instance.house import signed
from tests.instance.serving import free_port
from tests.instance.web.evening import (
    Evening,
    adopt_rules,
    an_evening,
    found,
    hand_over,
    listening,
    meet,
    tellers,
)

AWKWARD: JsonObject = {
    "😀": 1,
    "\ufb33": [True, None, {}],
    "é": '\u2028"\\\b\u0007\u007f',
    "a": {"b": -9007199254740991, "aa": 0},
    "10": "",
    "9": [],
}


async def test_an_act_is_published_when_both_tellers_confirmed_it(
    tmp_path: Path,
) -> None:
    async with an_evening(tmp_path) as evening:
        await evening["Ada"].send(
            "/founding",
            on="/founding",
            name="Harbour",
            kind="place",
            fields=tellers(evening),
        )
        await evening.confirm(1, "Ada")
        by_one = await evening["Ben"].see("/confirm/1")
        nothing_yet = await evening.published()

        await evening.confirm(1, "Ben")

        assert "1 of 2 have confirmed it" in by_one
        assert nothing_yet == []
        assert (await evening.published())[0] == "Founding"
        assert "Confirmed by 2 and published" in await evening["Cleo"].see("/confirm/1")


async def test_confirming_twice_is_confirming_once(tmp_path: Path) -> None:
    async with an_evening(tmp_path) as evening:
        await evening["Ada"].send(
            "/founding",
            on="/founding",
            name="Harbour",
            kind="place",
            fields=tellers(evening),
        )
        await evening.confirm(1, "Ada")
        await evening.http_confirm(1, "Ada", "Ada", status=303)

        assert "You have confirmed it" in await evening["Ada"].see("/confirm/1")
        assert await evening.published() == []


async def test_only_a_teller_confirms_and_only_with_their_own_key(
    tmp_path: Path,
) -> None:
    async with an_evening(tmp_path) as evening:
        await evening["Ada"].send(
            "/founding",
            on="/founding",
            name="Harbour",
            kind="place",
            fields=tellers(evening),
        )

        by_no_teller = await evening.http_confirm(1, "Cleo", "Ada", status=403)
        by_the_other = await evening.http_confirm(1, "Ada", "Ben", status=403)

        assert "Only a teller confirms this" in by_no_teller
        assert "Only a teller confirms this" in by_the_other
        assert await evening.published() == []


async def test_a_signature_over_another_act_confirms_nothing(tmp_path: Path) -> None:
    async with an_evening(tmp_path) as evening:
        await found(evening)
        await evening["Ada"].send("/people", on="/people", name="Fay")
        await evening["Ada"].send(
            "/rulebook",
            on="/rulebook",
            text="Rules",
            quorum="0",
            quorum_of="present",
            threshold="2/3",
            methods="majority",
            recall_notice="7 days",
            emergency_notice="1 day",
            fields=tellers(evening),
        )
        number = await evening.newest_act()
        other = await evening["Ada"].http.get("/confirm/1/document")
        paper = signed(canonical.read(other.content), evening.key_of("Ada"))

        says = await evening["Ada"].send(
            f"/confirm/{number}",
            on=f"/confirm/{number}",
            status=403,
            signed=canonical.canonical(paper).decode(),
        )

        assert "not a valid signature over what is to be confirmed" in says
        assert "Rulebook" not in await evening.published()


@pytest.mark.parametrize(
    ("signed_paper", "says"),
    [
        ("", "“Signed document” is empty"),
        ("yes", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"a":1,"a":2}', "A key stands twice"),
        ('{"type":"Confirmation"}', "not a valid signature"),
    ],
)
async def test_what_is_no_signed_document_is_refused_with_a_sentence(
    tmp_path: Path, signed_paper: str, says: str
) -> None:
    async with an_evening(tmp_path, names=("Ada", "Ben")) as evening:
        await evening["Ada"].send(
            "/founding",
            on="/founding",
            name="Harbour",
            kind="place",
            fields=tellers(evening),
        )
        token = await evening["Ada"].token("/confirm/1")

        answer = await evening["Ada"].http.post(
            "/confirm/1", data={"token": token, "signed": signed_paper}
        )

        assert answer.status_code in (403, 422)
        assert says in answer.text


async def test_a_teller_signs_on_the_command_line(tmp_path: Path) -> None:
    async with an_evening(tmp_path) as evening:
        key = tmp_path / "my.key"
        document = tmp_path / "confirm-1.json"
        mine = teller.new_key(key)
        fields = {**tellers(evening), "key_1": mine}
        await evening["Ada"].send(
            "/founding", on="/founding", name="Harbour", kind="place", fields=fields
        )
        fetched = await evening["Ada"].http.get("/confirm/1/document")
        document.write_bytes(fetched.content)

        await evening["Ada"].send(
            "/confirm/1", on="/confirm/1", signed=teller.sign(key, document)
        )

        assert "confirm-1.json" in fetched.headers["content-disposition"]
        assert "You have confirmed it" in await evening["Ada"].see("/confirm/1")


async def test_a_number_that_is_not_true_any_more_waits_for_nobody(
    tmp_path: Path,
) -> None:
    async with an_evening(tmp_path) as evening:
        await found(evening)
        await adopt_rules(evening)
        meeting = await meet(evening, in_room=4)
        number = await evening.newest_act()
        waited = await evening["Ada"].see("/confirm")

        await evening["Eva"].send(f"{meeting}/check-in", on=meeting)

        assert "Who is here 4" in waited
        assert "Nothing waits" in await evening["Ada"].see("/confirm")
        late = await evening.http_confirm(number, "Ada", "Ada", status=409)
        assert "There are 5 present now" in late


async def test_the_document_to_sign_is_for_members(tmp_path: Path) -> None:
    async with an_evening(tmp_path, names=("Ada", "Ben")) as evening:
        await evening["Ada"].send(
            "/founding",
            on="/founding",
            name="Harbour",
            kind="place",
            fields=tellers(evening),
        )
        stranger = evening["Ben"].http
        stranger.cookies.clear()

        answer = await stranger.get("/confirm/1/document")

        assert answer.status_code == 403
        assert "sha256:" not in answer.text


@pytest.mark.needs_browser
async def test_a_teller_makes_a_key_in_their_browser_and_signs_with_it(
    tmp_path: Path, browser: Browser
) -> None:
    port = free_port()
    async with an_evening(tmp_path, port=port) as evening, listening(evening):
        pages = {name: await a_page(evening, browser, name) for name in ("Ada", "Ben")}
        keys = {name: await make_key(page) for name, page in pages.items()}
        form = pages["Ada"]
        await form.goto(f"{evening.config.base}/founding")
        await form.fill("#name", "Harbour Assembly")
        for number, name in enumerate(keys, start=1):
            await form.select_option(f"#teller_{number}", label=name)
            await form.fill(f"#key_{number}", keys[name])
        await form.click("main form button")
        await form.wait_for_url("**/founding")

        for page in pages.values():
            await page.goto(f"{evening.config.base}/confirm/1")
            await page.click("text=Confirm with my key")
            await page.wait_for_selector(".note.yes, .note.say")

        assert (await evening.published())[0] == "Founding"
        assert keys["Ada"] != keys["Ben"]
        assert not await can_be_taken_out(pages["Ada"])


@pytest.mark.needs_browser
@pytest.mark.parametrize("what", ["words", "body", "document"])
async def test_a_browser_signs_nothing_but_what_stands_on_the_page(
    tmp_path: Path, browser: Browser, what: str
) -> None:
    port = free_port()
    async with an_evening(tmp_path, port=port) as evening, listening(evening):
        page = await a_page(evening, browser, "Ada")
        key = await make_key(page)
        fields = {**tellers(evening), "key_1": key}
        await evening["Ada"].send(
            "/founding", on="/founding", name="Harbour", kind="place", fields=fields
        )
        await page.goto(f"{evening.config.base}/confirm/1")
        await page.evaluate(FORGE[what])

        await page.click("text=Confirm with my key")

        says = await page.inner_text("[data-teller] [role=status]")
        assert "Do not confirm" in says
        assert "0 of 2 have confirmed it" in await evening["Ben"].see("/confirm/1")


@pytest.mark.needs_browser
async def test_a_browser_writes_a_document_in_the_form_that_all_others_read(
    tmp_path: Path, browser: Browser
) -> None:
    port = free_port()
    async with an_evening(tmp_path, port=port) as evening, listening(evening):
        page = await a_page(evening, browser, "Ada")
        await page.goto(f"{evening.config.base}/key")
        source = await page.get_attribute("script[type=module]", "src")

        written = await page.evaluate(
            """async ([source, value]) => {
                const teller = await import(source);
                return [teller.canonical(value), await teller.digest(value)];
            }""",
            [source, AWKWARD],
        )
        refused = await page.evaluate(
            """async (source) => {
                const { canonical } = await import(source);
                const tries = [1.5, 2 ** 53, NaN, "\\ud800", undefined];
                return tries.map((value) => {
                    try { return canonical({ value }); } catch { return null; }
                });
            }""",
            source,
        )

        assert written == [
            canonical.canonical(AWKWARD).decode(),
            canonical.digest(AWKWARD),
        ]
        assert refused == [None] * 5


@pytest.mark.needs_browser
async def test_a_browser_without_such_keys_says_so_and_the_other_way_stays(
    tmp_path: Path, browser: Browser
) -> None:
    port = free_port()
    async with an_evening(tmp_path, port=port) as evening, listening(evening):
        await evening["Ada"].send(
            "/founding",
            on="/founding",
            name="Harbour",
            kind="place",
            fields=tellers(evening),
        )
        context = await a_context(evening, browser, "Ada")
        await context.add_init_script(
            "SubtleCrypto.prototype.generateKey = () => Promise.reject(new Error())"
        )
        page = await context.new_page()

        await page.goto(f"{evening.config.base}/confirm/1")

        await page.wait_for_selector("text=cannot make keys of this kind")
        assert await page.is_visible("#signed")


FORGE = {
    "words": "document.querySelector('[data-commit]').textContent = 'Another name'",
    "body": """(() => {
        const place = document.getElementById('body');
        const body = JSON.parse(place.textContent);
        place.textContent = JSON.stringify({ ...body, kind: 'panel' });
    })()""",
    "document": """(() => {
        const place = document.getElementById('document');
        const paper = JSON.parse(place.textContent);
        const of = 'sha256:' + '0'.repeat(64);
        place.textContent = JSON.stringify({ ...paper, of });
    })()""",
}


async def a_context(evening: Evening, browser: Browser, name: str) -> BrowserContext:
    """Give a member a browser of their own."""
    context = await browser.new_context(viewport={"width": 360, "height": 800})
    await hand_over(evening, name, context)
    return context


async def a_page(evening: Evening, browser: Browser, name: str) -> Page:
    context = await a_context(evening, browser, name)
    page = await context.new_page()
    await page.goto(f"{evening.config.base}/key")
    return page


async def make_key(page: Page) -> str:
    """Make a key by the button on the page, and return its public half."""
    await page.click("text=Make my key")
    await page.wait_for_selector("#public-key")
    key = await page.inner_text("#public-key")
    proofs.public_key(key)
    return key


async def can_be_taken_out(page: Page) -> bool:
    """Whether a script on our own pages could read the secret half of the key."""
    taken: bool = await page.evaluate(
        """async () => {
            const database = await new Promise((resolve) => {
                const request = indexedDB.open("folkmoot", 1);
                request.onsuccess = () => resolve(request.result);
            });
            const [pair] = await new Promise((resolve) => {
                const store = database.transaction("keys").objectStore("keys");
                const request = store.getAll();
                request.onsuccess = () => resolve(request.result);
            });
            return crypto.subtle.exportKey("pkcs8", pair.privateKey).then(
                () => true, () => false
            );
        }"""
    )
    return taken
