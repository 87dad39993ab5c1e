"""What stands before all routes knows how others reach the node."""

from pathlib import Path

import httpx

from instance import app
from tests.instance.house import a_house


async def test_whoever_types_a_slash_too_many_is_led_on_by_https(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path, domain="harbour.example.org")
    made = app.make(house.config)

    async with (
        made.router.lifespan_context(made),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(made), base_url="http://harbour.example.org"
        ) as proxy,
    ):
        answer = await proxy.get("/sign-in/")

    assert answer.status_code == 307
    assert answer.headers["location"] == "https://harbour.example.org/sign-in"
