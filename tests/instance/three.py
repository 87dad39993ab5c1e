"""Three assemblies on three nodes that share a compact, and a council that they hold.

Real databases, real keys, entries passed on as they were signed; no network, and the
time is what a test says it is. Each act is published as its assembly would publish it.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import canonical, log, proofs
from activitypub.canonical import JsonObject
from confederation import record
from confederation.confederal import history
from confederation.confederal.compact import Compact, Rules, Seat
from confederation.confederal.council import Standing
from confederation.identifiers import (
    ActorId,
    AssemblyId,
    BallotId,
    CompactId,
    Digest,
    OptionId,
)
from instance import archive, chamber, clerk, speech, vocabulary
from instance.desk import Desk
from instance.matters import openings
from instance.store import checkpoints, compacts, events, records
from instance.store.records import Known
from instance.upkeep import keys
from tests.instance.house import NOON, House, a_house, found, public, signed
from tests.instance.serving import Serving

OPENS = NOON + timedelta(hours=1)
CLOSES = NOON + timedelta(hours=5)
LATER = CLOSES + timedelta(hours=1)
SLUGS = ("harbour", "quarry", "mill")
OPTIONS = ("for", "against", "abstain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate:
    """Who speaks for an assembly: their mandate, and the key that the node may keep."""

    assembly: AssemblyId
    holder: ActorId
    mandate: Digest
    key: Ed25519PrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Three:
    """Three houses under one compact, each holding the records of all."""

    houses: tuple[House, ...]
    compact: Compact

    def moved(self, directory: Path) -> "Three":
        """Copy the three nodes, to go on in another way from here."""
        houses = []
        for house in self.houses:
            copied = directory / house.config.slug
            shutil.copytree(house.config.directory, copied)
            houses.append(
                replace(house, config=replace(house.config, directory=copied))
            )
        return replace(self, houses=tuple(houses))

    def exchange(self, at: datetime, *, among: Iterable[House] | None = None) -> None:
        """Let every node get from every other what it lacks, and the newest clocks."""
        houses = tuple(among or self.houses)
        with ExitStack() as stack:
            desks = [stack.enter_context(house.desk(at)) for house in houses]
            for giver in desks:
                given = [
                    (known, *_all_of(giver, known))
                    for known in records.assemblies(giver.connection)
                ]
                for taker in desks:
                    if taker is not giver:
                        for known, entries, texts, note in given:
                            _take(taker, known, entries, texts, note)

    def confer(self, at: datetime, *, among: Iterable[House] | None = None) -> None:
        """Let each assembly file what it must, until nobody has anything to say."""
        houses = tuple(among or self.houses)
        filed = True
        while filed:
            self.exchange(at, among=houses)
            filed = False
            for house in houses:
                with house.desk(at) as desk:
                    filed |= chamber.confer(desk)

    def standing(
        self, house: House, proposal: Digest, at: datetime = LATER
    ) -> Standing:
        """Say how a proposal stands as far as one of the nodes can see."""
        with house.desk(at) as desk:
            stands = chamber.standing(desk, chamber.proposal(desk, proposal))
        assert stands is not None
        return stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Three nodes, and the proposal that they have settled."""

    together: Three
    proposal: Digest


def three(
    directory: Path,
    rules: Rules | None = None,
    *,
    ports: Sequence[int] = (8001, 8002, 8003),
    more: JsonObject | None = None,
) -> Three:
    """Found three assemblies and let them join one compact.

    ``more`` is said in the compact beside the rest.
    """
    houses = tuple(
        a_house(directory, slug=slug, port=port)
        for slug, port in zip(SLUGS, ports, strict=True)
    )
    seats = []
    for house in houses:
        with house.desk() as desk:
            found(house, desk)
            ours = records.ours(desk.connection)
            assert ours is not None
            seats.append(
                Seat(assembly=ours.id, address=ActorId(ours.address), key=ours.key)
            )
    document = {**a_compact(seats, rules), **(more or {})}
    compact = vocabulary.read_compact(document)
    for house in houses:
        with house.desk() as desk:
            keep_compact(desk, document)
            joined = record.Membership(compact=compact.digest, act="join")
            clerk.publish(desk, "Membership", vocabulary.wire(joined))
    together = Three(houses=houses, compact=compact)
    together.exchange(NOON)
    return together


def a_compact(seats: Iterable[Seat], rules: Rules | None = None) -> JsonObject:
    """Write the first version of a compact between these seats."""
    return {
        "type": "Compact",
        "members": [vocabulary.wire(seat) for seat in seats],
        "rules": vocabulary.wire(rules or Rules()),
        "purpose": None,
        "first": None,
        "previous": None,
    }


def keep_compact(desk: Desk, document: JsonObject) -> None:
    """Let a node know a compact, and keep the records of its members."""
    compact = vocabulary.read_compact(document)
    compacts.keep(
        desk.connection,
        compact.digest,
        identity=compact.identity,
        body=canonical.canonical(document),
        at=desk.now,
    )
    for seat in compact.members:
        records.keep_assembly(
            desk.connection, seat.assembly, address=seat.address, key=seat.key
        )


