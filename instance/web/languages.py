"""A page is read in the reader's language, and says who has checked the translation.

English is the language that everything is written in. A catalogue beside the code
(``instance/languages/<code>.po``) gives the same sentences in another one. What people
write themselves is never translated here.

Python marks what is shown to people with `N_` and does not translate it. A template
translates what is marked wherever it shows it, and its own words with ``_(…)`` and
``{% trans %}``. See docs/how-to/translate.md.
"""

import gettext
import io
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any, Final, Literal
from unicodedata import bidirectional
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError, negotiate_locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.messages import mofile, pofile
from babel.numbers import format_decimal
from starlette.requests import Request

from activitypub import errors
from activitypub.errors import ProtocolError
from confederation.errors import (
    ByNumber,
    Filled,
    OneOf,
    Phrase,
    Reason,
    Sentences,
    Series,
)
from instance import zones

COOKIE: Final = "folkmoot-language"
MOST_IN_HEADER: Final = 1_000
MOST_ASKED_FOR: Final = 20
RIGHT_TO_LEFT: Final = frozenset(("R", "AL", "AN"))
FIRST_STRONG_ISOLATE: Final = "\N{FIRST STRONG ISOLATE}"
LEFT_TO_RIGHT_ISOLATE: Final = "\N{LEFT-TO-RIGHT ISOLATE}"
POP_ISOLATE: Final = "\N{POP DIRECTIONAL ISOLATE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language of the pages. ``checked`` says that a speaker has read all of it."""

    code: str
    name: str
    direction: Literal["ltr", "rtl"] = "ltr"
    checked: bool = False


ENGLISH: Final = Language(code="en", name="English", checked=True)
LANGUAGES: Final[Mapping[str, Language]] = {
    each.code: each
    for each in (
        ENGLISH,
        Language(code="fr", name="Français"),
        Language(code="ar", name="العربية", direction="rtl"),
    )
}

WRITTEN: Final = (
    *("en", "am", "ar", "bg", "bn", "cy", "de", "es", "fa", "fr", "ga", "gd", "gu"),
    *("hi", "it", "ku", "lt", "ne", "pa", "pl", "ps", "pt", "ro", "ru", "so", "sq"),
    *("sw", "ta", "ti", "tr", "uk", "ur", "vi", "yo", "zh"),
)
"""The languages that people can say they spoke or wrote in, by their tags."""

_current: ContextVar[Language] = ContextVar("language", default=ENGLISH)
_zone: ContextVar[ZoneInfo] = ContextVar("zone", default=zones.AT_GREENWICH)


class Technical(Phrase):
    """What another server did wrong, for whoever keeps a node and reads English.

    To everybody else ``plainly`` says it.
    """

    __slots__ = ("plainly",)

    plainly: str


def reason(refusal: Exception) -> str:
    """Return why something was refused, so that it can be shown in any language."""
    if isinstance(refusal, ProtocolError):
        technical = Technical(refusal)
        kinds = (PLAINLY.get(kind) for kind in type(refusal).__mro__)
        technical.plainly = next(filter(None, kinds))
        return technical
    if isinstance(refusal, Reason) and isinstance(refusal.says, Filled):
        return refusal.says
    if not isinstance(refusal, Reason) or not refusal.filled:
        return str(refusal)
    return Filled(refusal.says, **refusal.filled)


def why(refusal: Exception | None) -> str | None:
    """Return why something would be refused, as `reason` does; None if it would not."""
    return None if refusal is None else reason(refusal)


class Said(str):
    """A sentence of the program's own, which pages show in the reader's language."""

    __slots__ = ()


