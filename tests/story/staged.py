"""A story's three nodes behind fronts, so that the links between them can be bad."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import StringIO
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
from tests.instance.serving import free_port
from tests.links import Linked, Web, a_web

STARTS = 240.0
A_LOOK = aiohttp.ClientTimeout(total=60)
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True, kw_only=True)
class Fronted(Node):
    """A node behind a front in the web, which can cut it off from the others."""

    web: Web
    linked: Linked | None = field(default=None)

    async def start(self, browser: aiohttp.ClientSession) -> None:
        if self.linked is None:
            self.linked = await asyncio.to_thread(
                self.web.join, self.directory, front=self.port, port=free_port()
            )
        self.process = await asyncio.to_thread(nodes.serve, self.directory)

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
) -> AsyncIterator[tuple[Stage, Web]]:
    """Set the stage for a story, with nothing running yet; end all nodes after.

    ``story`` None is the one that comes with the program; ``terms`` are further fields
    of the form by which the compact is drafted.
    """
    played = manuscript.read(story)
    ports = [free_port() for _ in range(nodes.PORTS_NEEDED)]
    tell = Telling(Console(file=StringIO()))
    with a_web(seed) as web, Nodes() as running:
        async with demo.set_stage(played, directory, ports, tell, running) as stage:
            stage.terms = terms
            for each in stage.assemblies:
                each.node = Fronted(
                    directory=each.node.directory, port=each.node.port, web=web
                )
                running.all.append(each.node)
            yield stage, web
