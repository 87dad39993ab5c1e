"""The facilitator's screen: the part of the evening, the stack, and who is not heard.

Several people may have it open at once and all see the same. What one of them presses
carries the version that they saw, so that nothing is moved twice or behind one's back.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation import floor as floors
from confederation import session
from confederation.errors import NotEntitled
from confederation.floor import Asks, Order, Person, Signal
from confederation.identifiers import CardNumber, MemberId
from confederation.meeting import door
from confederation.meeting.run_sheet import LONGEST_PHASE
from confederation.membership import entitlement
from instance import node
from instance.desk import Desk
from instance.errors import Misused
from instance.meeting import floor
from instance.store import events, people, room_notes
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting.room import SIGNALS
from instance.web.meeting.screen import (
    ASKS,
    Hand,
    Hands,
    Scene,
    person,
    scene,
    somebody_here,
    wall_address,
)
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Visit

MOST_IN_REASON: Final = 300
MOST_IN_WHO: Final = 80
MOST_NOTES: Final = 30
MOST_IN_LOG: Final = 12
MOST_LED: Final = 15
MOST_VERSION: Final = 1_000_000
MOST_DIGITS: Final = len(str(door.HIGHEST))
ORDERS: Final[Mapping[Order, str]] = {
    "first-timers first": N_("Who has not spoken tonight goes ahead"),
    "as they come": N_("Everybody in the order of their hands"),
}
STEPS: Final[Mapping[type[Any], str]] = {
    floors.WentOn: N_("Go on to the next part"),
    floors.WentBack: N_("Go back a part"),
    floors.PhaseSkipped: N_("Leave the part out"),
    floors.PhaseExtended: N_("Give it more time"),
    floors.FloorPaused: N_("Pause"),
    floors.FloorResumed: N_("Go on after the pause"),
    floors.HandRaised: N_("Put a hand on the stack"),
    floors.HandLowered: N_("Take a hand off the stack"),
    floors.TurnBegun: N_("Give the word to the next"),
    floors.TurnEnded: N_("Has spoken"),
    floors.TurnMoved: N_("Move a hand"),
    floors.OrderChosen: N_("Change the order"),
    floors.GladNoted: N_("Is glad to listen"),
    floors.GuestWelcomed: N_("Is a guest"),
    floors.GuestAsked: N_("Ask a guest to speak"),
    floors.SignalCounted: N_("Count a signal"),
    floors.SignalsCleared: N_("Put the signals away"),
    floors.TemperatureOpened: N_("Begin a temperature check"),
    floors.TemperatureCounted: N_("Count the temperature in the room"),
    floors.TemperatureClosed: N_("End the temperature check"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalLine:
    signal: Signal
    says: str
    all: int
    room: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """Something that a keeper did; ``whose`` says for which card or member, if any."""

    at: datetime
    says: str
    whose: str | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestLine:
    """A guest. ``votes`` says that the door wrote their card down as one that votes."""

    who: str
    says: str
    may_speak: bool
    votes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """The floor as whoever keeps it sees it.

    ``unheard`` are the cards that nobody has heard tonight and that did not say that
    they are glad to listen; None where no cards are known. ``keeps`` says that it is
    this person's floor, ``may_take`` that it may become theirs.
    """

    id: str
    scene: Scene
    version: int
    keeps: bool
    may_take: bool
    keepers: tuple[str, ...]
    undo: str | None
    step: int
    order: Order
    orders: Mapping[Order, str]
    asks: Mapping[Asks, str]
    signals: tuple[SignalLine, ...]
    room_warm: tuple[int, int, int]
    unheard: tuple[int, ...] | None
    heard: int
    glad: int
    guests: tuple[GuestLine, ...]
    notes: tuple[room_notes.Note, ...]
    others: tuple[str, ...]
    log: tuple[LogLine, ...]

    @property
    def first_hands(self) -> tuple[Hand, ...]:
        """The hands that can be moved; so many that a page stays light."""
        return self.scene.waiting[:MOST_LED]

    @property
    def later_hands(self) -> tuple[Hand, ...]:
        return self.scene.waiting[MOST_LED:]

    is_open: bool
    wall: str


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        id, visit = _id(request), somebody_here(request)
        shown = await site.node.look(lambda desk: view(desk, id, visit))
        return render(request, "floor.html", page=shown)

    def doing(
        command: Callable[[Form, Person, Desk], Any], *known: str, at: str = ""
    ) -> Callable[[Request, Form], Any]:
        async def act(request: Request, form: Form) -> Response:
            form.only(*known)
            id, visit = _id(request), somebody_here(request)

            def carry_out(desk: Desk) -> None:
                by = keeper(desk, id, visit)
                floor.keep(desk, id, command(form, by, desk))

            await site.work(carry_out)
            return see_other(f"/sessions/{id}/floor{at}")

        return act

    async def open_it(request: Request, form: Form) -> Response:
        form.only()
        id, visit = _id(request), somebody_here(request)
        await site.work(
            lambda desk: floor.open_it(desk, id, by=keeper(desk, id, visit))
        )
        return see_other(f"/sessions/{id}/floor")

    async def take_note(request: Request, form: Form) -> Response:
        form.only("note")
        id, visit = _id(request), somebody_here(request)
        number = form.whole("note", N_("Note"), most=2**40)

        def carry_out(desk: Desk) -> None:
            if not _may_read_notes(desk, id, visit):
                raise NotEntitled("This is for the note-taker.")
            room_notes.take(
                desk.connection,
                session=id,
                id=number,
                at=canonical.write_time(desk.now),
            )

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/floor#notes")

    async def guest(request: Request, form: Form) -> Response:
        form.only("who", "do")
        id, visit = _id(request), somebody_here(request)

        def carry_out(desk: Desk) -> None:
            by = keeper(desk, id, visit)
            floor.keep(desk, id, _guest(form, by, desk, id))

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/floor#guests")

    here = "/sessions/{id}/floor"
    moves = {
        "part": doing(_part, "do", "seen", "minutes", "reason"),
        "pause": doing(_pause, "do", "seen"),
        "hand": doing(_hand, "who", "asks", at="#add"),
        "lower": doing(_lower, "who", "seen", at="#stack"),
        "call": doing(_call, "who", "seen", at="#stack"),
        "spoken": doing(_spoken, "seen", at="#stack"),
        "up": doing(_up, "who", "seen", at="#stack"),
        "down": doing(_down, "who", "seen", at="#stack"),
        "order": doing(_order, "order", "seen", at="#stack"),
        "glad": doing(_glad, "who", at="#heard"),
        "signal": doing(_signal, "signal", "count", "seen", at="#signals"),
        "clear": doing(_clear, "seen", at="#signals"),
        "warm": doing(_warm, "do", "up", "flat", "down", "seen", at="#warm"),
        "undo": doing(_undo, "step", "seen"),
        "over": doing(_over, "to", "stays", at="#keepers"),
    }
    return [
        site.page(here, page),
        site.form(f"{here}/open", open_it, again=page),
        site.form(f"{here}/guest", guest, again=page),
        site.form(f"{here}/take-note", take_note, again=page),
        *(site.form(f"{here}/{name}", act, again=page) for name, act in moves.items()),
    ]


def keeper(desk: Desk, id: str, visit: Visit) -> Person:
    """Return as whom somebody keeps the floor: a member by their name."""
    if visit.member is not None:
        return visit.member.id
    return person(desk, id, visit)


def view(desk: Desk, id: str, visit: Visit) -> Keeping:
    """Show the floor to whoever keeps it, or may.

    Raises:
        NotEntitled: it is somebody else's to keep.
        Unknown: there is no such meeting.
    """
    held: session.State = node.load(desk, f"session:{id}")
    there, shown = floor.state(desk, id), scene(desk, id)
    me, hands = keeper(desk, id, visit), Hands(desk)
    keeps, may_take = me in there.keepers, me in floor.chairs(desk, id)
    if not keeps and not may_take and not _may_read_notes(desk, id, visit):
        raise NotEntitled(
            "This screen is for the facilitator, who can hand the floor over to you. "
            "What happens now is on the room's own page."
        )
    return Keeping(
        id=id,
        scene=shown,
        version=there.version,
        keeps=keeps or may_take,
        may_take=may_take and not keeps,
        keepers=tuple(map(hands.called, there.keepers)),
        undo=None if there.last_step is None else STEPS[type(there.last_step)],
        step=there.steps[-1] if there.steps else 0,
        order=there.order,
        orders=ORDERS,
        asks=ASKS,
        signals=tuple(
            SignalLine(
                signal=each,
                says=says,
                all=there.signal_count(each),
                room=there.seen_signals.get(each, 0),
            )
            for each, says in SIGNALS.items()
        ),
        room_warm=(0, 0, 0) if there.temperature is None else there.temperature.room,
        unheard=_unheard(held, there) if held.out else None,
        heard=len(there.spoken),
        glad=len(there.glad),
        guests=tuple(
            GuestLine(
                who=str(each),
                says=hands.name(each),
                may_speak=floors.may_speak(there, each),
                votes=each in held.out,
            )
            for each in sorted(there.guests, key=str)
        ),
        notes=tuple(room_notes.of(desk.connection, id, most=MOST_NOTES)),
        others=_others(desk, there),
        log=_log(there, hands),
        is_open=shown.begun and not shown.over,
        wall=wall_address(desk, id),
    )


def _unheard(held: session.State, there: floors.State) -> tuple[int, ...]:
    """Name the cards that were not heard, do not wait, and would like to be asked."""
    waiting = {turn.who for turn in there.waiting}
    if there.speaking is not None:
        waiting.add(there.speaking.turn.who)
    settled = waiting | there.spoken | there.glad | there.guests
    return tuple(sorted(card for card in held.out if card not in settled))


def _log(there: floors.State, hands: Hands) -> tuple[LogLine, ...]:
    return tuple(
        LogLine(
            at=step.at,
            says=STEPS[type(step)],
            whose=hands.name(step.who) if hasattr(step, "who") else None,
            by=hands.name(step.by),
        )
        for step in itertools.islice(floors.steps(there), MOST_IN_LOG)
    )


def _others(desk: Desk, there: floors.State) -> tuple[str, ...]:
    """Name those whom the floor can be handed over to, besides any card."""
    names = people.names(desk.connection)
    return tuple(name for id, name in names.items() if id not in there.keepers)


def _may_read_notes(desk: Desk, id: str, visit: Visit) -> bool:
    if keeper(desk, id, visit) in floor.state(desk, id).keepers:
        return True
    member = visit.member
    return member is not None and (
        bool((member.roles | member.ended) & entitlement.NOTES)
        or member.id in floor.chairs(desk, id)
        or member.id in floor.sheet(desk, id).jobs.get("note-taker", ())
    )


# What a form says


def _part(form: Form, by: Person, desk: Desk) -> Any:
    seen, at = _seen(form), desk.now
    match form.choice("do", N_("Part"), among=("on", "back", "longer", "skip")):
        case "on":
            return floors.GoOn(seen=seen, by=by, at=at)
        case "back":
            return floors.GoBack(seen=seen, by=by, at=at)
        case "longer":
            minutes = form.whole("minutes", "Minutes", least=1, most=LONGEST_PHASE)
            return floors.ExtendPhase(minutes=minutes, seen=seen, by=by, at=at)
        case _:
            reason = form.line("reason", N_("Why it is left out"), most=MOST_IN_REASON)
            kept = events.keep_wording(desk.connection, reason)
            return floors.SkipPhase(reason=kept, seen=seen, by=by, at=at)


def _pause(form: Form, by: Person, desk: Desk) -> Any:
    if form.choice("do", "Pause", among=("pause", "resume")) == "pause":
        return floors.Pause(seen=_seen(form), by=by, at=desk.now)
    return floors.Resume(seen=_seen(form), by=by, at=desk.now)


def _hand(form: Form, by: Person, desk: Desk) -> Any:
    asks = cast(Asks, form.choice("asks", "What for", among=ASKS))
    return floors.RaiseHand(who=_card(form), asks=asks, by=by, at=desk.now)


def _lower(form: Form, by: Person, desk: Desk) -> Any:
    return floors.LowerHand(who=_who(form), by=by, at=desk.now)


def _call(form: Form, by: Person, desk: Desk) -> Any:
    return floors.CallNext(who=_who(form), seen=_seen(form), by=by, at=desk.now)


def _spoken(form: Form, by: Person, desk: Desk) -> Any:
    return floors.EndTurn(seen=_seen(form), by=by, at=desk.now)


def _up(form: Form, by: Person, desk: Desk) -> Any:
    return floors.MoveTurn(
        who=_who(form), places=-1, seen=_seen(form), by=by, at=desk.now
    )


def _down(form: Form, by: Person, desk: Desk) -> Any:
    return floors.MoveTurn(
        who=_who(form), places=1, seen=_seen(form), by=by, at=desk.now
    )


def _order(form: Form, by: Person, desk: Desk) -> Any:
    order = cast(Order, form.choice("order", N_("Order"), among=ORDERS))
    return floors.ChooseOrder(order=order, seen=_seen(form), by=by, at=desk.now)


def _glad(form: Form, by: Person, desk: Desk) -> Any:
    return floors.NoteGlad(who=_card(form), by=by, at=desk.now)


def _guest(form: Form, by: Person, desk: Desk, id: str) -> Any:
    if form.choice("do", N_("Guest"), among=("welcome", "ask")) == "ask":
        return floors.AskGuest(who=_who(form), by=by, at=desk.now)
    held: session.State = node.load(desk, f"session:{id}")
    return floors.WelcomeGuest(who=_card(form), electorate=held.out, by=by, at=desk.now)


def _signal(form: Form, by: Person, desk: Desk) -> Any:
    signal = cast(Signal, form.choice("signal", N_("Signal"), among=SIGNALS))
    count = form.whole("count", "In the room", most=floors.MOST_IN_ROOM)
    return floors.CountSignal(
        signal=signal, count=count, seen=_seen(form), by=by, at=desk.now
    )


def _clear(form: Form, by: Person, desk: Desk) -> Any:
    return floors.ClearSignals(seen=_seen(form), by=by, at=desk.now)


def _warm(form: Form, by: Person, desk: Desk) -> Any:
    seen, at = _seen(form), desk.now
    match form.choice("do", "Temperature check", among=("open", "count", "close")):
        case "open":
            return floors.OpenTemperature(seen=seen, by=by, at=at)
        case "close":
            return floors.CloseTemperature(seen=seen, by=by, at=at)
        case _:
            up, flat, down = (
                form.whole(name, label, most=floors.MOST_IN_ROOM)
                for name, label in (("up", "Up"), ("flat", "Flat"), ("down", "Down"))
            )
            return floors.CountTemperature(
                room=(up, flat, down), seen=seen, by=by, at=at
            )


def _undo(form: Form, by: Person, desk: Desk) -> Any:
    step = form.whole("step", "Step", most=MOST_VERSION)
    return floors.UndoStep(step=step, seen=_seen(form), by=by, at=desk.now)


def _over(form: Form, by: Person, desk: Desk) -> Any:
    to = _card_or_member(desk, form.line("to", "Hand it over to", most=MOST_IN_WHO))
    return floors.HandOver(to=to, stays=form.ticked("stays"), by=by, at=desk.now)


def _card_or_member(desk: Desk, given: str) -> Person:
    if (card := _number(given)) is not None:
        return card
    found = [id for id, name in people.names(desk.connection).items() if name == given]
    if len(found) != 1:
        raise Misused(
            "“Hand it over to”: please write the number of a card, or the name of one "
            "member as it stands in the list."
        ).of("to")
    return MemberId(found[0])


def _seen(form: Form) -> int:
    return form.whole("seen", N_("Version"), most=MOST_VERSION)


def _card(form: Form) -> CardNumber:
    return CardNumber(form.whole("who", "Card", least=1, most=door.HIGHEST))


def _who(form: Form) -> Person:
    """Return a card by its number, or a member by their id."""
    given = form.line("who", "Card", most=MOST_IN_WHO)
    card = _number(given)
    return MemberId(given) if card is None else card


def _number(given: str) -> CardNumber | None:
    shown = given.isascii() and given.isdecimal() and len(given) <= MOST_DIGITS
    return CardNumber(int(given)) if shown else None


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
