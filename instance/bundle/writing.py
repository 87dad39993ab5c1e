"""Who holds the records can hand out a bundle; the same records give the same bytes."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from activitypub import canonical, log
from activitypub.canonical import JsonObject
from activitypub.errors import ProtocolError
from confederation import record
from confederation.confederal import ratifying
from confederation.confederal.compact import Compact
from confederation.confederal.holding import Holding
from confederation.errors import Unknown
from confederation.identifiers import AssemblyId
from instance import archive, chamber
from instance.bundle import lines
from instance.bundle.checkpoints import Members
from instance.bundle.lines import Header, Text
from instance.desk import Desk
from instance.errors import Misused
from instance.matters import openings
from instance.store import (
    branches,
    checkpoints,
    compacts,
    contradictions,
    events,
    records,
)


def export(desk: Desk, proposal: str) -> bytes:
    """Return the bundle of a confederal decision, from what is held here.

    Args:
        proposal: the digest of the proposal, with or without ``sha256:``.

    Raises:
        Unknown: the proposal, or what it names, is not held here.
    """
    digest = proposal if proposal.startswith("sha256:") else f"sha256:{proposal}"
    held = chamber.holding(desk, chamber.proposal(desk, digest))
    if held is None:
        raise Unknown(
            "The compact of this proposal, or what it amends, is not held here."
        )
    body = [*_body(desk, held), *_below(desk, held.compact)]
    about = Header(
        compact=held.compact.digest, proposal=held.proposal.digest, lines=len(body) + 1
    )
    head = canonical.canonical(lines.header(about))
    return b"".join(line + b"\n" for line in (head, *body))


def write(path: Path, data: bytes) -> None:
    """Write a bundle to a file, whole or not at all; an older file is replaced.

    Raises:
        Misused: the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Misused(
            "{path} cannot be written: {why}.", path=path, why=error.strerror
        ) from error


def _body(desk: Desk, held: Holding) -> Iterator[bytes]:
    versions = (held.compact, *_earlier(desk, held.compact))
    yield from _versions_and_records(desk, versions)
    for more in (
        _checkpoints(desk, held),
        _texts(desk, held, [*_documents(desk, versions)]),
        _contradictions(desk, held.compact),
        _branches(desk, held.compact),
    ):
        yield from map(canonical.canonical, more)


def _below(desk: Desk, compact: Compact) -> Iterator[bytes]:
    """Give the records of each compact that has a seat in this one, seat by seat.

    Who attested what was decided there is all that is asked of them: without the
    checkpoints, the texts, and what lies further below.
    """
    for seat in compact.members:
        line = None if seat.bears is None else chamber.lineage(desk, seat.bears)
        if line is None:
            continue
        newest = line.newest
        body = [
            *_versions_and_records(desk, line.versions[::-1]),
            *map(canonical.canonical, _contradictions(desk, newest)),
            *map(canonical.canonical, _branches(desk, newest)),
        ]
        about = Header(
            compact=newest.digest, proposal=newest.digest, lines=len(body) + 1
        )
        yield canonical.canonical(lines.below(newest.identity, about.lines))
        yield canonical.canonical(lines.header(about))
        yield from body


def _documents(desk: Desk, versions: Iterable[Compact]) -> Iterator[JsonObject]:
    for compact in versions:
        document = compacts.document(desk.connection, compact.digest)
        assert document is not None
        yield document


def _versions_and_records(desk: Desk, versions: Iterable[Compact]) -> Iterator[bytes]:
    versions = tuple(versions)
    yield from map(canonical.canonical, _documents(desk, versions))
    seats = {seat.assembly: None for compact in versions for seat in compact.members}
    for assembly in seats:
        for row in records.entries(desk.connection, assembly):
            if not archive.is_intact(row):
                raise Unknown(
                    "Entry {seq} of a record is damaged on this disk: mend it "
                    "first, or ask another node for this bundle.",
                    seq=row["seq"],
                )
            yield bytes(row["body"])


