"""Two servers compare who follows by one digest, so that nothing goes where nobody is.

A server may believe that somebody follows who has long left, and would go on sending
them what is for followers only. With each such delivery it says the digest of those who
follow from the other server; where the other finds another one, it asks for the list.
See FEP-8fcf and federation.md W20.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from activitypub.errors import Malformed

HEADER: Final = "Collection-Synchronization"
_LONGEST: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a server believes of its followers on another.

    Args:
        collection: the id of the whole collection of followers.
        url: where those on the asking server are listed, for that server alone.
        digest: of those, as `digest` makes it.
    """

    collection: str
    url: str
    digest: str


def digest(followers: Iterable[str]) -> str:
    """Add up the SHA-256 of their ids, bit by bit, so that no order matters."""
    total = 0
    for follower in set(followers):
        total ^= int.from_bytes(hashlib.sha256(follower.encode()).digest())
    return total.to_bytes(32).hex()


def write(comparison: Comparison) -> str:
    """Write the header's value."""
    return (
        f'collectionId="{comparison.collection}", url="{comparison.url}", '
        f'digest="{comparison.digest}"'
    )


_PARAMETER: Final = re.compile(
    r'\s*([A-Za-z]+)\s*=\s*"([\x20\x21\x23-\x5b\x5d-\x7e]*)"\s*(?:,|\Z)'
)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def read(value: str) -> Comparison:
    """Read the header's value.

    Raises:
        Malformed: it is not all there, or something is there twice.
    """
    found: dict[str, str] = {}
    at = 0
    while at < len(value) <= _LONGEST:
        parameter = _PARAMETER.match(value, at)
        if parameter is None or parameter[1] in found:
            raise Malformed("The Collection-Synchronization header cannot be read.")
        found[parameter[1]] = parameter[2]
        at = parameter.end()
    if not {"collectionId", "url", "digest"} <= found.keys():
        raise Malformed("The Collection-Synchronization header is not all there.")
    if not _DIGEST.fullmatch(found["digest"]):
        raise Malformed("The digest of followers is none.")
    return Comparison(
        collection=found["collectionId"], url=found["url"], digest=found["digest"]
    )
