"""What passes with a meeting: kept through a crash, and gone when the meeting closes.

Who raised a hand, who spoke and who did not is nobody's business a day later. A stream
here is ``noun:SESSION`` or ``noun:SESSION/more``; it goes with its session, and the
database overwrites what is deleted. Whoever closes a session empties the write-ahead
log afterwards (`Database.forget_steps`).
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

import msgspec

from activitypub import canonical
from instance.store.events import Stored


def session_of(stream: str) -> str:
    """Return the session that a stream passes with."""
    return stream.partition(":")[2].partition("/")[0]


def history(
    connection: sqlite3.Connection, stream: str, *, since: int = 1
) -> list[Stored]:
    """Return the events of a stream, oldest first; none if it is gone or never was.

    ``since`` is the version of the first that is asked for.
    """
    return [
        Stored(type=row["type"], body=row["body"].encode())
        for row in connection.execute(
            """
            select type, body from passing_event
             where stream = :stream and version >= :since
             order by version
            """,
            {"stream": stream, "since": since},
        )
    ]


def append(
    connection: sqlite3.Connection,
    stream: str,
    *,
    after: int,
    events: Iterable[object],
    at: datetime,
) -> None:
    """Append events to a stream that has ``after`` of them."""
    connection.executemany(
        """
        insert into passing_event (session, stream, version, type, body, at)
        values (:session, :stream, :version, :type, :body, :at)
        """,
        [
            {
                "session": session_of(stream),
                "stream": stream,
                "version": version,
                "type": type(event).__name__,
                "body": msgspec.json.encode(event).decode(),
                "at": canonical.write_time(at),
            }
            for version, event in enumerate(events, start=after + 1)
        ],
    )


def forget(connection: sqlite3.Connection, session: str) -> None:
    """Delete all that passes with a session. It may be called twice."""
    connection.execute(
        "delete from passing_event where session = :session", {"session": session}
    )
