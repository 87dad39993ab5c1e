"""Pictures from elsewhere are fetched by us, drawn anew, and served as strangers."""

import json
import os
import struct
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import httpx
import pytest

from activitypub.errors import Unsupported
from instance import config
from instance import node as nodes
from instance.fediverse import drawing, media, moderation
from instance.fediverse.judgement import Severity
from tests.instance.serving import Serving, a_node, until

SECRET: Final = b"taken at 52.1 N, 4.3 E"


def a_png(width: int = 2, height: int = 2, *, says: bytes = SECRET) -> bytes:
    """Write a picture that also says where it was taken."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return (
            struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\x20\x40\x80" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"tEXt", b"Comment\0" + says)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ACTOR: Final = json.dumps({"id": "x", "type": "Person"}).encode()
FILES: Final[dict[str, bytes]] = {
    "/good.png": a_png(),
    "/tail.png": a_png() + b"<script>alert(1)</script>",
    "/drawing.svg": SVG,
    "/actor.png": ACTOR,
    "/page.png": b"<!doctype html><script>alert(1)</script>",
    "/cut.png": a_png()[:60],
    "/vast.png": a_png(60_000, 1).replace(
        struct.pack(">II", 60_000, 1), struct.pack(">II", 60_000, 60_000)
    ),
    "/heavy.png": a_png(says=b"x" * (drawing.MOST_BYTES + 1)),
}
MOVED: Final = {
    "/to-a-private-place.png": "http://10.0.0.1/secret.png",
    "/to-a-file.png": "file:///etc/passwd",
}


@dataclass(slots=True)
class Elsewhere:
    """A server with pictures, good and bad, and how often each was asked for."""

    base: str
    asked: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    there = Elsewhere(f"http://127.0.0.1:{server.server_address[1]}")
    server.there = there  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.there.asked[self.path] += 1  # type: ignore[attr-defined]
        if self.path in MOVED:
            self.send_response(302)
            self.send_header("location", MOVED[self.path])
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("content-type", "image/png")
        self.end_headers()
        self.wfile.write(FILES[self.path])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing; the test says what matters."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with a_node(tmp_path_factory.mktemp("media")) as serving:
        yield serving


def test_a_picture_is_drawn_anew_and_served_so_that_it_can_do_nothing(
    node: Serving, elsewhere: Elsewhere
) -> None:
    shown = httpx.get(where(node, f"{elsewhere.base}/good.png"), timeout=60)

    assert shown.status_code == 200
    assert shown.content[:4] == b"RIFF"
    assert SECRET not in shown.content
    assert shown.headers["content-type"] == "image/webp"
    assert shown.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert shown.headers["content-disposition"].startswith("attachment")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in shown.headers


def test_whoever_has_a_part_of_a_picture_gets_the_rest(
    node: Serving, elsewhere: Elsewhere
) -> None:
    url = where(node, f"{elsewhere.base}/good.png")
    whole = httpx.get(url, timeout=60)
    size = len(whole.content)

    def asked(for_: str, **more: str) -> tuple[int, bytes, str | None]:
        said = httpx.get(url, headers={"range": for_, **more}, timeout=60)
        return said.status_code, said.content, said.headers.get("content-range")

    assert whole.headers["accept-ranges"] == "bytes"
    rest = (206, whole.content[4:], f"bytes 4-{size - 1}/{size}")
    assert asked("bytes=4-") == rest
    assert asked("bytes=4-", **{"if-range": whole.headers["etag"]}) == rest
    assert asked("bytes=0-3") == (206, b"RIFF", f"bytes 0-3/{size}")
    assert asked("bytes=-2")[1] == whole.content[-2:]
    assert asked("bytes=-999999")[1] == whole.content
    assert asked("bytes=0-999999")[1] == whole.content
    for none in (f"bytes={size}-", "bytes=3-2", "bytes=-0"):
        assert asked(none) == (416, b"", f"bytes */{size}")
    for all_of_it in ("bytes=0-1,3-4", "lines=1-2", "bytes=", "bytes=a-", "0-1"):
        assert asked(all_of_it) == (200, whole.content, None)
    assert asked("bytes=0-3", **{"if-range": '"another"'})[0] == 200


def test_what_follows_a_picture_in_its_file_is_left_behind(
    node: Serving, elsewhere: Elsewhere
) -> None:
    shown = httpx.get(where(node, f"{elsewhere.base}/tail.png"), timeout=60)

    assert shown.status_code == 200
    assert b"script" not in shown.content


@pytest.mark.parametrize(
    "path",
    [*sorted(FILES.keys() - {"/good.png", "/tail.png"}), *sorted(MOVED)],
)
def test_nothing_is_shown_that_is_no_picture_or_too_much_of_one(
    node: Serving, elsewhere: Elsewhere, path: str
) -> None:
    shown = httpx.get(where(node, f"{elsewhere.base}{path}"), timeout=60)

    assert shown.status_code == 404
    assert elsewhere.asked[path] == 1


def test_another_server_is_asked_once_for_a_picture_and_once_for_none(
    node: Serving, elsewhere: Elsewhere
) -> None:
    for path in ("/good.png", "/drawing.svg"):
        for _ in range(3):
            httpx.get(where(node, f"{elsewhere.base}{path}"), timeout=60)

        assert elsewhere.asked[path] == 1


def test_nothing_is_fetched_that_this_node_did_not_name_itself(
    node: Serving, elsewhere: Elsewhere
) -> None:
    mark, name = where(node, f"{elsewhere.base}/good.png").split("/")[-2:]
    other = where(node, f"{elsewhere.base}/unnamed.png").split("/")[-1]

    for path in (f"{mark}/{other}", f"{'0' * 32}/{name}", f"{mark}/%FF", "x/y"):
        assert httpx.get(f"{node.base}/media/{path}").status_code == 404

    assert elsewhere.asked["/unnamed.png"] == 0


def test_a_picture_of_a_server_kept_away_is_not_shown_though_it_lies_here(
    node: Serving, elsewhere: Elsewhere
) -> None:
    picture = where(node, f"{elsewhere.base}/good.png")
    assert httpx.get(picture, timeout=60).status_code == 200
    host = elsewhere.base.removeprefix("http://")

    with nodes.at_desk(config.read(node.directory)) as desk:
        moderation.decide(desk, host, Severity.NONE, by=None, reject_media=True)

    until(lambda: httpx.get(picture).status_code == 404)
    with nodes.at_desk(config.read(node.directory)) as desk:
        moderation.decide(desk, host, Severity.NONE, by=None)
    until(lambda: httpx.get(picture).status_code == 200)


def test_a_name_for_pictures_serves_nothing_else_and_the_pages_serve_none(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    with a_node(tmp_path) as node:
        node.stop()
        domain = f"localhost:{node.port}"
        with (node.directory / "folkmoot.toml").open("a") as settings:
            settings.write(f'media_domain = "{domain}"\n')
        node.start()
        picture = where(node, f"{elsewhere.base}/good.png")
        path = picture.removeprefix(f"http://{domain}")

        def ask(path: str, host: str) -> int:
            url = f"{node.base}{path}"
            return httpx.get(url, headers={"host": host}, timeout=60).status_code

        assert picture.startswith(f"http://{domain}/media/")
        assert ask(path, domain) == 200
        assert ask(path, f"127.0.0.1:{node.port}") == 404
        for other in ("/", "/actor", "/g/harbour", "/sign-in", "/health"):
            assert ask(other, domain) == 404
        page = httpx.get(f"{node.base}/", headers={"accept": "text/html"})
        assert (
            f"img-src 'self' http://{domain}" in page.headers["content-security-policy"]
        )


async def test_a_picture_that_breaks_its_reader_takes_nothing_else_along() -> None:
    for bad in (FILES["/cut.png"], FILES["/vast.png"], SVG, b""):
        with pytest.raises(Unsupported):
            await drawing.draw(bad)


def test_the_oldest_pictures_make_room(tmp_path: Path) -> None:
    for number in range(10):
        file = tmp_path / "ab" / str(number)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x" * 100)
        os.utime(file, (number, number))

    media.make_room(tmp_path, most=500)

    kept = sorted(file.name for file in tmp_path.glob("*/*"))
    assert kept == ["6", "7", "8", "9"]


def where(node: Serving, url: str) -> str:
    """Return where the node shows a picture, as its pages would."""
    with nodes.at_desk(config.read(node.directory)) as desk:
        place = media.proxied(desk, url)
    return place if place.startswith("http") else f"{node.base}{place}"


def test_what_is_a_picture_is_told_by_its_first_bytes_and_by_nothing_else() -> None:
    for kind in (a_png(), b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF....WEBPVP8 "):
        assert drawing.looks_like_a_picture(kind)
    for other in (SVG, ACTOR, b"BM", b"RIFF....AVI ", b"%PDF-1.7", b"\0\0\1\0", b""):
        assert not drawing.looks_like_a_picture(other)
