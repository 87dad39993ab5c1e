"""A record that only goes on is filed a page at a time.

Where it stands, and who may sign what comes next, is looked up once for all of a page.
Each entry is read and checked as `archive.file` does it. What is not plainly the next
entry, and whatever changes who may sign or where the assembly lives, is left to it.
"""

from collections.abc import Sequence
from typing import Final

from activitypub.canonical import JsonObject
from activitypub.errors import NotAuthentic
from confederation.identifiers import Multikey
from instance import archive, verification
from instance.desk import Desk
from instance.store import branches, records
from instance.verification import Verified

APART: Final = frozenset(
    {"Founding", "KeyEvent", "Address", "Equivocation", "Settlement"}
)
"""The types of entries of which more follows than that they are held."""


def grow(desk: Desk, entries: Sequence[tuple[JsonObject, bytes]]) -> int:
    """Append those of the entries, from the first on, that plainly follow what is held.

    Args:
        entries: each with its canonical form, as `canonical.read_canonical` accepted
            it. All of them are taken to be of the record that the first one names.

    Returns:
        How many were appended. The next one, if there is one, is for `archive.file`.

    Raises:
        Malformed, NotAuthentic: one of them is no entry, or its assembly did not sign
            it.
    """
    known = (
        records.assembly(desk.connection, str(entries[0][0].get("assembly")))
        if entries
        else None
    )
    if known is None or branches.any_of(desk.connection, known.id):
        return 0
    size, head = known.size, known.head
    allowed: frozenset[Multikey] | None = None
    next_ones: list[Verified] = []
    for document, body in entries:
        if (
            document.get("assembly") != known.id
            or document.get("seq") != size
            or document.get("prev") != head
            or document.get("type") in APART
        ):
            break
        verified, key = verification.read_with_signer(document, body)
        if allowed is None:
            allowed = archive.signers(desk, known, verified.entry)
        if key not in allowed:
            raise NotAuthentic(archive.NOT_SIGNED)
        next_ones.append(verified)
        size, head = size + 1, verified.entry.digest
    archive.extend(desk, known.id, next_ones)
    return len(next_ones)
