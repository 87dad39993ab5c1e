"""The phone of somebody in the room: a hand, a signal, a note, and what happens now.

Whoever is in the room has a card or is a member. Nothing here is a vote: that is the
ballot's own page, and a vote never waits in a queue.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation import floor as floors
from confederation import session
from confederation.floor import Asks, Person, Signal, Warmth
from instance import node
from instance.desk import Desk
from instance.meeting import floor
from instance.store import room_notes
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting.screen import ASKS, Hand, Scene, person, scene, somebody_here
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Visit

MOST_IN_NOTE: Final = 600
MOST_IN_MARK: Final = 64
MOST_PRESSED: Final = 100_000
SIGNALS: Final[Mapping[Signal, str]] = {
    "agree": N_("I agree"),
    "clarification": N_("Please make that clear"),
    "technical": N_("Something is not working"),
    "process": N_("How are we doing this?"),
    "speak up": N_("Please speak up"),
    "wrap up": N_("Please come to the end"),
}
WARMTHS: Final[Mapping[Warmth, str]] = {
    "up": N_("Up: warm to it"),
    "flat": N_("Flat: neither"),
    "down": N_("Down: cold to it"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """What somebody in the room can do now, and where their hand is.

    ``table`` is where they sit, None without tables. ``ahead`` counts who speaks
    before them. ``keeps`` says that the floor was handed to them. ``why_not`` says why
    they cannot raise a hand, None if they can.
    """

    id: str
    card: int | None
    table: int | None
    begun: bool
    keeps: bool
    speaking: bool
    hand: Hand | None
    ahead: int
    pressed: int
    glad: bool
    spoken: bool
    may_speak: bool
    signals: frozenset[Signal]
    warm: Warmth | None
    warm_open: bool
    asks: Mapping[Asks, str]
    all_signals: Mapping[Signal, str]
    warmths: Mapping[Warmth, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPage:
    """The room's page; ``leads`` says that the run-sheet names them to facilitate."""

    leads: bool
    scene: Scene
    mine: Mine
    mark: str


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        id, visit = _id(request), somebody_here(request)
        shown = await site.node.look(lambda desk: view(desk, id, visit))
        return render(request, "room.html", page=shown)

    def doing(
        command: Callable[[Form, Person, Desk], Any], *known: str
    ) -> Callable[[Request, Form], Any]:
        async def act(request: Request, form: Form) -> Response:
            form.only(*known)
            id, visit = _id(request), somebody_here(request)

            def carry_out(desk: Desk) -> None:
                who = person(desk, id, visit)
                node.perform(desk, f"floor:{id}", command(form, who, desk))

            await site.work(carry_out)
            return see_other(f"/sessions/{id}/room")

        return act

    async def note(request: Request, form: Form) -> Response:
        form.only("note", "mark")
        id = _id(request)
        somebody_here(request)
        text = form.text("note", N_("Note"), most=MOST_IN_NOTE)
        mark = form.line("mark", N_("Mark"), most=MOST_IN_MARK)

        def carry_out(desk: Desk) -> None:
            session.be_open(node.load(desk, f"session:{id}"))
            room_notes.keep(
                desk.connection,
                session=id,
                mark=mark,
                text=text,
                at=canonical.write_time(desk.now),
            )

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/room#note-kept")

    room = "/sessions/{id}/room"
    return [
        site.page(room, page),
        site.form(f"{room}/hand", doing(_hand, "do", "asks", "pressed"), again=page),
        site.form(f"{room}/signal", doing(_signal, "do", "signal"), again=page),
        site.form(f"{room}/warm", doing(_warm, "warm"), again=page),
        site.form(f"{room}/glad", doing(_glad), again=page),
        site.form(f"{room}/note", note, again=page),
    ]


def view(desk: Desk, id: str, visit: Visit) -> RoomPage:
    """Show the meeting on the phone of somebody in the room.

    Raises:
        Unknown: there is no such meeting.
    """
    who = person(desk, id, visit)
    shown = scene(desk, id)
    return RoomPage(
        leads=who in floor.sheet(desk, id).jobs.get(floor.FACILITATOR, ()),
        scene=shown,
        mine=mine(floor.state(desk, id), shown, who),
        mark=desk.new_id(),
    )


def mine(there: floors.State, shown: Scene, who: Person) -> Mine:
    """Say what somebody can do on a floor that is shown to all."""
    ahead = next(
        (n for n, turn in enumerate(there.waiting) if turn.who == who),
        None,
    )
    warm = there.temperature
    return Mine(
        id=shown.id,
        card=who if isinstance(who, int) else None,
        table=shown.seats.get(who),
        begun=shown.begun and not shown.over,
        keeps=who in there.keepers,
        speaking=there.speaking is not None and there.speaking.turn.who == who,
        hand=None if ahead is None else shown.waiting[ahead],
        ahead=ahead or 0,
        pressed=there.pressed.get(who, 0),
        glad=who in there.glad,
        spoken=who in there.spoken,
        may_speak=floors.may_speak(there, who),
        signals=frozenset(each for one, each in there.signals if one == who),
        warm=None if warm is None else warm.phones.get(who),
        warm_open=warm is not None and warm.open,
        asks=ASKS,
        all_signals=SIGNALS,
        warmths=WARMTHS,
    )


def _hand(form: Form, who: Person, desk: Desk) -> Any:
    pressed = form.whole("pressed", N_("Pressed"), most=MOST_PRESSED)
    if form.choice("do", N_("Hand"), among=("raise", "lower")) == "lower":
        return floors.LowerHand(who=who, pressed=pressed, by=who, at=desk.now)
    asks = form.choice("asks", "What for", among=ASKS)
    return floors.RaiseHand(
        who=who, asks=cast(Asks, asks), pressed=pressed, by=who, at=desk.now
    )


def _signal(form: Form, who: Person, desk: Desk) -> Any:
    signal = cast(Signal, form.choice("signal", N_("Signal"), among=SIGNALS))
    if form.choice("do", N_("Signal"), among=("give", "end")) == "end":
        return floors.EndSignal(signal=signal, by=who, at=desk.now)
    return floors.GiveSignal(signal=signal, by=who, at=desk.now)


def _warm(form: Form, who: Person, desk: Desk) -> Any:
    warm = cast(Warmth, form.choice("warm", N_("Temperature"), among=WARMTHS))
    return floors.SayTemperature(warmth=warm, by=who, at=desk.now)


def _glad(form: Form, who: Person, desk: Desk) -> Any:
    return floors.NoteGlad(who=who, by=who, at=desk.now)


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
