"""One screen leads the meeting: the parts, the stack, and who is not heard yet."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from confederation import floor as floors
from confederation.errors import Refused
from confederation.identifiers import CardNumber
from confederation.meeting import night as nights
from instance import node
from instance.desk import Desk
from instance.meeting import floor
from instance.store import room_notes
from tests.instance.house import House
from tests.instance.kept import files_with
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import Guest, ask, count_hands, meet
from tests.instance.web.night import Night, a_night


@asynccontextmanager
async def a_floor(harbour: House, directory: Path) -> AsyncIterator[Night]:
    """Open a meeting with cards 1 to 151 out, and its floor, which Ada keeps."""
    async with a_night(harbour, directory) as night:
        floor_page = f"{night.meeting}/floor"
        await night["Ada"].send(f"{floor_page}/open", on=floor_page)
        yield night


async def press(
    night: Night, what: str, *, by: str = "Ada", status: int = 303, **fields: str
) -> str:
    """Press a button on the facilitator's screen as it is just now."""
    page = f"{night.meeting}/floor"
    if what not in ("hand", "lower", "glad", "guest", "over"):
        fields.setdefault("seen", await version(night, by=by))
    if what == "undo":
        fields["step"] = await version(night, by=by, name="step")
    return await night[by].send(f"{page}/{what}", on=page, status=status, fields=fields)


async def version(night: Night, *, by: str = "Ada", name: str = "seen") -> str:
    """Return the version of the floor, or the last step, that a page has before it."""
    page = await night[by].open(f"{night.meeting}/floor")
    found = re.search(rf'name="{name}" value="([0-9]+)"', page)
    assert found is not None
    return found[1]


async def add(night: Night, *cards: int, asks: str = "point") -> None:
    for card in cards:
        await press(night, "hand", who=str(card), asks=asks)


async def stack(night: Night) -> list[int]:
    """Return the cards on the stack in their order, as the screen shows them."""
    page = await night["Ada"].open(f"{night.meeting}/floor")
    return [int(found) for found in re.findall(r'id="take-([0-9]+)"', page)]


async def in_room(
    night: Night, guest: Guest, what: str, *, status: int = 303, **fields: str
) -> str:
    page = f"{night.meeting}/room"
    return await guest.send(f"{page}/{what}", on=page, status=status, fields=fields)


