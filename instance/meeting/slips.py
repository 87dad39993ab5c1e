"""Slips from the doors are read strictly, and what is on them leaves the node nowhere.

What leaves is a text that a note-taker wrote; `given_away` finds what of a slip, or of
anybody, has slipped into it.
"""

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from activitypub.canonical import JsonObject
from confederation.errors import Filled
from instance.errors import Misused

FIELDS: Final = ("who", "phone", "address", "what", "why", "consent", "code")
NEEDED: Final = ("what", "consent")
LETTERS_IN_CODE: Final = 12
LONGEST: Final = {"who": 100, "phone": 40, "address": 200, "what": 2000, "why": 2000}
MOST_SLIPS: Final = 2000
YES: Final = frozenset({"yes", "true"})
NO: Final = frozenset({"no", "false"})

_TABLE: Final = re.compile(r"^[ \t]*\[\[\s*slip\s*\]\]", re.MULTILINE)
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
_PHONE: Final = re.compile(r"(?<![\w.])\+?\(?\d[\d \t()./-]{5,}\d(?!\w)")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_POSTCODE: Final = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")
_WORDS: Final = re.compile(r"\w+(?:['’-]\w+)*")
_TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "the", "and"})
FEWEST_DIGITS: Final = 7
_SAME_PHONE: Final = 6
_SHORTEST_NAME: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What one person said at their door.

    ``consent`` says whether they agreed that their name, phone number and address are
    kept. Where they did not, those three are empty. ``code`` is that of the part that
    they tore off, in small letters without dashes; empty where there is none.
    """

    what: str
    consent: bool
    why: str = ""
    who: str = ""
    phone: str = ""
    address: str = ""
    code: str = ""

    def document(self) -> JsonObject:
        """Give the slip as it is stored: without its code, of which a hash is kept."""
        return {name: each for name, each in asdict(self).items() if name != "code"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A slip with its number, and the issue that it was put under, if any."""

    number: int
    slip: Slip
    issue: str | None

    def matches(self, words: Iterable[str]) -> bool:
        """Whether one of these words is part of what was said, in small or capitals."""
        said = f"{self.slip.what} {self.slip.why}".casefold()
        return any(word.casefold() in said for word in words)


