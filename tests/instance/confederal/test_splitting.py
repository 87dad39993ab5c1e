"""An assembly that has split is let in again by the others, and never by itself."""

from confederation import record
from confederation.identifiers import BallotId, Digest
from confederation.record import MemberCount, Membership, Method, Succession
from instance import clerk, vocabulary
from tests.instance.house import House
from tests.instance.three import OPENS, Three, act, assembly_of, proposes


def splits(house: House, other: House) -> Digest:
    """Split by consent into those who stay and those who go elsewhere."""
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


def test_the_half_that_stays_does_not_let_itself_in_again(together: Three) -> None:
    harbour, quarry, mill = together.houses
    splits(mill, quarry)
    with mill.desk(OPENS) as desk:
        fact = Membership(compact=together.compact.digest, act="join")
        clerk.publish(desk, "Membership", vocabulary.wire(fact))
        clerk.publish(desk, "MemberCount", vocabulary.wire(MemberCount(members=20)))
    proposal = proposes(together, mill)
    together.confer(OPENS)

    stands = together.standing(harbour, proposal, OPENS)

    assert stands.opened_by == (assembly_of(mill),)
