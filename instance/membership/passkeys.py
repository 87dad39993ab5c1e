"""A passkey opens the door for one person, and nothing that opens it is kept here.

The key stays in the person's device, which signs a question of ours for this site
alone. What is kept is the public half. Who made the device is not asked: nobody needs
a device of a certain maker to be a member (Web Authentication, level 3, sections 7.1
and 7.2, attestation "none").
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from confederation.errors import Phrase
from instance.config import Config
from instance.errors import Misused

Asked = Literal["webauthn.create", "webauthn.get"]

GOOD_FOR: Final = 600
"""Seconds in which a question must be answered."""
MOST_BYTES: Final = 4_096
SMALLEST_RSA: Final = 2_048
PRESENT: Final = 0x01
VERIFIED: Final = 0x04
ATTESTED: Final = 0x40
NOT_THIS: Final = Phrase(
    "The passkey was not made for this page, or too long ago. Try again."
)

_Key = EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a device is to sign: once, for one page of one session, within minutes."""

    challenge: bytes
    asked_at: int

    @property
    def in_text(self) -> str:
        return written(self.challenge)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a device says: what the browser showed it, and what it adds of itself."""

    client: bytes
    device: bytes

    @property
    def count(self) -> int:
        """How often the key was used; 0 where the device does not count."""
        return int.from_bytes(self.device[33:37], "big")


def offered(config: Config) -> bool:
    """Whether browsers allow passkeys here: over HTTPS, or on this very machine."""
    if config.hall is not None:
        return False
    host = config.host.partition(":")[0]
    return config.base.startswith("https://") or host == "localhost"


def site_name(config: Config) -> str:
    """Return the name that a passkey is bound to: the host, without a port."""
    return config.host.partition(":")[0]


def ask(key: bytes, session: str, *, what: Asked, at: int) -> Question:
    """Make the question for a session; it need not be kept.

    Args:
        key: a secret of the node's.
        session: whoever asks; its end makes the answer worthless.
        what: whether a passkey is made or used.
        at: in seconds.
    """
    told = f"{what} {session} {at}".encode()
    return Question(challenge=hmac.digest(key, told, "sha256"), asked_at=at)


def check(
    config: Config, answer: Answer, question: Question, *, what: Asked, now: int
) -> None:
    """Make sure that an answer is to our question, on our page, by a present person.

    Raises:
        Misused: it is not.
    """
    if not 0 <= now - question.asked_at <= GOOD_FOR:
        raise Misused(NOT_THIS)
    try:
        shown = json.loads(answer.client)
    except ValueError as error:
        raise Misused(NOT_THIS) from error
    if (
        not isinstance(shown, dict)
        or shown.get("type") != what
        or shown.get("challenge") != question.in_text
        or shown.get("origin") != config.base
        or shown.get("crossOrigin", False) is not False
    ):
        raise Misused(NOT_THIS)
    site = hashlib.sha256(site_name(config).encode()).digest()
    if len(answer.device) < 37 or answer.device[:32] != site:
        raise Misused(NOT_THIS)
    # Whoever finds a device must not come in by touching it: it asks for a finger,
    # a face or its own code, and says that it did.
    if answer.device[32] & (PRESENT | VERIFIED) != PRESENT | VERIFIED:
        raise Misused(
            "Your device did not check that it is you. Please set a code, finger or "
            "face on it first."
        )


def check_made(answer: Answer, *, id: bytes, public: bytes) -> None:
    """Make sure that a new passkey is the one that the device speaks of.

    Raises:
        Misused: it is another one, or of a kind that is not known here.
    """
    length = int.from_bytes(answer.device[53:55], "big")
    told = answer.device[55 : 55 + length]
    if not answer.device[32] & ATTESTED or not id or told != id:
        raise Misused(NOT_THIS)
    _key(public)


def check_used(answer: Answer, *, public: bytes, signature: bytes, count: int) -> None:
    """Make sure that the key that is kept here signed an answer.

    Args:
        answer: as it was checked before.
        public: the public half, as it is kept.
        signature: over what the device and the browser said.
        count: what the device counted when the key was used last.

    Raises:
        Misused: it did not, or a copy of the key was used meanwhile.
    """
    signed = answer.device + hashlib.sha256(answer.client).digest()
    key = _key(public)
    try:
        if isinstance(key, EllipticCurvePublicKey):
            key.verify(signature, signed, ECDSA(SHA256()))
        elif isinstance(key, Ed25519PublicKey):
            key.verify(signature, signed)
        else:
            key.verify(signature, signed, PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise Misused("This passkey does not open this door.") from error
    # Devices that count never stand still; those that do not say nought.
    if (answer.count or count) and answer.count <= count:
        raise Misused(
            "This passkey was used elsewhere meanwhile, as if there were a copy of it. "
            "Please come in by your code, and remove it."
        )


def read(text: str) -> bytes:
    """Read what a script wrote in base64url.

    Raises:
        Misused: it did not, or it is too long.
    """
    try:
        if len(text) > 2 * MOST_BYTES:
            raise ValueError
        padded = text + "=" * (-len(text) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise Misused("Your device's answer could not be read.") from error


def written(data: bytes) -> str:
    """Write bytes as a script reads them: base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _key(public: bytes) -> _Key:
    try:
        key = load_der_public_key(public)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Misused("Your device made a key of a kind not known here.") from error
    match key:
        case Ed25519PublicKey():
            return key
        case EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            return key
        case RSAPublicKey() if key.key_size >= SMALLEST_RSA:
            return key
        case _:
            raise Misused("Your device made a key of a kind not known here.")
