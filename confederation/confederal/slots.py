"""A slot is named by its root, and what is adopted in it is one thing.

A proposal that amends or replaces another stands in that one's slot; one that changes a
compact stands in the slot of the version it changes. An assembly attests the adoption
of one thing in a slot: of the same words it may attest it again, where an earlier vote
on them ended in a dispute. So no two things can both reach the threshold.

What *t* assemblies attest not to be adopted is out for good, and so is what was adopted
and then, as *t* attest alike, not ratified. Then the slot is free for anything else.

See docs/decisions/0110-what-was-disputed-may-be-put-again.md.
"""

from dataclasses import replace
from datetime import datetime
from itertools import product

from confederation.confederal import statements
from confederation.confederal.compact import RANKINGS, Compact
from confederation.confederal.history import Contradiction
from confederation.confederal.holding import Holding, overdue, slot
from confederation.confederal.statements import Subject
from confederation.confederal.weighing import Attested, attestations
from confederation.errors import Phrase
from confederation.identifiers import AssemblyId, Digest
from confederation.record import (
    Attestation,
    Entry,
    Fact,
    Proposal,
    Result,
)

Said = tuple[tuple[int, Entry, Attestation], ...]
"""What is attested of one subject, each with its seat."""


def objection(holding: Holding) -> str | None:
    """Say what is wrong with the slot that a proposal names; None if nothing is.

    If a replacement could name a replacement, two proposals would share a third one's
    slot without sharing theirs, and both could be adopted: so all name the root.
    """
    text = holding.text
    if holding.amended is not None and text.slot != slot(holding.amended):
        return Phrase(
            "A proposal that amends another takes the slot that this one holds."
        )
    if any(
        adopted(holding, rival) and not (text.ratify and same(text, rival.fact))
        for rival in holding.rivals
    ):
        return Phrase("Another proposal in this slot has been adopted.")
    if text.slot in (None, holding.compact.digest):
        return None
    if text.new_key is not None and text.slot == text.new_key.after:
        return None
    if all(rival.digest != text.slot for rival in holding.rivals):
        return Phrase(
            "What the proposal replaces is not held here, or itself stands in the slot "
            "of another: then that is the slot to name."
        )
    return None


def yields_to(holding: Holding) -> Digest | None:
    """Name the other proposal that holds the slot, if one is adopted and not out."""
    held_by = (r.digest for r in holding.rivals if adopted(holding, r))
    return next(held_by, None)


def adopted(holding: Holding, rival: Entry) -> bool:
    """Say whether a proposal in the slot is adopted and has not been refused since."""
    found = _confirmed(holding.compact, _attested(holding, statements.on(rival)))
    return any(adopts(each.result) for each in found) and not out(holding, rival)


def free(holding: Holding, me: AssemblyId, result: Result, at: datetime) -> bool:
    """Say whether an assembly may attest a result by which this proposal is adopted.

    It has attested the adoption of nothing else in the slot, unless that is out. And it
    lets those go first that close earlier, until they are settled or the compact's
    limit for closing has passed: if each assembly attested what it came to first, they
    could part over two good proposals, and neither would be adopted for ever.
    """
    return not any(
        _spent_on(holding, rival, me, result)
        or (_goes_first(holding, rival, at) and _is_open(holding, rival, me))
        for rival in holding.rivals
        if not out(holding, rival)
    )


def out(holding: Holding, proposal: Entry) -> bool:
    """Say whether a proposal in the slot can never come into force, for good.

    Either *t* assemblies attest results of it that adopt nothing, alike or not. Or its
    confirmed result is to be ratified, and *t* attest ends of that other than that it
    is in force. Nobody can take either back.
    """
    text = proposal.fact
    assert isinstance(text, Proposal)
    compact, said = holding.compact, _attested(holding, statements.on(proposal))
    if len(_attesting_other_than("adopted", said)) >= compact.t:
        return True
    found = _confirmed(compact, said)
    if not text.ratify or len(found) != 1:
        return False
    ends = _attested(holding, statements.on_result(found[0].digest))
    return len(_attesting_other_than("in force", ends)) >= compact.t


