"""What other servers run, as each says in its NodeInfo; asked once a week at most.

A server is named as deliveries name it: ``https://b.example``, without a path.
"""

import json
import sqlite3
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

A_WEEK: Final = 7 * 24 * 3600
KIND: Final = "software"
"""The kind of errand that asks a server for its NodeInfo links."""


def ask(connection: sqlite3.Connection, *, inbox: str, at: int) -> None:
    """Ask what the server of a follower runs, unless that was asked this week."""
    host = _host_of(inbox)
    asked = connection.execute(
        """
        insert into host (name, software_at) values (:host, :at)
            on conflict (name) do update set software_at = :at
         where coalesce(software_at, 0) <= :before
        """,
        {"host": host, "at": at, "before": at - A_WEEK},
    )
    if asked.rowcount > 0:
        connection.execute(
            """
            insert into errand (kind, url, due_at) values (:kind, :url, :at)
                on conflict (kind, url, because) do update
                set due_at = :at, attempts = 0 where due_at is null
            """,
            {"kind": KIND, "url": f"{host}/.well-known/nodeinfo", "at": at},
        )


def ask_followers(connection: sqlite3.Connection, *, of: str, at: int) -> None:
    """Ask anew what the servers of an actor's followers run, each of them once a week.

    That it was asked is written down at once, so that a server without an answer is
    not asked again and again.
    """
    connection.execute(
        """
        insert into errand (kind, url, due_at)
        select distinct :kind, inboxes.host || '/.well-known/nodeinfo', :at
          from (select substr(inbox, 1, instr(substr(inbox, 9), '/') + 7) as host
                  from follower where actor = :of) as inboxes
          left join host on host.name = inboxes.host
         where coalesce(host.software_at, 0) <= :before
            on conflict (kind, url, because) do update
            set due_at = :at, attempts = 0 where due_at is null
        """,
        {"kind": KIND, "of": of, "at": at, "before": at - A_WEEK},
    )
    connection.execute(
        """
        insert into host (name, software_at)
        select distinct substr(inbox, 1, instr(substr(inbox, 9), '/') + 7), :at
          from follower where actor = :of
            on conflict (name) do update set software_at = :at
         where coalesce(software_at, 0) <= :before
        """,
        {"of": of, "at": at, "before": at - A_WEEK},
    )


def of(connection: sqlite3.Connection, host: str) -> str | None:
    """Return what a server said that it runs, None if nothing is known of it."""
    row = connection.execute(
        "select software from host where name = :host", {"host": host}
    ).fetchone()
    return None if row is None else row["software"]


def any_runs(connection: sqlite3.Connection, names: Collection[str]) -> bool:
    """Whether any server that we know of runs software of one of these names."""
    row = connection.execute(
        """
        select 1 from host where software in (select value from json_each(:names))
         limit 1
        """,
        {"names": json.dumps(sorted(names))},
    ).fetchone()
    return row is not None


def learn(
    connection: sqlite3.Connection, host: str, *, name: str | None, at: int
) -> None:
    """Keep what a server says that it runs, in lower case; None if it does not say."""
    connection.execute(
        """
        insert into host (name, software, software_at) values (:host, :name, :at)
            on conflict (name) do update
            set software = excluded.software, software_at = excluded.software_at
        """,
        {"host": host, "name": None if name is None else name.lower(), "at": at},
    )


def _host_of(inbox: str) -> str:
    parts = urlsplit(inbox)
    return f"{parts.scheme}://{parts.netloc}"
