"""The pen of the assembly, on an evening without a network."""

from typing import Annotated

import typer

from instance import config, node
from instance.cli.arguments import Directory
from instance.upkeep import borrowing, hall

app = typer.Typer(
    name="hall",
    no_args_is_help=True,
    help="The pen of the assembly, on an evening without a network.",
)


@app.command("code")
def code(directory: Directory) -> None:
    """Print a code with which a laptop takes the pen, once."""
    with node.at_desk(config.read(directory)) as desk:
        fresh = hall.new_code(desk, by=None)
    print(fresh)


@app.command("take")
def take(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Where the node is served.")
    ],
    directory: Directory,
    code: Annotated[
        str, typer.Option(prompt=True, help="The code that home shows to the clerk.")
    ],
) -> None:
    """Take the pen from a serving node to this laptop, in a directory of its own.

    If it is interrupted, the same command carries on.
    """
    borrowing.take(address, directory, code=code)
    print(f"The pen is here. Serve the room with: folkmoot serve --hall {directory}")


@app.command("return")
def give_back(
    directory: Directory,
    keep: Annotated[
        bool, typer.Option("--keep", help="Do not delete the copy on this laptop.")
    ] = False,
) -> None:
    """Bring the pen home with all that was done here; stop serving the room first.

    If it is interrupted, the same command carries on. Once home has everything on its
    disk, the copy here is deleted.
    """
    borrowing.give_back(directory, keep=keep)
    print("The pen is home, and everything that was done here.")


@app.command("show")
def show(directory: Directory) -> None:
    """Print what a laptop that lost the pen alone holds, to be entered again."""
    for line in borrowing.show(directory):
        print(line)
