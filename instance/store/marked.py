"""What people marked on the statements of an open question: rows, and nobody's name."""

import sqlite3
from collections.abc import Mapping
from typing import cast

from confederation.deciding.bridging import Mark
from confederation.identifiers import MemberId
from confederation.meeting.double_entry import Entered

Marks = Mapping[int, Mark]


def keep(
    connection: sqlite3.Connection,
    ground: str,
    participant: bytes,
    marks: Marks,
    *,
    session: str,
) -> None:
    """Keep what somebody marked; marked again, a statement has the later mark."""
    connection.executemany(
        """
        insert into ground_mark (session, ground, participant, statement, mark)
        values (:session, :ground, :participant, :statement, :mark)
            on conflict (ground, participant, statement) do update
            set mark = excluded.mark, fresh = 1 where mark <> excluded.mark
        """,
        [
            {
                "session": session,
                "ground": ground,
                "participant": participant,
                "statement": statement,
                "mark": mark,
            }
            for statement, mark in marks.items()
        ],
    )


def of_one(
    connection: sqlite3.Connection, ground: str, participant: bytes
) -> dict[int, Mark]:
    """Return what one person marked, by the number of the statement."""
    return {
        row["statement"]: row["mark"]
        for row in connection.execute(
            """
            select statement, mark from ground_mark
             where ground = :ground and participant = :participant
            """,
            {"ground": ground, "participant": participant},
        )
    }


def rows(connection: sqlite3.Connection, ground: str) -> list[dict[int, Mark]]:
    """Return what each person marked, in no order that says who they are."""
    found: dict[bytes, dict[int, Mark]] = {}
    for row in connection.execute(
        """
        select participant, statement, mark from ground_mark
         where ground = :ground order by participant, statement
        """,
        {"ground": ground},
    ):
        found.setdefault(row["participant"], {})[row["statement"]] = row["mark"]
    return list(found.values())


def people(connection: sqlite3.Connection, ground: str, *, fresh: bool = False) -> int:
    """Return how many people have marked something, or something ``fresh``."""
    [number] = connection.execute(
        """
        select count(distinct participant) from ground_mark
         where ground = :ground and fresh >= :fresh
        """,
        {"ground": ground, "fresh": int(fresh)},
    ).fetchone()
    return cast(int, number)


def seen(connection: sqlite3.Connection, ground: str) -> None:
    """Note that a view was drawn of all that is marked now."""
    connection.execute(
        "update ground_mark set fresh = 0 where ground = :ground and fresh = 1",
        {"ground": ground},
    )


def hand_over(
    connection: sqlite3.Connection, ground: str, participant: bytes, *, to: bytes
) -> None:
    """Let somebody be known by another mark, under which nothing newer is lost."""
    named = {"ground": ground, "participant": participant, "to": to}
    connection.execute(
        """
        update or ignore ground_mark set participant = :to
         where ground = :ground and participant = :participant
        """,
        named,
    )
    connection.execute(
        "delete from ground_mark where ground = :ground and participant = :participant",
        named,
    )


def waiting(
    connection: sqlite3.Connection, ground: str, sheet: int
) -> Entered[str] | None:
    """Return what one person copied from a sheet, if a second one has not yet."""
    row = connection.execute(
        """
        select entered_by, marks from ground_paper
         where ground = :ground and sheet = :sheet
        """,
        {"ground": ground, "sheet": sheet},
    ).fetchone()
    if row is None:
        return None
    return Entered(by=MemberId(row["entered_by"]), figure=row["marks"])


def sheets_waiting(connection: sqlite3.Connection, ground: str) -> list[int]:
    """Return the numbers of the sheets that wait for a second person."""
    return [
        row["sheet"]
        for row in connection.execute(
            "select sheet from ground_paper where ground = :ground order by sheet",
            {"ground": ground},
        )
    ]


def wait(
    connection: sqlite3.Connection,
    ground: str,
    sheet: int,
    *,
    by: str,
    marks: str,
    session: str,
) -> None:
    """Keep what one person copied from a sheet until a second one has copied it."""
    connection.execute(
        """
        insert into ground_paper (session, ground, sheet, entered_by, marks)
        values (:session, :ground, :sheet, :by, :marks)
            on conflict (ground, sheet) do update
            set entered_by = excluded.entered_by, marks = excluded.marks
        """,
        {
            "session": session,
            "ground": ground,
            "sheet": sheet,
            "by": by,
            "marks": marks,
        },
    )


def wait_no_more(connection: sqlite3.Connection, ground: str, sheet: int) -> None:
    """Forget who copied a sheet first."""
    connection.execute(
        "delete from ground_paper where ground = :ground and sheet = :sheet",
        {"ground": ground, "sheet": sheet},
    )


def marked_in(connection: sqlite3.Connection, session: str) -> list[str]:
    """Return the questions of a meeting on which anything is marked."""
    return [
        row["ground"]
        for row in connection.execute(
            "select distinct ground from ground_mark where session = :session",
            {"session": session},
        )
    ]


def forget(
    connection: sqlite3.Connection, session: str, *, ground: str | None = None
) -> None:
    """Delete all that anybody marked in a meeting, or on one question of it.

    It may be called twice.
    """
    named = {"session": session, "ground": ground}
    connection.execute(
        """
        delete from ground_mark
         where session = :session and ground = coalesce(:ground, ground)
        """,
        named,
    )
    connection.execute(
        """
        delete from ground_paper
         where session = :session and ground = coalesce(:ground, ground)
        """,
        named,
    )
