"""A node knows what reached it, and does what the pure functions tell it to do.

Liars say what they like besides, but can sign only as themselves. What an honest node
does wrong on purpose, to see whether anybody notices, is in its :class:`Habits`.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import permutations
from random import Random

from confederation.confederal import (
    admission,
    council,
    mandate,
    paper,
    ratifying,
    tally,
)
from confederation.confederal.choosing import KEEP, Ranking
from confederation.confederal.compact import RANKINGS
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding, rivals
from confederation.confederal.mandate import Finding, Rule
from confederation.confederal.ratifying import RATIFY, Ratifying
from confederation.confederal.statements import Revision
from confederation.confederal.weighing import Fate
from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate
from confederation.identifiers import AssemblyId, Digest, OptionId
from confederation.record import (
    Attestation,
    Entry,
    Fact,
    Filed,
    Instruction,
    Mandate,
    Membership,
    Method,
    PaperVote,
    Placement,
    Proposal,
    Ratification,
    Result,
    Settlement,
    Succession,
    Witness,
)
from tests.confederation.scenario import CLOSES, END, Scenario, founded, instant
from tests.confederation.world import (
    ABSTAIN,
    AGAINST,
    FOR,
    OPTIONS,
    Town,
    an_entry,
    digest_of,
    result_digest,
)


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
    takes_silence_for_consent: bool = False
    ratifies_what_it_likes: bool = False
    draws_its_own_lot: bool = False
    adopts_whatever_wins: bool = False
    keeps_what_is_called_back: bool = False
    believes_one_signature: bool = False
    believes_any_settlement: bool = False


Chain = tuple[Entry, ...]
WALL, PUMPS = OptionId("wall"), OptionId("pumps")
TO_RANK = (WALL, PUMPS, KEEP, ABSTAIN)
BOUND = (
    Instruction(proposal=digest_of(), must=(WALL,)),
    Instruction(proposal=digest_of(), must=(PUMPS, WALL)),
    Instruction(proposal=digest_of(), must=(KEEP,)),
    Instruction(proposal=digest_of(), may=(WALL, KEEP)),
    Instruction(proposal=digest_of(), must_not=(WALL,)),
)
"""What an assembly tells its delegate about a ranking."""


@dataclass(slots=True, kw_only=True)
class Ground:
    """What all nodes of a run stand on, and nobody in it can forge.

    ``signed`` are the digests that their assemblies signed; ``unlawful`` the filings
    that break a rule by what the people there know, with the rule if it is a plain one.
    With ``papers``, mandates let delegates vote on paper where their node is dark.
    ``settled`` are the entries by which assemblies settled, after a decision of their
    people, what they had written twice.

    What nodes hold of equal bytes they hold once: ``records`` by their heads, and the
    results that they attest. It is the same to them, and a hundred and fifty nodes fit.
    """

    scenario: Scenario
    habits: "Habits"
    papers: bool = False
    proposed: dict[Digest, Entry] = field(default_factory=dict)
    signed: set[Digest] = field(default_factory=set)
    unlawful: dict[Digest, Rule | None] = field(default_factory=dict)
    settled: dict[AssemblyId, Digest] = field(default_factory=dict)
    records: dict[Digest, Record] = field(default_factory=dict)
    results: dict[Digest, Result] = field(default_factory=dict)

    def holds(self, record: Record) -> Record:
        """Give the one record of these bytes; the head names all that is before it."""
        assert record.head is not None
        return self.records.setdefault(record.head, record)

    def reads(self, chain: Chain, mine: Record) -> Record:
        """Check a chain as every node does, beginning after its own copy if it can.

        Raises:
            Invalid: somebody altered it.
        """
        known = self.records.get(chain[-1].digest)
        if known is not None and known.entries == chain:
            return known
        if not all(entry.digest in self.signed for entry in chain):
            raise Invalid("An entry here was not signed by its assembly.")
        after = _goes_on(chain, mine)
        return self.holds(
            mine.extend(chain[mine.size :]) if after else Record.of(chain)
        )

    def attests(self, fact: Attestation) -> Attestation:
        """Give an attestation with the one result of these bytes."""
        alike = self.results.setdefault(fact.result_hash, fact.result)
        return replace(fact, result=alike) if alike == fact.result else fact


class Node:
    """What runs at one assembly; a two-faced assembly runs two of them."""

    def __init__(self, ground: Ground, seat: int, face: int = 0) -> None:
        self.compact = ground.scenario.compact
        self.ground, self.seat, self.face = ground, seat, face
        world = founded(self.compact.n)
        self.town: Town = copy.copy(world.towns[seat])
        self.id: AssemblyId = self.town.id
        self.liar = ground.scenario.liars.get(seat)
        self.copies = {town.id: town.record for town in world.towns}
        self.branches: dict[Digest, Record] = {}
        self.times: dict[AssemblyId, datetime] = {}
        self.given: Entry | None = None
        self.recalled = self.gone = self.two_faced = False
        self.later: list[str] = []
        self.arrived: dict[Digest, datetime] = {}
        self.concluded_with: list[int] = []
        self.believed: list[Revision] = []
        self.refused_copies = 0
        self.refused_votes = 0
        self._done: dict[Digest, object] = {}
        self._known: dict[Digest, Entry] = {}

    def second_face(self) -> "Node":
        """Begin to say something else to one side, from here on."""
        other = Node(self.ground, self.seat, face=1)
        self.two_faced = other.two_faced = True
        other.town = copy.copy(self.town)
        other.copies, other.branches = dict(self.copies), dict(self.branches)
        other._known = dict(self._known)
        other.times, other.given = dict(self.times), self.given
        other.recalled, other.gone = self.recalled, self.gone
        return other

    def settles(self, other: "Node", at: datetime, *, decided: bool) -> None:
        """Settle what this and the second face wrote, to go on from this side.

        Without its people's decision it is the word of whoever runs the machine.
        """
        parting = self.town.record.parts_from(other.town.record)
        if parting is None:
            return
        decision = self.town.decides() if decided else self.town.record.entries[0]
        a, b = sorted((parting.a.digest, parting.b.digest))
        settlement = self.publishes(
            Settlement(a=a, b=b, stands=parting.a.digest, decision=decision.digest),
            at,
        )
        if decided:
            self.ground.settled[self.id] = settlement.digest

    def _takes_at_its_word(self, assembly: AssemblyId) -> bool:
        """Whether, by what is held here, an assembly wrote one record or settled it."""
        beside = [each for each in self.branches.values() if each.assembly == assembly]
        settled = self.ground.settled.get(assembly)
        return not beside or any(
            each.get(settled) is not None for each in (self.copies[assembly], *beside)
        )

    def publishes(self, fact: Fact, at: datetime) -> Entry:
        if isinstance(fact, Attestation):
            fact = self.ground.attests(fact)
        entry = self.town.publishes(fact, at)
        self._signs()
        return entry

    def _signs(self) -> None:
        new = self.town.record.entries[self.copies[self.id].size :]
        self.ground.signed.update(entry.digest for entry in new)
        self.town.record = self.ground.holds(self.town.record)
        self._has(self.town.record)

    def _has(self, record: Record) -> None:
        self.copies[record.assembly] = record
        self._known.update(record.once(_proposed_in))

    def holding(self, proposal: Entry) -> Holding:
        return Holding(
            compact=self.compact,
            proposal=proposal,
            records=dict(self.copies),
            clocks=dict(self.times),
            branches=tuple(self.branches.values()),
            rivals=rivals(proposal, self.proposals()),
        )

    def heads(self) -> tuple[Digest | None, ...]:
        """Name all that is held here: each copy by its head, then each branch."""
        return (*(each.head for each in self.copies.values()), *self.branches)

    def proposals(self) -> list[Entry]:
        return sorted(self._known.values(), key=lambda entry: entry.digest)

    def takes(self, chain: Chain) -> None:
        """Take in what somebody says is an assembly's record, or refuse it."""
        assembly, size = chain[0].assembly, len(chain)
        mine = self.copies[assembly]
        if chain is mine.entries or assembly == self.id:
            return
        known = mine.at(size - 1)
        if known and known.digest == chain[-1].digest:
            return
        try:
            theirs = self.ground.reads(chain, mine)
        except Invalid:
            self.refused_copies += 1
            return
        if _goes_on(chain, mine):
            self._has(theirs)
        else:
            self._branches_off(theirs)

    def _branches_off(self, other: Record) -> None:
        known = [self.copies[other.assembly], *self.branches.values()]
        if any(each.get(other.head) for each in known):
            return
        for head in [head for head in self.branches if other.get(head)]:
            del self.branches[head]
        assert other.head is not None
        self.branches[other.head] = other
        self._known.update(other.once(_proposed_in))

    def acts(self, what: str, at: datetime, random: Random) -> None:
        """Let the assembly, or its delegate, do something of its own accord."""
        proposals = [e for e in self.proposals() if e.digest in self.ground.proposed]
        if not proposals:
            return
        if what in ("ratify", "refuse"):
            self._answers(proposals, what)
            return
        if what == "countersign":
            self._countersigns(proposals, at)
            return
        if what in ("call back", "keep"):
            self._places(proposals, what)
            return
        if what == "end":
            self._ends()
            return
        if self.given is None or what in ("amend", "alternate", "short"):
            self._mandates(proposals, what, random)
        elif what == "recall":
            self.town.recalls(self.given)
            self.recalled = True
        if what == "leave":
            leaving = Membership(compact=self.compact.digest, act="leave")
            self.town.publishes(leaving)
            self.gone = True
        self._signs()
        if what in ("vote", "stray", "alternate", "short"):
            for proposal in proposals:
                self._votes(proposal, at, random, stray=what == "stray")

    def _places(self, proposals: list[Entry], what: str) -> None:
        """Let the assembly say of each matter whether it belongs here or below."""
        for proposal in proposals:
            self.town.publishes(
                Placement(
                    proposal=proposal.digest,
                    belongs="here" if what == "keep" else "below",
                    decision=self.town.decides().digest,
                )
            )
        self._signs()

    def _ends(self) -> None:
        """Let the assembly be dissolved by a qualified vote."""
        decision = self.town.decides(method=Method(name="consent"))
        self.town.publishes(
            Succession(
                act="dissolve",
                decision=decision.digest,
                confirmed_by=self.town.tellers,
            )
        )
        self.gone = True
        self._signs()

    def _answers(self, proposals: list[Entry], what: str) -> None:
        """Let the assembly decide on every outcome that has come back to it."""
        rounds = [each for each in map(self.round_of, proposals) if each is not None]
        for each in rounds:
            outcome = "passed" if what == "ratify" else "rejected"
            self.town.decides(each.result, outcome=outcome)
        if not rounds and what not in self.later:
            self.later.append(what)
        self._signs()

    def round_of(self, proposal: Entry) -> Ratifying | None:
        return ratifying.round_of(self.holding(proposal))

    def _mandates(self, proposals: list[Entry], what: str, random: Random) -> None:
        allowed = random.choice(((FOR,), (FOR,), (AGAINST,), (FOR, ABSTAIN), OPTIONS))
        self.given = self.town.mandates(
            self.compact,
            *(
                replace(random.choice(BOUND), proposal=e.digest)
                if _ranks(e)
                else Instruction(proposal=e.digest, may=allowed)
                for e in proposals
            ),
            holder=f"{what} {random.random()}" if what == "alternate" else "dana",
            until=instant(CLOSES - 3 if what == "short" else END),
            members=random.choice(((60, 20, 5), (20, 60, 5), None)),
            paper_vote=self.ground.papers,
        )
        self.recalled = False

    def _votes(
        self, proposal: Entry, at: datetime, random: Random, *, stray: bool
    ) -> None:
        assert self.given is not None
        assert isinstance(self.given.fact, Mandate)
        covered = [i for i in self.given.fact.instructions if _is_on(i, proposal)]
        allowed, outside = _choices(proposal, covered)
        stray = (stray and bool(outside)) or not allowed
        choice = random.choice(outside if stray else allowed)
        vote = replace(self.town.a_vote(proposal, self.given), choice=choice)
        broken = self._broken(covered, stray=stray)
        if self.liar is not None and self.liar.files_unlawfully:
            filing = Filed(
                proposal=proposal.digest, revision=vote.revision, document=vote
            )
            filed = self.publishes(filing, at)
            if broken is not None:
                self.ground.unlawful[filed.digest] = broken
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

    def files_on_paper(self, dark: AssemblyId, at: datetime, random: Random) -> None:
        """File what the delegate of a dark seat brings on paper, if it may be filed."""
        for proposal in self.proposals():
            if proposal.digest not in self.ground.proposed or _ranks(proposal):
                continue
            held, kept = self.holding(proposal), self.copies[dark]
            bound = mandate.bound(kept, kept.size, held.matter)
            following = paper.next_for(held, dark)
            if bound.mandate is None or bound.instruction is None or not following:
                continue
            allowed, outside = _choices(proposal, [bound.instruction])
            stray = random.random() < 0.2 and bool(outside)
            vote = PaperVote(
                proposal=proposal.digest,
                of=dark,
                mandate=bound.mandate.digest,
                revision=following[0],
                choice=random.choice(outside if stray else allowed),
                head=following[1],
            )
            if self.liar is not None and self.liar.files_unlawfully:
                filed = self.publishes(vote, at)
                if stray:
                    self.ground.unlawful[filed.digest] = None
                continue
            try:
                received = paper.file(held, self.id, vote, at)
            except (NotEntitled, TooLate):
                continue
            if isinstance(received, PaperVote):
                assert not stray
                self.publishes(received, at)

    def _countersigns(self, proposals: list[Entry], at: datetime) -> None:
        """Countersign what is on paper here; with nothing yet, look again later."""
        for proposal in proposals:
            held = self.holding(proposal)
            for each in paper.examine(held):
                if self.id in each.countersigned_by:
                    continue
                try:
                    signed = paper.countersign(held, self.id, each.entry.digest, at)
                except (NotEntitled, TooLate):
                    continue
                self.publishes(signed, at)
                return
        if at < instant(CLOSES):
            self.later.append("countersign")

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
                if isinstance(fact, Witness) and not fact.final:
                    self.believed += [
                        revision
                        for revision in fact.seen
                        if revision[0] >= 0
                        and revision[1] > 0
                        and not self._takes_at_its_word(
                            self.compact.members[revision[0]].assembly
                        )
                    ]
                if isinstance(fact, Witness) and fact.final:
                    closes = holding.text.closes
                    if fact.proposal != proposal.digest:
                        closes = ratifying.closes(self.compact, holding.text)
                    past = sum(time >= closes for time in self.times.values())
                    self.concluded_with.append(past)
                self.publishes(fact, at)

    def _nothing_new(self, proposal: Entry, at: datetime) -> bool:
        """Say whether a step would see exactly what the last one has seen."""
        assert isinstance(proposal.fact, Proposal)
        closes = proposal.fact.closes
        bell = ratifying.closes(self.compact, proposal.fact)
        now = (
            self.heads(),
            at >= proposal.fact.opens,
            at >= closes and tuple(time >= closes for time in self.times.values()),
            at >= bell and tuple(time >= bell for time in self.times.values()),
            self.ground.habits != Habits() and at,
        )
        seen, self._done[proposal.digest] = self._done.get(proposal.digest), now
        return seen == now

    def _note_arrivals(self, holding: Holding, at: datetime) -> None:
        """Remember when, by its own clock, a filing was here before the final word."""
        final = any(
            statement.final and statement.proposal == holding.proposal.digest
            for _, statement in self.copies[self.id].facts(Witness)
        )
        if final:
            return
        for record in (*self.copies.values(), *self.branches.values()):
            for digest in record.once(_filed_in, holding.proposal.digest):
                self.arrived[digest] = min(at, self.arrived.get(digest, at))

    def _duties(self, holding: Holding, at: datetime) -> Iterator[Fact]:
        if self.ground.habits == Habits():
            asked = (holding, self.id, at, result_digest)
            yield from council.duties(*asked) or ratifying.duties(*asked)
        else:
            vote = tuple(_badly(self.ground.habits, holding, self.id, at))
            yield from vote or _ratifying_badly(
                self.ground.habits, holding, self.id, at
            )

    def _lies(self, holding: Holding, at: datetime, random: Random) -> None:
        liar = self.liar
        if liar is None or random.random() < 0.85:
            return
        self._lies_in_round(self.round_of(holding.proposal), at, random)
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
            self.ground.unlawful[self.publishes(filing, at).digest] = None
        if liar.attests_what_it_likes and at >= holding.text.closes:
            self.publishes(_attesting(holding, _counting_everything(holding)), at)

    def _lies_in_round(
        self, round_: Ratifying | None, at: datetime, random: Random
    ) -> None:
        liar = self.liar
        if liar is None or round_ is None:
            return
        stands = council.stands(round_)
        seen: set[Revision] = {
            (each.seat, each.revision, each.digest)
            for each in stands.revisions
            if random.random() < 0.6
        }
        if liar.invents:
            invented = digest_of(random.random())
            seen.add((random.randrange(-1, self.compact.n), 1, invented))
            self.publishes(_statement(round_.result, seen, final=False), at)
        if liar.two_finals:
            self.publishes(_statement(round_.result, seen, final=True), at)
        if liar.files_unlawfully:
            filing = Ratification(
                proposal=round_.holding.proposal.digest,
                result_hash=round_.result,
                revision=random.randint(0, 3),
                ratifies=True,
                decision=random.choice(self.copies[self.id].entries).digest,
            )
            judged = self.publishes(filing, at)
            decided = self.copies[self.id].get(filing.decision)
            on = getattr(decided.fact, "on", None) if decided is not None else None
            if on != round_.result:
                self.ground.unlawful[judged.digest] = None
        if liar.attests_what_it_likes and at >= round_.closes:
            self.publishes(
                _ratified(round_, ratifying.count(self.compact, round_.result, [])),
                at,
            )

    def passes_on(self, random: Random) -> Iterator[Chain]:
        for record in (*self.copies.values(), *self.branches.values()):
            chain = record.entries
            tampers = self.liar is not None and self.liar.tampers and len(chain) > 2
            if tampers and record.assembly != self.id and random.random() < 0.3:
                chain = _tampered(chain, random)
            yield chain


