"""What needs a hand: offered to all, taken by whoever says yes, thanked when done.

Anybody reads what was offered to everyone; a name only where somebody let it be read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.dealings import action, thanks
from confederation.dealings.action import Effort, Position
from confederation.errors import Unknown
from confederation.identifiers import (
    ActionId,
    CardNumber,
    MemberId,
    SessionId,
    ThanksId,
)
from instance import node
from instance.dealings import deeds
from instance.desk import Desk
from instance.store import events, people, posts
from instance.web import sources, telling
from instance.web.afterwards import points
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.sources import From
from instance.web.visits import Holder, Member, Visit, the_member, the_voter

MOST_IN_TEXT: Final = 1_000
MOST_DONE: Final = 30
MOST_CARDS: Final = 99_999
KINDS: Final[Mapping[str, str]] = {
    "neighbourly help": N_("Helping a neighbour"),
    "giving": N_("Giving or lending something"),
    "volunteering": N_("A voluntary role"),
    "looking after": N_("Looking after what we share"),
    "campaign": N_("Asking for change together"),
    "with services": N_("Working with a public service"),
    "bringing": N_("Bringing something to a meeting"),
}
POSITIONS: Final[Mapping[Position, str]] = {
    "in": N_("In a public service"),
    "alongside": N_("Alongside public services"),
    "outside": N_("Outside public services"),
}
EFFORTS: Final[Mapping[Effort, str]] = {
    "five minutes": N_("Five minutes"),
    "an hour": N_("About an hour"),
    "an evening": N_("An evening"),
    "a role": N_("A little again and again: a role"),
}
STATES: Final[Mapping[action.Status, tuple[str, str]]] = {
    "offered": ("waiting", N_("Who takes it?")),
    "taken": ("going", N_("Taken on")),
    "doing": ("going", N_("Under way")),
    "blocked": ("not", N_("Something stands in the way")),
    "done": ("done", N_("Done")),
    "dropped": ("quiet", N_("Not wanted any more")),
}
"""How a state is shown: the badge and its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An action in a list."""

    id: str
    what: str
    status: action.Status
    kind: str
    effort: Effort
    due: datetime | None
    taken_by: str | None
    asks_me: bool
    mine: bool
    public: bool

    @property
    def href(self) -> str:
        return f"/actions/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """The actions by rung of the ladder, for one reader."""

    for_me: tuple[Line, ...]
    ladder: tuple[tuple[Effort, tuple[Line, ...]], ...]
    under_way: tuple[Line, ...]
    done: tuple[Line, ...]
    may_offer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPage:
    """An action as one reader sees it, with what they may do now."""

    id: str
    what: str
    help: str
    status: action.Status
    kind: str
    own_kind: bool
    effort: Effort
    position: Position | None
    due: datetime | None
    late: bool
    comes_from: From | None
    public: bool
    taken_by: str | None
    asked: str | None
    asks_me: bool
    mine: bool
    joined: bool
    helpers: tuple[str, ...]
    reason: str
    came_of_it: str
    may_move: bool
    may_take: bool
    may_join: bool
    may_hear: bool
    meetings: tuple[tuple[str, str], ...]
    once: str
    elsewhere: Elsewhere


def routes(site: Site) -> list[Route]:
    async def list_page(request: Request) -> Response:
        visit: Visit = request.state.visit
        shown = await site.node.look(
            lambda desk: view_list(desk, visit.member, holder=visit.holder)
        )
        return show(request, "actions.html", shown)

    async def page(request: Request) -> Response:
        visit: Visit = request.state.visit
        shown = await site.node.look(
            lambda desk: view(desk, _id(request), visit.member, holder=visit.holder)
        )
        return show(request, "action.html", shown)

    def doing(
        path: str, make: Callable[[Desk, Member, Form], Any], *known: str
    ) -> Route:
        async def done(request: Request, form: Form) -> Response:
            form.only(*known)
            member, id = the_member(request), _id(request)

            def carry_out(desk: Desk) -> None:
                node.load(desk, f"action:{id}")
                deeds.act(desk, id, make(desk, member, form))

            await site.work(carry_out)
            return see_other(f"/actions/{id}")

        return site.form(f"/actions/{{id}}/{path}", done, again=page)

    async def taken(request: Request, form: Form) -> Response:
        form.only("named")
        voter, id = the_voter(request), _id(request)

        def carry_out(desk: Desk) -> None:
            state: action.State = node.load(desk, f"action:{id}")
            if isinstance(voter, Member):
                named = form.ticked("named")
                yes = action.TakeAction(named=named, by=voter.id, at=desk.now)
                deeds.act(desk, id, yes)
                return
            if not may_see(state, None, holder=voter):
                raise Unknown("There is no action {id} here.", id=id)
            heard = action.HearYes(
                session=voter.session, card=voter.card, by=None, at=desk.now
            )
            deeds.act(desk, id, heard)

        await site.work(carry_out)
        return see_other(f"/actions/{id}")

    async def finished(request: Request, form: Form) -> Response:
        form.only("came_of_it", "celebrate", "named", *telling.FIELDS)
        member, id = the_member(request), _id(request)
        await site.work(lambda desk: _finish(desk, id, form, member))
        return see_other(f"/actions/{id}")

    async def dropped(request: Request, form: Form) -> Response:
        form.only("reason")
        member, id = the_member(request), _id(request)
        reason = form.text("reason", N_("Reason"), most=MOST_IN_TEXT)

        def carry_out(desk: Desk) -> None:
            state: action.State = node.load(desk, f"action:{id}")
            if not state.open:
                return
            command = action.DropAction(
                reason=events.keep_wording(desk.connection, reason),
                by=member.id,
                at=desk.now,
            )
            deeds.act(desk, id, command)
            deeds.leave_steps(desk, id, by=member.id)

        await site.work(carry_out)
        return see_other(f"/actions/{id}")

    return [
        site.page("/actions", list_page),
        site.page("/actions/{id}", page),
        site.form("/actions/{id}/yes", taken, again=page),
        doing("no", _no),
        doing("join", _join),
        doing("back", _back),
        doing("start", _start),
        doing("block", _block, "reason"),
        doing("heard", _heard, "session", "card"),
        site.form("/actions/{id}/done", finished, again=page),
        site.form("/actions/{id}/drop", dropped, again=page),
    ]


def view_list(
    desk: Desk, member: Member | None, *, holder: Holder | None = None
) -> ListPage:
    """List the actions that somebody may know of, the newest first."""
    found = list(lines(desk, member, holder=holder))
    offered = [each for each in found if each.status == "offered"]
    return ListPage(
        for_me=tuple(
            each
            for each in found
            if each.asks_me
            or (each.mine and each.status in ("taken", "doing", "blocked"))
        ),
        ladder=tuple(
            (effort, tuple(each for each in offered if each.effort == effort))
            for effort in EFFORTS
        ),
        under_way=tuple(
            each for each in found if each.status in ("taken", "doing", "blocked")
        ),
        done=tuple(each for each in found if each.status == "done")[:MOST_DONE],
        may_offer=member is not None,
    )


def lines(
    desk: Desk, member: Member | None, *, holder: Holder | None = None
) -> Iterator[Line]:
    """Go through the actions that somebody may know of, the newest first."""
    for id, state in node.load_all(desk, "action").items():
        if may_see(state, member, holder=holder):
            yield a_line(desk, id, state, member)


def may_see(
    state: action.State, member: Member | None, *, holder: Holder | None = None
) -> bool:
    """Whether somebody may read of an action.

    The holder of a card reads what is for everyone, and what came from that meeting.
    """
    offered = state.offered
    if offered is None:
        return False
    if member is not None or offered.told == "everyone":
        return True
    return holder is not None and comes_from(state, holder.session)


def comes_from(state: action.State, meeting: str) -> bool:
    """Whether an action came from a meeting, or from a point of it."""
    source = None if state.offered is None else state.offered.source
    if source is None:
        return False
    named = source.id.partition(".")[0] if source.about == "point" else source.id
    return source.about in ("session", "point") and named == meeting


def a_line(desk: Desk, id: str, state: action.State, member: Member | None) -> Line:
    """Show an action in a list."""
    offered = state.offered
    assert offered is not None
    return Line(
        id=id,
        what=points.words(desk, offered.words.what),
        status=state.status,
        kind=offered.kind,
        effort=offered.effort,
        due=offered.due,
        taken_by=_taken_by(desk, state, member),
        asks_me=member is not None and state.asked == member.id,
        mine=member is not None and action.is_takers(state, member.id),
        public=offered.told == "everyone",
    )


def view(
    desk: Desk, id: str, member: Member | None, *, holder: Holder | None = None
) -> ActionPage:
    """Show an action to somebody who may know of it.

    Raises:
        Unknown: there is none, or it is for members.
    """
    state: action.State = node.load(desk, f"action:{id}")
    offered = state.offered
    assert offered is not None
    if not may_see(state, member, holder=holder):
        raise Unknown("There is no action {id} here.", id=id)
    me = None if member is None else member.id
    names = people.names(desk.connection)
    mine = me is not None and action.is_takers(state, me)
    joined = me in state.helpers
    return ActionPage(
        id=id,
        what=points.words(desk, offered.words.what),
        help=_some(desk, offered.words.help),
        status=state.status,
        kind=KINDS.get(offered.kind) or points.words(desk, offered.kind),
        own_kind=offered.kind not in KINDS,
        effort=offered.effort,
        position=offered.position,
        due=offered.due,
        late=state.open and offered.due is not None and offered.due < desk.now,
        comes_from=None
        if offered.source is None
        else sources.come_from(desk, offered.source),
        public=offered.told == "everyone",
        taken_by=_taken_by(desk, state, member),
        asked=None if member is None else names.get(state.asked or ""),
        asks_me=me is not None and state.asked == me,
        mine=mine,
        joined=joined,
        helpers=()
        if member is None
        else tuple(names[each] for each in state.helpers if each in names),
        reason="" if member is None else _some(desk, state.reason),
        came_of_it=_some(desk, state.came_of_it),
        may_move=state.open and me is not None and action.may_move(state, me),
        may_take=state.open
        and (me is not None or holder is not None)
        and state.taker is None,
        may_join=state.open and me is not None and not mine and not joined,
        may_hear=state.open
        and state.taker is None
        and member is not None
        and may(member, action.HearYes),
        meetings=tuple(_open_meetings(desk)),
        once=desk.new_id(),
        elsewhere=elsewhere(
            desk,
            posts.object_about(desk.connection, f"action:{id}", kind=deeds.ACTION),
            members=member is not None,
        ),
    )


def _finish(desk: Desk, id: ActionId, form: Form, member: Member) -> None:
    state: action.State = node.load(desk, f"action:{id}")
    assert state.offered is not None
    came_of_it = form.text("came_of_it", "What came of it", least=0, most=MOST_IN_TEXT)
    if state.status != "done":
        if state.offered.told == "everyone" and not form.ticked("aware"):
            telling.check_text(desk, came_of_it)
        command = action.FinishAction(
            came_of_it=events.keep_wording(desk.connection, came_of_it)
            if came_of_it
            else None,
            by=member.id,
            at=desk.now,
        )
        deeds.act(desk, id, command)
        deeds.leave_steps(desk, id, by=member.id)
    if form.ticked("celebrate"):
        what = came_of_it or points.words(desk, state.offered.words.what)
        _celebrate(desk, id, form, what, by=member.id)


def _celebrate(
    desk: Desk, id: ActionId, form: Form, what: str, *, by: MemberId
) -> None:
    deed = telling.once(form)
    if node.exists(desk, f"thanks:{deed}"):
        return
    telling.check(desk, form, what)
    command = thanks.ShareDeed(
        thanks=ThanksId(deed),
        what=events.keep_wording(desk.connection, what),
        action=id,
        told=telling.told(form),
        named=form.ticked("named"),
        by=by,
        at=desk.now,
    )
    deeds.share(desk, deed, command)


def _no(desk: Desk, member: Member, form: Form) -> action.SayNo:
    return action.SayNo(by=member.id, at=desk.now)


def _join(desk: Desk, member: Member, form: Form) -> action.JoinIn:
    return action.JoinIn(by=member.id, at=desk.now)


def _back(desk: Desk, member: Member, form: Form) -> action.HandBack:
    return action.HandBack(by=member.id, at=desk.now)


def _start(desk: Desk, member: Member, form: Form) -> action.StartAction:
    return action.StartAction(by=member.id, at=desk.now)


def _block(desk: Desk, member: Member, form: Form) -> action.BlockAction:
    reason = form.text("reason", "What stands in the way", most=MOST_IN_TEXT)
    return action.BlockAction(
        reason=events.keep_wording(desk.connection, reason), by=member.id, at=desk.now
    )


def _heard(desk: Desk, member: Member, form: Form) -> action.HearYes:
    meeting = form.line("session", "Meeting", most=100)
    node.load(desk, f"session:{meeting}")
    card = form.whole("card", "Card", least=1, most=MOST_CARDS)
    return action.HearYes(
        session=SessionId(meeting), card=CardNumber(card), by=member.id, at=desk.now
    )


def _taken_by(desk: Desk, state: action.State, member: Member | None) -> str | None:
    """Say who took an action, as far as a reader may know."""
    taker = state.taker
    if taker is None:
        return None
    if member is None:
        return deeds.taker(desk, taker)
    if taker.member is not None:
        return people.name_of(desk.connection, taker.member) or ""
    return f"card {taker.card}"


def _some(desk: Desk, commitment: str | None) -> str:
    return "" if commitment is None else points.words(desk, commitment)


def _open_meetings(desk: Desk) -> Iterator[tuple[str, str]]:
    for id, state in node.load_all(desk, "session").items():
        if state.opened is not None and state.called is not None:
            yield id, points.words(desk, state.called.notice.title)


def show(
    request: Request,
    template: str,
    page: object,
    *,
    given: Mapping[str, str] | None = None,
) -> Response:
    return render(
        request,
        template,
        page=page,
        given=given or {},
        kinds=KINDS,
        positions=POSITIONS,
        efforts=EFFORTS,
        states=STATES,
        told=telling.TOLD,
    )


def _id(request: Request) -> ActionId:
    id: str = request.path_params["id"]
    return ActionId(id)
