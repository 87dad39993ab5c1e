"""Compacts decide what their seats in a wider one say, over a network that loses.

In every valley the towns vote on what their seat is to say, each by its own node. A
bearer carries upwards what came of it, and so does a substitute to whom the valley
moves its seat, or to whom a bearer that leaves it. Every node knows only what reached
it. Some bearers lie: they carry what fewer than *t* below attest, or write two records.
Links lose and are cut, nodes sleep or are gone, and clocks are wrong and jump.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

from confederation.confederal.history import Record
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Bearers, Mandate
from tests.confederation.scenario import instant
from tests.confederation.valleys import (
    ANSWER_CLOSES,
    BELL,
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


@dataclass(slots=True, kw_only=True)
class Weather:
    """What goes wrong around the nodes, until all is settled, by their numbers.

    ``divided`` cuts those in a set off from all others for a while; ``skew`` are the
    minutes by which a clock is wrong, and ``jumps`` when it is nine more ahead.
    """

    asleep: dict[int, range] = field(default_factory=dict)
    skew: dict[int, float] = field(default_factory=dict)
    jumps: dict[int, range] = field(default_factory=dict)
    divided: list[tuple[range, frozenset[int]]] = field(default_factory=list)

    @classmethod
    def draw(cls, random: Random, sizes: tuple[int, ...]) -> "Weather":
        """Draw the weather of valleys of these sizes; it is often good."""
        numbers = range(sum(sizes))
        divided = []
        for _ in range(random.choice((0, 0, 1, 1, 2))):
            begins = random.randint(2, CLOSES)
            span = range(begins, begins + random.randint(3, 12))
            if random.random() < 0.5:
                # As one line to a valley is cut, and not the lines within it.
                first = random.randrange(len(sizes))
                before = sum(sizes[:first])
                side = frozenset(numbers[before : before + sizes[first]])
            else:
                some = random.randint(1, len(numbers) // 2)
                side = frozenset(random.sample(numbers, some))
            divided.append((span, side))
        return cls(
            asleep={
                number: range(begins, begins + 5)
                for number in numbers
                if random.random() < 0.1
                for begins in [random.randint(1, CLOSES)]
            },
            skew={each: random.choice((0, 0, -2.5, -1, 1, 2.5)) for each in numbers},
            jumps={
                number: range(begins, begins + 3)
                for number in numbers
                if random.random() < 0.05
                for begins in [random.randint(1, CLOSES)]
            },
            divided=divided,
        )

    def clock(self, number: int, tick: int) -> datetime:
        """Say what the clock of a node shows."""
        ahead = 9 if tick in self.jumps.get(number, ()) else 0
        return instant(tick + self.skew.get(number, 0) + ahead)

    def connects(self, one: int, other: int, tick: int) -> bool:
        return not any(
            tick in span and (one in side) != (other in side)
            for span, side in self.divided
        )


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
        self.weather = Weather()
        self.ratify, self.later = False, 0
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
        # A third of all outcomes are ratified, which takes half as long again.
        self.ratify = random.random() < 0.3
        self.later = BELL - CLOSES if self.ratify else 0
        # Drawn apart, so that the rest of a run is what it is in good weather.
        apart = Random(f"{random.random()} weather")
        if not calm:
            self.weather = Weather.draw(apart, sizes)
        self.leaving = {
            node.valley: apart.randint(BELOW_CLOSES, CLOSES)
            for node in bearers
            if node.lie is None and apart.random() < 0.1
        }

    @property
    def honest(self) -> list[Node]:
        """The nodes of those that lie nowhere, killed or not."""
        return [node for node in self.nodes if node.lie is None]

    @property
    def alive(self) -> list[Node]:
        """The honest nodes that run at the end."""
        return [node for node in self.honest if id(node) not in self.killed]

    def _plays(self, random: Random) -> None:
        numbered = {id(node): number for number, node in enumerate(self.nodes)}
        for tick in range(self.later + END):
            self.ground.tick = tick
            self._deliver(tick)
            awake = [node for node in self.nodes if self._awake(node, tick)]
            working = [node for node in awake if self._works(node, tick)]
            for node in working:
                at = instant(tick)
                if not self._settled(tick):
                    at = self.weather.clock(numbered[id(node)], tick)
                self._acts(node, tick, at, random)
                node.steps(at)
            self._send(working, awake, numbered, tick, random)

    def _settled(self, tick: int) -> bool:
        return tick >= self.later + SETTLED

    def _awake(self, node: Node, tick: int) -> bool:
        if tick >= self.killed.get(id(node), tick + 1):
            return False
        asleep = self.weather.asleep
        return not asleep or tick not in asleep.get(self.nodes.index(node), ())

    def _acts(self, node: Node, tick: int, at: datetime, random: Random) -> None:
        if tick == 0 and node is self.proposer:
            text = replace(
                a_proposal(self.above, node.town.decides().digest),
                opens=instant(1),
                closes=instant(CLOSES),
                ratify=self.ratify,
            )
            node.publishes(text, at)
        texts = [(each, text_of(each)) for each in node.proposals()]
        above = next((p for p, t in texts if t.compact == self.above.digest), None)
        if tick == self.leaving.get(node.valley) and node.rank == 0:
            node.leaves(at)
        if above is None:
            return
        ours = [(p, t) for p, t in texts if t.compact == node.below.digest]
        asked = next((p for p, t in ours if t.on == above.digest), None)
        moves = next((p for p, t in ours if t.bearers is not None), None)
        if tick < BELOW_CLOSES and asked is None:
            early = at < instant(BELOW_CLOSES - 2)
            if node.rank == self.asked_by[node.valley] and early:
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
        result = node.to_ratify(above) if self.ratify and tick > CLOSES else None
        answer = next((p for p, t in ours if result and t.on == result), None)
        if (
            node.rank in (1, 2)
            and result is not None
            and answer is None
            and tick < ANSWER_CLOSES - 3
        ):
            node.asks(at, ANSWER_CLOSES, on=result)
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
            likes = True
            if proposal in (asked, answer):
                likes = self.likes[node.valley]
            if proposal is moves and node.valley in self.never_adopted:
                likes = False
            swayed = random.random() < 0.1
            node.votes(proposal, AGAINST if likes == swayed else FOR, at)
        if node.lie is not None and answer is not None:
            node.answers_falsely(above, answer, at)
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
            if not self._awake(node, tick):
                continue
            for record in records:
                if record is not node.copies[record.assembly]:
                    node.takes(record)
            for assembly, time in times.items():
                node.times[assembly] = max(time, node.times.get(assembly, time))

    def _works(self, node: Node, tick: int) -> bool:
        """Say whether a node that is awake works, and writes, at a tick."""
        return True

    def _send(
        self,
        working: list[Node],
        awake: list[Node],
        numbered: dict[int, int],
        tick: int,
        random: Random,
    ) -> None:
        for node in working:
            for other in self._reached(node, awake, tick, random):
                settled = self._settled(tick)
                if not settled and random.random() < self.loss:
                    continue
                ends = numbered[id(node)], numbered[id(other)]
                if not settled and not self.weather.connects(*ends, tick):
                    continue
                delay = 1 if settled else random.choice((1, 1, 2))
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
        if self._settled(tick):
            return awake
        near = [each for each in awake if each.valley == node.valley]
        return near + random.sample(awake, min(4, len(awake)))