def act(house: House, fact: record.Fact, *, subject: str, at: datetime) -> Digest:
    """Publish what an assembly did, confirmed by its tellers where that is needed."""
    with house.desk(at) as desk:
        clerk.prepare(desk, fact, subject=subject)
        house.confirm(desk)
        digest = clerk.published(desk, type(fact).__name__, subject)
    assert digest is not None
    return digest


def decides(
    house: House,
    on: Digest | None = None,
    *,
    members: tuple[int, int, int] | None = (30, 9, 2),
    channels: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
    at: datetime = NOON,
) -> Digest:
    """Take a decision that is passed; ``members`` None where nobody counted."""
    counts = None
    if members is not None:
        counts = record.MembersCount(
            for_=members[0], against=members[1], abstain=members[2], basis="hands"
        )
    with house.desk(at) as desk:
        ballot = BallotId(desk.new_id())
    decision = record.Decision(
        ballot=ballot,
        method=record.Method(name="majority"),
        present=41,
        outcome="passed",
        effective_from=at,
        on=on,
        members=counts,
        channels=channels,
    )
    return act(house, decision, subject=ballot, at=at)


def proposes(
    together: Three, house: House, *, at: datetime = NOON, **changes: object
) -> Digest:
    """Publish a proposal to all three; ``changes`` are fields of `record.Proposal`."""
    decision = decides(house, at=at)
    with house.desk(at) as desk:
        plain = record.Proposal(
            compact=together.compact.digest,
            title=events.keep_wording(desk.connection, "Repair the sea wall"),
            clauses=(
                record.Clause(
                    n=1,
                    text=events.keep_wording(desk.connection, "We repair it."),
                    amounts={"pounds": "1200"},
                ),
            ),
            options=tuple(
                record.Choice(
                    id=OptionId(option),
                    label=events.keep_wording(desk.connection, option.title()),
                )
                for option in OPTIONS
            ),
            method=record.Method(name="majority-of-assemblies"),
            opens=OPENS,
            closes=CLOSES,
            decision=decision,
        )
        text = replace(plain, **changes)  # type: ignore[arg-type]
        return clerk.publish(desk, "Proposal", vocabulary.wire(text)).digest


def mandates(
    together: Three,
    house: House,
    proposal: Digest,
    *must: str,
    name: str = "dana",
    at: datetime = NOON,
    until: datetime = LATER,
    channels: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
    paper_vote: bool = False,
) -> Delegate:
    """Decide on a proposal, elect a delegate, and bind them."""
    identity = CompactId(together.compact.identity)
    decision = decides(house, proposal, channels=channels, at=at)
    holder = ActorId(f"{house.config.base}/u/{name}")
    election = record.Election(
        compact=identity,
        holder=holder,
        alternate=ActorId(f"{house.config.base}/u/alternate"),
        decision=decides(house, at=at),
    )
    elected = act(house, election, subject=f"{name} {decision}", at=at)
    key = proofs.new_key()
    given = record.Mandate(
        holder=holder,
        delegate_key=public(key),
        compact=identity,
        decision=decision,
        election=elected,
        instructions=(
            record.Instruction(
                proposal=proposal, must=tuple(map(OptionId, must or ("for",)))
            ),
        ),
        valid_from=at,
        valid_until=until,
        report_due=until,
        paper_vote=paper_vote,
    )
    return Delegate(
        assembly=assembly_of(house),
        holder=holder,
        mandate=act(house, given, subject=f"{name} {decision}", at=at),
        key=key,
    )


def recalls(house: House, delegate: Delegate, *, at: datetime = OPENS) -> Digest:
    """Recall a delegate by a decision of their assembly."""
    recall = record.Recall(mandate=delegate.mandate, decision=decides(house, at=at))
    return act(house, recall, subject=delegate.mandate, at=at)


def a_vote(
    delegate: Delegate, proposal: Digest, choice: str = "for", *, revision: int = 1
) -> JsonObject:
    """Sign a vote as the delegate does, on a device of their own.

    A ranking is written ``"wall > pumps"``.
    """
    vote = record.Vote(
        proposal=proposal,
        assembly=delegate.assembly,
        mandate=delegate.mandate,
        revision=revision,
        choice=tuple(map(OptionId, choice.split(" > "))),
    )
    document: JsonObject = {
        "@context": list(vocabulary.RECORD_CONTEXT),
        "type": "Vote",
        **vocabulary.wire(vote),
    }
    return signed(document, delegate.key)


def votes(
    house: House,
    delegate: Delegate,
    proposal: Digest,
    choice: str = "for",
    *,
    revision: int = 1,
    at: datetime = OPENS,
) -> Digest:
    """Let a delegate vote by their own node's form."""
    document = a_vote(delegate, proposal, choice, revision=revision)
    with house.desk(at) as desk:
        return chamber.file_vote(desk, document).digest


