"""Before people leave it is settled when they meet again, who brings what, and how."""

import re
from html import unescape
from pathlib import Path

import pytest
from playwright.async_api import Browser

from confederation.deciding import ballot
from confederation.identifiers import OptionId, SessionId
from confederation.meeting import count_sheet
from instance import node
from instance.deciding import voting
from instance.desk import Desk
from instance.store import events
from tests.instance.house import House
from tests.instance.serving import free_port
from tests.instance.web.evening import (
    Evening,
    adopt_rules,
    an_assembly,
    an_evening,
    ask,
    found,
    hand_over,
    listening,
    meet,
    once,
    posts_of_the_clerk,
)
from tests.instance.web.offering import offer

TEXT = re.compile(r'<textarea id="text" readonly[^>]*>([^<]*)</textarea>')


async def the_text(evening: Evening, meeting: str) -> str:
    found = TEXT.search(await evening["Ada"].open(f"{meeting}/leaving"))
    assert found is not None
    return unescape(found[1])


async def test_the_next_meeting_is_called_in_one_step(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        page, ada = f"{meeting}/leaving", evening["Ada"]
        token = {"token": await ada.token(page)}

        for _ in range(2):
            await ada.send(f"{page}/next", on=page, rhythm="weekly", fields=token)

        says = await evening["Eva"].see(page)
        assert "Damp and cold 29 November 2026, 12:00 UTC" in says
        assert (await ada.see("/sessions")).count("Damp and cold") == 2


async def test_a_member_without_the_role_calls_nothing(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        page, eva = f"{meeting}/leaving", evening["Eva"]
        token = {"token": await eva.token("/people")}

        await eva.send(
            f"{page}/next", on=page, status=403, rhythm="weekly", fields=token
        )

        assert "has not been called yet" in await eva.see(page)


async def test_what_is_brought_is_somebodys_once_they_say_so(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        page, cleo = f"{meeting}/leaving", evening["Cleo"]
        await evening["Ada"].send(f"{page}/next", on=page, rhythm="weekly")
        soup = {"once": await once(cleo, page), "what": "Soup", "mine": "yes"}

        for _ in range(2):
            await cleo.send(f"{page}/bring", on=page, fields=soup)
        bread = {"once": await once(cleo, page), "what": "Bread"}
        await cleo.send(f"{page}/bring", on=page, fields=bread)

        says = await evening["Dov"].see(page)
        assert says.count("Soup Taken on Cleo") == 1
        assert "Bread Who takes it?" in says


async def test_things_are_brought_to_a_day_that_is_settled(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        page, cleo = f"{meeting}/leaving", evening["Cleo"]
        soup = {
            "once": await once(cleo, "/actions/new"),
            "what": "Soup",
            "token": await cleo.token("/people"),
        }

        says = await cleo.send(f"{page}/bring", on=page, status=409, fields=soup)

        assert "Settle the next date first" in says


async def test_the_word_says_what_was_decided_and_names_nobody(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, meeting = evening["Ada"], await meet(evening, in_room=12)
        ballot = await ask(evening, meeting)
        for name in ("Ben", "Cleo", "Dov", "Eva"):
            await evening[name].send(
                f"{ballot}/vote", on=ballot, choice="for", revision="1"
            )
        await ada.send(f"{ballot}/close", on=ballot)
        await ada.send(
            f"{meeting}/leaving/next", on=f"{meeting}/leaving", rhythm="weekly"
        )
        await offer(evening)

        text = await the_text(evening, meeting)

        assert text.splitlines() == [
            "Harbour Assembly met. 12 of us were here.",
            "We meet again: 29 November 2026, 12:00 UTC",
            "Decided: Do we mend it? Yes.",
            "Help wanted: Hang a lamp in the stairs",
            f"More, and how to help: {evening.config.base}/actions",
        ]


async def test_the_word_is_in_the_language_of_whoever_copies_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        headers = {"accept": "text/html", "accept-language": "fr"}

        page = await evening["Ada"].http.get(f"{meeting}/leaving", headers=headers)

        found = TEXT.search(page.text)
        assert found is not None
        assert unescape(found[1]).startswith("Harbour Assembly s'est réunie.")


async def test_the_word_is_shorter_than_700_characters_however_much_there_is(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, meeting = evening["Ada"], await meet(evening)
        for number in range(9):
            ballot = await ask(evening, meeting, question=f"{number} " + "very " * 60)
            await ada.send(f"{ballot}/close", on=ballot)
        for number in range(4):
            await offer(evening, what=f"{number} " + "long " * 39)

        text = await the_text(evening, meeting)

        assert len(text) < 700
        assert text.startswith("Harbour Assembly met.")
        assert text.endswith("/actions")


async def test_followers_are_told_the_ladder_once_from_five_minutes_up(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        page, ada = f"{meeting}/leaving", evening["Ada"]
        await offer(evening, what="Keep the key", effort="a role", told="everyone")
        await offer(evening, what="Ring once", effort="five minutes", told="everyone")
        await offer(evening, what="Count the chairs")
        token = {"token": await ada.token(page)}
        eva = {"token": await evening["Eva"].token("/people")}
        await evening["Eva"].send(f"{page}/tell", on=page, status=403, fields=eva)

        for _ in range(2):
            await ada.send(f"{page}/tell", on=page, fields=token)

        told = await posts_of_the_clerk(evening)
        [post] = [each for each in told if "Ways to help" in each]
        assert post.index("Five minutes") < post.index("A little time")
        assert "Ring once" in post
        assert "Count the chairs" not in post


async def test_a_vote_on_a_person_is_in_no_chat_and_names_nobody_in_the_minutes(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, meeting = evening["Ada"], await meet(evening, in_room=12)
        id = meeting.removeprefix("/sessions/")

        def decide(desk: Desk) -> None:
            text = events.keep_wording(desk.connection, "We elect Cleo Ward.")
            put = voting.put(
                desk,
                SessionId(id),
                voting.Matter(text=text, person=True),
                question="Do we elect Cleo Ward?",
                method="majority",
                channels=("hands",),
                by=ada.id,
            )
            for teller in (ada, evening["Ben"]):
                counted = count_sheet.EnterCount(
                    channel="hands",
                    markings=(
                        count_sheet.Marking(choice=(OptionId("for"),), papers=12),
                    ),
                    by=teller.id,
                    at=desk.now,
                )
                node.perform(desk, f"ballot:{put}", counted)
            close = ballot.CloseBallot(by=ada.id, at=desk.now)
            node.perform(desk, f"ballot:{put}", close)

        await evening.node.work(decide)

        says = await ada.see(f"{meeting}/minutes")
        assert "A question about a person. Passed. Way of deciding: " in says
        assert "Cleo Ward" not in says
        assert "Cleo Ward" not in await the_text(evening, meeting)


async def test_the_mail_is_the_groups_own_with_the_same_words(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)

        page = await evening["Ada"].open(f"{meeting}/leaving")

        assert "mailto:?subject=Damp%20and%20cold&amp;body=Harbour%20Assembly" in page


async def test_the_noticeboard_shows_no_place_that_was_not_told_to_everybody(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        meeting = await meet(evening)
        await ada.send(
            "/sessions",
            on="/sessions",
            fields={
                "title": "Spring",
                "kind": "assembly",
                "starts_at": "2026-11-25T20:00",
                "place": "17 Kettle Lane",
            },
        )
        await offer(evening, what="Count the chairs")
        await offer(evening, told="everyone")

        sheet = await ada.http.get(f"{meeting}/leaving/sheet")

        assert sheet.status_code == 200
        assert "25 November 2026" in sheet.text
        assert "Ask us where." in sheet.text
        assert "Kettle Lane" not in sheet.text
        assert "Hang a lamp" in sheet.text
        assert "Count the chairs" not in sheet.text


async def test_a_stranger_is_shown_nothing(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        eva = evening["Eva"]
        eva.http.cookies.clear()

        for path in ("", "/sheet"):
            says = await eva.see(f"{meeting}/leaving{path}", status=403)
            assert "please sign in first" in says


@pytest.mark.needs_browser
async def test_the_word_is_copied_where_no_clipboard_is_offered(
    tmp_path: Path, browser: Browser
) -> None:
    async with an_evening(tmp_path, port=free_port()) as evening:
        await found(evening)
        await adopt_rules(evening)
        meeting = await meet(evening)
        async with listening(evening):
            context = await browser.new_context()
            await hand_over(evening, "Ada", context)
            page = await context.new_page()
            await page.add_init_script(
                "Object.defineProperty(navigator, 'clipboard', {value: undefined});"
            )
            await page.goto(f"{evening.config.base}{meeting}/leaving")

            await page.get_by_role("button", name="Copy it").click()

            assert await page.get_by_role("status").inner_text() == (
                "Copied. Paste it where you like."
            )
            selected = await page.evaluate(
                "() => { const t = document.getElementById('text');"
                " return t.value.slice(t.selectionStart, t.selectionEnd); }"
            )
            assert selected.startswith("Harbour Assembly met.")
