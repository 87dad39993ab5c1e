"""Each server here is a real one on loopback, and most of them mean us no good."""

import asyncio
import gzip
import json
import socket
import ssl
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Network

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from activitypub import addresses, messages, signatures
from activitypub.addresses import Guard
from activitypub.client import Client, Knock, Limits, _GuardedResolver
from activitypub.documents import ACCEPT, AS2
from activitypub.errors import (
    Gone,
    Malformed,
    NotAllowed,
    NotAuthentic,
    ProtocolError,
    TooLarge,
    Unreachable,
    Unsupported,
)
from activitypub.hearing import Beginning, Gunzip
from activitypub.signatures import Request, Signer
from tests.activitypub.servers import (
    ACTIVITY,
    PATIENT,
    QUICK,
    Server,
    a_client,
    listening,
    received,
    said,
)
from tests.activitypub.wire import NOON, bob, ed25519_key, rsa_key


def document(id: str, **terms: str) -> bytes:
    return json.dumps({"@context": AS2, "id": id, "type": "Note", **terms}).encode()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    async with listening(server.serve) as authority:
        server.authority = authority
        yield server


@pytest.fixture
async def other() -> AsyncIterator[Server]:
    other = Server()
    async with listening(other.serve) as authority:
        other.authority = authority
        yield other


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with a_client() as client:
        yield client


def signer_of(request: Request, authority: str) -> str:
    claim = signatures.claimed(request, host=authority, now=NOON)
    signatures.check(claim, rsa_key().public_key())
    return claim.key_id


async def test_what_is_there_comes_back_with_its_type(
    server: Server, client: Client
) -> None:
    server.answers["/x"] = said(200, b"hello", type="text/plain")

    fetched = await client.fetch(server.url("/x"), accept="text/plain")

    assert fetched.body == b"hello"
    assert fetched.content_type == "text/plain"
    assert fetched.url == server.url("/x")


async def test_a_get_says_who_asks_and_what_we_read(
    server: Server, client: Client
) -> None:
    server.answers["/x"] = said(200)

    await client.fetch(server.url("/x?page=2&q=%7E"), accept=ACCEPT, signer=bob())

    [request] = server.got
    headers = dict(request.headers)
    assert request.target == "/x?page=2&q=%7E"
    assert headers["accept"] == ACCEPT
    assert headers["accept-encoding"] == "gzip"
    assert headers["user-agent"] == "Folkmoot/0 (test)"
    assert headers["host"] == server.authority
    assert signer_of(request, server.authority) == bob().key_id


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_not_there_is_gone(
    server: Server, client: Client, status: int
) -> None:
    server.answers["/x"] = said(status, b"no")

    with pytest.raises(Gone):
        await client.fetch(server.url("/x"), accept=ACCEPT)


@pytest.mark.parametrize("status", [201, 204, 206, 304, 400, 401, 403, 429, 500, 503])
async def test_any_other_answer_is_no_answer(
    server: Server, client: Client, status: int
) -> None:
    server.answers["/x"] = said(status)

    with pytest.raises(Unreachable):
        await client.fetch(server.url("/x"), accept=ACCEPT)


async def test_a_server_that_checks_the_path_alone_is_asked_once_more(
    server: Server, client: Client
) -> None:
    def path_only(request: Request) -> bytes:
        seen = replace(request, target="/x")
        try:
            signer_of(seen, server.authority)
        except NotAuthentic:
            return said(401)
        return said(200, b"there")

    server.answers["/x"] = path_only

    fetched = await client.fetch(server.url("/x?page=2"), accept=ACCEPT, signer=bob())

    assert fetched.body == b"there"
    assert [request.target for request in server.got] == ["/x?page=2"] * 2


# Redirects


async def test_a_redirect_is_followed_and_signed_anew_for_its_host(
    server: Server, other: Server, client: Client
) -> None:
    server.answers["/x"] = said(302, Location=other.url("/y"))
    other.answers["/y"] = said(200, b"there")

    fetched = await client.fetch(server.url("/x"), accept=ACCEPT, signer=bob())

    assert fetched.url == other.url("/y")
    assert signer_of(other.got[0], other.authority) == bob().key_id


