"""Damp housing, the whole chain: story T1 over three nodes, from a door to an answer.

Everything is somebody's form on some page, or a command, over links that lose, repeat,
delay and overtake. Somebody on another server follows it all.
"""

import asyncio
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from activitypub import canonical
from instance.demo import deciding, forging, listening, settling, verifying
from instance.demo.assembly import Assembly
from instance.demo.expecting import until
from instance.demo.page import Page
from instance.demo.stage import FOR
from instance.demo.visitor import Visitor
from tests.second import verify
from tests.story import voting
from tests.story.chain import AMENDED, CONTACT, MENDED, Chain, a_chain

FAULTS = {
    "delay": (0.0, 0.1),
    "loses": 0.05,
    "loses_answers": 0.05,
    "repeats": 0.1,
    "overtakes": 0.05,
}
DAYS_TO_RATIFY = 60
"""In dev mode a day is a second."""
LEAST_OPEN = 40.0
PACE = 0.5
"""How much longer a vote is open than everything took so far, at the least."""
SLOWLY = 240.0
LATE = "No answer by the day we asked for"


async def test_what_was_said_at_doors_is_decided_by_all_asked_for_and_answered(
    tmp_path: Path,
) -> None:
    terms = {"ratify_days": str(DAYS_TO_RATIFY)}
    async with a_chain(tmp_path, seed=1, terms=terms) as chain:
        chain.web.trouble(**FAULTS)
        await listens_and_names_nobody(chain)
        await finds_the_others_and_shares(chain)
        await drafts_one_text(chain)
        await decides_each_in_its_own_way(chain)
        await votes_and_comes_to_one_result(chain)
        await ratifies_or_is_not_bound(chain)
        await asks_and_is_answered(chain)
        await carries_it_out(chain)
        bundles = await hands_out(chain, tmp_path)
        assert all(link.carried for link in chain.web.links())
    # Nobody runs any more: what follows needs no node, and no account.
    for bundle in bundles:
        checks_alone(bundle, chain, tmp_path)


async def listens_and_names_nobody(chain: Chain) -> None:
    story = chain.stage.story

    preview = await chain.raise_issues()

    post = await chain.post_of_the_issue()
    await chain.stage.follower.reply(post, story.follower.reply)
    replied = await chain.a.sees(f"/issues/{chain.stage.issue}", story.follower.reply)

    assert post["type"] == "Note"
    assert f"/issues/{chain.stage.issue}" in str(post["content"])
    assert listening.ELSEWHERE in replied.text
    assert len(story.slip) == 12
    assert sum("damp" in slip.what.lower() for slip in story.slip) == 7
    assert "7 listening slips" in preview.text
    await listening.look_for_leaks(chain.stage)


async def finds_the_others_and_shares(chain: Chain) -> None:
    at_b = await chain.looks_like(chain.b, chain.own["b"])
    at_c = await chain.looks_like(chain.c, chain.own["c"])

    await chain.share()

    assert "Somebody else raised something like this" in at_b.text
    assert "Both speak of:" in at_b.text
    assert "Same theme: Housing" in at_b.text
    assert "Both speak of: walls and windows" in at_c.text
    for each in chain.stage.assemblies:
        page = await each.sees(f"/shared/{chain.stage.issue}", "3 assemblies have this")
        for other in chain.stage.assemblies:
            assert other.name in page.text
        assert chain.stage.story.second.account_why.strip() in page.text
        assert chain.stage.story.third.account_why.strip() in page.text
    # Whoever follows the first sees by a number that the others joined in.
    seen = json.dumps(await chain.posts_seen(), ensure_ascii=False)
    assert "3 assemblies have this" in seen


async def drafts_one_text(chain: Chain) -> None:
    await chain.draft()

    [digest] = await chain.frozen_everywhere()

    assert digest == f"sha256:{chain.frozen}"
    for each in chain.stage.assemblies:
        page = await each.sees(f"/texts/{chain.frozen}", MENDED[-1])
        before = await each.sees(f"/texts/{chain.amended}", AMENDED[-1])
        assert "All have agreed." in page.text
        assert "Answered in the text" in before.text
    await listening.look_for_leaks(chain.stage)


