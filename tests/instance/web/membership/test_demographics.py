"""Who came is told in numbers, late, and never so that somebody could be found out."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from instance.desk import Desk
from tests.instance.house import House
from tests.instance.web.asking import decides
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import Evening, Guest, stranger
from tests.instance.web.night import Night, a_night

QUESTIONS = {
    "words1": "How do you live?",
    "answers1": "Own\nRent\nOther",
    "words2": "First time here?",
    "answers2": "Yes\nNo",
}


@pytest.fixture
async def night(harbour: House, tmp_path: Path) -> AsyncIterator[Night]:
    async with a_night(harbour, tmp_path) as night:
        await night["Ada"].send("/who-came", on="/who-came", fields=QUESTIONS)
        yield night


def page_of(night: Night) -> str:
    return f"{night.meeting}/who-came"


async def enter(night: Night, *slips: int, status: int = 303) -> str:
    """Enter the slips, for the first question from *rather not say* on."""
    numbers = {f"c1-{answer}": str(number) for answer, number in enumerate(slips)}
    others = {"c2-0": "0", "c2-1": str(sum(slips)), "c2-2": "0"}
    at = page_of(night)
    return await night["Ada"].send(
        f"{at}/slips", on=at, status=status, fields={**numbers, **others}
    )


async def close(night: Night) -> None:
    await night["Ada"].send(f"{night.meeting}/close", on=night.meeting)


async def rows(evening: Evening, table: str) -> list[tuple[object, ...]]:
    def look(desk: Desk) -> list[tuple[object, ...]]:
        found = desk.connection.execute(f"select * from {table}")
        return [tuple(row) for row in found]

    kept: list[tuple[object, ...]] = await evening.look(look)
    return kept


async def test_each_answers_once_and_nobody_sees_the_numbers_move(
    night: Night,
) -> None:
    at = page_of(night)
    phones = [await night.phone_with(card) for card in range(1, 7)]

    for phone in phones:
        token = await phone.token(at)
        for _ in range(2):
            # What is left out counts as rather not say.
            await phone.http.post(at, data={"token": token, "q1": "2"})

    assert sorted(await rows(night.evening, "demographic")) == [
        (night.id, 1, 2, "phones", 6),
        (night.id, 2, 0, "phones", 6),
    ]
    assert "your answers are in" in await phones[0].see(at)
    assert "How many" not in await night["Ada"].see(at)
    assert len(await rows(night.evening, "demographic_given")) == 6
    await close(night)
    assert await rows(night.evening, "demographic_given") == []
    assert "How many" not in await night["Eva"].see(at)
    assert "Rent 6" not in await night["Ada"].see(at)


async def test_slips_and_phones_are_told_together_without_small_numbers(
    night: Night,
) -> None:
    at = page_of(night)
    for card in range(1, 4):
        phone = await night.phone_with(card)
        await phone.send(at, on=at, q1="2", q2="1")
    await enter(night, 9, 60, 20, 9)
    await enter(night, 0, 60, 20, 9)
    await close(night)

    says = await night["Ada"].see(at)

    # The nought is not told, nor is the smallest beside it, which would tell it.
    assert "Own 60 Rent 23 Other held back Rather not say held back" in says


async def test_only_what_the_assembly_decides_to_tell_is_told_and_then_for_good(
    night: Night,
) -> None:
    at = page_of(night)
    await enter(night, 6, 60, 23, 8)
    await close(night)
    eva, ada = night["Eva"], night["Ada"]
    decision = decides(night.evening, "We tell who came.").removeprefix("sha256:")
    token = await eva.token("/people")
    before = await eva.see(at)

    tell = f"{at}/publish"
    not_decided = await ada.send(tell, on=at, status=422, decision="1" * 64)
    not_hers = await eva.send(
        tell, on=at, status=403, fields={"token": token, "decision": decision}
    )
    await ada.send(tell, on=at, decision=decision)

    assert "has told nothing of this meeting" in before
    assert "passed and confirmed" in not_decided
    assert "clerk" in not_hers
    for page in (at, "/claim"):
        assert "Own 60 Rent 23" in text_of(await stranger_at(night, page))
    minutes = await ada.see(f"{night.meeting}/minutes")
    assert "How do you live? Own: 60; Rent: 23; Other: 8" in minutes
    assert await rows(night.evening, "demographic") == []
    assert "told already" in await enter(night, 1, 2, 3, 4, status=409)


async def stranger_at(night: Night, page: str) -> str:
    return await (await stranger(night.evening)).open(page)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"answers1": "Own"}, "2 to 12 answers"),
        ({"answers1": "Own\nOwn"}, "twice"),
        ({"answers1": ""}, "its answers below"),
        ({"words1": ""}, "its answers below"),
        ({"answers1": f"Own\n{'x' * 81}"}, "80 characters"),
    ],
)
async def test_a_question_that_cannot_be_asked_changes_nothing(
    night: Night, changed: dict[str, str], says: str
) -> None:
    ada: Guest = night["Ada"]
    refused = await ada.send(
        "/who-came", on="/who-came", status=422, fields={**QUESTIONS, **changed}
    )

    assert says in refused
    assert "How do you live? Own Rent Other" in await night["Eva"].see("/who-came")


async def test_an_answer_that_was_not_offered_is_not_counted(night: Night) -> None:
    at = page_of(night)
    phone = await night.phone_with(7)

    await phone.send(at, on=at, status=422, q1="9")
    await phone.send(at, on=at, status=422, q9="1")
    await night["Eva"].send(
        f"{at}/slips",
        on=at,
        status=403,
        fields={"token": await night["Eva"].token("/people"), "c1-1": "5"},
    )

    assert await rows(night.evening, "demographic") == []
    assert await rows(night.evening, "demographic_given") == []
