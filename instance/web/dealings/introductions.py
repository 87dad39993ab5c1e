"""Who would like to meet others about what, and who is brought together with whom.

Anybody reads who wants to be met; a member's wish carries no name. What is offered and
answered is read by whoever asked, and of the assembly's by its clerk.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.dealings import introduction, wish
from confederation.dealings.introduction import Side
from confederation.dealings.wish import Introduced, Whose
from confederation.errors import Unknown
from confederation.identifiers import ActorId, Commit, IntroductionId, WishId
from confederation.matters import look_alike
from confederation.matters.look_alike import Reasons, Wording
from instance import node
from instance.dealings import introducing
from instance.desk import Desk
from instance.errors import Misused
from instance.store import events, tellings, wishes
from instance.store import posts as posted
from instance.store.wishes import Elsewhere as Theirs
from instance.web import asking, naming, telling
from instance.web.afterwards import points
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.states import Badge
from instance.web.visits import Member, signed_in, the_member

MOST_IN_ABOUT: Final = 200
MOST_IN_PLACE: Final = 80
MOST_IN_WORDS: Final = 1_000
MOST_PAIRS: Final = 3
MOST_COMPARED: Final = 60
WHOSE: Final[Mapping[Whose, str]] = {
    "member": N_("Myself: a member who stays unnamed"),
    "assembly": N_("The whole assembly"),
}
STATES: Final[Mapping[wish.Status, Badge]] = {
    "asked": Badge(says=N_("Waits for your answer"), tone="waiting"),
    "said yes": Badge(says=N_("You said yes; the other side is asked"), tone="going"),
    "met": Badge(says=N_("You have been introduced"), tone="done"),
    "declined": Badge(says=N_("You said no"), tone="quiet"),
    "not now": Badge(says=N_("Not now"), tone="quiet"),
}
MADE: Final[Mapping[introduction.Status, Badge]] = {
    "waiting": Badge(says=N_("Both are asked"), tone="waiting"),
    "met": Badge(says=N_("Both said yes, and have met"), tone="done"),
    "not now": Badge(says=N_("Not now"), tone="quiet"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Somebody who wants to be met. ``href`` is empty where it is not on this site."""

    mark: str
    href: str
    about: str
    place: str
    by: str
    whose: Whose


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two elsewhere whose wishes look alike, and why."""

    one: Line
    other: Line
    reasons: Reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An introduction that we offered."""

    id: str
    sides: tuple[str, str]
    state: Badge
    at: datetime
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """Who wants to be met, here and elsewhere; for the clerk, whom to introduce."""

    ours: tuple[Line, ...]
    theirs: tuple[Line, ...]
    may_introduce: bool
    pairs: tuple[Pair, ...]
    made: tuple[Made, ...]
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """An introduction on the side of whoever is asked.

    ``other``, ``called`` and ``wrote`` are empty until both agreed.
    """

    id: str
    introducer: str
    words: str
    state: Badge
    status: wish.Status
    until: datetime
    said: str
    other: str
    called: str
    wrote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WishPage:
    line: Line
    mine: bool
    stands: bool
    offered: tuple[Offered, ...]
    elsewhere: Elsewhere


