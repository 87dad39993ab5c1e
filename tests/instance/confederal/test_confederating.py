"""What an assembly does with others stands in its own record, and nothing else does."""

from pathlib import Path

import pytest

from activitypub import proofs
from confederation.errors import NotEntitled
from instance import chamber
from instance.confederal import confederating
from tests.instance.house import a_house, found, public
from tests.instance.three import OPENS, Three, a_vote, mandates, proposes


def test_the_vote_of_another_assembly_is_not_filed_in_our_record(
    together: Three,
) -> None:
    ours, theirs, _ = together.houses
    proposal = proposes(together, ours)
    together.confer(OPENS)
    delegate = mandates(together, theirs, proposal, at=OPENS)
    together.confer(OPENS)
    vote = a_vote(delegate, proposal)

    with ours.desk(OPENS) as desk, pytest.raises(NotEntitled, match="another assembly"):
        confederating.hand_in(desk, vote)

    with theirs.desk(OPENS) as desk:
        assert chamber.file_vote(desk, vote).assembly == delegate.assembly


def test_whoever_keeps_their_own_key_keeps_it_in_every_office(tmp_path: Path) -> None:
    house, key = a_house(tmp_path), public(proofs.new_key())
    with house.desk() as desk:
        found(house, desk)
        member = house.members[0]

        kept_here = confederating.take_office(desk, member)
        taken = confederating.take_office(desk, member, own_key=key)
        later = confederating.take_office(desk, member)

    assert (kept_here.kept_by, taken.kept_by, later.kept_by) == (
        "node",
        "delegate",
        "delegate",
    )
    assert later.key == key != kept_here.key
