"""Block lists pass between servers as the CSV that Mastodon and others read and write.

A list that comes in makes nothing laxer: where two measures meet the stricter stays.
It is shown before it is taken, with what it would end; our own server and those of
fellow members are never on it.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from activitypub import addresses
from activitypub.errors import Malformed
from confederation.errors import Filled, Phrase
from instance.desk import Desk
from instance.errors import Misused
from instance.fediverse import judgement as judging
from instance.fediverse import moderation
from instance.fediverse.judgement import Judgement, Severity
from instance.store import moderation as store
from instance.store import records
from instance.store.moderation import Measure

COLUMNS: Final = (
    "#domain",
    "#severity",
    "#reject_media",
    "#reject_reports",
    "#public_comment",
    "#obfuscate",
)
MOST_LINES: Final = 20_000
MOST_BYTES: Final = 1024 * 1024
LONGEST_COMMENT: Final = 500
SEVERITIES: Final = {
    "": Severity.SUSPEND,
    "noop": Severity.NONE,
    "silence": Severity.SILENCE,
    "limit": Severity.LIMIT,
    "suspend": Severity.SUSPEND,
}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a list says of one server, in normal form."""

    host: str
    severity: Severity
    reject_media: bool = False
    reject_reports: bool = False
    public_comment: str = ""
    obfuscate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a list would change about one server; ``before`` is None if it is new."""

    line: Line
    before: Severity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What taking a list would come to.

    Args:
        changes: what is new or gets stricter.
        same: how many lines change nothing.
        left_out: lines that are not taken, each with why.
        followers: how many people would follow us no longer.
    """

    changes: tuple[Change, ...]
    same: int
    left_out: tuple[str, ...]
    followers: int


def plan(desk: Desk, text: str) -> Plan:
    """Work out what taking a list would change, and change nothing.

    Raises:
        Misused: it is no such list, or far too long.
    """
    held = {measure.subject: measure for measure in store.measures(desk.connection)}
    fellows = {
        addresses.parse(known.address).authority
        for known in records.assemblies(desk.connection)
        if not known.ours
    }
    changes: dict[str, Change] = {}
    left_out: list[str] = []
    same = 0
    for number, line in _read(text):
        if isinstance(line, str):
            left_out.append(Filled("Line {number}: {why}", number=number, why=line))
        elif line.host in addresses.domains(desk.config.host):
            left_out.append(
                Filled(
                    "Line {number}: {host} is our own server.",
                    number=number,
                    host=line.host,
                )
            )
        elif any(line.host in addresses.domains(fellow) for fellow in fellows):
            left_out.append(
                Filled(
                    "Line {number}: an assembly that we confederate with lives at "
                    "{host}; decide on it by hand.",
                    number=number,
                    host=line.host,
                )
            )
        else:
            before = held.get(line.host)
            stricter = line if before is None else _stricter(before, line)
            if before is not None and _says_no_more(before, stricter):
                same += 1
            elif stricter.severity or stricter.reject_media or stricter.reject_reports:
                changes[line.host] = Change(
                    line=stricter, before=None if before is None else before.severity
                )
            else:
                same += 1
    return Plan(
        changes=tuple(changes.values()),
        same=same,
        left_out=tuple(left_out),
        followers=_lost(desk, changes.values()),
    )


def take(desk: Desk, found: Plan, *, by: str | None) -> None:
    """Carry a plan out."""
    for change in found.changes:
        line = change.line
        moderation.decide(
            desk,
            line.host,
            line.severity,
            by=by,
            reason="from a block list",
            reject_media=line.reject_media,
            reject_reports=line.reject_reports,
            public_comment=line.public_comment,
            obfuscate=line.obfuscate,
        )
    moderation.carry_through(desk)


