"""What a check says in plain words: what is proved, what is not, what is wanting."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from activitypub import canonical
from confederation.confederal import admission, dissent, paper, placing, tally
from confederation.confederal import compact as compacts
from confederation.confederal.compact import Compact
from confederation.confederal.council import Fate, Standing
from confederation.confederal.history import Contradiction, Record
from confederation.confederal.holding import Holding
from confederation.confederal.tally import NO_SEAT
from confederation.confederal.versions import Change, Lineage
from confederation.identifiers import AssemblyId, Digest
from confederation.record import (
    Attestation,
    Counted,
    Decision,
    Entry,
    Filed,
    Founding,
    Mandate,
    MinorityReport,
    Ratification,
    Unread,
)
from instance import speech
from instance.bundle.contents import Contents
from instance.bundle.report import LONGEST_SHOWN, LeftOut, Minority, shown
from instance.verification import result_document

WHOSE: Final = (
    "Whose records these are: you gave no compact to check them against. Anybody can "
    "make such a file, with good signatures, of assemblies that do not exist."
)
HALLS: Final = (
    "That each count in each hall was honest: who signed a number is proved, and not "
    "how they came to it."
)
TIMES: Final = (
    "When anything was said: the records prove an order, and hold no time but what "
    "the assemblies wrote themselves."
)
LATER: Final = (
    "That nothing followed: the records go as far as they did when this was exported."
)
BECAUSE: Final[Mapping[str, str]] = {
    "superseded": "A later revision of the seat took its place.",
    "withdrawn": "It takes back what stood before it.",
    "seat emptied": "The seat is empty and is no part of the base of the count.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """What can be said of a decision that was worked out from a bundle.

    ``below`` is what those stated that cannot both be meant for whom a seat is held.
    """

    found: Contents
    held: Holding
    stands: Standing
    names: Mapping[str, str]
    line: Lineage | None = None
    below: tuple[Contradiction, ...] = ()

    def proved(self) -> Iterator[str]:
        """Say who signed what, in which order."""
        for assembly, kept in self.held.records.items():
            yield self._signed(assembly, kept.size)
        certified = () if self.stands.result is None else self.stands.result.certified
        for counted in certified:
            if counted.rule is None:
                yield self._vote(counted)
        for each in self.stands.attestations:
            if each.result == self.stands.result:
                yield f"{self._listed(each.by)} signed this very result."
        if self.line is not None:
            for number, change in enumerate(self.line.changes, start=1):
                yield self._changed(number, self.line.versions[number - 1], change)

    def _changed(self, number: int, before: Compact, change: Change) -> str:
        held = {
            seat.assembly: self.found.records[seat.assembly]
            for seat in before.members
            if seat.assembly in self.found.records
        }
        by = [
            assembly
            for assembly, kept in held.items()
            if any(
                fact.proposal == change.proposal.digest and fact.result == change.result
                for _, fact in kept.facts(Attestation)
            )
        ]
        return (
            f"Version {number + 1} of the compact follows from version {number}: "
            f"{self._listed(by)} attest that entry {change.proposal.seq} of "
            f"{self.names[change.proposal.assembly]}, which proposes it, is adopted."
        )

    @property
    def descends(self) -> bool:
        """Whether the version in line 2 follows from the first one, by what is here."""
        return self.line is not None and self.line.holds(self.held.compact.digest)

    def ratified(self) -> Iterator[str]:
        """Say which assembly ratified, or did not, after which decision of its own."""
        certified = () if self.stands.result is None else self.stands.result.certified
        for counted in certified:
            if counted.rule is None:
                yield self._ratifies(counted)
        for each in self.stands.attestations:
            if each.result == self.stands.result:
                yield f"{self._listed(each.by)} signed this end of the ratification."

    def doubts(self) -> Iterator[str]:
        """Say what about the proposal itself is not as it should be."""
        if self.line is not None and self.line.changes:
            yield (
                "That the votes on the versions of the compact were counted as they "
                "should be: here it counts who attested those results. The bundles of "
                "those decisions show the rest."
            )
        if self.found.below:
            yield (
                "That the votes of those for whom a seat is held were counted as they "
                "should be: here it counts who attested those results. The bundles of "
                "those decisions show the rest."
            )
        rival = self.stands.yields_to
        if rival is not None:
            # It may have come later, so it says nothing about how this one opened.
            yield f"That this is the last word: {rival} is adopted in the same slot."
            return
        objection = admission.objection(self.held)
        if objection is not None:
            yield f"That this proposal should have been opened at all. {objection}"

    def unread(self) -> Iterator[str]:
        """Name the entries that this program passes over, as it cannot read them."""
        for kept in self.found.records.values():
            for entry, fact in kept.facts(Unread):
                yield (
                    f"What entry {entry.seq} of {self.names[entry.assembly]} says: "
                    f"this program cannot read its kind ({fact.type:.40}), so whatever "
                    "would need it is unverifiable here."
                )

    def wanting(self, given: str | None) -> Iterator[str]:
        """Say what is not here and would be needed to say *verified*."""
        compact = self.held.compact
        if given not in (None, compact.digest) and not self.descends:
            yield (
                "You gave the first version of the compact. This decision is under a "
                f"later one, {compact.digest}; that the members adopted that one is "
                "not proved by this bundle. Give the digest of that version."
            )
        for assembly in compacts.awaited(compact, self.held.records):
            if assembly in self.held.records:
                yield f"That {self.names[assembly]} joined the compact is not here."
        uncountable = tally.uncountable(self.held.text)
        if uncountable is not None:
            yield f"The count is unverifiable here. {uncountable}"
        yield from self.unsettled(countable=uncountable is None)

    def unsettled(self, *, countable: bool = True) -> Iterator[str]:
        """Say which statements are not here and would be needed to settle it."""
        compact, stands = self.held.compact, self.stands
        for digest in stands.missing:
            if self._entry(digest) is None:
                yield f"The filing {digest}, which enough assemblies saw, is not here."
            else:
                yield (
                    f"Enough assemblies saw the filing {digest}. It is here, but what "
                    "it would count as cannot be told from what is here."
                )
        if countable and stands.result is None:
            if len(stands.finals) < compact.finals:
                yield (
                    f"Of the final statements {len(stands.finals)} are here; "
                    f"{compact.finals} are needed."
                )
            for each in stands.revisions:
                if each.fate is Fate.UNDECIDED:
                    yield (
                        f"Whether revision {each.revision} of {self._seat(each.seat)} "
                        "counts cannot be told from the statements that are here."
                    )
        most = max((len(each.by) for each in stands.attestations), default=0)
        if most < compact.t:
            yield (
                f"In the entries that are here {most} of {compact.n} assemblies attest "
                f"one result; {compact.t} are needed to confirm it."
            )

    def left_out(self) -> Iterator[LeftOut]:
        """Go through the revisions that are not counted, each with the rule for it."""
        certified = () if self.stands.result is None else self.stands.result.certified
        left = [
            (each.seat, each.revision, each.digest, str(each.rule), BECAUSE[each.rule])
            for each in certified
            if each.rule is not None
        ]
        left += [
            (each.seat, each.revision, each.digest, str(found.rule), found.says)
            for each in self.stands.revisions
            if (found := each.finding) is not None
        ]
        for seat, revision, digest, rule, says in sorted(left):
            members = self.held.compact.members
            yield LeftOut(
                assembly=None if seat == NO_SEAT else members[_seat_of(seat)].assembly,
                seat=seat,
                revision=revision,
                digest=digest,
                rule=rule,
                says=says,
            )

    def contradictions(self) -> Iterator[str]:
        """Say who stated what cannot both be meant."""
        told: set[frozenset[Digest]] = set()
        for each in (*self.stands.contradictions, *self.below):
            pair = frozenset({each.a.digest, each.b.digest})
            if pair not in told:
                told.add(pair)
                places = f"entries {each.a.seq} and {each.b.seq}"
                yield f"{self.names[each.of]}, {places}: {each.says}"
        for section in (self.found, *self.found.below.values()):
            for shown_here in section.evidence:
                pair = frozenset({shown_here.a, shown_here.b})
                if pair not in told:
                    told.add(pair)
                    line = section.beside[shown_here.b]
                    yield (
                        f"{self.names[shown_here.of]} signed two things, in line "
                        f"{line}, that cannot both be."
                    )

    def minorities(self) -> Iterator[Minority]:
        """Say what minorities put beside this result, or the decision to propose it."""
        result = self.stands.confirmed
        on = {self.held.text.decision}
        if result is not None:
            on.add(Digest(canonical.digest(result_document(result))))
        for seat, member in enumerate(self.held.compact.members):
            kept = self.held.records.get(member.assembly)
            if kept is None:
                continue
            for entry, said in kept.facts(MinorityReport):
                own = said.decision is not None
                if said.on not in on or dissent.flaw(entry, kept) is not None:
                    continue
                if own and (
                    result is None or not dissent.voted_otherwise(result, seat)
                ):
                    continue
                gaps = dissent.withheld(entry, kept)
                text = " ".join(
                    "(a part withheld by its reviewers)"
                    if number in gaps
                    else words(self.found, part) or "(text withdrawn)"
                    for number, part in enumerate(said.parts, start=1)
                )
                name, signed = self.names[member.assembly], len(said.signers)
                yield Minority(
                    assembly=member.assembly,
                    seq=entry.seq,
                    digest=entry.digest,
                    signed=0 if own else signed,
                    says=f"{name} does not agree: {text}"
                    if own
                    else f"A minority of {name}, {signed} signed: {text}",
                )

    def _signed(self, assembly: AssemblyId, size: int) -> str:
        says = (
            f"{self.names[assembly]} signed entries 0 to {size - 1} of its record, "
            "each after the one before it"
        )
        point = self.found.checkpoints.get(assembly)
        others = [] if point is None else [id for id in point.by if id != assembly]
        if point is None or not others:
            return f"{says}."
        return f"{says}; {self._listed(others)} saw the first {point.size} just so."

    def _vote(self, counted: Counted) -> str:
        """Say what a seat's vote rests on, down to the totals of the hall."""
        if counted.seat < NO_SEAT:
            return self._placed(counted)
        seat = self.held.compact.members[counted.seat]
        says = f"{self.names[seat.assembly]} votes {' > '.join(counted.choice)}"
        for kept in (kept for who in seat.bearers for kept in self.held.held(who)):
            filing = kept.get(counted.digest)
            if filing is not None and isinstance(filing.fact, Filed):
                break
        else:
            return self._on_paper(counted, says)
        by = ""
        if kept.assembly != seat.assembly:
            by = f"of {self.names[kept.assembly]}, to whom the seat moved"
        where = f"entry {filing.seq}{by and f' {by}'}"
        return f"{says} ({where}){self._basis(filing.fact, kept)}."

    def _basis(self, filed: Filed, kept: Record) -> str:
        given = None if filed.document is None else kept.get(filed.document.mandate)
        if given is None or not isinstance(given.fact, Mandate):
            return ""
        says = f", as its mandate in entry {given.seq} says"
        decided = self.held.inner.get(given.fact.decision)
        if decided is None:
            return f"{says}{_after(kept, given.fact.decision)}"
        return f"{says}, after {decided.proposal} was {decided.outcome} below"

    def _placed(self, counted: Counted) -> str:
        """Say where an assembly says that the matter belongs."""
        for each in placing.examine(self.held):
            if each.entry.digest == counted.digest:
                where = "here" if each.placement.belongs == "here" else "further down"
                whose = f"{self.names[each.entry.assembly]} (entry {each.entry.seq})"
                return f"{whose} says that it belongs {where}."
        return f"{self._seat(counted.seat)} has spoken."

    def _on_paper(self, counted: Counted, says: str) -> str:
        for each in paper.examine(self.held):
            if each.entry.digest == counted.digest:
                filed = f"{self.names[each.entry.assembly]} (entry {each.entry.seq})"
                others = self._listed(each.countersigned_by)
                return f"{says}, on paper: filed by {filed}, countersigned by {others}."
        return f"{says}."

    def _ratifies(self, counted: Counted) -> str:
        assembly = self.held.compact.members[counted.seat].assembly
        for kept in self.held.held(assembly):
            filing = kept.get(counted.digest)
            if filing is not None and isinstance(filing.fact, Ratification):
                says = "ratifies it" if filing.fact.ratifies else "does not ratify it"
                whose = f"{self.names[assembly]} {says} (entry {filing.seq})"
                return f"{whose}{_after(kept, filing.fact.decision)}."
        return f"{self.names[assembly]} has answered."

    def _entry(self, digest: Digest) -> Entry | None:
        held = (kept.get(digest) for kept in self.found.records.values())
        return next((entry for entry in held if entry is not None), None)

    def _seat(self, seat: int) -> str:
        if seat == NO_SEAT:
            return "the proposal, its withdrawal,"
        if seat < NO_SEAT:
            whose = self.names[self.held.compact.members[_seat_of(seat)].assembly]
            return f"{whose}, on where it belongs,"
        return self.names[self.held.compact.members[seat].assembly]

    def _listed(self, assemblies: Iterable[AssemblyId]) -> str:
        *others, last = (self.names[each] for each in assemblies)
        return f"{', '.join(others)} and {last}" if others else last


