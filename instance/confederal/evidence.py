"""What our assembly says of itself to a compact, and what it says of others there.

Each follows a decision that stands in our record, but for our own claim and our reply:
those the clerk carries out. Nothing here admits anybody.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from activitypub import canonical
from confederation import record
from confederation.confederal import evidence
from confederation.confederal.compact import Compact
from confederation.confederal.evidence import Challenged, Peers, Standing
from confederation.counting import lot
from confederation.errors import NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import AssemblyId, Commit, CompactId, Digest, SessionId
from confederation.record import Criterion, Entry, Sitting
from instance import archive, chamber, clerk, vocabulary
from instance.desk import Desk
from instance.store import compacts, records
from instance.store.acts import Act

SEED_BYTES: Final = 32


def peers(desk: Desk, identity: str) -> Peers:
    """Return what we go by when we look at claims to a compact.

    Raises:
        Unknown: the compact, or the criteria that it names, are not known here.
    """
    line = chamber.lineage(desk, identity)
    if line is None:
        raise Unknown("No such compact is known here.")
    criteria = chamber.criteria_of(desk, line.newest)
    if criteria is None:
        raise Unknown("The criteria that this compact names are not known here.")
    return Peers(
        identity=CompactId(identity),
        versions={each.digest: each for each in line.versions},
        members=line.newest,
        records={
            known.id: kept
            for known in records.assemblies(desk.connection)
            if (kept := chamber.record_of(desk, known.id)) is not None
        },
        criteria=criteria,
        at=desk.now,
    )


def standing(desk: Desk, identity: str, of: str) -> Standing:
    """Say how an assembly's claim stands under a compact.

    Raises:
        Unknown: the compact, or the criteria that it names, are not known here.
    """
    return evidence.standing(AssemblyId(of), peers(desk, identity))


def claim(desk: Desk, identity: CompactId, sittings: Sequence[Sitting]) -> Act:
    """Publish what we say of ourselves; the same again changes nothing."""
    known = peers(desk, identity)
    usual = vocabulary.criteria_document(known.criteria)
    worked_out = evidence.worked_out(sittings, known.criteria)
    fact = record.Legitimacy(
        compact=identity,
        criteria=known.members.criteria or Digest(canonical.digest(usual)),
        sittings=tuple(sittings),
        figure=worked_out.figure,
        holds=worked_out.holds,
    )
    subject = f"{identity} {canonical.digest(vocabulary.wire(fact))}"
    return clerk.prepare(desk, fact, subject=subject)


def visit(
    desk: Desk,
    identity: CompactId,
    of: AssemblyId,
    session: SessionId,
    *,
    confirms: bool,
    present: int | None,
    decision: Digest,
) -> Act:
    """Say what our people saw at a meeting of another assembly.

    Raises:
        NotEntitled: we have no seat, or no such decision was passed and confirmed.
    """
    _decided(desk, identity, decision)
    fact = record.Visit(
        compact=identity,
        of=of,
        session=session,
        confirms=confirms,
        present=present,
        decision=decision,
    )
    return clerk.prepare(desk, fact, subject=f"{of} {session} {decision}")


def challenge(
    desk: Desk,
    identity: CompactId,
    of: AssemblyId,
    *,
    criterion: Criterion,
    grounds: Commit,
    reply_by: datetime,
    decision: Digest,
) -> Act:
    """Challenge what another assembly says of itself, and commit to our half of a lot.

    Raises:
        NotEntitled: we have no seat, or no such decision was passed and confirmed.
        TooEarly: the other assembly would have less time to reply than it is due.
    """
    version = _decided(desk, identity, decision)
    criteria = peers(desk, identity).criteria
    if (reply_by - desk.now).total_seconds() < criteria.reply_within:
        raise TooEarly(
            "The other assembly needs more time to answer: until {at} at the least.",
            at=desk.now + timedelta(seconds=criteria.reply_within),
        )
    subject = f"{of} {decision}"
    seed = compacts.keep_seed(
        desk.connection, subject, seed=secrets.token_hex(SEED_BYTES)
    )
    fact = record.Challenge(
        compact=version.digest,
        of=of,
        criterion=criterion,
        evidence=(grounds,),
        reply_by=reply_by,
        seed=lot.commitment(seed),
        decision=decision,
    )
    return clerk.prepare(desk, fact, subject=subject)


def reply(desk: Desk, identity: CompactId, of: Digest, text: Commit) -> Act:
    """Answer a challenge to what we say of ourselves.

    Raises:
        NotEntitled: it is not we who are challenged.
        TooLate: the time to answer is over.
    """
    found = _challenge(desk, identity, of)
    if found.fact.of != _ours(desk):
        raise NotEntitled("Whoever is challenged answers.")
    if desk.now > found.fact.reply_by:
        raise TooLate("The time to answer this challenge is over.")
    fact = record.Reply(challenge=of, text=text)
    return clerk.prepare(desk, fact, subject=of)


def open_lot(desk: Desk, identity: CompactId, of: Digest) -> Act:
    """Open our half of the lot, so that everybody sees who looks at a challenge.

    Raises:
        NotEntitled: it is not our challenge, or we do not have its seed any more.
        TooEarly: the other assembly still has time to answer.
    """
    found = _challenge(desk, identity, of)
    if found.entry.assembly != _ours(desk):
        raise NotEntitled("Whoever challenged opens the lot.")
    if found.reply is None and desk.now < found.fact.reply_by:
        raise TooEarly("The lot is opened after the answer, or when its time is over.")
    seed = compacts.seed_of(desk.connection, f"{found.fact.of} {found.fact.decision}")
    if seed is None:
        raise NotEntitled("This node no longer has its half of the lot.")
    fact = record.LotSeed(
        challenge=of,
        seed=seed,
        reply=None if found.reply is None else found.reply.digest,
    )
    return clerk.prepare(desk, fact, subject=of)


def judge(
    desk: Desk,
    identity: CompactId,
    of: Digest,
    *,
    upheld: bool,
    reason: Commit | None,
    decision: Digest,
) -> Act:
    """Say, as one that was drawn, whether what is challenged is upheld.

    Raises:
        NotEntitled: we were not drawn, or no such decision was passed and confirmed.
    """
    found = _challenge(desk, identity, of)
    if _ours(desk) not in found.panel:
        raise NotEntitled("Only assemblies that were drawn look at this challenge.")
    _decided(desk, identity, decision)
    fact = record.Verdict(challenge=of, upheld=upheld, decision=decision, reason=reason)
    return clerk.prepare(desk, fact, subject=f"{of} {decision}")


def decisions(desk: Desk, *, most: int = 20) -> list[Entry]:
    """List our decisions that were passed and confirmed, the newest first."""
    kept = chamber.record_of(desk, _ours(desk))
    if kept is None:
        return []
    passed = [
        entry
        for entry, fact in kept.facts(record.Decision)
        if evidence.decided(kept, entry.digest, kept.size) and fact.outcome == "passed"
    ]
    return passed[::-1][:most]


def challenged(desk: Desk, digest: Digest) -> Challenged | None:
    """Return a challenge with what followed.

    None where it is none, or where its compact or the criteria are not known here.
    """
    row = records.entry(desk.connection, digest)
    fact = None if row is None else archive.read(desk, row).fact
    if not isinstance(fact, record.Challenge):
        return None
    compact = chamber.compact_of(desk, fact.compact)
    line = None if compact is None else chamber.lineage(desk, compact.identity)
    if line is None or chamber.criteria_of(desk, line.newest) is None:
        return None
    found = standing(desk, line.newest.identity, fact.of).challenges
    return next((each for each in found if each.entry.digest == digest), None)


def _challenge(desk: Desk, identity: CompactId, digest: Digest) -> Challenged:
    found = challenged(desk, digest)
    compact = None if found is None else chamber.compact_of(desk, found.fact.compact)
    if found is None or compact is None or compact.identity != identity:
        raise Unknown("No such challenge is known here.")
    return found


def _decided(desk: Desk, identity: CompactId, decision: Digest) -> Compact:
    """Return the version in force, in which we have a seat, if we decided this."""
    version = next(
        (each for each in chamber.our_seats(desk) if each.identity == identity), None
    )
    if version is None:
        raise NotEntitled("Only an assembly that has a seat in the compact says this.")
    kept = chamber.record_of(desk, _ours(desk))
    if kept is None or not evidence.decided(kept, decision, kept.size):
        raise NotEntitled(
            "This needs a decision of the assembly that was passed, and that two "
            "tellers have confirmed."
        )
    return version


def _ours(desk: Desk) -> AssemblyId:
    ours = records.ours(desk.connection)
    if ours is None:
        raise TooEarly("An assembly is founded before it says anything to others.")
    return ours.id
