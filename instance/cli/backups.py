"""Copy a node so that it can come back, and bring it back."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from instance import config, node
from instance.cli.arguments import Directory
from instance.upkeep import backups, copies
from instance.upkeep.backups import Brought

app = typer.Typer()
Backup = Annotated[Path, typer.Argument(metavar="BACKUP", help="The backup.")]
Secret = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The secret.key that belongs to it."),
]


@app.command("backup")
def backup(
    directory: Directory,
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="A new file, or a directory to put it in."),
    ],
) -> None:
    """Copy a node into one file, also while it serves, and try the copy out.

    Ends with 1 if something in it is wrong.
    """
    settings, now = config.read(directory), node.utc_now()
    written = backups.write(settings, out, now=now)
    secret = settings.secret if settings.secret.exists() else None
    brought = backups.try_out(written, secret=secret, now=now)
    print(f"Written to {written}, readable by you only.")
    _say(brought, "It was tried out, and would bring back")
    if secret is not None and not brought.opened:
        print(f"{secret} does not open the keys in it: see 'folkmoot doctor'.")
    else:
        _note(directory, now)
    print(
        f"{config.SECRET} is not in it on purpose: whoever finds the backup can sign "
        f"nothing. Keep a copy of {settings.secret} somewhere else, once."
    )
    print(
        "It holds names, and texts that may be withdrawn later: delete old backups "
        "when you have newer ones."
    )
    raise typer.Exit(int(bool(brought.wrong) or not brought.opened))


@app.command("check-backup")
def check_backup(file: Backup, secret: Secret = None) -> None:
    """Try a backup out: bring it back apart, check everything, and throw that away.

    Nothing is served or sent. Ends with 1 if something in it is wrong.
    """
    brought = backups.try_out(file, secret=secret, now=node.utc_now())
    _say(brought, "This backup would bring back")
    if secret is None:
        print("Whether its keys can be opened shows only with --secret FILE.")
    elif brought.opened:
        print("The secret opens its keys.")
    else:
        print("This secret does not open its keys: it belongs to another node.")
    raise typer.Exit(
        int(bool(brought.wrong) or (secret is not None and not brought.opened))
    )


@app.command("restore")
def restore(file: Backup, directory: Directory, secret: Secret = None) -> None:
    """Bring a node back from a backup, in an empty directory or over a stopped node.

    Ends with 1 if something in the backup is wrong.
    """
    done = backups.restore(file, directory, secret=secret, now=node.utc_now())
    _say(done.brought, "Brought back:")
    if done.kept is not None:
        print(f"What was there before lies in {done.kept} for 30 days.")
    else:
        print(
            "Whoever left and whatever was withdrawn after that is back, unless you "
            "put the newest left.jsonl and erased.jsonl there before you start it."
        )
    if not done.has_secret:
        print(
            f"Its keys cannot be opened yet: put {config.SECRET} in {directory}, from "
            "where you kept it, and run 'chmod 600' on it."
        )
    print("Never let it run beside the old one: two that sign as one contradict.")
    print(f"Start it with: folkmoot serve {directory}")
    raise typer.Exit(int(bool(done.brought.wrong)))


def _note(directory: Path, now: datetime) -> None:
    """Note in the node's directory that a backup was made, if there is room for it."""
    try:
        copies.note_backup(directory, now)
    except OSError as error:
        print(f"That could not be noted in {directory}: {error.strerror}.")


def _say(brought: Brought, how: str) -> None:
    print(f"{how} {brought.name} as of {_instant(brought.at)}:")
    print(
        f"  people: {brought.people}, open votes: {brought.open_votes}, entries of its "
        f"record: {brought.entries}, other records: {brought.fellows}"
    )
    if not brought.wrong:
        print("  Every entry is as it was signed, and everything can be read.")
    for what in brought.wrong:
        print(f"  ! {what}")


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
