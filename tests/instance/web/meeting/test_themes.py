"""What tables said is gathered under headings, and stays in their own words."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.instance.house import House
from tests.instance.web.night import Night, a_night


@pytest.fixture
async def night(harbour: House, tmp_path: Path) -> AsyncIterator[Night]:
    async with a_night(harbour, tmp_path) as night:
        where = f"{night.meeting}/points"
        for table, what in ((1, "Mould in the hall"), (4, "Cold flats")):
            await night["Ada"].send(
                where, on=where, table=str(table), what=what, why="It makes us ill"
            )
        yield night


async def test_points_are_put_under_one_heading_and_keep_their_words(
    night: Night,
) -> None:
    where = f"{night.meeting}/themes"

    await night["Ada"].send(
        where,
        on=where,
        point=["1.1", "4.1"],
        next="1",
        theme="0",
        words="Damp housing",
    )

    page = await night["Eva"].see(where)
    assert "Damp housing Mould in the hall It makes us ill table 1, point 1" in page
    assert "Cold flats" in page


async def test_a_new_theme_needs_a_name(night: Night) -> None:
    where = f"{night.meeting}/themes"

    said = await night["Ada"].send(
        where, on=where, status=422, next="1", theme="0", words="", point="1.1"
    )

    assert "“The new theme” is empty" in said


async def test_a_theme_that_is_dropped_leaves_its_points(night: Night) -> None:
    where = f"{night.meeting}/themes"
    await night["Ada"].send(
        where, on=where, next="1", theme="0", words="Damp", point="1.1"
    )

    await night["Ada"].send(f"{where}/drop", on=where, theme="1")

    page = await night["Ada"].see(where)
    assert "“Damp”" not in page
    assert "Mould in the hall" in page


async def test_only_whoever_takes_notes_gathers(night: Night) -> None:
    where = f"{night.meeting}/themes"

    await night["Eva"].send(
        where, on=where, status=403, next="1", theme="0", words="Mine", point="1.1"
    )

    assert "Mine" not in await night["Ada"].see(where)
