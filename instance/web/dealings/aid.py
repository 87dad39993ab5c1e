"""What we need and what we can give, beside that of others, and who agreed to what.

Anybody reads what is needed and offered, here and elsewhere. Members answer for their
assembly; which member did is read by nobody else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation.dealings import agreement, aid, pledge
from confederation.dealings.agreement import COUNTS, Purpose, Status, Step
from confederation.dealings.aid import Agreed, Party
from confederation.errors import Refused, Unknown
from confederation.identifiers import AgreementId, AidId, PledgeId
from instance import node
from instance.dealings import aiding
from instance.dealings.aiding import SEVERAL, UNITS, measured
from instance.desk import Desk
from instance.fediverse import markup
from instance.store import aid as store
from instance.store import events, people, posts
from instance.store.aid import Elsewhere as Theirs
from instance.web import naming, telling
from instance.web.afterwards import points
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.moments import day_to_come
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.states import Badge
from instance.web.visits import Member, Visit, the_member

MOST_IN_TITLE: Final = 120
MOST_IN_MORE: Final = 2_000
MOST_IN_PLACE: Final = 60
MOST_IN_WORDS: Final = 500
MOST_IN_NUMBER: Final = 16
PURPOSES: Final[Mapping[Purpose, str]] = {
    "request": N_("We need something"),
    "offer": N_("We can give or lend something"),
}
NEED: Final = Badge(says=N_("Needed"), tone="waiting")
GIFT: Final = Badge(says=N_("To be had"), tone="going")
OVER: Final = Badge(says=N_("No more answers are taken"), tone="quiet")
STATES: Final[Mapping[Status, Badge]] = {
    "proposed": Badge(says=N_("Offered, not accepted yet"), tone="waiting"),
    "agreed": Badge(says=N_("Agreed"), tone="going"),
    "declined": Badge(says=N_("Declined"), tone="quiet"),
    "delivered": Badge(says=N_("Delivered, not confirmed yet"), tone="going"),
    "confirmed": Badge(says=N_("Delivered, and confirmed"), tone="done"),
    "disputed": Badge(says=N_("Something is wrong with it"), tone="not"),
}
ANSWER: Final = N_("Answer whoever offers something")
OUR_TURN: Final[Mapping[tuple[agreement.Side, Status], str]] = {
    ("provider", "agreed"): N_("Bring what was agreed, and say so"),
    ("receiver", "delivered"): N_("Say whether it has come"),
}
STEP_WORDS: Final[Mapping[Step, str]] = {
    "delivered": N_("We have delivered it"),
    "confirmed": N_("It has come"),
    "disputed": N_("Something is wrong"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A need or an offer in a list."""

    href: str
    title: str
    state: Badge
    much: str
    left: str
    place: str
    theme: str
    until: datetime | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """What is needed and what is to be had, here and elsewhere.

    ``theme`` and ``place`` are what somebody looks for; ``themes`` are those there are.
    """

    needed: tuple[Line, ...]
    offered: tuple[Line, ...]
    over: tuple[Line, ...]
    themes: tuple[str, ...]
    theme: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """An agreement as a reader sees it, with what they may do now.

    ``by`` is who answered: an assembly elsewhere, or *somebody here*.
    """

    id: str
    by: str
    much: str
    state: Badge
    may_answer: bool
    steps: tuple[tuple[Step, str], ...]
    may_thank: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AidPage:
    """A need or an offer, ours or another's.

    ``action`` is where the forms of this page are sent to, and ``least`` and ``most``
    bound what can be offered, where anything can.
    """

    id: str
    action: str
    ours: bool
    purpose: str
    title: str
    more: Markup | str
    state: Badge
    much: str
    left: str
    place: str
    theme: str
    until: datetime | None
    by: str
    source: str | None
    deals: tuple[Deal, ...]
    may_offer: bool
    may_close: bool
    least: str
    most: str
    unit: str
    once: str
    elsewhere: Elsewhere


