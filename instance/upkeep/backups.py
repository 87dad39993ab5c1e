"""A backup is one file from which a node comes back; what opens its keys is not in it.

Whoever finds the file can sign nothing with it, and whoever made it has tried it: a
backup is opened, read and checked before anybody relies on it. See decision 0142.
"""

import contextlib
import hashlib
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import IO, Final

import msgspec

from activitypub import canonical
from confederation.deciding import ballot
from instance import config, decoding, node
from instance.config import Config
from instance.errors import Misused
from instance.matters import erasing
from instance.membership import belonging
from instance.store import database, events, people, posts, records
from instance.upkeep import copies, doctor, exporting, keys

FORMAT: Final = "folkmoot backup 1"
MANIFEST: Final = "backup.json"
NOTES: Final = (erasing.NOTES, belonging.LEFT)
"""What is never to come back: a restore adds to them, and takes nothing away."""
HELD: Final = (config.DATABASE, config.SETTINGS, *NOTES)
_BLOCK: Final = 1024 * 1024
_MOST_MANIFEST: Final = 64 * 1024
_NOT_WHOLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # It is encrypted, or packed in a way that is not known.
    ValueError,
)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says about itself: ``files`` are names and their SHA-256, in hex.

    ``made_at`` is in UTC, ``schema`` the version of the database.
    """

    format: str
    made_at: str
    program: str
    schema: int
    slug: str
    files: dict[str, str]

    @property
    def at(self) -> datetime:
        return canonical.read_time(self.made_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a backup brings back, as of ``at``.

    ``entries`` are those of the assembly's own record, ``fellows`` the other assemblies
    whose records are held. ``wrong`` says what is seriously wrong in it.
    ``opened`` is whether a secret was at hand and opened the keys in it.
    """

    name: str
    at: datetime
    people: int
    open_votes: int
    entries: int
    fellows: int
    wrong: tuple[str, ...]
    opened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of restoring: ``kept`` is where that lies which was there before."""

    brought: Brought
    settings: Config
    kept: Path | None
    has_secret: bool


def write(settings: Config, out: Path, *, now: datetime) -> Path:
    """Write a backup of a node, which may be serving, and return where it lies.

    Only its owner can read it. In a directory it gets a name that tells the time.

    Raises:
        Misused: there is such a file already, it would lie in the node's own directory,
            or something cannot be read or written.
    """
    if not settings.database.exists():
        raise Misused(
            "{file} is missing: there is nothing to back up.", file=settings.database
        )
    target = out / f"{settings.slug}-{now:%Y%m%dT%H%M%SZ}.zip" if out.is_dir() else out
    if settings.directory.resolve() in target.resolve().parents:
        raise Misused(
            "A backup in the directory of the node is lost with it: please choose "
            "another place, best on another machine."
        )
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Misused(
            "{file} is there already, and no backup is written over.", file=target
        ) from error
    except OSError as error:
        raise Misused(
            "{file} cannot be written: {why}.", file=target, why=error.strerror
        ) from error
    try:
        with os.fdopen(handle, "wb") as file:
            _pack(settings, file, beside=target.parent, now=now)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        target.unlink(missing_ok=True)
        if isinstance(error, OSError | sqlite3.Error):
            raise Misused(
                "The backup could not be written: {why}.", why=error
            ) from error
        raise
    return target


def _pack(settings: Config, file: IO[bytes], *, beside: Path, now: datetime) -> None:
    digests: dict[str, str] = {}
    with (
        tempfile.TemporaryDirectory(prefix=".folkmoot-", dir=beside) as folder,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        copied = Path(folder) / config.DATABASE
        schema = database.copy(settings.database, copied)
        # The notes come after the database: what is erased meanwhile is in them.
        for name in HELD:
            source = copied if name == config.DATABASE else settings.directory / name
            if source.exists():
                digests[name] = _digest(source)
                packed.write(source, name)
        manifest = Manifest(
            format=FORMAT,
            made_at=canonical.write_time(now),
            program=metadata.version("folkmoot"),
            schema=schema,
            slug=settings.slug,
            files=digests,
        )
        packed.writestr(MANIFEST, msgspec.json.encode(manifest))


def look_into(path: Path) -> Manifest:
    """Read what a backup says about itself.

    Raises:
        Misused: it cannot be read, is none, or a newer version of the program wrote it.
    """
    with _opened(path) as packed:
        return _manifest(packed)


def try_out(path: Path, *, secret: Path | None, now: datetime) -> Brought:
    """Bring a backup back somewhere apart, check all of it, and throw that away.

    It is brought up to date by today's program. Nothing is served or sent: two nodes
    that sign as one assembly contradict each other.

    Args:
        path: the backup.
        secret: the ``secret.key`` that belongs to it; None leaves the keys unopened.
        now: the time.

    Raises:
        Misused: it is no backup, or something in it is not as it was written.
    """
    with tempfile.TemporaryDirectory(prefix="folkmoot-") as folder:
        manifest = _unpack(path, Path(folder))
        if secret is not None:
            _give_secret(secret, Path(folder) / config.SECRET)
        return _examined(Path(folder), manifest, now)


def restore(
    path: Path, directory: Path, *, secret: Path | None, now: datetime
) -> Restored:
    """Bring a node back from a backup, into an empty directory or over a stopped node.

    What it replaces is kept beside it. Notes of what is never to come back are added
    to those that are there. ``secret`` is put in place if there is none yet.

    Raises:
        Misused: the backup is not whole, the node there is serving or is another
            one's, or the secret does not open the keys; nothing was changed.
    """
    manifest = look_into(path)
    _check_place(directory, manifest)
    own = directory / config.SECRET
    if secret is not None and own.exists() and secret.read_bytes() != own.read_bytes():
        raise Misused("{file} is another secret than the one that you gave.", file=own)
    at_hand = own if own.exists() else secret
    try:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=directory) as folder:
            coming = Path(folder)
            _unpack(path, coming)
            if at_hand is not None:
                _give_secret(at_hand, coming / config.SECRET)
            brought = _examined(coming, manifest, now)
            if at_hand is not None and not brought.opened:
                raise Misused(
                    "{file} does not open the keys in this backup: it belongs to "
                    "another node, or to a later time. Nothing was changed.",
                    file=at_hand,
                )
            kept = _put_in_place(coming, directory, now)
    except OSError as error:
        raise Misused(
            "{directory} cannot be written: {why}.",
            directory=directory,
            why=error.strerror,
        ) from error
    before = copies.last_backup(directory)
    if before is None or before < manifest.at:
        copies.note_backup(directory, manifest.at)
    return Restored(
        brought=brought,
        settings=config.read(directory),
        kept=kept,
        has_secret=own.exists(),
    )


def _check_place(directory: Path, manifest: Manifest) -> None:
    """Check that a node may come back in a directory.

    Raises:
        Misused: it may not.
    """
    if not directory.exists():
        return
    if not directory.is_dir():
        raise Misused("{directory} is no directory.", directory=directory)
    there = {each.name for each in directory.iterdir()}
    if not there & {config.SETTINGS, config.DATABASE}:
        if strange := sorted(there - {config.SECRET, copies.LAST, *NOTES}):
            raise Misused(
                "{directory} holds something that is no node's: {name}. Please "
                "choose an empty directory.",
                directory=directory,
                name=strange[0],
            )
        return
    # A node whose settings were lost comes back here as well.
    if config.SETTINGS in there and config.read(directory).slug != manifest.slug:
        raise Misused(
            "{directory} is the node of {there!r}, and this is a backup of {slug!r}.",
            directory=directory,
            there=config.read(directory).slug,
            slug=manifest.slug,
        )
    if database.is_in_use(directory / config.DATABASE):
        raise Misused("The node is serving: stop it first.")


def _put_in_place(coming: Path, directory: Path, now: datetime) -> Path | None:
    for name in NOTES:
        _add_notes(coming / name, directory / name)
    database_files = [f"{config.DATABASE}{end}" for end in ("", "-wal", "-shm")]
    kept = directory / f"{copies.REPLACED}{now:%Y%m%dT%H%M%SZ}"
    going = [
        each
        for name in (*database_files, config.SETTINGS)
        if (each := directory / name).exists()
    ]
    if going:
        kept.mkdir(mode=0o700)
    for each in going:
        each.replace(kept / each.name)
    if (coming / config.SECRET).exists() and not (directory / config.SECRET).exists():
        (coming / config.SECRET).replace(directory / config.SECRET)
    # The settings come last: what has none is no node yet.
    for name in (config.DATABASE, config.SETTINGS):
        (coming / name).chmod(0o600)
        (coming / name).replace(directory / name)
    return kept if going else None


def _add_notes(coming: Path, there: Path) -> None:
    """Add those lines of a backup's notes that are not there yet."""
    if not coming.exists():
        return
    held = there.read_text("utf-8") if there.exists() else ""
    news = [
        line
        for line in coming.read_text("utf-8").splitlines()
        if line not in held.splitlines()
    ]
    if news:
        # A line that a power cut left without its end stays one that nobody reads.
        gap = "" if held.endswith("\n") or not held else "\n"
        with there.open("a", encoding="utf-8") as notes:
            notes.write(gap + "".join(f"{line}\n" for line in news))
            notes.flush()
            os.fsync(notes.fileno())


