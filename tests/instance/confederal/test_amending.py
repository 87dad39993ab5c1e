"""A compact changes by a decision under it, on real nodes and in real records."""

from datetime import timedelta
from pathlib import Path

import pytest

from activitypub.canonical import JsonObject
from activitypub.errors import Malformed
from confederation import record
from confederation.confederal import council
from confederation.confederal.compact import Rules
from confederation.confederal.council import State
from confederation.errors import Invalid
from confederation.identifiers import Digest
from instance import chamber, clerk, vocabulary
from instance.confederal import confederating
from tests.instance import amending
from tests.instance.amending import adopted, following, hand_round, lineage, seat_of
from tests.instance.serving import folkmoot
from tests.instance.three import (
    LATER,
    OPENS,
    Three,
    mandates,
    proposes,
    votes,
)

AFTER = OPENS + timedelta(hours=6)


def test_a_compact_changes_by_a_decision_and_every_node_finds_it(
    together: Three,
) -> None:
    new = following(together.compact, rules=Rules(quorum="2/3"), themes=("damp",))

    changed = adopted(together, new)

    for house in changed.houses:
        line = lineage(house, together.compact, at=AFTER)
        assert [each.digest for each in line.versions] == [
            together.compact.digest,
            new.digest,
        ]


def test_what_is_proposed_under_the_new_version_is_decided_by_its_rules(
    together: Three,
) -> None:
    new = following(together.compact, rules=Rules(threshold="1"))
    changed = adopted(together, new)
    closes = AFTER + timedelta(hours=4)

    proposal = proposes(
        changed, changed.houses[1], at=AFTER, opens=AFTER, closes=closes
    )
    changed.confer(AFTER)
    for house in changed.houses:
        delegate = mandates(
            changed, house, proposal, at=AFTER, until=closes + timedelta(hours=1)
        )
        votes(house, delegate, proposal, at=AFTER)
    changed.confer(AFTER)
    two = changed.houses[:2]
    later = closes + timedelta(hours=1)
    changed.confer(later, among=two)
    waits = changed.standing(two[0], proposal, later)
    changed.confer(later)

    assert waits.state is not State.CONFIRMED
    for house in changed.houses:
        stands = changed.standing(house, proposal, later)
        assert stands.state is State.CONFIRMED
        assert stands.confirmed is not None
        assert stands.confirmed.compact == new.digest


def test_what_was_open_goes_on_under_its_own_version(together: Three) -> None:
    closes = AFTER + timedelta(hours=4)
    before = proposes(
        together, together.houses[2], at=OPENS, opens=OPENS, closes=closes
    )
    together.confer(OPENS)
    gone = seat_of(together.houses[2])
    new = following(together.compact, members=together.compact.members[:2])
    changed = adopted(together, new)

    for house in changed.houses:
        delegate = mandates(
            together, house, before, at=AFTER, until=closes + timedelta(hours=1)
        )
        votes(house, delegate, before, at=AFTER)
    changed.confer(AFTER)
    changed.confer(closes + timedelta(hours=1))

    for house in changed.houses:
        stands = changed.standing(house, before, closes + timedelta(hours=1))
        assert stands.confirmed is not None
        assert stands.confirmed.compact == together.compact.digest
        assert stands.confirmed.figures.seats == 3
    assert new.seat_of(gone.assembly) is None


def test_nobody_witnesses_what_comes_under_a_superseded_version(
    together: Three,
) -> None:
    new = following(together.compact, themes=("damp",))
    changed = adopted(together, new)
    closes = AFTER + timedelta(hours=4)

    late = proposes(together, together.houses[2], at=AFTER, opens=AFTER, closes=closes)
    changed.confer(AFTER)

    first = changed.houses[0]
    assert changed.standing(first, late, AFTER).state is State.DRAFT
    with first.desk(AFTER) as desk:
        held = chamber.holding(desk, chamber.proposal(desk, late))
        assert held is not None
        assert held.superseded


def test_a_node_without_the_document_witnesses_nothing_and_asks_for_it(
    together: Three,
) -> None:
    new = following(together.compact, themes=("damp",))
    proposal = amending.changes(together, new)
    together.confer(OPENS)
    first, second, _ = together.houses
    before = together.standing(second, proposal, OPENS)

    with second.desk(OPENS) as desk:
        wanted = confederating.lacking(desk)
    answer = amending.served(first, new.digest)
    assert answer is not None
    with second.desk(OPENS) as desk:
        confederating.learn(desk, wanted=new.digest, answer=answer)
        lacks = confederating.lacking(desk)
    together.confer(OPENS)

    assert before.state is State.DRAFT
    assert wanted == [new.digest]
    assert lacks == []
    assert together.standing(second, proposal, OPENS).state is State.OPEN


