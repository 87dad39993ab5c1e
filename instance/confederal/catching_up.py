"""Members pull what they miss from each other's records, from any node with a copy.

Before a node signs anything after its start, enough fellow members have told it its own
newest entry, so that a restored backup does not contradict itself. Every round also
brings the others' signed clocks, by which closing is judged, and what they cosigned of
our record. Where an assembly wrote two records, all of both is brought, whoever has it.
"""

import asyncio
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from activitypub import canonical, log, proofs
from activitypub.canonical import JsonObject
from activitypub.client import Client
from activitypub.errors import Gone, Malformed, ProtocolError
from confederation.confederal.compact import Compact
from confederation.errors import Refused
from confederation.identifiers import AssemblyId
from instance import archive, chamber, speech
from instance.archive import Outcome
from instance.confederal import confederating
from instance.desk import Desk
from instance.matters import openings
from instance.node import Node
from instance.store import checkpoints, clocks, contradictions, records
from instance.store.records import Known
from instance.upkeep import growing

AT_ONCE: Final = 256
MOST_PAGES: Final = 400
MOST_ASKED: Final = 16
"""After so many versions of compacts is asked in one round."""
MOST_APART: Final = 600
"""Seconds by which two clocks may differ before one of them is called wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where somebody says that a record stands, with its checkpoint if they have it.

    ``now`` is what time it is there, in seconds since 1970, if they say so.
    """

    size: int
    head: str
    checkpoint: bytes | None
    now: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of asking one fellow member.

    ``told`` is whether they told us our newest entry, and we hold it; ``apart`` by how
    many seconds their clock is ahead of ours, None if they did not say.
    """

    changed: bool = False
    told: bool = False
    apart: int | None = None


async def go_round(node: Node, client: Client) -> bool:
    """Ask every fellow member where its record stands and fetch what is missing.

    Takes up the pen once enough of them have answered about ours, and puts it down
    while too many of them say that our clock is wrong. Returns whether anything changed
    here that may have consequences. Whoever does not answer delays nobody but
    themselves.
    """
    everyone = await node.look(lambda desk: records.assemblies(desk.connection))
    fellows = [known for known in everyone if not known.ours]
    ours = next((known for known in everyone if known.ours), None)
    heard = dict.fromkeys((fellow.id for fellow in fellows), Heard())
    if ours is not None:
        answers = await asyncio.gather(
            *(_hear_of_ours(node, client, ours, fellow) for fellow in fellows)
        )
        heard = {
            fellow.id: answer for fellow, answer in zip(fellows, answers, strict=True)
        }
        await node.work(functools.partial(_keep_apart, heard=heard))
    joined = [] if ours is None else await node.look(chamber.our_seats)
    node.clock_is_off = _is_clock_off(joined, heard, was=node.clock_is_off)
    had_pen = node.pen
    node.pen = not node.clock_is_off and (had_pen or _may_take_pen(joined, heard))
    followed = await asyncio.gather(
        *(_follow(node, client, known, fellows) for known in fellows)
    )
    learnt = await _learn(node, client, fellows)
    took_pen = node.pen and not had_pen
    return (
        took_pen
        or learnt
        or any(followed)
        or any(each.changed for each in heard.values())
    )


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


def _may_take_pen(joined: list[Compact], heard: Mapping[AssemblyId, Heard]) -> bool:
    """Whether, in each compact, enough members have told us our newest entry."""
    return all(
        sum(
            seat.assembly in heard and heard[seat.assembly].told
            for seat in compact.members
        )
        >= compact.t - 1
        for compact in joined
    )


def _is_clock_off(
    joined: list[Compact], heard: Mapping[AssemblyId, Heard], *, was: bool
) -> bool:
    """Whether, in some compact, so many say so that it is our clock and not theirs.

    That is *t* - 1 of them, and more than say that it is right. Where nobody of a
    compact says anything it stays as it ``was``; a node in none has nobody to ask.
    """
    silent = False
    for compact in joined:
        apart = [
            abs(said.apart) > MOST_APART
            for seat in compact.members
            if (said := heard.get(seat.assembly)) is not None and said.apart is not None
        ]
        off = sum(apart)
        if off >= compact.t - 1 and off > len(apart) - off:
            return True
        silent |= not apart and compact.n > 1
    return was and silent


def _keep_apart(desk: Desk, heard: Mapping[AssemblyId, Heard]) -> None:
    for assembly, said in heard.items():
        if said.apart is not None:
            clocks.keep(desk.connection, assembly, seconds=said.apart, at=desk.now)


async def _hear_of_ours(
    node: Node, client: Client, ours: Known, fellow: Known
) -> Heard:
    """Hear from a fellow member where our own record stands, and fetch what we lack.

    What they have signed under it is kept, so that what we hand out shows it.
    """
    try:
        before = node.clock()
        head = await _ask(client, fellow.address, ours.id)
        if head is None:
            # They hold nothing of us, so there is nothing that we could contradict.
            return Heard(told=True)
        between = before + (node.clock() - before) / 2
        apart = None if head.now is None else round(head.now - between.timestamp())
        changed = await _bring(node, client, fellow.address, ours, head)
        taken = await node.work(
            functools.partial(
                _take_note, assembly=ours.id, data=head.checkpoint, at_home=False
            )
        )
        now = await node.look(lambda desk: records.assembly(desk.connection, ours.id))
    except ProtocolError:
        return Heard()
    return Heard(
        changed=changed or taken,
        told=now is not None and now.size >= head.size,
        apart=apart,
    )


async def _follow(
    node: Node, client: Client, known: Known, fellows: list[Known]
) -> bool:
    """Bring one record up to date: from its own node, else from others' copies.

    Of an assembly that contradicted itself everybody is asked, for both of its records.
    """
    sources = [known.address]
    sources += [fellow.address for fellow in fellows if fellow.id != known.id]
    changed = False
    for source in sources:
        doubted = await node.look(
            lambda desk: bool(contradictions.held(desk.connection, known.id))
        )
        try:
            head = await _ask(client, source, known.id)
            if head is None:
                continue
            changed |= await _bring(node, client, source, known, head)
            note, at_home = head.checkpoint, source == known.address
            changed |= await node.work(
                functools.partial(
                    _take_note, assembly=known.id, data=note, at_home=at_home
                )
            )
            if doubted:
                changed |= await _fetch_branches(node, client, source, known)
        except ProtocolError:
            continue
        if source == known.address and not doubted:
            break
    await node.work(lambda desk: records.caught_up(desk.connection, known.id))
    return changed


async def _bring(
    node: Node, client: Client, source: str, known: Known, head: Head
) -> bool:
    """Fetch what somebody holds of a record and we do not; whether anything came."""
    came = False
    if head.size > known.size:
        came = await _fetch(node, client, source, known.id, upto=head.size)
    if not await node.look(lambda desk: archive.holds(desk, head.head)):
        came |= await _fetch_other(node, client, source, known.id, upto=head.size)
    return came


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
            note, now = found.get("checkpoint"), found.get("now")
            return Head(
                size=size,
                head=head,
                checkpoint=note.encode() if isinstance(note, str) else None,
                now=now if isinstance(now, int) and not isinstance(now, bool) else None,
            )
        case _:
            raise Malformed("This does not say where a record stands.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Entries in their order, each with the bytes that its digest is of, and texts."""

    entries: list[tuple[JsonObject, bytes]]
    texts: list[JsonObject]


