"""Three assemblies that share an issue, decide on it, and go on deciding.

One proposal is confirmed, with a vote that strayed and a delegate recalled; one is
open; one waits for nodes that are dark.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from activitypub import proofs
from confederation import record
from confederation.confederal.compact import Compact, Seat
from confederation.identifiers import (
    ActorId,
    AssemblyId,
    BallotId,
    Commit,
    Digest,
    OptionId,
    SessionId,
)
from instance import chamber, clerk, vocabulary
from instance.store import events, records
from instance.web.naming import in_hex
from tests.instance import three
from tests.instance.house import NOON, House, a_house, found, public
from tests.instance.three import Delegate, Three

HOUR = timedelta(hours=1)
LABELS: Mapping[str, str] = {
    "for": "For the whole text",
    "against": "Against it",
    "abstain": "Neither",
}


@dataclass(kw_only=True)
class Town:
    """An assembly at its node. ``beside`` stands beside every text that it writes."""

    house: House
    beside: str = ""
    acts: int = 0

    @property
    def id(self) -> AssemblyId:
        return three.assembly_of(self.house)

    def words(self, text: str) -> Commit:
        with self.house.desk() as desk:
            return events.keep_wording(desk.connection, text + self.beside)

    def publishes(self, fact: record.Fact) -> Digest:
        """Let the tellers confirm a fact and the clerk put it in the record."""
        self.acts += 1
        return three.act(self.house, fact, subject=f"test {self.acts}", at=NOON)

    def decides(
        self,
        on: Digest | None = None,
        *,
        text: str | None = None,
        members: tuple[int, int, int] | None = (31, 9, 2),
    ) -> Digest:
        return self.publishes(self.a_decision(on, text=text, members=members))

    def a_decision(
        self,
        on: Digest | None = None,
        *,
        text: str | None = None,
        members: tuple[int, int, int] | None = (31, 9, 2),
    ) -> record.Decision:
        """Write what was decided by a majority, or by consent if nobody counted."""
        counts = None
        if members is not None:
            counts = record.MembersCount(
                for_=members[0], against=members[1], abstain=members[2], basis="hands"
            )
        return record.Decision(
            ballot=BallotId(f"b{self.acts}"),
            method=record.Method(
                name="consent" if counts is None else "majority", quorum="1/4"
            ),
            present=44,
            outcome="passed",
            effective_from=NOON,
            on=on,
            text_commit=None if text is None else self.words(text),
            members=counts,
        )

    def mandates(
        self,
        compact: Compact,
        proposal: Digest,
        must: str,
        *,
        name: str = "dana",
        members: tuple[int, int, int] = (31, 9, 2),
    ) -> Delegate:
        """Decide on a proposal, elect a delegate, and bind them, with the reason."""
        decision = self.decides(proposal, members=members)
        holder = ActorId(f"{self.house.config.base}/u/{name}")
        election = record.Election(
            compact=compact.identity,
            holder=holder,
            alternate=None,
            decision=self.decides(text=f"{name.title()} speaks for us."),
        )
        key = proofs.new_key()
        given = record.Mandate(
            holder=holder,
            delegate_key=public(key),
            compact=compact.identity,
            decision=decision,
            election=self.publishes(election),
            instructions=(
                record.Instruction(
                    proposal=proposal,
                    must=(OptionId(must),),
                    may_amend=(2,),
                    amounts={"2": {"pounds": ("900", "1500")}},
                    reason=self.words("We talked it through twice."),
                ),
            ),
            valid_from=NOON,
            valid_until=NOON + 90 * 24 * HOUR,
            report_due=NOON + 30 * 24 * HOUR,
        )
        return Delegate(
            assembly=self.id, holder=holder, mandate=self.publishes(given), key=key
        )


@dataclass(kw_only=True)
class Story:
    """Three towns in one compact, and the digests of what they share."""

    towns: tuple[Town, Town, Town]
    together: Three
    issue: Digest
    decided: Digest
    proposals: dict[str, Digest] = field(default_factory=dict)
    mandates: dict[str, Digest] = field(default_factory=dict)

    @property
    def compact(self) -> Compact:
        return self.together.compact

    @property
    def harbour(self) -> Town:
        return self.towns[0]

    @property
    def hillside(self) -> Town:
        return self.towns[1]

    @property
    def riverbank(self) -> Town:
        return self.towns[2]


def a_story(directory: Path, *, beside: str = "") -> Story:
    """Tell the whole story; ``beside`` is added to every text that anybody writes."""
    towns = (
        _a_town(directory, "harbour", 8001, members=61, beside=beside),
        _a_town(directory, "hillside", 8002, members=44, beside=beside),
        _a_town(directory, "riverbank", 8003, members=137, beside=beside),
    )
    together = Three(
        houses=tuple(town.house for town in towns), compact=_a_compact(towns)
    )
    story = Story(
        towns=towns,
        together=together,
        issue=_an_issue(*towns),
        decided=_an_unconfirmed_decision(towns[0]),
    )
    together.exchange(NOON)
    _the_confirmed_one(story)
    _the_open_one(story)
    _the_closing_one(story)
    return story


def _a_town(
    directory: Path, slug: str, port: int, *, members: int, beside: str
) -> Town:
    house = a_house(directory, slug=slug, port=port)
    with house.desk() as desk:
        found(house, desk)
    town = Town(house=house, beside=beside)
    town.publishes(record.MemberCount(members=members))
    return town


def _a_compact(towns: tuple[Town, ...]) -> Compact:
    seats = []
    for town in towns:
        with town.house.desk() as desk:
            ours = records.ours(desk.connection)
        assert ours is not None
        seats.append(
            Seat(assembly=ours.id, address=ActorId(ours.address), key=ours.key)
        )
    purpose = towns[0].words("To settle together what none of us can settle alone.")
    document = {**three.a_compact(seats), "purpose": purpose}
    compact = vocabulary.read_compact(document)
    for town in towns:
        with town.house.desk() as desk:
            events.release(desk.connection, [purpose])
            three.keep_compact(desk, document)
        decision = town.decides(compact.digest)
        town.publishes(
            record.Membership(compact=compact.digest, act="join", decision=decision)
        )
    return compact


def _an_issue(harbour: Town, hillside: Town, riverbank: Town) -> Digest:
    issue = harbour.publishes(
        record.Issue(
            title=harbour.words("Damp homes on the quay"),
            what=harbour.words(
                "Seven households told us about black mould in bedrooms.\n\n"
                "Landlords paint over it, and it comes back within weeks."
            ),
            why=harbour.words("Children sleep in these rooms."),
            theme="housing",
        )
    )
    hillside.publishes(
        record.SharedAccount(
            shares=issue,
            account=hillside.words("Here it is the flats above the shops."),
            why=hillside.words("Two families have moved away because of it."),
        )
    )
    riverbank.publishes(
        record.SharedAccount(
            shares=issue,
            account=riverbank.words("Cold ground floors since the flood."),
        )
    )
    return issue


def _an_unconfirmed_decision(town: Town) -> Digest:
    """Publish a decision past the tellers, as whoever runs the machine could."""
    town.publishes(
        record.Electorate(
            session=SessionId("s1"),
            present=44,
            members=61,
            levels={"seen in person": 40, "vouched": 21},
        )
    )
    decision = town.a_decision(
        text="We ask every landlord on the quay for a damp survey before winter.",
        members=None,
    )
    with town.house.desk() as desk:
        return clerk.publish(desk, "Decision", vocabulary.wire(decision)).digest


def _a_proposal(story: Story, title: str, closes: datetime) -> Digest:
    town = story.harbour
    clauses = (
        "The assemblies ask the housing authority to survey every rented home for "
        "damp, starting with homes where children sleep.",
        "Each assembly puts its share into a common pot for dehumidifiers, lent out "
        "for a month at a time.",
    )
    return town.publishes(
        record.Proposal(
            compact=story.compact.digest,
            title=town.words(title),
            clauses=(
                record.Clause(n=1, text=town.words(clauses[0])),
                record.Clause(
                    n=2, text=town.words(clauses[1]), amounts={"pounds": "1200"}
                ),
            ),
            options=tuple(
                record.Choice(id=OptionId(id), label=town.words(label))
                for id, label in LABELS.items()
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
    at, closes = NOON + HOUR, NOON + 2 * HOUR
    proposal = _a_proposal(story, "A damp survey of every rented home", closes)
    story.together.confer(at)
    ours = harbour.mandates(story.compact, proposal, "for")
    theirs = hillside.mandates(story.compact, proposal, "against", members=(12, 29, 3))
    recalled = riverbank.mandates(story.compact, proposal, "for")
    story.together.confer(at)
    stray = three.a_vote(theirs, proposal, "for")
    for town in story.towns:
        with town.house.desk(at) as desk:
            chamber.hear_vote(desk, stray)
    three.votes(harbour.house, ours, proposal, at=at)
    three.votes(hillside.house, theirs, proposal, "against", at=at)
    three.votes(riverbank.house, recalled, proposal, at=at)
    story.together.confer(at)
    three.recalls(riverbank.house, recalled, at=at)
    story.together.confer(at)
    following = riverbank.mandates(story.compact, proposal, "for", name="eli")
    three.votes(riverbank.house, following, proposal, revision=3, at=at)
    story.together.confer(at)
    story.together.confer(closes + HOUR)
    story.proposals["confirmed"] = proposal
    story.mandates["harbour"] = ours.mandate
    story.mandates["hillside"] = theirs.mandate
    story.mandates["riverbank"] = recalled.mandate


def _the_open_one(story: Story) -> None:
    """One has voted, and two have not said anything to their delegates."""
    proposal = _a_proposal(story, "A shared repair crew", NOON + 48 * HOUR)
    at = NOON + 4 * HOUR
    story.together.confer(at)
    delegate = story.harbour.mandates(story.compact, proposal, "for")
    three.votes(story.harbour.house, delegate, proposal, at=at)
    story.together.confer(at)
    story.proposals["open"] = proposal


def _the_closing_one(story: Story) -> None:
    """The other nodes go dark before closing; this one says for whom it waits."""
    closes = NOON + 6 * HOUR
    proposal = _a_proposal(story, "Whose turn it is to host", closes)
    story.together.confer(NOON + 5 * HOUR)
    story.together.confer(closes + HOUR, among=[story.harbour.house])
    story.proposals["closing"] = proposal


PAGES = (
    "/",
    "/issues",
    "/issues/{issue}",
    "/shared/{issue}",
    "/shared/{issue}/texts",
    "/directory",
    "/proposals",
    "/proposals/{confirmed}",
    "/proposals/{open}",
    "/proposals/{closing}",
    "/mandates/{harbour}",
    "/mandates/{hillside}",
    "/mandates/{riverbank}",
    "/decisions",
    "/polls",
    "/decisions/{decided}",
    "/record",
    "/record/{ours}",
    "/record/{ours}?before=3",
    "/record/{ours}/check",
    "/record/{ours}/0",
    "/record/{theirs}",
    "/entries/{issue}",
    "/compacts",
    "/compacts/{compact}",
    "/g/harbour/clerk",
    "/about",
    "/sign-in",
)


def addressed(story: Story, path: str) -> str:
    digests: dict[str, Digest | str] = {
        "issue": story.issue,
        "decided": story.decided,
        "compact": story.compact.digest,
        "ours": story.harbour.id,
        "theirs": story.hillside.id,
        **story.proposals,
        **story.mandates,
    }
    return path.format_map({name: in_hex(each) for name, each in digests.items()})
