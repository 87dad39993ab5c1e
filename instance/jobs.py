"""Work that comes due: what arrived, what is to be sent, what the chamber must say.

Every job is a row in the database with a lease, so a crash anywhere leaves a row that
comes due again. The network is never awaited inside a transaction.
"""

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog

from activitypub import canonical, delivery
from activitypub.client import Client
from confederation.errors import Refused
from instance import archive, chamber, reception, speech
from instance.confederal import catching_up
from instance.dealings import asks
from instance.deciding import polls, sub_assemblies, voting
from instance.desk import Desk
from instance.fediverse import errands, merging, moderation, post_office
from instance.fediverse.callers import Callers
from instance.matters import sharing
from instance.node import Node
from instance.store import (
    deliveries,
    hosts,
    inbound,
    lending,
    records,
    software,
    timeline,
)
from instance.store import errands as asked
from instance.upkeep import copies

LOOK_AGAIN: Final = 0.5
"""Seconds after which rows are looked for that another process wrote."""

LOOK_ANYWAY: Final = 5.0
"""Seconds after which is looked what time alone makes due in the chamber."""

GLANCE: Final = 0.05
"""Seconds after which we look whether the crowd at the inbox has gone."""

TIDY: Final = 3600.0
"""Seconds after which what need not be kept any longer is dropped."""

CROWD: Final = 16
"""So many requests at the inbox at once are a crowd, which is let in first."""

CROWD_WAITS: Final = 5
"""Seconds for which what was accepted waits, at the most, while there is a crowd."""

KEEP_POSTS: Final = timedelta(days=90)
"""How long posts from elsewhere are kept that nobody here did anything with."""

log = structlog.get_logger()


def _never(desk: Desk) -> bool:
    return False


def _is_lent(desk: Desk) -> bool:
    """While the pen is out, nothing is sent, fetched or read here, nor in the hall."""
    return lending.is_lent(desk.connection)


def _is_away(desk: Desk) -> bool:
    return lending.is_away(desk.connection)