async def _fetch(
    node: Node, client: Client, address: str, assembly: str, *, upto: int
) -> bool:
    """Fetch the entries that are missing, a page at a time; whether any came.

    While one page is filed the next one is on its way.
    """
    held = await node.look(lambda desk: records.assembly(desk.connection, assembly))
    if held is None or held.size >= upto:
        return False
    came, start = False, held.size
    page = await _page(client, address, assembly, start)
    for _ in range(MOST_PAGES):
        start += len(page.entries)
        more = bool(page.entries) and start < upto
        grown, after = await asyncio.gather(
            node.work(functools.partial(file_page, page=page)),
            _page(client, address, assembly, start) if more else _no_page(),
        )
        came |= grown
        if not grown or after is None:
            break
        page = after
    return came


async def _page(client: Client, address: str, assembly: str, start: int) -> Page:
    span = f"?start={start}&end={start + AT_ONCE}"
    entries, texts = await asyncio.gather(
        _entries(client, f"{_log_url(address, assembly, 'entries')}{span}"),
        _lines(client, f"{_log_url(address, assembly, 'texts')}{span}"),
    )
    return Page(entries=entries, texts=texts)


async def _no_page() -> None:
    """Stand for what need not be fetched."""


async def _fetch_other(
    node: Node, client: Client, address: str, assembly: str, *, upto: int
) -> bool:
    """Fetch a record that is not the one held here, back to where the two part."""
    held = await node.look(lambda desk: records.assembly(desk.connection, assembly))
    if held is None or upto < 1:
        return False
    url = _log_url(address, assembly, "entries")
    back, start = 1, 0
    for _ in range(MOST_PAGES):
        start = max(0, min(held.size, upto) - back)
        page = await _lines(client, f"{url}?start={start}&end={start + 1}")
        if not page or start == 0:
            break
        prev = page[0].get("prev")
        if await node.look(lambda desk, prev=prev: archive.holds(desk, prev)):  # type: ignore[misc]
            break
        back *= 2
    came = False
    while start < upto:
        page = await _lines(client, f"{url}?start={start}&end={start + AT_ONCE}")
        if not page:
            break
        came |= await node.work(functools.partial(_file_beside, documents=page))
        start += len(page)
    return came


