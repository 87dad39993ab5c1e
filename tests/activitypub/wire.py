"""Honest requests and the keys that sign them; a test bends what it is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)

from activitypub import messages, signatures
from activitypub.signatures import Request, Signer

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOST = "a.example"
BOB = "https://b.example/users/bob"
BOBS_KEY = f"{BOB}#main-key"


@cache
def rsa_key(bits: int = 2048, name: str = "bob") -> RSAPrivateKey:
    """A key for each name, made once in a run."""
    return generate_private_key(65537, bits)


@cache
def ed25519_key(name: str = "bob") -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"\0"))


def bob() -> Signer:
    return Signer(key_id=BOBS_KEY, private_key=rsa_key())


def a_post(
    body: bytes = b"{}",
    *,
    signer: Signer | None = None,
    target: str = "/inbox",
    host: str = HOST,
    now: datetime = NOON,
) -> Request:
    headers = signatures.sign(
        signer or bob(), method="POST", host=host, target=target, now=now, body=body
    )
    return Request(method="POST", target=target, headers=lowered(headers), body=body)


def a_message(
    body: bytes | None = b"{}",
    *,
    signer: Signer | None = None,
    target: str = "/inbox",
    host: str = HOST,
    now: datetime = NOON,
) -> Request:
    """A request signed as RFC 9421 has it; a GET if there is no body."""
    method = "GET" if body is None else "POST"
    headers = messages.sign(
        signer or bob(),
        method=method,
        scheme="https",
        host=host,
        target=target,
        now=now,
        body=body,
    )
    return Request(
        method=method, target=target, headers=lowered(headers), body=body or b""
    )


def a_get(*, signer: Signer | None = None, target: str = "/users/a") -> Request:
    headers = signatures.sign(
        signer or bob(), method="GET", host=HOST, target=target, now=NOON
    )
    return Request(method="GET", target=target, headers=lowered(headers))


def lowered(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower(), value) for name, value in headers.items())


def with_header(request: Request, name: str, value: str) -> Request:
    """The same request, saying something else in one header."""
    others = without_header(request, name).headers
    return replace(request, headers=(*others, (name, value)))


def without_header(request: Request, name: str) -> Request:
    kept = tuple(pair for pair in request.headers if pair[0] != name)
    return replace(request, headers=kept)


def header(request: Request, name: str) -> str:
    return dict(request.headers)[name]
