"""What an assembly does together with others: join, propose, send a delegate to vote.

Each of these follows a decision of the assembly that stands in its record. Nothing here
decides anything.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import ProtocolError
from confederation import record
from confederation.confederal import choosing, filings, mandate, tally
from confederation.confederal.compact import RANKINGS, Compact, Rules, Seat
from confederation.confederal.holding import slot
from confederation.confederal.mandate import Finding
from confederation.confederal.mandating import Delegate
from confederation.counting.majority import ABSTAIN
from confederation.deciding import motion
from confederation.errors import Invalid, NotEntitled, Phrase, TooEarly, Unknown
from confederation.identifiers import (
    ActorId,
    AssemblyId,
    Commit,
    CompactId,
    Digest,
    MemberId,
    Multikey,
    OptionId,
)
from confederation.record import Choice, Clause, Entry, Method, Proposal
from instance import archive, chamber, clerk, speech, verification, vocabulary
from instance.desk import Desk
from instance.languages import ENGLISH, N_, phrased
from instance.matters import openings
from instance.store import compacts, events, posts, records
from instance.store.acts import Act

OPTIONS: Final = {"for": "For", "against": "Against", "abstain": "Abstain"}
KEPT: Final = "Keep things as they are"
LEFT_EMPTY: Final = "Leave a place empty"
UNKNOWN_DIGEST: Final = Digest(f"sha256:{'0' * 64}")


def seat_of(document: JsonObject) -> Seat:
    """Read an assembly's seat from its actor document, fetched from its own address.

    Raises:
        Invalid: the actor is no assembly that was founded.
    """
    log, id = document.get("assemblyLog"), document.get("id")
    match log:
        case {"assembly": str(assembly), "key": str(key)} if isinstance(id, str):
            if canonical.is_digest(assembly):
                return Seat(
                    assembly=AssemblyId(assembly),
                    address=ActorId(id),
                    key=Multikey(key),
                )
        case _:
            pass
    raise Invalid(
        "At this address lives no assembly with a public record. Type its name, as "
        "its front page shows it."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatFor:
    """A seat of a compact: by whom its members decided that it is borne."""

    compact: CompactId
    bearers: record.Bearers


def bear(seats: Sequence[Seat], named: Iterable[SeatFor]) -> tuple[Seat, ...]:
    """Let seats be held for compacts, each by whoever was named as its bearer.

    Raises:
        Invalid: who was named has no seat here.
    """
    held = {seat.assembly: seat for seat in seats}
    for each in named:
        bearer, *substitutes = each.bearers.assemblies
        if bearer not in held:
            raise Invalid(
                "Whoever bears the seat of a compact has to be among the assemblies "
                "named here."
            )
        held[bearer] = replace(
            held[bearer], bears=each.compact, substitutes=tuple(substitutes)
        )
    return tuple(held.values())


def draft_compact(
    desk: Desk,
    others: Sequence[Seat],
    *,
    purpose: str,
    rules: Rules,
    named: Sequence[SeatFor] = (),
    lang: str | None = None,
) -> Compact:
    """Draft a compact between our assembly and others, for each of them to decide on.

    Args:
        named: the seats that are held for compacts, by their bearers.
        lang: the BCP 47 tag of the language that the purpose is in, if not in ours.

    Raises:
        Invalid: no confederation could live by it.
        TooEarly: our assembly is not founded yet.
    """
    ours = records.ours(desk.connection)
    if ours is None:
        raise TooEarly("An assembly is founded before it joins with others.")
    own = Seat(assembly=ours.id, address=ActorId(desk.config.group), key=ours.key)
    compact = Compact(
        digest=UNKNOWN_DIGEST,
        members=bear((own, *others), named),
        rules=rules,
        purpose=events.keep_wording(desk.connection, purpose, lang=lang, public=True),
    )
    return keep_compact(desk, vocabulary.compact_document(compact), texts=[])


def keep_compact(
    desk: Desk,
    document: JsonObject,
    *,
    texts: Sequence[JsonObject],
    criteria: JsonValue = None,
) -> Compact:
    """Keep a version of a compact, and from now on the records of all it names.

    ``criteria`` is the document of them that came beside, if it is the one named.

    Raises:
        Malformed, Invalid: it is no compact.
        TooEarly: our assembly is not founded yet.
    """
    compact = vocabulary.read_compact(document)
    if records.ours(desk.connection) is None:
        raise TooEarly("An assembly is founded before it joins with others.")
    compacts.keep(
        desk.connection,
        compact.digest,
        identity=compact.identity,
        body=canonical.canonical(document),
        at=desk.now,
    )
    openings.keep(desk, [*texts])
    if isinstance(criteria, dict) and canonical.digest(criteria) == compact.criteria:
        vocabulary.read_criteria(criteria)
        compacts.keep_criteria(
            desk.connection, compact.criteria, body=canonical.canonical(criteria)
        )
    for seat in compact.named:
        records.keep_assembly(
            desk.connection, seat.assembly, address=seat.address, key=seat.key
        )
    return compact


def lacking(desk: Desk) -> list[Digest]:
    """List the versions of our compacts that something held here names and we lack."""
    known = {
        digest: vocabulary.read_compact(document)
        for digest, document in compacts.documents(desk.connection)
    }
    named = [
        digest
        for compact in known.values()
        for digest in (compact.previous, compact.first, *borne_in(compact))
    ]
    for entry in chamber.proposals(desk):
        assert isinstance(entry.fact, Proposal)
        named += [entry.fact.compact, entry.fact.compact_next]
    named += wider(desk)
    return [Digest(each) for each in dict.fromkeys(named) if each and each not in known]


def wider(desk: Desk) -> list[Digest]:
    """Name what those joined or applied to who are to bear a seat for our compacts.

    So every node below can follow what its bearer does there. What turns out to be
    another compact is not kept.
    """
    ours = {compact.identity for compact in chamber.our_seats(desk)}
    found: list[Digest] = []
    for entry in chamber.proposals(desk):
        text = entry.fact
        assert isinstance(text, Proposal)
        below = chamber.compact_of(desk, text.compact)
        if below is None or below.identity not in ours or text.bearers is None:
            continue
        decided = chamber.decided_by(desk, entry.digest, below.identity)
        if decided is None or decided.outcome != "adopted":
            continue
        for bearer in text.bearers.assemblies[:1]:
            kept = chamber.record_of(desk, bearer)
            for _, fact in () if kept is None else kept.facts(record.Membership):
                found.append(fact.compact)
    return found


def borne_in(compact: Compact) -> Iterator[CompactId]:
    """Name the compacts that have a seat in a wider one, each by its bearer."""
    return (seat.bears for seat in compact.named if seat.bears is not None)


def learn(desk: Desk, *, wanted: Digest, answer: JsonObject) -> bool:
    """Keep a version of a compact that another node gave us; say whether we did.

    Raises:
        Malformed, Invalid: it is another document, or of a compact not known here.
    """
    match answer:
        case {"compact": dict(document), "texts": list(texts)}:
            compact = vocabulary.read_compact(document)
        case _:
            raise Invalid("This is no compact.")
    known = {*compacts.identities(desk.connection)}
    for _, held in compacts.documents(desk.connection):
        known |= {*borne_in(vocabulary.read_compact(held))}
    if not known.isdisjoint(borne_in(compact)) and wanted in wider(desk):
        known.add(compact.identity)
    if compact.digest != wanted or compact.identity not in known:
        raise Invalid("This is not the version of the compact that was asked for.")
    keep_compact(
        desk,
        document,
        texts=[text for text in texts if isinstance(text, dict)],
        criteria=answer.get("criteria"),
    )
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Why all decide something, whom it concerns, and for which matter above it is.

    ``bearers`` are those who are to bear our seat in a wider compact.
    """

    why: str = ""
    concerns: tuple[AssemblyId, ...] = ()
    on: Digest | None = None
    bearers: record.Bearers | None = None


