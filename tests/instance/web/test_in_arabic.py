"""Whoever reads Arabic meets no sentence of ours in English, wherever links lead."""

import json
import re
from collections import deque
from collections.abc import AsyncIterator, Iterator
from functools import cache
from html.parser import HTMLParser
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx
from babel.messages import pofile

from activitypub.canonical import JsonValue
from instance.desk import Desk
from instance.web.languages import FIRST_STRONG_ISOLATE, POP_ISOLATE
from tests.instance.house import House
from tests.instance.web.accessible import NO_PAGE, shape
from tests.instance.web.evening import Clock, Evening, an_assembly, ask
from tests.instance.web.full_council import SOON, FullCouncil
from tests.instance.web.night import a_night

WRITTEN: Final = frozenset(
    {"bdi", "code", "pre", "script", "style", "textarea", "title"}
)
"""What holds names, texts of people, and what machines read."""
VOID: Final = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})
SPOKEN: Final = ("alt", "aria-label", "placeholder")
APART: Final = re.compile(f"{FIRST_STRONG_ISOLATE}[^{POP_ISOLATE}]*{POP_ISOLATE}")
MADE: Final = re.compile(
    r"\S*(?:://|@|\d:\d|/\w)\S*|\S+\.\S+"
    r"|\b(?:sha256:)?[0-9a-f]{12,}…?|\b[A-Z](?:-[0-9A-F]{4}){2}\b"
)
"""Addresses, times, fingerprints and the codes of sheets."""
TAGS: Final = re.compile(r"<[^>]*>|%\(\w+\)s|\{[^}]*\}")
ARABIC: Final = re.compile("[\u0621-\u064a]")
WORD: Final = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
DATA: Final = frozenset(
    {
        *("Folkmoot", "UTC", "English", "Français", "QR", "PDF", "CSV", "JSON"),
        *("Markdown", "Mastodon", "RSS", "iCalendar", "ActivityPub", "Multikey"),
        *("Creative", "Commons", "Attribution", "consent"),
    }
)
"""Names of programs, formats, licences and languages, and of a field in a file."""


class Page(HTMLParser):
    """What a page says in words of its own, piece by piece, and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.links: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in told:
            self.links.append(told["href"])
        self.pieces += [told[name] for name in SPOKEN if name in told]
        if tag not in VOID:
            others = tag != "html" and ("lang" in told or "dir" in told)
            others = others or "code" in told.get("class", "")
            self._open.append((tag, tag in WRITTEN or others))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(written for _, written in self._open):
            self.pieces.append(data)


def in_english(page: Page, data: frozenset[str]) -> Iterator[str]:
    """Go through what a page says in English that nobody wrote there."""
    kept = kept_in_latin()
    for piece in page.pieces:
        says = " ".join(piece.split())
        left = APART.sub("", says)
        if WORD.search(left) and not shortened(left, data):
            for text in sorted(data, key=len, reverse=True):
                left = left.replace(text, "")
            known = DATA | kept if ARABIC.search(says) else DATA
            if not known.issuperset(WORD.findall(MADE.sub("", left))):
                yield says


def shortened(piece: str, data: frozenset[str]) -> bool:
    """Whether a piece is the beginning of what somebody wrote."""
    start = piece.removesuffix("...").removesuffix("…")
    return start != piece and any(text.startswith(start) for text in data)


@cache
def kept_in_latin() -> frozenset[str]:
    """Give the words that our own Arabic sentences hold: commands and examples."""
    source = resources.files("instance") / "languages" / "ar.po"
    with source.open("rb") as file:
        known = pofile.read_po(file, locale="ar")
    said = " ".join(str(each.string) for each in known)
    return frozenset(WORD.findall(TAGS.sub("", said)))


def written(desk: Desk) -> frozenset[str]:
    """Give what people wrote, and what they are called: no program translates it."""
    rows = desk.connection.execute(
        "select text as said from wording union select name from person "
        "union select name from actor"
    )
    texts = {str(row["said"]) for row in rows}
    texts |= {line for each in texts for line in each.splitlines()}
    for each in tuple(texts):
        if each.startswith("{"):
            texts |= set(_strings(json.loads(each)))
    return frozenset(" ".join(each.split()) for each in texts) - {""}


def _strings(value: JsonValue) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            yield from chain.from_iterable(map(_strings, value.values()))
        case list():
            yield from chain.from_iterable(map(_strings, value))
        case _:
            pass


async def every_page(
    http: httpx.AsyncClient, *also: str
) -> AsyncIterator[tuple[str, Page]]:
    """Follow the links from a few pages, to one page of each kind."""
    waiting = deque(("/", "/today", "/about", "/home", *also))
    kinds = set(map(shape, waiting))
    while waiting:
        path = waiting.popleft()
        answer = await http.get(path, headers={"accept-language": "ar"})
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        page = Page()
        page.feed(answer.text)
        yield path, page
        for link in page.links:
            there = urlsplit(urljoin(str(answer.url), link))
            kind = shape(there.path)
            ours = there.netloc == answer.url.netloc.decode()
            if ours and kind not in kinds and not NO_PAGE.search(there.path):
                kinds.add(kind)
                waiting.append(there.path)


async def looked_at(
    evening: Evening, *also: str
) -> tuple[list[str], dict[str, list[str]]]:
    """Read every page that the clerk comes to; give what is in English, by page."""
    data = await evening.look(written)
    seen, found = [], {}
    async for path, page in every_page(evening["Ada"].http, *also):
        seen.append(path)
        if says := list(in_english(page, data)):
            found[path] = says
    return seen, found


async def test_no_page_of_an_evening_speaks_english_to_a_reader_of_arabic(
    harbour: House, tmp_path: Path
) -> None:
    async with a_night(harbour, tmp_path) as night:
        await ask(night.evening, night.meeting, channels=["hands", "online"])
        await ask(night.evening, night.meeting, channels=["paper", "online"])
        seen, found = await looked_at(night.evening)

    assert len(seen) > 40
    assert found == {}


async def test_no_page_of_what_assemblies_do_together_speaks_english_either(
    full: FullCouncil, tmp_path: Path
) -> None:
    async with an_assembly(full.house, tmp_path, clock=Clock(now=SOON)) as evening:
        seen, found = await looked_at(evening, *full.aside)

    assert len(seen) > 60
    assert found == {}
