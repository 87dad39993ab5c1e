"""Everything that anybody can read at a node, found by following its own addresses."""

import re
from collections import deque
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import httpx

from activitypub import documents

SEEDS = (
    "/",
    "/actor",
    "/record",
    "/issues",
    "/directory",
    "/proposals",
    "/decisions",
    "/compacts",
    "/about",
    "/people",
    "/slips",
    "/sessions",
    "/motions",
    "/actions",
    "/thanks",
    "/stories",
    "/panels",
    "/library",
    "/barriers",
    "/reviews",
    "/goal",
    "/place",
    "/claim",
    "/export",
    "/confirm",
    "/health",
    "/nodeinfo/2.1",
    "/.well-known/nodeinfo",
    "/.well-known/host-meta",
)
KINDS = (documents.ACCEPT, "text/html")
MOST = 1500


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            value for name, value in attrs if name in ("href", "src") and value
        ]


def crawl(base: str, *, also: tuple[str, ...] = ()) -> dict[str, str]:
    """Read every address that can be found from outside, as a page and as a document.

    Returns what was answered, by address and kind, whatever the status.
    """
    waiting = deque(f"{base}{seed}" for seed in (*SEEDS, *also))
    seen: set[str] = set(waiting)
    answers: dict[str, str] = {}
    with httpx.Client(timeout=60) as client:
        while waiting:
            url = waiting.popleft()
            for kind in KINDS:
                found = client.get(url, headers={"accept": kind})
                answers[f"{url} as {kind[:16]}"] = found.text
                for link in (*_links(url, found), found.headers.get("location", "")):
                    whole, _ = urldefrag(urljoin(url, link))
                    if link and whole.startswith(f"{base}/") and whole not in seen:
                        seen.add(whole)
                        waiting.append(whole)
            assert len(seen) < MOST, "There is no end of addresses here."
    return answers


def _links(url: str, found: httpx.Response) -> list[str]:
    if "html" in found.headers.get("content-type", ""):
        parser = _Links()
        parser.feed(found.text)
        return parser.found
    return re.findall(r'https?://[^\s"\\<>]+', found.text)
