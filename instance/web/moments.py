"""Times and spans as people write them in forms."""

import re
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from typing import Final

from activitypub.canonical import YEARS
from confederation.errors import ByNumber, Filled
from instance import zones
from instance.desk import Desk
from instance.errors import Misused
from instance.web.forms import Form
from instance.web.languages import LANGUAGES, N_, phrased, speaking

MOST: Final = 40
SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
LENGTHS: Final = {
    "day": ByNumber("{number} day", "{number} days"),
    "hour": ByNumber("{number} hour", "{number} hours"),
    "minute": ByNumber("{number} minute", "{number} minutes"),
}
SPANS: Final = {
    "week": ByNumber("{number} week", "{number} weeks"),
    **LENGTHS,
    "second": ByNumber("{number} second", "{number} seconds"),
}
LONGEST_SPAN: Final = 366 * 86400
MOST_APART: Final = timedelta(minutes=10)
LONGEST_WAIT: Final = timedelta(days=730)
_SPAN: Final = re.compile(r"([0-9]{1,9}) ?(second|minute|hour|day|week)s?", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,9}")


def ahead(desk: Desk, at: datetime) -> bool:
    """Say whether a date is further ahead than the clocks of two good nodes part."""
    return at > desk.now + MOST_APART


def time(form: Form, name: str, label: str) -> datetime | None:
    """Return a time in UTC, with seconds or without; None where nothing was given.

    It was typed by the clock of the form's place, unless it says how far from UTC it
    is. Of an hour that the clocks show twice, the first is meant.

    Raises:
        Misused: it is no time, or one that the clocks there never show.
    """
    written = form.line(name, label, least=0, most=MOST)
    if not written:
        return None
    at = _read(written, form)
    if at is None or at.year not in YEARS:
        raise Misused(
            "“{label}” is a day and a time by the clock here, such as "
            "2026-11-22T20:00.",
            label=N_(label),
        ).of(name)
    return at


def _read(written: str, form: Form) -> datetime | None:
    try:
        at = datetime.fromisoformat(written)
        if at.tzinfo is None:
            return zones.from_wall(at, form.zone)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day_to_come(form: Form, name: str, label: str, *, now: datetime) -> datetime | None:
    """Return the end of a day to come, in UTC; None where none was given.

    Raises:
        Misused: it is no day, or not within two years.
    """
    written = form.line(name, label, least=0, most=20)
    if not written:
        return None
    try:
        day = datetime.fromisoformat(written).date()
    except ValueError:
        raise Misused("“{label}” is a day such as 2026-12-24.", label=label).of(
            name
        ) from None
    ends = datetime.combine(day, time_of_day(23, 59), tzinfo=UTC)
    if not now - timedelta(days=1) < ends < now + LONGEST_WAIT:
        raise Misused("“{label}” is a day to come, within two years.", label=label).of(
            name
        )
    return ends


def span(form: Form, name: str, label: str) -> int:
    """Return a length of time in seconds, as ``7 days``; a bare number is seconds.

    It may be said in any language of the pages, as `write_span` says it.

    Raises:
        Misused: it is none, or longer than a year.
    """
    written = form.line(name, label, most=MOST).lower()
    if written.isascii() and written.isdecimal():
        written = f"{written[:9]} seconds"
    found = _SPAN.fullmatch(written)
    seconds = int(found[1]) * SECONDS[found[2]] if found else _in_other_words(written)
    if seconds > LONGEST_SPAN:
        raise Misused(
            "“{label}” is a length of time such as 7 days or 24 hours.", label=N_(label)
        ).of(name)
    return seconds


def said(seconds: int) -> Filled:
    """Say a length of time in the largest unit that it is a whole number of."""
    for unit, says in LENGTHS.items():
        number, rest = divmod(seconds, SECONDS[unit])
        if number and not rest:
            return Filled(says, number=number)
    return Filled(ByNumber("{number} second", "{number} seconds"), number=seconds)


def write_span(seconds: int) -> str:
    """Write a length of time as `span` reads it."""
    for unit, says in SPANS.items():
        number, rest = divmod(seconds, SECONDS[unit])
        if number and not rest:
            return phrased(says, number=number)
    return phrased(SPANS["second"], number=seconds)


def _in_other_words(written: str) -> int:
    """Read a length of time in whatever language of the pages; too long if in none.

    Some languages say one and two without a digit.
    """
    digits = _NUMBER.search(written)
    numbers = (int(digits[0]),) if digits else (1, 2)
    for language in LANGUAGES.values():
        with speaking(language):
            for unit, says in SPANS.items():
                for number in numbers:
                    if written.split() == phrased(says, number=number).split():
                        return number * SECONDS[unit]
    return LONGEST_SPAN + 1
