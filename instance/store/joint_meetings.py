"""Meetings that other assemblies called together with ours, as they told us of them."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from activitypub import canonical
from confederation.identifiers import AssemblyId

MOST_OF_ONE = 200
"""So many meetings are kept of one assembly."""
Status = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """A meeting as another assembly called it; ``place`` is empty if none is told."""

    id: str
    assembly: AssemblyId
    title: str
    place: str
    starts_at: datetime
    status: Status
    url: str
    follows: str | None


def keep(connection: sqlite3.Connection, meeting: Theirs) -> bool:
    """Keep a meeting as it is told last; False if there is no room, or it is another's.

    ``id`` stays with the assembly that used it first.
    """
    found = connection.execute(
        """
        insert into joint_meeting
               (id, assembly, title, place, starts_at, status, url, follows)
        select :id, :assembly, :title, :place, :starts_at, :status, :url, :follows
         where exists (select 1 from joint_meeting where id = :id)
            or (select count(*) from joint_meeting where assembly = :assembly) < :most
            on conflict (id) do update
            set title = excluded.title, place = excluded.place,
                starts_at = excluded.starts_at, status = excluded.status,
                url = excluded.url, follows = excluded.follows
                where assembly = excluded.assembly
        """,
        {
            "id": meeting.id,
            "assembly": meeting.assembly,
            "title": meeting.title,
            "place": meeting.place,
            "starts_at": canonical.write_time(meeting.starts_at),
            "status": meeting.status,
            "url": meeting.url,
            "follows": meeting.follows,
            "most": MOST_OF_ONE,
        },
    )
    return found.rowcount == 1


def drop(connection: sqlite3.Connection, id: str, *, assembly: str) -> bool:
    """Forget a meeting of an assembly that is not with us any more."""
    return (
        connection.execute(
            "delete from joint_meeting where id = :id and assembly = :assembly",
            {"id": id, "assembly": assembly},
        ).rowcount
        == 1
    )


def meeting(connection: sqlite3.Connection, id: str) -> Theirs | None:
    """Return a meeting by its address."""
    found = _read(
        connection.execute("select * from joint_meeting where id = :id", {"id": id})
    )
    return found[0] if found else None


def from_(connection: sqlite3.Connection, since: datetime) -> list[Theirs]:
    """Return the meetings that begin at an instant or later, the soonest first."""
    return _read(
        connection.execute(
            """
            select * from joint_meeting where starts_at >= :since
             order by starts_at, id
            """,
            {"since": canonical.write_time(since)},
        )
    )


def following(connection: sqlite3.Connection, id: str) -> list[Theirs]:
    """Return the meetings of others that are the same as one of ours."""
    return _read(
        connection.execute(
            "select * from joint_meeting where follows = :id order by id", {"id": id}
        )
    )


def _read(rows: Iterable[sqlite3.Row]) -> list[Theirs]:
    return [
        Theirs(**{**row, "starts_at": canonical.read_time(row["starts_at"])})
        for row in map(dict, rows)
    ]
