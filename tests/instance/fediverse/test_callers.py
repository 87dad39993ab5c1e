"""Whoever calls is known by what their own server says, and by nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)

from activitypub import documents, signatures
from activitypub.addresses import LOOPBACK, Guard
from activitypub.canonical import JsonObject
from activitypub.client import Client
from activitypub.errors import NotAuthentic, ProtocolError, TooMany
from activitypub.inbox import Accepted, Asker
from activitypub.signatures import Request, Signer
from instance.fediverse import callers
from instance.fediverse.callers import MOST_ASKED, Callers
from instance.node import Node, utc_now
from instance.store import inbound
from instance.store.database import Database
from tests.instance.elsewhere import Account, an_account
from tests.instance.house import House, a_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return a_house(tmp_path_factory.mktemp("callers"))


@pytest.fixture
def sam() -> Iterator[Account]:
    with an_account() as account:
        yield account


@asynccontextmanager
async def a_door(house: House) -> AsyncIterator[tuple[Callers, Node]]:
    async with Database(house.config.database) as database:
        node = Node(house.config, database)
        guard = Guard(own=house.config.host, networks=LOOPBACK)
        async with Client(guard, clock=utc_now, user_agent="Folkmoot (test)") as client:
            yield Callers(node, client), node


def a_get(house: House, by: Account | None, *, path: str = "/n/1") -> dict[str, Any]:
    """The scope of a request to read, signed unless nobody asks."""
    headers = {"Host": house.config.host}
    if by is not None:
        headers = signatures.sign(
            Signer(key_id=documents.main_key(by.id), private_key=by.key),
            method="GET",
            host=house.config.host,
            target=f"{path}?page=1",
            now=utc_now(),
        )
    return {
        "method": "GET",
        "path": path,
        "query_string": b"page=1",
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
    }


def a_create(sam: Account) -> JsonObject:
    return {
        "@context": [documents.AS2],
        "id": sam.new_id(),
        "type": "Create",
        "actor": sam.id,
        "object": f"{sam.base}/n/1",
    }


async def test_whoever_signs_what_they_ask_is_known(house: House, sam: Account) -> None:
    async with a_door(house) as (door, node):
        assert await door.asker(a_get(house, sam)) == Asker(
            actor=sam.id, key_id=documents.main_key(sam.id)
        )

        kept = await node.look(
            lambda desk: inbound.remote_actor(desk.connection, sam.id)
        )
        assert kept is None


async def test_whoever_asks_unsigned_is_nobody_and_no_liar(house: House) -> None:
    async with a_door(house) as (door, _):
        assert await door.asker(a_get(house, None)) is None


async def test_whoever_signs_for_another_page_is_a_liar(
    house: House, sam: Account
) -> None:
    elsewhere = {**a_get(house, sam), "path": "/n/2"}

    async with a_door(house) as (door, _):
        with pytest.raises(NotAuthentic):
            await door.asker(elsewhere)


def a_post(house: House, by: Account, *, key: RSAPrivateKey) -> Request:
    """A Create that says it is by somebody, signed with a key."""
    url = f"{house.config.base}/inbox"
    body = documents.encode(a_create(by))
    headers = by.signed(url, body, key=key)
    return Request(
        method="POST",
        target="/inbox",
        headers=tuple((name.lower(), value) for name, value in headers.items()),
        body=body,
    )


async def test_who_was_asked_about_in_vain_is_not_asked_about_after_a_restart(
    house: House, sam: Account
) -> None:
    forged = a_post(house, sam, key=generate_private_key(65_537, 2048))

    async with a_door(house) as (door, _):
        with pytest.raises(NotAuthentic):
            await door.sender(forged)
    async with a_door(house) as (_, node):
        kept = await node.look(
            lambda desk: inbound.remote_actor(desk.connection, sam.id)
        )

    assert kept is not None
    assert kept["asked_at"] is not None
    assert kept["body"] is None


async def test_what_a_senders_server_said_comes_along_with_what_they_sent(
    house: House, sam: Account
) -> None:
    async with a_door(house) as (door, node):
        accepted = await door.sender(a_post(house, sam, key=sam.key))
        kept = await node.look(
            lambda desk: inbound.remote_actor(desk.connection, sam.id)
        )

    assert isinstance(accepted, Accepted)
    assert accepted.actor_document is not None
    assert kept is None


async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing for as long as anybody listens."""
    await reader.read()
    writer.close()


async def test_a_flood_of_strangers_keeps_nobody_out_whom_we_know(
    house: House, sam: Account
) -> None:
    silent = await asyncio.start_server(hold, "127.0.0.1")
    host, port = silent.sockets[0].getsockname()
    flood = [
        replace(sam, base=f"http://{host}:{port}/{number}")
        for number in range(MOST_ASKED)
    ]

    async with a_door(house) as (door, _), silent:
        await door.asker(a_get(house, sam))
        waiting = [
            asyncio.create_task(door.asker(a_get(house, each))) for each in flood
        ]
        one_more = replace(sam, base=f"http://{host}:{port}/more")
        with pytest.raises(TooMany):
            await asyncio.gather(*waiting, door.asker(a_get(house, one_more)))

        known = await door.asker(a_get(house, sam))
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    assert known is not None
    assert door._asked == 0


async def test_a_proof_is_checked_with_the_keys_at_the_authors_own_server(
    house: House, sam: Account
) -> None:
    proven = sam.proven(a_create(sam))

    async with a_door(house) as (door, _):
        assert await door.vouched(proven) == sam.id
        with pytest.raises(NotAuthentic):
            await door.vouched({**proven, "object": f"{sam.base}/n/2"})
        with pytest.raises(NotAuthentic):
            await door.vouched(a_create(sam))


def test_within_a_transaction_a_proof_counts_by_the_keys_that_are_known(
    house: House, sam: Account
) -> None:
    proven = sam.proven(a_create(sam))

    with house.desk(utc_now()) as desk:
        assert callers.vouched(desk, proven) is None
        inbound.keep_remote_actor(
            desk.connection,
            sam.id,
            document=sam.document,
            learned_at=desk.seconds,
            asked_at=desk.seconds,
        )
        assert callers.vouched(desk, proven) == sam.id
        assert callers.vouched(desk, {**proven, "object": "http://x.example"}) is None


async def test_two_who_are_looked_up_together_do_not_stand_for_each_other(
    house: House, sam: Account
) -> None:
    unreadable = replace(sam, base=f"{sam.base}/unreadable")
    documents_kept: dict[str, JsonObject] = {
        sam.id: sam.document,
        unreadable.id: {"id": unreadable.id, "type": "Person"},
    }
    with house.desk(utc_now()) as desk:
        for id, document in documents_kept.items():
            inbound.keep_remote_actor(
                desk.connection,
                id,
                document=document,
                learned_at=desk.seconds,
                asked_at=desk.seconds,
            )

    async with a_door(house) as (door, _):
        good, bad, again = await asyncio.gather(
            door.asker(a_get(house, sam)),
            door.asker(a_get(house, unreadable)),
            door.asker(a_get(house, sam)),
            return_exceptions=True,
        )

    assert good == again == Asker(actor=sam.id, key_id=documents.main_key(sam.id))
    assert isinstance(bad, ProtocolError)
