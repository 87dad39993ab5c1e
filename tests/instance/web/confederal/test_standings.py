"""What a page remembers of a proposal is always what it would work out anew."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from confederation.confederal import council
from confederation.confederal.council import Standing, State
from confederation.identifiers import Digest
from instance import chamber
from instance.desk import Shelf
from instance.web.confederal import standings
from tests.instance import three
from tests.instance.house import House
from tests.instance.three import CLOSES, LATER, OPENS, Three


@dataclass(kw_only=True)
class Reader:
    """A node whose pages are read again and again, with one shelf."""

    house: House
    proposal: Digest
    shelf: Shelf = field(default_factory=Shelf)

    def reads(self, at: datetime) -> Standing:
        """Read how the proposal stands; it is what it would be, worked out anew."""
        with self.house.desk(at) as bare:
            desk = replace(bare, shelf=self.shelf)
            held = chamber.holding(desk, chamber.proposal(desk, self.proposal))
            assert held is not None
            stands = standings.standing(desk, held)
        assert stands == council.standing(held, at)
        return stands


def a_reader(together: Three) -> Reader:
    proposal = three.proposes(together, together.houses[0])
    together.confer(OPENS)
    return Reader(house=together.houses[0], proposal=proposal)


def test_whatever_is_heard_shows_at_once(together: Three) -> None:
    reader = a_reader(together)

    before = reader.reads(OPENS)
    delegate = three.mandates(together, reader.house, reader.proposal, at=OPENS)
    three.votes(reader.house, delegate, reader.proposal)
    with_a_vote = reader.reads(OPENS)
    together.confer(OPENS)
    certified = reader.reads(OPENS)
    together.confer(LATER)

    assert before.revisions == ()
    assert len(with_a_vote.revisions) == 1
    assert certified.revisions != with_a_vote.revisions
    assert reader.reads(LATER).state is State.CONFIRMED


def test_time_shows_though_nobody_said_anything(together: Three) -> None:
    reader = a_reader(together)

    assert reader.reads(OPENS).state is State.OPEN
    assert reader.reads(CLOSES).state is State.CLOSING
    assert not reader.reads(CLOSES).replaceable
    assert reader.reads(CLOSES + timedelta(days=8)).replaceable


def test_what_nothing_has_changed_is_not_worked_out_again(together: Three) -> None:
    reader = a_reader(together)

    first = reader.reads(OPENS)

    assert reader.reads(OPENS + timedelta(minutes=1)) is first
