"""What looks alike elsewhere is shown with its reasons, and a person decides."""

from datetime import timedelta

import pytest

from instance import archive
from instance.matters import erasing
from instance.store import aid, look_alikes, records
from instance.web.naming import in_hex
from tests.instance.house import NOON
from tests.instance.kept import files
from tests.instance.three import Three
from tests.instance.web.aiding import THERE
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import before
from tests.instance.web.raising import CHAIR, DAMP, SECOND, raises
from tests.instance.web.sending import done

COLD = {
    "title": "Cold flats",
    "what": "The walls are black with mould and the heating fails.",
    "theme": "Housing",
    "place": "ropewalk",
}
BUS = {"title": "The last bus", "what": "It leaves at six.", "theme": "transport"}


async def test_an_issue_elsewhere_is_shown_with_the_reasons_and_can_be_shared(
    council: Three,
) -> None:
    ours, theirs = council.houses
    elsewhere = await raises(theirs, DAMP)
    await raises(theirs, BUS)
    council.exchange(NOON)
    own = await raises(ours, COLD)
    async with before(ours, SECOND) as (member,):
        page = await member.get(own)
        form = await member.get(f"{elsewhere}/share?own={own.rpartition('/')[2]}")
        of_theirs = await member.get(elsewhere)
        done(
            await member.post(
                f"{elsewhere}/share",
                account="It is the same with us.",
                own=own.rpartition("/")[2],
            )
        )
        shared = await member.get(own)
    says = text_of(page)

    assert "Someone near you raised this" in says
    assert "Damp homes" in says
    assert "Both speak of: mould and walls" in says
    assert "Same theme: Housing" in says
    assert "Same place: ropewalk" in says
    assert "decides together with us" in says
    assert "The last bus" not in says
    assert f'value="{own.rpartition("/")[2]}" selected' in form
    assert "Cold flats" in text_of(of_theirs)
    assert "raised this" not in text_of(shared), "what is shared is suggested no more"


async def test_a_draft_is_compared_before_anything_of_it_is_published(
    council: Three,
) -> None:
    ours, theirs = council.houses
    await raises(theirs, DAMP)
    council.exchange(NOON)
    async with before(ours, SECOND) as (member,):
        preview = await member.post("/issues/preview", on="/issues/new", **COLD)

    assert "Someone near you raised this" in text_of(preview.text)
    assert "Damp homes" in text_of(preview.text)
    with ours.desk() as desk:
        known = records.ours(desk.connection)
        assert known is not None
        assert records.entries(desk.connection, known.id, types=("Issue",)) == []


async def test_what_is_another_issue_is_set_aside_here_and_can_be_shown_again(
    council: Three,
) -> None:
    ours, theirs = council.houses
    elsewhere = await raises(theirs, DAMP)
    council.exchange(NOON)
    own = await raises(ours, COLD)
    other = elsewhere.rpartition("/")[2]
    async with before(ours, SECOND, CHAIR) as (member, chair):
        not_theirs = await member.post(
            f"{own}/another", on=own, other=other, another="yes"
        )
        for _twice in range(2):
            done(await chair.post(f"{own}/another", on=own, other=other, another="yes"))
        aside = await chair.get(own)
        done(await chair.post(f"{own}/another", on=own, other=other, another="no"))
        again = await chair.get(own)
        strange = await chair.post(
            f"{own}/another", on=own, other="0" * 64, another="yes"
        )

    assert not_theirs.status_code == 403
    assert "raised this" not in text_of(aside)
    assert "What looks alike and is another" in text_of(aside)
    assert "Someone near you raised this" in text_of(again)
    assert strange.status_code == 404


async def test_the_directory_finds_by_word_theme_and_place(council: Three) -> None:
    ours, theirs = council.houses
    await raises(theirs, DAMP)
    await raises(ours, BUS)
    council.exchange(NOON)
    async with before(ours, SECOND) as (member,):
        whole = text_of(await member.get("/directory"))
        by_word = text_of(await member.get("/directory?q=mouldy+WALL"))
        by_place = text_of(await member.get("/directory?place=ROPEWALK"))
        by_theme = text_of(await member.get("/directory?theme=transport"))
        nothing = text_of(await member.get("/directory?q=zeppelin"))
        long = await member.http.get("/directory", params={"q": "x" * 300})

    assert "Damp homes" in whole
    assert "The last bus" in whole
    for found in (by_word, by_place):
        assert "Damp homes" in found
        assert "The last bus Raised" not in found
    assert "Damp homes Raised" not in by_theme
    assert "Nothing was found." in nothing
    assert long.status_code == 422


