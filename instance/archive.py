"""Copies of public records: nothing is kept that its assembly's key did not sign.

An entry is appended only at the end of the record held here. One that contradicts what
is held is kept beside it, as evidence, and so is what follows it there: whatever an
assembly stated counts wherever it is held. Nobody is accused on the word of our own
disk: what is held must be as it was signed.
"""

import contextlib
import enum
import functools
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from activitypub import canonical, log
from activitypub.canonical import JsonObject
from activitypub.errors import Forbidden, Malformed, NotAuthentic, ProtocolError
from confederation import record
from confederation.confederal import equivocation
from confederation.confederal.history import Keys, Record
from confederation.identifiers import AssemblyId, Digest, Multikey
from confederation.record import Entry
from instance import verification
from instance.desk import Desk
from instance.store import (
    branches,
    contradictions,
    damages,
    given_keys,
    records,
)
from instance.store.branches import Beside
from instance.verification import Verified

NOT_SIGNED: Final = "The entry is not signed with its assembly's record key."
DAMAGED: Final = "damaged here"
"""What an entry is read as that this disk has altered."""


class Outcome(enum.Enum):
    """What became of an entry that arrived."""

    APPENDED = "appended"
    HELD_ALREADY = "held already"
    AHEAD = "ahead of what is held"
    CONTRADICTS = "contradicts what is held"
    DAMAGED = "what is held is damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """The outcome, and the assembly whose record it concerns."""

    outcome: Outcome
    assembly: str
    entry: Entry | None = None


def file(desk: Desk, document: JsonObject, body: bytes | None = None) -> Filing:
    """File an entry of a record that is kept here, from whoever brought it.

    Filing the same entry again changes nothing. ``body`` is its canonical form where
    that is known, as `canonical.read_canonical` accepted it.

    Raises:
        Forbidden: no record of that assembly is kept here.
        Malformed, NotAuthentic: it is no entry, or its assembly did not sign it.
    """
    seq = document.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool):
        raise Malformed("An entry has a whole-number seq.")
    if body is None:
        canonical.check_exact(document)
        body = canonical.canonical(document)
    digest = canonical.digest_of(body)
    id = digest if seq == 0 else document.get("assembly")
    known = records.assembly(desk.connection, str(id))
    if known is None:
        raise Forbidden("No record of that assembly is kept here.")
    parted = branches.any_of(desk.connection, known.id)
    before = _before(desk, known, document) if parted else None
    if seq > known.size and before is None:
        return Filing(outcome=Outcome.AHEAD, assembly=known.id)
    held = None
    if 0 <= seq < known.size:
        held = records.entry_at(desk.connection, known.id, seq)
    if held is not None and held["digest"] == digest:
        return Filing(outcome=Outcome.HELD_ALREADY, assembly=known.id)
    if parted and branches.entry(desk.connection, digest):
        return Filing(outcome=Outcome.HELD_ALREADY, assembly=known.id)
    verified, key = verification.read_with_signer(document, body)
    # A record that went on after the entry in question has its key still.
    follows = before is not None or held is None
    given = given_to(desk, verified.entry) if follows else {}
    if before is not None:
        allowed = _signers_beside(desk, known, verified.entry, before, given)
    else:
        allowed = signers(desk, known, verified.entry, given)
    if key not in allowed:
        raise NotAuthentic(NOT_SIGNED)
    if before is not None:
        branches.keep(desk.connection, _beside(verified), at=desk.now)
        if isinstance(verified.entry.fact, record.Settlement) and not known.ours:
            _go_on_from_branch(desk, known, verified.entry)
        return Filing(outcome=Outcome.CONTRADICTS, assembly=known.id)
    if held is not None or verified.entry.prev != known.head:
        return _contradicts(desk, known, verified)
    append(desk, verified)
    if isinstance(verified.entry.fact, record.Equivocation):
        _look_at_both_sides(desk, document)
    return Filing(outcome=Outcome.APPENDED, assembly=known.id, entry=verified.entry)


def _before(desk: Desk, known: records.Known, document: JsonObject) -> Beside | None:
    """Return the entry of a branch that a document follows, if it follows one."""
    prev = document.get("prev")
    if not isinstance(prev, str):
        return None
    before = branches.entry(desk.connection, prev)
    follows = before is not None and (
        before.assembly == known.id and before.seq + 1 == document.get("seq")
    )
    return before if follows else None


def _contradicts(desk: Desk, known: records.Known, verified: Verified) -> Filing:
    """Keep what contradicts the record held here, and begin a branch where it parts.

    At its own place there may be nothing yet; then it does not follow what the same
    assembly signed before.
    """
    entry = verified.entry
    last = records.entry_at(desk.connection, known.id, entry.seq - 1)
    held = records.entry_at(desk.connection, known.id, entry.seq) or last
    assert held is not None
    if not is_as_signed(held):
        damages.note(
            desk.connection,
            assembly=known.id,
            seq=held["seq"],
            digest=held["digest"],
            at=desk.now,
        )
        return Filing(outcome=Outcome.DAMAGED, assembly=known.id)
    kept = _keep_contradiction(desk, verified, held["digest"], held["body"])
    if kept and last is not None and last["digest"] == entry.prev:
        branches.keep(desk.connection, _beside(verified), at=desk.now)
    return Filing(outcome=Outcome.CONTRADICTS, assembly=known.id)


def is_as_signed(row: sqlite3.Row) -> bool:
    """Whether an entry that is held has the digest it had, and its signature holds.

    It was so when it was filed; a disk may have altered it since.
    """
    body = bytes(row["body"])
    if not is_intact(row):
        return False
    try:
        verification.read_with_signer(canonical.read(body), body)
    except ProtocolError:
        return False
    return True


def _go_on_from_branch(desk: Desk, known: records.Known, last: Entry) -> None:
    """Follow the other record of an assembly from here on, if it settled so.

    What was followed until now is kept as the branch: nothing of it is lost.
    """
    tip = branches.entry(desk.connection, last.digest)
    if tip is None:
        return
    chain = branches.chain(desk.connection, tip)
    parts_at = chain[0].seq
    rows = records.entries(desk.connection, known.id)
    held = Record.of(read(desk, row) for row in rows)
    other = held.upto(parts_at).extend(
        verification.read_signed_entry(canonical.read(each.body), each.body).entry
        for each in chain
    )
    if rows[parts_at]["digest"] not in equivocation.turned_away((held, other)):
        return
    left = [_beside(read_held(row, desk)) for row in rows[parts_at:]]
    branches.forget(desk.connection, [each.digest for each in chain])
    records.cut(desk.connection, known.id, size=parts_at)
    for each in left:
        branches.keep(desk.connection, each, at=desk.now, most=2**53)
    key = keys_at(desk, known.id, parts_at).current
    if key is not None:
        records.replace_key(desk.connection, known.id, key=key)
    for each in chain:
        document = canonical.read(each.body)
        append(desk, verification.read_signed_entry(document, each.body))


def explained(desk: Desk, assembly: str, point: log.Checkpoint) -> str | None:
    """Return the last entry that a checkpoint is over, if it is over a branch.

    None where it is over nothing that is held.
    """
    for tip in branches.tips(desk.connection):
        chain = branches.chain(desk.connection, tip)
        parts_at = chain[0].seq
        if tip.assembly != assembly or not parts_at < point.size <= tip.seq + 1:
            continue
        made = log.MemoryNodes()
        tree = _growing(desk, assembly, made, size=parts_at)
        for each in chain[: point.size - parts_at]:
            tree, nodes = tree.append(each.body)
            made.keep(nodes)
        if tree.root() == point.root:
            return chain[point.size - parts_at - 1].digest
    return None


def _beside(verified: Verified) -> Beside:
    entry = verified.entry
    assert entry.prev is not None
    return Beside(
        digest=entry.digest,
        assembly=entry.assembly,
        seq=entry.seq,
        prev=entry.prev,
        type=str(verified.document["type"]),
        body=verified.body,
    )


def _look_at_both_sides(desk: Desk, document: JsonObject) -> None:
    """File what somebody shows as contradictory; nothing is believed on their word.

    Whichever side this node does not hold contradicts the one that it holds.
    """
    sides = document.get("sides")
    for side in sides[:2] if isinstance(sides, list) else ():
        if isinstance(side, dict):
            # What is no entry of a record kept here is no evidence either.
            with contextlib.suppress(ProtocolError):
                file(desk, side)


def holds(desk: Desk, digest: object) -> bool:
    """Whether an entry is held, in the record of its assembly or in a branch of it."""
    return isinstance(digest, str) and (
        records.entry(desk.connection, digest) is not None
        or branches.entry(desk.connection, digest) is not None
    )


def append(desk: Desk, verified: Verified, *, subject: str | None = None) -> None:
    """Append a verified entry that follows the last one held, and its tree nodes."""
    entry = verified.entry
    extend(desk, entry.assembly, [verified], subject=subject)
    match entry.fact:
        case record.KeyEvent():
            key = keys_at(desk, entry.assembly, entry.seq + 1).current
            if key is not None:
                records.replace_key(desk.connection, entry.assembly, key=key)
        case record.Address(address=address):
            records.move(desk.connection, entry.assembly, address=address)
        case _:
            pass


def extend(
    desk: Desk,
    assembly: str,
    entries: Sequence[Verified],
    *,
    subject: str | None = None,
) -> None:
    """Write down verified entries that follow the last one held, and their tree nodes.

    What follows from a new key or address is for whoever calls this.
    """
    if not entries:
        return
    rows, made = [], log.MemoryNodes()
    tree = _growing(desk, assembly, made, size=entries[0].entry.seq)
    for each in entries:
        rows.append(
            records.Row(
                seq=each.entry.seq,
                digest=each.entry.digest,
                type=str(each.document["type"]),
                about=about(each.entry),
                subject=subject,
                body=each.body,
            )
        )
        tree, nodes = tree.append(each.body)
        made.keep(nodes)
    records.append(desk.connection, assembly, rows, at=desk.now)
    records.keep_nodes(desk.connection, assembly, made.nodes())


def _growing(
    desk: Desk, assembly: str, made: log.MemoryNodes, *, size: int
) -> log.Tree:
    """Return a tree over the first ``size`` entries that grows in memory from there."""

    def node(level: int, index: int) -> bytes:
        own = made.kept.get((level, index))
        return own or records.node(desk.connection, assembly, level, index)

    return log.Tree(size, node)


def tree_of(desk: Desk, assembly: str, *, size: int) -> log.Tree:
    """Return the Merkle tree over the first ``size`` entries of a record."""
    return log.Tree(size, functools.partial(records.node, desk.connection, assembly))


def is_sound(desk: Desk, known: records.Known) -> bool:
    """Whether the tree kept for a record is the one that its entries make."""
    if known.size == 0:
        return True
    nodes = log.MemoryNodes()
    tree = log.Tree(0, nodes)
    for row in records.entries(desk.connection, known.id):
        tree, made = tree.append(bytes(row["body"]))
        nodes.keep(made)
    try:
        return tree.root() == tree_of(desk, known.id, size=known.size).root()
    except LookupError:
        return False


def grow_tree_anew(desk: Desk, assembly: str) -> None:
    """Grow the tree over a record from its entries, where one of them was put back."""
    known = records.assembly(desk.connection, assembly)
    if known is None or is_sound(desk, known):
        return
    records.clear_tree(desk.connection, assembly)
    for row in records.entries(desk.connection, assembly):
        _, nodes = tree_of(desk, assembly, size=row["seq"]).append(bytes(row["body"]))
        records.keep_nodes(desk.connection, assembly, nodes)


def keep_false_checkpoint(
    desk: Desk, known: records.Known, note: log.SignedNote
) -> bool:
    """Keep a checkpoint that its own assembly's record contradicts, as evidence.

    Beside it stands the newest entry held; say whether the evidence is new.
    """
    head = records.entry(desk.connection, known.head)
    assert head is not None
    data = log.write_note(note)
    return contradictions.keep(
        desk.connection,
        known.id,
        a=head["digest"],
        b=canonical.digest_of(data),
        document_a=bytes(head["body"]).decode(),
        document_b=canonical.canonical({"checkpoint": data.decode()}).decode(),
        at=desk.now,
    )


def keys_at(desk: Desk, assembly: str, seq: int) -> Keys:
    """Return which keys may sign at a place of a record held here."""
    keys = Keys()
    for row in records.entries(
        desk.connection, assembly, end=seq, types=("Founding", "KeyEvent")
    ):
        keys = keys.after(read(desk, row).fact)
    return keys


def read(desk: Desk, row: object) -> Entry:
    """Read an entry that is held here; its own signature was checked on filing.

    One that this disk altered since says nothing: see `mending`.
    """
    if not is_intact(row):
        return Entry(
            assembly=AssemblyId(row["assembly"]),  # type: ignore[index]
            seq=row["seq"],  # type: ignore[index]
            prev=None,
            digest=Digest(row["digest"]),  # type: ignore[index]
            published=canonical.read_time(row["received_at"]),  # type: ignore[index]
            fact=record.Unread(type=DAMAGED),
        )
    return read_held(row, desk).entry


def is_intact(row: object) -> bool:
    """Whether an entry that is held still has the digest under which it was filed."""
    held = str(row["digest"])  # type: ignore[index]
    return canonical.digest_of(bytes(row["body"])) == held  # type: ignore[index]


def as_signed(desk: Desk, rows: Sequence[sqlite3.Row]) -> Sequence[sqlite3.Row]:
    """Leave the newest entry of a record out if its assembly did not sign it so.

    Whatever altered it together with its digest is noted on the shelf. One row alone
    is what was read before, or the beginning, which is its own name.
    """
    if len(rows) < 2 or is_as_signed(rows[-1]):
        return rows
    last = rows[-1]
    desk.shelf.damaged[last["assembly"], last["seq"]] = last["digest"]
    return rows[:-1]


def read_whole(desk: Desk, rows: Iterable[sqlite3.Row]) -> Iterator[Entry]:
    """Read entries that follow each other, as far as this disk holds them intact.

    What is damaged is noted on the shelf: here nothing may be written.
    """
    before: sqlite3.Row | None = None
    for row in rows:
        damaged = None if is_intact(row) else row
        if damaged is None:
            entry = read_held(row, desk).entry
            if before is None or entry.prev == before["digest"]:
                yield entry
                before = row
                continue
            damaged = row if is_as_signed(before) else before
        desk.shelf.damaged[damaged["assembly"], damaged["seq"]] = damaged["digest"]
        return


def note_damage(desk: Desk) -> bool:
    """Write down what was found damaged while it was read; whether that is new.

    Whoever read it may have done so before it was mended, so it is looked at again.
    """
    found = desk.shelf.damaged
    new = False
    while found:
        (assembly, seq), digest = found.popitem()
        row = records.entry_at(desk.connection, assembly, seq)
        if row is not None and not is_as_signed(row):
            new |= damages.note(
                desk.connection, assembly=assembly, seq=seq, digest=digest, at=desk.now
            )
    return new


def sweep(desk: Desk, *, signatures: bool = False) -> None:
    """Look whether every entry is as it was filed; what is not, `note_damage` notes.

    With ``signatures`` each one is checked as well, which takes longer.
    """
    sound = is_as_signed if signatures else is_intact
    for known in records.assemblies(desk.connection):
        for row in records.entries(desk.connection, known.id):
            if not sound(row):
                desk.shelf.damaged[known.id, row["seq"]] = row["digest"]


def read_held(row: object, desk: Desk) -> Verified:
    body = bytes(row["body"])  # type: ignore[index]
    return verification.read_signed_entry(canonical.read(body), body)


def _signers_beside(
    desk: Desk,
    known: records.Known,
    entry: Entry,
    before: Beside,
    given: Collection[Multikey],
) -> frozenset[Multikey]:
    """Say which keys may have signed an entry that follows another one of a branch."""
    chain = branches.chain(desk.connection, before)
    keys = keys_at(desk, known.id, chain[0].seq)
    for each in chain:
        document = canonical.read(each.body)
        held = verification.read_signed_entry(document, each.body)
        keys = keys.after(held.entry.fact)
    return keys.signers(entry.fact, given)


def signers(
    desk: Desk, known: records.Known, entry: Entry, given: Collection[Multikey] = ()
) -> frozenset[Multikey]:
    """Say which keys may have signed an entry of a record that is kept here.

    ``given`` are those that a compact gave in this place.
    """
    if entry.seq == 0:
        # The key was named to us together with the assembly, and by the founding.
        return Keys().signers(entry.fact) & {known.key}
    if isinstance(entry.fact, record.KeyEvent) or records.holds_any(
        desk.connection, known.id, "KeyEvent"
    ):
        return keys_at(desk, known.id, entry.seq).signers(entry.fact, given)
    return frozenset({known.key})


def given_to(desk: Desk, entry: Entry) -> Mapping[Multikey, Digest]:
    """Return the keys that a compact gave to an assembly in the place of an entry."""
    return given_keys.after(desk.connection, entry.assembly, entry.prev)


def about(entry: Entry) -> str | None:
    """Return what an entry is about, by which it is found."""
    match entry.fact:
        case (
            record.Filed(proposal=about)
            | record.PaperVote(proposal=about)
            | record.Countersign(proposal=about)
            | record.Witness(proposal=about)
            | record.Attestation(proposal=about)
            | record.Withdrawal(proposal=about)
            | record.Placement(proposal=about)
            | record.SharedAccount(shares=about)
            | record.IssueScope(issue=about)
            | record.Membership(compact=about)
            | record.Legitimacy(compact=about)
            | record.Visit(of=about)
            | record.Challenge(of=about)
            | record.Reply(challenge=about)
            | record.LotSeed(challenge=about)
            | record.Verdict(challenge=about)
            | record.Proposal(compact=about)
            | record.Recall(mandate=about)
            | record.ReportBack(mandate=about)
            | record.Ratification(result_hash=about)
            | record.TextObjection(on=about)
            | record.ObjectionTest(objection=about)
            | record.RemitEnd(remit=about)
            | record.RemitDecision(remit=about)
        ):
            return about
        case record.CommonText(version=record.TextVersion(shares=issue)):
            return issue
        case record.Decision(on=on):
            return on
        case (
            record.Action(proposal=None, follows=about)
            | record.Ask(proposal=None, follows=about)
        ):
            return about
        case record.Action(proposal=about) | record.Ask(proposal=about):
            return about
        case record.Answer(ask=about) | record.Judgement(ask=about):
            return about
        case record.MinorityReport(proposal=None, on=about):
            return about
        case record.MinorityReport(proposal=about) | record.Withholding(report=about):
            return about
        case record.Mandate(compact=compact) | record.Election(compact=compact):
            return compact
        case record.Equivocation(of=of):
            return of
        case _:
            return None


def _keep_contradiction(
    desk: Desk, verified: Verified, digest: str, body: bytes
) -> bool:
    return contradictions.keep(
        desk.connection,
        verified.entry.assembly,
        a=digest,
        b=verified.entry.digest,
        document_a=bytes(body).decode(),
        document_b=verified.body.decode(),
        at=desk.now,
    )
