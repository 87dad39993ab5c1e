"""An amendment is seen as the difference that it makes, and ends in one of its ways."""

import html
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from instance.web import differences
from tests.instance.house import House
from tests.instance.web.evening import (
    Evening,
    an_assembly,
    meet,
    object_to,
    table_a_motion,
)

ID = re.compile(r'name="amendment" value="([^"]+)"')


async def offer(
    evening: Evening, motion: str, text: str, *, by: str = "Dov", base: str = "1"
) -> str:
    """Offer an amendment, and return its id."""
    await evening[by].send(
        f"{motion}/amendments",
        on=motion,
        base=base,
        clause=text,
        why="It lasts longer.",
    )
    found = ID.search(await evening[by].open(motion))
    assert found is not None
    return found[1]


async def test_the_members_see_word_by_word_what_an_amendment_changes(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening))

        await offer(evening, motion, "We mend the roofs with slate.")

        says = await evening["Eva"].see(motion)
        assert "Changed: We mend the roofs new: with slate ." in says
        assert "It lasts longer." in says
        assert "Dov" not in says


async def test_its_friend_takes_it_in_and_the_text_has_a_new_version(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening), by="Cleo")
        id = await offer(evening, motion, "We mend the roofs with slate.")
        other = await offer(evening, motion, "We mend all roofs.", by="Eva")

        denied = await evening["Eva"].send(
            f"{motion}/accept", on=motion, status=403, amendment=id
        )
        await evening["Cleo"].send(f"{motion}/accept", on=motion, amendment=id)

        says = await evening["Eva"].see(motion)
        assert "Whoever brought the motion takes an amendment in." in denied
        assert "Version 2 of the text" in says
        assert "1 We mend the roofs with slate." in says
        assert "Taken in, as a friendly one" in says
        assert "Stale: the text has changed since" in says
        late = await evening["Cleo"].send(
            f"{motion}/accept", on=motion, status=409, amendment=other
        )
        assert "The text has changed since this amendment was offered" in late


async def test_an_amendment_that_is_taken_in_answers_an_objection(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening), by="Cleo")
        harm = await object_to(evening, motion, by="Eva")
        before = await evening["Ada"].see(motion)
        id = await offer(evening, motion, "We mend the roofs in good weather.")
        await evening["Cleo"].send(f"{motion}/accept", on=motion, amendment=id)
        after = await evening["Ada"].see(motion)

        await evening["Ada"].send(f"{motion}/answer", on=motion, objection=harm)

        assert "The text answers it now" not in before
        assert "The text answers it now" in after
        assert "Answered in the text" in await evening["Eva"].see(motion)


async def test_where_somebody_contests_it_the_meeting_decides(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening), by="Cleo")
        id = await offer(evening, motion, "We mend the roofs with slate.")
        await evening["Eva"].send(f"{motion}/contest", on=motion, amendment=id)

        early = await evening["Ada"].send(f"{motion}/freeze", on=motion, status=409)
        denied = await evening["Eva"].send(
            f"{motion}/count",
            on=motion,
            status=403,
            amendment=id,
            fields={"for": "9", "against": "1"},
        )
        for _ in range(2):
            await evening["Ada"].send(
                f"{motion}/count",
                on=motion,
                amendment=id,
                fields={"for": "9", "against": "4"},
            )
        await evening["Ada"].send(f"{motion}/freeze", on=motion)

        says = await evening["Eva"].see(motion)
        assert "An amendment to this text is still open." in early
        assert "This was not done." in denied
        assert "Adopted by the meeting to version 1 9 for, 4 against" in says
        assert "Version 2 of the text" in says


async def test_what_was_typed_stays_where_an_amendment_is_refused(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening))
        await evening["Dov"].open(motion)

        says = await evening["Dov"].send(
            f"{motion}/amendments",
            on=motion,
            status=422,
            base="1",
            clause="We mend the roofs & walls.",
            why="",
        )

        assert "“Why” is empty" in says
        assert "We mend the roofs & walls." in html.unescape(says)


async def test_what_is_sent_twice_is_offered_and_raised_once(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening))
        for _ in range(2):
            await offer(evening, motion, "We mend the roofs with slate.")
            await evening["Eva"].send(
                f"{motion}/object", on=motion, reason="The rain comes in."
            )

        says = await evening["Ada"].see(motion)

        assert says.count("It lasts longer.") == 1
        objections = says.partition("Objections")[2].partition("Amendments")[0]
        assert objections.count("The rain comes in.") == 1


words = st.lists(
    st.sampled_from(["we", "mend", "roofs", "and", "walls", "."]), max_size=8
)


@given(words, words)
def test_a_difference_holds_both_texts_whole(
    before: list[str], after: list[str]
) -> None:
    old, new = " ".join(before), " ".join(after)

    parts = differences.of_words(old, new)

    assert "".join(part.text for part in parts if part.how != "new") == old
    assert "".join(part.text for part in parts if part.how != "gone") == new


clauses = st.lists(st.sampled_from(["we mend", "we paint", "we sing"]), max_size=5)


@given(clauses, clauses)
def test_a_difference_of_clauses_loses_none(
    before: list[str], after: list[str]
) -> None:
    changes = differences.of_clauses(tuple(before), tuple(after))

    def told(leave_out: str) -> list[str]:
        return [
            "".join(part.text for part in change.parts if part.how != leave_out)
            for change in changes
            if change.how != leave_out
        ]

    assert told("new") == before
    assert told("gone") == after
