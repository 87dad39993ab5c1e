"""An assembly that wrote two records is heard on both, and settles it itself."""

from datetime import timedelta
from pathlib import Path

import pytest

from activitypub import canonical, log
from confederation import record
from confederation.errors import Refused, TooLate, Unknown
from confederation.identifiers import Digest
from confederation.record import Equivocation
from instance import archive, chamber, speech, vocabulary
from instance.archive import Outcome
from instance.store import branches, contradictions, records
from instance.upkeep import keys
from tests.instance.house import House
from tests.instance.records import gives_all
from tests.instance.three import (
    OPENS,
    Three,
    an_entry,
    assembly_of,
    decides,
    mandates,
    proposes,
    the_key,
    the_record,
    votes,
)

LATER = OPENS + timedelta(minutes=5)


@pytest.fixture
def split(together: Three, tmp_path: Path) -> tuple[Three, House]:
    """Three nodes, of which the second goes on twice, and its other self.

    The first follows the second itself, and the third its other self.
    """
    twin = together.moved(tmp_path / "twin").houses[1]
    first, second, third = together.houses
    decides(second)
    decides(second)
    decides(twin)
    assert gives_all(second, first)[-1] is Outcome.APPENDED
    assert gives_all(twin, third)[-1] is Outcome.APPENDED
    return together, twin


def test_all_of_a_second_record_is_held_and_heard(split: tuple[Three, House]) -> None:
    together, twin = split
    _, second, third = together.houses
    whose, last = assembly_of(twin), the_record(second)[-2:]
    outcomes = gives_all(second, third)

    again = gives_all(second, third)

    assert outcomes[-2:] == [Outcome.CONTRADICTS] * 2
    assert again[-2:] == [Outcome.HELD_ALREADY] * 2
    with third.desk(LATER) as desk:
        held = [each.digest for each in branches.of(desk.connection, whose)]
        assert len(contradictions.held(desk.connection)) == 1
    assert held == [canonical.digest(each) for each in last]


def test_what_was_said_on_the_other_side_counts(
    together: Three, tmp_path: Path
) -> None:
    first, second, third = together.houses
    proposal = proposes(together, first)
    together.confer(OPENS)
    twin = together.moved(tmp_path / "twin").houses[1]
    filed = votes(first, mandates(together, first, proposal), proposal)
    gives_all(first, twin)
    decides(second)
    decides(twin)
    with twin.desk(OPENS) as desk:
        chamber.confer(desk)
    gives_all(first, third)
    gives_all(second, third)

    gives_all(twin, third)

    with third.desk(OPENS) as desk:
        stands = chamber.standing(desk, chamber.proposal(desk, proposal))
    assert stands is not None
    [revised] = [each for each in stands.revisions if each.digest == filed]
    assert assembly_of(second) in revised.witnesses


def test_an_assembly_settles_what_it_signed_twice(split: tuple[Three, House]) -> None:
    together, twin = split
    first, second, third = together.houses
    turned_away = {canonical.digest(the_record(twin)[-1])}
    shown = the_contradiction(second, by=twin)
    settled = settles(second, shown)

    for house in (first, third):
        gives_all(second, house)
        gives_all(twin, house)

    whose = assembly_of(second)
    for house in (first, third):
        with house.desk(LATER) as desk:
            known = records.assembly(desk.connection, whose)
            assert known is not None
            assert known.head == settled
            assert archive.is_sound(desk, known)
            assert chamber.turned_away(desk, known.id) == turned_away
            # Nothing of the other side is lost.
            assert archive.holds(desk, shown.a)
            assert archive.holds(desk, shown.b)


def test_whose_side_was_turned_away_is_witnessed_no_more_and_the_other_is(
    together: Three, tmp_path: Path
) -> None:
    first, second, _ = together.houses
    whose = assembly_of(second)
    proposal = proposes(together, first)
    together.confer(OPENS)
    twin = together.moved(tmp_path / "twin").houses[1]
    ours = votes(second, mandates(together, second, proposal), proposal)
    theirs = votes(twin, mandates(together, twin, proposal), proposal)
    gives_all(second, first)
    gives_all(twin, first)
    with first.desk(OPENS) as desk:
        accused = chamber.holding(desk, chamber.proposal(desk, proposal))
        assert accused is not None
        assert accused.accused() == {whose}

    settles(second, the_contradiction(second, by=twin))
    gives_all(second, first)

    with first.desk(OPENS) as desk:
        held = chamber.holding(desk, chamber.proposal(desk, proposal))
        assert held is not None
        assert held.accused() == frozenset()
        chamber.confer(desk)
        stands = chamber.standing(desk, chamber.proposal(desk, proposal))
    assert stands is not None
    by = {each.digest: each.witnesses for each in stands.revisions}
    assert assembly_of(first) in by[ours]
    assert assembly_of(first) not in by[theirs]


