"""The routes of the protocol: who lives here, what they said, and the public record.

What anybody may read is written once and handed out as bytes. What is for some is for
those who prove by a signature that they are among them; everybody else is told the same
as of what never was (S47).
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from activitypub import discovery, documents
from activitypub.canonical import JsonObject
from activitypub.errors import Forbidden, NotAuthentic
from instance import speech
from instance.config import Config
from instance.desk import Desk
from instance.fediverse import answers, lookup
from instance.fediverse.answers import Answer, Answers, Fresh
from instance.fediverse.callers import Callers
from instance.node import Node

JSON: Final = "application/json"
LD_JSON: Final = "application/ld+json"

View = Callable[[Desk], JsonObject | None]
Write = Callable[[Request], Awaitable[Answer | None]]
WriteFor = Callable[[Request, str], Awaitable[Answer | None]]


def inboxes(config: Config, inbox: ASGIApp) -> list[Route]:
    """Return the routes that lead to inboxes: the one for all, and each actor's own."""
    return [Route(path, inbox, methods=["POST"]) for path in inbox_paths(config)]


def inbox_paths(config: Config) -> list[str]:
    """Return the paths of all inboxes; that of people names them in braces."""
    return [f"{path}/inbox" for path in ("", *_actors(config.slug))]


def first_routes(node: Node, written: Answers, callers: Callers) -> list[Route]:
    """Return the routes that come before the pages.

    Lemmy asks at the root for the actor of a server (W3). Who asks for anything else
    there gets the page.
    """

    async def write(request: Request) -> Answer | None:
        document = await node.look(lookup.node_actor)
        return None if document is None else _answer(document, kind=kind)

    kind = documents.ACTIVITY_JSON
    door = _Door(node, written, callers)
    root = _Place(door, write, kind=kind, open=True, target=b"/actor")
    return [_ForServers("/", root, methods=["GET"])]