def routes(site: Site) -> list[Route]:
    async def list_page(request: Request) -> Response:
        asked = request.query_params
        theme, place = asked.get("theme", "")[:60], asked.get("place", "")[:60]
        shown = await site.node.look(lambda desk: view_list(desk, theme, place))
        return render(request, "aid_list.html", page=shown)

    async def new_page(request: Request) -> Response:
        the_member(request)
        given = {**request.query_params, **request.state.visit.entered}
        once = await site.node.look(lambda desk: desk.new_id())
        return render(
            request,
            "aid_new.html",
            once=given.get("once") or once,
            given=given,
            purposes=PURPOSES,
            units=SEVERAL,
        )

    async def posted(request: Request, form: Form) -> Response:
        form.only(
            *("once", "purpose", "title", "more", "quantity", "minimum", "unit"),
            *("place", "theme", "until", "told", "aware"),
        )
        member, id = the_member(request), AidId(telling.once(form))
        await site.work(lambda desk: _post(desk, id, form, member))
        return see_other(f"/aid/{id}")

    async def page(request: Request) -> Response:
        visit: Visit = request.state.visit
        id = AidId(request.path_params["id"])
        shown = await site.node.look(lambda desk: view(desk, id, visit.member))
        return render(request, "aid.html", page=shown)

    async def theirs_page(request: Request) -> Response:
        visit: Visit = request.state.visit
        mark = request.path_params["mark"]
        shown = await site.node.look(
            lambda desk: view_theirs(desk, _theirs(desk, mark), visit.member)
        )
        return render(request, "aid.html", page=shown)

    async def offered_here(request: Request, form: Form) -> Response:
        form.only("once", "quantity")
        member, id = the_member(request), AidId(request.path_params["id"])

        def carry_out(desk: Desk) -> None:
            state: aid.State = node.load(desk, f"aid:{id}")
            assert state.posted is not None
            command = aid.TakeOffer(
                agreement=AgreementId(telling.once(form)),
                party=Party(member=member.id),
                unit=state.posted.unit,
                quantity=_number(form, "quantity", "How much"),
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, f"aid:{id}", command)

        await site.work(carry_out)
        return see_other(f"/aid/{id}")

    async def offered_there(request: Request, form: Form) -> Response:
        form.only("once", "quantity")
        member, mark = the_member(request), request.path_params["mark"]

        def carry_out(desk: Desk) -> None:
            there = _theirs(desk, mark)
            quantity = _number(form, "quantity", "How much")
            left = agreement.amount(there.available)
            if agreement.amount(quantity) > left:
                raise Refused(
                    "This is more than is left: {available}.", available=there.available
                )
            id = PledgeId(telling.once(form))
            aiding.offer(desk, id, there, quantity, member.id)

        await site.work(carry_out)
        return see_other(f"/aid/elsewhere/{mark}")

    async def answered(request: Request, form: Form) -> Response:
        form.only("answer")
        member, id = the_member(request), AidId(request.path_params["id"])
        of = AgreementId(request.path_params["of"])
        answer = form.choice("answer", "Your answer", among=("accept", "decline"))
        do = aiding.accept if answer == "accept" else aiding.decline
        await site.work(lambda desk: do(desk, id, of, member.id))
        return see_other(f"/aid/{id}")

    async def went_on(request: Request, form: Form) -> Response:
        form.only("step")
        member, id = the_member(request), AidId(request.path_params["id"])
        of, step = AgreementId(request.path_params["of"]), _step(form)

        await site.work(lambda desk: aiding.note_step(desk, id, of, step, member.id))
        return see_other(f"/aid/{id}")

    async def pledge_went_on(request: Request, form: Form) -> Response:
        form.only("step")
        member, mark = the_member(request), request.path_params["mark"]
        id, step = PledgeId(request.path_params["of"]), _step(form)
        await site.work(lambda desk: aiding.note_progress(desk, id, step, member.id))
        return see_other(f"/aid/elsewhere/{mark}")

    async def thanked(request: Request, form: Form) -> Response:
        form.only("words", "told", "aware")
        member, id = the_member(request), AidId(request.path_params["id"])
        of = AgreementId(request.path_params["of"])

        def carry_out(desk: Desk) -> None:
            state: aid.State = node.load(desk, f"aid:{id}")
            found = state.agreement(of)
            text = _thanks(desk, form)
            command = aid.ThankFor(
                agreement=of,
                words=events.keep_wording(desk.connection, text, public=True),
                by=member.id,
                at=desk.now,
            )
            happened = node.perform(desk, f"aid:{id}", command)
            if happened and found is not None and found.party.actor is not None:
                aiding.thank(desk, found.party.actor, text)

        await site.work(carry_out)
        return see_other(f"/aid/{id}")

    async def they_thanked(request: Request, form: Form) -> Response:
        form.only("words", "told", "aware")
        member, mark = the_member(request), request.path_params["mark"]
        id = PledgeId(request.path_params["of"])

        def carry_out(desk: Desk) -> None:
            state: pledge.State = node.load(desk, f"pledge:{id}")
            text = _thanks(desk, form)
            command = pledge.ThankThem(
                words=events.keep_wording(desk.connection, text, public=True),
                by=member.id,
                at=desk.now,
            )
            if node.perform(desk, f"pledge:{id}", command):
                assert state.made is not None
                aiding.thank(desk, state.made.to, text)

        await site.work(carry_out)
        return see_other(f"/aid/elsewhere/{mark}")

    async def closed(request: Request, form: Form) -> Response:
        form.only()
        member, id = the_member(request), AidId(request.path_params["id"])
        await site.work(lambda desk: aiding.close(desk, id, member.id))
        return see_other(f"/aid/{id}")

    there = "/aid/elsewhere/{mark}"
    return [
        site.page("/aid", list_page),
        site.page("/aid/new", new_page),
        site.form("/aid", posted, again=new_page),
        site.page(there, theirs_page),
        site.form(f"{there}/offer", offered_there, again=theirs_page),
        site.form(f"{there}/{{of}}/step", pledge_went_on, again=theirs_page),
        site.form(f"{there}/{{of}}/thanks", they_thanked, again=theirs_page),
        site.page("/aid/{id}", page),
        site.form("/aid/{id}/offer", offered_here, again=page),
        site.form("/aid/{id}/close", closed, again=page),
        site.form("/aid/{id}/{of}/answer", answered, again=page),
        site.form("/aid/{id}/{of}/step", went_on, again=page),
        site.form("/aid/{id}/{of}/thanks", thanked, again=page),
    ]


