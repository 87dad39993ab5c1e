"""What a machine without the pen cannot do is refused by its database itself.

At home everything that the assembly does is frozen while the pen is out, and in the
hall nothing enters the public record. Neither depends on a program minding it: any
process that opens the file meets the same triggers. A table that is not named here goes
to the hall with the pen, so a new one is safe before anybody thinks of it.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from confederation.identifiers import LendingId, MemberId
from instance.errors import Misused, PenElsewhere
from instance.store import database
from instance.store.erasures import Erasure

Place = Literal["home", "hall"]

RECORD: Final = frozenset(
    {
        *("assembly", "entry", "tree_node", "checkpoint", "cosignature"),
        *("clock", "contradiction"),
    }
)
"""The public records: nobody writes in them in the hall."""

OF_HOME: Final = frozenset(
    {
        *("received", "seen_signature", "remote_actor", "host", "ended_visit"),
        *("synchronised", "errand", "acquaintance"),
        *("lending", "lending_code", "waiting_form"),
    }
)
"""What home goes on writing: what arrived and waits, and how it got here."""

NOT_TAKEN_ALONG: Final = (
    *("received", "seen_signature", "ended_visit", "errand"),
    *("lending", "lending_code", "waiting_form"),
)
"""Tables of which the hall gets no row."""

OF_THEIR_OWN: Final = frozenset({"event", "actor", "sealed_key", "erasure"})
"""Tables that come back row by row and not whole: see `instance.upkeep.hall`."""

PEN: Final = "pen:it"
_MARK: Final = "frozen"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_IN_THE_HALL: Final = "the pen is in the hall"
_HANDED_OVER: Final = "the pen was handed over"
_NOT_IN_THE_HALL: Final = "not while the pen is lent"
_SAYS: Final = {
    _IN_THE_HALL: "The assembly's pen is in the hall tonight, so nothing is done here "
    "until it is back.",
    _HANDED_OVER: "This machine has handed the pen over, so nothing is done on it any "
    "longer.",
    _NOT_IN_THE_HALL: "This is not done in the hall, but at home, once the pen is "
    "back.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lending:
    """One time that the pen was lent, as this machine sees it."""

    id: LendingId
    place: Place
    state: Literal["out", "returning", "over", "lost"]
    claim_hash: bytes
    lent_upto: int
    at: str

    @property
    def is_on(self) -> bool:
        """Whether the pen is out, or on its way home."""
        return self.state in {"out", "returning"}


@contextmanager
def heeded() -> Iterator[None]:
    """Say in a whole sentence what the database refuses.

    Raises:
        PenElsewhere: what was to be done needs the pen, and it is not here.
    """
    try:
        yield
    except sqlite3.IntegrityError as error:
        says = _SAYS.get(str(error))
        if says is None:
            raise
        raise PenElsewhere(says) from error


def hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def current(connection: sqlite3.Connection) -> Lending | None:
    """Return the lending that is on, or None while the pen is at home."""
    return _read(
        connection.execute(
            "select * from lending where state in ('out', 'returning')"
        ).fetchone()
    )


def newest(connection: sqlite3.Connection) -> Lending | None:
    """Return the lending that began last, on or over."""
    return _read(
        connection.execute(
            "select * from lending order by at desc, id desc limit 1"
        ).fetchone()
    )


def claimed(connection: sqlite3.Connection, claim: str) -> Lending | None:
    """Return the lending of whoever can say this, or None."""
    return _read(
        connection.execute(
            "select * from lending where claim_hash = :hash", {"hash": hashed(claim)}
        ).fetchone()
    )


def is_lent(connection: sqlite3.Connection) -> bool:
    """Whether the pen is out: then nothing is signed, sent or fetched by anybody."""
    row = connection.execute(
        "select 1 from lending where state in ('out', 'returning')"
    ).fetchone()
    return row is not None


def is_away(connection: sqlite3.Connection) -> bool:
    """Whether this machine is one that the assembly does nothing on just now."""
    row = connection.execute(
        """
        select 1 from lending
         where (place = 'home' and state in ('out', 'returning'))
            or (place = 'hall' and state <> 'out')
        """
    ).fetchone()
    return row is not None


def in_hall(connection: sqlite3.Connection) -> Lending | None:
    """Return the lending for which this directory was made, if it was for one."""
    return _read(
        connection.execute("select * from lending where place = 'hall'").fetchone()
    )


def begin(connection: sqlite3.Connection, lending: Lending) -> None:
    connection.execute(
        """
        insert into lending (id, place, claim_hash, state, lent_upto, at)
        values (:id, :place, :claim_hash, :state, :lent_upto, :at)
        """,
        {
            "id": lending.id,
            "place": lending.place,
            "claim_hash": lending.claim_hash,
            "state": lending.state,
            "lent_upto": lending.lent_upto,
            "at": lending.at,
        },
    )


def go_on(connection: sqlite3.Connection, id: LendingId, *, state: str) -> None:
    connection.execute(
        "update lending set state = :state where id = :id", {"id": id, "state": state}
    )


def newest_event(connection: sqlite3.Connection) -> int:
    row = connection.execute("select coalesce(max(id), 0) from event").fetchone()
    return int(row[0])


# Codes


def keep_code(
    connection: sqlite3.Connection, code: str, *, by: str | None, until: int
) -> None:
    """Keep a code in place of any before it."""
    connection.execute("delete from lending_code")
    connection.execute(
        "insert into lending_code (code_hash, by, until) values (:hash, :by, :until)",
        {"hash": hashed(code), "by": by, "until": until},
    )


def use_code(
    connection: sqlite3.Connection, code: str, *, now: int
) -> tuple[str | None] | None:
    """Use a code up; return who made it, in a tuple, or None if there is none such."""
    row = connection.execute(
        """
        delete from lending_code where code_hash = :hash and until > :now
        returning by
        """,
        {"hash": hashed(code), "now": now},
    ).fetchone()
    return None if row is None else (row["by"],)


# Freezing


def tables(connection: sqlite3.Connection, schema: str = "main") -> list[str]:
    """Return the names of all tables that hold what a node knows."""
    return [
        row["name"]
        for row in connection.execute(
            _with(
                """
                select name from {schema}.sqlite_master
                 where type = 'table' and name not glob 'sqlite_*'
                 order by name
                """,
                schema=schema,
            )
        )
    ]


def freeze_home(connection: sqlite3.Connection) -> None:
    """Let nothing happen in the assembly here, but to its pen."""
    for table in tables(connection):
        if table == "event":
            _freeze(connection, table, _IN_THE_HALL, but=PEN)
        elif table not in OF_HOME:
            _freeze(connection, table, _IN_THE_HALL)


def freeze_for_hall(connection: sqlite3.Connection) -> None:
    """Let nothing enter the record here, nor arrive from elsewhere."""
    for table in sorted(RECORD | {"received"}):
        _freeze(connection, table, _NOT_IN_THE_HALL)


def freeze_all(connection: sqlite3.Connection) -> None:
    """Let nothing happen here any more: it is being handed over as it is."""
    thaw(connection)
    for table in tables(connection):
        if table not in {"lending", "ended_visit"}:
            _freeze(connection, table, _HANDED_OVER)


def thaw(connection: sqlite3.Connection) -> None:
    """Let things happen here again."""
    names = [
        row["name"]
        for row in connection.execute(
            "select name from sqlite_master where type = 'trigger' and name glob :mark",
            {"mark": f"{_MARK}_*"},
        )
    ]
    for name in names:
        connection.execute(_with("drop trigger {name}", name=name))


def _freeze(
    connection: sqlite3.Connection, table: str, says: str, *, but: str | None = None
) -> None:
    """Refuse every change of a table, ``but`` new rows of one stream."""
    for change in ("insert", "update", "delete"):
        when = (
            "new.stream <> '{pen}'".replace("{pen}", but)
            if but and change == "insert"
            else "true"
        )
        connection.execute(
            _with(
                """
                create trigger {name} before {change} on {table}
                  when {when}
                begin select raise(abort, '{says}'); end
                """.replace("{when}", when).replace("{says}", says),
                name="_".join((_MARK, table, change)),
                change=change,
                table=table,
            )
        )


def _with(statement: str, **names: str) -> str:
    """Write names of tables, schemas and triggers into a statement, and nothing else.

    They cannot be values of a statement. Each is one of our own, and is looked at.
    """
    for place, name in names.items():
        if not _NAME.fullmatch(name):
            raise Misused("{name!r} is no name of a table.", name=name)
        statement = statement.replace(f"{{{place}}}", name)
    return statement


# Copies


def copy(source: Path, target: Path) -> None:
    """Copy a database whole, as it is at one moment, whoever has it open."""
    target.unlink(missing_ok=True)
    old, new = database.connect(source, read_only=True), sqlite3.connect(target)
    try:
        target.chmod(0o600)
        old.backup(new)
    finally:
        old.close()
        new.close()


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Work on a copy that nobody else has open, and leave one whole file of it."""
    connection = database.connect(path)
    try:
        yield connection
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")
        connection.execute("pragma journal_mode = delete")
    finally:
        connection.close()


