"""By which ways members asked to be told what is new. None of it federates."""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass

from confederation.identifiers import MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Whose feeds are at an address, and when it was made, in seconds."""

    member: MemberId
    made_at: int


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


def _feed(row: sqlite3.Row) -> Feed:
    return Feed(member=MemberId(row["member"]), made_at=int(row["made_at"]))


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
