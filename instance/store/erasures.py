"""Texts that were withdrawn, and what the holders of copies answered."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A text that was withdrawn: ``by`` is the assembly whose text it was."""

    commitment: str
    why: str
    by: str
    at: str


def of(connection: sqlite3.Connection, commitment: str) -> Erasure | None:
    row = connection.execute(
        "select * from erasure where commitment = :commitment",
        {"commitment": commitment},
    ).fetchone()
    return None if row is None else Erasure(**dict(row))


def erase(connection: sqlite3.Connection, erasure: Erasure) -> None:
    """Delete a text with its salt, and note that it is never to be kept again."""
    connection.execute(
        """
        insert into erasure (commitment, why, by, at)
        values (:commitment, :why, :by, :at)
            on conflict (commitment) do nothing
        """,
        {
            "commitment": erasure.commitment,
            "why": erasure.why,
            "by": erasure.by,
            "at": erasure.at,
        },
    )
    connection.execute(
        "delete from wording where commitment = :commitment",
        {"commitment": erasure.commitment},
    )


def holding(connection: sqlite3.Connection, text: str) -> Iterator[sqlite3.Row]:
    """Yield our activities in which a text stands, those inside others first."""
    yield from connection.execute(
        """
        select id, actor, type, body from activity where instr(body, :text) > 0
         order by type = 'Announce', published, id
        """,
        {"text": text},
    ).fetchall()


def rewrite(connection: sqlite3.Connection, id: str, *, body: str) -> None:
    """Replace the text of an activity of ours; whoever asks for it gets the new one."""
    connection.execute(
        "update activity set body = :body where id = :id", {"id": id, "body": body}
    )


def drop_received(connection: sqlite3.Connection, text: str) -> None:
    """Drop the bytes of what arrived and was dealt with, if a text stands in them."""
    connection.execute(
        """
        update received set body = null
         where due_at is null and body is not null
           and instr(body, cast(:text as blob)) > 0
        """,
        {"text": text},
    )


def entries_with(
    connection: sqlite3.Connection, commitment: str, *, assembly: str
) -> list[sqlite3.Row]:
    """Return the entries of a record that commit to a text."""
    return connection.execute(
        """
        select * from entry
         where assembly = :assembly and instr(body, cast(:commitment as blob)) > 0
         order by seq
        """,
        {"assembly": assembly, "commitment": commitment},
    ).fetchall()


def ask(
    connection: sqlite3.Connection, commitment: str, *, assembly: str, activity: str
) -> None:
    """Note that a fellow member is asked to erase a text."""
    connection.execute(
        """
        insert into erasure_request (commitment, assembly, activity)
        values (:commitment, :assembly, :activity)
            on conflict do nothing
        """,
        {"commitment": commitment, "assembly": assembly, "activity": activity},
    )


def answer(
    connection: sqlite3.Connection,
    *,
    activity: str,
    assembly: str,
    answer: str,
    at: str,
) -> bool:
    """Keep what a fellow member answered; whether they had been asked."""
    found = connection.execute(
        """
        update erasure_request set answer = :answer, answered_at = :at
         where activity = :activity and assembly = :assembly
        """,
        {"activity": activity, "assembly": assembly, "answer": answer, "at": at},
    )
    return found.rowcount > 0


def answers(connection: sqlite3.Connection, commitment: str) -> list[sqlite3.Row]:
    """Return who was asked to erase a text, and what each said."""
    return connection.execute(
        """
        select * from erasure_request where commitment = :commitment order by assembly
        """,
        {"commitment": commitment},
    ).fetchall()
