"""A story's three nodes behind fronts, so that the links between them can be bad."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import MappingProxyType

import aiohttp
from rich.console import Console

from instance import demo
from instance.demo import manuscript, nodes
from instance.demo.expecting import until
from instance.demo.nodes import Node, Nodes
from instance.demo.stage import Stage
from instance.demo.telling import Telling
from instance.demo.visitor import UNREACHED
from tests import elsewhen
from tests.instance.serving import free_port
from tests.links import Linked, Web, a_web

STARTS = 240.0
A_LOOK = aiohttp.ClientTimeout(total=60)
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True)
class Clock:
    """The clock of all nodes of a story; it is set forward where a vote is to close.

    So a vote is open for as long as it takes, on any machine, and nobody waits for it.
    """

    file: Path
    ahead: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.file.write_text("0")

    def now(self) -> datetime:
        """Tell the time as the nodes have it."""
        return datetime.now(UTC) + self.ahead

    def set_forward(self, to: datetime) -> None:
        """Let it be that time at all nodes at once, if it is not past already."""
        self.ahead += max(timedelta(), to - self.now())
        draft = self.file.with_suffix(".new")
        draft.write_text(str(self.ahead.total_seconds()))
        draft.replace(self.file)

    def serve(self, directory: Path) -> BaseProcess:
        """Serve a node by this clock, in a process of its own."""
        process = nodes.PROGRAM.Process(
            target=_served, args=(directory, self.file), daemon=True
        )
        process.start()
        return process


def _served(directory: Path, apart: Path) -> None:
    with (directory / nodes.LOG).open("ab") as log:
        for number in (1, 2):
            os.dup2(log.fileno(), number)
    elsewhen.serve(directory, apart)


@dataclass(slots=True, kw_only=True)
class Fronted(Node):
    """A node behind a front in the web, which can cut it off from the others."""

    web: Web
    clock: Clock | None
    linked: Linked | None = field(default=None)

    async def start(self, browser: aiohttp.ClientSession) -> None:
        if self.linked is None:
            self.linked = await asyncio.to_thread(
                self.web.join, self.directory, front=self.port, port=free_port()
            )
        serve = nodes.serve if self.clock is None else self.clock.serve
        self.process = await asyncio.to_thread(serve, self.directory)

        async def answers() -> bool | None:
            with contextlib.suppress(*UNREACHED):
                async with browser.get(f"{self.base}/health", timeout=A_LOOK) as seen:
                    return True if seen.status == 200 else None
            return None

        await until(answers, f"{self.base} answers.", seconds=STARTS)


@asynccontextmanager
async def a_stage(
    directory: Path,
    story: Path | None = None,
    *,
    seed: int = 0,
    terms: Mapping[str, str] = NOTHING,
    clock: Clock | None = None,
) -> AsyncIterator[tuple[Stage, Web]]:
    """Set the stage for a story, with nothing running yet; end all nodes after.

    ``story`` None is the one that comes with the program; ``terms`` are further fields
    of the form by which the compact is drafted. With a ``clock`` all nodes go by it.
    """
    played = manuscript.read(story)
    ports = [free_port() for _ in range(nodes.PORTS_NEEDED)]
    tell = Telling(Console(file=StringIO()))
    with a_web(seed) as web, Nodes() as running:
        async with demo.set_stage(played, directory, ports, tell, running) as stage:
            stage.terms = terms
            for each in stage.assemblies:
                each.node = Fronted(
                    directory=each.node.directory,
                    port=each.node.port,
                    web=web,
                    clock=clock,
                )
                running.all.append(each.node)
            yield stage, web
