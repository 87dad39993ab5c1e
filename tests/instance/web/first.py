"""A first evening on one laptop, by its pages."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from instance import config, node
from instance.desk import Desk
from instance.meeting import starting
from instance.store import people
from tests.instance.house import NOON, House
from tests.instance.web.evening import (
    Clock,
    Evening,
    Guest,
    come_in,
    serving,
)

CODE = re.compile(r'<p class="sheetcode">([a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4})</p>')
RULES = "We begin.\n\nWe go on."


@dataclass(slots=True, kw_only=True)
class First:
    """A first evening on one laptop, with two sheets of paper on the table."""

    evening: Evening
    ada: Guest
    codes: list[str] = field(default_factory=list)

    @property
    def ben(self) -> str:
        return self.codes[1]

    async def meeting(self) -> str:
        def find(desk: Desk) -> str:
            return next(iter(node.load_all(desk, "session")))

        return f"/sessions/{await self.evening.look(find)}"

    async def published(self) -> list[str]:
        """Return the kinds of the entries in the record, but for counts of members."""
        kinds = await self.evening.published()
        return [kind for kind in kinds if kind != "MemberCount"]

    async def print_sheets(self) -> None:
        page = await self.ada.http.get("/sheets/tellers")
        self.codes = CODE.findall(page.text)
        assert len(set(self.codes)) == 2

    async def begin(self, *, status: int = 303, **changed: str) -> str:
        page = await self.ada.open("/first")
        second = re.search(r'name="second" value="([^"]+)"', page)
        assert second is not None
        fields = {"code_1": self.codes[0], "code_2": self.codes[1]}
        return await self.ada.send(
            "/first/begin",
            on="/first",
            status=status,
            fields={"second": second[1], **fields, **changed},
        )

    async def hand_out(self, cards: int) -> None:
        door = f"{await self.meeting()}/door"
        await self.ada.send(f"{door}/out", on=door, cards=f"1–{cards}")
        await self.ada.send(
            f"{door}/count", on=door, count=str(cards), sheet_code=self.ben
        )

    async def put_rules(self) -> str:
        await self.ada.send("/first/rules", on="/first", text=RULES)
        found = re.search(r'href="(/ballots/[^"]+)"', await self.ada.open("/first"))
        assert found is not None
        return found[1]

    async def count(self, ballot: str, for_: int, against: int, **more: str) -> None:
        await self.ada.send(
            f"{ballot}/count",
            on=ballot,
            fields={"channel": "hands", "count_for": str(for_), **more},
            count_against=str(against),
            count_abstain="0",
        )

    async def confirm_all(self, code: str, *, status: int = 303) -> str:
        waiting = re.findall(
            r'name="act" value="(\d+)"', await self.ada.open("/confirm")
        )
        return await self.ada.send(
            "/confirm/by-sheet",
            on="/confirm",
            status=status,
            act=waiting,
            sheet_code=code,
        )


@asynccontextmanager
async def a_first_evening(
    directory: Path, *, port: int = 8001, language: str = "en"
) -> AsyncIterator[First]:
    settings = config.Config(
        directory=directory / "node",
        slug="harbour",
        listen=f"127.0.0.1:{port}",
        language=language,
    )
    starting.prepare(
        settings,
        name="Harbour",
        organiser="Ada",
        second="Ben",
        about="Damp",
        clock=lambda: NOON,
    )
    house = House(config=settings, members=(), tellers=())
    async with serving(house, Clock()) as evening:
        names = await evening.look(lambda desk: people.names(desk.connection))
        id = next(id for id, name in names.items() if name == "Ada")
        evening.guests["Ada"] = await come_in(evening, "Ada", id)
        first = First(evening=evening, ada=evening["Ada"])
        await first.print_sheets()
        yield first
