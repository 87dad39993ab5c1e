"""A lost key is replaced by a decision of the compact, for those who go by it alone."""

from dataclasses import replace
from datetime import datetime

import pytest

from confederation.confederal import admission, council, new_key
from confederation.confederal.council import State
from confederation.confederal.history import Record
from confederation.identifiers import Multikey
from confederation.record import (
    Entry,
    KeyEvent,
    MemberCount,
    NewKey,
    Proposal,
    Result,
)
from tests.confederation.world import (
    LATER,
    OPENS,
    Confederation,
    Town,
    a_key,
    instructed,
    result_digest,
)

FRESH = a_key("fresh")


def a_loss(world: Confederation, **changes: object) -> Entry:
    """Propose that the last town, whose key is lost, gets a fresh one."""
    lost = world.towns[-1]
    assert lost.record.head is not None
    named = NewKey(assembly=lost.id, key=FRESH, after=lost.record.head, consented=True)
    text = replace(world.a_proposal(), new_key=named, slot=named.after)
    return world.towns[0].publishes(replace(text, **changes))  # type: ignore[arg-type]


def settle(world: Confederation, proposal: Entry, *silent: Town) -> Result:
    """Let all but the silent vote for it and settle it."""
    speaking = [town for town in world.towns if town not in silent]

    def confer(at: datetime) -> None:
        for town in speaking:
            held = world.holding(proposal, clock=at)
            for fact in council.duties(held, town.id, at, result_digest):
                town.publishes(fact, at)

    confer(OPENS)
    for town in speaking:
        given = town.mandates(world.compact, instructed(proposal))
        town.votes(proposal, given)
    for at in (OPENS, LATER, LATER):
        confer(at)
    stands = council.standing(world.holding(proposal, clock=LATER), LATER)
    assert stands.state is State.CONFIRMED
    assert stands.confirmed is not None
    return stands.confirmed


def the_text(proposal: Entry) -> Proposal:
    assert isinstance(proposal.fact, Proposal)
    return proposal.fact


def test_a_compact_gives_a_member_that_lost_its_key_a_new_one() -> None:
    world = Confederation()
    lost = world.towns[-1]
    proposal = a_loss(world)

    result = settle(world, proposal, lost)

    given = new_key.given(world.compact, the_text(proposal), result)
    assert given == (lost.id, FRESH, lost.record.head)
    event = KeyEvent(op="add", key=FRESH, decided=proposal.digest, consented=True)
    keys = lost.record.keys_at(lost.record.size)
    here = new_key.here([given], lost.id, lost.record.head)
    assert keys.signers(event, here) == {FRESH}
    assert keys.after(event).current == FRESH


def test_without_a_decision_of_the_compact_the_new_key_signs_nothing() -> None:
    lost = Confederation().towns[-1]
    event = KeyEvent(op="add", key=FRESH, decided=lost.record.head, consented=True)

    keys = lost.record.keys_at(lost.record.size)

    assert keys.signers(event) == frozenset()
    assert keys.signers(event, {a_key("another")}) == frozenset()
    assert keys.signers(replace(event, consented=False), {FRESH}) == frozenset()


def test_the_key_that_was_lost_cannot_sign_the_event_either() -> None:
    lost = Confederation().towns[-1]
    event = KeyEvent(op="add", key=FRESH, decided=lost.record.head, consented=True)

    signers = lost.record.keys_at(lost.record.size).signers(event, {FRESH})

    assert lost.key not in signers


def test_another_compact_takes_the_record_only_as_far_as_the_event() -> None:
    world = Confederation()
    lost = world.towns[-1]
    before = lost.record
    assert before.head is not None
    lost.publishes(KeyEvent(op="add", key=FRESH, decided=before.head, consented=True))
    lost.publishes(MemberCount(members=40))

    ours = new_key.within(lost.record, {(lost.id, FRESH, before.head)})
    theirs = new_key.within(lost.record, set())

    assert ours == lost.record
    assert theirs == before


def test_a_member_that_signs_on_keeps_its_key() -> None:
    world = Confederation()
    there = world.towns[-1]
    proposal = a_loss(world)

    there.publishes(MemberCount(members=40))

    says = admission.objection(world.holding(proposal))
    assert says is not None
    assert "its key is not lost" in says


def test_two_keys_cannot_be_given_after_one_entry() -> None:
    world = Confederation()
    lost = world.towns[-1]
    first = a_loss(world)
    named = the_text(first).new_key
    assert named is not None
    second = world.proposes(
        by=1, new_key=replace(named, key=a_key("other")), slot=named.after
    )

    settle(world, first, lost)

    held = world.holding(second, clock=LATER, rivals=[first])
    assert "has been adopted" in str(admission.objection(held))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"slot": None}, "takes the slot of the last entry"),
        ({"ratify": True}, "nothing to ratify"),
    ],
)
def test_a_proposal_that_gives_a_key_says_so_in_one_way(
    changes: dict[str, object], says: str
) -> None:
    world = Confederation()
    proposal = a_loss(world, **changes)

    objection = admission.objection(world.holding(proposal))

    assert objection is not None
    assert says in objection


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"consented": False}, "has not signed"),
        ({"key": a_key("town-0")}, "has been a record key before"),
        ({"assembly": Town("stranger").id}, "not a member"),
    ],
)
def test_a_key_that_cannot_be_given_is_witnessed_by_nobody(
    change: dict[str, object], says: str
) -> None:
    world = Confederation()
    lost = world.towns[-1]
    assert lost.record.head is not None
    named = NewKey(assembly=lost.id, key=FRESH, after=lost.record.head, consented=True)
    proposal = a_loss(world, new_key=replace(named, **change))  # type: ignore[arg-type]

    objection = admission.objection(world.holding(proposal))

    assert objection is not None
    assert says in objection


def test_a_key_that_was_voted_down_is_not_given() -> None:
    world = Confederation()
    text = the_text(a_loss(world))
    result = settle(world, world.proposes(), world.towns[-1])

    assert new_key.given(world.compact, text, None) is None
    assert new_key.given(world.compact, text, replace(result, outcome="rejected")) is (
        None
    )


def test_whoever_was_given_a_key_may_lose_that_one_too() -> None:
    world = Confederation()
    lost = world.towns[-1]
    other = a_key("other")
    assert lost.record.head is not None
    first = (lost.id, FRESH, lost.record.head)
    event = KeyEvent(op="add", key=FRESH, decided=lost.record.head, consented=True)
    lost.publishes(event)
    assert lost.record.head is not None
    second = (lost.id, other, lost.record.head)
    again = replace(event, key=other)

    assert new_key.here([first, second], lost.id, lost.record.head) == {other}
    keys = lost.record.keys_at(lost.record.size)
    assert keys.after(again).current == other


def test_a_record_without_such_an_event_is_taken_whole() -> None:
    record: Record = Confederation().towns[0].record

    assert new_key.within(record, ()) is record
    assert new_key.all_within({record.assembly: record}, ()) == {
        record.assembly: record
    }


def test_a_key_is_given_to_whom_it_is_given() -> None:
    world = Confederation()
    one, other = world.towns[0].id, world.towns[1].id
    head = world.towns[0].record.head
    assert head is not None
    given = [(one, Multikey(FRESH), head)]

    assert new_key.here(given, other, head) == frozenset()
    assert new_key.here(given, one, world.towns[1].record.head) == frozenset()
