"""What servers ask for again and again is written once, and handed out as bytes.

Nothing handed out is older than the database. SQLite tells whether anybody committed
since a document was written, the command line included, and then it is written anew. So
there is no list of what makes which document stale, and nothing to forget on it.

Only what everybody may read is kept here; what is for some is written for each of them.
See docs/decisions/0046.
"""

import asyncio
import functools
import hashlib
import re
import sqlite3
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from instance.store import database

MOST_BYTES: Final = 32 * 1024 * 1024
MOST_BYTES_OF_ONE: Final = 256 * 1024
LIFE: Final = 60.0
"""Seconds after which a document is written anew even if nothing happened."""

EVERYBODY: Final = "public, max-age=60"
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_FIRST: Final = "no-cache"
FOR_ONE: Final = "private, no-cache"
NOBODY: Final = "no-store"
"""What a cache on the way may do with an answer."""

Reader = Literal["document", "page", "other"]
Pairs = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished answer, as bytes. It is an ASGI application that gives itself.

    Args:
        status: 200, or 410 for what is no more.
        body: all of it.
        tag: names exactly these bytes; whoever has them already gets a 304.
        headers: all but the length.
    """

    status: int
    body: bytes
    tag: bytes
    headers: Pairs
    _whole: tuple[Message, Message] = field(init=False, repr=False)
    _unchanged: tuple[Message, Message] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        length = (b"content-length", b"%d" % len(self.body))
        whole = _messages(self.status, [*self.headers, length], self.body)
        object.__setattr__(self, "_whole", whole)
        object.__setattr__(self, "_unchanged", _messages(304, self.headers, b""))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.give(_header(scope, b"if-none-match"), send)

    async def give(self, known: bytes | None, send: Send) -> None:
        """Send it, or that it is still what the other has (RFC 9110, 13.1.2)."""
        same = known is not None and self.status == 200 and _names(known, self.tag)
        start, body = self._unchanged if same else self._whole
        await send(start)
        await send(body)


def answer(
    body: bytes,
    *,
    kind: str,
    keep: str = EVERYBODY,
    status: int = 200,
    more: Iterable[tuple[str, str]] = (),
) -> Answer:
    """Finish an answer.

    Args:
        body: all of it.
        kind: its media type.
        keep: what caches on the way may do with it.
        status: 200, or 410 for what is no more.
        more: further headers.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "content-type": kind,
        "etag": tag,
        "vary": "Accept, Signature",
        "cache-control": keep,
        "x-content-type-options": "nosniff",
        **({} if keep == FOR_ONE else {"access-control-allow-origin": "*"}),
        **dict(more),
    }
    return Answer(
        status=status,
        body=body,
        tag=tag.encode(),
        headers=[(name.encode(), value.encode()) for name, value in headers.items()],
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Answer
    mark: int
    until: float


class Answers:
    """The answers that were written already, by the address that was asked for.

    Use as a context manager.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._bytes = 0
        self._unsure = 0
        self._writing: dict[tuple[bytes, int], asyncio.Task[Answer | None]] = {}
        self._connection: sqlite3.Connection
        self._cursor: sqlite3.Cursor

    def __enter__(self) -> Self:
        self._connection = database.connect(self._path, read_only=True)
        # This connection is asked on the event loop, which must not wait for a lock.
        self._connection.execute("pragma busy_timeout = 0")
        self._cursor = self._connection.cursor()
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def find(self, target: bytes) -> Answer | None:
        """Return the answer for an address, if it was written and nothing happened."""
        kept = self._kept.get(target)
        if kept is None:
            return None
        if kept.mark != self._mark() or _seconds() > kept.until:
            self._drop(target)
            return None
        self._kept.move_to_end(target)
        return kept.answer

    async def get(
        self, target: bytes, write: Callable[[], Awaitable[Answer | None]]
    ) -> Answer | None:
        """Return the answer for an address, written now unless it is there.

        Those who ask for the same at the same time wait for one to be written.
        """
        if (found := self.find(target)) is not None:
            return found
        # The mark is older than what is read: a commit in between is not missed.
        mark = self._mark()
        writing = self._writing.get((target, mark))
        if writing is None:
            writing = asyncio.ensure_future(self._write(target, mark, write))
            self._writing[target, mark] = writing
        # Whoever hangs up does not take the others' answer along.
        return await asyncio.shield(writing)

    async def _write(
        self, target: bytes, mark: int, write: Callable[[], Awaitable[Answer | None]]
    ) -> Answer | None:
        try:
            answer = await write()
        finally:
            del self._writing[target, mark]
        if answer is not None and len(answer.body) <= MOST_BYTES_OF_ONE:
            self._keep(target, _Kept(answer, mark, _seconds() + LIFE))
        return answer

    def _keep(self, target: bytes, kept: _Kept) -> None:
        self._drop(target)
        self._kept[target] = kept
        self._bytes += _size(target, kept)
        while self._bytes > MOST_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, target: bytes) -> None:
        if (kept := self._kept.pop(target, None)) is not None:
            self._bytes -= _size(target, kept)

    def _mark(self) -> int:
        """Return a number that is another one after any commit by anybody."""
        try:
            row = self._cursor.execute("pragma data_version").fetchone()
        except sqlite3.OperationalError:
            # It is locked just now, so nothing that is kept can be vouched for.
            self._unsure -= 1
            return self._unsure
        return int(row[0])


class Fresh:
    """Keeps nothing: for what says what time it is, or is for those who ask only."""

    async def get(
        self, target: bytes, write: Callable[[], Awaitable[Answer | None]]
    ) -> Answer | None:
        """Return the answer, written now."""
        return await write()


_A_PERSONS: Final = re.compile(r"/u/[^/]+/inbox")


class Front:
    """Answers what is written already, before anybody looks for a route."""

    def __init__(self, app: ASGIApp, counter: "Counter") -> None:
        self._app = app
        self._counter = counter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answers, inbox = self._counter.answers, self._counter.inbox
        if (
            inbox is not None
            and scope["type"] == "http"
            and scope["method"] == "POST"
            and self._counter.is_inbox(scope["path"])
        ):
            await inbox(scope, receive, send)
            return
        if (
            answers is not None
            and scope["type"] == "http"
            and scope["method"] in {"GET", "HEAD"}
        ):
            accept, host, known, signed = b"", b"", None, False
            for name, value in scope["headers"]:
                if name == b"accept":
                    accept = value
                elif name == b"if-none-match":
                    known = value
                elif name == b"host":
                    host = value
                elif name in {b"signature", b"signature-input"}:
                    signed = True
            if (
                reader(accept) == "document"
                and host not in self._counter.former
                and not (signed and self._counter.choosy())
            ):
                found = answers.find(target_of(scope))
                if found is not None:
                    await found.give(known, send)
                    return
        # What a web server that speaks TLS passes on looks as if nobody had.
        scope["scheme"] = self._counter.scheme
        await self._app(scope, receive, send)


@dataclass(slots=True)
class Counter:
    """What stands between those who ask and the node; empty until it has started.

    ``inbox`` takes whatever is posted to an inbox, and answers mistakes itself.
    ``choosy`` says that there are some whom we serve nothing, so a signature has to be
    looked at before anything is handed out. Under the hosts in ``former`` the node was
    known before: what is there says where it went. ``scheme`` is how others reach us.
    """

    answers: Answers | None = None
    choosy: Callable[[], bool] = bool
    former: frozenset[bytes] = frozenset()
    inbox: ASGIApp | None = None
    inboxes: frozenset[str] = frozenset()
    scheme: str = "http"

    def is_inbox(self, path: str) -> bool:
        """Whether a path is that of an inbox: one of a few, or of some person's."""
        if path in self.inboxes:
            return True
        return path.endswith("/inbox") and _A_PERSONS.fullmatch(path) is not None


@functools.lru_cache(maxsize=1024)
def reader(accept: bytes) -> Reader:
    """Tell who asks: a server for a document, a browser for a page, or neither."""
    asked = accept.lower()
    if b"activity+json" in asked or b"ld+json" in asked:
        return "document"
    if b"text/html" in asked:
        return "page"
    if not asked or b"json" in asked or b"*/*" in asked or b"application/*" in asked:
        return "document"
    return "other"


def target_of(scope: Scope) -> bytes:
    """Return what was asked for: the path, with the query if there is one."""
    # As it was sent: once decoded, a path can hold a question mark of its own.
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return path + b"?" + query if query else path


def _messages(status: int, headers: Pairs, body: bytes) -> tuple[Message, Message]:
    return (
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    )


def _names(known: bytes, tag: bytes) -> bool:
    # A proxy that compressed an answer has made its tag a weak one.
    tags = (each.strip().removeprefix(b"W/") for each in known.split(b","))
    return known == tag or known.strip() == b"*" or tag in tags


def _header(scope: Scope, wanted: bytes) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == wanted), None)


def _size(target: bytes, kept: _Kept) -> int:
    # The objects around the bytes take about a kilobyte.
    return len(target) + len(kept.answer.body) + 1024


def _seconds() -> float:
    return asyncio.get_running_loop().time()