async def test_the_facilitator_begins_and_everybody_sees_the_first_part(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        before = await night["Eva"].see(f"{night.meeting}/room")
        page = f"{night.meeting}/floor"

        await night["Ada"].send(f"{page}/open", on=page)

        assert "has not begun yet" in before
        assert "Part 1 of" in await night["Ada"].see(page)
        assert "Part 1 of" in await night["Eva"].see(f"{night.meeting}/room")
        wall = await night["Ada"].http.get(f"{night.meeting}/screen")
        assert "Part 1 of" in text_of(wall.text)
        assert "<form" not in wall.text
        assert "<button" not in wall.text


async def test_a_seen_card_is_put_on_the_stack_called_and_heard(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        await add(night, 57, 12)
        assert await stack(night) == [57, 12]

        await press(night, "call", who="57")
        await press(night, "spoken")

        says = await night["Ada"].see(f"{night.meeting}/floor")
        assert "One person has spoken tonight" in says
        assert await stack(night) == [12]
        await add(night, 57, 33)
        assert await stack(night) == [12, 33, 57]


async def test_a_keeper_reorders_takes_off_and_undoes(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        await add(night, 1, 2, 3)

        await press(night, "up", who="3")
        await press(night, "lower", who="1")
        assert await stack(night) == [3, 2]

        says = await night["Ada"].see(f"{night.meeting}/floor")
        assert "Move a hand · 3 · Ada" in says
        await press(night, "undo")
        await press(night, "undo")
        assert await stack(night) == [1, 2, 3]
        says = await night["Ada"].see(f"{night.meeting}/floor")
        assert "Move a hand" not in says


async def test_a_page_stays_light_however_many_hands_are_up(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        ada = night["Ada"].id

        def everybody(desk: Desk) -> None:
            for card in range(1, 152):
                hand = floors.RaiseHand(
                    who=CardNumber(card), asks="point", by=ada, at=desk.now
                )
                node.perform(desk, f"floor:{night.id}", hand)

        before = await night["Ada"].open(f"{night.meeting}/floor")
        await night.evening.node.work(everybody)
        says = await night["Ada"].see(f"{night.meeting}/floor")

        assert 'id="card-151"' in before
        assert await stack(night) == [*range(1, 16)]
        assert "And 136 more: 16 , 17 ," in says


async def test_the_parts_go_on_and_back_are_skipped_with_a_reason_and_paused(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        page = f"{night.meeting}/floor"
        await press(night, "part", do="on")
        await press(night, "part", do="skip", reason="It has grown late")
        assert "Part 3 of" in await night["Ada"].see(page)

        await press(night, "part", do="back")
        await press(night, "part", do="longer", minutes="5")
        await press(night, "pause", do="pause")

        assert "Part 2 of" in await night["Ada"].see(page)
        for guest, screen in ((night["Eva"], "room"), (night["Ada"], "floor")):
            says = await guest.see(f"{night.meeting}/{screen}")
            assert "The meeting is paused" in says
        wall = await night["Ada"].http.get(f"{night.meeting}/screen")
        assert "Paused" in text_of(wall.text)


async def test_a_part_is_not_left_out_without_a_reason(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        says = await press(night, "part", do="skip", reason="", status=422)

        assert "“Why it is left out” is empty" in says
        assert "Part 1 of" in says


async def test_of_two_facilitators_the_second_is_told_what_the_first_did(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        await press(night, "over", to="Dov", stays="yes")
        await add(night, 57)
        saw = await version(night, by="Dov")

        await press(night, "part", do="on")
        late = await press(night, "part", by="Dov", do="on", seen=saw, status=409)

        assert "The floor has moved on since this page was shown" in late
        assert "Part 2 of" in late
        assert await stack(night) == [57]


async def test_a_double_click_moves_once(tmp_path: Path, harbour: House) -> None:
    async with a_floor(harbour, tmp_path) as night:
        saw = await version(night)

        for _ in range(2):
            await press(night, "part", do="on", seen=saw)

        assert "Part 2 of" in await night["Ada"].see(f"{night.meeting}/floor")


async def test_the_floor_is_handed_over_to_a_card_and_nothing_is_lost(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        phone = await night.phone_with(77)
        page = f"{night.meeting}/floor"
        await add(night, 57, 12)
        refused = await phone.see(page, status=403)

        await press(night, "over", to="77")
        await phone.send(f"{page}/call", on=page, who="57", seen="0")

        assert f'href="{page}"' in await phone.open(f"{night.meeting}/room")
        assert "keeps the floor card 77" in await night["Ada"].see(page)
        assert "This screen is for the facilitator" in refused
        assert "Speaking now: Card 57" in await phone.see(page)
        assert await stack(night) == [12]


@pytest.mark.parametrize("to", ["Nobody", "", "99999"])
async def test_the_floor_is_handed_to_nobody_that_is_not_there(
    tmp_path: Path, harbour: House, to: str
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        says = await press(night, "over", to=to, status=422)

        assert "“Hand it over to”" in says


async def test_a_member_without_the_floor_moves_nothing(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        await add(night, 57)
        eva = night["Eva"]
        token = {"token": await eva.token(f"{night.meeting}/room")}
        page = f"{night.meeting}/floor"
        for what, fields in (
            ("part", {"do": "on", "seen": "0"}),
            ("hand", {"who": "5", "asks": "point"}),
            ("lower", {"who": "57"}),
            ("call", {"who": "57", "seen": "0"}),
            ("guest", {"do": "welcome", "who": "57"}),
            ("over", {"to": "Eva"}),
            ("take-note", {"note": "1"}),
        ):
            refused = await eva.send(
                f"{page}/{what}", on=page, status=403, fields=token, **fields
            )
            assert "This is for" in refused

        assert await stack(night) == [57]
        assert "Part 1 of" in await night["Ada"].see(page)


async def test_whoever_is_neither_a_member_nor_has_a_card_sees_no_screen(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        stranger = await night.phone()

        for screen in ("room", "floor", "screen", "live"):
            answer = await stranger.http.get(f"{night.meeting}/{screen}")
            assert answer.status_code == 403
            assert "for people in the room" in answer.text


async def test_another_machine_shows_the_wall_by_its_address_until_the_meeting_closes(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        on_floor = await night["Ada"].open(f"{night.meeting}/floor")
        found = re.search(r"(/wall/[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})<", on_floor)
        assert found is not None
        wall = (await night.phone()).http

        shown = await wall.get(found[1])
        wrong = await wall.get(found[1][:-1] + ("a" if found[1][-1] != "a" else "b"))
        elsewhere = await wall.get(f"{night.meeting}/room")
        await night["Ada"].send(f"{night.meeting}/close", on=night.meeting)
        after = await wall.get(found[1])
        followed = await wall.get(f"{found[1]}/live")

        assert "Part 1 of" in text_of(shown.text)
        assert f'data-stream="{found[1]}/live"' in shown.text
        assert (wrong.status_code, elsewhere.status_code) == (404, 403)
        assert (after.status_code, followed.status_code) == (404, 404)


async def test_a_card_of_another_meeting_raises_no_hand_here(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        other = await meet(night.evening)
        await night["Ada"].send(f"{other}/floor/open", on=f"{other}/floor")
        token = {"token": await phone.token(f"{night.meeting}/room")}

        says = await phone.send(
            f"{other}/room/hand",
            on=f"{other}/room",
            status=403,
            fields=token,
            do="raise",
            asks="point",
            pressed="0",
        )

        assert "Your card is one of another meeting" in says
        assert await stack(night) == []


# The phone in the room


async def test_a_phone_raises_and_lowers_its_hand_behind_the_room(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        await in_room(night, phone, "hand", do="raise", asks="process", pressed="0")
        await add(night, 12)
        assert await stack(night) == [12, 57]
        room = await phone.see(f"{night.meeting}/room")

        await in_room(night, phone, "hand", do="lower", asks="point", pressed="1")

        assert "Your hand is up. One person speaks before you" in room
        assert await stack(night) == [12]


async def test_a_hand_that_a_phone_sends_twice_is_up_once(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        for _ in range(2):
            await in_room(night, phone, "hand", do="raise", asks="point", pressed="0")
        await press(night, "call", who="57")
        await press(night, "spoken")

        await in_room(night, phone, "hand", do="raise", asks="point", pressed="0")

        assert await stack(night) == []


async def test_a_member_with_a_card_is_on_the_stack_as_that_card(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        await night["Eva"].send(
            f"{night.meeting}/check-in",
            on=night.meeting,
            card="9",
            code=await night.code(9),
        )

        await in_room(
            night, night["Eva"], "hand", do="raise", asks="point", pressed="0"
        )

        assert await stack(night) == [9]
        assert "card 9" in await night["Eva"].see(f"{night.meeting}/room")


async def test_a_member_who_raised_a_hand_before_showing_a_card_is_there_once(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        await in_room(
            night, night["Eva"], "hand", do="raise", asks="point", pressed="0"
        )
        await press(night, "hand", who="9", asks="point")
        await night["Eva"].send(
            f"{night.meeting}/check-in",
            on=night.meeting,
            card="9",
            code=await night.code(9),
        )

        page = await night["Ada"].open(f"{night.meeting}/floor")
        assert re.findall(r'id="take-([^"]+)"', page) == ["9"]


async def test_a_hand_goes_down_when_its_card_comes_back_to_the_door(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        await press(night, "hand", who="57", asks="point")
        await press(night, "hand", who="12", asks="point")

        await night.take_back("57")

        assert await stack(night) == [12]


async def test_signals_and_the_temperature_are_counts_and_no_names(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        await in_room(night, phone, "signal", do="give", signal="agree")
        await press(night, "signal", signal="agree", count="40")
        await press(night, "warm", do="open")
        await in_room(night, phone, "warm", warm="up")
        await in_room(night, night["Eva"], "warm", warm="down")
        await press(night, "warm", do="count", up="30", flat="4", down="2")
        await press(night, "warm", do="close")

        says = await night["Ada"].see(f"{night.meeting}/floor")
        wall = text_of((await night["Ada"].http.get(f"{night.meeting}/screen")).text)
        late = await in_room(night, phone, "warm", warm="down", status=409)

        assert "41 I agree" in says
        assert "↑ up 31 → flat 4 ↓ down 3" in wall
        assert "not a vote" in wall
        assert "No temperature check is open just now" in late


async def test_a_note_reaches_the_note_taker_without_a_name_and_once(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        for _ in range(2):
            await in_room(
                night, phone, "note", note="The lift is broken.", mark="mark-1"
            )
        says = await night["Ada"].see(f"{night.meeting}/floor")
        token = await night["Ada"].token(f"{night.meeting}/floor")

        await night["Ada"].http.post(
            f"{night.meeting}/floor/take-note", data={"token": token, "note": "1"}
        )

        assert says.count("The lift is broken.") == 1
        taken = await night["Ada"].see(f"{night.meeting}/floor")
        assert "Taken down" in taken
        assert "The lift is broken" not in await night["Eva"].see(
            f"{night.meeting}/room"
        )


async def test_a_guest_listens_first(tmp_path: Path, harbour: House) -> None:
    async with a_floor(harbour, tmp_path) as night:
        await press(night, "guest", do="welcome", who="201")

        refused = await press(night, "hand", who="201", asks="point", status=403)
        await press(night, "guest", do="ask", who="201")
        await press(night, "hand", who="201", asks="point")

        assert "Guests listen first" in refused
        assert await stack(night) == [201]


async def test_a_card_that_votes_is_no_guests_and_one_that_came_to_vote_is_shown(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        refused = await press(night, "guest", do="welcome", who="31", status=409)
        await press(night, "guest", do="welcome", who="201")

        await night.write_down("201")

        assert "a guest does not vote" in refused
        says = await night["Ada"].see(f"{night.meeting}/floor")
        assert "The door has written card 201 down by now" in says


async def test_whoever_is_not_heard_is_for_the_facilitator_alone(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        page = f"{night.meeting}/floor"
        await press(night, "glad", who="4")
        await add(night, 5)
        shown = await night["Ada"].open(page)

        cards = re.findall(r'id="card-([0-9]+)"', shown)

        assert len(cards) == 149
        assert "4" not in cards
        assert "5" not in cards
        for path, guest in (
            (f"{night.meeting}/room", night["Eva"]),
            (f"{night.meeting}/screen", night["Ada"]),
        ):
            assert 'id="card-' not in (await guest.http.get(path)).text


async def test_the_wall_says_how_many_more_an_open_vote_takes(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        ballot = await ask(night.evening, night.meeting, channels=["hands", "online"])
        wall = text_of((await night["Ada"].http.get(f"{night.meeting}/screen")).text)
        phone = await night.phone_with(57)

        assert "Do we mend it?" in wall
        assert "Put to the vote: 0 votes are in" in wall
        assert "51 more must take part for it to count" in wall
        room = await phone.open(f"{night.meeting}/room")
        assert f'href="{ballot}"' in room
        assert f'href="{night.meeting}/room"' in await phone.open("/card")


async def test_the_wall_shows_a_result_until_the_next_part(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        ballot = await ask(night.evening, night.meeting, channels=["hands"])
        for name in ("Ada", "Ben"):
            counts = {"for": 80, "against": 20, "abstain": 3}
            await count_hands(night.evening, ballot, name, **counts)
        await night["Ada"].send(f"{ballot}/close", on=ballot)

        wall = text_of((await night["Ada"].http.get(f"{night.meeting}/screen")).text)
        night.evening.clock.pass_by(minutes=1)
        await press(night, "part", do="on")
        later = text_of((await night["Ada"].http.get(f"{night.meeting}/screen")).text)

        assert "Passed Do we mend it? For 80 Against 20 Abstain 3" in wall
        assert "Do we mend it?" not in later


# What stays


async def test_when_the_meeting_closes_who_spoke_is_in_no_file_and_numbers_stay(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        await add(night, 57, 12)
        await press(night, "call", who="57")
        await press(night, "part", do="on")
        before = files_with("TurnBegun", tmp_path / "node")

        await night["Ada"].send(f"{night.meeting}/close", on=night.meeting)

        assert before
        for kept in ("TurnBegun", "HandRaised", f"floor:{night.id}"):
            assert files_with(kept, tmp_path / "node") == []
        stays: nights.State = await night.evening.look(
            lambda desk: node.load(desk, f"night:{night.id}")
        )
        assert stays.kept is not None
        assert (stays.kept.turns, stays.kept.speakers) == (1, 1)
        over = await night["Ada"].see(f"{night.meeting}/floor")
        assert "This meeting is over" in over


async def test_what_a_refusal_undid_is_not_remembered_of_the_floor(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        await add(night, 57)
        ada = night["Ada"].id

        def raise_a_hand_and_fail(desk: Desk) -> None:
            hand = floors.RaiseHand(
                who=CardNumber(12), asks="point", by=ada, at=desk.now
            )
            node.perform(desk, f"floor:{night.id}", hand)
            assert len(floor.state(desk, night.id).waiting) == 2
            raise Refused("Something else was not allowed.")

        with pytest.raises(Refused):
            await night.evening.node.work(raise_a_hand_and_fail)

        assert await stack(night) == [57]
        await add(night, 33)
        assert await stack(night) == [57, 33]


async def test_a_late_form_begins_no_floor_again_in_a_closed_meeting(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        page = f"{night.meeting}/floor"
        tokens = [await night[name].token(page) for name in ("Ada",)]
        await night["Ada"].send(f"{night.meeting}/close", on=night.meeting)

        for what, fields in (
            ("open", {}),
            ("hand", {"who": "5", "asks": "point"}),
            ("part", {"do": "on", "seen": "0"}),
        ):
            says = await night["Ada"].send(
                f"{page}/{what}",
                on=page,
                status=409,
                fields={"token": tokens[0], **fields},
            )
            assert "closed at" in says

        gone = await night.evening.look(lambda desk: floor.state(desk, night.id))
        assert gone.session is None


async def test_a_meeting_over_midnight_counts_its_minutes_on(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        night.evening.clock.pass_by(hours=11, minutes=55)
        await press(night, "part", do="on")
        await press(night, "part", do="longer", minutes="30")

        night.evening.clock.pass_by(minutes=10)
        says = await night["Ada"].see(f"{night.meeting}/floor")

        assert re.search(r"\d+ minutes left, until 00:\d\d UTC", says)


async def test_notes_stay_for_the_note_taker_until_the_minutes_are_approved(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        phone, ada = await night.phone_with(57), night["Ada"]
        minutes = f"{night.meeting}/minutes"
        await in_room(night, phone, "note", note="The lift is broken.", mark="m")
        await ada.send(f"{night.meeting}/close", on=night.meeting)
        after_it = await ada.see(f"{night.meeting}/floor")
        await ada.send(minutes, on=minutes)
        night.evening.clock.pass_by(days=8)

        await ada.send(f"{minutes}/approve", on=minutes)

        assert "The lift is broken." in after_it
        left = await night.evening.look(
            lambda desk: room_notes.of(desk.connection, night.id, most=5)
        )
        assert left == []


async def test_no_screen_follows_as_something_that_it_is_not(
    tmp_path: Path, harbour: House
) -> None:
    async with a_floor(harbour, tmp_path) as night:
        eva: httpx.AsyncClient = night["Eva"].http

        unknown = await eva.get(f"{night.meeting}/live?as=clerk")
        keeping = await eva.get(f"{night.meeting}/live?as=floor")

        assert unknown.status_code == 422
        assert keeping.status_code == 403
