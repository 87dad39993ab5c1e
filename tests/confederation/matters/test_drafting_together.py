"""Assemblies draft over a network that loses and divides, and never differ on a text.

Each node knows only what reached it, decides by the rules, and forgets nothing. A run
is a function of its seed. Nodes with a fault that we planted break a promise in some.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from random import Random
from typing import Any, Literal

import pytest

from confederation.errors import Refused
from confederation.identifiers import AssemblyId, Digest
from confederation.matters import common_text, drafts
from confederation.matters.common_text import (
    AgreeToText,
    Command,
    CountTextObjection,
    EndTextObjection,
    ObjectToText,
    OfferText,
    TakeInText,
    WithdrawText,
)
from confederation.matters.drafts import Drafting, Version
from confederation.record import Clause, CommonText, Issue, TextVersion
from tests.confederation.world import START, Confederation, Town, commit, digest_of

RUNS = 30
OFFERED, WHOLE, TICKS = 7, 12, 18
"""From tick ``WHOLE`` on nothing is lost, and everybody wants to come to an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Faults that a program could have; none of them by default."""

    freezes_on_a_majority: bool = False
    counts_whoever_speaks: bool = False
    lets_the_last_word_count: bool = False
    agrees_over_objections: bool = False


class Node:
    """One assembly, what it holds of the others, and what it sees of the text."""

    def __init__(self, town: Town, issue: Digest, everybody: list[Town]) -> None:
        self.town, self.issue = town, issue
        self.held = {each.id: each.record for each in everybody}
        self.state = common_text.NOTHING
        self.frozen: set[Digest] = set()
        self.agreed_over_objection = False

    def view(self, habits: Habits) -> Drafting:
        self.held[self.town.id] = self.town.record
        known = drafts.gather(self.issue, self.held)
        versions = tuple(self._mistaken(each, habits) for each in known.versions)
        return replace(known, versions=versions)

    def _mistaken(self, one: Version, habits: Habits) -> Version:
        stands, among = dict(one.stands), one.text.among
        for assembly, record in self.held.items():
            for _, fact in record.facts(CommonText):
                counts = assembly in among or habits.counts_whoever_speaks
                if fact.version_hash != one.digest or not counts:
                    continue
                if habits.lets_the_last_word_count or assembly not in among:
                    stands[assembly] = fact.stand
        agreed = [each for each, stand in stands.items() if stand == "agreed"]
        needed = len(among)
        if habits.freezes_on_a_majority:
            needed = needed // 2 + 1
        status = one.status
        if len(agreed) >= needed:
            status = "frozen"
        elif status == "frozen":
            status = "draft"
        return replace(one, status=status)

    def says(self, command: Command, habits: Habits, minute: int) -> None:
        if isinstance(command, AgreeToText):
            one = command.known.get(command.digest)
            objected = one is not None and any(
                each.status in drafts.UNSETTLED for each in one.objections
            )
            if objected and habits.agrees_over_objections:
                assert one is not None
                self._publishes(
                    CommonText(
                        version=one.text, version_hash=one.digest, stand="agreed"
                    ),
                    minute,
                )
                self.agreed_over_objection = True
                return
        try:
            happened = common_text.decide(self.state, command)
        except Refused:
            return
        for event in happened:
            self.state = common_text.evolve(self.state, event)
            self._publishes(event.fact, minute)

    def breaks_a_rule(
        self, one: Version, stand: Literal["agreed", "withdrawn"], minute: int
    ) -> None:
        """Say of a text what our own rules would have refused."""
        stated = CommonText(version=one.text, version_hash=one.digest, stand=stand)
        self._publishes(stated, minute)

    def _publishes(self, fact: object, minute: int) -> None:
        self.town.publishes(fact, START + timedelta(minutes=minute))  # type: ignore[arg-type]


class Run:
    """One run: who says what, what is lost, and how it ends."""

    def __init__(self, seed: int, habits: Habits | None = None) -> None:
        self.random, self.habits = Random(seed), habits or Habits()
        towns = Confederation(self.random.randint(2, 5)).towns
        issue = towns[0].publishes(Issue(title=commit("Damp"), what=commit("Mould")))
        self.nodes = [Node(town, issue.digest, towns) for town in towns]
        self.unfrozen: list[Digest] = []
        self.views: list[set[Digest]] = []
        for tick in range(TICKS):
            for node in self.nodes:
                self._acts(node, tick)
                self._looks(node)
            for node in self.nodes:
                for other in self.nodes:
                    lost = tick < WHOLE and self.random.random() < 0.6
                    if not lost:
                        other.held[node.town.id] = node.town.record

    def _looks(self, node: Node) -> None:
        now = {each.digest for each in node.view(self.habits).frozen}
        self.unfrozen += node.frozen - now
        node.frozen |= now

    def _acts(self, node: Node, tick: int) -> None:
        known = node.view(self.habits)
        strange = [e for e in known.versions if node.town.id not in e.text.among]
        # Somebody whom a text does not name speaks up all the same, and somebody who
        # has agreed for good goes back on it.
        if strange and self.random.random() < 0.3:
            node.breaks_a_rule(self.random.choice(strange), "agreed", tick)
        agreed = [e for e in known.versions if e.stands.get(node.town.id) == "agreed"]
        if agreed and tick >= WHOLE and self.random.random() < 0.2:
            node.breaks_a_rule(self.random.choice(agreed), "withdrawn", tick)
        for command in self._wishes(node, known, tick):
            node.says(command, self.habits, tick)

    def _wishes(self, node: Node, known: Drafting, tick: int) -> Iterator[Command]:
        random, us = self.random, node.town.id
        if tick >= WHOLE:
            yield from self._comes_to_an_end(node, known)
            return
        given: dict[str, Any] = {"known": known, "us": us, "by": None, "at": START}
        if tick < OFFERED and random.random() < 0.2:
            yield self._offer(node, known, tick)
        if not known.versions:
            return
        one = random.choice(known.versions)
        for chance, make in (
            (0.15, lambda: AgreeToText(digest=one.digest, **given)),
            (0.15, lambda: TakeInText(digest=one.digest, **given)),
            (0.15, lambda: WithdrawText(digest=one.digest, **given)),
            (
                0.1,
                lambda: ObjectToText(
                    digest=one.digest, reason=commit(f"{us} {tick}"), **given
                ),
            ),
        ):
            if random.random() < chance:
                yield make()
        for objection in one.objections:
            if random.random() < 0.3:
                yield CountTextObjection(
                    objection=objection.digest,
                    valid=random.randint(0, 9),
                    not_valid=2,
                    **given,
                )
            if random.random() < 0.2:
                yield EndTextObjection(
                    objection=objection.digest, state="withdrawn", **given
                )

    def _comes_to_an_end(self, node: Node, known: Drafting) -> Iterator[Command]:
        """Let everybody withdraw what stands in the way, and agree to the last text."""
        given: dict[str, Any] = {
            "known": known,
            "us": node.town.id,
            "by": None,
            "at": START,
        }
        if not known.versions:
            return
        last = max(known.versions, key=lambda each: (len(each.text.among), each.digest))
        for objection in last.objections:
            yield EndTextObjection(
                objection=objection.digest, state="withdrawn", **given
            )
        yield AgreeToText(digest=last.digest, **given)

    def _offer(self, node: Node, known: Drafting, tick: int) -> OfferText:
        random, us = self.random, node.town.id
        others = [each.town.id for each in self.nodes if each is not node]
        among = {us, *random.sample(others, random.randint(1, len(others)))}
        before = random.choice(known.versions) if known.versions else None
        words = f"Text of {us} at {tick}"
        version = TextVersion(
            shares=node.issue,
            title=commit("What we ask for"),
            text=commit(words),
            clauses=(Clause(n=1, text=commit(words)),),
            among=tuple(sorted(among)),
            parents=() if before is None else (before.digest,),
            answers=()
            if before is None
            else tuple(sorted(each.digest for each in before.objections)),
        )
        return OfferText(
            version=version,
            digest=digest_of(version),
            known=known,
            sharing=frozenset(each.town.id for each in self.nodes),
            us=us,
            by=None,
            at=START,
        )


def breaches(run: Run) -> list[str]:
    """Find every breach of a promise, written down without the code that keeps it."""
    found = []
    agreed: dict[Digest, set[AssemblyId]] = {}
    texts: dict[Digest, TextVersion] = {}
    for node in run.nodes:
        for _, fact in node.town.record.facts(CommonText):
            texts[fact.version_hash] = fact.version
            if fact.stand == "agreed" and node.town.id in fact.version.among:
                agreed.setdefault(fact.version_hash, set()).add(node.town.id)
        if node.agreed_over_objection:
            found.append("Somebody agreed while an objection was open.")
    found += ["A frozen text was frozen no longer." for _ in run.unfrozen]
    for node in run.nodes:
        for digest in node.frozen:
            if set(texts[digest].among) - agreed.get(digest, set()):
                found.append("A text was frozen without somebody whom it names.")
    ends = [node.frozen for node in run.nodes]
    if any(each != ends[0] for each in ends):
        found.append("Two nodes that hold the same saw different texts frozen.")
    return found


def test_no_promise_is_broken_in_any_run() -> None:
    frozen = 0

    for seed in range(RUNS):
        run = Run(seed)
        assert breaches(run) == [], f"in the run of seed {seed}"
        frozen += bool(run.nodes[0].frozen)

    # Where nobody stands in the way, a text comes of it in nearly every run.
    assert frozen > RUNS * 3 // 4


@pytest.mark.parametrize("habit", [each.name for each in fields(Habits)])
def test_a_fault_in_the_program_is_noticed(habit: str) -> None:
    faulty = Habits(**{habit: True})

    assert any(breaches(Run(seed, faulty)) for seed in range(RUNS))


def test_a_run_is_a_function_of_its_seed() -> None:
    one, other = Run(7), Run(7)

    assert [n.town.record.head for n in one.nodes] == [
        n.town.record.head for n in other.nodes
    ]
