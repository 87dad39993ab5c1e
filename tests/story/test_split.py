"""An assembly splits, one half moves to a node of its own, and all others follow.

Story T3, step 6, over four nodes and somebody who follows from another server. At the
end the half that moved merges into another assembly: then there is one place to go on.
"""

from dataclasses import replace
from pathlib import Path

from activitypub import canonical
from confederation import record
from confederation.identifiers import AssemblyId, BallotId, Digest, OptionId
from confederation.record import Membership, Method, Succession
from instance import clerk, vocabulary
from instance.confederal import confederating
from instance.store import records
from tests.instance.amending import applies, seat_of
from tests.instance.elsewhere import an_account
from tests.instance.gone_wrong import AT_MOST, Valley, a_valley, in_hex, page
from tests.instance.house import House
from tests.instance.serving import now, until
from tests.instance.three import act, assembly_of
from tests.instance.wire import get
from tests.story.following import follows, read_by
from tests.story.valley import another, changes, looks_up, open_for, vote


def test_an_assembly_splits_and_everybody_is_led_to_both_parts(tmp_path: Path) -> None:
    with a_valley(tmp_path) as three_, an_account() as reader:
        valley = another(three_, tmp_path, "shore")
        harbour, quarry, mill, shore = valley.together.houses
        node_a, _, _, node_d = valley.nodes
        follows(reader, mill)
        closed = AT_MOST + open_for(valley)
        before = three_.opens(harbour, seconds=open_for(valley))
        until(lambda: three_.opened(before))
        for house in (harbour, quarry, mill):
            vote(valley, house, before)
        until(lambda: three_.certified(harbour, before) == {0, 1, 2}, AT_MOST)

        learns_of(mill, shore)
        ended = ends(mill, "split", assembly_of(mill), assembly_of(shore))

        # Whoever follows reads of both, and nobody is moved: there are two to follow.
        until(lambda: shore.config.group in read_by(reader))
        assert mill.config.group in read_by(reader)
        follows(reader, shore)

        changed = lets_both_in(valley, ended)
        for house in (harbour, quarry, mill):
            until(lambda house=house: three_.confirmed(house, before), closed)
            stands = three_.sees(house, before)
            assert stands is not None
            assert stands.confirmed is not None
            assert stands.confirmed.outcome == "adopted"
            assert stands.confirmed.figures.seats == 2
            assert stands.confirmed.figures.assemblies[OptionId("for")] == 2
            rules = {each.rule for each in stands.confirmed.certified}
            assert "seat emptied" in rules
        confirmed = three_.confirmed(harbour, before)

        decides_on(changed, quarry)

        # What was decided before keeps its digest, its place and its result.
        for house, node in zip(changed.together.houses, changed.nodes, strict=True):
            held = get(f"{node.base}/mirror/sha256/{in_hex(before)}")
            assert canonical.digest_of(held.content) == before
            assert "Adopted" in page(node, f"/proposals/{in_hex(before)}")
            assert changed.confirmed(house, before) == confirmed
        assert reader.of_type("Move") == []
        assert "movedTo" not in get(mill.config.group).json()

        merges(changed, shore, into=harbour)
        until(lambda: reader.of_type("Move"), AT_MOST)

        [move] = reader.of_type("Move")
        assert move["actor"] == move["object"] == shore.config.group
        assert move["target"] == harbour.config.group
        assert move["proof"]["verificationMethod"].startswith(shore.config.group)
        # Both ends say so: other servers believe nothing less.
        assert (
            shore.config.group in get(f"{node_a.base}/g/harbour").json()["alsoKnownAs"]
        )
        assert get(f"{node_d.base}/g/shore").json()["movedTo"] == harbour.config.group


def learns_of(house: House, other: House) -> None:
    """Ask another assembly who it is, by its address, as whoever names it does."""
    seat = confederating.seat_of(get(other.config.group).json())
    with house.desk(now()) as desk:
        records.keep_assembly(
            desk.connection, seat.assembly, address=seat.address, key=seat.key
        )


def ends(house: House, act_: str, *successors: AssemblyId) -> Digest:
    """Decide by consent that an assembly ends as it was; publish who goes on."""
    fact = Succession(
        act=act_,  # type: ignore[arg-type]
        decision=consents(house, act_),
        successors=successors,
    )
    return act(house, fact, subject=act_, at=now())


def consents(house: House, subject: str) -> Digest:
    decision = record.Decision(
        ballot=BallotId(subject),
        method=Method(name="consent"),
        present=40,
        outcome="passed",
        effective_from=now(),
    )
    return act(house, decision, subject=subject, at=now())


def lets_both_in(valley: Valley, ended: Digest) -> Valley:
    """Change the compact: what stays of the third, and the fourth, have a seat each."""
    _, _, mill, shore = valley.together.houses
    applies(valley.together, shore, at=now())
    looks_up(valley, 0, shore)
    one, two, three_ = valley.together.compact.members
    members = (one, two, replace(three_, readmitted=ended), seat_of(shore))
    changed = changes(valley, members, votes_=(0, 1))
    for house in (mill, shore):
        with house.desk(now()) as desk:
            fact = Membership(compact=changed.together.compact.digest, act="join")
            clerk.publish(desk, "Membership", vocabulary.wire(fact))
    return changed


def decides_on(valley: Valley, by: House) -> None:
    """Settle something that all four seats vote on."""
    proposal = valley.opens(by, seconds=open_for(valley))
    until(lambda: valley.opened(proposal), AT_MOST)
    for house in valley.together.houses:
        vote(valley, house, proposal)
    closed = AT_MOST + open_for(valley)
    for house in valley.together.houses:
        until(lambda house=house: valley.confirmed(house, proposal, by=4), closed)
        stands = valley.sees(house, proposal)
        assert stands is not None
        assert stands.confirmed is not None
        assert stands.confirmed.figures.seats == 4
        assert stands.confirmed.figures.cast == 4


def merges(valley: Valley, house: House, *, into: House) -> None:
    end = ends(house, "merge", assembly_of(into))
    taken = Succession(act="succeed", decision=consents(into, "take in"), of=end)
    act(into, taken, subject="take in", at=now())
