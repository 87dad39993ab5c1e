"""Step 6: the result is checked offline, and so are two forgeries."""

import asyncio
from pathlib import Path

from activitypub import canonical
from instance.demo import inventing, nodes
from instance.demo.assembly import Assembly
from instance.demo.expecting import Failed, expect
from instance.demo.stage import Stage

VERIFIED = 0
DIFFERS = 1
INCOMPLETE = 3
BUNDLE = "decision.bundle"


async def play(stage: Stage) -> None:
    """Compare the results, export the decision, and have three files checked."""
    tell, directory = stage.tell, stage.directory
    tell.step(6, "Anyone can check it, offline")
    await compare(stage)
    bundle = directory / BUNDLE
    await nodes.do(
        *("export", str(stage.b.node.directory)),
        *("--decision", stage.proposal, "--out", str(bundle)),
    )
    compact = f"sha256:{stage.compact}"
    tell.say(f"{stage.b.name} exports all that the result rests on, and it is checked:")
    tell.line(command(stage))
    report = await _verify(bundle, compact, exits=VERIFIED)
    tell.seen(_first(report))
    await _one_byte(stage, bundle, compact)
    await _invented(stage, bundle, compact)


def command(stage: Stage) -> str:
    """Return the command by which anybody checks the decision offline."""
    bundle = stage.directory / BUNDLE
    return f"folkmoot verify {bundle} --compact sha256:{stage.compact}"


async def compare(stage: Stage) -> None:
    """See that each node holds the same result, by each assembly, to the byte."""
    found: dict[bytes, list[str]] = {}
    for at in stage.assemblies:
        for by in stage.assemblies:
            result = await _attested(stage, at, by)
            found.setdefault(result, []).append(f"{by.name} at {at.name}")
    expect(
        "All three assemblies attest the same bytes on all three nodes.",
        holds=len(found) == 1,
        found=found,
    )
    [result] = found
    stage.tell.seen(
        f"The result is the same on all three nodes, byte for byte, {len(result)}",
        "bytes with the fingerprint:",
    )
    stage.tell.line(canonical.digest_of(result))


async def _attested(stage: Stage, at: Assembly, by: Assembly) -> bytes:
    for entry in await at.record(by.id):
        result = entry.get("result")
        if entry.get("proposal") == f"sha256:{stage.proposal}" and isinstance(
            result, dict
        ):
            return canonical.canonical(result)
    raise Failed(f"{at.name} holds the attestation of {by.name}.", "it does not")


async def _verify(file: Path, *compact: str, exits: int) -> str:
    given = ("--compact", *compact) if compact else ()
    ran = await nodes.run("verify", str(file), *given)
    expect(
        f"'folkmoot verify' of {file.name} ends with {exits}.",
        holds=ran.code == exits,
        found=f"{ran.code}\n{ran.out}{ran.err}",
    )
    return ran.out


async def _one_byte(stage: Stage, bundle: Path, compact: str) -> None:
    """Alter one figure in a copy, and see where the check finds it."""
    data = bytearray(await asyncio.to_thread(bundle.read_bytes))
    place = data.index(b'"for":') + len(b'"for":')
    was = chr(data[place])
    data[place] = ord("9") if was != "9" else ord("8")
    line = data[:place].count(b"\n") + 1
    altered = bundle.with_name("altered.bundle")
    await asyncio.to_thread(altered.write_bytes, data)
    report = await _verify(altered, compact, exits=DIFFERS)
    expect(
        f"The check names line {line}, where the byte was altered.",
        holds=f"Line {line}" in report,
        found=report,
    )
    stage.tell.say(
        f"One byte of a copy is altered: a {was} becomes a {chr(data[place])} in a",
        f"count of votes ({altered.name}).",
    )
    where = next(each for each in report.splitlines() if each.startswith("Line"))
    stage.tell.seen(f"The check shows where: {where.rstrip(':')}.")


async def _invented(stage: Stage, bundle: Path, compact: str) -> None:
    """Have a file checked that somebody made up, with good signatures throughout."""
    invented = bundle.with_name("invented.bundle")
    made = inventing.invent(await asyncio.to_thread(bundle.read_bytes))
    await asyncio.to_thread(invented.write_bytes, made)
    alone, against = await asyncio.gather(
        _verify(invented, exits=INCOMPLETE), _verify(invented, compact, exits=DIFFERS)
    )
    says = "not checked against anything you gave"
    expect(
        f"The check says that it was {says}, and nothing else is wrong.",
        holds=says in alone and "consistent in itself" in alone,
        found=alone,
    )
    expect(
        "Against the fingerprint of the compact, it differs from the second line on.",
        holds="Line 2" in against,
        found=against,
    )
    stage.tell.say(
        "Then three assemblies are invented, with keys and good signatures throughout",
        f"({invented.name}).",
    )
    stage.tell.seen(f"Without a compact's fingerprint the check says: {says}.")
    stage.tell.seen("Against the fingerprint of the true compact, it fails at once.")


def _first(report: str) -> str:
    return report.strip().splitlines()[0]
