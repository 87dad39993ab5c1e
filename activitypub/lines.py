"""A line to another server, over which it is asked one thing after another.

This is as much of HTTP/1.1 as asking takes, and no more: nothing is sent on, unpacked
or believed here. Nobody is dialled whom the guard does not let pass, a line carries one
question at a time, and what a server says unasked ends the line. `client` says what is
asked, and how much of an answer is read. See federation.md S30 to S34, and
docs/decisions/0060.
"""

import asyncio
import ssl
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Final, Protocol, cast

import httptools

from activitypub.addresses import Guard, Url

MOST_BESIDE: Final = 64 * 1024
"""How many bytes of an answer may be anything else than its body."""
MOST_IDLE: Final = 1_000
IDLE: Final = 15.0
NEXT_ADDRESS: Final = 1.0
"""Seconds after which another address of a host is tried, if it has one."""


class Broken(OSError):
    """The line broke, or what came over it is no answer.

    ``before_anything`` says that nothing at all had come back.
    """

    def __init__(self, why: str, *, before_anything: bool = False) -> None:
        super().__init__(why)
        self.before_anything = before_anything


class Listener(Protocol):
    """Is told an answer while it comes. What it raises ends the line, and is raised
    where the answer is waited for.
    """

    def begins(self, status: int, headers: Mapping[str, str]) -> None:
        """Take note of the status and the headers, by their lower-case names.

        What stands there several times is put together with commas.
        """

    def more(self, piece: bytes) -> bool:
        """Take what came of the body, and say whether more of it is wanted."""