ALL_ALIKE: Final = Level()


def place(desk: Desk, fact: record.Placement, *, why: str) -> Entry:
    """Publish where a matter belongs, and the reason; `placing` allowed it."""
    if why:
        reason = events.keep_wording(desk.connection, why, public=True)
        fact = replace(fact, why=reason)
    return clerk.publish(desk, "Placement", vocabulary.wire(fact))


def propose(
    desk: Desk,
    moved: motion.State,
    *,
    compact: Digest,
    method: Method,
    closes: datetime,
    issue: Digest | None = None,
    change: Compact | None = None,
    theme: str = "",
    amends: Entry | None = None,
    amounts: Mapping[int, Mapping[str, str]] = MappingProxyType({}),
    among: Sequence[int] = (),
    consent: JsonObject | None = None,
    level: Level = ALL_ALIKE,
    ratify: bool = False,
) -> Act:
    """Put a motion that our assembly adopted before all assemblies of a compact.

    Its text is the frozen one, to the byte; each clause keeps its commitment. Where it
    ``amends`` another proposal, whatever words stayed the same keep the other one's.
    ``amounts`` are those in its clauses, by their number. ``among`` are the numbers of
    the clauses that are the options, where the assemblies rank: so nothing can be
    chosen that the assembly did not adopt.
    ``consent`` is that of a new key, for a member that lost its own. ``ratify`` is
    whether the outcome goes back to every assembly.

    Raises:
        Unknown: the compact is not known here.
        TooEarly: the motion is not adopted, or its decision not in the record yet.
        Invalid: it would close before it opens, or could not be counted.
    """
    if chamber.compact_of(desk, compact) is None:
        raise Unknown("No such compact is known here.")
    if moved.drafted is None or moved.put is None or moved.status != "adopted":
        raise TooEarly("The assembly adopts a motion before it goes to the others.")
    if closes <= desk.now:
        raise Invalid("A proposal closes at a time to come.")
    decision = clerk.published(desk, "Decision", moved.put.ballot)
    if decision is None:
        raise TooEarly("Two tellers confirm the decision first.")
    text = motion.text(moved)
    clauses = text.clauses or (Clause(n=1, text=text.text),)
    proposal = Proposal(
        compact=compact,
        title=moved.drafted.title,
        clauses=tuple(
            replace(clause, amounts=amounts.get(clause.n, clause.amounts))
            for clause in clauses
        ),
        options=tuple(_options(desk, method, clauses, among)),
        method=method,
        opens=desk.now,
        closes=closes,
        decision=decision,
        issue=issue,
        slot=None if change is None else compact,
        compact_next=None if change is None else change.digest,
        theme=theme,
        ratify=ratify,
    )
    if amends is not None:
        proposal = _amending(desk, proposal, amends)
    obstacle = tally.uncountable(proposal)
    if obstacle is not None:
        raise Invalid(obstacle)
    if level.why:
        lang = events.language(desk.connection, text.text)
        why = events.keep_wording(desk.connection, level.why, lang=lang)
        proposal = replace(proposal, why_wider=why)
    proposal = replace(
        proposal, concerns=level.concerns, on=level.on, bearers=level.bearers
    )
    subject = moved.drafted.motion
    if consent is None:
        return clerk.prepare(desk, proposal, subject=subject)
    new_key = the_new_key(desk, compact, consent)
    giving = replace(proposal, new_key=new_key, slot=new_key.after)
    extra: JsonObject = {"newKey": {**vocabulary.wire(new_key), "consent": consent}}
    return clerk.prepare(desk, giving, subject=subject, extra=extra)


