"""A request is believed only for the one whose key signed all of it that matters.

This is draft-cavage-http-signatures as the fediverse uses it, read strictly: what is
signed must name the target, the host, the time and the body. `messages` reads and
writes RFC 9421, which some servers speak instead. A signature proves that a key signed;
whose key that is, `inbox` finds out.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from activitypub import proofs
from activitypub.errors import Malformed, NotAuthentic

PublicKey = RSAPublicKey | Ed25519PublicKey
PrivateKey = RSAPrivateKey | Ed25519PrivateKey

PAST = timedelta(minutes=65)
"""How old a signature may be: an hour, and some for a clock that is slow."""
FUTURE = timedelta(minutes=10)
"""How far ahead of ours the signer's clock may be."""

_LONGEST_HEADER = 8192
_LONGEST_PEM = 8192
_LONGEST_MULTIKEY = 1100
"""Bytes; an RSA key of 8192 bits has some fifty fewer."""
_RSA_PREFIX = b"\x85\x24"
_PADDING = padding.PKCS1v15()
_SHA256 = hashes.SHA256()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What arrived, as it arrived.

    Args:
        method: upper case.
        target: path and query exactly as they stood in the request line.
        headers: pairs of lower-case name and value, in order, repeated ones apart.
        body: the raw bytes.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A key of ours and the id under which other servers find its public half."""

    key_id: str
    private_key: PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a request says about who signed it; `check` tells whether it is so."""

    key_id: str
    algorithm: str | None
    covered: frozenset[str]
    message: bytes
    signature: bytes

    @property
    def fingerprint(self) -> bytes:
        """The SHA-256 of the signature, by which a replay is known (S6)."""
        return hashlib.sha256(self.signature).digest()


