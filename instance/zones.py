"""Records are kept in UTC; people are told the time by the clock of their own place."""

import functools
import os
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from instance.errors import Misused

GREENWICH: Final = "UTC"
AT_GREENWICH: Final = ZoneInfo(GREENWICH)
HERE: Final = Path("/etc/localtime")
_DATABASE: Final = "/zoneinfo/"
_STEP: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A moment at which the clocks of a place change; offsets are those from UTC."""

    at: datetime
    before: timedelta
    after: timedelta
    summer: bool
    name: str


@functools.cache
def named(name: str) -> ZoneInfo:
    """Return the clock of a place, such as ``Europe/Berlin``.

    Raises:
        Misused: no place is known by this name.
    """
    try:
        return ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Misused(
            "{name!r} is no time zone: give one by its place, such as Europe/Berlin.",
            name=name,
        ) from error


def guess() -> str:
    """Guess where the node is from the machine that it is made on; else UTC."""
    told = os.environ.get("TZ", "").removeprefix(":")
    linked = str(HERE.resolve()).partition(_DATABASE)[2]
    for name in (told, linked):
        if name in zoneinfo.available_timezones():
            return GREENWICH if name in {"Etc/UTC", "UCT", "Zulu"} else name
    return GREENWICH


def short_name(at: datetime, zone: ZoneInfo) -> str:
    """Name what the clocks show there at a time: ``CET``, ``BST``, ``UTC-03``."""
    name = at.astimezone(zone).tzname() or GREENWICH
    # Where people have no short name for it, the database has only the distance.
    return f"{GREENWICH}{name}" if name[0] in "+-" else name


def span(begins: datetime, ends: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """Write the two hours of a span; the first names its clock where it is another."""
    before, after = short_name(begins, zone), short_name(ends, zone)
    first = f"{begins.astimezone(zone):%H:%M}"
    last = f"{ends.astimezone(zone):%H:%M} {after}"
    return first if before == after else f"{first} {before}", last


def written(at: datetime, zone: ZoneInfo) -> str:
    """Write a time in English with its weekday and its clock, for what is sent out."""
    return f"{at.astimezone(zone):%A %-d %B %Y at %H:%M} {short_name(at, zone)}"


def day_written(at: datetime, zone: ZoneInfo) -> str:
    """Write the day that a time falls on by the clock of a place, for what is sent."""
    return f"{at.astimezone(zone):%-d %B %Y}"


def from_wall(shown: datetime, zone: ZoneInfo) -> datetime:
    """Return in UTC when the clocks of a place show this; the first time, if twice.

    Raises:
        Misused: they never show it, for they are put forward over it.
    """
    at = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != shown.replace(fold=0):
        raise Misused(
            "{time} does not happen on {day}: the clocks go forward over it. Please "
            "choose an hour before or after.",
            time=f"{shown:%H:%M}",
            day=f"{shown:%Y-%m-%d}",
        )
    return at


def changes(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Change]:
    """Find when the clocks of a place change between two instants, to the second."""
    at = since.astimezone(UTC)
    while at < until:
        later = min(at + _STEP, until.astimezone(UTC))
        if at.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            yield _change(zone, at, later)
        at = later


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> Change:
    """Narrow a change of the clocks down, between two instants that it lies between."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    at = after.replace(microsecond=0)
    there = at.astimezone(zone)
    return Change(
        at=at,
        before=old or timedelta(),
        after=there.utcoffset() or timedelta(),
        summer=bool(there.dst()),
        name=short_name(at, zone),
    )
