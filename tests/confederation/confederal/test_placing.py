"""What can be done below goes back there, unless enough say that it belongs here."""

from dataclasses import replace
from datetime import datetime
from random import Random

import pytest

from confederation.confederal import admission, bearing, council, placing
from confederation.confederal.council import Standing, State
from confederation.confederal.tally import Position
from confederation.confederal.weighing import Fate
from confederation.errors import NotEntitled, TooLate
from confederation.record import Entry, Membership, Placement, Witness
from tests.confederation.world import (
    FOR,
    LATER,
    OPENS,
    Confederation,
    Town,
    digest_of,
    instructed,
    result_digest,
)


def confer(world: Confederation, proposal: Entry, at: datetime) -> None:
    for town in world.towns:
        held = world.holding(proposal, clock=at)
        for fact in council.duties(held, town.id, at, result_digest):
            town.publishes(fact, at)


def says(
    town: Town, proposal: Entry, belongs: str = "below", *, alone: bool = False
) -> Entry:
    return town.publishes(
        Placement(
            proposal=proposal.digest,
            belongs=belongs,  # type: ignore[arg-type]
            decision=town.decides().digest,
            alone=alone,
        )
    )


def voted(world: Confederation, proposal: Entry) -> None:
    """Open it, and let every town vote for it."""
    confer(world, proposal, OPENS)
    for town in world.towns:
        given = town.mandates(world.compact, instructed(proposal))
        town.votes(proposal, given)


def settled(world: Confederation, proposal: Entry) -> Standing:
    for at in (OPENS, LATER, LATER):
        confer(world, proposal, at)
    stands = council.standing(world.holding(proposal, clock=LATER), LATER)
    assert stands.state is State.CONFIRMED
    assert stands.confirmed is not None
    return stands


def outcome(world: Confederation, proposal: Entry) -> str:
    confirmed = settled(world, proposal).confirmed
    assert confirmed is not None
    return confirmed.outcome


def test_a_matter_that_one_assembly_calls_back_is_returned_by_default() -> None:
    world = Confederation()
    proposal = world.proposes()
    voted(world, proposal)

    says(world.towns[2], proposal)

    stands = settled(world, proposal)
    assert stands.confirmed is not None
    assert stands.confirmed.outcome == "returned"
    assert stands.confirmed.figures.assemblies[FOR] == 3
    assert stands.confirmed.certified[0].seat == placing.place_of(2)


def test_it_is_decided_here_if_enough_say_that_it_belongs_here() -> None:
    world = Confederation()
    proposal = world.proposes()
    voted(world, proposal)
    says(world.towns[2], proposal)

    for town in world.towns[:2]:
        says(town, proposal, "here")

    assert outcome(world, proposal) == "adopted"


def test_one_fewer_than_must_agree_are_not_enough() -> None:
    world = Confederation()
    proposal = world.proposes()
    voted(world, proposal)
    says(world.towns[2], proposal)

    says(world.towns[0], proposal, "here")

    assert outcome(world, proposal) == "returned"


def test_whom_alone_it_concerns_calls_it_back_whatever_the_others_say() -> None:
    world = Confederation()
    mine = world.towns[2]
    proposal = world.proposes(concerns=(mine.id,))
    voted(world, proposal)
    says(mine, proposal, alone=True)

    for town in world.towns[:2]:
        says(town, proposal, "here")

    assert outcome(world, proposal) == "returned"


def test_nobody_says_of_anothers_matter_that_it_is_theirs_alone() -> None:
    world = Confederation()
    proposal = world.proposes(concerns=(world.towns[0].id,))
    voted(world, proposal)
    says(world.towns[2], proposal, alone=True)

    for town in world.towns[:2]:
        says(town, proposal, "here")

    assert outcome(world, proposal) == "adopted"


def test_an_assembly_may_change_its_mind_until_closing() -> None:
    world = Confederation()
    proposal = world.proposes()
    voted(world, proposal)
    first = says(world.towns[2], proposal)
    confer(world, proposal, OPENS)

    says(world.towns[2], proposal, "here")

    confirmed = settled(world, proposal).confirmed
    assert confirmed is not None
    assert confirmed.outcome == "adopted"
    [superseded] = [each for each in confirmed.certified if each.rule == "superseded"]
    assert superseded.digest == first.digest


