"""Tables are drawn before the room, and each writes its own sheet."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from instance.desk import Desk
from instance.web.afterwards import points
from instance.web.meeting import tables
from tests.instance.house import House
from tests.instance.web.browsing import text_of
from tests.instance.web.night import Night, a_night, draw


@pytest.fixture
async def night(harbour: House, tmp_path: Path) -> AsyncIterator[Night]:
    async with a_night(harbour, tmp_path) as night:
        yield night


async def table_of(night: Night, card: int) -> int:
    page = await night["Ada"].open(f"{night.meeting}/tables")
    found = re.search(rf'<th scope="row">{card}</th><td><strong>(\d+)</strong>', page)
    assert found is not None
    return int(found[1])


async def wall(night: Night) -> str:
    answer = await night["Ada"].http.get(f"{night.meeting}/screen")
    return text_of(answer.text)


async def test_everybody_with_a_card_finds_their_table_on_the_wall(
    night: Night,
) -> None:
    await draw(night)

    page = await night["Ada"].open(f"{night.meeting}/tables")

    cards = [int(each) for each in re.findall(r'<th scope="row">(\d+)</th>', page)]
    assert cards == list(range(1, 152))
    assert "Drawn by lot from the seed" in page


async def test_the_list_to_print_says_the_same_as_the_wall(night: Night) -> None:
    await draw(night)

    printed = await night["Ada"].see(f"{night.meeting}/tables/list")

    assert f"57 → {await table_of(night, 57)}" in printed


async def test_a_phone_with_a_card_is_told_its_table_and_writes_on_its_sheet(
    night: Night,
) -> None:
    await draw(night)
    phone = await night.phone_with(57)
    number = await table_of(night, 57)

    floor = f"{night.meeting}/floor"
    await night["Ada"].send(f"{floor}/open", on=floor)
    for page in ("tables", "room"):
        assert f"You sit at table {number}." in await phone.see(
            f"{night.meeting}/{page}"
        )
    # Nineteen lists are too much for a wall, so it says where to look.
    assert "on the printed list" in await wall(night)
    sheet = f"{night.meeting}/tables/{number}"
    await phone.send(
        sheet, on=sheet, what_1="The stairs are dark", why_1="People fall", done="yes"
    )

    assert "handed in" in await phone.see(sheet)
    assert "The stairs are dark" in await night["Ada"].open(sheet)


async def test_another_table_does_not_write_on_this_sheet(night: Night) -> None:
    await draw(night)
    mine = await table_of(night, 57)
    other = 1 if mine != 1 else 2
    phone = await night.phone_with(57)
    sheet = f"{night.meeting}/tables/{other}"
    own = f"{night.meeting}/tables/{mine}"

    await phone.send(sheet, on=own, status=403, what_1="Planted", why_1="")

    def written(desk: Desk) -> int:
        return len(points.of_meeting(desk, night.id).points)

    assert await night.evening.look(written) == 0


async def test_a_point_without_what_is_asked_for_and_nothing_is_lost(
    night: Night,
) -> None:
    await draw(night)
    sheet = f"{night.meeting}/tables/1"

    said = await night["Ada"].send(
        sheet, on=sheet, status=422, what_1="", why_1="Because of the rain"
    )

    assert "does not say what" in said
    assert "Because of the rain" in said


async def test_a_draw_that_was_pressed_twice_is_one_draw(night: Night) -> None:
    await draw(night)
    before = await table_of(night, 57), await table_of(night, 58)

    await draw(night, number=1)

    assert (await table_of(night, 57), await table_of(night, 58)) == before


async def test_a_draw_is_taken_back_until_somebody_has_written(night: Night) -> None:
    await draw(night)
    where = f"{night.meeting}/tables"
    sheet = f"{where}/1"
    await night["Ada"].send(sheet, on=sheet, what_1="Damp", why_1="It makes us ill")

    said = await night["Ada"].send(f"{where}/undo", on=where, status=422, draw="1")

    assert "this draw stands" in said


async def test_a_second_round_has_tables_of_its_own_numbers(night: Night) -> None:
    await draw(night)
    sheet = f"{night.meeting}/tables/1"
    await night["Ada"].send(sheet, on=sheet, what_1="Damp", why_1="It makes us ill")

    await draw(night, number=2)

    def numbers(desk: Desk) -> list[int]:
        return [each.number for each in tables.of_meeting(desk, night.id).tables]

    assert min(await night.evening.look(numbers)) == 20


async def test_who_comes_late_sits_where_fewest_are(night: Night) -> None:
    await draw(night)
    await night.write_down("152")
    where = f"{night.meeting}/tables"

    await night["Ada"].send(f"{where}/late", on=where, cards="")

    assert await table_of(night, 152) > 0


async def test_only_whoever_chairs_draws(night: Night) -> None:
    where = f"{night.meeting}/tables"
    phone = await night.phone_with(57)

    for somebody in (night["Eva"], phone):
        own = "/card" if somebody is phone else "/today"
        await somebody.send(where, on=own, status=403, draw="1", size="8")

    def drawn(desk: Desk) -> int:
        return len(tables.of_meeting(desk, night.id).tables)

    assert await night.evening.look(drawn) == 0


async def test_nobody_learns_of_the_tables_without_a_card_or_a_name(
    night: Night,
) -> None:
    await draw(night)
    stranger = await night.phone()

    await stranger.open(f"{night.meeting}/tables", status=403)


async def test_when_the_meeting_closes_nobody_knows_who_sat_where(
    night: Night,
) -> None:
    await draw(night)

    await night["Ada"].send(f"{night.meeting}/close", on=night.meeting)

    page = await night["Ada"].see(f"{night.meeting}/tables")
    assert "No tables have been drawn yet." in page


async def test_a_small_room_reads_on_the_wall_which_card_sits_where(
    harbour: House, tmp_path: Path
) -> None:
    async with a_night(harbour, tmp_path, cards=12) as night:
        await draw(night)
        floor = f"{night.meeting}/floor"
        await night["Ada"].send(f"{floor}/open", on=floor)

        seen = await wall(night)
        assert "Which card sits where" in seen
        assert re.search(r"Table 1 \d.*Table 2 \d", seen)
        # Whoever wants to speak is more than where somebody sits.
        await night["Ada"].send(f"{floor}/hand", on=floor, who="3", asks="point")
        seen = await wall(night)
        assert "Which card sits where" not in seen
        assert "Next" in seen
