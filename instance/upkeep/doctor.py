"""Say what is wrong with a node and what to do, to somebody who is no expert.

Nothing is changed: the database is opened for reading, and the node may be serving
meanwhile. Whatever is broken becomes a sentence.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.backends.openssl import backend

from activitypub import canonical, proofs
from activitypub.errors import ProtocolError
from confederation.confederal.compact import left
from confederation.confederal.history import Keys, Record
from confederation.errors import Refused
from confederation.record import Entry, Membership
from instance import archive, chamber, config, node, verification
from instance.config import Config
from instance.desk import Desk
from instance.errors import Misused
from instance.node import Clock
from instance.store import (
    acts,
    checkpoints,
    clocks,
    damages,
    database,
    deliveries,
    lending,
    records,
    waiting_forms,
)
from instance.upkeep import copies, keys
from instance.upkeep.keys import Vault

LITTLE_SPACE: Final = 500 * 1024 * 1024
FEW_FILES: Final = 100
LOCKED_CRYPTOGRAPHY: Final = "50.0.2"
OLDEST_CRYPTOGRAPHY: Final = "46"
LATE: Final = timedelta(hours=1)
AHEAD: Final = timedelta(minutes=10)
RESTORE: Final = "Put the database back from a backup; the others have what it lacks."

# What a broken database, an altered record or a lost file can come to. Whoever asks
# what is wrong must be told of all of them, and of the rest of the node as well.
BROKEN: Final = (
    sqlite3.Error,
    ProtocolError,
    Refused,
    Misused,
    InvalidTag,
    OSError,
    LookupError,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing about a node. ``serious`` ones need somebody to do something."""

    serious: bool
    what: str
    do: str = ""

    def __str__(self) -> str:
        mark = "!" if self.serious else "-"
        return f"{mark} {self.what}" + (f"\n    {self.do}" if self.do else "")


def examine(directory: Path, *, clock: Clock = node.utc_now) -> list[Finding]:
    """Examine the node in a directory; at least one finding, serious ones first.

    Raises:
        Misused: there is no node, or its settings cannot be read.
    """
    settings = config.read(directory)
    found = [*_library(), *_files(settings), *look_into_database(settings, clock())]
    if not any(finding.serious for finding in found):
        found.append(Finding(serious=False, what="Nothing is wrong."))
    return sorted(found, key=lambda finding: not finding.serious)