def contradictions(holding: Holding) -> tuple[Contradiction, ...]:
    """Find whoever attests the adoption of two things in the slot.

    Not of one that is out, by what is held here: then the other one was free.
    """
    if not holding.rivals or out(holding, holding.proposal):
        return ()
    standing = {each.digest: each for each in (holding.proposal, *holding.rivals)}
    for rival in holding.rivals:
        if out(holding, rival):
            del standing[rival.digest]
    found = []
    for member in holding.compact.members:
        said = [
            (entry, fact)
            for record in holding.held(member.assembly)
            for entry, fact in record.facts(Attestation)
            if fact.proposal in standing and adopts(fact.result)
        ]
        ours = [each for each in said if each[1].proposal == holding.proposal.digest]
        found += [
            Contradiction(
                of=member.assembly,
                a=entry,
                b=other,
                says=Phrase("It attests that two proposals in one slot are adopted."),
            )
            for (entry, one), (other, contrary) in product(ours[:1], said)
            if contrary.proposal != one.proposal
            and not _one_thing(
                holding, one.result, standing[contrary.proposal], contrary.result
            )
        ]
    return tuple(found)


def adopts(result: Result) -> bool:
    """Say whether a result adopts what was proposed."""
    return result.outcome == "adopted"


def same(text: Proposal, other: Fact) -> bool:
    """Say whether two proposals put the same words to the vote, under the same rules.

    When they are voted on, by whose decision they were put, what led to them and in
    whose place they stand make no difference.
    """
    return isinstance(other, Proposal) and text == replace(
        other,
        decision=text.decision,
        opens=text.opens,
        closes=text.closes,
        issue=text.issue,
        amends=text.amends,
        slot=text.slot,
        why_wider=text.why_wider,
    )


def _one_thing(holding: Holding, one: Result, rival: Entry, other: Result) -> bool:
    """Say whether two results adopt the same: the same words, and the same choice."""
    chosen = [
        () if each.ranked is None else each.ranked.chosen for each in (one, other)
    ]
    return chosen[0] == chosen[1] and same(holding.text, rival.fact)


def _spent_on(holding: Holding, rival: Entry, me: AssemblyId, result: Result) -> bool:
    return any(
        said.proposal == rival.digest
        and adopts(said.result)
        and not _one_thing(holding, result, rival, said.result)
        for record in holding.held(me)
        for _, said in record.facts(Attestation)
    )


def _goes_first(holding: Holding, rival: Entry, at: datetime) -> bool:
    text = rival.fact
    assert isinstance(text, Proposal)
    # The same yes or no twice does no harm, and what was chosen may be something else.
    if text.method.name not in RANKINGS and same(holding.text, text):
        return False
    theirs = (text.closes, rival.digest)
    ours = (holding.text.closes, holding.proposal.digest)
    return theirs < ours and not overdue(holding.compact, text.closes, at)


def _is_open(holding: Holding, rival: Entry, me: AssemblyId) -> bool:
    """Say whether a rival is open, as far as we see, and could still be adopted."""
    subject, records = statements.on(rival), holding.all_records()
    heard = statements.hear(holding.compact, subject, records)
    return (
        holding.compact.seat_of(me) in heard.opened_by
        or len(heard.opened_by) >= holding.compact.t
    )


def _attested(holding: Holding, subject: Subject) -> Said:
    return statements.attested(holding.compact, subject, holding.all_records())


def _attesting_other_than(outcome: str, attested: Said) -> frozenset[int]:
    return frozenset(
        seat for seat, _, said in attested if said.result.outcome != outcome
    )


def _confirmed(compact: Compact, attested: Said) -> tuple[Attested, ...]:
    return tuple(
        each for each in attestations(compact, attested) if len(each.by) >= compact.t
    )
