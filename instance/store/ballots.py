"""The roll and the box of a secret vote: who has voted, and what for, never together.

The box is a table without order: a marking and how many papers carry it. No row of it
says who, when or in which order.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from confederation.identifiers import Voter


def freeze_roll(
    connection: sqlite3.Connection, ballot: str, voters: Iterable[Voter]
) -> None:
    """Keep who may vote online: members by their id, cards by their number."""
    connection.executemany(
        "insert into roll (ballot, member) values (:ballot, :member)",
        [{"ballot": ballot, "member": str(voter)} for voter in voters],
    )


def cast(
    connection: sqlite3.Connection, ballot: str, voter: Voter, marking: Sequence[str]
) -> bool:
    """Strike the voter off the roll and drop the marking in the box.

    Returns False, and drops nothing, if they are not on the roll or have voted.
    Call it inside one transaction.
    """
    struck = connection.execute(
        """
        update roll set struck = 1
         where ballot = :ballot and member = :member and struck = 0
        """,
        {"ballot": ballot, "member": str(voter)},
    ).rowcount
    if not struck:
        return False
    connection.execute(
        """
        insert into box (ballot, marking, papers) values (:ballot, :marking, 1)
            on conflict (ballot, marking) do update set papers = papers + 1
        """,
        {"ballot": ballot, "marking": json.dumps(list(marking))},
    )
    return True


def struck(connection: sqlite3.Connection, ballot: str, voter: Voter) -> bool:
    """Whether this vote is in. It cannot be asked how they voted."""
    row = connection.execute(
        "select struck from roll where ballot = :ballot and member = :member",
        {"ballot": ballot, "member": str(voter)},
    ).fetchone()
    return row is not None and bool(row["struck"])


def hand_in_paper(
    connection: sqlite3.Connection, ballot: str, voters: Iterable[Voter]
) -> None:
    """Keep whose paper is in the box in the room, under all that they are known as."""
    connection.executemany(
        "insert or ignore into paper (ballot, voter) values (:ballot, :voter)",
        [{"ballot": ballot, "voter": str(voter)} for voter in voters],
    )


def on_paper(connection: sqlite3.Connection, ballot: str, voter: Voter) -> bool:
    """Whether a paper of this voter is in the box in the room."""
    row = connection.execute(
        "select 1 from paper where ballot = :ballot and voter = :voter",
        {"ballot": ballot, "voter": str(voter)},
    ).fetchone()
    return row is not None


def papers(connection: sqlite3.Connection, ballot: str) -> frozenset[str]:
    """Return whose papers were written down as being in the box in the room."""
    rows = connection.execute(
        "select voter from paper where ballot = :ballot", {"ballot": ballot}
    )
    return frozenset(row["voter"] for row in rows)


def turnout(connection: sqlite3.Connection, ballot: str) -> int:
    row = connection.execute(
        "select coalesce(sum(struck), 0) as n from roll where ballot = :ballot",
        {"ballot": ballot},
    ).fetchone()
    return int(row["n"])


def markings(connection: sqlite3.Connection, ballot: str) -> dict[tuple[str, ...], int]:
    """Open the box: how many papers carry each marking. Only a closed ballot's."""
    return {
        tuple(json.loads(row["marking"])): int(row["papers"])
        for row in connection.execute(
            "select marking, papers from box where ballot = :ballot order by marking",
            {"ballot": ballot},
        )
    }


def clear(connection: sqlite3.Connection, ballot: str) -> None:
    """Empty the box of a closed ballot, and take its roll away."""
    for statement in (
        "delete from box where ballot = :ballot",
        "delete from roll where ballot = :ballot",
        "delete from paper where ballot = :ballot",
    ):
        connection.execute(statement, {"ballot": ballot})


def put_in(connection: sqlite3.Connection, session: str) -> list[str]:
    """Return the ballots that were put in a session, the newest first."""
    return [
        str(row["ballot"])
        for row in connection.execute(
            """
            select json_extract(body, '$.terms.ballot') as ballot from event
             where stream glob 'ballot:*' and version = 1
               and json_extract(body, '$.terms.session') = :session
             order by id desc
            """,
            {"session": session},
        )
    ]
