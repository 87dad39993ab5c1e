"""A line carries one question at a time, and only its answer comes back over it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

import pytest
import uvloop

from activitypub import addresses
from activitypub.addresses import Guard
from activitypub.errors import Malformed, NotAllowed, Unreachable
from activitypub.lines import Broken, Lines
from tests.activitypub.servers import Server, a_client, listening, received, said
from tests.activitypub.wire import bob

WORKSHOP = Guard(networks=addresses.LOOPBACK)
Say = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Heard:
    """What came back, all of it."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def begins(self, status: int, headers: Mapping[str, str]) -> None:
        self.status, self.headers = status, dict(headers)

    def more(self, piece: bytes) -> bool:
        self.body += piece
        return True


class Names:
    """Names that all lead to the same addresses."""

    def __init__(self, *found: str) -> None:
        self.found = list(found)

    async def addresses(self, host: str, port: int) -> list[str]:
        return self.found


@asynccontextmanager
async def some_lines(
    *,
    each: int = 4,
    guard: Guard = WORKSHOP,
    names: Names | None = None,
    idle: float = 15,
    most_idle: int = 100,
) -> AsyncIterator[Lines]:
    made = Lines(
        guard,
        names=names or Names(),
        connect=0.5,
        silence=0.3,
        each=each,
        idle=idle,
        most_idle=most_idle,
    )
    try:
        yield made
    finally:
        made.close()


async def heard(made: Lines, authority: str, *, path: str = "/") -> Heard:
    hear = Heard()
    request = f"GET {path} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode()
    await made.ask(addresses.parse(f"http://{authority}{path}"), lambda: request, hear)
    return hear


