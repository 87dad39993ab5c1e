"""A password is kept by whoever wants one, as something that cannot be turned back.

Argon2id with 19 MiB, two passes and one lane (RFC 9106, OWASP's first choice).
"""

import os
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from confederation.errors import ByNumber
from instance.errors import Misused

SHORTEST: Final = 12
LONGEST: Final = 200
MEMORY: Final = 19 * 1024
PASSES: Final = 2
NOBODYS: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5cyBwYXNzd29yZA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""What is tried where there is no password, so that the answer takes as long."""


def checked(password: str, *, name: str) -> str:
    """Return a password that may be kept.

    Raises:
        Misused: it is too short, or it is the person's own name.
    """
    if len(password) < SHORTEST:
        raise Misused(
            ByNumber(
                "A password here has at least {least} character. Four words "
                "that do not belong together are good, and easy to keep in "
                "mind.",
                "A password here has at least {least} characters. Four words "
                "that do not belong together are good, and easy to keep in "
                "mind.",
            ),
            least=SHORTEST,
        )
    if len(password) > LONGEST:
        raise Misused(
            ByNumber(
                "A password has at most {most} character.",
                "A password has at most {most} characters.",
            ),
            most=LONGEST,
        )
    if name.lower() in password.lower() and len(password) < len(name) + SHORTEST:
        raise Misused("A password that is little more than your name keeps nobody out.")
    return password


def make(password: str) -> str:
    """Return what is kept of a password; takes a moment, on purpose."""
    derivation = Argon2id(
        salt=os.urandom(16),
        length=32,
        iterations=PASSES,
        lanes=1,
        memory_cost=MEMORY,
    )
    return derivation.derive_phc_encoded(password.encode())


def fits(password: str, kept: str) -> bool:
    """Whether this is the password that was kept."""
    try:
        Argon2id.verify_phc_encoded(password.encode(), kept)
    except InvalidKey:
        return False
    return True