def _earlier(desk: Desk, compact: Compact) -> tuple[Compact, ...]:
    """Give the versions from which this one descends, the newest first.

    Where two changes of one version are adopted they are given too, so that whoever
    reads the bundle sees both, and who signed them.
    """
    line = chamber.lineage(desk, compact.identity)
    if line is None or not (line.holds(compact.digest) or line.parted):
        return ()
    known, found = chamber.versions(desk, compact.identity), list[Compact]()
    before = compact.previous
    while before is not None and before in known:
        found.append(known[before])
        before = known[before].previous
    return tuple(found)


def _checkpoints(desk: Desk, held: Holding) -> Iterator[JsonObject]:
    """Give each member's newest checkpoint, with the cosignatures of members only."""
    members = Members(compact=held.compact, records=held.records)
    for seat in held.compact.members:
        row = checkpoints.of(desk.connection, seat.assembly)
        if row is None:
            continue
        note = log.read_note(row["note"])
        note = replace(note, signatures=note.signatures[:1])
        signed: set[AssemblyId] = set()
        for line in checkpoints.cosignatures(
            desk.connection, seat.assembly, size=row["size"]
        ):
            by = members.cosigner(note, line)
            if by is not None and by not in signed:
                signed.add(by)
                note = note.with_signature(line)
        data = log.write_note(note)
        try:
            members.read(seat.assembly, data)
        except ProtocolError:
            # Kept under rules that have changed since; the entries stand without it.
            continue
        yield lines.checkpoint(seat.assembly, data)


def _texts(
    desk: Desk, held: Holding, compacts: list[JsonObject]
) -> Iterator[JsonObject]:
    """Give what opens the commitments that a reader of this decision meets.

    Not every public text of every assembly: a copy in a bundle cannot be erased.
    """
    met = set().union(*map(openings.commitments_in, compacts))
    for entry in _to_be_read(held):
        row = records.entry(desk.connection, entry.digest)
        assert row is not None
        met |= openings.commitments_in(canonical.read(row["body"]))
    for row in events.openings(desk.connection, met):
        yield lines.text(
            Text(commit=row["commitment"], salt=bytes(row["salt"]), text=row["text"])
        )


def _to_be_read(held: Holding) -> Iterator[record.Entry]:
    yield held.proposal
    if held.amended is not None:
        yield held.amended
    round_ = ratifying.round_of(held)
    result = None if round_ is None else round_.result
    matters = {held.proposal.digest, held.text.amends, result} - {None}
    for assembly, kept in held.records.items():
        # What others published who are asked here, too, stands in no line above.
        if held.compact.seat_of(assembly) is None:
            continue
        for entry in kept.entries:
            match entry.fact:
                case record.Founding():
                    yield entry
                case record.Mandate(instructions=instructions):
                    if any(each.proposal in matters for each in instructions):
                        yield entry
                case record.Decision(on=on):
                    if on in matters or entry.digest == held.text.decision:
                        yield entry
                case record.MinorityReport(proposal=about, on=on):
                    if about == held.proposal.digest or on == held.text.decision:
                        yield entry
                case _:
                    pass


def _contradictions(desk: Desk, compact: Compact) -> Iterator[JsonObject]:
    for seat in compact.members:
        rows = contradictions.held(desk.connection, seat.assembly)
        for row in sorted(rows, key=lambda row: (row["a"], row["b"])):
            sides = (
                canonical.read(row[side].encode())
                for side in ("document_a", "document_b")
            )
            yield lines.contradiction(seat.assembly, *sides)


def _branches(desk: Desk, compact: Compact) -> Iterator[JsonObject]:
    """Give what goes on from the other side of a contradiction."""
    for seat in compact.members:
        for each in branches.of(desk.connection, seat.assembly):
            if branches.entry(desk.connection, each.prev) is not None:
                yield lines.branch(seat.assembly, canonical.read(each.body))
