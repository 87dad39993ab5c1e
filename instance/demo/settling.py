"""Step 5: the node that proposed is lost, and the others settle it without it."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from instance.demo.assembly import Assembly
from instance.demo.expecting import until
from instance.demo.page import Page
from instance.demo.stage import Stage, listed

PATIENCE: Final = 60.0


async def play(stage: Stage) -> None:
    """Kill the first node, see the others settle, and bring it back."""
    a, tell = stage.a, stage.tell
    tell.step(5, f"The node of {a.name}, which proposed it all, is lost")
    await a.node.kill()
    left = (stage.closes - datetime.now(UTC)).total_seconds()
    tell.say(
        f"Its process is killed, {max(0, left):.0f} seconds before the vote closes.",
        f"{stage.b.name} and {stage.c.name} are on their own.",
    )
    others = [stage.b, stage.c]
    # Nothing can be settled while people may still vote.
    await asyncio.sleep(max(0, left))
    pages = await asyncio.gather(
        *(settled(stage, at=each, by=others) for each in others)
    )
    outcome = _outcome(pages[0])
    tell.seen(
        f"They witness, close and attest: “{outcome}”, confirmed by two of three,",
        "without the node that proposed it.",
    )
    await a.node.start(a.stranger.browser)
    tell.say(f"The node of {a.name} comes back, and asks the others what it missed.")
    everyone = [*stage.assemblies]
    await asyncio.gather(*(settled(stage, at=each, by=everyone) for each in everyone))
    tell.seen(f"It attests the same. All three nodes show all three: “{outcome}”.")


async def settled(
    stage: Stage, *, at: Assembly, by: list[Assembly], seconds: float = PATIENCE
) -> Page:
    """Wait until a node shows a confirmed result, attested by these assemblies."""
    last: list[str] = []

    async def look() -> Page | None:
        page = await at.stranger.look(f"/proposals/{stage.proposal}")
        if page is None:
            return None
        said = page.text.partition("Who said what")[2].partition("Statements held")[0]
        words = said.partition("Attest “")[2]
        last[:] = [page.text]
        confirmed = "Check it yourself" in page.text
        alike = "Attest “" not in words and all(each.name in words for each in by)
        return page if confirmed and alike else None

    return await until(
        look,
        f"{at.name} shows one result, attested by {listed(each.name for each in by)}.",
        found=lambda: last[0] if last else "no page",
        seconds=seconds,
    )


def _outcome(page: Page) -> str:
    """Read the outcome under the heading of the result."""
    return page.text.partition("The result\n")[2].partition("\n")[0]
