"""Members' names and sign-in, and the slips from the doors. None of it federates."""

import hashlib
import json
import sqlite3
from datetime import datetime

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation.identifiers import MemberId


def keep_person(connection: sqlite3.Connection, member: str, *, name: str) -> None:
    connection.execute(
        """
        insert into person (member, name) values (:member, :name)
            on conflict (member) do update set name = excluded.name
        """,
        {"member": member, "name": name},
    )


def name_of(connection: sqlite3.Connection, member: str | None) -> str | None:
    row = connection.execute(
        """
        select name from person
         where member = :member and member not in (select member from servant)
        """,
        {"member": member},
    ).fetchone()
    return None if row is None else str(row["name"])


def names(connection: sqlite3.Connection) -> dict[str, str]:
    return {
        row["member"]: row["name"]
        for row in connection.execute(
            """
            select member, name from person
             where member not in (select member from servant) order by name
            """
        )
    }


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def keep_login(
    connection: sqlite3.Connection,
    member: str,
    *,
    token: str,
    kind: str,
    at: datetime,
) -> None:
    """Keep a personal link's token, or a printed code; only its hash is kept."""
    connection.execute(
        """
        insert into login (token_hash, member, kind, at)
        values (:hash, :member, :kind, :at)
        """,
        {
            "hash": _hashed(token),
            "member": member,
            "kind": kind,
            "at": canonical.write_time(at),
        },
    )


def member_with(
    connection: sqlite3.Connection, token: str, *, kind: str
) -> MemberId | None:
    """Return whose link or code this is, or None."""
    row = connection.execute(
        "select member from login where token_hash = :hash and kind = :kind",
        {"hash": _hashed(token), "kind": kind},
    ).fetchone()
    return None if row is None else MemberId(row["member"])


def keep_password(connection: sqlite3.Connection, member: str, kept: str) -> None:
    """Keep what was made of a password, in place of an earlier one."""
    connection.execute(
        """
        insert into password (member, kept) values (:member, :kept)
            on conflict (member) do update set kept = excluded.kept
        """,
        {"member": member, "kept": kept},
    )


def drop_password(connection: sqlite3.Connection, member: str) -> None:
    """Forget a member's password; their links and codes go on working."""
    connection.execute(
        "delete from password where member = :member", {"member": member}
    )


def has_password(connection: sqlite3.Connection, member: str) -> bool:
    row = connection.execute(
        "select 1 from password where member = :member", {"member": member}
    ).fetchone()
    return row is not None


def passwords_of(connection: sqlite3.Connection, name: str) -> list[tuple[str, str]]:
    """Return the members of this name who have a password, and what is kept of it."""
    rows = connection.execute(
        """
        select person.member, kept from person join password using (member)
         where lower(name) = lower(:name) order by person.member limit 8
        """,
        {"name": name},
    )
    return [(row["member"], row["kept"]) for row in rows]


def keep_slip(connection: sqlite3.Connection, slip: JsonObject) -> int:
    """Keep what somebody said; return the number of the slip."""
    row = connection.execute(
        "insert into slip (body) values (:body) returning id",
        {"body": json.dumps(slip, ensure_ascii=False)},
    ).fetchone()
    return int(row["id"])


def slips(connection: sqlite3.Connection) -> list[tuple[int, JsonObject, str | None]]:
    """Return each slip with its number and the issue that it was put under."""
    return [
        (row["id"], json.loads(row["body"]), row["issue"])
        for row in connection.execute("select * from slip order by id")
    ]


def put_under_issue(
    connection: sqlite3.Connection, slip_ids: list[int], *, issue: str
) -> None:
    connection.executemany(
        "update slip set issue = :issue where id = :id",
        [{"id": id, "issue": issue} for id in slip_ids],
    )
