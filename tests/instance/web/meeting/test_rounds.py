"""The rounds of a consent are shown to the room one after another, in big letters."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.instance.house import House
from tests.instance.serving import free_port
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import (
    adopt_rules,
    an_assembly,
    an_evening,
    ask,
    found,
    hand_over,
    listening,
    meet,
    table_a_motion,
)

NAMES = ("Present", "Clarify", "React", "Consent round", "Test", "Integrate")


async def test_the_room_goes_through_the_rounds_in_their_order(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening))
        await evening["Dov"].send(
            f"{motion}/object", on=motion, reason="The rain comes in."
        )
        http = evening["Eva"].http

        pages = [
            text_of((await http.get(f"{motion}/rounds?step={n}")).text)
            for n in range(1, 7)
        ]

        for number, (name, says) in enumerate(zip(NAMES, pages, strict=True), start=1):
            assert f"Round {number} of 6 {name}" in says
            assert "We mend the roofs." in says
        assert "I object: it would do harm, and I say why" in pages[3]
        assert "The rain comes in." in pages[4]
        assert "The rain comes in." not in pages[3]
        assert "No objection is waiting." in pages[5]
        assert not any("Dov" in says for says in pages)


async def test_what_was_found_valid_waits_to_be_integrated(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening), by="Cleo")
        await evening["Dov"].send(
            f"{motion}/object", on=motion, reason="The rain comes in."
        )
        page = await evening["Ada"].open(motion)
        id = re.findall(r'name="objection" value="([^"]+)"', page)[0]
        for name in ("Ada", "Ben"):
            await evening[name].send(
                f"{motion}/judge", on=motion, objection=id, valid="yes"
            )

        says = await evening["Eva"].http.get(f"{motion}/rounds?step=6")

        assert "The rain comes in." in says.text


@pytest.mark.parametrize("step", ["0", "7", "x", "-1", "01"])
async def test_there_are_six_rounds_and_no_other(
    tmp_path: Path, harbour: House, step: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening))

        answer = await evening["Eva"].http.get(f"{motion}/rounds?step={step}")

        assert answer.status_code == 404


async def test_a_draft_is_shown_to_no_room(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await evening["Cleo"].send(
            "/motions", on="/motions", title="Dry homes", clause="We mend the roofs."
        )

        for name in ("Cleo", "Eva"):
            answer = await evening[name].http.get(f"{motion}/rounds")
            assert answer.status_code == 404


async def test_away_from_the_room_the_page_says_that_silence_is_no_consent(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening), method="consent")
        await evening["Eva"].send(f"{ballot}/vote", on=ballot, choice="stand-aside")

        says = await evening["Eva"].see(ballot)

        assert "At least one quarter of all members must consent" in says


@pytest.mark.needs_browser
async def test_the_rounds_are_read_from_the_back_and_walked_by_keyboard(
    tmp_path: Path, browser: Browser
) -> None:
    async with an_evening(tmp_path, port=free_port()) as evening, listening(evening):
        await found(evening)
        await adopt_rules(evening)
        motion = await table_a_motion(evening, await meet(evening))
        context = await browser.new_context(viewport={"width": 1920, "height": 1080})
        await hand_over(evening, "Ada", context)
        page = await context.new_page()
        await page.goto(f"{evening.config.base}{motion}/rounds")

        smallest = await page.evaluate(
            """Math.min(...[...document.querySelectorAll("main *, footer *, header *")]
               .filter(each => each.innerText && each.getBoundingClientRect().width)
               .map(each => parseFloat(getComputedStyle(each).fontSize)))"""
        )
        for _ in range(3):
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.get_by_text("Round 2 of 6").wait_for()

        assert smallest >= 28
        await context.close()