def test_a_document_other_than_the_one_asked_for_is_not_kept(together: Three) -> None:
    new = following(together.compact, themes=("damp",))
    forged = following(together.compact, themes=("heat",))
    amending.changes(together, new)
    together.confer(OPENS)
    second = together.houses[1]
    answer: JsonObject = {"compact": vocabulary.compact_document(forged), "texts": []}

    with second.desk(OPENS) as desk, pytest.raises(Invalid):
        confederating.learn(desk, wanted=new.digest, answer=answer)
    with second.desk(OPENS) as desk, pytest.raises((Invalid, Malformed)):
        confederating.learn(desk, wanted=new.digest, answer={})

    with second.desk(OPENS) as desk:
        assert chamber.compact_of(desk, forged.digest) is None


def test_an_assembly_that_applied_is_admitted_and_votes(
    together: Three, tmp_path: Path
) -> None:
    newcomer = amending.a_newcomer(tmp_path)
    four = amending.introduce(together, newcomer)
    amending.applies(together, newcomer)
    four.exchange(OPENS)
    members = (*together.compact.members, seat_of(newcomer))
    new = following(together.compact, members=members)

    changed = adopted(four, new)

    closes = AFTER + timedelta(hours=4)
    proposal = proposes(changed, newcomer, at=AFTER, opens=AFTER, closes=closes)
    changed.confer(AFTER)
    for house in changed.houses:
        delegate = mandates(
            changed, house, proposal, at=AFTER, until=closes + timedelta(hours=1)
        )
        votes(house, delegate, proposal, at=AFTER)
    changed.confer(AFTER)
    changed.confer(closes + timedelta(hours=1))
    for house in changed.houses:
        stands = changed.standing(house, proposal, closes + timedelta(hours=1))
        assert stands.confirmed is not None
        assert stands.confirmed.outcome == "adopted"
        assert stands.confirmed.figures.cast == 4
    with newcomer.desk(AFTER) as desk:
        ours = chamber.our_seats(desk)
    assert [each.digest for each in ours] == [new.digest]


def test_whoever_has_not_applied_is_admitted_by_nobody(
    together: Three, tmp_path: Path
) -> None:
    newcomer = amending.a_newcomer(tmp_path)
    four = amending.introduce(together, newcomer)
    four.exchange(OPENS)
    members = (*together.compact.members, seat_of(newcomer))
    new = following(together.compact, members=members)
    proposal = amending.changes(four, new)
    hand_round(four.houses, new, at=OPENS)

    four.confer(OPENS)

    assert four.standing(four.houses[0], proposal, OPENS).state is State.DRAFT


def test_an_observer_has_no_vote_and_says_nothing(
    together: Three, tmp_path: Path
) -> None:
    newcomer = amending.a_newcomer(tmp_path)
    four = amending.introduce(together, newcomer)
    amending.applies(together, newcomer)
    proposal = proposes(together, together.houses[0])
    four.confer(OPENS)

    stands = four.standing(newcomer, proposal, OPENS)

    assert stands.state is State.OPEN
    ours = seat_of(newcomer).assembly
    assert ours not in stands.opened_by
    with newcomer.desk(OPENS) as desk:
        kept = chamber.record_of(desk, ours)
    assert kept is not None
    assert not tuple(kept.facts(record.Witness))


def test_one_that_left_names_the_compact_and_has_no_seat_in_the_next_version(
    together: Three,
) -> None:
    third = together.houses[2]
    leaving = record.Membership(compact=Digest(together.compact.identity), act="leave")
    new = following(together.compact, themes=("damp",))
    changed = adopted(together, new)
    with third.desk(AFTER) as desk:
        clerk.publish(desk, "Membership", vocabulary.wire(leaving))
    closes = AFTER + timedelta(hours=4)

    proposal = proposes(changed, third, at=AFTER, opens=AFTER, closes=closes)
    changed.confer(AFTER)

    assert changed.standing(changed.houses[0], proposal, AFTER).state is State.DRAFT
    with third.desk(AFTER) as desk:
        assert chamber.our_seats(desk) == []


def test_the_council_of_a_later_version_asks_for_its_adoption(
    together: Three,
) -> None:
    new = following(together.compact, themes=("damp",))
    hand_round(together.houses, new, at=OPENS)
    proposal = proposes(together, together.houses[0], compact=new.digest)
    together.confer(OPENS)

    with together.houses[1].desk(OPENS) as desk:
        held = chamber.holding(desk, chamber.proposal(desk, proposal))
    assert held is not None
    assert not held.enacted
    assert council.standing(held, LATER).state is not State.CONFIRMED


def test_the_command_line_lists_each_version_with_its_digest(together: Three) -> None:
    new = following(together.compact, themes=("damp",))
    changed = adopted(together, new)
    directory = str(changed.houses[0].config.directory)

    lines = folkmoot("compact", "list", directory).stdout.splitlines()

    assert [line.split() for line in lines] == [
        ["version", "2", new.digest, "3", "with", "a", "seat"],
        ["version", "1", together.compact.digest, "3", "with", "a", "seat"],
    ]