def routes(site: Site) -> list[Route]:
    async def listed(request: Request) -> Response:
        member, visit = signed_in(request), request.state.visit
        once = visit.entered.get("once", "")
        shown = await site.node.look(lambda desk: view_list(desk, member, once=once))
        chosen = {
            name: visit.entered.get(name) or request.query_params.get(name, "")
            for name in ("one", "other")
        }
        return render(request, "meet.html", page=shown, whose=WHOSE, chosen=chosen)

    async def page(request: Request) -> Response:
        member, id = signed_in(request), WishId(request.path_params["id"])
        shown = await site.node.look(lambda desk: view(desk, id, member))
        return render(request, "wish.html", page=shown)

    async def asked(request: Request, form: Form) -> Response:
        form.only("once", "about", "place", "whose", "aware")
        member, id = the_member(request), WishId(telling.once(form))
        about = form.line("about", "About what", most=MOST_IN_ABOUT)
        place = form.line("place", "Where", least=0, most=MOST_IN_PLACE)

        def carry_out(desk: Desk) -> None:
            if not form.ticked("aware"):
                telling.check_text(desk, f"{about}\n{place}")
            whose: Whose = form.choice("whose", "Who wants to be met", among=WHOSE)  # type: ignore[assignment]
            command = wish.MakeWish(
                wish=id,
                whose=whose,
                about=events.keep_wording(desk.connection, about),
                place=events.keep_wording(desk.connection, place) if place else None,
                by=member.id,
                at=desk.now,
            )
            introducing.ask(desk, command)

        await site.work(carry_out)
        return see_other(f"/meet/{id}")

    async def taken_back(request: Request, form: Form) -> Response:
        form.only()
        member, id = the_member(request), WishId(request.path_params["id"])
        await site.work(lambda desk: introducing.take_back(desk, id, member.id))
        # What was taken back does not stay behind in a log.
        await site.node.database.forget_steps()
        return see_other("/meet")

    async def agreed(request: Request, form: Form) -> Response:
        form.only("words")
        member, id, of = the_member(request), _id(request), _of(request)
        words = form.text("words", N_("Your first words"), most=MOST_IN_WORDS)
        await site.work(
            lambda desk: introducing.say_yes(desk, id, of, words, member.id)
        )
        return see_other(f"/meet/{id}")

    async def declined(request: Request, form: Form) -> Response:
        form.only()
        member, id, of = the_member(request), _id(request), _of(request)
        await site.work(lambda desk: introducing.say_no(desk, id, of, member.id))
        return see_other(f"/meet/{id}")

    async def introduced(request: Request, form: Form) -> Response:
        form.only("once", "one", "other", "words")
        member, id = asking.an_officer(request, "clerk"), telling.once(form)
        words = form.text("words", "What both read", most=MOST_IN_WORDS)

        def carry_out(desk: Desk) -> None:
            command = introduction.Introduce(
                introduction=IntroductionId(id),
                sides=(_side(desk, form, "one"), _side(desk, form, "other")),
                words=events.keep_wording(desk.connection, words),
                by=member.id,
                at=desk.now,
            )
            introducing.introduce(desk, command)

        await site.work(carry_out)
        return see_other("/meet#made")

    async def ended(request: Request, form: Form) -> Response:
        form.only()
        member = asking.an_officer(request, "clerk")
        of = IntroductionId(request.path_params["of"])
        await site.work(
            lambda desk: introducing.take_back_introduction(desk, of, member.id)
        )
        return see_other("/meet#made")

    return [
        site.page("/meet", listed),
        site.form("/meet", asked, again=listed),
        site.form("/meet/introductions", introduced, again=listed),
        site.form("/meet/introductions/{of}/end", ended, again=listed),
        site.page("/meet/{id}", page),
        site.form("/meet/{id}/take-back", taken_back, again=page),
        site.form("/meet/{id}/{of}/yes", agreed, again=page),
        site.form("/meet/{id}/{of}/no", declined, again=page),
    ]


def view_list(desk: Desk, member: Member | None, *, once: str = "") -> ListPage:
    """Show who wants to be met, and the forms that this reader may send."""
    theirs = tuple(_their_line(desk, e) for e in wishes.every(desk.connection))
    introduces = member is not None and may(member, introduction.Introduce)
    return ListPage(
        ours=tuple(_own_lines(desk)),
        theirs=theirs,
        may_introduce=introduces,
        pairs=tuple(_pairs(theirs))[:MOST_PAIRS] if introduces else (),
        made=tuple(_made(desk)) if introduces else (),
        once=once or desk.new_id(),
    )


