"""A hundred and fifty compacts of a hundred and fifty assemblies each are 22,500.

*Above*, the council of the bearers is played in full: every bearer's node knows what
reached it over links that lose, some are gone for good, and two lie. *Below*, every
town is founded and joins the compact of its valley. The first few valleys are played as
well, every town electing, mandating, voting, witnessing and attesting, but with nothing
going wrong. In the others nobody votes: what is certified is drawn, the result is
counted from it, and as many towns attest it in their records as must. Each decision is
read from the records of its valley, as a node reads it; of the valleys the bearers'
nodes hold these decisions, and not the 22,500 records.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from confederation.confederal import bearing, council, statements, tally
from confederation.confederal.bearing import Inner
from confederation.confederal.history import Record
from confederation.confederal.tally import Position
from confederation.identifiers import Digest
from confederation.record import Attestation, Entry, Mandate, Proposal, Result
from instance.chamber.written import result_digest
from tests.confederation.nesting import Run, Weather
from tests.confederation.scenario import instant
from tests.confederation.valleys import CLOSES, Ground, Node, World
from tests.confederation.world import (
    AGAINST,
    FOR,
    OPENS,
    START,
    Confederation,
    a_proposal,
    digest_of,
    instructed,
)

RHYTHM = 3
"""Until it closes a bearer's node works and writes at every so many-th tick only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a valley was asked, what is certified, and what came of it."""

    asked: Entry
    positions: tuple[Position, ...]
    result: Result
    read: Inner | None


def in_full(valley: Confederation, on: Digest, choice: Random) -> Decided:
    """Let every town of a valley do all that there is to do."""
    asked = valley.proposes(by=1, on=on, opens=START, closes=OPENS)
    _confer(valley, asked, START)
    for town in valley.towns:
        likes = FOR if choice.random() < 0.6 else AGAINST
        town.votes(
            asked, town.mandates(valley.compact, instructed(asked, likes)), likes
        )
    for at in (START, OPENS, OPENS):
        _confer(valley, asked, at)
    held = valley.holding(asked, clock=OPENS)
    stands = council.standing(held)
    assert stands.confirmed is not None
    return Decided(
        asked=asked,
        positions=tuple(
            Position(
                seat=each.seat,
                revision=each.revision,
                digest=each.digest,
                says="vote",
                choice=each.choice,
            )
            for each in stands.confirmed.certified
        ),
        result=stands.confirmed,
        read=bearing.read(valley.compact, asked, stands.confirmed),
    )


def _confer(valley: Confederation, asked: Entry, at: datetime) -> None:
    held = valley.holding(asked, clock=at)
    for town in valley.towns:
        for fact in council.duties(held, town.id, at, result_digest):
            town.publishes(fact, at)


def attested(valley: Confederation, on: Digest, choice: Random, *, by: int) -> Decided:
    """Count what a valley says from votes that are drawn, and let so many attest it."""
    asked = valley.proposes(by=1, on=on, opens=START, closes=OPENS)
    positions = tuple(
        Position(
            seat=seat,
            revision=1,
            digest=digest_of(asked.digest, seat),
            says="vote",
            choice=(FOR if choice.random() < 0.6 else AGAINST,),
        )
        for seat in range(valley.compact.n)
    )
    result = tally.count(valley.compact, asked, positions)
    attestation = Attestation(
        proposal=asked.digest, result=result, result_hash=result_digest(result)
    )
    for town in choice.sample(valley.towns[1:], by):
        town.publishes(attestation, OPENS)
    settled = council.confirmed(valley.holding(asked))
    return Decided(
        asked=asked,
        positions=positions,
        result=result,
        read=None
        if settled is None
        else bearing.read(valley.compact, asked, settled.result),
    )


class Bearer(Node):
    """The node of a bearer, which of the valleys holds what they decided."""

    decisions: dict[Digest, Inner]

    def looks_below(self) -> None:
        """Take in each decision of a valley that some bearer here names."""
        named = {
            digest
            for record in self.copies.values()
            for digest in record.once(_named)
            if digest in self.decisions
        }
        if named != self.inner.keys():
            self.inner = {digest: self.decisions[digest] for digest in sorted(named)}


def _named(record: Record) -> tuple[Digest, ...]:
    return tuple(given.decision for _, given in record.facts(Mandate))


class Council(Run):
    """The bearers of so many valleys of so many towns, and what these decided."""

    def __init__(self, seed: int, *, valleys: int, towns: int, played: int) -> None:
        random = Random(f"{seed} nested")
        world = World((towns,) * valleys, substitutes=0)
        self.above, self._letters = world.above, []
        compacts = [each.compact for each in world.valleys]
        self.ground = Ground(above=world.above, valleys=compacts)
        bearers = [each.towns[0] for each in world.valleys]
        self.proposal = bearers[0].publishes(self._text(bearers[0].decides().digest))
        liars = random.sample(range(1, valleys), 2)
        self.below: list[Decided] = []
        for number, valley in enumerate(world.valleys):
            if number < played:
                done = in_full(valley, self.proposal.digest, random)
            else:
                # In one valley one is missing, and its bearer carries it all the same.
                by = valley.compact.t - (number == liars[0])
                done = attested(valley, self.proposal.digest, random, by=by)
            self.below.append(done)
        decisions = {
            each.asked.digest: each.read for each in self.below if each.read is not None
        }
        copies = {town.id: town.record for town in bearers}
        nodes = [
            Bearer(self.ground, town, number, copies)
            for number, town in enumerate(bearers)
        ]
        for node in nodes:
            node.decisions = decisions
            node.signs()
        self.nodes = [*nodes]
        self.liars = [self.nodes[number] for number in liars]
        self.loss, self.weather = 0.1, Weather()
        self.ratify, self.later = False, 0
        self.killed = {
            id(node): random.randint(0, CLOSES)
            for node in random.sample(self.nodes[1:], valleys // 10)
            if node not in self.liars
        }
        for liar, lie in zip(self.liars, ("too early", "the opposite"), strict=True):
            liar.lie = lie
        self._plays(random)

    def _text(self, decision: Digest) -> Proposal:
        return replace(
            a_proposal(self.above, decision), opens=instant(1), closes=instant(CLOSES)
        )

    def _acts(self, node: Node, tick: int, at: datetime, random: Random) -> None:
        if node.told or random.random() < 0.5:
            return
        held = node.holding(self.proposal)
        subject, records = statements.on(self.proposal), held.all_records()
        if (
            len(statements.hear(held.compact, subject, records).opened_by)
            < held.compact.t
        ):
            return
        asked = self.below[node.valley].asked
        read = self.below[node.valley].read
        if read is not None:
            node.inner = {**node.inner, asked.digest: read}
        if node.lie is None:
            node.carries(self.proposal, asked, at)
        else:
            node.lies(self.proposal, asked, at)

    def _works(self, node: Node, tick: int) -> bool:
        return tick >= CLOSES or (tick + node.valley) % RHYTHM == 0

    def _reached(
        self, node: Node, awake: list[Node], tick: int, random: Random
    ) -> list[Node]:
        return random.sample(awake, min(12, len(awake)))
