"""A real node among hostile neighbours, and how to see that nothing changed in it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tests.hostile.village import Neighbour, Village, a_village
from tests.instance.serving import Serving, a_node, folkmoot, until

BOOKKEEPING: Final = {
    *("received", "seen_signature", "remote_actor", "errand", "host", "setting"),
}
"""Tables that say that something came, and nothing of what came of it."""

REFUSED: Final = frozenset({400, 401, 403, 413, 415, 429})
TAKEN: Final = frozenset({202})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What every attack finds: an assembly with a post, and Bob, who is honest.

    Args:
        node: the serving node.
        village: where the attackers live.
        bob: who follows the assembly, and has replied to its post.
        post: the address of the post.
        reply: the address of Bob's reply.
        follow: Bob's Follow.
    """

    node: Serving
    village: Village
    bob: Neighbour
    post: str
    reply: str
    follow: dict[str, Any]

    @property
    def inbox(self) -> str:
        return f"{self.node.base}/inbox"

    @property
    def group(self) -> str:
        return f"{self.node.base}/g/harbour"

    @property
    def clerk(self) -> str:
        return f"{self.group}/clerk"

    def mallory(self) -> Neighbour:
        """Somebody of whom the node has never heard, with a key of their own."""
        return self.village.settle()

    def effects(self) -> dict[str, list[Any]]:
        """Return all that the node holds, except that something came."""
        with _reading(self.node.directory) as connection:
            tables = [
                name
                for (name,) in connection.execute(
                    "select name from sqlite_schema where type = 'table' order by name"
                )
                if name not in BOOKKEEPING and not name.startswith("sqlite_")
            ]
            return {
                table: connection.execute(f'select * from "{table}"').fetchall()
                for table in tables
            }

    def arrived(self) -> list[Any]:
        """Return the activities that were taken, and the actors that are believed."""
        with _reading(self.node.directory) as connection:
            return [
                connection.execute("select id, actor from received").fetchall(),
                connection.execute(
                    "select id, body from remote_actor where body is not null"
                ).fetchall(),
            ]

    def settled(self) -> bool:
        """Tell whether nothing waits to be dealt with, fetched or sent."""
        waiting = (
            "select 1 from received where due_at is not null",
            "select 1 from errand where due_at is not null",
            "select 1 from delivery where due_at is not null",
        )
        with _reading(self.node.directory) as connection:
            return not any(connection.execute(each).fetchall() for each in waiting)

    def outcomes(self) -> list[str]:
        with _reading(self.node.directory) as connection:
            said = connection.execute("select outcome from received").fetchall()
            return [str(outcome) for (outcome,) in said]

    def log(self) -> str:
        return self.node.directory.with_suffix(".log").read_text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One way to fool a node.

    Args:
        name: what is tried, in words.
        shows: the guards that it runs into, as the checklist numbers them.
        does: tries it, and returns what the node said last.
        ends: the statuses with which that may end; `TAKEN` for what must be taken and
            come to nothing.
    """

    name: str
    shows: tuple[str, ...]
    does: Callable[[Stage], httpx.Response]
    ends: frozenset[int] = REFUSED


@contextmanager
def a_stage(directory: Path) -> Iterator[Stage]:
    """Set up the node and Bob, and let him follow and reply."""
    with a_village() as village, a_node(directory) as node:
        bob = village.settle("bob")
        group = f"{node.base}/g/harbour"
        post = folkmoot(
            "post", str(node.directory), "--as", "harbour", "Who brings bread?"
        ).stdout.strip()
        follow = bob.activity("Follow", group)
        reply = bob.note("<p>I do</p>", inReplyTo=post)
        for activity in (follow, bob.activity("Create", reply)):
            bob.sends(f"{node.base}/inbox", activity).raise_for_status()
        stage = Stage(
            node=node,
            village=village,
            bob=bob,
            post=post,
            reply=reply["id"],
            follow=follow,
        )
        until(lambda: len(stage.outcomes()) == 2 and stage.settled())
        yield stage


@contextmanager
def _reading(directory: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(directory / "node.sqlite", timeout=60)
    try:
        yield connection
    finally:
        connection.close()
