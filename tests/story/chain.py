"""Three communities on three nodes, from slips at a door to what comes of it.

Everything here is somebody's form on some page, over real processes. A chain goes as
far as a test takes it, and can be taken further: `stage` has the nodes, their people
and what came up so far.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from activitypub import canonical, reading
from activitypub.canonical import JsonObject
from instance.demo import founding, proposing
from instance.demo.assembly import Assembly, id_of
from instance.demo.expecting import until
from instance.demo.page import Page
from instance.demo.stage import Stage
from instance.demo.visitor import Upload, Visitor
from tests.links import Web
from tests.story.staged import NOTHING, a_stage

AUTHORITY = "The housing authority"
CONTACT = "letters@housing.example"
LINK = re.compile(r"/asked/[2-9a-z]{32}")
TAGS = re.compile(r"<[^>]+>")
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
    web: Web
    own: dict[str, str] = field(default_factory=dict)
    drafted: str = ""
    amended: str = ""
    objection: str = ""
    frozen: str = ""
    ask: str = ""

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

    # 4. Deciding

    async def put_to_all(self, open_for: timedelta) -> None:
        """Adopt the frozen text at the first, by consent on paper; put it as policy."""
        a, clerk = self.a, self.a.clerk.browser
        text = f"/texts/{self.frozen}"
        await a.meet("What we ask for together")
        # Whoever puts something to the vote is somebody else.
        proposer = a.delegate.browser
        motion = (await proposer.send(text, f"{text}/motion")).path
        await proposer.send(motion, f"{motion}/table", {"session": id_of(a.session)})
        await clerk.send(motion, f"{motion}/freeze")
        ballot = await a.put(
            about="motion",
            id=id_of(motion),
            question="Do we consent to putting this before all three?",
            method="consent",
            channels=["paper"],
        )
        await proposing.consent(self.stage, ballot)
        self.stage.closes = (datetime.now(UTC) + open_for).replace(microsecond=0)
        put = await clerk.send(
            f"{motion}/propose",
            f"{motion}/propose",
            {
                "compact": self.stage.compact,
                "method": "double-majority",
                "kind": "policy",
                "closes_at": f"{self.stage.closes:%Y-%m-%dT%H:%M:%S}",
                "issue": self.stage.issue,
            },
        )
        self.stage.proposal = id_of(put.path)

    @property
    def page(self) -> str:
        """The page of the proposal, on every node."""
        return f"/proposals/{self.stage.proposal}"

    async def ratify(self, assembly: Assembly) -> None:
        """Put the outcome to the meeting that is open, by one press; count hands."""
        asked = await assembly.clerk.browser.send(self.page, f"{self.page}/outcome")
        room = assembly.story.room
        counts = {"for": room - 2, "against": 1, "abstain": 1}
        await assembly.count(asked.path, "hands", counts)
        await assembly.close(asked.path, outcome="Passed")

    # 5. Asking

    async def address(self, answer_by: datetime) -> Visitor:
        """Put it to the authority; return its browser, before the link it was sent."""
        clerk = self.a.clerk.browser
        put = await clerk.send(
            f"/asks/new?result={self.stage.proposal}",
            "/asks",
            {
                "authority": AUTHORITY,
                "contact": CONTACT,
                "text": "Inspect within ten days, and pay for the heating until then.",
                "answer_by": f"{answer_by:%Y-%m-%dT%H:%M:%S}",
            },
        )
        self.ask = put.path
        letter = await clerk.send(self.ask, f"{self.ask}/letter")
        link = LINK.search(letter.html)
        assert link is not None
        board = self.stage.browsers.visitor(AUTHORITY, self.a.node.base)
        await board.open(link[0])
        return board

    async def judges(self, assembly: Assembly, verdict: str) -> None:
        """Let an assembly decide how it finds the answer, and enter the judgement."""
        says = f"We find the answer {verdict}."
        ballot = await assembly.put(
            about="text",
            text=says,
            question="How do we find the answer?",
            method="majority",
            channels=["hands"],
        )
        counts = {"for": assembly.story.room, "against": 0, "abstain": 0}
        await assembly.count(ballot, "hands", counts)
        await assembly.close(ballot, outcome="Passed")
        await assembly.clerk.browser.send(
            self.ask,
            f"{self.ask}/judge",
            {"verdict": verdict, "stage": "implementing", "decision": says},
        )

    # What is seen from elsewhere

    async def read_by_follower(self) -> str:
        """Return all that whoever follows reads by now, without the tags.

        What is announced by its address they fetch, as Mastodon does.
        """
        follower = self.stage.follower
        written = [
            each["object"]
            for kind in ("Create", "Update")
            for each in follower.of_type(kind)
        ]
        posts = [*await self.posts_seen(), *written]
        return " ".join(
            TAGS.sub(" ", str(each.get("content")))
            for each in posts
            if isinstance(each, dict)
        )

    async def follower_reads(self, *words: str) -> None:
        """Wait until whoever follows has read all of these words."""
        last = [""]

        async def look() -> bool | None:
            last[:] = [await self.read_by_follower()]
            return all(word in last[0] for word in words) or None

        await until(look, f"The follower reads {words}.", found=lambda: last[0])

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
async def a_chain(
    directory: Path, *, seed: int = 0, terms: Mapping[str, str] = NOTHING
) -> AsyncIterator[Chain]:
    """Found three assemblies on their own nodes, under one compact; end them after."""
    async with a_stage(directory, seed=seed, terms=terms) as (stage, web):
        await founding.play(stage)
        await stage.follower.follow(stage.a.handle)
        yield Chain(stage=stage, web=web)
