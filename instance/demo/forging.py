"""A mandate that somebody altered is no mandate, however well they sign it."""

from datetime import UTC, datetime

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject
from instance.demo.assembly import Assembly
from instance.demo.expecting import expect
from instance.demo.stage import AGAINST, Stage


async def forge(stage: Stage) -> None:
    """Post an altered copy of a mandate, signed with a stranger's key, to all three."""
    entry = await stage.a.newest_in_record("Mandate")
    forged = _altered(entry)
    stage.forged = canonical.digest(forged).removeprefix("sha256:")
    follower = stage.follower
    for each in stage.assemblies:
        await follower.send(
            f"{each.group}/inbox",
            {
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": f"{follower.base}/forged/{each.story.slug}",
                "type": "Create",
                "actor": follower.id,
                "to": [each.group],
                "object": forged,
            },
        )
    for each in stage.assemblies:
        await is_nowhere(stage, each)
    stage.tell.seen(
        f"A copy of the mandate of {stage.a.name} that says “{AGAINST}”, well signed",
        "by a stranger, is sent to all three nodes. None of them keeps it.",
    )


def _altered(entry: JsonObject) -> JsonObject:
    instructions = entry["instructions"]
    assert isinstance(instructions, list)
    assert isinstance(instructions[0], dict)
    told: JsonObject = {**instructions[0], "must": [AGAINST]}
    stranger = proofs.new_key()
    return proofs.sign(
        {
            **{name: value for name, value in entry.items() if name != "proof"},
            "instructions": [told, *instructions[1:]],
        },
        stranger,
        verification_method=proofs.key_id(stranger.public_key()),
        created=datetime.now(UTC),
    )


async def is_nowhere(stage: Stage, assembly: Assembly) -> None:
    """See that a node keeps no forged mandate, and takes it for nobody's word."""
    kept = await assembly.stranger.look(f"/mirror/sha256/{stage.forged}")
    page = await assembly.stranger.open(f"/proposals/{stage.proposal}")
    expect(
        f"{assembly.name} keeps no forged mandate.",
        holds=kept is None and "contradicted themselves" not in page.text,
        found=page.text if kept is None else kept.text,
    )
