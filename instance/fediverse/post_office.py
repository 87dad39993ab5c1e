"""Deliveries go out by lanes: one at a time to each host, many hosts at once.

A host that hangs, refuses or fails delays nobody else: a lane that waits for an answer
gives its place up to another. A delivery is a row until it has arrived or is given up,
so nothing is lost when the node stops.
"""

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from activitypub import addresses, delivery, synchronisation
from activitypub.client import Client
from activitypub.delivery import Breaker
from activitypub.errors import ProtocolError
from activitypub.signatures import Signer
from instance import speech
from instance.desk import Desk
from instance.errors import NoRoom, PenElsewhere
from instance.fediverse import synchronising
from instance.node import Node
from instance.store import deliveries, hosts, lending
from instance.store.deliveries import Done, Due

IN_A_LANE: Final = 20
"""How many deliveries of one host are taken at a time."""
MOST_QUICK: Final = 128
"""How many hosts are served at once, apart from those that keep us waiting."""
AT_A_TURN: Final = 32
"""How many of them are taken at a time, so that the first need not wait for all."""
MOST_SLOW: Final = 2_000
"""How many hosts may keep us waiting at once."""
SLOW: Final = 0.25
"""Seconds without an answer after which a host keeps us waiting."""
GLANCE: Final = 0.05
"""Seconds between two glances at whether another process has written anything."""
LOOK_AGAIN: Final = 0.5
"""Seconds after which we look whether anything has come due."""
SILENCE: Final = 5
"""Seconds without any answer after which a hall is taken to have no network."""
LOOK_FOR_NETWORK: Final = 10
"""Seconds after which a hall without one looks whether it has one by now."""
TOGETHER: Final = 0.01
"""Seconds for which lanes that are done are gathered, to be written down at once."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parcel:
    """What is sent where, and how it is signed; None if its author is gone.

    ``beside`` holds further headers: what is for followers only says who they are.
    """

    due: Due
    body: bytes
    signer: Signer | None
    beside: Mapping[str, str] | None = None


@dataclass(slots=True, kw_only=True)
class _Lane:
    """A host that is being served, and what came of it so far."""

    host: str
    parcels: list[_Parcel]
    breaker: Breaker
    asked_at: float
    done: list[Done] = field(default_factory=list)
    rests: bool = False

    def slow(self, now: float) -> bool:
        return self.breaker.failures > 0 or now - self.asked_at > SLOW


class PostOffice:
    """Sends what is due. `look` wakes it when there may be something new."""

    def __init__(self, node: Node, client: Client) -> None:
        self._node = node
        self._client = client
        self._lanes: dict[str, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished: list[_Lane] = []
        self._troubled: set[str] = set()
        self._heard: set[str] = set()
        self._wake = asyncio.Event()
        self._answered_at = float("-inf")

    def look(self) -> None:
        self._wake.set()

    def heard_from(self, address: str) -> None:
        """Say that whoever lives at an address has shown that their host is up."""
        if self._troubled and (host := _host(address)) in self._troubled:
            self._heard.add(host)
            self._wake.set()

    async def work(self) -> None:
        """Send until cancelled."""
        self._troubled.update(await self._node.look(_troubled))
        try:
            while True:
                version = self._node.database.version()
                # A disk that is full now may have room later.
                try:
                    if self._finished or self._heard or await self._any_due():
                        await self._turn()
                except PenElsewhere:
                    await asyncio.sleep(LOOK_AGAIN)
                except (sqlite3.OperationalError, NoRoom):
                    log.exception("deliveries could not be written down")
                    await asyncio.sleep(LOOK_AGAIN)
                await self._pause(version)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            # What went out as the pen was lent goes out once more when it is back.
            with contextlib.suppress(PenElsewhere):
                await self._node.work(lambda desk: _close(desk, self._finished))

    async def _any_due(self) -> bool:
        return await self._node.look(_any_due)

    async def _pause(self, version: int) -> None:
        """Wait until there may be something that was not there at a version."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LOOK_AGAIN
        # At least one glance: under load somebody commits all the time.
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GLANCE):
                    await self._wake.wait()
                break
            if loop.time() >= until or self._node.database.version() != version:
                break
        self._wake.clear()
        if self._lanes or self._finished:
            await asyncio.sleep(TOGETHER)

    async def _turn(self) -> None:
        """Write down what is finished, and take what comes next, in one transaction."""
        finished, heard = self._finished, self._heard
        self._finished, self._heard = [], set()
        now = asyncio.get_running_loop().time()
        slow = sum(lane.slow(now) for lane in self._lanes.values())
        quick = len(self._lanes) - slow + max(0, slow - MOST_SLOW)
        try:
            lanes = await self._node.work(
                lambda desk: _turn(
                    desk,
                    finished,
                    heard,
                    quick=min(MOST_QUICK - quick, AT_A_TURN),
                    slow=MOST_SLOW // 2 - slow,
                )
            )
        except BaseException:
            # What could not be written down (a full disk, say) is, the next time.
            self._finished += finished
            self._heard |= heard
            raise
        for lane in finished:
            self._note(lane.host, troubled=lane.breaker.failures > 0)
        for host in heard:
            self._note(host, troubled=False)
        for lane in lanes:
            lane.asked_at = now
            self._lanes[lane.host] = lane
            task = asyncio.create_task(self._serve(lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if len(lanes) >= AT_A_TURN:
            self._wake.set()

    def _note(self, host: str, *, troubled: bool) -> None:
        if troubled:
            self._troubled.add(host)
        else:
            self._troubled.discard(host)

    async def _serve(self, lane: _Lane) -> None:
        loop = asyncio.get_running_loop()
        try:
            for parcel in lane.parcels:
                lane.asked_at = loop.time()
                if parcel.signer is None:
                    done = Done(id=parcel.due.id, outcome="its author is gone")
                else:
                    done = await self._send(lane, parcel, parcel.signer)
                lane.done.append(done)
                if lane.rests:
                    break
        finally:
            del self._lanes[lane.host]
            self._finished.append(lane)
            self._wake.set()

    async def _send(self, lane: _Lane, parcel: _Parcel, signer: Signer) -> Done:
        due, status, retry_after = parcel.due, None, timedelta(0)
        if self._node.bars(addresses.parse(due.inbox).authority):
            return Done(id=due.id, outcome="not sent: suspended")
        # Nothing that a host does may stop the lane; that it could not be reached is
        # the outcome.
        with contextlib.suppress(ProtocolError):
            answer = await self._client.post(
                due.inbox, parcel.body, signer, beside=parcel.beside
            )
            status = answer.status
            self._answered_at = asyncio.get_running_loop().time()
            retry_after = answer.retry_after or timedelta(0)
        if status is None and self._without_network():
            return self._when_there_is_one(due)
        outcome = delivery.outcome(status)
        if outcome is not delivery.Outcome.DELIVERED or lane.breaker.failures:
            self._judge(lane, status)
        match outcome:
            case delivery.Outcome.DELIVERED:
                return Done(id=due.id, outcome="delivered")
            case delivery.Outcome.GONE:
                return Done(id=due.id, outcome="gone", gone=due.inbox)
            case delivery.Outcome.GIVE_UP:
                return Done(id=due.id, outcome=f"refused with {status}")
            case delivery.Outcome.RETRY:
                return self._later(due, status, retry_after)

    def _without_network(self) -> bool:
        """Whether in a hall nobody at all has answered for a while."""
        silence = asyncio.get_running_loop().time() - self._answered_at
        return self._node.config.hall is not None and silence > SILENCE

    def _when_there_is_one(self, due: Due) -> Done:
        # No host is to blame, so none rests, and no attempt is counted.
        again = self._node.clock() + timedelta(seconds=LOOK_FOR_NETWORK)
        return Done(
            id=due.id,
            outcome="not yet: there is no network",
            again_at=int(again.timestamp()),
            counts=False,
        )

    def _judge(self, lane: _Lane, status: int | None) -> None:
        now = self._node.clock()
        lane.breaker = delivery.answered(
            lane.breaker,
            status,
            now=now,
            jitter=random.random(),
            shrink=self._node.config.shrink,
        )
        lane.rests = not lane.breaker.lets_through(now)

    def _later(self, due: Due, status: int | None, retry_after: timedelta) -> Done:
        again = delivery.next_attempt(
            due.attempts + 1,
            now=self._node.clock(),
            jitter=random.random(),
            retry_after=retry_after,
            shrink=self._node.config.shrink,
        )
        if again is None:
            return Done(id=due.id, outcome="given up after a week")
        return Done(
            id=due.id,
            outcome=f"not yet: {status or 'no answer'}",
            again_at=int((again + timedelta(seconds=0.999)).timestamp()),
        )


def _troubled(desk: Desk) -> list[str]:
    return hosts.troubled(desk.connection)


def _any_due(desk: Desk) -> bool:
    if lending.is_lent(desk.connection):
        return False
    return deliveries.any_due(desk.connection, now=desk.seconds)


def _turn(
    desk: Desk,
    finished: list[_Lane],
    heard: set[str],
    *,
    quick: int,
    slow: int,
) -> list[_Lane]:
    """Close lanes that are finished and open others.

    Hosts that have been failing get half of the places of those that keep us waiting,
    so that they never take one from a host that nobody has complaints of.
    """
    _close(desk, finished)
    for host in heard:
        hosts.heard_from(desk.connection, host, now=desk.seconds)
    deliveries.bring_home(desk.connection, desk.config.base, at=desk.seconds)
    taken = [
        lane
        for places, failing in ((quick, False), (slow, True))
        if places > 0
        for lane in deliveries.take(
            desk.connection,
            now=desk.seconds,
            lanes=places,
            each=IN_A_LANE,
            failing=failing,
        )
    ]
    due = [item for lane in taken for item in lane.due]
    bodies = deliveries.bodies(desk.connection, {item.activity for item in due})
    signers = {
        actor: speech.signer(desk, actor) for actor in {item.actor for item in due}
    }
    return [
        _Lane(
            host=lane.host,
            parcels=[
                _parcel(desk, lane.host, item, bodies, signers) for item in lane.due
            ],
            breaker=lane.breaker,
            asked_at=0.0,
        )
        for lane in taken
    ]


def _close(desk: Desk, finished: list[_Lane]) -> None:
    """Write down what came of lanes, and let go of their hosts."""
    deliveries.close(desk.connection, [done for lane in finished for done in lane.done])
    for lane in finished:
        if lane.rests:
            deliveries.wait_along(
                desk.connection,
                lane.host,
                now=desk.seconds,
                most=delivery.MOST_ATTEMPTS,
                but=[done.id for done in lane.done],
            )
        hosts.release(desk.connection, lane.host, lane.breaker)


def _parcel(
    desk: Desk,
    host: str,
    due: Due,
    bodies: Mapping[str, deliveries.Body],
    signers: Mapping[str, Signer | None],
) -> _Parcel:
    body = bodies.get(due.activity)
    if body is None:
        return _Parcel(due=due, body=b"", signer=None)
    beside: dict[str, str] | None = None
    followers = f'"{speech.address(desk, due.actor)}/followers"'
    if not body.public and followers.encode() in body.bytes:
        told = synchronising.comparison(desk, due.actor, host)
        beside = {synchronisation.HEADER: told}
    return _Parcel(due=due, body=body.bytes, signer=signers[due.actor], beside=beside)


def _host(address: str) -> str:
    """Return the beginning of an address, by which its host is known."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
