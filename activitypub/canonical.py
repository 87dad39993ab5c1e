"""Two servers must read the same bytes alike, and hash the same document alike.

So JSON is read strictly: what another reader could understand otherwise (a key that
stands twice, half a surrogate pair, a number that rounds) is refused, and so is what
would cost us more to read than it cost to send. What is signed or hashed is written
in the one canonical form of RFC 8785.
"""

import hashlib
import json
import re
import unicodedata
from datetime import UTC, datetime
from itertools import groupby
from typing import NoReturn, TypeAlias

import msgspec
import rfc8785

from activitypub.errors import Malformed, TooLarge

JsonValue: TypeAlias = (
    "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
)
JsonObject: TypeAlias = dict[str, JsonValue]

MOST_BYTES = 1024 * 1024
MOST_DEPTH = 32
MOST_VALUES = 20_000
MOST_STRING_BYTES = 256 * 1024
MOST_INTEGER_DIGITS = 20
MOST_FLOAT_LENGTH = 64
LARGEST_INTEGER = 2**53 - 1
YEARS = range(2, 9999)
"""The years whose every time each place's clock can show, and Python reckon with."""

# A string that is never closed runs to the end: without the last question mark, text
# full of escaped quotes would be searched again from each of them.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NOT_STRUCTURE = bytes(set(range(256)) - set(b"[]{},"))
_INEXACT = re.compile(rb"[\[:,]-?[0-9]+[.eE]|[\[:,]-?[0-9]{16}")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# Not 24:00:00, which some versions of Python take for the next day.
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?!24)[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_BEYOND_BMP = re.compile(rb"[\xf0-\xf4]")
_LINKED_DATA = frozenset({"@graph", "@id", "@included", "@reverse", "@type"})
# A letter can be written as an escape as well, and by no other escape than this one.
_MAY_BE_LINKED_DATA = re.compile(rb'"@(?:graph|id|included|reverse|type)"|\\u')


def read(data: bytes, *, most_bytes: int = MOST_BYTES) -> JsonObject:
    """Read one JSON object as another server sent it.

    Args:
        data: UTF-8 without a byte order mark; for a list of entries, one line of it.
        most_bytes: the largest input that is looked at.

    Raises:
        TooLarge: there are more bytes than `most_bytes`.
        Malformed: it is no JSON object, readers could differ on what it says, or it
            is deeper, wider or longer than the bounds of this module.

    See federation.md, S35.
    """
    if len(data) > most_bytes:
        raise TooLarge(f"This document is larger than {most_bytes} bytes.")
    _check_structure(data)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("This document is not UTF-8.") from error
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Malformed(
            f"This document is not JSON: {error.msg}, at character {error.pos}."
        ) from error
    if not isinstance(document, dict):
        raise Malformed("This document is not a JSON object.")
    if _SURROGATE.search(text):
        _check_surrogates(document)
    return document


def read_canonical(data: bytes) -> JsonObject:
    """Read a document of the record, whose bytes must be its canonical form.

    What this returns can be hashed from the bytes at hand: for `data` that it
    accepts, ``digest(read_canonical(data)) == digest_of(data)``.

    Raises:
        TooLarge: as `read`.
        Malformed: as `read` and `check_exact`, or the bytes are not canonical.
    """
    document = read(data)
    # Where the bytes are canonical, and plain ASCII without a float or a long integer,
    # there is nothing left to be inexact; else it pays to say what is.
    if not data.isascii() or _INEXACT.search(data):
        check_exact(document)
    try:
        written = _write(document)
    except ValueError as error:
        # A long integer after a space was not looked at above.
        raise Malformed("This document has no canonical form.") from error
    if written != data:
        raise Malformed("This document is not written in its canonical form.")
    return document


def canonical(document: JsonObject) -> bytes:
    """Write a document in the one form that is hashed and signed.

    Raises:
        Malformed: it holds a number that has no exact canonical form.

    See RFC 8785.
    """
    try:
        return _write(document) if _is_plain(document) else rfc8785.dumps(document)
    except ValueError as error:
        raise Malformed(f"This document has no canonical form: {error}.") from error


def check_exact(document: JsonObject) -> None:
    """Refuse a document that could be read in two ways by two honest programs.

    The record holds no floats, no integers beyond 2^53 - 1, and only text in Unicode
    normal form C.

    Raises:
        Malformed: the sentence names the place as a JSON pointer.

    See federation.md §2.2.
    """
    fault = _fault(document)
    if fault is not None:
        pointer, what = fault
        raise Malformed(f"At {pointer}, {what}.")


def check_no_linked_data(
    document: JsonObject, *, read_from: bytes | None = None
) -> None:
    """Refuse a document that says one thing as JSON and another as JSON-LD.

    Args:
        document: what was read.
        read_from: the bytes that it was read from, which show for most documents that
            there is nothing of the kind; None if they are not at hand.

    Raises:
        Malformed: a JSON-LD keyword stands outside `@context`.

    See federation.md, S14.
    """
    if read_from is not None and not _MAY_BE_LINKED_DATA.search(read_from):
        return
    waiting: list[JsonValue] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            for keyword in _LINKED_DATA & value.keys():
                raise Malformed(f"“{keyword}” has no place outside “@context”.")
            waiting.extend(v for key, v in value.items() if key != "@context")


def digest(document: JsonObject) -> str:
    """Name a document by its content: `sha256:` and the hash of its canonical form.

    A signed document is hashed with its proof.
    """
    return digest_of(canonical(document))


def digest_of(data: bytes) -> str:
    """Name bytes that are canonical already, as stored entries are."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def is_digest(text: str) -> bool:
    """Whether this has the form of a digest or a commitment."""
    return _DIGEST.fullmatch(text) is not None


def commit(salt: bytes, text: str) -> str:
    """Commit to a text without showing it.

    Args:
        salt: 16 random bytes, kept beside the text and erased with it.
        text: hashed in normal form C by Unicode 3.2, as others read it; to commit to
            a text of ours, bring it into its :func:`normal` form first.

    See federation.md §2.2 and docs/decisions/0156-normal-form-by-one-table.md.
    """
    if len(salt) != 16:
        raise ValueError("A commitment's salt is 16 bytes.")
    return digest_of(salt + _alike(text).encode())


def normal(text: str) -> str:
    """Give a text in normal form C by all that is known here, to be written so.

    Whoever reads it finds that it is so by the table that all share as well.
    """
    return unicodedata.normalize("NFC", text)


def _alike(text: str) -> str:
    """Give a text in the normal form to which all programs bring it.

    Whatever Unicode 3.2 does not assign stands as it is: a newer table may know it as a
    mark to be put elsewhere, and two nodes would differ on what an entry may hold.
    """
    if text.isascii():
        return text
    return "".join(
        "".join(part) if unknown else normal("".join(part))
        for unknown, part in groupby(text, _is_unknown)
    )


def _is_unknown(letter: str) -> bool:
    return unicodedata.ucd_3_2_0.category(letter) == "Cn"


def write_time(at: datetime) -> str:
    """Write an instant in UTC to the whole second, what is left of it cut off."""
    if at.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    at = at.astimezone(UTC)
    return at.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def read_time(text: str) -> datetime:
    """Read an instant written by `write_time`, and no other form.

    Raises:
        Malformed: the form differs, there is no such day or second, or it is not in
            `YEARS`.
    """
    if not _TIME.fullmatch(text):
        raise Malformed("A time is written YYYY-MM-DDTHH:MM:SSZ.")
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed(f"There is no such time: {text}.") from error
    if at.year not in YEARS:
        raise Malformed(f"There is no clock for this time: {text}.")
    return at


def _check_structure(data: bytes) -> None:
    """Bound depth, values and strings before anything is parsed.

    Counting the marks that stand in strings too can only refuse too much, so only
    what exceeds a bound in this quick count is counted properly.
    """
    openers = data.count(b"[") + data.count(b"{")
    if (
        openers <= MOST_DEPTH
        and openers + data.count(b",") < MOST_VALUES
        and len(data) <= MOST_STRING_BYTES
    ):
        return
    structure = _outside_strings(data).translate(None, _NOT_STRUCTURE)
    openers = structure.count(b"[") + structure.count(b"{")
    if openers + structure.count(b",") >= MOST_VALUES:
        raise Malformed(f"This document holds more than {MOST_VALUES} values.")
    depth = 0
    for mark in structure.translate(None, b","):
        depth += 1 if mark in b"[{" else -1
        if depth > MOST_DEPTH:
            raise Malformed(f"This document is nested deeper than {MOST_DEPTH}.")


def _outside_strings(data: bytes) -> bytes:
    """Take the strings out, refusing what is too long or too many on the way."""
    rest = bytearray()
    end = 0
    for count, string in enumerate(_STRING.finditer(data)):
        if string.end() - string.start() > MOST_STRING_BYTES + 2:
            raise Malformed(f"A string is longer than {MOST_STRING_BYTES} bytes.")
        if count > 2 * MOST_VALUES:
            raise Malformed(f"This document holds more than {MOST_VALUES} values.")
        rest += data[end : string.start()]
        end = string.end()
    return bytes(rest + data[end:])


def _object(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("A key stands twice in one object.")
    return members


def _integer(text: str) -> int:
    if len(text.removeprefix("-")) > MOST_INTEGER_DIGITS:
        raise Malformed(f"An integer has more than {MOST_INTEGER_DIGITS} digits.")
    return int(text)


def _float(text: str) -> float:
    if len(text) > MOST_FLOAT_LENGTH:
        raise Malformed(f"A number is longer than {MOST_FLOAT_LENGTH} characters.")
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise Malformed("A number is too large.")
    return number


def _no_such_number(text: str) -> NoReturn:
    raise Malformed(f"{text} is not a number in JSON.")


def _check_surrogates(document: JsonObject) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Malformed("A string holds half of a surrogate pair.") from error


def _write(document: JsonObject) -> bytes:
    """Write a document that holds no floats and no integers beyond 2^53 - 1."""
    data = _ENCODER.encode(document)
    # RFC 8785 sorts keys by UTF-16 units, the encoder by code points. The two orders
    # differ only where a character beyond the BMP takes part.
    if data.isascii() or not _BEYOND_BMP.search(data):
        return data
    return rfc8785.dumps(document)


def _is_plain(value: JsonValue) -> bool:
    """Whether the fast encoder writes every number in this as RFC 8785 does."""
    if value is None or isinstance(value, str):
        return True
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, int) and -LARGEST_INTEGER <= value <= LARGEST_INTEGER


def _fault(value: JsonValue) -> tuple[str, str] | None:
    """Find the first inexact value: its JSON pointer, and what is wrong with it."""
    if isinstance(value, str):
        if _alike(value) != value:
            return "", "a text is not in Unicode normal form C"
    elif isinstance(value, dict):
        for key, item in value.items():
            if (fault := _fault(key) or _fault(item)) is not None:
                escaped = key.replace("~", "~0").replace("/", "~1")
                return f"/{escaped}{fault[0]}", fault[1]
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if (fault := _fault(item)) is not None:
                return f"/{index}{fault[0]}", fault[1]
    elif isinstance(value, float):
        return "", "a number is not an integer"
    elif value is not None and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        return "", "an integer is beyond 2^53 - 1"
    return None


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_float,
    parse_constant=_no_such_number,
)
_ENCODER = msgspec.json.Encoder(order="sorted")
