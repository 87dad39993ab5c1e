"""What worked once is written down, put into meetings, shared, and taken back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from activitypub import canonical
from activitypub.canonical import JsonObject
from activitypub.errors import Malformed, NotAuthentic
from instance.dealings import practices
from instance.desk import Desk
from instance.reception import libraries
from instance.store import posts
from instance.store import practices as store
from instance.web.dealings import library
from instance.web.dealings.starters import STARTERS
from tests.instance.house import House
from tests.instance.web.evening import (
    Evening,
    an_assembly,
    call,
    once,
    posts_of_the_clerk,
    stranger,
)
from tests.instance.web.sending import found_in

WORDS = "One claps twice, and the next one answers."
FIELDS = {
    "kind": "energiser",
    "title": "The clap that travels",
    "words": WORDS,
    "minutes": "7",
    "fewest": "5",
    "most": "60",
    "needed": "Hands",
    "credit": "Handed down in the Mill",
}


@pytest.fixture
async def evening(harbour: House, tmp_path: Path) -> AsyncIterator[Evening]:
    async with an_assembly(harbour, tmp_path) as evening:
        yield evening


async def write(
    evening: Evening, *, by: str = "Cleo", status: int = 303, **changed: str
) -> str:
    given = {**FIELDS, "once": await once(evening[by], "/library"), **changed}
    return await evening[by].send(
        "/library", on="/library", status=status, fields=given
    )


async def newest(evening: Evening) -> JsonObject:
    def look(desk: Desk) -> JsonObject:
        [row] = posts.newest_objects(desk.connection, most=1)
        return canonical.read(row["body"].encode())

    found: JsonObject = await evening.look(look)
    return found


async def test_a_practice_is_for_the_members_until_its_writer_shares_it(
    evening: Evening,
) -> None:
    page, kept = await write(evening), await write(evening, title="Ours alone")
    somebody = await evening["Eva"].see(page)
    hidden = await posts_of_the_clerk(evening)

    share = {**FIELDS, "minutes": "9", "told": "everyone"}
    await evening["Cleo"].send(page, on=page, fields=share)

    assert WORDS in somebody
    assert hidden == []
    post = await newest(evening)
    said = practices.read(post["practice"])
    assert (said.title, said.minutes) == ("The clap that travels", 9)
    assert said.credit == "Handed down in the Mill"
    assert WORDS in str(post["content"])
    outside = await stranger(evening)
    assert "9 minutes" in await outside.see(page)
    shelf = await outside.see("/library")
    assert "The clap that travels" in shelf
    assert "Ours alone" not in shelf
    await outside.see(kept, status=404)


async def test_what_was_shared_is_put_right_and_taken_back_everywhere(
    evening: Evening,
) -> None:
    page, cleo = await write(evening, told="everyone"), evening["Cleo"]
    better = {**FIELDS, "words": "Twice, and softly.", "told": "everyone"}
    hers = {"token": await evening["Eva"].token("/people")}
    await evening["Eva"].send(page, on=page, status=403, fields={**better, **hers})
    await evening["Eva"].send(f"{page}/take-back", on=page, status=403, fields=hers)

    await cleo.send(page, on=page, fields=better)

    post = await newest(evening)
    assert practices.read(post["practice"]).words == "Twice, and softly."
    assert "updated" in post
    assert WORDS not in str(post["content"])
    await cleo.send(f"{page}/take-back", on=page)
    await cleo.see(page, status=404)
    assert await posts_of_the_clerk(evening) == []
    assert found_in(evening.house, WORDS, "Twice, and softly.") == set()


async def test_how_it_went_stays_at_home_unless_it_is_said_to_everybody(
    evening: Evening,
) -> None:
    page, eva = await write(evening, told="everyone"), evening["Eva"]
    trial = f"{page}/trials"

    await eva.send(trial, on=page, differently="A smaller circle")
    await eva.send(trial, on=page, worked="The children led it", told="everyone")
    empty = await eva.send(trial, on=page, status=422, worked="", differently="")

    inside = await evening["Ben"].see(page)
    assert "A smaller circle" in inside
    assert "what worked, or what you would change" in empty
    outside = await (await stranger(evening)).see(page)
    assert "The children led it" in outside
    assert "A smaller circle" not in outside


async def test_one_press_puts_a_practice_into_a_meeting(evening: Evening) -> None:
    meeting, ada = await call(evening), evening["Ada"]
    id = meeting.removeprefix("/sessions/")
    page = await write(evening)
    shelf = f"/library?for={id}"
    assert "Add an energiser or a game" in await ada.see(f"{meeting}/setup")
    assert "Put it into this meeting" in await ada.see(shelf)

    await ada.send(f"{page}/use", on=shelf, session=id)
    led = await ada.send("/library/starters/small/use", on=shelf, session=id)

    assert led.endswith("/setup#aim")
    setup = await ada.open(f"{meeting}/setup")
    assert 'value="The clap that travels"' in setup
    assert STARTERS[5].title in setup
    hers = {"token": await evening["Eva"].token("/people"), "session": id}
    await evening["Eva"].send(f"{page}/use", on=page, status=403, fields=hers)
    await ada.send(f"{page}/use", on=shelf, status=404, session="none")
    await ada.send("/library/starters/none/use", on=shelf, status=422, session=id)


async def test_a_run_sheet_is_kept_and_used_again(evening: Evening) -> None:
    first, ada = await call(evening), evening["Ada"]
    id = first.removeprefix("/sessions/")
    await ada.send("/library/starters/bread/use", on=f"/library?for={id}", session=id)
    page = await write(evening, by="Ada", kind="run-sheet", session=id)
    none = await write(evening, by="Ada", status=422, kind="run-sheet", session="")
    second = await call(evening)
    await ada.send(f"{page}/use", on=page, session=second.removeprefix("/sessions/"))

    assert "choose the meeting" in none
    assert STARTERS[7].title in await ada.see(page)
    assert STARTERS[7].title in await ada.open(f"{second}/setup")


async def test_a_starter_is_taken_into_the_library_once(evening: Evening) -> None:
    ada = evening["Ada"]
    given = {"name": "map", "once": await once(ada, "/library")}
    page, again = [
        await ada.send("/library/starters", on="/library", fields=given)
        for _ in range(2)
    ]

    assert page == again
    says = await ada.see(page)
    assert STARTERS[0].title in says
    assert library.OURS in says
    await ada.send(
        "/library/starters", on="/library", status=422, fields={**given, "name": "x"}
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"title": ""},
        {"words": ""},
        {"minutes": "0"},
        {"minutes": "481"},
        {"fewest": "9", "most": "8"},
        {"kind": "party"},
        {"words": "Ring 07700 900123.", "told": "everyone"},
    ],
)
async def test_what_cannot_be_led_or_names_somebody_is_not_kept(
    evening: Evening, changed: dict[str, str]
) -> None:
    await write(evening, status=422, **changed)

    assert "The clap that travels" not in await evening["Cleo"].see("/library")


def a_practice(**changed: object) -> JsonObject:
    found: JsonObject = {
        "type": "Practice",
        "practiceKind": "game",
        "name": "The rain",
        "words": "Rub your hands.",
        "minutes": 5,
    }
    return cast(JsonObject, {**found, **changed})


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        a_practice(type="Note"),
        a_practice(practiceKind="party"),
        a_practice(minutes=True),
        a_practice(minutes=0),
        a_practice(minutes="5"),
        a_practice(name=""),
        a_practice(name=7),
        a_practice(words="x" * 4_001),
        a_practice(fewest=9, most=8),
        a_practice(parts=[{"kind": "meal", "minutes": 5}]),
        a_practice(practiceKind="run-sheet"),
        a_practice(practiceKind="run-sheet", parts=[{"kind": "x", "minutes": 5}]),
        a_practice(practiceKind="run-sheet", parts=["meal"]),
        a_practice(copiedFrom=[{"address": "javascript:alert(1)", "by": "x"}]),
        a_practice(copiedFrom={"address": "https://b.example/1", "by": "x"}),
    ],
)
def test_what_comes_from_elsewhere_is_read_strictly(found: object) -> None:
    with pytest.raises(Malformed):
        practices.read(found)  # type: ignore[arg-type]


def test_a_practice_from_elsewhere_is_plain_words() -> None:
    said = practices.read(a_practice(words="Rub\u202e <b>hands</b>.\n\nThen stop."))

    assert said.words == "Rub <b>hands</b>.\n\nThen stop."
    assert practices.read(practices.to_object(said)) == said


async def test_nobody_speaks_for_another_library(evening: Evening) -> None:
    author = "https://b.example/clerk"
    there: JsonObject = {
        "id": "https://b.example/n/1",
        "type": "Note",
        "attributedTo": author,
        "practice": a_practice(),
    }

    def refused(desk: Desk, actor: str) -> str:
        try:
            return str(libraries.keep(desk, actor, there))
        except (Malformed, NotAuthentic) as reason:
            return type(reason).__name__

    def hear(desk: Desk) -> tuple[object, ...]:
        other, id = "https://b.example/other", str(there["id"])
        return (
            refused(desk, "https://evil.example/x"),
            refused(desk, other),
            libraries.hear(desk, author, there),
            store.named(desk.connection, id),
            libraries.keep(desk, author, there) is not None,
            libraries.gone(desk, other, id),
            libraries.gone(desk, author, id),
        )

    assert await evening.node.work(hear) == (
        *("Malformed", "NotAuthentic"),
        *(None, None),
        *(True, False, True),
    )
