"""Where an assembly is, it says itself: on its page, its actor, and beside others."""

import json

import pytest

from activitypub.canonical import JsonObject
from instance import speech
from instance.matters import places
from instance.reception import actors
from instance.store import inbound, posts
from tests.instance.house import House
from tests.instance.three import Three
from tests.instance.web.browsing import a_site, another, text_of
from tests.instance.web.hall import before
from tests.instance.web.sending import done, found_in

NOTER, MEMBER = 0, 3
HERE = {
    "name": "Ropewalk",
    "parts": "Quay Lane\n\n  Mill   Stairs \nQuay Lane",
    "latitude": "51.454567",
    "longitude": "-2.587910",
}


async def says(house: House, **place: str) -> None:
    """Let a house say where it is, by the form."""
    async with before(house, NOTER) as (noter,):
        done(await noter.post("/place", **place))


def its_actor(house: House) -> JsonObject:
    with house.desk() as desk:
        group = posts.actor(desk.connection, speech.group_path(desk))
        assert group is not None
        return speech.actor_document(desk, group)


def hears_of(house: House, actor: JsonObject) -> None:
    """Let a house take in what another said last of its own actor."""
    id = str(actor["id"])
    with house.desk() as desk:
        if inbound.remote_actor(desk.connection, id) is None:
            inbound.keep_remote_actor(
                desk.connection, id, document=actor, learned_at=0, asked_at=0
            )
        assert actors.update(desk, id, actor).says == "actor updated"


async def test_a_place_stands_on_its_page_the_front_page_and_the_actor(
    council: Three,
) -> None:
    house = council.houses[0]
    assert "location" not in its_actor(house)

    await says(house, **HERE)

    async with a_site(house) as app, another(app, house) as stranger:
        page = text_of(await stranger.get("/place"))
        front = await stranger.get("/")
    assert "Ropewalk" in page
    assert "Mill Stairs" in page
    assert "51.45, -2.59" in page
    assert 'href="/place"' in front
    assert "Ropewalk" in front
    actor = its_actor(house)
    assert actor["location"] == {
        "type": "Place",
        "name": "Ropewalk",
        "latitude": 51.45,
        "longitude": -2.59,
        "radius": 1,
        "units": "km",
    }
    assert actor["assemblyArea"] == ["Quay Lane", "Mill Stairs"]


async def test_all_who_know_us_are_told_of_a_place_and_the_exact_point_is_kept_nowhere(
    council: Three,
) -> None:
    house = council.houses[0]

    await says(house, **HERE)

    with house.desk() as desk:
        [said] = [
            json.loads(row["body"])
            for row in desk.connection.execute("select body from activity")
            if '"assemblyArea"' in row["body"]
        ]
        sent = desk.connection.execute(
            "select inbox from delivery where activity = :id", {"id": said["id"]}
        )
        to = {row["inbox"] for row in sent}
    fellow = its_actor(council.houses[1])
    assert fellow["inbox"] in to
    assert said["type"] == "Update"
    assert said["object"]["location"]["name"] == "Ropewalk"
    assert found_in(house, "51.454567", "-2.587910") == set()


async def test_assemblies_overlap_where_both_say_the_same_and_nowhere_else(
    council: Three,
) -> None:
    ours, theirs = council.houses
    await says(ours, **HERE)
    await says(theirs, name="Harbour", parts="quay lane\nOld Yard")
    async with a_site(ours) as app, another(app, ours) as reader:
        unheard = text_of(await reader.get("/place"))
        hears_of(ours, its_actor(theirs))
        heard = text_of(await reader.get("/place"))
    await says(theirs, name="Harbour", parts="Old Yard")
    hears_of(ours, its_actor(theirs))
    async with a_site(ours) as app, another(app, ours) as reader:
        apart = text_of(await reader.get("/place"))

    assert "No assembly that we know says so." in unheard
    assert "It says Harbour . Both list: Quay Lane" in heard
    assert "Old Yard" not in heard
    assert "No assembly that we know says so." in apart


async def test_what_is_said_no_longer_is_gone_from_page_actor_and_database(
    council: Three,
) -> None:
    house = council.houses[0]
    await says(house, **HERE)
    async with before(house, NOTER) as (noter,):
        done(await noter.post("/place/take-back", on="/place"))
        page = text_of(await noter.get("/place"))

    assert "Nobody has said yet where this assembly is." in page
    assert {"location", "assemblyArea"} & its_actor(house).keys() == set()
    with house.desk() as desk:
        kept = desk.connection.execute("select text from wording")
        assert "Mill Stairs" not in {row["text"] for row in kept}


async def test_whoever_holds_no_office_says_no_place(council: Three) -> None:
    async with before(council.houses[0], MEMBER) as (member,):
        answer = await member.post("/place", on="/today", **HERE)
        page = await member.get("/place")

    assert answer.status_code == 403
    assert "<form" not in page.partition("<main")[2].partition("</main")[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": ""},
        {"longitude": "west"},
        {"latitude": "91"},
        {"longitude": "1e9"},
        {"parts": "x" * 101},
    ],
)
async def test_a_place_that_cannot_be_is_refused_with_the_words_kept(
    council: Three, wrong: dict[str, str]
) -> None:
    async with before(council.houses[0], NOTER) as (noter,):
        answer = await noter.post("/place", **{**HERE, **wrong})

    assert answer.status_code in (409, 422)
    assert "Ropewalk" in answer.text


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"location": "Ropewalk"},
        {"location": {"name": ["Ropewalk"]}},
        {"location": {"name": " "}, "assemblyArea": ["Quay Lane"]},
    ],
)
def test_what_is_no_place_is_passed_over(document: JsonObject) -> None:
    assert places.read(document) is None


def test_a_place_from_elsewhere_is_kept_short() -> None:
    found = places.read(
        {
            "location": {"type": "Place", "name": "a" * 5000},
            "assemblyArea": [7, "Quay\nLane", *["b"] * 5000],
        }
    )

    assert found is not None
    assert len(found.name) == places.MOST_IN_NAME
    assert found.parts[0] == "Quay Lane"
    assert len(found.parts) < 301
