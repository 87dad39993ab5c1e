"""What came of something is handed on: as text, data, a sheet, and a picture."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

from instance.upkeep.exporting import LICENCE
from instance.web.naming import in_hex
from instance.web.record import packs
from instance.web.record.packs import Item, Pack
from tests.instance.house import NOON, House
from tests.instance.web.after import WEEK, an_evening_that_is_over, drafted
from tests.instance.web.browsing import a_browser, text_of
from tests.instance.web.evening import Evening, an_assembly, fetched, stranger
from tests.instance.web.story import Story

EVENING = NOON + timedelta(hours=8)


async def a_public_evening(evening: Evening) -> str:
    """Hold a meeting whose minutes are for everyone; return where its pack is."""
    meeting = await an_evening_that_is_over(evening)
    page = await drafted(evening, meeting)
    evening.clock.pass_by(**WEEK)
    await evening["Ada"].send(f"{page}/approve", on=page, told="everyone")
    return f"{meeting}/pack"


async def test_the_results_of_a_meeting_leave_in_every_form(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        pack = await a_public_evening(evening)
        unconfirmed = json.loads(await fetched(evening, f"{pack}.json"))
        await evening.confirm(await evening.newest_act())
        page = await (await stranger(evening)).see(pack)
        told = json.loads(await fetched(evening, f"{pack}.json"))
        text = await fetched(evening, f"{pack}.txt")
        picture = await fetched(evening, f"{pack}.svg")
        sheet = await evening["Cleo"].see(f"{pack}/print")
        answer = await evening["Cleo"].http.get(f"{pack}.zip")
        no_such = await evening["Cleo"].http.get(f"{pack}.exe")

    assert unconfirmed["items"] == []
    [item] = told["items"]
    assert item["heading"] == "Do we mend it?"
    assert item["figures"]["For"] == 4
    assert told["licence"] == LICENCE
    assert "Do we mend it?" in page
    assert "Creative Commons Attribution 4.0" in page
    for written in (text, picture, sheet):
        assert "Do we mend it?" in written
        assert LICENCE in written
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert {name.rpartition(".")[2] for name in file.namelist()} == {
            *("txt", "json", "svg")
        }
    assert answer.headers["link"] == f'<{LICENCE}>; rel="license"'
    assert no_such.status_code == 404


async def test_a_meeting_that_was_not_told_to_everyone_has_no_pack(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        await evening.confirm(await evening.newest_act())
        paths = [f"{meeting}/pack", f"{meeting}/pack.json", f"{meeting}/pack/print"]
        answers = [(await evening["Ada"].http.get(path)).status_code for path in paths]

    assert answers == [404, 404, 404]


async def test_a_shared_issue_is_handed_on_with_each_account_apart(
    story: Story,
) -> None:
    page = f"/shared/{in_hex(story.issue)}"
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        led = await browser.get(page)
        shown = text_of(await browser.get(f"{page}/pack"))
        told = json.loads((await browser.http.get(f"{page}/pack.json")).text)
        french = await browser.http.get(
            f"{page}/pack.txt", headers={"accept-language": "fr"}
        )

    assert f'href="{page}/pack"' in led
    figures = {item["heading"]: item["figures"] for item in told["items"]}
    assert set(figures) == {"Harbour", "Hillside", "Riverbank"}
    assert "Here it is the flats above the shops." in shown
    assert figures["Harbour"] == {"Members": 61}
    assert "Here it is the flats above the shops." in french.text


async def test_a_digest_tells_what_all_assemblies_did_lately(story: Story) -> None:
    house = story.harbour.house
    async with a_browser(house, at=EVENING) as browser:
        led = await browser.get("/issues")
        told = json.loads((await browser.http.get("/digest.json")).text)
        page = text_of(await browser.get("/digest"))
    async with a_browser(house, at=EVENING + timedelta(days=40)) as browser:
        later = json.loads((await browser.http.get("/digest.json")).text)

    assert 'href="/digest"' in led
    said = {item["heading"]: "\n".join(item["words"]) for item in told["items"]}
    assert set(said) == {"Harbour", "Hillside", "Riverbank"}
    assert "An issue is raised: Damp homes on the quay" in said["Harbour"]
    assert "“We have this too”" in said["Hillside"]
    assert "A damp survey of every rented home" in page
    assert later["items"] == []


def test_what_is_hostile_stays_words_in_a_picture() -> None:
    hostile = "<script>alert(1)</script>"
    pack = Pack(
        stem="it",
        title=hostile,
        lead=hostile,
        items=(Item(heading=hostile, words=(hostile, "long " * 2_000)),),
        at=NOON,
        back="/",
        address="http://127.0.0.1/",
    )

    drawn = packs.picture(pack)

    assert "<script" not in drawn
    words = [each.text for each in ElementTree.fromstring(drawn)]
    assert words.count(hostile) == 5  # Title, lead, heading, words, and its name.
    assert "…" in words
    assert len(words) < 2 * packs.MOST_LINES
