"""Every node checks the mandates of the others by itself, and says what it found."""

from activitypub import canonical
from confederation import record
from confederation.confederal import mandate
from confederation.confederal.history import Record
from confederation.confederal.mandate import Finding
from confederation.record import Entry, Mandate
from instance import archive, speech
from instance.chamber.held import decided_below, lineage, record_of
from instance.desk import Desk
from instance.store import answered_mandates, records


def lacks(desk: Desk, entry: Entry, kept: Record) -> Finding | None:
    """Find what a mandate lacks to be its assembly's own act; None if nothing.

    None as well where its compact is not known here.
    """
    assert isinstance(entry.fact, Mandate)
    line = lineage(desk, entry.fact.compact)
    if line is None:
        return None
    inner = decided_below(desk, line.newest, {entry.assembly: kept})
    return mandate.founded(entry, kept, line.newest, inner)


def answer_mandates(desk: Desk) -> None:
    """Tell fellow members which of their mandates this node accepts, and which not.

    Each once, and once more if what was refused stands by what was learnt since. What
    is over is told to nobody.
    """
    ours = records.ours(desk.connection)
    if ours is None:
        return
    for row in answered_mandates.not_accepted_by(desk.connection, ours.id):
        entry = archive.read(desk, row)
        known = records.assembly(desk.connection, entry.assembly)
        kept = record_of(desk, entry.assembly)
        fact = entry.fact
        if known is None or kept is None or not isinstance(fact, Mandate):
            continue
        line = lineage(desk, fact.compact)
        if line is None or line.newest.borne_by(ours.id) is None:
            continue
        found = lacks(desk, entry, kept)
        reason = "" if found is None else found.says[: speech.MOST_IN_REASON]
        fresh = answered_mandates.keep(
            desk.connection,
            mandate=entry.digest,
            party=ours.id,
            accepted=found is None,
            reason=reason,
            at=desk.now,
        )
        if not fresh or _is_over(desk, entry, fact, kept):
            continue
        answer = speech.answer_to(
            desk,
            canonical.read(bytes(row["body"])),
            accepted=found is None,
            to=[known.address],
            reason=reason,
        )
        inbox = f"{known.address}/inbox"
        speech.answer(desk, speech.group_path(desk), answer, inbox=inbox)


def _is_over(desk: Desk, entry: Entry, fact: Mandate, kept: Record) -> bool:
    return (
        fact.valid_until < desk.now
        or any(
            later.mandate == entry.digest
            for _, later in kept.facts(record.Recall, after=entry.seq)
        )
        or any(
            later.supersedes == entry.digest
            for _, later in kept.facts(Mandate, after=entry.seq)
        )
    )
