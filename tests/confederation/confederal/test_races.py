"""What happens in the last seconds, all at once, has one end wherever it is read.

Four assemblies, none of which lies; each node has seen another part of the others'
records when it says what it must.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

from confederation.confederal import admission, council
from confederation.confederal.council import Standing, State
from confederation.confederal.holding import Holding
from confederation.confederal.weighing import Fate
from confederation.errors import TooLate
from confederation.record import Entry, KeyEvent, Mandate
from tests.confederation.world import (
    ABSTAIN,
    CLOSES,
    FOR,
    LATER,
    OPENS,
    START,
    Confederation,
    Town,
    a_key,
    instructed,
    result_digest,
)

RUNS = 40
BEFORE = 6
"""Seconds before closing in which everything happens."""


class Race:
    """One run: who does what in which second, and what reaches whom, is drawn."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.world = Confederation(4)
        self.towns = self.world.towns
        self.proposal = self.world.proposes()
        self.seen = {town.id: dict[Town, int]() for town in self.towns}
        self.heard = {town.id: dict[Town, datetime]() for town in self.towns}
        self.unlawful: list[Entry] = []
        self.given = [
            town.mandates(self.world.compact, instructed(self.proposal, FOR, ABSTAIN))
            for town in self.towns
        ]
        self.settles(OPENS)
        self.withdrawal = self.towns[0].decides().digest
        self.plays()
        for at in (LATER, LATER + timedelta(seconds=1)):
            self.settles(at)

    def plays(self) -> None:
        plan = {
            self.withdraws: self.random.randint(-2, BEFORE + 3),
            self.recalls: self.random.randint(0, BEFORE),
        }
        votes = {town: self.random.randint(0, BEFORE) for town in self.towns[1:]}
        for second in range(BEFORE + 3):
            at = CLOSES + timedelta(seconds=second - BEFORE)
            for town, when in votes.items():
                if when == second and at < CLOSES:
                    town.votes(self.proposal, self.given[self.towns.index(town)])
            for act, when in plan.items():
                if when == second:
                    act(at)
            for town in self.random.sample(self.towns, 4):
                for other in self.towns:
                    if self.random.random() < 0.5:
                        self.reaches(other, town, at)
                self.says(town, at)

    def withdraws(self, at: datetime) -> None:
        held = self.holding(self.towns[0])
        with suppress(TooLate):
            fact = admission.withdraw(held, self.withdrawal, at)
            self.towns[0].publishes(fact, at)

    def recalls(self, at: datetime) -> None:
        """Vote, take a new key, recall, and vote all the same: one batch."""
        town, given = self.towns[3], self.given[3]
        assert isinstance(given.fact, Mandate)
        if at < CLOSES:
            town.votes(self.proposal, given, ABSTAIN)
        town.publishes(KeyEvent(op="add", key=a_key("new"), consented=True), at)
        town.recalls(given)
        self.unlawful.append(town.votes(self.proposal, given))

    def reaches(self, other: Town, town: Town, at: datetime) -> None:
        self.seen[town.id][other] = other.record.size
        self.heard[town.id][other] = at

    def holding(self, town: Town) -> Holding:
        seen, heard = self.seen[town.id], self.heard[town.id]
        return Holding(
            compact=self.world.compact,
            proposal=self.proposal,
            records={
                each.id: each.record
                if each is town
                else each.record.upto(seen.get(each, 1))
                for each in self.towns
            },
            clocks={each.id: heard.get(each, START) for each in self.towns},
        )

    def says(self, town: Town, at: datetime) -> bool:
        due = council.duties(self.holding(town), town.id, at, result_digest)
        for fact in due:
            town.publishes(fact, at)
        return bool(due)

    def settles(self, at: datetime) -> None:
        """Let everybody hear everything, until nobody has anything left to say."""
        busy = True
        while busy:
            for town in self.towns:
                for other in self.towns:
                    self.reaches(other, town, at)
            said = [self.says(town, at) for town in self.towns]
            busy = any(said)

    def stands(self) -> list[Standing]:
        return [council.standing(self.holding(town), LATER) for town in self.towns]


def test_what_races_against_closing_ends_alike_everywhere() -> None:
    happened: Counter[str] = Counter()

    for seed in range(RUNS):
        race = Race(seed)
        first, *others = race.stands()
        assert all(each == first for each in others), seed
        assert first.state is State.CONFIRMED, seed
        assert first.contradictions == (), seed
        assert first.confirmed is not None
        happened.update(what_happened(race, first))
        for each in first.revisions:
            if each.entry in race.unlawful:
                assert each.fate is Fate.VOID, seed
                assert each.witnesses == (race.towns[3].id,), seed

    ends = ("withdrawn", "counted", "excluded", "taken back", "recalled too late")
    for event in ends:
        assert happened[event] >= 2, (event, happened)


def what_happened(race: Race, stands: Standing) -> Iterable[str]:
    result = stands.confirmed
    assert result is not None
    yield "withdrawn" if result.outcome == "withdrawn" else "counted"
    if any(each.fate is Fate.EXCLUDED for each in stands.revisions):
        yield "excluded"
    rules = {each.rule for each in result.certified if each.seat == 3}
    if "withdrawn" in rules:
        yield "taken back"
    elif None in rules and race.unlawful:
        yield "recalled too late"
