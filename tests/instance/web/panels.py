"""A panel of an assembly, led from its question to its draw."""

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from confederation.counting import lot
from instance.desk import Desk
from instance.membership import panels
from instance.store import pools
from tests.instance.house import House
from tests.instance.web.asking import decides
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import (
    Evening,
    Guest,
    an_assembly,
    once,
)

THEIRS = "5eed" * 16
FEATURES = "Age: young, old\nPlace: hill, shore"
SLIPS = "".join(
    f"{'young' if n % 3 else 'old'},{'hill' if n % 2 else 'shore'},,slip {n}\n"
    for n in range(24)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A panel of an assembly; Ada is its clerk."""

    evening: Evening
    page: str

    @property
    def clerk(self) -> Guest:
        return self.evening["Ada"]

    @property
    def id(self) -> str:
        return self.page.rpartition("/")[2]

    async def step(self, step: str, *, status: int = 303) -> str:
        path = f"{self.page}/step"
        return await self.clerk.send(path, on=self.page, status=status, step=step)

    async def send(self, form: str, **fields: str) -> str:
        path = f"{self.page}/{form}"
        return await self.clerk.send(path, on=self.page, fields=fields)

    async def slips(self, text: str, *, status: int = 303) -> str:
        answer = await self.clerk.http.post(
            f"{self.page}/file",
            data={"token": await self.clerk.token(self.page)},
            files={"file": ("slips.csv", io.BytesIO(text.encode()))},
        )
        assert answer.status_code == status, text_of(answer.text)
        return text_of(answer.text)

    async def frozen(self, slips: str = SLIPS) -> None:
        """Fill the pool, with Cleo and Dov in it, and freeze it."""
        if await self.stage() == "question":
            await self.step("open")
        for name in ("Cleo", "Dov"):
            await self.evening[name].send(
                f"{self.page}/join",
                on=self.page,
                fields={"says-0": "young", "says-1": "hill", "household": "12 Mill Ln"},
            )
        await self.slips(f"Age,Place,household,note\n{slips}")
        await self.step("freeze")

    async def stage(self) -> str:
        stage: str = await self.evening.look(
            lambda desk: panels.load(desk, self.id).stage
        )
        return stage

    async def listed(self) -> None:
        if await self.stage() != "pool frozen":
            await self.frozen()
        quotas = {"least-0-0": "2", "most-0-0": "4", "least-1-0": "2", "most-1-0": "4"}
        await self.send("quotas", **quotas)
        await self.send("make")

    async def drawn(self) -> None:
        await self.listed()
        if "balls" in await self.clerk.see(self.page):
            for name in ("Ben", "Cleo"):
                await self.evening[name].send(
                    f"{self.page}/balls", on=self.page, number="7"
                )
            return
        for commitment in await self.untold():
            theirs = commitment == lot.commitment(THEIRS)
            await self.send(
                "tell", commitment=commitment, **({"seed": THEIRS} if theirs else {})
            )

    async def untold(self) -> list[str]:
        page = await self.clerk.open(self.page)
        return re.findall(r'name="commitment" value="([^"]+)"', page)

    async def ticket_of(self, name: str) -> str:
        def look(desk: Desk) -> str:
            place = pools.place_of(desk.connection, self.id, self.evening[name].id)
            assert place is not None
            return place.person.ticket

        ticket: str = await self.evening.look(look)
        return ticket

    async def files(self) -> tuple[bytes, bytes]:
        facts = await self.clerk.http.get(f"{self.page}/draw.json")
        held = await self.clerk.http.get(f"{self.page}/list.json")
        return facts.content, held.content


@asynccontextmanager
async def a_panel(
    house: House, directory: Path, *, how: str = "balls", places: str = "6"
) -> AsyncIterator[Drawing]:
    async with an_assembly(house, directory) as evening:
        ada = evening["Ada"]
        decision = decides(evening, "A forum looks into the pool.")
        page = await ada.send(
            "/panels",
            on="/panels",
            once=await once(ada, "/panels"),
            question="What shall become of the pool?",
            decision=decision.removeprefix("sha256:"),
            places=places,
            features=FEATURES,
            how=how,
        )
        yield Drawing(evening=evening, page=page)
