"""The routes of the protocol: who lives here, what they said, and the public record."""

import json
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from activitypub import discovery, documents
from activitypub.canonical import JsonObject
from instance import lookup
from instance.config import Config
from instance.desk import Desk
from instance.node import Node

JSON: Final = "application/json"

View = Callable[[Desk], JsonObject | None]


def inboxes(config: Config, inbox: ASGIApp) -> list[Route]:
    """Return the routes that lead to inboxes: the one for all, and each actor's own."""
    paths = ("", *_actors(config.slug))
    return [Route(f"{path}/inbox", inbox, methods=["POST"]) for path in paths]


def routes(node: Node) -> list[Route]:
    """Return the protocol's other routes, where documents are read."""

    async def answer(view: View, *, kind: str = documents.ACTIVITY_JSON) -> Response:
        document = await node.look(view)
        return not_found() if document is None else reply(document, kind=kind)

    async def webfinger(request: Request) -> Response:
        resource = request.query_params.get("resource", "")
        found = await node.look(lambda desk: lookup.webfinger(desk, resource))
        if found is None:
            return not_found()
        return reply(found, kind=discovery.JRD_JSON)

    async def nodeinfo_links(request: Request) -> Response:
        return await answer(lookup.nodeinfo_links, kind=JSON)

    async def nodeinfo(request: Request) -> Response:
        return await answer(lookup.nodeinfo, kind=discovery.NODEINFO_JSON)

    async def host_meta(request: Request) -> Response:
        return Response(
            discovery.host_meta(node.config.base), media_type=discovery.XRD_XML
        )

    async def actor(request: Request) -> Response:
        path = request.url.path.strip("/")
        return await answer(lambda desk: lookup.actor(desk, path))

    async def collection(request: Request) -> Response:
        path, _, name = request.url.path.strip("/").rpartition("/")
        page = _number(request.query_params.get("page"), default=None)
        return await answer(lambda desk: lookup.collection(desk, path, name, page))

    async def thing(request: Request) -> Response:
        path = request.url.path.strip("/")
        return await answer(lambda desk: lookup.thing(desk, path))

    async def entry(request: Request) -> Response:
        seq = _number(request.path_params["seq"], default=0)
        body = await node.look(lambda desk: lookup.own_entry(desk, seq or 0))
        return not_found() if body is None else fixed(body)

    async def mirrored(request: Request) -> Response:
        digest = f"sha256:{request.path_params['hex']}"
        body = await node.look(lambda desk: lookup.entry_bytes(desk, digest))
        return not_found() if body is None else fixed(body)

    async def compact(request: Request) -> Response:
        digest = f"sha256:{request.path_params['hex']}"
        return await answer(lambda desk: lookup.compact(desk, digest), kind=JSON)

    async def log(request: Request) -> Response:
        name, query = request.path_params["part"], request.query_params
        hexadecimal = request.path_params.get("hex")
        found = await node.look(
            lambda desk: lookup.log_part(desk, hexadecimal, name, dict(query))
        )
        if found is None:
            return not_found()
        body, kind = found
        return Response(body, media_type=kind, headers={"cache-control": "no-store"})

    slug = node.config.slug
    actors = _actors(slug)
    collections = ("outbox", "followers", "following", "featured", "moderators")
    return [
        *(Route(path, actor) for path in actors),
        Route("/.well-known/webfinger", webfinger),
        Route("/.well-known/nodeinfo", nodeinfo_links),
        Route("/.well-known/host-meta", host_meta),
        Route("/nodeinfo/2.1", nodeinfo),
        *(
            Route(f"{path}/{name}", collection)
            for path in actors
            for name in collections
        ),
        Route(f"/g/{slug}/r/{{seq}}", entry),
        Route(f"/g/{slug}/log/{{part}}", log),
        Route(f"/g/{slug}/announce/{{id}}", thing),
        Route("/log/{hex}/{part}", log),
        Route("/mirror/sha256/{hex}", mirrored),
        Route("/compacts/{hex}", compact),
        Route("/n/{id}", thing),
        Route("/n/{id}/create", thing),
        Route("/n/{id}/{name:str}", collection),
        Route("/t/{id}", thing),
        Route("/a/{id}", thing),
    ]


def _actors(slug: str) -> tuple[str, ...]:
    return "/actor", f"/g/{slug}", f"/g/{slug}/clerk", "/u/{id}"


def wants_activity(request: Request) -> bool:
    """Whether the reader is a server that asks for a document, not a person."""
    accept = request.headers.get("accept", "")
    return "activity+json" in accept or "ld+json" in accept


def reply(document: JsonObject, *, kind: str) -> Response:
    return Response(
        json.dumps(document, ensure_ascii=False, separators=(",", ":")),
        media_type=kind,
        headers={
            "vary": "Accept, Signature",
            "access-control-allow-origin": "*",
            "cache-control": "max-age=60",
        },
    )


def fixed(body: bytes) -> Response:
    """Serve an entry: it never changes."""
    return Response(
        body,
        media_type=documents.ACTIVITY_JSON,
        headers={
            "access-control-allow-origin": "*",
            "cache-control": "public, max-age=31536000, immutable",
        },
    )


def not_found() -> Response:
    return PlainTextResponse("There is nothing at this address.\n", status_code=404)


def _number(text: str | None, *, default: int | None) -> int | None:
    if text is None or not text.isdecimal() or len(text) > 9:
        return default
    return int(text)
