"""A post office at work on what a node has to send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from activitypub.addresses import Guard
from activitypub.client import Client, Limits
from instance.fediverse.post_office import PostOffice
from instance.node import Node
from instance.store.database import Database
from tests.instance.house import NOON, House


@asynccontextmanager
async def an_office(house: House) -> AsyncIterator[PostOffice]:
    """A post office at work, which waits far longer for hosts than a test lasts."""
    async with (
        Database(house.config.database) as database,
        Client(
            Guard(own=house.config.host, networks=house.config.reachable),
            clock=lambda: NOON,
            user_agent="Folkmoot",
            limits=Limits(silence=600, total=600),
        ) as client,
    ):
        node = Node(house.config, database, clock=lambda: NOON)
        office = PostOffice(node, client)
        work = asyncio.create_task(office.work())
        try:
            yield office
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
