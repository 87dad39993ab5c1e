"""An assembly does what its people do: each act is somebody's form on some page."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from activitypub import canonical
from activitypub.canonical import JsonObject
from instance.demo.expecting import Failed, expect, until
from instance.demo.nodes import Node, do
from instance.demo.page import Page
from instance.demo.person import Person, ways_in
from instance.demo.story import Community
from instance.demo.visitor import Browsers, Fields, Visitor

METHODS: Final = ("consent", "majority", "qualified", "ranked")
QUORUM: Final = "1/4"


@dataclass(slots=True, kw_only=True)
class Assembly:
    """One of the three: its part of the story, its node, and its people in order."""

    story: Community
    node: Node
    stranger: Visitor
    quorum: str = QUORUM
    people: list[Person] = field(default_factory=list)
    id: str = ""
    session: str = ""

    @property
    def name(self) -> str:
        return self.story.name

    @property
    def group(self) -> str:
        """The address of the assembly's actor."""
        return f"{self.node.base}/g/{self.story.slug}"

    @property
    def handle(self) -> str:
        return f"@{self.story.slug}@{self.node.domain}"

    @property
    def clerk(self) -> Person:
        """Whoever set the node up: they hold every office at first."""
        return self.people[0]

    @property
    def tellers(self) -> tuple[Person, Person]:
        return self.people[1], self.people[2]

    @property
    def delegate(self) -> Person:
        return self.people[3]

    @property
    def alternate(self) -> Person:
        return self.people[4]

    # The node

    async def set_up(self, browsers: Browsers, keys: Path) -> None:
        """Make the node, serve it, let the people in; two of them make their keys."""
        directory = str(self.node.directory)
        first, second, *others = self.story.people
        printed = await do(
            *("init", directory, "--assembly", self.story.slug),
            *("--name", self.name, "--domain", self.node.domain),
            *("--dev", "--organiser", first),
        )
        self._let_in(browsers, first, printed)
        self._let_in(browsers, second, await do("member", "add", directory, second))
        await self.node.start(self.stranger.browser)
        await self.clerk.come_in()
        for name in others:
            page = await self.clerk.browser.send("/people", "/people", {"name": name})
            self._let_in(browsers, name, page.html)
        for teller in self.tellers:
            self.give_key(teller, keys)
        await asyncio.gather(*(each.come_in() for each in self.people[1:]))

    def give_key(self, person: Person, keys: Path) -> None:
        """Have a person make a key of their own, in a file that is theirs."""
        number = self.people.index(person)
        person.make_key(keys / self.story.slug / f"{number}-{slug(person.name)}.key")

    def _let_in(self, browsers: Browsers, name: str, shown: str) -> None:
        link, code = ways_in(shown, whose=name)
        self.people.append(
            Person(
                name=name,
                browser=browsers.visitor(name, self.node.base),
                link=link,
                code=code,
            )
        )

    def moved_to(self, port: int) -> None:
        """Have everybody look for the assembly at its new address."""
        self.node.port = port
        for visitor in (self.stranger, *(each.browser for each in self.people)):
            visitor.base = self.node.base

    # Beginning

    async def found(self, rulebook: str) -> None:
        """Found the assembly, and adopt its rules in its first session."""
        tellers: dict[str, str] = {}
        for number, teller in enumerate(self.tellers, 1):
            tellers[f"teller_{number}"] = teller.name
            tellers[f"key_{number}"] = teller.public_key
        await self.clerk.browser.send(
            "/founding",
            "/founding",
            {"name": self.name, "kind": "place", **tellers},
        )
        await self.confirm()
        actor = await self.stranger.document(self.group)
        log = actor.get("assemblyLog")
        id = log.get("assembly") if isinstance(log, dict) else None
        expect(
            f"{self.name} is founded: its actor names its record.",
            holds=isinstance(id, str),
            found=log,
        )
        self.id = str(id)
        await self.meet("Our first evening")
        await self.clerk.browser.send(
            "/rulebook",
            "/rulebook",
            {
                "text": rulebook,
                "quorum": self.quorum,
                "quorum_of": "present",
                "threshold": "2/3",
                "methods": list(METHODS),
                "recall_notice": "1 day",
                "emergency_notice": "1 second",
                "report_patience": "1 second",
                **tellers,
            },
        )
        await self.confirm()

    async def confirm(self) -> None:
        """Have both tellers sign, outside the node, whatever waits for them."""
        await asyncio.gather(*(self._confirm(teller) for teller in self.tellers))

    async def _confirm(self, teller: Person) -> None:
        waiting = await teller.browser.open("/confirm")
        for path in waiting.paths("/confirm/"):
            page = await teller.browser.open(path)
            if any(page.forms_to(path)):
                await teller.sign_at(f"{path}/document", path)

    # Meeting

    async def meet(self, title: str, *, online: Sequence[Person] = ()) -> None:
        """Close the session before, call and open a new one, and count who is there.

        Two tellers count the room alike; ``online`` are those who check in by name.
        """
        browser = self.clerk.browser
        if self.session:
            await browser.send(self.session, f"{self.session}/close")
        notice = {
            "title": title,
            "kind": "assembly",
            "starts_at": "",
            "place": self.story.place,
        }
        called = await browser.send("/sessions", "/sessions", notice)
        session = self.session = called.path
        await browser.send(session, f"{session}/open")
        await asyncio.gather(
            *(each.browser.send(session, f"{session}/check-in") for each in online)
        )
        for teller in self.tellers:
            await teller.browser.send(
                session,
                f"{session}/count",
                {"count": str(self.story.room), "basis": "cards"},
            )
        await self.confirm()

    async def put(self, **question: str | list[str]) -> str:
        """Put a question to the vote in the session; return the page of its ballot."""
        action = f"{self.session}/ballots"
        page = await self.clerk.browser.send(self.session, action, question)
        return page.path

    async def count(self, ballot: str, channel: str, counts: Mapping[str, int]) -> None:
        """Have both tellers enter what they counted in the room, and see it agreed."""
        for teller in self.tellers:
            await self.enter(teller, ballot, channel, counts)

    async def enter(
        self, teller: Person, ballot: str, channel: str, counts: Mapping[str, int]
    ) -> Page:
        """Enter what one teller counted."""
        fields: Fields = {
            "channel": channel,
            **{f"count_{option}": str(number) for option, number in counts.items()},
        }
        return await teller.browser.send(ballot, f"{ballot}/count", fields)

    async def count_rankings(self, ballot: str, lines: Iterable[str]) -> None:
        """Have both tellers enter the rankings that they read off the papers."""
        fields = {"channel": "paper", "papers": "\n".join(lines)}
        for teller in self.tellers:
            await teller.browser.send(ballot, f"{ballot}/count", fields)

    async def close(self, ballot: str, *, outcome: str = "") -> Page:
        """Close a ballot, have its decision confirmed, and see how it came out."""
        page = await self.clerk.browser.send(ballot, f"{ballot}/close")
        await self.confirm()
        expect(
            f"The ballot at {self.name} comes out as: {outcome or 'anything'}.",
            holds=outcome.lower() in page.text.lower(),
            found=page.text,
        )
        return page

    async def agree(self, **question: str | list[str]) -> str:
        """Decide on something that nobody is against, by hands; return the ballot."""
        ballot = await self.put(method="majority", channels=["hands"], **question)
        counts = {"for": self.story.room - 1, "against": 0, "abstain": 1}
        await self.count(ballot, "hands", counts)
        await self.close(ballot)
        return ballot

    # Together with others

    async def sees(self, path: str, *words: str) -> Page:
        """Wait until a page is there, for a stranger, and says all of these words."""
        last: list[Page] = []

        async def look() -> Page | None:
            page = await self.stranger.look(path)
            if page is None:
                return None
            last[:] = [page]
            return page if all(word in page.text for word in words) else None

        def found() -> str:
            return last[0].text if last else "there is no such page"

        wanted = ", ".join(f"“{word}”" for word in words) or "something"
        return await until(
            look, f"{self.name} shows {wanted} at {self.node.base}{path}.", found=found
        )

    # What any peer may ask

    async def record(self, id: str) -> list[JsonObject]:
        """Read the record of an assembly as this one's node holds it."""
        hexadecimal = id.removeprefix("sha256:")
        lines = await self.stranger.download(f"/log/{hexadecimal}/entries")
        return [canonical.read(line) for line in lines.splitlines() if line]

    async def newest_in_record(self, kind: str) -> JsonObject:
        """Return the newest entry of a kind in the assembly's own record.

        Raises:
            Failed: there is none.
        """
        for entry in reversed(await self.record(self.id)):
            if entry.get("type") == kind:
                return entry
        raise Failed(f"The record of {self.name} holds a {kind}.", "there is none")


def slug(name: str) -> str:
    """Write a name as part of a file's name."""
    return "-".join(re.findall(r"\w+", name.lower()))


def id_of(path: str) -> str:
    """Return the id at the end of a page's address.

    Raises:
        Failed: there is none.
    """
    id = path.rstrip("/").rpartition("/")[2]
    if not id:
        raise Failed("The page has an id in its address.", path)
    return id
