"""A teller without a device confirms by the code on a count sheet that only they hold.

A key is derived from the code; the node keeps the public half, as of any teller, and
the code never. But the machine that printed the sheet has seen the code, and sees it
again whenever it is typed: whoever runs the machine could have kept it, and could then
confirm in this teller's name until new rules name another key. A key on a device of
one's own is safer. See docs/decisions/0065-a-count-sheet-is-a-key.md.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import proofs
from activitypub.canonical import JsonObject
from confederation.identifiers import Multikey
from instance.membership.welcome import CODE_LETTERS

LENGTH: Final = 12
"""Letters of a code: 59 bits, behind a derivation that takes a machine 32 megabytes."""
COST: Final = 2**15
BLOCK: Final = 8
SALT: Final = b"folkmoot count sheet 1"


def new_code(teller: int) -> str:
    """Return a code for a new sheet of the first or second teller, as it is printed."""
    while True:
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(LENGTH))
        if of_teller(code) == teller:
            return "-".join(code[i : i + 4] for i in range(0, LENGTH, 4))


def of_teller(typed: str) -> int:
    """Tell from a code on whose sheet it was printed: the first or second teller's."""
    return 1 + sum(map(CODE_LETTERS.index, _plain(typed))) % 2


def is_code(typed: str) -> bool:
    """Whether what was typed could be the code on a sheet."""
    code = _plain(typed)
    return len(code) == LENGTH and set(code) <= set(CODE_LETTERS)


def key(typed: str) -> Ed25519PrivateKey:
    """Derive the key of a sheet from its code; takes a moment, on purpose."""
    seed = hashlib.scrypt(
        _plain(typed).encode(),
        salt=SALT,
        n=COST,
        r=BLOCK,
        p=1,
        maxmem=2 * 128 * COST * BLOCK,
        dklen=32,
    )
    return Ed25519PrivateKey.from_private_bytes(seed)


def public(secret: Ed25519PrivateKey) -> Multikey:
    """Return the public half, under which a teller's confirmation is known."""
    return Multikey(proofs.multikey(secret.public_key()))


def sign(
    secret: Ed25519PrivateKey, document: JsonObject, *, at: datetime
) -> JsonObject:
    """Sign a confirmation with the key of a sheet."""
    return proofs.sign(
        document, secret, verification_method=f"#{public(secret)}", created=at
    )


def _plain(typed: str) -> str:
    return "".join(letter for letter in typed.lower() if letter.isalnum())
