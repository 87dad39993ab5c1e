"""Documents to be fetched from elsewhere, as rows that come due."""

import sqlite3


def ask(
    connection: sqlite3.Connection,
    *,
    kind: str,
    url: str,
    at: int,
    because: str = "",
    depth: int = 0,
) -> None:
    """Ask for a document to be fetched; asking again for the same changes nothing.

    Args:
        connection: inside a transaction.
        kind: what is done with it, a name that `instance.errands` knows.
        url: where it is.
        at: seconds since 1970, from when on.
        because: the id of what made us ask, for whoever deals with the answer.
        depth: how many steps away from what arrived; `instance.errands` bounds it.
    """
    connection.execute(
        """
        insert into errand (kind, url, because, depth, due_at)
        values (:kind, :url, :because, :depth, :at)
            on conflict (kind, url, because) do nothing
        """,
        {"kind": kind, "url": url, "because": because, "depth": depth, "at": at},
    )