async def test_a_redirect_may_be_relative(server: Server, client: Client) -> None:
    server.answers["/a/x"] = said(301, Location="../y?z=1")
    server.answers["/y"] = said(200, b"there")

    fetched = await client.fetch(server.url("/a/x"), accept=ACCEPT)

    assert fetched.url == server.url("/y?z=1")


async def test_three_redirects_are_followed_and_not_four(
    server: Server, client: Client
) -> None:
    for n in range(5):
        server.answers[f"/{n}"] = said(302, Location=f"/{n + 1}")
    server.answers["/5"] = said(200, b"there")

    assert (await client.fetch(server.url("/2"), accept=ACCEPT)).body == b"there"
    with pytest.raises(Unreachable, match="too often"):
        await client.fetch(server.url("/1"), accept=ACCEPT)


async def test_a_circle_is_left_at_once(server: Server, client: Client) -> None:
    server.answers["/x"] = said(302, Location="/y")
    server.answers["/y"] = said(302, Location="/x#again")

    with pytest.raises(Unreachable, match="circles"):
        await client.fetch(server.url("/x"), accept=ACCEPT)
    assert len(server.got) == 2


@pytest.mark.parametrize(
    "place",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:1/",
        "http://0.0.0.0:1/",
        "http://2130706433/",
        "http://user@127.0.0.1:1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:1/",
        "data:application/activity+json,{}",
        "http://[",
        "",
    ],
)
async def test_a_redirect_leads_nowhere_that_we_would_not_go(
    server: Server, client: Client, place: str
) -> None:
    server.answers["/x"] = said(302, Location=place)

    with pytest.raises(ProtocolError):
        await client.fetch(server.url("/x"), accept=ACCEPT)
    assert len(server.got) == 1


@pytest.mark.parametrize(
    "guard",
    [
        Guard(own="127.0.0.1:1", networks=addresses.LOOPBACK),
        Guard(
            bars=lambda authority: authority == "127.0.0.1:1",
            networks=addresses.LOOPBACK,
        ),
    ],
    ids=["to ourselves", "to whom we have nothing to do with"],
)
async def test_a_redirect_is_read_by_the_guard_like_any_address(
    server: Server, guard: Guard
) -> None:
    server.answers["/x"] = said(302, Location="http://127.0.0.1:1/")

    async with a_client(guard) as client:
        with pytest.raises(NotAllowed):
            await client.fetch(server.url("/x"), accept=ACCEPT)
    assert len(server.got) == 1


# The guard


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://[::1]/",
        "http://0.0.0.0/",
    ],
)
async def test_no_other_network_is_reached(client: Client, url: str) -> None:
    with pytest.raises(NotAllowed):
        await client.fetch(url, accept=ACCEPT)
    with pytest.raises(NotAllowed):
        await client.fetch_document(url)
    with pytest.raises(NotAllowed):
        await client.fetch_json(url, accept=ACCEPT)
    with pytest.raises(NotAllowed):
        await client.post(url, b"{}", bob())


@pytest.mark.parametrize(
    "url",
    [
        "http://b.example/",
        "https://b.example:8443/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://a.example/users/a",
        "https://A.EXAMPLE.:443/users/a",
    ],
)
async def test_on_the_open_web_only_public_names_are_reached(url: str) -> None:
    async with a_client(Guard(own="a.example")) as client:
        with pytest.raises(NotAllowed):
            await client.fetch(url, accept=ACCEPT)
        with pytest.raises(NotAllowed):
            await client.post(url, b"{}", bob())


