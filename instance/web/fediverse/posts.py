"""What the assembly said to its followers, and what people elsewhere replied.

A reply is welcome and is no vote; every page that shows one says so.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical, reading
from activitypub.canonical import JsonObject
from confederation.errors import NotEntitled, Unknown
from instance import carriers, speech
from instance.desk import Desk
from instance.fediverse import deleting, markup
from instance.store import attendance, personas, posts, reactions, remote_posts
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site, not_found, see_other
from instance.web.visits import signed_in, the_member

MOST_SHOWN: Final = 200
DEEPEST: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What somebody elsewhere wrote, cleaned.

    Args:
        author: as people call them; empty if they took it back.
        title: what they call it, or None.
        html: their words.
        folded: what they fold their words under, or None.
        at: when they wrote it.
        source: where it stands.
        depth: how many replies lie between it and the post, at most `DEEPEST`.
        deleted: whether its author took it back; then nothing but its place is left.
    """

    author: str
    title: str | None
    html: Markup
    folded: str | None
    at: datetime
    source: str
    depth: int
    deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What people elsewhere wrote about a post of ours, and how many did what.

    Args:
        replies: what everyone may read.
        apart: what only members read, since its authors are kept at a distance; empty
            for everybody else.
        likes: how many like it.
        shares: how many passed it on.
        coming: how many say that they come; None where nobody is invited.
    """

    replies: tuple[Reply, ...] = ()
    apart: tuple[Reply, ...] = ()
    likes: int = 0
    shares: int = 0
    coming: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A post in a list, as its title or its beginning."""

    path: str
    says: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPage:
    """A post of ours. ``by`` is who wrote it, if that was a member for themselves.

    ``delete`` is where the clerk sends the form that deletes it; None where nobody can.
    """

    by: str | None
    title: str | None
    html: Markup
    at: datetime
    about: str | None
    entry: str | None
    delete: str | None
    elsewhere: Elsewhere


def newest(desk: Desk, *, most: int) -> list[Line]:
    """List the newest public posts of the assembly."""
    return [
        _line(row["path"], canonical.read(row["body"].encode()))
        for row in posts.newest_objects(desk.connection, most=most)
    ]


def elsewhere(
    desk: Desk, carrier: sqlite3.Row | None, *, members: bool = False
) -> Elsewhere:
    """Return what people elsewhere did with a post of ours, if there is one.

    With ``members`` the replies of those lie beside it whom only members read.
    """
    if carrier is None:
        return Elsewhere()
    id, is_meeting = carrier["id"], carrier["type"] == "Event"
    counts = reactions.counts(desk.connection, id)
    return Elsewhere(
        replies=tuple(_replies(desk, id, shown_to="everyone")),
        apart=tuple(_replies(desk, id, shown_to="members")) if members else (),
        likes=counts.likes,
        shares=counts.shares,
        coming=attendance.coming(desk.connection, id) if is_meeting else None,
    )


def _replies(
    desk: Desk, id: str, *, shown_to: Literal["everyone", "members"]
) -> Iterator[Reply]:
    """Go through a thread: each reply, then what was said to it, oldest first.

    One that was taken back is there only for the sake of those that answer it.
    """
    under: dict[str, list[sqlite3.Row]] = defaultdict(list)
    rows = remote_posts.replies(desk.connection, id, shown_to=shown_to)[:MOST_SHOWN]
    here = {row["id"] for row in rows}
    for row in rows:
        parent = row["in_reply_to"]
        under[parent if parent in here else id].append(row)
    waiting = [(row, 0) for row in reversed(under[id])]
    while waiting:
        row, depth = waiting.pop()
        answers = under[row["id"]]
        waiting += [(answer, depth + 1) for answer in reversed(answers)]
        deleted = row["deleted_at"] is not None
        if deleted and all(each["deleted_at"] for each in answers):
            continue
        yield Reply(
            author=row["author"],
            title=row["name"],
            html=markup.clean(row["content"]),
            folded=row["summary"],
            at=canonical.read_time(row["published"]),
            source=row["id"],
            depth=min(depth, DEEPEST),
            deleted=deleted,
        )


def begun_elsewhere(desk: Desk, *, members: bool = False) -> Elsewhere:
    """Return the threads that people elsewhere began in our group."""
    group = speech.address(desk, speech.group_path(desk))
    return Elsewhere(
        replies=tuple(_replies(desk, group, shown_to="everyone")),
        apart=tuple(_replies(desk, group, shown_to="members")) if members else (),
    )


def view(desk: Desk, path: str, *, members: bool = False) -> PostPage | None:
    """Show a public post with its replies; None where there is none.

    Raises:
        HTTPException: it was deleted.
    """
    row = posts.object_at(desk.connection, path)
    if row is None or not row["public"]:
        return None
    if row["type"] == "Tombstone":
        raise HTTPException(410, N_("Whoever wrote this has deleted it."))
    document = canonical.read(row["body"].encode())
    page = reading.link_of(document.get("url"))
    prefix = f"{desk.config.base}/"
    about = None
    if page is not None and page.startswith(prefix) and page != row["id"]:
        about = f"/{page.removeprefix(prefix)}"
    ours = row["actor"] == speech.clerk_path(desk)
    title, html = _text(document, "name"), _text(document, "content") or ""
    # Its text begins with its name, for servers that show nobody the name itself.
    html = html.removeprefix(carriers.headed(title)) if title else html
    return PostPage(
        by=_member(desk, row["actor"]),
        delete=None if deleting.is_official(row) or not ours else f"/{path}/delete",
        title=title,
        html=markup.clean(html),
        at=canonical.read_time(row["published"]),
        about=about,
        entry=row["entry"],
        elsewhere=elsewhere(desk, row, members=members),
    )


def _delete(desk: Desk, path: str) -> None:
    row = posts.object_at(desk.connection, path)
    # Whatever else is in this place is its author's, or is not there for the clerk.
    if row is None or row["actor"] != speech.clerk_path(desk):
        raise Unknown("There is no such post of the assembly.")
    deleting.delete(desk, row["id"])


def _member(desk: Desk, actor: str) -> str | None:
    if not personas.is_one(desk.connection, actor):
        return None
    found = posts.actor(desk.connection, actor)
    return None if found is None else found.name


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
        members = signed_in(request) is not None
        shown = await site.node.look(lambda desk: view(desk, path, members=members))
        if shown is None:
            raise not_found()
        member = signed_in(request)
        clerk = member is not None and "clerk" in member.roles
        return render(request, "post.html", page=shown, clerk=clerk)

    async def delete(request: Request, form: Form) -> Response:
        form.only()
        if "clerk" not in the_member(request).roles:
            raise NotEntitled("This is for the clerk to do.")
        path = f"n/{request.path_params['id']}"
        await site.work(lambda desk: _delete(desk, path))
        return see_other("/")

    async def threads(request: Request) -> Response:
        members = signed_in(request) is not None
        found = await site.node.look(
            lambda desk: begun_elsewhere(desk, members=members)
        )
        return render(request, "elsewhere.html", heard=found)

    return [
        site.spoken_page("/n/{id}", page),
        site.form("/n/{id}/delete", delete, again=page),
        site.page("/elsewhere", threads),
    ]
