"""Was it worth coming: counted once, shown to who leads, joined to nobody."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from instance.desk import Desk
from tests.instance.house import House
from tests.instance.web.night import Night, a_night


@pytest.fixture
async def night(harbour: House, tmp_path: Path) -> AsyncIterator[Night]:
    async with a_night(harbour, tmp_path) as night:
        yield night


def everybody(desk: Desk) -> list[tuple[str, ...]]:
    return [tuple(row) for row in desk.connection.execute("select * from pulse_given")]


async def test_an_answer_counts_once_however_often_it_is_given(night: Night) -> None:
    where = f"{night.meeting}/pulse"
    phones = [await night.phone_with(card) for card in range(1, 6)]

    for phone in phones:
        token = await phone.token(where)
        for _ in range(2):
            await phone.http.post(where, data={"token": token, "answer": "yes"})

    page = await night["Ada"].open(where)
    assert "<td>5</td><td>0</td><td>0</td>" in page
    assert "your answer is in" in await phones[0].see(where)


async def test_fewer_than_five_answers_are_not_shown(night: Night) -> None:
    where = f"{night.meeting}/pulse"
    phone = await night.phone_with(57)

    await phone.send(where, on=where, answer="no")

    assert "fewer than five answers" in await night["Ada"].see(where)


async def test_the_hands_of_the_room_are_entered_and_can_be_mended(
    night: Night,
) -> None:
    where = f"{night.meeting}/pulse"
    for yes in ("90", "93"):
        await night["Ada"].send(f"{where}/room", on=where, yes=yes, partly="20", no="8")

    assert "<td>93</td><td>20</td><td>8</td>" in await night["Ada"].open(where)


async def test_the_trend_is_for_who_leads(night: Night) -> None:
    where = f"{night.meeting}/pulse"

    assert "From meeting to meeting" not in await night["Eva"].see(where)
    await night["Eva"].send(
        f"{where}/room", on=where, status=403, yes="1", partly="0", no="0"
    )


async def test_when_the_meeting_closes_nobody_knows_who_answered(
    night: Night,
) -> None:
    where = f"{night.meeting}/pulse"
    phone = await night.phone_with(57)
    await phone.send(where, on=where, answer="yes")
    assert len(await night.evening.look(everybody)) == 1

    await night["Ada"].send(f"{night.meeting}/close", on=night.meeting)

    assert await night.evening.look(everybody) == []
    assert f'href="{where}"' in await night["Ada"].open(night.meeting)
    assert f'href="{where}"' not in await night["Eva"].open(night.meeting)
