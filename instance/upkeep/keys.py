"""Private keys rest sealed; the secret that opens them lies in the node's directory.

The secret is a file of its own (mode 0600) so that a copy of the database, or of the
public record, opens nothing. Key objects are kept once loaded: parsing a private RSA
key costs more than a hundred signatures.
"""

import hmac
import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from instance.errors import Misused

NONCE_BYTES: Final = 12
SECRET_BYTES: Final = 32
RSA_BITS: Final = 2048
RECORD_KEY: Final = "record"
NEXT_RECORD_KEY: Final = "record-next"
COOKIE_KEY: Final = "cookie"
MARKING: Final = "marking "
"""What the name of a key begins with that makes the marks of one purpose."""


def write_secret(path: Path) -> None:
    """Make the secret of a new node; an existing one is never written over."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(SECRET_BYTES))


def read_secret(path: Path) -> bytes:
    """Read the secret of a node.

    Raises:
        Misused: it is missing, cut short, or readable by others on the machine.
    """
    try:
        secret = path.read_bytes()
    except FileNotFoundError as error:
        raise Misused(
            "{path} is missing: without it the node's keys cannot be opened. Put "
            "it back from where you kept it.",
            path=path,
        ) from error
    if len(secret) != SECRET_BYTES:
        raise Misused(
            "{path} is not {secret_bytes} bytes long: it is damaged.",
            path=path,
            secret_bytes=SECRET_BYTES,
        )
    if path.stat().st_mode & 0o077:
        raise Misused(
            "{path} can be read by others: run 'chmod 600 {path}'.", path=path
        )
    return secret


@dataclass(slots=True)
class Vault:
    """Seals and opens the private keys of one node."""

    secret: bytes
    _rsa: dict[bytes, RSAPrivateKey] = field(default_factory=dict)
    _ed25519: dict[bytes, Ed25519PrivateKey] = field(default_factory=dict)

    def seal(self, name: str, plain: bytes) -> bytes:
        """Encrypt under a name; it opens under the same name only."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self.secret).encrypt(nonce, plain, name.encode())

    def open(self, name: str, sealed: bytes) -> bytes:
        """Decrypt what was sealed under a name."""
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        return AESGCM(self.secret).decrypt(nonce, rest, name.encode())

    def mark(self, purpose: str, of: bytes) -> bytes:
        """Return what only this node can have made of these bytes, for one purpose."""
        return hmac.digest(self.marking_key(purpose), of, "sha256")

    def marking_key(self, purpose: str) -> bytes:
        """Return what makes the marks of one purpose, and of no other."""
        return hmac.digest(self.secret, b"folkmoot " + purpose.encode(), "sha256")

    def seal_rsa(self, name: str, key: RSAPrivateKey) -> bytes:
        return self.seal(
            name,
            key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )

    def seal_ed25519(self, name: str, key: Ed25519PrivateKey) -> bytes:
        return self.seal(name, key.private_bytes_raw())

    def rsa(self, name: str, sealed: bytes) -> RSAPrivateKey:
        """Open a sealed RSA key; the same bytes are parsed once."""
        if (key := self._rsa.get(sealed)) is None:
            # The seal only opens over the bytes of a key that was made here. To look
            # once more whether it is a sound one takes as long as 130 signatures.
            loaded = serialization.load_der_private_key(
                self.open(name, sealed),
                password=None,
                unsafe_skip_rsa_key_validation=True,
            )
            if not isinstance(loaded, RSAPrivateKey):
                raise Misused("The stored key {name} is not an RSA key.", name=name)
            key = self._rsa[sealed] = loaded
        return key

    def ed25519(self, name: str, sealed: bytes) -> Ed25519PrivateKey:
        """Open a sealed Ed25519 key; the same bytes are opened once."""
        if (key := self._ed25519.get(sealed)) is None:
            key = self._ed25519[sealed] = Ed25519PrivateKey.from_private_bytes(
                self.open(name, sealed)
            )
        return key


def new_rsa() -> RSAPrivateKey:
    """Make a transport key of the kind that every fediverse server accepts."""
    return generate_private_key(public_exponent=65_537, key_size=RSA_BITS)


def keep(
    connection: sqlite3.Connection, vault: Vault, name: str, secret: bytes
) -> None:
    """Keep secret bytes sealed under a name, in place of what was there."""
    connection.execute(
        """
        insert into sealed_key (name, sealed) values (:name, :sealed)
            on conflict (name) do update set sealed = excluded.sealed
        """,
        {"name": name, "sealed": vault.seal(name, secret)},
    )


def kept(connection: sqlite3.Connection, vault: Vault, name: str) -> bytes | None:
    """Return the secret bytes kept under a name, or None."""
    row = connection.execute(
        "select sealed from sealed_key where name = :name", {"name": name}
    ).fetchone()
    return None if row is None else vault.open(name, row["sealed"])


def mark(
    connection: sqlite3.Connection, vault: Vault, purpose: str, of: bytes
) -> bytes:
    """Return a mark of the assembly's, on whichever machine holds its pen.

    A machine to which the pen was lent has the keys of those purposes that it needs.
    """
    lent = kept(connection, vault, f"{MARKING}{purpose}")
    key = vault.marking_key(purpose) if lent is None else lent
    return hmac.digest(key, of, "sha256")


def all_sealed(connection: sqlite3.Connection) -> list[tuple[str, bytes]]:
    """Return every private key that rests here, sealed, and the name it opens under."""
    return [
        (row["name"], bytes(row["sealed"]))
        for row in connection.execute(
            """
            select name, sealed from sealed_key
             union all select path, rsa from actor
             union all select path, ed25519 from actor where ed25519 is not null
             order by name
            """
        )
    ]


def opens(vault: Vault, name: str, sealed: bytes) -> bool:
    """Whether a sealed key opens with the secret that is here."""
    try:
        vault.open(name, sealed)
    except (InvalidTag, ValueError):
        return False
    return True


def drop_shut(connection: sqlite3.Connection, vault: Vault) -> None:
    """Drop the keys of the node, actors' apart, that do not open any longer."""
    for row in connection.execute("select name, sealed from sealed_key").fetchall():
        if not opens(vault, row["name"], bytes(row["sealed"])):
            drop(connection, row["name"])


def drop(connection: sqlite3.Connection, name: str) -> None:
    """Drop a key that is kept under a name; nothing if there is none."""
    connection.execute("delete from sealed_key where name = :name", {"name": name})


def ed25519_key(
    connection: sqlite3.Connection, vault: Vault, name: str
) -> Ed25519PrivateKey | None:
    """Return the Ed25519 key kept under a name, or None."""
    row = connection.execute(
        "select sealed from sealed_key where name = :name", {"name": name}
    ).fetchone()
    return None if row is None else vault.ed25519(name, row["sealed"])
