"""The links between nodes that run, and what goes wrong on them.

Each node has a front of its own in the web, which is the address that others know, and
listens elsewhere. Whatever nodes say to each other passes there, and is carried, lost,
held up, said twice or out of order, or finds the line cut, as the link from the one to
the other has it. A link has one direction. What people ask by a browser always passes.

Chances are drawn from one seed; what meets which chance depends on when it is said.
"""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

from instance import config
from tests import forked
from tests.instance.serving import PATIENCE, Serving, folkmoot, free_port

T = TypeVar("T")
OVERTAKEN: Final = 1.0
"""Seconds that something is held back so that what is said after it arrives first."""
A_CALL: Final = 65_536
LENGTH: Final = b"content-length"
CLAIM: Final = b"(+"
"""What comes before a node's address where it says what it is."""


@dataclass(slots=True, kw_only=True)
class Link:
    """One direction between two nodes: what is said here is a question to the other.

    ``delay`` are seconds, at least and at most; ``loses``, ``loses_answers``,
    ``repeats`` and ``overtakes`` are chances from 0 to 1. A question whose answer is
    lost was heard all the same. ``carried`` counts what was heard, each repetition too.
    """

    cut: bool = False
    delay: tuple[float, float] = (0.0, 0.0)
    loses: float = 0.0
    loses_answers: float = 0.0
    repeats: float = 0.0
    overtakes: float = 0.0
    carried: list[str] = field(default_factory=list)
    lost: int = 0
    repeated: int = 0
    overtaken: int = 0


@dataclass(slots=True)
class Linked(Serving):
    """A node whose address is its front in the web, and no port of its own."""

    front: int = 0
    clock: Path | None = None
    """A file with the seconds by which its clock is wrong, for one that is."""

    @property
    def command(self) -> list[str]:
        if self.clock is None:
            return ["instance.cli", "serve", str(self.directory)]
        return ["tests.elsewhen", str(self.directory), str(self.clock)]

    def clock_is_off_by(self, seconds: float) -> None:
        """Set its clock wrong, at once, or from its next start on if it runs right."""
        if self.clock is None:
            self.clock = self.directory.with_name(f"{self.directory.name}.clock")
        draft = self.clock.with_suffix(".new")
        draft.write_text(str(seconds))
        draft.replace(self.clock)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.front}"


