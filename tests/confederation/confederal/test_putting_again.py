"""What was disputed or refused leaves room, and two things are never adopted."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from confederation.confederal import council, slots, versions
from confederation.confederal.compact import Compact, Rules
from confederation.confederal.council import State
from confederation.identifiers import OptionId
from confederation.record import Attestation, Entry, Ranked, Result
from tests.confederation import disputing
from tests.confederation.disputing import Faults, Run, breaches
from tests.confederation.versions import Changing, attesting, counted
from tests.confederation.world import LATER, digest_of, result_digest

RUNS = int(os.environ.get("FOLKMOOT_RUNS", "40")) * 10
ENOUGH_TO_NOTICE = 1500
LONG_AFTER = LATER + timedelta(days=30)
"""When nobody waits any more for a proposal that closes earlier."""


class Disputed(Changing):
    """Four towns, and a change on which they do not agree what was decided."""

    def __init__(self) -> None:
        super().__init__()
        self.one = self.version(rules=Rules(quorum="2/3"))
        self.other = self.version(rules=Rules(quorum="1/3"))
        self.change_ = self.proposes(self.one)

    def attests(self, seat: int, result: Result) -> None:
        self.world.towns[seat].publishes(attesting(result), LATER)

    def finds(
        self, proposal: Entry, choice: str = "for", *, missing: int = 0
    ) -> Result:
        """Give a result that rests on one filing fewer for each that is missing."""
        result = counted(proposal, self.first, choice)
        return replace(result, certified=result.certified[missing:])

    def parts(self) -> None:
        """Let half attest one result by which it is adopted, and half another one."""
        for seat, missing in enumerate((0, 0, 1, 1)):
            self.attests(seat, self.finds(self.change_, missing=missing))

    def free(self, proposal: Entry, *seats: int) -> list[bool]:
        held, found = self.holding(proposal), self.finds(proposal)
        return [
            slots.free(held, self.world.towns[seat].id, found, LONG_AFTER)
            for seat in seats or range(4)
        ]

    def state(self, proposal: Entry) -> State:
        return council.standing(self.holding(proposal), LATER).state

    def in_force(self, *proposals: tuple[Entry, Compact]) -> versions.Lineage:
        known = {each.digest: each for each in (self.one, self.other)}
        changes = [self.change(*each) for each in proposals]
        return versions.lineage(self.first, known, filter(None, changes))


def test_a_change_that_was_disputed_is_adopted_when_it_is_put_again() -> None:
    story = Disputed()
    story.parts()
    assert story.state(story.change_) is State.DISPUTED

    again = story.proposes(story.one, by=1)
    assert story.objection(again, story.one) == ""
    assert story.free(again) == [True] * 4
    for seat in range(3):
        story.attests(seat, story.finds(again))

    assert story.in_force((again, story.one)).newest == story.one
    assert slots.contradictions(story.holding(again)) == ()


def test_those_who_attested_one_version_attest_no_other_one_in_its_slot() -> None:
    story = Disputed()
    story.parts()

    contrary = story.proposes(story.other, by=1)

    assert story.free(contrary) == [False] * 4


@pytest.mark.parametrize(
    "changes",
    [{"ratify": True}, {"theme": "housing"}, {"title": digest_of("another title")}],
    ids=["asks to be ratified", "another theme", "another title"],
)
def test_what_is_put_again_in_other_words_is_something_else(
    changes: dict[str, object],
) -> None:
    story = Disputed()
    story.parts()

    altered = story.proposes(story.one, by=1, **changes)

    assert story.free(altered) == [False] * 4


def test_another_choice_among_the_same_options_is_something_else() -> None:
    story = Disputed()
    wall, pumps = (
        replace(
            story.finds(story.change_),
            ranked=Ranked(lot=(), chosen=(OptionId(name),), wanted=3),
        )
        for name in ("wall", "pumps")
    )
    story.attests(0, wall)
    again = story.proposes(story.one, by=1)
    held, me = story.holding(again), story.world.towns[0].id

    assert slots.free(held, me, replace(wall, proposal=again.digest), LONG_AFTER)
    assert not slots.free(held, me, replace(pumps, proposal=again.digest), LONG_AFTER)


@pytest.mark.parametrize(("against", "leaves_room"), [(3, True), (2, False)])
def test_what_enough_attest_not_to_be_adopted_is_out_alike_or_not(
    against: int, *, leaves_room: bool
) -> None:
    story = Disputed()
    story.attests(0, story.finds(story.change_))
    for seat in range(1, 1 + against):
        story.attests(seat, story.finds(story.change_, "against", missing=seat))

    contrary = story.proposes(story.other, by=1)

    assert story.free(contrary, 0) == [leaves_room]


def refusing(story: Disputed, *, by: Iterable[int]) -> Entry:
    """Let a change be adopted and then, by some, attested not to be ratified."""
    ratified = story.proposes(story.one, ratify=True)
    adopted = story.finds(ratified)
    for seat in range(3):
        story.attests(seat, adopted)
    for seat in by:
        end = replace(
            adopted,
            proposal=result_digest(adopted),
            method="ratification",
            certified=adopted.certified[seat:],
            outcome="not in force",
        )
        story.attests(seat, end)
    return ratified


def test_a_change_that_was_not_ratified_leaves_its_slot() -> None:
    story = Disputed()
    refused = refusing(story, by=(0, 1, 2))

    contrary = story.proposes(story.other, by=1)

    assert story.objection(contrary, story.other) == ""
    assert story.free(contrary) == [True] * 4
    assert story.change(refused, story.one) is None
    assert council.standing(story.holding(contrary)).yields_to is None


def test_a_change_that_may_still_be_ratified_keeps_its_slot() -> None:
    story = Disputed()
    pending = refusing(story, by=(0, 1))

    contrary = story.proposes(story.other, by=1)
    same = story.proposes(story.one, by=2, ratify=True)

    assert "has been adopted" in story.objection(contrary, story.other)
    assert story.free(contrary, 0, 1, 2) == [False] * 3
    assert council.standing(story.holding(contrary)).yields_to == pending.digest
    # The same may be put again: its ratification may never come to an end.
    assert story.objection(same, story.one) == ""


def test_a_change_that_asks_for_it_is_in_force_once_it_is_ratified() -> None:
    story = Disputed()
    ratified = story.proposes(story.one, ratify=True)
    adopted = story.finds(ratified)
    end = replace(
        adopted,
        proposal=result_digest(adopted),
        method="ratification",
        outcome="in force",
    )
    for seat in range(3):
        story.attests(seat, adopted)

    adopted_only = story.change(ratified, story.one)
    for seat in range(3):
        story.world.towns[seat].publishes(attesting(end), LATER.replace(minute=seat))

    made = story.change(ratified, story.one)
    assert adopted_only is None
    assert made is not None
    assert made.result == adopted
    assert made.at == LATER.replace(minute=2)


@pytest.mark.parametrize("said", [1, 2])
def test_whoever_attested_only_that_it_is_adopted_may_still_propose(said: int) -> None:
    story = Disputed()
    ratified = story.proposes(story.one, by=1, ratify=True)
    found = story.finds(ratified)
    end = replace(
        found,
        proposal=result_digest(found),
        method="ratification",
        outcome="in force",
    )
    text = story.world.a_proposal(0)
    towns = story.world.towns
    for seat in (1, 2, 3):
        for each in (found, end):
            towns[seat].publishes(attesting(each), LATER)
    for each in (found, end)[:said]:
        towns[0].publishes(attesting(each))
    line = story.in_force((ratified, story.one))
    assert len(line.changes) == 1

    late = towns[0].publishes(text)

    superseded = versions.superseded_before(line, late, towns[0].record)
    assert superseded == (said == 2)


def test_one_version_by_two_proposals_is_in_force_since_the_earlier() -> None:
    story = Disputed()
    again = story.proposes(story.one, by=1)
    for proposal, minute in ((story.change_, 9), (again, 4)):
        result = story.finds(proposal)
        for seat in range(3):
            at = LATER.replace(minute=minute)
            story.world.towns[seat].publishes(attesting(result), at)

    both = [(story.change_, story.one), (again, story.one)]

    for each in (both, both[::-1]):
        line = story.in_force(*each)
        assert [change.proposal for change in line.changes] == [again]
        assert not line.parted


def test_why_a_dispute_frees_nobody_for_something_else() -> None:
    """Two honest towns attest one result, one another, and who lies both in turn."""
    story = Disputed()
    liar = 3
    for seat, missing in ((0, 0), (1, 0), (2, 1), (liar, 1)):
        story.attests(seat, story.finds(story.change_, missing=missing))
    assert story.state(story.change_) is State.DISPUTED

    # If those who are in a dispute could let go of it, they would do this next,
    contrary = story.proposes(story.other, by=1)
    for seat in (0, 1, 2):
        story.attests(seat, story.finds(contrary))
    # and one town alone could then say the other thing as well.
    story.attests(liar, story.finds(story.change_))

    line = story.in_force((story.change_, story.one), (contrary, story.other))
    assert line.parted
    first = story.first
    assert 2 * first.t - first.n > 1


def test_two_things_are_never_in_force_in_one_slot() -> None:
    happened: Counter[str] = Counter()

    for seed in range(RUNS):
        run = Run(seed)
        assert list(breaches(run)) == [], f"in the run of seed {seed}"
        happened.update(what_happened(run))

    for event in (
        "something came into force",
        "somebody lied",
        "a dispute was put again and adopted",
        "something was refused, and another thing adopted",
        "somebody attested two things in turn",
    ):
        assert happened[event] >= max(1, RUNS // 100), (event, happened)


def what_happened(run: Run) -> set[str]:
    happened = set()
    if run.liars:
        happened.add("somebody lied")
    by_state = {
        each.digest: council.standing(run.holding(each)).state for each in run.proposals
    }
    done = [each for each in run.proposals if disputing.in_force(run, each)]
    for each in done:
        happened.add("something came into force")
        for rival in run.holding(each).rivals:
            same = slots.same(run.holding(each).text, rival.fact)
            if same and by_state[rival.digest] is State.DISPUTED:
                happened.add("a dispute was put again and adopted")
            if not same and slots.out(run.holding(each), rival):
                happened.add("something was refused, and another thing adopted")
    for node in run.nodes:
        said = {
            run.holding(each).text.compact_next
            for each in run.proposals
            for _, fact in node.town.record.facts(Attestation)
            if fact.proposal == each.digest and slots.adopts(fact.result)
        }
        if not node.liar and len(said) > 1:
            happened.add("somebody attested two things in turn")
    return happened


@pytest.mark.parametrize("fault", [each.name for each in fields(Faults)])
def test_a_fault_in_the_program_is_noticed(fault: str) -> None:
    faulty = Faults(**{fault: True})

    assert any([*breaches(Run(seed, faulty))] for seed in range(ENOUGH_TO_NOTICE))
