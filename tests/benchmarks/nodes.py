"""Nodes to put under load: founded assemblies, each served by its own process."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from instance import speech
from tests import forked
from tests.instance.house import House, a_house, found
from tests.instance.serving import Serving, free_port, until

PATIENCE: Final = 60.0
COLD_FROM: Final = 1.0
"""Seconds; where there is less time, nobody goes by how much memory a node takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node whose files are ours to look at, and its process."""

    house: House
    serving: Serving

    @property
    def pid(self) -> int:
        assert self.serving.process is not None
        return self.serving.process.pid

    def say(self, html: str) -> str:
        """Publish a post, as ``folkmoot post`` does; return its id."""
        with self.house.desk() as desk:
            return speech.say(desk, html=html)

    async def until_none(self, query: str) -> None:
        """Wait until the node's file has none left of what a query counts."""
        await asyncio.to_thread(until, lambda: not self.count(query), PATIENCE)

    def count(self, query: str) -> int:
        """Ask the node's file for a number."""
        with closing(
            sqlite3.connect(self.house.config.database, timeout=60)
        ) as connection:
            [number] = connection.execute(query).fetchone()
            return int(number)


class Cold(Serving):
    """A node that loads the program itself, as its keeper's does; see `forked`."""

    __slots__ = ()

    def _launch(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *self.command],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=forked.environment(),
        )


def served_for(seconds: float) -> type[Serving]:
    """Choose how a node is started that is put under load for so long."""
    return Cold if seconds >= COLD_FROM else Serving


@contextmanager
def a_node(directory: Path, seconds: float = 0) -> Iterator[Node]:
    """Found an assembly, and serve its node, to put it under load for so long."""
    port = free_port()
    house = a_house(directory, port=port)
    with house.desk() as desk:
        found(house, desk)
    serving = served_for(seconds)(house.config.directory, port)
    serving.start()
    try:
        yield Node(house=house, serving=serving)
    finally:
        serving.stop()