class Web:
    """All nodes of a test and the links between them, each two of them both ways.

    Nodes are known by their directories. Two of them may stand at one address, as when
    a copy of a node runs elsewhere with the same key: `Web.twin`.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, seed: int) -> None:
        self._loop = loop
        self._random = Random(seed)
        self._links: dict[tuple[Path, Path], Link] = {}
        self._sees: dict[tuple[Path, int], Linked] = {}
        self._doors: list[asyncio.Server] = []
        # The loop itself holds on to nothing that waits for a line.
        self._carrying: set[asyncio.Task[Any]] = set()
        self.nodes: list[Linked] = []

    def node(self, directory: Path, slug: str, *more: str) -> Linked:
        """Set a node up with a front; ``more`` are further arguments of ``init``."""
        where, front, port = directory / slug, free_port(), free_port()
        folkmoot(
            *("init", str(where), "--assembly", slug),
            *("--name", f"{slug.title()} Assembly"),
            *("--domain", f"127.0.0.1:{front}", "--dev", *more),
        )
        return self.join(where, front=front, port=port)

    def join(self, directory: Path, *, front: int, port: int) -> Linked:
        """Give a node that was set up for that front a place to listen behind it."""
        _listen(directory, port)
        node = Linked(directory, port, front=front)
        self.nodes.append(node)
        self._do(self._open(front))
        return node

    def twin(self, node: Linked, directory: Path, *sees: Linked) -> Linked:
        """Stand a copy of a node beside it, at the same address.

        The copy is made already, in ``directory``. The nodes in ``sees`` find the copy
        where all others, and people, find the node.
        """
        port = free_port()
        _listen(directory, port)
        copy = Linked(directory, port, front=node.front)
        self.nodes.append(copy)
        for each in sees:
            self._sees[each.directory, node.front] = copy
        return copy

    def link(self, source: Linked, to: Linked) -> Link:
        """Return the link from a node to another, to change it or look at it."""
        return self._links.setdefault((source.directory, to.directory), Link())

    def links(self) -> tuple[Link, ...]:
        """Return every link on which something was said, or that was changed."""
        return tuple(self._links.values())

    def cut(self, one: Linked, *others: Linked) -> None:
        """Let a node and the others hear nothing of each other, either way."""
        for other in others:
            self.link(one, other).cut = self.link(other, one).cut = True

    def isolate(self, node: Linked) -> None:
        """Let a node and all others hear nothing of each other."""
        self.cut(node, *(each for each in self.nodes if each is not node))

    def mend(self) -> None:
        """Make every link as good as new, and keep what was counted on it."""
        for link in self._links.values():
            link.cut, link.delay = False, (0.0, 0.0)
            link.loses = link.loses_answers = link.repeats = link.overtakes = 0.0

    def trouble(self, **faults: Any) -> None:
        """Give every link between two nodes the same faults, by the names of `Link`."""
        for one in self.nodes:
            for other in self.nodes:
                if one is not other:
                    for name, value in faults.items():
                        setattr(self.link(one, other), name, value)

    def close(self) -> None:
        """Stop every node that runs, and close every front."""
        for node in self.nodes:
            node.stop()
        self._do(self._end())

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _open(self, front: int) -> None:
        async def serve(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)
            await self._carry(reader, writer, front)

        self._doors.append(
            await asyncio.start_server(serve, "127.0.0.1", front, limit=2**20)
        )

    async def _end(self) -> None:
        for door in self._doors:
            door.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, front: int
    ) -> None:
        try:
            said = await _one_question(reader)
            source = self._who(said, writer)
            to = self._where(source, front)
            link = Link() if source is None else self.link(source, to)
            if link.cut or self._happens(link.loses):
                link.lost += 1
                writer.transport.abort()
                return
            await asyncio.sleep(self._random.uniform(*link.delay))
            if self._happens(link.overtakes):
                link.overtaken += 1
                await asyncio.sleep(OVERTAKEN)
            if self._happens(link.repeats):
                link.repeated += 1
                await _ask(to.port, said, None, link)
            if self._happens(link.loses_answers):
                link.lost += 1
                await _ask(to.port, said, None, link)
                writer.transport.abort()
                return
            await _ask(to.port, said, writer, link)
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            writer.close()

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._random.random() < chance

    def _who(self, said: bytes, writer: asyncio.StreamWriter) -> Linked | None:
        """Return the node that asks, None if it is somebody with a browser."""
        claimed = said.partition(CLAIM)[2].partition(b")")[0].decode("latin-1")
        there = [each for each in self.nodes if each.base == claimed]
        if len(there) < 2:
            return there[0] if there else None
        port = writer.get_extra_info("peername")[1]
        return next((each for each in there if _holds(each.process, port)), None)

    def _where(self, source: Linked | None, front: int) -> Linked:
        here = source.directory if source is not None else Path()
        seen = self._sees.get((here, front))
        return seen or next(each for each in self.nodes if each.front == front)


@contextmanager
def a_web(seed: int = 0) -> Iterator[Web]:
    """Have nodes with links between them until the test is over."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    web = Web(loop, seed)
    try:
        yield web
    finally:
        web.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _one_question(reader: asyncio.StreamReader) -> bytes:
    """Read one request to its end, and have the line end with its answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head[:-4].split(b"\r\n")
    named = [(line.partition(b":")[0].strip().lower(), line) for line in lines]
    length = next(
        (int(line.partition(b":")[2]) for name, line in named if name == LENGTH), 0
    )
    kept = [line for name, line in named if name != b"connection"]
    body = await reader.readexactly(length)
    return b"\r\n".join([first, *kept, b"Connection: close", b"", body])


async def _ask(
    port: int, said: bytes, back: asyncio.StreamWriter | None, link: Link
) -> None:
    """Put a question to a node, and pass its answer back, if anybody is to hear it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(said)
        await writer.drain()
        link.carried.append(said.partition(b" HTTP/")[0].decode("latin-1"))
        while piece := await reader.read(A_CALL):
            if back is not None:
                back.write(piece)
                await back.drain()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _holds(process: forked.Process | None, port: int) -> bool:
    """Whether a process has the connection that comes from a port of this machine."""
    if process is None:
        return False
    local = f"0100007F:{port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[1] == local}
    for open_file in Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(open_file.readlink()) in sockets:
                return True
    return False


def _listen(directory: Path, port: int) -> None:
    config.write(replace(config.read(directory), listen=f"127.0.0.1:{port}"))


def start(*nodes: Linked) -> None:
    """Serve nodes, and wait until each answers at its front."""
    for node in nodes:
        node.start()
