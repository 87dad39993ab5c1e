"""A server elsewhere that serves what it is given, and remembers what was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from activitypub import documents

ACTIVITY: Final = documents.ACTIVITY_JSON


@dataclass(slots=True)
class Library:
    """Documents by their paths; a path that holds none is answered with 404."""

    base: str
    held: dict[str, tuple[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    failing: int = 0

    def put(self, path: str, document: Any, *, kind: str = ACTIVITY) -> str:
        """Serve a document at a path; return its address."""
        self.held[path] = kind, document
        return f"{self.base}{path}"

    def actor(self, name: str = "ann", /, **more: Any) -> str:
        """Serve somebody; return their address."""
        id = f"{self.base}/users/{name}"
        document = {
            "@context": documents.AS2,
            "id": id,
            "type": "Person",
            "preferredUsername": name,
            "name": name.title(),
            "inbox": f"{id}/inbox",
            "outbox": f"{id}/outbox",
            "followers": f"{id}/followers",
            **more,
        }
        return self.put(f"/users/{name}", document)

    def note(self, path: str, by: str, **more: Any) -> str:
        """Serve a public post; return its address."""
        document = {
            "@context": documents.AS2,
            "id": f"{self.base}{path}",
            "type": "Note",
            "attributedTo": by,
            "to": [documents.PUBLIC],
            "content": f"<p>{path}</p>",
            "published": "2026-11-20T12:00:00Z",
            **more,
        }
        return self.put(path, document)


@contextmanager
def a_library() -> Iterator[Library]:
    """Serve a library on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    library = Library(f"http://127.0.0.1:{server.server_address[1]}")
    server.library = library  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield library
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        library: Library = self.server.library  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        library.asked.append(path)
        if library.failing:
            library.failing -= 1
            self._answer(503, ACTIVITY, b"{}")
        elif path in library.held:
            kind, document = library.held[path]
            self._answer(200, kind, json.dumps(document).encode())
        else:
            self._answer(404, ACTIVITY, b"{}")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer(202, ACTIVITY, b"")

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing; the test says what matters."""
