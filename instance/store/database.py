"""One connection writes, and what was acknowledged is on the disk.

Work on the database is a plain function over a connection. Waiting writes run together
between one ``begin immediate`` and one ``commit``, each in a savepoint of its own, so
one refused command undoes nothing but itself (docs/decisions/0007).
"""

import asyncio
import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Self, TypeVar

import aiosqlite

from instance.errors import Misused

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

BEFORE = "before-upgrade-"
"""What the name of a copy made before an upgrade begins with."""
MOST_IN_ONE_COMMIT = 512
OF_THE_DISK = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY)
READERS = 2


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the database with the settings that every connection of a node has."""
    connection = sqlite3.connect(
        path, timeout=30, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma secure_delete = on")
    connection.execute("pragma cache_size = -16000")
    if read_only:
        connection.execute("pragma query_only = on")
    return connection


def look_at(path: Path) -> sqlite3.Connection:
    """Open a database to be read and left as it is, whoever else has it open.

    Without a log beside it nobody does: then not even a lock file is made.
    """
    log = path.with_name(f"{path.name}-wal")
    alone = "" if log.exists() and log.stat().st_size else "&immutable=1"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro{alone}", uri=True, isolation_level=None
    )
    connection.row_factory = sqlite3.Row
    connection.execute("pragma query_only = on")
    return connection


def newest_version() -> int:
    """Return the schema version that this program brings a database to."""
    return len(_steps())


@cache
def _steps() -> tuple[tuple[str, str], ...]:
    """Read the migrations, which do not change while a program runs."""
    folder = resources.files("instance.store") / "migrations"
    return tuple(
        sorted(
            (item.name, item.read_text(encoding="utf-8"))
            for item in folder.iterdir()
            if item.name.endswith(".sql")
        )
    )


def migrate(connection: sqlite3.Connection) -> int:
    """Bring the schema to the newest version and return that version's number.

    Each migration runs once, in order, in a transaction of its own.

    Raises:
        Misused: the database was written by a newer version of the program.
    """
    steps = _steps()
    version = _version(connection)
    if version > len(steps):
        raise Misused(
            "The database has schema version {version}, and this program knows "
            "only {steps}: run a newer version of it.",
            version=version,
            steps=len(steps),
        )
    for number, (_, script) in enumerate(steps[version:], start=version + 1):
        connection.executescript(
            f"begin immediate;\n{script}\npragma user_version = {number};\ncommit;"
        )
    return len(steps)


def current(path: Path) -> sqlite3.Connection:
    """Open a node's database as `connect` does, brought up to date.

    Before a database of an older version is changed it is copied beside (see
    `instance.upkeep.copies`). Whoever comes meanwhile waits, and finds it done.

    Raises:
        Misused: a newer version wrote it, an older program has it open, or there is no
            room for the copy; nothing was changed.
    """
    connection = connect(path)
    if _version(connection) == newest_version():
        return connection
    connection.close()
    with _alone(path.parent):
        _upgrade(path)
    return connect(path)


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("pragma user_version").fetchone()[0]
    return version


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold a directory against others who would bring its database up to date."""
    # The directory and not the database: whoever closes a file of SQLite's beside it
    # lets go of the locks that SQLite has on it.
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _upgrade(path: Path) -> None:
    with contextlib.closing(connect(path)) as connection:
        version = _version(connection)
    if 0 < version < newest_version():
        if is_in_use(path):
            raise Misused(
                "Another program has the database of this node open, and this one is "
                "newer: please stop the node first, then start it with this program. "
                "Nothing was changed."
            )
        _copy_before(path, version)
    with contextlib.closing(connect(path)) as connection:
        migrate(connection)


def _copy_before(path: Path, version: int) -> None:
    target = path.with_name(f"{BEFORE}{version}.sqlite")
    draft = target.with_suffix(".new")
    try:
        draft.unlink(missing_ok=True)
        copy(path, draft)
    except (sqlite3.Error, OSError) as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise Misused(
            "The database is to be brought up to date, and the copy before that cannot "
            "be written: {why}. Nothing was changed; please make room.",
            why=error,
        ) from error
    draft.replace(target)


