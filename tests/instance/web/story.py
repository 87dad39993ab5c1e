"""Three assemblies and what they share, written into the databases of three nodes.

Nothing here is invented: every entry is signed, confirmed, copied and filed by the code
that serves, only without a network between the nodes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject
from confederation import record
from confederation.compact import Compact, Rules, Seat
from confederation.identifiers import (
    ActorId,
    AssemblyId,
    BallotId,
    Commit,
    Digest,
    OptionId,
    SessionId,
)
from instance import archive, chamber, clerk, vocabulary
from instance.store import events, records
from tests.instance.house import NOON, House, a_house, found, public

FOR, AGAINST, ABSTAIN = OptionId("for"), OptionId("against"), OptionId("abstain")
HOUR = timedelta(hours=1)
NOBODY = Digest("sha256:" + "0" * 64)


@dataclass(kw_only=True)
class Town:
    """One assembly's node, and the key of its delegate, which lies elsewhere."""

    house: House
    delegate: Ed25519PrivateKey = field(default_factory=proofs.new_key)
    alternate: Ed25519PrivateKey = field(default_factory=proofs.new_key)
    acts: int = 0
    beside: str = ""

    @property
    def id(self) -> AssemblyId:
        with self.house.desk() as desk:
            ours = records.ours(desk.connection)
            assert ours is not None
            return ours.id

    def words(self, text: str) -> Commit:
        """Keep a text, with what the tests want to stand beside every text."""
        with self.house.desk() as desk:
            return events.keep_wording(desk.connection, text + self.beside)

    def publishes(
        self, fact: record.Fact, at: datetime = NOON, *, tellers: int = 2
    ) -> Digest:
        """Let the tellers confirm a fact and the clerk put it in the record."""
        self.acts += 1
        with self.house.desk(at) as desk:
            if tellers < 2:
                # Whoever runs the machine can leave the tellers out; everybody sees it.
                entry = clerk.publish(desk, type(fact).__name__, vocabulary.wire(fact))
                return entry.digest
            clerk.prepare(desk, fact, subject=f"test {self.acts}")
            self.house.confirm(desk)
            ours = records.ours(desk.connection)
            assert ours is not None
            assert ours.head is not None
            return ours.head

    def decides(
        self,
        on: Digest | None = None,
        *,
        text: str | None = None,
        method: str = "majority",
        members: tuple[int, int, int] | None = (31, 9, 2),
        outcome: str = "passed",
        at: datetime = NOON,
        tellers: int = 2,
    ) -> Digest:
        counts = None
        if members is not None:
            counts = record.MembersCount(
                for_=members[0], against=members[1], abstain=members[2], basis="hands"
            )
        return self.publishes(
            record.Decision(
                ballot=BallotId(f"b{self.acts}"),
                method=record.Method(name=method, quorum="1/4", threshold="2/3"),
                present=44,
                outcome=outcome,  # type: ignore[arg-type]
                effective_from=at,
                on=on,
                text_commit=None if text is None else self.words(text),
                members=counts,
            ),
            at,
            tellers=tellers,
        )

    def mandates(
        self,
        compact: Compact,
        proposal: Digest,
        *must: OptionId,
        method: str = "majority",
        members: tuple[int, int, int] | None = (31, 9, 2),
        reason: str = "We talked it through twice, and this is what we want.",
        alternate: bool = False,
        until: datetime = NOON + 90 * 24 * HOUR,
    ) -> Digest:
        """Decide on a proposal, elect a delegate, and bind them."""
        decision = self.decides(proposal, method=method, members=members)
        holder = ActorId(f"{self.house.config.base}/u/dana")
        second = ActorId(f"{self.house.config.base}/u/eli")
        election = self.publishes(
            record.Election(
                compact=compact.identity,
                holder=holder,
                alternate=second,
                decision=self.decides(text="Dana speaks for us, and Eli after her."),
            )
        )
        return self.publishes(
            record.Mandate(
                holder=second if alternate else holder,
                delegate_key=public(self.alternate if alternate else self.delegate),
                compact=compact.identity,
                decision=decision,
                election=election,
                instructions=(
                    record.Instruction(
                        proposal=proposal,
                        must=must,
                        may_amend=(2,),
                        amounts={"2": {"pounds": ("900", "1500")}},
                        reason=self.words(reason),
                    ),
                ),
                valid_from=NOON,
                valid_until=until,
                report_due=NOON + 30 * 24 * HOUR,
            )
        )

    def a_vote(
        self,
        proposal: Digest,
        mandate: Digest,
        choice: OptionId,
        *,
        revision: int = 1,
        alternate: bool = False,
    ) -> JsonObject:
        """Sign a vote as the delegate does, on a device of their own."""
        key = self.alternate if alternate else self.delegate
        vote = record.Vote(
            proposal=proposal,
            assembly=self.id,
            mandate=mandate,
            revision=revision,
            choice=(choice,),
        )
        return proofs.sign(
            {
                "@context": list(vocabulary.RECORD_CONTEXT),
                "type": "Vote",
                **vocabulary.wire(vote),
            },
            key,
            verification_method=proofs.key_id(key.public_key()),
            created=NOON,
        )

    def files(self, vote: JsonObject, at: datetime) -> Digest:
        with self.house.desk(at) as desk:
            return chamber.file_vote(desk, vote).digest

    def hears(self, vote: JsonObject, at: datetime) -> str:
        with self.house.desk(at) as desk:
            return chamber.hear_vote(desk, vote)

    def confers(self, at: datetime) -> None:
        with self.house.desk(at) as desk:
            chamber.confer(desk)