def test_what_nobody_decided_calls_nothing_back() -> None:
    world = Confederation()
    proposal = world.proposes()
    voted(world, proposal)
    entry = world.towns[2].publishes(
        Placement(
            proposal=proposal.digest, belongs="below", decision=digest_of("nothing")
        )
    )

    stands = settled(world, proposal)

    assert stands.confirmed is not None
    assert stands.confirmed.outcome == "adopted"
    [void] = [each for each in stands.revisions if each.digest == entry.digest]
    assert void.fate is Fate.VOID


def test_who_had_left_calls_nothing_back() -> None:
    world = Confederation()
    proposal = world.proposes()
    voted(world, proposal)
    gone = world.towns[2]
    gone.publishes(Membership(compact=world.compact.digest, act="leave"))

    says(gone, proposal)

    assert outcome(world, proposal) == "adopted"


def test_a_call_that_reached_too_few_before_closing_changes_nothing() -> None:
    world = Confederation()
    proposal = world.proposes()
    voted(world, proposal)
    confer(world, proposal, OPENS)
    for town in world.towns[:2]:
        held = world.holding(proposal, clock=LATER)
        for fact in council.duties(held, town.id, LATER, result_digest):
            town.publishes(fact, LATER)

    says(world.towns[2], proposal)

    assert outcome(world, proposal) == "adopted"


def test_two_calls_under_one_number_count_for_nothing() -> None:
    below = Position(
        seat=placing.place_of(0), revision=1, digest=digest_of("a"), says="below"
    )
    other = replace(below, digest=digest_of("b"))

    answer = placing.answer(Confederation().compact, [below, other])

    assert not answer.returned
    assert {each.rule for each in placing.listed([below, other])} == {"seat emptied"}


def test_the_order_in_which_calls_arrive_changes_nothing() -> None:
    compact = Confederation(5).compact
    positions = [
        Position(
            seat=placing.place_of(seat),
            revision=revision,
            digest=digest_of(seat, revision),
            says="here" if (seat + revision) % 2 else "below",
        )
        for seat in range(5)
        for revision in (1, 2)
    ]
    shuffled = [*positions, *positions]
    Random(7).shuffle(shuffled)

    assert placing.answer(compact, shuffled) == placing.answer(compact, positions)
    assert placing.listed(shuffled) == placing.listed(positions)


def test_a_proposal_that_was_called_back_can_still_be_withdrawn() -> None:
    world = Confederation()
    proposal = world.proposes()
    confer(world, proposal, OPENS)
    says(world.towns[2], proposal)
    confer(world, proposal, OPENS)

    decision = world.towns[0].decides().digest
    fact = admission.withdraw(world.holding(proposal), decision, OPENS)
    world.towns[0].publishes(fact)

    assert outcome(world, proposal) == "withdrawn"


def test_a_statement_about_no_seat_is_left_aside() -> None:
    world = Confederation()
    proposal = world.proposes()
    confer(world, proposal, OPENS)
    for town in world.towns:
        town.publishes(
            Witness(
                proposal=proposal.digest,
                final=False,
                seen=((-9, 1, digest_of("x")), (-2, 0, digest_of("y"))),
            )
        )

    stands = council.standing(world.holding(proposal))

    assert stands.revisions == ()


def test_where_a_matter_belongs_is_said_by_decision_and_before_closing() -> None:
    world = Confederation()
    proposal = world.proposes()
    town = world.towns[1]
    fact = Placement(
        proposal=proposal.digest, belongs="below", decision=town.decides().digest
    )
    held = world.holding(proposal)

    assert placing.place(held, town.id, fact, OPENS) == fact
    with pytest.raises(TooLate):
        placing.place(held, town.id, fact, LATER)
    with pytest.raises(NotEntitled, match="concerns us alone"):
        placing.place(held, town.id, replace(fact, alone=True), OPENS)
    with pytest.raises(NotEntitled, match="not decided"):
        placing.place(
            held, town.id, replace(fact, decision=digest_of("nothing")), OPENS
        )
    with pytest.raises(NotEntitled, match="has a seat"):
        placing.place(held, Town("stranger").id, fact, OPENS)


def test_a_returned_matter_is_carried_nowhere_by_a_bearer() -> None:
    world = Confederation()
    proposal = world.proposes(on=digest_of("above"))
    voted(world, proposal)
    says(world.towns[2], proposal)
    confirmed = settled(world, proposal).confirmed

    decided = bearing.read(world.compact, proposal, confirmed)

    assert decided is not None
    assert bearing.instruction(decided) is None