def read(data: bytes) -> tuple[Slip, ...]:
    """Read a file of slips: CSV with a header, or TOML with ``[[slip]]`` tables.

    Raises:
        Misused: it cannot be read whole; the sentence names the line and the field.

    See docs/reference/slips.md.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Misused(
            "Line {line} of the slips is not UTF-8. Please save the file as UTF-8.",
            line=line,
        ) from None
    if not text.strip():
        raise Misused("There are no slips in this file: it is empty.")
    rows = _from_toml(text) if _TABLE.search(text) else _from_csv(text)
    slips = tuple(_slip(where, row) for where, row in rows)
    codes = [each.code for each in slips if each.code]
    if len(set(codes)) < len(codes):
        raise Misused("Two of these slips have the same code. Please compare them.")
    if not slips:
        raise Misused("There are no slips in this file, only its first line.")
    if len(slips) > MOST_SLIPS:
        raise Misused(
            "These are {slips} slips; at most {most} at a time.",
            slips=len(slips),
            most=MOST_SLIPS,
        )
    return slips


def one(values: Mapping[str, str]) -> Slip:
    """Read one slip as it was written down in a form.

    Raises:
        Misused: a field is missing or too long.
    """
    return _slip("this slip", values)


def kept(number: int, document: JsonObject, issue: str | None) -> Kept:
    """Give a stored slip back as it was read."""
    texts = {name: str(document.get(name, "")) for name in LONGEST}
    slip = Slip(**texts, consent=document.get("consent") is True)
    return Kept(number=number, slip=slip, issue=issue)


def given_away(
    text: str, slips: Iterable[Kept], *, names: Iterable[str] = ()
) -> tuple[str, ...]:
    """Say, in a sentence each, what in a text could tell who somebody is.

    Args:
        text: what everybody would read.
        slips: every slip that is held here, not only those behind the text.
        names: of members, of which a whole name is looked for.
    """
    found: dict[str, None] = {}
    for each in slips:
        found.update(dict.fromkeys(_of_slip(text, each)))
    for name in names:
        if " " in name.strip() and _has_phrase(text, name):
            found[Filled("“{name}” is the name of a member.", name=name)] = None
    found.update(dict.fromkeys(_patterns(text)))
    return tuple(found)


def _of_slip(text: str, kept: Kept) -> Iterator[str]:
    slip, number = kept.slip, kept.number
    if slip.who and _has_phrase(text, slip.who):
        yield Filled(
            "The name “{name}” stands on slip {number}.", name=slip.who, number=number
        )
    else:
        written = set(_WORDS.findall(text))
        for part in _WORDS.findall(slip.who):
            if (
                part in written
                and len(part) >= _SHORTEST_NAME
                and part.casefold() not in _TITLES
            ):
                yield Filled(
                    "“{part}” is part of the name on slip {number}.",
                    part=part,
                    number=number,
                )
    digits = _digits(slip.phone)
    if len(digits) >= _SAME_PHONE and any(
        _digits(phone).endswith(digits[-_SAME_PHONE:]) for phone in _PHONE.findall(text)
    ):
        yield Filled(
            "The phone number {phone} stands on slip {number}.",
            phone=slip.phone,
            number=number,
        )
    for part in (slip.address, slip.address.partition(",")[0]):
        if any(map(str.isdigit, part)) and _has_phrase(text, part):
            yield Filled(
                "The address “{address}” stands on slip {number}.",
                address=part.strip(),
                number=number,
            )
            break


def _patterns(text: str) -> Iterator[str]:
    for email in _EMAIL.findall(text):
        yield Filled("“{email}” looks like an e-mail address.", email=email)
    for number in _PHONE.findall(_DATE.sub(" ", text)):
        if len(_digits(number)) >= FEWEST_DIGITS:
            yield Filled("“{number}” looks like a phone number.", number=number)
    for postcode in _POSTCODE.findall(text):
        yield Filled("“{postcode}” looks like a postcode.", postcode=postcode)


def _has_phrase(text: str, phrase: str) -> bool:
    """Whether the words of a phrase stand in a text one after the other."""
    words = [word.casefold() for word in _WORDS.findall(phrase)]
    every = [word.casefold() for word in _WORDS.findall(text)]
    return bool(words) and any(
        every[start : start + len(words)] == words
        for start in range(len(every) - len(words) + 1)
    )


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdecimal())


def _from_csv(text: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        header = [name.strip().lower() for name in next(rows)]
        _check_header(header)
        line = rows.line_num + 1
        for row in rows:
            if any(cell.strip() for cell in row):
                if len(row) != len(header):
                    raise Misused(
                        "Line {line} of the slips has {row} fields, and the "
                        "first line names {header}. A field that holds a comma "
                        "stands in quotation marks.",
                        line=line,
                        row=len(row),
                        header=len(header),
                    )
                yield (
                    Filled("Line {line}", line=line),
                    dict(zip(header, row, strict=True)),
                )
            line = rows.line_num + 1
    except csv.Error as error:
        raise Misused(
            "Line {line} of the slips cannot be read: {error}.", line=line, error=error
        ) from None


def _check_header(header: list[str]) -> None:
    for name in header:
        if name not in FIELDS:
            raise Misused(
                "Line 1 of the slips names a field {name!r}, which is none of "
                "{fields}.",
                name=name[:40],
                fields=[*FIELDS],
            )
        if header.count(name) > 1:
            raise Misused(
                "Line 1 of the slips names the field {name!r} twice.", name=name
            )
    for name in NEEDED:
        if name not in header:
            raise Misused(
                "Line 1 of the slips does not name the field {name!r}.", name=name
            )


def _from_toml(text: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misused(
            "The slips cannot be read as TOML: {error}.", error=error
        ) from None
    strange = sorted(document.keys() - {"slip"})
    if strange:
        raise Misused(
            "The file of slips holds {strange!r} beside its slips.", strange=strange[0]
        )
    starts = [text.count("\n", 0, at.start()) + 1 for at in _TABLE.finditer(text)]
    tables = document.get("slip", [])
    for number, table in enumerate(tables):
        where = Filled("Slip {number}", number=number + 1)
        if len(starts) == len(tables):
            where = Filled(
                "Line {line}, slip {number}", line=starts[number], number=number + 1
            )
        yield where, table


def _slip(where: str, row: Mapping[str, object]) -> Slip:
    for name in row:
        if name not in FIELDS:
            raise Misused(
                "{where}: there is no field {name!r}; a slip has {fields}.",
                where=where,
                name=str(name)[:40],
                fields=[*FIELDS],
            )
    consent = _consent(where, row.get("consent"))
    texts = {name: _text(where, name, row.get(name, "")) for name in LONGEST}
    if not texts["what"]:
        raise Misused(
            "{where}: the field 'what' is empty. What did they say?", where=where
        )
    if not consent:
        texts |= {"who": "", "phone": "", "address": ""}
    return Slip(**texts, consent=consent, code=_code(where, row.get("code", "")))


def code(text: str) -> str:
    """Return a code as it is kept: small letters and figures, and nothing between."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _code(where: str, given: object) -> str:
    written = code(given) if isinstance(given, str) else "?"
    if written and not (written.isascii() and len(written) == LETTERS_IN_CODE):
        raise Misused(
            "{where}: the field 'code' holds the {letters_in_code} letters and "
            "figures of the part that was torn off.",
            where=where,
            letters_in_code=LETTERS_IN_CODE,
        )
    return written


def _consent(where: str, given: object) -> bool:
    word = str(given).strip().lower() if isinstance(given, str | bool) else ""
    if word not in YES | NO:
        raise Misused(
            "{where}: the field 'consent' says yes or no: may their name, phone "
            "number and address be kept?",
            where=where,
        )
    return word in YES


def _text(where: str, name: str, given: object) -> str:
    if not isinstance(given, str):
        raise Misused(
            "{where}: the field {name!r} is not a text in quotation marks.",
            where=where,
            name=name,
        )
    text = given.replace("\r\n", "\n").strip()
    if len(text) > LONGEST[name]:
        raise Misused(
            "{where}: the field {name!r} has {text} characters; there is room "
            "for {most}.",
            where=where,
            name=name,
            text=len(text),
            most=LONGEST[name],
        )
    if any(ord(letter) < ord(" ") and letter not in "\n\t" for letter in text):
        raise Misused(
            "{where}: the field {name!r} holds control characters.",
            where=where,
            name=name,
        )
    return text
