"""What is learnt of other servers outlives the process that learnt it."""

from pathlib import Path

from activitypub.client import Knock
from instance.fediverse.knocks import Knocks
from instance.node import Node
from instance.store.database import Database
from tests.instance.house import NOON, a_house


async def test_how_a_server_believes_us_survives_a_restart(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    async with Database(house.config.database) as database:
        knocks = Knocks(Node(house.config, database))
        assert await knocks.recall("https://b.example") is None
        await knocks.remember("https://b.example", Knock.CAVAGE, NOON)
        await knocks.remember("https://b.example", Knock.RFC9421, NOON)

    async with Database(house.config.database) as database:
        knocks = Knocks(Node(house.config, database))
        assert await knocks.recall("https://b.example") == (Knock.RFC9421, NOON)
        assert await knocks.recall("https://c.example") is None