def saying(*answers: bytes, then_hang_up: bool = False) -> Say:
    """A server that says these things to one request after another, on each line."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            if await received(reader) is None:
                return
            writer.write(answer)
            await writer.drain()
        if not then_hang_up:
            await reader.read()

    return serve


async def test_questions_one_after_the_other_share_a_line() -> None:
    server = Server(answers={"/": said(200, b"yes")})
    async with listening(server.serve) as authority, some_lines() as made:
        told = [(await heard(made, authority)).body for _ in range(3)]

    assert told == [b"yes"] * 3
    assert server.connections == 1


async def test_there_are_no_more_lines_to_a_server_than_allowed() -> None:
    server = Server(answers={"/": said(200, b"yes")})
    async with listening(server.serve) as authority, some_lines(each=2) as made:
        told = await asyncio.gather(*(heard(made, authority) for _ in range(20)))

    assert [each.body for each in told] == [b"yes"] * 20
    assert server.connections == 2


async def test_whoever_gives_up_waiting_for_a_line_takes_nobody_elses_turn() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    server = Server(answers={"/": said(200, b"yes")})
    async with listening(server.serve) as authority, some_lines(each=1) as made:
        waiting = [asyncio.create_task(heard(made, authority)) for _ in range(5)]
        await asyncio.sleep(0)
        for task in waiting[1:4]:
            task.cancel()
        told = await asyncio.gather(*waiting, return_exceptions=True)

    assert isinstance(told[0], Heard)
    assert isinstance(told[4], Heard)


async def test_a_line_that_was_cut_while_it_rested_is_made_anew() -> None:
    serve = saying(said(200, b"yes"), then_hang_up=True)
    async with listening(serve) as authority, some_lines() as made:
        assert (await heard(made, authority)).body == b"yes"
        # The server hangs up, and we need not have noticed it yet.
        assert (await heard(made, authority)).body == b"yes"
        await asyncio.sleep(0.05)
        assert (await heard(made, authority)).body == b"yes"


async def test_a_new_line_that_breaks_is_not_tried_again() -> None:
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await received(reader)
        asked += 1

    async with listening(serve) as authority, some_lines() as made:
        with pytest.raises(Broken):
            await heard(made, authority)

    assert asked == 1


async def test_what_was_begun_on_an_old_line_is_not_asked_for_again() -> None:
    half = b"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nhalf"
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        for answer in (said(200, b"yes"), half):
            await received(reader)
            asked += 1
            writer.write(answer)
            await writer.drain()

    async with listening(serve) as authority, some_lines() as made:
        await heard(made, authority)
        with pytest.raises(Broken):
            await heard(made, authority)

    assert asked == 2


@pytest.mark.parametrize("pause", [0.0, 0.05])
async def test_what_a_server_says_unasked_answers_nothing(pause: float) -> None:
    cut = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await received(reader)
        writer.write(said(200, b"yes"))
        await asyncio.sleep(pause)
        writer.write(said(200, b"a lie"))
        with suppress(ConnectionError):
            await reader.read()
        cut.set()

    async with listening(serve) as authority, some_lines() as made:
        first = await heard(made, authority)
        await cut.wait()
        second = await heard(made, authority)

    assert (first.body, second.body) == (b"yes", b"yes")


async def test_go_on_is_no_answer() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"
    serve = saying(b"HTTP/1.1 100 Continue\r\n\r\n" + early + said(202, b"thanks"))
    async with listening(serve) as authority, some_lines() as made:
        told = await heard(made, authority)

    assert (told.status, told.body) == (202, b"thanks")
    assert "link" not in told.headers


async def test_an_answer_in_chunks_is_put_together() -> None:
    head = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"3\r\none\r\n4;what=ever\r\n two\r\n0\r\nX-Late: x\r\n\r\n"
    async with (
        listening(saying(head + chunks, said(200, b"next"))) as authority,
        some_lines() as made,
    ):
        told = await heard(made, authority)
        following = await heard(made, authority)

    assert told.body == b"one two"
    assert "x-late" not in told.headers
    assert following.body == b"next"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 X\r\n\r\nto the end",
        b"HTTP/1.0 200 X\r\n\r\nto the end",
    ],
)
async def test_an_answer_without_a_length_ends_with_the_line(answer: bytes) -> None:
    async with (
        listening(saying(answer, then_hang_up=True)) as authority,
        some_lines() as made,
    ):
        assert (await heard(made, authority)).body == b"to the end"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        b"HTTP/1.1 200 X\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nshort",
        b"HTTP/1.1 200 X\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 999999 X\r\n\r\n",
        b"HTTP/1.1 200 X\r\nA\r\nB: c\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"",
    ],
)
async def test_what_is_no_whole_answer_is_none(answer: bytes) -> None:
    async with (
        listening(saying(answer, then_hang_up=True)) as authority,
        some_lines() as made,
    ):
        with pytest.raises(Broken):
            await heard(made, authority)


@pytest.mark.parametrize(
    "endless",
    [
        b"HTTP/1.1 200 X\r\nX: " + b"x" * 100_000,
        b"HTTP/1.1 200 X\r\n" + b"X: y\r\n" * 20_000,
        b"HTTP/1.1 100 X\r\n\r\n" * 10_000,
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 100_000,
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        + b"X: y\r\n" * 20_000,
    ],
)
async def test_nothing_beside_an_answer_goes_on_for_ever(endless: bytes) -> None:
    async with listening(saying(endless)) as authority, some_lines() as made:
        with pytest.raises(Broken):
            await heard(made, authority)


async def test_a_server_that_falls_silent_in_the_middle_is_left() -> None:
    half = b"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nhalf"
    async with listening(saying(half)) as authority, some_lines() as made:
        with pytest.raises(TimeoutError):
            await heard(made, authority)


async def test_what_a_listener_raises_reaches_whoever_asked() -> None:
    class Choosy(Heard):
        def begins(self, status: int, headers: Mapping[str, str]) -> None:
            raise Malformed("Not like this.")

    server = Server(answers={"/": said(200, b"yes")})
    async with listening(server.serve) as authority, some_lines() as made:
        at = addresses.parse(f"http://{authority}/")
        request = f"GET / HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode()
        with pytest.raises(Malformed):
            await made.ask(at, lambda: request, Choosy())

        assert (await heard(made, authority)).body == b"yes"
    assert server.connections == 2


async def test_of_several_addresses_one_that_answers_will_do() -> None:
    server = Server(answers={"/": said(200, b"yes")})
    async with listening(server.serve) as authority:
        port = authority.rpartition(":")[2]
        # Nothing listens on the first: it refuses at once.
        async with some_lines(names=Names("127.0.0.9", "127.0.0.1")) as made:
            told = await heard(made, f"b.example:{port}")

    assert told.body == b"yes"


async def test_an_address_that_a_name_leads_to_is_not_dialled_past_the_guard() -> None:
    server = Server(answers={"/": said(200, b"yes")})
    async with listening(server.serve) as authority:
        port = authority.rpartition(":")[2]
        guard = replace(WORKSHOP, networks=(addresses.LOOPBACK[0],))
        shut = replace(guard, networks=())
        async with some_lines(guard=shut, names=Names("127.0.0.1")) as made:
            with pytest.raises(NotAllowed):
                await heard(made, f"b.example:{port}")
        async with some_lines(guard=guard, names=Names("127.0.0.1")) as made:
            await heard(made, f"b.example:{port}")
    assert server.connections == 1


async def test_lines_that_rest_are_cut_after_a_while() -> None:
    server = Server(answers={"/": said(200, b"yes")})
    async with listening(server.serve) as authority, some_lines(idle=0.05) as made:
        await heard(made, authority)
        await asyncio.sleep(0.2)
        await heard(made, authority)

    assert server.connections == 2


async def test_only_so_many_lines_rest() -> None:
    server = Server(answers={"/": said(200, b"yes")})
    async with listening(server.serve) as authority:
        port = authority.rpartition(":")[2]
        async with some_lines(names=Names("127.0.0.1"), most_idle=2) as made:
            for name in ("a", "b", "c", "c", "b", "a"):
                await heard(made, f"{name}.example:{port}")

    assert server.connections == 4


async def test_a_line_break_never_gets_into_a_request() -> None:
    server = Server(answers={"/inbox": said(202)})
    async with listening(server.serve) as authority, a_client() as client:
        for value in ("x\r\nX-Forged: y", "x\ny", "x\ry"):
            with pytest.raises(Malformed):
                await client.post(
                    f"http://{authority}/inbox", b"{}", bob(), beside={"X-Own": value}
                )

    assert server.got == []


def test_the_loop_that_serves_carries_lines_as_well() -> None:
    """The node runs on uvloop, whose transports are not asyncio's own."""

    async def post_twice() -> tuple[int, int, int]:
        server = Server(answers={"/inbox": said(202)})
        async with (
            listening(server.serve) as authority,
            a_client() as client,
        ):
            url = f"http://{authority}/inbox"
            statuses = [(await client.post(url, b"{}", bob())).status for _ in "12"]
            with pytest.raises(Unreachable):
                await client.post("http://127.0.0.9:9/inbox", b"{}", bob())
        return statuses[0], statuses[1], server.connections

    assert uvloop.run(post_twice()) == (202, 202, 1)
