"""What keeps people away is said without a name, seen to, and told to members."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.instance.house import House
from tests.instance.web.evening import once, stranger
from tests.instance.web.night import Night, a_night
from tests.instance.web.sending import found_in

SAYS = "Nobody can climb up to our hall"


@pytest.fixture
async def night(harbour: House, tmp_path: Path) -> AsyncIterator[Night]:
    async with a_night(harbour, tmp_path) as night:
        yield night


async def say(night: Night, **changed: str) -> str:
    """Say it on a phone that came in by a card; return the id that it has."""
    phone = await night.phone_with(57)
    id = await once(phone, "/barriers")
    fields = {"kind": "access", "says": SAYS, "once": id, **changed}
    await phone.send("/barriers", on="/barriers", fields=fields)
    return id


async def test_whoever_is_in_the_room_says_it_and_nobody_is_named(
    night: Night,
) -> None:
    await say(night)

    assert SAYS in await night["Eva"].see("/barriers")
    assert SAYS not in await (await night.phone_with(57)).see("/barriers")
    await (await stranger(night.evening)).see("/barriers", status=403)
    kept = await night.evening.look(
        lambda desk: [
            tuple(row)
            for row in desk.connection.execute(
                "select kind, says, state, fix, ask from barrier"
            )
        ]
    )
    assert kept == [("access", SAYS, "open", "", None)]


async def test_it_is_worked_on_and_fixed_by_who_takes_the_notes(night: Night) -> None:
    id = await say(night)
    at, ada = f"/barriers/{id}", night["Ada"]

    bare = await ada.send(at, on="/barriers", status=422, state="fixed", fix="")
    await ada.send(at, on="/barriers", state="worked on", fix="The caretaker knows.")
    going = await night["Eva"].see("/barriers")
    await ada.send(at, on="/barriers", state="fixed", fix="It runs again.")
    token = await night["Eva"].token("/people")
    hers = {"token": token, "state": "open", "fix": ""}
    await night["Eva"].send(at, on="/barriers", status=403, fields=hers)
    lost = {"state": "open", "fix": "", "ask": "1" * 64}
    await ada.send(at, on="/barriers", status=422, fields=lost)

    assert "why nothing can be” is empty" in bare
    assert "Being worked on" in going
    assert "Fixed" in (says := await night["Eva"].see("/barriers"))
    assert "It runs again." in says


async def test_what_is_taken_off_the_log_is_gone_from_the_disk(night: Night) -> None:
    id = await say(night, says="Planted: Rose of number nine cannot climb")
    hers = {"token": await night["Eva"].token("/people")}
    await night["Eva"].send(
        f"/barriers/{id}/remove", on="/barriers", status=403, fields=hers
    )

    await night["Ada"].send(f"/barriers/{id}/remove", on="/barriers")

    assert found_in(night.evening.house, "Planted: Rose") == set()
