"""What stands before all routes knows how others reach the node."""

from pathlib import Path

import httpx

from activitypub import documents
from instance import app
from tests.instance.elsewhere import an_account
from tests.instance.house import a_house
from tests.instance.kept import without_room
from tests.instance.wire import create, note_by


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


async def test_what_a_full_disk_does_not_keep_is_asked_for_again(
    tmp_path: Path,
) -> None:
    made = app.make(a_house(tmp_path).config)

    async with made.router.lifespan_context(made):
        node, base = made.state.node, made.state.node.config.base
        with an_account() as sam:
            body = documents.encode(create(sam, note_by(sam, "x" * 50_000, to=base)))
            await node.database.write(without_room)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(made)) as peer:
                answer = await peer.post(
                    f"{base}/inbox",
                    content=body,
                    headers=sam.signed(f"{base}/inbox", body, key=sam.key),
                )

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 60
    assert answer.json()["title"].startswith("The disk of this node is full")
