"""Nodes that run the pure functions over a network that loses, delays and divides.

A run is a function of its seed. Nodes know only what reaches them. Liars say what they
like, but can sign only as themselves. What an honest node does wrong on purpose, to
see whether anybody notices, is in its :class:`Habits`.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from random import Random

from confederation import admission, council, tally
from confederation.compact import Compact
from confederation.errors import Invalid, TooEarly, TooLate
from confederation.history import Record
from confederation.holding import Holding
from confederation.identifiers import AssemblyId, Digest, OptionId
from confederation.mandate import Finding, Rule
from confederation.record import (
    Attestation,
    Entry,
    Fact,
    Filed,
    Instruction,
    Mandate,
    Membership,
    Proposal,
    Result,
    Witness,
)
from confederation.slots import slot
from confederation.statements import Revision
from confederation.weighing import Fate
from tests.confederation.world import (
    ABSTAIN,
    AGAINST,
    FOR,
    OPTIONS,
    START,
    Confederation,
    Town,
    a_proposal,
    an_entry,
    digest_of,
    result_digest,
)

OPENS, CLOSES, SETTLED, END = 3, 14, 24, 36
"""Ticks, of a minute each. From ``SETTLED`` on the network is whole, clocks right."""

Chain = tuple[Entry, ...]


def instant(tick: float) -> datetime:
    return START + timedelta(minutes=tick)


@cache
def founded(n: int) -> Confederation:
    """Give the towns as they were when they had just joined; nobody changes these."""
    return Confederation(n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What is wrong with the program of every honest node. Nothing, by default."""

    witnesses_after_closing: bool = False
    concludes_by_its_own_clock: bool = False
    concludes_early: bool = False
    counts_what_is_not_certified: bool = False
    witnesses_two_filings: bool = False
    witnesses_unlawful_filings: bool = False
    attests_again: bool = False
    adopts_first_come: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """What a lying assembly does besides, or instead of, what it should."""

    two_faced: bool = False
    withholds: bool = False
    files_unlawfully: bool = False
    invents: bool = False
    two_finals: bool = False
    attests_what_it_likes: bool = False
    tampers: bool = False

    @classmethod
    def draw(cls, random: Random) -> "Character":
        return cls(
            two_faced=random.random() < 0.4,
            withholds=random.random() < 0.2,
            files_unlawfully=random.random() < 0.4,
            invents=random.random() < 0.3,
            two_finals=random.random() < 0.3,
            attests_what_it_likes=random.random() < 0.3,
            tampers=random.random() < 0.3,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What will happen in a run, apart from what the nodes make of it.

    Seats map to the tick at which a node is killed, or shows a second face to one side,
    to the ticks during which it sleeps, or its clock is far ahead, and to what its
    people set out to do, and when.
    """

    compact: Compact
    liars: dict[int, Character]
    killed: dict[int, int]
    asleep: dict[int, range]
    skew: dict[int, float]
    jumps: dict[int, range]
    divided: list[tuple[range, frozenset[int]]]
    sides: dict[int, frozenset[int]]
    forks: dict[int, int]
    loss: float
    contacts: int
    proposer: int
    withdrawn_at: int | None
    replaced_by: int | None
    replacement_closes: int
    acts: dict[int, list[tuple[int, str]]]

    @classmethod
    def split(cls, random: Random) -> "Scenario":
        """Divide the honest, and let every liar tell each half what it wants to hear.

        Nothing else goes wrong, so that both halves come to an answer if they can.
        """
        drawn = cls.draw(random, lies=True)
        n, t = drawn.compact.n, drawn.compact.t
        # So many can give two halves an answer each; one fewer cannot.
        enough = 2 * t - n
        liars = random.sample(range(n), max(1, random.choice((enough, enough - 1))))
        truthful = [seat for seat in range(n) if seat not in liars]
        side = frozenset(truthful[: n - t])
        begins = random.randint(OPENS, CLOSES - 2)
        return replace(
            drawn,
            liars=dict.fromkeys(liars, Character(two_faced=True)),
            sides=dict.fromkeys(liars, side),
            forks=dict.fromkeys(liars, begins),
            divided=[(range(begins, END - 4), side)],
            acts={
                seat: [*drawn.acts[seat], (random.randint(begins, CLOSES), "vote")]
                for seat in range(n)
            },
            killed={},
            asleep={},
            jumps={},
            loss=0.0,
            contacts=3,
            withdrawn_at=None,
        )

    @classmethod
    def draw(cls, random: Random, *, lies: bool) -> "Scenario":
        n = random.randint(3, 7)
        seats = range(n)
        compact = founded(n).compact
        liars = random.sample(seats, random.randint(1, (n + 1) // 2)) if lies else []
        calm = random.random() < 0.4
        too_many = random.random() < 0.1
        mortal = 0 if calm else random.randint(0, n - compact.t + too_many)
        return cls(
            compact=compact,
            liars={seat: Character.draw(random) for seat in liars},
            killed={
                seat: random.randint(0, END) for seat in random.sample(seats, mortal)
            },
            asleep={
                seat: _span(random, 0, SETTLED - 2, 6)
                for seat in seats
                if random.random() < 0.2 and not calm
            },
            skew={seat: random.choice((0, 0, 0, -2.5, -1, 1, 2.5)) for seat in seats},
            jumps={
                seat: _span(random, 0, CLOSES, 3)
                for seat in seats
                if random.random() < 0.1
            },
            divided=[
                (
                    _span(random, 0, CLOSES, random.randint(2, SETTLED - CLOSES)),
                    frozenset(random.sample(seats, random.randint(1, n - 1))),
                )
                for _ in range(0 if calm else random.choice((0, 0, 1, 1, 2)))
            ],
            sides={
                seat: frozenset(random.sample(seats, random.randint(1, n - 1)))
                for seat in liars
            },
            forks={seat: random.randint(0, CLOSES) for seat in liars},
            loss=random.choice((0.0, 0.1)) if calm else random.choice((0.1, 0.3, 0.5)),
            contacts=random.randint(1, 3),
            proposer=random.choice(seats),
            withdrawn_at=random.randint(1, CLOSES) if random.random() < 0.1 else None,
            replaced_by=random.choice(seats) if random.random() < 0.2 else None,
            replacement_closes=random.randint(CLOSES - 2, CLOSES + 3),
            acts={seat: list(_acts(random)) for seat in seats},
        )

    def clock(self, seat: int, tick: int) -> datetime:
        """What the clock of a seat's node shows; it may jump ahead, and back again."""
        if tick >= SETTLED:
            return instant(tick)
        jumped = 9 if tick in self.jumps.get(seat, ()) else 0
        return instant(tick + self.skew[seat] + jumped)

    def awake(self, seat: int, tick: int) -> bool:
        killed = tick >= self.killed.get(seat, END + 1)
        return not killed and tick not in self.asleep.get(seat, ())

    def connects(self, a: int, b: int, tick: int) -> bool:
        """Say whether two nodes reach each other. Liars reach both sides of a split."""
        two_faced = {
            seat for seat in (a, b) if seat in self.liars and self.liars[seat].two_faced
        }
        return bool(two_faced) or not any(
            tick in span and (a in side) != (b in side) for span, side in self.divided
        )


def _span(random: Random, earliest: int, latest: int, length: int) -> range:
    begins = random.randint(earliest, latest)
    return range(begins, min(begins + length, SETTLED))


def _acts(random: Random) -> Iterator[tuple[int, str]]:
    yield random.randint(OPENS, CLOSES + 2), "vote"
    for _ in range(random.choice((0, 0, 1, 1, 2, 3))):
        what = random.choice(
            ("vote", "vote", "recall", "amend", "alternate", "stray", "short", "leave")
        )
        if what != "leave" or random.random() < 0.3:
            yield random.randint(OPENS, CLOSES + 2), what


class Node:
    """What runs at one assembly; a two-faced assembly runs two of them."""

    def __init__(self, run: "Run", seat: int, face: int = 0) -> None:
        world = founded(run.compact.n)
        self.run, self.seat, self.face = run, seat, face
        self.town: Town = copy.copy(world.towns[seat])
        self.id: AssemblyId = self.town.id
        self.liar = run.scenario.liars.get(seat)
        self.copies = {town.id: town.record for town in world.towns}
        self.branches: dict[Digest, Record] = {}
        self.times: dict[AssemblyId, datetime] = {}
        self.given: Entry | None = None
        self.recalled = self.gone = False
        self.later: list[str] = []
        self.arrived: dict[Digest, datetime] = {}
        self.concluded_with: list[int] = []
        self.refused_copies = 0
        self.refused_votes = 0
        self._done: dict[Digest, object] = {}

    @property
    def two_faced(self) -> bool:
        return sum(node.seat == self.seat for node in self.run.nodes) > 1

    def second_face(self) -> "Node":
        """Begin to say something else to one side, from here on."""
        other = Node(self.run, self.seat, face=1)
        other.town = copy.copy(self.town)
        other.copies, other.branches = dict(self.copies), dict(self.branches)
        other.times, other.given = dict(self.times), self.given
        other.recalled, other.gone = self.recalled, self.gone
        return other

    def publishes(self, fact: Fact, at: datetime) -> Entry:
        entry = self.town.publishes(fact, at)
        self._signs()
        return entry

    def _signs(self) -> None:
        new = self.town.record.entries[self.copies[self.id].size :]
        self.run.signed.update(entry.digest for entry in new)
        self.copies[self.id] = self.town.record

    def holding(self, proposal: Entry) -> Holding:
        return Holding(
            compact=self.run.compact,
            proposal=proposal,
            records=dict(self.copies),
            clocks=dict(self.times),
            branches=tuple(self.branches.values()),
            rivals=tuple(
                each
                for each in self.proposals()
                if each.digest != proposal.digest and slot(each) == slot(proposal)
            ),
        )

    def proposals(self) -> list[Entry]:
        found = {
            entry.digest: entry
            for record in (*self.copies.values(), *self.branches.values())
            for entry, _ in record.facts(Proposal)
        }
        return sorted(found.values(), key=lambda entry: entry.digest)

    def takes(self, chain: Chain) -> None:
        """Take in what somebody says is an assembly's record, or refuse it."""
        assembly, size = chain[0].assembly, len(chain)
        mine = self.copies[assembly]
        known = mine.at(size - 1)
        if assembly == self.id or (known and known.digest == chain[-1].digest):
            return
        if not all(entry.digest in self.run.signed for entry in chain):
            self.refused_copies += 1
            return
        try:
            if size > mine.size and chain[mine.size - 1].digest == mine.head:
                self.copies[assembly] = mine.extend(chain[mine.size :])
            else:
                self._branches_off(Record.of(chain))
        except Invalid:
            self.refused_copies += 1

    def _branches_off(self, other: Record) -> None:
        known = [self.copies[other.assembly], *self.branches.values()]
        if any(each.get(other.head) for each in known):
            return
        for head in [head for head in self.branches if other.get(head)]:
            del self.branches[head]
        assert other.head is not None
        self.branches[other.head] = other

    def acts(self, what: str, at: datetime, random: Random) -> None:
        """Let the assembly, or its delegate, do something of its own accord."""
        proposals = [e for e in self.proposals() if e.digest in self.run.proposed]
        if not proposals:
            return
        if self.given is None or what in ("amend", "alternate", "short"):
            self._mandates(proposals, what, random)
        elif what == "recall":
            self.town.recalls(self.given)
            self.recalled = True
        if what == "leave":
            leaving = Membership(compact=self.run.compact.digest, act="leave")
            self.town.publishes(leaving)
            self.gone = True
        self._signs()
        if what in ("vote", "stray", "alternate", "short"):
            for proposal in proposals:
                self._votes(proposal, at, random, stray=what == "stray")

    def _mandates(self, proposals: list[Entry], what: str, random: Random) -> None:
        allowed = random.choice(((FOR,), (FOR,), (AGAINST,), (FOR, ABSTAIN), OPTIONS))
        self.given = self.town.mandates(
            self.run.compact,
            *(Instruction(proposal=e.digest, may=allowed) for e in proposals),
            holder=f"{what} {random.random()}" if what == "alternate" else "dana",
            until=instant(CLOSES - 3 if what == "short" else END),
            members=random.choice(((60, 20, 5), (20, 60, 5), None)),
        )
        self.recalled = False

    def _votes(
        self, proposal: Entry, at: datetime, random: Random, *, stray: bool
    ) -> None:
        assert self.given is not None
        assert isinstance(self.given.fact, Mandate)
        covered = [i for i in self.given.fact.instructions if _is_on(i, proposal)]
        allowed: tuple[OptionId, ...] = covered[0].may if covered else ()
        outside = [each for each in OPTIONS if each not in allowed]
        stray = (stray and bool(outside)) or not allowed
        choice = random.choice(outside if stray else list(allowed))
        vote = self.town.a_vote(proposal, self.given, choice)
        broken = self._broken(covered, stray=stray)
        if self.liar is not None and self.liar.files_unlawfully:
            filing = Filed(
                proposal=proposal.digest, revision=vote.revision, document=vote
            )
            filed = self.publishes(filing, at)
            if broken is not None:
                self.run.unlawful[filed.digest] = broken
            return
        try:
            received = admission.receive(self.holding(proposal), vote, at)
        except TooEarly:
            if not self.later:
                self.later.append("stray" if stray else "vote")
            return
        except TooLate:
            return
        if isinstance(received, Finding):
            assert received.rule is broken, (received, broken)
            self.refused_votes += 1
        else:
            assert broken is None, broken
            self.publishes(received, at)

    def withdraws(self, proposal: Entry, at: datetime) -> None:
        decision = self.town.decides().digest
        self._signs()
        try:
            fact = admission.withdraw(self.holding(proposal), decision, at)
        except TooLate:
            return
        self.publishes(fact, at)

    def _broken(self, covered: list[Instruction], *, stray: bool) -> Rule | None:
        """Which rule a vote of the delegate breaks, by what the people here know."""
        assert self.given is not None
        assert isinstance(self.given.fact, Mandate)
        if self.gone:
            return Rule.NOT_A_MEMBER
        if self.recalled:
            return Rule.RECALLED
        if self.given.fact.valid_until < instant(CLOSES):
            return Rule.MANDATE_EXPIRED
        if not covered:
            return Rule.OUTSIDE_SCOPE
        return Rule.OUTSIDE_INSTRUCTION if stray else None

    def steps(self, at: datetime, random: Random) -> None:
        """Do what the protocol asks for now, and whatever a liar does besides."""
        self.times[self.id] = max(at, self.times.get(self.id, at))
        for proposal in self.proposals():
            if self.liar is None and self._nothing_new(proposal, at):
                continue
            holding = self.holding(proposal)
            if self.liar is not None:
                self._lies(holding, at, random)
                holding = self.holding(proposal)
                if self.liar.withholds:
                    continue
            self._note_arrivals(holding, at)
            for fact in self._duties(holding, at):
                if isinstance(fact, Witness) and fact.final:
                    closes = holding.text.closes
                    past = sum(time >= closes for time in self.times.values())
                    self.concluded_with.append(past)
                self.publishes(fact, at)

    def _nothing_new(self, proposal: Entry, at: datetime) -> bool:
        """Say whether a step would see exactly what the last one has seen."""
        assert isinstance(proposal.fact, Proposal)
        closes = proposal.fact.closes
        now = (
            tuple(record.head for record in self.copies.values()),
            tuple(self.branches),
            at >= proposal.fact.opens,
            at >= closes and tuple(time >= closes for time in self.times.values()),
            self.run.habits != Habits() and at,
        )
        seen, self._done[proposal.digest] = self._done.get(proposal.digest), now
        return seen == now

    def _note_arrivals(self, holding: Holding, at: datetime) -> None:
        """Remember when, by its own clock, a filing was here before the final word."""
        final = any(
            statement.final and statement.proposal == holding.proposal.digest
            for _, statement in self.copies[self.id].facts(Witness)
        )
        for records in holding.all_records().values() if not final else ():
            for record in records:
                for entry, filed in record.facts(Filed):
                    if filed.proposal == holding.proposal.digest:
                        earlier = self.arrived.get(entry.digest, at)
                        self.arrived[entry.digest] = min(at, earlier)

    def _duties(self, holding: Holding, at: datetime) -> Iterator[Fact]:
        if self.run.habits == Habits():
            yield from council.duties(holding, self.id, at, result_digest)
        else:
            yield from _badly(self.run.habits, holding, self.id, at)

    def _lies(self, holding: Holding, at: datetime, random: Random) -> None:
        liar = self.liar
        if liar is None or random.random() < 0.85:
            return
        proposal = holding.proposal.digest
        seen: set[Revision] = {
            (each.seat, each.revision, each.digest)
            for each in council.standing(holding).revisions
            if random.random() < 0.6
        }
        if liar.invents:
            seat = random.randrange(holding.compact.n)
            seen.add((seat, random.randint(0, 3), digest_of(random.random())))
            self.publishes(_statement(proposal, seen, final=False), at)
        if liar.two_finals and at >= holding.text.opens:
            self.publishes(_statement(proposal, seen, final=True), at)
        if liar.files_unlawfully and random.random() < 0.3:
            filing = Filed(
                proposal=proposal,
                revision=random.randint(0, 4),
                withdrawn_by=self.copies[self.id].entries[0].digest,
            )
            self.run.unlawful[self.publishes(filing, at).digest] = None
        if liar.attests_what_it_likes and at >= holding.text.closes:
            self.publishes(_attesting(holding, _counting_everything(holding)), at)

    def passes_on(self, random: Random) -> Iterator[Chain]:
        for record in (*self.copies.values(), *self.branches.values()):
            chain = record.entries
            tampers = self.liar is not None and self.liar.tampers and len(chain) > 2
            if tampers and record.assembly != self.id and random.random() < 0.3:
                chain = _tampered(chain, random)
            yield chain


def _is_on(instruction: Instruction, proposal: Entry) -> bool:
    return instruction.proposal == proposal.digest


def _statement(proposal: Digest, seen: set[Revision], *, final: bool) -> Witness:
    return Witness(proposal=proposal, final=final, seen=tuple(sorted(seen)))


def _attesting(holding: Holding, result: Result) -> Attestation:
    return Attestation(
        proposal=holding.proposal.digest,
        result=result,
        result_hash=result_digest(result),
    )


def _counting_everything(holding: Holding) -> Result:
    """Count every vote that breaks no rule, certified or not."""
    positions = [
        tally.Position(
            seat=each.seat,
            revision=each.revision,
            digest=each.digest,
            says="vote",
            choice=each.entry.fact.document.choice,
        )
        for each in council.standing(holding).revisions
        if each.fate is not Fate.VOID
        and each.entry is not None
        and isinstance(each.entry.fact, Filed)
        and each.entry.fact.document is not None
    ]
    return tally.count(holding.compact, holding.proposal, positions)


def _tampered(chain: Chain, random: Random) -> Chain:
    """Leave an entry out, swap two, or alter one and digest it anew."""
    place = random.randrange(1, len(chain) - 1)
    before, here, after = chain[:place], chain[place], chain[place + 1 :]
    what = random.randrange(3)
    if what == 0:
        return (*before, *after)
    if what == 1:
        return (*before, after[0], here, *after[1:])
    forged = Membership(compact=here.digest, act="leave")
    return (*before, an_entry(Record.of(before), forged), *after)


def _badly(
    habits: Habits, holding: Holding, me: AssemblyId, at: datetime
) -> Iterator[Fact]:
    """Do what the protocol asks for, as a program with a fault would."""
    closes, clock = holding.text.closes, at
    if habits.concludes_early and at >= closes - timedelta(minutes=4):
        clock = max(at, closes)
        holding = replace(holding, clocks=dict.fromkeys(holding.records, clock))
    if habits.concludes_by_its_own_clock:
        holding = replace(holding, clocks=dict.fromkeys(holding.records, at))
    if habits.witnesses_after_closing:
        clock = at - timedelta(minutes=4)
    due = council.duties(holding, me, clock, result_digest)
    attested = [
        attestation
        for _, attestation in holding.records[me].facts(Attestation)
        if attestation.proposal == holding.proposal.digest
    ]
    for fact in due:
        if isinstance(fact, Attestation) and habits.counts_what_is_not_certified:
            yield _attesting(holding, _counting_everything(holding))
        else:
            yield fact
    again = habits.attests_again and bool(attested)
    if again or (habits.adopts_first_come and not attested and not due):
        stands = council.standing(holding)
        told = [each.result for each in attested]
        if (
            me in stands.finals
            and stands.result is not None
            and stands.result not in told
        ):
            yield _attesting(holding, stands.result)
    if at < closes:
        yield from _witnessing_too_much(habits, holding, me)


def _witnessing_too_much(
    habits: Habits, holding: Holding, me: AssemblyId
) -> Iterator[Fact]:
    proposal = holding.proposal.digest
    stated = {
        revision
        for _, statement in holding.records[me].facts(Witness)
        if statement.proposal == proposal
        for revision in statement.seen
    }
    extra = {
        (each.seat, each.revision, each.digest)
        for each in council.standing(holding).revisions
        if each.entry is not None
        and each.entry.assembly != me
        and (
            habits.witnesses_unlawful_filings
            if each.fate is Fate.VOID
            else habits.witnesses_two_filings
        )
    }
    if extra - stated:
        yield _statement(proposal, extra - stated, final=False)


Letter = tuple[int, Node, tuple[Chain, ...], dict[AssemblyId, datetime]]
"""When it arrives, where, the records it carries, and the times it tells of."""


class Run:
    """One run of a scenario, from the joining of the compact to the end."""

    def __init__(self, seed: int, habits: Habits | None = None) -> None:
        """Play the run of a seed: half of them without a liar, one in six a split."""
        random = Random(seed)
        self.seed, self.habits = seed, habits or Habits()
        self.scenario = (
            Scenario.split(random)
            if seed % 6 == 5
            else Scenario.draw(random, lies=seed % 2 == 1)
        )
        self.compact = self.scenario.compact
        self.proposed: dict[Digest, Entry] = {}
        self.signed: set[Digest] = set()
        self.unlawful: dict[Digest, Rule | None] = {}
        self.nodes = [Node(self, seat) for seat in range(self.compact.n)]
        for town in founded(self.compact.n).towns:
            self.signed.update(entry.digest for entry in town.record.entries)
        self._letters: list[Letter] = []
        self._plays(random)

    @property
    def honest(self) -> list[Node]:
        """The nodes that lie nowhere, killed or not."""
        return [node for node in self.nodes if node.liar is None]

    @property
    def alive(self) -> list[Node]:
        """The nodes that run at the end."""
        return [node for node in self.nodes if node.seat not in self.scenario.killed]

    def _plays(self, random: Random) -> None:
        for tick in range(END):
            for seat, character in self.scenario.liars.items():
                if character.two_faced and self.scenario.forks[seat] == tick:
                    self.nodes.append(self.nodes[seat].second_face())
            self._deliver(tick)
            for node in self.nodes:
                if self.scenario.awake(node.seat, tick):
                    at = self.scenario.clock(node.seat, tick)
                    self._set_out(node, tick, at, random)
                    node.steps(at, random)
            self._send(tick, random)

    def _set_out(self, node: Node, tick: int, at: datetime, random: Random) -> None:
        scenario, roots = self.scenario, list(self.proposed.values())[:1]
        if tick == 0 and node.seat == scenario.proposer:
            self._propose(node, None)
        replaces = tick == OPENS + 2 and node.seat == scenario.replaced_by
        if replaces and any(each in node.proposals() for each in roots):
            self._propose(node, roots[0])
        if tick == scenario.withdrawn_at and node.seat == scenario.proposer and roots:
            node.withdraws(roots[0], at)
        if tick == CLOSES // 2 and scenario.replaced_by is not None:
            node.later += ["amend", "vote"]
        later, node.later = node.later, []
        due = [what for when, what in scenario.acts[node.seat] if when == tick]
        for what in (*later, *due):
            node.acts(what, at, random)

    def _propose(self, node: Node, root: Entry | None) -> None:
        scenario = self.scenario
        text = replace(
            a_proposal(self.compact, node.town.decides().digest),
            opens=instant(OPENS),
            closes=instant(CLOSES if root is None else scenario.replacement_closes),
            slot=root.digest if root is not None else None,
        )
        entry = node.publishes(text, instant(0))
        self.proposed[entry.digest] = entry

    def _deliver(self, tick: int) -> None:
        due = [letter for letter in self._letters if letter[0] <= tick]
        self._letters = [letter for letter in self._letters if letter[0] > tick]
        for _, node, chains, times in due:
            if not self.scenario.awake(node.seat, tick):
                continue
            for chain in chains:
                node.takes(chain)
            for assembly, time in times.items():
                node.times[assembly] = max(time, node.times.get(assembly, time))

    def _send(self, tick: int, random: Random) -> None:
        for node in self.nodes:
            if not self.scenario.awake(node.seat, tick):
                continue
            others = [each for each in self.nodes if self._meet(node, each, tick)]
            contacts = self.scenario.contacts + (tick >= SETTLED)
            for other in random.sample(others, min(contacts, len(others))):
                self._write(node, other, tick, random)

    def _meet(self, a: Node, b: Node, tick: int) -> bool:
        """Say whether one node reaches another. A face is seen by its own side only."""
        if a.id == b.id or not self.scenario.connects(a.seat, b.seat, tick):
            return False
        for one, other in ((a, b), (b, a)):
            side = other.seat in self.scenario.sides.get(one.seat, ())
            if one.two_faced and side != (one.face == 0):
                return False
        return True

    def _write(self, node: Node, other: Node, tick: int, random: Random) -> None:
        if tick < SETTLED and random.random() < self.scenario.loss:
            return
        chains, times = tuple(node.passes_on(random)), dict(node.times)
        delays = [random.choice((1, 1, 1, 2, 4))]
        if random.random() < 0.1:
            delays.append(random.randint(1, 8))
        self._letters.extend((tick + d, other, chains, times) for d in delays)