def view_list(desk: Desk, theme: str = "", place: str = "") -> ListPage:
    """List what is needed and what is to be had, as somebody looks for it."""
    every = [*_own_lines(desk), *_their_lines(desk)]
    found = [
        line
        for line in every
        if (not theme or line.theme == theme)
        and place.casefold() in line.place.casefold()
    ]
    return ListPage(
        needed=tuple(line for line in found if line.state == NEED),
        offered=tuple(line for line in found if line.state == GIFT),
        over=tuple(line for line in found if line.state == OVER)[:30],
        themes=tuple(sorted({line.theme for line in every if line.theme})),
        theme=theme,
        place=place,
    )


def view(desk: Desk, id: AidId, member: Member | None) -> AidPage:
    """Show a need or an offer of ours.

    Raises:
        Unknown: there is none.
    """
    state: aid.State = node.load(desk, f"aid:{id}")
    posted = state.posted
    assert posted is not None
    line = _own_line(desk, state)
    open_still = state.open(desk.now)
    row = posts.object_about(desk.connection, f"aid:{id}", kind=aiding.AID)
    return AidPage(
        id=id,
        action=f"/aid/{id}",
        ours=True,
        purpose=posted.purpose,
        title=line.title,
        more=_some(desk, posted.more),
        state=line.state,
        much=line.much,
        left=line.left,
        place=line.place,
        theme=line.theme,
        until=line.until,
        by=line.by,
        source=None,
        deals=tuple(_deals(desk, state, member)),
        may_offer=member is not None and open_still,
        may_close=member is not None and open_still,
        least=posted.minimum,
        most=agreement.written(state.left) if open_still else "0",
        unit=posted.unit,
        once=desk.new_id(),
        elsewhere=elsewhere(desk, row, members=member is not None),
    )


