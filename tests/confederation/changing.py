"""A compact changes while proposals are open, over a network that loses and divides.

Every node knows only what reached it: records, and the documents of versions. What its
program does wrong on purpose is in its :class:`Faults`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

from confederation.confederal import admission, council, versions
from confederation.confederal.compact import Compact, Seat
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding, rivals
from confederation.confederal.mandate import Finding
from confederation.confederal.versions import Change, Lineage
from confederation.errors import TooEarly, TooLate
from confederation.identifiers import ActorId, AssemblyId, Digest
from confederation.record import (
    Attestation,
    Entry,
    Fact,
    Membership,
    Proposal,
    Witness,
)
from tests.confederation.scenario import instant
from tests.confederation.world import (
    AGAINST,
    FOR,
    Confederation,
    Town,
    a_proposal,
    digest_of,
    instructed,
    result_digest,
)

CHANGE_CLOSES, OTHER_CLOSES, END = 8, 14, 30
SETTLED = END - 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What is wrong with the program of every node. Nothing, by default."""

    attests_every_change: bool = False
    takes_one_word_for_a_change: bool = False
    witnesses_what_is_superseded: bool = False


@dataclass(slots=True)
class Node:
    """What runs at one assembly: its copies, and the versions that it has read."""

    town: Town
    first: Compact
    faults: Faults
    copies: dict[AssemblyId, Record]
    documents: dict[Digest, Compact]
    times: dict[AssemblyId, datetime] = field(default_factory=dict)
    alive: bool = True
    gone: bool = False
    voted: set[Digest] = field(default_factory=set)
    careless: list[Digest] = field(default_factory=list)
    hasty: list[Digest] = field(default_factory=list)
    _line: tuple[object, Lineage] | None = None

    @property
    def id(self) -> AssemblyId:
        return self.town.id

    def publishes(self, fact: Fact, at: datetime) -> Entry:
        entry = self.town.publishes(fact, at)
        self.copies[self.id] = self.town.record
        return entry

    def proposals(self) -> list[Entry]:
        found = {
            entry.digest: entry
            for record in self.copies.values()
            for entry, _ in record.facts(Proposal)
        }
        return sorted(found.values(), key=lambda entry: entry.digest)

    def bare(self, proposal: Entry) -> Holding | None:
        """Hold a proposal without knowing which versions are in force."""
        text = proposal.fact
        assert isinstance(text, Proposal)
        compact = self.documents.get(text.compact)
        if compact is None:
            return None
        new = text.compact_next
        return Holding(
            compact=compact,
            proposal=proposal,
            records=dict(self.copies),
            clocks=dict(self.times),
            rivals=rivals(proposal, self.proposals()),
            next=None if new is None else self.documents.get(new),
        )

    def line(self) -> Lineage:
        """Follow the compact, as far as this node can see."""
        mark = (*(each.head for each in self.copies.values()), *self.documents)
        if self._line is None or self._line[0] != mark:
            self._line = mark, self._follow()
        return self._line[1]

    def _follow(self) -> Lineage:
        held = [each for each in map(self.bare, self.proposals()) if each is not None]
        make = (
            _on_one_word if self.faults.takes_one_word_for_a_change else versions.change
        )
        changes = filter(None, map(make, held))
        return versions.lineage(self.first, self.documents, changes)

    def holding(self, proposal: Entry) -> Holding | None:
        held = self.bare(proposal)
        if held is None:
            return None
        line = self.line()
        late = versions.superseded_before(
            line, proposal, self.copies[proposal.assembly]
        )
        return replace(
            held,
            enacted=line.holds(held.compact.digest),
            superseded=late and not self.faults.witnesses_what_is_superseded,
        )

    def steps(self, at: datetime) -> None:
        """Say what the protocol asks for now, and what a fault adds to it."""
        self.times[self.id] = at
        for change in self.line().changes:
            under = self.documents[change.before]
            said = [*adopting(change.proposal, under, self.copies)]
            if len(said) < under.t:
                self.hasty.append(change.after)
        for proposal in self.proposals():
            held = self.holding(proposal)
            if held is None:
                continue
            before = self._knows_better(held)
            for fact in council.duties(held, self.id, at, result_digest):
                if isinstance(fact, Witness) and not fact.final and before:
                    self.careless.append(proposal.digest)
                self.publishes(fact, at)
            if self.faults.attests_every_change and held.text.compact_next is not None:
                self._attests_again(held, at)

    def _attests_again(self, held: Holding, at: datetime) -> None:
        result = council.standing(held).result
        said = [a.proposal for _, a in self.copies[self.id].facts(Attestation)]
        seated = held.compact.seat_of(self.id) is not None
        if result is not None and seated and held.proposal.digest not in said:
            self.publishes(
                Attestation(
                    proposal=held.proposal.digest,
                    result=result,
                    result_hash=result_digest(result),
                ),
                at,
            )

    def _knows_better(self, held: Holding) -> bool:
        """Say, by counting by hand, whether a change came before this was filed."""
        for other in self.proposals():
            text = other.fact
            assert isinstance(text, Proposal)
            new = text.compact_next
            if text.compact != held.compact.digest or new not in self.documents:
                continue
            times = sorted(adopting(other, held.compact, self.copies))
            if len(times) < held.compact.t:
                continue
            if times[held.compact.t - 1] < held.proposal.published:
                return True
        return False

    def votes(self, at: datetime, random: Random) -> None:
        """Let the assembly bind its delegate on whatever is new, and them vote."""
        for proposal in self.proposals():
            held = self.holding(proposal)
            if (
                proposal.digest in self.voted
                or held is None
                or held.compact.seat_of(self.id) is None
                or self.gone
            ):
                continue
            choice = FOR if random.random() < 0.85 else AGAINST
            given = self.town.mandates(
                held.compact, instructed(proposal, choice), until=instant(END)
            )
            self.copies[self.id] = self.town.record
            vote = self.town.a_vote(proposal, given, choice)
            try:
                received = admission.receive(self.bare(proposal) or held, vote, at)
            except (TooEarly, TooLate):
                continue
            if not isinstance(received, Finding):
                self.publishes(received, at)
                self.voted.add(proposal.digest)

    def proposes(self, compact: Compact, at: datetime, closes: float) -> Entry:
        text = a_proposal(compact, self.town.decides().digest)
        return self.publishes(replace(text, opens=at, closes=instant(closes)), at)

    def changes(self, new: Compact, at: datetime, closes: float) -> Entry:
        self.documents[new.digest] = new
        text = a_proposal(self.first, self.town.decides().digest)
        return self.publishes(
            replace(
                text,
                opens=at,
                closes=instant(closes),
                slot=self.first.digest,
                compact_next=new.digest,
            ),
            at,
        )

    def takes(self, other: "Node") -> None:
        for assembly, record in other.copies.items():
            if record.size > self.copies[assembly].size:
                self.copies[assembly] = record
        for assembly, at in other.times.items():
            self.times[assembly] = max(at, self.times.get(assembly, at))
        self.documents.update(other.documents)


