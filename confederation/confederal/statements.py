"""A statement is never discounted: whatever an assembly signed counts where it is held.

That is why a contradiction can decide nothing in secret: both sides of it carry the
assembly's signature, and whoever holds both can show them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from confederation.confederal.compact import Compact
from confederation.confederal.history import Contradiction, Record
from confederation.confederal.tally import NO_SEAT
from confederation.errors import Filled, Phrase
from confederation.identifiers import AssemblyId, Digest
from confederation.record import (
    Attestation,
    Entry,
    Filed,
    Placement,
    Proposal,
    Ratification,
    Withdrawal,
    Witness,
)

Revision = tuple[int, int, Digest]
"""A seat, a revision and the digest of the entry that filed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What statements are about: a proposal, or a result that waits to be ratified.

    Attributes:
        digest: what statements and attestations name as ``proposal``.
        by: the assembly whose publishing of it is its own witness, and that may
            withdraw it; None where nobody may.
        filed_as: the kind of fact that files a revision of a seat.
    """

    digest: Digest
    by: AssemblyId | None = None
    filed_as: type[Filed] | type[Ratification] = Filed


def on(proposal: Entry) -> Subject:
    """Say what statements on a proposal are about."""
    return Subject(digest=proposal.digest, by=proposal.assembly)


def on_result(result: Digest) -> Subject:
    """Say what statements in the ratification of a result are about."""
    return Subject(digest=result, filed_as=Ratification)


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """A final statement: no revision outside ``seen`` was received by that seat."""

    seat: int
    entry: Entry
    seen: frozenset[Revision]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the member assemblies have stated about one subject, by seat."""

    opened_by: frozenset[int]
    witnesses: Mapping[Revision, frozenset[int]]
    finals: tuple[Final, ...]
    attestations: tuple[tuple[int, Entry, Attestation], ...]

    def absent(self, revisions: frozenset[Revision]) -> Mapping[Revision, set[int]]:
        """Name the seats that have finally stated that they did not receive it.

        Of each of some revisions; what every final statement names is left out.
        """
        return _lacking(revisions, ((each.seat, each.seen) for each in self.finals))


def hear(
    compact: Compact, subject: Subject, held: Mapping[AssemblyId, Iterable[Record]]
) -> Heard:
    """Gather what the members state about a subject, from all records held.

    A filing is its own assembly's witness, and so is the filing of the proposal. What
    names no seat of the compact is nobody's position and is left aside.
    """
    opened: set[int] = set()
    witnessed: dict[int, frozenset[Revision]] = {}
    finals: dict[Digest, Final] = {}
    for seat, member in enumerate(compact.members):
        if member.assembly == subject.by:
            opened.add(seat)
        for record in held.get(member.assembly, ()):
            voice = record.once(_voice, compact, subject)
            before = witnessed.get(seat)
            witnessed[seat] = before | voice.witnessed if before else voice.witnessed
            if voice.opened:
                opened.add(seat)
            for final in voice.finals:
                finals[final.entry.digest] = final
    return Heard(
        opened_by=frozenset(opened),
        witnesses=_by_revision(witnessed),
        finals=tuple(finals.values()),
        attestations=attested(compact, subject, held),
    )


def _by_revision(
    witnessed: Mapping[int, frozenset[Revision]],
) -> Mapping[Revision, frozenset[int]]:
    """Say of each revision which seats witness it, from what each of them does."""
    known, seats = frozenset[Revision](), frozenset(witnessed)
    known = known.union(*witnessed.values())
    lacking = _lacking(known, witnessed.items())
    return {each: seats - lacking[each] if each in lacking else seats for each in known}


def _lacking(
    known: frozenset[Revision], named: Iterable[tuple[int, frozenset[Revision]]]
) -> Mapping[Revision, set[int]]:
    """Say of each revision which seats do not name it.

    Nearly all come to name nearly all, so what they leave out is soon gone through.
    """
    lacking: defaultdict[Revision, set[int]] = defaultdict(set)
    for seat, revisions in named:
        for revision in known - revisions:
            lacking[revision].add(seat)
    return lacking


@dataclass(frozen=True, slots=True, kw_only=True)
class _Voice:
    """What one record states about a subject, but for what it attests."""

    opened: bool
    witnessed: frozenset[Revision]
    finals: tuple[Final, ...]


