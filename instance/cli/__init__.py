"""The command line: set up a node, serve it, look after it, check what others say.

One file a noun. What stands alone is a function, entered below; what belongs to a noun
of its own (``folkmoot member add``) is a group.
"""

import sys
from collections.abc import Callable
from importlib import metadata
from typing import Annotated, Final

import typer

from activitypub.errors import ProtocolError
from confederation.errors import Refused
from instance import logs
from instance.cli import (
    blocks,
    care,
    compacts,
    demonstration,
    files,
    keys,
    members,
    nodes,
    pen,
    posts,
)
from instance.errors import Misused

MISUSED: Final = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Folkmoot: a node for an assembly that decides together with others.",
)
app.command("init")(nodes.init)
app.command("serve")(nodes.serve)
app.command("evening")(nodes.evening)
app.command("post")(posts.post)
app.command("delete")(posts.delete)
app.command("address")(nodes.address)
app.command("export")(files.export)
app.command("check-export")(files.check_export)
app.command("verify")(files.verify)
app.command("doctor")(care.examine)
app.command("repair")(care.repair)
app.command("demo", context_settings={"allow_extra_args": True})(
    demonstration.demonstrate
)
app.add_typer(members.app, name="member")
app.add_typer(compacts.app, name="compact")
app.add_typer(pen.app, name="hall")
app.add_typer(blocks.app, name="blocks")
app.add_typer(keys.app, name="key")


def _version(wanted: bool) -> None:
    if wanted:
        print(metadata.version("folkmoot"))
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; a user's mistake is a sentence, never a traceback."""
    logs.keep_plain()
    sys.exit(_run(lambda: app(prog_name="folkmoot")))


def _run(command: Callable[[], object]) -> int:
    try:
        command()
    except (Misused, Refused, ProtocolError) as error:
        print(f"folkmoot: {error}", file=sys.stderr)
        return MISUSED
    return 0
