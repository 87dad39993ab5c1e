"""Nodes that run the pure functions over a network that loses, delays and divides.

A run is a function of its seed, and nodes know only what reaches them.
"""

from dataclasses import replace
from datetime import datetime
from random import Random

from confederation.identifiers import AssemblyId
from confederation.record import Choice, Entry
from tests.confederation.nodes import TO_RANK, Chain, Ground, Habits, Node
from tests.confederation.scenario import (
    CLOSES,
    END,
    LAST,
    OPENS,
    SETTLED,
    Scenario,
    founded,
    instant,
    ranks,
)
from tests.confederation.world import a_proposal, commit

MANY = 50
"""So many nodes reach each other in the last ticks without all writing to all."""
Letter = tuple[int, Node, tuple[Chain, ...], dict[AssemblyId, datetime]]
"""When it arrives, where, the records it carries, and the times it tells of."""


class Run:
    """One run of a scenario, from the joining of the compact to the end."""

    def __init__(
        self,
        seed: int,
        habits: Habits | None = None,
        *,
        size: int | None = None,
        rhythm: int = 1,
        ordinary: bool = False,
    ) -> None:
        """Play the run of a seed: half of them without a liar, one in six a split.

        Args:
            size: how many assemblies; three to seven if None.
            rhythm: each node works and writes at every so many-th tick only, as nodes
                do that gather what comes in.
            ordinary: play an ordinary evening (see :meth:`Scenario.ordinary`).
        """
        random = Random(seed)
        self.seed, self._rhythm = seed, rhythm
        if ordinary:
            assert size is not None
            self.scenario = Scenario.ordinary(random, size)
        elif seed % 6 == 5:
            self.scenario = Scenario.split(random, size)
        else:
            self.scenario = Scenario.draw(random, lies=seed % 2 == 1, size=size)
        self.compact = self.scenario.compact
        self.method = ranks(seed)
        # Drawn apart, so that the rest of a run is what it is without papers.
        self._at_the_door = Random(f"{seed} on paper")
        papers = seed % 3 == 0
        if papers:
            self.scenario = self.scenario.with_one_dark(self._at_the_door)
        if seed % 4 == 0:
            self.scenario = self.scenario.with_calls(Random(f"{seed} belongs"))
        self.ground = Ground(
            scenario=self.scenario, habits=habits or Habits(), papers=papers
        )
        self.proposed = self.ground.proposed
        self.nodes = [Node(self.ground, seat) for seat in range(self.compact.n)]
        for town in founded(self.compact.n).towns:
            self.ground.signed.update(entry.digest for entry in town.record.entries)
        self._letters: list[Letter] = []
        # Whether, and when, those with two faces settle it: drawn apart as well.
        self._settling = Random(f"{seed} settled")
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
            self._settle(tick)
            self._deliver(tick)
            for node in self.nodes:
                if self.scenario.awake(node.seat, tick):
                    at = self.scenario.clock(node.seat, tick)
                    self._set_out(node, tick, at, random)
                    if self._works(node, tick):
                        node.steps(at, random)
            if self.ground.papers and OPENS <= tick < CLOSES:
                self._on_paper(tick)
            self._send(tick, random)

    def _works(self, node: Node, tick: int) -> bool:
        return tick >= LAST or (tick + node.seat) % self._rhythm == 0

    def _on_paper(self, tick: int) -> None:
        """Let a delegate whose node is dark go to two others, with a paper."""
        random, awake = self._at_the_door, self.scenario.awake
        dark = [seat for seat in range(self.compact.n) if not awake(seat, tick)]
        light = [node for node in self.nodes if awake(node.seat, tick)]
        if not dark or len(light) < 2 or random.random() < 0.6:
            return
        filer, second = random.sample(light, 2)
        at = self.scenario.clock(filer.seat, tick)
        seat = self.compact.members[random.choice(dark)]
        filer.files_on_paper(seat.assembly, at, random)
        second.later.append("countersign")

    def _settle(self, tick: int) -> None:
        """Let those with two faces settle it at times, with a decision or without."""
        for other in [node for node in self.nodes if node.face]:
            since = tick - self.scenario.forks[other.seat]
            if since > 0 and since % 3 == 0 and self._settling.random() < 0.3:
                decided = self._settling.random() < 0.4
                at = self.scenario.clock(other.seat, tick)
                if other.id not in self.ground.settled:
                    self.nodes[other.seat].settles(other, at, decided=decided)

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
        if self.ground.papers and tick < OPENS and node.given is None:
            node.acts("instruct", at, self._at_the_door)
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
            ratify=scenario.ratify,
        )
        if root is not None:
            text = replace(text, title=commit("Something else"))
        if self.method is not None and root is None:
            options = tuple(Choice(id=each, label=commit(each)) for each in TO_RANK)
            text = replace(text, method=self.method, options=options)
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
            if not self.scenario.awake(node.seat, tick) or not self._works(node, tick):
                continue
            others = [each for each in self.nodes if self._meet(node, each, tick)]
            contacts = self.scenario.contacts + (tick >= SETTLED)
            if tick >= LAST and len(self.nodes) < MANY:
                contacts = len(others)
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
        delays = [1 if tick >= LAST else random.choice((1, 1, 1, 2, 4))]
        if random.random() < 0.1:
            delays.append(random.randint(1, 8))
        self._letters.extend((tick + d, other, chains, times) for d in delays)
