"""A command is judged against the floor as it is, and a late click moves nothing."""

import itertools
from collections.abc import Mapping
from typing import Final

from confederation.errors import (
    ByNumber,
    Invalid,
    NotEntitled,
    Refused,
    TooEarly,
    TooLate,
)
from confederation.floor.commands import (
    AskGuest,
    CallNext,
    ChooseOrder,
    ClearSignals,
    CloseTemperature,
    Command,
    CountSignal,
    CountTemperature,
    EndSignal,
    EndTurn,
    ExtendPhase,
    GiveSignal,
    GoBack,
    GoOn,
    HandOver,
    KnowByCard,
    LowerHand,
    MoveTurn,
    Moving,
    NoteGlad,
    OpenFloor,
    OpenTemperature,
    Pause,
    RaiseHand,
    Resume,
    SayTemperature,
    SeeOff,
    SkipPhase,
    TakeFloor,
    UndoStep,
    WelcomeGuest,
)
from confederation.floor.events import (
    Event,
    FloorHandedOver,
    FloorOpened,
    FloorPaused,
    FloorResumed,
    FloorTaken,
    GladNoted,
    GuestAsked,
    GuestWelcomed,
    HandLowered,
    HandRaised,
    Move,
    OrderChosen,
    PeopleLeft,
    PersonKnown,
    PhaseExtended,
    PhaseSkipped,
    SignalCounted,
    SignalEnded,
    SignalGiven,
    SignalsCleared,
    StepUndone,
    TemperatureClosed,
    TemperatureCounted,
    TemperatureOpened,
    TemperatureSaid,
    TurnBegun,
    TurnEnded,
    TurnMoved,
    WentBack,
    WentOn,
)
from confederation.floor.stack import (
    is_fair,
    is_there,
    seen_once,
    the_turn,
    with_moved,
    yields_to,
)
from confederation.floor.state import (
    FIRST_THE_ROOM,
    MOST_IN_ROOM,
    STALE,
    Person,
    State,
    Temperature,
    Way,
    backwards,
    event_of,
    may_speak,
)
from confederation.identifiers import MemberId, SessionId
from confederation.meeting.run_sheet import LONGEST_PHASE

_LEADS_TO: Final[Mapping[type[Moving], type[Move]]] = {
    GoOn: WentOn,
    GoBack: WentBack,
    SkipPhase: PhaseSkipped,
    ExtendPhase: PhaseExtended,
    Pause: FloorPaused,
    Resume: FloorResumed,
    CallNext: TurnBegun,
    EndTurn: TurnEnded,
    MoveTurn: TurnMoved,
    ChooseOrder: OrderChosen,
    CountSignal: SignalCounted,
    ClearSignals: SignalsCleared,
    OpenTemperature: TemperatureOpened,
    CountTemperature: TemperatureCounted,
    CloseTemperature: TemperatureClosed,
    UndoStep: StepUndone,
}
_MOVES: Final[Mapping[type[Event], str]] = {
    **dict.fromkeys((WentOn, WentBack, PhaseSkipped, PhaseExtended), "part"),
    **dict.fromkeys((FloorPaused, FloorResumed), "pause"),
    **dict.fromkeys((TurnBegun, TurnEnded, TurnMoved, OrderChosen), "stack"),
    **dict.fromkeys((TemperatureOpened, TemperatureClosed), "temperature"),
}
"""What each move moves. A count says how many, whoever counted before."""


