"""A page says the same in every language, and each catalogue holds every sentence."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.messages import pofile
from babel.messages.catalog import Catalog, Message
from starlette.applications import Starlette
from starlette.requests import Request

from instance.config import Config
from instance.web import languages
from tests.instance.house import House
from tests.instance.web.browsing import a_browser, text_of
from tests.instance.web.evening import an_assembly, ask, meet
from tests.instance.web.story import Story

PLACES = re.compile(r"%\(\w+\)[sd]")
BRACES = re.compile(r"\{\w+(?=[}:!])")
TAGS = re.compile(r"</?[a-z]+[^>]*>")
OTHERS = sorted(set(languages.LANGUAGES) - {"en"})


def catalogue(code: str) -> Catalog:
    source = resources.files("instance") / "languages" / f"{code}.po"
    with source.open("rb") as file:
        return pofile.read_po(file, locale=code)


def translations(code: str) -> Iterator[tuple[Message, str, str]]:
    """Go through what is translated: the message, and each form beside its English."""
    for message in catalogue(code):
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        said = message.string or ""
        strings = [said] if isinstance(said, str) else list(said)
        for number, says in enumerate(strings):
            if says:
                yield message, ids[min(number, len(ids) - 1)], says


def asking(*, ours: str = "en", **headers: str) -> Request:
    """Return a request for a page of an assembly that writes in a language."""
    app = Starlette()
    settings = Config(directory=Path(), slug="harbour", language=ours)
    app.state.node = SimpleNamespace(config=settings)
    raw = [
        (name.replace("_", "-").encode(), value.encode())
        for name, value in headers.items()
    ]
    return Request({"type": "http", "headers": raw, "app": app})


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_fills_in_what_the_sentence_does(code: str) -> None:
    for _, english, says in translations(code):
        # A form for one or two may say the number as a word.
        left_out = {"%(num)s", "%(number)s", "%(count)s", "%(num)d"}
        missing = set(PLACES.findall(english)) ^ set(PLACES.findall(says))

        assert missing <= left_out, says


@pytest.mark.parametrize("code", OTHERS)
def test_no_translation_is_marked_as_a_guess_that_pages_leave_in_english(
    code: str,
) -> None:
    assert [each.id for each in catalogue(code) if each.id and each.fuzzy] == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_no_place_that_nothing_fills(code: str) -> None:
    for _, english, says in translations(code):
        if set(BRACES.findall(says)) - set(BRACES.findall(english)):
            pytest.fail(says)


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_every_form_that_its_language_counts_in(code: str) -> None:
    for message in catalogue(code):
        said = message.string
        if isinstance(said, str) or said is None or not any(said):
            continue

        assert all(said), message.id


def test_a_colon_after_translated_words_is_translated_with_them() -> None:
    # French has a space before it.
    bare = re.compile(r'(?:endtrans %\}|_\("[^"]*"\)[^{}]* \}\})(?:</\w+>)?:')
    for page in (resources.files("instance") / "templates").iterdir():
        assert bare.search(page.read_text(encoding="utf-8")) is None, page.name


def test_no_page_writes_a_time_but_in_its_language_and_by_its_clock() -> None:
    for page in (resources.files("instance") / "templates").iterdir():
        assert "strftime" not in page.read_text(encoding="utf-8"), page.name


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("number", [0, 1, 2, 3, 11, 100, 1_000_000])
def test_any_number_of_people_is_said(code: str, number: int) -> None:
    with languages.speaking(languages.LANGUAGES[code]):
        said = languages.in_number("member", "members", number)

    assert said not in ("", "members")


def test_in_arabic_a_time_has_the_comma_of_the_script() -> None:
    with languages.speaking(languages.LANGUAGES["ar"]):
        said = languages.moment(datetime(2026, 11, 22, 12, tzinfo=UTC))

    assert said == "22 نوفمبر 2026، 12:00 UTC"


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_marks_of_the_sentence(code: str) -> None:
    for _, english, says in translations(code):
        assert sorted(TAGS.findall(says)) == sorted(TAGS.findall(english)), says


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("", "en"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("de;q=0.9, ar;q=0.5", "ar"),
        ("en;q=0.2, ar", "ar"),
        ("fr;q=0, de", "en"),
        ("*", "en"),
        ("\x7f;;;,,q=", "en"),
        ("x" * 5000, "en"),
    ],
)
def test_a_page_comes_in_the_language_that_a_browser_asks_for(
    asked: str, given: str
) -> None:
    assert languages.choose(asking(accept_language=asked)).code == given


@pytest.mark.parametrize(("asked", "given"), [("", "fr"), ("de", "fr"), ("ar", "ar")])
def test_whoever_asks_for_no_language_of_ours_reads_that_of_the_assembly(
    asked: str, given: str
) -> None:
    asks = asking(ours="fr", accept_language=asked)

    assert languages.choose(asks).code == given


def test_what_a_reader_chose_comes_before_what_their_browser_asks_for() -> None:
    chosen = asking(accept_language="fr", cookie=f"{languages.COOKIE}=ar")

    assert languages.choose(chosen).code == "ar"


def test_a_language_that_nobody_speaks_here_is_not_chosen() -> None:
    chosen = asking(cookie=f"{languages.COOKIE}=../../etc")

    assert languages.choose(chosen).code == "en"


async def test_a_reader_chooses_a_language_and_keeps_it(story: Story) -> None:
    async with a_browser(story.harbour.house) as browser:
        answer = await browser.http.get(
            "/language/ar?back=/issues", follow_redirects=False
        )
        assert answer.headers["location"] == "/issues"

        html = (await browser.http.get("/issues")).text

        assert '<html lang="ar" dir="rtl">' in html


async def test_a_long_address_that_leads_nowhere_is_not_written_on_the_page(
    story: Story,
) -> None:
    async with a_browser(story.harbour.house) as browser:
        html = (await browser.http.get("/" + "nowhere" * 500)).text

        assert 'href="/language/ar?back=/"' in html
        assert "nowherenowhere" not in html


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", ""]
)
async def test_choosing_a_language_leads_to_no_other_site(
    story: Story, back: str
) -> None:
    async with a_browser(story.harbour.house) as browser:
        answer = await browser.http.get(
            "/language/fr", params={"back": back}, follow_redirects=False
        )

        assert answer.headers["location"] == "/"


async def test_a_language_that_is_not_here_is_no_page(story: Story) -> None:
    async with a_browser(story.harbour.house) as browser:
        answer = await browser.http.get("/language/xx", follow_redirects=False)

        assert answer.status_code == 404


async def test_on_a_ballot_the_english_that_counts_stands_beside_the_translation(
    harbour: House, tmp_path: Path
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening), channels=["online"])
        eva = evening["Eva"]

        english = await eva.see(ballot)
        answer = await eva.http.get(ballot, headers={"accept-language": "fr"})

    assert "Pour (For)" in text_of(answer.text)
    assert "(For)" not in english
