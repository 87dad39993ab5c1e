"""A lot is drawn from a seed that was committed to before anybody could use it."""

import re
from collections.abc import Iterable
from hashlib import sha256

from confederation.errors import Invalid
from confederation.identifiers import Digest, OptionId

_SEED = re.compile(r"[0-9a-f]{32,128}", re.ASCII)


def commitment(seed: str) -> Digest:
    """Give the digest that commits to a seed without telling it.

    Args:
        seed: 32 to 128 lower-case hex digits, from a good source of randomness.
    """
    if _SEED.fullmatch(seed) is None:
        raise Invalid("A seed is written in 32 to 128 hex digits.")
    return Digest(f"sha256:{sha256(seed.encode()).hexdigest()}")


def order(seed: str, options: Iterable[OptionId]) -> tuple[OptionId, ...]:
    """Put options in the order that a seed draws: in a tie the earlier one stays.

    Each option is drawn by the SHA-256 of seed, line feed, option, smallest first, so
    the order in which they are handed in is irrelevant.

    See docs/reference/counting.md, "Lots".
    """
    commitment(seed)

    def drawn(option: OptionId) -> str:
        return sha256(f"{seed}\n{option}".encode()).hexdigest()

    return tuple(sorted(set(options), key=drawn))
