"""An assembly that has put a decision to somebody outside, and how that goes on."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from activitypub import canonical
from confederation import record
from confederation.identifiers import BallotId, Digest
from instance.desk import Desk
from instance.store import events, posts, records
from tests.instance.house import House
from tests.instance.three import act
from tests.instance.web.browsing import check, text_of
from tests.instance.web.evening import ONCE, TOKEN, Evening, Guest, an_assembly

LINK = re.compile(r"http://127\.0\.0\.1:\d+(/asked/[2-9a-z]{32})")
TAGS = re.compile(r"<[^>]+>")
CONTACT = "housing@council.example"
TEXT = "Mend the roofs of the twelve houses in Quay Lane."


@dataclass(slots=True, kw_only=True)
class Asking:
    """An assembly whose clerk has put a decision to the housing office."""

    evening: Evening
    decision: Digest
    page: str

    @property
    def clerk(self) -> Guest:
        return self.evening["Ada"]

    async def link(self) -> str:
        """Let the clerk make the letter, and return the address that stands in it."""
        html = await post(self.clerk, f"{self.page}/letter", on=self.page)
        found = LINK.search(html)
        assert found is not None
        return found[1]

    async def stranger(self) -> httpx.AsyncClient:
        """Return a browser of somebody who was never here."""
        eva = self.evening["Eva"]
        eva.http.cookies.clear()
        return eva.http

    async def answer(self, link: str, *, status: int = 303, **fields: str) -> str:
        """Answer over a link, as whoever holds it."""
        http = await self.stranger()
        page = await http.get(link)
        assert page.status_code == 200, text_of(page.text)
        check(page)
        sent = {
            "token": found(TOKEN, page.text),
            "once": found(ONCE, page.text),
            "kind": "partly",
            **fields,
        }
        answer = await http.post(link, data=sent)
        assert answer.status_code == status, text_of(answer.text)
        return text_of(answer.text)

    async def judge(self, answer: str, verdict: str, *, stage: str = "waiting") -> str:
        decision = decides(self.evening, f"We find it {verdict}.")
        return await self.clerk.send(
            f"{self.page}/judge",
            on=self.page,
            answer=answer,
            verdict=verdict,
            stage=stage,
            decision=decision.removeprefix("sha256:"),
        )

    async def answers(self) -> list[str]:
        """Return the answers that stand in the record, by the hex of their entries."""

        def look(desk: Desk) -> list[str]:
            rows = records.of_type(desk.connection, "Answer")
            return [row["digest"].removeprefix("sha256:") for row in rows]

        told: list[str] = await self.evening.look(look)
        return told

    async def post(self) -> str:
        """Return what followers read of the ask by now."""

        def look(desk: Desk) -> str:
            digest = self.page.replace("/asks/", "sha256:")
            row = posts.carrier_of(desk.connection, digest)
            assert row is not None
            return str(canonical.read(row["body"].encode())["content"])

        return TAGS.sub(" ", await self.evening.look(look))


def found(pattern: re.Pattern[str], html: str) -> str:
    match = pattern.search(html)
    assert match is not None
    return match[1]


async def post(guest: Guest, path: str, *, on: str) -> str:
    """Send a form that has nothing to fill in; return the page that it leads to."""
    answer = await guest.http.post(path, data={"token": await guest.token(on)})
    assert answer.status_code == 303, text_of(answer.text)
    return await guest.open(answer.headers["location"])


def decides(evening: Evening, text: str) -> Digest:
    """Let the assembly pass a text, confirmed by its tellers."""
    at = evening.clock.now
    with evening.house.desk(at) as desk:
        ballot = BallotId(desk.new_id())
        decision = record.Decision(
            ballot=ballot,
            method=record.Method(name="consent"),
            present=41,
            outcome="passed",
            effective_from=at,
            text_commit=events.keep_wording(desk.connection, text),
        )
    return act(evening.house, decision, subject=ballot, at=at)


@asynccontextmanager
async def asking(harbour: House, directory: Path) -> AsyncIterator[Asking]:
    async with an_assembly(harbour, directory) as evening:
        decision = decides(evening, "The roofs are mended before winter.")
        form = f"/asks/new?decision={decision.removeprefix('sha256:')}"
        ada = evening["Ada"]
        page = await ada.send(
            "/asks",
            on=form,
            once=found(ONCE, await ada.open(form)),
            decision=decision.removeprefix("sha256:"),
            authority="Housing office of the town",
            contact=CONTACT,
            text=TEXT,
            answer_by="2026-12-20T18:00",
        )
        yield Asking(evening=evening, decision=decision, page=page)
