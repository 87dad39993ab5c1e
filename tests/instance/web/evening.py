"""An evening of one assembly, by the forms that its members send."""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import BrowserContext
from starlette.applications import Starlette

from activitypub import canonical
from activitypub.client import Client
from confederation.identifiers import (
    MemberId,
)
from instance import node as nodes
from instance import web
from instance.config import Config
from instance.desk import Desk
from instance.membership import welcome
from instance.node import Node
from instance.store import people, posts
from instance.store.database import Database
from instance.web.site import Site
from tests.instance.house import NOON, House, a_house, public, signed
from tests.instance.serving import free_port
from tests.instance.web.browsing import GUARD, check, let_in, text_of

TOKEN = re.compile(r'name="token" value="([^"]+)"')
ONCE = re.compile(r'name="once" value="([0-9a-f]+)"')
NAMES = ("Ada", "Ben", "Cleo", "Dov", "Eva")
NO_FIELDS: Mapping[str, str] = MappingProxyType({})
RULES = {
    "text": "We decide together. Nobody is left out.",
    "quorum": "1/3",
    "quorum_of": "present",
    "threshold": "2/3",
    "methods": ["consent", "majority", "qualified", "ranked"],
    "recall_notice": "7 days",
    "emergency_notice": "24 hours",
}


@dataclass(slots=True)
class Clock:
    """A clock that the test turns forward."""

    now: datetime = NOON

    def beat(self) -> float:
        """Give the seconds that pass by it: it is never set, so they agree."""
        return self.now.timestamp()

    def pass_by(self, **span: int) -> None:
        self.now += timedelta(**span)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """One member at their own browser."""

    name: str
    id: MemberId
    http: httpx.AsyncClient

    async def see(self, path: str, *, status: int = 200) -> str:
        """Open a page, make sure that it is whole, and return what it says."""
        return text_of(await self.open(path, status=status))

    async def open(self, path: str, *, status: int = 200) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == status, text_of(answer.text)
        check(answer)
        return answer.text

    async def token(self, path: str) -> str:
        """Return the token for the forms on a page."""
        found = TOKEN.search(await self.open(path))
        assert found is not None
        return found[1]

    async def send(
        self,
        path: str,
        *,
        on: str,
        status: int = 303,
        fields: Mapping[str, str | Sequence[str]] = NO_FIELDS,
        **others: str | Sequence[str],
    ) -> str:
        """Send a form that stands on a page; return where it led, or what it said."""
        token = fields.get("token") or await self.token(on)
        answer = await self.http.post(path, data={**fields, **others, "token": token})
        assert answer.status_code == status, text_of(answer.text)
        if status == 303:
            return answer.headers["location"]
        check(answer)
        return text_of(answer.text)


@dataclass(slots=True, kw_only=True)
class Evening:
    """A node that is being served, its members, and the tellers' keys."""

    house: House
    clock: Clock
    node: Node
    client: Client
    site: Site
    app: Starlette
    guests: dict[str, Guest] = field(default_factory=dict)
    stack: AsyncExitStack

    def __getitem__(self, name: str) -> Guest:
        return self.guests[name]

    @property
    def config(self) -> Config:
        return self.house.config

    async def look(self, job: Any) -> Any:
        return await self.node.look(job)

    async def confirm(self, number: int, *who: str) -> None:
        """Let tellers sign, each on a device of their own, and hand it in."""
        for name in who or ("Ada", "Ben"):
            await self.http_confirm(number, name, name, status=303)

    async def http_confirm(
        self, number: int, name: str, key: str, *, status: int
    ) -> str:
        """Hand in a document that was signed with the key of this or another teller."""
        fetched = await self[name].http.get(f"/confirm/{number}/document")
        document = signed(canonical.read(fetched.content), self.key_of(key))
        page = f"/confirm/{number}"
        return await self[name].send(
            page,
            on=page,
            status=status,
            fields={"token": await self[name].token("/people")},
            signed=canonical.canonical(document).decode(),
        )

    def key_of(self, name: str) -> Ed25519PrivateKey:
        return self.house.tellers[("Ada", "Ben").index(name)]

    async def wait_until(self, page: str, says: str) -> str:
        """Look at a page again and again until it says something."""
        for _ in range(400):
            if says in (shown := await self["Ada"].see(page)):
                return shown
            await asyncio.sleep(0.05)
        raise AssertionError(f"{page} never said {says!r}.")

    async def newest_act(self) -> int:
        """Return the number of the act that was prepared last."""

        def find(desk: Desk) -> int:
            row = desk.connection.execute("select max(id) from act").fetchone()
            return int(row[0])

        return int(await self.look(find))

    async def published(self) -> list[str]:
        """Return the kinds of the entries in our record, in their order."""

        def find(desk: Desk) -> list[str]:
            rows = desk.connection.execute("select type from entry order by seq")
            return [row["type"] for row in rows]

        found: list[str] = await self.look(find)
        return found


