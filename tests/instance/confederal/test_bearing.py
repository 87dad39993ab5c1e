"""A compact of two holds a seat beside a third assembly, on three real nodes."""

from dataclasses import replace

from confederation import record
from confederation.confederal import mandate
from confederation.confederal.mandate import Rule
from instance import chamber, vocabulary
from instance.web.confederal import mandates as pages
from tests.instance.house import NOON
from tests.instance.nested import SOON, carried, decided_below, joined, nested
from tests.instance.three import (
    LATER,
    OPENS,
    Three,
    a_compact,
    keep_compact,
    mandates,
    proposes,
    votes,
)


def test_what_two_decided_below_is_one_vote_above(together: Three) -> None:
    above, below = nested(together)
    harbour, quarry = above.houses
    proposal = proposes(above, harbour)
    together.confer(OPENS)
    asked = decided_below(together, below, proposal, "against")
    given = carried(quarry, above, asked, proposal, "against")
    votes(quarry, given, proposal, "against", at=SOON)
    own = mandates(above, harbour, proposal, at=SOON)
    votes(harbour, own, proposal, at=SOON)

    together.confer(SOON)
    together.confer(LATER)

    for house in above.houses:
        confirmed = above.standing(house, proposal).confirmed
        assert confirmed is not None
        assert confirmed.figures.assemblies == {"for": 1, "against": 1, "abstain": 0}


def test_a_vote_that_was_not_decided_below_is_refused_at_home(together: Three) -> None:
    above, below = nested(together)
    harbour, quarry = above.houses
    proposal = proposes(above, harbour)
    together.confer(OPENS)
    asked = decided_below(together, below, proposal, "against")
    given = carried(quarry, above, asked, proposal, "for")
    with quarry.desk(SOON) as desk:
        held = chamber.holding(desk, chamber.proposal(desk, proposal))
        assert held is not None
        kept = held.records[given.assembly]
        [(entry, _)] = [
            each
            for each in kept.facts(record.Mandate)
            if each[1].compact == above.compact.identity
        ]

    finding = mandate.founded(entry, kept, held.compact, held.inner)
    assert finding is not None
    assert finding.rule is Rule.NO_MANDATE


def test_a_version_that_nobody_adopted_below_decides_nothing(together: Three) -> None:
    above, below = nested(together)
    harbour, quarry = above.houses
    second = above.compact.members[1]
    invented = Three(
        houses=(quarry,),
        compact=vocabulary.read_compact(
            {
                **a_compact([replace(second, bears=None, substitutes=())]),
                "first": below.compact.identity,
                "previous": below.compact.digest,
            }
        ),
    )
    document = vocabulary.compact_document(invented.compact)
    for house in above.houses:
        with house.desk() as desk:
            keep_compact(desk, document)
    joined(invented.compact, quarry)
    proposal = proposes(above, harbour)
    together.confer(OPENS)
    asked = proposes(invented, quarry, on=proposal, opens=NOON, closes=SOON)
    alone = mandates(invented, quarry, asked, name="alone")
    together.confer(OPENS)
    carried(quarry, above, asked, proposal, "for")
    together.confer(SOON)

    with harbour.desk(LATER) as desk:
        held = chamber.holding(desk, chamber.proposal(desk, proposal))
    assert held is not None
    assert held.inner == {}
    assert alone.assembly == second.assembly


def test_the_page_of_the_mandate_leads_back_to_the_assemblies_below(
    together: Three,
) -> None:
    above, below = nested(together)
    harbour, quarry = above.houses
    proposal = proposes(above, harbour)
    together.confer(OPENS)
    asked = decided_below(together, below, proposal)
    given = carried(quarry, above, asked, proposal, "for")
    together.confer(SOON)

    with harbour.desk(SOON) as desk:
        shown = pages.view(desk, given.mandate)

    assert shown is not None
    assert shown.lacks is None
    members = {seat.assembly for seat in below.compact.members}
    assert {each.id for each in shown.below} == members
