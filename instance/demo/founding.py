"""Step 1: three assemblies are founded, and agree on a compact by signed entries."""

import asyncio
from typing import Final

from instance.demo.assembly import Assembly, id_of
from instance.demo.stage import Stage

RULEBOOK: Final = """\
We meet in sessions that everybody was told of. Whoever comes takes a card at the door,
and the cards are the count.
We decide by consent where we can, and by voting where we cannot.
Two tellers count, each for themselves, and sign what is published with their own keys.
Our delegate says what we said. We may recall them at any time.
"""


async def play(stage: Stage) -> None:
    """Set three nodes up, found their assemblies, and have them join a compact."""
    tell = stage.tell
    tell.step(1, "Three assemblies are founded, and agree to decide together")
    await asyncio.gather(
        *(each.set_up(stage.browsers, stage.keys) for each in stage.assemblies)
    )
    for each in stage.assemblies:
        tell.say(
            f"{each.name} has a node of its own at {each.node.base}: a process, a",
            f"directory and a database. {len(each.people)} people were let in.",
        )
    await asyncio.gather(*(each.found(RULEBOOK) for each in stage.assemblies))
    for each in stage.assemblies:
        one, two = each.tellers
        tell.say(
            f"{each.name} is founded in a session with {each.story.room} in the room,",
            f"counted by {one.name} and {two.name}. They confirm it, and the rulebook,",
            "with keys that the node does not have.",
        )
    await _agree(stage)


async def _agree(stage: Stage) -> None:
    a, tell = stage.a, stage.tell
    drafted = await a.clerk.browser.send(
        "/compacts/new",
        "/compacts",
        {
            "addresses": "\n".join([stage.b.group, stage.c.group]),
            "purpose": stage.story.compact.purpose,
            **stage.terms,
        },
    )
    stage.compact = id_of(drafted.path)
    address = f"{a.node.base}/compacts/{stage.compact}"
    for each in (stage.b, stage.c):
        await each.clerk.browser.send(
            "/compacts/new", "/compacts/learn", {"address": address}
        )
    tell.say(
        f"{a.name} drafts a compact between the three. The other two fetch it, and",
        "each decides on it by a show of hands.",
    )
    await asyncio.gather(*(_join(stage, each) for each in stage.assemblies))
    for each in stage.assemblies:
        await each.sees(f"/compacts/{stage.compact}", "In force")
    tell.seen("The compact is in force on all three nodes, by three signed entries.")
    tell.say("Its fingerprint, to be printed and kept:")
    tell.line(f"sha256:{stage.compact}")


async def _join(stage: Stage, assembly: Assembly) -> None:
    ballot = await assembly.agree(
        about="compact",
        id=stage.compact,
        question="Do we join this compact?",
    )
    path = f"/compacts/{stage.compact}/join"
    await assembly.clerk.browser.send(path, path, {"ballot": id_of(ballot)})
