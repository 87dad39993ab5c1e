"""What the assembly agreed on with others."""

import typer

from instance import chamber, config, node
from instance.cli.arguments import Directory

app = typer.Typer(
    name="compact",
    no_args_is_help=True,
    help="What the assembly agreed on with others.",
)


@app.command("list")
def list_all(directory: Directory) -> None:
    """Print the compacts known here: each version in force so far, the newest first.

    The digest of a first version is the one that `folkmoot verify` needs.
    """
    with node.at_desk(config.read(directory)) as desk:
        for line in chamber.lineages(desk):
            for number, version in reversed([*enumerate(line.versions, start=1)]):
                seats = f"{version.n} with a seat"
                if version.suspended:
                    seats += f", {len(version.suspended)} suspended"
                print(f"version {number}  {version.digest}  {seats}")
