"""A circle listens; what is felt is in memory, and in no file."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from instance.web.meeting.feelings import Feelings
from tests.instance.house import NOON, House
from tests.instance.kept import files_with
from tests.instance.web.evening import Clock, an_assembly
from tests.instance.web.night import Night, a_night

PLANTED = "zzfeelingzz"


@pytest.fixture
async def night(harbour: House, tmp_path: Path) -> AsyncIterator[Night]:
    async with a_night(harbour, tmp_path) as night:
        yield night


async def begin(night: Night, cards: str = "57, 3", number: int = 1) -> None:
    where = f"{night.meeting}/circle"
    await night["Ada"].send(
        where, on=where, round=str(number), cards=cards, seconds="60", question=""
    )


async def test_whoever_holds_the_piece_passes_it_on_by_their_own_phone(
    night: Night,
) -> None:
    await begin(night)
    phone = await night.phone_with(57)
    where = f"{night.meeting}/circle"
    assert where in await phone.open("/card")
    assert "You hold the piece." in await phone.see(where)

    await phone.send(f"{where}/pass", on=where, round="1", turn="0")

    assert "3 holds the piece." in await phone.see(where)


async def test_a_card_is_led_back_to_its_own_page(night: Night) -> None:
    phone = await night.phone_with(57)

    for page in ("circle", "themes", "tables", "lot", "pulse"):
        shown = await phone.open(f"{night.meeting}/{page}")
        assert f'href="{night.meeting}"' not in shown
        assert 'href="/card"' in shown


async def test_nobody_takes_the_piece_out_of_anothers_hand(night: Night) -> None:
    await begin(night)
    other = await night.phone_with(12)
    where = f"{night.meeting}/circle"

    await other.send(f"{where}/pass", on="/card", status=403, round="1", turn="0")

    assert "57 holds the piece." in await night["Ada"].see(where)


async def test_a_card_that_was_not_handed_out_sits_in_no_circle(night: Night) -> None:
    where = f"{night.meeting}/circle"

    said = await night["Ada"].send(
        where, on=where, status=422, round="1", cards="999", seconds="60"
    )

    assert "Card 999 was not handed out" in said


async def test_what_a_room_feels_is_in_no_file_and_gone_at_the_check_out(
    night: Night,
) -> None:
    where = f"{night.meeting}/circle"
    await night["Ada"].send(f"{where}/ask", on=where, when="check-in")
    phone = await night.phone_with(57)

    await phone.send(f"{where}/share", on=where, word=PLANTED, colour="green")

    assert PLANTED in await night["Ada"].see(where)
    assert files_with(PLANTED, night.evening.config.directory) == []

    await night["Ada"].send(f"{where}/let-go", on=where)
    assert PLANTED not in await night["Ada"].see(where)
    assert files_with(PLANTED, night.evening.config.directory) == []


async def test_closing_the_meeting_lets_go_of_what_was_felt(night: Night) -> None:
    where = f"{night.meeting}/circle"
    await night["Ada"].send(f"{where}/ask", on=where, when="check-out")
    await night["Ben"].send(f"{where}/share", on=where, word=PLANTED)

    await night["Ada"].send(f"{night.meeting}/close", on=night.meeting)

    assert PLANTED not in await night["Ada"].see(where)


async def test_nothing_is_shared_that_nobody_asked_for(night: Night) -> None:
    where = f"{night.meeting}/circle"

    said = await night["Ben"].send(f"{where}/share", on="/today", status=409, word="hm")

    assert "Nobody has asked" in said


async def test_after_a_restart_the_page_says_that_feelings_are_gone(
    harbour: House, tmp_path: Path
) -> None:
    async with a_night(harbour, tmp_path) as night:
        where = f"{night.meeting}/circle"
        await night["Ada"].send(f"{where}/ask", on=where, when="check-in")
        await night["Ben"].send(f"{where}/share", on=where, word=PLANTED)
        assert "restarted" not in await night["Ada"].see(where)
        later = Clock(now=night.evening.clock.now + timedelta(minutes=1))

    async with an_assembly(harbour, tmp_path, clock=later) as again:
        page = await again["Ada"].see(where)
        await again["Ben"].send(f"{where}/share", on=where, word="hope")
        shared = await again["Ada"].see(where)

    assert "The machine was restarted" in page
    assert PLANTED not in page
    assert "hope" in shared
    assert "restarted" not in shared


async def test_that_feelings_are_gone_is_not_said_once_the_room_is_asked_again(
    harbour: House, tmp_path: Path
) -> None:
    async with a_night(harbour, tmp_path) as night:
        where = f"{night.meeting}/circle"
        await night["Ada"].send(f"{where}/ask", on=where, when="check-in")
        later = Clock(now=night.evening.clock.now + timedelta(minutes=1))

    async with an_assembly(harbour, tmp_path, clock=later) as again:
        later.pass_by(minutes=1)
        await again["Ada"].send(f"{where}/ask", on=where, when="check-out")
        page = await again["Ada"].see(where)

    assert "restarted" not in page


def test_feelings_of_one_meeting_are_not_those_of_another() -> None:
    felt = Feelings(NOON)

    felt.share("one", "check-in", word="hope")

    assert felt.words("two", "check-in") == {}
    assert felt.words("one", "check-out") == {}
