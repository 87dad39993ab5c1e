"""What the assembly did, in order, and the words and names that lie beside it."""

import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from activitypub import canonical
from confederation.identifiers import Commit, MemberId
from instance import decoding, languages


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An event as it lies in its stream."""

    type: str
    body: bytes


def history(connection: sqlite3.Connection, stream: str) -> list[Stored]:
    """Return the events of a stream, oldest first; none if it does not exist."""
    return [
        Stored(type=row["type"], body=row["body"].encode())
        for row in connection.execute(
            "select type, body from event where stream = :stream order by version",
            {"stream": stream},
        )
    ]


def append(
    connection: sqlite3.Connection,
    stream: str,
    *,
    after: int,
    events: Iterable[object],
    by: MemberId | None,
    at: datetime,
) -> None:
    """Append events to a stream that has ``after`` of them."""
    connection.executemany(
        """
        insert into event (stream, version, type, body, by, at)
        values (:stream, :version, :type, :body, :by, :at)
        """,
        [
            {
                "stream": stream,
                "version": version,
                "type": type(event).__name__,
                "body": msgspec.json.encode(event).decode(),
                "by": by,
                "at": canonical.write_time(at),
            }
            for version, event in enumerate(events, start=after + 1)
        ],
    )


def began(connection: sqlite3.Connection) -> datetime | None:
    """Return when the first thing happened here; None if nothing did."""
    first = connection.execute("select min(at) from event").fetchone()[0]
    return None if first is None else canonical.read_time(first)


def decode(stored: Stored, kinds: dict[str, type[Any]]) -> Any:
    """Read an event back as the value that it was."""
    return decoding.decode(stored.body, kinds[stored.type])


def streams(connection: sqlite3.Connection, noun: str) -> list[str]:
    """Return the streams of one noun, the newest first."""
    return [
        row["stream"]
        for row in connection.execute(
            """
            select stream, min(id) as first from event
             where stream glob :noun || ':*'
             group by stream order by first desc
            """,
            {"noun": noun},
        )
    ]


def unfinished(connection: sqlite3.Connection, *, begun: str, ended: str) -> list[str]:
    """Return the streams in which one kind of event happened and another did not."""
    return [
        row["stream"]
        for row in connection.execute(
            """
            select stream from event where type = :begun
            except select stream from event where type = :ended
            """,
            {"begun": begun, "ended": ended},
        )
    ]


def meetings(
    connection: sqlite3.Connection, *, kind: str
) -> list[tuple[datetime, datetime | None]]:
    """Return when each meeting of a kind was opened and closed, in their order.

    Those of a sub-assembly are left out: they are none of the whole assembly.
    """
    return [
        (
            datetime.fromisoformat(row["opened"]),
            None if row["closed"] is None else datetime.fromisoformat(row["closed"]),
        )
        for row in connection.execute(
            """
            select opened.body ->> '$.at' as opened, closed.body ->> '$.at' as closed
              from event as called
              join event as opened on opened.stream = called.stream
                                  and opened.type = 'SessionOpened'
              left join event as closed on closed.stream = called.stream
                                       and closed.type = 'SessionClosed'
             where called.stream glob 'session:*' and called.version = 1
               and called.body ->> '$.notice.kind' = :kind
               and called.body ->> '$.notice.sub_assembly' is null
             order by opened.id
            """,
            {"kind": kind},
        )
    ]


def open_meetings(connection: sqlite3.Connection) -> list[str]:
    """Return the streams of the meetings that were opened and not closed yet."""
    return [
        row["stream"]
        for row in connection.execute(
            """
            select opened.stream from event as opened
             where opened.stream glob 'session:*' and opened.type = 'SessionOpened'
               and not exists (select 1 from event as closed
                                where closed.stream = opened.stream
                                  and closed.type = 'SessionClosed')
             order by opened.id
            """
        )
    ]


def keep_wording(
    connection: sqlite3.Connection,
    text: str,
    *,
    lang: str | None = None,
    public: bool = False,
) -> Commit:
    """Keep a text and return the commitment that stands for it everywhere else.

    ``lang`` is the BCP 47 tag of its language: that of the assembly, if nobody said.
    """
    lang = lang or languages.spoken().code
    salt, text = os.urandom(16), canonical.normal(text)
    commitment = Commit(canonical.commit(salt, text))
    keep_opening(connection, commitment, salt=salt, text=text, lang=lang, public=public)
    return commitment


def keep_opening(
    connection: sqlite3.Connection,
    commitment: Commit,
    *,
    salt: bytes,
    text: str,
    lang: str,
    public: bool,
) -> None:
    """Keep what opens a commitment; once public it stays public.

    What was erased is not kept again, whoever brings it.
    """
    connection.execute(
        """
        insert into wording (commitment, salt, text, lang, public)
        select :commitment, :salt, :text, :lang, :public
         where not exists (select 1 from erasure where commitment = :commitment)
            on conflict (commitment) do update
            set public = max(public, excluded.public)
        """,
        {
            "commitment": commitment,
            "salt": salt,
            "text": text,
            "lang": lang,
            "public": int(public),
        },
    )


def release(connection: sqlite3.Connection, commitments: Iterable[str]) -> None:
    """Let texts be read by anybody, from now on."""
    connection.executemany(
        "update wording set public = 1 where commitment = :commitment",
        [{"commitment": commitment} for commitment in commitments],
    )


def forget_wording(connection: sqlite3.Connection, commitments: Iterable[str]) -> None:
    """Drop texts that stand in no entry of a record, and what would open them."""
    connection.executemany(
        """
        delete from wording
         where commitment = :commitment
           and not exists (select 1 from entry
                            where instr(body, :commitment) > 0)
        """,
        [{"commitment": commitment} for commitment in commitments],
    )


def wording(connection: sqlite3.Connection, commitment: str | None) -> str | None:
    """Return the text behind a commitment, or None where it is not held."""
    row = connection.execute(
        "select text from wording where commitment = :commitment",
        {"commitment": commitment},
    ).fetchone()
    return None if row is None else str(row["text"])


def language(connection: sqlite3.Connection, commitment: str | None) -> str:
    """Return the BCP 47 tag of the language that a text is in.

    *und* where the text is not held.
    """
    row = connection.execute(
        "select lang from wording where commitment = :commitment",
        {"commitment": commitment},
    ).fetchone()
    return "und" if row is None else str(row["lang"])


def salt(connection: sqlite3.Connection, commitment: str | None) -> bytes | None:
    """Return the salt of a commitment, or None where its text is not held."""
    row = connection.execute(
        "select salt from wording where commitment = :commitment",
        {"commitment": commitment},
    ).fetchone()
    return None if row is None else bytes(row["salt"])


def openings(
    connection: sqlite3.Connection, commitments: Iterable[str]
) -> list[sqlite3.Row]:
    """Return what opens these commitments, public ones only."""
    return connection.execute(
        """
        select commitment, salt, text, lang from wording
         where public = 1
           and commitment in (select value from json_each(:commitments))
         order by commitment
        """,
        {"commitments": msgspec.json.encode(sorted(set(commitments))).decode()},
    ).fetchall()