def _give_secret(source: Path, target: Path) -> None:
    """Copy a secret, readable by its owner only.

    Raises:
        Misused: it is missing, damaged, or readable by others.
    """
    secret = keys.read_secret(source)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secret)


def _examined(folder: Path, manifest: Manifest, now: datetime) -> Brought:
    """Bring what was unpacked up to date, and say what it is and what is wrong.

    Raises:
        Misused: it cannot be read at all.
    """
    settings = config.read(folder)
    wrong: list[str] = []
    try:
        with contextlib.closing(database.connect(settings.database)) as connection:
            database.migrate(connection)
            for check in (exporting.check_texts, exporting.check_entries):
                try:
                    check(connection)
                except Misused as found:
                    wrong.append(str(found))
            exporting.check_events(connection)
            ours = records.ours(connection)
            group = posts.actor(connection, f"g/{settings.slug}")
            brought = Brought(
                name=settings.slug if group is None else group.name,
                at=manifest.at,
                people=len(people.names(connection)),
                open_votes=_open_votes(connection),
                entries=0 if ours is None else ours.size,
                fellows=sum(not each.ours for each in records.assemblies(connection)),
                wrong=(),
                opened=_opens(settings, connection),
            )
            connection.execute("pragma journal_mode = delete")
    except sqlite3.Error as error:
        raise Misused(
            "The database in this backup cannot be read: {why}.", why=error
        ) from error
    examined = doctor.look_into_database(settings, now)
    wrong += [each.what for each in examined if each.serious]
    return replace(brought, wrong=tuple(wrong))


