"""The inbox: what is accepted is on the disk before the sender is told so.

Activities that arrive while others are being written go to the disk together, in one
transaction: under a flood it is the number of commits that counts.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from activitypub import canonical, inbox, reading, signatures
from activitypub.canonical import JsonObject
from activitypub.client import Client
from activitypub.errors import ProtocolError, TooLarge, TooMany
from activitypub.inbox import Accepted, Fetch, Ignored, Known, Recall, Remember
from activitypub.signatures import Signer
from instance import speech
from instance.desk import Desk
from instance.node import Node
from instance.store import inbound, posts
from instance.store.inbound import Arrival

MOST_KNOWN: Final = 10_000
MOST_WAITING: Final = 5_000
TRY_AGAIN: Final = 5
ACCEPTED: Final = PlainTextResponse("Accepted.\n", status_code=202)


@dataclass(slots=True)
class _Bundle:
    """Activities that go to the disk together; ``kept`` once it is being written."""

    arrivals: list[Arrival] = field(default_factory=list)
    kept: asyncio.Task[None] | None = None


class Inbox:
    """Receives activities for all inboxes of the node.

    It is an ASGI application of its own, for a route: nothing here is as busy.
    """

    def __init__(
        self,
        node: Node,
        client: Client,
        signer: Signer,
        *,
        arrived: Callable[[], None],
    ) -> None:
        self._node = node
        self._client = client
        self._signer = signer
        self._arrived = arrived
        # Keys are parsed once: that costs more than checking a signature.
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._waiting = 0
        self._bundle = _Bundle()
        self._writing = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST to an inbox.

        Raises:
            ProtocolError: it is not accepted; nothing was kept.
        """
        if self._waiting >= MOST_WAITING:
            raise TooMany(
                "This node has more to read than it can; try again soon.",
                retry_after=TRY_AGAIN,
            )
        self._waiting += 1
        try:
            arrived = await _request(scope, receive)
            match await self._drive(arrived):
                case Accepted() as accepted:
                    await self._keep(accepted, arrived.target)
                case Ignored():
                    pass
        finally:
            self._waiting -= 1
        await ACCEPTED(scope, receive, send)

    async def _drive(self, arrived: signatures.Request) -> Accepted | Ignored:
        steps = inbox.receive(
            arrived, host=self._node.config.host, now=self._node.clock()
        )
        answer: Known | JsonObject | None = None
        error: ProtocolError | None = None
        try:
            while True:
                wish = steps.send(answer) if error is None else steps.throw(error)
                answer, error = None, None
                match wish:
                    case Recall(actor=actor):
                        answer = await self._recall(actor)
                    case Remember(known=known):
                        await self._remember(known)
                    case Fetch(url=url):
                        try:
                            answer = await self._client.fetch_document(
                                url, signer=self._signer
                            )
                        except ProtocolError as unreachable:
                            error = unreachable
        except StopIteration as stop:
            found: Accepted | Ignored = stop.value
            return found

    async def _keep(self, accepted: Accepted, target: str) -> None:
        bundle = self._bundle
        bundle.arrivals.append(
            Arrival(
                id=accepted.id,
                actor=accepted.actor,
                inbox=target,
                body=accepted.raw,
                signature=accepted.fingerprint,
                actor_document=accepted.actor_document,
            )
        )
        if bundle.kept is None:
            bundle.kept = asyncio.create_task(self._write(bundle))
        # Whoever hangs up does not take the others' activities along.
        await asyncio.shield(bundle.kept)

    async def _write(self, bundle: _Bundle) -> None:
        def write(desk: Desk) -> None:
            inbound.receive(desk.connection, bundle.arrivals, at=desk.seconds)

        async with self._writing:
            self._bundle = _Bundle()
            await self._node.work(write)
        self._arrived()

    async def _recall(self, actor: str) -> Known | None:
        if (known := self._known.get(actor)) is not None:
            self._known.move_to_end(actor)
            return known
        if actor.startswith(f"{self._node.config.base}/"):
            return await self._node.look(lambda desk: _own(desk, actor))
        row = await self._node.look(
            lambda desk: inbound.remote_actor(desk.connection, actor)
        )
        if row is None:
            return None
        keys: tuple[reading.Key, ...] = ()
        if row["body"] is not None:
            keys = reading.actor(canonical.read(row["body"].encode())).keys
        known = Known(
            actor=actor,
            keys=keys,
            learned_at=_instant(row["learned_at"]),
            asked_at=datetime.fromtimestamp(row["asked_at"], UTC),
        )
        self._cache(known)
        return known

    async def _remember(self, known: Known) -> None:
        self._cache(known)
        await self._node.work(
            lambda desk: inbound.keep_remote_actor(
                desk.connection,
                known.actor,
                document=None,
                learned_at=None,
                asked_at=int(known.asked_at.timestamp()),
            )
        )

    def _cache(self, known: Known) -> None:
        self._known[known.actor] = known
        self._known.move_to_end(known.actor)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)


def _own(desk: Desk, actor: str) -> Known | None:
    """What is known of an actor of ours: all of it, and nobody needs to be asked.

    A delegate who keeps their own key may send us what they signed like anybody else.
    """
    found = posts.actor(desk.connection, actor.removeprefix(f"{desk.config.base}/"))
    if found is None:
        return None
    document = speech.actor_document(desk, found)
    return Known(
        actor=actor,
        keys=reading.actor(document).keys,
        learned_at=desk.now,
        asked_at=desk.now,
    )


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


async def _request(scope: Scope, receive: Receive) -> signatures.Request:
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in scope["headers"]
    )
    for name, value in headers:
        if name == "content-length" and int(value) > canonical.MOST_BYTES:
            raise TooLarge("This activity is larger than we read.")
    return signatures.Request(
        method=scope["method"],
        target=(path + b"?" + query if query else path).decode("latin-1"),
        headers=headers,
        body=await _body(receive),
    )


async def _body(receive: Receive) -> bytes:
    """Read a body while it is small enough; never more than that is held."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ProtocolError("The sender went away.")
        body += message["body"]
        if len(body) > canonical.MOST_BYTES:
            raise TooLarge("This activity is larger than we read.")
        if not message["more_body"]:
            return bytes(body)
