"""Inboxes that take anything at once, in a process of their own.

Started with a number of hosts, a port and a number of hosts that hang, it listens on
all of them. Those that hang take a connection and never answer. A GET on the first host
is answered with the times at which activities arrived.
"""

import asyncio
import json
import re
import sys
import time
from typing import Final

import uvloop

from tests.benchmarks import elsewhere

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class _Sink(asyncio.Protocol):
    arrivals: Final[list[float]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while True:
            head, mark, body = self._received.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            size = int(length[1]) if length else 0
            if not mark or len(body) < size:
                return
            self._received = body[size:]
            if head.startswith(b"GET "):
                self._answer(200, json.dumps(self.arrivals).encode())
            else:
                self.arrivals.append(time.time())
                self._answer(202, b"")

    def _answer(self, status: int, body: bytes) -> None:
        head = f"HTTP/1.1 {status} Yes\r\ncontent-length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)  # type: ignore[attr-defined]


async def serve(hosts: int, port: int, hanging: int) -> None:
    """Listen until the process is ended."""
    loop = asyncio.get_running_loop()
    if hanging:
        await loop.create_server(asyncio.Protocol, elsewhere.bad(hanging), port)
    await loop.create_server(_Sink, elsewhere.hosts(hosts), port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(*map(int, sys.argv[1:])))
