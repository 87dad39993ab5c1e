"""Where confederal decisions are followed: every node by itself, over signed records.

What stands about a proposal is computed by the domain from the records held here; what
our assembly must say next is filed in its record. Nobody hosts the vote.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup

from activitypub import canonical, log
from activitypub.canonical import JsonObject
from confederation import (
    admission,
    bearing,
    correction,
    council,
    equivocation,
    new_key,
    ratifying,
    record,
)
from confederation import compact as compacts
from confederation import versions as of_compacts
from confederation.bearing import Inner
from confederation.compact import Compact
from confederation.council import Standing
from confederation.errors import NotEntitled, Unknown
from confederation.history import Record
from confederation.holding import Holding, rivals
from confederation.identifiers import AssemblyId, Digest
from confederation.mandate import Finding
from confederation.ratifying import Course
from confederation.record import Entry, Equivocation, Proposal
from confederation.versions import Change, Lineage
from instance import (
    archive,
    carriers,
    clerk,
    record_keys,
    speech,
    verification,
    vocabulary,
)
from instance.carriers import Carrier
from instance.desk import Desk
from instance.store import (
    branches,
    checkpoints,
    contradictions,
    given_keys,
    posts,
    records,
    votes,
)
from instance.store import compacts as known_compacts
from instance.store.branches import Beside

MOST_ROUNDS: Final = 8
MOST_LEVELS: Final = 8
"""So many compacts above each other are looked through, the lowest assemblies apart."""
RESULT: Final = "Result"


def compact_of(desk: Desk, digest: str) -> Compact | None:
    """Return a compact version known here, or None."""
    document = known_compacts.document(desk.connection, digest)
    return None if document is None else vocabulary.read_compact(document)


def record_of(desk: Desk, assembly: str) -> Record | None:
    """Return what is held of an assembly's record; None if nothing is.

    Entries that were read before are not read again. Where this disk altered one, the
    record is held as far as there.
    """
    kept = desk.shelf.records.get(assembly)
    rows = records.entries(
        desk.connection, assembly, start=kept.size - 1 if kept else 0
    )
    if kept is not None and rows and rows[0]["digest"] == kept.head:
        found = archive.read_whole(desk, rows)
        # The first was read before; here it is what the others follow.
        kept = kept.extend(entry for entry in found if entry.seq >= kept.size)
    else:
        # Nothing was kept, or a transaction that it was read in was undone.
        rows = records.entries(desk.connection, assembly)
        entries = tuple(archive.read_whole(desk, rows))
        kept = Record.of(entries) if entries else None
    if kept is not None:
        desk.shelf.records[assembly] = kept
    return kept


def records_held(desk: Desk) -> Mapping[AssemblyId, Record]:
    """Return every record that is held here, by its assembly."""
    return {
        known.id: kept
        for known in records.assemblies(desk.connection)
        if (kept := record_of(desk, known.id)) is not None
    }


def proposals(desk: Desk) -> list[Entry]:
    """Return every confederal proposal held here, oldest first.

    At the end stand those that were made in a branch of their assembly's record.
    """
    held = [
        archive.read(desk, row) for row in records.of_type(desk.connection, "Proposal")
    ]
    beside = map(read_beside, branches.of_type(desk.connection, "Proposal"))
    return [entry for entry in (*held, *beside) if isinstance(entry.fact, Proposal)]


def proposal(desk: Desk, digest: str) -> Entry:
    """Return a proposal by its digest.

    Raises:
        Unknown: no such proposal is held here.
    """
    entry = _entry(desk, digest)
    if entry is None or not isinstance(entry.fact, Proposal):
        raise Unknown("No such proposal is known here.")
    return entry


def versions(desk: Desk, identity: str) -> dict[Digest, Compact]:
    """Return every version of a compact whose document is held, in force or not."""
    return {
        Digest(digest): vocabulary.read_compact(document)
        for digest, document in known_compacts.versions(desk.connection, identity)
    }


def lineage(desk: Desk, identity: str) -> Lineage | None:
    """Follow a compact through the versions that its members adopted.

    None where its first version is not held here. Whether that one is in force is
    another question.
    """
    mark = (
        tuple((known.id, known.head) for known in records.assemblies(desk.connection)),
        known_compacts.number(desk.connection),
        contradictions.number(desk.connection),
    )
    kept = desk.shelf.lineages.get(identity)
    if kept is not None and kept[0] == mark:
        return kept[1]
    known = versions(desk, identity)
    first = known.get(Digest(identity))
    if first is None:
        return None
    changes = (_change(desk, entry, known) for entry in proposals(desk))
    line = of_compacts.lineage(first, known, filter(None, changes))
    desk.shelf.lineages[identity] = (mark, line)
    return line


def lineages(desk: Desk) -> list[Lineage]:
    """Follow every compact whose first version is known here, oldest known first."""
    lines = (
        lineage(desk, identity)
        for identity in known_compacts.identities(desk.connection)
    )
    return [line for line in lines if line is not None]


def _change(
    desk: Desk, proposal: Entry, known: Mapping[Digest, Compact]
) -> Change | None:
    text = proposal.fact
    assert isinstance(text, Proposal)
    compact = known.get(text.compact)
    if compact is None or text.compact_next is None:
        return None
    amended = records.entry(desk.connection, text.amends)
    if (amended is None) != (text.amends is None):
        return None
    held = held_of(desk, compact)
    return of_compacts.change(
        Holding(
            compact=compact,
            proposal=proposal,
            records=held,
            branches=tuple(_branches(desk, held)),
            amended=None if amended is None else archive.read(desk, amended),
            next=known.get(text.compact_next),
        )
    )


def our_seats(desk: Desk) -> list[Compact]:
    """Return the newest version of each compact in which our assembly has a seat."""
    ours = records.ours(desk.connection)
    kept = None if ours is None else record_of(desk, ours.id)
    if ours is None or kept is None:
        return []
    return [
        line.newest
        for line in lineages(desk)
        if line.newest.seat_of(ours.id) is not None
        and ours.id not in compacts.awaited(line.newest, {ours.id: kept})
        and compacts.left(line.newest, kept, kept.size) is None
    ]


def held_of(desk: Desk, compact: Compact) -> dict[AssemblyId, Record]:
    """Return what is held of the record of each assembly that may file for a seat.

    Each as far as the compact goes by it: what a key signed that others gave stands for
    those others alone.
    """
    held = {
        assembly: kept
        for seat in compact.members
        for assembly in seat.bearers
        if (kept := record_of(desk, assembly)) is not None
    }
    return new_key.all_within(held, given_keys.by(desk.connection, compact.identity))


def _entry(desk: Desk, digest: str) -> Entry | None:
    row = records.entry(desk.connection, digest)
    if row is not None:
        return archive.read(desk, row)
    beside = branches.entry(desk.connection, digest)
    return None if beside is None else read_beside(beside)


def holding(
    desk: Desk, proposal: Entry, *, levels: int = MOST_LEVELS
) -> Holding | None:
    """Return all that this node holds about a proposal; None without its compact.

    ``levels`` is how far down it looks for what was decided below.
    """
    assert isinstance(proposal.fact, Proposal)
    compact = compact_of(desk, proposal.fact.compact)
    if compact is None:
        return None
    new = proposal.fact.compact_next
    following = None if new is None else compact_of(desk, new)
    held = held_of(desk, compact)
    if following is not None:
        # Whether those whom it would admit applied stands in their own records.
        held = {**held_of(desk, following), **held}
    line = lineage(desk, compact.identity)
    proposer = held.get(proposal.assembly)
    amended = records.entry(desk.connection, proposal.fact.amends)
    if proposal.fact.amends is not None and amended is None:
        return None
    return Holding(
        compact=compact,
        proposal=proposal,
        records=held,
        clocks={
            AssemblyId(assembly): datetime.fromtimestamp(at, UTC)
            for assembly, at in checkpoints.clocks(desk.connection).items()
        },
        branches=tuple(_branches(desk, held)),
        evidence=tuple(evidence(desk)),
        amended=None if amended is None else archive.read(desk, amended),
        rivals=rivals(proposal, proposals(desk)),
        enacted=line is not None and line.holds(compact.digest),
        superseded=line is not None
        and proposer is not None
        and of_compacts.superseded_before(line, proposal, proposer),
        next=following,
        inner=decided_below(desk, compact, held, levels=levels),
    )


def evidence(desk: Desk, assembly: str | None = None) -> Iterator[Equivocation]:
    """Go through the contradictions that are held, of one assembly or of all.

    A checkpoint over a branch stands for the last entry that it is over.
    """
    for row in contradictions.held(desk.connection, assembly):
        a, b = (
            Digest(
                _entry_under(desk, row["assembly"], row[f"document_{side}"])
                or row[side]
            )
            for side in ("a", "b")
        )
        yield Equivocation(of=AssemblyId(row["assembly"]), a=a, b=b)


def turned_away(desk: Desk, assembly: str) -> frozenset[Digest]:
    """Name the entries that an assembly settled not to go on from."""
    kept = record_of(desk, assembly)
    if kept is None:
        return frozenset()
    held = {AssemblyId(assembly): kept}
    return equivocation.turned_away((kept, *_branches(desk, held)))


def _entry_under(desk: Desk, assembly: str, document: str) -> str | None:
    note = canonical.read(document.encode()).get("checkpoint")
    if not isinstance(note, str):
        return None
    point = log.read_checkpoint(log.read_note(note.encode()).body)
    return archive.explained(desk, assembly, point)


def settle(desk: Desk, shown: Equivocation, decision: Digest) -> Entry:
    """Settle a contradiction of our own assembly, to go on from our record.

    Raises:
        Unknown: no such contradiction of ours is held here.
        Refused: as `equivocation.settle`.
    """
    ours = records.ours(desk.connection)
    kept = None if ours is None else record_of(desk, ours.id)
    if ours is None or kept is None or shown not in evidence(desk, ours.id):
        raise Unknown("No such contradiction of this assembly is known here.")
    fact = equivocation.settle(kept, shown, decision)
    return clerk.publish(desk, "Settlement", _body(fact))


def decided_below(
    desk: Desk,
    compact: Compact,
    held: Mapping[AssemblyId, Record],
    *,
    levels: int = MOST_LEVELS,
) -> dict[Digest, Inner]:
    """Work out what compacts decided that hold a seat in this one by a bearer.

    Only what a bearer names, or what says who bears, and only by a version that the
    members below adopted: anybody can write one that says it follows from theirs.
    """
    found: dict[Digest, Inner] = {}
    borne = [seat for seat in compact.members if seat.bears is not None]
    if not borne or levels == 0:
        return found
    moving = {
        entry.digest
        for entry in proposals(desk)
        if isinstance(entry.fact, Proposal)
        and entry.fact.bearers is not None
        and entry.fact.bearers.compact == compact.identity
    }
    for seat in borne:
        assert seat.bears is not None
        named = moving.union(
            *(bearing.named(held[each]) for each in seat.bearers if each in held)
        )
        line = lineage(desk, seat.bears)
        for digest in sorted(named):
            row = records.entry(desk.connection, digest)
            entry = None if row is None else archive.read(desk, row)
            if entry is None or not isinstance(entry.fact, Proposal) or line is None:
                continue
            below = holding(desk, entry, levels=levels - 1)
            if (
                below is None
                or not line.holds(below.compact.digest)
                or not compacts.in_force(
                    line.versions[0], held_of(desk, line.versions[0])
                )
            ):
                continue
            decided = bearing.read(
                below.compact, entry, council.standing(below).confirmed
            )
            if decided is not None and decided.compact == seat.bears:
                found[digest] = decided
    return found


def standing(desk: Desk, proposal: Entry) -> Standing | None:
    """Say how a proposal stands as far as this node can see."""
    held = holding(desk, proposal)
    return None if held is None else council.standing(held, desk.now)


def course(desk: Desk, proposal: Entry) -> Course | None:
    """Say how far a decision has come, from the vote on to whom it binds."""
    held = holding(desk, proposal)
    return None if held is None else ratifying.course(held, desk.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A decision of all assemblies that holds: its result, and whom it binds."""

    result: Digest
    bound: tuple[AssemblyId, ...]