def routes(
    node: Node,
    written: Answers,
    callers: Callers,
    *,
    former: frozenset[bytes] = frozenset(),
) -> list[Route]:
    """Return the protocol's other routes, where documents are read.

    ``former`` are the hosts at which the node was before.
    """
    door = _Door(node, written, callers)

    def place(path: str, write: Write, *, kind: str = JSON, open: bool) -> Route:
        return Route(
            path, _Place(door, write, kind=kind, open=open), methods=[*_METHODS]
        )

    def view(
        path: str,
        of: Callable[[Request], View],
        *,
        kind: str = documents.ACTIVITY_JSON,
        open: bool = False,
    ) -> Route:
        async def write(request: Request) -> Answer | None:
            document = await node.look(of(request))
            return None if document is None else _answer(document, kind=kind)

        return place(path, write, kind=kind, open=open)

    def private(path: str, of: Callable[[Request, str | None], View]) -> Route:
        """Make the route of what may be for some only."""

        async def write(request: Request) -> Answer | None:
            document = await node.look(of(request, None))
            return None if document is None else _answer(document)

        async def write_for(request: Request, who: str) -> Answer | None:
            document = await node.look(of(request, who))
            if document is None:
                return None
            return _answer(document, keep=answers.FOR_ONE)

        asked = _Place(door, write, kind=documents.ACTIVITY_JSON, write_for=write_for)
        return Route(path, asked, methods=[*_METHODS])

    async def nodeinfo_links(request: Request) -> Answer | None:
        return _answer(await node.look(lookup.nodeinfo_links), kind=JSON)

    async def host_meta(request: Request) -> Answer:
        xrd = discovery.host_meta(node.config.base).encode()
        return answers.answer(xrd, kind=discovery.XRD_XML)

    async def host_meta_json(request: Request) -> Answer:
        return _answer(discovery.host_meta_json(node.config.base), kind=JSON)

    async def context(request: Request) -> Answer:
        return answers.answer(lookup.context(), kind=LD_JSON, keep=answers.FOR_EVER)

    def actor(request: Request) -> View:
        path = request.url.path.strip("/")
        return lambda desk: lookup.actor(desk, path)

    async def moved(request: Request) -> Answer | None:
        path, host = request.url.path.strip("/"), request.headers["host"]
        document = await node.look(lambda desk: lookup.moved(desk, path, host))
        return None if document is None else _answer(document, keep=answers.ASK_FIRST)

    def collection(request: Request, who: str | None = None) -> View:
        path, _, name = request.url.path.strip("/").rpartition("/")
        page = _number(request.query_params.get("page"), default=None)
        return lambda desk: lookup.collection(desk, path, name, page, who=who)

    def thing(request: Request, who: str | None) -> View:
        path = request.url.path.strip("/")
        return lambda desk: lookup.thing(desk, path, who=who)

    def webfinger(request: Request) -> View:
        resource = request.query_params.get("resource")
        if resource is None:
            raise HTTPException(400, "Ask with ?resource=acct:name@host.")
        return lambda desk: lookup.webfinger(desk, resource)

    def nodeinfo(request: Request) -> View:
        version = _last(request)
        return lambda desk: lookup.nodeinfo(desk, version)

    def compact(request: Request) -> View:
        digest = f"sha256:{request.path_params['hex']}"
        return lambda desk: lookup.compact(desk, digest)

    async def entry(request: Request) -> Answer | None:
        seq = _number(request.path_params["seq"], default=0)
        return _fixed(await node.look(lambda desk: lookup.own_entry(desk, seq or 0)))

    async def mirrored(request: Request) -> Answer | None:
        digest = f"sha256:{request.path_params['hex']}"
        return _fixed(await node.look(lambda desk: lookup.entry_bytes(desk, digest)))

    async def log(request: Request) -> Answer | None:
        name, query = _last(request), dict(request.query_params)
        hexadecimal = request.path_params.get("hex")
        found = await node.look(
            lambda desk: lookup.log_part(desk, hexadecimal, name, query)
        )
        if found is None:
            return None
        body, kind = found
        keep = answers.NOBODY if name in _MOMENTARY else answers.ASK_FIRST
        return answers.answer(body, kind=kind, keep=keep)

    slug, record = node.config.slug, node.config.open_record
    actors = _actors(slug)
    collections = ("outbox", "followers", "following", "featured", "moderators")
    return [
        # At a former address an actor says where it is now.
        *(
            _AtFormer(path, _Place(door, moved, kept=Fresh()), former)
            for path in actors
        ),
        view("/actor", actor, open=True),
        *(view(path, actor) for path in actors if path != "/actor"),
        view("/.well-known/webfinger", webfinger, kind=discovery.JRD_JSON, open=True),
        place("/.well-known/nodeinfo", nodeinfo_links, open=True),
        place("/.well-known/host-meta", host_meta, open=True),
        place("/.well-known/host-meta.json", host_meta_json, open=True),
        *(
            view(f"/nodeinfo/{version}", nodeinfo, kind=kind, open=True)
            for version, kind in discovery.NODEINFO_JSON.items()
        ),
        place("/ns/v1", context, open=True),
        *(view(f"{at}/{name}", collection) for at in actors for name in collections),
        *(
            view(f"/g/{slug}/{name}", collection)
            for name in (speech.DECISIONS, speech.DELEGATES)
        ),
        place(f"/g/{slug}/r/{{seq}}", entry, open=record),
        *(
            Route(
                f"{log_at}/{part}",
                _Place(door, log, open=record, kept=Fresh()),
                methods=["GET"],
            )
            for log_at in (f"/g/{slug}/log", "/log/{hex}")
            for part in _MOMENTARY
        ),
        place(f"/g/{slug}/log/{{part}}", log, open=record),
        private(f"/g/{slug}/announce/{{id}}", thing),
        *(
            private(f"{path}/followers_synchronization", collection)
            for path in _actors(slug)
        ),
        place("/log/{hex}/{part}", log, open=record),
        place("/mirror/sha256/{hex}", mirrored, open=record),
        view("/compacts/{hex}", compact, kind=JSON, open=record),
        private("/n/{id}", thing),
        private("/n/{id}/create", thing),
        private("/n/{id}/agreements/{of}", thing),
        private("/n/{id}/{name:str}", collection),
        private("/t/{id}", thing),
        private("/a/{id}", thing),
    ]


def _actors(slug: str) -> tuple[str, ...]:
    return "/actor", f"/g/{slug}", f"/g/{slug}/clerk", "/u/{id}"


_METHODS: Final = ("GET", "HEAD", "OPTIONS")


# A checkpoint is signed when it is asked for, and says what time it is here: that is
# how the closing of a vote is judged. One from before would be a lie.
_MOMENTARY: Final = ("head", "checkpoint")