def write(measures: Iterable[Measure]) -> str:
    """Write the measures about servers as a list for others.

    Persons are not on it, nor reasons, nor what ends by itself, since a list cannot say
    when. What is limited here is silenced for others, as they know no more.
    """
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow(COLUMNS)
    for measure in measures:
        if judging.host_of(measure.subject) is None or measure.ends_at is not None:
            continue
        sheet.writerow(
            (
                _stars(measure.subject) if measure.obfuscate else measure.subject,
                _WRITTEN[measure.severity],
                measure.reject_media,
                measure.reject_reports,
                _plain(measure.public_comment),
                measure.obfuscate,
            )
        )
    return out.getvalue()


_WRITTEN: Final = {
    Severity.NONE: "noop",
    Severity.SILENCE: "silence",
    Severity.LIMIT: "silence",
    Severity.SUSPEND: "suspend",
}


def _read(text: str) -> Iterator[tuple[int, Line | str]]:
    """Go through a list: each line's number, and what it says or why it cannot be."""
    if len(text.encode()) > MOST_BYTES:
        raise Misused("This list is too long: there is room for one megabyte.")
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
    except csv.Error as error:
        raise Misused("This is no list of servers in the usual form.") from error
    if not rows or len(rows) > MOST_LINES:
        raise Misused("A list has between one and {most:,} lines.", most=MOST_LINES)
    names = [cell.strip().lower().removeprefix("#") for cell in rows[0]]
    headed = "domain" in names
    for number, row in enumerate(rows[headed:], start=1 + headed):
        cells = dict(zip(names if headed else ["domain"], row, strict=False))
        yield number, _line({name: cell.strip() for name, cell in cells.items()})


def _line(cells: dict[str, str]) -> Line | str:
    written = cells.get("domain", "")
    if "*" in written.removeprefix("*."):
        return Phrase("the name of the server is hidden behind stars.")
    try:
        host = judging.subject(written)
    except Malformed:
        return Phrase("this is not the name of a server.")
    severity = SEVERITIES.get(cells.get("severity", "").lower())
    if judging.host_of(host) is None or "." not in host:
        return Phrase("this is not the name of a server.")
    if severity is None:
        return Phrase("this severity is not known.")
    comment = cells.get("public_comment", "")[:LONGEST_COMMENT]
    return Line(
        host=host,
        severity=severity,
        reject_media=_true(cells.get("reject_media", "")),
        reject_reports=_true(cells.get("reject_reports", "")),
        public_comment="".join(letter for letter in comment if letter.isprintable()),
        obfuscate=_true(cells.get("obfuscate", "")),
    )


def _true(cell: str) -> bool:
    return cell.lower() in {"true", "1", "yes"}


def _stricter(before: Measure, line: Line) -> Line:
    return replace(
        line,
        severity=max(before.severity, line.severity),
        reject_media=before.reject_media or line.reject_media,
        reject_reports=before.reject_reports or line.reject_reports,
        public_comment=before.public_comment or line.public_comment,
        obfuscate=before.obfuscate or line.obfuscate,
    )


def _says_no_more(before: Measure, line: Line) -> bool:
    # A list says of nothing when it ends, so what ends is less than what it asks for.
    return before.ends_at is None and (
        before.severity,
        before.reject_media,
        before.reject_reports,
    ) == (line.severity, line.reject_media, line.reject_reports)


def _lost(desk: Desk, changes: Iterable[Change]) -> int:
    coming = Judgement(
        severities={change.line.host: change.line.severity for change in changes}
    )
    return sum(
        coming.bars(follower) and not desk.judgement.bars(follower)
        for follower in store.followers_and_askers(desk.connection)
    )


def _stars(host: str) -> str:
    """Hide the middle of a name, as others do: it can be known by who knows it."""
    third = max(1, len(host) // 3)
    middle = "".join("." if letter == "." else "*" for letter in host[third:-third])
    return host[:third] + middle + host[-third:]


def _plain(text: str) -> str:
    """Keep a spreadsheet from reading a comment as a formula (S40)."""
    return f"'{text}" if text.startswith(_FORMULA) else text
