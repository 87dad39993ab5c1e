"""HTTP message signatures of RFC 9421, read as strictly as those of the draft.

Of all that the standard allows to be signed only that is read which the fediverse
signs. The rest would be more ways to make two readers see two messages.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from activitypub import signatures
from activitypub.errors import Malformed, NotAuthentic
from activitypub.signatures import Claim, Request, Signer

_LONGEST: Final = 8192
_ALGORITHMS: Final = {
    None: None,
    "rsa-v1_5-sha256": "rsa-sha256",
    "ed25519": "ed25519",
}
_DIGESTS: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_LABEL: Final = "sig1"

T = TypeVar("T")


def wanted(*, has_body: bool) -> str:
    """Write what a signature must cover that we believe, as ``Accept-Signature``.

    See RFC 9421, section 5.1, and federation.md S2.
    """
    body = ' "content-digest"' if has_body else ""
    return f'{_LABEL}=("@method" "@target-uri"{body});created'


def sign(
    signer: Signer,
    *,
    method: str,
    scheme: str,
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
        scheme: ``https``, or ``http`` in development.
        host: the authority, with its port if that is not the scheme's own.
        target: path and query exactly as they will stand in the request line.
        now: the time that the signature states.
        body: the bytes to send; None if the request has no body.
        content_type: the body's media type, of no account without a body.
        beside: further headers that are signed as well.

    See federation.md W5.
    """
    headers = {"Host": host}
    components = {"@method": method, "@target-uri": f"{scheme}://{host}{target}"}
    if body is not None:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["Content-Digest"] = f"sha-256=:{digest}:"
        headers["Content-Type"] = content_type
        components["content-digest"] = headers["Content-Digest"]
    for name, value in (beside or {}).items():
        headers[name] = components[name.lower()] = value
    covered = " ".join(f'"{name}"' for name in components)
    parameters = f'({covered});created={int(now.timestamp())};keyid="{signer.key_id}"'
    message = _base(components, parameters)
    key = signer.private_key
    if isinstance(key, RSAPrivateKey):
        signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    else:
        signature = key.sign(message)
    headers["Signature-Input"] = f"{_LABEL}={parameters}"
    headers["Signature"] = f"{_LABEL}=:{base64.b64encode(signature).decode()}:"
    return headers


def is_signed(request: Request) -> bool:
    """Whether a request says that it is signed in this way."""
    return any(name == "signature-input" for name, _ in request.headers)


def claimed(request: Request, *, scheme: str, host: str, now: datetime) -> Claim:
    """Read who is said to have signed, and check all that needs no key.

    Of several signatures one counts: the first that covers all that it must. Should it
    not hold, no other is tried.

    Args:
        request: what arrived.
        scheme: ``https``, or ``http`` in development, from the configuration.
        host: our own authority, likewise.
        now: our clock.

    Raises:
        Malformed: the signature or a header under it cannot be read, or is repeated.
        NotAuthentic: there is no signature, or none that covers what it must; or it is
            not meant for us, is too old, or does not fit the body.

    See RFC 9421 and federation.md S2 to S5 and S12.
    """
    headers = signatures.by_name(request.headers)
    stated = _inputs(signatures.only(headers, "signature-input"))
    values = _values(signatures.only(headers, "signature"))
    needed = _needed(request)
    chosen = next((each for each in stated if needed(each.covered)), None)
    if chosen is None:
        raise NotAuthentic(
            "The signature must cover the method, the target and the body's digest."
        )
    if chosen.label not in values:
        raise Malformed("The Signature header lacks the signature that is described.")
    created, expires = chosen.number("created"), chosen.number("expires")
    if created is None:
        raise NotAuthentic("The signature does not say when it was made.")
    key_id, algorithm = chosen.text("keyid"), chosen.text("alg")
    if not key_id:
        raise NotAuthentic("The signature does not name its key.")
    if algorithm not in _ALGORITHMS:
        raise NotAuthentic("The signature's algorithm is not one that we know.")
    signatures.require_host(headers, host)
    signatures.require_now(created, expires=expires, now=now)
    if "content-digest" in chosen.covered:
        _require_digest(signatures.only(headers, "content-digest"), request.body)
    components = {
        name: _derived(name, request, scheme=scheme, host=host)
        if name.startswith("@")
        else signatures.only(headers, name)
        for name in chosen.covered
    }
    return Claim(
        key_id=key_id,
        algorithm=_ALGORITHMS[algorithm],
        covered=frozenset(chosen.covered),
        message=_base(components, chosen.written),
        signature=values[chosen.label],
    )


def _needed(request: Request) -> Callable[[tuple[str, ...]], bool]:
    """Say what a signature of this request must cover (S2)."""
    by_parts = {"@authority", "@path"}
    if "?" in request.target:
        by_parts.add("@query")
    body = set() if request.method in {"GET", "HEAD"} else {"content-digest"}

    def needed(covered: tuple[str, ...]) -> bool:
        there = set(covered)
        target = "@target-uri" in there or by_parts <= there
        return "@method" in there and target and body <= there

    return needed