def _open_votes(connection: sqlite3.Connection) -> int:
    streams = connection.execute(
        "select distinct stream from event where stream glob 'ballot:*'"
    )
    states: Iterator[ballot.State] = (
        node.state_of(row["stream"], events.history(connection, row["stream"]))
        for row in streams.fetchall()
    )
    return sum(state.is_open for state in states)


def _opens(settings: Config, connection: sqlite3.Connection) -> bool:
    if not settings.secret.exists():
        return False
    vault = keys.Vault(keys.read_secret(settings.secret))
    return all(
        keys.opens(vault, name, sealed) for name, sealed in keys.all_sealed(connection)
    )


def _unpack(path: Path, folder: Path) -> Manifest:
    """Unpack the files of a backup, by the names that a node's files have.

    Raises:
        Misused: it is no backup, or not whole.
    """
    with _opened(path) as packed:
        manifest = _manifest(packed)
        for name, digest in manifest.files.items():
            with packed.open(name) as source, (folder / name).open("xb") as target:
                shutil.copyfileobj(source, target, _BLOCK)
            if _digest(folder / name) != digest:
                raise Misused(
                    "{name} in this backup is not as it was written.", name=name
                )
        return manifest


def _manifest(packed: zipfile.ZipFile) -> Manifest:
    with packed.open(MANIFEST) as source:
        manifest = decoding.decode(source.read(_MOST_MANIFEST), Manifest)
    if manifest.format != FORMAT:
        raise Misused("This is no backup of a node that this program can read.")
    if not {config.DATABASE, config.SETTINGS} <= manifest.files.keys() <= {*HELD}:
        raise Misused("This does not hold the files of a node.")
    if manifest.schema > database.newest_version():
        raise Misused(
            "This backup was made by a newer version of the program "
            "({version}): install that one first.",
            version=manifest.program,
        )
    return manifest


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as packed:
            yield packed
    except OSError as error:
        raise Misused(
            "{file} cannot be read: {why}.", file=path, why=error.strerror
        ) from error
    except KeyError as error:
        raise Misused("This is no backup of a node.") from error
    except _NOT_WHOLE as error:
        if _is_export(path):
            raise Misused(
                "This is an export of an assembly, for others to read. It holds "
                "no keys and no sign-ins, so nobody could sign for the assembly with "
                "it: a node comes back from a backup ('folkmoot backup')."
            ) from error
        raise Misused("{file} is no backup, or it is not whole.", file=path) from error


def _is_export(path: Path) -> bool:
    with path.open("rb") as file:
        return exporting.WHOLE.encode() in file.read(200)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
