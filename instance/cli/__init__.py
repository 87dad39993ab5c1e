"""The command line: set up a node, serve it, look after it, check what others say.

One file a noun. What stands alone is a function; what belongs to a noun of its own
(``folkmoot member add``) is a group. Of the files only that is loaded whose command is
asked for: to load them all takes longer than most commands do.
"""

import importlib
import io
import sqlite3
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_group

from activitypub.errors import ProtocolError
from confederation.errors import Refused
from instance.errors import Misused

MISUSED: Final = 2
FILES: Final = {
    "init": "nodes",
    "serve": "nodes",
    "evening": "nodes",
    "post": "posts",
    "delete": "posts",
    "language": "nodes",
    "address": "nodes",
    "service": "nodes",
    "export": "files",
    "check-export": "files",
    "verify": "files",
    "backup": "backups",
    "check-backup": "backups",
    "restore": "backups",
    "seed": "draws",
    "check-draw": "draws",
    "doctor": "care",
    "repair": "care",
    "demo": "demonstration",
    "member": "members",
    "compact": "compacts",
    "hall": "pen",
    "blocks": "blocks",
    "key": "keys",
}
"""In which file each command is, in the order of ``--help``."""


class Commands(TyperGroup):
    """Loads the command that is asked for; all of them only to list them."""

    # Typer keeps the types of contexts and commands to itself.
    def list_commands(self, ctx: Any) -> list[str]:
        """Name all commands, and load them: what each does is said beside it."""
        self._load(*FILES)
        return [*FILES]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load one command; None, and all that it may have meant, for another name."""
        self._load(*((cmd_name,) if cmd_name in FILES else FILES))
        return super().get_command(ctx, cmd_name)

    def _load(self, *names: str) -> None:
        loaded = typer.Typer(rich_markup_mode=None)
        for file in dict.fromkeys(FILES[each] for each in names):
            loaded.add_typer(importlib.import_module(f"{__name__}.{file}").app)
        self.commands.update(get_group(loaded).commands)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Folkmoot: a node for an assembly that decides together with others.",
)


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
    # No option needs what writes the log, and loading it takes longer than they do.
    from instance.upkeep import logs  # noqa: PLC0415

    logs.keep_plain()


DISK: Final = {
    sqlite3.SQLITE_FULL: "there is no room left on its disk",
    sqlite3.SQLITE_READONLY: "it cannot be written",
    sqlite3.SQLITE_CANTOPEN: "its files cannot be opened or made",
    sqlite3.SQLITE_PERM: "its files cannot be opened or made",
    sqlite3.SQLITE_IOERR: "its disk is full, or fails",
    sqlite3.SQLITE_BUSY: "another program holds on to it",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is damaged",
}
"""What a machine may do to a database, by the primary codes of SQLite."""


def main() -> None:
    """Run the command line; a user's mistake is a sentence, never a traceback.

    What the machine refuses, such as a full disk, is a sentence as well.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of people are said as well as an old terminal can show them.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(_run(lambda: app(prog_name="folkmoot")))


def _run(command: Callable[[], object]) -> int:
    try:
        command()
    except (Misused, Refused, ProtocolError) as error:
        print(f"folkmoot: {error}", file=sys.stderr)
        return MISUSED
    except sqlite3.DatabaseError as error:
        why = DISK.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if why is None:
            raise
        print(
            f"folkmoot: The node's database could not be used: {why}. What to do says "
            "'folkmoot doctor DIR'.",
            file=sys.stderr,
        )
        return MISUSED
    except OSError as error:
        what = error.filename or "A file"
        why = error.strerror or str(error)
        print(f"folkmoot: {what} could not be used: {why}.", file=sys.stderr)
        return MISUSED
    return 0
