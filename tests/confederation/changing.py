"""A compact changes while proposals are open, over a network that loses and divides.

Somebody applies, speaks before it has a seat, and is admitted; somebody is suspended;
seats come to weigh more, or less, than when a vote on something else was opened. Every
node knows only what reached it: records, and the documents of versions. What its
program does wrong on purpose is in its :class:`Faults`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from random import Random

from confederation.confederal import admission, council, versions
from confederation.confederal.compact import Compact, Rules, Seat, Weighing
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding, rivals
from confederation.confederal.mandate import Finding
from confederation.confederal.versions import Change, Lineage
from confederation.errors import TooEarly, TooLate
from confederation.identifiers import ActorId, AssemblyId, Digest, SessionId
from confederation.record import (
    Attestation,
    Electorate,
    Entry,
    Fact,
    Filed,
    Legitimacy,
    Membership,
    Method,
    Proposal,
    Sitting,
    Visit,
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
BANDS = Weighing(two=50, three=150)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What is wrong with the program of every node. Nothing, by default."""

    attests_every_change: bool = False
    takes_one_word_for_a_change: bool = False
    witnesses_what_is_superseded: bool = False
    seats_whoever_applies: bool = False
    counts_by_the_newest_version: bool = False
    takes_weight_at_its_word: bool = False


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
            self._misread(held, line),
            enacted=line.holds(held.compact.digest),
            superseded=late and not self.faults.witnesses_what_is_superseded,
        )

    def _misread(self, held: Holding, line: Lineage) -> Holding:
        """Read a version as a program with a fault would."""
        compact, new = held.compact, held.next
        if self.faults.counts_by_the_newest_version:
            compact = replace(line.newest, digest=compact.digest)
        if self.faults.seats_whoever_applies:
            compact = replace(compact, members=_with_whoever_applied(self, compact))
        if self.faults.takes_weight_at_its_word and new is not None:
            alike = tuple(replace(seat, weight=1) for seat in new.members)
            new = replace(new, members=alike)
        return replace(held, compact=compact, next=new)

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

    def proposes(
        self, compact: Compact, at: datetime, closes: float, new: Compact | None = None
    ) -> Entry:
        """Propose something, or to put a ``new`` version in the compact's place."""
        text = replace(
            a_proposal(compact, self.town.decides().digest),
            method=Method(name=compact.rules.adopt),
            opens=at,
            closes=instant(closes),
        )
        if new is not None:
            self.documents[new.digest] = new
            text = replace(text, slot=compact.digest, compact_next=new.digest)
        return self.publishes(text, at)

    def applies(self, at: datetime) -> None:
        """Apply, from when on an assembly reads what the others decide."""
        identity = Digest(self.first.identity)
        self.publishes(Membership(compact=identity, act="apply"), at)

    def speaks_out_of_turn(self, at: datetime) -> None:
        """Vote and say what was received where there is no seat to say it for."""
        for proposal in self.proposals():
            assert isinstance(proposal.fact, Proposal)
            compact = self.documents.get(proposal.fact.compact)
            if compact is None or compact.seat_of(self.id) is not None:
                continue
            seen = tuple(
                (seat, filed.revision, entry.digest)
                for seat, member in enumerate(compact.members)
                for entry, filed in self.copies[member.assembly].facts(Filed)
                if filed.proposal == proposal.digest
            )
            given = self.town.mandates(
                compact, instructed(proposal, AGAINST), until=instant(END)
            )
            filed = self.town.votes(proposal, given, AGAINST)
            own = (compact.n, 1, filed.digest)
            said = Witness(proposal=proposal.digest, final=False, seen=(*seen, own))
            self.publishes(said, at)

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
        # Drawn apart, so that the rest of a run is what it is without them.
        self.observing = Random(f"{seed} observes")
        self.weighing = Random(f"{seed} weighs")
        rules = Rules()
        if seed % 2:
            cast = self.weighing.choice(("bloc", "split"))
            bands = replace(BANDS, cast=cast)  # type: ignore[arg-type]
            rules = Rules(adopt="weighted-majority", weighing=bands)
        world = Confederation(random.randint(3, 6), rules)
        self.first = world.compact
        towns = [*world.towns, Town("newcomer")]
        self.attested: dict[AssemblyId, int] = {}
        self.visiting: list[tuple[int, Town, Visit]] = []
        if rules.weighing is not None:
            self._attends(towns)
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
        self.applies = self.observing.choice((0, 0, 2, 4))
        self.speaks = self.observing.random() < 0.5
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

    def documents(self) -> dict[Digest, Compact]:
        """Give every version that anybody wrote down."""
        return {d: each for node in self.nodes for d, each in node.documents.items()}

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
        start, without = instant(0), self._without(random)
        if self.attested:
            without = self._weighed(self.first)
        one.proposes(self.first, start, CHANGE_CLOSES, without)
        other_closes = CHANGE_CLOSES + random.choice((-1, 0, 2))
        other.proposes(self.first, start, other_closes, self._with_newcomer())
        beside.proposes(self.first, start, OTHER_CLOSES)
        side = set(random.sample(range(len(self.nodes)), len(self.nodes) // 2))
        for tick in range(END):
            at = instant(tick)
            for seat, when in self.mortal.items():
                if tick == when:
                    self.nodes[seat].alive = False
            if tick == CHANGE_CLOSES // 2 and self.leaves is not None:
                self._leaves(self.nodes[self.leaves], at)
            self._observes(tick, at)
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
                if self.attested:
                    lighter = self._weighed(newest)
                    node.proposes(newest, at, SETTLED - 2, lighter)
            elif self.late is None and self.first.seat_of(node.id) is not None:
                self.late = node.proposes(self.first, at, SETTLED)

    def _observes(self, tick: int, at: datetime) -> None:
        """Let somebody apply and speak before its turn, and others visit meetings."""
        newcomer = self.nodes[-1]
        if tick == self.applies:
            newcomer.applies(at)
        if tick == CHANGE_CLOSES - 3 and self.speaks:
            newcomer.speaks_out_of_turn(at)
        for when, town, visit in self.visiting:
            node = next(each for each in self.nodes if each.town is town)
            if when == tick and node.alive:
                decided = replace(visit, decision=town.decides().digest)
                node.publishes(decided, at)

    def _attends(self, towns: list[Town]) -> None:
        """Let assemblies meet and claim, and others say of some that they saw it."""
        for town in towns:
            many = self.weighing.choice((40, 60, 160))
            sittings = tuple(_a_sitting(town, number, many) for number in range(3))
            town.publishes(
                Legitimacy(
                    compact=self.first.identity,
                    criteria=digest_of("criteria"),
                    sittings=sittings,
                    figure=many,
                    holds=many > 150,
                )
            )
            others = [each for each in towns[: self.first.n] if each is not town]
            visitors = self.weighing.sample(others, self.weighing.choice((1, 2, 2)))
            self.attested[town.id] = many if len(visitors) > 1 else 0
            self.visiting += [
                (
                    self.weighing.choice((0, 0, 1, 3)),
                    visitor,
                    Visit(
                        compact=self.first.identity,
                        of=town.id,
                        session=sittings[0].session,
                        confirms=True,
                        decision=town.id,  # type: ignore[arg-type]
                        present=many,
                    ),
                )
                for visitor in visitors
            ]

    def weight(self, assembly: AssemblyId) -> int:
        """Give what a seat may weigh at most, by those who came to look."""
        many = self.attested.get(assembly, 0)
        return 1 + (many >= BANDS.two) + (many >= BANDS.three)

    def _weighed(self, compact: Compact) -> Compact:
        """Write weights down: as attested, less, or more than that."""
        ways = ("attested", "attested", "less", "more", "more")
        asked = self.weighing.choice(ways if compact == self.first else ways[1:3])
        members = tuple(
            replace(
                seat,
                weight={
                    "attested": self.weight(seat.assembly),
                    "less": 1,
                    "more": 3,
                }[asked],
            )
            for seat in compact.members
        )
        return self._version(asked, members, after=compact)

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
        self,
        name: str,
        members: tuple[Seat, ...],
        suspended: tuple[Seat, ...] = (),
        *,
        after: Compact | None = None,
    ) -> Compact:
        before = after or self.first
        return replace(
            before,
            digest=digest_of(name, before.digest, members),
            members=members,
            suspended=suspended or before.suspended,
            first=self.first.identity,
            previous=before.digest,
        )


def _a_sitting(town: Town, number: int, many: int) -> Sitting:
    session = SessionId(f"s{number}")
    counted = Electorate(
        session=session, present=many, members=many, confirmed_by=town.tellers
    )
    return Sitting(
        session=session,
        held=instant(0),
        electorate=town.publishes(counted).digest,
        present=many,
        residents=many,
        basis="cards",
        steps={},
        countersigned=2,
    )


def _with_whoever_applied(node: Node, compact: Compact) -> tuple[Seat, ...]:
    """Seat whoever applied, as a program would that cannot tell them from members."""
    newcomer = [
        Seat(
            assembly=assembly,
            address=ActorId("https://newcomer.example/g"),
            key=record.keys_at(1).current or compact.members[0].key,
        )
        for assembly, record in node.copies.items()
        if any(fact.act == "apply" for _, fact in record.facts(Membership))
        and compact.seat_of(assembly) is None
    ]
    return (*compact.members, *newcomer)


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
    return [*_two_versions(run), *_results(run), *_too_late(run), *_too_heavy(run)]


def adopted(run: Run) -> dict[Digest, list[Compact]]:
    """Give the versions that were adopted under each, counted by hand."""
    records, documents = run.union(), run.documents()
    found: dict[Digest, list[Compact]] = {}
    proposals = {each.digest: each for node in run.nodes for each in node.proposals()}
    for entry in proposals.values():
        text = entry.fact
        assert isinstance(text, Proposal)
        if text.compact_next is None:
            continue
        under = documents[text.compact]
        if len([*adopting(entry, under, records)]) >= under.t:
            found.setdefault(under.digest, []).append(documents[text.compact_next])
    return found


def _two_versions(run: Run) -> Iterator[str]:
    """At most one change is adopted, and nobody follows one that was not."""
    changed = adopted(run)
    if any(len(new) > 1 for new in changed.values()):
        yield "Two changes of one version are adopted."
    made = [each.digest for new in changed.values() for each in new]
    for node in run.awake:
        line = node.line()
        for version in line.versions[1:]:
            if version.digest not in made:
                yield "A node follows a version that was not adopted."
        if len(line.versions) < 1 + len(made):
            yield "A node that is awake has not found the version in force."


def _too_heavy(run: Run) -> Iterator[str]:
    for new in adopted(run).values():
        if any(s.weight > run.weight(s.assembly) for each in new for s in each.members):
            yield "A seat came to weigh more than what others say that they saw."


def _results(run: Run) -> Iterator[str]:
    """Everybody comes to one result, with the seats of the version proposed under."""
    documents = run.documents()
    for proposal in run.awake[0].proposals():
        found = []
        for node in run.awake:
            held = node.holding(proposal)
            result = None if held is None else council.standing(held).result
            if result is not None and result not in found:
                found.append(result)
        if len(found) > 1:
            yield f"{len(found)} results of one proposal."
        for result in found:
            compact = documents[result.compact]
            listed = {each.seat for each in result.certified}
            if result.figures.seats > compact.n or max(listed, default=-1) >= compact.n:
                yield "A result counts a seat that its version has not."
                continue
            weighs = [
                compact.members[each.seat].weight
                for each in result.certified
                if each.rule is None and each.seat >= 0
            ]
            said = result.figures.weights
            if said and sum(map(Fraction, said.values())) != sum(weighs):
                yield "A result counts with other weights than those of its version."


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
