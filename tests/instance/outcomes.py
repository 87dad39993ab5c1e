"""An outcome that three assemblies adopted, and what each of them decides on it."""

from datetime import datetime, timedelta

from confederation.confederal.ratifying import Course
from confederation.identifiers import BallotId, Digest
from confederation.record import Decision, Method
from instance import chamber
from tests.instance.house import House
from tests.instance.three import (
    LATER,
    OPENS,
    Three,
    act,
    mandates,
    proposes,
    votes,
)

BELL = LATER - timedelta(hours=1) + timedelta(days=30)
AFTER = BELL + timedelta(hours=1)
DURING = LATER + timedelta(days=3)


def adopted(together: Three) -> Digest:
    """Let all three vote for a proposal whose outcome is to be ratified."""
    proposal = proposes(together, together.houses[0], ratify=True)
    together.confer(OPENS)
    for house in together.houses:
        votes(house, mandates(together, house, proposal, at=OPENS), proposal)
    together.confer(OPENS)
    together.confer(LATER)
    return proposal


def course(house: House, proposal: Digest, at: datetime = AFTER) -> Course:
    with house.desk(at) as desk:
        now = chamber.course(desk, chamber.proposal(desk, proposal))
    assert now is not None
    return now


def says(
    house: House, proposal: Digest, answer: str = "passed", *, at: datetime = DURING
) -> Digest:
    """Let an assembly decide on the outcome, and two tellers confirm it."""
    result = course(house, proposal, at).result
    assert result is not None
    with house.desk(at) as desk:
        ballot = BallotId(desk.new_id())
    decision = Decision(
        ballot=ballot,
        method=Method(name="majority"),
        present=41,
        outcome=answer,  # type: ignore[arg-type]
        effective_from=at,
        on=result,
    )
    return act(house, decision, subject=ballot, at=at)