def _voice(record: Record, compact: Compact, subject: Subject) -> _Voice:
    seat = compact.seat_of(record.assembly)
    assert seat is not None
    own = tuple(own_filings(compact, subject, record))
    witnessed = {revision for _, revision in own}
    finals: list[Final] = []
    opened = False
    for entry, statement in record.facts(Witness):
        if statement.proposal != subject.digest:
            continue
        seen = {e for e in statement.seen if _names(compact, subject, e)}
        witnessed |= seen
        if not statement.final:
            opened = True
            continue
        seen |= {each for filing, each in own if filing.seq < entry.seq}
        finals.append(Final(seat=seat, entry=entry, seen=frozenset(seen)))
    return _Voice(opened=opened, witnessed=frozenset(witnessed), finals=tuple(finals))


def attested(
    compact: Compact, subject: Subject, held: Mapping[AssemblyId, Iterable[Record]]
) -> tuple[tuple[int, Entry, Attestation], ...]:
    """Gather only what the members attest about a subject, each with its seat."""
    found = {
        entry.digest: (seat, entry, attestation)
        for seat, member in enumerate(compact.members)
        for record in held.get(member.assembly, ())
        for entry, attestation in record.once(_attested, subject)
    }
    return tuple(found.values())


def _attested(
    record: Record, subject: Subject
) -> tuple[tuple[Entry, Attestation], ...]:
    return tuple(
        pair for pair in record.facts(Attestation) if pair[1].proposal == subject.digest
    )


def own_filings(
    compact: Compact, subject: Subject, record: Record
) -> Iterator[tuple[Entry, Revision]]:
    """Go through what an assembly itself filed in a matter, as revisions.

    Where it takes a vote on paper as its own, the revision is that of the paper. Where
    the matter belongs, it says before its own final statement, or too late.
    """
    seat = compact.seat_of(record.assembly)
    assert seat is not None
    for entry, number in _numbered(subject, record):
        if number > 0:
            taken = entry.fact.taken if isinstance(entry.fact, Filed) else None
            yield entry, (seat, number, taken or entry.digest)
    if subject.filed_as is Filed:
        finals = (
            entry.seq
            for entry, statement in record.facts(Witness)
            if statement.final and statement.proposal == subject.digest
        )
        said = (
            entry
            for entry, placement in record.facts(Placement, before=next(finals, None))
            if placement.proposal == subject.digest
        )
        for number, entry in enumerate(said, start=1):
            yield entry, (NO_SEAT - 1 - seat, number, entry.digest)
    if record.assembly == subject.by:
        for entry, withdrawal in record.facts(Withdrawal):
            if withdrawal.proposal == subject.digest:
                yield entry, (NO_SEAT, 1, entry.digest)


def _numbered(subject: Subject, record: Record) -> Iterator[tuple[Entry, int]]:
    if subject.filed_as is Filed:
        for entry, filed in record.facts(Filed):
            if filed.proposal == subject.digest:
                yield entry, filed.revision
    else:
        for entry, ratification in record.facts(Ratification):
            if ratification.result_hash == subject.digest:
                yield entry, ratification.revision


def _names(compact: Compact, subject: Subject, revision: Revision) -> bool:
    """Say whether a stated revision can be anybody's: see ``council`` for the forms."""
    seat, number, digest = revision
    if seat == NO_SEAT:
        return number == 1 and subject.by is not None
    if seat < NO_SEAT:
        known = NO_SEAT - 1 - seat < compact.n
        return known and number > 0 and subject.filed_as is Filed
    if seat >= compact.n:
        return False
    evidence = (0, Digest(compact.members[seat].assembly))
    return number > 0 or (number, digest) == evidence


def contradictions(
    compact: Compact,
    proposal: Entry,
    held: Mapping[AssemblyId, tuple[Record, ...]],
) -> tuple[Contradiction, ...]:
    """Find the statements of one assembly about a proposal that cannot both be meant.

    What it says of others in the same slot is another question: see ``slots``.
    """
    in_place = {
        entry.digest
        for record in held.get(proposal.assembly, ())
        if (entry := record.at(proposal.seq)) is not None
        and isinstance(entry.fact, Proposal)
        and entry.digest != proposal.digest
    }
    return _contradictions(compact, on(proposal), held, in_place)


def contradictions_on(
    compact: Compact, subject: Subject, held: Mapping[AssemblyId, tuple[Record, ...]]
) -> tuple[Contradiction, ...]:
    """Find the statements of one assembly in a ratification that cannot both be."""
    return _contradictions(compact, subject, held, set())


