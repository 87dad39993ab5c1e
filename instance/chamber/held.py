"""What this node holds of the records, as the domain reads it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from activitypub import canonical, log
from confederation.confederal import bearing, council, equivocation, new_key, ratifying
from confederation.confederal import compact as compacts
from confederation.confederal import versions as of_compacts
from confederation.confederal.bearing import Inner
from confederation.confederal.compact import Compact
from confederation.confederal.evidence import DEFAULT, Criteria
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding, rivals
from confederation.confederal.versions import Change, Lineage
from confederation.errors import Unknown
from confederation.identifiers import AssemblyId, CompactId, Digest
from confederation.record import Entry, Equivocation, Proposal
from instance import archive, verification, vocabulary
from instance.desk import Desk
from instance.store import (
    branches,
    checkpoints,
    contradictions,
    given_keys,
    records,
)
from instance.store import compacts as known_compacts
from instance.store.branches import Beside

MOST_LEVELS: Final = 8
"""So many compacts above each other are looked through, the lowest assemblies apart."""


def compact_of(desk: Desk, digest: str) -> Compact | None:
    """Return a compact version known here, or None."""
    document = known_compacts.document(desk.connection, digest)
    return None if document is None else vocabulary.read_compact(document)


def record_of(desk: Desk, assembly: str) -> Record | None:
    """Return what is held of an assembly's record; None if nothing is.

    Entries that were read before are not read again. Where this disk altered one, the
    record is held as far as there. Of what is read the newest signature is checked:
    through the digests it covers all that stands before it.
    """
    kept = desk.shelf.records.get(assembly)
    rows = records.entries(
        desk.connection, assembly, start=kept.size - 1 if kept else 0
    )
    if kept is not None and rows and rows[0]["digest"] == kept.head:
        found = archive.read_whole(desk, archive.as_signed(desk, rows))
        # The first was read before; here it is what the others follow.
        kept = kept.extend(entry for entry in found if entry.seq >= kept.size)
    else:
        # Nothing was kept, or a transaction that it was read in was undone.
        rows = records.entries(desk.connection, assembly)
        entries = tuple(archive.read_whole(desk, archive.as_signed(desk, rows)))
        kept = Record.of(entries) if entries else None
    if kept is not None:
        desk.shelf.records[assembly] = kept
    return kept


def records_held(desk: Desk) -> Mapping[AssemblyId, Record]:
    """Return every record that is held here, by its assembly."""
    return {
        known.id: kept
        for known in records.assemblies(desk.connection)
        if (kept := record_of(desk, known.id)) is not None
    }


def proposals(desk: Desk) -> list[Entry]:
    """Return every confederal proposal held here, oldest first.

    At the end stand those that were made in a branch of their assembly's record.
    """
    held = [
        archive.read(desk, row) for row in records.of_type(desk.connection, "Proposal")
    ]
    beside = map(read_beside, branches.of_type(desk.connection, "Proposal"))
    return [entry for entry in (*held, *beside) if isinstance(entry.fact, Proposal)]


def proposal(desk: Desk, digest: str) -> Entry:
    """Return a proposal by its digest.

    Raises:
        Unknown: no such proposal is held here.
    """
    entry = _entry(desk, digest)
    if entry is None or not isinstance(entry.fact, Proposal):
        raise Unknown("No such proposal is known here.")
    return entry


def versions(desk: Desk, identity: str) -> dict[Digest, Compact]:
    """Return every version of a compact whose document is held, in force or not."""
    return {
        Digest(digest): vocabulary.read_compact(document)
        for digest, document in known_compacts.versions(desk.connection, identity)
    }


def criteria_of(desk: Desk, compact: Compact) -> Criteria | None:
    """Return the criteria that a compact names; None where they are not known here."""
    if compact.criteria is None:
        return DEFAULT
    document = known_compacts.criteria(desk.connection, compact.criteria)
    return None if document is None else vocabulary.read_criteria(document)


def lineage(desk: Desk, identity: str) -> Lineage | None:
    """Follow a compact through the versions that its members adopted.

    None where its first version is not held here. Whether that one is in force is
    another question.
    """
    mark = (
        tuple((known.id, known.head) for known in records.assemblies(desk.connection)),
        known_compacts.number(desk.connection),
        contradictions.number(desk.connection),
    )
    kept = desk.shelf.lineages.get(identity)
    if kept is not None and kept[0] == mark:
        return kept[1]
    known = versions(desk, identity)
    first = known.get(Digest(identity))
    if first is None:
        return None
    changes = (_change(desk, entry, known) for entry in proposals(desk))
    line = of_compacts.lineage(first, known, filter(None, changes))
    desk.shelf.lineages[identity] = (mark, line)
    return line


def lineages(desk: Desk) -> list[Lineage]:
    """Follow every compact whose first version is known here, oldest known first."""
    lines = (
        lineage(desk, identity)
        for identity in known_compacts.identities(desk.connection)
    )
    return [line for line in lines if line is not None]


def _change(
    desk: Desk, proposal: Entry, known: Mapping[Digest, Compact]
) -> Change | None:
    text = proposal.fact
    assert isinstance(text, Proposal)
    compact = known.get(text.compact)
    if compact is None or text.compact_next is None:
        return None
    amended = records.entry(desk.connection, text.amends)
    if (amended is None) != (text.amends is None):
        return None
    held = held_of(desk, compact)
    return of_compacts.change(
        Holding(
            compact=compact,
            proposal=proposal,
            records=held,
            branches=tuple(_branches(desk, held)),
            amended=None if amended is None else archive.read(desk, amended),
            next=known.get(text.compact_next),
        )
    )


def our_seats(desk: Desk) -> list[Compact]:
    """Return the newest version of each compact in which our assembly has a seat."""
    ours = records.ours(desk.connection)
    kept = None if ours is None else record_of(desk, ours.id)
    if ours is None or kept is None:
        return []
    return [
        line.newest
        for line in lineages(desk)
        if line.newest.seat_of(ours.id) is not None
        and ours.id not in compacts.awaited(line.newest, {ours.id: kept})
        and compacts.left(line.newest, kept, kept.size) is None
    ]


def held_of(desk: Desk, compact: Compact) -> dict[AssemblyId, Record]:
    """Return what is held of the record of each assembly that may file for a seat.

    Each as far as the compact goes by it: what a key signed that others gave stands for
    those others alone.
    """
    held = {
        assembly: kept
        for seat in compact.members
        for assembly in seat.bearers
        if (kept := record_of(desk, assembly)) is not None
    }
    return new_key.all_within(held, given_keys.by(desk.connection, compact.identity))


def _entry(desk: Desk, digest: str) -> Entry | None:
    row = records.entry(desk.connection, digest)
    if row is not None:
        return archive.read(desk, row)
    beside = branches.entry(desk.connection, digest)
    return None if beside is None else read_beside(beside)


def holding(
    desk: Desk, proposal: Entry, *, levels: int = MOST_LEVELS
) -> Holding | None:
    """Return all that this node holds about a proposal; None without its compact.

    ``levels`` is how far down it looks for what was decided below.
    """
    assert isinstance(proposal.fact, Proposal)
    compact = compact_of(desk, proposal.fact.compact)
    if compact is None:
        return None
    new = proposal.fact.compact_next
    following = None if new is None else compact_of(desk, new)
    held = held_of(desk, compact)
    if following is not None:
        # Whether those whom it would admit applied stands in their own records.
        held = {**held_of(desk, following), **held}
    line = lineage(desk, compact.identity)
    proposer = held.get(proposal.assembly)
    amended = records.entry(desk.connection, proposal.fact.amends)
    if proposal.fact.amends is not None and amended is None:
        return None
    return Holding(
        compact=compact,
        proposal=proposal,
        records=held,
        clocks={
            AssemblyId(assembly): datetime.fromtimestamp(at, UTC)
            for assembly, at in checkpoints.clocks(desk.connection).items()
        },
        branches=tuple(_branches(desk, held)),
        evidence=tuple(evidence(desk)),
        amended=None if amended is None else archive.read(desk, amended),
        rivals=rivals(proposal, proposals(desk)),
        enacted=line is not None and line.holds(compact.digest),
        superseded=line is not None
        and proposer is not None
        and of_compacts.superseded_before(line, proposal, proposer),
        earlier=() if line is None else line.versions,
        criteria=criteria_of(desk, compact),
        next=following,
        inner=decided_below(desk, compact, held, levels=levels),
    )


def evidence(desk: Desk, assembly: str | None = None) -> Iterator[Equivocation]:
    """Go through the contradictions that are held, of one assembly or of all.

    A checkpoint over a branch stands for the last entry that it is over.
    """
    for row in contradictions.held(desk.connection, assembly):
        a, b = (
            Digest(
                _entry_under(desk, row["assembly"], row[f"document_{side}"])
                or row[side]
            )
            for side in ("a", "b")
        )
        yield Equivocation(of=AssemblyId(row["assembly"]), a=a, b=b)


def _entry_under(desk: Desk, assembly: str, document: str) -> str | None:
    note = canonical.read(document.encode()).get("checkpoint")
    if not isinstance(note, str):
        return None
    point = log.read_checkpoint(log.read_note(note.encode()).body)
    return archive.explained(desk, assembly, point)


def turned_away(desk: Desk, assembly: str) -> frozenset[Digest]:
    """Name the entries that an assembly settled not to go on from."""
    kept = record_of(desk, assembly)
    if kept is None:
        return frozenset()
    held = {AssemblyId(assembly): kept}
    return equivocation.turned_away((kept, *_branches(desk, held)))


def decided_below(
    desk: Desk,
    compact: Compact,
    held: Mapping[AssemblyId, Record],
    *,
    levels: int = MOST_LEVELS,
) -> dict[Digest, Inner]:
    """Work out what compacts decided that hold a seat in this one by a bearer.

    Only what a bearer names, what says who bears, or what answers to a result; and only
    by a version that the members below adopted: anybody can write one that says it
    follows from theirs.
    """
    found: dict[Digest, Inner] = {}
    borne = [seat for seat in compact.members if seat.bears is not None]
    if not borne or levels == 0:
        return found
    waiting = {
        entry.digest
        for entry in proposals(desk)
        if isinstance(entry.fact, Proposal)
        and (
            _moves_within(entry.fact, compact) or _answers_to_a_result(desk, entry.fact)
        )
    }
    for seat in borne:
        assert seat.bears is not None
        named = waiting.union(
            *(bearing.named(held[each]) for each in seat.bearers if each in held)
        )
        for digest in sorted(named):
            decided = decided_by(desk, digest, seat.bears, levels=levels)
            if decided is not None:
                found[digest] = decided
    return found


def _moves_within(text: Proposal, compact: Compact) -> bool:
    return text.bearers is not None and text.bearers.compact == compact.identity


def _answers_to_a_result(desk: Desk, text: Proposal) -> bool:
    """Whether a proposal is about something that is no entry, as a result is none."""
    return text.on is not None and records.entry(desk.connection, text.on) is None


def ratified(desk: Desk, result: str) -> Entry | None:
    """Return the proposal of which a result is confirmed that is to be ratified."""
    for entry in proposals(desk):
        assert isinstance(entry.fact, Proposal)
        held = holding(desk, entry) if entry.fact.ratify else None
        round_ = None if held is None else ratifying.round_of(held)
        if round_ is not None and round_.result == result:
            return entry
    return None


def decided_by(
    desk: Desk, proposal: Digest, compact: CompactId, *, levels: int = MOST_LEVELS
) -> Inner | None:
    """Read what a compact decided for its seat in a wider one; None if nothing yet.

    Only under a version that its members adopted.
    """
    line = lineage(desk, compact)
    row = records.entry(desk.connection, proposal)
    entry = None if row is None else archive.read(desk, row)
    if entry is None or not isinstance(entry.fact, Proposal) or line is None:
        return None
    below = holding(desk, entry, levels=levels - 1)
    if (
        below is None
        or not line.holds(below.compact.digest)
        or not compacts.in_force(line.versions[0], held_of(desk, line.versions[0]))
    ):
        return None
    settled = council.confirmed(below)
    decided = bearing.read(
        below.compact, entry, None if settled is None else settled.result
    )
    return decided if decided is not None and decided.compact == compact else None


def _branches(desk: Desk, held: Mapping[AssemblyId, Record]) -> Iterator[Record]:
    """Go through the other records that assemblies wrote where they wrote two.

    Whatever an assembly stated counts wherever it is held, also on such a branch.
    """
    for tip in branches.tips(desk.connection):
        kept = held.get(AssemblyId(tip.assembly))
        branch = None if kept is None else branch_of(desk, kept, tip)
        if branch is not None:
            yield branch


def branch_of(desk: Desk, kept: Record, tip: Beside) -> Record | None:
    """Return the record of an assembly as it stands on a branch, up to an entry there.

    None where the record ``kept`` is not held as far as the branch.
    """
    chain = branches.chain(desk.connection, tip)
    trunk = kept.upto(chain[0].seq)
    if trunk.head != chain[0].prev:
        return None
    return trunk.extend(read_beside(each) for each in chain)


def read_beside(entry: Beside) -> Entry:
    """Read an entry of a branch; its own signature was checked on filing."""
    document = canonical.read(entry.body)
    return verification.read_signed_entry(document, entry.body).entry
