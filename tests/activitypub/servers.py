"""A server that gives the bytes it was told to, and a client of ours that asks it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp.abc import AbstractResolver

from activitypub import addresses
from activitypub.addresses import Guard
from activitypub.client import (
    Client,
    Knocks,
    Limits,
)
from activitypub.signatures import Request
from tests.activitypub.wire import NOON

ACTIVITY = "application/activity+json"
QUICK = Limits(connect=0.3, silence=0.3, total=0.8)
PATIENT = Limits(connect=60, silence=60, total=60)
WORKSHOP = Guard(networks=addresses.LOOPBACK)


@dataclass
class Server:
    """A server that gives each path the bytes of its answer, and keeps what it got."""

    authority: str = ""
    answers: dict[str, bytes | Callable[[Request], bytes]] = field(default_factory=dict)
    got: list[Request] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str) -> str:
        return f"http://{self.authority}{path}"

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            while request := await received(reader):
                self.got.append(request)
                path = request.target.partition("?")[0]
                answer = self.answers.get(path, said(404))
                writer.write(answer(request) if callable(answer) else answer)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


async def received(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    pairs = [line.split(": ", 1) for line in lines]
    headers = tuple((name.lower(), value) for name, value in pairs)
    length = int(dict(headers).get("content-length", "0"))
    body = await reader.readexactly(length)
    return Request(method=method, target=target, headers=headers, body=body)


def said(
    status: int, body: bytes = b"", *, type: str = ACTIVITY, **headers: str
) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {type}"]
    headers = {"Content_Length": str(len(body)), **headers}
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    tasks = set[asyncio.Task[None]]()

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await serve(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


@asynccontextmanager
async def a_client(
    guard: Guard = WORKSHOP,
    *,
    limits: Limits = PATIENT,
    resolver: AbstractResolver | None = None,
    knocks: Knocks | None = None,
) -> AsyncIterator[Client]:
    async with Client(
        guard,
        clock=lambda: NOON,
        user_agent="Folkmoot/0 (test)",
        limits=limits,
        resolver=resolver,
        knocks=knocks,
    ) as client:
        yield client