def decide(floor: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes on the floor. A repeated one changes nothing.

    Raises:
        Invalid: a number that cannot be, or a hand that is not up.
        NotEntitled: it is for whoever keeps the floor, or a guest was not asked.
        Refused: the floor has moved on since, or a phone would go ahead of a hand.
        TooEarly: the floor is not open, or nothing to do it to is there yet.
        TooLate: it is over already.
    """
    if isinstance(command, OpenFloor):
        if floor.session is not None:
            return ()
        _chair(command.chairs, command.by)
        if not command.phases:
            raise Invalid("An evening has at least one part.")
        return (
            FloorOpened(
                session=command.session,
                phases=command.phases,
                by=command.by,
                at=command.at,
            ),
        )
    if floor.session is None:
        raise TooEarly("The facilitator has not opened the floor yet.")
    if isinstance(command, Moving):
        _keeper(floor, command.by)
        since = _since(floor, command.seen)
        if any(_is_same_click(move, command) for move in since):
            return ()
        if any(_moves_the_same(floor, move, command) for move in since):
            raise Refused(STALE)
        return _move(floor, floor.session, command)
    return _join_in(floor, floor.session, command)


def _chair(chairs: frozenset[MemberId], by: Person) -> None:
    if by not in chairs:
        raise NotEntitled(
            "This is for the facilitator, or for whom the facilitator hands the floor "
            "over to."
        )


def _keeper(floor: State, by: Person) -> None:
    if by not in floor.keepers:
        raise NotEntitled(
            "This is for whoever keeps the floor tonight. They can hand it over to you."
        )


def _since(floor: State, seen: int) -> list[Move]:
    """Return the moves that were made since a version of the floor, the newest first.

    Raises:
        Invalid: the floor has had no such version.
    """
    if not 0 <= seen <= floor.version:
        raise Invalid("This page is not one of this meeting. Please open it again.")
    moves = (past.event for past in backwards(floor) if isinstance(past.event, Move))
    return [*itertools.islice(moves, floor.version - seen)]


def _is_same_click(move: Move, command: Moving) -> bool:
    return (
        isinstance(move, _LEADS_TO[type(command)])
        and move.seen == command.seen
        and move.by == command.by
    )


def _moves_the_same(floor: State, move: Move, command: Moving) -> bool:
    if isinstance(move, StepUndone):
        moved = _MOVES.get(type(event_of(floor, move.step)))
    else:
        moved = _MOVES.get(type(move))
    return moved is not None and moved == _MOVES.get(_LEADS_TO[type(command)])


def _move(floor: State, session: SessionId, command: Moving) -> tuple[Event, ...]:
    seen, by, at = command.seen, command.by, command.at
    match command:
        case GoOn():
            if floor.phase is None:
                raise TooLate("All parts of the evening are done.")
            return (WentOn(session=session, seen=seen, by=by, at=at),)
        case GoBack():
            if floor.place == 0:
                raise TooEarly("This is the first part of the evening.")
            return (WentBack(session=session, seen=seen, by=by, at=at),)
        case SkipPhase(reason=reason):
            if floor.phase is None:
                raise TooLate("All parts of the evening are done.")
            skipped = PhaseSkipped(
                session=session, reason=reason, seen=seen, by=by, at=at
            )
            return (skipped,)
        case ExtendPhase(minutes=minutes):
            if floor.phase is None:
                raise TooLate("All parts of the evening are done.")
            if not 1 <= minutes <= LONGEST_PHASE:
                raise Invalid(
                    ByNumber(
                        "A part is made longer by 1 to {most} minute.",
                        "A part is made longer by 1 to {most} minutes.",
                    ),
                    most=LONGEST_PHASE,
                )
            extended = PhaseExtended(
                session=session, minutes=minutes, seen=seen, by=by, at=at
            )
            return (extended,)
        case Pause():
            if floor.paused_at is not None:
                return ()
            return (FloorPaused(session=session, seen=seen, by=by, at=at),)
        case Resume():
            if floor.paused_at is None:
                return ()
            return (FloorResumed(session=session, seen=seen, by=by, at=at),)
        case CallNext(who=who):
            if floor.paused_at is not None:
                raise TooEarly("The meeting is paused: please go on first.")
            _check_call(floor, who)
            return (TurnBegun(session=session, who=who, seen=seen, by=by, at=at),)
        case EndTurn():
            if floor.speaking is None:
                return ()
            return (TurnEnded(session=session, seen=seen, by=by, at=at),)
        case MoveTurn(who=who, places=places):
            _check_move(floor, who, places)
            moved = TurnMoved(
                session=session, who=who, places=places, seen=seen, by=by, at=at
            )
            return (moved,)
        case ChooseOrder(order=order):
            if order == floor.order:
                return ()
            chosen = OrderChosen(session=session, order=order, seen=seen, by=by, at=at)
            return (chosen,)
        case CountSignal(signal=signal, count=count):
            if not 0 <= count <= MOST_IN_ROOM:
                raise Invalid(
                    "That many are not in the room: 0 to {most}.", most=MOST_IN_ROOM
                )
            counted = SignalCounted(
                session=session, signal=signal, count=count, seen=seen, by=by, at=at
            )
            return (counted,)
        case ClearSignals():
            if not floor.signals and not floor.seen_signals:
                return ()
            return (SignalsCleared(session=session, seen=seen, by=by, at=at),)
        case OpenTemperature():
            if floor.temperature is not None and floor.temperature.open:
                return ()
            return (TemperatureOpened(session=session, seen=seen, by=by, at=at),)
        case CountTemperature(room=room):
            _temperature(floor)
            if not all(0 <= each <= MOST_IN_ROOM for each in room):
                raise Invalid(
                    "That many are not in the room: 0 to {most}.", most=MOST_IN_ROOM
                )
            return (
                TemperatureCounted(session=session, room=room, seen=seen, by=by, at=at),
            )
        case CloseTemperature():
            if floor.temperature is None or not floor.temperature.open:
                return ()
            return (TemperatureClosed(session=session, seen=seen, by=by, at=at),)
        case UndoStep(step=step):
            if not floor.steps:
                raise TooEarly("There is nothing to undo.")
            if step != floor.steps[-1]:
                raise Refused(STALE)
            return (StepUndone(session=session, step=step, seen=seen, by=by, at=at),)


def _join_in(floor: State, session: SessionId, command: Command) -> tuple[Event, ...]:
    match command:
        case TakeFloor(chairs=chairs, by=by, at=at):
            if by in floor.keepers:
                return ()
            _chair(chairs, by)
            return (FloorTaken(session=session, by=by, at=at),)
        case HandOver():
            return _hand_over(floor, session, command)
        case RaiseHand():
            return _raise(floor, session, command)
        case LowerHand(who=who, by=by, at=at):
            if who != by:
                _keeper(floor, by)
            if _was_sent_before(floor, command):
                return ()
            if the_turn(floor, who) is None:
                return ()
            return (HandLowered(session=session, who=who, by=by, at=at),)
        case KnowByCard(card=card, by=by, at=at):
            if not is_there(floor, by):
                return ()
            return (PersonKnown(session=session, card=card, by=by, at=at),)
        case SeeOff(cards=cards, by=by, at=at):
            up = {turn.who for turn in floor.waiting} | {
                who for who, _ in floor.signals
            }
            left = tuple(card for card in cards if card in up)
            if not left:
                return ()
            return (PeopleLeft(session=session, cards=left, by=by, at=at),)
        case NoteGlad(who=who, by=by, at=at):
            if who != by:
                _keeper(floor, by)
            if who in floor.glad:
                return ()
            return (GladNoted(session=session, who=who, by=by, at=at),)
        case WelcomeGuest(who=who, by=by, at=at):
            _keeper(floor, by)
            if who in command.electorate:
                raise Refused(
                    "Card {who} is one of those that vote, and a guest does not "
                    "vote. Let the door take it back, and give the guest a card "
                    "whose number is not in the door's book.",
                    who=who,
                )
            if who in floor.guests:
                return ()
            return (GuestWelcomed(session=session, who=who, by=by, at=at),)
        case AskGuest(who=who, by=by, at=at):
            _keeper(floor, by)
            if who not in floor.guests:
                raise Invalid("This is no guest: anybody else just raises a hand.")
            if who in floor.asked:
                return ()
            return (GuestAsked(session=session, who=who, by=by, at=at),)
        case GiveSignal(signal=signal, by=by, at=at):
            if (by, signal) in floor.signals:
                return ()
            return (SignalGiven(session=session, signal=signal, by=by, at=at),)
        case EndSignal(signal=signal, by=by, at=at):
            if (by, signal) not in floor.signals:
                return ()
            return (SignalEnded(session=session, signal=signal, by=by, at=at),)
        case SayTemperature(warmth=warmth, by=by, at=at):
            if _temperature(floor).phones.get(by) == warmth:
                return ()
            return (TemperatureSaid(session=session, warmth=warmth, by=by, at=at),)
        case _:
            raise AssertionError(command)


def _hand_over(
    floor: State, session: SessionId, command: HandOver
) -> tuple[Event, ...]:
    _keeper(floor, command.by)
    if command.to in floor.guests:
        raise NotEntitled("A guest listens first, and does not keep the floor.")
    if command.to == command.by:
        raise Invalid("You keep the floor already.")
    if command.to in floor.keepers and command.stays:
        return ()
    return (
        FloorHandedOver(
            session=session,
            to=command.to,
            stays=command.stays,
            by=command.by,
            at=command.at,
        ),
    )


def _raise(floor: State, session: SessionId, command: RaiseHand) -> tuple[Event, ...]:
    way: Way = "phone"
    if command.who != command.by:
        _keeper(floor, command.by)
        way = "seen"
    if _was_sent_before(floor, command):
        return ()
    if floor.speaking is not None and floor.speaking.turn.who == command.who:
        raise TooEarly("Whoever is speaking has the word already.")
    if not may_speak(floor, command.who):
        raise NotEntitled(
            "Guests listen first. They speak in the input, and when they are asked."
        )
    up = the_turn(floor, command.who)
    if up is not None and (up.asks, up.way) == (command.asks, seen_once(up, way)):
        return ()
    return (
        HandRaised(
            session=session,
            who=command.who,
            asks=command.asks,
            way=way,
            by=command.by,
            at=command.at,
        ),
    )


def _was_sent_before(floor: State, command: RaiseHand | LowerHand) -> bool:
    """Whether a phone sends again what it did not know to have arrived."""
    pressed = floor.pressed.get(command.who, 0)
    return command.who == command.by and command.pressed not in (None, pressed)


def _check_call(floor: State, who: Person) -> None:
    called = the_turn(floor, who)
    if called is None:
        raise TooLate("This hand is not up any more.")
    if any(yields_to(called, other) for other in floor.waiting):
        raise Refused(FIRST_THE_ROOM)


def _check_move(floor: State, who: Person, places: int) -> None:
    if the_turn(floor, who) is None:
        raise TooLate("This hand is not up any more.")
    if not is_fair(with_moved(floor.waiting, who, places)):
        raise Refused(FIRST_THE_ROOM)


def _temperature(floor: State) -> Temperature:
    if floor.temperature is None or not floor.temperature.open:
        raise TooEarly("No temperature check is open just now.")
    return floor.temperature
