"""Which copies of a node there are, and for how long.

A copy holds what was withdrawn after it was made. So those that the program makes by
itself go by themselves, and of the last backup it is known when it was made.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from activitypub import canonical
from activitypub.errors import Malformed
from instance.desk import Desk
from instance.store import database, events, lending

LAST: Final = "last-backup"
"""The file that says when the last backup was made: no restore takes it back."""
TOO_LONG: Final = timedelta(days=31)
REPLACED: Final = "replaced-"
"""What the name of the directory begins with that holds what a restore replaced."""
KEPT_FOR: Final = timedelta(days=30)


def last_backup(directory: Path) -> datetime | None:
    """Return when the node in a directory was backed up last; None if never."""
    try:
        return canonical.read_time((directory / LAST).read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError, Malformed):
        return None


def note_backup(directory: Path, at: datetime) -> None:
    """Note that a backup was made, whole or not at all."""
    draft = directory / f"{LAST}.new"
    draft.write_text(f"{canonical.write_time(at)}\n", encoding="utf-8")
    draft.replace(directory / LAST)


def is_late(desk: Desk) -> bool:
    """Whether there was no backup for longer than `TOO_LONG`, since it all began.

    What a laptop does in a hall comes home in the evening, and is never late.
    """
    if lending.in_hall(desk.connection) is not None:
        return False
    since = last_backup(desk.config.directory) or events.began(desk.connection)
    return since is not None and desk.now - since > TOO_LONG


def beside(directory: Path) -> list[Path]:
    """Return what upgrades and restores left in a node's directory."""
    return sorted(
        each
        for begins in (database.BEFORE, REPLACED)
        for each in directory.glob(f"{begins}*")
    )


def drop_old(directory: Path, now: datetime) -> None:
    """Delete the copies beside a node that are older than `KEPT_FOR`."""
    for each in beside(directory):
        if now - datetime.fromtimestamp(each.stat().st_mtime, UTC) <= KEPT_FOR:
            continue
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()
