"""The floor after an event; what is undone is as if it had not been."""

import functools
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

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
    as_one,
    in_order,
    is_fair,
    the_others,
    the_turn,
    with_hand,
    with_moved,
    with_press,
)
from confederation.floor.state import (
    NOTHING,
    Past,
    Speaking,
    State,
    Temperature,
    backwards,
    may_speak,
)


def evolve(floor: State, event: Event) -> State:
    """Give the floor as it is after an event."""
    number = 0 if floor.past is None else floor.past.number + 1
    version = floor.version + isinstance(event, Move)
    past = Past(event=event, number=number, before=floor.past)
    if isinstance(event, StepUndone):
        undone = floor.undone | {event.step}
        return replace(
            _without(floor, undone),
            version=version,
            past=past,
            undone=undone,
            steps=tuple(step for step in floor.steps if step != event.step),
        )
    steps = (*floor.steps, number) if _is_step(event) else floor.steps
    return replace(_apply(floor, event), version=version, past=past, steps=steps)


def _is_step(event: Event) -> bool:
    """Whether this is what a keeper did for the room, and may take back."""
    match event:
        case FloorOpened() | FloorTaken() | FloorHandedOver() | StepUndone():
            return False
        case HandRaised() | HandLowered() | GladNoted():
            return event.by != event.who
        case PersonKnown() | PeopleLeft():
            return False
        case SignalGiven() | SignalEnded() | TemperatureSaid():
            return False
        case _:
            return True


def steps(floor: State) -> Iterator[Event]:
    """Give what keepers did and nobody took back, the newest first."""
    return (past.event for past in backwards(floor) if past.number in floor.steps)


def _without(floor: State, undone: frozenset[int]) -> State:
    """Give the floor as if some steps had never been; all else happened as it did."""
    events = (
        past.event
        for past in reversed([*backwards(floor)])
        if past.number not in undone and not isinstance(past.event, StepUndone)
    )
    return functools.reduce(_apply, events, NOTHING)


def _apply(floor: State, event: Event) -> State:
    match event:
        case FloorOpened():
            return replace(
                floor,
                session=event.session,
                phases=event.phases,
                keepers=(event.by,),
                since=event.at,
            )
        case FloorTaken(by=by):
            return replace(floor, keepers=(*floor.keepers, by))
        case FloorHandedOver(to=to, stays=stays, by=by):
            others = tuple(each for each in floor.keepers if each != to)
            if not stays:
                others = tuple(each for each in others if each != by)
            return replace(floor, keepers=(*others, to))
        case WentOn(at=at):
            return _begin(floor, floor.place + 1, at)
        case WentBack(at=at):
            return _begin(floor, floor.place - 1, at)
        case PhaseSkipped(reason=reason, at=at):
            if floor.phase is None:
                return floor
            skipped = {**floor.skipped, floor.phase.number: reason}
            after = replace(floor, skipped=MappingProxyType(skipped))
            return _begin(after, floor.place + 1, at)
        case PhaseExtended(minutes=minutes):
            if floor.phase is None:
                return floor
            number = floor.phase.number
            more = floor.longer.get(number, 0) + minutes
            return replace(
                floor, longer=MappingProxyType({**floor.longer, number: more})
            )
        case FloorPaused(at=at):
            return floor if floor.paused_at else replace(floor, paused_at=at)
        case FloorResumed(at=at):
            if floor.paused_at is None:
                return floor
            held = floor.held + (at - floor.paused_at)
            return replace(floor, held=held, paused_at=None)
        case _:
            return _apply_to_people(floor, event)


def _begin(floor: State, place: int, at: datetime) -> State:
    """Begin a phase; what belonged to the one before is put away."""
    place = min(max(place, 0), len(floor.phases))
    after = replace(
        floor,
        spent=MappingProxyType(floor.taken(at)),
        place=place,
        since=at,
        held=timedelta(),
        paused_at=None if floor.paused_at is None else at,
        signals=frozenset(),
        seen_signals=MappingProxyType({}),
        temperature=_still_open(floor.temperature),
    )
    staying = tuple(turn for turn in after.waiting if may_speak(after, turn.who))
    return replace(after, waiting=staying)


def _still_open(temperature: Temperature | None) -> Temperature | None:
    return temperature if temperature is not None and temperature.open else None


def _apply_to_people(floor: State, event: Event) -> State:
    match event:
        case HandRaised():
            return with_hand(floor, event)
        case HandLowered(who=who):
            return with_press(replace(floor, waiting=the_others(floor, who)), event)
        case PersonKnown(card=card, by=by):
            return as_one(floor, by, card)
        case PeopleLeft(cards=cards):
            return replace(
                floor,
                waiting=tuple(each for each in floor.waiting if each.who not in cards),
                signals=frozenset(
                    (who, given) for who, given in floor.signals if who not in cards
                ),
            )
        case TurnBegun(who=who, at=at):
            turn = the_turn(floor, who)
            if turn is None:
                return floor
            return replace(
                floor,
                waiting=the_others(floor, who),
                speaking=Speaking(turn=turn, at=at),
                spoken=floor.spoken | {who},
                asked=floor.asked - {who},
                round=floor.round + 1,
                signals=frozenset(),
                seen_signals=MappingProxyType({}),
            )
        case TurnEnded():
            return replace(floor, speaking=None)
        case TurnMoved(who=who, places=places):
            moved = with_moved(floor.waiting, who, places)
            return replace(floor, waiting=moved) if is_fair(moved) else floor
        case OrderChosen(order=order):
            return in_order(replace(floor, order=order))
        case GladNoted(who=who):
            return replace(floor, glad=floor.glad | {who})
        case GuestWelcomed(who=who):
            guests = replace(floor, guests=floor.guests | {who})
            return (
                guests
                if may_speak(guests, who)
                else replace(guests, waiting=the_others(floor, who))
            )
        case GuestAsked(who=who):
            return replace(floor, asked=floor.asked | {who})
        case SignalGiven(signal=signal, by=by):
            return replace(floor, signals=floor.signals | {(by, signal)})
        case SignalEnded(signal=signal, by=by):
            return replace(floor, signals=floor.signals - {(by, signal)})
        case SignalCounted(signal=signal, count=count):
            seen = {**floor.seen_signals, signal: count}
            kept = {each: many for each, many in seen.items() if many}
            return replace(floor, seen_signals=MappingProxyType(kept))
        case SignalsCleared():
            return replace(
                floor, signals=frozenset(), seen_signals=MappingProxyType({})
            )
        case _:
            return _apply_to_temperature(floor, event)


def _apply_to_temperature(floor: State, event: Event) -> State:
    now = floor.temperature
    match event:
        case TemperatureOpened():
            return replace(floor, temperature=Temperature(), checks=floor.checks + 1)
        case TemperatureSaid(warmth=warmth, by=by) if now is not None and now.open:
            phones = MappingProxyType({**now.phones, by: warmth})
            return replace(floor, temperature=replace(now, phones=phones))
        case TemperatureCounted(room=room) if now is not None:
            return replace(floor, temperature=replace(now, room=room))
        case TemperatureClosed() if now is not None:
            return replace(floor, temperature=replace(now, open=False))
        case _:
            return floor
