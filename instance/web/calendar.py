"""A meeting in a calendar says what those who called it may have told to whoever asks.

The form is that of RFC 5545, written by hand: a handful of lines, and no names.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import run_sheet, session
from instance import node
from instance.desk import Desk
from instance.store import events
from instance.web import naming, setup, visits
from instance.web.site import Site, not_found

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
        return _answer(name, [entry], host=site.node.config.host, file="meeting")

    async def all_of_them(request: Request) -> Response:
        member = visits.signed_in(request)

        def look(desk: Desk) -> tuple[str, list[Entry]]:
            found = (
                _entry(desk, id, state, for_members=member is not None)
                for id, state in node.load_all(desk, "session").items()
            )
            return naming.our_name(desk), [each for each in found if each is not None]

        name, entries = await site.node.look(look)
        return _answer(name, entries, host=site.node.config.host, file="meetings")

    return [
        site.page("/sessions/{id}/calendar.ics", one),
        site.page("/calendar.ics", all_of_them),
    ]


def write(name: str, entries: Iterable[Entry], *, host: str) -> str:
    """Write a calendar of meetings.

    Args:
        name: whose calendar it is.
        entries: the meetings in it; may be none.
        host: makes each meeting's id one that nobody else uses.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Folkmoot//Meetings//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for entry in entries:
        lines += _event(entry, host)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(entry: Entry, host: str) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{entry.id}@{host}",
        f"DTSTAMP:{_time(entry.written_at)}",
        f"DTSTART:{_time(entry.starts_at)}",
        f"DTEND:{_time(entry.ends_at)}",
        f"SUMMARY:{_text(entry.title)}",
        f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}",
        f"SEQUENCE:{entry.revision}",
        f"URL:{entry.address}",
    ]
    if entry.place is not None:
        lines.append(f"LOCATION:{_text(entry.place)}")
    return [*lines, "END:VEVENT"]


def _entry(
    desk: Desk, id: str, state: session.State, *, for_members: bool
) -> Entry | None:
    """Give a meeting as it may be told; None for who may not know of it."""
    assert state.called is not None
    notice = state.called.notice
    if notice.told != "everyone" and not for_members:
        return None
    place_too = for_members or notice.place_told == "everyone"
    planned = run_sheet.phases_of(setup.sheet_of(desk, id), notice.kind)
    return Entry(
        id=id,
        address=f"{desk.config.base}/sessions/{id}",
        title=events.wording(desk.connection, notice.title) or "",
        starts_at=notice.starts_at,
        ends_at=state.closed_at or run_sheet.ends(planned, notice.starts_at),
        place=events.wording(desk.connection, notice.place) if place_too else None,
        cancelled=state.cancelled_at is not None,
        revision=len(events.history(desk.connection, f"session:{id}"))
        + len(events.history(desk.connection, f"run_sheet:{id}")),
        written_at=desk.now,
    )


def _answer(name: str, entries: list[Entry], *, host: str, file: str) -> Response:
    return Response(
        write(name, entries, host=host),
        headers={
            "content-type": KIND,
            "content-disposition": f'attachment; filename="{file}.ics"',
        },
    )


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