def sign(
    signer: Signer,
    *,
    method: str,
    host: str,
    target: str,
    now: datetime,
    body: bytes | None = None,
    content_type: str = "application/activity+json",
    beside: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Sign a request and return the headers that it must be sent with.

    Args:
        signer: the key to sign with.
        method: upper case.
        host: the authority, with its port if that is not the scheme's own.
        target: path and query exactly as they will stand in the request line.
        now: the time that the signature states.
        body: the bytes to send; None if the request has no body.
        content_type: the body's media type, of no account without a body.
        beside: further headers that are signed as well.

    See federation.md W5.
    """
    headers = {"Host": host, "Date": _date(now.replace(microsecond=0))}
    if body is not None:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["Digest"] = f"SHA-256={digest}"
        headers["Content-Type"] = content_type
    headers |= beside or {}
    lines = [f"(request-target): {method.lower()} {target}"]
    lines += [f"{name.lower()}: {value}" for name, value in headers.items()]
    message = "\n".join(lines).encode()
    key = signer.private_key
    if isinstance(key, RSAPrivateKey):
        algorithm = "rsa-sha256"
        signature = key.sign(message, _PADDING, _SHA256)
    else:
        algorithm = "hs2019"
        signature = key.sign(message)
    covered = " ".join(["(request-target)", *map(str.lower, headers)])
    headers["Signature"] = (
        f'keyId="{signer.key_id}",algorithm="{algorithm}",headers="{covered}",'
        f'signature="{base64.b64encode(signature).decode()}"'
    )
    return headers


@lru_cache(maxsize=16)
def _date(at: datetime) -> str:
    """Write a time as HTTP does; it is the same for all of a second."""
    return format_datetime(at, usegmt=True)


def claimed(request: Request, *, host: str, now: datetime) -> Claim:
    """Read who is said to have signed, and check all that needs no key.

    Args:
        request: what arrived.
        host: our own authority, from the configuration and never from the request.
        now: our clock.

    Raises:
        Malformed: the signature or a header under it cannot be read, or is repeated.
        NotAuthentic: there is no signature, or it leaves out what it must cover, is
            not meant for us, is too old, or does not fit the body.

    See federation.md S1 to S5 and S12.
    """
    headers = by_name(request.headers)
    parameters = _parameters(only(headers, "signature"))
    covered = parameters.get("headers", "").split(" ")
    algorithm = parameters.get("algorithm")
    if len(set(covered)) != len(covered):
        raise Malformed("The signature names a header twice.")
    _require_coverage(covered, request.method)
    if algorithm not in {None, "rsa-sha256", "ed25519", "hs2019"}:
        raise NotAuthentic("The signature's algorithm is not one that we know.")
    require_host(headers, host)
    _require_time(parameters, headers, covered, now)
    if "digest" in covered:
        _require_digest(only(headers, "digest"), request.body)

    lines = []
    for name in covered:
        match name:
            case "(request-target)":
                value = f"{request.method.lower()} {request.target}"
            case "(created)" | "(expires)":
                value = _created_or_expires(parameters, name)
            case _:
                value = only(headers, name)
        lines.append(f"{name}: {value}")
    return Claim(
        key_id=parameters["keyId"],
        algorithm=algorithm,
        covered=frozenset(covered),
        message=plain("\n".join(lines), lines=len(lines)),
        signature=decoded(parameters["signature"]),
    )


def check(claim: Claim, key: PublicKey) -> None:
    """Check a claim against the key that it names.

    The key decides how the signature is read; what the header says about the algorithm
    may only agree.

    Raises:
        NotAuthentic: this key did not make this signature, or is too weak to prove it.

    See federation.md S11.
    """
    if isinstance(key, RSAPublicKey):
        if claim.algorithm == "ed25519" or not 2048 <= key.key_size <= 8192:
            raise NotAuthentic("The key is not an RSA key of 2048 to 8192 bits.")
        try:
            key.verify(claim.signature, claim.message, _PADDING, _SHA256)
        except InvalidSignature:
            raise NotAuthentic("The signature is not by this key.") from None
    elif claim.algorithm == "rsa-sha256":
        raise NotAuthentic("The key is not an RSA key.")
    elif not proofs.holds(key, claim.signature, claim.message):
        raise NotAuthentic("The signature is not by this key.")


def write_key(key: PublicKey) -> str:
    """Write a public key as PEM, in the form that actor documents hold."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


@lru_cache(maxsize=1024)
def read_key(pem: str) -> PublicKey:
    """Read a public key from PEM. It costs more than to check what it signed.

    Raises:
        Malformed: it is no RSA or Ed25519 public key.
    """
    if len(pem) > _LONGEST_PEM:
        raise Malformed("This public key is too long.")
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise Malformed("This is not a public key.") from None
    if not isinstance(key, RSAPublicKey | Ed25519PublicKey):
        raise Malformed("This is a public key of a kind that signs nothing here.")
    return key


@lru_cache(maxsize=1024)
def read_multikey(text: str) -> PublicKey:
    """Read a public key from its Multikey form: Ed25519, or RSA.

    Raises:
        Malformed: it is neither, or a key with which anybody could sign.

    See FEP-521a.
    """
    raw = proofs.read_some_base58(text, most=_LONGEST_MULTIKEY)
    if not raw.startswith(_RSA_PREFIX):
        return proofs.public_key(text)
    try:
        key = serialization.load_der_public_key(raw.removeprefix(_RSA_PREFIX))
    except (ValueError, UnsupportedAlgorithm):
        raise Malformed("This is not an RSA key in Multikey form.") from None
    if not isinstance(key, RSAPublicKey):
        raise Malformed("This is not an RSA key in Multikey form.")
    return key


def by_name(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Gather the values of each header under its name, in the order that they came."""
    by_name: dict[str, list[str]] = {}
    for name, value in headers:
        by_name.setdefault(name, []).append(value)
    return by_name


def only(headers: dict[str, list[str]], name: str) -> str:
    """Return the one value of a header.

    Raises:
        NotAuthentic: it is the signature, and there is none.
        Malformed: it is not there, or there twice.
    """
    values = headers.get(name)
    if values is None:
        if name == "signature":
            raise NotAuthentic("This request is not signed.")
        raise Malformed("The signature names a header that is not there.")
    if len(values) != 1:
        # Two servers on the way may disagree about which of the two counts.
        raise Malformed("A header that the signature needs is there twice.")
    return values[0].strip(" \t")


def require_host(headers: dict[str, list[str]], host: str) -> None:
    """Refuse what was meant for another server.

    Raises:
        NotAuthentic: it names another host than ours (S4).
    """
    if only(headers, "host").lower() != host:
        raise NotAuthentic("This request was signed for another host.")


def require_now(stated: float, *, expires: float | None, now: datetime) -> None:
    """Refuse a signature outside of its time.

    Args:
        stated: when it says that it was made, in seconds since 1970.
        expires: when it says that it ends, or None.
        now: our clock.

    Raises:
        NotAuthentic: it is too old, from the future, or has expired (S5).
    """
    clock = now.timestamp()
    if stated < clock - PAST.total_seconds():
        raise NotAuthentic("The signature is too old; is your clock right?")
    if stated > clock + FUTURE.total_seconds():
        raise NotAuthentic("The signature is from the future; is your clock right?")
    if expires is not None and expires < clock:
        raise NotAuthentic("The signature has expired.")


_PARAMETER = re.compile(
    r'([A-Za-z]+)=(?:"([\x20\x21\x23-\x5b\x5d-\x7e]*)"|([0-9]{1,15}))'
    r"[ \t]*(?:,[ \t]*(?=[A-Za-z])|\Z)"
)
_TEXTS = {"keyId", "algorithm", "headers", "signature"}
_NUMBERS = {"created", "expires"}
_NUMBER = re.compile(r"[0-9]{1,15}")


def _parameters(text: str) -> dict[str, str]:
    """Read ``keyId="…",headers="…"``; what is not known is let be (cavage 2.2)."""
    if "keyId=" not in text:
        raise NotAuthentic("The Signature header has no signature that we can read.")
    if len(text) > _LONGEST_HEADER:
        raise Malformed("The Signature header is too long.")
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        parameter = _PARAMETER.match(text, at)
        if parameter is None:
            raise Malformed("The Signature header is not a list of parameters.")
        name, quoted, number = parameter.groups()
        if name in found:
            raise Malformed("The Signature header holds a parameter twice.")
        if quoted is None and name in _TEXTS:
            raise Malformed("A parameter of the Signature header has the wrong form.")
        value = number if quoted is None else quoted
        # bovine 0.5 puts times in quotes, which the draft does not.
        if name in _NUMBERS and not _NUMBER.fullmatch(value):
            raise Malformed("A time in the Signature header is not a number.")
        found[name] = value
        at = parameter.end()
    if not found.get("keyId") or not found.get("signature"):
        raise Malformed("The Signature header lacks its key or its signature.")
    return found


def _require_coverage(covered: list[str], method: str) -> None:
    timed = "date" in covered or "(created)" in covered
    if not (timed and "(request-target)" in covered and "host" in covered):
        raise NotAuthentic("The signature must cover the target, the host and a time.")
    # A content-digest beside it would not do: what is signed must be what we compare.
    if method not in {"GET", "HEAD"} and "digest" not in covered:
        raise NotAuthentic("The signature must cover the digest of the body.")


def _require_time(
    parameters: dict[str, str],
    headers: dict[str, list[str]],
    covered: list[str],
    now: datetime,
) -> None:
    stated = []
    if "date" in covered:
        stated.append(_http_date(only(headers, "date")).timestamp())
    if "(created)" in covered:
        stated.append(float(_created_or_expires(parameters, "(created)")))
    expires = float(parameters["expires"]) if "expires" in parameters else None
    for instant in stated:
        require_now(instant, expires=expires, now=now)


def _created_or_expires(parameters: dict[str, str], name: str) -> str:
    if parameters.get("algorithm") != "hs2019":
        raise NotAuthentic(f"Only an hs2019 signature may cover {name}.")
    value = parameters.get(name.strip("()"))
    if value is None:
        raise Malformed(f"The signature covers {name} and does not state it.")
    return value


_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_HTTP_DATE = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{{2}}) ({_MONTHS}) "
    r"([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)


@lru_cache(maxsize=256)
def _http_date(text: str) -> datetime:
    match = _HTTP_DATE.fullmatch(text)
    if match is None:
        raise Malformed("The Date header is not a date as HTTP writes it.")
    day, month, year, hour, minute, second = match.groups()
    try:
        return datetime(
            int(year),
            _MONTHS.index(month) // 4 + 1,
            int(day),
            int(hour),
            int(minute),
            int(second),
            tzinfo=UTC,
        )
    except ValueError:
        raise Malformed("The Date header names a day that does not exist.") from None


def _require_digest(header: str, body: bytes) -> None:
    algorithm, _, value = header.partition("=")
    if algorithm.lower() != "sha-256" or "," in value:
        raise Malformed("The Digest header must hold one SHA-256 digest.")
    digest = decoded(value)
    if len(digest) != 32:
        raise Malformed("The Digest header does not hold a SHA-256 digest.")
    if digest != hashlib.sha256(body).digest():
        raise NotAuthentic("The body is not the one that was signed.")


def decoded(text: str) -> bytes:
    """Read base64, of which each value has one form.

    Raises:
        Malformed: it is none.
    """
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        raise Malformed("A digest or signature is not in base64.") from None


_PLAIN = re.compile(r"[\t\n\x20-\x7e]*")


def plain(text: str, *, lines: int) -> bytes:
    """Return the bytes that are signed, in so many lines.

    Raises:
        Malformed: a value holds what no header may hold.
    """
    # A line break inside a value would let its sender write further signed lines.
    if text.count("\n") != lines - 1 or not _PLAIN.fullmatch(text):
        raise Malformed("A signed header holds characters that none may hold.")
    return text.encode()
