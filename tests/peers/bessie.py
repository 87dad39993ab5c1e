"""A server made with bovine: its actor, its factories and its own way of signing.

It is told what to do by lines of JSON on its standard input, and answers each with one
line on its standard output.
"""

import asyncio
import functools
import itertools
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from bovine import BovineActor
from bovine.activitystreams import Actor, factories_for_actor_object
from bovine.clients.signed_http import legacy_digest_method_uppercase
from bovine.crypto import (
    build_validate_http_signature_raw,
    generate_rsa_public_private_key,
)
from bovine.crypto.types import CryptographicIdentifier

Json = dict[str, Any]
ACTIVITY_JSON = "application/activity+json"


@dataclass(slots=True)
class Bessie:
    """What one server knows: its actor, and what came to its inbox."""

    base: str
    public_key: str
    bovine: BovineActor
    received: list[Json] = field(default_factory=list)
    refused: int = 0
    ids: Any = field(default_factory=itertools.count)

    @property
    def id(self) -> str:
        return f"{self.base}/actor"

    @property
    def actor(self) -> Json:
        built: Json = Actor(
            id=self.id,
            preferred_username="bessie",
            name="Bessie",
            inbox=f"{self.base}/inbox",
            outbox=f"{self.base}/outbox",
            followers=f"{self.base}/followers",
            public_key=self.public_key,
            public_key_name="main-key",
        ).build()
        return built

    @property
    def factories(self) -> tuple[Any, Any]:
        """Build bovine's factories of activities and of objects."""
        made: tuple[Any, Any] = factories_for_actor_object(
            self.actor, id_generator=lambda: f"{self.base}/made/{next(self.ids)}"
        )
        return made

    async def key(self, id: str) -> CryptographicIdentifier:
        """Look a key up as bovine's own test server does."""
        found = await self.bovine.get(id)
        key: CryptographicIdentifier = CryptographicIdentifier.from_public_key(
            found["publicKey"]
        )
        return key

    async def send(self, to: str, activity: Json) -> Json:
        """Post an activity to the inbox of an actor."""
        inbox = (await self.bovine.get(to))["inbox"]
        await self.bovine.post(inbox, activity)
        return activity


async def show(bessie: Bessie, request: web.Request) -> web.Response:
    if request.path != "/actor":
        return web.Response(status=404)
    return web.json_response(bessie.actor, content_type=ACTIVITY_JSON)


async def take(bessie: Bessie, request: web.Request) -> web.Response:
    """Take an activity if bovine finds its signature to be its actor's."""
    validate = build_validate_http_signature_raw(bessie.key)
    headers = {name.lower(): value for name, value in request.headers.items()}
    by = await validate("post", str(request.url), headers, request.read)
    activity = await request.json()
    if by is None or by != activity["actor"]:
        bessie.refused += 1
        return web.Response(status=401)
    bessie.received.append(activity)
    return web.Response(status=202)


async def note(bessie: Bessie, given: Json) -> Json:
    """Write a post, a reply or a vote."""
    _, objects = bessie.factories
    if given.get("id") is None and given.get("inReplyTo"):
        parent = await bessie.bovine.get(given["inReplyTo"])
        if "name" in given:
            vote: Json = objects.note(
                name=given["name"],
                in_reply_to=parent["id"],
                to={parent["attributedTo"]},
            ).build()
            return vote
        reply: Json = (
            objects.reply(parent, content=given["content"]).as_public().build()
        )
        return reply
    written: Json = objects.note(content=given["content"]).as_public().build()
    changed = {"id": given["id"], "updated": written["published"]}
    return {**written, **changed} if given.get("id") else written


async def follow(bessie: Bessie, given: Json) -> Json:
    activities, _ = bessie.factories
    return await bessie.send(given["to"], activities.follow(given["to"]).build())


async def create(bessie: Bessie, given: Json) -> Json:
    activities, _ = bessie.factories
    activity = activities.create(await note(bessie, given)).build()
    return await bessie.send(given["to"], activity)


async def update(bessie: Bessie, given: Json) -> Json:
    activities, _ = bessie.factories
    activity = activities.update(await note(bessie, given)).build()
    return await bessie.send(given["to"], activity)


async def delete(bessie: Bessie, given: Json) -> Json:
    activities, _ = bessie.factories
    activity = activities.delete(given["object"]).as_public().build()
    return await bessie.send(given["to"], activity)


async def like(bessie: Bessie, given: Json) -> Json:
    activities, _ = bessie.factories
    return await bessie.send(given["to"], activities.like(given["object"]).build())


async def announce(bessie: Bessie, given: Json) -> Json:
    activities, _ = bessie.factories
    activity = activities.announce(given["object"]).as_public().build()
    return await bessie.send(given["to"], activity)


async def undo(bessie: Bessie, given: Json) -> Json:
    activities, _ = bessie.factories
    activity = activities.undo(given["activity"], include_activity=True).build()
    return await bessie.send(given["to"], activity)


async def look(bessie: Bessie, given: Json) -> Any:
    return await bessie.bovine.get(given["at"])


async def collection(bessie: Bessie, given: Json) -> Any:
    return await bessie.bovine.get_ordered_collection(given["at"])


async def received(bessie: Bessie, _: Json) -> list[Json]:
    return bessie.received


async def refused(bessie: Bessie, _: Json) -> int:
    return bessie.refused


Order = Callable[[Bessie, Json], Awaitable[Any]]
ORDERS: dict[str, Order] = {
    order.__name__: order
    for order in (
        *(follow, create, update, delete, like, announce, undo),
        *(look, collection, received, refused),
    )
}


async def carry_out(bessie: Bessie, line: str) -> Json:
    given = json.loads(line)
    try:
        return {"answer": await ORDERS[given.pop("order")](bessie, given)}
    except Exception as error:  # noqa: BLE001 - whatever bovine raises is the answer
        return {"error": repr(error)}


async def serve() -> None:
    """Serve on a free port and carry orders out until there are no more."""
    listening = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    public, private = generate_rsa_public_private_key()
    bovine = BovineActor(
        actor_id=f"{base}/actor",
        public_key_url=f"{base}/actor#main-key",
        secret=private,
        digest_method=legacy_digest_method_uppercase,
    )
    bessie = Bessie(
        base=base,
        public_key=public,
        bovine=bovine,
    )
    app = web.Application()
    app.router.add_get("/{path:.*}", functools.partial(show, bessie))
    app.router.add_post("/inbox", functools.partial(take, bessie))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    async with bovine:
        print(json.dumps({"id": bessie.id}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await carry_out(bessie, line)), flush=True)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