async def decides_each_in_its_own_way(chain: Chain) -> None:
    """Decide by consent, by two thirds and by rank, and bind a delegate to each."""
    stage = chain.stage
    open_for = timedelta(seconds=max(LEAST_OPEN, PACE * stage.so_far))
    await chain.put_to_all(open_for)
    for each in stage.assemblies:
        page = await sees(each, chain.page, "Open for votes")
        assert "Policy: its outcome is ratified by every assembly" in page.text
        assert all(clause in page.text for clause in MENDED)

    await asyncio.gather(
        *(deciding.decide_and_send(stage, each) for each in stage.assemblies)
    )

    on = f"sha256:{stage.proposal}"
    for each, method in zip(
        stage.assemblies, ("consent", "qualified", "majority"), strict=True
    ):
        record = await each.record(each.id)
        [decision] = [
            entry
            for entry in record
            if entry["type"] == "Decision" and entry.get("on") == on
        ]
        assert isinstance(decision["method"], dict)
        assert decision["method"]["name"] == method
        assert decision["rulebook"] in {
            canonical.digest(entry) for entry in record if entry["type"] == "Rulebook"
        }
        published = canonical.canonical(decision).decode()
        assert not any(person.name in published for person in each.people)
    await forging.forge(stage)


async def votes_and_comes_to_one_result(chain: Chain) -> None:
    stage, everyone = chain.stage, [*chain.stage.assemblies]
    await asyncio.gather(*(voting.votes(each, FOR, stage) for each in everyone))
    left = (stage.closes - datetime.now(UTC)).total_seconds()
    pages = await asyncio.gather(
        *(
            settling.settled(stage, at=each, by=everyone, seconds=left + SLOWLY)
            for each in everyone
        )
    )

    await verifying.compare(stage)

    for each, page in zip(everyone, pages, strict=True):
        assert "Adopted" in page.text
        assert "assemblies alone decide" in page.text
        await forging.is_nowhere(stage, each)


async def ratifies_or_is_not_bound(chain: Chain) -> None:
    stage = chain.stage
    await asyncio.gather(
        *(
            sees(each, chain.page, "Adopted, being ratified")
            for each in stage.assemblies
        )
    )

    await asyncio.gather(*(chain.ratify(each) for each in (chain.a, chain.c)))

    ended = await asyncio.gather(
        *(sees(each, chain.page, "Ratified and in force") for each in stage.assemblies)
    )
    for seen in ended:
        assert "2 of 3 have ratified it; 2 were needed." in seen.text
        assert "Bound" in answer_of(chain, seen, chain.a)
        assert "Bound" in answer_of(chain, seen, chain.c)
        said = answer_of(chain, seen, chain.b)
        assert "Not bound" in said
        assert "Lapsed: it did not answer" in said


async def asks_and_is_answered(chain: Chain) -> None:
    everyone = chain.stage.assemblies
    answer_by = datetime.now(UTC) + timedelta(seconds=max(12.0, chain.stage.so_far / 8))
    board = await chain.address(answer_by)
    await chain.follower_reads("We ask The housing authority", "not a legal deadline")
    asked = board.shown
    assert asked is not None
    assert "This is their request, not a legal deadline." in asked.text
    for each in everyone:
        await each.sees(chain.page, "The housing authority")
        page = await each.sees(chain.ask, "Asked, no answer yet")
        assert CONTACT not in page.html

    await answers(board, kind="holding", text="We will write.")
    await chain.follower_reads("A first reply")
    for each in everyone:
        await each.sees(chain.ask, LATE)
    await chain.follower_reads("No answer has come by the day that we asked for.")
    plan = "We inspect the north side."
    await answers(board, kind="partly", heard="The walls are wet.", plan=plan)
    await chain.follower_reads(plan)

    for each in everyone:
        await each.sees(chain.ask, plan)
    for each, verdict in ((chain.a, "partly"), (chain.c, "not accepted")):
        await chain.judges(each, verdict)
    for each in everyone:
        page = await each.sees(
            chain.ask,
            f"{chain.a.name}: Accepted in part",
            f"{chain.c.name}: Not accepted",
        )
        # Whom it does not bind it is not for to judge.
        assert f"{chain.b.name}:" not in page.text
        assert "The answer came after that day" in page.text
    own = await chain.b.clerk.browser.open(chain.ask)
    assert [*own.forms_to(f"{chain.ask}/judge")] == []
    await chain.follower_reads("We accept a part of the answer.")


