"""What this disk altered is put back from a copy that its assembly signed.

A copy is believed for its signature and its place between what is intact, and for
nothing else. Whoever hands it over need not be trusted, and nothing else is changed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from activitypub import canonical
from activitypub.addresses import Guard
from activitypub.canonical import JsonObject
from activitypub.client import Client
from activitypub.errors import ProtocolError
from confederation.identifiers import AssemblyId
from instance import archive, verification
from instance.config import Config
from instance.desk import Desk
from instance.store import damages, records
from instance.store.damages import Damage
from instance.verification import Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An entry that is damaged here, and who may have a copy, the likeliest first."""

    damage: Damage
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What somebody handed over in place of a damaged entry."""

    damage: Damage
    source: str
    document: JsonObject


def wanted(desk: Desk) -> list[Wanted]:
    """List what is damaged here, and whom to ask: its own node, then fellow members."""
    others = [k for k in records.assemblies(desk.connection) if not k.ours]
    return [
        Wanted(
            damage=damage,
            sources=tuple(
                known.address
                for known in sorted(others, key=lambda each: each.id != damage.assembly)
            ),
        )
        for damage in damages.unmended(desk.connection)
    ]


async def fetch(client: Client, wanted: list[Wanted]) -> list[Copy]:
    """Ask everybody who may have them for copies of damaged entries."""
    copies = []
    for each in wanted:
        for source in each.sources:
            try:
                fetched = await client.fetch(
                    _address(source, each.damage), accept="application/jsonl"
                )
                copies += [
                    Copy(
                        damage=each.damage,
                        source=source,
                        document=canonical.read(line),
                    )
                    for line in fetched.body.splitlines()[:1]
                ]
            except ProtocolError:
                continue
    return copies


async def ask_around(settings: Config, wanted: list[Wanted]) -> list[Copy]:
    """Ask for copies beside a node that may be serving, or may not start at all."""
    guard = Guard(own=settings.host, networks=settings.reachable)
    async with Client(
        guard, clock=lambda: datetime.now(UTC), user_agent="folkmoot repair"
    ) as client:
        return await fetch(client, wanted)


def put_back(desk: Desk, copies: list[Copy]) -> int:
    """Put back each damaged entry of which there is a true copy; return how many."""
    mended: set[int] = set()
    for copy in copies:
        damage = copy.damage
        if damage.id in mended:
            continue
        try:
            verified = _checked(desk, damage, copy.document)
        except ProtocolError:
            continue
        if verified is None:
            continue
        _replace(desk, verified)
        damages.mended(
            desk.connection,
            assembly=damage.assembly,
            seq=damage.seq,
            source=copy.source,
            at=desk.now,
        )
        mended.add(damage.id)
    return len(mended)


def _checked(desk: Desk, damage: Damage, document: JsonObject) -> Verified | None:
    """Return an entry that belongs in the place of a damaged one; None if it does not.

    Raises:
        ProtocolError: it is no entry, or its assembly did not sign it.
    """
    canonical.check_exact(document)
    body = canonical.canonical(document)
    verified, key = verification.read_with_signer(document, body)
    entry, known = verified.entry, records.assembly(desk.connection, damage.assembly)
    if known is None or (entry.assembly, entry.seq) != (known.id, damage.seq):
        return None
    before = _digest_at(desk, known.id, damage.seq - 1)
    if entry.prev != before or not _fits(desk, known.id, damage, entry.digest):
        return None
    given = archive.given_to(desk, entry)
    if key not in archive.signers(desk, known, entry, given):
        return None
    return verified


def _digest_at(desk: Desk, assembly: str, seq: int) -> str | None:
    row = records.entry_at(desk.connection, assembly, seq) if seq >= 0 else None
    return None if row is None else str(row["digest"])


def _fits(desk: Desk, assembly: AssemblyId, damage: Damage, digest: str) -> bool:
    """Whether what comes after it names this very entry, or its digest is known.

    Where the last one was altered together with its digest, the signature decides.
    """
    row = records.entry_at(desk.connection, assembly, damage.seq + 1)
    if row is not None and archive.is_intact(row):
        return archive.read(desk, row).prev == digest
    held = records.entry_at(desk.connection, assembly, damage.seq)
    assert held is not None
    altered_whole = row is None and archive.is_intact(held)
    return altered_whole or digest == damage.digest


def _replace(desk: Desk, verified: Verified) -> None:
    entry = verified.entry
    records.put_back(
        desk.connection,
        assembly=entry.assembly,
        seq=entry.seq,
        digest=entry.digest,
        type=str(verified.document["type"]),
        about=archive.about(entry),
        body=verified.body,
    )
    archive.grow_tree_anew(desk, entry.assembly)
    desk.shelf.records.pop(entry.assembly, None)


def _address(source: str, damage: Damage) -> str:
    parts = urlsplit(source)
    hexadecimal = damage.assembly.removeprefix("sha256:")
    span = f"start={damage.seq}&end={damage.seq + 1}"
    return f"{parts.scheme}://{parts.netloc}/log/{hexadecimal}/entries?{span}"
