"""A text is drafted, objected to, mended, frozen, and put before all assemblies."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from activitypub import canonical
from instance.demo.assembly import id_of
from instance.demo.expecting import expect
from instance.demo.stage import Stage

LEAST_OPEN: Final = timedelta(seconds=20)
PACE: Final = 1.0
"""How much longer the vote is open than everything took so far, at the least."""


async def draft_and_mend(stage: Stage) -> str:
    """Draft a motion at the first assembly, and have an objection change it."""
    a, text = stage.a, stage.story.motion
    await a.meet("What we ask for")
    proposer, objector, clerk = a.delegate, a.alternate, a.clerk.browser
    drafted = await proposer.browser.send(
        "/motions", "/motions", {"title": text.title, "clause": [*text.clauses]}
    )
    motion = drafted.path
    await proposer.browser.send(
        motion, f"{motion}/table", {"session": id_of(a.session)}
    )
    stage.tell.say(f"At {a.name}, {proposer.name} brings a motion: “{text.title}”.")
    objection = text.objection
    await objector.browser.send(
        motion, f"{motion}/object", {"reason": objection.reason}
    )
    await clerk.send(
        motion,
        f"{motion}/round",
        {"valid": str(objection.valid), "not_valid": str(objection.not_valid)},
    )
    stage.tell.say(
        f"{objector.name} objects. The round finds it valid, {objection.valid} to",
        f"{objection.not_valid}: “{objection.reason}”",
    )
    page = await clerk.open(motion)
    [amending] = page.forms_to(f"{motion}/amend")
    await clerk.send(
        motion,
        f"{motion}/amend",
        {
            "clause": [*objection.clauses],
            "integrates": [*amending.fields["integrates"].options],
        },
    )
    await clerk.send(motion, f"{motion}/freeze")
    stage.tell.say("The text is mended so that the objection is answered, and frozen.")
    ballot = await a.put(
        about="motion",
        id=id_of(motion),
        question="Do we consent to putting this before all three assemblies?",
        method="consent",
        channels=["paper"],
    )
    await consent(stage, ballot)
    stage.tell.say(f"{a.name} consents, on paper, to putting it before all three.")
    return motion


async def put_to_all(stage: Stage, motion: str) -> None:
    """Open the confederal proposal, and see the same text on every node."""
    a, tell = stage.a, stage.tell
    open_for = max(LEAST_OPEN, timedelta(seconds=PACE * stage.so_far))
    closes = datetime.now(UTC) + open_for
    stage.closes = closes.replace(microsecond=0) + timedelta(seconds=1)
    path = f"{motion}/propose"
    put = await a.clerk.browser.send(
        path,
        path,
        {
            "compact": stage.compact,
            "method": "double-majority",
            "closes_at": f"{stage.closes:%Y-%m-%dT%H:%M:%S}",
            "issue": stage.issue,
        },
    )
    stage.proposal = id_of(put.path)
    page = f"/proposals/{stage.proposal}"
    clauses = stage.story.motion.objection.clauses
    for each in stage.assemblies:
        await each.sees(page, *clauses)
    entries = await asyncio.gather(
        *(
            each.stranger.download(f"/mirror/sha256/{stage.proposal}")
            for each in stage.assemblies
        )
    )
    expect(
        "All three nodes hold the proposal, byte for byte the same.",
        holds={canonical.digest_of(entry) for entry in entries}
        == {f"sha256:{stage.proposal}"},
        found=[canonical.digest_of(entry) for entry in entries],
    )
    for each in stage.assemblies:
        await each.sees(page, "Open for votes")
    tell.seen("The text is the same on all three nodes, to the byte. Its fingerprint:")
    tell.line(f"sha256:{stage.proposal}")
    tell.say(
        f"The vote of the delegates closes at {stage.closes:%H:%M:%S} UTC, in",
        f"{open_for.seconds} seconds. It asks for a majority of the assemblies and of",
        f"their members. But {a.name} decides by consent, where nobody counts yes and",
        "no, so the assemblies alone will count.",
    )


async def consent(stage: Stage, ballot: str) -> None:
    """Have the first assembly consent to something, on paper."""
    papers = stage.story.first.papers
    counts = {
        "consent": papers.consent,
        "stand-aside": papers.stand_aside,
        "objection": 0,
    }
    await stage.a.count(ballot, "paper", counts)
    await stage.a.close(ballot, outcome="Passed")
