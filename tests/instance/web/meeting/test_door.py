"""At the door: a range is typed, cards vote on phones, and nobody has two ballots."""

import re
from pathlib import Path

import pytest

from instance.meeting import door
from tests.instance.house import House
from tests.instance.web.evening import an_assembly, ask, meet
from tests.instance.web.night import Night, a_night


async def test_a_card_and_its_code_open_the_evening_and_vote(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        ballot = await ask(night.evening, night.meeting, channels=["hands", "online"])

        await phone.send(f"{ballot}/vote", on=ballot, choice="for")

        assert "Card 57" in await phone.open("/card")
        assert "Your vote is in" in await phone.see("/card")
        assert "You voted: For" in await phone.see(ballot)
        assert "1 of 151 who may vote" in await night["Ada"].see(ballot)


@pytest.mark.parametrize("secret", ["", "yes"])
async def test_a_card_votes_once_whatever_is_clicked_twice(
    tmp_path: Path, harbour: House, secret: str
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        ballot = await ask(
            night.evening, night.meeting, channels=["paper", "online"], secret=secret
        )
        token = await phone.token(ballot)
        vote = {"token": token, "choice": "for", "revision": "1"}

        for _ in range(2):
            await phone.http.post(f"{ballot}/vote", data=vote)

        assert "1 of 151 who may vote" in await night["Ada"].see(ballot)


async def test_a_code_opens_nothing_with_another_number(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone()

        says = await phone.send(
            "/card", on="/card", status=422, card="58", code=await night.code(57)
        )

        assert "do not belong together tonight" in says
        assert "Come in with your card" in await phone.see("/card")


async def test_a_card_of_another_evening_opens_nothing(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        stale = await night.evening.look(lambda desk: door.code(desk, "earlier", 57))
        phone = await night.phone()

        says = await phone.send("/card", on="/card", status=422, card="57", code=stale)

        assert "do not belong together tonight" in says


async def test_a_card_still_on_the_stack_is_sent_to_the_door(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone()

        says = await phone.send(
            "/card", on="/card", status=409, card="152", code=await night.code(152)
        )

        assert "Card 152 is not written down at the door" in says


async def test_nobody_guesses_the_code_of_a_card(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone()
        for _ in range(10):
            await phone.send("/card", on="/card", status=422, card="57", code="wrongg")

        says = await phone.send(
            "/card", on="/card", status=429, card="57", code=await night.code(57)
        )

        assert "Too many wrong codes" in says


async def test_the_slips_of_others_on_the_same_router_lock_nobody_out(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone()
        for card in range(1, 16):
            await phone.send(
                "/card", on="/card", status=422, card=str(card), code="wrongg"
            )

        await night.phone_with(57)


async def test_a_card_does_nothing_that_members_do(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        token = await phone.token("/card")

        for path in (
            "/people",
            "/motions",
            f"{night.meeting}/count",
            night.door + "/out",
        ):
            answer = await phone.http.post(path, data={"token": token})

            assert answer.status_code == 403, path


async def test_a_card_that_came_back_signs_its_phone_out(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone_with(57)

        await night.take_back("57")

        assert "Come in with your card" in await phone.see("/card")


async def test_whoever_puts_the_phone_away_is_counted_in_the_room(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone_with(57)

        await phone.send("/card/switch", on="/card", how="room")
        ballot = await ask(night.evening, night.meeting, channels=["hands", "online"])

        assert "counted in the room" in await phone.see("/card")
        assert "you vote there" in await phone.see(ballot)


async def test_a_card_tells_when_its_meeting_is_over(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone_with(57)

        await night["Ada"].send(f"{night.meeting}/close", on=night.meeting)

        says = await phone.see("/card")
        assert "This meeting is over. Thank you all." in says
        assert "From the next question on" not in says


async def test_a_question_for_phones_alone_waits_until_nobody_raises_a_card(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        says = await ask(night.evening, night.meeting, channels="online", status=409)

        assert "opens for the room as well" in says


async def test_the_doorkeeper_types_a_range_and_a_second_person_counts(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        night = Night(evening=evening, meeting=await meet(evening))
        await night.write_down("1–151")
        alone = await night["Cleo"].see(night.door)

        await night["Ben"].send(f"{night.door}/count", on=night.door, count="151")

        assert "somebody else counts the cards" in alone
        both = await night["Cleo"].see(night.door)
        assert "151 cards are out" in both
        assert "Two people agree on it" in both


async def test_whoever_wrote_the_book_cannot_count_against_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        night = Night(evening=evening, meeting=await meet(evening))
        await night.write_down("1–151")
        token = await night["Cleo"].token(night.door)

        answer = await night["Cleo"].http.post(
            f"{night.door}/count", data={"token": token, "count": "151"}
        )

        assert answer.status_code == 403
        assert "Two people agree" not in await night["Cleo"].see(night.door)


async def test_latecomers_and_leavers_are_read_at_the_next_opening(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        first = await ask(night.evening, night.meeting, channels="hands")
        await night.write_down("152")
        await night.write_down("152")
        await night.take_back("3, 9")

        second = await ask(night.evening, night.meeting, channels="hands")

        assert "of 151 who may vote" in await night["Ada"].see(first)
        assert "of 150 who may vote" in await night["Ada"].see(second)


async def test_a_card_that_was_never_handed_out_does_not_come_back(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        says = await night.take_back("7, 200", status=404)

        assert "Not handed out tonight: 200" in says
        assert "151 cards are out" in says


@pytest.mark.parametrize("secret", ["", "yes"])
async def test_a_paper_in_the_box_ends_the_vote_on_the_phone(
    tmp_path: Path, harbour: House, secret: str
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        ballot = await ask(
            night.evening, night.meeting, channels=["paper", "online"], secret=secret
        )
        token = await phone.token(ballot)

        await night.paper(ballot, "57")
        answer = await phone.http.post(
            f"{ballot}/vote", data={"token": token, "choice": "for", "revision": "1"}
        )

        assert answer.status_code == 409
        assert "Your paper is in the box" in answer.text
        assert "0 of 151" in await night["Ada"].see(ballot)


@pytest.mark.parametrize("secret", ["", "yes"])
async def test_a_card_that_voted_on_a_phone_is_refused_a_paper(
    tmp_path: Path, harbour: House, secret: str
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        ballot = await ask(
            night.evening, night.meeting, channels=["paper", "online"], secret=secret
        )
        await phone.send(f"{ballot}/vote", on=ballot, choice="against")

        says = await night.paper(ballot, "50–60", status=409)

        assert "Card 57 has voted on a phone. Nothing was written down." in says
        assert "None is written down yet" in says


async def test_a_member_with_a_card_has_one_ballot_by_either(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        eva = night["Eva"]
        await eva.send(
            f"{night.meeting}/check-in",
            on=night.meeting,
            card="57",
            code=await night.code(57),
        )
        ballot = await ask(night.evening, night.meeting, channels=["paper", "online"])
        phone = await night.phone()
        await phone.send(
            "/card", on="/card", status=409, card="57", code=await night.code(57)
        )
        await eva.send(f"{ballot}/vote", on=ballot, choice="for")

        says = await night.paper(ballot, "57", status=409)

        assert "Card 57 has voted on a phone" in says
        assert "1 of 151 who may vote" in await night["Ada"].see(ballot)


async def test_a_member_cannot_take_somebody_elses_card_by_its_number(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        says = await night["Eva"].send(
            f"{night.meeting}/check-in",
            on=night.meeting,
            status=422,
            card="57",
            code=await night.code(58),
        )

        assert "do not belong together tonight" in says


async def test_a_member_in_the_room_says_which_card_is_theirs(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        says = await night["Eva"].send(
            f"{night.meeting}/check-in", on=night.meeting, status=409
        )
        await night["Eva"].send(
            f"{night.meeting}/check-in", on=night.meeting, away="yes"
        )

        assert "Say which one is yours" in says
        assert "152 people are here" in await night["Ada"].see(night.meeting)


async def test_a_latecomer_gets_no_paper_on_what_was_put_before(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        ballot = await ask(night.evening, night.meeting, channels="paper")
        await night.write_down("152")

        says = await night.paper(ballot, "152", status=409)

        assert "votes on whatever opens next" in says


async def test_papers_and_phones_together_are_never_more_than_the_people(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        await night.phone_with(58)
        ballot = await ask(night.evening, night.meeting, channels=["paper", "online"])
        await phone.send(f"{ballot}/vote", on=ballot, choice="for")
        await night.paper(ballot, "58")
        count = {"channel": "paper", "count_against": "0", "count_abstain": "0"}

        says = await night["Ada"].send(
            f"{ballot}/count", on=ballot, status=422, fields=count, count_for="151"
        )
        await night["Ada"].send(
            f"{ballot}/count", on=ballot, fields=count, count_for="150"
        )

        assert "151 were counted, more than the 150 in the room" in says


async def test_what_is_present_is_confirmed_anew_at_each_opening(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        await night.write_down("152")

        await ask(night.evening, night.meeting, channels="hands")

        newest = await night.evening.newest_act()
        assert "Present 152" in await night["Ada"].see(f"/confirm/{newest}")


async def test_the_cards_are_printed_by_those_who_run_the_evening_only(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        page = f"{night.meeting}/sheets/cards?cards=57-58"

        sheet = await night["Ada"].http.get(page)
        refused = await night["Eva"].http.get(page)

        assert await night.code(57) in sheet.text
        assert await night.code(58) in sheet.text
        assert sheet.text.count("<svg") == 2
        assert refused.status_code == 403
        assert await night.code(57) not in refused.text


async def test_a_card_of_another_meeting_votes_for_nobody_here(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        here = await night.phone_with(57)
        other = Night(evening=night.evening, meeting=await meet(night.evening))
        await other.write_down("57")
        elsewhere = await other.phone_with(57)
        ballot = await ask(night.evening, night.meeting, channels=["paper", "online"])
        token = await elsewhere.token("/card")

        answer = await elsewhere.http.post(
            f"{ballot}/vote", data={"token": token, "choice": "for", "revision": "1"}
        )

        assert answer.status_code == 403
        assert "Your card is of another meeting" in await elsewhere.see(
            ballot, status=403
        )
        await here.send(f"{ballot}/vote", on=ballot, choice="against")
        assert "You voted: Against" in await here.see(ballot)


async def test_the_pages_of_a_card_lead_nowhere_that_is_for_members_only(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        ballot = await ask(night.evening, night.meeting, channels=["paper", "online"])

        for page in ("/card", ballot, f"{night.meeting}/room", "/stub"):
            links = r'href="(/(?!language/)[^"#]*)"'
            for path in re.findall(links, await phone.open(page)):
                answer = await phone.http.get(path)

                assert answer.status_code in {200, 303}, (page, path)
