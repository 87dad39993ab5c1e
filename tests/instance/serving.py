"""Nodes as their keeper runs them: processes of their own, real HTTP, real files."""

import io
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Final

import httpx

from instance import cli
from tests import forked

PATIENCE = 60.0
"""Seconds; only what never comes about takes so long, or a machine that is busy."""
LINES: Final = 40
# Root may write whatever it likes, unless it gives that right up.
LIKE_ANYBODY: Final = (
    ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if os.geteuid() == 0
    else []
)
CLAIMED_AT: Final = "127.255.255.254"
# Systems take the ports of outgoing connections from above, and the demonstration
# chooses from 20 000 on. Browsers refuse a few well-known ones below.
TO_CHOOSE_FROM: Final = range(12_000, 20_000)

_claims: list[socket.socket] = []


def free_port() -> int:
    """Return a port of 127.0.0.1 that no other test is given while this process lives.

    Tests run side by side, and a port that was only looked at may be taken by another
    before the node that is to have it listens. So it stays bound, at a loopback address
    that nobody serves on, which closes it to every other process that asks here.
    """
    for port in random.sample(TO_CHOOSE_FROM, len(TO_CHOOSE_FROM)):
        claim = socket.socket()
        try:
            claim.bind((CLAIMED_AT, port))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return port
    raise AssertionError("Every port was taken.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one command of the program said, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


def folkmoot(*arguments: str, check: bool = True) -> Told:
    """Run one command of the program to its end, as its console script does.

    In this process: to start another takes longer than most commands need.

    Raises:
        AssertionError: it ended with a mistake; not with ``check`` False.
    """
    said, complained, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(said), redirect_stderr(complained), _called_with(arguments):
        try:
            cli.main()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else int(bool(left.code))
    told = Told(returncode=code, stdout=said.getvalue(), stderr=complained.getvalue())
    assert code == 0 or not check, told
    return told


@contextmanager
def _called_with(arguments: tuple[str, ...]) -> Iterator[None]:
    before = sys.argv
    sys.argv = ["folkmoot", *arguments]
    try:
        yield
    finally:
        sys.argv = before


@dataclass(slots=True)
class Serving:
    """A node and, while it runs, its process."""

    directory: Path
    port: int
    process: forked.Process | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str]:
        """What serves the node, as arguments of ``python -m``."""
        return ["instance.cli", "serve", str(self.directory)]

    @property
    def _log(self) -> Path:
        return self.directory.parent / f"{self.directory.name}.log"

    def said(self) -> str:
        """Return the last lines that the node has written."""
        written = self._log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(written.splitlines()[-LINES:])

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = self._launch(log)
        until(lambda: _answers(f"{self.base}/health"), seen=self.said)

    def _launch(self, log: IO[bytes]) -> forked.Process:
        return forked.start(*self.command, out=log)

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


def until(
    holds: object,
    patience: float = PATIENCE,
    *,
    seen: Callable[[], object] = str,
) -> None:
    """Wait until a condition can be seen to hold.

    Raises:
        AssertionError: it did not in time; it says what was ``seen`` instead.
    """
    assert callable(holds)
    end, pause = time.monotonic() + patience, 0.02
    while True:
        began = time.thread_time()
        if holds():
            return
        assert time.monotonic() < end, f"This did not come about in time.\n{seen()}"
        # To look costs as well: what takes long is looked for less often.
        time.sleep(max(pause, 3 * (time.thread_time() - began)))
        pause = min(1.2 * pause, 0.5)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False


DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
