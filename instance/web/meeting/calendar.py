"""A meeting in a calendar says what those who called it may have told to whoever asks.

The form is that of RFC 5545, written by hand: a handful of lines, and no names. Times
are by the clock of the place, so that a calendar elsewhere shows both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.meeting import run_sheet
from instance import node, zones
from instance.config import Config
from instance.desk import Desk
from instance.meeting import floor
from instance.store import events
from instance.web import naming, visits
from instance.web.site import Site, not_found
from instance.zones import AT_GREENWICH, GREENWICH

KIND: Final = "text/calendar; charset=utf-8"
LONGEST_LINE: Final = 75
"""Octets on a line, its end aside; a longer one is folded (RFC 5545, 3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One meeting, with only what the reader may know; ``place`` may be None.

    ``revision`` grows with each change, so that a calendar takes the newest.
    """

    id: str
    address: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str | None
    cancelled: bool
    tentative: bool
    landmark: bool
    revision: int
    written_at: datetime


def routes(site: Site) -> list[Route]:
    async def one(request: Request) -> Response:
        id, member = request.path_params["id"], visits.signed_in(request)

        def look(desk: Desk) -> tuple[str, Entry | None]:
            state = node.load(desk, f"session:{id}")
            return naming.our_name(desk), _entry(
                desk, id, state, for_members=member is not None
            )

        name, entry = await site.node.look(look)
        if entry is None:
            raise not_found()
        return _answer(name, [entry], site.node.config, file="meeting")

    async def all_of_them(request: Request) -> Response:
        member = visits.signed_in(request)
        return await site.node.look(
            lambda desk: _all_of_them(desk, for_members=member is not None)
        )

    return [
        site.page("/sessions/{id}/calendar.ics", one),
        site.page("/calendar.ics", all_of_them),
    ]


def of_a_member(desk: Desk) -> Response:
    """Give the calendar of all meetings as members may know them."""
    return _all_of_them(desk, for_members=True)


def write(
    name: str, entries: Sequence[Entry], *, host: str, zone: ZoneInfo = AT_GREENWICH
) -> str:
    """Write a calendar of meetings.

    Args:
        name: whose calendar it is.
        entries: the meetings in it; may be none.
        host: makes each meeting's id one that nobody else uses.
        zone: the clock of the place where they are held.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Folkmoot//Meetings//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    if entries and zone.key != GREENWICH:
        lines += _clock(zone, entries)
    for entry in entries:
        lines += _event(entry, host, zone)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _all_of_them(desk: Desk, *, for_members: bool) -> Response:
    found = (
        _entry(desk, id, state, for_members=for_members)
        for id, state in node.load_all(desk, "session").items()
    )
    entries = [each for each in found if each is not None]
    return _answer(naming.our_name(desk), entries, desk.config, file="meetings")


def _clock(zone: ZoneInfo, entries: Sequence[Entry]) -> list[str]:
    """Tell calendars that know no places how the clocks of this one go (3.6.5).

    Each change from before the first of these meetings to the end of the last one is
    given by itself.
    """
    first = min(entry.starts_at for entry in entries)
    last = max(entry.ends_at for entry in entries)
    there = first.astimezone(zone)
    offset = there.utcoffset() or timedelta()
    start = zones.Change(
        at=first - timedelta(days=1),
        before=offset,
        after=offset,
        summer=bool(there.dst()),
        name=zones.short_name(first, zone),
    )
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone.key}"]
    for change in (start, *zones.changes(zone, first, last)):
        kind = "DAYLIGHT" if change.summer else "STANDARD"
        shown = change.at.astimezone(UTC) + change.before
        lines += [
            f"BEGIN:{kind}",
            f"DTSTART:{shown:%Y%m%dT%H%M%S}",
            f"TZOFFSETFROM:{_offset(change.before)}",
            f"TZOFFSETTO:{_offset(change.after)}",
            f"TZNAME:{_text(change.name)}",
            f"END:{kind}",
        ]
    return [*lines, "END:VTIMEZONE"]


def _offset(offset: timedelta) -> str:
    minutes = round(offset / timedelta(minutes=1))
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"


def _event(entry: Entry, host: str, zone: ZoneInfo) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{entry.id}@{host}",
        f"DTSTAMP:{_time(entry.written_at)}",
        f"DTSTART{_local(entry.starts_at, zone)}",
        f"DTEND{_local(entry.ends_at, zone)}",
        f"SUMMARY:{_text(entry.title)}",
        f"STATUS:{_status(entry)}",
        f"SEQUENCE:{entry.revision}",
        f"URL:{entry.address}",
    ]
    if entry.place is not None:
        lines.append(f"LOCATION:{_text(entry.place)}")
    if entry.landmark:
        lines.append("CATEGORIES:Landmark")
    return [*lines, "END:VEVENT"]


def _status(entry: Entry) -> str:
    if entry.cancelled:
        return "CANCELLED"
    return "TENTATIVE" if entry.tentative else "CONFIRMED"


def _entry(
    desk: Desk, id: str, state: session.State, *, for_members: bool
) -> Entry | None:
    """Give a meeting as it may be told; None for who may not know of it."""
    assert state.called is not None
    notice = state.called.notice
    if notice.told != "everyone" and not for_members:
        return None
    place_too = for_members or notice.place_told == "everyone"
    planned = run_sheet.phases_of(floor.sheet(desk, id), notice.kind)
    return Entry(
        id=id,
        address=f"{desk.config.base}/sessions/{id}",
        title=events.wording(desk.connection, notice.title) or "",
        starts_at=notice.starts_at,
        ends_at=state.closed_at or run_sheet.ends(planned, notice.starts_at),
        place=events.wording(desk.connection, notice.place) if place_too else None,
        cancelled=state.cancelled_at is not None,
        tentative=state.tentative,
        landmark=notice.landmark,
        revision=len(events.history(desk.connection, f"session:{id}"))
        + len(events.history(desk.connection, f"run_sheet:{id}")),
        written_at=desk.now,
    )


def _answer(name: str, entries: list[Entry], config: Config, *, file: str) -> Response:
    return Response(
        write(name, entries, host=config.host, zone=config.zone),
        headers={
            "content-type": KIND,
            "content-disposition": f'attachment; filename="{file}.ics"',
        },
    )


def _local(at: datetime, zone: ZoneInfo) -> str:
    """Write a time by the clock of a place, or in UTC where that would not tell it.

    What a clock shows twice is read as the first of the two (RFC 5545, 3.3.5).
    """
    there = at.astimezone(zone)
    if zone.key == GREENWICH or there.fold:
        return f":{_time(at)}"
    return f";TZID={zone.key}:{there:%Y%m%dT%H%M%S}"


def _time(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def _text(says: str) -> str:
    """Escape a text (RFC 5545, 3.3.11). What could end the line becomes ``\\n``."""
    escaped = says.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(escaped.splitlines())


def _folded(line: str) -> str:
    """Break a line so that no part is longer than it may be, between characters."""
    parts, part, size = [], "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > LONGEST_LINE:
            parts.append(part)
            # The space that marks a line as the rest of the one before counts too.
            part, size = "", 1
        part, size = part + letter, size + width
    return "\r\n ".join([*parts, part])
