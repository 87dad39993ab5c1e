"""The program says everything in English first, and then in the language spoken.

A catalogue beside this module (``<code>.po``) gives the same sentences in another
language. What people write themselves is never translated here.

What is done at a desk speaks the language of the assembly: so it writes what stays,
such as posts and minutes. Pages speak that of the reader. See docs/how-to/translate.md.
"""

import gettext
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any, Final, Literal
from unicodedata import bidirectional
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.messages import mofile, pofile
from babel.numbers import format_decimal
from markupsafe import Markup

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
from instance.errors import Misused

RIGHT_TO_LEFT: Final = frozenset(("R", "AL", "AN"))
WORDS: Final = re.compile(r"\b[a-zA-Z]+\b(?![^{]*\})")
"""Words of a sentence, not the names of its places."""
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

_current: ContextVar[Language | None] = ContextVar("language", default=None)
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


def known(code: str) -> Language:
    """Return a language that the pages speak.

    Raises:
        Misused: they do not speak it.
    """
    if code not in LANGUAGES:
        raise Misused(
            "The pages do not speak {code!r}: choose one of {known}.",
            code=code,
            known=tuple(LANGUAGES),
        )
    return LANGUAGES[code]


def guess() -> Language:
    """Guess the language of an assembly from the machine it is set up on."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if told := os.environ.get(name, ""):
            code = told.partition(".")[0].partition("_")[0]
            return LANGUAGES.get(code, ENGLISH)
    return ENGLISH


def speak(language: Language) -> None:
    """Speak a language from here on, in this one request or piece of work."""
    _current.set(language)


@contextmanager
def speaking(language: Language, *, by: ZoneInfo | None = None) -> Iterator[None]:
    """Speak a language for what is done inside, and tell the time by another clock."""
    spoke, told = _current.set(language), _zone.set(by or clock())
    try:
        yield
    finally:
        _current.reset(spoke)
        _zone.reset(told)


def spoken() -> Language:
    """Return the language that is spoken now."""
    return _current.get() or ENGLISH


def chosen() -> Language | None:
    """Return the language that is spoken now, or None where nobody has said so."""
    return _current.get()


def phrased(says: str | ByNumber, /, **filled: object) -> str:
    """Say a sentence of ours in the language spoken, with what fills its places."""
    return translated(Filled(says, **filled))


def mark_up(says: str | ByNumber, /, **filled: object) -> Markup:
    """Say a sentence of ours as `phrased` does, as HTML; what fills it may be HTML."""
    return Markup(_sentence(Filled(says, **filled))).format_map(
        {
            name: value if isinstance(value, Markup) else _shown(value)
            for name, value in filled.items()
        }
    )


def on_day(at: datetime) -> str:
    """Write the day that a time falls on by the clock of the place."""
    return by_the_clock(at, "d MMMM y")


def in_full(at: datetime) -> str:
    """Write a time as `moment` does, with its weekday and no comma, for a sentence."""
    return phrased(
        "{day} at {time}",
        day=Phrase(by_the_clock(at, "EEEE d MMMM y")),
        time=Phrase(f"{by_the_clock(at, 'HH:mm')} {zones.short_name(at, clock())}"),
    )


def translated(says: str) -> str:
    """Return a whole sentence in the reader's language; in English if nobody has."""
    if isinstance(says, Technical) and spoken() != ENGLISH:
        return translated(says.plainly)
    if isinstance(says, Filled):
        sentence = _sentence(says)
        filled = _InPlace().vformat(sentence, (), says.filled)
        untold = sentence in _english(says.says) and bool(WORDS.search(sentence))
        untold = untold and spoken().direction == "rtl"
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
