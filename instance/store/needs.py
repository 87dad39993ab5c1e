"""What people need to take part: told in confidence, and gone when it closes."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from activitypub import canonical
from confederation.identifiers import MemberId

Kind = Literal["access", "language", "care", "food", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """``member`` is None where somebody passed it on for a person without a name."""

    number: int
    member: MemberId | None
    kind: Kind
    says: str


def keep(
    connection: sqlite3.Connection,
    session: str,
    *,
    member: MemberId | None,
    kind: Kind,
    says: str,
    at: datetime,
) -> None:
    """Keep a need; the same words sent twice are kept once."""
    connection.execute(
        """
        insert into need (session, member, kind, says, at)
        select :session, :member, :kind, :says, :at
         where not exists (select 1 from need
                            where session = :session and member is :member
                              and kind = :kind and says = :says)
        """,
        {
            "session": session,
            "member": member,
            "kind": kind,
            "says": says,
            "at": canonical.write_time(at),
        },
    )


def of_session(connection: sqlite3.Connection, session: str) -> tuple[Need, ...]:
    """Return what was told for a session, the oldest first."""
    return tuple(
        Need(
            number=row["number"],
            member=row["member"],
            kind=row["kind"],
            says=row["says"],
        )
        for row in connection.execute(
            "select number, member, kind, says from need"
            " where session = :session order by number",
            {"session": session},
        )
    )


def take_back(connection: sqlite3.Connection, session: str, number: int) -> None:
    """Delete one. It may be called twice."""
    connection.execute(
        "delete from need where session = :session and number = :number",
        {"session": session, "number": number},
    )


def forget(connection: sqlite3.Connection, session: str) -> None:
    """Delete all that was told for a session. It may be called twice."""
    connection.execute(
        "delete from need where session = :session", {"session": session}
    )
