"""The inbox: what is accepted is on the disk before the sender is told so."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

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

MOST_KNOWN: Final = 10_000
MOST_WAITING: Final = 5_000
TRY_AGAIN: Final = 5


class Inbox:
    """Receives activities for all inboxes of the node."""

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

    async def receive(self, request: Request) -> Response:
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
            arrived = signatures.Request(
                method=request.method,
                target=_target(request),
                headers=tuple(
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in request.headers.raw
                ),
                body=await _body(request),
            )
            match await self._drive(arrived):
                case Accepted() as accepted:
                    await self._keep(accepted, arrived.target)
                case Ignored():
                    pass
        finally:
            self._waiting -= 1
        return PlainTextResponse("Accepted.\n", status_code=202)

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
        def keep(desk: Desk) -> None:
            if accepted.actor_document is not None:
                inbound.keep_remote_actor(
                    desk.connection,
                    accepted.actor,
                    document=accepted.actor_document,
                    learned_at=desk.seconds,
                    asked_at=desk.seconds,
                )
            inbound.receive(
                desk.connection,
                id=accepted.id,
                actor=accepted.actor,
                inbox=target,
                body=accepted.raw,
                signature=accepted.fingerprint,
                at=desk.seconds,
            )

        await self._node.work(keep)
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


def _target(request: Request) -> str:
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope.get("query_string", b"")
    target: bytes = path + (b"?" + query if query else b"")
    return target.decode("latin-1")


async def _body(request: Request) -> bytes:
    """Read a body while it is small enough; never more than that is held."""
    stated = request.headers.get("content-length", "0")
    if stated.isdecimal() and int(stated) > canonical.MOST_BYTES:
        raise TooLarge("This activity is larger than we read.")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > canonical.MOST_BYTES:
                raise TooLarge("This activity is larger than we read.")
    except ClientDisconnect as error:
        raise ProtocolError("The sender went away.") from error
    return bytes(body)
