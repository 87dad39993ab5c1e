"""Servers that mean us no good, each on a loopback address of its own.

One process serves them all. A path has the bytes of its answer, or something that
writes as it likes; so a server can lie about anything, HTTP itself included.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)

from activitypub import documents, proofs
from activitypub.canonical import JsonObject
from tests.hostile import forging

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]

KEYS = tuple(generate_private_key(65_537, 2048) for _ in range(2))
"""Two will do for all: whose key it is, the documents say."""


def answer(
    body: bytes, *, status: int = 200, type: str = documents.ACTIVITY_JSON, **more: str
) -> bytes:
    """Write an HTTP answer; ``more`` are headers, and may contradict the others."""
    headers = {"Content_Type": type, "Content_Length": str(len(body)), **more}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {status} X", *lines, "", ""]).encode() + body


@dataclass(slots=True)
class Place:
    """A server: what it says at each path, and how often it was asked."""

    base: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method, target, _ = head.decode("latin-1").split(" ", 2)
                await reader.readexactly(_length(head))
                self.asked.append(f"{method} {target}")
                said = self.answers.get(target.partition("?")[0])
                if method == "POST":
                    writer.write(answer(b"", status=202))
                elif callable(said):
                    await said(writer)
                else:
                    writer.write(said or answer(b"{}", status=404))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


@dataclass(slots=True)
class Neighbour:
    """Somebody with an actor and a key on a server of their own."""

    place: Place
    name: str
    key: RSAPrivateKey
    made: int = 0

    @property
    def id(self) -> str:
        return f"{self.place.base}/users/{self.name}"

    @property
    def key_id(self) -> str:
        return documents.main_key(self.id)

    @property
    def document(self) -> JsonObject:
        return documents.actor(
            "Person",
            id=self.id,
            username=self.name,
            name=self.name.title(),
            summary="",
            url=self.id,
            shared_inbox=f"{self.place.base}/inbox",
            keys=documents.Keys(
                transport=self.key.public_key(),
                assertion=proofs.new_key().public_key(),
            ),
            published=datetime(2026, 1, 1, tzinfo=UTC),
        )

    def shows(self, document: object, **how: Any) -> None:
        """Answer for the actor with this document instead of the true one."""
        self.says(forging.encode(document), **how)

    def says(self, body: bytes, **how: Any) -> None:
        """Answer for the actor with these bytes."""
        self.place.answers[urlsplit(self.id).path] = answer(body, **how)

    def does(self, said: Answer) -> None:
        self.place.answers[urlsplit(self.id).path] = said

    def new_id(self) -> str:
        self.made += 1
        return f"{self.place.base}/made/{self.made}"

    def activity(self, kind: str, object: object, **more: object) -> dict[str, Any]:
        return {
            "@context": documents.AS2,
            "id": self.new_id(),
            "type": kind,
            "actor": self.id,
            "object": object,
            **more,
        }

    def note(self, content: str, **more: object) -> dict[str, Any]:
        return {
            "id": self.new_id(),
            "type": "Note",
            "attributedTo": self.id,
            "to": [documents.PUBLIC],
            "content": content,
            "published": "2026-11-22T12:00:00Z",
            **more,
        }

    def sends(self, inbox: str, activity: object, **bent: Any) -> httpx.Response:
        """Post an activity, signed by draft-cavage unless it is bent otherwise."""
        body = forging.encode(activity)
        return forging.post(inbox, body, forging.knock(self, inbox, body, **bent))


@dataclass(slots=True)
class Village:
    """All the servers of one test run."""

    loop: asyncio.AbstractEventLoop
    servers: list[asyncio.Server] = field(default_factory=list)

    def settle(self, name: str = "mallory") -> Neighbour:
        """Give somebody a server of their own, where nobody has been before."""
        number = len(self.servers)
        place = Place("")
        address = f"127.1.{number // 200}.{number % 200 + 1}"
        server = self._do(asyncio.start_server(place.serve, address, 0))
        self.servers.append(server)
        place.base = f"http://{address}:{server.sockets[0].getsockname()[1]}"
        neighbour = Neighbour(place, name, KEYS[number % 2])
        neighbour.shows(neighbour.document)
        return neighbour

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)


@contextmanager
def a_village() -> Iterator[Village]:
    """Run the servers in a thread until the test is over."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    village = Village(loop)
    try:
        yield village
    finally:
        asyncio.run_coroutine_threadsafe(_end(village.servers), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(servers: list[asyncio.Server]) -> None:
    for server in servers:
        server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def endless(writer: asyncio.StreamWriter) -> None:
    """Send chunks for as long as anybody listens."""
    writer.write(
        b"HTTP/1.1 200 X\r\nContent-Type: application/activity+json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    while True:
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


async def hanging_up(writer: asyncio.StreamWriter) -> None:
    """Promise a document and end in the middle of it."""
    writer.write(answer(b'{"id": "', Content_Length="1000"))
    await writer.drain()
    writer.close()
