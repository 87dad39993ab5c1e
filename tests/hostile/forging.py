"""Requests that are signed as one likes, and not as one should.

This is a signer of its own: what it leaves out or bends is for the caller to say.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

Headers = list[tuple[str, str]]

CAVAGE = ("(request-target)", "host", "date", "digest", "content-type")
RFC9421 = ("@method", "@target-uri", "content-digest")


class Signing(Protocol):
    """Whoever has a key."""

    @property
    def key(self) -> RSAPrivateKey: ...
    @property
    def key_id(self) -> str: ...


def encode(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def post(url: str, body: bytes, headers: Iterable[tuple[str, str]]) -> httpx.Response:
    return httpx.post(url, content=body, headers=list(headers), timeout=60)


def now(**later: float) -> datetime:
    return datetime.now(UTC) + timedelta(**later)


def knock(
    by: Signing,
    to: str,
    body: bytes,
    *,
    covered: Sequence[str] = CAVAGE,
    key_id: str | None = None,
    algorithm: str = "rsa-sha256",
    parameters: str = "",
    target: str | None = None,
    method: str = "POST",
    **bent: str,
) -> Headers:
    """Sign by draft-cavage.

    Args:
        by: whose key signs.
        to: the inbox.
        body: what the digest is of, unless that is bent.
        covered: what is signed, in order.
        key_id: the key that is named; None for the one that signs.
        algorithm: as the header names it.
        parameters: more of them, as text.
        target: the target that is signed; None for the true one.
        method: the method that is signed.
        bent: headers that are sent and signed instead of the true ones; empty for a
            header that is left out.
    """
    headers = {
        "host": urlsplit(to).netloc,
        "date": format_datetime(now(), usegmt=True),
        "digest": f"SHA-256={_hash(body)}",
        "content-type": "application/activity+json",
        **{name.replace("_", "-"): value for name, value in bent.items()},
    }
    stated = dict(
        part.split("=", 1) for part in parameters.strip(",").split(",") if part
    )
    derived = {
        "(request-target)": f"{method.lower()} {target or urlsplit(to).path}",
        "(created)": stated.get("created", ""),
        "(expires)": stated.get("expires", ""),
    }
    lines = [f"{name}: {(derived | headers)[name]}" for name in covered]
    signature = _sign(by, "\n".join(lines))
    told = (
        f'keyId="{key_id or by.key_id}",algorithm="{algorithm}"{parameters},'
        f'headers="{" ".join(covered)}",signature="{signature}"'
    )
    kept = [(name, value) for name, value in headers.items() if value]
    return [*kept, ("signature", told)]


def message(
    by: Signing,
    to: str,
    body: bytes,
    *,
    covered: Sequence[str] = RFC9421,
    key_id: str | None = None,
    created: int | None = None,
    parameters: str = "",
    **bent: str,
) -> Headers:
    """Sign by RFC 9421; the arguments are those of `knock`.

    ``created`` is a time in seconds since 1970, 0 for none.
    """
    parts = urlsplit(to)
    headers = {
        "host": parts.netloc,
        "content-digest": f"sha-256=:{_hash(body)}:",
        "content-type": "application/activity+json",
        **{name.replace("_", "-"): value for name, value in bent.items()},
    }
    derived = {
        "@method": "POST",
        "@target-uri": to,
        "@authority": parts.netloc,
        "@path": parts.path,
        "@query": "?",
        "@scheme": parts.scheme,
    }
    if created is None:
        created = int(now().timestamp())
    inside = " ".join(f'"{name}"' for name in covered)
    time = f";created={created}" if created else ""
    told = f'({inside}){time};keyid="{key_id or by.key_id}"{parameters}'
    lines = [f'"{name}": {(derived | headers)[name]}' for name in covered]
    signature = _sign(by, "\n".join([*lines, f'"@signature-params": {told}']))
    kept = [(name, value) for name, value in headers.items() if value]
    return [
        *kept,
        ("signature-input", f"sig1={told}"),
        ("signature", f"sig1=:{signature}:"),
    ]


def changed(headers: Headers, name: str, old: str, new: str) -> Headers:
    """Change a header after it was signed."""
    return [
        (each, value.replace(old, new) if each == name else value)
        for each, value in headers
    ]


def _hash(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _sign(by: Signing, text: str) -> str:
    signed = by.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signed).decode()