class Names(Protocol):
    """Looks names up."""

    async def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host.

        Raises:
            OSError: it has none.
            NotAllowed: one of them is none that we may reach.
        """


class Lines:
    """All lines that there are to others, those at rest among them.

    Args:
        guard: whom we may dial.
        names: how a name becomes addresses.
        connect: seconds until there is a line, and until a name is found.
        silence: seconds until the first byte of an answer, and between any two.
        each: how many lines there are to one server.
        idle: seconds for which a line is kept that carries nothing just now.
        most_idle: how many of those are kept.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        names: Names,
        connect: float,
        silence: float,
        each: int,
        idle: float = IDLE,
        most_idle: int = MOST_IDLE,
    ) -> None:
        self._guard = guard
        self._names = names
        self._connect = connect
        self._silence = silence
        self._each = each
        self._rest = idle
        self._most_idle = most_idle
        self._hosts: dict[str, _Host] = {}
        self._idle: OrderedDict[_Line, float] = OrderedDict()
        self._sweep: asyncio.TimerHandle | None = None
        self._open: set[_Line] = set()
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Cut every line."""
        if self._sweep is not None:
            self._sweep.cancel()
        for line in list(self._open):
            line.cut()

    async def ask(self, at: Url, write: Callable[[], bytes], hear: Listener) -> None:
        """Ask one thing of the server at an address, and hear the answer.

        A line may have been cut at the other end while it rested. Then all is asked
        once more on a new one, since nothing of an answer had come; whoever was told
        the same thing twice knows it by its id.

        Args:
            at: where, as the guard has read it.
            write: writes the request down, once there is a line to send it on.
            hear: is told the answer.

        Raises:
            NotAllowed: we do not go there.
            TimeoutError: there was no line, or nothing came over it, for too long.
            OSError: there is nobody, or no answer that we understand.
        """
        while True:
            line = await self._line(at)
            rested = line.answers > 0
            try:
                await line.ask(write(), hear, silence=self._silence)
                return
            except Broken as broken:
                if not (rested and broken.before_anything):
                    raise
            finally:
                self._put_back(line)

    async def _line(self, at: Url) -> "_Line":
        """Return a line that carries nothing else, made now if there is none."""
        origin = at.origin
        while True:
            host = self._hosts.get(origin)
            if host is None:
                host = self._hosts[origin] = _Host()
            if host.resting:
                line = host.resting.pop()
                del self._idle[line]
                return line
            if host.lines < self._each:
                break
            turn = self._loop.create_future()
            host.waiting.append(turn)
            try:
                await turn
            except BaseException:
                # Whoever gives up passes on the turn that they may have been given.
                if turn.done() and not turn.cancelled():
                    host.call_next()
                raise
        host.lines += 1
        try:
            return await self._dial(at, host)
        except BaseException:
            self._gone(origin, host)
            raise

    async def _dial(self, at: Url, host: "_Host") -> "_Line":
        literal = at.address
        if literal is not None:
            found = [str(literal)]
        else:
            found = await self._names.addresses(at.host, at.port)
        tls = _trusted() if at.scheme == "https" else None
        async with asyncio.timeout(self._connect):
            for last, address in enumerate(found, start=1 - len(found)):
                patience = None if last == 0 else NEXT_ADDRESS
                try:
                    async with asyncio.timeout(patience):
                        return await self._dial_one(at, host, address, tls)
                except (OSError, TimeoutError):
                    if last == 0:
                        raise
        raise OSError("This name has no address.")

    async def _dial_one(
        self, at: Url, host: "_Host", address: str, tls: ssl.SSLContext | None
    ) -> "_Line":
        self._guard.require(ip_address(address))
        _, line = await self._loop.create_connection(
            lambda: _Line(self, at.origin, host),
            address,
            at.port,
            ssl=tls,
            server_hostname=at.host if tls else None,
        )
        self._open.add(line)
        return line

    def _put_back(self, line: "_Line") -> None:
        """Let a line rest for whoever asks next, if it will carry another answer."""
        if not line.may_rest:
            line.cut()
            return
        line.host.resting.append(line)
        self._idle[line] = self._loop.time() + self._rest
        line.host.call_next()
        if len(self._idle) > self._most_idle:
            next(iter(self._idle)).cut()
        if self._sweep is None:
            self._sweep = self._loop.call_later(self._rest / 3, self._cut_old)

    def _cut_old(self) -> None:
        now = self._loop.time()
        for line, until in list(self._idle.items()):
            if until > now:
                break
            line.cut()
        self._sweep = None
        if self._idle:
            self._sweep = self._loop.call_later(self._rest / 3, self._cut_old)

    def lost(self, line: "_Line") -> None:
        """Take note that a line is no more."""
        if line in self._open:
            self._open.discard(line)
            if self._idle.pop(line, None) is not None:
                line.host.resting.remove(line)
            self._gone(line.origin, line.host)

    def _gone(self, origin: str, host: "_Host") -> None:
        host.lines -= 1
        host.call_next()
        if not host.lines and not host.waiting and self._hosts.get(origin) is host:
            del self._hosts[origin]


@dataclass(slots=True)
class _Host:
    """How many lines there are to a server, which of them rest, and who waits."""

    lines: int = 0
    resting: list["_Line"] = field(default_factory=list)
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    def call_next(self) -> None:
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


class _Line(asyncio.Protocol):
    """One connection. It is `Lines` that makes it, hands it out and takes it back."""

    def __init__(self, lines: Lines, origin: str, host: _Host) -> None:
        self.origin = origin
        self.host = host
        self.answers = 0
        self._lines = lines
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[None] | None = None
        self._listener: Listener | None = None
        self._headers: dict[str, str] = {}
        self._beside = 0
        self._began = self._over = self._whole = False
        self._wanted = True
        self._heard_at = self._silence = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def may_rest(self) -> bool:
        """Whether all of an answer came, and the other end keeps the line as well."""
        transport = self._transport
        return self._whole and transport is not None and not transport.is_closing()

    def cut(self) -> None:
        """End it at once, whatever it carries."""
        if self._transport is not None:
            self._transport.abort()
        # Whoever counts lines need not wait until the loop has come round.
        self._lines.lost(self)

    async def ask(self, request: bytes, hear: Listener, *, silence: float) -> None:
        """Send a request and hear the answer to its end, or as far as is wanted.

        Raises:
            Broken: the line broke, or what came is no answer.
            TimeoutError: nothing came for ``silence`` seconds.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            raise Broken("The line is cut.", before_anything=True)
        self._listener = hear
        self._headers = {}
        self._beside = 0
        self._began = self._over = self._whole = False
        self._wanted = True
        self._silence = silence
        self._heard_at = self._loop.time()
        answer = self._answer = self._loop.create_future()
        self._timer = self._loop.call_later(silence, self._listen)
        transport.write(request)
        try:
            await answer
        finally:
            self._timer.cancel()
            self._answer = self._listener = None

    def _listen(self) -> None:
        """See whether anything came since we last did."""
        left = self._heard_at + self._silence - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._listen)
        else:
            self._end(TimeoutError("Nothing came for too long."))

    def _end(self, error: BaseException | None) -> None:
        answer = self._answer
        if answer is None or answer.done():
            return
        if error is None:
            answer.set_result(None)
        else:
            answer.set_exception(error)

    # What the loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's by name.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            # Nobody asked: it must not pass for the answer to what is asked next.
            self.cut()
            return
        self._heard_at = self._loop.time()
        self._beside += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            # What a listener raises comes wrapped.
            own = error.__context__
            no_answer = Broken("What came is no answer.")
            self._fail(own if isinstance(own, Exception) else no_answer)
            return
        if self._beside > MOST_BESIDE:
            self._fail(Broken("There is too much beside the answer."))

    def connection_lost(self, error: Exception | None) -> None:
        # An answer that says nothing of its length ends with the line.
        endless = self._began and not self._over and self._until_it_ends()
        heard_nothing = self._beside == 0
        self._lines.lost(self)
        self._end(
            None
            if endless and error is None
            else Broken("The line broke.", before_anything=heard_nothing)
        )

    def _until_it_ends(self) -> bool:
        return not {"content-length", "transfer-encoding"} & self._headers.keys()

    def _fail(self, error: Exception) -> None:
        self._whole = False
        self._end(error)
        self.cut()

    # What the parser tells.

    def on_message_begin(self) -> None:
        if self._over:
            raise Broken("There is a second answer.")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._began:
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        before = self._headers.get(key)
        self._headers[key] = text if before is None else f"{before}, {text}"

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200 and self._listener is not None:
            self._began = True
            self._listener.begins(status, self._headers)

    def on_body(self, piece: bytes) -> None:
        self._beside -= len(piece)
        listener = self._listener
        if listener is not None and self._wanted:
            self._wanted = listener.more(piece)
            if not self._wanted:
                self._end(None)

    def on_message_complete(self) -> None:
        if not self._began:
            # "Go on" and the like come before the answer.
            self._headers = {}
            return
        self._over = True
        self._whole = self._wanted and self._parser.should_keep_alive()
        self.answers += 1
        self._end(None)


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates count: those of the system."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
