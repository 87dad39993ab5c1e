"""What is adopted above is ratified by those below, also where their seat moved."""

from datetime import timedelta

import pytest

from confederation.confederal.ratifying import Stage
from confederation.identifiers import Digest
from confederation.record import Bearers, Ratification
from instance import bundle, chamber
from instance.bundle import Verdict
from tests.instance.house import House
from tests.instance.nested import SOON, carried, decided_below, nested
from tests.instance.outcomes import AFTER, DURING, course, says
from tests.instance.three import (
    LATER,
    OPENS,
    Three,
    assembly_of,
    mandates,
    proposes,
    votes,
)
from tests.second.comparing import both


def adopted_above(together: Three, above: Three, below: Three) -> Digest:
    """Let the district adopt what is then to be ratified."""
    harbour, quarry = above.houses
    proposal = proposes(above, harbour, ratify=True)
    together.confer(OPENS)
    asked = decided_below(together, below, proposal)
    votes(quarry, carried(quarry, above, asked, proposal, "for"), proposal, at=SOON)
    votes(harbour, mandates(above, harbour, proposal, at=SOON), proposal, at=SOON)
    together.confer(SOON)
    together.confer(LATER)
    return proposal


def filed(house: House) -> list[Digest | None]:
    """Give what the answers in the record of a house rest on."""
    assembly = assembly_of(house)
    with house.desk(AFTER) as desk:
        kept = chamber.record_of(desk, assembly)
    assert kept is not None
    return [fact.decision for _, fact in kept.facts(Ratification)]


@pytest.mark.parametrize("answers", ["the bearer", "its substitute"])
def test_those_below_ratify_and_whoever_bears_their_seat_says_it(
    together: Three, answers: str
) -> None:
    moved = answers == "its substitute"
    above, below = nested(together)
    harbour, quarry = above.houses
    mill = below.houses[1]
    proposal = adopted_above(together, above, below)
    result = course(harbour, proposal, DURING).result
    named = Bearers(assemblies=(assembly_of(mill),), compact=above.compact.identity)
    asked = decided_below(
        together, below, result, bearers=named if moved else None, at=DURING
    )
    says(harbour, proposal)
    # What the bearer's own assembly decides on it is no answer.
    says(quarry, proposal, "rejected")
    together.confer(DURING + timedelta(days=1))

    together.confer(AFTER)

    ends = course(harbour, proposal)
    assert ends.state is Stage.IN_FORCE
    assert ends.bound == tuple(seat.assembly for seat in above.compact.members)
    assert filed(quarry) == ([] if moved else [asked])
    assert filed(mill) == ([asked] if moved else [])
    with harbour.desk(AFTER) as desk:
        data = bundle.export(desk, proposal)
    ours, theirs = both(data, above.compact.digest)
    assert ours["verdict"] == theirs["verdict"] == Verdict.VERIFIED
    assert ours["in_force"] is True