def _library() -> Iterator[Finding]:
    version = metadata.version("cryptography")
    if _numbers(version) < _numbers(LOCKED_CRYPTOGRAPHY):
        yield Finding(
            serious=_numbers(version) < _numbers(OLDEST_CRYPTOGRAPHY),
            what=f"The library 'cryptography' is older than it was tested with: "
            f"{version} with {backend.openssl_version_text()}.",
            do=f"Install {LOCKED_CRYPTOGRAPHY} from the lock file: see the README.",
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _files(settings: Config) -> Iterator[Finding]:
    try:
        keys.read_secret(settings.secret)
    except Misused as reason:
        yield Finding(serious=True, what=str(reason))
    except OSError as error:
        yield Finding(
            serious=True,
            what=f"{settings.secret} cannot be read: {error.strerror}.",
            do="Examine the node as the user that runs it.",
        )
    if settings.directory.stat().st_mode & 0o077:
        yield Finding(
            serious=False,
            what="Others on this machine can look into the node's directory.",
            do=f"Close it: chmod 700 {settings.directory}",
        )
    shut = [each for each in _written(settings) if not os.access(each, os.W_OK)]
    if shut:
        yield Finding(
            serious=True,
            what=f"{shut[0]} cannot be written.",
            do="Is its disk mounted for reading only? If not, give all of it to the "
            f"user who runs the node: chown -R USER {settings.directory}, then "
            f"chmod -R u+rwX {settings.directory}",
        )
    places = os.statvfs(settings.directory)
    if places.f_files and places.f_favail < FEW_FILES:
        yield Finding(
            serious=True,
            what=f"The disk has room for {places.f_favail} more files only.",
            do="Delete files that nobody needs, however small they are.",
        )
    free = shutil.disk_usage(settings.directory).free
    if free < LITTLE_SPACE:
        yield Finding(
            serious=True,
            what=f"Only {free // 1024 // 1024} MB of disk are free.",
            do="Make room: a node that cannot write refuses everything.",
        )


def _written(settings: Config) -> Iterator[Path]:
    """Name what the node must be able to write: its directory, its database, its logs.

    SQLite gives a log the rights that the database had when the log was made.
    """
    yield settings.directory
    for end in ("", "-wal", "-shm"):
        file = settings.database.with_name(settings.database.name + end)
        if file.exists():
            yield file


def look_into_database(settings: Config, now: datetime) -> Iterator[Finding]:
    """Examine a node's database alone, with its keys if the secret is there."""
    if not settings.database.exists():
        yield Finding(
            serious=True,
            what=f"{settings.database} is missing.",
            do="Put it back from a backup; fellow members hold copies of the record.",
        )
        return
    if not os.access(settings.database, os.R_OK):
        yield Finding(
            serious=True,
            what=f"{settings.database} cannot be read by whoever examines it.",
            do="Examine the node as the user that runs it.",
        )
        return
    try:
        connection = database.look_at(settings.database)
    except (sqlite3.Error, OSError) as error:
        yield _unreadable(error)
        return
    try:
        yield from _read(connection, settings, now)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        # What SQLite says of a damaged file may hold the damaged bytes themselves.
        yield _unreadable(error)
    finally:
        connection.close()


def _unreadable(error: Exception) -> Finding:
    return Finding(
        serious=True,
        what=f"The database cannot be read: {error}.",
        do="Stop the node and put the database back from a backup; its record is then "
        "fetched from fellow members.",
    )


def _read(
    connection: sqlite3.Connection, settings: Config, now: datetime
) -> Iterator[Finding]:
    for [said] in connection.execute("pragma quick_check(3)"):
        if said != "ok":
            yield Finding(
                serious=True,
                what=f"The database is damaged: {said}.",
                do="Stop the node and put the database back from a backup.",
            )
            return
    version = connection.execute("pragma user_version").fetchone()[0]
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
    try:
        secret = keys.read_secret(settings.secret)
    except (Misused, OSError):
        # That was said already; all but the keys can be examined without it.
        secret = None
    desk = Desk(
        connection=connection,
        config=settings,
        vault=Vault(secret or bytes(keys.SECRET_BYTES)),
        now=now,
    )
    # One view of the whole, though the node may be writing meanwhile.
    connection.execute("begin")
    for what, check in (
        ("The pen", _pen),
        ("The backups", _backups),
        *((("The keys", _keys),) if secret else ()),
        ("The records", _records),
        ("What was damaged", _damage),
        ("The contradictions", _contradictions),
        ("The clock", _clocks),
        ("What waited for the pen", _forms),
        ("What waits to be published", _acts),
        ("What is on its way", _on_the_way),
        ("The compacts", _compacts),
        ("The fellow members", _members),
    ):
        try:
            yield from check(desk)
        except BROKEN as error:
            why = str(error) or type(error).__name__
            yield Finding(
                serious=True, what=f"{what} could not be examined: {why}.", do=RESTORE
            )


def _pen(desk: Desk) -> Iterator[Finding]:
    """Say where the pen is, if it is lent."""
    here = lending.in_hall(desk.connection)
    out = lending.current(desk.connection)
    if here is not None:
        what, do = _OF_A_HALL[here.state]
        yield Finding(serious=here.state == "lost", what=what, do=do)
    elif out is not None:
        yield Finding(
            serious=False,
            what=f"The pen is in the hall since {out.at}: nothing is published here.",
            do="It comes back by 'folkmoot hall return', or two tellers take it back "
            f"at {desk.config.base}/hall",
        )


_OF_A_HALL: Final = {
    "out": (
        "This machine holds the pen that home lent to it.",
        "Bring it back with 'folkmoot hall return'.",
    ),
    "returning": (
        "This machine is handing the pen over, and nothing is done on it any longer.",
        "Go on with 'folkmoot hall return'.",
    ),
    "over": ("The pen is home; this copy can be deleted.", ""),
    "lost": (
        "Two tellers have taken the pen back from this machine.",
        "What it alone holds is shown by 'folkmoot hall show'; enter it again at home.",
    ),
}


def _backups(desk: Desk) -> Iterator[Finding]:
    """Say how old the last backup is."""
    made = copies.last_backup(desk.config.directory)
    late = copies.is_late(desk)
    do = f"Make one: folkmoot backup {desk.config.directory} FILE" if late else ""
    if made is not None:
        what = f"The last backup was made {_span(desk.now - made)} ago."
        yield Finding(serious=False, what=what, do=do)
    elif late:
        yield Finding(serious=False, what="There is no backup yet.", do=do)


def _keys(desk: Desk) -> Iterator[Finding]:
    """Open every key that is kept, and hold the record key to the record."""
    sealed = keys.all_sealed(desk.connection)
    in_hall = lending.in_hall(desk.connection) is not None
    needed = {keys.COOKIE_KEY} if in_hall else {keys.RECORD_KEY, keys.COOKIE_KEY}
    lost = sorted(needed - {name for name, _ in sealed})
    for name in lost:
        yield Finding(
            serious=True,
            what=f"The node's key {name!r} is missing.",
            do="Put the database back from a backup.",
        )
    shut = [name for name, bytes_ in sealed if not keys.opens(desk.vault, name, bytes_)]
    if shut:
        which = "the keys" if len(shut) == len(sealed) else ", ".join(shut)
        yield Finding(
            serious=True,
            what=f"The secret does not open {which} in the database.",
            do="Put back the secret.key that belongs to this database.",
        )
    ours = records.ours(desk.connection)
    if shut or lost or in_hall or ours is None or not ours.size:
        return
    held = keys.ed25519_key(desk.connection, desk.vault, keys.RECORD_KEY)
    assert held is not None
    in_force = archive.keys_at(desk, ours.id, ours.size).current
    if in_force != proofs.multikey(held.public_key()):
        yield Finding(
            serious=True,
            what="The record key kept here is not the one that is in force in the "
            "assembly's record.",
            do="Nothing that this node signs is believed: put back the key that is.",
        )


def _records(desk: Desk) -> Iterator[Finding]:
    """Check every record held again: the chain, each signature, the tree."""
    for known in records.assemblies(desk.connection):
        try:
            _check(desk, known)
        except (ProtocolError, Refused, ValueError) as reason:
            whose = "Our own record" if known.ours else f"The copy of {known.address}"
            yield Finding(
                serious=True,
                what=f"{whose} is damaged: {str(reason).rstrip('.')}.",
                do=RESTORE,
            )


def _check(desk: Desk, known: records.Known) -> None:
    """Check one record whole.

    Raises:
        ProtocolError, Refused, ValueError: it is not as its assembly signed it.
    """
    held: list[Entry] = []
    in_force = Keys()
    for row in records.entries(desk.connection, known.id):
        body = bytes(row["body"])
        document = canonical.read_canonical(body)
        verified, signer = verification.read_with_signer(document, body)
        entry = verified.entry
        if entry.digest != row["digest"] or entry.seq != row["seq"]:
            raise ValueError(f"entry {row['seq']} is not the one that was filed")
        if signer not in in_force.signers(entry.fact, archive.given_to(desk, entry)):
            raise ValueError(f"entry {row['seq']} is not signed with its record key")
        in_force = in_force.after(entry.fact)
        held.append(entry)
    if held and Record.of(held).assembly != known.id:
        raise ValueError("it begins with the founding of another assembly")
    if not archive.is_sound(desk, known):
        raise ValueError("its entries and its tree do not agree")


def _damage(desk: Desk) -> Iterator[Finding]:
    """Say what was found damaged while it was read; `_records` looks at everything."""
    waiting = damages.unmended(desk.connection)
    for each in waiting:
        yield Finding(
            serious=True,
            what=f"Entry {each.seq} of {_name(desk, each.assembly)} is not here as it "
            "was signed.",
            do=f"Mend it from a copy: folkmoot repair {desk.config.directory}",
        )


def _contradictions(desk: Desk) -> Iterator[Finding]:
    for known in records.assemblies(desk.connection):
        settled = chamber.turned_away(desk, known.id)
        for shown in chamber.evidence(desk, known.id):
            over = bool({shown.a, shown.b} & settled)
            yield Finding(
                serious=known.ours and not over,
                what=f"{known.address} has signed two things that contradict each "
                f"other{', and has settled it' if over else ''}.",
                do=f"Both sides: {desk.config.base}/record/"
                f"{known.id.removeprefix('sha256:')}/contradictions",
            )


def _clocks(desk: Desk) -> Iterator[Finding]:
    times = checkpoints.clocks(desk.connection).values()
    ahead = datetime.fromtimestamp(max(times, default=0), UTC) - desk.now
    if ahead > AHEAD:
        yield Finding(
            serious=True,
            what=f"Fellow members' clocks are {_span(ahead)} ahead of the one here.",
            do="Set this machine's clock, best by a time service.",
        )
    for each in clocks.apart(desk.connection):
        far = timedelta(seconds=abs(each.seconds))
        if far > AHEAD:
            where = "ahead of" if each.seconds > 0 else "behind"
            yield Finding(
                serious=False,
                what=f"The clock of {_name(desk, each.assembly)} was {_span(far)} "
                f"{where} the one here when it was last asked.",
                do="If most are apart from the one here, set this machine's clock.",
            )
    ours = records.ours(desk.connection)
    row = None if ours is None else records.entry(desk.connection, ours.head)
    if row is not None:
        early = archive.read(desk, row).published - desk.now
        if early > AHEAD:
            yield Finding(
                serious=True,
                what=f"Our newest entry was published {_span(early)} from now.",
                do="This machine's clock was ahead, or is behind: set it.",
            )


def _forms(desk: Desk) -> Iterator[Finding]:
    if failed := waiting_forms.failed_on(desk.connection):
        yield Finding(
            serious=True,
            what=f"{failed} forms that waited for the pen could not be carried out: "
            "the program fails on them.",
            do="They are kept, and tried again when the node is started. The log says "
            "why they fail ('waiting form failed'); please report it.",
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
        kinds = ", ".join(sorted({act.type for act in ready}))
        yield Finding(
            serious=False,
            what=f"{len(ready)} acts are ready to be published: {kinds}.",
            do="A serving node does it once enough fellow members have answered.",
        )


def _on_the_way(desk: Desk) -> Iterator[Finding]:
    before = desk.seconds - int(LATE.total_seconds())
    for row in deliveries.late(desk.connection, before=before):
        waited = timedelta(seconds=desk.seconds - row["since"])
        last = f" The last attempt: {row['outcome']}." if row["outcome"] else ""
        yield Finding(
            serious=False,
            what=f"{row['n']} deliveries to {row['host']} have waited for up to "
            f"{_span(waited)}.{last}",
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


def _compacts(desk: Desk) -> Iterator[Finding]:
    """Say where too few fellow members were heard from for this node to sign."""
    ours = records.ours(desk.connection)
    kept = None if ours is None else chamber.record_of(desk, ours.id)
    if kept is None:
        return
    joined = {fact.compact for _, fact in kept.facts(Membership) if fact.act == "join"}
    heard = {
        known.id
        for known in records.assemblies(desk.connection)
        if known.heard_at and desk.now - canonical.read_time(known.heard_at) <= LATE
    }
    for digest in sorted(joined):
        compact = chamber.compact_of(desk, digest)
        if compact is None:
            yield Finding(
                serious=True,
                what=f"The compact {digest} that the assembly joined is not here.",
                do="Get it from a fellow member's page.",
            )
        elif left(compact, kept, kept.size) is None:
            answering = sum(seat.assembly in heard for seat in compact.members)
            if answering < compact.t - 1:
                yield Finding(
                    serious=False,
                    what=f"Of the compact {digest[:15]}… with {compact.n} members "
                    f"{answering} others were heard from in the last hour.",
                    do=f"A node that starts signs nothing until {compact.t - 1} of "
                    "them have told it where its record stands.",
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


def _span(span: timedelta) -> str:
    """Write a span as people say it, in its largest unit."""
    for unit, seconds in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if (count := span // timedelta(seconds=seconds)) > 1:
            return f"{count} {unit}"
    return "a minute"
