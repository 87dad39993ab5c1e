"""Nodes as their keeper runs them: processes of their own, real HTTP, real files."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PATIENCE = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def folkmoot(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one command of the program to its end."""
    return subprocess.run(
        [sys.executable, "-m", "instance.cli", *arguments],
        check=check,
        capture_output=True,
        text=True,
        timeout=60,
        env=_environment(),
    )


@dataclass(slots=True)
class Serving:
    """A node and, while it runs, its process."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        name = f"{self.directory.name}.log"
        with (self.directory.parent / name).open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "instance.cli", "serve", str(self.directory)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=_environment(),
            )
        until(lambda: _answers(f"{self.base}/health"))

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)
            self.process = None


@contextmanager
def a_node(directory: Path, slug: str = "harbour") -> Iterator[Serving]:
    """Set up a node in development mode on a free port, and serve it."""
    port = free_port()
    where = directory / slug
    folkmoot(
        "init",
        str(where),
        "--assembly",
        slug,
        "--name",
        f"{slug.title()} Assembly",
        "--domain",
        f"127.0.0.1:{port}",
        "--dev",
    )
    node = Serving(where, port)
    node.start()
    try:
        yield node
    finally:
        node.stop()


def until(holds: object, patience: float = PATIENCE) -> None:
    """Wait until a condition can be seen to hold.

    Raises:
        AssertionError: it did not in time.
    """
    assert callable(holds)
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "This did not come about in time."
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False


def _environment() -> dict[str, str]:
    root = str(Path(__file__).parent.parent.parent)
    return {**os.environ, "PYTHONPATH": root}
