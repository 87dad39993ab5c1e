"""Servers elsewhere, as the load process plays them: accounts on hosts of their own.

The hosts are addresses of the loopback network that share one port.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from activitypub import documents
from activitypub.canonical import JsonObject
from tests.benchmarks import load
from tests.instance.elsewhere import Account
from tests.instance.serving import free_port


def hosts(count: int) -> list[str]:
    """Return so many hosts; a node under test listens on none of them."""
    return [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(count)]


def bad(count: int) -> list[str]:
    """Return so many other hosts, on which nothing good listens."""
    return [f"127.9.{1 + n // 250}.{1 + n % 250}" for n in range(count)]


@asynccontextmanager
async def accounts(count: int) -> AsyncIterator[list[Account]]:
    """Serve accounts whose documents can be fetched and whose inboxes take anything."""
    port = free_port()
    known = {
        f"{host}:{port}": Account(f"http://{host}:{port}") for host in hosts(count)
    }

    async def document(request: web.Request) -> web.Response:
        return web.Response(
            body=documents.encode(known[request.host].document),
            content_type=documents.ACTIVITY_JSON,
        )

    async def inbox(request: web.Request) -> web.Response:
        known[request.host].received.append(json.loads(await request.read()))
        return web.Response(status=202)

    app = web.Application()
    app.add_routes([web.get("/users/sam", document), web.post("/{any:.*}", inbox)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        for host in hosts(count):
            await web.TCPSite(runner, host, port).start()
        yield list(known.values())
    finally:
        await runner.cleanup()


def signed(account: Account, url: str, activity: JsonObject) -> bytes:
    """Write down the POST that brings an activity to an inbox."""
    body = documents.encode(activity)
    headers = account.signed(url, body, key=account.key)
    host = headers.pop("Host")
    target = url.partition(host)[2]
    return load.post(target, host=host, headers=headers, body=body)
