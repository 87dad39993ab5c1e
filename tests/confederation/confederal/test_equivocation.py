"""Only its own people settle what an assembly wrote twice, by a decision confirmed."""

import copy
from itertools import permutations

import pytest

from confederation.confederal import equivocation
from confederation.confederal.history import Record
from confederation.errors import Refused, TooLate
from confederation.identifiers import Digest
from confederation.record import Entry, Equivocation, MemberCount, Settlement
from tests.confederation.world import Confederation, Town, digest_of


def two_records() -> tuple[Town, Town, Equivocation]:
    """One town that went on twice, and the contradiction that shows it."""
    [town, *_] = Confederation(3).towns
    town, other = copy.copy(town), copy.copy(town)
    town.publishes(MemberCount(members=60))
    other.publishes(MemberCount(members=61))
    parting = town.record.parts_from(other.record)
    assert parting is not None
    a, b = sorted((parting.a.digest, parting.b.digest))
    return town, other, Equivocation(of=town.id, a=a, b=b)


def settles(town: Town, shown: Equivocation, decision: Entry) -> Entry:
    return town.publishes(equivocation.settle(town.record, shown, decision.digest))


def test_what_is_settled_turns_the_other_side_away_whole() -> None:
    town, other, shown = two_records()
    later = other.publishes(MemberCount(members=62))

    settles(town, shown, town.decides())

    held = (town.record, other.record)
    turned = equivocation.turned_away(held)
    assert turned == {other.record.entries[-2].digest, later.digest}
    assert all(equivocation.turned_away(each) == turned for each in permutations(held))


def test_nothing_is_settled_by_one_teller_or_by_no_decision() -> None:
    town, other, shown = two_records()
    alone = town.decides(confirmed=False)
    rejected = town.decides(outcome="rejected")

    for decision in (alone, rejected, town.record.entries[0]):
        with pytest.raises(Refused):
            equivocation.settle(town.record, shown, decision.digest)
        # Whoever holds the machine can sign it all the same.
        town.publishes(forged(town, shown, decision.digest))

    assert equivocation.turned_away((town.record, other.record)) == frozenset()


def test_a_decision_of_the_other_side_settles_nothing_here() -> None:
    town, other, shown = two_records()
    theirs = other.decides()

    town.publishes(forged(town, shown, theirs.digest))

    assert equivocation.turned_away((town.record, other.record)) == frozenset()


@pytest.mark.parametrize(
    "what", ["one side", "no side", "unknown", "nothing", "before", "their two"]
)
def test_what_names_other_entries_than_those_two_settles_nothing(what: str) -> None:
    town, other, shown = two_records()
    ours = next(each for each in (shown.a, shown.b) if town.record.get(each))
    [theirs] = {shown.a, shown.b} - {ours}
    joined, decision = town.record.entries[1].digest, town.decides().digest
    their_next = other.publishes(MemberCount(members=62)).digest
    a, b, stands = {
        "one side": (ours, ours, ours),
        "no side": (ours, theirs, joined),
        "unknown": (ours, digest_of("unknown"), ours),
        "nothing": (digest_of("unknown"), theirs, digest_of("unknown")),
        "before": (ours, joined, ours),
        "their two": (theirs, their_next, ours),
    }[what]

    town.publishes(Settlement(a=a, b=b, stands=stands, decision=decision))

    assert equivocation.turned_away((town.record, other.record)) == frozenset()


def test_two_sides_that_settle_it_each_for_itself_settle_nothing() -> None:
    town, other, shown = two_records()
    settles(town, shown, town.decides())
    settles(other, shown, other.decides())

    assert equivocation.turned_away((town.record, other.record)) == frozenset()


def test_it_is_settled_once() -> None:
    town, _, shown = two_records()
    settles(town, shown, town.decides())

    with pytest.raises(TooLate):
        equivocation.settle(town.record, shown, town.decides().digest)


def test_a_record_that_holds_neither_side_settles_nothing() -> None:
    _, _, shown = two_records()
    hill = Town("hill")

    with pytest.raises(Refused, match="Neither side"):
        equivocation.settle(hill.record, shown, hill.decides().digest)


def test_where_nothing_parts_nothing_is_turned_away() -> None:
    town, _, shown = two_records()
    settles(town, shown, town.decides())
    shorter = Record.of(town.record.entries[:-1])

    assert equivocation.turned_away((town.record, shorter)) == frozenset()
    assert equivocation.turned_away(()) == frozenset()


def forged(town: Town, shown: Equivocation, decision: Digest) -> Settlement:
    stands = next(each for each in (shown.a, shown.b) if town.record.get(each))
    return Settlement(a=shown.a, b=shown.b, stands=stands, decision=decision)
