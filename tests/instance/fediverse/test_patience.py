"""Whoever never finishes what they say is let go, and takes nobody's place."""

import asyncio
import functools
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Message

from activitypub.addresses import Guard
from activitypub.client import Client
from activitypub.errors import TooLarge, TooMany, TooSlow, Unsupported
from instance.fediverse.callers import Callers
from instance.fediverse.patience import Listening, Patience
from instance.fediverse.receiving import Inbox
from instance.node import Node
from instance.store.database import Database
from tests.instance.house import a_house
from tests.instance.serving import Serving, a_node, free_port, until

HASTY: Final = Patience(head=8 * 1024, seconds=0.5, pace=1024, look=0.5)
A_LOT: Final = 4 * 1024 * 1024


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with a_node(tmp_path_factory.mktemp("nodes")) as serving:
        yield serving


@pytest.fixture(scope="module")
def hasty() -> Iterator[int]:
    """Serve what echoes a request, to whoever is quick."""
    with serving(HASTY) as port:
        yield port


@contextmanager
def serving(patience: Patience) -> Iterator[int]:
    async def echo(request: Request) -> JSONResponse:
        body = await request.body()
        return JSONResponse({"names": sorted(request.headers), "bytes": len(body)})

    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=[Route("/", echo, methods=["GET", "POST"])]),
            port=port,
            http=functools.partial(Listening, patience=patience),  # type: ignore[arg-type]
            ws="none",
            log_level="critical",
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def calling(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        yield line


def answered(line: socket.socket) -> bytes:
    """Hear all that is said until the other side hangs up."""
    said = b""
    while True:
        try:
            piece = line.recv(65_536)
        except ConnectionError:
            return said
        if not piece:
            return said
        said += piece


def pour(line: socket.socket, piece: bytes) -> int:
    """Say a piece again and again; return the bytes that were taken."""
    taken = 0
    try:
        while taken < A_LOT:
            line.sendall(piece)
            taken += len(piece)
    except OSError:
        pass
    return taken


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        (b"GET / HTTP/1.1\r\n", b"X-More: " + b"a" * 8000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\nX-Long: ", b"a" * 8000),
        (b"GET /", b"a" * 8000),
        (b"G", b"G" * 8000),
    ],
    ids=["headers", "a header", "an address", "a method"],
)
def test_a_head_without_end_is_not_listened_to(
    node: Serving, begins: bytes, goes_on: bytes
) -> None:
    with calling(node.port) as line:
        line.sendall(begins)

        taken = pour(line, goes_on)

        assert taken < A_LOT
        assert httpx.get(f"{node.base}/health").is_success


def test_whoever_says_too_much_is_told_so(hasty: int) -> None:
    with calling(hasty) as line:
        line.sendall(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 3000)

        assert answered(line).startswith(b"HTTP/1.1 431 ")


def test_what_follows_a_body_is_no_header_and_has_an_end(hasty: int) -> None:
    begins = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with calling(hasty) as line:
        line.sendall(
            begins + b"1\r\na\r\n0\r\nSignature: x\r\nConnection: close\r\n\r\n"
        )
        line.shutdown(socket.SHUT_WR)
        said = answered(line)
    with calling(hasty) as line:
        line.sendall(begins + b"1\r\na\r\n0\r\n")
        taken = pour(line, b"X: " + b"a" * 1000 + b"\r\n")

    assert b'"bytes":1' in said
    assert b"signature" not in said
    assert taken < A_LOT


@pytest.mark.parametrize("begins", [b"", b"GET / HTTP/1.1\r\nHo"])
def test_whoever_takes_too_long_to_say_what_they_want_is_let_go(
    hasty: int, begins: bytes
) -> None:
    with calling(hasty) as line:
        line.sendall(begins)

        assert answered(line) == b""


def test_on_a_line_that_was_used_as_well(hasty: int) -> None:
    with calling(hasty) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert line.recv(65_536).startswith(b"HTTP/1.1 200 ")
        line.sendall(b"GET / HT")

        assert answered(line) == b""


def test_a_body_that_drips_is_not_waited_for(hasty: int) -> None:
    with calling(hasty) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")

        def dripped() -> bool:
            try:
                line.sendall(b"a")
            except OSError:
                return True
            return False

        until(dripped)


def test_a_body_that_comes_at_a_fair_pace_is_heard_to_its_end(hasty: int) -> None:
    with calling(hasty) as line:
        line.sendall(
            b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            b"Content-Length: 20000\r\n\r\n"
        )
        for _ in range(20):
            line.sendall(b"a" * 1000)
            time.sleep(0.1)

        assert b'"bytes":20000' in answered(line)


async def test_an_activity_that_never_ends_is_given_up(tmp_path: Path) -> None:
    async with an_inbox(tmp_path, longest=0.2) as inbox:
        with pytest.raises(TooSlow):
            await inbox(*a_post_of(b"{", forever=True))


async def test_an_activity_of_unknown_length_is_no_longer_than_others(
    tmp_path: Path,
) -> None:
    async with an_inbox(tmp_path) as inbox:
        with pytest.raises(TooLarge):
            await inbox(*a_post_of(*[b"a" * 65_536] * 17))


async def test_only_so_many_wait_at_an_inbox(tmp_path: Path) -> None:
    async with an_inbox(tmp_path, most_waiting=0) as inbox:
        with pytest.raises(TooMany):
            await inbox(*a_post_of(b"{}"))


async def test_whoever_is_still_sending_takes_nobodys_place(tmp_path: Path) -> None:
    async with an_inbox(tmp_path, most_waiting=1) as inbox:
        begun = [
            asyncio.create_task(inbox(*a_post_of(b"{", forever=True))) for _ in range(3)
        ]
        await asyncio.sleep(0)

        # It is refused for what it is, and not for want of room.
        with pytest.raises(Unsupported):
            await inbox(*a_post_of(b"{}"))

        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)


async def test_beginnings_of_activities_fill_no_memory(tmp_path: Path) -> None:
    async with an_inbox(tmp_path, most_held=250) as inbox:
        begun = [
            asyncio.create_task(inbox(*a_post_of(b"a" * 100, forever=True)))
            for _ in range(2)
        ]
        await asyncio.sleep(0)

        with pytest.raises(TooMany):
            await inbox(*a_post_of(b"a" * 100, forever=True))

        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        # What is given up takes no room any more.
        again = asyncio.create_task(inbox(*a_post_of(b"a" * 200, forever=True)))
        await asyncio.sleep(0)
        assert not again.done()
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)


@asynccontextmanager
async def an_inbox(tmp_path: Path, **how: float) -> AsyncIterator[Inbox]:
    house = a_house(tmp_path)
    async with Database(house.config.database) as database:
        node = Node(house.config, database)
        async with Client(Guard(), clock=node.clock, user_agent="test") as client:
            callers = Callers(node, client)
            yield Inbox(
                node,
                callers,
                arrived=lambda *, crowd: None,
                heard_from=lambda actor: None,
                **how,  # type: ignore[arg-type]
            )


def a_post_of(*pieces: bytes, forever: bool = False):  # type: ignore[no-untyped-def]
    left = list(pieces)

    async def receive() -> Message:
        if left:
            body = left.pop(0)
            more = forever or bool(left)
            return {"type": "http.request", "body": body, "more_body": more}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError("Nothing is answered here but refusals.")

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/inbox",
        "query_string": b"",
        "headers": [],
    }
    return scope, receive, send