def copy(source: Path, target: Path) -> int:
    """Copy a database whole into one new file, also while others write to it.

    Only its owner can read it. Returns the version of its schema.
    """
    target.touch(mode=0o600, exist_ok=False)
    with (
        contextlib.closing(connect(source, read_only=True)) as connection,
        contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copied,
    ):
        connection.backup(copied)
        # Without a log beside it the copy is a single file.
        copied.execute("pragma journal_mode = delete")
        version: int = copied.execute("pragma user_version").fetchone()[0]
        return version


def is_of_the_disk(error: sqlite3.Error) -> bool:
    """Whether it is the disk that keeps nothing, and neither our SQL nor a lock."""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return primary in OF_THE_DISK


def is_in_use(path: Path) -> bool:
    """Whether anybody has a database open; one that cannot be read counts as free."""
    if not path.exists():
        return False
    try:
        with contextlib.closing(
            sqlite3.connect(path, timeout=1, isolation_level=None)
        ) as alone:
            alone.execute("pragma locking_mode = exclusive")
            alone.execute("begin exclusive")
            alone.execute("rollback")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode == sqlite3.SQLITE_BUSY
    except sqlite3.DatabaseError:
        return False
    return False


def transaction(connection: sqlite3.Connection, work: Work[T]) -> T:
    """Do one piece of work whole or not at all, outside a running node."""
    connection.execute("begin immediate")
    try:
        result = work(connection)
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
    return result


@contextmanager
def nested(connection: sqlite3.Connection) -> Iterator[None]:
    """Do a part of a transaction whole or not at all, whatever becomes of the rest."""
    connection.execute("savepoint part")
    try:
        yield
    except BaseException:
        # Where the disk is full, SQLite has undone the whole transaction already.
        if connection.in_transaction:
            connection.execute("rollback to part")
            connection.execute("release part")
        raise
    connection.execute("release part")


class _Outcome:
    """What one piece of work came to, carried from the writer's thread."""

    __slots__ = ("error", "result")

    def __init__(self) -> None:
        self.result: Any = None
        self.error: Exception | None = None


def _as_asked(work: Work[T]) -> Work[T]:
    """Let work find around it what was set where it was asked for, and leave nothing.

    Such as the language in which a page is read: each thread serves one after another.
    """
    around = copy_context()
    return lambda connection: around.run(work, connection)


def _run_batch(
    connection: sqlite3.Connection, batch: list[Work[Any]]
) -> list[_Outcome]:
    outcomes = [_Outcome() for _ in batch]
    connection.execute("begin immediate")
    try:
        for work, outcome in zip(batch, outcomes, strict=True):
            # Whatever a command raises belongs to the one who asked for it; the
            # others in the batch must not lose their work to it.
            try:
                with nested(connection):
                    outcome.result = work(connection)
            except Exception as error:
                if not connection.in_transaction:
                    raise
                outcome.error = error
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
    return outcomes