def _derived(name: str, request: Request, *, scheme: str, host: str) -> str:
    path, _, query = request.target.partition("?")
    match name:
        case "@method":
            return request.method
        case "@target-uri":
            return f"{scheme}://{host}{request.target}"
        case "@authority":
            return host
        case "@scheme":
            return scheme
        case "@request-target":
            return request.target
        case "@path":
            return path
        case "@query":
            return f"?{query}"
        case _:
            raise NotAuthentic(f"This server does not read “{name}” in a signature.")


def _base(components: dict[str, str], parameters: str) -> bytes:
    lines = [f'"{name}": {value}' for name, value in components.items()]
    lines.append(f'"@signature-params": {parameters}')
    return signatures.plain("\n".join(lines), lines=len(lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Input:
    """What one signature says that it covers, and how that is written."""

    label: str
    covered: tuple[str, ...]
    parameters: dict[str, str | int | None]
    written: str

    def text(self, name: str) -> str | None:
        value = self.parameters.get(name)
        if isinstance(value, int):
            raise Malformed("A parameter of the signature has the wrong form.")
        return value

    def number(self, name: str) -> int | None:
        value = self.parameters.get(name)
        if isinstance(value, str):
            raise Malformed("A time in the signature is not a number.")
        return value


# Structured fields (RFC 8941), as far as signatures need them.
_KEY = r"[a-z*][a-z0-9_.*-]*"
_STRING = r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"'
_INNER = re.compile(rf"({_KEY})=\(")
_COMPONENT = re.compile(r' *"([a-z0-9@!#$%&\'*+.^_`|~-]+)"(?=[ )])')
_CLOSED = re.compile(r" *\)")
_PARAMETER = re.compile(
    rf"; *({_KEY})(?:=(?:{_STRING}|(-?[0-9]{{1,15}})(?![0-9.])|"
    r"(\?[01]|[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*|:[A-Za-z0-9+/=]*:)))?"
)
_NEXT = re.compile(r"[ \t]*,[ \t]*(?=[a-z*])|[ \t]*\Z")
_VALUE = re.compile(rf"({_KEY})=:([A-Za-z0-9+/=]*):")


def _inputs(text: str) -> list[_Input]:
    """Read ``label=("@method" …);created=…;keyid="…"``, one or several."""
    found: dict[str, _Input] = {}
    at = _start(text)
    while at < len(text):
        opened = _expect(_INNER, text, at)
        covered, at = _covered(text, opened.end())
        parameters, written, at = _parameters(text, at)
        _put(
            found,
            opened[1],
            _Input(
                label=opened[1],
                covered=tuple(covered),
                parameters=parameters,
                written="(" + " ".join(f'"{name}"' for name in covered) + ")" + written,
            ),
        )
        at = _expect(_NEXT, text, at).end()
    return list(found.values())


def _covered(text: str, at: int) -> tuple[list[str], int]:
    covered: dict[str, None] = {}
    while component := _COMPONENT.match(text, at):
        _put(covered, component[1], None)
        at = component.end()
    return list(covered), _expect(_CLOSED, text, at).end()


def _parameters(text: str, at: int) -> tuple[dict[str, str | int | None], str, int]:
    """Read parameters, and write them as they are signed: in the one form (8941)."""
    found: dict[str, str | int | None] = {}
    written = ""
    while parameter := _PARAMETER.match(text, at):
        name, string, number, other = parameter.groups()
        if string is not None:
            _put(found, name, re.sub(r"\\(.)", r"\1", string))
            written += f';{name}="{string}"'
        elif number is not None:
            if str(int(number)) != number:
                raise Malformed("A number in the signature has more than one form.")
            _put(found, name, int(number))
            written += f";{name}={number}"
        else:
            _put(found, name, None)
            written += f";{name}" if other in {None, "?1"} else f";{name}={other}"
        at = parameter.end()
    return found, written, at


def _values(text: str) -> dict[str, bytes]:
    """Read ``label=:base64:``, one or several: signatures, or digests."""
    found: dict[str, bytes] = {}
    at = _start(text)
    while at < len(text):
        value = _expect(_VALUE, text, at)
        _put(found, value[1], signatures.decoded(value[2]))
        at = _expect(_NEXT, text, value.end()).end()
    return found


def _start(text: str) -> int:
    if len(text) > _LONGEST:
        raise Malformed("A header of the signature is too long.")
    return 0


def _expect(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    match = pattern.match(text, at)
    if match is None:
        raise Malformed("A header of the signature is not written as RFC 9421 has it.")
    return match


def _put(found: dict[str, T], name: str, value: T) -> None:
    if name in found:
        raise Malformed(f"A header of the signature holds “{name}” twice.")
    found[name] = value


def _require_digest(header: str, body: bytes) -> None:
    """Hold each digest that we can make against the body; one must be there (S3)."""
    stated = _values(header)
    ours = _DIGESTS.keys() & stated
    if not ours:
        raise NotAuthentic("The Content-Digest header holds no digest that we make.")
    for name in ours:
        if stated[name] != _DIGESTS[name](body).digest():
            raise NotAuthentic("The body is not the one that was signed.")