def _goes_on(chain: Chain, mine: Record) -> bool:
    return len(chain) > mine.size and chain[mine.size - 1].digest == mine.head


def _proposed_in(record: Record) -> dict[Digest, Entry]:
    return {entry.digest: entry for entry, _ in record.facts(Proposal)}


def _filed_in(record: Record, proposal: Digest) -> list[Digest]:
    """Name what a record files on a proposal, but for what it takes from a paper."""
    return [
        entry.digest
        for entry, filed in record.facts(Filed)
        if filed.proposal == proposal and not filed.paper
    ]


def _ranks(proposal: Entry) -> bool:
    assert isinstance(proposal.fact, Proposal)
    return proposal.fact.method.name in RANKINGS


def _choices(
    proposal: Entry, covered: list[Instruction]
) -> tuple[list[Ranking], list[Ranking]]:
    """Give the choices that an instruction allows, and those that it does not."""
    if not _ranks(proposal):
        may = covered[0].may if covered else ()
        every: list[Ranking] = [(option,) for option in OPTIONS]
        return [c for c in every if c[0] in may], [c for c in every if c[0] not in may]
    ranked = [
        ranking
        for length in (1, 2, 3)
        for ranking in permutations((WALL, PUMPS, KEEP), length)
    ]
    every = [*ranked, (ABSTAIN,)]
    keeping = [each for each in every if covered and _keeps_to(each, covered[0])]
    return keeping, [each for each in every if each not in keeping]


