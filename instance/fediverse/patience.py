"""Nobody holds a place here, or fills our memory, by never finishing what they say.

The program that speaks HTTP for us sets no end to the head of a request, and none to
the time that a request takes. Behind a proxy that does nothing of this ever happens;
on a laptop in a hall there is none. See federation.md S34 and S51, and
docs/decisions/0114.
"""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long and how much we listen before somebody has said what they want.

    Args:
        head: bytes of a request that are not its body, one read more or less.
        seconds: for the head of a request, all of it.
        pace: bytes a second in which a body must come, over any `look` seconds.
        look: seconds between two looks at that.
    """

    head: int = 64 * 1024
    seconds: float = 20.0
    pace: int = 1024
    look: float = 10.0


class _Hearing(Enum):
    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class Listening(HttpToolsProtocol):
    """One connection of somebody who asks, for as long as they go on."""

    def __init__(
        self, *arguments: Any, patience: Patience = Patience(), **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self._patience = patience
        self._beside = 0
        self._came = 0
        self._says = _Hearing.HEAD
        self._minded = _Hearing.NOTHING
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._mind()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._beside += len(data)
        self._came += len(data)
        super().data_received(data)
        if self._beside > self._patience.head:
            if self._says is _Hearing.HEAD:
                self.transport.write(TOO_LARGE)
            self.transport.close()
        self._mind()

    def on_message_begin(self) -> None:
        self._says = _Hearing.HEAD
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # What follows a body is no header of the request, whatever it says of itself.
        if self._says is _Hearing.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._says = _Hearing.BODY
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._beside -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._says = _Hearing.NOTHING
        self._beside = 0
        super().on_message_complete()

    def _mind(self) -> None:
        """Wait for the rest of what somebody says, if they have begun to."""
        if self._says is self._minded:
            return
        self._minded = self._says
        self._stop_timer()
        match self._says:
            case _Hearing.HEAD:
                wait = self._patience.seconds
                self._timer = self.loop.call_later(wait, self.transport.close)
            case _Hearing.BODY:
                self._look_again()
            case _Hearing.NOTHING:
                pass

    def _look_again(self) -> None:
        self._came = 0
        self._timer = self.loop.call_later(self._patience.look, self._look)

    def _look(self) -> None:
        # Where we are the ones who do not listen, nobody is slow.
        wanted = self._patience.pace * self._patience.look
        if self._came < wanted and not self.flow.read_paused:
            self.transport.abort()
        else:
            self._look_again()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
