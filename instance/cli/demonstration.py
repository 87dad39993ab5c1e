"""Show three communities, on three nodes, settle one decision."""

from pathlib import Path
from typing import Annotated

import typer

from instance.errors import Misused

app = typer.Typer()


@app.command("demo", context_settings={"allow_extra_args": True})
def demonstrate(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="Stop the nodes when the story has ended.")
    ] = False,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--dir",
            metavar="D",
            help="An empty or absent directory for the nodes and the bundle; by "
            "default a fresh one in the place for temporary files.",
        ),
    ] = None,
    input: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A story of your own, in TOML; by default the one that comes with "
            "the program. See docs/reference/story.md.",
        ),
    ] = None,
    ports: Annotated[
        list[str] | None,
        typer.Option(
            metavar="P,P,P,P[,P]",
            help="Ports for three nodes, for an account on another server, and for "
            "where the third node moves to. By default free ones.",
        ),
    ] = None,
) -> None:
    """Show three communities, on three nodes, settle one decision.

    Ends with 0 only if every step held. Without --once the nodes run on afterwards,
    and the last lines say where; Ctrl-C stops them.
    """
    # No other command needs what plays the story.
    from instance import demo  # noqa: PLC0415

    chosen = _ports([*(ports or ()), *context.args])
    raise typer.Exit(
        demo.run(once=once, directory=directory, input=input, ports=chosen)
    )


def _ports(given: list[str]) -> tuple[int, ...]:
    """Read ports, with commas or spaces between them."""
    numbers = ",".join(given).replace(",", " ").split()
    for number in numbers:
        if not (number.isascii() and number.isdecimal() and len(number) <= 5):
            raise Misused("{number!r} is not a port number.", number=number)
    return tuple(map(int, numbers))
