"""A common mandate is one text that assemblies adopted, each by its own decision.

Nobody adds them up to one vote: each decision stands with its method, its count and how
many were there, and whoever reads the list counts the assemblies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from confederation.confederal.history import Record
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Decision, Entry, Proposal, TextVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An assembly's last decision on the text.

    ``confirmed`` says whether two of its tellers confirmed it; ``on`` is the proposal
    that it was about, None where it was the text itself.
    """

    assembly: AssemblyId
    entry: Entry
    decision: Decision
    confirmed: bool
    on: Digest | None = None

    @property
    def adopted(self) -> bool:
        """Whether the assembly has adopted the text: it passed, and was confirmed."""
        return self.confirmed and self.decision.outcome == "passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonMandate:
    """All decisions on one text that are held, the first to adopt it first.

    ``others`` decided otherwise, or nobody has confirmed it; ``proposals`` put the same
    words before the assemblies of a compact.
    """

    text: TextVersion
    roll: tuple[Said, ...] = ()
    others: tuple[Said, ...] = ()
    proposals: tuple[Entry, ...] = ()

    @property
    def present(self) -> int:
        """How many people were there when it was adopted, all assemblies together."""
        return sum(each.decision.present for each in self.roll)


def gather(text: TextVersion, records: Mapping[AssemblyId, Record]) -> CommonMandate:
    """Gather the decisions on a text from the records that are held.

    A decision is on the text if it names the commitment to the whole, or a proposal
    with the very same clauses. The last one of an assembly counts.
    """
    proposals = tuple(
        sorted(
            (
                entry
                for record in records.values()
                for entry, fact in record.facts(Proposal)
                if fact.clauses == text.clauses
            ),
            key=_place,
        )
    )
    on = frozenset(entry.digest for entry in proposals)
    said = [
        one
        for record in records.values()
        if (one := _last(record, text, on)) is not None
    ]
    return CommonMandate(
        text=text,
        roll=_sorted(each for each in said if each.adopted),
        others=_sorted(each for each in said if not each.adopted),
        proposals=proposals,
    )


def _last(record: Record, text: TextVersion, on: frozenset[Digest]) -> Said | None:
    found: Said | None = None
    for entry, decision in record.facts(Decision):
        about = decision.on if decision.on in on else None
        if about is None and decision.text_commit != text.text:
            continue
        found = Said(
            assembly=record.assembly,
            entry=entry,
            decision=decision,
            confirmed=record.confirmed(entry),
            on=about,
        )
    return found


def _sorted(said: Iterable[Said]) -> tuple[Said, ...]:
    return tuple(sorted(said, key=lambda each: _place(each.entry)))


def _place(entry: Entry) -> tuple[object, ...]:
    return entry.published, entry.assembly, entry.seq
