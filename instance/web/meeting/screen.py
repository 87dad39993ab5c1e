"""What everybody in the room sees: the part of the evening, who speaks, who is next.

The projector shows it from afar, and phones near by. People are card numbers; a member
without a card stands there by the name that they raised their hand under.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.deciding import ballot
from confederation.errors import NotEntitled, Unknown
from confederation.floor import Asks, Person, State, Turn
from confederation.identifiers import BallotId
from confederation.meeting import breakout, door
from instance import node
from instance.config import Config
from instance.deciding import voting
from instance.desk import Desk
from instance.meeting import door as door_codes
from instance.meeting import floor
from instance.store import ballots, events, people
from instance.web import naming, paper
from instance.web.deciding import counted
from instance.web.deciding.ballots import OUTCOMES, labels_of
from instance.web.deciding.counted import Row
from instance.web.languages import N_
from instance.web.meeting import phases
from instance.web.rendering import render
from instance.web.site import Site
from instance.web.visits import Visit

SHOWN_NEXT: Final = 3
SHOWN_TABLES: Final = 6
ASKS: Final[Mapping[Asks, str]] = {
    "point": N_("Wants to speak"),
    "process": N_("Point of process"),
    "fact": N_("Direct fact"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the evening.

    ``left`` are the seconds that it has left now, negative when it is over; while the
    meeting is paused it has no ``ends_at``.
    """

    name: str
    number: int
    minutes: int
    ends_at: datetime | None
    left: int

    @property
    def minutes_left(self) -> int:
        """The minutes that are left, a begun one as a whole one; 0 when it is over."""
        return max(-(-self.left // 60), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A hand as a page shows it. ``who`` is how a form names it."""

    who: str
    says: str
    card: bool
    asks: Asks
    phone: bool
    first_time: bool

    @property
    def asks_says(self) -> str:
        return ASKS[self.asks]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that is put now, or the last one that was decided.

    ``stands`` says how many more it takes while it is open; when it is decided,
    ``figures`` say how it was counted, and ``chosen`` what was chosen, if anything.
    """

    id: str
    says: str
    open: bool
    turnout: int
    outcome: str | None
    chosen: str | None
    figures: tuple[Row, ...]
    stands: tuple[str, ...]

    @property
    def outcome_says(self) -> str:
        return "" if self.outcome is None else OUTCOMES[self.outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Warm:
    """A temperature check: how many say up, flat and down. It is not a vote."""

    open: bool
    up: int
    flat: int
    down: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What happens now in a meeting, for everybody who is there.

    ``begun`` says that the floor is open; ``over`` that the meeting is. ``tables`` are
    those that people look for now or sit at, each with who sits there; ``seats`` say
    at which table each is.
    """

    id: str
    title: str
    begun: bool
    over: bool
    paused: bool
    parts: int
    part: Part | None
    next_part: str | None
    speaking: Hand | None
    speaking_since: datetime | None
    waiting: tuple[Hand, ...]
    warm: Warm | None
    questions: tuple[Question, ...]
    tables: tuple[tuple[int, str], ...]
    seats: Mapping[Person, int]

    @property
    def tables_fit(self) -> bool:
        """Whether the wall has room for who sits where."""
        return len(self.tables) <= SHOWN_TABLES

    @property
    def next_three(self) -> tuple[Hand, ...]:
        return self.waiting[:SHOWN_NEXT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """How a phone gets here: an address to type, and the code of it to scan."""

    says: str
    code: Markup


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        somebody_here(request)
        id: str = request.path_params["id"]
        shown = await site.node.look(lambda desk: scene(desk, id))
        join = how_to_join(site.node.config)
        stream = f"/sessions/{id}/live?as=screen"
        return render(request, "screen.html", scene=shown, join=join, stream=stream)

    async def wall(request: Request) -> Response:
        code: str = request.path_params["code"]

        def look(desk: Desk) -> Scene | None:
            id = door_codes.meeting_at_wall(desk, code)
            return None if id is None else scene(desk, id)

        shown = await site.node.look(look)
        if shown is None:
            raise Unknown(
                "No meeting that is open now has this address for its wall. Please "
                "compare it with the facilitator's screen, letter by letter."
            )
        join, stream = how_to_join(site.node.config), f"/wall/{code}/live"
        return render(request, "screen.html", scene=shown, join=join, stream=stream)

    return [
        site.page("/sessions/{id}/screen", page),
        site.page("/wall/{code}", wall),
    ]


def wall_address(desk: Desk, id: str) -> str:
    """Return what is typed at another machine, so that it shows a meeting.

    Whoever has it sees what the room sees, and no more, until the meeting closes.
    """
    code = door_codes.wall_code(desk, id)
    parts = "-".join(code[at : at + 4] for at in range(0, len(code), 4))
    return f"{_here(desk.config)}/wall/{parts}".partition("://")[2]


def how_to_join(config: Config) -> Join:
    """Say how somebody in the room gets to these pages with their phone."""
    address = f"{_here(config)}/card"
    return Join(says=address.partition("://")[2], code=paper.qr(address))


def _here(config: Config) -> str:
    return config.hall.origins[0] if config.hall is not None else config.base


def somebody_here(request: Request) -> Visit:
    """Return the visit of somebody in the room.

    Raises:
        NotEntitled: they have neither a card nor signed in.
    """
    visit: Visit = request.state.visit
    if visit.member is None and visit.holder is None:
        raise NotEntitled(
            "This is for people in the room. Please come in with your card, or sign in."
        )
    return visit


def person(desk: Desk, id: str, visit: Visit) -> Person:
    """Return who somebody is on the floor of a meeting: their card, or else themselves.

    Raises:
        NotEntitled: their card is one of another meeting.
    """
    if visit.holder is not None:
        if visit.holder.session != id:
            raise NotEntitled(
                "Your card is one of another meeting. At the door of this one you get "
                "a new one."
            )
        return visit.holder.card
    assert visit.member is not None
    held: session.State = node.load(desk, f"session:{id}")
    return held.holding.get(visit.member.id, visit.member.id)


def scene(desk: Desk, id: str) -> Scene:
    """Show what happens now in a meeting.

    Raises:
        Unknown: there is no such meeting.
    """
    held: session.State = node.load(desk, f"session:{id}")
    assert held.called is not None
    there = floor.state(desk, id)
    hands = Hands(desk)
    speaking, now = there.speaking, there.temperature
    following = there.phases[there.place + 1 :]
    drawn = _drawn(desk, id)
    return Scene(
        id=id,
        title=events.wording(desk.connection, held.called.notice.title) or "",
        begun=there.session is not None,
        over=held.closed_at is not None,
        paused=there.paused_at is not None,
        parts=len(there.phases),
        part=_part(desk, there),
        next_part=phases.name(desk, following[0]) if following else None,
        speaking=None if speaking is None else hands.hand(speaking.turn),
        speaking_since=None if speaking is None else speaking.at,
        waiting=tuple(map(hands.hand, there.waiting)),
        warm=None
        if now is None
        else Warm(open=now.open, up=now.count[0], flat=now.count[1], down=now.count[2]),
        questions=_questions(desk, id, there),
        tables=_tables(hands, drawn) if _are_at_tables(drawn, there) else (),
        seats={seat: each.number for each in drawn.tables for seat in each.seats},
    )


@dataclass(frozen=True, slots=True)
class Hands:
    """How people in the room are named on its pages."""

    desk: Desk

    def hand(self, turn: Turn) -> Hand:
        return Hand(
            who=str(turn.who),
            says=self.name(turn.who),
            card=isinstance(turn.who, int),
            asks=turn.asks,
            phone=turn.way == "phone",
            first_time=not turn.again,
        )

    def called(self, who: Person) -> str:
        """Return what somebody is called in a sentence: a card with the word for it."""
        if isinstance(who, int):
            return naming.of_card(who)
        return self.name(who)

    def name(self, who: Person) -> str:
        """Return a card's number, or the name of a member who has no card."""
        if isinstance(who, int):
            return str(who)
        return people.name_of(self.desk.connection, who) or "–"


def _part(desk: Desk, there: State) -> Part | None:
    now = there.phase
    if now is None or there.session is None:
        return None
    ends_at = there.ends_at
    assert ends_at is not None
    left = int((ends_at - (there.paused_at or desk.now)).total_seconds())
    return Part(
        name=phases.name(desk, now),
        number=there.place + 1,
        minutes=now.minutes + there.longer.get(now.number, 0),
        ends_at=None if there.paused_at is not None else ends_at,
        left=left,
    )


def _drawn(desk: Desk, id: str) -> breakout.State:
    stream = f"breakout:{id}"
    if not node.exists(desk, stream):
        return breakout.NOTHING
    state: breakout.State = node.load(desk, stream)
    return state


def _are_at_tables(drawn: breakout.State, there: State) -> bool:
    """Whether people look for their table, or the part of the evening is held there."""
    deliberates = there.phase is not None and there.phase.kind == "deliberation"
    return drawn.begun_at is None or deliberates


def _tables(hands: Hands, drawn: breakout.State) -> tuple[tuple[int, str], ...]:
    """Name each table with its cards, and with the names of who is there by name."""
    return tuple(
        (
            table.number,
            ", ".join(
                filter(
                    None,
                    (
                        door.write(s for s in table.seats if isinstance(s, int)),
                        *(hands.name(s) for s in table.seats if isinstance(s, str)),
                    ),
                )
            ),
        )
        for table in drawn.tables
    )


def _questions(desk: Desk, id: str, there: State) -> tuple[Question, ...]:
    """Give every open question, or else the last that this part of the evening decided.

    What an earlier part decided is read aloud by now, and is on the ballot's page.
    """
    found = [
        (each, voting.opened(desk, BallotId(each)))
        for each in ballots.put_in(desk.connection, id)
    ]
    shown = [(each, state) for each, state in found if state.is_open]
    if not shown and there.since is not None:
        since = there.since
        shown = [
            (each, state)
            for each, state in found
            if state.decided is not None and state.decided.at >= since
        ][:1]
    return tuple(_question(desk, each, state) for each, state in shown)


def _question(desk: Desk, id: str, state: ballot.State) -> Question:
    terms = voting.terms_of(state)
    paper = voting.read_paper(desk, terms)
    labels = labels_of(terms, paper)
    result = None if state.decided is None else state.decided.result
    named = () if result is None else result.elected or (result.chosen,)
    return Question(
        id=id,
        says=paper.question,
        open=state.is_open,
        turnout=voting.turnout(desk, state),
        outcome=None if result is None else result.outcome,
        chosen=", ".join(labels[each] for each in named if each is not None) or None,
        figures=() if result is None else counted.figures(result.counts, labels),
        stands=counted.how_it_stands(voting.outlook(desk, state))
        if state.is_open
        else (),
    )