@dataclass(kw_only=True)
class Story:
    """Three towns in one compact, and the digests of what they share."""

    harbour: Town
    hillside: Town
    riverbank: Town
    compact: Compact
    issue: Digest = NOBODY
    decided: Digest = NOBODY
    proposals: dict[str, Digest] = field(default_factory=dict)
    mandates: dict[str, Digest] = field(default_factory=dict)

    @property
    def towns(self) -> tuple[Town, ...]:
        return (self.harbour, self.hillside, self.riverbank)

    def share(self, at: datetime, *, among: Iterable[Town] | None = None) -> None:
        """Carry to each town what the others have published, and let them speak."""
        towns = tuple(among or self.towns)
        for _ in range(3):
            for town in towns:
                town.confers(at)
            for here in towns:
                for there in towns:
                    if here is not there:
                        _copy(there, here, at)


def _copy(there: Town, here: Town, at: datetime) -> None:
    with there.house.desk(at) as desk:
        known = records.ours(desk.connection)
        assert known is not None
        rows = records.entries(desk.connection, known.id)
        documents = [canonical.read(bytes(row["body"])) for row in rows]
        texts = [archive.text_documents(desk, document) for document in documents]
        note = clerk.checkpoint(desk, known.id)
    assert note is not None
    with here.house.desk(at) as desk:
        records.keep_assembly(
            desk.connection,
            known.id,
            address=there.house.config.group,
            key=known.key,
        )
        held = records.assembly(desk.connection, known.id)
        assert held is not None
        for document, words in zip(documents, texts, strict=True):
            if int(str(document["seq"])) >= held.size:
                archive.file(desk, document)
            archive.keep_texts(desk, words)
        records.heard(desk.connection, known.id, at=at)
        records.keep_clock(desk.connection, known.id, at=int(at.timestamp()))


def a_town(directory: Path, slug: str, port: int, *, members: int, beside: str) -> Town:
    house = a_house(directory, slug=slug, port=port)
    with house.desk() as desk:
        found(house, desk)
    town = Town(house=house, beside=beside)
    town.publishes(record.MemberCount(members=members))
    return town


def a_story(directory: Path, *, beside: str = "") -> Story:
    """Tell the whole story: shared, decided, still open, and waiting for somebody.

    ``beside`` is added to every text that anybody writes in it.
    """
    towns = [
        a_town(directory, "harbour", 8001, members=61, beside=beside),
        a_town(directory, "hillside", 8002, members=44, beside=beside),
        a_town(directory, "riverbank", 8003, members=137, beside=beside),
    ]
    story = Story(
        harbour=towns[0],
        hillside=towns[1],
        riverbank=towns[2],
        compact=_a_compact(towns),
    )
    _the_issue(story)
    story.share(NOON)
    _the_confirmed_one(story)
    _the_open_one(story)
    _the_closing_one(story)
    return story


def _a_compact(towns: list[Town]) -> Compact:
    seats = []
    for town in towns:
        with town.house.desk() as desk:
            ours = records.ours(desk.connection)
            assert ours is not None
            address = ActorId(town.house.config.group)
            seats.append(Seat(assembly=ours.id, address=address, key=ours.key))
    purpose = towns[0].words("To settle together what none of us can settle alone.")
    draft = Compact(digest=NOBODY, members=tuple(seats), rules=Rules(), purpose=purpose)
    document = vocabulary.compact_document(draft)
    compact = vocabulary.read_compact(document)
    for town in towns:
        with town.house.desk() as desk:
            events.release(desk.connection, [purpose])
            records.keep_compact(
                desk.connection,
                compact.digest,
                identity=compact.identity,
                body=canonical.canonical(document),
                at=NOON,
            )
        decision = town.decides(compact.digest)
        town.publishes(
            record.Membership(compact=compact.digest, act="join", decision=decision)
        )
    return compact