def _keeps_to(ranking: Ranking, told: Instruction) -> bool:
    """Say whether a ranking is as an assembly told, in the test's own words."""
    begins = " ".join(ranking).startswith(" ".join(told.must))
    free = not told.may or all(each in told.may for each in ranking)
    return begins and free and not any(each in told.must_not for each in ranking)


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


def _by_a_lot_of_its_own(result: Result, me: AssemblyId) -> Result:
    ranked = result.ranked
    if ranked is None:
        return result
    lot = tuple(sorted(ranked.lot, key=lambda option: digest_of(me, option)))
    return replace(result, ranked=replace(ranked, lot=lot))


def _adopting_what_wins(result: Result) -> Result:
    ranked = result.ranked
    if ranked is None or result.outcome != "rejected" or set(ranked.chosen) <= {KEEP}:
        return result
    return replace(result, outcome="adopted")


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
    if habits.believes_any_settlement:
        settled = {
            record.assembly
            for record in (*holding.records.values(), *holding.branches)
            if any(record.facts(Settlement))
        }
        kept = [each for each in holding.branches if each.assembly not in settled]
        holding = replace(holding, branches=tuple(kept))
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
        elif isinstance(fact, Attestation) and habits.draws_its_own_lot:
            yield _attesting(holding, _by_a_lot_of_its_own(fact.result, me))
        elif (
            isinstance(fact, Attestation)
            and habits.keeps_what_is_called_back
            and fact.result.outcome == "returned"
        ):
            yield _attesting(holding, replace(fact.result, outcome="adopted"))
        elif isinstance(fact, Attestation) and habits.adopts_whatever_wins:
            yield _attesting(holding, _adopting_what_wins(fact.result))
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
    if habits.believes_one_signature:
        extra |= {
            (each.seat, each.vote.revision, each.entry.digest)
            for each in paper.examine(holding)
            if each.finding is None and each.vote.of != me
        }
    if extra - stated:
        yield _statement(proposal, extra - stated, final=False)


