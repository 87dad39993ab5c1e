"""Who a member is elsewhere, whom they follow, and what is known of those.

A member has an actor only if they asked for one, and takes it back when they like.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical, reading
from confederation.errors import ByNumber, Unknown
from confederation.identifiers import MemberId
from instance import speech
from instance.desk import Desk
from instance.errors import Misused
from instance.fediverse import finding, markup, media, persona
from instance.reception import senders
from instance.store import errands, personas, posts, timeline
from instance.web.fediverse import home
from instance.web.fediverse.home import Shown
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.tries import TooOften
from instance.web.visits import Member, the_member

MOST_POSTS: Final = 10
MOST_FOLLOWERS: Final = 200
MOST_LOOKUPS: Final = 30
SPAN: Final = 10 * 60
MOST_SUMMARY: Final = 4000
STATES: Final = {
    "asked": N_("You asked to follow them; they have not answered yet."),
    "accepted": N_("You follow them."),
    "refused": N_("They do not let you follow them."),
}
KINDS: Final = {
    "Person": N_("A person"),
    "Group": N_("A group, or an assembly"),
    "Organization": N_("An organisation"),
    "Service": N_("An account that no person writes"),
    "Application": N_("A server"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoPage:
    """Somebody in the fediverse. ``source`` is their page, None for one of ours."""

    id: str
    name: str
    kind: str
    summary: Markup
    source: str | None
    state: str | None
    says: str | None
    myself: bool
    moved: str | None
    posts: tuple[Shown, ...]
    portrait: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedLine:
    name: str
    page: str
    id: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerLine:
    name: str
    page: str
    id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowersPage:
    """Who follows a member; ``more`` is how many are not shown."""

    lines: tuple[FollowerLine, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutPage:
    """What others read about a member, for them to change."""

    handle: str
    name: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OursPage:
    """A member's own actor, as anybody sees them."""

    name: str
    handle: str
    summary: str
    posts: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Lookups:
    """How often members looked somebody up lately, so that none makes us ask others
    without end."""

    lately: dict[MemberId, deque[int]] = field(default_factory=dict)

    def count(self, member: MemberId, *, at: int) -> None:
        """Count one more.

        Raises:
            TooOften: it was too many.
        """
        times = self.lately.setdefault(member, deque(maxlen=MOST_LOOKUPS))
        if len(times) == MOST_LOOKUPS and times[0] > at - SPAN:
            raise TooOften(
                ByNumber(
                    "You looked up {most} thing in ten minutes. Please wait a little.",
                    "You looked up {most} things in ten minutes. Please wait a little.",
                ),
                most=MOST_LOOKUPS,
            )
        times.append(at)


def who(desk: Desk, member: Member, id: str) -> WhoPage:
    """Show somebody to a member who has an actor.

    Raises:
        NotEntitled: the member has none.
        Unknown: nobody of that address is known here.
    """
    me = persona.of(desk, member.id)
    known = known_actor(desk, id)
    following = personas.following(desk.connection, me.path, id)
    written = timeline.by(desk.connection, me=me.path, author=id, most=MOST_POSTS)
    ours = senders.ours(desk, id) is not None
    return WhoPage(
        id=id,
        name=senders.handle(id, known),
        kind=KINDS.get(known.type, known.type),
        summary=markup.clean((known.summary or "")[:MOST_SUMMARY]),
        source=None if ours else known.url or known.id,
        state=None if following is None else following.state,
        says=None if following is None else STATES[following.state],
        myself=id == speech.address(desk, me.path),
        moved=known.moved_to,
        posts=tuple(home.show(desk, me, post) for post in written),
        portrait=media.portrait(desk, id),
    )


def known_actor(desk: Desk, id: str) -> reading.Actor:
    """Return what is known of somebody whom we have to do with.

    Raises:
        Unknown: nothing, or the moderators keep them out.
    """
    path = senders.ours(desk, id)
    known = senders.known(desk, id)
    if known is None or (path is None and desk.judgement.bars(id)):
        raise Unknown("Nobody of that address is known here.")
    if path is not None and personas.gone_at(desk.connection, path):
        raise Unknown("Whoever had this address has taken it back.")
    return known


def followed(desk: Desk, member: Member) -> tuple[FollowedLine, ...]:
    """List whom a member follows, or asked to; nobody else is shown that."""
    me = persona.of(desk, member.id)
    return tuple(
        FollowedLine(
            name=home.called(desk, each.followed),
            page=home.who_page(each.followed),
            id=each.followed,
            says=STATES[each.state],
        )
        for each in personas.all_followed(desk.connection, me.path)
    )


def followers(desk: Desk, member: Member) -> FollowersPage:
    """List who follows a member, the newest first; nobody else is shown that."""
    me = persona.of(desk, member.id)
    count = posts.follower_count(desk.connection, me.path)
    return FollowersPage(
        lines=tuple(
            FollowerLine(
                name=home.called(desk, row["follower"]),
                page=home.who_page(row["follower"]),
                id=row["follower"],
                at=canonical.read_time(row["at"]),
            )
            for row in posts.followers(desk.connection, me.path, most=MOST_FOLLOWERS)
        ),
        more=max(0, count - MOST_FOLLOWERS),
    )


def about(desk: Desk, member: Member) -> AboutPage:
    """Show a member what others read about them."""
    me = persona.of(desk, member.id)
    return AboutPage(
        handle=f"@{me.username}@{desk.config.host}", name=me.name, summary=me.summary
    )


