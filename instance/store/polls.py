"""Polls on the fediverse, and how people elsewhere answered them.

What a poll says is sentiment. Nothing here ever reaches a ballot (federation.md S45).
"""

import sqlite3
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Choose = Literal["one", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A poll of ours, as it stands.

    Args:
        object: the id of the Question.
        choose: one option, or any number of them.
        ends_at: seconds since 1970, until when answers are taken.
        closed_at: when it was closed; None while it is open.
        event: the id of the meeting that it asks about, or None.
        options: each with how many chose it.
        voters: how many people answered.
    """

    object: str
    choose: Choose
    ends_at: int
    closed_at: int | None
    event: str | None
    options: tuple[tuple[str, int], ...]
    voters: int


def folded(name: str) -> str:
    """Return the form under which names of options are the same (S43)."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def begin(
    connection: sqlite3.Connection,
    *,
    object: str,
    options: Sequence[str],
    choose: Choose,
    ends_at: int,
    event: str | None = None,
) -> None:
    """Take answers to a Question of ours from now on.

    Args:
        connection: inside a transaction.
        object: the id of the Question.
        options: in their order; two that look the same are an `IntegrityError`.
        choose: one option, or any number of them.
        ends_at: seconds since 1970.
        event: the meeting that it asks about; then the options mean coming, maybe, no.
    """
    connection.execute(
        """
        insert into poll (object, choose, ends_at, event)
        values (:object, :choose, :ends_at, :event)
        """,
        {"object": object, "choose": choose, "ends_at": ends_at, "event": event},
    )
    connection.executemany(
        """
        insert into poll_option (poll, position, name, folded)
        values (:poll, :position, :name, :folded)
        """,
        [
            {"poll": object, "position": at, "name": name, "folded": folded(name)}
            for at, name in enumerate(options)
        ],
    )


def poll(connection: sqlite3.Connection, object: str) -> Poll | None:
    """Return a poll and how it stands, or None."""
    row = connection.execute(
        """
        select poll.*, (select count(distinct actor) from poll_vote
                         where poll = object) as voters
          from poll where object = :object
        """,
        {"object": object},
    ).fetchone()
    if row is None:
        return None
    options = connection.execute(
        """
        select name, (select count(*) from poll_vote as v
                       where v.poll = o.poll and v.option = o.position) as votes
          from poll_option as o where poll = :object order by position
        """,
        {"object": object},
    )
    return Poll(
        object=object,
        choose=row["choose"],
        ends_at=row["ends_at"],
        closed_at=row["closed_at"],
        event=row["event"],
        options=tuple((option["name"], option["votes"]) for option in options),
        voters=row["voters"],
    )


def event_of(connection: sqlite3.Connection, object: str) -> str | None:
    """Return the meeting that a poll asks about, or None."""
    row = connection.execute(
        "select event from poll where object = :object", {"object": object}
    ).fetchone()
    return None if row is None else row["event"]


def option(connection: sqlite3.Connection, object: str, *, name: str) -> int | None:
    """Return which option of a poll has this name, counted from 0, or None."""
    row = connection.execute(
        """
        select position from poll_option where poll = :poll and folded = :folded
        """,
        {"poll": object, "folded": folded(name)},
    ).fetchone()
    return None if row is None else int(row["position"])


def vote(
    connection: sqlite3.Connection,
    *,
    poll: str,
    actor: str,
    option: int,
    vote: str,
    at: int,
) -> bool:
    """Count an answer, if the poll is open now and it is not one too many (S44).

    Returns whether it counts.
    """
    counted = connection.execute(
        """
        insert into poll_vote (poll, actor, option, alone, vote, at)
        select object, :actor, :option, choose = 'one', :vote, :at
          from poll
         where object = :poll and ends_at > :at and closed_at is null
            on conflict do nothing
        """,
        {"poll": poll, "actor": actor, "option": option, "vote": vote, "at": at},
    )
    return counted.rowcount == 1


def close(connection: sqlite3.Connection, object: str, *, at: int) -> None:
    """Close a poll; one that is closed stays as it was."""
    connection.execute(
        """
        update poll set closed_at = :at where object = :object and closed_at is null
        """,
        {"object": object, "at": at},
    )


def forget(connection: sqlite3.Connection, actor: str) -> None:
    """Drop the answers of an actor who is gone, where polls are still open."""
    connection.execute(
        """
        delete from poll_vote
         where actor = :actor
           and poll in (select object from poll where closed_at is null)
        """,
        {"actor": actor},
    )


def due(connection: sqlite3.Connection, *, now: int, pause: int) -> list[Poll]:
    """Return the polls of which something is to be told.

    Those whose time is over and that nobody closed, and those that were answered since
    they were told of last, which was at least ``pause`` seconds ago.
    """
    rows = connection.execute(
        """
        select object from poll
         where closed_at is null
           and (ends_at <= :now
                or (told_at <= :now - :pause
                    and exists (select 1 from poll_vote
                                 where poll = object and at >= told_at)))
         order by ends_at, object
        """,
        {"now": now, "pause": pause},
    ).fetchall()
    found = (poll(connection, row["object"]) for row in rows)
    return [each for each in found if each is not None]


def told(connection: sqlite3.Connection, object: str, *, at: int) -> None:
    """Write down when the numbers of a poll were sent to its readers."""
    connection.execute(
        "update poll set told_at = :at where object = :object",
        {"object": object, "at": at},
    )


def end(connection: sqlite3.Connection, object: str, *, at: int) -> None:
    """Let a poll end now, if it was to end later."""
    connection.execute(
        """
        update poll set ends_at = :at
         where object = :object and closed_at is null and ends_at > :at
        """,
        {"object": object, "at": at},
    )


def newest(connection: sqlite3.Connection, *, most: int) -> list[Poll]:
    """Return the polls that ask about no meeting, the newest first."""
    rows = connection.execute(
        """
        select poll.object from poll join object on object.id = poll.object
         where event is null order by published desc, poll.object desc limit :most
        """,
        {"most": most},
    ).fetchall()
    found = (poll(connection, row["object"]) for row in rows)
    return [each for each in found if each is not None]