async def carries_it_out(chain: Chain) -> None:
    """Follow the answer and the result up by actions that every node shows."""
    stage = chain.stage
    what = "Keep a list of who was inspected"
    form = f"/actions/new?ask={chain.ask.rpartition('/')[2]}"
    action = {"effort": "a role", "kind": "looking after", "told": "everyone"}
    await chain.a.clerk.browser.send(form, "/actions", {**action, "what": what})
    await chain.follower_reads(what)

    form = f"/actions/new?result={stage.proposal}"
    refusal = await chain.a.clerk.browser.refused(
        form, "/actions", {**action, "what": "A secret", "told": "members"}
    )
    assert "is for everyone to read" in refusal
    begun = []
    for each, number in ((chain.a, 1), (chain.c, 2)):
        offered = await each.clerk.browser.send(
            form, "/actions", {**action, "what": f"House {number} is inspected"}
        )
        begun.append((each, offered.path))
    for each in stage.assemblies:
        page = await each.sees(
            chain.page, "House 1 is inspected", "House 2 is inspected"
        )
        assert "Carried out." not in page.text
    for each, path in begun:
        await each.clerk.browser.send(path, f"{path}/yes")
        done = {"came_of_it": "The walls are dry."}
        await each.clerk.browser.send(path, f"{path}/done", done)
    for each in stage.assemblies:
        await each.sees(chain.page, "Carried out.", "The walls are dry.")


async def hands_out(chain: Chain, directory: Path) -> list[Path]:
    files = []
    for each in chain.stage.assemblies:
        file = directory / f"{each.story.slug}.bundle"
        file.write_bytes(await each.stranger.download(f"{chain.page}/bundle"))
        files.append(file)
    return files


def checks_alone(bundle: Path, chain: Chain, directory: Path) -> None:
    """Check a bundle by one command where nothing is, and by the second program."""
    compact = f"sha256:{chain.stage.compact}"
    nowhere = directory / f"{bundle.stem}-alone"
    nowhere.mkdir()
    ran = subprocess.run(
        [
            *(sys.executable, "-I", "-m", "instance.cli", "verify"),
            *(str(bundle), "--compact", compact, "--json"),
        ],
        cwd=nowhere,
        env={},
        capture_output=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    report = json.loads(ran.stdout)
    assert report["in_force"] is True
    assert report["bound"] == [chain.a.id, chain.c.id]
    assert [*nowhere.iterdir()] == []
    again = verify.verify(bundle.read_bytes(), compact)
    assert (again["exit"], again["bound"]) == (0, report["bound"])


async def answers(board: Visitor, **said: str) -> None:
    """Answer by the link, which is the page that the authority has before it."""
    assert board.shown is not None
    path = board.shown.path
    await board.send(path, path, said)


async def sees(each: Assembly, path: str, words: str) -> Page:
    """Wait until a page of a node says something, for as long as a window is open."""
    last = ["no page"]

    async def look() -> Page | None:
        page = await each.stranger.look(path)
        last[:] = ["no page" if page is None else page.text]
        return page if page is not None and words in page.text else None

    return await until(
        look,
        f"{each.name} shows “{words}” at {path}.",
        found=lambda: last[0],
        seconds=SLOWLY,
    )


def answer_of(chain: Chain, page: Page, each: Assembly) -> str:
    """Cut out what the page says of one assembly beneath *Whom it binds*."""
    part = page.text.partition("Whom it binds")[2].partition("The result")[0]
    names = "|".join(re.escape(other.name) for other in chain.stage.assemblies)
    found = re.search(
        rf"{re.escape(each.name)}(.*?)(?=\n(?:{names})\b|\Z)", part, re.DOTALL
    )
    assert found is not None, part
    return found[1]
