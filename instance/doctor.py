"""Say what is wrong with a node and what to do, to somebody who is no expert.

Nothing is changed: the database is opened for reading, and the node may be serving
meanwhile. Whatever is broken becomes a sentence.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag

from activitypub import canonical
from activitypub.errors import ProtocolError
from confederation.errors import Refused
from confederation.history import Record
from instance import archive, config, keys, node
from instance.config import Config
from instance.desk import Desk
from instance.errors import Misused
from instance.keys import Vault
from instance.store import acts, database, deliveries, records

LITTLE_SPACE: Final = 500 * 1024 * 1024
OLDEST_CRYPTOGRAPHY: Final = 46
LATE: Final = timedelta(hours=1)
AHEAD: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing about a node. ``serious`` ones need somebody to do something."""

    serious: bool
    what: str
    do: str = ""

    def __str__(self) -> str:
        mark = "!" if self.serious else "-"
        return f"{mark} {self.what}" + (f"\n    {self.do}" if self.do else "")


def examine(directory: Path) -> list[Finding]:
    """Examine the node in a directory; at least one finding, serious ones first.

    Raises:
        Misused: there is no node, or its settings cannot be read.
    """
    settings = config.read(directory)
    found = [*_files(settings), *_database(settings)]
    if not any(finding.serious for finding in found):
        found.append(Finding(serious=False, what="Nothing is wrong."))
    return sorted(found, key=lambda finding: not finding.serious)


def _files(settings: Config) -> Iterator[Finding]:
    try:
        keys.read_secret(settings.secret)
    except Misused as reason:
        yield Finding(serious=True, what=str(reason))
    if settings.directory.stat().st_mode & 0o077:
        yield Finding(
            serious=False,
            what="Others on this machine can look into the node's directory.",
            do=f"Close it: chmod 700 {settings.directory}",
        )
    free = shutil.disk_usage(settings.directory).free
    if free < LITTLE_SPACE:
        yield Finding(
            serious=True,
            what=f"Only {free // 1024 // 1024} MB of disk are free.",
            do="Make room: a node that cannot write refuses everything.",
        )
    version = metadata.version("cryptography")
    if int(version.partition(".")[0]) < OLDEST_CRYPTOGRAPHY:
        yield Finding(
            serious=True,
            what=f"The library 'cryptography' is old ({version}).",
            do="Install the versions of the lock file: see the README.",
        )


def _database(settings: Config) -> Iterator[Finding]:
    if not settings.database.exists():
        yield Finding(
            serious=True,
            what=f"{settings.database} is missing.",
            do="Put it back from a backup; fellow members hold copies of the record.",
        )
        return
    try:
        connection = database.connect(settings.database, read_only=True)
    except sqlite3.Error as error:
        yield _unreadable(error)
        return
    try:
        vault = Vault(keys.read_secret(settings.secret))
    except Misused:
        vault = Vault(bytes(keys.SECRET_BYTES))
    desk = Desk(connection=connection, config=settings, vault=vault, now=node.utc_now())
    try:
        yield from _checked(desk)
    except sqlite3.Error as error:
        yield _unreadable(error)
    finally:
        connection.close()


def _unreadable(error: sqlite3.Error) -> Finding:
    return Finding(
        serious=True,
        what=f"The database cannot be read: {error}.",
        do="Stop the node and put the database back from a backup; its record is then "
        "fetched from fellow members.",
    )


def _checked(desk: Desk) -> Iterator[Finding]:
    for [said] in desk.connection.execute("pragma quick_check(3)"):
        if said != "ok":
            yield Finding(
                serious=True,
                what=f"The database is damaged: {said}.",
                do="Stop the node and put the database back from a backup.",
            )
            return
    version = desk.connection.execute("pragma user_version").fetchone()[0]
    known = database.newest_version()
    if version != known:
        yield Finding(
            serious=version > known,
            what=f"The database has schema {version}, and this program {known}.",
            do="Run a newer version of the program."
            if version > known
            else "It is brought up to date when the node starts.",
        )
        return
    for check in (_keys, _record, _clocks, _acts, _on_the_way, _members):
        yield from check(desk)


