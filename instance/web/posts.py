"""What the assembly said to its followers, and what people elsewhere replied.

A reply is welcome and is no vote; every page that shows one says so.
"""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical, reading
from activitypub.canonical import JsonObject
from instance import markup
from instance.desk import Desk
from instance.store import posts
from instance.web.rendering import render
from instance.web.site import Site, not_found

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What somebody elsewhere wrote, cleaned. ``source`` is where it stands."""

    author: str
    html: Markup
    at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A post in a list, as its title or its beginning."""

    path: str
    says: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPage:
    title: str | None
    html: Markup
    at: datetime
    about: str | None
    entry: str | None
    replies: tuple[Reply, ...]


def newest(desk: Desk, *, most: int) -> list[Line]:
    """List the newest public posts of the assembly."""
    return [
        _line(row["path"], canonical.read(row["body"].encode()))
        for row in posts.newest_objects(desk.connection, most=most)
    ]


def replies_to(desk: Desk, id: str) -> tuple[Reply, ...]:
    """Return what people elsewhere replied to a post of ours, oldest first."""
    return tuple(
        Reply(
            author=row["author"],
            html=markup.clean(row["content"]),
            at=canonical.read_time(row["published"]),
            source=row["id"],
        )
        for row in posts.replies(desk.connection, id)[:MOST_SHOWN]
    )


def view(desk: Desk, path: str) -> PostPage | None:
    """Show a public post with its replies; None where there is none."""
    row = posts.object_at(desk.connection, path)
    if row is None or not row["public"]:
        return None
    document = canonical.read(row["body"].encode())
    page = reading.link_of(document.get("url"))
    prefix = f"{desk.config.base}/"
    about = None
    if page is not None and page.startswith(prefix) and page != row["id"]:
        about = f"/{page.removeprefix(prefix)}"
    return PostPage(
        title=_text(document, "name"),
        html=markup.clean(_text(document, "content") or ""),
        at=canonical.read_time(row["published"]),
        about=about,
        entry=row["entry"],
        replies=replies_to(desk, row["id"]),
    )


def _line(path: str, document: JsonObject) -> Line:
    says = _text(document, "name") or markup.plain(_text(document, "content") or "")
    return Line(
        path=f"/{path}",
        says=says if len(says) <= 140 else f"{says[:139]}…",
        at=canonical.read_time(str(document["published"])),
    )


def _text(document: JsonObject, term: str) -> str | None:
    text = document.get(term)
    return text if isinstance(text, str) and text else None


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        path = f"n/{request.path_params['id']}"
        shown = await site.node.look(lambda desk: view(desk, path))
        if shown is None:
            raise not_found()
        return render(request, "post.html", page=shown)

    return [site.spoken_page("/n/{id}", page)]
