"""Recall, and the limits of a mandate: story T2 over three running nodes, line by line.

Everything is done by the forms of the pages, as people do, or by signed HTTP, as the
delegate does who goes past them. The links between the nodes are cut where the story
says that a vote reached too few.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from activitypub import canonical
from activitypub.canonical import JsonObject
from instance.demo import electing, founding, proposing
from instance.demo.assembly import Assembly, id_of
from instance.demo.expecting import until
from instance.demo.page import Page
from instance.demo.person import Person
from instance.demo.stage import AGAINST, FOR, Stage
from instance.demo.voting import seat_on
from tests.links import Web
from tests.story import voting
from tests.story.staged import Clock, Fronted, a_stage

STORY = Path(__file__).parent / "late-bus.toml"
OPEN = timedelta(minutes=30)
"""How long a vote is open; the clock is set forward once all is done in it."""
SETTLES = 120.0
NOTHING: Mapping[str, str | list[str]] = {}
BOUNDS: Mapping[str, str | list[str]] = {
    "may": [FOR, "abstain"],
    "least-1-pounds": "1000",
    "most-1-pounds": "1500",
}


async def test_a_delegate_is_bound_recalled_and_held_to_account(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    async with a_stage(tmp_path, STORY, seed=2, clock=clock) as (stage, web):
        await founding.play(stage)
        await plays(stage, web, clock)


async def plays(stage: Stage, web: Web, clock: Clock) -> None:
    a, b, c = stage.assemblies
    closes = await _puts_the_first_text(stage, clock)

    # T2.1: a signed vote past the form, against what the mandate says.
    await voting.votes(b, AGAINST, stage)
    await voting.goes_past_the_form(stage, b, FOR)
    for each in stage.assemblies:
        page = await each.sees(
            f"/proposals/{stage.proposal}", "Counted by nobody: outside mandate"
        )
        seat = seat_on(page, stage, b)
        assert "The instruction: must choose" in seat, seat
        assert "Against" in seat
    told = await b.tellers[0].browser.open("/today")
    assert "A vote was signed for us past our mandate" in told.text
    for each in stage.assemblies:
        filed = await _filed(each, b.id)
        assert [vote["choice"] for vote in filed if vote] == [[AGAINST]]
    # T2.3: a mandate that ends before the closing.
    refusal = await voting.refused_vote(c, FOR, stage)
    assert "The mandate ends before the declared closing" in refusal
    await voting.goes_past_the_form(stage, c, FOR)
    for each in stage.assemblies:
        page = await each.sees(
            f"/proposals/{stage.proposal}", "Counted by nobody: mandate expired"
        )
        assert "Mandate ends too early" in seat_on(page, stage, c)
    await voting.votes(a, FOR, stage)

    # T2.2: recalled by the emergency rule, the answer attached; the seat is vacant.
    await _recalls(stage, b)
    for each in (a, c):
        seen = time.monotonic()
        await _sees_on_seat(stage, each, b, "No delegate")
        await _sees_on_seat(stage, each, b, "Delegate recalled, vote withdrawn")
        assert time.monotonic() - seen < SETTLES
    seat = f"/seats/{stage.compact}"
    await b.clerk.browser.send(seat, f"{seat}/seat-alternate")
    await _binds(stage, b, b.alternate, AGAINST)
    await voting.posts_vote(b.alternate, AGAINST, stage)
    for each in stage.assemblies:
        page = await _sees_on_seat(stage, each, b, "3 revisions of this seat")
        seat_text = seat_on(page, stage, b)
        assert "Vote taken back, because the delegate was recalled" in seat_text
        await _sees_on_seat(stage, each, b, "Certified")
        await _sees_on_seat(stage, each, a, "Certified")

    # T2.3: a higher revision that reaches a minority only.
    assert isinstance(a.node, Fronted)
    assert a.node.linked is not None
    web.isolate(a.node.linked)
    await voting.posts_vote(a.delegate, "abstain", stage)
    await a.sees(f"/proposals/{stage.proposal}", "2 revisions of this seat")
    clock.set_forward(closes + timedelta(seconds=1))
    web.mend()
    for each in stage.assemblies:
        await _settles(each, stage)
        # What A filed alone may reach the others after they have settled without it.
        page = await _sees_on_seat(stage, each, a, "2 revisions of this seat")
        seat_text = seat_on(page, stage, a)
        assert "Not certified. Before closing it had reached 1" in seat_text, seat_text
        did = seat_text.partition("What the delegate did")[2]
        assert did.lstrip().startswith("For\nCounted"), seat_text
        b_text = seat_on(page, stage, b)
        assert "Counted" in b_text
        c_text = seat_on(page, stage, c)
        assert "Did not vote" in c_text

    await _amends_beyond(stage, clock)
    await _asks_for_the_report(stage)


async def _puts_the_first_text(stage: Stage, clock: Clock) -> datetime:
    """Put a text with an amount before all; each assembly binds its delegate to it."""
    a, b, c = stage.assemblies
    motion = await proposing.draft_and_mend(stage)
    closes = (clock.now() + OPEN).replace(microsecond=0)
    soon = closes - timedelta(seconds=5)
    stage.proposal = await _proposes(stage, a, motion, closes, amounts="pounds = 1200")
    for each in stage.assemblies:
        await each.sees(f"/proposals/{stage.proposal}", "Open for votes")
    await asyncio.gather(
        _sends(stage, a, FOR, bounds=BOUNDS),
        _sends(stage, b, AGAINST, own_key=True),
        _sends(stage, c, FOR, own_key=True, bounds={"valid_until": _typed(soon)}),
    )
    return closes


async def _proposes(
    stage: Stage,
    assembly: Assembly,
    motion: str,
    closes: datetime,
    *,
    amounts: str,
    amends: str = "",
) -> str:
    path = f"{motion}/propose"
    put = await assembly.clerk.browser.send(
        path,
        path,
        {
            "compact": stage.compact,
            "method": "majority-of-assemblies",
            "closes_at": _typed(closes),
            "amounts": [amounts],
            **({"amends": amends} if amends else {}),
        },
    )
    return id_of(put.path)


async def _sends(
    stage: Stage,
    assembly: Assembly,
    must: str,
    *,
    own_key: bool = False,
    bounds: Mapping[str, str | list[str]] = NOTHING,
) -> None:
    """Decide on the text, elect a delegate, and bind them."""
    if assembly is not stage.a:
        await assembly.meet("What the others ask us")
    stage.ballots[assembly.id] = await _decides(stage, assembly, must)
    if own_key:
        assembly.give_key(assembly.delegate, stage.keys)
    await electing.elect(assembly, compact=stage.compact, own_key=own_key)
    await _binds(stage, assembly, assembly.delegate, must, bounds)


async def _decides(stage: Stage, assembly: Assembly, must: str) -> str:
    ballot = await assembly.put(
        about="proposal",
        id=stage.proposal,
        question="Are we for this text?",
        method="majority",
        channels=["hands"],
    )
    room = assembly.story.room
    for_, against = (room - 1, 1) if must == FOR else (1, room - 1)
    counts = {FOR: for_, AGAINST: against, "abstain": 0}
    await assembly.count(ballot, "hands", counts)
    await assembly.close(ballot)
    return ballot


async def _binds(
    stage: Stage,
    assembly: Assembly,
    holder: Person,
    must: str,
    bounds: Mapping[str, str | list[str]] = NOTHING,
) -> None:
    """Bind a delegate: they vote this, or one of the others that they may."""
    seat = f"/seats/{stage.compact}"
    await assembly.clerk.browser.send(
        seat,
        f"{seat}/mandate",
        {
            "proposal": stage.proposal,
            "ballot": id_of(stage.ballots[assembly.id]),
            "reason": assembly.story.reason,
            **({} if "may" in bounds else {"must": [must]}),
            **bounds,
        },
    )
    await assembly.confirm()
    assert holder.name in (await assembly.clerk.browser.open(seat)).text


async def _filed(node: Assembly, seat: str) -> list[JsonObject | None]:
    """The votes that a node holds of a seat, in its record; None where one is gone."""
    found: list[JsonObject | None] = []
    for entry in await node.record(seat):
        if entry["type"] == "Filed":
            document = entry["document"]
            found.append(document if isinstance(document, dict) else None)
    return found


async def _recalls(stage: Stage, b: Assembly) -> None:
    """Recall the delegate by the emergency rule; what they say stands beside it."""
    seat, texts = f"/seats/{stage.compact}", stage.story.second.recall
    await b.tellers[0].browser.send(
        seat, f"{seat}/recall", {"reason": texts.reason, "urgent": "yes"}
    )
    await b.delegate.browser.send(seat, f"{seat}/answer", {"answer": texts.answer})
    page = await b.clerk.browser.open(seat)
    assert texts.answer in page.text
    await b.meet("An urgent recall")

    async def notice_over() -> Page | None:
        page = await b.clerk.browser.open(seat)
        return page if "The notice is over" in page.text else None

    await until(notice_over, "The notice of the recall is over.")
    ballot = (await b.clerk.browser.send(seat, f"{seat}/put-recall")).path
    room = b.story.room
    await b.count(ballot, "hands", {FOR: room - 1, AGAINST: 1, "abstain": 0})
    await b.close(ballot, outcome="Passed")
    await b.clerk.browser.send(seat, f"{seat}/settle-recall", {"ballot": id_of(ballot)})
    await b.confirm()


async def _sees_on_seat(
    stage: Stage, node: Assembly, whose: Assembly, words: str
) -> Page:
    path, last = f"/proposals/{stage.proposal}", [""]

    async def look() -> Page | None:
        page = await node.stranger.open(path)
        last[:] = [seat_on(page, stage, whose)]
        return page if words in last[0] else None

    return await until(
        look,
        f"{node.name} shows {words} of {whose.name}.",
        found=lambda: last[0],
        seconds=SETTLES,
    )


async def _settles(node: Assembly, stage: Stage) -> Page:
    last = [""]

    async def look() -> Page | None:
        page = await node.stranger.open(f"/proposals/{stage.proposal}")
        last[:] = [page.text]
        return page if "It stays so." in page.text else None

    return await until(
        look, f"{node.name} confirms.", found=lambda: last[0], seconds=SETTLES
    )


async def _amends_beyond(stage: Stage, clock: Clock) -> None:
    """T2.4: a text beyond A's mandate turns its instruction to *refer back*."""
    a, c = stage.a, stage.c
    first = stage.proposal
    old = stage.story.motion.objection.clauses[0]
    await c.meet("Another text")
    drafted = await c.delegate.browser.send(
        "/motions",
        "/motions",
        {
            "title": stage.story.motion.title,
            "clause": [old.replace("half past ten", "eleven")],
        },
    )
    motion = drafted.path
    await c.delegate.browser.send(
        motion, f"{motion}/table", {"session": id_of(c.session)}
    )
    await c.clerk.browser.send(motion, f"{motion}/freeze")
    await c.agree(
        about="motion", id=id_of(motion), question="Do we put this before all three?"
    )
    stage.proposal = await _proposes(
        stage, c, motion, clock.now() + OPEN, amounts="pounds = 1800", amends=first
    )
    path = f"/proposals/{stage.proposal}"
    for each in stage.assemblies:
        await each.sees(path, "Open for votes")
        await _sees_on_seat(stage, each, a, "Referred back: the text was changed")

    member = a.tellers[0].browser
    page = await member.open(path)
    assert "Referred back to us: the text was changed" in page.text
    assert "pounds was 1200 and is now 1800; we allowed 1000 to 1500." in page.text
    assert "eleven" in page.text
    assert "Clause 1 has other words." in page.text
    assert "Referred back to us" not in (await a.stranger.open(path)).text
    today = await member.open("/today")
    assert "Decide again: the text was changed" in today.text

    # One press puts it to the meeting, and what comes of it binds the delegate anew.
    await a.meet("The text was changed")
    put = await a.clerk.browser.send(path, f"{path}/put")
    ballot = put.path
    room = a.story.room
    counts = {FOR: 1, AGAINST: room - 1, "abstain": 0}
    await a.count(ballot, "hands", counts)
    await a.close(ballot)
    stage.ballots[a.id] = ballot
    due = {"report_due": _typed(clock.now() + timedelta(seconds=3))}
    await _binds(stage, a, a.delegate, AGAINST, due)
    for each in stage.assemblies:
        page = await _sees_on_seat(stage, each, a, "The whole mandate")
        assert "Referred back" not in seat_on(page, stage, a)


