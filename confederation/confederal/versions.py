"""A version of a compact follows from the one before by a result under that one.

So nobody proclaims a version: whoever holds the records of the members finds it. What
was opened under a version is decided under it, whatever took its place meanwhile.

See docs/decisions/0087-a-version-follows-from-a-result.md and, for what somebody could
do who hides a version or dates a proposal back,
docs/decisions/0151-a-hidden-version-still-parts-the-line.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from confederation.confederal import statements, weights
from confederation.confederal.compact import Compact, applied, left
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding
from confederation.confederal.statements import Subject
from confederation.confederal.weighing import Attested, agreed, attestations
from confederation.errors import Phrase
from confederation.identifiers import AssemblyId, Digest
from confederation.record import (
    Attestation,
    Entry,
    Founding,
    Membership,
    Proposal,
    Result,
    Succession,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of a compact that was adopted, and ratified where it asked for that.

    ``at`` is when the attestation that made it hold was published.
    """

    proposal: Entry
    before: Digest
    after: Digest
    result: Result
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """The versions of a compact that were in force, the first one first.

    ``changes`` are the adoptions between them, one fewer. ``parted`` says that two
    changes of one version are adopted, which takes so many contradictions that nobody
    can say which one holds: the line ends there.
    """

    versions: tuple[Compact, ...]
    changes: tuple[Change, ...] = ()
    parted: bool = False

    @property
    def newest(self) -> Compact:
        """The version in force now."""
        return self.versions[-1]

    def holds(self, version: Digest) -> bool:
        """Say whether a version is, or was, in force."""
        return any(each.digest == version for each in self.versions)

    def superseded(self, version: Digest) -> Change | None:
        """Give the change by which a version was superseded; None if it was not."""
        return next((each for each in self.changes if each.before == version), None)


def change(holding: Holding) -> Change | None:
    """Give the change of the compact that a proposal has brought about, if any.

    It is there for good once *t* members attest alike that the proposal is adopted, and
    the version that it names follows from the one that it is under. Where it asks to be
    ratified, *t* attest alike besides that it is in force. Where that version is not
    held, its members are believed that it follows: of two that are adopted nobody can
    say which one holds, whether both are here or not.
    """
    made, new = _adopted(holding), holding.next
    if new is not None and not follows(new, holding.compact):
        return None
    return made


def _adopted(holding: Holding) -> Change | None:
    """Give what a proposal would bring about, by what is attested of it alone.

    Whether the version that it names follows from its own is for whoever holds that.
    """
    after = holding.text.compact_next
    settled = _settled(holding, statements.on(holding.proposal), "adopted")
    made = settled
    if settled is not None and holding.text.ratify:
        made = _settled(holding, statements.on_result(settled[0].digest), "in force")
    if settled is None or made is None or after is None:
        return None
    return Change(
        proposal=holding.proposal,
        before=holding.compact.digest,
        after=after,
        result=settled[0].result,
        at=made[1],
    )


def _settled(
    holding: Holding, subject: Subject, outcome: str
) -> tuple[Attested, datetime] | None:
    """Give the result that enough attest, and since when, if that is its outcome."""
    compact = holding.compact
    attested = statements.attested(compact, subject, holding.all_records())
    alike = agreed(compact, attestations(compact, attested))
    if alike is None or alike.result.outcome != outcome:
        return None
    said: dict[int, datetime] = {}
    for seat, entry, attestation in attested:
        if attestation.result == alike.result:
            said[seat] = min(entry.published, said.get(seat, entry.published))
    return alike, sorted(said.values())[compact.t - 1]


def lineage(
    first: Compact, versions: Mapping[Digest, Compact], changes: Iterable[Change]
) -> Lineage:
    """Follow a compact from its first version through the changes that are known.

    The order of ``changes`` makes no difference, and one given twice counts once. Where
    one version was adopted by two proposals, it is in force since the earlier.
    """
    by_version: dict[Digest, dict[Digest, Change]] = {}
    for each in sorted(changes, key=lambda each: (each.at, each.proposal.digest)):
        by_version.setdefault(each.before, {}).setdefault(each.after, each)
    line, made = [first], list[Change]()
    while True:
        following = by_version.get(line[-1].digest, {})
        known = [each for after, each in following.items() if after in versions]
        if len(following) != 1 or not known:
            return Lineage(
                versions=tuple(line), changes=tuple(made), parted=len(following) > 1
            )
        made.append(known[0])
        line.append(versions[known[0].after])


