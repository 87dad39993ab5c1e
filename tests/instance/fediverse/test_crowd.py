"""Whoever stands at the inbox is let in first, and nothing let in waits for long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from activitypub.addresses import Guard
from activitypub.client import Client
from instance.fediverse.callers import Callers
from instance.jobs import CROWD, Jobs
from instance.node import Node
from instance.store.database import Database
from tests.instance.arrivals import arrive, follow
from tests.instance.house import House, a_house
from tests.instance.serving import until


async def test_what_was_accepted_waits_while_there_is_a_crowd(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    async with jobs_of(house) as jobs:
        crowd = asyncio.create_task(a_crowd_at(jobs))
        await asyncio.sleep(0)
        arrive(house, follow(house, 1))
        await asyncio.sleep(0.5)
        assert waits(house)

        crowd.cancel()

        await asyncio.to_thread(until, lambda: not waits(house))


async def test_a_crowd_that_stays_holds_nothing_up_for_ever(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    async with jobs_of(house) as jobs:
        crowd = asyncio.create_task(a_crowd_at(jobs))
        arrive(house, follow(house, 1))

        await asyncio.to_thread(until, lambda: not waits(house))

        crowd.cancel()


async def a_crowd_at(jobs: Jobs) -> None:
    # At every turn of the loop: a machine that is busy elsewhere may rest between two.
    while True:
        jobs.arrived(crowd=CROWD)
        await asyncio.sleep(0)


def waits(house: House) -> bool:
    return house.rows("select count(*) from received where due_at is not null") != [
        (0,)
    ]


@asynccontextmanager
async def jobs_of(house: House) -> AsyncIterator[Jobs]:
    async with Database(house.config.database) as database:
        node = Node(house.config, database)
        async with (
            Client(
                Guard(own=house.config.host, networks=house.config.reachable),
                clock=node.clock,
                user_agent="Folkmoot",
            ) as client,
            Jobs(node, client, Callers(node, client)) as jobs,
        ):
            yield jobs
