"""Who is new tonight is greeted, and a name on a card is there for the evening only.

Whoever wishes has their name on their card, and says that they are here for the first
time. It passes with the meeting: it is in no event, goes nowhere, and is deleted when
the meeting closes, as is every word that was told in confidence.
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.errors import NotEntitled
from confederation.identifiers import CardNumber
from confederation.meeting import door
from confederation.meeting.rotation import JobTitle
from confederation.membership import entitlement
from instance import node
from instance.desk import Desk
from instance.meeting import floor
from instance.store import events, welcoming
from instance.store.welcoming import Badge, Note
from instance.web import naming, paper
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting import roles
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

MOST_IN_NAME: Final = 40
MOST_IN_NOTE: Final = 500
WELCOMES: Final[frozenset[JobTitle]] = frozenset(
    {"welcomer", "host", "doorkeeper", "facilitator"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomePage:
    """Who is new tonight; ``sees`` says that the reader is one of those who welcome."""

    id: str
    title: str
    is_open: bool
    on_roll: bool
    sees: bool
    new: tuple[Badge, ...]
    named: tuple[Badge, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeSheet:
    whose: str
    title: str
    badges: tuple[Badge, ...]


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view(desk, _id(request), member))
        told = request.query_params.get("told") == "yes"
        return render(request, "welcome.html", page=shown, told=told)

    async def put_name(request: Request, form: Form) -> Response:
        form.only("card", "name", "first_time")
        id, member = _id(request), the_member(request)
        card = CardNumber(
            form.whole("card", N_("The card"), least=1, most=door.HIGHEST)
        )
        name = form.line("name", "The name", least=0, most=MOST_IN_NAME)

        def carry_out(desk: Desk) -> None:
            _be_in_the_room(desk, id, member)
            first = form.ticked("first_time")
            welcoming.keep(desk.connection, id, card, name=name, first_time=first)

        await site.work(carry_out)
        # A name that was typed over does not stay behind in a log.
        await site.node.database.forget_steps()
        return see_other(f"/sessions/{id}/welcome")

    async def greet(request: Request, form: Form) -> Response:
        form.only("card")
        id, member = _id(request), the_member(request)
        card = CardNumber(
            form.whole("card", N_("The card"), least=1, most=door.HIGHEST)
        )

        def carry_out(desk: Desk) -> None:
            _welcomes(desk, id, member)
            welcoming.greet(desk.connection, id, card)

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/welcome#new")

    async def tell(request: Request, form: Form) -> Response:
        form.only("says")
        id, member = _id(request), the_member(request)
        says = form.text("says", "A word in confidence", most=MOST_IN_NOTE)

        def carry_out(desk: Desk) -> None:
            _be_in_the_room(desk, id, member)
            welcoming.tell(desk.connection, id, says)

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/welcome?told=yes#confidence")

    async def see_to(request: Request, form: Form) -> Response:
        form.only("number")
        id, member = _id(request), the_member(request)
        number = form.whole("number", "Which one", most=10**9)

        def carry_out(desk: Desk) -> None:
            _welcomes(desk, id, member)
            welcoming.seen_to(desk.connection, id, number)

        await site.work(carry_out)
        await site.node.database.forget_steps()
        return see_other(f"/sessions/{id}/welcome#confidence")

    async def sheet(request: Request) -> Response:
        id, member = _id(request), the_member(request)

        def look(desk: Desk) -> BadgeSheet:
            state = _welcomes(desk, id, member)
            assert state.called is not None
            return BadgeSheet(
                whose=naming.our_name(desk),
                title=events.wording(desk.connection, state.called.notice.title) or "",
                badges=tuple(
                    each for each in welcoming.badges(desk.connection, id) if each.name
                ),
            )

        shown = await site.node.look(look)
        back = f"/sessions/{id}/welcome"
        return paper.show(request, "sheet_badges.html", back=back, page=shown)

    at = "/sessions/{id}/welcome"
    return [
        site.page(at, page),
        site.form(f"{at}/name", put_name, again=page),
        site.form(f"{at}/greeted", greet, again=page),
        site.form(f"{at}/tell", tell, again=page),
        site.form(f"{at}/seen-to", see_to, again=page),
        site.page("/sessions/{id}/sheets/badges", sheet),
    ]


def view(desk: Desk, id: str, member: Member) -> WelcomePage:
    """Show the welcome of a meeting to a member.

    Raises:
        Unknown: there is no such meeting.
    """
    state: session.State = node.load(desk, f"session:{id}")
    assert state.called is not None
    sees = state.is_open and welcomes(desk, id, state, member)
    known = welcoming.badges(desk.connection, id) if sees else ()
    return WelcomePage(
        id=id,
        title=events.wording(desk.connection, state.called.notice.title) or "",
        is_open=state.is_open,
        on_roll=state.opened is not None and member.id in state.opened.roll.members,
        sees=sees,
        new=tuple(each for each in known if each.first_time),
        named=tuple(each for each in known if each.name),
        notes=welcoming.notes(desk.connection, id) if sees else (),
    )


def welcomes(desk: Desk, id: str, state: session.State, member: Member) -> bool:
    """Whether a member welcomes people tonight: by the run-sheet, or leading it."""
    held = roles.holders(desk, floor.sheet(desk, id), state)
    named = {who for job in WELCOMES for who in held.get(job, ())}
    leads = bool((member.roles | member.ended) & entitlement.CHAIR)
    return member.id in named or leads


def _be_in_the_room(desk: Desk, id: str, member: Member) -> session.State:
    state: session.State = node.load(desk, f"session:{id}")
    opened = session.be_open(state)
    if member.id not in opened.roll.members:
        raise NotEntitled(
            "The roll of this meeting was taken when it opened, and you are not on it. "
            "Please ask somebody who is."
        )
    return state


def _welcomes(desk: Desk, id: str, member: Member) -> session.State:
    state: session.State = node.load(desk, f"session:{id}")
    session.be_open(state)
    if not welcomes(desk, id, state, member):
        raise NotEntitled(
            "This is for those who welcome people tonight, keep the door or lead the "
            "meeting."
        )
    return state


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
