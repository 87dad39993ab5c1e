"""Processes that run the program at once, since they need not load it first.

A node that a test starts is a process of its own, with files, signals and an end of its
own. But most of what it takes to start one is loading the program, which is the same
each time. So one process, the *nursery*, loads it once and divides itself for each
command: what comes of that is what ``python -m MODULE`` would be once it has loaded.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import runpy
import select
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, Protocol

from tests import compiled

ROOT: Final = Path(__file__).parent.parent
GRACE: Final = 10.0
LOOKS_AGAIN: Final = 0.1
READY: Final = ("instance.cli.nodes", "instance.cli.pen", "instance.app")
_LENGTH: Final = struct.Struct(">I")


class Process(Protocol):
    """What a test does with a process; ``subprocess.Popen`` is one as well."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, at most so many seconds."""

    def send_signal(self, sig: int, /) -> None:
        """Send it a signal."""


@dataclass(slots=True)
class Forked:
    """A process that came of the nursery."""

    command: tuple[str, ...]
    pid: int
    _news: int
    _ended: int | None = field(default=None, init=False)

    def poll(self) -> int | None:
        """Return its exit status, or the signal that ended it as a negative number."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, at most so many seconds.

        Raises:
            subprocess.TimeoutExpired: it still ran then.
        """
        ended = self._look(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired(self.command, timeout or 0)
        return ended

    def send_signal(self, sig: int, /) -> None:
        """Send it a signal; nothing if it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def _look(self, timeout: float | None) -> int | None:
        if self._ended is None:
            there, _, _ = select.select([self._news], [], [], timeout)
            if there:
                self._ended = int(os.read(self._news, 16))
                os.close(self._news)
        return self._ended


def start(
    *command: str, out: IO[bytes], error: IO[bytes] | None = None, given: str = ""
) -> Forked:
    """Run a module with its arguments, as ``python -m`` does, in a new process.

    Args:
        command: the module and what it is given on the command line.
        out: where its output goes, and its complaints too without ``error``.
        error: where its complaints go.
        given: what it reads from standard input.
    """
    news, tells = os.pipe()
    reads, writes = os.pipe()
    os.write(writes, given.encode())
    os.close(writes)
    handed = (reads, out.fileno(), (error or out).fileno(), tells)
    said = {"command": command, "cwd": str(Path.cwd()), "environment": environment()}
    _nursery().ask(said, handed)
    os.close(reads)
    os.close(tells)
    return Forked(command, int(os.read(news, 16)), news)


def environment() -> dict[str, str]:
    """Return the surroundings in which the program is found wherever it is run."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


class _Nursery:
    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment(),
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        self._one_at_a_time = threading.Lock()
        atexit.register(self._close)

    def ask(self, said: object, handed: Sequence[int]) -> None:
        body = json.dumps(said).encode()
        with self._one_at_a_time:
            socket.send_fds(self._ours, [_LENGTH.pack(len(body))], handed)
            self._ours.sendall(body)

    def _close(self) -> None:
        self._ours.close()
        self._process.wait()


@functools.cache
def _nursery() -> _Nursery:
    return _Nursery()


# The other side: what the nursery itself does.


def _serve(asked: socket.socket) -> tuple[str, ...]:
    """Divide for each command that is asked for; return, in the new process, which."""
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, int] = {}
    with selectors.DefaultSelector() as ready:
        ready.register(woken, selectors.EVENT_READ)
        ready.register(asked, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fd == woken:
                    os.read(woken, 4096)
                    _tell_who_ended(running)
                    continue
                said, handed = _read(asked)
                if not said:
                    _end(running)
                    sys.exit()
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for each in (woken, wakes, *running.values()):
                        os.close(each)
                    asked.close()
                    return _become(json.loads(said), handed)
                *theirs, news = handed
                for each in theirs:
                    os.close(each)
                running[pid] = news
                os.write(news, str(pid).encode())


def _read(asked: socket.socket) -> tuple[bytes, list[int]]:
    length, handed, _, _ = socket.recv_fds(asked, _LENGTH.size, 4)
    if not length:
        return b"", []
    (left,) = _LENGTH.unpack(length)
    said = b""
    while len(said) < left:
        more = asked.recv(left - len(said))
        if not more:
            return b"", handed
        said += more
    return said, handed


def _end(running: dict[int, int]) -> None:
    """End what still runs when nobody asks any more, as where the tests were killed."""
    for pid in running:
        os.kill(pid, signal.SIGTERM)
    given_up = time.monotonic() + GRACE
    while running and time.monotonic() < given_up:
        time.sleep(LOOKS_AGAIN)
        _tell_who_ended(running)
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def _tell_who_ended(running: dict[int, int]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        news = running.pop(pid)
        # Nobody may listen any more: the test that asked has ended too.
        with contextlib.suppress(BrokenPipeError):
            os.write(news, str(os.waitstatus_to_exitcode(status)).encode())
        os.close(news)


def _become(said: dict[str, object], handed: list[int]) -> tuple[str, ...]:
    *streams, news = handed
    for number, each in enumerate(streams):
        os.dup2(each, number)
        os.close(each)
    os.close(news)
    command, environment = said["command"], said["environment"]
    assert isinstance(command, list)
    assert isinstance(environment, dict)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(said["cwd"]))
    return tuple(command)


def _main() -> None:
    for each in READY:
        importlib.import_module(each)
    compiled.keep()
    gc.collect()
    gc.freeze()
    module, *arguments = _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
