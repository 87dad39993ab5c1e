"""What two members see to in person, and what is forgotten of who has left."""

import sqlite3
from dataclasses import dataclass
from typing import Final, Literal

from confederation.identifiers import MemberId

Kind = Literal["code", "merge"]
HOST: Final = "host"
"""What stands where a member would, if whoever keeps the node did it alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a registrar asked for: ``into`` is given where two entries are merged."""

    number: int
    kind: Kind
    member: MemberId
    into: MemberId | None
    by: MemberId
    at: int


def ask(
    connection: sqlite3.Connection,
    kind: Kind,
    member: str,
    *,
    into: str | None = None,
    by: str,
    at: int,
    since: int,
) -> None:
    """Keep what is asked for; asking again for the same changes nothing.

    Args:
        since: what was asked before this moment has lapsed.
    """
    connection.execute(
        """
        insert into asked_of_two (kind, member, into_member, by, at)
        select :kind, :member, :into, :by, :at
         where not exists (
               select 1 from asked_of_two
                where kind = :kind and member = :member and into_member is :into
                  and vouched_at is null and at >= :since)
        """,
        {
            "kind": kind,
            "member": member,
            "into": into,
            "by": by,
            "at": at,
            "since": since,
        },
    )


def waiting(connection: sqlite3.Connection, *, since: int) -> list[Asked]:
    """Return what waits for a second member, the oldest first."""
    rows = connection.execute(
        """
        select number, kind, member, into_member, by, at from asked_of_two
         where vouched_at is null and at >= :since order by number
        """,
        {"since": since},
    )
    return [
        Asked(
            number=row["number"],
            kind=row["kind"],
            member=MemberId(row["member"]),
            into=None if row["into_member"] is None else MemberId(row["into_member"]),
            by=MemberId(row["by"]),
            at=row["at"],
        )
        for row in rows
    ]


def vouch(connection: sqlite3.Connection, number: int, *, by: str, at: int) -> None:
    """Note who the second member was."""
    connection.execute(
        """
        update asked_of_two set vouched_by = :by, vouched_at = :at
         where number = :number
        """,
        {"number": number, "by": by, "at": at},
    )


def note_at_machine(connection: sqlite3.Connection, member: str, *, at: int) -> None:
    """Note that whoever keeps the node made a new code, with no second member."""
    connection.execute(
        """
        insert into asked_of_two (kind, member, by, at, vouched_by, vouched_at)
        values ('code', :member, :host, :at, :host, :at)
        """,
        {"member": member, "host": HOST, "at": at},
    )


def at_machine(connection: sqlite3.Connection, *, since: int) -> list[tuple[str, int]]:
    """Return for whom codes were made at the machine, and when, the newest first."""
    rows = connection.execute(
        """
        select member, at from asked_of_two
         where by = :host and at >= :since order by at desc, number desc
        """,
        {"host": HOST, "since": since},
    )
    return [(row["member"], row["at"]) for row in rows]


def end_logins(connection: sqlite3.Connection, member: str, *, at: int) -> None:
    """End every link, code, password, passkey and visit of a member until now."""
    for statement in (
        "delete from login where member = :member",
        "delete from password where member = :member",
        "delete from passkey where member = :member",
    ):
        connection.execute(statement, {"member": member})
    connection.execute(
        """
        insert into came_anew (member, at) values (:member, :at)
            on conflict (member) do update set at = excluded.at
        """,
        {"member": member, "at": at},
    )


def came_anew(connection: sqlite3.Connection, member: str) -> int:
    """Return since when earlier visits are over, in seconds; 0 for a member's first."""
    row = connection.execute(
        "select at from came_anew where member = :member", {"member": member}
    ).fetchone()
    return 0 if row is None else int(row["at"])


def move_logins(connection: sqlite3.Connection, member: str, *, into: str) -> None:
    """Let somebody's links, codes and passkeys open the door of another entry."""
    for statement in (
        "update login set member = :into where member = :member",
        "update passkey set member = :into where member = :member",
    ):
        connection.execute(statement, {"into": into, "member": member})


def forget(connection: sqlite3.Connection, member: str) -> None:
    """Delete a member's name and all by which they come in, and what they asked for."""
    for statement in (
        "delete from person where member = :member",
        "delete from need where member = :member",
        "delete from waiting_form where member = :member",
        "delete from role_step where member = :member",
        "delete from role_offer where member = :member",
        "delete from news_feed where member = :member",
        "delete from news_letter where member = :member",
        "delete from news_mail where member = :member",
        "update pool_person set member = null, note = '' where member = :member",
    ):
        connection.execute(statement, {"member": member})


def words_of(connection: sqlite3.Connection, member: str) -> list[tuple[str, str]]:
    """Return the texts that stand in what a member did, each with its commitment.

    What was put to the vote, and what they wrote for the assembly in an office, is the
    assembly's and no longer theirs alone.
    """
    rows = connection.execute(
        """
        select distinct wording.commitment, wording.text
          from event, json_tree(event.body) as part
          join wording on wording.commitment = part.atom
         where event.by = :member and part.type = 'text'
           and not exists (
               select 1 from event as act
                where act.type in ('AssemblyFounded', 'RulebookAdopted',
                                   'SessionCalled', 'BallotOpened')
                  and instr(act.body, wording.commitment) > 0)
         order by event.id
        """,
        {"member": member},
    )
    return [(row["commitment"], row["text"]) for row in rows]