def ours(desk: Desk, path: str) -> OursPage | None:
    """Show a member's own actor to anybody; None where there is none."""
    actor = posts.actor(desk.connection, path)
    if actor is None or not personas.is_one(desk.connection, path):
        return None
    rows = [
        row
        for row in reversed(personas.objects_by(desk.connection, path))
        if row["public"] and row["type"] != "Tombstone"
    ]
    return OursPage(
        name=actor.name,
        handle=f"@{actor.username}@{desk.config.host}",
        summary=actor.summary,
        posts=tuple(
            (f"/{row['path']}", _beginning(str(row["body"])))
            for row in rows[:MOST_POSTS]
        ),
    )


def _beginning(body: str) -> str:
    content = reading.text_of(canonical.read(body.encode()), "content") or ""
    says = markup.plain(content)
    return says if len(says) <= 140 else f"{says[:139]}…"


def begin_to_follow(desk: Desk, member: Member, id: str) -> None:
    """Ask to follow somebody, in a member's own name."""
    me = persona.of(desk, member.id)
    known = known_actor(desk, id)
    persona.follow(desk, me, id, inbox=known.inbox)


def routes(site: Site, lookups: Lookups) -> list[Route]:
    async def become(request: Request, form: Form) -> Response:
        form.only("username", "name", "summary", "agreed")
        member = the_member(request)
        username = form.line("username", "Your name in addresses", most=40)
        name = form.line("name", "Name", most=100)
        summary = form.text(
            "summary", N_("About you"), least=0, most=persona.LONGEST_SUMMARY
        )
        if form.one("agreed") != "yes":
            raise Misused("Please tick that you know what becomes public.")

        def ask(desk: Desk) -> None:
            persona.become(
                desk, member.id, username=username, name=name, summary=summary
            )

        await site.work(ask)
        return see_other("/home")

    async def leave(request: Request, form: Form) -> Response:
        form.only("agreed")
        member = the_member(request)
        if form.one("agreed") != "yes":
            raise Misused("Please tick that this is for good.")
        await site.work(lambda desk: persona.leave(desk, persona.of(desk, member.id)))
        return see_other("/home")

    async def mine(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: followed(desk, member))
        return render(request, "home_following.html", page=shown)

    async def following_me(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: followers(desk, member))
        return render(request, "home_followers.html", page=shown)

    async def part(request: Request, form: Form) -> Response:
        form.only("id")
        member, id = the_member(request), _id(form)
        await site.work(
            lambda desk: persona.part(desk, persona.of(desk, member.id), id)
        )
        return see_other("/home/followers")

    async def about_me(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: about(desk, member))
        return render(request, "home_about.html", page=shown)

    async def describe(request: Request, form: Form) -> Response:
        form.only("name", "summary")
        member = the_member(request)
        name = form.line("name", "Name that people see", most=100)
        summary = form.text(
            "summary", N_("About you"), least=0, most=persona.LONGEST_SUMMARY
        )

        def change(desk: Desk) -> None:
            me = persona.of(desk, member.id)
            persona.describe(desk, me, name=name, summary=summary)

        await site.work(change)
        return see_other("/home")

    async def who_page(request: Request) -> Response:
        member = the_member(request)
        id = request.query_params.get("id", "")
        shown = await site.node.look(lambda desk: who(desk, member, id))
        return render(request, "home_who.html", page=shown)

    async def find(request: Request, form: Form) -> Response:
        form.only("who")
        member = the_member(request)
        text = form.line("who", N_("Whom or what"), most=home.LONGEST_ADDRESS)
        me = await site.node.look(lambda desk: persona.of(desk, member.id))
        lookups.count(member.id, at=int(site.node.clock().timestamp()))
        found = await finding.find(site.node, site.client, text, reader=me.path)
        if found.kind == "post":
            return see_other(home.page_of(found.id))
        return see_other(home.who_page(found.id))

    async def follow(request: Request, form: Form) -> Response:
        form.only("id")
        member, id = the_member(request), _id(form)
        await site.work(lambda desk: begin_to_follow(desk, member, id))
        return see_other(home.who_page(id))

    async def unfollow(request: Request, form: Form) -> Response:
        form.only("id")
        member, id = the_member(request), _id(form)
        await site.work(
            lambda desk: persona.unfollow(desk, persona.of(desk, member.id), id)
        )
        return see_other("/home/following")

    async def newest(request: Request, form: Form) -> Response:
        form.only("id")
        member, id = the_member(request), _id(form)
        lookups.count(member.id, at=int(site.node.clock().timestamp()))

        def ask(desk: Desk) -> None:
            persona.of(desk, member.id)
            known_actor(desk, id)
            if senders.ours(desk, id) is None:
                errands.ask_again(
                    desk.connection,
                    kind="outbox",
                    url=id,
                    at=desk.seconds,
                    because=id,
                )

        await site.work(ask)
        return see_other(home.who_page(id))

    async def at_home(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: home.view(desk, member, home.THE_END))
        return render(request, "home.html", page=shown)

    return [
        site.form("/home/actor", become, again=at_home),
        site.form("/home/leave", leave, again=at_home),
        site.page("/home/following", mine),
        site.page("/home/followers", following_me),
        site.form("/home/part", part, again=following_me),
        site.page("/home/about", about_me),
        site.form("/home/about", describe, again=about_me),
        site.page("/home/who", who_page),
        site.form("/home/find", find, again=at_home),
        site.form("/home/follow", follow),
        site.form("/home/unfollow", unfollow),
        site.form("/home/newest", newest),
    ]


def _id(form: Form) -> str:
    return form.line("id", N_("Whom"), most=home.LONGEST_ADDRESS)