def the_new_key(desk: Desk, compact: Digest, consent: JsonObject) -> record.NewKey:
    """Read a new key's consent, for the member of a compact that lost its own.

    It takes over after the last entry of that member's record that is held here.

    Raises:
        Invalid: it is no such consent, or that assembly is no member.
    """
    known = chamber.compact_of(desk, compact)
    match consent:
        case {"assembly": str(assembly), "key": str(key)}:
            kept = records.assembly(desk.connection, assembly)
        case _:
            raise Invalid("This is not the consent of a new key.")
    if known is None or kept is None or known.seat_of(kept.id) is None:
        raise Invalid("The new key is for an assembly that has no seat here.")
    if kept.head is None:
        raise Invalid("Nothing of that assembly's record is held here.")
    if not verification.consents(consent, assembly=assembly, key=Multikey(key)):
        raise Invalid("The new key did not sign this consent.")
    return record.NewKey(
        assembly=kept.id, key=Multikey(key), after=kept.head, consented=True
    )


def _amending(desk: Desk, new: Proposal, amends: Entry) -> Proposal:
    """Let a proposal take the slot of the one that it amends.

    The same words under the same salt have one digest everywhere, so what was not
    changed is seen to be the same, and a mandate on it still holds.

    Raises:
        Invalid: the other is under another version of the compact.
    """
    old = amends.fact
    assert isinstance(old, Proposal)
    if old.compact != new.compact:
        raise Invalid("What this amends is under another version of the compact.")

    def same(one: Commit, other: Commit) -> bool:
        words = events.wording(desk.connection, one)
        return words is not None and words == events.wording(desk.connection, other)

    before = {clause.n: clause.text for clause in old.clauses}
    labels = {option.id: option.label for option in old.options}
    return replace(
        new,
        amends=amends.digest,
        slot=slot(amends),
        title=old.title if same(old.title, new.title) else new.title,
        clauses=tuple(
            replace(clause, text=before[clause.n])
            if clause.n in before and same(before[clause.n], clause.text)
            else clause
            for clause in new.clauses
        ),
        options=tuple(
            replace(option, label=labels[option.id])
            if option.id in labels and same(labels[option.id], option.label)
            else option
            for option in new.options
        ),
    )


