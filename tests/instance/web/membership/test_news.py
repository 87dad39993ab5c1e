"""What is new reaches members as they ask for it, and says nothing of anybody else."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import httpx

from instance.desk import Desk
from instance.store import news as kept
from instance.web import languages
from instance.web.membership import news
from tests.instance.house import NOON, House
from tests.instance.kept import standing_in
from tests.instance.three import Three
from tests.instance.web.asking import asking
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import Evening, Guest, an_assembly, ask, meet
from tests.instance.web.hall import PEOPLE, before
from tests.instance.web.seated import (
    CLOSES,
    DANA,
    elects,
    instructs,
    path_of,
    proposes,
)
from tests.instance.web.sending import done

WAYS = "/people/me/news"
ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESS = re.compile(r'<code class="digest whole">https?://[^/]+(/[^<]+)</code>')


async def made(guest: Guest) -> tuple[str, str]:
    """Make a member's addresses and return them."""
    page = await guest.open(await guest.send(f"{WAYS}/feed", on=WAYS))
    feed, calendar = ADDRESS.findall(page)
    return feed, calendar


@asynccontextmanager
async def a_reader(evening: Evening) -> AsyncIterator[httpx.AsyncClient]:
    """Open a feed reader: it has no cookies, and only the address that it was given."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(evening.app, client=("127.0.0.1", 50_000)),
        base_url=evening.config.base,
    ) as http:
        yield http


def titles(feed: bytes) -> list[str]:
    root = ElementTree.fromstring(feed)
    return [each.findtext(f"{ATOM}title", "") for each in root.iter(f"{ATOM}entry")]


async def test_a_member_follows_meetings_and_votes_by_an_address_of_their_own(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening, a_reader(evening) as reader:
        meeting = await meet(evening)
        await ask(evening, meeting, channels="online", closes_at="2026-11-22T20:00")
        await ask(evening, meeting, secret="yes", method="majority")

        feed, calendar = await made(evening["Cleo"])
        first, again = await reader.get(feed), await reader.get(feed)
        events = await reader.get(calendar)

    said = titles(first.content)
    assert first.headers["content-type"].startswith("application/atom+xml")
    assert any(title.startswith("Damp and cold: 22 November") for title in said)
    assert "“Do we mend it?”: the vote closes on 22 November 2026, 20:00 UTC" in said
    assert "Vote" in said
    assert first.content == again.content
    assert standing_in(first.text, "Ada", "Ben", "Cleo", "Dov", "Eva") == []
    assert "SUMMARY:Damp and cold" in events.text


async def test_a_renewed_address_leads_nowhere_and_so_does_that_of_who_has_left(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening, a_reader(evening) as reader:
        cleo = evening["Cleo"]
        old, _ = await made(cleo)
        new, _ = await made(cleo)

        assert (await reader.get(old)).status_code == 404
        assert (await reader.get(new)).status_code == 200
        assert "shown this once" not in await cleo.see(WAYS)

        await cleo.send("/people/me", on="/people/me", sure="yes")

        assert (await reader.get(new)).status_code == 404
        left = await evening.look(lambda desk: kept.feed_of(desk.connection, cleo.id))
        assert left is None


async def test_of_an_address_only_a_hash_is_kept(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        feed, _ = await made(evening["Cleo"])
        secret = feed.split("/")[2]

        dump = await evening.look(lambda desk: "\n".join(desk.connection.iterdump()))

    assert len(secret) == 48
    assert secret not in dump


async def test_an_address_shown_to_one_member_is_shown_to_no_other(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        where = await evening["Cleo"].send(f"{WAYS}/feed", on=WAYS)

        assert not ADDRESS.findall(await evening["Dov"].open(where))
        assert len(ADDRESS.findall(await evening["Cleo"].open(where))) == 2
        assert not ADDRESS.findall(await evening["Cleo"].open(where))


async def test_a_question_about_a_person_is_not_told_outside_its_page(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await evening["Ada"].send(
            f"{await meet(evening, in_room=5)}/ballots",
            on="/people",
            fields={"about": "text", "text": "Rose does.", "question": "Is it Rose?"},
            method="majority",
            channels="paper",
            person="yes",
        )

        page = await evening["Cleo"].see(WAYS)

    assert "“A vote about who serves”: the vote is open until the facilitator" in page
    assert "Rose" not in page


async def test_the_clerk_prints_one_sheet_for_all_who_asked_and_nobody_else_does(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await meet(evening)
        ada, cleo, dov = evening["Ada"], evening["Cleo"], evening["Dov"]
        await cleo.send(f"{WAYS}/letter", on=WAYS, want="yes")
        await ada.send(
            "/people/letters", on="/people/letters", member=dov.id, want="yes"
        )
        nobody = await ada.send(
            "/people/letters",
            on="/people/letters",
            status=404,
            member="nobody",
            want="yes",
        )

        listed = await ada.see("/people/letters")
        sheet = (await ada.http.get("/people/letters/sheet")).text
        for path in ("/people/letters", "/people/letters/sheet"):
            assert (await cleo.http.get(path)).status_code == 403

    assert "Nobody by that name is here." in nobody
    assert "Print it 2 times. Cleo" in listed
    assert "Damp and cold" in text_of(sheet)
    assert standing_in(sheet, "Dov") == []
    assert "For you to do" not in text_of(sheet)


async def test_the_first_screen_says_what_is_decided_what_needs_a_hand_and_lets_in(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        await ask(evening, meeting, closes_at="2026-11-22T20:00")

        first = await evening["Cleo"].open("/")
        room = await evening["Cleo"].see(f"{meeting}/room")

    assert f'href="{meeting}/room"' in first
    assert 'href="/issues/new"' in first
    assert 'href="/aid/new"' in first
    said = text_of(first)
    assert "Do we mend it? not secret · closes 22 November 2026, 20:00 UTC" in said
    assert "What needs a hand" in said
    assert room


async def test_who_comes_too_late_is_told_the_hour(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        ballot = await ask(evening, meeting, closes_at="2026-11-22T20:00")
        before = await evening["Cleo"].see(ballot)
        token = await evening["Cleo"].token(ballot)
        evening.clock.pass_by(hours=9)

        refused = await evening["Cleo"].send(
            f"{ballot}/vote",
            on=ballot,
            status=409,
            fields={"token": token},
            choice="for",
        )
        await evening["Ada"].send(f"{ballot}/close", on=ballot)
        after = await evening["Cleo"].see(ballot)

    assert "Closes 22 November 2026, 20:00 UTC ." in before
    assert "Who may vote 5 people, by the list taken when it was put" in before
    assert "Not secret: what you vote stays beside your name" in before
    assert "It is counted, two tellers confirm it, and the outcome is pub" in before
    assert "This ballot closed at 22 November 2026, 20:00 UTC." in refused
    assert "Closed at 22 November 2026, 20:00 UTC . No vote can be added." in after


def lines(desk: Desk) -> list[str]:
    """Write what is new for everybody alike, line by line."""
    languages.tell_by(desk.config.zone)
    return [item.words() for item in news.of(desk, None).items]


async def test_what_was_asked_of_somebody_is_told_when_they_answer_or_are_late(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        told = [await asked.evening.look(lines)]
        link = await asked.link()
        asked.evening.clock.pass_by(days=30)
        told.append(await asked.evening.look(lines))
        await asked.answer(link, text="We mend six of the twelve.")
        told.append(await asked.evening.look(lines))
        asked.evening.clock.pass_by(days=31)
        told.append(await asked.evening.look(lines))

    office = "Housing office of the town"
    assert [[each for each in now if office in each] for now in told] == [
        [],
        [f"{office} has not answered in time"],
        [f"{office} has answered"],
        [],
    ]
    assert not any("six of the twelve" in each for now in told for each in now)


async def test_a_proposal_the_orders_of_our_delegate_and_their_report_are_told(
    council: Three,
) -> None:
    ours = council.houses[0]

    def told(at: datetime) -> list[str]:
        with ours.desk(at) as desk:
            return lines(desk)

    proposal = await proposes(council)
    put = told(NOON)
    await elects(council)
    await instructs(council, proposal, must="for")
    bound = told(NOON)
    late = told(CLOSES + timedelta(days=31))
    report = f"{path_of(council)}/reports/1"
    due = CLOSES + timedelta(days=30)
    async with before(ours, DANA, at=due) as (dana,):
        done(await dana.post(f"{report}/file", on=report, text="They begin in May."))

    closes = "closes on 25 November 2026, 12:00 UTC"
    title = "Damp homes (We ask for a damp survey.)"
    assert f"{title}: put to all assemblies, {closes}" in put
    assert f"{title}: our delegate has no instruction yet" in put
    assert f"{title}: what our delegate must do: must choose For" in bound
    assert any("report was due on 25 December 2026" in each for each in late)
    filed = told(due)
    assert "A delegate's report is here to read" in filed
    assert not any(name in str(put + bound + late + filed) for name in PEOPLE)
