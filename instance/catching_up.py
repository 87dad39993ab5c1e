"""Members pull what they miss from each other's records, from any node with a copy.

Before a node signs anything after its start, enough fellow members have told it its own
newest entry, so that a restored backup does not contradict itself. Every round also
brings the others' signed clocks, by which closing is judged.
"""

import asyncio
import functools
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from activitypub import canonical, log, proofs
from activitypub.canonical import JsonObject
from activitypub.client import Client
from activitypub.errors import Gone, Malformed, ProtocolError
from confederation.errors import Refused
from instance import archive, chamber, confederating, speech
from instance.archive import Outcome
from instance.desk import Desk
from instance.node import Node
from instance.store import records
from instance.store.records import Known

AT_ONCE: Final = 256
MOST_PAGES: Final = 400
MOST_ASKED: Final = 16
"""After so many versions of compacts is asked in one round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where somebody says that a record stands, with its checkpoint if they have it."""

    size: int
    head: str | None
    checkpoint: bytes | None


async def go_round(node: Node, client: Client) -> bool:
    """Ask every fellow member where its record stands and fetch what is missing.

    Takes up the pen once enough of them have answered about ours. Returns whether
    anything changed here that may have consequences. Whoever does not answer delays
    nobody but themselves.
    """
    everyone = await node.look(lambda desk: records.assemblies(desk.connection))
    fellows = [known for known in everyone if not known.ours]
    ours = next((known for known in everyone if known.ours), None)
    changed = False
    if not node.pen:
        changed = node.pen = await _may_take_pen(node, client, ours, fellows)
    followed = await asyncio.gather(
        *(_follow(node, client, known, fellows) for known in fellows)
    )
    learnt = await _learn(node, client, fellows)
    return changed or learnt or any(followed)


async def _learn(node: Node, client: Client, fellows: list[Known]) -> bool:
    """Ask for the versions of our compacts that somebody names and we lack."""
    learnt = False
    for digest in (await node.look(confederating.lacking))[:MOST_ASKED]:
        for fellow in fellows:
            try:
                answer = await client.fetch_json(
                    _compact_url(fellow.address, digest), accept="application/json"
                )
                learnt |= await node.work(
                    functools.partial(confederating.learn, wanted=digest, answer=answer)
                )
                break
            except (ProtocolError, Refused):
                continue
    return learnt


async def _may_take_pen(
    node: Node, client: Client, ours: Known | None, fellows: list[Known]
) -> bool:
    """Whether, in each compact, enough members have told us our newest entry."""
    compacts = await node.look(chamber.our_seats)
    if ours is None or not compacts:
        return True
    answers = await asyncio.gather(
        *(_is_told_by(fellow, node, client, ours) for fellow in fellows)
    )
    told = {
        fellow.id for fellow, is_told in zip(fellows, answers, strict=True) if is_told
    }
    return all(
        sum(seat.assembly in told for seat in compact.members) >= compact.t - 1
        for compact in compacts
    )


async def _is_told_by(fellow: Known, node: Node, client: Client, ours: Known) -> bool:
    """Hear from a fellow member where our own record stands, and fetch what we lack."""
    try:
        head = await _ask(client, fellow.address, ours.id)
        if head is None or head.size <= ours.size:
            return True
        await _fetch(node, client, fellow.address, ours.id, upto=head.size)
    except ProtocolError:
        return False
    now = await node.look(lambda desk: records.assembly(desk.connection, ours.id))
    return now is not None and now.size >= head.size


async def _follow(
    node: Node, client: Client, known: Known, fellows: list[Known]
) -> bool:
    """Bring one record up to date: from its own node, else from others' copies."""
    sources = [known.address]
    sources += [fellow.address for fellow in fellows if fellow.id != known.id]
    changed = False
    for source in sources:
        try:
            head = await _ask(client, source, known.id)
            if head is None:
                continue
            if head.size > known.size:
                changed |= await _fetch(node, client, source, known.id, upto=head.size)
            note, at_home = head.checkpoint, source == known.address
            changed |= await node.work(
                functools.partial(
                    _take_note, assembly=known.id, data=note, at_home=at_home
                )
            )
        except ProtocolError:
            continue
        if source == known.address:
            break
    await node.work(lambda desk: records.caught_up(desk.connection, known.id))
    return changed