def _contradictions(
    compact: Compact,
    subject: Subject,
    held: Mapping[AssemblyId, tuple[Record, ...]],
    in_place: set[Digest],
) -> tuple[Contradiction, ...]:
    found: list[Contradiction] = []
    for member in compact.members:
        records = held.get(member.assembly, ())
        terms = (compact, subject, frozenset(in_place))
        found += (
            records[0].once(_alone, *terms)
            if len(records) == 1
            else _of_one(records, *terms)
        )
    return tuple(found)


def _alone(
    record: Record,
    compact: Compact,
    subject: Subject,
    in_place: frozenset[Digest],
) -> tuple[Contradiction, ...]:
    return _of_one((record,), compact, subject, in_place)


def _of_one(
    records: tuple[Record, ...],
    compact: Compact,
    subject: Subject,
    in_place: frozenset[Digest],
) -> tuple[Contradiction, ...]:
    """Find the statements of one assembly that cannot both be meant."""
    said = tuple(_facts_about(subject, records))
    return (
        *_two_records(records),
        *_two_filings_received(said),
        *_against_a_final(compact, subject, records, said),
        *_two_results(subject, records),
        *_two_proposals(records, said, in_place),
    )


Said = tuple[tuple[Entry, Witness], ...]
"""The statements of one assembly about one subject, each once."""


def _facts_about(
    subject: Subject, records: Iterable[Record]
) -> Iterator[tuple[Entry, Witness]]:
    done: set[Digest] = set()
    for record in records:
        for entry, statement in record.facts(Witness):
            if statement.proposal == subject.digest and entry.digest not in done:
                done.add(entry.digest)
                yield entry, statement


def _two_records(records: tuple[Record, ...]) -> Iterator[Contradiction]:
    for other in records[1:]:
        contradiction = records[0].parts_from(other)
        if contradiction is not None:
            yield contradiction


def _two_filings_received(said: Said) -> Iterator[Contradiction]:
    first: dict[tuple[int, int], tuple[Digest, Entry]] = {}
    for entry, statement in said:
        for seat, number, digest in sorted(statement.seen):
            held, where = first.setdefault((seat, number), (digest, entry))
            if held != digest:
                yield Contradiction(
                    of=entry.assembly,
                    a=where,
                    b=entry,
                    says=Filled(
                        "It states that it received two different filings as "
                        "revision {number} of seat {seat}.",
                        number=number,
                        seat=seat,
                    ),
                )


def _against_a_final(
    compact: Compact, subject: Subject, records: tuple[Record, ...], said: Said
) -> Iterator[Contradiction]:
    finals = [(entry, statement) for entry, statement in said if statement.final]
    if not finals:
        return
    filed = {
        entry.digest: (entry, revision)
        for record in records
        for entry, revision in own_filings(compact, subject, record)
    }
    for final, statement in finals:
        # What the assembly filed before its final statement goes without saying.
        named = {*statement.seen, *(r for e, r in filed.values() if e.seq < final.seq)}
        for entry, revisions in (
            *((e, set(s.seen)) for e, s in said),
            *((e, {revision}) for e, revision in filed.values()),
        ):
            if not revisions <= named:
                yield Contradiction(
                    of=entry.assembly,
                    a=final,
                    b=entry,
                    says=(
                        Phrase(
                            "It finally stated all that it ever received, and it "
                            "states elsewhere that it received something else."
                        )
                    ),
                )
                break


def _two_results(
    subject: Subject, records: tuple[Record, ...]
) -> Iterator[Contradiction]:
    attested = [
        (entry, fact)
        for record in records
        for entry, fact in record.facts(Attestation)
        if fact.proposal == subject.digest
    ]
    for (entry, attestation), (other, contrary) in product(attested[:1], attested):
        if contrary.result != attestation.result:
            yield Contradiction(
                of=other.assembly,
                a=entry,
                b=other,
                says=Phrase("It attests two different results for one proposal."),
            )


def _two_proposals(
    records: tuple[Record, ...], said: Said, in_place: frozenset[Digest]
) -> Iterator[Contradiction]:
    witnessed = next((entry for entry, each in said if not each.final), None)
    if witnessed is None:
        return
    for record in records:
        for entry, statement in record.facts(Witness):
            if statement.proposal in in_place and not statement.final:
                yield Contradiction(
                    of=entry.assembly,
                    a=witnessed,
                    b=entry,
                    says=Phrase("It witnessed two proposals that stand in one place."),
                )
                return
