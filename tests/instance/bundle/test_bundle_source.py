"""A bundle is read from a file or an address, and written whole or not at all."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from instance import bundle
from instance.bundle import source
from instance.errors import Misused

BYTES = b'{"format":"folkmoot-bundle"}\n'


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "decision.bundle"
    bundle.write(path, BYTES)

    assert bundle.read_source(str(path)) == BYTES
    assert list(tmp_path.iterdir()) == [path]


def test_an_older_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "decision.bundle"
    bundle.write(path, BYTES * 1000)

    bundle.write(path, BYTES)

    assert path.read_bytes() == BYTES


@pytest.mark.parametrize("name", [".", "nowhere/decision.bundle"])
def test_where_nothing_can_be_written_a_sentence_says_so(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(Misused, match="cannot be written"):
        bundle.write(tmp_path / name, BYTES)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["nothing", ".", "a\0b", "x" * 300])
def test_what_cannot_be_read_gets_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misused, match="cannot be read"):
        bundle.read_source(f"{tmp_path}/{name}")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.touch()
    os.truncate(path, source.MOST_BYTES + 1)

    with pytest.raises(Misused, match="larger than"):
        bundle.read_source(str(path))


def test_a_bundle_is_fetched_from_a_node_on_this_machine() -> None:
    with serving(BYTES) as address:
        assert bundle.read_source(f"{address}/proposals/0/bundle") == BYTES


def test_more_than_a_bundle_can_be_is_not_fetched() -> None:
    with (
        serving(b"", length=source.MOST_BYTES + 1) as address,
        pytest.raises(Misused, match="more of this than we read"),
    ):
        bundle.read_source(address)


def test_what_is_not_there_is_not_fetched() -> None:
    with (
        serving(BYTES, status=404) as address,
        pytest.raises(Misused, match="cannot be read"),
    ):
        bundle.read_source(address)


@pytest.mark.parametrize(
    "address", ["http://192.0.2.1/x", "http://example.org:1/", "http://", "https://[x"]
)
def test_plain_http_goes_no_further_than_this_machine(address: str) -> None:
    with pytest.raises(Misused, match="cannot be read"):
        bundle.read_source(address)


@contextmanager
def serving(
    body: bytes, *, status: int = 200, length: int | None = None
) -> Iterator[str]:
    """Answer every request on a free port of this machine with these bytes."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(length or len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