async def test_the_directory_says_what_is_offered_and_where(council: Three) -> None:
    ours, _ = council.houses
    with ours.desk() as desk:
        aid.keep(desk.connection, THERE)
    async with before(ours, SECOND) as (member,):
        whole = text_of(await member.get("/directory"))
        there = text_of(await member.get("/directory?place=quarry"))
        by_theme = text_of(await member.get("/directory?theme=FLOOD"))
        elsewhere = text_of(await member.get("/directory?place=Ropewalk"))

    for page in (whole, there, by_theme):
        assert "What is offered Sandbags" in page
    assert "Sandbags" not in elsewhere


@pytest.mark.parametrize(
    "query",
    [
        '"',
        'mould" OR title:walls --',
        "NEAR(mould walls, 5)",
        "mould AND NOT walls",
        "title : mould",
        "^mould *",
        "'; drop table issue; --",
        "{mould walls}",
        "\x00mould",
        "(((((",
        "-",
        "mould\\",
    ],
)
async def test_the_language_of_the_search_is_no_more_than_words(
    council: Three, query: str
) -> None:
    ours, _ = council.houses
    await raises(ours, DAMP)
    async with before(ours, SECOND) as (member,):
        found = await member.http.get("/directory", params={"q": query})
        after = text_of(await member.get("/directory?q=mould"))

    assert found.status_code == 200
    assert "Damp homes" in after


async def test_a_text_that_was_erased_is_in_no_file_and_found_no_more(
    council: Three,
) -> None:
    ours, theirs = council.houses
    elsewhere = await raises(theirs, DAMP)
    council.exchange(NOON)
    own = await raises(ours, COLD)
    async with before(theirs, SECOND) as (member,):
        before_it = text_of(await member.get("/directory?q=households"))
    soon = NOON + timedelta(minutes=5)
    with theirs.desk(soon) as desk:
        row = records.entry(desk.connection, f"sha256:{elsewhere.rpartition('/')[2]}")
        fact = archive.read(desk, row).fact
        held = look_alikes.current(desk.connection, None)
        erasing.erase(desk, fact.what, why="asked")  # type: ignore[union-attr]
        after = look_alikes.current(desk.connection, held)
        stems = ["househol"]
        assert held.find(stems)
        assert after.find(stems) == []
    async with before(theirs, SECOND, at=soon) as (member,):
        gone = text_of(await member.get("/directory?q=households"))

    assert "Damp homes" in before_it
    assert "Damp homes Raised" not in gone
    assert "twelve households" not in files(theirs)
    assert own


async def test_words_that_only_members_may_read_are_not_looked_at(
    council: Three,
) -> None:
    ours, _ = council.houses
    own = await raises(ours, DAMP)
    with ours.desk() as desk:
        desk.connection.execute(
            "update wording set public = 0 where text like 'Mould%'"
        )
        held = look_alikes.current(desk.connection, None)

    assert held.find(["moul"]) == []
    assert held.find(["damp"]) == [f"sha256:{own.rpartition('/')[2]}"]


async def test_a_place_goes_with_the_issue_and_stands_in_the_form_next_time(
    council: Three,
) -> None:
    ours, theirs = council.houses
    own = await raises(ours, DAMP)
    council.exchange(NOON)
    async with before(ours, SECOND) as (member,):
        form = await member.get("/issues/new")
    async with before(theirs, SECOND) as (member,):
        page = await member.get(own)

    assert 'name="place" maxlength="80" value="Ropewalk"' in form
    assert "Ropewalk" in text_of(page)


async def test_nobody_sets_aside_what_is_no_issue_of_ours(council: Three) -> None:
    ours, theirs = council.houses
    elsewhere = await raises(theirs, DAMP)
    council.exchange(NOON)
    own = await raises(ours, COLD)
    async with before(ours, CHAIR) as (chair,):
        answer = await chair.post(
            f"{elsewhere}/another",
            on=own,
            other=in_hex(own.rpartition("/")[2]),
            another="yes",
        )

    assert answer.status_code == 404
