"""A node is a process with a directory of its own: started, stopped, or killed."""

import asyncio
import contextlib
import multiprocessing
import os
import random
import runpy
import signal
import socket
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import aiohttp

from instance.demo.expecting import Failed, until
from instance.errors import Misused

HOST: Final = "127.0.0.1"
PORTS_NEEDED: Final = 5
BELOW_OUTGOING: Final = range(20_000, 32_000)
"""Where ports are chosen: systems take those of outgoing connections from above."""
GRACE: Final = 8.0
ONE_LOOK: Final = aiohttp.ClientTimeout(total=2)
LOG: Final = "node.log"
LAST_LINES: Final = 15


# To load the program takes longer than most of its commands. So one process loads it
# and divides itself for each; that nothing breaks by it only Linux promises.
PROGRAM: Final = (
    multiprocessing.get_context("forkserver")
    if sys.platform == "linux"
    else multiprocessing.get_context("spawn")
)
LOADED: Final = (
    *("instance.cli.nodes", "instance.cli.members", "instance.cli.files"),
    *("instance.app", __name__),
)
PROGRAM.set_forkserver_preload([*LOADED])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


async def run(*arguments: str) -> Ran:
    """Run one command of the program to its end."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-") as directory:
        out, err = Path(directory, "out"), Path(directory, "err")
        process = await asyncio.to_thread(begin, *arguments, out=out, err=err)
        try:
            await _end(process)
        finally:
            process.kill()
            process.join()
        said, complained = [
            await asyncio.to_thread(each.read_text, "utf-8", "replace")
            for each in (out, err)
        ]
    return Ran(code=process.exitcode or 0, out=said, err=complained)


def begin(*arguments: str, out: Path, err: Path) -> BaseProcess:
    """Run one command of the program in a process of its own.

    What it says is added to the file ``out``, what it complains of to ``err``.
    """
    process = PROGRAM.Process(target=_become, args=(arguments, out, err), daemon=True)
    # Ctrl-C is for whoever plays the story, and they end the nodes.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process


def _become(arguments: tuple[str, ...], out: Path, err: Path) -> None:
    with (
        Path(os.devnull).open("rb") as nothing,
        out.open("ab") as said,
        err.open("ab") as complained,
    ):
        for number, each in enumerate((nothing, said, complained)):
            os.dup2(each.fileno(), number)
    sys.argv = ["folkmoot", *arguments]
    runpy.run_module("instance.cli", run_name="__main__", alter_sys=True)


async def _end(process: BaseProcess) -> None:
    """Wait until a process has ended."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process.sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process.sentinel)
    process.join()


async def do(*arguments: str) -> str:
    """Run one command that must succeed, and return what it printed.

    Raises:
        Failed: it did not.
    """
    ran = await run(*arguments)
    if ran.code != 0:
        raise Failed(
            f"'folkmoot {' '.join(arguments)}' ends well.",
            f"it ended with {ran.code}: {ran.err.strip() or ran.out.strip()}",
        )
    return ran.out


@dataclass(slots=True, kw_only=True)
class Node:
    """One node of the story, as whoever runs the machine knows it."""

    directory: Path
    port: int
    process: BaseProcess | None = None

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def domain(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def ended(self) -> int | None:
        """How it ended although nobody stopped it; None if it did not."""
        return None if self.process is None else self.process.exitcode

    async def start(self, browser: aiohttp.ClientSession) -> None:
        """Serve the node, and wait until it answers.

        Raises:
            Failed: it ended instead, or does not answer.
        """
        self.process = await asyncio.to_thread(serve, self.directory)

        async def answers() -> bool | None:
            if self.ended is not None:
                raise Failed(f"The node at {self.base} runs.", self.last_words())
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with browser.get(
                    f"{self.base}/health", timeout=ONE_LOOK
                ) as answer:
                    return True if answer.status == 200 else None
            return None

        await until(answers, f"The node at {self.base} answers.", found=self.last_words)

    async def stop(self) -> None:
        """Stop the node as a keeper does, and wait until it has ended."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End the node as a power cut does: it has no chance to save anything."""
        await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> None:
        process = self.process
        if process is None:
            return
        if process.exitcode is None and process.pid is not None:
            os.kill(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_end(process), GRACE)
        process.kill()
        process.join()
        self.process = None

    def last_words(self) -> str:
        """Return the last lines of the node's log."""
        try:
            lines = (self.directory / LOG).read_text("utf-8", "replace").splitlines()
        except OSError:
            lines = []
        said = "\n".join(lines[-LAST_LINES:]) or "nothing"
        return f"its log {self.directory / LOG} ends with: {said}"


def serve(directory: Path) -> BaseProcess:
    """Serve a node in a process of its own, which writes what it says to its log."""
    log = directory / LOG
    return begin("serve", str(directory), out=log, err=log)


@dataclass(slots=True)
class Nodes:
    """All nodes of a story. However it ends, none of them is left behind."""

    all: list[Node] = field(default_factory=list)

    def __enter__(self) -> "Nodes":
        return self

    def __exit__(self, *_: object) -> None:
        """End every process that still runs; all at once first, then wait for each."""
        running = [node.process for node in self.all if node.process is not None]
        try:
            for process in running:
                process.terminate()
            for process in running:
                process.join(GRACE)
        finally:
            for process in running:
                process.kill()
                process.join()


def choose_ports(wanted: Collection[int]) -> tuple[int, ...]:
    """Return five ports: three nodes, a follower, and where the third node moves to.

    Args:
        wanted: four or more ports; none for free ones. A fifth that is not given is
            chosen.

    Raises:
        Misused: too few or the same twice, or one is taken.
    """
    if wanted and len(wanted) < PORTS_NEEDED - 1:
        raise Misused(
            "The demonstration needs {ports_needed} ports or {ports_neededx}: "
            "for three nodes, for somebody who follows them, and for the one "
            "that moves. {wanted} were given.",
            ports_needed=PORTS_NEEDED - 1,
            ports_neededx=PORTS_NEEDED,
            wanted=len(wanted),
        )
    if len(set(wanted)) < len(wanted):
        raise Misused("The same port was given twice.")
    for port in wanted:
        if not 0 < port < 65_536:
            raise Misused("{port} is not a port number.", port=port)
        if not _is_free(port):
            raise Misused("The port {port} is taken by another program.", port=port)
    chosen = [*wanted]
    free = _free_ports(chosen)
    while len(chosen) < PORTS_NEEDED:
        chosen.append(next(free))
    return tuple(chosen)


def _free_ports(taken: Collection[int]) -> Iterator[int]:
    for port in random.sample(BELOW_OUTGOING, len(BELOW_OUTGOING)):
        if port not in taken and _is_free(port):
            yield port
    raise Misused("There are no free ports on this machine.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
