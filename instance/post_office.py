"""Deliveries go out by lanes: one at a time to each host, many hosts at once.

A host that hangs, refuses or fails delays nobody else. A delivery is a row until it has
arrived or is given up, so nothing is lost when the node stops.
"""

import asyncio
import contextlib
import random
from collections import defaultdict
from datetime import timedelta
from typing import Final

from activitypub import delivery
from activitypub.client import Client
from activitypub.errors import ProtocolError
from activitypub.signatures import Signer
from instance import speech
from instance.desk import Desk
from instance.node import Node
from instance.store import deliveries
from instance.store.deliveries import Due

LEASE_SECONDS: Final = 120
IN_A_LANE: Final = 20
MOST_LANES: Final = 64
LOOK_AGAIN: Final = 0.5


class PostOffice:
    """Sends what is due. `look` wakes it when there may be something new."""

    def __init__(self, node: Node, client: Client) -> None:
        self._node = node
        self._client = client
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()

    def look(self) -> None:
        self._wake.set()

    async def work(self) -> None:
        """Send until cancelled."""
        try:
            while True:
                await self._fill_lanes()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_AGAIN)
                self._wake.clear()
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _fill_lanes(self) -> None:
        free = MOST_LANES - len(self._busy)
        if free <= 0 or not await self._node.look(
            lambda desk: deliveries.any_due(desk.connection, now=desk.seconds)
        ):
            return
        busy = tuple(self._busy)
        due = await self._node.work(
            lambda desk: deliveries.lease(
                desk.connection,
                now=desk.seconds,
                seconds=LEASE_SECONDS,
                hosts=free,
                each=IN_A_LANE,
                busy=busy,
            )
        )
        lanes: dict[str, list[Due]] = defaultdict(list)
        for item in due:
            lanes[item.host].append(item)
        for host, items in lanes.items():
            self._busy[host] = asyncio.create_task(self._run_lane(host, items))

    async def _run_lane(self, host: str, items: list[Due]) -> None:
        try:
            outcomes: list[deliveries.Done] = []
            for item in items:
                done = await self._send(item)
                outcomes.append(done)
                if done.again_at is not None:
                    break
            await self._node.work(lambda desk: self._close(desk, host, items, outcomes))
        finally:
            self._busy.pop(host, None)
            self._wake.set()

    async def _send(self, item: Due) -> deliveries.Done:
        status: int | None = None
        retry_after = timedelta(0)
        body, signer = await self._node.look(lambda desk: _prepared(desk, item))
        if signer is None or body is None:
            return deliveries.Done(id=item.id, outcome="its author is gone")
        # Nothing that a host does may stop the lane; that it could not be reached is
        # the outcome.
        with contextlib.suppress(ProtocolError):
            answer = await self._client.post(item.inbox, body, signer)
            status = answer.status
            retry_after = answer.retry_after or timedelta(0)
        match delivery.outcome(status):
            case delivery.Outcome.DELIVERED:
                return deliveries.Done(id=item.id, outcome="delivered")
            case delivery.Outcome.GONE:
                return deliveries.Done(id=item.id, outcome="gone", gone=item.inbox)
            case delivery.Outcome.GIVE_UP:
                return deliveries.Done(id=item.id, outcome=f"refused with {status}")
            case delivery.Outcome.RETRY:
                return self._later(item, status, retry_after)

    def _later(
        self, item: Due, status: int | None, retry_after: timedelta
    ) -> deliveries.Done:
        again = delivery.next_attempt(
            item.attempts,
            now=self._node.clock(),
            jitter=random.random(),
            retry_after=retry_after,
            shrink=self._node.config.shrink,
        )
        if again is None:
            return deliveries.Done(id=item.id, outcome="given up after a week")
        return deliveries.Done(
            id=item.id,
            outcome=f"not yet: {status or 'no answer'}",
            again_at=int((again + timedelta(seconds=0.999)).timestamp()),
        )

    def _close(
        self,
        desk: Desk,
        host: str,
        items: list[Due],
        outcomes: list[deliveries.Done],
    ) -> None:
        deliveries.close(desk.connection, outcomes)
        put_off = next((done.again_at for done in outcomes if done.again_at), None)
        rest = [item.id for item in items[len(outcomes) :]]
        deliveries.give_back(desk.connection, rest, until=put_off or desk.seconds)


def _prepared(desk: Desk, item: Due) -> tuple[bytes | None, Signer | None]:
    return (
        deliveries.body_of(desk.connection, item.activity),
        speech.signer(desk, item.actor),
    )
