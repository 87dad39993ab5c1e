"""The order in which hands are heard, and what a keeper may do to it."""

from dataclasses import replace
from types import MappingProxyType

from confederation.floor.events import HandLowered, HandRaised
from confederation.floor.state import JUMPS, Order, Person, State, Turn, Way


def the_turn(floor: State, who: Person) -> Turn | None:
    """Return the hand that somebody has up, if any."""
    return next((turn for turn in floor.waiting if turn.who == who), None)


def the_others(floor: State, who: Person) -> tuple[Turn, ...]:
    """Return the hands that others have up, in their order."""
    return tuple(turn for turn in floor.waiting if turn.who != who)


def with_hand(floor: State, event: HandRaised) -> State:
    """Give the floor with one more hand up, where it belongs."""
    up = the_turn(floor, event.who)
    if up is None:
        turn = Turn(
            number=floor.arrivals,
            who=event.who,
            asks=event.asks,
            way=event.way,
            round=floor.round,
            again=event.who in floor.spoken,
            at=event.at,
        )
    else:
        way = seen_once(up, event.way)
        turn = replace(up, asks=event.asks, way=way, moved=False)
    waiting = _placed(the_others(floor, event.who), turn, floor.order)
    arrivals = floor.arrivals + (up is None)
    # Whoever raises a hand would like to speak after all.
    after = replace(
        floor, waiting=waiting, arrivals=arrivals, glad=floor.glad - {event.who}
    )
    return with_press(after, event)


def is_there(floor: State, who: Person) -> bool:
    """Whether somebody has done anything on this floor tonight."""
    some = floor.spoken | floor.glad | floor.guests | floor.asked
    warm = floor.temperature
    return (
        who in some
        or who in floor.pressed
        or the_turn(floor, who) is not None
        or (floor.speaking is not None and floor.speaking.turn.who == who)
        or any(one == who for one, _ in floor.signals)
        or (warm is not None and who in warm.phones)
    )


def as_one(floor: State, was: Person, now: Person) -> State:
    """Give the floor where two turn out to be one: with one hand, the earlier.

    What either of them did tonight, that one person did.
    """

    def known(who: Person) -> Person:
        return now if who == was else who

    def each(people: frozenset[Person]) -> frozenset[Person]:
        return frozenset(map(known, people))

    spoken = each(floor.spoken)
    hands = [turn for turn in floor.waiting if turn.who in (was, now)]
    waiting = tuple(turn for turn in floor.waiting if turn.who not in (was, now))
    if hands:
        first = min(hands, key=lambda turn: turn.number)
        way: Way = "seen" if any(turn.way == "seen" for turn in hands) else "phone"
        again = now in spoken
        hand = replace(first, who=now, way=way, again=again, moved=False)
        waiting = _placed(waiting, hand, floor.order)
    pressed = dict(floor.pressed)
    pressed[now] = pressed.get(now, 0) + pressed.pop(was, 0)
    warm, speaking = floor.temperature, floor.speaking
    if warm is not None and was in warm.phones:
        phones = {known(who): said for who, said in warm.phones.items()}
        warm = replace(warm, phones=MappingProxyType(phones))
    if speaking is not None and speaking.turn.who == was:
        speaking = replace(speaking, turn=replace(speaking.turn, who=now))
    return replace(
        floor,
        waiting=waiting,
        speaking=speaking,
        spoken=spoken,
        glad=each(floor.glad),
        guests=each(floor.guests),
        asked=each(floor.asked),
        pressed=MappingProxyType(pressed),
        signals=frozenset((known(who), given) for who, given in floor.signals),
        temperature=warm,
    )


def with_press(floor: State, event: HandRaised | HandLowered) -> State:
    """Give the floor where somebody pressed once more on their own phone."""
    if event.by != event.who:
        return floor
    pressed = floor.pressed.get(event.who, 0) + 1
    return replace(
        floor, pressed=MappingProxyType({**floor.pressed, event.who: pressed})
    )


def in_order(floor: State) -> State:
    """Give the floor with its hands put in the order that was chosen."""
    waiting: tuple[Turn, ...] = ()
    for turn in sorted(floor.waiting, key=lambda each: each.number):
        waiting = _placed(waiting, replace(turn, moved=False), floor.order)
    return replace(floor, waiting=waiting)


def _placed(waiting: tuple[Turn, ...], new: Turn, order: Order) -> tuple[Turn, ...]:
    """Put a hand where it belongs, behind the last that goes before it.

    Phones of the same round that stand before a hand seen in the room go behind it.
    """
    place = 1 + max(
        (n for n, turn in enumerate(waiting) if _goes_before(turn, new, order)),
        default=-1,
    )
    ahead, behind = waiting[:place], waiting[place:]
    if new.way == "phone":
        return (*ahead, new, *behind)
    yielding = tuple(turn for turn in ahead if yields_to(turn, new))
    staying = tuple(turn for turn in ahead if not yields_to(turn, new))
    return (*staying, new, *yielding, *behind)


def _goes_before(one: Turn, new: Turn, order: Order) -> bool:
    if yields_to(new, one):
        return True
    if yields_to(one, new):
        return False
    if one.moved and JUMPS[one.asks] <= JUMPS[new.asks]:
        return True
    return _rank(one, order) < _rank(new, order)


def yields_to(one: Turn, other: Turn) -> bool:
    """Whether one is a phone, and the other was seen in the room in its round."""
    return (one.way, other.way, one.round) == ("phone", "seen", other.round)


def _rank(turn: Turn, order: Order) -> tuple[int, bool, int]:
    again = turn.again and order == "first-timers first"
    return (JUMPS[turn.asks], again, turn.number)


def with_moved(waiting: tuple[Turn, ...], who: Person, places: int) -> tuple[Turn, ...]:
    """Give the stack with one hand moved by places, to an end at most."""
    at = next((n for n, turn in enumerate(waiting) if turn.who == who), None)
    if at is None:
        return waiting
    rest = [*waiting[:at], *waiting[at + 1 :]]
    to = min(max(at + places, 0), len(rest))
    return (*rest[:to], replace(waiting[at], moved=True), *rest[to:])


def is_fair(waiting: tuple[Turn, ...]) -> bool:
    """Whether no phone stands before a hand that was seen in its round."""
    return not any(
        yields_to(one, other)
        for n, one in enumerate(waiting)
        for other in waiting[n + 1 :]
    )


def seen_once(up: Turn, way: Way) -> Way:
    """A hand that the room has seen stays one, whatever its phone says then."""
    return "seen" if up.way == "seen" else way
