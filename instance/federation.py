"""The routes of the protocol: who lives here, what they said, and the public record.

What anybody may read is written once and handed out as bytes. What is for some is for
those who prove by a signature that they are among them; everybody else is told the same
as of what never was (S47).
"""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from activitypub import discovery, documents
from activitypub.canonical import JsonObject
from instance import answers, lookup
from instance.answers import Answer, Answers, Fresh
from instance.config import Config
from instance.desk import Desk
from instance.node import Node

JSON: Final = "application/json"
LD_JSON: Final = "application/ld+json"

View = Callable[[Desk], JsonObject | None]
Write = Callable[[Request], Awaitable[Answer | None]]


def inboxes(config: Config, inbox: ASGIApp) -> list[Route]:
    """Return the routes that lead to inboxes: the one for all, and each actor's own."""
    paths = ("", *_actors(config.slug))
    return [Route(f"{path}/inbox", inbox, methods=["POST"]) for path in paths]


def first_routes(node: Node, written: Answers) -> list[Route]:
    """Return the routes that come before the pages.

    Lemmy asks at the root for the actor of a server (W3). Who asks for anything else
    there gets the page.
    """

    async def write(request: Request) -> Answer | None:
        document = await node.look(lookup.node_actor)
        return None if document is None else _answer(document, kind=kind)

    kind = documents.ACTIVITY_JSON
    root = _Place(written, write, kind=kind, target=b"/actor")
    return [_ForServers("/", root, methods=["GET"])]


def routes(node: Node, written: Answers) -> list[Route]:
    """Return the protocol's other routes, where documents are read."""

    def place(path: str, write: Write, *, kind: str = JSON) -> Route:
        return Route(path, _Place(written, write, kind=kind), methods=[*_METHODS])

    def view(
        path: str, of: Callable[[Request], View], *, kind: str = documents.ACTIVITY_JSON
    ) -> Route:
        async def write(request: Request) -> Answer | None:
            document = await node.look(of(request))
            return None if document is None else _answer(document, kind=kind)

        return place(path, write, kind=kind)

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

    def collection(request: Request) -> View:
        path, _, name = request.url.path.strip("/").rpartition("/")
        page = _number(request.query_params.get("page"), default=None)
        return lambda desk: lookup.collection(desk, path, name, page)

    def thing(request: Request) -> View:
        path = request.url.path.strip("/")
        return lambda desk: lookup.thing(desk, path)

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

    slug = node.config.slug
    actors = _actors(slug)
    collections = ("outbox", "followers", "following", "featured", "moderators")
    return [
        *(view(path, actor) for path in actors),
        view("/.well-known/webfinger", webfinger, kind=discovery.JRD_JSON),
        place("/.well-known/nodeinfo", nodeinfo_links),
        place("/.well-known/host-meta", host_meta),
        place("/.well-known/host-meta.json", host_meta_json),
        *(
            view(f"/nodeinfo/{version}", nodeinfo, kind=kind)
            for version, kind in discovery.NODEINFO_JSON.items()
        ),
        place("/ns/v1", context),
        *(
            view(f"{path}/{name}", collection)
            for path in actors
            for name in collections
        ),
        place(f"/g/{slug}/r/{{seq}}", entry),
        *(
            Route(f"{record}/{part}", _Place(Fresh(), log, kind=JSON), methods=["GET"])
            for record in (f"/g/{slug}/log", "/log/{hex}")
            for part in _MOMENTARY
        ),
        place(f"/g/{slug}/log/{{part}}", log),
        view(f"/g/{slug}/announce/{{id}}", thing),
        place("/log/{hex}/{part}", log),
        place("/mirror/sha256/{hex}", mirrored),
        view("/compacts/{hex}", compact, kind=JSON),
        view("/n/{id}", thing),
        view("/n/{id}/create", thing),
        view("/n/{id}/{name:str}", collection),
        view("/t/{id}", thing),
        view("/a/{id}", thing),
    ]


def _actors(slug: str) -> tuple[str, ...]:
    return "/actor", f"/g/{slug}", f"/g/{slug}/clerk", "/u/{id}"


_METHODS: Final = ("GET", "HEAD", "OPTIONS")


# A checkpoint is signed when it is asked for, and says what time it is here: that is
# how the closing of a vote is judged. One from before would be a lie.
_MOMENTARY: Final = ("head", "checkpoint")


class _Place:
    """An address at which servers read a document."""

    def __init__(
        self,
        written: Answers | Fresh,
        write: Write,
        *,
        kind: str,
        target: bytes | None = None,
    ) -> None:
        self._written = written
        self._write = write
        self._kind = kind
        self._target = target

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await _ALLOWED(scope, receive, send)
            return
        request = Request(scope)
        if self._kind == documents.ACTIVITY_JSON and _reader(scope) == "other":
            raise HTTPException(406)
        # The root is a page's address for most, so nothing is kept under it.
        target = self._target or answers.target_of(scope)
        found = await self._written.get(target, lambda: self._write(request))
        if found is None:
            raise HTTPException(404)
        await found(scope, receive, send)


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


def _answer(document: JsonObject, *, kind: str) -> Answer:
    gone = document.get("type") == "Tombstone"
    return answers.answer(
        documents.encode(document), kind=kind, status=410 if gone else 200
    )


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
