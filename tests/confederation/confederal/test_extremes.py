"""Whatever numbers a hostile record holds, they are judged and break nobody.

Each of these once made every node that read it hang, or fail for good.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from confederation.confederal import council, slots, tally
from confederation.confederal.compact import Ratification, Rules
from confederation.confederal.council import Fate, State
from confederation.confederal.mandate import Rule
from confederation.errors import Invalid
from confederation.record import Clause, Filed, Instruction, Method, Witness
from instance.web.confederal import compacts
from tests.confederation.world import (
    CLOSES,
    FOR,
    LATER,
    OPENS,
    Confederation,
    commit,
    instructed,
)

FAR = 2**53 - 1


def test_a_revision_without_end_is_out_of_order() -> None:
    world = Confederation(3)
    proposal = world.proposes()
    town = world.towns[0]
    given = town.mandates(world.compact, instructed(proposal))
    vote = replace(town.a_vote(proposal, given), revision=FAR)
    town.publishes(Filed(proposal=proposal.digest, revision=FAR, document=vote))

    [revised] = council.standing(world.holding(proposal), OPENS).revisions

    assert revised.fate is Fate.VOID
    assert revised.finding is not None
    assert revised.finding.rule is Rule.OUT_OF_ORDER


@pytest.mark.parametrize(
    ("closes", "limit"),
    [(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), 7 * 86_400), (LATER, FAR)],
)
def test_a_closing_that_the_calendar_does_not_reach_is_waited_for(
    closes: datetime, limit: int
) -> None:
    world = Confederation(3, Rules(closing_limit=limit))
    proposal = world.proposes(closes=closes)

    stands = council.standing(world.holding(proposal), LATER)

    assert stands.state in (State.DRAFT, State.CLOSING)
    assert not stands.replaceable


def test_rules_say_how_long_they_wait_though_no_calendar_reaches_so_far() -> None:
    rules = Rules(closing_limit=FAR, ratification=Ratification(window=FAR))
    world = Confederation(3, rules)

    says = " ".join(compacts.rules(world.compact)).replace(",", "")

    assert f"members wait {FAR} seconds" in says


@pytest.mark.parametrize("share", ["1e-999999999", "１/２", "0.5e0", "1/0", "1_0/20"])
def test_a_share_is_written_as_people_write_one(share: str) -> None:
    with pytest.raises(Invalid):
        Confederation(3, Rules(quorum=share))


def test_a_rival_that_closes_beyond_the_calendar_is_waited_for() -> None:
    world = Confederation(3, Rules(closing_limit=FAR))
    rival = world.proposes(closes=CLOSES)
    other = commit("Repair no sea wall")
    proposal = world.proposes(by=1, slot=rival.digest, closes=LATER, title=other)
    for town in world.towns:
        seen = Witness(proposal=rival.digest, final=False)
        town.publishes(seen)
    holding = world.holding(proposal, rivals=[rival])

    adopting = tally.count(world.compact, proposal, [])
    assert not slots.free(holding, world.towns[0].id, adopting, LATER)


@pytest.mark.parametrize(
    "figures", [(-1, 0, 0), (9, -9, 0), (9, 0, -FAR), (FAR, 0, 0), (0, 10**9 + 1, 0)]
)
def test_a_decision_that_counts_fewer_than_nobody_or_too_many_binds_nobody(
    figures: tuple[int, int, int],
) -> None:
    world = Confederation(3)
    proposal = world.proposes(method=Method(name="double-majority"))
    town = world.towns[0]
    given = town.mandates(world.compact, instructed(proposal), members=figures)
    town.votes(proposal, given)

    [revised] = council.standing(world.holding(proposal), OPENS).revisions

    assert revised.fate is Fate.VOID
    assert revised.finding is not None
    assert revised.finding.says.endswith(
        "counts fewer than nobody, or more than can be."
    )


STRANGE = ("1600", "1e3", "1e999999999", "", "1/0", "١٢٠٠")


@pytest.mark.parametrize(
    ("amount", "broken"),
    [
        *((within, None) for within in ("1400", "1400.50", "2801/2")),
        *((strange, Rule.TEXT_CHANGED) for strange in STRANGE),
    ],
)
def test_an_amount_within_its_limits_is_an_exact_number(
    amount: str, broken: Rule | None
) -> None:
    world = Confederation(3)
    old = world.proposes()
    limits = Instruction(
        proposal=old.digest, must=(FOR,), amounts={"1": {"pounds": ("0", "1500")}}
    )
    town = world.towns[1]
    given = town.mandates(world.compact, limits)
    clauses = (
        Clause(n=1, text=commit("We repair it."), amounts={"pounds": amount}),
        Clause(n=2, text=commit("We begin in spring.")),
    )
    new = world.proposes(amends=old.digest, slot=old.digest, clauses=clauses)
    town.votes(new, given)

    [revised] = council.standing(world.holding(new, amended=old), OPENS).revisions

    found = None if revised.finding is None else revised.finding.rule
    assert found is broken
