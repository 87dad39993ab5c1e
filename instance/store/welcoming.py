"""Names on cards, who is new, and words in confidence: gone when the meeting closes."""

import sqlite3
from dataclasses import dataclass

from confederation.identifiers import CardNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """What is known of a card tonight; ``name`` is empty where none was wished for."""

    card: CardNumber
    name: str
    first_time: bool
    greeted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    number: int
    says: str


def keep(
    connection: sqlite3.Connection,
    session: str,
    card: CardNumber,
    *,
    name: str,
    first_time: bool,
) -> None:
    """Keep what a card shows; nothing to show takes back what was kept."""
    about = {"session": session, "card": card}
    if not name and not first_time:
        connection.execute(
            "delete from badge where session = :session and card = :card", about
        )
        return
    connection.execute(
        """
        insert into badge (session, card, name, first_time)
        values (:session, :card, :name, :first_time)
            on conflict (session, card) do update
           set name = excluded.name, first_time = excluded.first_time
        """,
        {**about, "name": name, "first_time": int(first_time)},
    )


def greet(connection: sqlite3.Connection, session: str, card: CardNumber) -> None:
    """Note that somebody went up to whoever is new. It may be called twice."""
    connection.execute(
        "update badge set greeted = 1 where session = :session and card = :card",
        {"session": session, "card": card},
    )


def badges(connection: sqlite3.Connection, session: str) -> tuple[Badge, ...]:
    """Return what is known of the cards of a meeting, in the order of their numbers."""
    return tuple(
        Badge(
            card=CardNumber(row["card"]),
            name=row["name"],
            first_time=bool(row["first_time"]),
            greeted=bool(row["greeted"]),
        )
        for row in connection.execute(
            "select card, name, first_time, greeted from badge"
            " where session = :session order by card",
            {"session": session},
        )
    )


def tell(connection: sqlite3.Connection, session: str, says: str) -> None:
    """Keep a word in confidence; the same words sent twice are kept once."""
    connection.execute(
        """
        insert into care_note (session, says)
        select :session, :says
         where not exists (select 1 from care_note
                            where session = :session and says = :says)
        """,
        {"session": session, "says": says},
    )


def notes(connection: sqlite3.Connection, session: str) -> tuple[Note, ...]:
    """Return the words in confidence of a meeting, the oldest first."""
    return tuple(
        Note(number=row["number"], says=row["says"])
        for row in connection.execute(
            "select number, says from care_note"
            " where session = :session order by number",
            {"session": session},
        )
    )


def seen_to(connection: sqlite3.Connection, session: str, number: int) -> None:
    """Delete a word in confidence. It may be called twice."""
    connection.execute(
        "delete from care_note where session = :session and number = :number",
        {"session": session, "number": number},
    )


def forget(connection: sqlite3.Connection, session: str) -> None:
    """Delete all of it. It may be called twice."""
    for statement in (
        "delete from badge where session = :session",
        "delete from care_note where session = :session",
    ):
        connection.execute(statement, {"session": session})
