"""Three real nodes: two assemblies ratify, one lets it lapse and is not bound.

Each act is somebody's form on a page, or a command; nothing knows the node's insides.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from instance import demo
from instance.demo import electing, founding, manuscript, nodes
from instance.demo.assembly import Assembly, id_of
from instance.demo.expecting import until
from instance.demo.nodes import Nodes
from instance.demo.page import Page
from instance.demo.stage import FOR, Stage
from instance.demo.telling import Telling
from tests.instance.serving import folkmoot

VOTING = timedelta(seconds=75)
DAYS_TO_RATIFY = 120
"""In dev mode a day is a second."""
PATIENCE = 240.0


async def test_two_ratify_one_lapses_and_is_shown_not_bound(tmp_path: Path) -> None:
    async with three_assemblies(tmp_path) as stage:
        await join(stage)
        await put_to_all(stage)
        await asyncio.gather(*(send_and_vote(stage, e) for e in stage.assemblies))
        page = f"/proposals/{stage.proposal}"
        await asyncio.gather(
            *(sees(each, page, "Adopted, being ratified") for each in stage.assemblies)
        )

        await asyncio.gather(*(ratify(each, page) for each in (stage.a, stage.c)))
        ended = await asyncio.gather(
            *(sees(each, page, "Ratified and in force") for each in stage.assemblies)
        )

        for seen in ended:
            assert "2 of 3 have ratified it; 2 were needed." in seen.text
            said = {
                each.name: answer_of(seen, each, stage) for each in stage.assemblies
            }
            assert "Bound" in said[stage.a.name]
            assert "Bound" in said[stage.c.name]
            assert "Not bound" in said[stage.b.name]
            assert "Lapsed: it did not answer" in said[stage.b.name]
        for each in stage.assemblies:
            data = await each.stranger.download(f"{page}/bundle")
            file = tmp_path / f"{each.story.slug}.bundle"
            file.write_bytes(data)
            told = folkmoot(
                *("verify", str(file), "--json"),
                *("--compact", f"sha256:{stage.compact}"),
                check=False,
            )
            report = json.loads(told.stdout)
            assert told.returncode == 0, report
            assert report["in_force"] is True
            assert report["bound"] == [stage.a.id, stage.c.id]


@asynccontextmanager
async def three_assemblies(directory: Path) -> AsyncIterator[Stage]:
    """Serve three nodes of three assemblies that were founded in a session each."""
    tell = Telling(Console(quiet=True))
    with Nodes() as running:
        async with demo.set_stage(
            manuscript.read(None), directory, nodes.choose_ports(()), tell, running
        ) as stage:
            await asyncio.gather(
                *(each.set_up(stage.browsers, stage.keys) for each in stage.assemblies)
            )
            await asyncio.gather(
                *(each.found(founding.RULEBOOK) for each in stage.assemblies)
            )
            yield stage


async def join(stage: Stage) -> None:
    """Draft a compact with a long window, and let all three join it."""
    drafted = await stage.a.clerk.browser.send(
        "/compacts/new",
        "/compacts",
        {
            "addresses": "\n".join([stage.b.group, stage.c.group]),
            "purpose": stage.story.compact.purpose,
            "ratify_days": str(DAYS_TO_RATIFY),
        },
    )
    stage.compact = id_of(drafted.path)
    address = f"{stage.a.node.base}/compacts/{stage.compact}"
    for each in (stage.b, stage.c):
        await each.clerk.browser.send(
            "/compacts/new", "/compacts/learn", {"address": address}
        )

    async def joins(each: Assembly) -> None:
        ballot = await each.agree(
            about="compact", id=stage.compact, question="Do we join this compact?"
        )
        path = f"/compacts/{stage.compact}/join"
        await each.clerk.browser.send(path, path, {"ballot": id_of(ballot)})

    await asyncio.gather(*(joins(each) for each in stage.assemblies))
    for each in stage.assemblies:
        await sees(each, f"/compacts/{stage.compact}", "In force")


async def put_to_all(stage: Stage) -> None:
    """Adopt a motion at the first assembly, and put it to all as policy."""
    a = stage.a
    member, clerk = a.delegate.browser, a.clerk.browser
    drafted = await member.send(
        "/motions",
        "/motions",
        {"title": "Lend dryers", "clause": ["We lend each other dryers."]},
    )
    motion = drafted.path
    await member.send(motion, f"{motion}/table", {"session": id_of(a.session)})
    await clerk.send(motion, f"{motion}/freeze")
    await a.agree(about="motion", id=id_of(motion), question="Do we adopt it?")
    path = f"{motion}/propose"
    closes = (datetime.now(UTC) + VOTING).replace(microsecond=0)
    put = await clerk.send(
        path,
        path,
        {
            "compact": stage.compact,
            "method": "majority-of-assemblies",
            "kind": "policy",
            "closes_at": f"{closes:%Y-%m-%dT%H:%M:%S}",
        },
    )
    stage.proposal = id_of(put.path)
    for each in stage.assemblies:
        page = await sees(each, f"/proposals/{stage.proposal}", "Open for votes")
        assert "Policy: its outcome is ratified by every assembly" in page.text


async def send_and_vote(stage: Stage, each: Assembly) -> None:
    """Decide on the text, elect a delegate, bind them, and have them vote."""
    ballot = await each.agree(
        about="proposal", id=stage.proposal, question="Do we say yes to this text?"
    )
    await electing.elect(each, compact=stage.compact)
    await electing.mandate(
        each,
        each.delegate,
        compact=stage.compact,
        proposal=stage.proposal,
        ballot=ballot,
        must=FOR,
    )
    form = f"/proposals/{stage.proposal}/vote"
    await each.delegate.browser.send(form, form, {"choice": FOR})


async def ratify(each: Assembly, page: str) -> None:
    """Put the outcome to the meeting that is open, by one press, and count hands."""
    asked = await each.clerk.browser.send(page, f"{page}/outcome")
    room = each.story.room
    await each.count(asked.path, "hands", {"for": room - 2, "against": 1, "abstain": 1})
    await each.close(asked.path, outcome="Passed")


async def sees(each: Assembly, path: str, words: str) -> Page:
    """Wait until a page of a node says something, for a stranger."""
    last: list[str] = []

    async def look() -> Page | None:
        page = await each.stranger.look(path)
        last[:] = [] if page is None else [page.text]
        return page if page is not None and words in page.text else None

    return await until(
        look,
        f"{each.name} shows “{words}” at {path}.",
        found=lambda: last[0] if last else "no page",
        seconds=PATIENCE,
    )


def answer_of(page: Page, each: Assembly, stage: Stage) -> str:
    """Cut out what the page says of one assembly beneath *Whom it binds*."""
    part = page.text.partition("Whom it binds")[2].partition("The result")[0]
    names = "|".join(re.escape(other.name) for other in stage.assemblies)
    found = re.search(
        rf"{re.escape(each.name)}(.*?)(?=\n(?:{names})\b|\Z)", part, re.DOTALL
    )
    assert found is not None, part
    return found[1]
