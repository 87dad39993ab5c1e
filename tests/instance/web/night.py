"""An open meeting with cards at the door, for tests of what people do in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from confederation.identifiers import MemberId
from instance.meeting import door
from tests.instance.house import House
from tests.instance.web.evening import Evening, Guest, an_assembly, meet


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """An open meeting with cards out, 1 to 151 by default, as two people agree."""

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
                headers={"accept": "text/html", "accept-language": "en"},
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

    async def write_down(self, text: str, *, status: int = 303) -> str:
        """Let Cleo, who keeps the door, write cards down as handed out."""
        return await self["Cleo"].send(
            f"{self.door}/out", on=self.door, status=status, cards=text
        )

    async def take_back(self, text: str, *, status: int = 303) -> str:
        return await self["Cleo"].send(
            f"{self.door}/back", on=self.door, status=status, cards=text
        )

    async def paper(self, ballot: str, text: str, *, status: int = 303) -> str:
        """Let Cleo write down whose paper goes into the box."""
        return await self["Cleo"].send(
            f"{self.door}/papers",
            on=self.door,
            status=status,
            ballot=ballot.removeprefix("/ballots/"),
            cards=text,
        )


@asynccontextmanager
async def a_night(
    harbour: House, directory: Path, *, cards: int = 151
) -> AsyncIterator[Night]:
    """Serve a copy of a prepared node with an open meeting and so many cards out."""
    opened, meeting = await _opened(harbour, cards)
    async with an_assembly(opened, directory) as evening:
        yield Night(evening=evening, meeting=meeting)


_made: dict[Path, tuple[House, str]] = {}


async def _opened(harbour: House, cards: int) -> tuple[House, str]:
    """Open the meeting once for all who ask for one of the same node."""
    directory = harbour.config.directory.with_name(f"night-of-{cards}")
    if directory not in _made:
        async with an_assembly(harbour, directory) as evening:
            night = Night(evening=evening, meeting=await meet(evening))
            await night.write_down(f"1–{cards}")
            await night["Ben"].send(
                f"{night.door}/count", on=night.door, count=str(cards)
            )
            _made[directory] = evening.house, night.meeting
    return _made[directory]


async def draw(night: Night, number: int = 1) -> None:
    where = f"{night.meeting}/tables"
    await night["Ada"].send(where, on=where, draw=str(number), size="8")