def _options(
    desk: Desk, method: Method, clauses: Sequence[Clause], among: Sequence[int]
) -> Iterator[Choice]:
    """Give what the assemblies choose among: yes and no, or clauses of the text.

    Raises:
        Invalid: the text has no such clause, or clauses are named for a yes and no.
    """
    labels = OPTIONS
    if method.name in RANKINGS:
        kept = LEFT_EMPTY if method.name == "stv" else KEPT
        labels = {choosing.KEEP: kept, ABSTAIN: OPTIONS[ABSTAIN]}
        texts = {clause.n: clause.text for clause in clauses}
        for n in among:
            if n not in texts:
                raise Invalid("The text has no clause {n}.", n=n)
            yield Choice(id=OptionId(f"clause-{n}"), label=texts[n])
    elif among:
        raise Invalid("Clauses are options only where the assemblies rank them.")
    for option, label in labels.items():
        yield Choice(
            id=OptionId(option),
            # The same words wherever they are voted on; pages say them as readers do.
            label=events.keep_wording(desk.connection, label, lang=ENGLISH.code),
        )


def take_office(
    desk: Desk, member: MemberId, *, own_key: Multikey | None = None
) -> Delegate:
    """Give a delegate in office an address and a key; asking again changes nothing.

    ``own_key`` is the public half of a key that the delegate keeps elsewhere; by
    default the node keeps one for them, sealed.
    """
    actor = posts.actor_of(desk.connection, member)
    if actor is None:
        name = desk.new_id()
        actor = speech.new_actor(
            desk,
            path=f"u/{name}",
            kind="Person",
            username=f"delegate_{name[-10:]}",
            name=phrased("A delegate of {name}", name=Phrase(_name(desk))),
            summary=N_("Votes as the assembly instructed, and can be recalled."),
            member=member,
        )
    if own_key is not None and own_key != actor.public_ed25519:
        proofs.public_key(own_key)
        posts.hand_key_over(desk.connection, actor.path, public_ed25519=own_key)
    # Whoever took their key into their own hands before keeps it in this office too.
    kept_here = own_key is None and actor.ed25519 is not None
    return Delegate(
        member=member,
        actor=ActorId(speech.address(desk, actor.path)),
        key=own_key or Multikey(actor.public_ed25519),
        kept_by="node" if kept_here else "delegate",
    )


