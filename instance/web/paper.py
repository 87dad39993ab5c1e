"""A page for the printer says on the screen what it is, and on paper only what it says.

Every sheet has a variant in large type, and a code to scan with its address beside it.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from instance.web import languages
from instance.web.languages import LANGUAGES, N_, Language
from instance.web.rendering import TEMPLATES, render

LARGE: Final = "large"
BESIDE: Final = "in"
MOST_BESIDE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands around a page for the printer (``print.html``).

    ``variants`` are addresses with what they say; ``lang`` and ``dir`` are the page's.
    """

    back: str
    large: bool = False
    variants: tuple[tuple[str, str], ...] = ()
    lang: str = "en"
    dir: str = "ltr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The same words in one language; the first one is what the others follow."""

    language: Language
    first: bool
    words: Markup


def is_large(request: Request) -> bool:
    """Whether somebody asks for large type, with ``?size=large``."""
    return request.query_params.get("size") == LARGE


def show(
    request: Request,
    template: str,
    *,
    back: str,
    variants: Sequence[tuple[str, str]] = (),
    **page: object,
) -> HTMLResponse:
    """Show a page for the printer; ``template`` extends ``print.html``."""
    large, language = is_large(request), languages.choose(request)
    size = N_("Usual type") if large else N_("Large type")
    sheet = Sheet(
        back=back,
        large=large,
        variants=(
            (_with(request, size="" if large else LARGE), size),
            *variants,
        ),
        lang=language.code,
        dir=language.direction,
    )
    return render(request, template, status=200, sheet=sheet, qr=qr, **page)


def qr(text: str) -> Markup:
    """Draw a text as a QR code that stands in the page itself; it needs no style."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn,
        kind="svg",
        border=2,
        light="#fff",
        xmldecl=False,
        svgns=True,
        nl=False,
        omitsize=True,
        svgclass=None,
        lineclass=None,
    )
    picture = drawn.getvalue().decode()
    return Markup(picture.replace("<svg ", '<svg aria-hidden="true" ', 1))


def beside(request: Request, usual: Sequence[str] = ()) -> tuple[Language, ...]:
    """Return the languages of a sheet: the reader's first, then those asked for.

    ``?in=fr,ar`` asks for them; without it the ``usual`` ones stand beside the first.
    """
    first = languages.choose(request)
    asked = request.query_params.get(BESIDE)
    codes = usual if asked is None else asked.split(",")
    others = [
        LANGUAGES[code] for code in codes if code in LANGUAGES and code != first.code
    ]
    return (first, *dict.fromkeys(others))[:MOST_BESIDE]


def sides(
    template: str, spoken: Sequence[Language], **page: object
) -> tuple[Side, ...]:
    """Write one part of a sheet in each of these languages, side by side."""
    before, found = languages.spoken(), []
    try:
        for language in spoken:
            languages.speak(language)
            words = TEMPLATES.get_template(template).render(
                {**page, "language": language}
            )
            found.append(
                Side(
                    language=language,
                    first=language == spoken[0],
                    words=Markup(words),
                )
            )
    finally:
        languages.speak(before)
    return tuple(found)


def titles(says: str, spoken: Sequence[Language]) -> tuple[tuple[Language, str], ...]:
    """Write one sentence of ours in each of these languages, and none of them twice."""
    before, found = languages.spoken(), dict[str, Language]()
    try:
        for language in spoken:
            languages.speak(language)
            found.setdefault(languages.translated(says), language)
    finally:
        languages.speak(before)
    return tuple((language, title) for title, language in found.items())


def other_languages(
    request: Request, spoken: Sequence[Language]
) -> tuple[tuple[str, str], ...]:
    """Offer the same sheet with one more language beside it, or with one alone."""
    shown = [each.code for each in spoken[1:]]
    offered = [
        (_with(request, **{BESIDE: ",".join([*shown, each.code])}), f"+ {each.name}")
        for each in LANGUAGES.values()
        if each not in spoken
    ]
    if shown:
        offered.append((_with(request, **{BESIDE: ""}), N_("One language")))
    return tuple(offered)


def _with(request: Request, **changed: str) -> str:
    """Return the address of this very sheet with something changed in it."""
    kept = dict(request.query_params) | changed
    if not kept.get("size", "x"):
        del kept["size"]
    return f"{request.url.path}?{urlencode(kept)}" if kept else request.url.path