class _Door:
    """Knows whom a document may be handed to at all."""

    def __init__(self, node: Node, written: Answers, callers: Callers) -> None:
        self._node = node
        self._callers = callers
        self.written: Answers | Fresh = written

    def kept(self, *, open: bool) -> Answers | Fresh:
        """Return where answers are kept: nowhere, if not everybody may read them."""
        return self.written if open or not self._node.config.allow_list else Fresh()

    async def let_in(self, scope: Scope, *, open: bool) -> None:
        """Turn away whoever is not served here.

        Raises:
            Forbidden: it is somebody with whom we do not deal.
            NotAuthentic: we deal only with some, and this is nobody of them.
        """
        if self._node.config.allow_list:
            if not open and await self.who(scope) is None:
                raise NotAuthentic("This node answers only to servers that it knows.")
            return
        # Whoever says that they are somebody we do not serve is not served: whether it
        # is true makes no difference to anybody.
        bars = self._node.judgement.bars
        if self._node.judgement.keeps_anybody_away and any(map(bars, _claimed(scope))):
            raise Forbidden("This node does not deal with you, or with your server.")

    async def who(self, scope: Scope) -> str | None:
        """Find out who asks; None if nobody says so.

        Raises:
            ProtocolError: what they say cannot be so.
        """
        asker = await self._callers.asker(scope)
        return None if asker is None else asker.actor


class _Place:
    """An address at which servers read a document."""

    def __init__(
        self,
        door: _Door,
        write: Write,
        *,
        kind: str = JSON,
        open: bool = False,
        write_for: WriteFor | None = None,
        target: bytes | None = None,
        kept: Fresh | None = None,
    ) -> None:
        self._door = door
        self._write = write
        self._kind = kind
        self._open = open
        self._write_for = write_for
        self._target = target
        self._kept = kept or door.kept(open=open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await _ALLOWED(scope, receive, send)
            return
        request = Request(scope)
        if self._kind == documents.ACTIVITY_JSON and _reader(scope) == "other":
            raise HTTPException(406, "There is nothing of that kind at this address.")
        await self._door.let_in(scope, open=self._open)
        # The root is a page's address for most, so nothing is kept under it.
        target = self._target or answers.target_of(scope)
        found = await self._kept.get(target, lambda: self._write(request))
        if found is None and self._write_for is not None:
            # Asked of what is not there just as of what is for others: nobody learns
            # from how long it takes, or from whom we ask, which of the two it was.
            who = await self._door.who(scope)
            if who is not None:
                found = await self._write_for(request, who)
        if found is None:
            raise HTTPException(404)
        await found(scope, receive, send)


class _AtFormer(Route):
    """A document under a host at which the node was before."""

    def __init__(self, path: str, place: _Place, former: frozenset[bytes]) -> None:
        super().__init__(path, place, methods=["GET"])
        self._former = former

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        headers: list[tuple[bytes, bytes]] = scope.get("headers", [])
        if not any(name == b"host" and at in self._former for name, at in headers):
            return Match.NONE, {}
        return super().matches(scope)


class _ForServers(Route):
    """A document at the address of a page, for those who ask for nothing else."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if b"json" not in _accept(scope) or _reader(scope) != "document":
            return Match.NONE, {}
        return super().matches(scope)


def _accept(scope: Scope) -> bytes:
    headers: list[tuple[bytes, bytes]] = scope.get("headers", [])
    return next((value for name, value in headers if name == b"accept"), b"")


def _reader(scope: Scope) -> answers.Reader:
    return answers.reader(_accept(scope))


_ALLOWED: Final = Response(
    status_code=204,
    headers={
        "allow": ", ".join(_METHODS),
        "access-control-allow-origin": "*",
        "access-control-allow-methods": ", ".join(_METHODS),
        "access-control-allow-headers": "Accept, If-None-Match, Signature",
        "access-control-max-age": "86400",
    },
)


def _claimed(scope: Scope) -> list[str]:
    """Return whose keys a request says that it is signed with."""
    said = b" ".join(
        value
        for name, value in scope["headers"]
        if name in {b"signature", b"signature-input"}
    )
    keys = (key.decode("latin-1") for key in _KEY_ID.findall(said))
    return [key.partition("#")[0].removesuffix("/main-key") for key in keys]


_KEY_ID: Final = re.compile(rb'keyid="([^"]{1,2048})"', re.IGNORECASE)


def _answer(
    document: JsonObject,
    *,
    kind: str = documents.ACTIVITY_JSON,
    keep: str = answers.EVERYBODY,
) -> Answer:
    gone = document.get("type") == "Tombstone"
    body, status = documents.encode(document), 410 if gone else 200
    return answers.answer(body, kind=kind, keep=keep, status=status)


def _fixed(body: bytes | None) -> Answer | None:
    """Serve an entry: it never changes."""
    if body is None:
        return None
    return answers.answer(body, kind=documents.ACTIVITY_JSON, keep=answers.FOR_EVER)


def _last(request: Request) -> str:
    return request.url.path.rpartition("/")[2]


def _number(text: str | None, *, default: int | None) -> int | None:
    if text is None or not text.isdecimal() or len(text) > 9:
        return default
    return int(text)
