"""One address serves people and servers, each with what they asked for."""

from dataclasses import replace
from pathlib import Path

import httpx

from activitypub import documents
from confederation import record
from instance.store import posts
from instance.web.naming import in_hex
from tests.instance.house import a_house, found
from tests.instance.serving import free_port
from tests.instance.web.browsing import check
from tests.instance.web.hall import serving
from tests.instance.web.story import Story, Town

PERSON = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SERVER = {"accept": documents.ACCEPT}


async def test_a_post_is_a_page_for_people_and_a_document_for_servers(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path, port=free_port())
    with house.desk() as desk:
        found(house, desk)
    town = Town(house=house)
    issue = town.publishes(
        record.Issue(title=town.words("Damp homes"), what=town.words("Mould."))
    )
    with house.desk() as desk:
        post = posts.carrier_of(desk.connection, issue)
    assert post is not None
    async with serving(house), httpx.AsyncClient() as http:
        page = await http.get(post["id"], headers=PERSON)
        document = await http.get(post["id"], headers=SERVER)

        check(page)
        assert "Issue: Damp homes" in page.text
        assert "accept" in page.headers["vary"].lower()
        assert document.json()["id"] == post["id"]
        assert "accept" in document.headers["vary"].lower()


async def test_the_assembly_is_its_front_page_for_people(tmp_path: Path) -> None:
    house = a_house(tmp_path, port=free_port())
    async with serving(house), httpx.AsyncClient() as http:
        page = await http.get(house.config.group, headers=PERSON)
        document = await http.get(house.config.group, headers=SERVER)
        anything = await http.get(house.config.group, headers={"accept": "*/*"})

        assert page.status_code == 302
        assert page.headers["location"] == "/"
        assert document.json()["type"] == "Group"
        assert anything.json()["type"] == "Group"


async def test_a_compact_is_a_page_for_people_and_a_document_for_programs(
    story: Story, tmp_path: Path
) -> None:
    here = f"127.0.0.1:{free_port()}"
    house = story.together.moved(tmp_path).houses[0]
    house = replace(house, config=replace(house.config, domain=here, listen=here))
    path = f"http://{here}/compacts/{in_hex(story.compact.digest)}"
    async with serving(house), httpx.AsyncClient() as http:
        page = await http.get(path, headers=PERSON)
        document = await http.get(path, headers={"accept": "application/json"})

        check(page)
        assert document.json()["compact"]["type"] == "Compact"


async def test_what_is_not_there_is_said_to_each_in_their_own_way(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path, port=free_port())
    async with serving(house), httpx.AsyncClient() as http:
        for path in ("/n/none", "/u/none", "/nothing"):
            page = await http.get(f"{house.config.base}{path}", headers=PERSON)
            document = await http.get(f"{house.config.base}{path}", headers=SERVER)

            assert page.status_code == document.status_code == 404
            check(page)
            assert document.headers["content-type"] == "application/problem+json"
