"""Three communities on three nodes, from slips at a door to a text in common.

Everything here is somebody's form on some page, over real processes. A chain goes as
far as a test takes it, and can be taken further: `stage` has the nodes, their people
and what came up so far.
"""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from activitypub import canonical, reading
from activitypub.canonical import JsonObject
from instance import demo
from instance.demo import founding, manuscript, nodes
from instance.demo.assembly import Assembly, id_of
from instance.demo.expecting import until
from instance.demo.page import Page
from instance.demo.stage import Stage
from instance.demo.telling import Telling
from instance.demo.visitor import Upload

OWN_ISSUES = {
    "b": {
        "title": "Mould in the towers",
        "what": "Black walls and wet clothes, and children who are coughing.",
        "theme": "Housing",
    },
    "c": {
        "title": "Cold flats",
        "what": "The walls run with water and the windows rot; the heating fails.",
        "theme": "housing",
    },
}
CLAUSES = (
    "The landlord inspects every home that reports damp within ten working days.",
    "Each household gets a date for the repair, in writing.",
)
AMENDED = (*CLAUSES, "Until it is repaired, the rent of the household is a fifth less.")
MENDED = (*CLAUSES, "Until it is repaired, the landlord pays for the heating.")


@dataclass(kw_only=True)
class Chain:
    """The story as far as it has gone. Digests are in hex, as pages name them."""

    stage: Stage
    own: dict[str, str] = field(default_factory=dict)
    drafted: str = ""
    amended: str = ""
    objection: str = ""
    frozen: str = ""

    @property
    def a(self) -> Assembly:
        return self.stage.a

    @property
    def b(self) -> Assembly:
        return self.stage.b

    @property
    def c(self) -> Assembly:
        return self.stage.c

    # 1. Listening

    async def raise_issues(self) -> Page:
        """Raise one issue at each; at the first from slips. Return its preview."""
        story, clerk = self.stage.story, self.a.clerk.browser
        for name, each in (("b", self.b), ("c", self.c)):
            self.own[name] = await self._raise(each, OWN_ISSUES[name])
        slips = Upload(name="slips.csv", content=story.slips_file(), kind="text/csv")
        await clerk.send("/slips", "/slips", files={"slips": slips})
        found = await clerk.open("/slips?q=damp")
        [group] = found.forms_to("/issues/new")
        numbers = [*group.fields["slip"].options]
        form = await clerk.submit(found, "/issues/new", {"slip": numbers})
        words = {
            "title": story.issue.title,
            "what": story.issue.what,
            "why": story.issue.why,
            "theme": story.issue.theme,
        }
        preview = await clerk.submit(form, "/issues/preview", words)
        raised = await clerk.submit(preview, "/issues")
        self.stage.issue = id_of(raised.path)
        return preview

    async def _raise(self, assembly: Assembly, words: dict[str, str]) -> str:
        clerk = assembly.clerk.browser
        form = await clerk.open("/issues/new")
        preview = await clerk.submit(form, "/issues/preview", words)
        return id_of((await clerk.submit(preview, "/issues")).path)

    async def looks_like(self, assembly: Assembly, own: str) -> Page:
        """Wait until the page of an issue shows the one of the first assembly."""
        return await assembly.sees(f"/issues/{own}", self.stage.story.issue.title)

    # 2. Sharing

    async def share(self) -> None:
        """Have the other two say *we have this too*, each in its own words."""
        story = self.stage.story
        said = (
            (self.b, "b", story.second.account, story.second.account_why),
            (self.c, "c", story.third.account, story.third.account_why),
        )
        for assembly, name, account, why in said:
            path = f"/issues/{self.stage.issue}/share"
            await assembly.delegate.browser.send(
                f"{path}?own={self.own[name]}", path, {"account": account, "why": why}
            )
        for each in self.stage.assemblies:
            for _, _, account, _ in said:
                await each.sees(f"/shared/{self.stage.issue}", account)

    # 3. Drafting

    async def draft(self) -> None:
        """Draft at the first, amend at the second, object at the third, and freeze."""
        texts = f"/shared/{self.stage.issue}/texts"
        page = await self.a.clerk.browser.send(
            texts,
            texts,
            {
                "title": self.stage.story.motion.title,
                "clause": [*CLAUSES],
                "among": self._among(),
            },
        )
        self.drafted = id_of(page.path)
        self.amended = await self._amend(self.b, self.drafted, AMENDED)
        await self._says(self.a, self.amended, "take-in")
        await self._says(
            self.c,
            self.amended,
            "object",
            reason="Who pays less by the week can be given notice.",
        )
        await self.a.sees(f"/texts/{self.amended}", "can be given notice")
        form = await self.a.clerk.browser.open(f"/texts/{self.amended}")
        [testing] = form.forms_to(f"/texts/{self.amended}/test")
        self.objection = testing.fields["objection"].value[0]
        await self._says(self.a, self.amended, "test", valid="9", not_valid="2")
        await self.b.sees(f"/texts/{self.amended}", "9 found it valid, 2 did not")
        self.frozen = await self._amend(
            self.b, self.amended, MENDED, answers=[self.objection]
        )
        for each in (self.c, self.a, self.b):
            await self._says(each, self.frozen, "agree")

    def _among(self) -> list[str]:
        return [each.id.removeprefix("sha256:") for each in self.stage.assemblies]

    async def _amend(
        self,
        assembly: Assembly,
        digest: str,
        clauses: tuple[str, ...],
        **more: str | list[str],
    ) -> str:
        path = f"/texts/{digest}"
        await assembly.sees(path, clauses[0])
        page = await assembly.clerk.browser.send(
            path,
            f"{path}/amend",
            {**more, "clause": [*clauses], "why": "It is better so."},
        )
        return id_of(page.path)

    async def _says(
        self, assembly: Assembly, digest: str, what: str, **fields: str
    ) -> None:
        """Say something of a version, once it has arrived and can be said."""
        path, browser = f"/texts/{digest}", assembly.clerk.browser

        async def ready() -> bool | None:
            page = await browser.look(path)
            found = page is not None and bool(page.forms_to(f"{path}/{what}"))
            return found or None

        await until(ready, f"{assembly.name} can say {what!r} of {digest[:8]}.")
        await browser.send(path, f"{path}/{what}", fields)

    async def frozen_everywhere(self) -> set[str]:
        """Wait until all three show it as frozen; work its digest out at each."""
        path, digests = f"/texts/{self.frozen}", set()
        for each in self.stage.assemblies:
            await each.sees(path, "Frozen: the same text everywhere")
            held = canonical.read(await each.stranger.download(f"{path}/mandate.json"))
            version = held["version"]
            assert isinstance(version, dict)
            digests.add(canonical.digest(version))
        return digests

    # What is seen from elsewhere

    async def posts_seen(self) -> list[JsonObject]:
        """Return what whoever follows the first assembly got from it."""
        follower = self.stage.follower
        announced = (
            reading.id_of(e.get("object")) for e in follower.of_type("Announce")
        )
        return [await follower.fetch(id) for id in announced if id is not None]

    async def post_of_the_issue(self) -> JsonObject:
        """Wait until whoever follows the first assembly has got its issue as a post."""
        title = self.stage.story.issue.title

        async def look() -> JsonObject | None:
            found = await self.posts_seen()
            return next((each for each in found if title in str(each)), None)

        return await until(look, "The issue arrives as a post.")


@asynccontextmanager
async def a_chain(directory: Path) -> AsyncIterator[Chain]:
    """Found three assemblies on their own nodes, under one compact; end them after."""
    told = Telling(Console(file=io.StringIO()))
    ports = nodes.choose_ports(())
    with nodes.Nodes() as running:
        async with demo.set_stage(
            manuscript.read(None), directory, ports, told, running
        ) as stage:
            await founding.play(stage)
            await stage.follower.follow(stage.a.handle)
            yield Chain(stage=stage)
