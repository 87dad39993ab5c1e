"""An account on another server of the fediverse, as small as one can be."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)

from activitypub import discovery, documents, proofs, signatures
from activitypub.canonical import JsonObject
from activitypub.signatures import Request, Signer


@dataclass(slots=True)
class Account:
    """Sam, who follows, reads and replies from a server that knows no assembly."""

    base: str
    key: RSAPrivateKey = field(
        default_factory=lambda: generate_private_key(65_537, 2048)
    )
    assertion: Ed25519PrivateKey = field(default_factory=proofs.new_key)
    received: list[Any] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    answer_with: int = 202
    gone: bool = False
    counter: int = 0
    software: str | None = None
    posts: dict[str, JsonObject] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.base}/users/sam"

    @property
    def document(self) -> JsonObject:
        return documents.actor(
            "Person",
            id=self.id,
            username="sam",
            name="Sam",
            summary="",
            url=self.id,
            shared_inbox=f"{self.base}/inbox",
            keys=documents.Keys(
                transport=self.key.public_key(),
                assertion=self.assertion.public_key(),
            ),
            published=datetime(2026, 1, 1, tzinfo=UTC),
        )

    def new_id(self) -> str:
        self.counter += 1
        return f"{self.base}/a/{self.counter}"

    def send(
        self, inbox: str, activity: JsonObject, *, key: RSAPrivateKey | None = None
    ) -> httpx.Response:
        """Sign an activity and post it."""
        body = documents.encode(activity)
        return httpx.post(
            inbox,
            content=body,
            headers=self.signed(inbox, body, key=key or self.key),
            timeout=60,
        )

    def signed(self, inbox: str, body: bytes, *, key: RSAPrivateKey) -> dict[str, str]:
        parts = urlsplit(inbox)
        return dict(
            signatures.sign(
                Signer(key_id=documents.main_key(self.id), private_key=key),
                method="POST",
                host=parts.netloc,
                target=parts.path,
                now=datetime.now(UTC),
                body=body,
                content_type=documents.ACTIVITY_JSON,
            )
        )

    def proven(self, activity: JsonObject) -> JsonObject:
        """Add a proof, so that others may pass the activity on."""
        return proofs.sign(
            activity,
            self.assertion,
            verification_method=documents.assertion_key(self.id),
            created=datetime.now(UTC),
        )

    def of_type(self, kind: str) -> list[Any]:
        return [activity for activity in self.received if activity["type"] == kind]


@contextmanager
def an_account() -> Iterator[Account]:
    """Serve an account on a free port, and collect what comes to its inbox."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    account = Account(f"http://127.0.0.1:{server.server_address[1]}")
    server.account = account  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield account
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def account(self) -> Account:
        found: Account = self.server.account  # type: ignore[attr-defined]
        return found

    def do_GET(self) -> None:
        if self.account.gone:
            self._answer(410, b"{}")
        elif urlsplit(self.path).path == "/users/sam":
            self._answer(200, json.dumps(self.account.document).encode())
        elif post := self.account.posts.get(f"{self.account.base}{self.path}"):
            self._answer(200, json.dumps(post).encode())
        elif self.account.software and self.path == "/.well-known/nodeinfo":
            links = discovery.nodeinfo_links(self.account.base, actor=self.account.id)
            self._answer(200, json.dumps(links).encode(), kind="application/json")
        elif self.account.software and self.path.startswith("/nodeinfo/"):
            told = {"version": "2.1", "software": {"name": self.account.software}}
            self._answer(200, json.dumps(told).encode(), kind="application/json")
        else:
            self._answer(404, b"{}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        self.account.requests.append(
            Request(method="POST", target=self.path, headers=headers, body=body)
        )
        if self.account.answer_with == 202:
            self.account.received.append(json.loads(body))
        self._answer(self.account.answer_with, b"")

    def _answer(
        self, status: int, body: bytes, *, kind: str = documents.ACTIVITY_JSON
    ) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing; the test says what matters."""


SAM, TOM = Account("http://127.0.0.2:8100"), Account("http://127.0.0.3:8100")