class Run:
    """One run: two changes in one slot, something open beside, and what follows."""

    def __init__(self, seed: int, faults: Faults | None = None) -> None:
        random = Random(f"{seed} changes")
        world = Confederation(random.randint(3, 6))
        self.first = world.compact
        newcomer = Town("newcomer")
        newcomer.publishes(Membership(compact=Digest(self.first.identity), act="apply"))
        towns = [*world.towns, newcomer]
        self.nodes = [
            Node(
                town,
                self.first,
                faults or Faults(),
                {each.id: each.record for each in towns},
                {self.first.digest: self.first},
            )
            for town in towns
        ]
        self.mortal = self._mortal(random)
        self.leaves = random.randrange(self.first.n) if random.random() < 0.3 else None
        self.loss = random.choice((0.0, 0.2, 0.4))
        self.divided = random.random() < 0.3
        self.late: Entry | None = None
        self.later: Entry | None = None
        self._plays(random)

    @property
    def members(self) -> list[Node]:
        return self.nodes[: self.first.n]

    @property
    def awake(self) -> list[Node]:
        return [node for node in self.nodes if node.alive]

    def union(self) -> dict[AssemblyId, Record]:
        """Give the longest copy of each record that anybody holds."""
        return {
            assembly: max(
                (n.copies[assembly] for n in self.nodes), key=lambda r: r.size
            )
            for assembly in self.nodes[0].copies
        }

    def _mortal(self, random: Random) -> dict[int, int]:
        most = self.first.n - self.first.t if random.random() < 0.5 else 0
        return {
            seat: random.randint(2, END)
            for seat in random.sample(range(self.first.n), most)
        }

    def _plays(self, random: Random) -> None:
        one, other, beside = (
            random.sample(self.members, 3)
            if self.first.n > 3
            else (self.members[0], self.members[1], self.members[2])
        )
        start = instant(0)
        one.changes(self._without(random), start, CHANGE_CLOSES)
        other.changes(
            self._with_newcomer(), start, CHANGE_CLOSES + random.choice((-1, 0, 2))
        )
        beside.proposes(self.first, start, OTHER_CLOSES)
        side = set(random.sample(range(len(self.nodes)), len(self.nodes) // 2))
        for tick in range(END):
            at = instant(tick)
            for seat, when in self.mortal.items():
                if tick == when:
                    self.nodes[seat].alive = False
            if tick == CHANGE_CLOSES // 2 and self.leaves is not None:
                self._leaves(self.nodes[self.leaves], at)
            for node in self.awake:
                if tick in (2, 4, 6, SETTLED - 4, SETTLED - 2):
                    node.votes(at, random)
                node.steps(at)
            if tick == OTHER_CLOSES + 1:
                self._go_on(at, random)
            self._meet(tick, side, random)

    def _go_on(self, at: datetime, random: Random) -> None:
        """Propose under the newest version known, and, too late, under the first."""
        for node in random.sample(self.awake, len(self.awake)):
            newest = node.line().newest
            seated = newest.seat_of(node.id) is not None and not node.gone
            if newest != self.first and seated and self.later is None:
                self.later = node.proposes(newest, at, SETTLED)
            elif self.late is None and self.first.seat_of(node.id) is not None:
                self.late = node.proposes(self.first, at, SETTLED)

    def _leaves(self, node: Node, at: datetime) -> None:
        if node.alive:
            leaving = Membership(compact=Digest(self.first.identity), act="leave")
            node.publishes(leaving, at)
            node.gone = True

    def _meet(self, tick: int, side: set[int], random: Random) -> None:
        late = tick >= SETTLED - 6
        for number, node in enumerate(self.nodes):
            for other_number, other in enumerate(self.nodes):
                apart = (number in side) != (other_number in side)
                cut_off = self.divided and apart and 3 <= tick < CHANGE_CLOSES + 2
                lost = not late and random.random() < self.loss
                if node.alive and other.alive and not lost and not cut_off:
                    other.takes(node)

    def _without(self, random: Random) -> Compact:
        seat = random.randrange(self.first.n)
        kept = tuple(m for n, m in enumerate(self.first.members) if n != seat)
        return self._version("without", kept, suspended=(self.first.members[seat],))

    def _with_newcomer(self) -> Compact:
        town = self.nodes[-1].town
        seat = Seat(
            assembly=town.id,
            address=ActorId("https://newcomer.example/g"),
            key=town.key,
        )
        return self._version("with", (*self.first.members, seat))

    def _version(
        self, name: str, members: tuple[Seat, ...], suspended: tuple[Seat, ...] = ()
    ) -> Compact:
        return replace(
            self.first,
            digest=digest_of(name, self.first.digest, members),
            members=members,
            suspended=suspended,
            first=self.first.identity,
            previous=self.first.digest,
        )


def adopting(
    proposal: Entry, compact: Compact, records: dict[AssemblyId, Record]
) -> Iterator[datetime]:
    """Give when each member attested that a proposal is adopted, counted by hand."""
    for seat in compact.members:
        said = [
            entry.published
            for entry, fact in records[seat.assembly].facts(Attestation)
            if fact.proposal == proposal.digest and fact.result.outcome == "adopted"
        ]
        if said:
            yield min(said)


def breaches(run: Run) -> list[str]:
    """Find every breach of what must hold when a compact changes."""
    return [*_two_versions(run), *_results(run), *_too_late(run)]


def _two_versions(run: Run) -> Iterator[str]:
    """At most one change is adopted, and nobody follows one that was not."""
    records = run.union()
    adopted = [
        entry.fact.compact_next
        for entry in run.nodes[0].proposals()
        if isinstance(entry.fact, Proposal)
        and entry.fact.compact_next is not None
        and len([*adopting(entry, run.first, records)]) >= run.first.t
    ]
    if len(adopted) > 1:
        yield "Two changes of one version are adopted."
    for node in run.awake:
        line = node.line()
        for version in line.versions[1:]:
            if version.digest not in adopted:
                yield "A node follows a version that was not adopted."
        if len(line.versions) < 1 + len(adopted):
            yield "A node that is awake has not found the version in force."


def _results(run: Run) -> Iterator[str]:
    """Everybody comes to one result, with the seats of the version proposed under."""
    for proposal in run.awake[0].proposals():
        found = []
        for node in run.awake:
            held = node.holding(proposal)
            result = None if held is None else council.standing(held).result
            if result is not None and result not in found:
                found.append(result)
            if result is not None and held is not None:
                listed = {each.seat for each in result.certified}
                if (
                    result.figures.seats > held.compact.n
                    or max(listed, default=-1) >= held.compact.n
                ):
                    yield "A result counts a seat that its version has not."
        if len(found) > 1:
            yield f"{len(found)} results of one proposal."


def _too_late(run: Run) -> Iterator[str]:
    for node in run.nodes:
        if node.hasty:
            yield "A node follows a version that too few had attested."
        if node.careless:
            yield "A node witnesses what came under a version that it knew was over."


def _on_one_word(held: Holding) -> Change | None:
    """Take a change for adopted as soon as anybody says so."""
    text = held.text
    if text.compact_next is None or held.next is None:
        return None
    said = [
        (entry.published, fact.result)
        for seat in held.compact.members
        for entry, fact in held.records[seat.assembly].facts(Attestation)
        if fact.proposal == held.proposal.digest and fact.result.outcome == "adopted"
    ]
    if not said:
        return None
    at, result = said[0]
    return Change(
        proposal=held.proposal,
        before=held.compact.digest,
        after=text.compact_next,
        result=result,
        at=at,
    )