class Jobs:
    """The background work of a serving node. Use as an asynchronous context manager."""

    def __init__(self, node: Node, client: Client, callers: Callers) -> None:
        self._node = node
        self._client = client
        self._callers = callers
        self._office = post_office.PostOffice(node, client)
        self._errands = errands.Errands(node, client, done=self._office.look)
        self._tasks: list[asyncio.Task[None]] = []
        self._arrived = asyncio.Event()
        self._crowd = (0, 0.0)
        self._waited = 0
        self._stirred = asyncio.Event()
        self._conferred: tuple[int, float] | None = None
        self._behind = asyncio.Event()

    async def __aenter__(self) -> "Jobs":
        await self._node.work(_let_go)
        self._tasks = [
            asyncio.create_task(
                self._every(LOOK_AGAIN, self._arrived, self._receive, rests=_is_lent)
            ),
            asyncio.create_task(
                self._every(LOOK_AGAIN, self._stirred, self._confer, rests=_is_lent)
            ),
            asyncio.create_task(
                self._every(self._pause, self._behind, self._catch_up, rests=_is_lent)
            ),
            asyncio.create_task(
                self._every(
                    self._pause, asyncio.Event(), self._close_ballots, rests=_is_away
                )
            ),
            asyncio.create_task(
                self._every(LOOK_AGAIN, asyncio.Event(), self._node.judge_anew)
            ),
            asyncio.create_task(
                self._every(
                    self._pause, asyncio.Event(), self._tell_polls, rests=_is_lent
                )
            ),
            asyncio.create_task(
                self._every(TIDY, asyncio.Event(), self._tidy, rests=_is_lent)
            ),
            asyncio.create_task(
                self._every(self._pause, asyncio.Event(), self._lapse, rests=_is_lent)
            ),
            asyncio.create_task(
                self._every(
                    self._pause, asyncio.Event(), self._tell_late, rests=_is_lent
                )
            ),
            asyncio.create_task(self._office.work()),
            asyncio.create_task(self._errands.work()),
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def arrived(self, *, crowd: int) -> None:
        """Say that activities were kept and wait to be dealt with.

        ``crowd`` is how many requests there are at the inbox just now.
        """
        self._crowd = (crowd, asyncio.get_running_loop().time())
        self._arrived.set()

    def heard_from(self, actor: str) -> None:
        """Say that an actor has signed something, so that their host is up."""
        self._office.heard_from(actor)

    def stirred(self) -> None:
        """Say that something happened here that may have consequences."""
        self._stirred.set()
        self._office.look()
        self._errands.look()

    @property
    def _pause(self) -> float:
        return 2.0 if self._node.config.dev else 60.0

    async def _every(
        self,
        seconds: float,
        wake: asyncio.Event,
        job: Callable[[], Awaitable[None]],
        *,
        rests: Callable[[Desk], bool] = _never,
    ) -> None:
        while True:
            # A job that fails is looked at again on its next turn; the others, and
            # the node, go on.
            try:
                if not await self._node.look(rests):
                    await job()
            except Exception:
                log.exception("job failed", job=job.__name__)
            # Not `wait_for`: in Python 3.11 it may forget that it was cancelled when it
            # is woken at the same moment, and then the node never stops.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await wake.wait()
            wake.clear()

    async def _receive(self) -> None:
        more = await self._node.look(_anything_arrived)
        while more:
            await self._let_the_crowd_in()
            dealt = await self._node.work(reception.deal_with_arrivals)
            self._waited = dealt.waited
            self._callers.forget(dealt.new_keys)
            self._office.look()
            self._errands.look()
            if dealt.concerns_chamber:
                self._stirred.set()
                if await self._node.look(lambda desk: records.behind(desk.connection)):
                    self._behind.set()
            more = dealt.more

    async def _let_the_crowd_in(self) -> None:
        """Leave the node to those at the inbox while there are many of them.

        Whoever is not answered in time sends again. What was accepted is safe, and
        waits a few seconds; what has waited longer is dealt with, whoever comes.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + CROWD_WAITS - self._waited
        while loop.time() < end:
            many, at = self._crowd
            if many < CROWD or loop.time() - at > 2 * GLANCE:
                return
            await asyncio.sleep(GLANCE)

    async def _confer(self) -> None:
        """Let the chamber speak if anything was written since, or some time went by.

        It looks through all proposals that it holds, and most of the time nothing is
        due.
        """
        version, now = self._node.database.version(), asyncio.get_running_loop().time()
        if self._conferred is not None:
            seen, at = self._conferred
            if version == seen and now - at < min(LOOK_ANYWAY, self._pause):
                return
        if await self._node.work(_confer):
            self._office.look()
        self._conferred = version, now

    async def _tidy(self) -> None:
        await self._node.look(archive.sweep)
        await self._node.work(archive.note_damage)
        await self._node.work(_forget_old)
        await self._node.work(_ask_what_they_run)
        copies.drop_old(self._node.config.directory, self._node.clock())

    async def _close_ballots(self) -> None:
        for id in await self._node.look(voting.due):
            close = functools.partial(voting.close, id=id, by=None)
            # Where something is missing the ballot's page says what, and who brings it.
            with contextlib.suppress(Refused):
                await self._node.work(close)
                self.stirred()

    async def _tell_polls(self) -> None:
        if await self._node.look(polls.anything_to_tell):
            await self._node.work(polls.tell)
            self._office.look()

    async def _tell_late(self) -> None:
        if await self._node.look(asks.anything_late):
            await self._node.work(asks.tell_late)
            self._office.look()

    async def _lapse(self) -> None:
        if await self._node.look(moderation.anything_over):
            await self._node.work(moderation.lapse)
        if await self._node.look(sub_assemblies.anything_over):
            await self._node.work(sub_assemblies.lapse)

    async def _catch_up(self) -> None:
        if await catching_up.go_round(self._node, self._client):
            self.stirred()


def _let_go(desk: Desk) -> None:
    hosts.let_go(desk.connection)


def _ask_what_they_run(desk: Desk) -> None:
    software.ask_followers(desk.connection, of=speech.group_path(desk), at=desk.seconds)


def _confer(desk: Desk) -> bool:
    """File what our assembly must say next; tell what came of what others said."""
    said = [chamber.confer(desk), sharing.tell_numbers(desk), merging.lead_on(desk)]
    return any(said)


def _forget_old(desk: Desk) -> None:
    inbound.forget_old(desk.connection, now=desk.seconds)
    asked.forget_old(desk.connection)
    deliveries.forget_old(desk.connection, now=desk.seconds)
    patience = delivery.patience(desk.config.shrink)
    hosts.forgive_old(
        desk.connection, now=desk.seconds, patience=int(patience.total_seconds())
    )
    timeline.forget_old(
        desk.connection, before=canonical.write_time(desk.now - KEEP_POSTS)
    )


def _anything_arrived(desk: Desk) -> bool:
    return inbound.any_due(desk.connection, now=desk.seconds)
