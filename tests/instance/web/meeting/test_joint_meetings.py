"""Two assemblies call one meeting: each at its own node, and neither for the other."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activitypub import canonical
from activitypub.canonical import JsonObject
from instance import node, reception
from instance.meeting import meetings
from instance.reception import joint
from instance.store import posts, records
from tests.instance.house import NOON, House
from tests.instance.kept import standing_in
from tests.instance.web.browsing import Browser, text_of
from tests.instance.web.hall import a_council, before
from tests.instance.web.sending import done, refused

CHAIR = 0
SOON = NOON + timedelta(days=3)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def houses(tmp_path: Path) -> tuple[House, House]:
    harbour, quarry = a_council(tmp_path).houses
    return harbour, quarry


def id_of(house: House) -> str:
    with house.desk() as desk:
        ours = records.ours(desk.connection)
        assert ours is not None
        return ours.id


def address_of(house: House) -> str:
    with house.desk() as desk:
        ours = records.ours(desk.connection)
        assert ours is not None
        return ours.address


def carry(giver: House, taker: House) -> list[str]:
    """Hand over what one node has for the other; say what each thing came to."""
    with giver.desk() as desk:
        rows = desk.connection.execute(
            """
            select activity.actor, body from delivery join activity
                on activity.id = delivery.activity
             where inbox like :inbox and due_at is not null order by delivery.id
            """,
            {"inbox": f"{taker.config.base}/%"},
        ).fetchall()
        desk.connection.execute(
            "update delivery set due_at = null where inbox like :inbox",
            {"inbox": f"{taker.config.base}/%"},
        )
    told = []
    for row in rows:
        activity: JsonObject = canonical.read(row["body"].encode())
        with taker.desk() as desk:
            actor = f"{giver.config.base}/{row['actor']}"
            told.append(reception.deal_with(desk, actor, activity).says)
    return told


def event_of(house: House, meeting: str) -> Any:
    """Return the event that people elsewhere read of a meeting."""
    with house.desk() as desk:
        row = posts.object_about(
            desk.connection,
            meeting.replace("/sessions/", "session:"),
            kind=meetings.MEETING,
        )
        assert row is not None
        return canonical.read(row["body"].encode())


async def call(chair: Browser, **changed: str) -> str:
    fields = {
        "title": "A night between the hills",
        "kind": "assembly",
        "starts_at": f"{SOON:%Y-%m-%dT%H:%M:%S}",
        "place": "The school",
        "told": "everyone",
        "place_told": "yes",
    }
    return done(await chair.post("/sessions", **{**fields, **changed}))


async def called_together(harbour: House, quarry: House) -> str:
    """Let the harbour call a meeting together with the quarry, which hears of it."""
    async with before(harbour, CHAIR) as (chair,):
        meeting = await call(chair)
        done(
            await chair.post(
                f"{meeting}/setup/together",
                on=f"{meeting}/setup",
                host=id_of(quarry),
                beside="Dana of the quarry",
                **{"with": id_of(quarry)},
            )
        )
    assert "joint meeting kept" in carry(harbour, quarry)
    return meeting


async def test_the_event_names_both_and_the_other_node_shows_it(
    houses: tuple[House, House],
) -> None:
    harbour, quarry = houses
    meeting = await called_together(harbour, quarry)

    event = event_of(harbour, meeting)
    named = [each["id"] for each in event["organizers"]["items"]]
    assert len(named) == event["organizers"]["totalItems"] == 2
    assert named[0].startswith(harbour.config.base)
    assert named[1].startswith(quarry.config.base)
    assert "Held together with" in event["content"]
    assert standing_in(str(event), "Dana") == []
    async with before(quarry, CHAIR) as (chair,):
        page = text_of(await chair.get("/sessions"))
    assert "Others called these together with us" in page
    assert "A night between the hills" in page
    assert "The school" in page
    async with before(harbour, CHAIR) as (chair,):
        ours = text_of(await chair.get(meeting))
    assert "Facilitates beside ours: Dana of the quarry" in ours
    assert "Nothing that one of them decides binds another" in ours


async def test_each_calls_it_for_itself_and_says_so_to_the_other(
    houses: tuple[House, House],
) -> None:
    harbour, quarry = houses
    first = await called_together(harbour, quarry)
    address = event_of(harbour, first)["id"]
    async with before(quarry, CHAIR) as (chair,):
        theirs = done(
            await chair.post("/sessions/together", on="/sessions", meeting=address)
        ).partition("/setup")[0]
        again = await chair.post("/sessions/together", on="/sessions", meeting=address)
        assert done(again).startswith(theirs)
        assert text_of(await chair.get("/sessions")).count("our page of it") == 1

    assert "joint meeting kept" in carry(quarry, harbour)

    async with before(harbour, CHAIR) as (chair,):
        page = text_of(await chair.get(first))
        assert "has called it for" in page
        assert "another time than ours" not in page
        assert "Others called these" not in text_of(await chair.get("/sessions"))
    with harbour.desk() as ours, quarry.desk() as others:
        assert len(node.load_all(ours, "session")) == 1
        assert len(node.load_all(others, "session")) == 1
    with quarry.desk() as desk:
        state = node.load(desk, theirs.replace("/sessions/", "session:"))
    assert state.called.notice.starts_at == SOON


async def test_whoever_moves_or_calls_it_off_moves_nobody_else(
    houses: tuple[House, House],
) -> None:
    harbour, quarry = houses
    first = await called_together(harbour, quarry)
    address = event_of(harbour, first)["id"]
    async with before(quarry, CHAIR) as (chair,):
        theirs = done(
            await chair.post("/sessions/together", on="/sessions", meeting=address)
        ).partition("/setup")[0]
    carry(quarry, harbour)
    moved = SOON + timedelta(days=1)
    async with before(harbour, CHAIR, at=LATER) as (chair,):
        done(
            await chair.post(
                f"{first}/setup/when",
                on=f"{first}/setup",
                starts_at=f"{moved:%Y-%m-%dT%H:%M:%S}",
                place="The park",
                place_told="yes",
            )
        )
    carry(harbour, quarry)
    assert "Held together with" in event_of(harbour, first)["content"]
    async with before(quarry, CHAIR, at=LATER) as (chair,):
        assert "another time than ours" in text_of(await chair.get(theirs))
        done(await chair.post(f"{theirs}/call-off", on=theirs))
    carry(quarry, harbour)

    async with before(harbour, CHAIR, at=LATER) as (chair,):
        page = text_of(await chair.get(first))
    assert "has called it off on its side" in page
    assert "Called off" not in page.partition("Held together")[0]


async def test_whoever_is_not_named_any_more_is_shown_nothing(
    houses: tuple[House, House],
) -> None:
    harbour, quarry = houses
    first = await called_together(harbour, quarry)
    async with before(harbour, CHAIR, at=LATER) as (chair,):
        done(await chair.post(f"{first}/setup/together", on=f"{first}/setup", host=""))

    carry(harbour, quarry)

    async with before(quarry, CHAIR) as (chair,):
        assert "night between" not in await chair.get("/sessions")
    assert event_of(harbour, first)["organizers"] is None
    assert "Held together" not in event_of(harbour, first)["content"]


async def test_what_its_assembly_deletes_is_gone_and_nobody_else_deletes_it(
    houses: tuple[House, House],
) -> None:
    harbour, quarry = houses
    address = event_of(harbour, await called_together(harbour, quarry))["id"]
    with quarry.desk() as desk:
        assert not joint.gone(desk, "https://mallory.example/clerk", address)
        assert joint.gone(desk, f"{address_of(harbour)}/clerk", address)

    async with before(quarry, CHAIR) as (chair,):
        assert "night between" not in await chair.get("/sessions")
        answer = await chair.post("/sessions/together", on="/sessions", meeting=address)
    assert answer.status_code == 404


async def test_a_meeting_for_members_is_held_with_nobody_else(
    houses: tuple[House, House],
) -> None:
    harbour, quarry = houses
    async with before(harbour, CHAIR) as (chair,):
        meeting = await call(chair, told="members")
        answer = await chair.post(
            f"{meeting}/setup/together",
            on=f"{meeting}/setup",
            host="",
            **{"with": id_of(quarry)},
        )

    refused(answer, 409, "no other assembly would learn of it")
    assert "joint meeting kept" not in carry(harbour, quarry)


def forged(harbour: House, quarry: House) -> Iterator[tuple[str, JsonObject]]:
    """Give what somebody says of a meeting that is not theirs to call."""
    us, them = (address_of(each) for each in (quarry, harbour))
    clerk, mallory = f"{them}/clerk", "https://mallory.example/clerk"
    event: JsonObject = {
        "id": f"{harbour.config.base}/n/1",
        "type": "Event",
        "name": "Forged",
        "attributedTo": clerk,
        "startTime": "2026-11-25T12:00:00Z",
        "organizers": {"items": [{"id": us}, {"id": them}]},
    }
    yield mallory, event
    theirs = {"attributedTo": mallory, "id": "https://mallory.example/n/1"}
    yield mallory, {**event, **theirs}
    yield clerk, {**event, "id": "https://mallory.example/n/1"}
    yield clerk, {**event, "attributedTo": mallory}
    yield clerk, {**event, "organizers": {"items": [{"id": them}]}}
    yield clerk, {**event, "organizers": {"items": [{"id": us}]}}
    yield clerk, {**event, "organizers": None}
    yield clerk, {**event, "startTime": "tomorrow"}


def test_only_an_assembly_itself_says_that_it_meets_us(
    houses: tuple[House, House],
) -> None:
    harbour, quarry = houses
    for actor, event in forged(harbour, quarry):
        with quarry.desk() as desk:
            joint.hear(desk, actor, event)

            kept = desk.connection.execute("select * from joint_meeting").fetchall()
        assert kept == [], event


async def test_whose_turn_it_is_to_host_is_suggested(
    houses: tuple[House, House],
) -> None:
    harbour, quarry = houses
    first = await called_together(harbour, quarry)
    async with before(harbour, CHAIR, at=SOON) as (chair,):
        done(await chair.post(f"{first}/open", on=first))
        second = await call(
            chair, starts_at=f"{SOON + timedelta(days=7):%Y-%m-%dT%H:%M:%S}"
        )
        done(
            await chair.post(
                f"{second}/setup/together",
                on=f"{second}/setup",
                host="",
                **{"with": id_of(quarry)},
            )
        )

        page = text_of(await chair.get(f"{second}/setup"))

    assert "By turn it is ours." in page
    assert "was host once" in page