def _ratified(round_: Ratifying, result: Result) -> Attestation:
    return Attestation(
        proposal=round_.result, result=result, result_hash=result_digest(result)
    )


def _ratifying_badly(
    habits: Habits, holding: Holding, me: AssemblyId, at: datetime
) -> Iterator[Fact]:
    """Ratify as a program with a fault would."""
    closes, clock = ratifying.closes(holding.compact, holding.text), at
    if habits.concludes_early and at >= closes - timedelta(minutes=4):
        clock = max(at, closes)
        holding = replace(holding, clocks=dict.fromkeys(holding.records, clock))
    if habits.concludes_by_its_own_clock:
        holding = replace(holding, clocks=dict.fromkeys(holding.records, at))
    for fact in ratifying.duties(holding, me, clock, result_digest):
        if isinstance(fact, Ratification) and habits.ratifies_what_it_likes:
            yield replace(fact, ratifies=True)
        elif isinstance(fact, Attestation) and habits.takes_silence_for_consent:
            yield _all_consenting(holding, fact)
        else:
            yield fact


def _all_consenting(holding: Holding, due: Attestation) -> Attestation:
    """Count every seat that said nothing as one that has ratified."""
    certified = due.result.certified
    silent = {*range(holding.compact.n)} - {each.seat for each in certified}
    positions = [
        tally.Position(
            seat=each.seat,
            revision=each.revision,
            digest=each.digest,
            says="vote" if each.choice else "emptied",
            choice=each.choice,
        )
        for each in certified
    ]
    positions += [
        tally.Position(
            seat=seat,
            revision=1,
            digest=digest_of(seat),
            says="vote",
            choice=(RATIFY,),
        )
        for seat in silent
    ]
    result = ratifying.count(holding.compact, due.proposal, positions)
    return replace(due, result=result, result_hash=result_digest(result))
