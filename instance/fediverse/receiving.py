"""The inbox: what is accepted is on the disk before the sender is told so.

Activities that arrive while others are being written go to the disk together, in one
transaction: under a flood it is the number of commits that counts.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from starlette.types import Message, Receive, Scope, Send

from activitypub import canonical, signatures, synchronisation
from activitypub.errors import ProtocolError, TooLarge, TooMany, TooSlow
from activitypub.inbox import Accepted, Ignored
from instance.desk import Desk
from instance.fediverse import callers, synchronising
from instance.fediverse.callers import Callers
from instance.node import Node
from instance.store import inbound
from instance.store.inbound import Arrival

MOST_WAITING: Final = 5_000
LONGEST: Final = 30.0
"""Seconds in which an activity must have come, however slowly it does."""
MOST_HELD: Final = 64 * 1024 * 1024
"""Bytes of activities whose end has not come yet."""
TRY_AGAIN: Final = 5
_HEADER: Final = synchronisation.HEADER.lower()
ACCEPTED: Final[tuple[Message, Message]] = (
    {
        "type": "http.response.start",
        "status": 202,
        "headers": [(b"content-length", b"0")],
    },
    {"type": "http.response.body", "body": b""},
)
"""There is nothing to say beside the status; a body would be sent by itself."""


@dataclass(slots=True)
class _Bundle:
    """Activities that go to the disk together, and those who wait until they are there.

    Each waits by themselves: whoever hangs up does not take the others along.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)


class Arrived(Protocol):
    """Is told that activities were kept, and how many requests there are just now."""

    def __call__(self, *, crowd: int) -> None: ...


class Inbox:
    """Receives activities for all inboxes of the node.

    It is an ASGI application of its own, for a route: nothing here is as busy.

    Args:
        node: whose inboxes.
        callers: who knows whose signatures.
        arrived: told when something was kept.
        heard_from: told who sent something.
        longest: seconds in which an activity must have come.
        most_held: bytes that are held of activities whose end has not come.
        most_waiting: so many have come and wait to be answered, no more.
    """

    def __init__(
        self,
        node: Node,
        callers: Callers,
        *,
        arrived: Arrived,
        heard_from: Callable[[str], None],
        longest: float = LONGEST,
        most_held: int = MOST_HELD,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._node = node
        self._callers = callers
        self._arrived = arrived
        self._heard_from = heard_from
        self._waiting = 0
        self._held = 0
        self._longest = longest
        self._most_held = most_held
        self._most_waiting = most_waiting
        self._bundle = _Bundle()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST to an inbox.

        Raises:
            ProtocolError: it is not accepted; nothing was kept.
        """
        self._require_room()
        # Whoever is still sending takes nobody's place.
        arrived = await self._request(scope, receive)
        self._require_room()
        self._waiting += 1
        try:
            match await self._callers.sender(arrived):
                case Accepted() as accepted:
                    await self._keep(accepted, arrived.target)
                    self._heard_from(accepted.actor)
                    if _HEADER in accepted.covered:
                        await self._compare(accepted.actor, arrived)
                case Ignored():
                    pass
        finally:
            self._waiting -= 1
        for message in ACCEPTED:
            await send(message)

    def _require_room(self) -> None:
        if self._waiting >= self._most_waiting:
            raise _busy()

    async def _request(self, scope: Scope, receive: Receive) -> signatures.Request:
        for name, value in scope["headers"]:
            if name == b"content-length" and int(value) > canonical.MOST_BYTES:
                raise TooLarge("This activity is larger than we read.")
        try:
            async with asyncio.timeout(self._longest):
                return callers.request(scope, body=await self._body(receive))
        except TimeoutError as error:
            raise TooSlow("This activity took too long to come.") from error

    async def _body(self, receive: Receive) -> bytes:
        """Read a body while it is small enough; never more than that is held.

        Of all those whose end has not come so much is held and no more, so that nobody
        fills our memory with beginnings.
        """
        body, held = bytearray(), 0
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ProtocolError("The sender went away.")
                body += message["body"]
                if len(body) > canonical.MOST_BYTES:
                    raise TooLarge("This activity is larger than we read.")
                if not message["more_body"]:
                    return bytes(body)
                held += len(message["body"])
                self._held += len(message["body"])
                if self._held > self._most_held:
                    raise _busy()
        finally:
            self._held -= held

    async def _compare(self, actor: str, arrived: signatures.Request) -> None:
        """See whether both servers know the same of who here follows an actor."""
        told = [value for name, value in arrived.headers if name == _HEADER]
        # What it says about the followers takes nothing from the activity itself.
        with contextlib.suppress(ProtocolError):
            await self._node.work(
                lambda desk: synchronising.hear(desk, actor, "".join(told))
            )

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
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        bundle.waiting.append(kept)
        if len(bundle.waiting) == 1:
            task = asyncio.create_task(self._write(bundle))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await kept

    async def _write(self, bundle: _Bundle) -> None:
        def write(desk: Desk) -> None:
            inbound.receive(desk.connection, bundle.arrivals, at=desk.seconds)

        async with self._writing:
            self._bundle = _Bundle()
            # Whatever keeps them from the disk is told to each who waits.
            try:
                await self._node.work(write)
            except Exception as error:  # noqa: BLE001
                for kept in bundle.waiting:
                    if not kept.done():
                        kept.set_exception(error)
                return
        for kept in bundle.waiting:
            if not kept.done():
                kept.set_result(None)
        self._arrived(crowd=self._waiting)


def _busy() -> TooMany:
    return TooMany(
        "This node has more to read than it can; try again soon.",
        retry_after=TRY_AGAIN,
    )
