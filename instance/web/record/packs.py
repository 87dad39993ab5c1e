"""What came of something, to hand on: text, data, a sheet to print, and a picture.

Nothing is in a pack that a page does not show to everybody. It is under the licence of
our open data, and says where the signed entries behind it are found.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap
from typing import Final

from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from activitypub.canonical import JsonObject
from instance.desk import Desk
from instance.upkeep.exporting import LICENCE
from instance.web import languages, paper
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site, not_found

FORMAT: Final = "folkmoot-pack-1"
FREE: Final = N_("Free to use under")
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "txt": ("text/plain; charset=utf-8", N_("As text, to paste")),
    "json": ("application/json", N_("As data")),
    "svg": ("image/svg+xml", N_("As a picture")),
    "zip": ("application/zip", N_("All of it in one file")),
}
WIDTH: Final = 1080
MARGIN: Final = 60
LINE: Final = 46
MOST_LINES: Final = 60
LETTERS: Final = 54
"""So many letters stand in a line of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing in a pack: a heading, what it says, and figures with their names."""

    heading: str
    words: tuple[str, ...]
    figures: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What came of something. ``stem`` begins the names of its files."""

    stem: str
    title: str
    lead: str
    items: tuple[Item, ...]
    at: datetime
    back: str
    address: str


Gather = Callable[[Desk, Request], Pack]


def routes_at(site: Site, path: str, gather: Gather) -> list[Route]:
    """Make the routes of a pack: its page, its sheet, and its files."""

    async def gathered(request: Request) -> Pack:
        languages.speak(languages.choose(request))
        return await site.node.look(lambda desk: _spoken(desk, request, gather))

    async def page(request: Request) -> Response:
        return render(
            request,
            "pack.html",
            page=await gathered(request),
            here=request.url.path,
            kinds={kind: says for kind, (_, says) in KINDS.items()},
            licence=LICENCE,
        )

    async def sheet(request: Request) -> Response:
        pack = await gathered(request)
        back = request.url.path.removesuffix("/print")
        return paper.show(
            request, "sheet_pack.html", back=back, page=pack, licence=LICENCE
        )

    async def file(request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in KINDS:
            raise not_found()
        pack = await gathered(request)
        return Response(
            WRITE[kind](pack),
            media_type=KINDS[kind][0],
            headers={
                "content-disposition": f'attachment; filename="{pack.stem}.{kind}"',
                "link": f'<{LICENCE}>; rel="license"',
            },
        )

    return [
        site.page(path, page),
        site.page(f"{path}/print", sheet),
        site.page(f"{path}.{{kind}}", file),
    ]


def _spoken(desk: Desk, request: Request, gather: Gather) -> Pack:
    """Gather a pack in the reader's language."""
    languages.speak(languages.choose(request))
    return gather(desk, request)


def text(pack: Pack) -> str:
    """Write a pack as plain text, in the language that is spoken."""
    return "\n".join([*_lines(pack), "", *_foot(pack), ""])


def data(pack: Pack) -> str:
    """Write a pack as JSON. See docs/reference/export.md, "Packs"."""
    document: JsonObject = {
        "format": FORMAT,
        "licence": LICENCE,
        "written": canonical.write_time(pack.at),
        "address": pack.address,
        "title": pack.title,
        "lead": pack.lead,
        "items": [
            {
                "heading": item.heading,
                "words": list(item.words),
                "figures": dict(item.figures),
            }
            for item in pack.items
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def picture(pack: Pack) -> str:
    """Draw a pack as an SVG picture; what does not fit is found at its address."""
    written = [
        piece
        for line in [*_lines(pack)[1:]]
        for piece in (wrap(line, LETTERS) if line.strip() else [""])
    ]
    if len(written) > MOST_LINES:
        written = [*written[: MOST_LINES - 1], "…"]
    foot = [piece for line in _foot(pack) for piece in wrap(line, LETTERS + 12)]
    height = MARGIN * 2 + 80 + LINE * (len(written) + len(foot) + 1)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif">',
        f"<title>{escape(pack.title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fbf6f0"/>',
        f'<rect width="16" height="{height}" fill="#24573f"/>',
        *_drawn(wrap(pack.title, 38)[:1], at=MARGIN + 50, size=48, bold=True),
        *_drawn(written, at=MARGIN + 130, size=34),
        *_drawn(foot, at=MARGIN + 150 + LINE * len(written), size=26),
        "</svg>",
    ]
    return "\n".join(drawn)


def whole(pack: Pack) -> bytes:
    """Put the text, the data and the picture into one file."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for kind in ("txt", "json", "svg"):
            file.writestr(f"{pack.stem}.{kind}", WRITE[kind](pack))
    return written.getvalue()


WRITE: Final[Mapping[str, Callable[[Pack], str | bytes]]] = {
    "txt": text,
    "json": data,
    "svg": picture,
    "zip": whole,
}


def _lines(pack: Pack) -> list[str]:
    lines = [pack.title, "", pack.lead]
    for item in pack.items:
        lines += ["", item.heading, *item.words]
        if item.figures:
            figures = (f"{says}: {number}" for says, number in item.figures)
            lines.append(", ".join(figures))
    return lines


def _foot(pack: Pack) -> Iterator[str]:
    yield pack.address
    yield f"{languages.translated(FREE)} {LICENCE}"


def _drawn(
    lines: list[str], *, at: int, size: int, bold: bool = False
) -> Iterator[str]:
    weight = ' font-weight="bold"' if bold else ""
    for number, line in enumerate(lines):
        yield (
            f'<text x="{MARGIN}" y="{at + LINE * number}" font-size="{size}"{weight} '
            f'fill="#26241f">{escape(line)}</text>'
        )
