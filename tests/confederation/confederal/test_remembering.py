"""What was worked out from a record is what would be worked out from it anew."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from confederation.confederal import council, filings, ratifying
from confederation.confederal.compact import Rules
from confederation.confederal.history import MOST_ANSWERS, Record
from confederation.confederal.holding import Holding
from tests.confederation.scenario import END, instant
from tests.confederation.simulation import Run
from tests.confederation.world import (
    FOR,
    LATER,
    Confederation,
    instructed,
    result_digest,
)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_a_node_that_remembers_says_what_one_that_begins_anew_says(seed: int) -> None:
    run, random = Run(seed), Random(seed)
    node = random.choice(run.nodes)

    for proposal in node.proposals():
        whole = node.holding(proposal)
        for _ in range(4):
            held = _with_less(whole, random)
            asked = (node.id, instant(random.uniform(0, END)), result_digest)

            fresh = _read_anew(held)

            assert council.standing(held) == council.standing(fresh)
            assert ratifying.course(held) == ratifying.course(fresh)
            assert council.confirmed(held) == council.confirmed(fresh)
            assert council.duties(held, *asked) == council.duties(fresh, *asked)
            assert ratifying.duties(held, *asked) == ratifying.duties(fresh, *asked)


def _with_less(whole: Holding, random: Random) -> Holding:
    """Hold less of some records: most are the very ones that were asked before."""
    records = {
        assembly: record
        if random.random() < 0.7
        else record.upto(random.randint(2, record.size))
        for assembly, record in whole.records.items()
    }
    records[whole.proposal.assembly] = whole.records[whole.proposal.assembly]
    return replace(whole, records=records)


def _read_anew(held: Holding) -> Holding:
    return replace(
        held,
        records={each: Record.of(r.entries) for each, r in held.records.items()},
        branches=tuple(Record.of(each.entries) for each in held.branches),
    )


@settings(max_examples=10)
@given(st.integers(0, 10_000))
def test_what_is_confirmed_needs_no_weighing(seed: int) -> None:
    node = Run(seed).nodes[0]

    for proposal in node.proposals():
        stands = council.standing(node.holding(proposal))
        agreed = council.confirmed(node.holding(proposal))
        assert (None if agreed is None else agreed.result) == stands.confirmed


def test_a_record_is_asked_once_for_each_question_and_keeps_few_answers() -> None:
    world = Confederation(3)
    record = world.towns[0].record
    asked: list[int] = []

    def work(of: Record, number: int) -> int:
        asked.append(number)
        return of.size + number

    for number in (*range(MOST_ANSWERS), *range(MOST_ANSWERS), MOST_ANSWERS, 0):
        assert record.once(work, number) == record.size + number

    assert asked == [*range(MOST_ANSWERS + 1), 0]


def test_two_compacts_that_bear_one_digest_are_not_taken_for_each_other() -> None:
    world = Confederation(3, Rules(two_tellers=False))
    proposal = world.proposes()
    town = world.towns[1]
    town.votes(proposal, town.mandates(world.compact, instructed(proposal)), FOR)
    unconfirmed = town.mandates(
        world.compact, instructed(proposal), confirmed=False, until=LATER
    )
    town.votes(proposal, unconfirmed, FOR)
    lax = world.holding(proposal).matter
    strict = replace(lax, compact=replace(world.compact, rules=Rules()))

    judged = [filings.examine(town.record, each)[-1] for each in (lax, strict)]

    assert judged[0].finding is None
    assert judged[1].finding is not None
