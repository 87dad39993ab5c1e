"""The door of a meeting: which cards are out, which came back, whose paper is in.

One person keeps the book and types ranges; a second person counts the cards once, and
again after any larger change. From then on the number follows from the book.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.errors import NotEntitled
from confederation.identifiers import BallotId, CardNumber
from confederation.meeting import door as cards
from instance import clerk, node
from instance.deciding import voting
from instance.desk import Desk
from instance.meeting import door, floor
from instance.store import ballots, events
from instance.web.deciding import count_sheets
from instance.web.forms import Form
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

MOST_TYPED: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A ballot that takes papers in the room, and whose were written down."""

    id: str
    question: str
    papers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPage:
    """The door's book as it stands, and what a member may do about it.

    ``agreed`` says that a second person counted the cards alike. ``next`` is the card
    on top of the stack. ``mine`` says that only this member wrote in the book, and
    ``first`` that the assembly has no rules yet.
    """

    id: str
    title: str
    is_open: bool
    on_roll: bool
    out: int
    which: str
    back: str
    phones: int
    present: int
    counted: bool
    agreed: bool
    differed: bool
    mine: bool
    next: int
    first: bool
    boxes: tuple[Box, ...]
    may_strike: bool
    may_print: bool


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view(desk, _id(request), member))
        return render(request, "door.html", page=shown)

    def writing(
        command: Callable[[Desk, Member, Form], Any], *known: str
    ) -> Callable[[Request, Form], Any]:
        async def act(request: Request, form: Form) -> Response:
            member = the_member(request)
            form, member = await count_sheets.acting(site, request, form, member)
            form.only(*known)

            def carry_out(desk: Desk) -> None:
                stream = f"session:{_id(request)}"
                node.load(desk, stream)
                order = command(desk, member, form)
                node.perform(desk, stream, order)
                if isinstance(order, session.TakeBackCards):
                    floor.see_off(desk, _id(request), order.cards, by=member.id)
                clerk.publish_ready(desk)

            await site.work(carry_out)
            return see_other(f"/sessions/{_id(request)}/door")

        return act

    async def strike(request: Request, form: Form) -> Response:
        form.only("ballot", "cards")
        member = the_member(request)
        ballot = BallotId(form.line("ballot", "Question", most=100))
        numbers = cards.cards(_spans(form))

        def carry_out(desk: Desk) -> None:
            state = voting.opened(desk, ballot)
            if not _may_strike(desk, voting.terms_of(state).session, member):
                raise NotEntitled(
                    "The tellers, and whoever keeps the door, write down whose paper "
                    "is in the box."
                )
            door.hand_in(desk, ballot, numbers)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/door")

    at = "/sessions/{id}/door"
    return [
        site.page(at, page),
        site.form(f"{at}/out", writing(_hand_out, "cards"), again=page),
        site.form(f"{at}/back", writing(_take_back, "cards"), again=page),
        site.form(f"{at}/count", writing(_count, "count"), again=page),
        site.form(f"{at}/papers", strike, again=page),
    ]


def view(desk: Desk, id: str, member: Member) -> DoorPage:
    """Show the door of a meeting to a member.

    Raises:
        Unknown: there is no such meeting.
    """
    state: session.State = node.load(desk, f"session:{id}")
    assert state.called is not None
    seen = state.out | state.back
    return DoorPage(
        id=id,
        title=events.wording(desk.connection, state.called.notice.title) or "",
        is_open=state.is_open,
        on_roll=state.opened is not None and member.id in state.opened.roll.members,
        out=len(state.out),
        which=cards.write(state.out),
        back=cards.write(state.back),
        phones=len(state.phones),
        present=state.present,
        counted=state.in_room is not None,
        agreed=state.by_book,
        differed=_last_event(desk, id) == "PresentDiffered",
        mine=state.kept_by == (member.id,),
        next=max(seen, default=0) + 1,
        first=not node.assembly_here(desk).rulebooks,
        boxes=tuple(_boxes(desk, id)),
        may_strike=_may_strike(desk, id, member),
        may_print=may(member, session.OpenSession),
    )


def _boxes(desk: Desk, id: str) -> list[Box]:
    found = []
    for ballot, state in node.load_all(desk, "ballot").items():
        terms = voting.terms_of(state)
        if terms.session != id or not state.is_open or "paper" not in terms.channels:
            continue
        papers = ballots.papers(desk.connection, ballot)
        found.append(
            Box(
                id=ballot,
                question=voting.read_paper(desk, terms).question,
                papers=cards.write(
                    CardNumber(int(each)) for each in papers if each.isdecimal()
                ),
            )
        )
    return found


def _may_strike(desk: Desk, id: str, member: Member) -> bool:
    state: session.State = node.load(desk, f"session:{id}")
    return (
        member.id in state.kept_by
        or "teller" in member.roles
        or may(member, session.OpenSession)
    )


def _hand_out(desk: Desk, member: Member, form: Form) -> session.HandOutCards:
    return session.HandOutCards(cards=_spans(form), by=member.id, at=desk.now)


def _take_back(desk: Desk, member: Member, form: Form) -> session.TakeBackCards:
    return session.TakeBackCards(cards=_spans(form), by=member.id, at=desk.now)


def _count(desk: Desk, member: Member, form: Form) -> session.CountPresent:
    return session.CountPresent(
        count=form.whole("count", "How many cards are out", most=cards.HIGHEST),
        basis="cards",
        by=member.id,
        at=desk.now,
    )


def _spans(form: Form) -> tuple[cards.Span, ...]:
    return cards.read(form.text("cards", "Which cards", most=MOST_TYPED))


def _last_event(desk: Desk, id: str) -> str:
    return events.history(desk.connection, f"session:{id}")[-1].type


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
