"""The first evening: six answers, two count sheets, and rules that cards adopted."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from instance import config
from instance.desk import Desk
from instance.meeting import count_sheets, starting
from tests.instance.serving import free_port, until
from tests.instance.web.browsing import check_labels, text_of
from tests.instance.web.evening import (
    table_a_motion,
)
from tests.instance.web.first import CODE, a_first_evening
from tests.instance.web.sending import found_in

TOKEN = re.compile(r'name="token" value="([^"]+)"')


@pytest.mark.parametrize("cards", [12, 160])
async def test_an_assembly_is_founded_and_adopts_its_rules_on_paper(
    tmp_path: Path, cards: int
) -> None:
    async with a_first_evening(tmp_path) as first:
        await first.begin()
        await first.hand_out(cards)
        door = await first.ada.open(f"{await first.meeting()}/door")
        assert 'href="/first">Go on with the first evening' in door
        ballot = await first.put_rules()
        by_hands = await first.ada.see(ballot)
        assert "They are counted without names." in by_hands
        assert "Nobody sees who voted how" not in by_hands
        await first.count(ballot, cards - 2, 2)
        await first.count(ballot, cards - 2, 2, sheet_code=first.ben)
        await first.ada.send("/first/adopt", on="/first")
        waits = await first.ada.see("/confirm")
        assert f"rules? passed: {cards - 2} for, 2 against" in waits
        for code in first.codes:
            await first.confirm_all(code)

        says = await first.ada.see("/first")
        assert "The rules are adopted" in says
        assert "Nothing waits. The evening is yours." in says
        assert "The floor: for the facilitator" in says
        # Of rules of a page the first line is the title, and all of them are below it.
        decided = await first.ada.open("/decisions")
        assert "We begin. …" in decided
        assert "We go on." not in decided
        assert "No quorum was asked for." in await first.ada.see(ballot)
        link = re.search(r'href="(/decisions/[^"]+)"', decided)
        assert link is not None
        assert "We go on." in await first.ada.see(link[1])
        meeting = await first.meeting()
        await first.ada.send(
            f"{meeting}/leaving/next", on=f"{meeting}/leaving", rhythm="weekly"
        )
        called = re.search(rf"{meeting}-\d+", await first.ada.open("/sessions"))
        assert called is not None
        assert "starter rulebook" not in await first.ada.see(f"{called[0]}/setup")
        assert await first.published() == [
            "Founding",
            "Electorate",
            "Decision",
            "Rulebook",
        ]
        # What is read in this room alone, nobody follows from elsewhere.
        assert "Mastodon" not in await first.ada.see("/thanks")
        # Nobody else holds an office, so the organiser puts a motion of their own.
        motion = await table_a_motion(first.evening, meeting, by="Ada")
        await first.ada.send(f"{motion}/freeze", on=motion)
        put = await first.ada.send(
            f"{meeting}/ballots",
            on=meeting,
            about="motion",
            id=motion.removeprefix("/motions/"),
            question="Do we mend the roofs?",
            method="majority",
            channels="hands",
        )
        asked = await first.ada.see(put)
        assert "Do we mend the roofs?" in asked
        assert "Whoever put the motion forward also put it to the vote." in asked
        await first.ada.send(f"{meeting}/check-in", on=meeting, away="yes")
        minutes = await first.ada.see(f"{meeting}/minutes")
        assert "under one's name and cards handed out, less" in minutes
        assert "Whoever put it forward also put it to the vote." in minutes


async def test_an_assembly_begins_with_rules_in_its_own_language(
    tmp_path: Path,
) -> None:
    async with a_first_evening(tmp_path, language="fr") as first:
        aloud = await first.ada.see("/sheets/rules")
        await first.begin()
        await first.hand_out(12)
        poster = await first.ada.see(f"{await first.meeting()}/sheets/poster?in=fr")
        offered = await first.ada.see("/first")
        ballot = await first.put_rules()
        question = await first.ada.see(ballot)
        await first.count(ballot, 9, 3)
        await first.count(ballot, 9, 3, sheet_code=first.ben)
        await first.ada.send("/first/adopt", on="/first")
        minutes = await first.ada.see(f"{await first.meeting()}/minutes")

    assert "Comment nous commençons" in aloud
    assert "Où :" in poster
    assert "1. Ceci est une assemblée" in offered
    assert "Commençons-nous avec ces règles ?" in question
    assert "Pour 9, Contre 3" in minutes


async def test_the_second_teller_stays_known_when_others_are_let_in(
    tmp_path: Path,
) -> None:
    async with a_first_evening(tmp_path) as first:
        await first.ada.send("/people", on="/people", name="Aaron")

        chosen = re.search(
            r"<option[^>]* selected>([^<]*)", await first.ada.open("/first")
        )
        sheets = await first.ada.see("/sheets/tellers")
        back = re.search(
            r'href="([^"]+)">Back', await first.ada.open("/sheets/tellers")
        )
        at = f"{await first.meeting()}/sheets"
        run_sheet = await first.ada.see(f"{at}/run-sheet")
        host = await first.ada.see(f"{at}/roles/host")

    assert chosen is not None
    assert chosen[1] == "Ben"
    assert "Count sheet of teller 1: Ada" in sheets
    assert "Count sheet of teller 2: Ben" in sheets
    assert "Facilitator Ada" in run_sheet
    assert back is not None
    assert back[1] == "/first"
    # A host presses nothing, and is led to no page that asks for a code.
    assert "Chairs in a circle" in host
    assert "/sign-in" not in host


async def test_each_others_codes_are_not_taken_for_ones_own(tmp_path: Path) -> None:
    async with a_first_evening(tmp_path) as first:
        await first.print_sheets()
        mine, other = first.codes

        says = await first.begin(status=422, code_1=other.upper(), code_2=mine)
        await first.begin()

    assert "the code on the other's sheet" in says


async def test_every_sheet_of_the_evening_is_printed_before_anything_is_founded(
    tmp_path: Path,
) -> None:
    async with a_first_evening(tmp_path) as first:
        meeting = await first.meeting()
        assert f'href="{meeting}/sheets"' in await first.ada.open("/first")
        listed = await first.ada.open(f"{meeting}/sheets")

        for path in re.findall(rf'href="({meeting}/sheets/[^"]+)"', listed):
            answer = await first.ada.http.get(path)
            assert answer.status_code == 200, path

        # Nobody outside the room reaches a node that has no name of its own.
        assert "scan this" not in await first.ada.see(f"{meeting}/sheets/poster")
        assert "Mastodon" not in await first.ada.see(f"{meeting}/leaving/sheet")
        says = await first.ada.see(f"{meeting}/sheets/run-sheet")
        assert "The starter rulebook: read aloud, then cards" in says
        setup = await first.ada.see(f"{meeting}/setup")
        assert "The starter rulebook: read aloud, then cards" in setup


async def test_the_record_shows_that_both_sheets_confirmed_it(tmp_path: Path) -> None:
    async with a_first_evening(tmp_path) as first:
        await first.begin()

        keys = {count_sheets.public(count_sheets.key(code)) for code in first.codes}

        def confirmed(desk: Desk) -> set[str]:
            row = desk.connection.execute("select body from entry").fetchone()
            return {key for key in keys if key in bytes(row["body"]).decode()}

        assert await first.evening.look(confirmed) == keys


async def test_the_codes_are_kept_nowhere(tmp_path: Path) -> None:
    async with a_first_evening(tmp_path) as first:
        await first.begin()
        await first.hand_out(12)

        plain = [code.replace("-", "") for code in first.codes]
        kept = found_in(first.evening.house, *first.codes, *plain)

        assert kept == set()


async def test_one_sheet_does_not_do_for_both_tellers(tmp_path: Path) -> None:
    async with a_first_evening(tmp_path) as first:
        says = await first.begin(status=422, code_2=first.codes[0])

        assert "Both codes are the same" in says
        assert "Each teller types the code" in await first.ada.see("/first")


async def test_a_code_that_is_none_founds_nothing(tmp_path: Path) -> None:
    async with a_first_evening(tmp_path) as first:
        says = await first.begin(status=422, code_2="four")

        assert "is not the code on a count sheet" in says


async def test_founding_twice_changes_nothing(tmp_path: Path) -> None:
    async with a_first_evening(tmp_path) as first:
        token = await first.ada.token("/first")
        await first.begin()

        answer = await first.ada.http.post(
            "/first/begin",
            data={
                "token": token,
                "code_1": first.codes[0],
                "code_2": first.codes[1],
                "second": "m0",
            },
        )

        assert answer.status_code == 409
        assert await first.published() == ["Founding"]


async def test_a_code_that_was_never_printed_confirms_nothing(tmp_path: Path) -> None:
    async with a_first_evening(tmp_path) as first:
        await first.begin()
        await first.hand_out(12)

        says = await first.confirm_all(count_sheets.new_code(2), status=422)

        assert "is on no count sheet of a teller here" in says
        assert "0 of 2 confirmed" in says


async def test_one_tellers_sheet_confirms_once(tmp_path: Path) -> None:
    async with a_first_evening(tmp_path) as first:
        await first.begin()
        await first.hand_out(12)

        await first.confirm_all(first.ben)
        await first.confirm_all(first.ben)

        assert "1 of 2 confirmed" in await first.ada.see("/confirm")


async def test_the_organisers_own_count_is_not_the_second_tellers(
    tmp_path: Path,
) -> None:
    async with a_first_evening(tmp_path) as first:
        await first.begin()
        await first.hand_out(12)
        ballot = await first.put_rules()
        await first.count(ballot, 12, 0)
        await first.count(ballot, 12, 0, sheet_code=first.codes[0])

        says = await first.ada.send("/first/adopt", on="/first", status=409)

        assert "Two tellers have yet to agree" in says


async def test_the_offices_of_the_first_evening_are_chosen_again_at_the_next(
    tmp_path: Path,
) -> None:
    async with a_first_evening(tmp_path) as first:
        meeting = await first.meeting()
        opens = '<a class="button" href="/first">Open the meeting</a>'
        assert opens in await first.ada.open(meeting)
        await first.begin()
        leads_on = '<a href="/first">Read the rules aloud, and raise cards</a>'
        assert leads_on in await first.ada.open(meeting)
        await first.hand_out(12)
        ballot = await first.put_rules()
        await first.count(ballot, 12, 0)
        await first.count(ballot, 12, 0, sheet_code=first.ben)
        await first.ada.send("/first/adopt", on="/first")
        assert leads_on not in await first.ada.open(meeting)
        await first.ada.send(f"{meeting}/close", on=meeting)
        before = await first.ada.see("/today")
        first.evening.clock.pass_by(hours=24 * 7)
        again = await first.ada.send(
            "/sessions", on="/sessions", title="Again", kind="assembly"
        )

        await first.ada.send(f"{again}/open", on=again)

        assert "Choose again who serves" not in before
        assert "Choose again who serves" in await first.ada.see("/today")
        assert "Chosen again as registrar" in await first.ada.see("/people")

        # Nobody did: from its close on, offices are there for the next meeting only.
        token = await first.ada.token("/people")
        await first.ada.send(f"{again}/close", on=again)
        fields = {"token": token, "name": "Mallory"}
        says = await first.ada.send("/people", on="/", status=403, fields=fields)
        assert "The term of your office is over" in says
        shown = await first.ada.see("/people")
        assert "registrar (the term is over)" in shown
        assert "Let somebody in" not in shown
        assert "only does what that meeting needs" in await first.ada.see("/today")
        await first.ada.see("/moderation")

        # They still open it, and are chosen there.
        first.evening.clock.pass_by(hours=24 * 7)
        third = await first.ada.send(
            "/sessions", on="/sessions", title="Third", kind="assembly"
        )
        await first.ada.send(f"{third}/open", on=third)
        first.evening.clock.pass_by(minutes=5)
        ada = re.search(
            r'action="(/people/[^"/]+/roles)"', await first.ada.open("/people")
        )
        assert ada is not None
        await first.ada.send(ada[1], on="/people", role="registrar", give="yes")
        await first.ada.send("/people", on="/people", name="Cleo")
        assert "clerk (the term is over)" in await first.ada.see("/people")


async def test_rules_are_adopted_wherever_their_ballot_was_closed(
    tmp_path: Path,
) -> None:
    async with a_first_evening(tmp_path) as first:
        await first.begin()
        await first.hand_out(12)
        ballot = await first.put_rules()
        await first.count(ballot, 12, 0)
        await first.count(ballot, 12, 0, sheet_code=first.ben)
        await first.ada.send(f"{ballot}/close", on=ballot)
        closed = await first.ada.open(ballot)
        assert "Now it is written down" in closed
        assert closed.count('href="/first"') == 2
        assert "The cards adopted them" in await first.ada.see("/first")

        await first.ada.send("/first/adopt", on="/first")

        assert 'href="/first"' not in await first.ada.open(ballot)
        assert "A rulebook: version 1" in await first.ada.see("/confirm")
        assert "The rules are adopted" in await first.ada.see("/first")


async def test_rules_that_the_cards_reject_are_put_again(tmp_path: Path) -> None:
    async with a_first_evening(tmp_path) as first:
        await first.begin()
        await first.hand_out(12)
        ballot = await first.put_rules()
        await first.count(ballot, 5, 7)
        await first.count(ballot, 5, 7, sheet_code=first.ben)

        await first.ada.send("/first/adopt", on="/first")

        assert "The cards did not adopt them" in await first.ada.see("/first")
        assert "There are no rules yet" in await first.ada.see("/rulebook")
        assert await first.put_rules() != ballot


async def test_guessing_at_a_count_sheet_is_stopped(tmp_path: Path) -> None:
    async with a_first_evening(tmp_path) as first:
        await first.begin()
        await first.hand_out(12)
        for _ in range(10):
            await first.confirm_all("wrong", status=422)

        says = await first.confirm_all(first.ben, status=429)

        assert "Too many wrong codes" in says


async def test_what_is_printed_for_the_first_evening_is_whole(tmp_path: Path) -> None:
    async with a_first_evening(tmp_path) as first:
        meeting = await first.meeting()
        for page in ("/sheets/tellers", "/sheets/rules", f"{meeting}/sheets/cards"):
            answer = await first.ada.http.get(page)

            assert answer.status_code == 200, page
            assert len(answer.content) < 50_000
            assert answer.text.count("<h1") == 1
            check_labels(answer.text)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Harbour Street Assembly", "harbour_street_assem"),
        ("Žluťoučký kůň", "zlutoucky_kun"),
        ("Ассамблея", "assembly"),
        ("1st of May", "st_of_may"),
        ("Admin", "assembly"),
    ],
)
def test_an_assembly_gets_a_short_name_from_its_name(name: str, slug: str) -> None:
    assert starting.slug_of(name) == slug
    assert config.checked_slug(slug) == slug


def test_from_an_empty_folder_to_an_open_meeting_it_takes_six_answers(
    tmp_path: Path,
) -> None:
    answers = ["Harbour Assembly", "Ada", "Ben", "Damp and cold"]
    with an_evening_served(tmp_path, answers) as (laptop, asked):
        link = laptop.says("Now open:")
        page = laptop.http.get(link)
        came = laptop.post(link, page)
        assert came.headers["location"] == "/first"
        codes = CODE.findall(laptop.http.get("/sheets/tellers").text)
        first = laptop.http.get("/first")
        second = re.search(r'name="second" value="([^"]+)"', first.text)
        assert second is not None

        typed = {"code_1": codes[0], "code_2": codes[1]}
        done = laptop.post("/first/begin", first, second=second[1], **typed)

        assert done.status_code == 303
        assert "the meeting is open" in text_of(laptop.http.get("/first").text)
        assert asked + len(typed) == 6
        sheets = re.search(r'href="(/sessions/[^"]+/sheets)"', first.text)
        assert sheets is not None
        # A card of a role leads to where phones in the room find this machine.
        assert "//0.0.0.0" not in laptop.http.get(f"{sheets[1]}/roles").text


def test_a_laptop_that_died_goes_on_where_it_was_and_asks_nothing(
    tmp_path: Path,
) -> None:
    answers = ["Harbour Assembly", "Ada", "Ben", "Damp and cold"]
    with an_evening_served(tmp_path, answers, language="fr") as (laptop, _):
        link = laptop.says("Ouvrez maintenant :")
        assert "Comment s'appelle l'assemblée ?" in laptop.log.read_text()
        laptop.post(link, laptop.http.get(link))
        cookies = dict(laptop.http.cookies)
        port = laptop.http.base_url.port
    assert port is not None

    with an_evening_served(tmp_path, [], port=port) as (again, asked):
        again.http.cookies.update(cookies)

        assert asked == 0
        # The language is the assembly's by now, whatever this machine's is.
        assert again.says("Continuez sur :").endswith("/first")
        assert "La première soirée" in again.http.get("/first").text


@dataclass(frozen=True, slots=True, kw_only=True)
class Laptop:
    http: httpx.Client
    log: Path

    def says(self, label: str) -> str:
        found = re.search(rf"{label}\s+(\S+)", self.log.read_text())
        assert found is not None
        return found[1]

    def post(self, path: str, page: httpx.Response, **fields: str) -> httpx.Response:
        token = TOKEN.search(page.text)
        assert token is not None
        return self.http.post(path, data={"token": token[1], **fields})


@contextmanager
def an_evening_served(
    directory: Path,
    answers: list[str],
    *,
    port: int | None = None,
    language: str = "en",
) -> Iterator[tuple[Laptop, int]]:
    """Answer what the command line asks; say how often it asked."""
    port, log = port or free_port(), directory / "log"
    command = [sys.executable, "-m", "instance.cli", "evening", str(directory / "node")]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "LC_ALL": f"{language}.UTF-8"},
        )
    try:
        assert process.stdin is not None
        process.stdin.write("".join(f"{each}\n" for each in answers).encode())
        process.stdin.close()
        base = f"http://127.0.0.1:{port}"
        until(lambda: re.search("/in/|/first", log.read_text()) is not None)
        with httpx.Client(base_url=base, headers={"accept": "text/html"}) as http:
            until(lambda: _answers(http))
            yield Laptop(http=http, log=log), log.read_text().count("? ")
    finally:
        process.terminate()
        process.wait(20)


def _answers(http: httpx.Client) -> bool:
    try:
        return http.get("/health").status_code == 200
    except httpx.TransportError:
        return False
