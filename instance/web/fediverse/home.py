"""What those write whom a member follows, and what the member says to it.

Everything here is for the member who asks: another sees none of it, and nobody outside
sees more than what was written for them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import addresses, canonical
from confederation.errors import Unknown
from instance import speech
from instance.desk import Desk
from instance.fediverse import markup, media, persona
from instance.reception import senders
from instance.store import errands, notices, personas, posts, timeline
from instance.store.posts import Actor
from instance.store.timeline import Post
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

PAGE: Final = 20
MOST_UNDER: Final = 50
MOST_PICTURES: Final = 4
MOST_HTML: Final = 6000
LONGEST_ADDRESS: Final = 2048
THE_END: Final = ("9999", "")
VISIBILITY: Final = {
    "public": N_("everybody"),
    "followers": N_("those who follow me"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as we draw it anew, and what its author says is to be seen on it."""

    source: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A post as it stands on a page.

    Args:
        id: its address.
        page: where it stands here, with what belongs to it.
        author: as people call them.
        author_page: what is known of them here.
        title: its title, or None.
        folded: what its author folds it under, or None.
        html: cleaned, and cut if it is long.
        cut: whether it was cut.
        pictures: those that belong to it.
        at: when it was written, or handed on.
        by: who handed it on, or None.
        audience: for whom it is, if not for everybody; else None.
        answers: the page of what it answers, or None.
        source: where it was written, or None for what was written here.
        liked: whether the reader likes it.
        handed_on: whether the reader has handed it on.
        mine: whether the reader wrote it.
    """

    id: str
    page: str
    author: str
    author_page: str
    title: str | None
    folded: str | None
    html: Markup
    cut: bool
    pictures: tuple[Picture, ...]
    at: datetime
    by: str | None
    audience: str | None
    answers: str | None
    source: str | None
    liked: bool
    handed_on: bool
    mine: bool

    @property
    def may_be_handed_on(self) -> bool:
        return self.audience is None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """``handle`` is None for a member who has no actor; ``older`` leads to more.

    ``unseen`` is how much others did since the member last looked.
    """

    handle: str | None
    name: str
    posts: tuple[Shown, ...]
    followed: int
    followers: int
    unseen: int
    older: str | None
    visibility: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadPage:
    """A post between what it answers and what answers it."""

    above: tuple[Shown, ...]
    post: Shown
    below: tuple[Shown, ...]
    narrow: bool


def page_of(id: str) -> str:
    """Return the page on which a post stands with what belongs to it."""
    return f"/home/post?id={quote(id, safe='')}"


def who_page(id: str) -> str:
    """Return the page of somebody, wherever they live."""
    return f"/home/who?id={quote(id, safe='')}"


def show(desk: Desk, me: Actor, post: Post) -> Shown:
    """Show a post to one of our actors, who may read it."""
    deeds = personas.deeds(desk.connection, actor=me.path, post=post.id)
    by = None if post.by is None else called(desk, post.by)
    audience = {
        "followers": N_("for followers only"),
        "direct": N_("for those named only"),
    }
    return Shown(
        id=post.id,
        page=page_of(post.id),
        author=post.handle,
        author_page=who_page(post.author),
        title=post.name,
        folded=post.summary,
        html=markup.clean(post.content[:MOST_HTML]),
        cut=len(post.content) > MOST_HTML,
        pictures=tuple(_pictures(desk, post)),
        at=canonical.read_time(post.at),
        by=by,
        audience=audience.get(post.visibility),
        answers=None if post.in_reply_to is None else page_of(post.in_reply_to),
        source=None if post.path is not None else post.url or post.id,
        liked="Like" in deeds,
        handed_on="Announce" in deeds,
        mine=post.author == speech.address(desk, me.path),
    )


def _pictures(desk: Desk, post: Post) -> Iterator[Picture]:
    """Give the pictures of a post, none of them from where its author put it (S41)."""
    for url, says in json.loads(post.pictures)[:MOST_PICTURES]:
        if desk.judgement.shows_media_of(addresses.parse(url).authority):
            yield Picture(source=media.proxied(desk, url), says=says)


def called(desk: Desk, actor: str) -> str:
    """Return how people call somebody, here or elsewhere."""
    return senders.handle(actor, senders.known(desk, actor))


def view(desk: Desk, member: Member, before: tuple[str, str]) -> HomePage:
    """Show a member what those wrote whom they follow."""
    me = personas.of(desk.connection, member.id)
    if me is None:
        return HomePage(
            handle=None,
            name=member.name,
            posts=(),
            followed=0,
            followers=0,
            unseen=0,
            older=None,
            visibility=VISIBILITY,
        )
    found = timeline.home(
        desk.connection,
        me=me.path,
        address=speech.address(desk, me.path),
        before=before,
        most=PAGE + 1,
    )
    last = found[PAGE - 1] if len(found) > PAGE else None
    return HomePage(
        handle=f"@{me.username}@{desk.config.host}",
        name=me.name,
        posts=tuple(show(desk, me, post) for post in found[:PAGE]),
        followed=len(personas.all_followed(desk.connection, me.path)),
        followers=posts.follower_count(desk.connection, me.path),
        unseen=notices.unseen(desk.connection, me=me.path),
        older=None
        if last is None
        else f"/home?before={quote(last.at)}&id={quote(last.id, safe='')}",
        visibility=VISIBILITY,
    )


def thread(desk: Desk, member: Member, id: str) -> ThreadPage:
    """Show a post with what it answers and what answers it.

    Raises:
        NotEntitled: the member has no actor.
        Unknown: it is not known here, or not for them; which of these is not said.
    """
    me = persona.of(desk, member.id)
    post = the_post(desk, me, id)
    above = timeline.above(desk.connection, me=me.path, of=post)
    below = timeline.below(desk.connection, me=me.path, id=id, most=MOST_UNDER)
    return ThreadPage(
        above=tuple(show(desk, me, each) for each in above),
        post=show(desk, me, post),
        below=tuple(show(desk, me, each) for each in below),
        narrow=post.visibility != "public",
    )


def the_post(desk: Desk, me: Actor, id: str) -> Post:
    """Return a post that one of our actors may read.

    Raises:
        Unknown: there is none.
    """
    found = timeline.post(desk.connection, me=me.path, id=id)
    if found is None:
        raise Unknown("This post is not here, or it is not for you.")
    return found


def inbox_of(desk: Desk, actor: str) -> str:
    """Return where somebody gets what is sent to them.

    Raises:
        Unknown: nothing is known of them.
    """
    known = senders.known(desk, actor)
    if known is None:
        raise Unknown("Nothing is known here of who wrote this.")
    return known.inbox


def answered(desk: Desk, me: Actor, id: str) -> persona.Answered:
    """Return a post that is to be answered, with its author's inbox and name.

    Raises:
        Unknown: there is none, or nothing is known of its author.
    """
    post = the_post(desk, me, id)
    host = addresses.parse(post.author).authority
    known = senders.known(desk, post.author)
    name = host if known is None or known.username is None else known.username
    return persona.Answered(
        post=post, inbox=inbox_of(desk, post.author), name=f"@{name}@{host}"
    )


def routes(site: Site) -> list[Route]:
    async def home(request: Request) -> Response:
        member = the_member(request)
        query = request.query_params
        before = query.get("before", ""), query.get("id", "")
        shown = await site.node.look(
            lambda desk: view(desk, member, before if before[0] else THE_END)
        )
        return render(request, "home.html", page=shown)

    async def post(request: Request) -> Response:
        member = the_member(request)
        id = request.query_params.get("id", "")
        shown = await site.node.look(lambda desk: thread(desk, member, id))
        return render(request, "home_post.html", page=shown)

    async def write(request: Request, form: Form) -> Response:
        form.only("text", "for")
        member = the_member(request)
        text = form.text("text", N_("Your post"), most=persona.LONGEST_POST)
        visibility = form.choice("for", "For whom", among=VISIBILITY)

        def say(desk: Desk) -> None:
            persona.write(
                desk,
                persona.of(desk, member.id),
                text,
                visibility=visibility,  # type: ignore[arg-type]
            )

        await site.work(say)
        return see_other("/home")

    async def reply(request: Request, form: Form) -> Response:
        form.only("text", "id")
        member, id = the_member(request), _id(form)
        text = form.text("text", N_("Your reply"), most=persona.LONGEST_POST)

        def say(desk: Desk) -> None:
            me = persona.of(desk, member.id)
            persona.write(desk, me, text, answering=answered(desk, me, id))

        await site.work(say)
        return see_other(page_of(id))

    async def do(request: Request, form: Form) -> Response:
        form.only("id", "do")
        member, id = the_member(request), _id(form)
        deed = form.choice("do", "What to do", among=_DEEDS)

        def carry_out(desk: Desk) -> None:
            me = persona.of(desk, member.id)
            kind = _DEEDS[deed]
            if deed.startswith("un"):
                persona.undo(desk, me, kind, id)
                return
            post = the_post(desk, me, id)
            persona.do(desk, me, kind, post, inbox=inbox_of(desk, post.author))

        await site.work(carry_out)
        return see_other(page_of(id))

    async def erase(request: Request, form: Form) -> Response:
        form.only("id")
        member, id = the_member(request), _id(form)
        await site.work(
            lambda desk: persona.erase(desk, persona.of(desk, member.id), id)
        )
        return see_other("/home")

    async def fill(request: Request, form: Form) -> Response:
        form.only("id")
        member, id = the_member(request), _id(form)

        def ask(desk: Desk) -> None:
            post = the_post(desk, persona.of(desk, member.id), id)
            if post.path is None and post.visibility == "public":
                errands.ask_again(
                    desk.connection,
                    kind="thread",
                    url=post.id,
                    at=desk.seconds,
                    because=post.id,
                )

        await site.work(ask)
        return see_other(page_of(id))

    return [
        site.page("/home", home),
        site.page("/home/post", post),
        site.form("/home", write, again=home),
        site.form("/home/reply", reply),
        site.form("/home/do", do),
        site.form("/home/erase", erase),
        site.form("/home/fill", fill),
    ]


_DEEDS: Final[dict[str, persona.Kind]] = {
    "like": "Like",
    "unlike": "Like",
    "hand on": "Announce",
    "un-hand on": "Announce",
}


def _id(form: Form) -> str:
    return form.line("id", N_("The post"), most=LONGEST_ADDRESS)
