"""People are told the time by the clock of their own place, and the record by UTC."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from confederation import session
from confederation.deciding import ballot
from instance import node
from tests.instance.house import House
from tests.instance.web.calendars import call
from tests.instance.web.evening import Clock, an_assembly, ask, meet


def in_berlin(house: House) -> House:
    return replace(house, config=replace(house.config, time_zone="Europe/Berlin"))


async def test_what_is_typed_by_the_clock_here_is_kept_and_shown_by_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(in_berlin(harbour), tmp_path) as evening:
        meeting = await call(evening, starts_at="2026-11-25T19:00", told="everyone")
        id = meeting.removeprefix("/sessions/")

        state: session.State = await evening.look(
            lambda desk: node.load(desk, f"session:{id}")
        )
        says = await evening["Eva"].see(meeting)
        sheet = await evening["Ada"].see(f"{meeting}/sheets/poster")
        form = await evening["Ada"].see("/sessions")

        assert state.called is not None
        assert f"{state.called.notice.starts_at:%H:%M}" == "18:00"
        assert "25 November 2026, 19:00 CET" in says
        assert "19:00 to 20:50 CET" in sheet
        assert "Begins (Europe/Berlin)" in form


async def test_an_hour_that_the_clocks_leave_out_is_refused(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(in_berlin(harbour), tmp_path) as evening:
        says = await evening["Ada"].send(
            "/sessions",
            on="/sessions",
            status=422,
            fields={
                "title": "Early birds",
                "kind": "assembly",
                "starts_at": "2027-03-28T02:30",
                "place": "",
            },
        )

        assert "02:30 does not happen on 2027-03-28" in says


async def test_a_vote_closes_by_the_clock_here_and_the_refusal_says_so(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(in_berlin(harbour), tmp_path) as evening:
        meeting = await meet(evening)
        asked = await ask(evening, meeting, closes_at="2026-11-22T21:00")
        id = asked.removeprefix("/ballots/")

        state: ballot.State = await evening.look(
            lambda desk: node.load(desk, f"ballot:{id}")
        )
        early = await evening["Ada"].send(f"{asked}/close", on=asked, status=409)

        assert state.opened is not None
        closes = state.opened.terms.closes_at
        assert closes is not None
        assert f"{closes:%H:%M}" == "20:00"
        assert "People were told 22 November 2026, 21:00 CET." in early


async def test_a_meeting_every_week_keeps_its_hour_when_the_clocks_change(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(in_berlin(harbour), tmp_path) as evening:
        meeting = await call(evening, starts_at="2027-03-23T19:00")

        again = await evening["Ada"].send(
            f"{meeting}/setup/again",
            on=f"{meeting}/setup",
            fields={"rhythm": "weekly"},
        )

        says = await evening["Ada"].see(again.partition("/setup")[0])
        assert "30 March 2027, 19:00 CEST" in says


async def test_a_night_over_the_change_of_the_clocks_names_both(
    tmp_path: Path, harbour: House
) -> None:
    clock = Clock(now=datetime(2027, 10, 30, 22, 0, tzinfo=UTC))
    async with an_assembly(in_berlin(harbour), tmp_path, clock=clock) as evening:
        ada = evening["Ada"]
        meeting = await call(evening, starts_at="2027-10-31T01:30")

        poster = await ada.see(f"{meeting}/sheets/poster")
        setup = await ada.see(f"{meeting}/setup")
        run_sheet = await ada.see(f"{meeting}/sheets/run-sheet")
        file = (await ada.http.get(f"{meeting}/calendar.ics")).text
        clock.now = datetime(2027, 10, 30, 23, 30, tzinfo=UTC)
        await ada.send(f"{meeting}/open", on=meeting)
        asked = await ask(evening, meeting, closes_at="2027-10-31T02:30")
        clock.pass_by(hours=1, minutes=50)
        late = await ada.send(f"{asked}/vote", on=meeting, status=409, choice="for")
        await ada.send(f"{asked}/close", on=asked)
        await ada.send(f"{meeting}/close", on=meeting)
        minutes = await ada.see(f"{meeting}/minutes")

        assert "01:30 CEST to 02:20 CET" in poster
        assert "from 01:30 CEST to 02:20 CET" in setup
        for times in (setup, run_sheet):
            assert "01:45 CEST" in times
            assert "02:15 CET" in times
        assert "02:20 CET The end." in run_sheet
        assert "DTSTART;TZID=Europe/Berlin:20271031T013000" in file
        # The clocks show 02:20 twice; a calendar would take the first.
        assert "DTEND:20271031T012000Z" in file
        assert "This ballot closed at 31 October 2027, 02:30 CEST." in late
        assert "Sunday 31 October 2027, 01:30 CEST to 02:20 CET." in minutes


async def test_a_time_in_a_refusal_is_written_in_the_readers_language(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(in_berlin(harbour), tmp_path) as evening:
        meeting = await meet(evening)
        asked = await ask(evening, meeting, closes_at="2026-11-22T21:00")
        token = await evening["Ada"].token(asked)

        answer = await evening["Ada"].http.post(
            f"{asked}/close", data={"token": token}, headers={"accept-language": "fr"}
        )

        assert answer.status_code == 409
        assert "22 novembre 2026, 21:00 CET" in answer.text
