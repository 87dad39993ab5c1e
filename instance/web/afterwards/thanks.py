"""Thank you, and well done: what people did, in the order in which it was told.

Nobody is counted or ranked. Everybody reads what its people let everybody read.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.dealings import action, thanks
from confederation.dealings.thanks import DeedShared, ThanksGiven
from confederation.errors import Unknown
from confederation.identifiers import ActionId, MemberId, ThanksId
from instance import node
from instance.dealings import deeds
from instance.desk import Desk
from instance.errors import Misused
from instance.store import events, people, posts, tellings
from instance.web import telling
from instance.web.afterwards import actions, points
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.forms import Form
from instance.web.languages import N_, phrased
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, signed_in, the_member

MOST_IN_WORDS: Final = 400
MOST_LISTED: Final = 30
SMALL: Final = (
    N_("Looked in on a neighbour"),
    N_("Cooked for others"),
    N_("Mended something"),
    N_("Told somebody about us"),
    N_("Helped to clear up"),
    N_("Listened to somebody"),
)
"""Deeds that one tap tells to the members."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A deed, or thanks: ``to`` is None for a deed."""

    id: str
    says: str
    by: str
    to: str | None
    at: datetime
    action: str | None
    public: bool
    awaits_me: bool
    awaits: bool
    may_take_back: bool
    may_thank: bool

    @property
    def href(self) -> str:
        return f"/thanks/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """The newest deeds and thanks that one reader may know of."""

    lines: tuple[Line, ...]
    once: str
    people: tuple[tuple[str, str], ...]
    about: str | None
    about_says: str
    handle: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThanksPage:
    line: Line
    elsewhere: Elsewhere


def routes(site: Site) -> list[Route]:
    async def feed(request: Request) -> Response:
        member = signed_in(request)
        visit = request.state.visit
        about = visit.entered.get("action") or request.query_params.get("action", "")
        once = visit.entered.get("once", "")
        shown = await site.node.look(
            lambda desk: view_feed(desk, member, about=about, once=once)
        )
        return render(
            request, "thanks.html", page=shown, told=telling.TOLD, small=SMALL
        )

    async def page(request: Request) -> Response:
        member = signed_in(request)
        shown = await site.node.look(lambda desk: view(desk, _id(request), member))
        return render(request, "thanks_one.html", page=shown)

    async def shared(request: Request, form: Form) -> Response:
        form.only("what", "named", *telling.FIELDS)
        member, id = the_member(request), telling.once(form)
        what = form.line("what", N_("What you did"), most=MOST_IN_WORDS)

        def carry_out(desk: Desk) -> None:
            if node.exists(desk, f"thanks:{id}"):
                return
            telling.check(desk, form, what)
            command = thanks.ShareDeed(
                thanks=ThanksId(id),
                what=events.keep_wording(desk.connection, what),
                told=telling.told(form),
                named=form.ticked("named"),
                by=member.id,
                at=desk.now,
            )
            deeds.share(desk, id, command)

        await site.work(carry_out)
        return see_other("/thanks")

    async def given(request: Request, form: Form) -> Response:
        form.only("words", "to", "action", "named", *telling.FIELDS)
        member, id = the_member(request), telling.once(form)
        words = form.line("words", "What for", most=MOST_IN_WORDS)
        to = form.one("to")

        def carry_out(desk: Desk) -> None:
            if node.exists(desk, f"thanks:{id}"):
                return
            if to and people.name_of(desk.connection, to) is None:
                raise Misused("“To whom”: nobody here has that name.")
            telling.check(desk, form, words)
            command = thanks.GiveThanks(
                thanks=ThanksId(id),
                words=events.keep_wording(desk.connection, words),
                to=MemberId(to) if to else None,
                action=_an_action(desk, form.one("action")),
                told=telling.told(form),
                named=form.ticked("named"),
                by=member.id,
                at=desk.now,
            )
            deeds.share(desk, id, command)

        await site.work(carry_out)
        return see_other("/thanks")

    async def tapped(request: Request, form: Form) -> Response:
        form.only("about", "once")
        member, about = (
            the_member(request),
            form.line("about", N_("For what"), most=100),
        )

        def carry_out(desk: Desk) -> None:
            to, action_id = _whom(desk, about)
            # The same person thanks once for the same thing, however often they tap.
            id = _mark(about, member.id)
            if to == member.id or node.exists(desk, f"thanks:{id}"):
                return
            command = thanks.GiveThanks(
                thanks=ThanksId(id),
                words=events.keep_wording(desk.connection, phrased("Thank you!")),
                to=to,
                action=action_id,
                by=member.id,
                at=desk.now,
            )
            deeds.share(desk, id, command)

        await site.work(carry_out)
        return see_other("/thanks")

    async def agreed(request: Request, form: Form) -> Response:
        form.only("named")
        member, id = the_member(request), _id(request)

        def carry_out(desk: Desk) -> None:
            seen(desk, id, member)
            command = thanks.AgreeToThanks(
                named=form.ticked("named"), by=member.id, at=desk.now
            )
            deeds.share(desk, id, command)

        await site.work(carry_out)
        return see_other("/thanks")

    async def taken_back(request: Request, form: Form) -> Response:
        form.only()
        member, id = the_member(request), _id(request)

        def carry_out(desk: Desk) -> None:
            node.load(desk, f"thanks:{id}")
            command = thanks.TakeBackThanks(by=member.id, at=desk.now)
            deeds.share(desk, id, command)

        await site.work(carry_out)
        await site.node.database.forget_steps()
        return see_other("/thanks")

    return [
        site.page("/thanks", feed),
        site.form("/thanks/deed", shared, again=feed),
        site.form("/thanks/give", given, again=feed),
        site.form("/thanks/tap", tapped, again=feed),
        site.page("/thanks/{id}", page),
        site.form("/thanks/{id}/agree", agreed, again=page),
        site.form("/thanks/{id}/take-back", taken_back, again=page),
    ]


def view_feed(
    desk: Desk, member: Member | None, *, about: str = "", once: str = ""
) -> FeedPage:
    """Show the newest deeds and thanks, and the forms to add to them."""
    known = about if about and _known_action(desk, about, member) else None
    return FeedPage(
        lines=tuple(lines(desk, member))[:MOST_LISTED],
        once=once or desk.new_id(),
        people=()
        if member is None
        else tuple(
            (id, name)
            for id, name in people.names(desk.connection).items()
            if id != member.id
        ),
        about=known,
        about_says="" if known is None else _action_says(desk, known),
        handle=f"@{desk.config.slug}@{desk.config.host}"
        if desk.config.federates
        else None,
    )


def lines(desk: Desk, member: Member | None) -> Iterator[Line]:
    """Go through the deeds and thanks that somebody may know of, the newest first."""
    for id, state in node.load_all(desk, "thanks").items():
        if _may_see(state, member):
            yield _line(desk, id, state, member)


def view(desk: Desk, id: str, member: Member | None) -> ThanksPage:
    """Show one deed or thanks.

    Raises:
        Unknown: there is none, or none for this reader.
    """
    state = seen(desk, id, member)
    post = tellings.post_about(desk.connection, f"thanks:{id}")
    return ThanksPage(
        line=_line(desk, id, state, member),
        elsewhere=elsewhere(
            desk,
            None if post is None else posts.object_of(desk.connection, post),
            members=member is not None,
        ),
    )


def seen(desk: Desk, id: str, member: Member | None) -> thanks.State:
    """Return a deed or thanks that somebody may know of.

    Raises:
        Unknown: there is none, or none for this reader.
    """
    state: thanks.State = node.load(desk, f"thanks:{id}")
    if not _may_see(state, member):
        raise Unknown("There is nothing here, or whoever wrote it took it back.")
    return state


def _may_see(state: thanks.State, member: Member | None) -> bool:
    return state.public or (member is not None and state.stands)


def _line(desk: Desk, id: str, state: thanks.State, member: Member | None) -> Line:
    shared = state.shared
    assert shared is not None
    me = None if member is None else member.id
    inside = member is not None
    to = None
    if isinstance(shared, ThanksGiven):
        agreed = state.agreed is not None and state.agreed.named
        to = (
            ""
            if shared.to is None
            else deeds.author(desk, shared.to, named=inside or agreed)
        )
    return Line(
        id=id,
        says=points.words(desk, deeds.words_of(state)),
        by=deeds.author(desk, shared.by, named=inside or shared.named),
        to=to,
        at=shared.at,
        action=_public_action(desk, shared.action, inside=inside),
        public=state.public,
        awaits_me=me is not None and state.awaits == me,
        awaits=inside and state.awaits is not None,
        may_take_back=me is not None and me in (shared.by, state.to),
        may_thank=me is not None
        and isinstance(shared, DeedShared)
        and me != shared.by
        and not node.exists(desk, f"thanks:{_mark(f'thanks:{id}', me)}"),
    )


def _public_action(desk: Desk, id: ActionId | None, *, inside: bool) -> str | None:
    if id is None:
        return None
    state: action.State = node.load(desk, f"action:{id}")
    assert state.offered is not None
    return f"/actions/{id}" if inside or state.offered.told == "everyone" else None


def _whom(desk: Desk, about: str) -> tuple[MemberId | None, ActionId | None]:
    """Return who is thanked for a deed (``thanks:id``) or an action (``action:id``).

    None where the holder of a card did it: then it is everybody who had a hand in it.

    Raises:
        Unknown: there is no such thing, or it is not done.
    """
    noun, _, id = about.partition(":")
    if noun == "thanks":
        state: thanks.State = node.load(desk, about)
        if isinstance(state.shared, DeedShared) and state.stands:
            return state.shared.by, state.shared.action
    elif noun == "action":
        done: action.State = node.load(desk, about)
        if done.status == "done":
            return None if done.taker is None else done.taker.member, ActionId(id)
    raise Unknown("There is nothing here to say thank you for.")


def _mark(about: str, member: MemberId) -> str:
    return hashlib.sha256(f"{about} {member}".encode()).hexdigest()[:28]


def _an_action(desk: Desk, id: str) -> ActionId | None:
    if not id:
        return None
    node.load(desk, f"action:{id}")
    return ActionId(id)


def _known_action(desk: Desk, id: str, member: Member | None) -> bool:
    stream = f"action:{id}"
    return node.exists(desk, stream) and actions.may_see(
        node.load(desk, stream), member
    )


def _action_says(desk: Desk, id: str) -> str:
    state: action.State = node.load(desk, f"action:{id}")
    assert state.offered is not None
    return points.words(desk, state.offered.words.what)


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
