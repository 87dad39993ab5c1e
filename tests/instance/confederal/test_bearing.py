"""A compact of two holds a seat beside a third assembly, on three real nodes."""

from dataclasses import replace
from datetime import datetime, timedelta

from activitypub import proofs
from confederation import record
from confederation.confederal import mandate
from confederation.confederal.compact import Compact
from confederation.confederal.mandate import Rule
from confederation.identifiers import ActorId, CompactId, Digest, OptionId
from instance import chamber, clerk, vocabulary
from instance.confederal import confederating
from instance.web.confederal import mandates as pages
from tests.instance.house import NOON, House, public
from tests.instance.three import (
    LATER,
    OPENS,
    Delegate,
    Three,
    a_compact,
    act,
    assembly_of,
    decides,
    keep_compact,
    mandates,
    proposes,
    votes,
)

SOON = OPENS + timedelta(minutes=30)


def joined(compact: Compact, *houses: House) -> None:
    for house in houses:
        with house.desk() as desk:
            fact = record.Membership(compact=compact.digest, act="join")
            clerk.publish(desk, "Membership", vocabulary.wire(fact))


def nested(together: Three) -> tuple[Three, Three]:
    """Let the last two be a compact of their own, which the second bears upwards.

    The third stands in for it.
    """
    harbour, quarry, mill = together.houses
    first, second, third = together.compact.members
    document = a_compact([second, third])
    below = vocabulary.read_compact(document)
    for house in (quarry, mill):
        with house.desk() as desk:
            keep_compact(desk, document)
    joined(below, quarry, mill)
    bearing = replace(second, bears=below.identity, substitutes=(third.assembly,))
    wider = a_compact([first, bearing])
    above = vocabulary.read_compact(wider)
    for house in together.houses:
        with house.desk() as desk:
            keep_compact(desk, wider)
    joined(above, harbour, quarry)
    with harbour.desk() as desk:
        assert below.digest in confederating.lacking(desk)
        assert confederating.learn(
            desk, wanted=below.digest, answer={"compact": document, "texts": []}
        )
    together.exchange(NOON)
    return (
        Three(houses=(harbour, quarry), compact=above),
        Three(houses=(quarry, mill), compact=below),
    )


def decided_below(
    together: Three,
    below: Three,
    on: Digest | None,
    choice: str = "for",
    *,
    bearers: record.Bearers | None = None,
    at: datetime = NOON,
) -> Digest:
    """Let those below decide something within an hour and a half."""
    quarry, mill = below.houses
    voting, closes = at + (OPENS - NOON), at + (SOON - NOON)
    asked = proposes(
        below, mill, at=at, on=on, bearers=bearers, opens=at, closes=closes
    )
    together.confer(at)
    for house in (quarry, mill):
        given = mandates(
            *(below, house, asked, choice),
            name="below",
            at=at,
            until=max(closes, LATER),
        )
        votes(house, given, asked, choice, at=voting)
    together.confer(voting)
    together.confer(closes)
    return asked


def carried(
    house: House,
    above: Three,
    asked: Digest,
    on: Digest,
    must: str,
    *,
    at: datetime = SOON,
) -> Delegate:
    election = record.Election(
        compact=CompactId(above.compact.identity),
        holder=ActorId(f"{house.config.base}/u/above"),
        alternate=None,
        decision=decides(house),
    )
    elected = act(house, election, subject="above", at=NOON)
    fresh = proofs.new_key()
    given = record.Mandate(
        holder=election.holder,
        delegate_key=public(fresh),
        compact=CompactId(above.compact.identity),
        decision=asked,
        election=elected,
        instructions=(record.Instruction(proposal=on, must=(OptionId(must),)),),
        valid_from=NOON,
        valid_until=max(at + timedelta(days=1), LATER),
        report_due=max(at + timedelta(days=1), LATER),
    )
    return Delegate(
        assembly=assembly_of(house),
        holder=election.holder,
        mandate=act(house, given, subject=f"above {must}", at=at),
        key=fresh,
    )


def settled(
    together: Three, *, moved: bool = False, before: bool = False
) -> tuple[Three, Digest]:
    """Settle what those below are against; the seat ``moved`` to the third, or not.

    Its assembly may have given a mandate of its own ``before``.
    """
    above, below = nested(together)
    harbour, quarry = above.houses
    mill = together.houses[2]
    proposal = proposes(above, harbour)
    together.confer(OPENS)
    asked = decided_below(together, below, proposal, "against")
    if moved:
        bearers = record.Bearers(
            assemblies=(assembly_of(mill),), compact=above.compact.identity
        )
        decided_below(together, below, None, bearers=bearers)
    house = mill if moved else quarry
    if before:
        mandates(above, house, proposal, at=OPENS)
    given = carried(house, above, asked, proposal, "against")
    votes(house, given, proposal, "against", at=SOON)
    own = mandates(above, harbour, proposal, at=SOON)
    votes(harbour, own, proposal, at=SOON)
    together.confer(SOON)
    together.confer(LATER)
    return above, proposal


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
