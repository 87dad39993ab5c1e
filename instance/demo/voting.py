"""Step 4: the delegates vote; one breaks their mandate, and one node moves."""

import asyncio
from typing import Final

from activitypub import canonical, documents
from activitypub.canonical import JsonObject
from activitypub.signatures import Signer
from instance.demo import forging
from instance.demo.assembly import Assembly, id_of
from instance.demo.deciding import give_mandate, instruction
from instance.demo.expecting import Failed, expect, until
from instance.demo.nodes import do
from instance.demo.page import Page
from instance.demo.stage import AGAINST, FOR, Stage

NOTICE: Final = 10.0
OUTSIDE: Final = "Counted by nobody: outside mandate"


async def play(stage: Stage) -> None:
    """Vote, break a mandate, recall and replace the delegate, and move a node."""
    tell = stage.tell
    tell.step(4, "The delegates vote, and one of them breaks their mandate")
    await _vote(stage, stage.a)
    await _break_mandate(stage)
    await asyncio.gather(_recall(stage), _move(stage))
    for each in stage.assemblies:
        await _all_certified(stage, each)
        await forging.is_nowhere(stage, each)
    tell.seen(
        "All three votes are certified: two assemblies or more state, signed, that",
        "each of them reached them in time.",
    )


async def _vote(stage: Stage, assembly: Assembly, *, alternate: bool = False) -> None:
    person = assembly.alternate if alternate else assembly.delegate
    choice = instruction(stage, assembly)
    form = f"/proposals/{stage.proposal}/vote"
    await person.browser.send(form, form, {"choice": choice})
    stage.tell.say(f"{person.name} votes for {assembly.name}: “{choice}”.")


async def _break_mandate(stage: Stage) -> None:
    """Send a signed vote against the mandate to all three, past the node's own form."""
    b, person = stage.b, stage.b.delegate
    must = instruction(stage, b)
    wrong = AGAINST if must == FOR else FOR
    unsigned = await person.browser.download(
        f"/proposals/{stage.proposal}/vote-document?choice={wrong}"
    )
    vote = person.sign(canonical.read(unsigned))
    mandate = await b.newest_in_record("Mandate")
    actor = str(mandate["holder"])
    assert person.key is not None, "this delegate keeps their own key"
    signer = Signer(key_id=documents.assertion_key(actor), private_key=person.key)
    for each in stage.assemblies:
        activity: JsonObject = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{actor}/own/{each.story.slug}",
            "type": "Create",
            "actor": actor,
            "to": [each.group],
            "object": vote,
        }
        answer = await stage.client.post(
            f"{each.group}/inbox", documents.encode(activity), signer
        )
        expect(
            f"{each.name} hears the delegate's signed vote.",
            holds=answer.status == 202,
            found=f"{answer.status} {answer.body.decode('utf-8', 'replace')}",
        )
    stage.tell.say(
        f"{person.name} keeps their own key. Past the form of their own node they sign",
        f"a vote “{wrong}”, and send it straight to all three.",
    )
    for each in stage.assemblies:
        page = await each.sees(f"/proposals/{stage.proposal}", OUTSIDE)
        seat = seat_on(page, stage, b)
        expect(
            f"{each.name} shows the vote outside its mandate, with the instruction, "
            "and counts it nowhere.",
            holds=OUTSIDE in seat
            and "The instruction: must choose" in seat
            and "Has not voted yet" in seat,
            found=seat,
        )
    stage.tell.seen(
        "Every node shows it as outside mandate, beside the instruction:",
        f"must choose “{must}”. Nobody counts it.",
    )


async def _recall(stage: Stage) -> None:
    """Recall the delegate by the emergency rule, and have the alternate vote."""
    b, tell, recall = stage.b, stage.tell, stage.story.second.recall
    seat, teller = f"/seats/{stage.compact}", b.tellers[0]
    await teller.browser.send(
        seat, f"{seat}/recall", {"reason": recall.reason, "urgent": "yes"}
    )
    await b.delegate.browser.send(seat, f"{seat}/answer", {"answer": recall.answer})
    tell.say(
        f"{b.name} moves their recall by its emergency rule. {b.delegate.name}",
        f"answers: “{recall.answer}”",
    )
    await b.meet("An urgent recall")

    async def notice_over() -> Page | None:
        page = await b.clerk.browser.open(seat)
        return page if "The notice is over" in page.text else None

    await until(notice_over, "The notice of the recall is over.", seconds=NOTICE)
    ballot = await b.agree(
        about="recall", id=stage.compact, question="Do we recall our delegate?"
    )
    await b.clerk.browser.send(seat, f"{seat}/settle-recall", {"ballot": id_of(ballot)})
    await b.confirm()
    await b.clerk.browser.send(seat, f"{seat}/seat-alternate")
    await give_mandate(stage, b, b.alternate, instruction(stage, b))
    tell.say(
        f"{b.delegate.name} is recalled, and {b.alternate.name} is seated with a fresh",
        "mandate that two tellers confirm.",
    )
    await _vote(stage, b, alternate=True)


async def _move(stage: Stage) -> None:
    """Move the third node to another address in the middle of the vote."""
    c, before = stage.c, stage.c.node.domain
    await c.node.stop()
    c.moved_to(stage.move_to)
    await do("address", str(c.node.directory), "--domain", c.node.domain)
    await c.node.start(c.stranger.browser)
    await asyncio.gather(
        *(each.come_in_by_code() for each in (c.clerk, *c.tellers, c.delegate))
    )
    stage.tell.say(
        f"Meanwhile the node of {c.name} moves from {before} to {c.node.domain}. It is",
        "the same assembly, with the same mandates: its address is only an attribute.",
    )
    await _vote(stage, c)


async def _all_certified(stage: Stage, assembly: Assembly) -> None:
    path = f"/proposals/{stage.proposal}"
    wanted = f"{assembly.name} shows the votes of all three as certified."
    last: list[str] = []

    async def look() -> bool | None:
        page = await assembly.stranger.open(path)
        if "Open for votes" not in page.text:
            raise Failed(
                f"{wanted[:-1]} before the vote closes.",
                "the vote had closed by then: this machine was too slow for the time "
                "that it had. Try again with nothing else running.",
            )
        seats = [seat_on(page, stage, each) for each in stage.assemblies]
        last[:] = seats
        return all("Certified" in _did(seat) for seat in seats) or None

    await until(look, wanted, found=lambda: "\n".join(last), seconds=60)


def seat_on(page: Page, stage: Stage, assembly: Assembly) -> str:
    """Cut out what a proposal's page says of one assembly's seat."""
    _, _, seats = page.text.partition("Assembly by assembly")
    seats = seats.partition("Put by")[0]
    names = [each.name for each in stage.assemblies]
    lines = seats.split("\n")
    heads = {
        n: name
        for n, line in enumerate(lines)
        for name in names
        if line in (name, f"{name} this assembly")
    }
    starts = sorted(heads)
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        if heads[start] == assembly.name:
            return "\n".join(lines[start:end])
    return ""


def _did(seat: str) -> str:
    """The part of a seat that says what the delegate did, revisions aside."""
    return seat.partition("What the delegate did")[2].partition("of this seat")[0]
