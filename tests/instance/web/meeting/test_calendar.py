"""A calendar file is one that calendars read, and tells no more than may be told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance import zones
from instance.web.meeting import calendar
from instance.web.meeting.calendar import Entry
from tests.instance.house import House
from tests.instance.web.calendars import call, fetch, unfolded
from tests.instance.web.evening import an_assembly

MAY = datetime(2026, 5, 12, 19, 0, tzinfo=UTC)
BERLIN = zones.named("Europe/Berlin")
HOURS = timedelta(hours=10)


def an_entry(title: str, place: str | None = None, **more: bool) -> Entry:
    return Entry(
        id="spring",
        address="https://a.example/sessions/spring",
        title=title,
        starts_at=MAY,
        ends_at=MAY.replace(hour=21),
        place=place,
        cancelled=more.get("cancelled", False),
        tentative=more.get("tentative", False),
        landmark=False,
        revision=3,
        written_at=MAY,
    )


def the_text(value: str) -> str:
    """Take the escapes out of a value again."""
    out, letters = "", iter(value)
    for letter in letters:
        if letter == "\\":
            escaped = next(letters)
            out += "\n" if escaped == "n" else escaped
        else:
            assert letter not in ";,"
            out += letter
    return out


@given(st.text(max_size=300))
def test_whatever_a_meeting_is_called_a_calendar_reads_it_so(title: str) -> None:
    file = calendar.write("Harbour", [an_entry(title)], host="a.example")

    lines = unfolded(file)

    [summary] = [line for line in lines if line.startswith("SUMMARY:")]
    assert the_text(summary.removeprefix("SUMMARY:")) == "\n".join(title.splitlines())
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 1
    assert all(len(part.encode()) <= 75 for part in file.split("\r\n"))


def test_words_cannot_end_their_line_and_begin_another() -> None:
    title = "Tea\r\nEND:VEVENT\r\nBEGIN:VEVENT\nLOCATION:Elsewhere"

    lines = unfolded(calendar.write("Harbour", [an_entry(title)], host="a.example"))

    assert lines.count("BEGIN:VEVENT") == 1
    assert not any(line.startswith("LOCATION") for line in lines)


def test_what_is_not_sure_yet_is_tentative_and_what_is_called_off_is_off() -> None:
    unsure = an_entry("Spring", tentative=True)
    off = an_entry("Summer", tentative=True, cancelled=True)

    lines = unfolded(calendar.write("Harbour", [unsure, off], host="a.example"))

    statuses = [line for line in lines if line.startswith("STATUS")]
    assert statuses == ["STATUS:TENTATIVE", "STATUS:CANCELLED"]


def test_a_calendar_without_meetings_is_a_calendar() -> None:
    lines = unfolded(calendar.write("Harbour", [], host="a.example"))

    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")


async def test_a_member_gets_when_and_where_for_as_long_as_the_evening_lasts(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)

        status, file = await fetch(evening, f"{meeting}/calendar.ics", member=True)

        lines = unfolded(file)
        assert status == 200
        assert "DTSTART:20261125T190000Z" in lines
        assert "DTEND:20261125T205000Z" in lines
        assert "LOCATION:The boat shed" in lines
        assert "STATUS:CONFIRMED" in lines
        assert f"URL:{evening.config.base}{meeting}" in lines


async def test_a_stranger_gets_no_file_of_a_meeting_that_is_for_members(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)

        status, page = await fetch(evening, f"{meeting}/calendar.ics", member=False)
        _, everything = await fetch(evening, "/calendar.ics", member=False)

        assert status == 404
        assert "Damp" not in page + everything
        assert "BEGIN:VEVENT" not in everything


@pytest.mark.parametrize("place_told", ["yes", ""])
async def test_a_stranger_gets_the_place_only_where_it_may_be_told(
    tmp_path: Path, harbour: House, place_told: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening, told="everyone", place_told=place_told)

        for path in (f"{meeting}/calendar.ics", "/calendar.ics"):
            status, file = await fetch(evening, path, member=False)

            assert status == 200
            assert "SUMMARY:Damp and cold" in file
            assert ("boat shed" in file) == (place_told == "yes")


async def test_a_meeting_called_off_leaves_the_calendar_as_such(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)
        before = await fetch(evening, f"{meeting}/calendar.ics", member=True)

        await evening["Ada"].send(f"{meeting}/call-off", on=meeting)

        after = await fetch(evening, f"{meeting}/calendar.ics", member=True)
        assert "SEQUENCE:1" in unfolded(before[1])
        assert {"STATUS:CANCELLED", "SEQUENCE:2"} <= set(unfolded(after[1]))


async def test_a_meeting_that_is_not_there_has_no_file(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        status, _ = await fetch(evening, "/sessions/none/calendar.ics", member=True)

        assert status == 404


def test_a_calendar_tells_how_the_clocks_of_the_place_go() -> None:
    held = datetime(2026, 10, 24, 18, 0, tzinfo=UTC)
    night = replace(an_entry("A night watch"), starts_at=held, ends_at=held + HOURS)

    lines = unfolded(calendar.write("Harbour", [night], host="a.example", zone=BERLIN))

    assert "DTSTART;TZID=Europe/Berlin:20261024T200000" in lines
    assert "DTEND;TZID=Europe/Berlin:20261025T050000" in lines
    assert lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE")] == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Berlin",
        "BEGIN:DAYLIGHT",
        "DTSTART:20261023T200000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0200",
        "TZNAME:CEST",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:20261025T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "TZNAME:CET",
        "END:STANDARD",
    ]


def test_a_calendar_of_a_place_without_meetings_names_no_clock() -> None:
    lines = unfolded(calendar.write("Harbour", [], host="a.example", zone=BERLIN))

    assert "BEGIN:VTIMEZONE" not in lines