async def _asks_for_the_report(stage: Stage) -> None:
    """T2.5: a late report; others see so once it was asked for twice."""
    a = stage.a
    seat, compact = f"/seats/{stage.compact}", f"/compacts/{stage.compact}"
    member, chair = a.tellers[0].browser, a.clerk.browser

    async def late() -> Page | None:
        page = await member.open(seat)
        return page if "Late: we are waiting for it" in page.text else None

    page = await until(late, "Members see that the report is late.")
    report = page.link(f"{seat}/reports/")
    assert report is not None
    await chair.send(report, f"{report}/ask")
    offered = (await a.delegate.browser.open(report)).text
    assert "Take more time" in offered
    assert "give the seat back" in offered
    for each in stage.assemblies:
        entries = await each.record(a.id)
        assert not [e for e in entries if e["type"] == "ReportBack"]
        assert "report awaited" not in (await each.stranger.open(compact)).text
    await asyncio.sleep(1.5)
    await chair.send(report, f"{report}/ask")
    for each in stage.assemblies:
        page = await each.sees(compact, f"Seat of {a.name}: report awaited.")
        assert a.delegate.name not in page.text
        [told] = [e for e in await each.record(a.id) if e["type"] == "ReportBack"]
        assert told["state"] == "awaited"
        body = canonical.canonical(told).decode()
        assert not any(person.name in body for person in a.people)


def _typed(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}"