class Names(AbstractResolver):
    """Looks names up in a table, whose answer may change from one time to the next."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in found
        ]

    async def close(self) -> None:
        """There is nothing to let go of."""


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["fe80::1%lo"],
        ["93.184.216.34", "127.0.0.1"],
    ],
)
async def test_a_name_that_leads_inside_is_not_followed(found: list[str]) -> None:
    names = Names(found)
    async with a_client(Guard(), resolver=names) as client:
        with pytest.raises(NotAllowed):
            await client.fetch("https://b.example/", accept=ACCEPT)
        with pytest.raises(NotAllowed):
            await client.post("https://b.example/inbox", b"{}", bob())
    assert names.asked == ["b.example"] * 2


async def test_of_several_addresses_one_inside_is_one_too_many() -> None:
    resolver = _GuardedResolver(Names(["93.184.216.34", "10.0.0.1"]), Guard(), 1)

    with pytest.raises(NotAllowed):
        await resolver.resolve("b.example", 443)


async def test_a_name_that_leads_inside_the_second_time_is_not_followed(
    server: Server,
) -> None:
    server.answers["/x"] = said(200, b"there", Connection="close")
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    port = server.authority.rpartition(":")[2]
    async with a_client(resolver=names) as client:
        url = f"http://b.example:{port}/x"

        assert (await client.fetch(url, accept=ACCEPT)).body == b"there"

        with pytest.raises(NotAllowed):
            await client.fetch(url, accept=ACCEPT)


async def test_even_past_the_other_guards_no_socket_is_made(server: Server) -> None:
    guard = Guard(networks=(IPv4Network("127.0.0.2"),))
    async with a_client(guard) as client:
        at = addresses.parse(server.url("/x"))
        with pytest.raises(NotAllowed):
            await client._lines.ask(at, lambda: b"", Beginning(1))
    assert server.connections == 0


async def test_a_name_that_nobody_answers_for_is_unreachable() -> None:
    class Silent(Names):
        async def resolve(
            self,
            host: str,
            port: int = 0,
            family: socket.AddressFamily = socket.AF_INET,
        ) -> list[ResolveResult]:
            await asyncio.sleep(3600)
            return []

    class Absent(Names):
        async def resolve(
            self,
            host: str,
            port: int = 0,
            family: socket.AddressFamily = socket.AF_INET,
        ) -> list[ResolveResult]:
            raise OSError(None, "no such name")

    for resolver in (Silent([]), Absent([])):
        async with a_client(Guard(), resolver=resolver, limits=QUICK) as client:
            with pytest.raises(Unreachable):
                await client.fetch("https://b.example/", accept=ACCEPT)


async def test_a_server_whose_certificate_nobody_vouches_for_is_unreachable() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(serve, context) as authority, a_client() as client:
        with pytest.raises(Unreachable):
            await client.fetch(f"https://{authority}/", accept=ACCEPT)


async def test_no_cookie_is_kept_or_sent(server: Server) -> None:
    server.answers["/x"] = said(200, Set_Cookie="a=b; Path=/")
    url = f"http://b.example:{server.authority.rpartition(':')[2]}/x"

    async with a_client(resolver=Names(["127.0.0.1"])) as client:
        await client.fetch(url, accept=ACCEPT)
        await client.fetch(url, accept=ACCEPT)

    assert len(server.got) == 2
    assert all("cookie" not in dict(request.headers) for request in server.got)


# Limits


async def refused_or_unreachable() -> str:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{nobody.getsockname()[1]}/"


async def test_a_server_that_is_not_there_is_unreachable(client: Client) -> None:
    url = await refused_or_unreachable()

    with pytest.raises(Unreachable):
        await client.fetch(url, accept=ACCEPT)
    with pytest.raises(Unreachable):
        await client.post(url, b"{}", bob())


Bytes = AsyncIterator[bytes]


async def in_vain(
    pieces: Callable[[], Bytes], *, limits: Limits = PATIENT
) -> Exception:
    """Fetch from a server that says these things; how does the client get away?"""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        async for piece in pieces():
            writer.write(piece)
            await writer.drain()

    async with listening(serve) as authority, a_client(limits=limits) as client:
        with pytest.raises(ProtocolError) as caught:
            await client.fetch(f"http://{authority}/x", accept=ACCEPT)
    return caught.value


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\n"


async def test_a_server_that_says_nothing_is_left() -> None:
    async def pieces() -> Bytes:
        await asyncio.sleep(3600)
        yield b""

    # Long before the time for all of it is up.
    limits = replace(QUICK, total=60)
    assert isinstance(await in_vain(pieces, limits=limits), Unreachable)


async def test_a_server_that_drips_is_left_when_the_time_is_up() -> None:
    async def pieces() -> Bytes:
        yield HEAD + b"Content-Length: 1000\r\n\r\n"
        while True:
            yield b"x"
            await asyncio.sleep(0.05)

    assert isinstance(await in_vain(pieces, limits=QUICK), Unreachable)


async def test_a_server_that_drips_its_headers_is_left_as_well() -> None:
    async def pieces() -> Bytes:
        yield HEAD
        for n in range(1000):
            yield f"X-{n}: x\r\n".encode()
            await asyncio.sleep(0.02)

    assert isinstance(await in_vain(pieces, limits=QUICK), Unreachable)


async def test_a_server_whose_headers_never_end_is_left() -> None:
    async def pieces() -> Bytes:
        yield HEAD
        while True:
            yield b"X: " + b"x" * 60_000 + b"\r\n"

    assert isinstance(await in_vain(pieces), Unreachable)


async def test_a_server_that_redirects_slowly_is_left_when_the_time_is_up() -> None:
    async def pieces() -> Bytes:
        await asyncio.sleep(0.25)
        yield b"HTTP/1.1 302 X\r\nLocation: /%d\r\n" % id(object())
        yield b"Content-Length: 0\r\nConnection: close\r\n\r\n"

    limits = replace(QUICK, redirects=100)
    assert isinstance(await in_vain(pieces, limits=limits), Unreachable)


async def test_a_document_that_is_too_long_by_its_own_account_is_not_read() -> None:
    async def pieces() -> Bytes:
        yield HEAD + b"Content-Length: 1048577\r\n\r\n"
        await asyncio.sleep(3600)

    assert isinstance(await in_vain(pieces), TooLarge)


async def test_a_document_that_never_ends_is_left_at_the_limit() -> None:
    async def pieces() -> Bytes:
        yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
        while True:
            yield b"8000\r\n" + b"x" * 0x8000 + b"\r\n"

    assert isinstance(await in_vain(pieces), TooLarge)


@pytest.mark.parametrize("said_to_be", [b"100", b"x", b"-1", b"1, 2"])
async def test_a_server_that_lies_about_the_length_is_not_believed(
    said_to_be: bytes,
) -> None:
    async def pieces() -> Bytes:
        yield HEAD + b"Content-Length: " + said_to_be + b"\r\n\r\nshort"

    assert isinstance(await in_vain(pieces), Unreachable)


async def test_something_else_than_http_is_unreachable() -> None:
    async def pieces() -> Bytes:
        yield b"SSH-2.0-OpenSSH_9.9\r\n"

    assert isinstance(await in_vain(pieces), Unreachable)


async def test_a_full_document_is_read_to_the_last_byte(
    server: Server, client: Client
) -> None:
    full = b"x" * 1024 * 1024
    server.answers["/x"] = said(200, full)

    assert (await client.fetch(server.url("/x"), accept=ACCEPT)).body == full


# Packing


async def test_one_layer_of_gzip_is_unpacked(server: Server, client: Client) -> None:
    body = bytes(range(256)) * 100
    server.answers["/x"] = said(200, gzip.compress(body), Content_Encoding="gzip")

    assert (await client.fetch(server.url("/x"), accept=ACCEPT)).body == body


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(1024 * 1024)
    return b"".join(packer.compress(block) for _ in range(size)) + packer.flush()


@pytest.mark.parametrize("megabytes", [1, 20])
async def test_a_bomb_does_not_go_off(
    server: Server, client: Client, megabytes: int
) -> None:
    server.answers["/x"] = said(200, bomb(megabytes), Content_Encoding="gzip")

    with pytest.raises(TooLarge):
        await client.fetch(server.url("/x"), accept=ACCEPT)


def test_a_bomb_is_not_even_laid_out_in_memory() -> None:
    packed = bomb(20)

    tracemalloc.start()
    with pytest.raises(TooLarge):
        Gunzip(limit=1024 * 1024, ratio=100).feed(packed)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4 * 1024 * 1024


async def test_what_is_long_unpacked_is_too_long(
    server: Server, client: Client
) -> None:
    noise = b"".join(bytes([n % 251, n % 17, n % 13]) for n in range(500_000))
    server.answers["/x"] = said(200, gzip.compress(noise), Content_Encoding="gzip")

    with pytest.raises(TooLarge):
        await client.fetch(server.url("/x"), accept=ACCEPT)


async def test_packing_without_end_and_with_nothing_in_it_is_left() -> None:
    async def pieces() -> Bytes:
        yield HEAD + b"Content-Encoding: gzip\r\n\r\n"
        yield bytes.fromhex("1f8b0800000000000003")
        while True:
            yield bytes.fromhex("000000ffff") * 10_000

    assert isinstance(await in_vain(pieces), TooLarge)


@pytest.mark.parametrize(
    "packing", ["br", "zstd", "compress", "gzip, gzip", "deflate", "gzip;q=1", "x"]
)
async def test_other_packings_and_two_at_once_are_not_opened(
    server: Server, client: Client, packing: str
) -> None:
    server.answers["/x"] = said(200, b"?", Content_Encoding=packing)

    with pytest.raises(Unsupported):
        await client.fetch(server.url("/x"), accept=ACCEPT)


@pytest.mark.parametrize(
    "body",
    [
        b"not gzip",
        gzip.compress(b"cut short")[:-4],
        gzip.compress(b"one") + gzip.compress(b"two"),
        gzip.compress(b"one") + b"more",
        zlib.compress(b"zlib"),
        b"",
    ],
)
async def test_broken_packing_is_malformed(
    server: Server, client: Client, body: bytes
) -> None:
    server.answers["/x"] = said(200, body, Content_Encoding="gzip")

    with pytest.raises(Malformed):
        await client.fetch(server.url("/x"), accept=ACCEPT)


# Documents


async def test_a_document_lives_at_its_id(server: Server, client: Client) -> None:
    id = server.url("/n/1")
    server.answers["/n/1"] = said(200, document(id))

    assert (await client.fetch_document(id))["id"] == id


async def test_the_key_in_an_actors_document_is_found_by_its_own_address(
    server: Server, client: Client
) -> None:
    actor = server.url("/users/b")
    server.answers["/users/b"] = said(200, document(actor))

    assert (await client.fetch_document(f"{actor}#main-key"))["id"] == actor


async def test_a_stub_leads_to_the_whole_document(
    server: Server, client: Client
) -> None:
    actor = server.url("/users/b")
    server.answers["/users/b/main-key"] = said(200, document(actor, of="stub"))
    server.answers["/users/b"] = said(200, document(actor, of="actor"))

    found = await client.fetch_document(server.url("/users/b/main-key"))

    assert found["of"] == "actor"


async def test_a_document_that_never_owns_up_is_not_read(
    server: Server, client: Client
) -> None:
    server.answers["/1"] = said(200, document(server.url("/2")))
    server.answers["/2"] = said(200, document(server.url("/3")))

    with pytest.raises(NotAuthentic):
        await client.fetch_document(server.url("/1"))
    assert len(server.got) == 2


async def test_no_server_speaks_for_another(
    server: Server, other: Server, client: Client
) -> None:
    server.answers["/n/1"] = said(200, document(other.url("/n/1")))
    other.answers["/n/1"] = said(200, document(other.url("/n/1")))

    with pytest.raises(NotAuthentic, match="another server"):
        await client.fetch_document(server.url("/n/1"))
    assert other.got == []


async def test_a_redirect_does_not_let_another_server_speak_for_the_first(
    server: Server, other: Server, client: Client
) -> None:
    server.answers["/n/1"] = said(302, Location=other.url("/n/1"))
    other.answers["/n/1"] = said(200, document(server.url("/n/1")))

    with pytest.raises(NotAuthentic, match="another server"):
        await client.fetch_document(server.url("/n/1"))


async def test_a_document_that_moved_tells_where_it_lives_now(
    server: Server, other: Server, client: Client
) -> None:
    server.answers["/n/1"] = said(302, Location=other.url("/n/1"))
    other.answers["/n/1"] = said(200, document(other.url("/n/1")))

    found = await client.fetch_document(server.url("/n/1"))

    assert found["id"] == other.url("/n/1")


@pytest.mark.parametrize(
    "type",
    ["text/plain", "text/html", "application/json", "application/ld+json", "image/png"],
)
async def test_json_of_another_type_is_not_activitypub(
    server: Server, client: Client, type: str
) -> None:
    server.answers["/n/1"] = said(200, document(server.url("/n/1")), type=type)

    with pytest.raises(Unsupported):
        await client.fetch_document(server.url("/n/1"))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"id": 1}', b'{"id": "x"}', b'{"id":"a","id":"b"}']
)
async def test_what_is_no_document_is_malformed(
    server: Server, client: Client, body: bytes
) -> None:
    server.answers["/n/1"] = said(200, body)

    with pytest.raises(Malformed):
        await client.fetch_document(server.url("/n/1"))


async def test_many_who_ask_for_one_document_ask_the_server_once(
    server: Server, client: Client
) -> None:
    id = server.url("/users/b")
    server.answers["/users/b"] = said(200, document(id))

    found = await asyncio.gather(*(client.fetch_document(id) for _ in range(20)))

    assert [document["id"] for document in found] == [id] * 20
    assert len(server.got) == 1
    await client.fetch_document(id)
    assert len(server.got) == 2


async def test_of_one_server_two_documents_are_asked_at_a_time(other: Server) -> None:
    inside = most = 0

    async def slowly(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal inside, most
        while request := await received(reader):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1
            authority = dict(request.headers)["host"]
            note = document(f"http://{authority}{request.target}")
            writer.write(said(200, note))
            await writer.drain()

    other.answers["/x"] = said(200, document(other.url("/x")))
    async with listening(slowly) as authority, a_client(limits=Limits()) as client:
        asked = [
            client.fetch_document(f"http://{authority}/{number}")
            for number in range(20)
        ]
        found = await asyncio.gather(*asked, client.fetch_document(other.url("/x")))

    assert len(found) == 21
    assert most == 2
    assert client._gates == {}


async def test_many_who_ask_in_vain_are_all_told(
    server: Server, client: Client
) -> None:
    results = await asyncio.gather(
        *(client.fetch_document(server.url("/none")) for _ in range(5)),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [Gone] * 5
    assert len(server.got) == 1


async def test_who_stops_waiting_does_not_spoil_it_for_the_others(
    server: Server, client: Client
) -> None:
    id = server.url("/users/b")
    server.answers["/users/b"] = said(200, document(id))

    hasty = asyncio.create_task(client.fetch_document(id))
    patient = asyncio.create_task(client.fetch_document(id))
    await asyncio.sleep(0)
    hasty.cancel()

    assert (await patient)["id"] == id
    with pytest.raises(asyncio.CancelledError):
        await hasty


async def test_a_client_that_closes_gives_up_what_is_under_way() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(serve) as authority:
        async with a_client(limits=Limits()) as client:
            asking = asyncio.create_task(
                client.fetch_document(f"http://{authority}/n/1")
            )
            await asyncio.sleep(0.05)
        with pytest.raises(asyncio.CancelledError):
            await asking


@pytest.mark.parametrize("type", ["application/jrd+json", "application/json"])
async def test_other_json_is_read_as_what_it_is(
    server: Server, client: Client, type: str
) -> None:
    server.answers["/.well-known/webfinger"] = said(200, b'{"a": 1}', type=type)
    url = server.url("/.well-known/webfinger?resource=acct:b@b.example")

    assert await client.fetch_json(url, accept=type) == {"a": 1}


async def test_a_page_is_not_json(server: Server, client: Client) -> None:
    server.answers["/x"] = said(200, b'{"a": 1}', type="text/html")

    with pytest.raises(Unsupported):
        await client.fetch_json(server.url("/x"), accept="application/json")


# Posts


async def test_a_post_is_signed_and_arrives_as_it_was(
    server: Server, client: Client
) -> None:
    server.answers["/inbox"] = said(202, b"thanks")

    response = await client.post(server.url("/inbox"), b'{"a": 1}', bob())

    assert (response.status, response.body) == (202, b"thanks")
    assert response.retry_after is None
    [request] = server.got
    assert request.body == b'{"a": 1}'
    assert dict(request.headers)["content-type"] == ACTIVITY
    assert signer_of(request, server.authority) == bob().key_id


@pytest.mark.parametrize("status", [200, 301, 302, 307, 403, 410, 429, 500])
async def test_a_post_goes_to_one_place_and_brings_back_any_answer(
    server: Server, other: Server, client: Client, status: int
) -> None:
    server.answers["/inbox"] = said(status, Location=other.url("/inbox"))

    response = await client.post(server.url("/inbox"), b"{}", bob())

    assert response.status == status
    assert len(server.got) == 1
    assert other.got == []


# Two ways to knock


@dataclass
class Notes:
    """What a client learnt, kept beyond it."""

    knocks: dict[str, tuple[Knock, datetime]] = field(default_factory=dict)
    asked: int = 0

    async def recall(self, host: str) -> tuple[Knock, datetime] | None:
        self.asked += 1
        return self.knocks.get(host)

    async def remember(self, host: str, knock: Knock, at: datetime) -> None:
        self.knocks[host] = (knock, at)


def believing(
    knock: Knock, server: Server, answer: bytes, *, status: int = 401
) -> Callable[[Request], bytes]:
    """A server that believes one kind of signature only."""

    def answered(request: Request) -> bytes:
        if knock_of(request) is not knock:
            return said(status)
        claim = (
            messages.claimed(request, scheme="http", host=server.authority, now=NOON)
            if messages.is_signed(request)
            else signatures.claimed(request, host=server.authority, now=NOON)
        )
        signatures.check(claim, rsa_key().public_key())
        return answer

    return answered


def knock_of(request: Request) -> Knock:
    return Knock.RFC9421 if messages.is_signed(request) else Knock.CAVAGE


def knocks_at(server: Server) -> list[Knock]:
    return [knock_of(request) for request in server.got]


@pytest.mark.parametrize("status", [400, 401])
async def test_a_server_that_believes_neither_way_is_asked_in_both_once(
    server: Server, client: Client, status: int
) -> None:
    server.answers["/inbox"] = said(status, b"no")

    response = await client.post(server.url("/inbox"), b"{}", bob())

    assert (response.status, response.body) == (status, b"no")
    assert knocks_at(server) == [Knock.CAVAGE, Knock.RFC9421]
    await client.post(server.url("/inbox"), b"{}", bob())
    assert knocks_at(server)[2] is Knock.CAVAGE


@pytest.mark.parametrize("status", [400, 401])
async def test_how_a_server_believes_us_is_learnt_and_kept(
    server: Server, status: int
) -> None:
    notes = Notes()
    server.answers["/inbox"] = believing(
        Knock.RFC9421, server, said(202), status=status
    )

    async with a_client(knocks=notes) as client:
        for _ in range(2):
            assert (await client.post(server.url("/inbox"), b"{}", bob())).status == 202
    async with a_client(knocks=notes) as client:
        assert (await client.post(server.url("/inbox"), b"{}", bob())).status == 202

    assert knocks_at(server) == [Knock.CAVAGE, *[Knock.RFC9421] * 3]
    assert notes.knocks == {server.url(""): (Knock.RFC9421, NOON)}
    assert notes.asked == 2


@pytest.mark.parametrize(
    ("age", "first"),
    [
        (timedelta(days=7), Knock.RFC9421),
        (timedelta(days=7, seconds=1), Knock.CAVAGE),
    ],
)
async def test_what_was_learnt_of_a_server_counts_for_a_week(
    server: Server, age: timedelta, first: Knock
) -> None:
    server.answers["/inbox"] = said(202)
    notes = Notes(knocks={server.url(""): (Knock.RFC9421, NOON - age)})

    async with a_client(knocks=notes) as client:
        await client.post(server.url("/inbox"), b"{}", bob())

    assert knocks_at(server) == [first]


async def test_a_server_that_went_back_to_the_draft_is_followed(server: Server) -> None:
    server.answers["/inbox"] = believing(Knock.CAVAGE, server, said(202))
    notes = Notes(knocks={server.url(""): (Knock.RFC9421, NOON)})

    async with a_client(knocks=notes) as client:
        await client.post(server.url("/inbox"), b"{}", bob())

    assert notes.knocks == {server.url(""): (Knock.CAVAGE, NOON)}


async def test_an_answer_that_does_not_depend_on_the_signature_teaches_nothing(
    server: Server,
) -> None:
    notes = Notes()
    server.answers["/inbox"] = believing(Knock.RFC9421, server, said(503))

    async with a_client(knocks=notes) as client:
        await client.post(server.url("/inbox"), b"{}", bob())

    assert notes.knocks == {}


async def test_a_document_is_asked_for_in_both_ways_as_well(
    server: Server, client: Client
) -> None:
    server.answers["/x"] = believing(Knock.RFC9421, server, said(200, b"there"))

    for _ in range(2):
        fetched = await client.fetch(server.url("/x?y=1"), accept=ACCEPT, signer=bob())
        assert fetched.body == b"there"

    assert knocks_at(server) == [Knock.CAVAGE] * 2 + [Knock.RFC9421] * 2


async def test_whoever_asks_unsigned_asks_once(server: Server, client: Client) -> None:
    server.answers["/x"] = said(401)

    with pytest.raises(Unreachable):
        await client.fetch(server.url("/x"), accept=ACCEPT)

    assert len(server.got) == 1


@pytest.mark.parametrize(
    ("said_so", "span"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("Sun, 22 Nov 2026 13:00:00 GMT", timedelta(hours=1)),
        ("Sun, 22 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("Sun, 22 Nov 2026 13:00:00", None),
        ("soon", None),
        ("-5", None),
        ("9" * 30, None),
        ("", None),
    ],
)
async def test_a_server_may_ask_us_to_wait(
    server: Server, client: Client, said_so: str, span: timedelta | None
) -> None:
    server.answers["/inbox"] = said(429, Retry_After=said_so)

    response = await client.post(server.url("/inbox"), b"{}", bob())

    assert response.retry_after == span


async def test_only_the_beginning_of_a_long_answer_is_read(
    server: Server, client: Client
) -> None:
    server.answers["/inbox"] = said(400, b"no " * 100_000)

    response = await client.post(server.url("/inbox"), b"{}", bob())

    assert response.status == 400
    assert len(response.body) == 4096


async def test_posts_to_one_server_share_a_connection(
    server: Server, client: Client
) -> None:
    server.answers["/inbox"] = said(202)

    for _ in range(5):
        await client.post(server.url("/inbox"), b"{}", bob())

    assert server.connections == 1


async def test_a_server_that_hangs_delays_nobody_else(
    server: Server,
) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    server.answers["/inbox"] = said(202)
    async with listening(hang) as authority, a_client() as client:
        stuck = [
            asyncio.create_task(client.post(f"http://{authority}/inbox", b"{}", bob()))
            for _ in range(50)
        ]
        await asyncio.sleep(0.05)

        response = await client.post(server.url("/inbox"), b"{}", bob())

        assert not any(task.done() for task in stuck)
    assert response.status == 202
    await asyncio.gather(*stuck, return_exceptions=True)


async def test_a_node_in_the_workshop_does_not_ask_itself(server: Server) -> None:
    guard = Guard(own=server.authority, networks=addresses.LOOPBACK)
    async with a_client(guard) as client:
        with pytest.raises(NotAllowed, match="itself"):
            await client.fetch_document(server.url("/users/b"))
    assert server.got == []


async def test_an_ed25519_key_signs_as_well(server: Server, client: Client) -> None:
    server.answers["/inbox"] = said(202)
    signer = Signer(key_id="https://b.example/key", private_key=ed25519_key())

    await client.post(server.url("/inbox"), b"{}", signer)

    [request] = server.got
    claim = signatures.claimed(request, host=server.authority, now=NOON)
    signatures.check(claim, ed25519_key().public_key())
