"""People on servers that we did not write, each a process of its own that we order.

What they send, read and check is their library's own doing: ``fedify/server.mjs`` and
``bessie.py`` only pass on what a test asks for.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from tests.programs import FEDIFY

PEERS = Path(__file__).parent

Knock = Literal["rfc9421", "draft-cavage-http-signatures-12"]


class DidNot(Exception):
    """What a peer said when it did not do what it was told."""


@dataclass(slots=True)
class Peer:
    """Somebody on another server; each order is answered when it is carried out."""

    orders: IO[str]
    answers: IO[str]
    id: str

    def does(self, order: str, **given: object) -> Any:
        """Have one thing done.

        Raises:
            DidNot: the peer could not, or did not want to.
        """
        self.orders.write(json.dumps({"order": order, **given}) + "\n")
        self.orders.flush()
        told = json.loads(self.answers.readline())
        if "error" in told:
            raise DidNot(told["error"])
        return told["answer"]

    def received(self, kind: str) -> list[Any]:
        """List the activities of one type that the peer verified and took."""
        return [each for each in self.does("received") if each["type"] == kind]


@contextmanager
def a_robin(first_knock: Knock = "rfc9421") -> Iterator[Peer]:
    """Start a Fedify server on a free port of this machine: Robin's."""
    assert FEDIFY.path is not None
    with _running([FEDIFY.path, str(PEERS / "fedify/server.mjs"), first_knock]) as peer:
        yield peer


@contextmanager
def a_bessie() -> Iterator[Peer]:
    """Start a server made with bovine on a free port of this machine: Bessie's."""
    with _running([sys.executable, "-m", "tests.peers.bessie"]) as peer:
        yield peer


@contextmanager
def _running(command: list[str]) -> Iterator[Peer]:
    process = subprocess.Popen(
        command,
        cwd=PEERS.parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process, process.stdin, process.stdout:
        began = json.loads(process.stdout.readline())
        yield Peer(process.stdin, process.stdout, began["id"])
