"""Common ground: marked by anybody there, shown in groups, kept with nobody's name."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from instance.desk import Desk
from instance.meeting import ground
from instance.store import marked
from tests.instance.house import House
from tests.instance.web.evening import Guest
from tests.instance.web.night import Night, a_night

HILL, DALE = "aaaaaaddddd", "aaaddddaaaa"
"""Two ways to mark eleven statements that share the first three."""
WAYS = {"a": "agree", "d": "disagree", "p": "pass"}


@pytest.fixture
async def night(harbour: House, tmp_path: Path) -> AsyncIterator[Night]:
    async with a_night(harbour, tmp_path) as night:
        yield night


async def ask(night: Night, statements: int = 11) -> str:
    """Let Ada, who leads, ask a question, and show so many statements on it."""
    where = f"{night.meeting}/common-ground"
    at = await night["Ada"].send(where, on=where, question="What would help us?")
    for number in range(1, statements + 1):
        await night["Eva"].send(f"{at}/add", on=at, words=f"Repair number {number}")
        await night["Ada"].send(f"{at}/show", on=at, number=str(number))
    return at


async def mark(night: Night, at: str, card: int, row: str) -> Guest:
    """Mark the statements on a phone that came in by a card."""
    phone = await night.phone_with(card)
    token = await phone.token(at)
    for number, letter in enumerate(row, start=1):
        answer = await phone.http.post(
            f"{at}/mark", data={"token": token, "mark": f"{number} {WAYS[letter]}"}
        )
        assert answer.status_code == 303, answer.text
    return phone


async def copy(night: Night, at: str, sheet: int, row: str, *who: str) -> None:
    for name in who:
        where = f"{at}/paper"
        await night[name].send(where, on=where, sheet=str(sheet), marks=row)


async def fill(night: Night, at: str) -> None:
    """Let six sheets of paper stand on one side, and five on the other."""
    for sheet in range(1, 12):
        row = HILL if sheet <= 6 else DALE
        await copy(night, at, sheet, " ".join(row), "Ada", "Ben")


def all_marks(desk: Desk) -> list[tuple[object, ...]]:
    return [
        tuple(row)
        for table in ("ground_mark", "ground_paper")
        for row in desk.connection.execute(f"select * from {table}")
    ]


async def test_phones_and_paper_show_what_both_sides_share(night: Night) -> None:
    at = await ask(night)
    await fill(night, at)
    await mark(night, at, 57, HILL)

    await night["Ada"].send(f"{at}/draw", on=at)

    for page in (
        await (await night.phone_with(58)).open(at),
        await night["Eva"].open(at),
    ):
        assert "Group A: 7 people" in page
        assert "Group B: 5 people" in page
        shared = page.index("What all groups agree with")
        sides = page.index("Where groups stand on opposite sides")
        assert shared < page.index("1. <bdi>Repair number 1") < sides
        assert "7 agree, 0 disagree, 0 pass" in page
    screen = (await night["Ada"].http.get(f"{at}/screen")).text
    assert "Common ground: not a vote" in screen
    assert "Repair number 1" in screen


async def test_nothing_is_shown_while_one_answer_could_be_told(night: Night) -> None:
    at = await ask(night)
    for sheet in range(1, 5):
        await copy(night, at, sheet, " ".join(HILL), "Ada", "Ben")

    said = await night["Ada"].send(f"{at}/draw", on=at, status=409)
    assert "Fewer than 5 people" in said

    for sheet in range(5, 11):
        await copy(night, at, sheet, " ".join(HILL), "Ada", "Ben")
    await night["Ada"].send(f"{at}/draw", on=at)
    await mark(night, at, 57, DALE)
    await night["Ada"].send(f"{at}/draw", on=at, status=409)
    assert "10 people had marked" in await night["Ada"].open(at)


async def test_a_sheet_counts_when_two_have_copied_it_alike(night: Night) -> None:
    at = await ask(night, 3)
    where = f"{at}/paper"

    await copy(night, at, 1, "a a d", "Ada")
    assert await night.evening.look(lambda desk: rows(desk, at)) == []
    differs = await night["Ben"].send(
        where, on=where, status=409, sheet="1", marks="a a p"
    )
    await copy(night, at, 1, "1a 2a 3d", "Ben")

    assert "The two copies of sheet 1 differ" in differs
    assert await night.evening.look(lambda desk: rows(desk, at)) == [
        {1: "agree", 2: "agree", 3: "disagree"}
    ]
    assert "is in already" in await night["Ada"].send(
        where, on=where, status=409, sheet="1", marks="p p p"
    )


async def test_a_row_that_is_none_is_refused(night: Night) -> None:
    at = await ask(night, 3)

    for row, says in {
        "a a": "the row has 2 marks",
        "a x d": "is no mark",
        "- - -": "Nothing is marked",
        "1a 9d": "There is no statement 9",
        "1a 1d": "stands there twice",
        "1a d": "Type the number with each mark",
    }.items():
        page = await night["Ada"].send(
            f"{at}/paper", on=f"{at}/paper", status=422, sheet="1", marks=row
        )
        assert says in page


async def test_a_mark_can_be_changed_and_counts_once(night: Night) -> None:
    at = await ask(night, 2)
    phone = await mark(night, at, 57, "ad")

    await phone.send(f"{at}/mark", on=at, mark="2 pass")

    assert await night.evening.look(lambda desk: rows(desk, at)) == [
        {1: "agree", 2: "pass"}
    ]
    assert "You have marked all there are" in await phone.open(at)


async def test_whoever_takes_a_card_next_begins_anew(night: Night) -> None:
    at = await ask(night, 2)
    await mark(night, at, 57, "ad")
    await night.take_back("57")
    await night.write_down("57")

    page = await (await night.phone_with(57)).open(at)

    assert "you have marked 0 of 2" in page
    assert len(await night.evening.look(lambda desk: rows(desk, at))) == 1


async def test_a_card_and_its_member_are_one_person(night: Night) -> None:
    at = await ask(night, 2)
    await mark(night, at, 57, "ad")
    await night["Eva"].send(
        f"{night.meeting}/check-in",
        on=night.meeting,
        card="57",
        code=await night.code(57),
    )

    await night["Eva"].send(f"{at}/mark", on=at, mark="2 agree")

    assert await night.evening.look(lambda desk: rows(desk, at)) == [
        {1: "agree", 2: "agree"}
    ]


async def test_a_statement_is_one_sentence_about_things(night: Night) -> None:
    at = await ask(night, 1)

    for words, says in (
        ("The lifts should work. The stairs should be lit.", "one sentence"),
        ("Ring 020 7946 0123 about it", "about things, and not about people"),
        ("Repair number 1", "in these very words already"),
        ("x" * 141, "there is room for 140"),
    ):
        status = 409 if "already" in says else 422
        page = await night["Eva"].send(f"{at}/add", on=at, status=status, words=words)
        assert says in page


async def test_what_targets_a_person_is_marked_by_nobody_and_forgotten(
    night: Night,
) -> None:
    at = await ask(night, 1)
    await night["Eva"].send(f"{at}/add", on=at, words="The caretaker is a liar")
    phone = await night.phone_with(57)
    assert "caretaker" not in await phone.open(at), "nobody has looked at it yet"

    await night["Ada"].send(f"{at}/aside", on=at, number="2", reason="person")

    assert "caretaker" not in await night["Ada"].open(at)
    await phone.send(f"{at}/mark", on=at, status=409, mark="2 agree")
    await night["Ada"].send(f"{at}/show", on=at, status=409, number="2")


async def test_only_who_leads_moderates_draws_and_closes(night: Night) -> None:
    at = await ask(night, 1)

    for name in ("draw", "close"):
        await night["Eva"].send(f"{at}/{name}", on=at, status=403)
    await night["Eva"].send(f"{at}/show", on=at, status=403, number="1")
    await night["Eva"].send(
        f"{at}/aside", on=at, status=403, number="1", reason="person"
    )


async def test_after_closing_nobody_can_ask_who_marked_what(night: Night) -> None:
    at = await ask(night)
    await fill(night, at)
    await copy(night, at, 99, " ".join(HILL), "Ada")
    assert await night.evening.look(all_marks)

    await night["Ada"].send(f"{at}/close", on=at)

    page = await night["Ada"].open(at)
    assert await night.evening.look(all_marks) == []
    assert "Group A: 6 people" in page, "closing draws a last view"
    assert "is deleted" in page


async def test_the_end_of_the_meeting_closes_its_questions(night: Night) -> None:
    at = await ask(night)
    await fill(night, at)

    await night["Ada"].send(f"{night.meeting}/close", on=night.meeting)

    assert await night.evening.look(all_marks) == []
    assert "Group A: 6 people" in await night["Ada"].open(at)


async def test_what_is_shared_becomes_a_point_or_a_motion_by_one_press(
    night: Night,
) -> None:
    at = await ask(night)
    await fill(night, at)
    await night["Ada"].send(f"{at}/draw", on=at)

    for _ in range(2):
        await night["Ada"].send(f"{at}/keep", on=at, number="1")
    motion = await night["Eva"].send(f"{at}/motion", on=at, number="1")

    trail = await night["Ada"].open(f"{night.meeting}/points")
    assert len(re.findall("Repair number 1<", trail)) == 1
    assert "not voted on. group A: 6 of 6 agreed" in trail
    assert "Repair number 1" in await night["Eva"].open(motion)
    await night["Ada"].send(f"{at}/keep", on=at, status=409, number="12")


def rows(desk: Desk, at: str) -> list[dict[int, str]]:
    id = at.rpartition("/")[2]
    assert ground.opened(desk, id).asked is not None
    return [dict(row) for row in marked.rows(desk.connection, id)]
