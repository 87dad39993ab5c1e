"""Everybody is heard in a fair order, and no phone goes ahead of a hand in the room."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation import floor
from confederation.errors import Invalid, NotEntitled, Refused, TooEarly, TooLate
from confederation.floor import (
    AskGuest,
    CallNext,
    ChooseOrder,
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
    NoteGlad,
    OpenFloor,
    OpenTemperature,
    Pause,
    Person,
    RaiseHand,
    Resume,
    SayTemperature,
    SeeOff,
    SkipPhase,
    State,
    TakeFloor,
    UndoStep,
    WelcomeGuest,
)
from confederation.identifiers import CardNumber, SessionId
from confederation.meeting import night
from confederation.meeting.run_sheet import Phase
from tests.confederation.builders import CLERK, MAY, MEMBER, TELLER, a_commit

CHAIRS = frozenset({CLERK, TELLER})
PHASES = (
    Phase(number=1, kind="input", minutes=20),
    Phase(number=2, kind="deliberation", minutes=40),
    Phase(number=3, kind="check-out", minutes=10),
)
VOTERS = frozenset(map(CardNumber, range(1, 31)))
MINUTE = timedelta(minutes=1)


def card(number: int) -> CardNumber:
    return CardNumber(number)


def an_open_floor(*, order: floor.Order = "first-timers first") -> State:
    opened = OpenFloor(
        session=SessionId("s1"), phases=PHASES, chairs=CHAIRS, by=CLERK, at=MAY
    )
    begun = after(floor.NOTHING, opened)
    if order == begun.order:
        return begun
    return after(begun, ChooseOrder(order=order, seen=0, by=CLERK, at=MAY))


def after(state: State, *commands: Command) -> State:
    for command in commands:
        for event in floor.decide(state, command):
            state = floor.evolve(state, event)
    return state


def do(state: State, move: type[Any], *, by: Person = CLERK, **more: Any) -> State:
    """Make a move as a keeper who sees the floor as it is."""
    return after(state, a_move(state, move, by=by, **more))


def a_move(state: State, move: type[Any], *, by: Person = CLERK, **more: Any) -> Any:
    at = more.pop("at", MAY)
    if move is UndoStep:
        more.setdefault("step", state.steps[-1] if state.steps else 0)
    return move(seen=state.version, by=by, at=at, **more)


def seen(number: int, asks: floor.Asks = "point") -> RaiseHand:
    return RaiseHand(who=card(number), asks=asks, by=CLERK, at=MAY)


def phone(number: int, asks: floor.Asks = "point") -> RaiseHand:
    return RaiseHand(who=card(number), asks=asks, by=card(number), at=MAY)


def stack(state: State) -> list[Person]:
    return [turn.who for turn in state.waiting]


def has_spoken(state: State, *numbers: int) -> State:
    for number in numbers:
        state = after(state, seen(number))
        state = do(state, CallNext, who=card(number))
    return do(state, EndTurn)


# The stack


def test_hands_are_taken_in_the_order_in_which_they_went_up() -> None:
    room = after(an_open_floor(), seen(57), seen(12), seen(99))

    assert stack(room) == [57, 12, 99]


def test_whoever_has_not_spoken_tonight_goes_ahead_of_whoever_has() -> None:
    room = has_spoken(an_open_floor(), 1)

    room = after(room, seen(1), seen(2))

    assert stack(room) == [2, 1]


def test_where_the_room_prefers_it_hands_are_taken_as_they_come() -> None:
    room = has_spoken(an_open_floor(order="as they come"), 1)

    room = after(room, seen(1), seen(2))

    assert stack(room) == [1, 2]


def test_a_point_of_process_and_a_direct_fact_jump_by_rule() -> None:
    room = after(an_open_floor(), seen(1), seen(2, "fact"), seen(3, "process"))

    assert stack(room) == [3, 2, 1]


def test_no_phone_goes_ahead_of_a_hand_that_the_room_raised_in_the_same_round() -> None:
    room = after(an_open_floor(), phone(9), phone(8, "process"), seen(1))

    assert stack(room) == [1, 8, 9]


def test_a_phone_that_waits_since_an_earlier_round_is_not_passed_for_ever() -> None:
    room = after(an_open_floor(), seen(1), phone(9))
    room = do(room, CallNext, who=card(1))

    room = after(room, seen(2))

    assert stack(room) == [9, 2]


def test_a_first_timer_with_a_phone_does_not_pass_a_hand_of_the_same_round() -> None:
    room = has_spoken(an_open_floor(), 1)

    room = after(room, seen(1), phone(9))

    assert stack(room) == [1, 9]


def test_nobody_is_moved_up_past_the_hands_of_the_room_by_a_keeper_either() -> None:
    room = after(an_open_floor(), seen(1), phone(9))

    with pytest.raises(Refused, match="before the phones of its round"):
        do(room, MoveTurn, who=card(9), places=-1)
    with pytest.raises(Refused, match="before the phones of its round"):
        do(room, CallNext, who=card(9))


def test_a_keeper_may_change_the_order_and_who_comes_later_stays_behind_that() -> None:
    room = has_spoken(an_open_floor(), 1)
    room = after(room, seen(1), seen(2))

    room = do(room, MoveTurn, who=card(1), places=-1)
    room = after(room, seen(3), seen(4, "process"))

    assert stack(room) == [4, 1, 2, 3]


def test_a_hand_that_is_up_already_changes_nothing_and_a_seen_one_is_worth_more() -> (
    None
):
    room = after(an_open_floor(), phone(9), phone(8))

    assert floor.decide(room, phone(9)) == ()
    room = after(room, seen(8))

    assert stack(room) == [8, 9]
    assert floor.decide(room, phone(8)) == ()


def test_whoever_takes_a_hand_down_is_on_the_stack_no_more() -> None:
    room = after(an_open_floor(), seen(1), phone(9))

    room = after(room, LowerHand(who=card(9), by=card(9), at=MAY))
    room = after(room, LowerHand(who=card(1), by=CLERK, at=MAY))

    assert stack(room) == []
    assert floor.decide(room, LowerHand(who=card(1), by=CLERK, at=MAY)) == ()


def by_name(asks: floor.Asks = "point") -> RaiseHand:
    return RaiseHand(who=MEMBER, asks=asks, by=MEMBER, at=MAY)


KNOWN = KnowByCard(card=card(9), by=MEMBER, at=MAY)


def test_whoever_raised_a_hand_by_name_and_by_card_is_on_the_stack_once() -> None:
    room = after(an_open_floor(), by_name(), seen(4), seen(9))

    known = after(room, KNOWN)

    # The room saw card 4 and card 9 in the same round, and 9 was up first of the two.
    assert stack(known) == [card(9), card(4)]
    assert known.waiting[0].way == "seen"
    assert after(known, KNOWN) == known


def test_whoever_spoke_by_name_has_spoken_by_card() -> None:
    room = after(an_open_floor(), by_name())
    room = do(do(room, CallNext, who=MEMBER), EndTurn)
    room = after(room, KNOWN, seen(9), seen(4))

    assert stack(room) == [card(4), card(9)]


def test_what_a_phone_said_by_name_it_said_by_card() -> None:
    room = do(an_open_floor(), OpenTemperature)
    room = after(
        room,
        SayTemperature(warmth="down", by=MEMBER, at=MAY),
        GiveSignal(signal="agree", by=MEMBER, at=MAY),
        NoteGlad(who=MEMBER, by=MEMBER, at=MAY),
        KNOWN,
        SayTemperature(warmth="up", by=card(9), at=MAY),
        GiveSignal(signal="agree", by=card(9), at=MAY),
    )

    assert room.temperature is not None
    assert room.temperature.count == (1, 0, 0)
    assert room.signal_count("agree") == 1
    assert room.glad == {card(9)}


def test_whoever_has_the_word_by_name_has_it_by_card() -> None:
    room = do(after(an_open_floor(), by_name()), CallNext, who=MEMBER)

    known = after(room, KNOWN)

    assert known.speaking is not None
    assert known.speaking.turn.who == card(9)


def test_nothing_changes_where_nobody_was_there_by_name() -> None:
    room = after(an_open_floor(), seen(9))

    assert floor.decide(room, KNOWN) == ()


def test_a_hand_goes_down_with_its_returned_card() -> None:
    room = after(
        an_open_floor(),
        seen(4),
        seen(9),
        GiveSignal(signal="agree", by=card(9), at=MAY),
    )

    left = after(room, SeeOff(cards=(card(8), card(9)), by=CLERK, at=MAY))

    assert stack(left) == [card(4)]
    assert left.signal_count("agree") == 0
    assert floor.decide(left, SeeOff(cards=(card(9),), by=CLERK, at=MAY)) == ()


def test_a_phone_raises_and_lowers_nobody_elses_hand() -> None:
    room = after(an_open_floor(), seen(1))

    for command in (
        RaiseHand(who=card(2), asks="point", by=card(9), at=MAY),
        LowerHand(who=card(1), by=card(9), at=MAY),
        NoteGlad(who=card(1), by=card(9), at=MAY),
    ):
        with pytest.raises(NotEntitled, match="whoever keeps the floor"):
            floor.decide(room, command)


def test_what_a_phone_sends_again_after_a_cut_does_nothing_twice() -> None:
    up = replace(phone(9), pressed=0)
    room = do(after(an_open_floor(), up), CallNext, who=card(9))
    room = do(room, EndTurn)

    assert floor.decide(room, up) == ()
    assert floor.decide(room, replace(up, pressed=1)) != ()
    down = LowerHand(who=card(9), pressed=0, by=card(9), at=MAY)
    again = after(room, replace(up, pressed=1))
    assert floor.decide(again, down) == ()
    assert stack(after(again, replace(down, pressed=2))) == []


def test_whoever_speaks_does_not_queue_and_was_heard() -> None:
    room = do(after(an_open_floor(), seen(1)), CallNext, who=card(1))

    assert room.speaking is not None
    assert room.speaking.turn.who == 1
    assert room.spoken == {1}
    with pytest.raises(TooEarly, match="has the word already"):
        after(room, seen(1))
    assert do(room, EndTurn).speaking is None


def test_nobody_is_called_whose_hand_has_gone_down() -> None:
    room = after(an_open_floor(), seen(1), seen(2))
    room = after(room, LowerHand(who=card(1), by=CLERK, at=MAY))

    with pytest.raises(TooLate, match="not up any more"):
        do(room, CallNext, who=card(1))


people = st.integers(1, 6).map(card)
asks = st.sampled_from(["point", "process", "fact"])
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("seen"), people, asks),
        st.tuples(st.just("phone"), people, asks),
        st.tuples(st.just("lower"), people, asks),
        st.tuples(st.just("by name"), st.none(), asks),
        st.tuples(st.just("known"), people, asks),
        st.tuples(st.just("left"), people, asks),
        st.tuples(st.just("call"), st.integers(0, 3), asks),
        st.tuples(st.just("move"), st.integers(0, 5), st.integers(-3, 3)),
        st.tuples(st.just("undo"), st.none(), st.none()),
        st.tuples(st.just("order"), st.booleans(), st.none()),
        st.tuples(st.just("on"), st.none(), st.none()),
    ),
    max_size=25,
)


def attempt(room: State, deed: tuple[str, Any, Any]) -> State:
    what, whom, how = deed
    command: Any
    match what:
        case "seen":
            command = seen(whom, how)
        case "phone":
            command = phone(whom, how)
        case "by name":
            command = RaiseHand(who=MEMBER, asks=how, by=MEMBER, at=MAY)
        case "known":
            command = KnowByCard(card=whom, by=MEMBER, at=MAY)
        case "left":
            command = SeeOff(cards=(whom,), by=CLERK, at=MAY)
        case "lower":
            command = LowerHand(who=whom, by=CLERK, at=MAY)
        case "call" | "move" if whom < len(room.waiting):
            who = room.waiting[whom].who
            command = (
                a_move(room, CallNext, who=who)
                if what == "call"
                else a_move(room, MoveTurn, who=who, places=how)
            )
        case "order":
            order = "as they come" if whom else "first-timers first"
            command = a_move(room, ChooseOrder, order=order)
        case "on":
            command = a_move(room, GoOn)
        case _:
            command = a_move(room, UndoStep)
    try:
        return after(room, command)
    except Refused:
        return room


@given(deeds)
def test_whatever_happens_no_phone_stands_ahead_of_a_hand_of_its_round(
    done: list[tuple[str, Any, Any]],
) -> None:
    room = an_open_floor()

    for deed in done:
        room = attempt(room, deed)

        for n, turn in enumerate(room.waiting):
            for later in room.waiting[n + 1 :]:
                assert (turn.way, later.way, turn.round) != (
                    "phone",
                    "seen",
                    later.round,
                )
        assert len(set(stack(room))) == len(room.waiting)


@given(deeds)
def test_undoing_every_step_leads_back_to_what_the_phones_alone_did(
    done: list[tuple[str, Any, Any]],
) -> None:
    room = an_open_floor()
    for deed in done:
        room = attempt(room, deed)

    while room.steps:
        room = do(room, UndoStep)

    assert room.place == 0
    assert room.speaking is None
    assert room.spoken == frozenset()
    assert all(turn.way == "phone" for turn in room.waiting)


# Not yet heard, and guests


def test_whoever_is_glad_to_listen_says_so_and_may_still_change_their_mind() -> None:
    room = after(
        an_open_floor(),
        NoteGlad(who=card(4), by=CLERK, at=MAY),
        NoteGlad(who=card(5), by=card(5), at=MAY),
    )

    assert room.glad == {4, 5}
    assert after(room, seen(4)).glad == {5}


def test_a_guest_speaks_in_the_input_and_then_only_when_asked() -> None:
    guest = WelcomeGuest(who=card(31), electorate=VOTERS, by=CLERK, at=MAY)
    room = after(an_open_floor(), guest, phone(31))
    assert stack(room) == [31]

    room = do(room, GoOn)

    assert stack(room) == []
    for hand in (phone(31), seen(31)):
        with pytest.raises(NotEntitled, match="Guests listen first"):
            after(room, hand)
    asked = after(room, AskGuest(who=card(31), by=CLERK, at=MAY), seen(31))
    called = do(asked, CallNext, who=card(31))
    with pytest.raises(NotEntitled):
        after(do(called, EndTurn), seen(31))


def test_a_card_that_votes_is_no_guests_card() -> None:
    voting = WelcomeGuest(who=card(30), electorate=VOTERS, by=CLERK, at=MAY)

    with pytest.raises(Refused, match="a guest does not vote"):
        after(an_open_floor(), voting)


def test_a_guest_neither_asks_themselves_nor_keeps_the_floor() -> None:
    room = after(
        an_open_floor(), WelcomeGuest(who=card(31), electorate=VOTERS, by=CLERK, at=MAY)
    )

    with pytest.raises(NotEntitled):
        after(room, AskGuest(who=card(31), by=card(31), at=MAY))
    with pytest.raises(NotEntitled, match="A guest listens first"):
        after(room, HandOver(to=card(31), stays=True, by=CLERK, at=MAY))


# Who keeps the floor


def test_the_floor_is_opened_by_whose_office_it_is() -> None:
    for by in (MEMBER, card(3)):
        opening = OpenFloor(
            session=SessionId("s1"), phases=PHASES, chairs=CHAIRS, by=by, at=MAY
        )
        with pytest.raises(NotEntitled, match="for the facilitator"):
            floor.decide(floor.NOTHING, opening)
    with pytest.raises(Invalid, match="at least one part"):
        after(
            floor.NOTHING,
            OpenFloor(
                session=SessionId("s1"), phases=(), chairs=CHAIRS, by=CLERK, at=MAY
            ),
        )


def test_nothing_happens_on_a_floor_that_is_not_open() -> None:
    with pytest.raises(TooEarly, match="has not opened the floor"):
        floor.decide(floor.NOTHING, phone(9))


def test_the_floor_is_handed_over_and_loses_nothing() -> None:
    room = after(an_open_floor(), seen(1), phone(2))
    given_away = HandOver(to=card(77), stays=False, by=CLERK, at=MAY)

    room = after(room, given_away)

    assert stack(room) == [1, 2]
    assert do(room, CallNext, who=card(1), by=card(77)).speaking is not None
    with pytest.raises(NotEntitled, match="whoever keeps the floor"):
        do(room, CallNext, who=card(1), by=CLERK)
    back = after(room, TakeFloor(chairs=CHAIRS, by=CLERK, at=MAY))
    assert back.keepers == (77, CLERK)
    with pytest.raises(NotEntitled):
        after(room, TakeFloor(chairs=CHAIRS, by=MEMBER, at=MAY))


def test_of_two_who_move_at_once_the_second_is_told_and_moves_nothing() -> None:
    room = after(an_open_floor(), TakeFloor(chairs=CHAIRS, by=TELLER, at=MAY))
    late = a_move(room, GoOn, by=TELLER)

    room = do(room, GoOn)

    with pytest.raises(Refused, match="The floor has moved on"):
        floor.decide(room, late)
    assert room.place == 1


def test_a_double_click_moves_once() -> None:
    room = an_open_floor()
    click = a_move(room, GoOn)
    room = after(room, click)

    assert floor.decide(room, click) == ()

    room = do(after(room, phone(9)), Pause)
    assert floor.decide(room, click) == ()
    with pytest.raises(Refused):
        floor.decide(room, replace(a_move(room, GoBack), seen=click.seen))
    with pytest.raises(Invalid, match="not one of this meeting"):
        floor.decide(room, replace(click, seen=99))


def test_whoever_leads_the_stack_is_not_stopped_by_whoever_keeps_the_time() -> None:
    room = after(an_open_floor(), TakeFloor(chairs=CHAIRS, by=TELLER, at=MAY), seen(1))
    call = a_move(room, CallNext, who=card(1))
    extend = a_move(room, ExtendPhase, by=TELLER, minutes=5)

    room = after(room, extend, call)

    assert room.speaking is not None
    assert room.longer == {1: 5}


def test_nobody_undoes_what_they_did_not_see() -> None:
    room = after(an_open_floor(), seen(1))
    undo = a_move(room, UndoStep)

    room = after(room, seen(2))

    with pytest.raises(Refused, match="The floor has moved on"):
        floor.decide(room, undo)
    assert stack(room) == [1, 2]


def test_an_undo_that_is_clicked_twice_undoes_once() -> None:
    room = after(an_open_floor(), seen(1), seen(2))
    undo = a_move(room, UndoStep)

    room = after(room, undo, undo)

    assert stack(room) == [1]


def test_what_was_moved_and_undone_since_makes_a_page_stale_as_well() -> None:
    room = an_open_floor()
    late = replace(a_move(room, GoOn), by=TELLER)
    room = after(room, TakeFloor(chairs=CHAIRS, by=TELLER, at=MAY))

    room = do(do(room, GoOn), UndoStep)

    with pytest.raises(Refused):
        floor.decide(room, late)


def test_a_hand_from_a_phone_makes_no_keepers_page_stale() -> None:
    room = after(an_open_floor(), seen(1))
    click = a_move(room, CallNext, who=card(1))

    room = after(room, phone(9), click)

    assert room.speaking is not None


# Undoing


def test_what_was_done_last_is_undone_first_and_the_phones_hands_stay() -> None:
    room = after(an_open_floor(), seen(1), seen(2))
    room = do(room, CallNext, who=card(1))
    room = after(room, phone(9))

    room = do(room, UndoStep)
    assert room.speaking is None
    assert stack(room) == [1, 2, 9]
    assert room.spoken == frozenset()

    room = do(room, UndoStep)
    assert stack(room) == [1, 9]
    room = do(room, UndoStep)
    assert stack(room) == [9]
    with pytest.raises(TooEarly, match="nothing to undo"):
        do(room, UndoStep)


def test_an_undone_phase_takes_its_time_as_if_nobody_had_gone_on() -> None:
    room = do(an_open_floor(), GoOn, at=MAY + 5 * MINUTE)

    room = do(room, UndoStep, at=MAY + 6 * MINUTE)

    assert room.place == 0
    assert room.ends_at == MAY + 20 * MINUTE
    assert room.taken(MAY + 7 * MINUTE) == {1: 420}


# Phases and time


def test_a_phase_ends_when_its_minutes_are_over_and_may_be_given_more() -> None:
    room = an_open_floor()
    assert room.ends_at == MAY + 20 * MINUTE

    room = do(room, ExtendPhase, minutes=5)

    assert room.ends_at == MAY + 25 * MINUTE
    for minutes in (0, -5, 10_000):
        with pytest.raises(Invalid):
            do(room, ExtendPhase, minutes=minutes)


def test_a_pause_stops_the_clock() -> None:
    room = do(an_open_floor(), Pause, at=MAY + 5 * MINUTE)
    room = after(room, seen(1))
    with pytest.raises(TooEarly, match="paused"):
        do(room, CallNext, who=card(1))

    room = do(room, Resume, at=MAY + 15 * MINUTE)

    assert room.ends_at == MAY + 30 * MINUTE
    assert room.taken(MAY + 16 * MINUTE) == {1: 360}


def test_the_time_that_each_phase_took_is_known_after_going_back_and_forth() -> None:
    room = do(an_open_floor(), GoOn, at=MAY + 10 * MINUTE)
    room = do(room, GoBack, at=MAY + 13 * MINUTE)
    assert room.ends_at == MAY + 23 * MINUTE

    room = do(room, GoOn, at=MAY + 14 * MINUTE)

    assert room.taken(MAY + 20 * MINUTE) == {1: 660, 2: 540}


def test_a_phase_is_left_out_with_the_reason_that_the_room_agreed_on() -> None:
    room = do(an_open_floor(), SkipPhase, reason=a_commit("late"))

    assert room.place == 1
    assert room.skipped == {1: a_commit("late")}


def test_after_the_last_phase_there_is_none_and_before_the_first_neither() -> None:
    room = an_open_floor()
    with pytest.raises(TooEarly, match="the first part"):
        do(room, GoBack)

    for _ in PHASES:
        room = do(room, GoOn)

    assert room.phase is None
    assert room.ends_at is None
    with pytest.raises(TooLate, match="All parts"):
        do(room, GoOn)
    with pytest.raises(TooLate, match="All parts"):
        do(room, ExtendPhase, minutes=5)


def test_what_stays_of_an_evening_are_numbers() -> None:
    room = has_spoken(an_open_floor(), 1, 2, 1)
    room = do(room, SkipPhase, reason=a_commit("late"), at=MAY + 12 * MINUTE)

    keep = night.of(room, by=CLERK, at=MAY + 30 * MINUTE)
    [kept] = night.decide(night.NOTHING, keep)

    assert (kept.turns, kept.speakers) == (3, 2)
    assert [(part.planned, part.took) for part in kept.parts] == [
        (20, 720),
        (40, 1080),
        (10, 0),
    ]
    assert kept.parts[0].skipped == a_commit("late")
    assert night.decide(night.evolve(night.NOTHING, kept), keep) == ()


# Signals and the temperature


def test_a_signal_is_counted_once_for_each_phone_and_beside_the_room() -> None:
    agree = GiveSignal(signal="agree", by=card(9), at=MAY)
    room = after(an_open_floor(), agree, agree, replace(agree, by=card(8)))
    room = do(room, CountSignal, signal="agree", count=40)

    assert room.signal_count("agree") == 42
    room = after(room, EndSignal(signal="agree", by=card(9), at=MAY))
    assert room.signal_count("agree") == 41
    assert room.signal_count("wrap up") == 0
    with pytest.raises(Invalid):
        do(room, CountSignal, signal="agree", count=-1)


def test_signals_are_put_away_when_the_next_one_speaks() -> None:
    room = after(
        an_open_floor(), GiveSignal(signal="wrap up", by=card(9), at=MAY), seen(1)
    )

    assert do(room, CallNext, who=card(1)).signal_count("wrap up") == 0


def test_the_temperature_is_a_count_of_the_phones_and_the_room() -> None:
    room = do(an_open_floor(), OpenTemperature)
    warm = SayTemperature(warmth="up", by=card(9), at=MAY)
    room = after(room, warm, warm, replace(warm, by=card(8), warmth="down"))
    room = after(room, replace(warm, by=card(8), warmth="flat"))

    room = do(room, CountTemperature, room=(30, 4, 2))

    assert room.temperature is not None
    assert room.temperature.count == (31, 5, 2)


def test_a_temperature_that_was_taken_is_put_away_with_its_part() -> None:
    still_open = do(do(an_open_floor(), OpenTemperature), GoOn)
    taken = do(do(do(an_open_floor(), OpenTemperature), CloseTemperature), GoOn)

    assert still_open.temperature is not None
    assert taken.temperature is None


def test_a_closed_temperature_check_takes_nothing_more() -> None:
    warm = SayTemperature(warmth="up", by=card(9), at=MAY)
    room = an_open_floor()
    with pytest.raises(TooEarly, match="No temperature check"):
        after(room, warm)

    room = do(do(room, OpenTemperature), CloseTemperature)

    with pytest.raises(TooEarly, match="No temperature check"):
        after(room, warm)
    with pytest.raises(TooEarly, match="No temperature check"):
        do(room, CountTemperature, room=(1, 0, 0))
