"""Looking back leaves words, no figures; the assembly decides what of it is told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.instance.house import House
from tests.instance.web.asking import decides
from tests.instance.web.evening import (
    Evening,
    an_assembly,
    meet,
    once,
    posts_of_the_clerk,
    stranger,
)
from tests.instance.web.sending import found_in

LEARNED = "People talk more at small tables"


@pytest.fixture
async def evening(harbour: House, tmp_path: Path) -> AsyncIterator[Evening]:
    async with an_assembly(harbour, tmp_path) as evening:
        yield evening


async def held(evening: Evening) -> str:
    """Hold a meeting to its end; return its id."""
    meeting = await meet(evening)
    await evening["Ada"].send(f"{meeting}/close", on=meeting)
    return meeting.removeprefix("/sessions/")


async def begun(evening: Evening) -> str:
    ada = evening["Ada"]
    return await ada.send("/reviews", on="/reviews", session=await held(evening))


async def answer(
    evening: Evening, page: str, *, by: str = "Eva", status: int = 303, **fields: str
) -> str:
    given = {"question": "0", "says": LEARNED, "once": await once(evening[by], page)}
    return await evening[by].send(
        f"{page}/answer", on=page, status=status, fields={**given, **fields}
    )


async def test_members_and_the_room_answer_and_nobody_is_named(
    evening: Evening,
) -> None:
    page = await begun(evening)

    await answer(evening, page)
    await answer(evening, page, by="Ada", question="3", says="A walk", room="yes")
    refused = await answer(evening, page, status=403, room="yes")
    lost = await answer(evening, page, status=422, question="7")

    says = await evening["Ben"].see(page)
    assert LEARNED in says
    assert "A walk From the room" in says
    assert "Eva" not in says
    assert "takes the notes writes for the room" in refused
    assert "no such question" in lost
    assert found_in(evening.house, LEARNED) == {"review_answer"}
    await (await stranger(evening)).see(page, status=403)


async def test_a_review_keeps_the_questions_that_it_began_with(
    evening: Evening,
) -> None:
    page, ada = await begun(evening), evening["Ada"]

    await ada.send(
        "/reviews/questions", on="/reviews", questions="Who was glad?", every="2"
    )

    assert "What surprised us?" in await ada.see(page)
    assert "Who was glad?" in await ada.see(await begun(evening))


async def test_after_some_meetings_it_is_time_to_look_back_on_all(
    evening: Evening,
) -> None:
    ada = evening["Ada"]
    await ada.send(
        "/reviews/questions", on="/reviews", questions="What now?", every="2"
    )
    first = await held(evening)
    alone = await ada.see("/today")
    second = await held(evening)

    assert "Look back together" not in alone
    assert "Look back together" in await ada.see("/today")
    page = await ada.send("/reviews", on="/reviews", session=[first, second])
    assert "Look back together" not in await ada.see("/today")
    assert page == await ada.send("/reviews", on="/reviews", session=[first, second])
    await ada.send("/reviews", on="/reviews", status=404, session="none")


async def test_what_everybody_is_told_takes_a_decision_and_names_nobody(
    evening: Evening,
) -> None:
    page, ada = await begun(evening), evening["Ada"]
    await answer(evening, page, says="Only for us")
    decision = decides(evening, "We tell what we learned.").removeprefix("sha256:")
    tell = {"text": LEARNED, "decision": decision}

    await ada.send(f"{page}/publish", on=page, status=422, text=LEARNED, decision="1")
    named = await ada.send(
        f"{page}/publish", on=page, status=422, fields=tell, text="Ring 07700 900123."
    )
    await ada.send(f"{page}/publish", on=page, fields=tell)

    assert "looks like a phone number" in named
    outside = await (await stranger(evening)).see(page)
    assert LEARNED in outside
    assert "Only for us" not in outside
    posts = "".join(await posts_of_the_clerk(evening))
    assert LEARNED in posts
    assert "Only for us" not in posts


async def test_an_answer_that_names_somebody_is_taken_out_for_good(
    evening: Evening,
) -> None:
    page = await begun(evening)
    id = await once(evening["Eva"], page)
    await answer(evening, page, once=id, says="Planted: Rose was missing")
    hers = {"token": await evening["Eva"].token("/people"), "answer": id}
    await evening["Eva"].send(f"{page}/strike", on=page, status=403, fields=hers)

    await evening["Ada"].send(f"{page}/strike", on=page, answer=id)

    assert found_in(evening.house, "Planted: Rose") == set()
