"""At the door: a range is typed, cards vote on phones, and nobody has two ballots."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from confederation import door as cards
from confederation import session
from confederation.identifiers import MemberId
from instance import door, node
from instance.desk import Desk
from tests.instance.house import House
from tests.instance.web.evening import Evening, Guest, an_assembly, ask, meet


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """An open meeting with cards 1 to 151 out, as two people agree."""

    evening: Evening
    meeting: str

    def __getitem__(self, name: str) -> Guest:
        return self.evening[name]

    @property
    def id(self) -> str:
        return self.meeting.removeprefix("/sessions/")

    @property
    def door(self) -> str:
        return f"{self.meeting}/door"

    async def code(self, card: int) -> str:
        found: str = await self.evening.look(
            lambda desk: door.code(desk, self.id, card)
        )
        return found

    async def phone(self) -> Guest:
        """Take out a phone that nobody has signed in on."""
        http = await self.evening.stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(
                    self.evening.app, client=("127.0.0.1", 50_000)
                ),
                base_url=self.evening.config.base,
                headers={"accept": "text/html"},
            )
        )
        return Guest(name="", id=MemberId(""), http=http)

    async def phone_with(self, card: int) -> Guest:
        """Sign in on a phone by a card."""
        phone = await self.phone()
        await phone.send(
            "/card", on="/card", card=str(card), code=await self.code(card)
        )
        return phone

    async def write_down(self, text: str) -> None:
        def job(desk: Desk) -> None:
            given = session.HandOutCards(
                cards=cards.read(text), by=self["Cleo"].id, at=desk.now
            )
            node.perform(desk, f"session:{self.id}", given)

        await self.evening.node.work(job)


@asynccontextmanager
async def a_night(harbour: House, directory: Path) -> AsyncIterator[Night]:
    async with an_assembly(harbour, directory) as evening:
        night = Night(evening=evening, meeting=await meet(evening))
        await night.write_down("1–151")
        await night["Ben"].send(
            f"{night.meeting}/count", on=night.meeting, count="151", basis="cards"
        )
        yield night


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


async def test_a_card_does_nothing_that_members_do(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone_with(57)
        token = await phone.token("/card")

        for path in ("/people", "/motions", f"{night.meeting}/count"):
            answer = await phone.http.post(path, data={"token": token})

            assert answer.status_code == 403, path


async def test_a_card_that_came_back_signs_its_phone_out(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        phone = await night.phone_with(57)

        def give_back(desk: Desk) -> None:
            back = session.TakeBackCards(
                cards=cards.read("57"), by=night["Cleo"].id, at=desk.now
            )
            node.perform(desk, f"session:{night.id}", back)

        await night.evening.node.work(give_back)

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


async def test_a_question_for_phones_alone_waits_until_nobody_raises_a_card(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        says = await ask(night.evening, night.meeting, channels="online", status=409)

        assert "opens for the room as well" in says