def settled(together: Three) -> Digest:
    """Carry a proposal of the first house through to a confirmed result.

    All three vote for it. The delegate of the second is recalled in between, and
    another one votes.
    """
    first, second, third = together.houses
    proposal = proposes(together, first)
    together.confer(OPENS)
    delegates = [
        mandates(together, house, proposal, at=OPENS) for house in (first, third)
    ]
    recalled = mandates(together, second, proposal, at=OPENS)
    votes(first, delegates[0], proposal)
    votes(second, recalled, proposal)
    together.confer(OPENS)
    recalls(second, recalled)
    together.confer(OPENS)
    following = mandates(together, second, proposal, name="eli", at=OPENS)
    votes(second, following, proposal, revision=3)
    votes(third, delegates[1], proposal)
    together.confer(OPENS)
    together.confer(LATER)
    return proposal


def assembly_of(house: House) -> AssemblyId:
    with house.desk() as desk:
        ours = records.ours(desk.connection)
    assert ours is not None
    return ours.id


def an_entry(
    house: House,
    kind: str,
    body: JsonObject,
    *,
    after: JsonObject,
    key: Ed25519PrivateKey | None = None,
) -> JsonObject:
    """Sign an entry that follows another, without publishing it anywhere.

    With the assembly's own record key, unless another is given.
    """
    with house.desk() as desk:
        own = keys.ed25519_key(desk.connection, desk.vault, keys.RECORD_KEY)
    assert own is not None
    seq = after["seq"]
    assert isinstance(seq, int)
    plain: JsonObject = {
        "@context": list(vocabulary.RECORD_CONTEXT),
        "id": f"{house.config.group}/r/{seq + 1}",
        "type": kind,
        "v": vocabulary.SCHEMA_VERSION,
        "attributedTo": house.config.group,
        "assembly": assembly_of(house),
        "seq": seq + 1,
        "prev": canonical.digest(after),
        "rulebook": None,
        "published": canonical.write_time(NOON),
        **body,
    }
    return signed(plain, key or own)


def the_record(house: House, assembly: AssemblyId | None = None) -> list[JsonObject]:
    """Return the entries of a record as a node holds them, its own by default."""
    assembly = assembly or assembly_of(house)
    with house.desk() as desk:
        rows = records.entries(desk.connection, assembly)
    return [canonical.read(row["body"]) for row in rows]


def the_key(house: House, name: str) -> Ed25519PrivateKey:
    with house.desk() as desk:
        key = keys.ed25519_key(desk.connection, desk.vault, name)
    assert key is not None
    return key


def a_key_event(
    house: House,
    key: Ed25519PrivateKey,
    *,
    after: JsonObject,
    by: Ed25519PrivateKey | None = None,
) -> JsonObject:
    """Write the entry that replaces a record key, with the new key's consent."""
    consent = signed(
        {"type": "KeyConsent", "assembly": assembly_of(house), "key": public(key)}, key
    )
    body: JsonObject = {
        "op": "add",
        "key": public(key),
        "nextKeyDigest": history.key_digest(public(proofs.new_key())),
        "consent": consent,
    }
    return an_entry(house, "KeyEvent", body, after=after, key=by)


def _all_of(
    desk: Desk, known: Known
) -> tuple[list[JsonObject], list[JsonObject], bytes | None]:
    entries = [
        canonical.read(row["body"])
        for row in records.entries(desk.connection, known.id)
    ]
    texts = [text for entry in entries for text in openings.documents(desk, entry)]
    return entries, texts, clerk.checkpoint(desk, known.id)


def _take(
    desk: Desk,
    known: Known,
    entries: list[JsonObject],
    texts: list[JsonObject],
    note: bytes | None,
) -> None:
    held = records.assembly(desk.connection, known.id)
    if held is None or held.ours:
        return
    for entry in entries[held.size :]:
        archive.file(desk, entry)
    openings.keep(desk, texts)
    if note is not None:
        _take_note(desk, known.id, log.read_note(note))


def _take_note(desk: Desk, assembly: AssemblyId, note: log.SignedNote) -> None:
    point = log.read_checkpoint(note.body)
    assert archive.tree_of(desk, assembly, size=point.size).root() == point.root
    checkpoints.keep(
        desk.connection,
        assembly,
        size=point.size,
        root=point.root,
        note=log.write_note(note),
    )
    for fellow in records.assemblies(desk.connection):
        name = speech.log_origin(fellow.address)
        cosigned = log.cosignature(note, name, proofs.public_key(fellow.key))
        if cosigned is not None and not fellow.ours:
            when, line = cosigned
            checkpoints.keep_cosignature(
                desk.connection,
                assembly,
                size=point.size,
                by=fellow.id,
                line=line,
                at=when,
            )
            checkpoints.keep_clock(desk.connection, fellow.id, at=when)


@contextmanager
def serving(together: Three) -> Iterator[list[Serving]]:
    nodes = [
        Serving(house.config.directory, int(house.config.host.rpartition(":")[2]))
        for house in together.houses
    ]
    try:
        for node in nodes:
            node.start()
        yield nodes
    finally:
        for node in nodes:
            node.stop()