def _the_issue(story: Story) -> None:
    story.issue = story.harbour.publishes(
        record.Issue(
            title=story.harbour.words("Damp homes on the quay"),
            what=story.harbour.words(
                "Seven households told us about black mould in bedrooms.\n\n"
                "Landlords paint over it, and it comes back within weeks."
            ),
            why=story.harbour.words("Children sleep in these rooms."),
            theme="housing",
        )
    )
    story.hillside.publishes(
        record.SharedAccount(
            shares=story.issue,
            account=story.hillside.words("Here it is the flats above the shops."),
            why=story.hillside.words("Two families have moved away because of it."),
        )
    )
    story.riverbank.publishes(
        record.SharedAccount(
            shares=story.issue,
            account=story.riverbank.words("Cold ground floors since the flood."),
        )
    )
    story.harbour.publishes(
        record.Electorate(
            session=SessionId("s1"),
            present=44,
            members=61,
            levels={"seen in person": 40, "vouched": 21},
        )
    )
    story.decided = story.harbour.decides(
        text="We ask every landlord on the quay for a damp survey before winter.",
        method="consent",
        members=None,
        tellers=1,
    )


def _a_proposal(story: Story, title: str, closes: datetime) -> Digest:
    town = story.harbour
    return town.publishes(
        record.Proposal(
            compact=story.compact.digest,
            title=town.words(title),
            clauses=(
                record.Clause(
                    n=1,
                    text=town.words(
                        "The assemblies ask the housing authority to survey every "
                        "rented home for damp, starting with homes where children "
                        "sleep."
                    ),
                ),
                record.Clause(
                    n=2,
                    text=town.words(
                        "Each assembly puts its share into a common pot for "
                        "dehumidifiers, lent out for a month at a time."
                    ),
                    amounts={"pounds": "1200"},
                ),
            ),
            options=tuple(
                record.Choice(id=id, label=town.words(label))
                for id, label in (
                    (FOR, "For the whole text"),
                    (AGAINST, "Against it"),
                    (ABSTAIN, "Neither"),
                )
            ),
            method=record.Method(name="double-majority"),
            opens=NOON,
            closes=closes,
            decision=town.decides(text=title),
            issue=story.issue,
        )
    )


def _the_confirmed_one(story: Story) -> None:
    """One vote strays from its mandate, one delegate is recalled; all attest alike."""
    harbour, hillside, riverbank = story.towns
    closes = NOON + 2 * HOUR
    proposal = _a_proposal(story, "A damp survey of every rented home", closes)
    story.proposals["confirmed"] = proposal
    at = NOON + HOUR
    story.share(at)
    mandates = story.mandates
    mandates["harbour"] = harbour.mandates(story.compact, proposal, FOR)
    mandates["hillside"] = hillside.mandates(
        story.compact, proposal, AGAINST, members=(12, 29, 3)
    )
    mandates["riverbank"] = riverbank.mandates(story.compact, proposal, FOR)
    story.share(at)
    stray = hillside.a_vote(proposal, mandates["hillside"], FOR)
    for town in story.towns:
        town.hears(stray, at)
    harbour.files(harbour.a_vote(proposal, mandates["harbour"], FOR), at)
    hillside.files(hillside.a_vote(proposal, mandates["hillside"], AGAINST), at)
    riverbank.files(riverbank.a_vote(proposal, mandates["riverbank"], FOR), at)
    story.share(at)
    riverbank.publishes(
        record.Recall(
            mandate=mandates["riverbank"],
            decision=riverbank.decides(text="We recall our delegate."),
        ),
        at,
    )
    story.share(at)
    mandates["riverbank again"] = riverbank.mandates(
        story.compact, proposal, FOR, alternate=True
    )
    again = riverbank.a_vote(
        proposal, mandates["riverbank again"], FOR, revision=3, alternate=True
    )
    riverbank.files(again, at)
    story.share(at)
    story.share(closes + HOUR)


def _the_open_one(story: Story) -> None:
    """Open at noon tomorrow and the day after: one voted, one has not been told how."""
    proposal = _a_proposal(story, "A shared repair crew", NOON + 48 * HOUR)
    story.proposals["open"] = proposal
    at = NOON + 4 * HOUR
    story.share(at)
    story.mandates["open"] = story.harbour.mandates(story.compact, proposal, FOR)
    story.harbour.files(story.harbour.a_vote(proposal, story.mandates["open"], FOR), at)
    story.share(at)


def _the_closing_one(story: Story) -> None:
    """Two nodes have gone dark before closing; the third says for whom it waits."""
    closes = NOON + 6 * HOUR
    proposal = _a_proposal(story, "Whose turn it is to host", closes)
    story.proposals["closing"] = proposal
    story.share(NOON + 5 * HOUR)
    story.share(closes + HOUR, among=[story.harbour])