@asynccontextmanager
async def an_evening(
    directory: Path, *, names: Sequence[str] = NAMES, port: int = 8001
) -> AsyncIterator[Evening]:
    """Serve a new node to which these people are invited; all of them come in."""
    house = a_house(directory, port=port)
    ids = dict(zip(names, house.members, strict=False))
    with nodes.at_desk(house.config, clock=lambda: NOON) as desk:
        for name in names[2:]:
            ids[name] = welcome.invite(desk, name).member
    async with serving(house, Clock()) as evening:
        for name, id in ids.items():
            evening.guests[name] = await come_in(evening, name, id)
        yield evening


async def prepare(directory: Path) -> House:
    """Found an assembly with its rules, and leave its node at rest, to be copied.

    Its port is its own, so that a copy can be served to browsers by any process.
    """
    async with an_evening(directory, port=free_port()) as evening:
        await found(evening)
        await adopt_rules(evening)
        return evening.house


@asynccontextmanager
async def an_assembly(
    house: House, directory: Path, *, clock: Clock | None = None
) -> AsyncIterator[Evening]:
    """Serve a copy of a prepared node; all its members come in."""
    config = replace(house.config, directory=directory / "node")
    if not config.directory.exists():
        shutil.copytree(house.config.directory, config.directory)
    async with serving(replace(house, config=config), clock or Clock()) as evening:
        names = await evening.look(lambda desk: people.names(desk.connection))
        for id, name in names.items():
            evening.guests[name] = await come_in(evening, name, MemberId(id))
        yield evening


@asynccontextmanager
async def serving(house: House, clock: Clock) -> AsyncIterator[Evening]:
    """Serve a node from its files, as after any start."""
    async with AsyncExitStack() as stack:
        client = Client(GUARD, clock=lambda: clock.now, user_agent="a test")
        await stack.enter_async_context(client)
        database = await stack.enter_async_context(Database(house.config.database))
        # Time passes here: it does not jump, as where somebody sets a clock.
        node = Node(
            house.config,
            database,
            clock=lambda: clock.now,
            beat=clock.beat,
        )
        node.pen = True
        site = web.site_of(node, client, stirred=lambda: None)
        app = Starlette(routes=site.routes, exception_handlers=web.HANDLERS)
        app.state.node = node
        yield Evening(
            house=house,
            clock=clock,
            node=node,
            client=client,
            site=site,
            app=app,
            stack=stack,
        )


async def come_in(evening: Evening, name: str, id: MemberId) -> Guest:
    http = await evening.stack.enter_async_context(
        httpx.AsyncClient(
            transport=httpx.ASGITransport(evening.app, client=("127.0.0.1", 50_000)),
            base_url=evening.config.base,
            headers={
                "accept": "text/html,application/xhtml+xml,*/*;q=0.8",
                "accept-language": "en",
            },
        )
    )
    await let_in(http, evening.node, id)
    return Guest(name=name, id=id, http=http)