def check(path: Path) -> None:
    """Make sure that a file is a whole database of this very version.

    Raises:
        Misused: it is not.
    """
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            [version] = connection.execute("pragma user_version").fetchone()
            [sound] = connection.execute("pragma quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise Misused("What arrived is no database: {error}.", error=error) from error
    if sound != "ok":
        raise Misused("What arrived is damaged. Please send it again.")
    if version != database.newest_version():
        raise Misused(
            "Both machines must run the same version of Folkmoot. Bring both to the "
            "newest one; nothing is lost meanwhile."
        )


def empty(connection: sqlite3.Connection, names: Iterable[str]) -> None:
    """Take every row out of these tables."""
    for name in names:
        connection.execute(_with("delete from {name}", name=name))


def same(connection: sqlite3.Connection, table: str) -> bool:
    """Whether a table holds the same here and in what arrived."""
    row = connection.execute(
        _with(
            """
            select exists (select * from main.{table} except
                           select * from arrived.{table})
                or exists (select * from arrived.{table} except
                           select * from main.{table})
            """,
            table=table,
        )
    ).fetchone()
    return not row[0]


def same_events(connection: sqlite3.Connection, *, upto: int) -> bool:
    """Whether the same happened here and in what arrived, up to an event."""
    row = connection.execute(
        """
        select exists (select * from main.event where id <= :upto except
                       select * from arrived.event where id <= :upto)
            or exists (select * from arrived.event where id <= :upto except
                       select * from main.event where id <= :upto)
        """,
        {"upto": upto},
    ).fetchone()
    return not row[0]


def take_whole(connection: sqlite3.Connection) -> None:
    """Put what arrived in the place of what is here, table by table.

    The public records, what home goes on writing, and `OF_THEIR_OWN` are left alone.
    """
    for table in tables(connection):
        if table in RECORD | OF_HOME | OF_THEIR_OWN:
            continue
        replace(connection, table)


def replace(connection: sqlite3.Connection, table: str) -> None:
    """Put the rows of a table that arrived in the place of those that are here."""
    rows = connection.execute(_with("pragma main.table_info({table})", table=table))
    columns = [row["name"] for row in rows]
    if not all(map(_NAME.fullmatch, columns)):
        raise Misused("{table} has a column whose name cannot be.", table=table)
    listed = ", ".join(f'"{each}"' for each in columns)
    connection.execute(_with("delete from main.{table}", table=table))
    connection.execute(
        _with(
            """
            insert into main.{table} ({columns})
            select {columns} from arrived.{table}
            """.replace("{columns}", listed),
            table=table,
        )
    )


def arrived(connection: sqlite3.Connection) -> LendingId | None:
    """Return the lending for which the database that arrived was made."""
    row = connection.execute(
        "select id from arrived.lending where place = 'hall'"
    ).fetchone()
    return None if row is None else LendingId(row["id"])


def is_over(connection: sqlite3.Connection, id: LendingId) -> bool:
    """Whether a lending ended by the pen's coming home."""
    row = connection.execute(
        "select 1 from lending where id = :id and state = 'over'", {"id": id}
    ).fetchone()
    return row is not None


def events_after(connection: sqlite3.Connection, id: int) -> list[sqlite3.Row]:
    """Return the events after one, with all that is written with them."""
    return connection.execute(
        "select * from event where id > :id order by id", {"id": id}
    ).fetchall()


def add_events(connection: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> None:
    """Put events that happened here behind those that arrived."""
    connection.executemany(
        """
        insert into event (stream, version, type, body, by, at)
        values (:stream, :version, :type, :body, :by, :at)
        """,
        [dict(row) for row in rows],
    )


def people_gone(connection: sqlite3.Connection) -> list[MemberId]:
    """Return who is known here, and was forgotten where the database comes from."""
    return [
        MemberId(row["member"])
        for row in connection.execute(
            """
            select member from main.person
            except select member from arrived.person
            """
        )
    ]


def meetings_to_come(connection: sqlite3.Connection) -> list[str]:
    """Return the meetings that were called and not closed."""
    return [
        row["stream"].partition(":")[2]
        for row in connection.execute(
            """
            select stream from event where type = 'SessionCalled'
            except select stream from event where type = 'SessionClosed'
            """
        )
    ]


def meetings_called(connection: sqlite3.Connection, *, after: int) -> list[str]:
    """Return the meetings that were called after an event."""
    return [
        row["stream"].partition(":")[2]
        for row in connection.execute(
            "select stream from event where type = 'SessionCalled' and id > :after",
            {"after": after},
        )
    ]


def sealed(connection: sqlite3.Connection, schema: str = "main") -> dict[str, bytes]:
    """Return the sealed keys by their names, those of actors aside."""
    return {
        row["name"]: bytes(row["sealed"])
        for row in connection.execute(
            _with("select name, sealed from {schema}.sealed_key", schema=schema)
        )
    }


def drop_key(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("delete from sealed_key where name = :name", {"name": name})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorKeys:
    """What an actor signs with, sealed; ``ed25519`` is None where it keeps its own."""

    path: str
    rsa: bytes
    ed25519: bytes | None
    public_ed25519: str


def actors(connection: sqlite3.Connection) -> list[ActorKeys]:
    return [
        ActorKeys(
            path=row["path"],
            rsa=bytes(row["rsa"]),
            ed25519=None if row["ed25519"] is None else bytes(row["ed25519"]),
            public_ed25519=row["public_ed25519"],
        )
        for row in connection.execute(
            "select path, rsa, ed25519, public_ed25519 from main.actor"
        )
    ]


def keep_actor_keys(
    connection: sqlite3.Connection, path: str, *, rsa: bytes, ed25519: bytes | None
) -> None:
    connection.execute(
        "update actor set rsa = :rsa, ed25519 = :ed25519 where path = :path",
        {"path": path, "rsa": rsa, "ed25519": ed25519},
    )


def erasures_that_arrived(connection: sqlite3.Connection) -> list[Erasure]:
    """Return the withdrawals of texts that were not known here."""
    return [
        Erasure(
            commitment=row["commitment"], why=row["why"], by=row["by"], at=row["at"]
        )
        for row in connection.execute(
            """
            select * from arrived.erasure
             where commitment not in (select commitment from main.erasure)
             order by at, commitment
            """
        )
    ]


# Forms that wait


def _read(row: sqlite3.Row | None) -> Lending | None:
    if row is None:
        return None
    return Lending(
        id=LendingId(row["id"]),
        place=row["place"],
        state=row["state"],
        claim_hash=bytes(row["claim_hash"]),
        lent_upto=row["lent_upto"],
        at=row["at"],
    )
