"""Pictures from elsewhere are fetched by us, drawn anew, and served as strangers.

Nobody's browser asks another server because they read our pages, and nothing that
another server made reaches a browser as it was. Only addresses that this node wrote
itself are fetched, so it is no proxy for others. See federation.md S18, S32 and S41.
"""

import asyncio
import base64
import binascii
import contextlib
import hmac
from collections import OrderedDict
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from activitypub import addresses, canonical, reading
from activitypub.client import Client, Limits
from activitypub.errors import ProtocolError
from instance.desk import Desk
from instance.fediverse import drawing, ranges
from instance.node import Node
from instance.store import inbound
from instance.upkeep.keys import Vault

ACCEPT: Final = "image/webp, image/png, image/jpeg, image/gif"
MOST_ON_DISK: Final = 256 * 1024 * 1024
KEPT_OF_A_FULL_DISK: Final = 0.8
AT_ONCE: Final = 2
LEFT_ALONE: Final = 300.0
MOST_LEFT_ALONE: Final = 2_000
LIMITS: Final = Limits(body=drawing.MOST_BYTES)
LONGEST_URL: Final = 1000
MARK_BYTES: Final = 16
HEADERS: Final = {
    "content-security-policy": "sandbox; default-src 'none'",
    "content-disposition": 'attachment; filename="picture.webp"',
    "x-content-type-options": "nosniff",
    "cache-control": "public, max-age=86400",
    "referrer-policy": "no-referrer",
}


def proxied(desk: Desk, url: str) -> str:
    """Return the address under which we show a picture that lies elsewhere."""
    return f"{desk.config.media_base}/media/{_name(desk.vault, url)}"


def portrait(desk: Desk, actor: str) -> str | None:
    """Return where we show the picture that somebody elsewhere has of themselves.

    None if there is none, or none that we show.
    """
    row = inbound.remote_actor(desk.connection, actor)
    if row is None or row["body"] is None:
        return None
    icon = canonical.read(row["body"].encode()).get("icon")
    first = icon[0] if isinstance(icon, list) and icon else icon
    url = reading.link_of(first.get("url")) if isinstance(first, dict) else None
    if url is None or len(url) > LONGEST_URL:
        return None
    try:
        authority = addresses.parse(url).authority
    except ProtocolError:
        return None
    return proxied(desk, url) if desk.judgement.shows_media_of(authority) else None


def _name(vault: Vault, url: str) -> str:
    text = base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
    return f"{_mark(vault, url)}/{text}"


def _mark(vault: Vault, url: str) -> str:
    return vault.mark("media", url.encode())[:MARK_BYTES].hex()


def _read(vault: Vault, mark: str, text: str) -> str | None:
    """Return the address that a name of ours stands for, or None."""
    try:
        url = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    right = hmac.compare_digest(_mark(vault, url).encode(), mark.encode())
    return url if right else None


class Media:
    """Fetches, draws and keeps pictures; at most a fixed amount of them on the disk."""

    def __init__(self, node: Node, client: Client) -> None:
        self._node = node
        self._client = client
        self._under_way: dict[str, asyncio.Task[bytes | None]] = {}
        self._failed: OrderedDict[str, float] = OrderedDict()
        self._turns = asyncio.Semaphore(AT_ONCE)

    def routes(self) -> list[Route]:
        return [Route("/media/{mark}/{text}", self._show, methods=["GET"])]

    async def _show(self, request: Request) -> Response:
        config = self._node.config
        host = request.headers.get("host", "")
        if config.media_domain is not None and host.lower() != config.media_domain:
            return _nothing()
        mark, text = request.path_params["mark"], request.path_params["text"]
        url = _read(self._node.vault, mark, text)
        if url is None or not self._may_show(url):
            return _nothing()
        data = await self._get(mark, url)
        if data is None:
            return _nothing()
        sharing = "cross-origin" if config.media_domain else "same-origin"
        return ranges.in_part(
            data,
            asked=request.headers,
            kind="image/webp",
            headers={**HEADERS, "cross-origin-resource-policy": sharing},
        )

    def _may_show(self, url: str) -> bool:
        try:
            authority = addresses.parse(url).authority
        except ProtocolError:
            return False
        return self._node.judgement.shows_media_of(authority)

    async def _get(self, mark: str, url: str) -> bytes | None:
        path = self._node.config.media / mark[:2] / mark
        with contextlib.suppress(FileNotFoundError):
            return await asyncio.to_thread(path.read_bytes)
        now = asyncio.get_running_loop().time()
        if self._failed.get(mark, 0.0) > now:
            return None
        task = self._under_way.get(mark)
        if task is None:
            task = asyncio.create_task(self._fetch(mark, url, path))
            self._under_way[mark] = task
            task.add_done_callback(lambda _: self._under_way.pop(mark))
        return await asyncio.shield(task)

    async def _fetch(self, mark: str, url: str, path: Path) -> bytes | None:
        try:
            async with self._turns:
                fetched = await self._client.fetch(url, accept=ACCEPT)
                picture = await drawing.draw(fetched.body)
        except ProtocolError:
            now = asyncio.get_running_loop().time()
            self._failed[mark] = now + LEFT_ALONE
            if len(self._failed) > MOST_LEFT_ALONE:
                self._failed.popitem(last=False)
            return None
        await asyncio.to_thread(_keep, self._node.config.media, path, picture)
        return picture


def _keep(directory: Path, path: Path, picture: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_bytes(picture)
    draft.replace(path)
    make_room(directory, most=MOST_ON_DISK)


def make_room(directory: Path, *, most: int) -> None:
    """Drop the oldest pictures if more is kept than fits; they can be fetched again."""
    kept = [(file.stat(), file) for file in directory.glob("*/*") if file.is_file()]
    size = sum(stat.st_size for stat, _ in kept)
    if size <= most:
        return
    for stat, file in sorted(kept, key=lambda each: each[0].st_mtime):
        if size <= most * KEPT_OF_A_FULL_DISK:
            return
        file.unlink(missing_ok=True)
        size -= stat.st_size


class Apart:
    """Lets a second name of the node serve pictures and nothing else."""

    def __init__(self, app: ASGIApp, *, domain: str) -> None:
        self._app = app
        self._domain = domain.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/media/"):
            host = next((v for n, v in scope["headers"] if n == b"host"), b"")
            if host.lower() == self._domain:
                await _nothing()(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _nothing() -> Response:
    return PlainTextResponse(
        "There is no picture at this address.\n",
        status_code=404,
        headers={"cache-control": "max-age=60", "x-content-type-options": "nosniff"},
    )