def mandate_in_force(desk: Desk, compact: CompactId) -> tuple[Entry, record.Mandate]:
    """Return the newest mandate of our seat in a compact that was not recalled.

    Raises:
        Unknown: there is none.
    """
    ours = records.ours(desk.connection)
    kept = None if ours is None else chamber.record_of(desk, ours.id)
    if kept is not None:
        recalled = {fact.mandate for _, fact in kept.facts(record.Recall)}
        for entry, given in reversed(tuple(kept.facts(record.Mandate))):
            if given.compact == compact and entry.digest not in recalled:
                return entry, given
    raise Unknown("No mandate of our assembly is in force in this compact.")


def vote_document(
    desk: Desk, proposal: Entry, choice: Sequence[OptionId]
) -> JsonObject:
    """Return the vote that our delegate signs, unsigned, as the next revision.

    Raises:
        Unknown: no mandate is in force, or the compact is not known.
        NotEntitled: the seat is another assembly's to file for.
    """
    held = chamber.holding(desk, proposal)
    ours = records.ours(desk.connection)
    if held is None or ours is None or ours.id not in held.records:
        raise Unknown("The compact of this proposal is not known here.")
    own, matter = held.records[ours.id], held.matter
    # A bearer has a mandate for each matter, and not one that grows.
    given = mandate.bound(own, own.size, matter).mandate
    if given is None:
        given, _ = mandate_in_force(desk, held.compact.identity)
    place = filings.next_place(own, matter)
    if isinstance(place, Finding):
        raise NotEntitled(place.says)
    vote = record.Vote(
        proposal=proposal.digest,
        assembly=ours.id,
        mandate=given.digest,
        revision=place.revision,
        choice=tuple(choice),
    )
    return {
        "@context": list(vocabulary.RECORD_CONTEXT),
        "type": "Vote",
        **vocabulary.wire(vote),
    }


def cast(
    desk: Desk, proposal: Entry, choice: Sequence[OptionId], *, by: MemberId
) -> Entry:
    """Sign our delegate's vote with the key that the node keeps for them, and file it.

    Raises:
        NotEntitled: ``by`` is not the delegate in office, keeps their key elsewhere,
            or the mandate does not allow the vote; then the rule is in the sentence.
        TooEarly, TooLate: the proposal is not open.
    """
    actor = posts.actor_of(desk.connection, by)
    document = vote_document(desk, proposal, choice)
    row = records.entry(desk.connection, str(document["mandate"]))
    assert row is not None
    fact = archive.read(desk, row).fact
    assert isinstance(fact, record.Mandate)
    if actor is None or urlsplit(fact.holder).path != f"/{actor.path}":
        raise NotEntitled("Only the delegate in office votes for the assembly.")
    if actor.ed25519 is None or actor.public_ed25519 != fact.delegate_key:
        raise NotEntitled(
            "You keep your own key: sign the vote with it and hand the signed vote in."
        )
    key = desk.vault.ed25519(actor.path, actor.ed25519)
    signed = proofs.sign(
        document,
        key,
        verification_method=proofs.key_id(key.public_key()),
        created=desk.now,
    )
    return chamber.file_vote(desk, signed)


def hand_in(desk: Desk, document: JsonObject) -> Entry:
    """File a vote that our delegate signed elsewhere.

    Raises:
        Invalid: it is no vote.
        NotEntitled: the mandate does not allow it, or another key signed it.
        TooEarly, TooLate: the proposal is not open.
    """
    try:
        return chamber.file_vote(desk, document)
    except ProtocolError as error:
        raise Invalid("This is not a signed vote: {error}", error=error) from error


def _name(desk: Desk) -> str:
    group = posts.actor(desk.connection, speech.group_path(desk))
    return desk.config.slug if group is None else group.name
