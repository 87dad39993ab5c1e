"""Seeds that assemblies ask each other for, and what they signed about them."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation.identifiers import AssemblyId, Digest

MOST_WANTED: Final = 20
"""So many requests of one assembly are kept that we have not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A seed that we asked an assembly for, with all that was signed about it."""

    request: Digest
    panel: str
    assembly: AssemblyId
    name: str
    since: str
    asked: JsonObject
    commitment: Digest | None
    given: JsonObject | None
    told: JsonObject | None
    wrong: JsonObject | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A seed that an assembly asks us for; ``fixed`` is the list that was made there.

    ``panel`` is the address of theirs.
    """

    request: Digest
    assembly: AssemblyId
    panel: str
    question: str
    at: datetime
    commitment: Digest | None
    fixed: Digest | None
    given: JsonObject | None
    told: JsonObject | None


def ask(
    connection: sqlite3.Connection,
    request: Digest,
    *,
    panel: str,
    assembly: str,
    name: str,
    since: str,
    document: JsonObject,
) -> None:
    connection.execute(
        """
        insert into asked_seed (request, panel, assembly, name, since, asked)
        values (:request, :panel, :assembly, :name, :since, :asked)
        """,
        {
            "request": request,
            "panel": panel,
            "assembly": assembly,
            "name": name,
            "since": since,
            "asked": _written(document),
        },
    )


def asked(connection: sqlite3.Connection, request: str) -> Asked | None:
    row = connection.execute(
        "select * from asked_seed where request = :request", {"request": request}
    ).fetchone()
    return None if row is None else _asked(row)


def asked_for(connection: sqlite3.Connection, panel: str) -> list[Asked]:
    """Return what was asked for a panel, for each of its draws."""
    return [
        _asked(row)
        for row in connection.execute(
            """
            select * from asked_seed where panel = :panel
             order by since, assembly
            """,
            {"panel": panel},
        )
    ]


def keep_given(
    connection: sqlite3.Connection,
    request: str,
    *,
    commitment: str,
    document: JsonObject,
) -> None:
    connection.execute(
        """
        update asked_seed set commitment = :commitment, given = :given
         where request = :request
        """,
        {"request": request, "commitment": commitment, "given": _written(document)},
    )


def keep_told(
    connection: sqlite3.Connection, request: str, document: JsonObject
) -> None:
    connection.execute(
        "update asked_seed set told = :told where request = :request",
        {"request": request, "told": _written(document)},
    )


def keep_wrong(
    connection: sqlite3.Connection, request: str, document: JsonObject
) -> None:
    connection.execute(
        "update asked_seed set wrong = :wrong where request = :request",
        {"request": request, "wrong": _written(document)},
    )


def want(
    connection: sqlite3.Connection,
    request: Digest,
    *,
    assembly: str,
    panel: str,
    question: str,
    at: datetime,
) -> bool:
    """Keep that an assembly asks us for a seed; False if there is no room for it."""
    found = connection.execute(
        """
        insert into wanted_seed (request, assembly, panel, question, at)
        select :request, :assembly, :panel, :question, :at
         where (select count(*) from wanted_seed
                 where assembly = :assembly and commitment is null) < :most
            on conflict do nothing
        """,
        {
            "request": request,
            "assembly": assembly,
            "panel": panel,
            "question": question,
            "at": canonical.write_time(at),
            "most": MOST_WANTED,
        },
    )
    return found.rowcount == 1


def wanted(connection: sqlite3.Connection, request: str) -> Wanted | None:
    row = connection.execute(
        "select * from wanted_seed where request = :request", {"request": request}
    ).fetchone()
    return None if row is None else _wanted(row)


def wanted_by(
    connection: sqlite3.Connection, assembly: str, *, panel: str
) -> list[Wanted]:
    """Return what an assembly asked us for, for one of its panels."""
    return [
        _wanted(row)
        for row in connection.execute(
            """
            select * from wanted_seed
             where assembly = :assembly and panel = :panel
             order by at, request
            """,
            {"assembly": assembly, "panel": panel},
        )
    ]


def newest_wanted(connection: sqlite3.Connection, *, most: int) -> list[Wanted]:
    """Return the seeds that we were asked for, the newest first."""
    return [
        _wanted(row)
        for row in connection.execute(
            "select * from wanted_seed order by at desc, request limit :most",
            {"most": most},
        )
    ]


def unanswered(connection: sqlite3.Connection) -> list[str]:
    """Return the questions of the panels for which we are asked and gave no seed."""
    return [
        row["question"]
        for row in connection.execute(
            """
            select question from wanted_seed where commitment is null
             order by at, request
            """
        )
    ]


def give(
    connection: sqlite3.Connection,
    request: str,
    *,
    commitment: str,
    document: JsonObject,
) -> None:
    connection.execute(
        """
        update wanted_seed set commitment = :commitment, given = :given
         where request = :request
        """,
        {"request": request, "commitment": commitment, "given": _written(document)},
    )


def tell(
    connection: sqlite3.Connection, request: str, *, fixed: str, document: JsonObject
) -> None:
    connection.execute(
        "update wanted_seed set fixed = :fixed, told = :told where request = :request",
        {"request": request, "fixed": fixed, "told": _written(document)},
    )


def _asked(row: sqlite3.Row) -> Asked:
    asked = _read(row["asked"])
    assert asked is not None
    return Asked(
        request=Digest(row["request"]),
        panel=row["panel"],
        assembly=AssemblyId(row["assembly"]),
        name=row["name"],
        since=row["since"],
        asked=asked,
        commitment=_digest(row["commitment"]),
        given=_read(row["given"]),
        told=_read(row["told"]),
        wrong=_read(row["wrong"]),
    )


def _wanted(row: sqlite3.Row) -> Wanted:
    return Wanted(
        request=Digest(row["request"]),
        assembly=AssemblyId(row["assembly"]),
        panel=row["panel"],
        question=row["question"],
        at=canonical.read_time(row["at"]),
        commitment=_digest(row["commitment"]),
        fixed=_digest(row["fixed"]),
        given=_read(row["given"]),
        told=_read(row["told"]),
    )


def _digest(value: str | None) -> Digest | None:
    return None if value is None else Digest(value)


def _written(document: JsonObject) -> str:
    return canonical.canonical(document).decode()


def _read(value: str | None) -> JsonObject | None:
    return None if value is None else canonical.read(value.encode())
