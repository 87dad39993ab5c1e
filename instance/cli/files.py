"""Files that leave the node, and files that somebody checks."""

import json
from pathlib import Path
from typing import Annotated

import typer

from instance import bundle, config, node
from instance.cli.arguments import Directory
from instance.errors import Misused
from instance.matters import common_mandates
from instance.upkeep import exporting

app = typer.Typer()


@app.command("export")
def export(
    directory: Directory,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")],
    decision: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="The fingerprint of a proposal: what a stranger needs to check it.",
        ),
    ] = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole", help="Write all that the assembly is and did, names included."
        ),
    ] = False,
) -> None:
    """Write a decision for strangers to check, or the whole assembly, in one file."""
    if whole == (decision is not None):
        raise Misused("Please say either --decision ID or --whole.")
    settings = config.read(directory)
    with node.at_desk(settings) as desk:
        if decision is not None:
            bundle.write(out, bundle.export(desk, decision))
            print(f"Written to {out}. Anyone can check it with: folkmoot verify {out}")
            return
        exporting.write(out, exporting.whole(desk.connection))
    print(f"Written to {out}, readable by you only: it holds names and who was where.")
    print(f"Check it with: folkmoot check-export {out}")


@app.command("check-export")
def check_export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The export.")],
) -> None:
    """Read an export of a whole assembly back, and check all that is in it."""
    held = exporting.check(exporting.read(file))
    for table, count in held.rows.items():
        print(f"{table}: {count}")
    print(
        f"{held.streams} streams were read by the rules of today. Nothing is missing."
    )


@app.command("verify")
def verify(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="The bundle.")],
    compact: Annotated[
        str | None,
        typer.Option(
            metavar="DIGEST", help="The fingerprint of the compact that you know."
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            metavar="DIGEST", help="The fingerprint of the text, of a common mandate."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON.")
    ] = False,
) -> None:
    """Work out a decision again from a bundle, trusting nothing in it.

    Ends with 0 if it is verified under the compact that you gave; with 1 if it
    differs, and says where first; with 3 if something is missing, or if all is
    consistent in itself but was not checked against a compact that you gave. A file
    with a common mandate is checked as well, against the text that you gave.
    """
    data = bundle.read_source(source)
    if common_mandates.is_one(data):
        checked = common_mandates.check(data, text)
        print(
            json.dumps({"exit": checked.code, "says": checked.says})
            if as_json
            else "\n".join(checked.says)
        )
        raise typer.Exit(checked.code)
    report = bundle.verify(data, compact)
    print(json.dumps(report.as_json()) if as_json else report.as_text())
    raise typer.Exit(report.exit_code)
