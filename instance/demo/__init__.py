"""The story of three communities, carried out on three nodes before your eyes.

The demonstration does only what a member, a delegate or a peer could do: it fills in
the forms of the pages, sends signed HTTP, uses the command line, and starts and ends
processes. It knows no route that others do not, and nothing of the node's insides.
"""

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import aiohttp
from rich.console import Console

from activitypub.addresses import Guard
from activitypub.client import Client
from instance.demo import (
    deciding,
    exploring,
    founding,
    listening,
    manuscript,
    nodes,
    settling,
    verifying,
    voting,
)
from instance.demo.assembly import Assembly
from instance.demo.expecting import Failed
from instance.demo.follower import on_another_server
from instance.demo.listening import NothingSpeaksOfIt
from instance.demo.nodes import HOST, Node, Nodes
from instance.demo.stage import Play, Stage
from instance.demo.story import Story
from instance.demo.telling import Telling
from instance.demo.visitor import browsers
from instance.errors import Misused

HELD: Final = 0
FAILED: Final = 1
STOPPED: Final = 130
PLAYS: Final[tuple[Play, ...]] = (
    founding.play,
    listening.play,
    deciding.play,
    voting.play,
    settling.play,
    verifying.play,
)
QUORUMS: Final = ("1/4", "1/2", "1/4")
ON_THIS_MACHINE: Final = (ip_network("127.0.0.0/8"),)


def run(
    *,
    once: bool,
    directory: Path | None = None,
    input: Path | None = None,
    ports: Sequence[int] = (),
    console: Console | None = None,
) -> int:
    """Play a story on three nodes and return the exit status: 0 if every step held.

    Args:
        once: stop the nodes at the end; else they run until they are interrupted.
        directory: an empty or absent one; None for a fresh one.
        input: a file with a story; None for the one that comes with the program.
        ports: four or five of them; none for free ones.

    Raises:
        Misused: the story, the directory or the ports cannot be used; nothing was
            started.
    """
    played = manuscript.read(input)
    chosen = nodes.choose_ports(ports)
    where = _prepare(directory)
    tell = Telling(console or Console())
    with Nodes() as running:
        try:
            return asyncio.run(
                _play(played, where, chosen, tell, running=running, once=once)
            )
        except (KeyboardInterrupt, asyncio.CancelledError):
            tell.heading("Stopped.")
            return STOPPED


def _prepare(directory: Path | None) -> Path:
    if directory is None:
        return Path(tempfile.mkdtemp(prefix="folkmoot-"))
    try:
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise Misused(
                "{directory} is not empty: give a new or an empty one.",
                directory=directory,
            )
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misused(
            "{directory} cannot be used: {why}.",
            directory=directory,
            why=error.strerror,
        ) from error
    return directory.resolve()


async def _play(
    played: Story,
    directory: Path,
    ports: Sequence[int],
    tell: Telling,
    *,
    running: Nodes,
    once: bool,
) -> int:
    """Play the story to its end, and stay there until somebody interrupts."""
    _let_signals_interrupt()
    async with set_stage(played, directory, ports, tell, running) as stage:
        try:
            with tell.on_the_way():
                for play in PLAYS:
                    await play(stage)
        except Failed as failed:
            tell.failed(failed.expected, failed.found)
            for node in running.all:
                if node.ended is not None and node.last_words() not in failed.found:
                    tell.say(f"The node at {node.base} has ended, with {node.ended}.")
                    tell.line(node.last_words())
            tell.say("What happened until then is kept here:")
            tell.line(str(directory))
            return FAILED
        except NothingSpeaksOfIt as nothing:
            tell.heading("Here the story ends.")
            tell.say(str(nothing))
            return FAILED
        exploring.tell_end(stage, nodes_run=not once)
        if not once:
            # Whoever interrupts now has seen all that there was to see.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
    return HELD


@contextlib.asynccontextmanager
async def set_stage(
    played: Story,
    directory: Path,
    ports: Sequence[int],
    tell: Telling,
    running: Nodes,
) -> AsyncIterator[Stage]:
    """Put everybody in their place, with nothing running yet but the other server."""
    homes = [
        Node(directory=directory / community.slug, port=port)
        for community, port in zip(played.communities, ports, strict=False)
    ]
    running.all.extend(homes)
    async with (
        browsers() as opened,
        _client() as client,
        on_another_server(
            played.follower.name, f"{HOST}:{ports[3]}", _client()
        ) as follower,
    ):
        a, b, c = (
            Assembly(
                story=community,
                node=home,
                stranger=opened.visitor(f"a stranger at {community.name}", home.base),
                quorum=quorum,
            )
            for community, home, quorum in zip(
                played.communities, homes, QUORUMS, strict=True
            )
        )
        yield Stage(
            story=played,
            directory=directory,
            tell=tell,
            browsers=opened,
            client=client,
            a=a,
            b=b,
            c=c,
            follower=follower,
            move_to=ports[4],
        )


def _client() -> Client:
    return Client(
        Guard(networks=ON_THIS_MACHINE),
        clock=lambda: datetime.now(UTC),
        user_agent="Folkmoot demonstration",
        resolver=aiohttp.ThreadedResolver(),
    )


def _let_signals_interrupt() -> None:
    """Have the end of the terminal, or of our own process, interrupt us as Ctrl-C."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
