"""A proof says that a key signed exactly this document, and nothing about whose key.

Signing is `eddsa-jcs-2022`: Ed25519 over two hashes, the proof's options first, the
document second, each in canonical form. Whether the key may speak for an actor or
an assembly is for the caller to judge.
"""

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from activitypub.canonical import JsonObject, canonical, write_time
from activitypub.errors import Malformed, NotAuthentic

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_NO_DIGIT: Final = 255
_DIGITS: Final = bytes(
    _ALPHABET.index(chr(code)) if chr(code) in _ALPHABET else _NO_DIGIT
    for code in range(256)
)

_PUBLIC_PREFIX: Final = b"\xed\x01"
_SECRET_PREFIX: Final = b"\x80\x26"

_P: Final = 2**255 - 19
_Y_OF_ORDER_8: Final = (
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
)
# The y coordinates of the eight points whose order divides eight. A "signature" by
# such a key holds over many documents at once.
_SMALL_ORDER: Final = frozenset({0, 1, _P - 1, _Y_OF_ORDER_8, _P - _Y_OF_ORDER_8})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A cryptosuite: what is signed, and how a signature over it is checked.

    `holds` answers whether the key's signature over the bytes is valid.
    """

    signature_bytes: int
    to_sign: Callable[[JsonObject, JsonObject], bytes]
    holds: Callable[[Ed25519PublicKey, bytes, bytes], bool]


def sign(
    document: JsonObject,
    key: Ed25519PrivateKey,
    *,
    verification_method: str,
    created: datetime,
) -> JsonObject:
    """Sign a document as it stands; afterwards not a byte of it may change.

    A proof or linked-data signature that it already carries is left out. A single
    `@context` becomes a list of one, as others verify nothing else.

    Args:
        verification_method: the id under which a reader finds the public key.
        created: written to the whole second.

    Raises:
        Malformed: the document has no canonical form.

    See federation.md §3.1.
    """
    unsigned = _unsigned(document)
    options: JsonObject = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": write_time(created),
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
    }
    if "@context" in unsigned:
        context = unsigned["@context"]
        context = context if isinstance(context, list) else [context]
        unsigned["@context"] = options["@context"] = context
    signature = key.sign(_two_hashes(options, unsigned))
    return {**unsigned, "proof": {**options, "proofValue": write_base58(signature)}}


def verify(document: JsonObject, key: Ed25519PublicKey, *, now: datetime) -> None:
    """Check that this key signed this document.

    As the standard has it, a valid proof leaves some of the document open: entries
    added to the end of `@context`, and a linked-data `signature`. Where two copies
    of a document must not differ in a byte, use `verify_whole`.

    Args:
        now: the proof may not have expired by then. Nothing else depends on it.

    Raises:
        NotAuthentic: no proof, a proof of another kind, expired, or not by this key.

    See federation.md §3.1 and W3C vc-di-eddsa, 3.3.2.
    """
    proof = _read_proof(document)
    if proof.expires is not None and proof.expires <= now:
        raise NotAuthentic("The proof has expired.")
    unsigned = _unsigned(document)
    if "@context" in proof.options:
        signed = proof.options["@context"]
        stated = unsigned.get("@context")
        if (
            not isinstance(signed, list)
            or not isinstance(stated, list)
            or stated[: len(signed)] != signed
        ):
            raise NotAuthentic("The document's context is not the one that was signed.")
        unsigned["@context"] = signed
    _check(proof, unsigned, key)


def verify_whole(document: JsonObject, key: Ed25519PublicKey) -> None:
    """Check that this key signed this document, and that it left nothing open.

    Entries of a record are named by the digest of the whole document. Could a
    stranger add to one without breaking its proof, they could show two entries for
    one place in a record whose keeper signed only one.

    Raises:
        NotAuthentic: as `verify`; or the proof expires, or does not cover every
            member of the document.

    See federation.md §2.2, §3.1 and §3.4.
    """
    _check_whole(_read_proof(document), document, key)


def verify_named(document: JsonObject) -> str:
    """Check a document, as `verify_whole` does, with the record key that it names.

    Returns:
        The key as a Multikey. Whether it may speak here is for the caller to judge.

    Raises:
        Malformed: the proof does not name its key as ``#z6Mk…``.
        NotAuthentic: as `verify_whole`.
    """
    proof = _read_proof(document)
    named = proof.verification_method.removeprefix("#")
    if named == proof.verification_method:
        raise Malformed("The proof does not name its key as '#z6Mk…'.")
    _check_whole(proof, document, public_key(named))
    return named


def verification_method(document: JsonObject) -> str:
    """Name the key that a document says it is signed with. Nothing is proved by it.

    Raises:
        NotAuthentic: there is no proof that `verify` would read.
    """
    return _read_proof(document).verification_method


def key_id(key: Ed25519PublicKey) -> str:
    """Name a record key by itself: `#z6Mk…`, to follow the address of its owner."""
    return "#" + multikey(key)


def key_named_by(verification_method: str) -> Ed25519PublicKey:
    """Read the key from a verification method that ends in a key's own id.

    Raises:
        NotAuthentic: it names its key in another way.
    """
    _, mark, fragment = verification_method.partition("#")
    try:
        return public_key(fragment if mark else "")
    except Malformed as error:
        raise NotAuthentic("The proof does not name a record key.") from error


def new_key() -> Ed25519PrivateKey:
    """Make a key. Its secret is not written anywhere."""
    return Ed25519PrivateKey.generate()


def multikey(key: Ed25519PublicKey) -> str:
    """Write a public key as `z6Mk…`. See FEP-521a."""
    return write_base58(_PUBLIC_PREFIX + key.public_bytes_raw())


@functools.lru_cache(maxsize=1024)
def public_key(multikey: str) -> Ed25519PublicKey:
    """Read a public key from its Multikey form, once for all that it signed.

    Raises:
        Malformed: it is no Ed25519 Multikey, or a point of small order, with which
            anybody could sign.

    See FEP-521a and federation.md, S11.
    """
    raw = _read_multikey(multikey, _PUBLIC_PREFIX)
    if not is_sound(raw):
        raise Malformed("With this key anybody could sign, or it is badly written.")
    return Ed25519PublicKey.from_public_bytes(raw)


def write_secret(key: Ed25519PrivateKey) -> str:
    """Write a secret key as `z3u2…`. Keep it as a secret is kept."""
    return write_base58(_SECRET_PREFIX + key.private_bytes_raw())


def read_secret(text: str) -> Ed25519PrivateKey:
    """Read a secret key written by `write_secret`.

    Raises:
        Malformed: it is none. The sentence does not repeat it.
    """
    return Ed25519PrivateKey.from_private_bytes(_read_multikey(text, _SECRET_PREFIX))


def holds(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    """Whether an Ed25519 signature over these bytes is by this key, and by no other."""
    if not is_sound(key.public_bytes_raw()):
        return False
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def is_sound(raw: bytes) -> bool:
    """Whether the 32 bytes of an Ed25519 key can stand for one owner.

    A point of small order cannot, nor one that is not written in its one form.

    See federation.md, S11, and RFC 8032, 5.1.3.
    """
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    return y < _P and y not in _SMALL_ORDER


def write_base58(data: bytes) -> str:
    """Write bytes as multibase base58btc: `z`, then the digits."""
    number = int.from_bytes(data)
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_ALPHABET[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + "1" * zeros + "".join(reversed(digits))


def read_base58(text: str, *, length: int) -> bytes:
    """Read exactly `length` bytes from multibase base58btc.

    Each value has one form: what this accepts, `write_base58` writes alike.

    Raises:
        Malformed: another base, a character outside it, or another length.
    """
    data = read_some_base58(text, most=length)
    if len(data) != length:
        raise Malformed(f"This is not base58btc for {length} bytes.")
    return data


def read_some_base58(text: str, *, most: int) -> bytes:
    """Read at most `most` bytes from multibase base58btc, of which each has one form.

    Raises:
        Malformed: another base, a character outside it, or more bytes.
    """
    # Each byte takes at most 1.37 digits; longer input is not worth counting through.
    if not text.startswith("z") or len(text) > 2 * most + 1:
        raise Malformed(f"This is not base58btc for {most} bytes.")
    digits = text[1:].encode("ascii", "replace").translate(_DIGITS)
    if _NO_DIGIT in digits:
        wrong = next(each for each in text[1:] if each not in _ALPHABET)
        raise Malformed(f"“{wrong}” is not a character of base58btc.")
    number, few = 0, len(digits) % 8
    for digit in digits[:few]:
        number = number * 58 + digit
    # Eight digits at a time: sums that small cost a fifth of those of the whole number.
    for start in range(few, len(digits), 8):
        a, b, c, d, e, f, g, h = digits[start : start + 8]
        eight = ((((((a * 58 + b) * 58 + c) * 58 + d) * 58 + e) * 58 + f) * 58 + g) * 58
        number = number * 58**8 + eight + h
    zeros = len(text) - 1 - len(text[1:].lstrip("1"))
    length = zeros + (number.bit_length() + 7) // 8
    if length > most:
        raise Malformed(f"This is not base58btc for {most} bytes.")
    return number.to_bytes(length)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    options: JsonObject
    suite: Suite
    signature: bytes
    verification_method: str
    expires: datetime | None


def _read_proof(document: JsonObject) -> _Proof:
    proof = document.get("proof")
    if not isinstance(proof, dict):
        raise NotAuthentic("The document does not carry exactly one proof.")
    suite = proof.get("cryptosuite")
    method = proof.get("verificationMethod")
    value = proof.get("proofValue")
    if proof.get("type") != "DataIntegrityProof":
        raise NotAuthentic("The proof is not a DataIntegrityProof.")
    if not isinstance(suite, str) or suite not in SUITES:
        raise NotAuthentic("The proof is of a cryptosuite that we do not know.")
    if proof.get("proofPurpose") != "assertionMethod":
        raise NotAuthentic("The proof was not made to assert anything.")
    if not isinstance(method, str):
        raise NotAuthentic("The proof does not name its key.")
    if not isinstance(value, str):
        raise NotAuthentic("The proof holds no signature.")
    try:
        signature = read_base58(value, length=SUITES[suite].signature_bytes)
    except Malformed as error:
        raise NotAuthentic(f"The proof's signature is malformed: {error}") from error
    return _Proof(
        options={
            name: option for name, option in proof.items() if name != "proofValue"
        },
        suite=SUITES[suite],
        signature=signature,
        verification_method=method,
        expires=_read_expires(proof),
    )


def _read_expires(proof: JsonObject) -> datetime | None:
    if "expires" not in proof:
        return None
    expires = proof["expires"]
    try:
        # Others write fractions and offsets, so this is wider than our own times.
        at = datetime.fromisoformat(expires) if isinstance(expires, str) else None
    except ValueError as error:
        raise NotAuthentic("The proof's expiry is not a time.") from error
    if at is None or at.tzinfo is None:
        raise NotAuthentic("The proof's expiry is not a time.")
    return at


def _unsigned(document: JsonObject) -> JsonObject:
    return {
        name: value
        for name, value in document.items()
        if name not in {"proof", "signature"}
    }


def _check(proof: _Proof, unsigned: JsonObject, key: Ed25519PublicKey) -> None:
    try:
        signed = proof.suite.to_sign(proof.options, unsigned)
    except Malformed as error:
        raise NotAuthentic(f"This cannot have been signed. {error}") from error
    if not proof.suite.holds(key, proof.signature, signed):
        raise NotAuthentic("The proof's signature does not hold over this document.")


def _check_whole(proof: _Proof, document: JsonObject, key: Ed25519PublicKey) -> None:
    if "expires" in proof.options:
        raise NotAuthentic("A proof in a record does not expire.")
    if "signature" in document:
        raise NotAuthentic("The document carries a signature outside its proof.")
    unsigned = _unsigned(document)
    context = unsigned.get("@context", [])
    if not isinstance(context, list) or proof.options.get("@context", []) != context:
        raise NotAuthentic("The proof does not cover the document's whole context.")
    _check(proof, unsigned, key)


def _two_hashes(options: JsonObject, unsigned: JsonObject) -> bytes:
    return (
        hashlib.sha256(canonical(options)).digest()
        + hashlib.sha256(canonical(unsigned)).digest()
    )


def _read_multikey(text: str, prefix: bytes) -> bytes:
    raw = read_base58(text, length=34)
    if not raw.startswith(prefix):
        raise Malformed("This is not an Ed25519 key in Multikey form.")
    return raw.removeprefix(prefix)


SUITES: Final[Mapping[str, Suite]] = {
    "eddsa-jcs-2022": Suite(signature_bytes=64, to_sign=_two_hashes, holds=holds),
}