async def _ask(client: Client, address: str, assembly: str) -> Head | None:
    """Ask a node where a record stands; None if it holds nothing of it."""
    try:
        found = await client.fetch_json(
            _log_url(address, assembly, "head"), accept="application/json"
        )
    except Gone:
        return None
    match found:
        case {"assembly": str(id), "size": int(size), "head": str(head)} if (
            id == assembly and size >= 0
        ):
            note = found.get("checkpoint")
            return Head(
                size=size,
                head=head,
                checkpoint=note.encode() if isinstance(note, str) else None,
            )
        case _:
            raise Malformed("This does not say where a record stands.")


async def _fetch(
    node: Node, client: Client, address: str, assembly: str, *, upto: int
) -> bool:
    """Fetch the entries that are missing, a page at a time; whether any came."""
    came = False
    for _ in range(MOST_PAGES):
        held = await node.look(lambda desk: records.assembly(desk.connection, assembly))
        if held is None or held.size >= upto:
            break
        span = f"?start={held.size}&end={held.size + AT_ONCE}"
        url = _log_url(address, assembly, "entries")
        documents = await _lines(client, f"{url}{span}")
        openings = await _lines(client, f"{_log_url(address, assembly, 'texts')}{span}")
        grown = await node.work(
            functools.partial(_file_page, documents=documents, openings=openings)
        )
        came |= grown
        if not grown:
            break
    return came


async def _lines(client: Client, url: str) -> list[JsonObject]:
    fetched = await client.fetch(url, accept="application/jsonl")
    return [canonical.read(line) for line in fetched.body.splitlines() if line]


def _file_page(
    desk: Desk, *, documents: list[JsonObject], openings: list[JsonObject]
) -> bool:
    grown = False
    for document in documents:
        filing = archive.file(desk, document)
        if filing.outcome is Outcome.CONTRADICTS:
            chamber.report_contradictions(desk)
            break
        grown |= filing.outcome is Outcome.APPENDED
    archive.keep_texts(desk, openings)
    return grown


def _take_note(desk: Desk, *, assembly: str, data: bytes | None, at_home: bool) -> bool:
    """Check a checkpoint against the copy held here and keep who signed it, and when.

    A checkpoint that our copy contradicts is evidence against its assembly.
    """
    known = records.assembly(desk.connection, assembly)
    if known is None:
        return False
    if at_home:
        records.heard(desk.connection, assembly, at=desk.now)
    if data is None:
        return False
    note = log.read_note(data)
    point = log.read_checkpoint(note.body)
    log.verify_note(note, point.origin, proofs.public_key(known.key))
    if point.size > known.size:
        return False
    if archive.tree_of(desk, assembly, size=point.size).root() != point.root:
        return archive.keep_false_checkpoint(desk, known, note)
    records.keep_checkpoint(
        desk.connection, assembly, size=point.size, root=point.root, note=data
    )
    changed = False
    for signer in records.assemblies(desk.connection):
        name = speech.log_origin(signer.address)
        signed = log.cosignature(note, name, proofs.public_key(signer.key))
        if signed is None or signer.ours:
            continue
        at, line = signed
        records.keep_cosignature(
            desk.connection, assembly, size=point.size, by=signer.id, line=line, at=at
        )
        changed |= records.keep_clock(desk.connection, signer.id, at=at)
    return changed


def _compact_url(address: str, digest: str) -> str:
    parts = urlsplit(address)
    hexadecimal = digest.removeprefix("sha256:")
    return f"{parts.scheme}://{parts.netloc}/compacts/{hexadecimal}"


def _log_url(address: str, assembly: str, part: str) -> str:
    parts = urlsplit(address)
    return (
        f"{parts.scheme}://{parts.netloc}/log/{assembly.removeprefix('sha256:')}/{part}"
    )