@asynccontextmanager
async def listening(evening: Evening) -> AsyncIterator[None]:
    """Let real browsers reach the node at its own address."""
    host, _, port = evening.config.listen.rpartition(":")
    server = uvicorn.Server(
        uvicorn.Config(evening.app, lifespan="off", log_level="error")
    )
    door = socket.create_server((host, int(port)))
    serving = asyncio.create_task(server.serve(sockets=[door]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def hand_over(evening: Evening, name: str, context: BrowserContext) -> None:
    """Let a real browser go on as a guest who has come in."""
    for each in evening[name].http.cookies.jar:
        await context.add_cookies(
            [{"name": each.name, "value": each.value or "", "url": evening.config.base}]
        )


async def found(evening: Evening) -> None:
    """Found the assembly by its form, and confirm it."""
    await evening["Ada"].send(
        "/founding",
        on="/founding",
        name="Harbour Assembly",
        kind="place",
        fields=tellers(evening),
    )
    await evening.confirm(1)


async def adopt_rules(evening: Evening, **changed: Any) -> None:
    """Adopt the first rules by their form, and confirm them."""
    fields = {**RULES, **tellers(evening), **changed}
    await evening["Ada"].send("/rulebook", on="/rulebook", **fields)
    await evening.confirm(await evening.newest_act())


def tellers(evening: Evening) -> dict[str, str]:
    return {
        "teller_1": evening["Ada"].id,
        "key_1": public(evening.key_of("Ada")),
        "teller_2": evening["Ben"].id,
        "key_2": public(evening.key_of("Ben")),
    }


async def ask(
    evening: Evening,
    meeting: str,
    *,
    method: str = "majority",
    channels: str | Sequence[str] = "online",
    status: int = 303,
    **others: str | Sequence[str],
) -> str:
    """Put a text to the vote in a meeting."""
    return await evening["Ada"].send(
        f"{meeting}/ballots",
        on=meeting,
        fields={"about": "text", "text": "We mend it.", "question": "Do we mend it?"},
        method=method,
        channels=channels,
        status=status,
        **others,
    )


async def table_a_motion(evening: Evening, meeting: str, *, by: str = "Cleo") -> str:
    """Draft a motion of one clause and table it."""
    guest = evening[by]
    motion = await guest.send(
        "/motions", on="/motions", title="Dry homes", clause="We mend the roofs."
    )
    id = meeting.removeprefix("/sessions/")
    await guest.send(f"{motion}/table", on=motion, session=id)
    return motion


async def meet(evening: Evening, *, in_room: int | None = None) -> str:
    """Call and open a meeting; where a number is given, two count the room alike."""
    ada = evening["Ada"]
    meeting = await ada.send(
        "/sessions", on="/sessions", title="Damp and cold", kind="assembly"
    )
    await ada.send(f"{meeting}/open", on=meeting)
    if in_room is not None:
        for name in ("Ada", "Ben"):
            await evening[name].send(
                f"{meeting}/count", on=meeting, count=str(in_room), basis="cards"
            )
    return meeting


async def once(guest: Guest, page: str) -> str:
    """Return the id that a form on a page brings."""
    found = ONCE.search(await guest.open(page))
    assert found is not None
    return found[1]


async def stranger(evening: Evening) -> Guest:
    """Return somebody who has not signed in."""
    eva = evening["Eva"]
    eva.http.cookies.clear()
    return eva


async def posts_of_the_clerk(evening: Evening) -> list[str]:
    """Return what the assembly's followers read, the newest first."""

    def look(desk: Desk) -> list[str]:
        rows = posts.newest_objects(desk.connection, most=50)
        return [str(canonical.read(row["body"].encode())["content"]) for row in rows]

    found: list[str] = await evening.look(look)
    return found


async def count_hands(evening: Evening, ballot: str, name: str, **counts: int) -> str:
    """Enter one teller's count of the hands."""
    return await evening[name].send(
        f"{ballot}/count",
        on=ballot,
        channel="hands",
        fields={f"count_{option}": str(n) for option, n in counts.items()},
    )


async def adopted(evening: Evening, motion: str, meeting: str, *voters: str) -> str:
    """Table a draft, freeze it, and let these adopt it; return the ballot's page."""
    ada, id = evening["Ada"], meeting.removeprefix("/sessions/")
    await evening["Cleo"].send(f"{motion}/table", on=motion, session=id)
    await ada.send(f"{motion}/freeze", on=motion)
    ballot = await put(evening, motion, meeting)
    for voter in voters:
        await evening[voter].send(f"{ballot}/vote", on=ballot, choice="for")
    await ada.send(f"{ballot}/close", on=ballot)
    await evening.confirm(await evening.newest_act())
    return ballot


async def put(evening: Evening, motion: str, meeting: str, *, status: int = 303) -> str:
    return await evening["Ada"].send(
        f"{meeting}/ballots",
        on=meeting,
        status=status,
        about="motion",
        id=motion.removeprefix("/motions/"),
        question="Do we?",
        method="majority",
        channels="online",
    )


async def fetched(evening: Evening, path: str) -> str:
    answer = await evening["Eva"].http.get(path)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    return answer.text


async def call(evening: Evening, **fields: str) -> str:
    given = {
        "title": "Damp and cold",
        "kind": "assembly",
        "starts_at": "2026-11-25T19:00:00",
        **fields,
    }
    return await evening["Ada"].send("/sessions", on="/sessions", fields=given)


WAITS = re.compile(r'action="(/people/two/\d+)"')


async def ask_for_code(evening: Evening, name: str) -> str:
    """Let the registrar ask for a new code; return where a second member says yes."""
    path = f"/people/{evening[name].id}/invite"
    await evening["Ada"].send(path, on="/people")
    found = WAITS.search(await evening["Ada"].open("/people"))
    assert found is not None
    return found[1]


STORM = "Nobody works on a roof in a storm."


async def object_to(evening: Evening, motion: str, *, by: str = "Dov") -> str:
    """Raise an objection and return its id."""
    await evening[by].send(f"{motion}/object", on=motion, reason=STORM)
    page = await evening["Eva"].open(motion)
    return page.rpartition('name="objection" value="')[2].partition('"')[0]