def _after(kept: Record, digest: Digest | None) -> str:
    behind = kept.get(digest)
    if behind is None or not isinstance(behind.fact, Decision):
        return ""
    decision, totals = behind.fact, ""
    if decision.members is not None:
        count = decision.members
        totals = (
            f"{count.for_} for, {count.against} against, {count.abstain} abstaining, "
        )
    return (
        f", after the decision in entry {behind.seq}: {totals}"
        f"{decision.present} present, confirmed by {len(decision.confirmed_by)} tellers"
    )


def names_of(found: Contents) -> dict[str, str]:
    """Name each assembly by its own words, or by its address where two share them."""
    names: dict[str, str] = {}
    seats = (seat for each in (found.compact, *found.earlier) for seat in each.members)
    for seat in seats:
        if seat.assembly in names:
            continue
        kept = found.records.get(seat.assembly)
        founding = None if kept is None else kept.at(0)
        name = None
        if founding is not None and isinstance(founding.fact, Founding):
            name = words(found, founding.fact.name)
        if name is None or name in names.values():
            name = shown(speech.log_origin(seat.address))[:LONGEST_SHOWN]
        names[seat.assembly] = name
    for section in found.below.values():
        names = {**names_of(section), **names}
    return names


def words(found: Contents, commitment: str) -> str | None:
    """Return the words behind a commitment as one short line, if they are here."""
    text = found.texts.get(commitment)
    return None if text is None else shown(text)[:LONGEST_SHOWN]


def _seat_of(number: int) -> int:
    """Give the seat of a revision, or of what an assembly says of where it belongs."""
    placed = placing.seat_of(number)
    return number if placed is None else placed
