"""A teller's or delegate's own key, kept in a file on a device of their own."""

import os
from datetime import UTC, datetime
from pathlib import Path

from activitypub import canonical, proofs
from activitypub.errors import ProtocolError
from confederation.identifiers import Multikey
from instance.errors import Misused


def new_key(path: Path) -> Multikey:
    """Write a new secret key, readable by its owner only; return the public half.

    Raises:
        Misused: the file exists already, or cannot be written.
    """
    key = proofs.new_key()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Misused(
            "{path} exists already; a key is never written over.", path=path
        ) from error
    except OSError as error:
        raise Misused(
            "{path} cannot be written: {why}.", path=path, why=error.strerror
        ) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(proofs.write_secret(key) + "\n")
    return Multikey(proofs.multikey(key.public_key()))


def sign(key_file: Path, document_file: Path) -> str:
    """Return the document signed with the key, as canonical JSON.

    Raises:
        Misused: one of the files cannot be used.
    """
    try:
        key = proofs.read_secret(key_file.read_text("ascii").strip())
        document = canonical.read(document_file.read_bytes())
    except (OSError, UnicodeDecodeError) as error:
        raise Misused("A file cannot be read: {error}.", error=error) from error
    except ProtocolError as error:
        raise Misused(
            "{key_file} or {document_file} cannot be used: {error}",
            key_file=key_file,
            document_file=document_file,
            error=error,
        ) from error
    public = proofs.multikey(key.public_key())
    signed = proofs.sign(
        document,
        key,
        verification_method=f"#{public}",
        created=datetime.now(UTC),
    )
    return canonical.canonical(signed).decode()
