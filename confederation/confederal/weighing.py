"""What was received is weighed by who says so, and by nothing else."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, partial

from confederation.confederal import filings, paper, placing, statements, tally
from confederation.confederal.compact import Compact
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding, withdrawals
from confederation.confederal.mandate import WAITING, Finding, Matter, Rule
from confederation.confederal.statements import Heard, Revision
from confederation.confederal.tally import NO_SEAT, Position
from confederation.errors import ByNumber, Filled
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Attestation, Entry, Result


class Fate(StrEnum):
    """What became of a revision. *Certified* and *excluded* are for good.

    *Void* broke a rule that everybody can check, so it never counts, whoever says that
    they received it.
    """

    CERTIFIED = "certified"
    EXCLUDED = "excluded"
    UNDECIDED = "undecided"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """How one revision of a seat's position stands.

    ``entry`` is the filing; None when it is only known from statements, or when the
    revision is evidence of equivocation. ``finding`` says why it does not count.
    ``judged`` is False while nobody here can tell what an entry that is held is worth.
    """

    seat: int
    revision: int
    digest: Digest
    fate: Fate
    witnesses: tuple[AssemblyId, ...]
    absent: tuple[AssemblyId, ...]
    entry: Entry | None = None
    finding: Finding | None = None
    judged: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """One result, and the assemblies that attest it.

    ``digest`` is the one that they state, which is what a ratification is about.
    """

    result: Result
    digest: Digest
    by: tuple[AssemblyId, ...]


Filings = Mapping[Revision, tuple[Entry, Finding | None, Position | None]]
"""All that was filed: the entry, the rule that it breaks, and else what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Everything known about one subject, with what became of each revision."""

    heard: Heard
    revisions: tuple[Revised, ...]
    positions: tuple[Position, ...]
    missing: tuple[Digest, ...]
    result: Result | None


def weigh(holding: Holding) -> Weighed:
    """Weigh every revision known of, and compute the result once it is determined."""

    def count(positions: list[Position]) -> Result | None:
        if tally.uncountable(holding.text) is not None:
            return None
        seats = [each for each in positions if each.seat >= NO_SEAT]
        result = tally.count(holding.compact, holding.proposal, seats)
        return placing.settle(result, holding.compact, positions)

    subject = statements.on(holding.proposal)
    heard = statements.hear(holding.compact, subject, holding.all_records())
    return settle(holding.compact, heard, _filed(holding), count)


def settle(
    compact: Compact,
    heard: Heard,
    filed: Filings,
    count: Callable[[list[Position]], Result | None],
) -> Weighed:
    """Weigh what was stated and filed about any one subject.

    Args:
        count: computes the result from the certified revisions; None if nobody can.
    """
    known = frozenset(heard.witnesses) | filed.keys()
    absent = heard.absent(known)
    # Most are witnessed by the same seats, whose names are then looked up once.
    name = cache(partial(named, compact))
    revisions: list[Revised] = []
    positions: list[Position] = []
    missing: list[Digest] = []
    for revision in sorted(known):
        entry, finding, position = filed.get(revision, (None, None, None))
        if revision[1] == 0:
            position = Position(
                seat=revision[0], revision=0, digest=revision[2], says="emptied"
            )
        revised = _revised(
            compact,
            revision,
            entry,
            finding,
            witnesses=heard.witnesses.get(revision, frozenset()),
            absent=frozenset(absent.get(revision, ())),
            name=name,
        )
        if entry is not None and finding is None and position is None:
            revised = replace(revised, judged=False)
        revisions.append(revised)
        if revised.fate is Fate.CERTIFIED:
            if position is None:
                missing.append(revised.digest)
            else:
                positions.append(position)
    weighed = Weighed(
        heard=heard,
        revisions=tuple(revisions),
        positions=tuple(positions),
        missing=tuple(missing),
        result=None,
    )
    counted = _to_count(compact, weighed)
    return weighed if counted is None else replace(weighed, result=count([*counted]))


def _revised(
    compact: Compact,
    revision: Revision,
    entry: Entry | None,
    finding: Finding | None,
    *,
    witnesses: frozenset[int],
    absent: frozenset[int],
    name: Callable[[frozenset[int]], tuple[AssemblyId, ...]],
) -> Revised:
    t = compact.t
    if finding is not None:
        fate = Fate.VOID
    elif len(witnesses) >= t:
        fate = Fate.CERTIFIED
    elif len(absent) > compact.n - t:
        fate = Fate.EXCLUDED
        finding = Finding(
            rule=Rule.NOT_CERTIFIED,
            says=Filled(
                ByNumber(
                    "Before closing it had reached {reached} assembly that is known "
                    "of; {t} are needed, and they can no longer be found.",
                    "Before closing it had reached {reached} assemblies that are "
                    "known of; {t} are needed, and they can no longer be found.",
                ),
                reached=len(witnesses),
                t=t,
            ),
        )
    else:
        fate = Fate.UNDECIDED
    return Revised(
        seat=revision[0],
        revision=revision[1],
        digest=revision[2],
        fate=fate,
        witnesses=name(witnesses),
        absent=name(absent),
        entry=entry,
        finding=finding,
    )


def _to_count(compact: Compact, weighed: Weighed) -> tuple[Position, ...] | None:
    """Give what is counted once nothing that could still arrive would change it."""
    withdrawn = tuple(each for each in weighed.positions if each.seat == NO_SEAT)
    if withdrawn:
        return withdrawn
    stated = {final.seat for final in weighed.heard.finals}
    if (
        len(stated) < compact.finals
        or weighed.missing
        or any(each.fate is Fate.UNDECIDED for each in weighed.revisions)
    ):
        return None
    return weighed.positions


def _filed(holding: Holding) -> Filings:
    """Judge all that was filed, in whatever record it stands."""
    filed: dict[Revision, tuple[Entry, Finding | None, Position | None]] = {}
    matter = holding.matter
    for seat, member in enumerate(holding.compact.members):
        for record in (r for each in member.bearers for r in holding.held(each)):
            narrowed = filings.narrowed(record, matter)
            filed.update(record.once(_filed_in, seat, narrowed))
    for each in paper.examine(holding):
        filed[each.seat, each.vote.revision, each.entry.digest] = (
            each.entry,
            each.finding,
            paper.position(each, holding),
        )
    for placed in placing.examine(holding):
        filed[placing.place_of(placed.seat), placed.number, placed.entry.digest] = (
            placed.entry,
            placed.finding,
            placing.position(placed, holding),
        )
    proposer = holding.proposal.assembly
    seated = holding.compact.seat_of(proposer) is not None
    for record in holding.held(proposer) if seated else ():
        for entry, finding in withdrawals(holding, record):
            filed[NO_SEAT, 1, entry.digest] = (
                entry,
                finding,
                Position(
                    seat=NO_SEAT, revision=1, digest=entry.digest, says="withdrawn"
                ),
            )
    return filed


def _filed_in(record: Record, seat: int, matter: Matter) -> Filings:
    return dict(_judged(record, seat, matter))


def _judged(
    record: Record, seat: int, matter: Matter
) -> Iterator[tuple[Revision, tuple[Entry, Finding | None, Position | None]]]:
    """Judge what one record files for a seat, and say what it means for the count."""
    for filing in filings.examine(record, matter):
        if filing.filed.taken is not None and filing.finding is None:
            continue
        finding, position = filing.finding, None
        if _waits(finding):
            finding = None
        elif finding is None:
            position = filings.position(filing, seat, record, matter)
        revision = (seat, filing.filed.revision, filing.entry.digest)
        yield revision, (filing.entry, finding, position)


def _waits(finding: Finding | None) -> bool:
    """Whether it cannot be told yet what a filing is worth."""
    return finding is not None and finding.rule in WAITING


def attestations(
    compact: Compact, said: Iterable[tuple[int, Entry, Attestation]]
) -> tuple[Attested, ...]:
    """Give each result that was attested, the one that most attest first.

    ``said`` are the attestations held of one subject, as ``statements.attested``.
    """
    groups: list[tuple[Attestation, set[int]]] = []
    for seat, _, attestation in said:
        for first, by in groups:
            if first.result == attestation.result:
                by.add(seat)
                break
        else:
            groups.append((attestation, {seat}))
    groups.sort(key=lambda group: (-len(group[1]), sorted(group[1])))
    return tuple(
        Attested(result=first.result, digest=first.result_hash, by=named(compact, by))
        for first, by in groups
    )


def agreed(compact: Compact, attested: Iterable[Attested]) -> Attested | None:
    """Give what enough assemblies attest; None while, or where, that is no one result.

    ``attested`` is as :func:`attestations` gives it.
    """
    enough = [each for each in attested if len(each.by) >= compact.t]
    return enough[0] if len(enough) == 1 else None


def named(compact: Compact, seats: set[int] | frozenset[int]) -> tuple[AssemblyId, ...]:
    """Name the assemblies that hold some seats, in the order of the seats."""
    members = compact.members
    return tuple([members[seat].assembly for seat in sorted(seats)])
