"""A page is read in the reader's language, and says who has checked the translation.

Python marks what is shown to people with `N_` and does not translate it. A template
translates what is marked wherever it shows it, and its own words with ``_(…)`` and
``{% trans %}``. See docs/how-to/translate.md.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from babel import Locale
from babel.core import UnknownLocaleError, negotiate_locale
from starlette.requests import Request

from instance.languages import (
    ENGLISH,
    FIRST_STRONG_ISOLATE,
    LANGUAGES,
    N_,
    POP_ISOLATE,
    Language,
    Said,
    by_the_clock,
    clock,
    in_number,
    known,
    moment,
    phrased,
    reason,
    series,
    shown,
    speak,
    speaking,
    spoken,
    tell_by,
    translated,
    why,
)

__all__ = [
    "COOKIE",
    "ENGLISH",
    "FIRST_STRONG_ISOLATE",
    "LANGUAGES",
    "N_",
    "POP_ISOLATE",
    "SIGNED",
    "WRITTEN",
    "Language",
    "Said",
    "by_the_clock",
    "choose",
    "clock",
    "in_number",
    "known",
    "moment",
    "named",
    "phrased",
    "reason",
    "series",
    "shown",
    "speak",
    "speaking",
    "spoken",
    "tell_by",
    "translated",
    "why",
]

COOKIE: Final = "folkmoot-language"
MOST_IN_HEADER: Final = 1_000
MOST_ASKED_FOR: Final = 20
WRITTEN: Final = (
    *LANGUAGES,
    *("am", "bg", "bn", "cy", "de", "es", "fa", "ga", "gd", "gu"),
    *("hi", "it", "ku", "lt", "ne", "pa", "pl", "ps", "pt", "ro", "ru", "so", "sq"),
    *("sw", "ta", "ti", "tr", "uk", "ur", "vi", "yo", "zh"),
)
"""The languages that people can say they spoke or wrote in, by their tags."""

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


def choose(request: Request) -> Language:
    """Choose the language of a page: what the reader chose, else what they prefer.

    Whoever prefers none that the pages speak reads that of the assembly.
    """
    chosen = LANGUAGES.get(request.cookies.get(COOKIE, ""))
    if chosen is not None:
        return chosen
    ours: Language = request.app.state.node.config.speaks
    wanted = _wanted(request.headers.get("accept-language", ""))
    try:
        found = negotiate_locale(wanted, list(LANGUAGES), sep="-")
    except (UnknownLocaleError, ValueError):
        return ours
    return LANGUAGES.get(found or "", ours)


def named(tag: str) -> str:
    """Name a language as the reader does; by its tag where we have no name for it."""
    if tag in SIGNED:
        return translated(SIGNED[tag])
    return str(Locale.parse(spoken().code).languages.get(tag, tag))


def offered(used: Iterable[str] = ()) -> tuple[str, ...]:
    """List the languages to choose from: those of the pages, those used, the rest.

    The rest stand as the reader's alphabet has them.
    """
    known = frozenset(WRITTEN)
    near = (*LANGUAGES, *(each for each in used if each in known))
    return tuple(dict.fromkeys((*near, *sorted(WRITTEN, key=named))))


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
