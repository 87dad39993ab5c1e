"""The public record, ours and the copies of others: readable, checked on request."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation.confederal.history import Record
from confederation.errors import Refused, Unknown
from confederation.membership.member import Role
from instance import archive, chamber, clerk, verification
from instance.desk import Desk
from instance.errors import Misused
from instance.matters import erasing, openings
from instance.store import (
    branches,
    checkpoints,
    contradictions,
    erasures,
    events,
    records,
)
from instance.store.records import Known
from instance.verification import Verified
from instance.web import asking, moments, naming
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named
from instance.web.record import plainly
from instance.web.record.checking import Checks, Report
from instance.web.record.plainly import Plain
from instance.web.rendering import render
from instance.web.site import Site, not_found, see_other

ON_A_PAGE: Final = 50
WITHDRAWERS: Final[tuple[Role, ...]] = ("clerk", "registrar")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """A record that is held here."""

    assembly: Named
    size: int
    heard_at: datetime | None
    contradictions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """An entry in a list; ``ahead`` where its date is still to come."""

    seq: int
    digest: str
    at: datetime
    plain: Plain
    ahead: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointView:
    """A checkpoint that was passed on, and who cosigned it."""

    size: int
    root: str
    cosigners: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    assembly: Named
    key: str
    size: int
    head: str
    heard_at: datetime | None
    entries: tuple[EntryLine, ...]
    newer: int | None
    older: int | None
    checkpoint: CheckpointView | None
    contradictions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a fellow member said who was asked to erase a text; None so far."""

    assembly: Named
    says: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text that an entry commits to: its words, or why they are gone."""

    commitment: str
    text: str | None
    why: str | None = None
    withdrawn_at: datetime | None = None
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """One entry: what it says in plain words, and all of it as it was signed."""

    assembly: Named
    seq: int
    size: int
    digest: str
    prev: str | None
    at: datetime
    type: str
    plain: Plain
    needs_tellers: bool
    confirmed: bool
    document: str
    ours: bool
    beside: bool
    ahead: bool
    words: tuple[Words, ...]


def lines(desk: Desk) -> list[RecordLine]:
    """List the records that are held here, ours first."""
    return [
        RecordLine(
            assembly=naming.assembly(desk, known.id),
            size=known.size,
            heard_at=_time(known.heard_at),
            contradictions=len(contradictions.held(desk.connection, known.id)),
        )
        for known in records.assemblies(desk.connection)
    ]


def view(desk: Desk, id: str, *, before: int | None = None) -> RecordPage:
    """Show a record from its newest entry down, or from the one before ``before``.

    Raises:
        Unknown: no such record is held here.
    """
    known = records.assembly(desk.connection, id)
    if known is None or known.head is None:
        raise Unknown("No record of such an assembly is kept here.")
    end = min(known.size if before is None else before, known.size)
    start = max(0, end - ON_A_PAGE)
    rows = records.entries(desk.connection, id, start=start, end=end)
    return RecordPage(
        assembly=naming.assembly(desk, id),
        key=known.key,
        size=known.size,
        head=known.head,
        heard_at=_time(known.heard_at),
        entries=tuple(_line(desk, row) for row in reversed(rows)),
        newer=min(end + ON_A_PAGE, known.size) if end < known.size else None,
        older=start or None,
        checkpoint=_checkpoint(desk, id),
        contradictions=len(contradictions.held(desk.connection, id)),
    )


def entry(desk: Desk, id: str, seq: int) -> EntryPage | None:
    """Show one entry of a record; None if it is not held here."""
    row = records.entry_at(desk.connection, id, seq)
    known = records.assembly(desk.connection, id)
    kept = chamber.record_of(desk, id)
    if row is None or known is None or kept is None:
        return None
    if not archive.is_intact(row):
        raise Refused(
            "This entry is damaged on this node's disk, so it is not shown. It is "
            "mended from a copy: see how this node is, at /condition."
        )
    return _entry_page(desk, known, kept, archive.read_held(row, desk))


def entry_beside(desk: Desk, digest: str) -> EntryPage | None:
    """Show an entry that an assembly wrote beside its record; None if none is held."""
    found = branches.entry(desk.connection, digest)
    known = None if found is None else records.assembly(desk.connection, found.assembly)
    kept = None if known is None else chamber.record_of(desk, known.id)
    if found is None or known is None or kept is None:
        return None
    branch = chamber.branch_of(desk, kept, found)
    held = verification.read_signed_entry(canonical.read(found.body), found.body)
    return _entry_page(desk, known, branch or kept, held, beside=True)


def _entry_page(
    desk: Desk, known: Known, kept: Record, held: Verified, *, beside: bool = False
) -> EntryPage:
    return EntryPage(
        assembly=naming.assembly(desk, known.id),
        seq=held.entry.seq,
        size=0 if beside else known.size,
        digest=held.entry.digest,
        prev=held.entry.prev,
        at=held.entry.published,
        type=str(held.document["type"]),
        plain=plainly.entry(desk, held.entry),
        needs_tellers=held.document["type"] in clerk.CONFIRMED,
        confirmed=kept.confirmed(held.entry),
        document=json.dumps(held.document, indent=2, ensure_ascii=False),
        ours=known.ours and not beside,
        beside=beside,
        ahead=moments.ahead(desk, held.entry.published),
        words=tuple(_words(desk, held.document)),
    )


def _words(desk: Desk, document: JsonObject) -> Iterator[Words]:
    for commitment in sorted(openings.commitments_in(document)):
        erasure = erasures.of(desk.connection, commitment)
        if erasure is not None:
            yield Words(
                commitment=commitment,
                text=None,
                why=erasing.REASONS[erasure.why],
                withdrawn_at=canonical.read_time(erasure.at),
                answers=tuple(
                    Answer(
                        assembly=naming.assembly(desk, row["assembly"]),
                        says=row["answer"],
                    )
                    for row in erasures.answers(desk.connection, commitment)
                ),
            )
    for row in events.openings(desk.connection, openings.commitments_in(document)):
        yield Words(commitment=row["commitment"], text=row["text"])


def place(desk: Desk, digest: str) -> tuple[str, int] | None:
    """Return in whose record an entry stands, and where; None if it is not held."""
    row = records.entry(desk.connection, digest)
    return None if row is None else (str(row["assembly"]), int(row["seq"]))


def _line(desk: Desk, row: object) -> EntryLine:
    entry = archive.read(desk, row)
    return EntryLine(
        seq=entry.seq,
        digest=entry.digest,
        at=entry.published,
        plain=plainly.entry(desk, entry),
        ahead=moments.ahead(desk, entry.published),
    )


def _checkpoint(desk: Desk, id: str) -> CheckpointView | None:
    row = checkpoints.of(desk.connection, id)
    if row is None:
        return None
    signed = checkpoints.cosignatures(desk.connection, id, size=row["size"])
    return CheckpointView(
        size=row["size"],
        root=bytes(row["root"]).hex(),
        cosigners=tuple(sorted({line.name for line in signed})),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else canonical.read_time(text)


def routes(site: Site) -> list[Route]:
    node, checks = site.node, Checks(site.node)

    async def list_page(request: Request) -> Response:
        found = await node.look(lines)
        return render(request, "records.html", lines=found)

    async def page(request: Request) -> Response:
        before = request.query_params.get("before", "")
        upto = int(before) if before.isascii() and before[:9].isdecimal() else None
        shown = await node.look(lambda desk: view(desk, _id(request), before=upto))
        return render(request, "record.html", page=shown, report=None)

    async def check_page(request: Request) -> Response:
        report: Report | None = await checks.report(_id(request))
        shown = await node.look(lambda desk: view(desk, _id(request)))
        return render(request, "record.html", page=shown, report=report)

    async def entry_page(request: Request) -> Response:
        seq = request.path_params["seq"]
        shown = await node.look(lambda desk: entry(desk, _id(request), seq))
        if shown is None:
            raise not_found()
        return render(request, "entry.html", page=shown, reasons=erasing.REASONS)

    async def found_page(request: Request) -> Response:
        digest = f"sha256:{request.path_params['hex']}"
        found = await node.look(lambda desk: place(desk, digest))
        if found is None:
            shown = await node.look(lambda desk: entry_beside(desk, digest))
        else:
            shown = await node.look(lambda desk: entry(desk, *found))
        if shown is None:
            raise not_found()
        return render(request, "entry.html", page=shown, reasons=erasing.REASONS)

    async def withdraw(request: Request, form: Form) -> Response:
        asking.an_officer(request, *WITHDRAWERS)
        form.only("words", "why", "sure")
        commitment = asking.the_digest(form.one("words"), N_("Which words"))
        why = form.choice("why", "Why", among=erasing.REASONS)
        if not form.ticked("sure"):
            raise Misused("Please tick that you know that this cannot be undone.")
        await site.work(lambda desk: erasing.erase(desk, commitment, why=why))
        await node.database.forget_steps()
        return see_other(request.url.path.removesuffix("/withdraw"))

    return [
        site.page("/record", list_page),
        site.page("/record/{hex}", page),
        site.page("/record/{hex}/check", check_page),
        site.page("/record/{hex}/{seq:int}", entry_page),
        site.form("/record/{hex}/{seq:int}/withdraw", withdraw, again=entry_page),
        site.page("/entries/{hex}", found_page),
    ]


def _id(request: Request) -> str:
    return f"sha256:{request.path_params['hex']}"
