"""By which ways members asked to be told what is new. None of it federates."""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Literal

from confederation.identifiers import MemberId

Every = Literal["day", "week"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Whose feeds are at an address, and when it was made, in seconds."""

    member: MemberId
    made_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Letters to one member, with times in seconds.

    ``confirmed_at`` is None until somebody opened the link that was sent to the
    address. ``told_until`` is up to when they were told, ``trouble`` what is wrong.
    """

    member: str
    address: str
    every: Every
    language: str
    asked_at: int
    confirmed_at: int | None
    told_until: int
    due_at: int
    attempts: int
    trouble: str


def make_feed(connection: sqlite3.Connection, member: str, *, at: int) -> str:
    """Make the secret part of an address; the one that there was leads nowhere now."""
    secret = secrets.token_hex(24)
    connection.execute(
        """
        insert into news_feed (member, address_hash, made_at)
        values (:member, :hash, :at)
            on conflict (member) do update
           set address_hash = excluded.address_hash, made_at = excluded.made_at
        """,
        {"member": member, "hash": _hashed(secret), "at": at},
    )
    return secret


def end_feed(connection: sqlite3.Connection, member: str) -> None:
    """Let the address lead nowhere. It may be called twice."""
    connection.execute("delete from news_feed where member = ?", (member,))


def feed_of(connection: sqlite3.Connection, member: str) -> Feed | None:
    row = connection.execute(
        "select member, made_at from news_feed where member = ?", (member,)
    ).fetchone()
    return None if row is None else _feed(row)


def feed_at(connection: sqlite3.Connection, secret: str) -> Feed | None:
    """Return whose feeds are at an address; None where there are none."""
    row = connection.execute(
        "select member, made_at from news_feed where address_hash = ?",
        (_hashed(secret),),
    ).fetchone()
    return None if row is None else _feed(row)


def ask_for_letter(connection: sqlite3.Connection, member: str) -> None:
    """Note that somebody wants it on paper. It may be called twice."""
    connection.execute(
        "insert into news_letter (member) values (?) on conflict do nothing", (member,)
    )


def end_letter(connection: sqlite3.Connection, member: str) -> None:
    connection.execute("delete from news_letter where member = ?", (member,))


def letters(connection: sqlite3.Connection) -> list[MemberId]:
    """Return who wants it on paper."""
    rows = connection.execute("select member from news_letter order by member")
    return [MemberId(row["member"]) for row in rows]


def ask_for_mail(
    connection: sqlite3.Connection,
    member: str,
    *,
    address: str,
    every: Every,
    language: str,
    at: int,
    due_at: int,
    not_since: int,
) -> bool:
    """Keep an address that is still to be confirmed; False if one was asked for lately.

    Args:
        not_since: in seconds; whoever asked after this moment waits.
    """
    done = connection.execute(
        """
        insert into news_mail (member, address, every, language, asked_at, told_until,
                               due_at)
        values (:member, :address, :every, :language, :at, :at, :due_at)
            on conflict (member) do update
           set address = excluded.address, every = excluded.every,
               language = excluded.language, asked_at = excluded.asked_at,
               confirmed_at = null, told_until = excluded.told_until,
               due_at = excluded.due_at, attempts = 0, trouble = ''
         where news_mail.asked_at <= :not_since
        """,
        {
            "member": member,
            "address": address,
            "every": every,
            "language": language,
            "at": at,
            "due_at": due_at,
            "not_since": not_since,
        },
    )
    return done.rowcount == 1


def mail_of(connection: sqlite3.Connection, member: str) -> Mail | None:
    """Return where letters to a member go, or would once it is confirmed."""
    row = connection.execute(
        "select * from news_mail where member = ? and address <> ''", (member,)
    ).fetchone()
    return None if row is None else Mail(**dict(row))


def confirm_mail(
    connection: sqlite3.Connection, member: str, *, at: int, due_at: int
) -> None:
    connection.execute(
        """
        update news_mail set confirmed_at = :at, due_at = :due_at, attempts = 0
         where member = :member and address <> '' and confirmed_at is null
        """,
        {"member": member, "at": at, "due_at": due_at},
    )


def end_mail(connection: sqlite3.Connection, member: str) -> None:
    """Forget an address. It may be called twice."""
    connection.execute(
        """
        update news_mail set address = '', confirmed_at = null, trouble = ''
         where member = ?
        """,
        (member,),
    )


def due_mail(connection: sqlite3.Connection, *, now: int) -> Mail | None:
    """Return the letter that is due the longest."""
    row = connection.execute(
        """
        select * from news_mail where address <> '' and due_at <= :now
         order by due_at, member limit 1
        """,
        {"now": now},
    ).fetchone()
    return None if row is None else Mail(**dict(row))


def put_off(
    connection: sqlite3.Connection,
    mail: Mail,
    *,
    due_at: int,
    attempts: int = 0,
    told_until: int | None = None,
    trouble: str = "",
) -> None:
    """Say when a letter is due next, unless its address was changed meanwhile."""
    connection.execute(
        """
        update news_mail
           set due_at = :due_at, attempts = :attempts, trouble = :trouble,
               told_until = coalesce(:told_until, told_until)
         where member = :member and address = :address and asked_at = :asked_at
           and confirmed_at is :confirmed_at
        """,
        {
            "member": mail.member,
            "address": mail.address,
            "asked_at": mail.asked_at,
            "confirmed_at": mail.confirmed_at,
            "due_at": due_at,
            "attempts": attempts,
            "told_until": told_until,
            "trouble": trouble,
        },
    )


def told(connection: sqlite3.Connection, mail: Mail, *, until: int) -> None:
    """Note up to when somebody was told, unless there is a new address meanwhile."""
    connection.execute(
        """
        update news_mail set told_until = :until
         where member = :member and asked_at = :asked_at
        """,
        {"until": until, "member": mail.member, "asked_at": mail.asked_at},
    )


def _feed(row: sqlite3.Row) -> Feed:
    return Feed(member=MemberId(row["member"]), made_at=int(row["made_at"]))


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
