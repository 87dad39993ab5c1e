"""What our assembly must say next is filed in its record."""

from collections.abc import Mapping
from typing import Final

from confederation import record
from confederation.confederal import correction, council, new_key, ratifying, slots
from confederation.errors import Unknown
from confederation.identifiers import Digest
from confederation.record import Entry, Proposal
from instance import archive, clerk
from instance.chamber.checked_mandates import answer_mandates
from instance.chamber.held import holding, proposal, proposals, record_of
from instance.chamber.results import tell_results
from instance.chamber.standings import standing
from instance.chamber.written import body_of, result_digest
from instance.desk import Desk
from instance.store import given_keys, records
from instance.upkeep import record_keys

MOST_ROUNDS: Final = 8


def confer(desk: Desk) -> bool:
    """Publish what waits and file what our assembly must say next; whether it did.

    Nothing happens without the pen. Asking again files nothing twice.
    """
    archive.note_damage(desk)
    note_given_keys(desk)
    filed = record_keys.take_over(desk) or bool(clerk.publish_ready(desk))
    ours = records.ours(desk.connection)
    if clerk.why_not(desk) or ours is None or not clerk.holds_key(desk):
        return False
    for entry in unattested(desk, ours.id):
        for _ in range(MOST_ROUNDS):
            held = holding(desk, entry)
            if held is None:
                break
            asked = (held, ours.id, desk.now, result_digest)
            due = council.duties(*asked) or ratifying.duties(*asked)
            for fact in due:
                clerk.publish(desk, type(fact).__name__, body_of(fact))
            filed = filed or bool(due)
            if not due:
                break
    tell_results(desk, ours.id)
    answer_mandates(desk)
    return filed


def note_given_keys(desk: Desk) -> None:
    """Note which keys were given by decisions that are confirmed, from now on for good.

    See docs/reference/statements.md, "A key that a compact gives".
    """
    noted = given_keys.known(desk.connection)
    for entry in proposals(desk):
        text = entry.fact
        assert isinstance(text, Proposal)
        if text.new_key is None or entry.digest in noted:
            continue
        held = holding(desk, entry)
        if held is None:
            continue
        settled = council.standing(held, desk.now).confirmed
        given = new_key.given(held.compact, text, settled)
        if given is not None:
            given_keys.keep(
                desk.connection,
                given,
                compact=held.compact.identity,
                proposal=entry.digest,
            )


def unattested(desk: Desk, assembly: str) -> list[Entry]:
    """Return the proposals on which an assembly has still something to say.

    An attestation is its last word: that of the result or, where it is ratified, that
    of its ratification. Where enough attest that a policy was not adopted, nothing will
    ever be ratified.
    """
    kept = record_of(desk, assembly)
    if kept is None:
        return []
    attested = {fact.proposal: fact for _, fact in kept.facts(record.Attestation)}
    return [entry for entry in proposals(desk) if not _has_ended(desk, entry, attested)]


def _has_ended(
    desk: Desk, entry: Entry, attested: Mapping[Digest, record.Attestation]
) -> bool:
    vote = attested.get(entry.digest)
    if vote is None:
        return False
    assert isinstance(entry.fact, Proposal)
    if not entry.fact.ratify or vote.result_hash in attested:
        return True
    # What we attested may be a dissent, and another result be ratified: no end then.
    stands = standing(desk, entry)
    settled = None if stands is None else stands.confirmed
    return settled is not None and not slots.adopts(settled)


def correct(desk: Desk, digest: str) -> Entry:
    """File a correction of our own attestation, which names what made the difference.

    Raises:
        Unknown: the proposal is not held here, or our assembly is not founded.
        Refused: as `correction.correct`.
    """
    entry = proposal(desk, digest)
    stands, ours = standing(desk, entry), records.ours(desk.connection)
    kept = None if ours is None else record_of(desk, ours.id)
    if kept is None or stands is None:
        raise Unknown("Nothing is known here that could be corrected.")
    fact = correction.correct(kept, entry.digest, stands, result_digest)
    return clerk.publish(desk, "Correction", body_of(fact))
