"""A council of towns decides as the protocol says, one rule at a time."""

from datetime import datetime

from confederation import council
from confederation.council import State
from confederation.record import Entry
from confederation.weighing import Fate
from tests.confederation.world import (
    CLOSES,
    LATER,
    OPENS,
    Confederation,
    instructed,
    result_digest,
)


def carry_on(world: Confederation, proposal: Entry, at: datetime) -> None:
    """Let every town file what it must, until nobody has anything left to say."""
    silent = 0
    while silent < len(world.towns):
        for town in world.towns:
            holding = world.holding(proposal, clock=at)
            due = council.duties(holding, town.id, at, result_digest)
            for fact in due:
                town.publishes(fact, at)
            silent = 0 if due else silent + 1


def test_three_towns_come_to_one_confirmed_result() -> None:
    world = Confederation(3)
    proposal = world.proposes()
    carry_on(world, proposal, OPENS)
    assert council.standing(world.holding(proposal), OPENS).state is State.OPEN

    for town in world.towns:
        town.votes(proposal, town.mandates(world.compact, instructed(proposal)))
    carry_on(world, proposal, OPENS)
    carry_on(world, proposal, LATER)

    stands = council.standing(world.holding(proposal), LATER)
    assert stands.state is State.CONFIRMED
    assert stands.confirmed == stands.result
    assert stands.confirmed is not None
    assert stands.confirmed.outcome == "adopted"
    assert [each.fate for each in stands.revisions] == [Fate.CERTIFIED] * 3
    assert not stands.contradictions
    assert CLOSES < LATER
