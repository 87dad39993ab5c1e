"""Everything that this node asks of another goes through here, and no further than it
may.

The guard has its say three times: about the address before the call, about every
address that a name resolves to, and about the one that a socket is made for. What comes
back is counted while it comes: nothing is ever larger, slower or better packed than the
limits, whatever it says of itself. See federation.md S16, S17 and S30 to S34.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Protocol, Self
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from activitypub import addresses, canonical, messages, reading, signatures
from activitypub.addresses import Guard, Url
from activitypub.canonical import JsonObject
from activitypub.documents import ACCEPT, ACTIVITY_JSON
from activitypub.errors import (
    Gone,
    Malformed,
    NotAuthentic,
    Unreachable,
    Unsupported,
)
from activitypub.hearing import Beginning, Document
from activitypub.lines import Broken, Lines, Listener
from activitypub.signatures import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of our time and memory another server may take (S34).

    Args:
        connect: seconds until there is a connection; the same for finding the address.
        silence: seconds until the first byte, and between any two.
        total: seconds for all of it, redirects included.
        body: bytes of a document, unpacked.
        ratio: how many bytes one packed byte may become.
        redirects: how often a GET may be sent on.
        answer: bytes of the answer to a POST that are read.
        per_host: connections to one host at a time.
        asking: documents asked of one host at a time.
    """

    connect: float = 5
    silence: float = 10
    total: float = 30
    body: int = 1024 * 1024
    ratio: int = 100
    redirects: int = 3
    answer: int = 4096
    per_host: int = 4
    asking: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What another server sent.

    Args:
        url: where it came from in the end.
        content_type: what it is said to be.
        body: the bytes, unpacked.
    """

    url: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How another server answered a POST.

    Args:
        status: the HTTP status.
        retry_after: how long it asks us to wait, or None.
        body: the beginning of what it said.
    """

    status: int
    retry_after: timedelta | None
    body: bytes


class Knock(StrEnum):
    """The two ways to sign a request. Some servers believe only one of them."""

    CAVAGE = "cavage"
    RFC9421 = "rfc9421"

    @property
    def other(self) -> "Knock":
        return Knock.RFC9421 if self is Knock.CAVAGE else Knock.CAVAGE


class Knocks(Protocol):
    """Keeps what a client learns of other servers for longer than the client lives."""

    async def recall(self, host: str) -> tuple[Knock, datetime] | None:
        """Return in which way a host believed us, and when; None if nobody knows."""

    async def remember(self, host: str, knock: Knock, at: datetime) -> None:
        """Keep in which way a host, ``https://b.example``, believed us."""


KNOCK_LIFE: Final = timedelta(days=7)
"""How long a server is asked in the way that it last believed (W5)."""
MOST_KNOCKS: Final = 10_000

_DISBELIEF: Final = frozenset({400, 401})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_NO_MORE: Final = frozenset({404, 410})


