"""A slot is named by its root, and at most one proposal in it is adopted.

A proposal that amends or replaces another stands in that one's slot; one that changes a
compact stands in the slot of the version it changes. An assembly attests an adopting
result for one proposal in a slot at most, so no two can both reach the threshold.

See docs/decisions/0020-one-slot-one-root.md.
"""

from datetime import datetime

from confederation import statements
from confederation.holding import Holding, overdue, slot
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Attestation, Entry, Proposal, Result
from confederation.statements import Heard
from confederation.weighing import attestations


def objection(holding: Holding) -> str | None:
    """Say what is wrong with the slot that a proposal names; None if nothing is.

    If a replacement could name a replacement, two proposals would share a third one's
    slot without sharing theirs, and both could be adopted: so all name the root.
    """
    text = holding.text
    if holding.amended is not None and text.slot != slot(holding.amended):
        return "A proposal that amends another takes the slot that this one holds."
    if adopted(holding) is not None:
        return "Another proposal in this slot has been adopted."
    if text.slot in (None, holding.compact.digest):
        return None
    if text.new_key is not None and text.slot == text.new_key.after:
        return None
    if all(rival.digest != text.slot for rival in holding.rivals):
        return (
            "What the proposal replaces is not held here, or itself stands in the slot "
            "of another: then that is the slot to name."
        )
    return None


def adopted(holding: Holding) -> Digest | None:
    """Name the other proposal in the slot that is confirmed as adopted, if any."""
    for rival in holding.rivals:
        if any(_adopts(each) for each in _confirmed(holding, _heard(holding, rival))):
            return rival.digest
    return None


def free(holding: Holding, me: AssemblyId, at: datetime) -> bool:
    """Say whether an assembly may attest that this proposal is adopted.

    It has attested that of no other in the slot. And it lets those go first that close
    earlier, until they are settled or the compact's limit for closing has passed: if
    each assembly attested what it came to first, they could part over two good
    proposals, and neither would be adopted for ever.
    """
    rivals = {rival.digest for rival in holding.rivals}
    spent = any(
        attestation.proposal in rivals and _adopts(attestation.result)
        for record in holding.held(me)
        for _, attestation in record.facts(Attestation)
    )
    return not spent and not any(
        _goes_first(holding, rival, at) and _is_alive(holding, rival, me)
        for rival in holding.rivals
    )


def _goes_first(holding: Holding, rival: Entry, at: datetime) -> bool:
    text = rival.fact
    assert isinstance(text, Proposal)
    theirs = (text.closes, rival.digest)
    ours = (holding.text.closes, holding.proposal.digest)
    return theirs < ours and not overdue(holding.compact, text.closes, at)


def _is_alive(holding: Holding, rival: Entry, me: AssemblyId) -> bool:
    """Say whether a rival is open, as far as we see, and could still be adopted."""
    heard = _heard(holding, rival)
    opened = (
        holding.compact.seat_of(me) in heard.opened_by
        or len(heard.opened_by) >= holding.compact.t
    )
    settled = any(not _adopts(each) for each in _confirmed(holding, heard))
    return opened and not settled


def _heard(holding: Holding, rival: Entry) -> Heard:
    return statements.hear(holding.compact, statements.on(rival), holding.all_records())


def _confirmed(holding: Holding, heard: Heard) -> tuple[Result, ...]:
    return tuple(
        attested.result
        for attested in attestations(holding.compact, heard)
        if len(attested.by) >= holding.compact.t
    )


def _adopts(result: Result) -> bool:
    return result.outcome == "adopted"