async def _fetch_branches(
    node: Node, client: Client, address: str, known: Known
) -> bool:
    """Fetch what somebody holds of an assembly beside the record that they follow."""
    try:
        found = await _lines(client, _log_url(address, known.id, "branches"))
    except Gone:
        return False
    return bool(found) and await node.work(
        functools.partial(_file_beside, documents=found)
    )


async def _entries(client: Client, url: str) -> list[tuple[JsonObject, bytes]]:
    """Fetch entries as they were signed, each with the bytes that its digest is of."""
    fetched = await client.fetch(url, accept="application/jsonl")
    return [
        (canonical.read_canonical(line), line)
        for line in fetched.body.splitlines()
        if line
    ]


async def _lines(client: Client, url: str) -> list[JsonObject]:
    fetched = await client.fetch(url, accept="application/jsonl")
    return [canonical.read(line) for line in fetched.body.splitlines() if line]


def file_page(desk: Desk, page: Page) -> bool:
    """File a page of a record; whether the record has grown by it.

    Raises:
        Malformed, NotAuthentic: as `archive.file`; nothing of the page may stay then.
    """
    grown, rest = False, page.entries
    while rest:
        done = growing.grow(desk, rest)
        grown |= done > 0
        rest = rest[done:]
        if not rest:
            break
        [(document, body), *rest] = rest
        filing = archive.file(desk, document, body)
        if filing.outcome is Outcome.CONTRADICTS:
            chamber.report_contradictions(desk)
            break
        grown |= filing.outcome is Outcome.APPENDED
    openings.keep(desk, page.texts)
    return grown


def _file_beside(desk: Desk, *, documents: list[JsonObject]) -> bool:
    """File entries of which some are held, and others may contradict what is."""
    new = False
    for document in documents[: AT_ONCE * MOST_PAGES]:
        outcome = archive.file(desk, document).outcome
        new |= outcome in {Outcome.APPENDED, Outcome.CONTRADICTS}
    chamber.report_contradictions(desk)
    return new


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
    checkpoints.keep(
        desk.connection, assembly, size=point.size, root=point.root, note=data
    )
    changed = False
    for signer in records.assemblies(desk.connection):
        name = speech.log_origin(signer.address)
        signed = log.cosignature(note, name, proofs.public_key(signer.key))
        if signed is None or signer.ours:
            continue
        at, line = signed
        checkpoints.keep_cosignature(
            desk.connection, assembly, size=point.size, by=signer.id, line=line, at=at
        )
        # A clock that jumped ahead must not count as past every closing for a year.
        told = min(at, desk.seconds)
        changed |= checkpoints.keep_clock(desk.connection, signer.id, at=told)
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
