"""An assembly splits, one half moves to a fourth node, and the compact goes on."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from confederation import record
from confederation.compact import Compact, Seat
from confederation.identifiers import ActorId, BallotId, Digest, Multikey, OptionId
from confederation.record import MemberCount, Membership, Method, Succession
from instance import chamber, clerk, vocabulary
from instance.store import compacts, records
from tests.instance.house import House, a_house, found
from tests.instance.three import (
    LATER,
    OPENS,
    Three,
    act,
    assembly_of,
    keep_compact,
    mandates,
    proposes,
    votes,
)

NEXT_DAY = LATER + timedelta(days=1)
DAY = timedelta(days=1)


def a_fourth(together: Three, directory: Path) -> House:
    """Found the assembly to which the second half of the third one moves."""
    house = a_house(directory, slug="shore", port=8004)
    with house.desk() as desk:
        found(house, desk)
    id, key = assembly_of(house), key_of(house)
    for each in together.houses:
        with each.desk() as desk:
            address = house.config.group
            records.keep_assembly(desk.connection, id, address=address, key=key)
    with together.houses[0].desk() as desk:
        document = compacts.document(desk.connection, together.compact.digest)
    assert document is not None
    with house.desk() as desk:
        keep_compact(desk, document)
    return house


def key_of(house: House) -> Multikey:
    with house.desk() as desk:
        ours = records.ours(desk.connection)
    assert ours is not None
    return ours.key


def splits(house: House, other: House) -> Digest:
    """Split by consent into those who stay and those who move."""
    decision = record.Decision(
        ballot=BallotId("the last one"),
        method=Method(name="consent"),
        present=40,
        outcome="passed",
        effective_from=OPENS,
    )
    decided = act(house, decision, subject="the last one", at=OPENS)
    fact = Succession(
        act="split",
        decision=decided,
        successors=(assembly_of(house), assembly_of(other)),
    )
    return act(house, fact, subject="the last one", at=OPENS)


def test_a_split_freezes_the_seat_until_the_others_let_both_halves_in(
    together: Three, tmp_path: Path
) -> None:
    harbour, quarry, mill = together.houses
    shore = a_fourth(together, tmp_path)
    proposal = proposes(together, harbour)
    together.confer(OPENS)
    for house in together.houses:
        given = mandates(together, house, proposal, at=OPENS)
        votes(house, given, proposal)
    together.confer(OPENS)

    ended = splits(mill, shore)
    together.confer(OPENS)
    together.confer(LATER)

    for house in together.houses:
        confirmed = together.standing(house, proposal).confirmed
        assert confirmed is not None
        assert confirmed.outcome == "adopted"
        assert confirmed.figures.seats == 2
        assert confirmed.figures.assemblies[OptionId("for")] == 2
        assert "seat emptied" in {each.rule for each in confirmed.certified}

    everybody = Three(houses=(*together.houses, shore), compact=together.compact)
    version = let_in(everybody, ended)
    after = replace(everybody, compact=version)
    following = proposes(
        after, quarry, at=NEXT_DAY, opens=NEXT_DAY, closes=NEXT_DAY + DAY / 2
    )
    after.confer(NEXT_DAY)
    for house in after.houses:
        given = mandates(after, house, following, at=NEXT_DAY, until=NEXT_DAY + DAY)
        votes(house, given, following, at=NEXT_DAY)
    after.confer(NEXT_DAY)
    after.confer(NEXT_DAY + DAY)

    for house in after.houses:
        confirmed = after.standing(house, following, NEXT_DAY + DAY).confirmed
        assert confirmed is not None
        assert confirmed.figures.seats == 4
        assert confirmed.figures.cast == 4
        # What was decided before keeps its digest and its result.
        before = after.standing(house, proposal, NEXT_DAY + DAY).confirmed
        assert before is not None
        assert before.proposal == proposal


def let_in(everybody: Three, ended: Digest) -> Compact:
    """Adopt a version that lets in what stays of the third, and the fourth."""
    harbour, quarry, mill, shore = everybody.houses
    first = everybody.compact
    joining = Membership(compact=Digest(first.identity), act="apply")
    with shore.desk(LATER) as desk:
        clerk.publish(desk, "Membership", vocabulary.wire(joining))
    one, two, three_ = first.members
    version = replace(
        first,
        first=first.identity,
        previous=first.digest,
        members=(
            one,
            two,
            replace(three_, readmitted=ended),
            Seat(
                assembly=assembly_of(shore),
                address=ActorId(shore.config.group),
                key=key_of(shore),
            ),
        ),
    )
    document = vocabulary.compact_document(version)
    version = vocabulary.read_compact(document)
    for house in everybody.houses:
        with house.desk(LATER) as desk:
            keep_compact(desk, document)
    everybody.exchange(LATER)
    change = proposes(
        everybody,
        harbour,
        at=LATER,
        opens=LATER,
        closes=LATER + DAY / 4,
        compact_next=version.digest,
        slot=first.digest,
    )
    everybody.confer(LATER)
    for house in (harbour, quarry):
        given = mandates(everybody, house, change, at=LATER, until=LATER + DAY)
        votes(house, given, change, at=LATER)
    everybody.confer(LATER)
    everybody.confer(LATER + DAY / 2)
    with harbour.desk(NEXT_DAY) as desk:
        line = chamber.lineage(desk, first.identity)
    assert line is not None
    assert line.newest.digest == version.digest
    for house in (mill, shore):
        with house.desk(NEXT_DAY) as desk:
            fact = Membership(compact=version.digest, act="join")
            clerk.publish(desk, "Membership", vocabulary.wire(fact))
    everybody.exchange(NEXT_DAY)
    return version


def test_the_half_that_stays_does_not_let_itself_in_again(
    together: Three, tmp_path: Path
) -> None:
    harbour, _, mill = together.houses
    shore = a_fourth(together, tmp_path)
    splits(mill, shore)
    with mill.desk(OPENS) as desk:
        fact = Membership(compact=together.compact.digest, act="join")
        clerk.publish(desk, "Membership", vocabulary.wire(fact))
        clerk.publish(desk, "MemberCount", vocabulary.wire(MemberCount(members=20)))
    proposal = proposes(together, mill)
    together.confer(OPENS)

    stands = together.standing(harbour, proposal, OPENS)

    assert stands.opened_by == (assembly_of(mill),)
