"""Whoever holds a card of a meeting signs in by its number and the code on it.

That works without e-mail, in a browser context that is not secure, and without
JavaScript. The cards are printed here, for those who run the evening.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import assembly, session
from confederation.errors import ByNumber, Invalid, NotEntitled
from confederation.identifiers import BallotId, CardNumber, SessionId
from confederation.meeting import door as cards
from instance import node
from instance.deciding import voting
from instance.desk import Desk
from instance.errors import Misused
from instance.meeting import door
from instance.store import ballots, events, welcoming
from instance.web import languages, naming, paper, visits
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.membership.signing_in import LONGEST_TOKEN, where_from
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.tries import Tries
from instance.web.visits import Holder, Member, Visit, the_member

FIRST_SHEETS: Final = "1-16"
MOST_PRINTED: Final = 400
MOST_BY_A_ROOM: Final = 100
"""Wrong codes from one address: behind one router all phones of a room share it."""
NO_SUCH_CARD: Final = N_(
    "This number and this code do not belong together tonight. Please compare both "
    "with the part of the card that you keep, letter by letter; the door can help you."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of the evening, as whoever holds a card can take part in it."""

    id: str
    question: str
    open: bool
    voted: bool
    why_not: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """What one card can do now. ``by_phone`` says that it votes on this phone."""

    card: int
    session: str
    title: str
    is_open: bool
    by_phone: bool
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A card on paper; ``address`` is what its QR code says.

    ``name`` is there where whoever has the card wished for it, while the meeting is on.
    """

    number: int
    code: str
    stub: str
    address: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSheet:
    """Cards to be printed and cut apart; their stubs are good ``until`` a day."""

    whose: str
    title: str
    at: datetime
    until: datetime
    place: str
    cards: tuple[Printed, ...]


def routes(site: Site) -> list[Route]:
    node_here = site.node
    by_card, by_address = Tries(), Tries(most_by_one=MOST_BY_A_ROOM)

    async def sheet(request: Request) -> Response:
        member = the_member(request)
        if not await node_here.look(lambda desk: _may_print(desk, member)):
            raise NotEntitled(
                "The cards open the evening, so those who run it print them: the "
                "facilitator, the convenor, the clerk or the registrar."
            )
        id = request.path_params["id"]
        asked = request.query_params.get("cards", "") or FIRST_SHEETS
        numbers = cards.cards(cards.read(asked[:LONGEST_TOKEN]))
        if len(numbers) > MOST_PRINTED:
            raise Invalid(
                ByNumber(
                    "Please print at most {most} card at a time.",
                    "Please print at most {most} cards at a time.",
                ),
                most=MOST_PRINTED,
            )
        shown = await node_here.look(lambda desk: view_sheet(desk, id, numbers))
        return paper.show(
            request,
            "sheet_cards.html",
            back=f"/sessions/{id}/door",
            variants=[
                (f"/sessions/{id}/sheets/cards?cards=1-{upto}", f"1–{upto}")
                for upto in (16, 40, 80, 160)
            ],
            page=shown,
        )

    async def card_page(request: Request) -> Response:
        visit: Visit = request.state.visit
        holder = visit.holder
        page = None
        if holder is not None:
            page = await node_here.look(lambda desk: view_card(desk, holder))
        return render(
            request,
            "card.html",
            page=page,
            letters=door.CODE_LENGTH,
            number=request.query_params.get("card", "")[:5],
            code=request.query_params.get("code", "")[:LONGEST_TOKEN],
        )

    async def sign_in(request: Request, form: Form) -> Response:
        form.only("card", "code")
        card = CardNumber(form.whole("card", "Your card", least=1, most=cards.HIGHEST))
        code = form.line("code", N_("The code for tonight"), most=LONGEST_TOKEN)
        visit: Visit = request.state.visit
        address, at = where_from(request), int(node_here.clock().timestamp())
        by_card.check(f"card {card}", at=at)
        by_address.check(address, at=at)
        response = see_other("/card")

        def come_in(desk: Desk) -> bool:
            meeting = door.meeting_of(desk, card, code)
            if meeting is None:
                return False
            take = session.TakePhone(by=card, at=desk.now)
            node.perform(desk, f"session:{meeting}", take)
            holder = Holder(session=meeting, card=card)
            # A new session: a cookie that was planted or kept is worth nothing now.
            visits.end(desk, visit)
            visits.keep(
                desk,
                response,
                member=visits.mark_of(holder),
                session=visits.new_session(),
            )
            return True

        if not await site.work(come_in):
            by_card.wrong(f"card {card}", at=at)
            by_address.wrong(address, at=at)
            raise Misused(NO_SUCH_CARD)
        return response

    async def switch(request: Request, form: Form) -> Response:
        form.only("how")
        how = form.choice("how", N_("How you vote"), among=("phone", "room"))
        holder = _the_holder(request)
        command = session.TakePhone if how == "phone" else session.PutPhoneAway

        def carry_out(desk: Desk) -> None:
            given = command(by=holder.card, at=desk.now)
            node.perform(desk, f"session:{holder.session}", given)

        await site.work(carry_out)
        return see_other("/card")

    return [
        site.page("/sessions/{id}/sheets/cards", sheet),
        site.page("/card", card_page),
        site.form("/card", sign_in, again=card_page),
        site.form("/card/switch", switch, again=card_page),
    ]


async def shown(
    site: Site, request: Request, meeting: str, form: Form, tries: Tries
) -> CardNumber | None:
    """Return the card that a member shows with its code; None where they show none.

    Raises:
        Misused: the number and the code do not belong together in this meeting.
        TooOften: too many wrong ones were shown.
    """
    if not form.one("card").strip():
        return None
    card = CardNumber(form.whole("card", "Your card", least=1, most=cards.HIGHEST))
    code = form.line("code", N_("The code for tonight"), most=LONGEST_TOKEN)
    address, at = where_from(request), int(site.node.clock().timestamp())
    tries.check(address, at=at)
    printed = await site.node.look(lambda desk: door.code(desk, meeting, card))
    if not door.fits(code, printed):
        tries.wrong(address, at=at)
        raise Misused(NO_SUCH_CARD)
    return card


def view_card(desk: Desk, holder: Holder) -> CardPage:
    """Show what a card can do now, to whoever holds it."""
    state: session.State = node.load(desk, f"session:{holder.session}")
    assert state.called is not None
    return CardPage(
        card=holder.card,
        session=holder.session,
        title=events.wording(desk.connection, state.called.notice.title) or "",
        is_open=state.is_open,
        by_phone=holder.card in state.phones,
        questions=tuple(
            _question(desk, id, holder) for id in _ballots_of(desk, holder.session)
        ),
    )


def _may_print(desk: Desk, member: Member) -> bool:
    """Whether somebody runs the evening: its officers, or before there are any, all."""
    return (
        node.assembly_here(desk).founded is None
        or may(member, session.OpenSession)
        or may(member, assembly.AddMember)
    )


def view_sheet(desk: Desk, id: str, numbers: Collection[CardNumber]) -> CardSheet:
    """Show cards of a meeting to be printed.

    Raises:
        Unknown: there is no such meeting.
    """
    state: session.State = node.load(desk, f"session:{id}")
    assert state.called is not None
    origin = desk.config.hall.origins[0] if desk.config.hall else desk.config.base
    names = {e.card: e.name for e in welcoming.badges(desk.connection, id)}
    printed = []
    for number in sorted(numbers):
        code = door.code(desk, id, number)
        printed.append(
            Printed(
                number=number,
                code=code,
                stub=_in_groups(door.stub_code(desk, id, number)),
                address=f"{origin}/card?{urlencode({'card': number, 'code': code})}",
                name=names.get(number, ""),
            )
        )
    return CardSheet(
        whose=naming.our_name(desk),
        title=events.wording(desk.connection, state.called.notice.title) or "",
        at=state.called.notice.starts_at,
        until=state.called.notice.starts_at + door.STUB_IS_GOOD_FOR,
        place=origin.partition("://")[2],
        cards=tuple(printed),
    )


def _in_groups(code: str) -> str:
    return "-".join(code[i : i + 5] for i in range(0, len(code), 5))


def _question(desk: Desk, id: str, holder: Holder) -> Question:
    state = voting.opened(desk, BallotId(id))
    terms = voting.terms_of(state)
    struck = ballots.struck(desk.connection, id, holder.voter)
    return Question(
        id=id,
        question=voting.read_paper(desk, terms).question,
        open=state.is_open,
        voted=struck or holder.voter in state.votes,
        why_not=languages.why(voting.why_not(desk, state, holder.voter)),
    )


def _ballots_of(desk: Desk, meeting: SessionId) -> list[str]:
    return [
        id
        for id, state in node.load_all(desk, "ballot").items()
        if voting.terms_of(state).session == meeting
    ]


def _the_holder(request: Request) -> Holder:
    visit: Visit = request.state.visit
    if visit.holder is None:
        raise NotEntitled("This is for those who have a card of this meeting.")
    return visit.holder
