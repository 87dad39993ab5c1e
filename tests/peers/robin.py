"""Robin, whose server is an application of Fedify: a process of its own that we order.

What Fedify sends, reads and checks is Fedify's own doing; ``fedify/server.mjs`` only
passes on what a test asks for.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from tests.programs import FEDIFY

SERVER = Path(__file__).parent / "fedify/server.mjs"

Knock = Literal["rfc9421", "draft-cavage-http-signatures-12"]


class FedifyRefused(Exception):
    """What Fedify said when it did not do what it was told."""


@dataclass(slots=True)
class Robin:
    """A person on a Fedify server; each order is answered when it is carried out."""

    orders: IO[str]
    answers: IO[str]

    def does(self, order: str, **given: object) -> Any:
        """Have one thing done.

        Raises:
            FedifyRefused: Fedify could not, or did not want to.
        """
        self.orders.write(json.dumps({"order": order, **given}) + "\n")
        self.orders.flush()
        told = json.loads(self.answers.readline())
        if "error" in told:
            raise FedifyRefused(told["error"])
        return told["answer"]

    @property
    def id(self) -> str:
        return str(self.does("me")["id"])

    def received(self, kind: str) -> list[Any]:
        """List the activities of one type that Fedify verified and passed on."""
        return [each for each in self.does("received") if each["type"] == kind]


@contextmanager
def a_robin(first_knock: Knock = "rfc9421") -> Iterator[Robin]:
    """Start a Fedify server on a free port of this machine."""
    assert FEDIFY.path is not None
    process = subprocess.Popen(
        [FEDIFY.path, SERVER, first_knock],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process, process.stdin, process.stdout:
        process.stdout.readline()
        yield Robin(process.stdin, process.stdout)
