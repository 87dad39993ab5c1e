"""Finding the others: who is troubled by what and where, and who offers what."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import ByNumber
from confederation.matters import look_alike
from instance.desk import Desk
from instance.errors import Misused
from instance.store import records
from instance.store.look_alikes import Index, Issue
from instance.web import naming
from instance.web.dealings import aid
from instance.web.matters import look_alikes
from instance.web.naming import Named, Words
from instance.web.rendering import render
from instance.web.site import Site

MOST_FOUND: Final = 50
LONGEST_SEARCH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An issue in the directory."""

    digest: str
    title: Words
    by: Named
    theme: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """An assembly in the directory: what it troubles itself with, and where."""

    assembly: Named
    places: tuple[str, ...]
    themes: tuple[str, ...]
    issues: int
    together: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Who is out there, as far as records are held here."""

    query: str
    place: str
    theme: str
    neighbours: tuple[Neighbour, ...]
    places: tuple[tuple[str, int], ...]
    themes: tuple[tuple[str, int], ...]
    found: tuple[Found, ...]
    more: bool
    offered: tuple[aid.Line, ...]
    needed: tuple[aid.Line, ...]


def view(desk: Desk, *, query: str, place: str, theme: str) -> Directory:
    """List who is troubled by what and where, as far as records are held here."""
    held = look_alikes.index(desk)
    issues = [*held.issues.values()]
    if query.strip():
        found = held.find(look_alike.stems(query))
        issues = [held.issues[each] for each in found]
    else:
        issues.reverse()
    chosen = [
        each for each in issues if _fits(place, each.place) and _fits(theme, each.theme)
    ]
    help_ = aid.view_list(desk)
    return Directory(
        query=query,
        place=place,
        theme=theme,
        neighbours=_neighbours(desk, held),
        places=_counted(each.place for each in held.issues.values()),
        themes=_counted(each.theme for each in held.issues.values()),
        found=tuple(_found(desk, each) for each in chosen[:MOST_FOUND]),
        more=len(chosen) > MOST_FOUND,
        offered=tuple(_help(help_.offered, place, theme)),
        needed=tuple(_help(help_.needed, place, theme)),
    )


def _neighbours(desk: Desk, held: Index) -> tuple[Neighbour, ...]:
    together = look_alikes.deciding_together(desk)
    found = []
    for known in records.assemblies(desk.connection):
        theirs = [each for each in held.issues.values() if each.assembly == known.id]
        found.append(
            Neighbour(
                assembly=naming.assembly(desk, known.id),
                places=tuple(dict.fromkeys(e.place for e in theirs if e.place)),
                themes=tuple(dict.fromkeys(e.theme for e in theirs if e.theme)),
                issues=len(theirs),
                together=known.id in together,
            )
        )
    return tuple(found)


def _counted(texts: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Count texts that are the same but for large letters and marks."""
    written: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for text in texts:
        if text.strip():
            key = " ".join(look_alike.folded(text).split())
            written.setdefault(key, text.strip())
            counts[key] += 1
    return tuple((written[key], counts[key]) for key in sorted(counts))


def _fits(wanted: str, text: str) -> bool:
    return not wanted.strip() or look_alike.folded(wanted).split() == (
        look_alike.folded(text).split()
    )


def _help(lines: Iterable[aid.Line], place: str, theme: str) -> Iterator[aid.Line]:
    """Pass on what is offered or needed at a place and for a theme, if one is named."""
    for line in islice(lines, MOST_FOUND):
        if _fits(place, line.place) and _fits(theme, line.theme):
            yield line


def _found(desk: Desk, one: Issue) -> Found:
    return Found(
        digest=one.digest,
        title=Words(text=one.title or None),
        by=naming.assembly(desk, one.assembly),
        theme=one.theme,
        place=one.place,
    )


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        given = {
            name: request.query_params.get(name, "") for name in ("q", "place", "theme")
        }
        if any(len(text) > LONGEST_SEARCH for text in given.values()):
            raise Misused(
                ByNumber(
                    "Please look for at most {most} letter at once.",
                    "Please look for at most {most} letters at once.",
                ),
                most=LONGEST_SEARCH,
            )
        shown = await site.node.look(
            lambda desk: view(
                desk, query=given["q"], place=given["place"], theme=given["theme"]
            )
        )
        return render(request, "directory.html", page=shown)

    return [site.page("/directory", page)]
