"""Requests over many connections at once, each sent as soon as the last was answered.

The requests are bytes that were written beforehand, so that what is measured is the
server and not the one who asks.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

CONNECTIONS: Final = 64
PATIENCE: Final = 120.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


@dataclass(slots=True)
class Answers:
    """How often each status came, and how long each answer took."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)


async def send(
    requests: Iterable[bytes],
    *,
    port: int,
    host: str = "127.0.0.1",
    connections: int = CONNECTIONS,
) -> Answers:
    """Send all requests and collect the answers.

    Raises:
        ConnectionError: the server hung up before all was answered.
        TimeoutError: it did not answer everything in time.
    """
    waiting = iter(requests)
    answers = Answers()
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: _Connection(waiting, answers), host, port)
        for _ in range(connections)
    ]
    try:
        for transport, connection in opened:
            connection.begin(transport)
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(connection.done for _, connection in opened))
    finally:
        for transport, _ in opened:
            transport.close()
    return answers


def post(target: str, *, host: str, headers: dict[str, str], body: bytes) -> bytes:
    """Write a POST down."""
    return _head("POST", target, {"Host": host, **headers}, len(body)) + body


def get(target: str, *, host: str, headers: dict[str, str]) -> bytes:
    """Write a GET down."""
    return _head("GET", target, {"Host": host, **headers}, None)


def _head(
    method: str, target: str, headers: dict[str, str], length: int | None
) -> bytes:
    if length is not None:
        headers = {**headers, "Content-Length": str(length)}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode()


class _Connection(asyncio.Protocol):
    def __init__(self, waiting: Iterator[bytes], answers: Answers) -> None:
        self._waiting = waiting
        self._answers = answers
        self._received = b""
        self._asked_at = 0.0
        self._transport: asyncio.Transport
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("The server hung up."))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, mark, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not mark or len(body) < int(length[1] if length else 0):
            return
        self._received = b""
        self._answers.statuses[int(head[9:12])] += 1
        self._answers.latencies.append(time.perf_counter() - self._asked_at)
        self._ask()

    def _ask(self) -> None:
        request = next(self._waiting, None)
        if request is None:
            self.done.set_result(None)
            return
        self._asked_at = time.perf_counter()
        self._transport.write(request)