def in_force(desk: Desk, proposal: Entry) -> InForce | None:
    """Return what was adopted, and ratified where that is asked for, or None."""
    went = course(desk, proposal)
    if went is None or went.state is not ratifying.Stage.IN_FORCE:
        return None
    assert went.vote.confirmed is not None
    return InForce(result=result_digest(went.vote.confirmed), bound=went.bound)


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
                clerk.publish(desk, type(fact).__name__, _body(fact))
            filed = filed or bool(due)
            if not due:
                break
    _tell_results(desk, ours.id)
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
    of its ratification.
    """
    kept = record_of(desk, assembly)
    if kept is None:
        return []
    attested = {fact.proposal: fact for _, fact in kept.facts(record.Attestation)}
    return [entry for entry in proposals(desk) if not _has_ended(entry, attested)]


def _has_ended(entry: Entry, attested: Mapping[Digest, record.Attestation]) -> bool:
    vote = attested.get(entry.digest)
    if vote is None:
        return False
    assert isinstance(entry.fact, Proposal)
    # What we attested may be a dissent, and another result be ratified: no end then.
    return not entry.fact.ratify or vote.result_hash in attested


def hear_vote(desk: Desk, document: JsonObject) -> str:
    """Hear a delegate's signed vote that came past its assembly's form.

    At its own assembly it is filed if the mandate allows it. Anywhere else it is
    judged, kept to be shown, and its assembly is told.
    """
    vote = verification.read_vote(document)
    row = records.entry(desk.connection, vote.proposal)
    if row is None:
        return "ignored: no such proposal is known here"
    entry = proposal(desk, vote.proposal)
    held = holding(desk, entry)
    if held is None or held.compact.seat_of(vote.assembly) is None:
        return "ignored: its assembly has no seat in that proposal"
    ours = records.ours(desk.connection)
    at_home = ours is not None and vote.assembly == ours.id
    if at_home:
        received = admission.receive(held, vote, desk.now)
        if isinstance(received, record.Filed):
            file_vote(desk, document)
            return "vote filed"
    elif admission.judge_unfiled(held, vote) is None:
        return "vote: it stands in the record already"
    fresh = votes.keep_stray(
        desk.connection,
        digest=canonical.digest(document),
        proposal=vote.proposal,
        assembly=vote.assembly,
        body=canonical.canonical(document),
        at=desk.now,
    )
    if fresh and not at_home:
        speech.tell_fellows(desk, document, only=vote.assembly)
    return "vote: kept to be shown, counted by nobody"


def file_vote(desk: Desk, document: JsonObject) -> Entry:
    """File a vote of our own delegate in our record.

    Raises:
        NotEntitled: it is another assembly's, or does not keep to its mandate; the rule
            is in the sentence.
        TooEarly, TooLate: the proposal is not open.
        Unknown: no such proposal is known here.
    """
    vote = verification.read_vote(document)
    ours = records.ours(desk.connection)
    # Filed here it would take the place of our own delegate's next vote.
    if ours is None or vote.assembly != ours.id:
        raise NotEntitled("This is the vote of another assembly: it is filed there.")
    held = holding(desk, proposal(desk, vote.proposal))
    if held is None:
        raise Unknown("The compact of this proposal is not known here.")
    received = admission.receive(held, vote, desk.now)
    if isinstance(received, Finding):
        raise NotEntitled(received.says)
    body = {**_body(received), "document": document}
    return clerk.publish(desk, "Filed", body)


def strays(desk: Desk, held: Holding) -> Iterator[tuple[record.Vote, Finding]]:
    """Go through the votes that were heard and are in no record, with their rule."""
    for row in votes.strays(desk.connection, held.proposal.digest):
        document = canonical.read(row["body"].encode())
        vote = verification.read_vote(document)
        finding = admission.judge_unfiled(held, vote)
        if finding is not None:
            yield vote, finding


def report_contradictions(desk: Desk) -> None:
    """Put each contradiction found in our own record, once, and pass it on."""
    ours = records.ours(desk.connection)
    if not desk.pen or ours is None or not clerk.holds_key(desk):
        return
    reported = {
        (fact.a, fact.b)
        for row in records.entries(desk.connection, ours.id, types=("Equivocation",))
        if isinstance((fact := archive.read(desk, row).fact), Equivocation)
    }
    for row in contradictions.held(desk.connection):
        if (row["a"], row["b"]) in reported or row["assembly"] == ours.id:
            continue
        fact = Equivocation(
            of=AssemblyId(row["assembly"]), a=Digest(row["a"]), b=Digest(row["b"])
        )
        sides: JsonObject = {
            "sides": [
                canonical.read(row["document_a"].encode()),
                canonical.read(row["document_b"].encode()),
            ]
        }
        clerk.publish(desk, "Equivocation", {**_body(fact), **sides})


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
    return clerk.publish(desk, "Correction", _body(fact))


def _tell_results(desk: Desk, assembly: AssemblyId) -> None:
    """Tell each confirmed result once, and add it to the post that opened the vote.

    An assembly tells what it attested; what opened the vote is its own post or none.
    """
    kept = record_of(desk, assembly)
    if kept is None:
        return
    told = posts.told_about(desk.connection, kind=RESULT)
    attested = {fact.proposal for _, fact in kept.facts(record.Attestation)}
    for entry in proposals(desk):
        if entry.digest not in attested:
            continue
        assert isinstance(entry.fact, Proposal)
        if entry.digest not in told:
            _tell_result(desk, entry)
        # What was attested of a ratification names the result, which the vote gives.
        if entry.fact.ratify and (attested - told - {entry.digest}):
            _tell_ratified(desk, entry, attested - told)


def _tell_result(desk: Desk, entry: Entry) -> None:
    held = holding(desk, entry)
    if held is None:
        return
    now = ratifying.course(held, desk.now)
    if now.vote.confirmed is None:
        return
    attested = next(a for a in now.vote.attestations if a.result == now.vote.confirmed)
    post = carriers.result(
        desk,
        entry,
        now.vote.confirmed,
        attested_by=len(attested.by),
        ratified_until=now.closes,
    )
    _tell(desk, entry, post, about=entry.digest, says=now.vote.confirmed.outcome)


def _tell_ratified(desk: Desk, entry: Entry, untold: Set[Digest]) -> None:
    now = course(desk, entry)
    if (
        now is None
        or now.result is None
        or now.result not in untold
        or now.ratification is None
        or now.ratification.confirmed is None
    ):
        return
    result = now.ratification.confirmed
    post = carriers.ratified(desk, entry, result, bound=len(now.bound))
    _tell(desk, entry, post, about=now.result, says=result.outcome)


def _tell(desk: Desk, entry: Entry, post: Carrier, *, about: Digest, says: str) -> None:
    speech.say_carrier(desk, post, kind=RESULT, about=about)
    opened = posts.carrier_of(desk.connection, entry.digest)
    if opened is not None:
        html = Markup("<p><strong>{}</strong></p>").format(f"Result: {says}.")
        speech.add_to(desk, opened["id"], html + post.html)


def _body(fact: record.Fact) -> JsonObject:
    body = vocabulary.wire(fact)
    if isinstance(fact, record.Attestation):
        body["result"] = verification.result_document(fact.result)
    return body


def result_digest(result: record.Result) -> Digest:
    """Return the digest of a result, as everybody writes it."""
    return Digest(canonical.digest(verification.result_document(result)))


def _branches(desk: Desk, held: Mapping[AssemblyId, Record]) -> Iterator[Record]:
    """Go through the other records that assemblies wrote where they wrote two.

    Whatever an assembly stated counts wherever it is held, also on such a branch.
    """
    for tip in branches.tips(desk.connection):
        kept = held.get(AssemblyId(tip.assembly))
        branch = None if kept is None else branch_of(desk, kept, tip)
        if branch is not None:
            yield branch


def branch_of(desk: Desk, kept: Record, tip: Beside) -> Record | None:
    """Return the record of an assembly as it stands on a branch, up to an entry there.

    None where the record ``kept`` is not held as far as the branch.
    """
    chain = branches.chain(desk.connection, tip)
    trunk = kept.upto(chain[0].seq)
    if trunk.head != chain[0].prev:
        return None
    return trunk.extend(read_beside(each) for each in chain)


def read_beside(entry: Beside) -> Entry:
    """Read an entry of a branch; its own signature was checked on filing."""
    document = canonical.read(entry.body)
    return verification.read_signed_entry(document, entry.body).entry
