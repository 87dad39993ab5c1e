"""What an assembly has is its own: it leaves in files that other programs can read.

Two exports: what is public, as JSON and as tables, and the whole of what the assembly
is and did. The whole holds no key and nothing by which anybody signs in. Nor does it
hold what never leaves a node: slips, feelings, the pulse, needs, secret votes, what
passes with a meeting. See docs/reference/export.md.
"""

import base64
import csv
import io
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from activitypub import canonical
from activitypub.canonical import JsonObject
from activitypub.errors import Malformed
from instance import node
from instance.errors import Misused
from instance.store import database, events

WHOLE: Final = "folkmoot whole 1"
PUBLIC: Final = "folkmoot public 1"
LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
TABLES: Final = (
    "event",
    "wording",
    "person",
    "servant",
    "act",
    "assembly",
    "entry",
    "checkpoint",
    "cosignature",
    "compact",
    "contradiction",
    "erasure",
    "object",
    "activity",
    "telling",
    "said_in",
    "photo",
    "jurisdiction_note",
    "translation",
)
"""What the whole holds, by table, in the order in which it is read back."""
COLUMNS_LEFT_OUT: Final = {"person": frozenset({"actor"})}
MOST_BYTES: Final = 2 * 1024 * 1024 * 1024
CALCULATED: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would calculate."""

Cell = str | int | None
Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What an export of the whole holds, counted and checked."""

    rows: Mapping[str, int]
    streams: int


def write_csv(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Write a table as CSV (RFC 4180).

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
    return out.getvalue()


def whole(connection: sqlite3.Connection) -> bytes:
    """Write all that the assembly is and did; the same twice if nothing happened."""
    connection_schema = connection.execute("pragma user_version").fetchone()[0]
    document = {
        "format": WHOLE,
        "schema": connection_schema,
        "tables": {table: _rows(connection, table) for table in TABLES},
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def check(data: bytes) -> Held:
    """Read an export of the whole into an empty database, and check all of it.

    Every event is read by the rules of today, every text opens its commitment, and
    every entry is what its digest says.

    Raises:
        Misused: it is none, or something in it is not as it was written.
    """
    document = _document(data)
    with sqlite3.connect(":memory:", isolation_level=None) as connection:
        connection.row_factory = sqlite3.Row
        database.migrate(connection)
        restore(connection, document)
        check_texts(connection)
        check_entries(connection)
        streams = check_events(connection)
        counts = {
            table: int(
                connection.execute(f"select count(*) from {table}").fetchone()[0]  # noqa: S608
            )
            for table in TABLES
        }
    return Held(rows=counts, streams=streams)


def write(path: Path, data: bytes) -> None:
    """Write an export to a new file that only its owner can read.

    Raises:
        Misused: there is a file already, or it cannot be written.
    """
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(data)
    except OSError as error:
        raise Misused(
            "{path} cannot be written: {why}.", path=path, why=error.strerror
        ) from error


def read(path: Path) -> bytes:
    """Read an export from a file.

    Raises:
        Misused: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misused(
            "{path} cannot be read: {why}.", path=path, why=error.strerror
        ) from error


def restore(connection: sqlite3.Connection, document: Mapping[str, Any]) -> None:
    """Put the rows of an export into a database that has none of them.

    Raises:
        Misused: it was written by another version, or a row does not fit.
    """
    newest = database.newest_version()
    if document.get("schema") != newest:
        raise Misused(
            "This export has schema {schema}, and this program writes and reads "
            "{newest}. Use the version of the program that wrote it.",
            schema=document.get("schema"),
            newest=newest,
        )
    tables = document.get("tables")
    if not isinstance(tables, dict) or set(tables) != set(TABLES):
        raise Misused("This export does not hold the tables of an assembly.")
    for table in TABLES:
        try:
            for row in tables[table]:
                _insert(connection, table, row)
        except (sqlite3.Error, TypeError, ValueError, KeyError) as error:
            raise Misused(
                "A row of {table} cannot be read: {error}.", table=table, error=error
            ) from error


def _rows(connection: sqlite3.Connection, table: str) -> list[dict[str, object]]:
    left_out = COLUMNS_LEFT_OUT.get(table, frozenset())
    # The names are those of TABLES, and no others.
    found = connection.execute(f"select * from {table}")  # noqa: S608
    rows = [
        {
            column: _packed(row[column])
            for column in row.keys()  # noqa: SIM118 - a row is no mapping
            if column not in left_out
        }
        for row in found
    ]
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def _packed(value: object) -> object:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return value


def _unpacked(value: object) -> object:
    if isinstance(value, dict):
        return base64.b64decode(value["base64"], validate=True)
    return value


def _insert(
    connection: sqlite3.Connection, table: str, row: Mapping[str, object]
) -> None:
    known = {
        str(each["name"]) for each in connection.execute(f"pragma table_info({table})")
    }
    if not set(row) <= known:
        raise ValueError(f"it has a column {min(set(row) - known)!r}")
    columns = ", ".join(row)
    places = ", ".join(f":{column}" for column in row)
    connection.execute(
        f"insert into {table} ({columns}) values ({places})",  # noqa: S608
        {column: _unpacked(value) for column, value in row.items()},
    )


def check_texts(connection: sqlite3.Connection) -> None:
    """Check that every text opens its commitment.

    Raises:
        Misused: one does not.
    """
    for row in connection.execute("select commitment, salt, text from wording"):
        if canonical.commit(bytes(row["salt"]), row["text"]) != row["commitment"]:
            raise Misused(
                "The text {row!r} is not the one that was committed to.",
                row=str(row["text"])[:40],
            )


def check_entries(connection: sqlite3.Connection) -> None:
    """Check that every entry is what its digest says.

    Raises:
        Misused: one is not.
    """
    for row in connection.execute("select digest, body from entry"):
        if canonical.digest_of(bytes(row["body"])) != row["digest"]:
            raise Misused(
                "The entry {digest} is not as it was signed.", digest=row["digest"]
            )


def check_events(connection: sqlite3.Connection) -> int:
    """Read all that happened by the rules of today; return how many streams it was.

    Raises:
        Misused: one cannot be read.
    """
    found = connection.execute("select distinct stream from event order by stream")
    streams = [str(row["stream"]) for row in found]
    for stream in streams:
        try:
            node.state_of(stream, events.history(connection, stream))
        except (msgspec.MsgspecError, KeyError, ValueError) as error:
            raise Misused(
                "What happened in {stream} cannot be read by the rules of today: "
                "{error}.",
                stream=stream,
                error=error,
            ) from error
    return len(streams)


def _document(data: bytes) -> JsonObject:
    if len(data) > MOST_BYTES:
        raise Misused("This file is too large to be an export.")
    try:
        document = json.loads(data)
    except (ValueError, Malformed) as error:
        raise Misused("This is no export: {error}.", error=error) from error
    if not isinstance(document, dict) or document.get("format") != WHOLE:
        raise Misused("This is no export of a whole assembly.")
    return document


def _cell(value: Cell) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(CALCULATED) else text