def _keys(desk: Desk) -> Iterator[Finding]:
    try:
        held = keys.ed25519_key(desk.connection, desk.vault, keys.RECORD_KEY)
    except InvalidTag:
        yield Finding(
            serious=True,
            what="The secret does not open the keys in the database.",
            do="Put back the secret.key that belongs to this database.",
        )
        return
    if held is None:
        yield Finding(serious=True, what="The assembly's record key is missing.")


def _record(desk: Desk) -> Iterator[Finding]:
    """Recompute every record held: the chain, the signatures, the tree."""
    for known in records.assemblies(desk.connection):
        rows = records.entries(desk.connection, known.id)
        try:
            for row in rows:
                canonical.read_canonical(bytes(row["body"]))
            if rows:
                Record.of(archive.read(desk, row) for row in rows)
            sound = archive.is_sound(desk, known)
        except (ProtocolError, Refused) as reason:
            yield _damaged(known, str(reason))
            continue
        if not sound:
            yield _damaged(known, "its entries and its tree do not agree")
    for row in records.contradictions(desk.connection):
        yield Finding(
            serious=False,
            what=f"{_name(desk, row['assembly'])} has signed two things that "
            "contradict each other.",
            do="The page of its record shows both.",
        )


def _damaged(known: records.Known, why: str) -> Finding:
    whose = "Our own record" if known.ours else f"The copy of {known.address}"
    return Finding(
        serious=True,
        what=f"{whose} is damaged: {why}.",
        do="Put the database back from a backup; the others have what it lacks.",
    )


def _clocks(desk: Desk) -> Iterator[Finding]:
    times = records.clocks(desk.connection).values()
    newest = max(times, default=0)
    ahead = datetime.fromtimestamp(newest, UTC) - desk.now
    if ahead > AHEAD:
        yield Finding(
            serious=True,
            what=f"Fellow members' clocks are {ahead} ahead of the one here.",
            do="Set this machine's clock, best by a time service.",
        )


def _acts(desk: Desk) -> Iterator[Finding]:
    waiting = acts.waiting(desk.connection)
    if unconfirmed := [act for act in waiting if not act.ready]:
        kinds = ", ".join(sorted({act.type for act in unconfirmed}))
        yield Finding(
            serious=False,
            what=f"{len(unconfirmed)} acts wait for two tellers: {kinds}.",
            do=f"They confirm them at {desk.config.base}/confirm",
        )
    if ready := [act for act in waiting if act.ready]:
        yield Finding(
            serious=False,
            what=f"{len(ready)} acts are ready to be published.",
            do="A serving node does it once enough fellow members have answered.",
        )


def _on_the_way(desk: Desk) -> Iterator[Finding]:
    for host, late in deliveries.late(
        desk.connection, before=desk.seconds - int(LATE.total_seconds())
    ).items():
        yield Finding(
            serious=False,
            what=f"{host} has not taken {late} deliveries for more than an hour.",
            do="They are tried for a week; perhaps that server is down.",
        )
    [failed] = desk.connection.execute(
        "select count(*) from received where outcome glob 'failed*'"
    ).fetchone()
    if failed:
        yield Finding(
            serious=True,
            what=f"{failed} activities from elsewhere could not be dealt with.",
            do="That is a defect of the program: please report it with the node's log.",
        )


def _members(desk: Desk) -> Iterator[Finding]:
    for known in records.assemblies(desk.connection):
        if known.ours:
            continue
        if known.heard_at is None:
            yield Finding(
                serious=False, what=f"{known.address} has not been heard from yet."
            )
        elif desk.now - canonical.read_time(known.heard_at) > LATE:
            yield Finding(
                serious=False,
                what=f"{known.address} was last heard at {known.heard_at}.",
                do="If its node is gone, the others hold its record.",
            )


def _name(desk: Desk, assembly: str) -> str:
    known = records.assembly(desk.connection, assembly)
    return assembly if known is None else known.address
