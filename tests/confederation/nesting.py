"""Compacts decide what their seats in a wider one say, over a network that loses.

In every valley the towns vote on what their seat is to say, each by its own node. A
bearer carries upwards what came of it, and so does a substitute to whom the valley
moves its seat. Every node knows only what reached it. Some bearers lie: they carry what
fewer than *t* below attest, or write two records.
"""

from dataclasses import replace
from datetime import datetime
from random import Random

from confederation.history import Record
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Bearers, Mandate
from tests.confederation.scenario import instant
from tests.confederation.valleys import (
    BELOW_CLOSES,
    CLOSES,
    END,
    LIES,
    MOVE_CLOSES,
    RECALL_CLOSES,
    SETTLED,
    Faults,
    Ground,
    Node,
    founded,
    text_of,
)
from tests.confederation.world import AGAINST, FOR, a_proposal

Letter = tuple[int, Node, tuple[Record, ...], dict[AssemblyId, datetime]]


class Run:
    """One run: a question above, what each valley says to it, and what went wrong."""

    def __init__(
        self,
        seed: int,
        faults: Faults | None = None,
        *,
        sizes: tuple[int, ...] | None = None,
    ) -> None:
        random = Random(f"{seed} nested")
        if sizes is None:
            count = random.randint(5, 7)
            sizes = tuple(random.randint(3, 7) for _ in range(count))
        world = founded(sizes)
        self.above = world.above
        self.ground = Ground(
            above=world.above,
            valleys=[each.compact for each in world.valleys],
            faults=faults or Faults(),
        )
        copies = {t.id: t.record for each in world.valleys for t in each.towns}
        self.nodes = [
            Node(self.ground, town, valley, copies)
            for valley, each in enumerate(world.valleys)
            for town in each.towns
        ]
        for node in self.nodes:
            self.ground.signed[node.town.record.head or Digest("")] = node.town.record
        self._draw(random, sizes)
        self._letters: list[Letter] = []
        self._plays(random)

    def _draw(self, random: Random, sizes: tuple[int, ...]) -> None:
        """Draw what will happen, before anybody has said a word."""
        calm = random.random() < 0.3
        self.loss = 0.0 if calm else random.choice((0.1, 0.3))
        bearers = [node for node in self.nodes if node.rank == 0]
        liars = random.sample(bearers, 0 if calm else random.choice((0, 1, 2, 2)))
        for node in liars:
            node.lie = random.choice(LIES)
        self.killed = {
            id(node): random.randint(4, CLOSES)
            for node in ([] if calm else random.sample(self.nodes, len(sizes) // 2))
            if node.lie is None
        }
        self.likes = {valley: random.random() < 0.75 for valley in range(len(sizes))}
        self.asked_by = {v: random.randrange(size) for v, size in enumerate(sizes)}
        self.moving = {v for v in range(len(sizes)) if random.random() < 0.35}
        self.recalling = {v for v in range(len(sizes)) if random.random() < 0.5}
        self.never_adopted = {v for v in self.moving if random.random() < 0.4}
        self.proposer = random.choice(bearers)

    @property
    def honest(self) -> list[Node]:
        """The nodes of those that lie nowhere, killed or not."""
        return [node for node in self.nodes if node.lie is None]

    @property
    def alive(self) -> list[Node]:
        """The honest nodes that run at the end."""
        return [node for node in self.honest if id(node) not in self.killed]

    def _plays(self, random: Random) -> None:
        for tick in range(END):
            at = instant(tick)
            self._deliver(tick)
            for node in self.nodes:
                if tick < self.killed.get(id(node), END):
                    self._acts(node, tick, at, random)
                    node.steps(at)
            self._send(tick, random)

    def _acts(self, node: Node, tick: int, at: datetime, random: Random) -> None:
        if tick == 0 and node is self.proposer:
            text = a_proposal(self.above, node.town.decides().digest)
            node.publishes(replace(text, opens=instant(1), closes=instant(CLOSES)), at)
        texts = [(each, text_of(each)) for each in node.proposals()]
        above = next((p for p, t in texts if t.compact == self.above.digest), None)
        if above is None:
            return
        ours = [(p, t) for p, t in texts if t.compact == node.below.digest]
        asked = next((p for p, t in ours if t.on == above.digest), None)
        moves = next((p for p, t in ours if t.bearers is not None), None)
        if tick < BELOW_CLOSES and asked is None:
            if node.rank == self.asked_by[node.valley]:
                node.asks(at, BELOW_CLOSES, on=above.digest)
            return
        substitute = node.below.members[1].assembly
        if (
            node.valley in self.moving
            and node.rank == 2
            and moves is None
            and BELOW_CLOSES < tick < MOVE_CLOSES - 3
        ):
            named = Bearers(assemblies=(substitute,), compact=self.above.identity)
            node.asks(at, MOVE_CLOSES, bearers=named)
        given = self._given(node)
        calls = next((p for p, t in ours if given and t.on == given), None)
        if (
            node.valley in self.recalling
            and node.rank == 2
            and given is not None
            and calls is None
            and MOVE_CLOSES <= tick < RECALL_CLOSES - 3
        ):
            node.asks(at, RECALL_CLOSES, on=given)
        for proposal, _ in ours:
            likes = self.likes[node.valley] if proposal is asked else True
            if proposal is moves and node.valley in self.never_adopted:
                likes = False
            swayed = random.random() < 0.1
            node.votes(proposal, AGAINST if likes == swayed else FOR, at)
        if node.lie is not None:
            node.lies(above, asked, at)
        elif asked is not None and node.rank in (0, 1):
            node.carries(above, asked, at)
        if calls is not None and given is not None and node.rank == 0 and not node.lie:
            node.recalls(calls, given, at)

    def _given(self, node: Node) -> Digest | None:
        """Name the mandate that the bearer of a node's valley gave, as held there."""
        bearer = node.copies[node.below.members[0].assembly]
        for entry, given in bearer.facts(Mandate):
            if given.compact == self.above.identity:
                return entry.digest
        return None

    def _deliver(self, tick: int) -> None:
        due = [letter for letter in self._letters if letter[0] <= tick]
        self._letters = [letter for letter in self._letters if letter[0] > tick]
        for _, node, records, times in due:
            if tick >= self.killed.get(id(node), END):
                continue
            for record in records:
                if record is not node.copies[record.assembly]:
                    node.takes(record)
            for assembly, time in times.items():
                node.times[assembly] = max(time, node.times.get(assembly, time))

    def _send(self, tick: int, random: Random) -> None:
        awake = [n for n in self.nodes if tick < self.killed.get(id(n), END)]
        for node in awake:
            for other in self._reached(node, awake, tick, random):
                if tick < SETTLED and random.random() < self.loss:
                    continue
                delay = 1 if tick >= SETTLED else random.choice((1, 1, 2))
                records = (*node.copies.values(), *node.branches.values())
                if node.other is not None and other.valley % 2:
                    records = tuple(
                        node.other.record if each.assembly == node.id else each
                        for each in records
                    )
                self._letters.append((tick + delay, other, records, dict(node.times)))

    def _reached(
        self, node: Node, awake: list[Node], tick: int, random: Random
    ) -> list[Node]:
        """Choose to whom a node writes: to its own valley, and to some beside."""
        if tick >= SETTLED:
            return awake
        near = [each for each in awake if each.valley == node.valley]
        return near + random.sample(awake, min(4, len(awake)))
