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

from instance.web.rendering import render

LARGE: Final = "large"


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
    large, path = is_large(request), request.url.path
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "size"]
    here = f"{path}?{_query(kept)}" if kept else path
    bigger = f"{path}?{_query([*kept, ('size', LARGE)])}"
    size = (here, "Usual type") if large else (bigger, "Large type")
    sheet = Sheet(back=back, large=large, variants=(size, *variants))
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


def _query(pairs: Sequence[tuple[str, str]]) -> str:
    return urlencode(pairs)
