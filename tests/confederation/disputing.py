"""Proposals in one slot, over which assemblies part: by chance, and by those who lie.

What each node finds is drawn anyhow, which is worse than any vote could bring about. So
only what an assembly may attest keeps two things from being adopted. What a program
does wrong on purpose is in its :class:`Faults`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Literal

from confederation.confederal import slots, statements
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding, rivals
from confederation.identifiers import AssemblyId, Digest
from confederation.record import (
    Attestation,
    Counted,
    Entry,
    Figures,
    Proposal,
    Result,
)
from tests.confederation.world import (
    FOR,
    LATER,
    Confederation,
    Town,
    digest_of,
    result_digest,
)

STEPS = 60
AT_LAST = LATER + timedelta(days=30)
"""When nobody waits any more for a proposal that closes earlier."""
Outcome = Literal["adopted", "rejected", "no quorum", "in force", "not in force"]
WAYS: tuple[tuple[Outcome, int], ...] = (
    *(("adopted", 1),) * 4,
    ("adopted", 2),
    ("rejected", 1),
    ("rejected", 2),
    ("no quorum", 1),
)
"""What a node may find: an outcome, from one set of certified filings or another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What is wrong with the program of every honest node. Nothing, by default."""

    adopts_whatever_it_finds: bool = False
    lets_go_of_what_few_reject: bool = False
    lets_go_before_it_is_ratified: bool = False


@dataclass(slots=True)
class Node:
    """What runs at one assembly: how much it holds of each record."""

    town: Town
    liar: bool
    finds: dict[Digest, Result]
    held: dict[AssemblyId, int] = field(default_factory=dict)

    def attests(self, result: Result) -> None:
        if result not in self.attested():
            self.town.publishes(
                Attestation(
                    proposal=result.proposal,
                    result=result,
                    result_hash=result_digest(result),
                ),
                LATER,
            )

    def attested(self) -> list[Result]:
        return [said.result for _, said in self.town.record.facts(Attestation)]

    def has_said(self, subject: Digest) -> bool:
        return any(each.proposal == subject for each in self.attested())


class Run:
    """One run: what is found, attested, passed on and put again in one slot."""

    def __init__(self, seed: int, faults: Faults | None = None) -> None:
        self.random = Random(f"{seed} disputes")
        self.faults = faults or Faults()
        self.world = Confederation(self.random.randint(3, 7))
        self.compact = self.world.compact
        n, t = self.compact.n, self.compact.t
        self.bound = 2 * t - n
        liars = self.random.sample(range(n), self.random.randint(0, self.bound - 1))
        self.proposals = [self._proposes() for _ in range(self.random.randint(2, 4))]
        self.nodes = [
            Node(
                town,
                seat in liars,
                {each.digest: self._found(each) for each in self.proposals},
            )
            for seat, town in enumerate(self.world.towns)
        ]
        for _ in range(STEPS):
            self._steps(self.random.choice(self.nodes))
        self._finish()

    @property
    def liars(self) -> set[AssemblyId]:
        return {node.town.id for node in self.nodes if node.liar}

    def _proposes(self) -> Entry:
        return self.world.proposes(
            self.random.randrange(self.compact.n),
            slot=self.compact.digest,
            compact_next=digest_of(self.random.choice(("one", "other"))),
            ratify=self.random.random() < 0.4,
        )

    def _found(self, proposal: Entry) -> Result:
        outcome, way = self.random.choice(WAYS)
        return self._result(proposal.digest, outcome, way)

    def _result(self, subject: Digest, outcome: Outcome, way: int) -> Result:
        return Result(
            compact=self.compact.digest,
            proposal=subject,
            method="majority-of-assemblies",
            certified=(
                Counted(seat=0, revision=way, digest=digest_of(way), rule=None),
            ),
            figures=Figures(
                seats=self.compact.n,
                cast=0,
                quorum=1,
                assemblies={FOR: 0},
                members=None,
            ),
            outcome=outcome,
        )

    def holding(self, proposal: Entry, node: Node | None = None) -> Holding:
        """Hold what a node holds, or all that anybody has signed."""
        return Holding(
            compact=self.compact,
            proposal=proposal,
            records={
                town.id: town.record
                if node is None or town is node.town
                else _upto(town.record, node.held.get(town.id, 1))
                for town in self.world.towns
            },
            rivals=rivals(proposal, self.proposals),
        )

    def _steps(self, node: Node) -> None:
        for town in self.world.towns:
            known = node.held.get(town.id, 1)
            if self.random.random() < 0.4:
                node.held[town.id] = self.random.randint(known, town.record.size)
        proposal = self.random.choice(self.proposals)
        if node.liar:
            self._lies(node, proposal)
            return
        if not node.has_said(proposal.digest):
            self._attests(node, proposal, node.finds[proposal.digest])
        self._ratifies(node, proposal)

    def _attests(self, node: Node, proposal: Entry, found: Result) -> None:
        held = self._badly(self.holding(proposal, node))
        if not slots.adopts(found) or slots.free(held, node.town.id, found, AT_LAST):
            node.attests(found)

    def _badly(self, held: Holding) -> Holding:
        """Leave out the rivals that a program with a fault does not look at."""
        minded = [
            rival
            for rival in held.rivals
            if not (
                self.faults.adopts_whatever_it_finds
                or (
                    self.faults.lets_go_of_what_few_reject
                    and len(_rejecting(held, rival)) > held.compact.n - held.compact.t
                )
                or (
                    self.faults.lets_go_before_it_is_ratified
                    and isinstance(rival.fact, Proposal)
                    and rival.fact.ratify
                )
            )
        ]
        return replace(held, rivals=tuple(minded))

    def _ratifies(self, node: Node, proposal: Entry) -> None:
        assert isinstance(proposal.fact, Proposal)
        for result in _alike(self.holding(proposal, node), proposal.digest):
            subject = result_digest(result)
            if proposal.fact.ratify and slots.adopts(result):
                ends: tuple[Outcome, ...] = ("in force",) + ("not in force",) * 3
                if not node.has_said(subject):
                    end = self.random.choice(ends)
                    node.attests(self._result(subject, end, 1))

    def _lies(self, node: Node, proposal: Entry) -> None:
        outcome, way = self.random.choice(WAYS)
        node.attests(self._result(proposal.digest, outcome, way))
        for result in _alike(self.holding(proposal), proposal.digest):
            ends: tuple[Outcome, ...] = ("in force", "not in force")
            end = self.random.choice(ends)
            node.attests(self._result(result_digest(result), end, 1))

    def _finish(self) -> None:
        """Let those who lie say whatever brings something more to its end."""
        for node in [each for each in self.nodes if each.liar]:
            for proposal in self.proposals:
                for way in (1, 2):
                    found = self._result(proposal.digest, "adopted", way)
                    node.attests(found)
                    node.attests(self._result(result_digest(found), "in force", 1))


def _upto(record: Record, size: int) -> Record:
    return record.upto(max(1, size))


def _rejecting(held: Holding, rival: Entry) -> set[int]:
    heard = statements.hear(held.compact, statements.on(rival), held.all_records())
    return {
        seat for seat, _, said in heard.attestations if said.result.outcome != "adopted"
    }


def _alike(held: Holding, subject: Digest) -> list[Result]:
    """Count by hand which results enough attest alike."""
    by: dict[Digest, tuple[Result, set[AssemblyId]]] = {}
    for assembly, record in held.records.items():
        for _, said in record.facts(Attestation):
            if said.proposal == subject:
                by.setdefault(said.result_hash, (said.result, set()))[1].add(assembly)
    return [result for result, who in by.values() if len(who) >= held.compact.t]


def in_force(run: Run, proposal: Entry) -> bool:
    """Say whether a proposal is in force for somebody who holds everything."""
    held = run.holding(proposal)
    assert isinstance(proposal.fact, Proposal)
    for result in _alike(held, proposal.digest):
        if slots.adopts(result):
            ends = _alike(held, result_digest(result))
            if not proposal.fact.ratify or any(e.outcome == "in force" for e in ends):
                return True
    return False


def breaches(run: Run) -> Iterator[str]:
    """Find every breach of what a slot promises."""
    versions = {
        proposal.fact.compact_next
        for proposal in run.proposals
        if isinstance(proposal.fact, Proposal) and in_force(run, proposal)
    }
    if len(versions) > 1:
        yield "Two things are in force in one slot."
    for proposal in run.proposals:
        for each in slots.contradictions(run.holding(proposal)):
            if each.of not in run.liars:
                yield "Somebody who keeps to the rules is shown to contradict itself."