def view_theirs(desk: Desk, there: Theirs, member: Member | None) -> AidPage:
    """Show a need or an offer of somebody elsewhere, with what we offered on it."""
    line = _their_line(desk, there)
    open_still = line.state != OVER
    return AidPage(
        id=there.mark,
        action=f"/aid/elsewhere/{there.mark}",
        ours=False,
        purpose=there.purpose,
        title=there.title,
        more=markup.clean(there.content),
        state=line.state,
        much=line.much,
        left=line.left,
        place=there.place,
        theme=there.theme,
        until=line.until,
        by=there.author,
        source=there.url,
        deals=tuple(_pledges(desk, there, member)),
        may_offer=member is not None and open_still,
        may_close=False,
        least=there.minimum or "0",
        most=there.available,
        unit=there.unit,
        once=desk.new_id(),
        elsewhere=Elsewhere(),
    )


def _post(desk: Desk, id: AidId, form: Form, member: Member) -> None:
    if node.exists(desk, f"aid:{id}"):
        return
    title = form.line("title", "What", most=MOST_IN_TITLE)
    more = form.text("more", "More about it", least=0, most=MOST_IN_MORE)
    place = form.line("place", "Where", least=0, most=MOST_IN_PLACE)
    if not form.ticked("aware"):
        telling.check_text(desk, f"{title}\n{more}\n{place}")
    whole = _number(form, "quantity", "How much")
    least = form.one("minimum").strip()
    purpose: Purpose = form.choice("purpose", "Which of the two", among=PURPOSES)  # type: ignore[assignment]
    command = aid.PostAid(
        aid=id,
        purpose=purpose,
        title=events.keep_wording(desk.connection, title),
        more=events.keep_wording(desk.connection, more) if more else None,
        unit=form.choice("unit", "Counted in", among=UNITS),
        quantity=whole,
        minimum=_number(form, "minimum", "The least that is of use")
        if least
        else min(whole, "1", key=agreement.amount),
        place=events.keep_wording(desk.connection, place) if place else None,
        theme=form.line("theme", "Theme", least=0, most=60).casefold(),
        until=day_to_come(form, "until", "Until when", now=desk.now),
        by=member.id,
        at=desk.now,
    )
    aiding.post(desk, command)


def _number(form: Form, name: str, label: str) -> str:
    """Return an exact quantity as it is kept, whichever mark stands before its parts.

    Raises:
        Invalid: it is none.
    """
    text = form.line(name, label, most=MOST_IN_NUMBER).replace(",", ".")
    return agreement.written(agreement.amount(text))


def _thanks(desk: Desk, form: Form) -> str:
    text = form.text("words", "Thank you", most=MOST_IN_WORDS)
    if not form.ticked("aware"):
        telling.check_text(desk, text)
    return text


def _step(form: Form) -> Step:
    step: Step = form.choice("step", "How it goes", among=STEP_WORDS)  # type: ignore[assignment]
    return step


def _theirs(desk: Desk, mark: str) -> Theirs:
    found = store.marked(desk.connection, mark)
    if found is None or desk.judgement.bars(found.actor):
        raise Unknown("There is no such need or offer.")
    return found


def _own_lines(desk: Desk) -> Iterator[Line]:
    for state in node.load_all(desk, "aid").values():
        yield _own_line(desk, state)


def _own_line(desk: Desk, state: aid.State) -> Line:
    posted = state.posted
    assert posted is not None
    kind = NEED if posted.purpose == "request" else GIFT
    left = agreement.written(state.left) if state.left else "0"
    return Line(
        href=f"/aid/{posted.aid}",
        title=points.words(desk, posted.title),
        state=kind if state.open(desk.now) else OVER,
        much=measured(posted.unit, posted.quantity),
        left=left,
        place=_some(desk, posted.place),
        theme=posted.theme,
        until=posted.until,
        by="",
    )