def test_without_a_decision_of_two_tellers_nothing_is_settled(
    split: tuple[Three, House],
) -> None:
    together, twin = split
    _, second, third = together.houses
    whose, followed = assembly_of(second), canonical.digest(the_record(twin)[-1])
    shown = the_contradiction(second, by=twin)
    alone = record.Settlement(
        a=shown.a,
        b=shown.b,
        stands=Digest(canonical.digest(the_record(second)[-2])),
        decision=Digest(canonical.digest(the_record(second)[0])),
    )
    forged = an_entry(
        second, "Settlement", vocabulary.wire(alone), after=the_record(second)[-1]
    )
    gives_all(second, third)

    with third.desk(LATER) as desk:
        archive.file(desk, forged)

        assert chamber.turned_away(desk, whose) == frozenset()
        known = records.assembly(desk.connection, whose)
        assert known is not None
        assert known.head == followed
    with second.desk(LATER) as desk, pytest.raises(Refused):
        chamber.settle(desk, shown, alone.decision)


def test_two_sides_that_both_settle_it_settle_nothing(
    split: tuple[Three, House],
) -> None:
    together, twin = split
    first, second, _ = together.houses
    settles(second, the_contradiction(second, by=twin))
    settles(twin, the_contradiction(twin, by=second))

    gives_all(second, first)
    gives_all(twin, first)

    whose = assembly_of(second)
    with first.desk(LATER) as desk:
        assert chamber.turned_away(desk, whose) == frozenset()


def test_a_contradiction_is_settled_once_and_only_ones_own(
    split: tuple[Three, House],
) -> None:
    together, twin = split
    first, second, _ = together.houses
    shown = the_contradiction(second, by=twin)
    settles(second, shown)

    decision = decides(second)
    with second.desk(LATER) as desk, pytest.raises(TooLate):
        chamber.settle(desk, shown, decision)

    gives_all(second, first)
    gives_all(twin, first)
    with first.desk(LATER) as desk, pytest.raises(Unknown):
        chamber.settle(desk, shown, decision)


def test_a_checkpoint_over_the_other_side_is_settled_with_it(
    split: tuple[Three, House],
) -> None:
    together, twin = split
    first, second, _ = together.houses
    whose, note = assembly_of(second), a_checkpoint(twin)
    with first.desk(LATER) as desk:
        known = records.assembly(desk.connection, whose)
        assert known is not None
        archive.keep_false_checkpoint(desk, known, note)
        assert len(list(chamber.evidence(desk))) == 1

    settles(second, the_contradiction(second, by=twin))
    gives_all(second, first)
    gives_all(twin, first)

    with first.desk(LATER) as desk:
        turned = chamber.turned_away(desk, whose)
        assert all({each.a, each.b} & turned for each in chamber.evidence(desk))
        assert len(list(chamber.evidence(desk))) == 2


def the_contradiction(house: House, *, by: House) -> Equivocation:
    """Let a node be shown what its other self signed; return the contradiction."""
    whose, signed = assembly_of(house), the_record(by)
    with house.desk(LATER) as desk:
        for each in signed:
            archive.file(desk, each)
        [shown] = chamber.evidence(desk, whose)
    return shown


def settles(house: House, shown: Equivocation) -> Digest:
    decision = decides(house)
    with house.desk(LATER) as desk:
        return chamber.settle(desk, shown, decision).digest


def a_checkpoint(house: House) -> log.SignedNote:
    """Sign a checkpoint over all of a record, as its own node does."""
    nodes = log.MemoryNodes()
    tree = log.Tree(0, nodes)
    for each in the_record(house):
        tree, made = tree.append(canonical.canonical(each))
        nodes.keep(made)
    origin = speech.log_origin(house.config.group)
    point = log.Checkpoint(origin=origin, size=tree.size, root=tree.root())
    return log.sign_note(log.note_body(point), origin, the_key(house, keys.RECORD_KEY))
