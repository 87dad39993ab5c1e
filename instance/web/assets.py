"""The few files beside the pages, each at an address that changes with its content."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

KINDS: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "public, no-cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file as it is served; ``packed`` is the same by gzip."""

    name: str
    kind: str
    body: bytes
    packed: bytes
    mark: str

    @property
    def address(self) -> str:
        return f"/static/{self.mark}/{self.name}"


@cache
def assets() -> dict[str, Asset]:
    """Read every file in ``static`` once; there are few, and they never change."""
    folder = resources.files("instance") / "static"
    return {
        item.name: _asset(item.name, item.read_bytes())
        for item in folder.iterdir()
        if item.name.rpartition(".")[2] in KINDS
    }


def address(name: str) -> str:
    """Return the address of a file, which changes when its content does."""
    return assets()[name].address


async def serve(request: Request) -> Response:
    """Serve a file. Under an older mark a browser gets the file of today."""
    asset = assets().get(request.path_params["name"])
    if asset is None:
        return Response("There is no such file.\n", 404, media_type="text/plain")
    etag = f'"{asset.mark}"'
    current = request.path_params["mark"] == asset.mark
    headers = {
        "etag": etag,
        "cache-control": FOR_EVER if current else ASK_AGAIN,
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = asset.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = asset.packed, "gzip"
    return Response(body, media_type=asset.kind, headers=headers)


ROUTE: Final = Route("/static/{mark}/{name}", serve)


def _asset(name: str, body: bytes) -> Asset:
    return Asset(
        name=name,
        kind=KINDS[name.rpartition(".")[2]],
        body=body,
        packed=gzip.compress(body, mtime=0),
        mark=hashlib.sha256(body).hexdigest()[:16],
    )
