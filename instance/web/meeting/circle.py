"""A listening circle: one speaks at a time, nobody has to, and nothing is voted on.

Feelings are shared here as well, where a room wants that. They are in this process's
memory until the check-out, and in no file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.errors import Invalid, NotEntitled, TooEarly
from confederation.identifiers import CardNumber, MemberId, SessionId
from confederation.meeting import circle, door
from confederation.meeting.breakout import Seat
from confederation.meeting.circle import When
from instance import node
from instance.desk import Desk
from instance.store import events, people
from instance.web.afterwards import points
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting import tables
from instance.web.meeting.feelings import COLOURS, MOST_IN_A_WORD, Colour, Feelings
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Holder, Member, the_voter

MOST_IN_QUESTION: Final = 300
MOST_IN_ORDER: Final = 2_000
USUAL_SECONDS: Final = 120
WHEN: Final[Mapping[When, str]] = {
    "check-in": N_("How do we come in?"),
    "check-out": N_("How do we go?"),
}
COLOUR_NAMES: Final[Mapping[Colour, str]] = {
    "red": N_("red"),
    "orange": N_("orange"),
    "yellow": N_("yellow"),
    "green": N_("green"),
    "blue": N_("blue"),
    "violet": N_("violet"),
    "grey": N_("grey"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeelingsView:
    """What the room shared in one round: each word and colour with how many did."""

    when: When
    words: Mapping[str, int]
    colours: Mapping[Colour, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CirclePage:
    """A circle as one person in it sees it.

    ``until`` is when the turn is over by the clock; nobody is cut off by it. ``lost``
    says that the machine was restarted since the room was asked, and that nobody has
    shared anything since then.
    """

    id: str
    title: str
    round: int
    running: bool
    question: str
    turn: int
    turns: int
    holder: str | None
    next: str | None
    mine: bool
    until: datetime | None
    seconds: int
    cards: str
    names: tuple[tuple[str, str], ...]
    may_lead: bool
    feelings: When | None
    lost: bool
    shared: tuple[FeelingsView, ...]


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        voter = the_voter(request)
        shown = await site.node.look(
            lambda desk: view(desk, site.feelings, _id(request), voter)
        )
        return render(
            request,
            "circle.html",
            page=shown,
            asked=WHEN,
            colours=COLOUR_NAMES,
            most_in_a_word=MOST_IN_A_WORD,
        )

    async def begun(request: Request, form: Form) -> Response:
        form.only("round", "question", "seconds", "cards", "member")
        voter = the_voter(request)
        number = form.whole("round", N_("Round"), least=1, most=9_999)
        question = form.line("question", "Question", least=0, most=MOST_IN_QUESTION)
        seconds = form.whole(
            "seconds",
            "Seconds for each",
            least=circle.SHORTEST_TURN,
            most=circle.LONGEST_TURN,
        )

        def command(desk: Desk, id: SessionId, by: MemberId) -> circle.Command:
            words = events.keep_wording(desk.connection, question) if question else None
            return circle.BeginRound(
                session=id,
                round=number,
                question=words,
                order=_order(desk, id, form),
                seconds=seconds,
                by=by,
                at=desk.now,
            )

        return await lead(request, voter, command)

    async def passed(request: Request, form: Form) -> Response:
        form.only("round", "turn")
        voter = the_voter(request)
        number = form.whole("round", N_("Round"), least=1, most=9_999)
        turn = form.whole("turn", N_("Turn"), most=9_999)

        def carry_out(desk: Desk) -> None:
            id = _open_meeting(desk, _id(request))
            tables.check_in_it(desk, id, voter)
            held = of_meeting(desk, id)
            leads = isinstance(voter, Member) and may(voter, circle.BeginRound)
            if not leads and held.holder != tables.seat_of(desk, id, voter):
                raise NotEntitled("Whoever holds the piece passes it on.")
            by = voter.id if isinstance(voter, Member) else None
            command = circle.PassThePiece(
                session=id, round=number, turn=turn, by=by, at=desk.now
            )
            node.perform(desk, f"circle:{id}", command)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/circle")

    async def taken_back(request: Request, form: Form) -> Response:
        form.only("round", "turn")
        voter = the_voter(request)
        number = form.whole("round", N_("Round"), least=1, most=9_999)
        turn = form.whole("turn", N_("Turn"), most=9_999)
        return await lead(
            request,
            voter,
            lambda desk, id, by: circle.TakeThePieceBack(
                session=id, round=number, turn=turn, by=by, at=desk.now
            ),
        )

    async def ended(request: Request, form: Form) -> Response:
        form.only("round")
        voter = the_voter(request)
        number = form.whole("round", N_("Round"), least=1, most=9_999)
        return await lead(
            request,
            voter,
            lambda desk, id, by: circle.EndRound(
                session=id, round=number, by=by, at=desk.now
            ),
        )

    async def asked(request: Request, form: Form) -> Response:
        form.only("when")
        voter = the_voter(request)
        when = cast(When, form.choice("when", "When", among=WHEN))
        return await lead(
            request,
            voter,
            lambda desk, id, by: circle.OpenFeelings(
                session=id, when=when, by=by, at=desk.now
            ),
        )

    async def let_go(request: Request, form: Form) -> Response:
        form.only()
        response = await lead(
            request,
            the_voter(request),
            lambda desk, id, by: circle.CloseFeelings(session=id, by=by, at=desk.now),
        )
        site.feelings.let_go(_id(request))
        return response

    async def shared(request: Request, form: Form) -> Response:
        form.only("when", "word", "colour")
        voter = the_voter(request)
        word = form.line("word", N_("A word"), least=0, most=MOST_IN_A_WORD)
        chosen = form.one("colour")
        colour = (
            form.choice("colour", N_("A colour"), among=COLOURS) if chosen else None
        )
        id = _id(request)

        def open_round(desk: Desk) -> When:
            tables.check_in_it(desk, id, voter)
            held = of_meeting(desk, _open_meeting(desk, id))
            if held.feelings is None:
                raise TooEarly("Nobody has asked for feelings now.")
            return held.feelings

        when = await site.node.look(open_round)
        site.feelings.share(id, when, word=word, colour=cast(Colour | None, colour))
        return see_other(f"/sessions/{id}/circle")

    async def lead(
        request: Request,
        voter: Member | Holder,
        command: Callable[[Desk, SessionId, MemberId], circle.Command],
    ) -> Response:
        def carry_out(desk: Desk) -> None:
            id = _open_meeting(desk, _id(request))
            if isinstance(voter, Holder):
                raise NotEntitled("This is for whoever leads the circle.")
            node.perform(desk, f"circle:{id}", command(desk, id, voter.id))

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/circle")

    return [
        site.page("/sessions/{id}/circle", page),
        site.form("/sessions/{id}/circle", begun, again=page),
        site.form("/sessions/{id}/circle/pass", passed, again=page),
        site.form("/sessions/{id}/circle/back", taken_back, again=page),
        site.form("/sessions/{id}/circle/end", ended, again=page),
        site.form("/sessions/{id}/circle/ask", asked, again=page),
        site.form("/sessions/{id}/circle/share", shared, again=page),
        site.form("/sessions/{id}/circle/let-go", let_go, again=page),
    ]


def of_meeting(desk: Desk, id: str) -> circle.State:
    """Return the circle of a meeting, as far as one was begun and it is not closed."""
    stream = f"circle:{id}"
    if not node.exists(desk, stream):
        return circle.NOTHING
    state: circle.State = node.load(desk, stream)
    return state


def view(desk: Desk, feelings: Feelings, id: str, voter: Member | Holder) -> CirclePage:
    """Show a circle to somebody who is in it.

    Raises:
        NotEntitled: their card is of another meeting.
        Unknown: there is no such meeting.
    """
    title = tables.check_in_it(desk, id, voter)
    held, names = of_meeting(desk, id), people.names(desk.connection)
    present = tables.present(desk, id)
    begun, since = held.begun, held.since
    seconds = USUAL_SECONDS if begun is None else begun.seconds
    asked = held.feelings_since
    lost = asked is not None and asked < feelings.since and not feelings.any(id)
    return CirclePage(
        id=id,
        title=title,
        round=0 if begun is None else begun.round,
        running=begun is not None and held.ended_at is None,
        question=""
        if begun is None or begun.question is None
        else points.words(desk, begun.question),
        turn=held.turn,
        turns=0 if begun is None else len(begun.order),
        holder=_says(names, held.holder),
        next=_says(names, held.next),
        mine=held.holder is not None and held.holder == tables.seat_of(desk, id, voter),
        until=since + timedelta(seconds=seconds)
        if held.holder is not None and since is not None
        else None,
        seconds=seconds,
        cards=door.write(seat for seat in present if isinstance(seat, int)),
        names=tuple(
            (str(seat), names.get(str(seat), ""))
            for seat in present
            if not isinstance(seat, int)
        ),
        may_lead=isinstance(voter, Member) and may(voter, circle.BeginRound),
        feelings=held.feelings,
        lost=lost,
        shared=tuple(
            FeelingsView(
                when=when,
                words=feelings.words(id, when),
                colours=feelings.colours(id, when),
            )
            for when in WHEN
            if feelings.words(id, when) or feelings.colours(id, when)
        ),
    )


def _order(desk: Desk, id: SessionId, form: Form) -> tuple[Seat, ...]:
    """Read who sits in the circle, in the order in which the piece goes round."""
    text = form.text("cards", N_("Cards"), least=0, most=MOST_IN_ORDER)
    by_card = [
        number
        for span in (door.read(text) if text else ())
        for number in range(span.first, span.last + 1)
    ]
    here = tables.present(desk, id)
    out = {each for each in here if isinstance(each, int)}
    ticked = form.choices(
        "member",
        N_("Who sits here"),
        among=[str(s) for s in here if isinstance(s, str)],
    )
    missing = sorted(set(by_card) - out)
    if missing:
        raise Invalid(
            "Card {missing} was not handed out at the door.", missing=missing[0]
        )
    return (
        *(CardNumber(each) for each in by_card),
        *(MemberId(each) for each in ticked),
    )


def _says(names: Mapping[str, str], seat: Seat | None) -> str | None:
    if seat is None:
        return None
    return str(seat) if isinstance(seat, int) else names.get(str(seat), "")


def _open_meeting(desk: Desk, id: str) -> SessionId:
    session.be_open(node.load(desk, f"session:{id}"))
    return SessionId(id)


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
