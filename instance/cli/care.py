"""Say what is wrong with a node, and mend it."""

import asyncio

import typer

from instance import archive, config, node
from instance.cli.arguments import Directory
from instance.upkeep import doctor, mending

app = typer.Typer()


@app.command("doctor")
def examine(directory: Directory) -> None:
    """Say what is wrong with a node and what to do about it.

    Ends with 1 if something is seriously wrong.
    """
    findings = doctor.examine(directory)
    for finding in findings:
        print(finding)
    raise typer.Exit(int(any(finding.serious for finding in findings)))


@app.command("repair")
def repair(directory: Directory) -> None:
    """Put back what this disk altered, from copies that fellow members hold.

    Looks at every entry of every record first. Ends with 1 if something is still
    damaged. The node may be serving meanwhile.
    """
    settings = config.read(directory)
    with node.at_desk(settings) as desk:
        archive.sweep(desk, signatures=True)
        archive.note_damage(desk)
        wanted = mending.wanted(desk)
    copies = asyncio.run(mending.ask_around(settings, wanted)) if wanted else []
    with node.at_desk(settings) as desk:
        mended = mending.put_back(desk, copies)
        left = mending.wanted(desk)
    for each in wanted:
        still = any(one.damage.id == each.damage.id for one in left)
        state = "still damaged" if still else "mended"
        print(f"{each.damage.assembly[:15]}… entry {each.damage.seq}: {state}")
    print(f"{mended} entries were mended, {len(left)} are damaged still.")
    raise typer.Exit(int(bool(left)))
