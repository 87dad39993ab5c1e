"""A bridge between groups: each side says when it is ready, and the vote waits."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from confederation.dealings.bridge import STAGES
from tests.instance.house import House
from tests.instance.web.bridging import begin
from tests.instance.web.evening import (
    Evening,
    an_assembly,
    ask,
    meet,
    table_a_motion,
)


@pytest.fixture
async def evening(harbour: House, tmp_path: Path) -> AsyncIterator[Evening]:
    async with an_assembly(harbour, tmp_path) as evening:
        yield evening


async def say(
    evening: Evening, who: str, at: str, *, of: tuple[int, str], ready: str = "ready"
) -> str:
    side, stage = of
    return await evening[who].send(
        f"{at}/say", on=at, side=str(side), stage=stage, ready=ready, words="We ate."
    )


async def put(evening: Evening, meeting: str, motion: str, *, status: int) -> str:
    return await ask(
        evening,
        meeting,
        about="motion",
        id=motion.removeprefix("/motions/"),
        text="",
        status=status,
    )


async def test_no_vote_is_put_before_every_side_is_ready(evening: Evening) -> None:
    meeting = await meet(evening, in_room=20)
    motion = await table_a_motion(evening, meeting)
    await evening["Ada"].send(f"{motion}/freeze", on=motion)
    at = await begin(evening)
    await evening["Ada"].send(
        f"{at}/motion", on=at, motion=motion.removeprefix("/motions/")
    )
    assert "It waits for a bridge" in await evening["Cleo"].see(motion)

    for stage in STAGES:
        refused = await put(evening, meeting, motion, status=409)
        assert "Not all are ready yet" in refused
        await say(evening, "Eva", at, of=(1, stage))
        await say(evening, "Ada", at, of=(2, stage))

    page = await evening["Cleo"].see(at)
    assert "Every side has said that it is ready." in page
    assert "as we heard it from them" in page
    assert "We ate." in page
    assert "It waits for a bridge" not in await evening["Cleo"].see(motion)
    await put(evening, meeting, motion, status=303)


async def test_each_side_is_spoken_for_by_its_own(evening: Evening) -> None:
    at = await begin(evening)

    for who, side in (("Ada", "1"), ("Cleo", "1"), ("Eva", "2")):
        await evening[who].send(
            f"{at}/say", on=at, status=403, side=side, stage="meet", ready="ready"
        )
    await evening["Eva"].send(
        f"{at}/say", on=at, status=409, side="1", stage="share", ready="ready"
    )

    await say(evening, "Eva", at, of=(1, "meet"), ready="not yet")
    page = await evening["Ada"].see(at)
    assert re.search(r"The gardeners ?: not yet", page)
    assert "has not said anything yet" in page


async def test_what_is_no_bridge_is_refused_with_what_was_typed(
    evening: Evening,
) -> None:
    for changed, says in (
        ({"name_2": ""}, "A bridge has 2 to 6 sides"),
        ({"speaker_1": "Nobody Here"}, "no member called Nobody Here"),
        ({"speaker_3": "Cleo"}, "Side 3 has no name"),
        ({"speaker_2": "Eva"}, "Nobody speaks for two sides"),
        ({"assembly_2": "sha256:0"}, "choose an assembly that is known"),
        ({"issue": "none"}, "choose an issue of ours"),
    ):
        page = await begin(evening, status=422, **changed)
        assert says in page, changed
    shown = await evening["Ada"].http.post(
        "/bridges",
        data={
            "token": await evening["Ada"].token("/bridges"),
            "once": "0" * 28,
            "matter": "The yard",
            "name_1": "The gardeners",
        },
    )
    assert 'value="The gardeners"' in shown.text
    assert "No bridge has been begun yet." in await evening["Cleo"].see("/bridges")


async def test_a_bridge_that_is_ended_says_why_and_holds_nothing_back(
    evening: Evening,
) -> None:
    meeting = await meet(evening, in_room=20)
    motion = await table_a_motion(evening, meeting)
    at = await begin(evening)
    await evening["Ada"].send(
        f"{at}/motion", on=at, motion=motion.removeprefix("/motions/")
    )
    await evening["Ada"].send(
        f"{at}/meeting",
        on=at,
        session=meeting.removeprefix("/sessions/"),
        stage="meet",
    )
    assert f'href="{meeting}"' in await evening["Cleo"].open(at)

    await evening["Cleo"].send(f"{at}/end", on=at, status=403, reason="No.")
    await evening["Ada"].send(f"{at}/end", on=at, reason="The team has moved away.")

    assert "The team has moved away." in await evening["Cleo"].see(at)
    assert "It waits for a bridge" not in await evening["Cleo"].see(motion)