class Database:
    """The database of a running node: one writer, a few readers.

    A piece of work finds around it what was set where it was asked for, such as a
    language to speak, and leaves nothing of the kind to the next on the same thread.

    Use as an asynchronous context manager.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._wake = asyncio.Event()
        self._writer: aiosqlite.Connection
        self._readers: asyncio.LifoQueue[aiosqlite.Connection]
        self._watcher: sqlite3.Connection
        self._unsure = 0
        self._drain: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._writer = await aiosqlite.Connection(
            lambda: current(self._path), iter_chunk_size=64
        )
        self._readers = asyncio.LifoQueue()
        self._watcher = connect(self._path, read_only=True)
        self._watcher.execute("pragma busy_timeout = 0")
        for _ in range(READERS):
            self._readers.put_nowait(
                await aiosqlite.Connection(
                    lambda: connect(self._path, read_only=True), iter_chunk_size=64
                )
            )
        self._drain = asyncio.create_task(self._write_waiting())
        return self

    async def __aexit__(self, *exception: object) -> None:
        while self._waiting:
            self._wake.set()
            await asyncio.sleep(0.01)
        self._drain.cancel()
        await asyncio.gather(self._drain, return_exceptions=True)
        await self._writer.close()
        self._watcher.close()
        for _ in range(READERS):
            await (await self._readers.get()).close()

    async def write(self, work: Work[T]) -> T:
        """Do a piece of work in a transaction; return only when it is on the disk.

        Whatever the work raises is raised here, and then nothing of it was kept.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((_as_asked(work), future))
        self._wake.set()
        return await future

    async def read(self, work: Work[T]) -> T:
        """Read in one consistent view of the database."""
        reader = await self._readers.get()
        try:
            asked = _as_asked(work)
            return await self._on_thread(reader, lambda c: _consistently(c, asked))
        finally:
            self._readers.put_nowait(reader)

    def version(self) -> int:
        """Return a number that is another one after any commit, by whichever process.

        It is looked up without a hop to another thread, and reads no page.
        """
        try:
            [version] = self._watcher.execute("pragma data_version").fetchone()
        except sqlite3.OperationalError:
            # It is locked just now, and what is not known may have changed.
            self._unsure -= 1
            return self._unsure
        return int(version)

    async def forget_steps(self) -> None:
        """Leave only the present in the files, and nothing of how it came about.

        The write-ahead log holds what each commit changed, side by side. It is folded
        into the database and emptied.
        """
        await self._on_thread(self._writer, _empty_log)

    async def write_beside(self, other: Path, work: Work[T]) -> T:
        """Do a piece of work as `write` does, with another database as ``arrived``.

        References between rows are not looked at as they change, but at the end.

        Raises:
            Misused: they did not hold at the end, and nothing was kept.
        """
        return await self._on_thread(
            self._writer, lambda connection: _beside(connection, other, work)
        )

    @staticmethod
    async def _on_thread(connection: aiosqlite.Connection, work: Work[T]) -> T:
        # aiosqlite has no public way to run a function on its thread, and one
        # statement at a time costs fifty times as much (docs/decisions/0007).
        execute = connection._execute  # noqa: SLF001
        raw = connection._conn  # noqa: SLF001
        result: T = await execute(work, raw)  # type: ignore[no-untyped-call]
        return result

    async def _write_waiting(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = self._waiting[:MOST_IN_ONE_COMMIT]
                del self._waiting[: len(batch)]
                await self._write_batch(batch)

    async def _write_batch(
        self, batch: list[tuple[Work[Any], asyncio.Future[Any]]]
    ) -> None:
        works = [work for work, _ in batch]
        try:
            outcomes = await self._on_thread(
                self._writer, lambda connection: _run_batch(connection, works)
            )
        except sqlite3.Error as error:
            # The commit itself failed (a full disk, say): nobody is told that their
            # work was kept, and the writer lives on for the next batch.
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():
                continue
            if outcome.error is not None:
                future.set_exception(outcome.error)
            else:
                future.set_result(outcome.result)


def _beside(connection: sqlite3.Connection, other: Path, work: Work[T]) -> T:
    # Neither of these can be done inside a transaction.
    connection.execute("attach :path as arrived", {"path": str(other)})
    connection.execute("pragma foreign_keys = off")
    try:
        return transaction(connection, lambda inside: _checked(inside, work))
    finally:
        connection.execute("pragma foreign_keys = on")
        connection.execute("detach arrived")


def _checked(connection: sqlite3.Connection, work: Work[T]) -> T:
    result = work(connection)
    if connection.execute("pragma main.foreign_key_check").fetchone() is not None:
        raise Misused("What arrived does not fit together. Nothing of it was kept.")
    return result


def _empty_log(connection: sqlite3.Connection) -> None:
    connection.execute("pragma wal_checkpoint(truncate)")


def _consistently(connection: sqlite3.Connection, work: Work[T]) -> T:
    connection.execute("begin")
    try:
        return work(connection)
    finally:
        connection.execute("commit")