def view(desk: Desk, id: WishId, member: Member | None) -> WishPage:
    """Show that somebody here wants to be met; to them, what was offered as well.

    Raises:
        Unknown: there is none, or it was taken back.
    """
    state: wish.State = node.load(desk, f"wish:{id}")
    if not state.stands:
        raise Unknown("Whoever asked to be met has taken it back.")
    mine = introducing.may_answer(desk, state, None if member is None else member.id)
    post = tellings.post_about(desk.connection, f"wish:{id}")
    newest_first = [*state.introductions.values()][::-1]
    return WishPage(
        line=_own_line(desk, id, state),
        mine=mine,
        stands=state.stands,
        offered=tuple(_offered(desk, each) for each in newest_first) if mine else (),
        elsewhere=elsewhere(
            desk,
            None if post is None else posted.object_of(desk.connection, post),
            members=member is not None,
        ),
    )


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Go through the introductions that wait for a member's answer."""
    states: dict[str, wish.State] = node.load_all(desk, "wish")
    for id, state in states.items():
        if not state.stands or not introducing.may_answer(desk, state, member.id):
            continue
        if any(each.status(desk.now) == "asked" for each in state.open(desk.now)):
            about = _own_line(desk, id, state).about
            yield N_("Say whether you want to be introduced"), about, f"/meet/{id}"


def _own_lines(desk: Desk) -> Iterator[Line]:
    states: dict[str, wish.State] = node.load_all(desk, "wish")
    for id, state in states.items():
        if state.stands:
            yield _own_line(desk, id, state)


def _own_line(desk: Desk, id: str, state: wish.State) -> Line:
    made = state.made
    assert made is not None
    place = None if made.place is None else events.wording(desk.connection, made.place)
    return Line(
        mark=id,
        href=f"/meet/{id}",
        about=points.words(desk, made.about),
        place=place or "",
        by="",
        whose=made.whose,
    )


def _their_line(desk: Desk, there: Theirs) -> Line:
    return Line(
        mark=_mark(there.id),
        href=there.id,
        about=there.about,
        place=there.place,
        by=naming.speaker(desk, there.actor, there.author),
        whose="assembly" if there.whose == "assembly" else "member",
    )


def _pairs(lines: tuple[Line, ...]) -> Iterator[Pair]:
    """Go through those of two assemblies whose wishes look alike, near first."""
    found = [
        Pair(one=one, other=other, reasons=reasons)
        for one, other in combinations(lines[:MOST_COMPARED], 2)
        if one.by != other.by
        and (reasons := look_alike.compare(_wording(one), _wording(other))).words
    ]
    yield from sorted(found, key=lambda each: not each.reasons.place)


def _wording(line: Line) -> Wording:
    return Wording(title=line.about, place=line.place)


def _made(desk: Desk) -> Iterator[Made]:
    states: dict[str, introduction.State] = node.load_all(desk, "introduction")
    for id, state in states.items():
        assert state.made is not None
        one, other = state.made.sides
        status = state.status(desk.now)
        yield Made(
            id=id,
            sides=(naming.speaker(desk, one.actor), naming.speaker(desk, other.actor)),
            state=MADE[status],
            at=state.made.at,
            waits=status == "waiting",
        )


def _offered(desk: Desk, found: Introduced) -> Offered:
    status = found.status(desk.now)
    met = found.met
    return Offered(
        id=found.taken.introduction,
        introducer=naming.speaker(desk, found.taken.introducer),
        words=_said(desk, found.taken.words),
        state=STATES[status],
        status=status,
        until=introducing.until(found),
        said=_said(desk, found.said),
        other="" if met is None else met.other,
        called="" if met is None else naming.speaker(desk, met.other),
        wrote=_said(desk, found.first_words),
    )


def _said(desk: Desk, commitment: Commit | None) -> str:
    return "" if commitment is None else points.words(desk, commitment)


def _side(desk: Desk, form: Form, name: str) -> Side:
    """Return whom a form names.

    Raises:
        Misused: nobody of that mark wants to be met.
    """
    for there in wishes.every(desk.connection):
        if _mark(there.id) == form.one(name):
            return Side(wish=there.id, actor=ActorId(there.actor), inbox=there.inbox)
    raise Misused("Please choose two who want to be met.")


def _mark(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()[:32]


def _id(request: Request) -> WishId:
    return WishId(request.path_params["id"])


def _of(request: Request) -> IntroductionId:
    return IntroductionId(request.path_params["of"])
