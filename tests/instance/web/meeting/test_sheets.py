"""Whoever has no device lacks nothing: each sheet is whole, and fits its paper."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import ViewportSize

from instance.web.meeting import phases, sheets
from tests.instance.house import House
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import (
    Evening,
    an_assembly,
    ask,
    hand_over,
    listening,
    meet,
)

NAMES = ("Ada", "Ben", "Cleo", "Dov", "Eva")
PATHS = [
    line.path for _, lines in sheets.SHEETS for line in lines if line.path != "cards"
]
A_PAGE = re.compile(rb"/Type\s*/Page\b")
BOX = re.compile(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]")
A4 = (595, 842)
"""In points, as a PDF writes it."""
BETWEEN_THE_MARGINS: ViewportSize = {"width": 680, "height": 1000}


async def call(evening: Evening) -> str:
    """Call a meeting with words as long as words get, in three languages."""
    ada = evening["Ada"]
    meeting = await ada.send(
        "/sessions",
        on="/sessions",
        title="Damp homes: what helps, and who can begin with it?",
        kind="assembly",
        starts_at="2026-11-25T19:00:00",
        place="The boat shed, Quay Lane, behind the old chandlery",
    )
    on = f"{meeting}/setup"
    await ada.send(
        f"{on}/aim",
        on=on,
        question="How do we keep our homes warm and dry this winter, and what can "
        "we do for each other before anybody has to ask?",
        goal="Three things that we begin this month.",
    )
    for lang, title, question in (
        ("fr", "Logements humides", "Comment garder nos logements chauds et secs ?"),
        ("ar", "البيوت الرطبة", "كيف نبقي بيوتنا دافئة وجافة هذا الشتاء؟"),
    ):
        await ada.send(f"{on}/words", on=on, lang=lang, title=title, question=question)
    return meeting


async def test_every_sheet_is_one_click_from_the_meeting(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]
        assert f'href="{meeting}/sheets"' in await ada.open(meeting)
        listed = await ada.open(f"{meeting}/sheets")

        for path in PATHS:
            assert f'href="{meeting}/sheets/{path}"' in listed
            html = await ada.open(f"{meeting}/sheets/{path}")
            assert f'href="{meeting}/sheets"' in html
            assert "size=large" in html


async def test_no_member_is_named_on_paper_but_on_the_run_sheet(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)

        for path in PATHS:
            says = text_of(await evening["Eva"].open(f"{meeting}/sheets/{path}"))
            named = {name for name in NAMES if re.search(rf"\b{name}\b", says)}
            assert named == ({"Ada", "Ben"} if path == "run-sheet" else set()), path


async def test_what_was_told_in_confidence_is_on_no_sheet(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)
        on = f"{meeting}/setup"
        await evening["Eva"].send(f"{on}/needs", on=on, kind="care", says="Zebediah")

        for path in PATHS:
            assert "Zebediah" not in await evening["Ada"].open(
                f"{meeting}/sheets/{path}"
            )


@pytest.mark.parametrize("path", ["", "/poster", "/run-sheet", "/results"])
async def test_the_sheets_of_a_meeting_are_for_members(
    tmp_path: Path, harbour: House, path: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)
        evening["Eva"].http.cookies.clear()

        says = await evening["Eva"].see(f"{meeting}/sheets{path}", status=403)

        assert "Damp homes" not in says


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("roles/queen", 404),
        ("table?tables=41", 422),
        ("table?tables=many", 422),
        ("sign-in?pages=-1", 422),
        ("nothing", 404),
    ],
)
async def test_a_sheet_that_is_not_there_is_not_made_up(
    tmp_path: Path, harbour: House, path: str, status: int
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)

        await evening["Ada"].open(f"{meeting}/sheets/{path}", status=status)


async def test_languages_stand_side_by_side_in_their_own_direction(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]

        three = await ada.open(f"{meeting}/sheets/poster")
        one = await ada.open(f"{meeting}/sheets/poster?in=")
        two = await ada.open(f"{meeting}/sheets/poster?in=ar,xx,ar")

        arabic = '<div role="group" aria-label="العربية" lang="ar" dir="rtl">'
        assert arabic in three
        assert "Logements humides" in three
        assert "Logements humides" not in one
        assert one.count('lang="ar"') == 0
        assert two.count(arabic) == 1
        assert "mercredi 25 novembre 2026" in three
        assert "Il y a de quoi manger." in three


async def test_words_that_no_speaker_has_read_say_so(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]

        one = await ada.open(f"{meeting}/sheets/poster?in=")
        two = await ada.open(f"{meeting}/sheets/poster?in=fr")

        assert 'class="unchecked"' not in one
        assert two.count('class="unchecked"') == 1


async def test_the_result_sheet_says_what_was_decided_in_this_meeting_alone(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        meeting = await meet(evening, in_room=41)
        put = await ask(evening, meeting, channels="hands", question="Mend the roof?")
        for name in ("Ada", "Ben"):
            await evening[name].send(
                f"{put}/count",
                on=put,
                channel="hands",
                count_for="30",
                count_against="9",
                count_abstain="2",
            )
        before = await ada.see(f"{meeting}/sheets/results")
        await ada.send(f"{put}/close", on=put)
        other = await call(evening)

        says = await ada.see(f"{meeting}/sheets/results")

        assert "Nothing was put to the vote" in before
        assert "Mend the roof? Passed" in says
        assert "For Against Abstain 30 9 2" in says
        assert "41 people were here" in says
        assert "two tellers have still to confirm it" in says
        assert "Mend the roof?" not in await ada.see(f"{other}/sheets/results")


async def test_the_papers_of_an_open_question_are_offered_until_it_closes(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        meeting = await meet(evening, in_room=3)
        put = await ask(evening, meeting, channels="paper", question="Mend the roof?")

        listed = await ada.open(f"{meeting}/sheets")

        assert "Mend the roof?" in listed
        for path in (f"{put}/paper", f"{put}/tally"):
            assert f'href="{path}"' in listed
            assert (await ada.http.get(path)).status_code == 200


async def test_a_table_sheet_is_made_for_each_table(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]

        html = await ada.open(f"{meeting}/sheets/table?tables=20")

        assert html.count('<section class="sheet table-sheet">') == 20


async def test_each_role_can_be_read_about_without_an_account(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        evening["Eva"].http.cookies.clear()

        for job, says in phases.ROLES.items():
            assert says in await evening["Eva"].see(f"/roles/{job}")
        await evening["Eva"].open("/roles/king", status=404)


PAGES = {
    "poster": 1,
    "poster?in=": 1,
    "leaflet": 1,
    "leaflet?in=": 1,
    "leaflet?in=&size=large": 1,
    "run-sheet": 1,
    "sign-in": 1,
    "sign-in?pages=3&from=1": 3,
    "sign-in?size=large": 1,
    "table": 1,
    "table?tables=4": 4,
    "table?size=large": 1,
    "tally": 2,
    "tally?size=large": 2,
    "results": 1,
    "agreement": 1,
    "agreement?in=fr,ar": 1,
    "inclusivity": 1,
    "inclusivity?in=fr,ar": 1,
    "signals": 1,
    "play": 1,
    "signals?in=fr,ar": 1,
    "roles": len(phases.JOBS),
    **{f"roles/{job}": 1 for job in phases.ROLES},
    # Facilitator, doorkeeper, teller and host take both sides of one sheet.
    "roles?size=large": len(phases.JOBS) + 4,
    "../../../sheets/tellers?size=large": 2,
}
"""How many pages of A4 a sheet takes."""


@pytest.mark.needs_browser
async def test_every_sheet_fits_its_paper(
    tmp_path: Path, harbour: House, browser: Chromium
) -> None:
    found, sizes, cut = {}, set(), {}
    async with an_assembly(harbour, tmp_path) as evening, listening(evening):
        meeting = evening.config.base + await call(evening)
        context = await browser.new_context(viewport=BETWEEN_THE_MARGINS)
        await hand_over(evening, "Ada", context)
        page = await context.new_page()

        for path in PAGES:
            await page.goto(f"{meeting}/sheets/{path}")
            pdf = await page.pdf(prefer_css_page_size=True)
            found[path] = len(A_PAGE.findall(pdf))
            sizes |= {(round(float(w)), round(float(h))) for w, h in BOX.findall(pdf)}
            await page.emulate_media(media="print")
            cut[path] = await page.evaluate(CUT_OFF)

        await context.close()
    assert found == PAGES
    assert sizes == {A4}
    assert not any(cut.values()), cut


@pytest.mark.needs_browser
@pytest.mark.parametrize(
    ("scripts", "says"),
    [
        (True, "Thursday 26 November 2026 04:00 to 05:50 Everybody"),
        (False, "Wednesday 25 November 2026 19:00 to 20:50 UTC"),
    ],
)
async def test_a_poster_says_the_time_that_the_clock_on_the_wall_will_show(
    tmp_path: Path, harbour: House, browser: Chromium, *, scripts: bool, says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening, listening(evening):
        meeting = await call(evening)
        context = await browser.new_context(
            timezone_id="Asia/Tokyo", java_script_enabled=scripts
        )
        await hand_over(evening, "Ada", context)
        page = await context.new_page()

        await page.goto(f"{evening.config.base}{meeting}/sheets/poster?in=")
        poster = " ".join((await page.locator("main").inner_text()).split())

        place = " The boat shed, Quay Lane, behind the old chandlery"
        assert says in poster.replace(place, "").replace(",", "")
        await page.goto(f"{evening.config.base}{meeting}/sheets/run-sheet")
        first = await page.locator("tbody td").first.inner_text()
        assert first == ("04:00" if scripts else "19:00")
        await context.close()


CUT_OFF = """() => [...document.querySelectorAll('.sheet, .sheet *')]
  .filter((each) => !each.closest('svg, .hidden'))
  .filter((each) => {
    const cut = getComputedStyle(each).overflow !== 'visible';
    const wide = each.getBoundingClientRect().right > innerWidth + 1;
    const half = each.matches('.half') && each.scrollHeight > each.clientHeight + 1;
    return cut || wide || half;
  })
  .map((each) => each.outerHTML.slice(0, 80))"""
"""Elements of a sheet that are wider than the paper, or that hide a part of theirs."""