class Client:
    """One pool of connections for all that the node asks of others.

    It is made inside the running loop and closed with `close`, or by ``async with``.

    Args:
        guard: where we may go.
        clock: the time that signatures state.
        user_agent: what we call ourselves.
        limits: what another server may take.
        resolver: how names are looked up; None for the system's way.
        knocks: what is known of how others want requests signed; None to learn it anew.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        clock: Callable[[], datetime],
        user_agent: str,
        limits: Limits | None = None,
        resolver: AbstractResolver | None = None,
        knocks: Knocks | None = None,
    ) -> None:
        self._guard = guard
        self._clock = clock
        self._kept = knocks
        self._knocks: OrderedDict[str, tuple[Knock, datetime]] = OrderedDict()
        self._limits = limits = limits or Limits()
        self._asking: dict[tuple[str, str | None], asyncio.Task[JsonObject]] = {}
        self._gates: dict[str, _Gate] = {}
        only_ipv4 = guard.networks is not None and all(
            network.version == 4 for network in guard.networks
        )
        self._user_agent = user_agent
        self._names = _GuardedResolver(
            resolver or aiohttp.DefaultResolver(),
            guard,
            limits.connect,
            family=socket.AF_INET if only_ipv4 else socket.AF_UNSPEC,
        )
        self._lines = Lines(
            guard,
            names=self._names,
            connect=limits.connect,
            silence=limits.silence,
            each=limits.per_host,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give up what is under way and let all connections go."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        self._lines.close()
        await self._names.close()

    async def fetch(
        self, url: str, *, accept: str, signer: Signer | None = None
    ) -> Fetched:
        """Get what is at an address, following redirects within the limits.

        Args:
            url: where to go.
            accept: the media types that we can read.
            signer: who asks; None to ask unsigned.

        Raises:
            NotAllowed: we do not go there, or not where it sends us.
            Gone: there is nothing there (any more).
            Unreachable: there was no usable answer in time.
            TooLarge: there is more of it than we read.
            Unsupported: it is packed in a way that we do not unpack.
            Malformed: the address, or the packing, is broken.

        See federation.md S31 to S34.
        """
        async with self._in_time(url):
            return await self._follow(self._guard.read(url), accept, signer)

    async def fetch_json(self, url: str, *, accept: str) -> JsonObject:
        """Get a document that is JSON, and nobody's own: WebFinger, NodeInfo.

        Raises:
            ProtocolError: as `fetch`; or it is not JSON.
        """
        fetched = await self.fetch(url, accept=accept)
        media_type = fetched.content_type.partition(";")[0].strip().lower()
        if media_type != "application/json" and not media_type.endswith("+json"):
            raise Unsupported("This server did not answer with JSON.")
        return canonical.read(fetched.body)

    async def fetch_document(
        self, url: str, *, signer: Signer | None = None
    ) -> JsonObject:
        """Get an ActivityPub document from the address that is its id.

        Whoever asks for what is being fetched already gets the same document, which
        nobody may change therefore. Its id may be another than the one asked for, if a
        redirect led there; whether that will do is for the caller to judge.

        Raises:
            NotAuthentic: the document belongs to another address than its own.
            ProtocolError: as `fetch`; or it is not ActivityPub, or cannot be read.

        See federation.md S16, S17 and S35.
        """
        wanted = self._guard.read(url).document
        key = (wanted, signer.key_id if signer else None)
        task = self._asking.get(key)
        if task is None:
            task = asyncio.create_task(self._fetch_document(wanted, signer))
            self._asking[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    def _landed(
        self, key: tuple[str, str | None], task: asyncio.Task[JsonObject]
    ) -> None:
        del self._asking[key]
        if not task.cancelled():
            # Whoever waited has it; if nobody does any more, it is not news.
            task.exception()

    async def _fetch_document(self, url: str, signer: Signer | None) -> JsonObject:
        host = addresses.parse(url).origin
        async with self._in_time(url), self._turn(host):
            document, at = await self._read_document(url, signer)
            if at is None:
                return document
            document, at = await self._read_document(at, signer)
            if at is None:
                return document
        raise NotAuthentic("The document at this address names another as its own.")

    @asynccontextmanager
    async def _turn(self, host: str) -> AsyncIterator[None]:
        """Wait until few enough others ask this host for documents.

        Whoever floods us in the names of many strangers must not make us flood the
        server of those (S10).
        """
        gate = self._gates.setdefault(host, _Gate(self._limits.asking))
        gate.users += 1
        try:
            async with gate.open:
                yield
        finally:
            gate.users -= 1
            if gate.users == 0:
                del self._gates[host]

    async def _read_document(
        self, url: str, signer: Signer | None
    ) -> tuple[JsonObject, str | None]:
        """Get a document and, if its id lies elsewhere on its server, that address."""
        fetched = await self.fetch(url, accept=ACCEPT, signer=signer)
        if not reading.is_activity_type(fetched.content_type):
            raise Unsupported("This server did not answer with ActivityPub.")
        document = canonical.read(fetched.body)
        id = document.get("id")
        if not isinstance(id, str):
            raise Malformed("This document does not say what its id is.")
        own, found = addresses.parse(id), addresses.parse(fetched.url)
        if own.document == found.document:
            return document, None
        if own.origin != found.origin:
            raise NotAuthentic("This document belongs to another server.")
        return document, own.document

    async def post(
        self,
        url: str,
        body: bytes,
        signer: Signer,
        *,
        beside: Mapping[str, str] | None = None,
    ) -> Response:
        """Send an activity to one inbox, and never anywhere else.

        A server that does not believe the signature is sent the same once more, signed
        in the other way; which of the two it believes is remembered.

        Args:
            url: the inbox.
            body: the activity.
            signer: who sends it.
            beside: further headers, which are signed as well.

        Returns:
            The answer, whatever its status; see `delivery.outcome`.

        Raises:
            NotAllowed: we do not go there.
            Unreachable: there was no answer in time.
            Malformed: the address is none.

        See federation.md W5 and S33.
        """
        to = self._guard.read(url)
        async with self._in_time(url):
            knock = await self._knock(to.origin)
            answer = await self._post(to, body, signer, knock, beside)
            if answer.status in _DISBELIEF:
                answer = await self._post(to, body, signer, knock.other, beside)
                if answer.status < 300:
                    await self._learn(to.origin, knock.other)
            return answer

    async def _post(
        self,
        to: Url,
        body: bytes,
        signer: Signer,
        knock: Knock,
        beside: Mapping[str, str] | None,
    ) -> Response:
        answer = Beginning(self._limits.answer)

        def write() -> bytes:
            # Signed once there is a line, so that nobody waits for another's signature.
            headers = self._signed(
                to,
                signer,
                knock,
                method="POST",
                target=to.target,
                body=body,
                beside=beside,
            )
            headers["Accept"] = "*/*"
            headers["Accept-Encoding"] = "identity"
            return self._written("POST", to, headers, body)

        await self._ask(to, write, answer)
        retry_after = answer.headers.get("retry-after")
        return Response(
            status=answer.status,
            retry_after=None
            if retry_after is None
            else _span(retry_after, self._clock()),
            body=bytes(answer.body),
        )

    def _signed(
        self,
        to: Url,
        signer: Signer,
        knock: Knock,
        *,
        method: str,
        target: str,
        body: bytes | None = None,
        beside: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        match knock:
            case Knock.CAVAGE:
                return signatures.sign(
                    signer,
                    method=method,
                    host=to.authority,
                    target=target,
                    now=self._clock(),
                    body=body,
                    content_type=ACTIVITY_JSON,
                    beside=beside,
                )
            case Knock.RFC9421:
                return messages.sign(
                    signer,
                    method=method,
                    scheme=to.scheme,
                    host=to.authority,
                    target=target,
                    now=self._clock(),
                    body=body,
                    content_type=ACTIVITY_JSON,
                    beside=beside,
                )

    async def _knock(self, host: str) -> Knock:
        """Say how to sign for a host: as it last believed us, else by the draft."""
        found = self._knocks.get(host)
        if found is None:
            kept = await self._kept.recall(host) if self._kept is not None else None
            found = kept or (Knock.CAVAGE, self._clock())
            self._note(host, found)
        knock, at = found
        return knock if self._clock() - at <= KNOCK_LIFE else Knock.CAVAGE

    async def _learn(self, host: str, knock: Knock) -> None:
        at = self._clock()
        self._note(host, (knock, at))
        if self._kept is not None:
            await self._kept.remember(host, knock, at)

    def _note(self, host: str, found: tuple[Knock, datetime]) -> None:
        self._knocks[host] = found
        if len(self._knocks) > MOST_KNOCKS:
            self._knocks.popitem(last=False)

    async def _follow(self, at: Url, accept: str, signer: Signer | None) -> Fetched:
        seen: set[str] = set()
        while len(seen) <= self._limits.redirects:
            if at.document in seen:
                raise Unreachable("This server sends us round in circles.")
            seen.add(at.document)
            fetched = await self._asked(at, accept, signer)
            match fetched:
                case Fetched():
                    return fetched
                case Url():
                    at = fetched
                case None:
                    raise Unreachable("This server answers only those whom it knows.")
        raise Unreachable("This server sends us on too often.")

    async def _asked(
        self, at: Url, accept: str, signer: Signer | None
    ) -> Fetched | Url | None:
        """Ask, and where the signature is not believed, sign in another way."""
        if signer is None:
            return await self._get(at, accept)
        knock = await self._knock(at.origin)
        ways = [(knock, at.target), (knock.other, at.target)]
        if "?" in at.target:
            # Some servers leave the query out of what they check (W5).
            ways.insert(1, (Knock.CAVAGE, at.target.partition("?")[0]))
        for way, target in ways:
            fetched = await self._get(at, accept, signer, way, target)
            if fetched is not None:
                if way is not knock and target == at.target:
                    await self._learn(at.origin, way)
                return fetched
        return None

    async def _get(
        self,
        at: Url,
        accept: str,
        signer: Signer | None = None,
        way: Knock = Knock.CAVAGE,
        target: str = "",
    ) -> Fetched | Url | None:
        """Ask once: what is there, or where it went, or None if that does not do.

        ``target`` is what is signed in ``way``, of no account without a signer.
        """
        answer = Document(
            unread=self._limits.answer,
            most=self._limits.body,
            ratio=self._limits.ratio,
        )

        def write() -> bytes:
            headers = {"Host": at.authority}
            if signer is not None:
                headers = self._signed(at, signer, way, method="GET", target=target)
            headers |= {"Accept": accept, "Accept-Encoding": "gzip"}
            return self._written("GET", at, headers, None)

        await self._ask(at, write, answer)
        status = answer.status
        if status in _MOVED:
            place = answer.headers.get("location", "")
            return self._guard.read(_joined(at, place))
        if status in _DISBELIEF:
            return None
        if status in _NO_MORE:
            raise Gone("There is nothing at this address.")
        if status != 200:
            raise Unreachable(f"This server answered with status {status}.")
        return Fetched(
            url=at.document,
            content_type=answer.headers.get("content-type", ""),
            body=answer.whole(),
        )

    async def _ask(self, at: Url, write: Callable[[], bytes], hear: Listener) -> None:
        await self._lines.ask(at, write, hear)

    def _written(
        self, method: str, at: Url, headers: dict[str, str], body: bytes | None
    ) -> bytes:
        """Write a request down.

        Raises:
            Malformed: a header would not stay on its line.
        """
        lines = [f"{method} {at.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines.append(f"User-Agent: {self._user_agent}")
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "", ""])
        if head.count("\n") != len(lines) + 1 or head.count("\r") != len(lines) + 1:
            raise Malformed("A line break is no part of a header.")
        return head.encode() + (body or b"")

    @asynccontextmanager
    async def _in_time(self, url: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._limits.total):
                yield
        except TimeoutError as error:
            raise Unreachable(f"{url} did not answer in time.") from error
        except Broken as error:
            raise Unreachable(f"{url} gave no usable answer.") from error
        except OSError as error:
            raise Unreachable(f"{url} could not be reached.") from error


class _Gate:
    """Lets so many through at a time; ``users`` are inside or wait."""

    def __init__(self, most: int) -> None:
        self.open = asyncio.Semaphore(most)
        self.users = 0


class _GuardedResolver(AbstractResolver):
    """Look names up, and let none of them lead where the guard would not go."""

    def __init__(
        self,
        resolver: AbstractResolver,
        guard: Guard,
        seconds: float,
        *,
        family: socket.AddressFamily = socket.AF_UNSPEC,
    ) -> None:
        self._resolver = resolver
        self._guard = guard
        self._seconds = seconds
        self._family = family

    async def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, each of which the guard lets pass."""
        found = await self.resolve(host, port, self._family)
        return [result["host"] for result in found]

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        async with asyncio.timeout(self._seconds):
            found = await self._resolver.resolve(host, port, family)
        # One address inside among several outside is how a name is bent to lead in.
        for result in found:
            self._guard.require(ip_address(result["host"]))
        return found

    async def close(self) -> None:
        await self._resolver.close()


def _joined(at: Url, place: str) -> str:
    try:
        return urljoin(at.document, place)
    except ValueError as error:
        raise Unreachable("This server sends us on and does not say where.") from error


def _span(retry_after: str | None, now: datetime) -> timedelta | None:
    """Read a Retry-After, in seconds or as a date; None if it says nothing."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return timedelta(seconds=int(text))
    try:
        return max(parsedate_to_datetime(text) - now, timedelta(0))
    except (ValueError, TypeError):
        return None