def _their_lines(desk: Desk) -> Iterator[Line]:
    judgement = desk.judgement
    for there in store.open_ones(desk.connection, now=canonical.write_time(desk.now)):
        if not judgement.bars(there.actor):
            yield _their_line(desk, there)


def _their_line(desk: Desk, there: Theirs) -> Line:
    until = None if there.until is None else canonical.read_time(there.until)
    over = there.closed or (until is not None and until <= desk.now)
    kind = NEED if there.purpose == "request" else GIFT
    return Line(
        href=f"/aid/elsewhere/{there.mark}",
        title=there.title or there.author,
        state=OVER if over else kind,
        much=measured(there.unit, there.quantity),
        left=there.available,
        place=there.place,
        theme=there.theme,
        until=until,
        by=there.author,
    )


def _deals(desk: Desk, state: aid.State, member: Member | None) -> Iterator[Deal]:
    assert state.posted is not None
    for each in state.agreements:
        if member is None and each.status not in COUNTS:
            continue
        yield Deal(
            id=each.id,
            by=_party(desk, each, member),
            much=measured(state.posted.unit, each.quantity),
            state=STATES[each.status],
            may_answer=member is not None and each.status == "proposed",
            steps=_steps(
                each.status,
                agreement.side_of_author(state.posted.purpose),
                member,
            ),
            may_thank=member is not None
            and each.status in COUNTS
            and not each.thanked
            and each.party.actor is not None,
        )


def _pledges(desk: Desk, there: Theirs, member: Member | None) -> Iterator[Deal]:
    for id, state in node.load_all(desk, "pledge").items():
        made = state.made
        if made is None or made.on != there.id:
            continue
        if member is None and state.status not in COUNTS:
            continue
        yield Deal(
            id=id,
            by="",
            much=measured(made.unit, made.quantity),
            state=STATES[state.status],
            may_answer=False,
            steps=_steps(state.status, pledge.our_side(made), member),
            may_thank=member is not None
            and state.status in COUNTS
            and not state.thanked,
        )


def _steps(
    status: Status, side: agreement.Side, member: Member | None
) -> tuple[tuple[Step, str], ...]:
    """Return what our side of an agreement can say of it now."""
    if member is None or status not in COUNTS or status == "confirmed":
        return ()
    own: Step = "delivered" if side == "provider" else "confirmed"
    said = [] if status == own else [own]
    if status == "disputed" and own == "delivered":
        said = []
    if status != "disputed":
        said.append("disputed")
    return tuple((step, STEP_WORDS[step]) for step in said)


def awaits(desk: Desk) -> Iterator[tuple[str, str, str]]:
    """Say what is our turn with help: what to do, about what, and where."""
    posts_: dict[str, aid.State] = node.load_all(desk, "aid")
    for id, state in posts_.items():
        if state.posted is None:
            continue
        title = events.wording(desk.connection, state.posted.title) or ""
        side = agreement.side_of_author(state.posted.purpose)
        turns = {OUR_TURN.get((side, each.status)) for each in state.agreements}
        if state.open(desk.now):
            turns |= {ANSWER for each in state.agreements if each.status == "proposed"}
        yield from ((says, title, f"/aid/{id}") for says in sorted(filter(None, turns)))
    pledges: dict[str, pledge.State] = node.load_all(desk, "pledge")
    for made, status in ((each.made, each.status) for each in pledges.values()):
        if made is None or (pledge.our_side(made), status) not in OUR_TURN:
            continue
        there = store.marked(desk.connection, store.mark_of(made.on))
        if there is not None:
            says = OUR_TURN[pledge.our_side(made), status]
            yield says, there.title, f"/aid/elsewhere/{there.mark}"


def _party(desk: Desk, each: Agreed, member: Member | None) -> str:
    if each.party.actor is not None:
        return naming.speaker(desk, each.party.actor)
    if member is None:
        return ""
    return people.name_of(desk.connection, each.party.member or "") or ""


def _some(desk: Desk, commitment: str | None) -> str:
    return "" if commitment is None else points.words(desk, commitment)