def superseded_before(line: Lineage, proposal: Entry, record: Record) -> bool:
    """Say whether the version of a proposal was superseded before that was filed.

    An entry is no older than any before it in its record, whatever it says of itself;
    and whoever has attested that a change holds proposes under the old version no more.
    """
    version = getattr(proposal.fact, "compact", None)
    change = line.superseded(Digest(str(version)))
    if change is None:
        return False
    filed = max(
        (each.published for each in record.entries[: proposal.seq + 1]),
        default=proposal.published,
    )
    return change.at < max(filed, proposal.published) or _attested_before(
        change, proposal, record
    )


def _attested_before(change: Change, proposal: Entry, record: Record) -> bool:
    """Say whether an assembly attested what made a change hold before it proposed."""
    adopting = {
        attestation.result_hash
        for _, attestation in record.facts(Attestation, before=proposal.seq)
        if attestation.result == change.result
    }
    text = change.proposal.fact
    if not isinstance(text, Proposal) or not text.ratify:
        return bool(adopting)
    return any(
        attestation.proposal in adopting and attestation.result.outcome == "in force"
        for _, attestation in record.facts(Attestation, before=proposal.seq)
    )


def follows(new: Compact, compact: Compact) -> bool:
    """Say whether a version names another as the one before it."""
    return new.previous == compact.digest and new.identity == compact.identity


def objection(holding: Holding) -> str | None:
    """Say what is wrong with how a proposal would change the compact, if anything is.

    Whoever a new version admits has applied, in its own record. Whoever has ended or
    left has no seat in it, unless it is let in again, or has applied since.
    """
    text, compact, new = holding.text, holding.compact, holding.next
    if text.compact_next is None:
        if text.slot == compact.digest:
            return Phrase(
                "Only a change of the compact stands in the slot of its version."
            )
        return None
    if text.slot != compact.digest:
        return Phrase(
            "A change of the compact stands in the slot of the version it changes."
        )
    if new is None:
        return Phrase("The new version of the compact is not held here.")
    if not follows(new, compact):
        return Phrase(
            "The new version does not follow from the one that it would replace."
        )
    return next(
        chain(
            _objections_to_seats(new, compact, holding.records),
            weights.objections(new, holding),
        ),
        None,
    )


def _objections_to_keeping(
    new: Compact, compact: Compact, record: Record
) -> Iterator[str]:
    """Object to a seat of whoever has ended or left: it would be silent for good.

    It would still be counted in *n*, and its node would still be a witness.
    """
    gone = left(new, record, record.size)
    if gone is None and compact.seat_of(record.assembly) is not None:
        old = left(compact, record, record.size)
        gone = old if old is not None and isinstance(old.fact, Membership) else None
    if gone is None:
        return
    if isinstance(gone.fact, Succession):
        yield Phrase("The new version keeps the seat of an assembly that has ended.")
    elif applied(compact.identity, record) is None:
        yield Phrase("The new version keeps the seat of an assembly that has left.")


def _objections_to_seats(
    new: Compact, compact: Compact, records: Mapping[AssemblyId, Record]
) -> Iterator[str]:
    keys = {seat.assembly: seat.key for seat in compact.named}
    for seat in new.named:
        record = records.get(seat.assembly)
        if seat.assembly in keys:
            if keys[seat.assembly] != seat.key:
                yield Phrase("The new version names another first key for a member.")
            if record is not None and seat in new.members:
                yield from _objections_to_keeping(new, compact, record)
            continue
        founding = None if record is None else record.entries[0].fact
        if record is None or not isinstance(founding, Founding):
            yield Phrase(
                "The record of an assembly that would be admitted is not held here."
            )
        elif founding.key != seat.key:
            yield Phrase(
                "The new version names another first key for whoever it admits."
            )
        elif applied(compact.identity, record) is None:
            yield Phrase("An assembly that the new version admits has not applied.")