def N_(says: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark a sentence as one that pages show; it stays the English string it is."""
    return says if isinstance(says, Phrase) else Said(says)


SIGNED: Final[Mapping[str, str]] = {
    "bfi": N_("British Sign Language"),
    "isg": N_("Irish Sign Language"),
    "fsl": N_("French Sign Language"),
    "ase": N_("American Sign Language"),
    "gsg": N_("German Sign Language"),
    "ssp": N_("Spanish Sign Language"),
    "jos": N_("Jordanian Sign Language"),
    "sgn": N_("another sign language"),
}
"""The languages that people can say somebody signs in, by their tags (ISO 639-3)."""


def shown(value: object) -> object:
    """Return what a template shows for a value: what is marked is translated."""
    match value:
        case Said() | Phrase():
            return translated(value)
        case OneOf() | Series() | Sentences():
            return _shown(value)
        case _:
            return value


PLAINLY: Final[Mapping[type[BaseException], str]] = {
    errors.ProtocolError: N_("Something came that is not as it should be."),
    errors.Malformed: N_("What came, or was typed, cannot be read."),
    errors.NotAuthentic: N_("It is not signed by the one in whose name it came."),
    errors.Forbidden: N_("Whoever asked is known, and may not see it."),
    errors.TooLarge: N_("It is larger than what is read here."),
    errors.Unsupported: N_("It is of a kind that is not read here."),
    errors.TooMany: N_("Too much was asked in a short time. Please try again later."),
    errors.TooSlow: N_("It did not come in time."),
    errors.Unreachable: N_("The other server gave no usable answer in time."),
    errors.Gone: N_("The other server says that it is not there, or no more."),
    errors.NotAllowed: N_("This address is none that this node may ask."),
}
"""What `ProtocolError` and its kinds say to people who read no English."""


def choose(request: Request) -> Language:
    """Choose the language of a page: what the reader chose, else what they prefer."""
    chosen = LANGUAGES.get(request.cookies.get(COOKIE, ""))
    if chosen is not None:
        return chosen
    wanted = _wanted(request.headers.get("accept-language", ""))
    try:
        found = negotiate_locale(wanted, list(LANGUAGES), sep="-")
    except (UnknownLocaleError, ValueError):
        return ENGLISH
    return LANGUAGES.get(found or "", ENGLISH)


def speak(language: Language) -> None:
    """Show pages in a language from here on, in this one request."""
    _current.set(language)


def spoken() -> Language:
    """Return the language of the page that is being made."""
    return _current.get()


def named(tag: str) -> str:
    """Name a language as the reader does; by its tag where we have no name for it."""
    if tag in SIGNED:
        return translated(SIGNED[tag])
    return str(Locale.parse(spoken().code).languages.get(tag, tag))


def translated(says: str) -> str:
    """Return a whole sentence in the reader's language; in English if nobody has."""
    if isinstance(says, Technical) and spoken() != ENGLISH:
        return translated(says.plainly)
    if isinstance(says, Filled):
        sentence = _sentence(says)
        filled = _InPlace().vformat(sentence, (), says.filled)
        untold = sentence in _english(says.says) and spoken().direction == "rtl"
        return f"{LEFT_TO_RIGHT_ISOLATE}{filled}{POP_ISOLATE}" if untold else filled
    return _catalogue(spoken().code).gettext(str(says)) if says else says


def tell_by(zone: ZoneInfo) -> None:
    """Tell the time by a place's clock from here on, in this one request."""
    _zone.set(zone)


def clock() -> ZoneInfo:
    """Return by whose clock the page that is being made tells the time."""
    return _zone.get()


def moment(at: datetime, pattern: str = "d MMMM y, HH:mm") -> str:
    """Write a time in the reader's language by the clock of the place, and name it.

    Args:
        at: the time.
        pattern: how, in the notation of Unicode; by default to the minute.
    """
    return f"{by_the_clock(at, pattern)} {zones.short_name(at, clock())}"


def by_the_clock(at: datetime, pattern: str) -> str:
    """Write a time as `moment` does, without the name of its clock."""
    if spoken().direction == "rtl":
        pattern = pattern.replace(",", "،")
    return format_datetime(at.astimezone(clock()), pattern, locale=spoken().code)


def in_number(one: str, many: str, number: int) -> str:
    """Return the form of a sentence that goes with a number."""
    return _catalogue(spoken().code).ngettext(one, many, number)


def series(
    said: Iterable[str], *, style: Literal["standard", "or", "unit"] = "standard"
) -> str:
    """Write several as a list in a sentence: "a, b and c".

    In another style it is "a, b or c", or with no such word between the last two.
    """
    return format_list(list(said), style=style, locale=_locale())


class _InPlace(Formatter):
    """Fills a sentence in the reader's language."""

    def convert_field(self, value: Any, conversion: Any) -> object:
        if conversion is None:
            return _shown(value)
        return _apart(str(super().convert_field(value, conversion)))

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, int) and format_spec == ",":
            return str(format_decimal(value, locale=_locale()))
        return str(super().format_field(value, format_spec))


def _english(says: str | ByNumber) -> tuple[str, ...]:
    return (says,) if isinstance(says, str) else (says.one, says.many)


def _sentence(says: Filled) -> str:
    if isinstance(says.says, str):
        return _catalogue(spoken().code).gettext(says.says)
    number = next(iter(says.filled.values()))
    assert isinstance(number, int)
    return in_number(says.says.one, says.says.many, number)


def _shown(value: object) -> object:
    match value:
        case datetime():
            return moment(value)
        case date():
            return format_date(value, "d MMMM y", locale=_locale())
        case Exception():
            return translated(reason(value))
        case Sentences():
            return " ".join(str(_shown(each)) for each in value)
        case OneOf():
            return series(map(str, map(_shown, value)), style="or")
        case Series():
            return series(map(str, map(_shown, value)), style="unit")
        case tuple() | list():
            return series(map(str, map(_shown, value)))
        case Said() | Phrase():
            return translated(value)
        case str():
            return _apart(value)
        case _:
            return value


def _locale() -> str:
    return "en_GB" if spoken() == ENGLISH else spoken().code


def _apart(said: str) -> str:
    """Keep what others wrote from turning the words around it the other way."""
    to_the_left = any(bidirectional(letter) in RIGHT_TO_LEFT for letter in said)
    if to_the_left or spoken().direction == "rtl":
        return f"{FIRST_STRONG_ISOLATE}{said}{POP_ISOLATE}"
    return said


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == ENGLISH.code:
        return gettext.NullTranslations()
    source = resources.files("instance") / "languages" / f"{code}.po"
    packed = io.BytesIO()
    with source.open("rb") as file:
        mofile.write_mo(packed, pofile.read_po(file, locale=code))
    packed.seek(0)
    return gettext.GNUTranslations(packed)


def _wanted(header: str) -> list[str]:
    """Read an Accept-Language header, the most wanted first."""
    asked = []
    for part in header[:MOST_IN_HEADER].split(",")[:MOST_ASKED_FOR]:
        tag, _, weight = part.partition(";")
        quality = weight.strip().removeprefix("q=")
        # Weights are compared as they are written: 0.8 sorts before 0.75, as it should.
        if tag.strip() and quality not in ("0", "0.0"):
            asked.append((quality or "1", tag.strip()))
    asked.sort(key=lambda each: each[0], reverse=True)
    return [tag for _, tag in asked]
