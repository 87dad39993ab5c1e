"""Whoever puts a matter to all says why; others call it back, by forms."""

from datetime import timedelta

from confederation.record import Placement, Proposal
from instance import chamber
from instance.store import records
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.three import Three, assembly_of, the_record
from tests.instance.web.hall import adopts, before
from tests.instance.web.seated import WHY, proposed
from tests.instance.web.sending import done, refused

CLERK, OTHER, CAS = range(3)
CLOSES = NOON + timedelta(days=3)


def decided(house: House) -> str:
    """Let the assembly decide something, and give the digest of the newest decision."""
    adopts(house, "This is for us to do.")
    return newest_decision(house)


async def test_the_reason_for_putting_it_to_all_stands_beside_the_proposal(
    council: Three,
) -> None:
    ours = council.houses[0]
    proposal = await proposed(council)

    async with before(ours, CAS) as (reader,):
        says = await reader.get(f"/proposals/{in_hex(proposal)}")

    assert WHY in says
    with ours.desk() as desk:
        text = chamber.proposal(desk, proposal).fact
    assert isinstance(text, Proposal)
    assert text.why_wider is not None


async def test_an_assembly_calls_a_matter_back_by_its_form(council: Three) -> None:
    ours, theirs = council.houses
    proposal = await proposed(council)
    behind = decided(theirs)
    path = f"/proposals/{in_hex(proposal)}/placement"

    async with before(theirs, CLERK) as (clerk,):
        for _ in range(2):
            done(
                await clerk.post(
                    path,
                    belongs="below",
                    decision=behind,
                    why="We mend our half ourselves.",
                )
            )
    council.confer(NOON)

    with theirs.desk() as desk:
        [row] = records.of_type(desk.connection, "Placement")
    async with before(ours, CAS) as (reader,):
        says = await reader.get(f"/proposals/{in_hex(proposal)}")
    assert row["about"] == proposal
    assert "it belongs further down" in says
    assert "We mend our half ourselves." in says
    assert "unless 2 say that it belongs here" in says


async def test_only_whom_it_concerns_alone_calls_it_back_alone(council: Three) -> None:
    ours, theirs = council.houses
    proposal = await proposed(council, concerns=in_hex(assembly_of(theirs)))
    path = f"/proposals/{in_hex(proposal)}/placement"

    async with before(ours, CLERK) as (clerk,):
        refused_here = await clerk.post(
            path, belongs="below", decision=newest_decision(ours), alone="yes", why=""
        )
    async with before(theirs, CLERK) as (clerk,):
        done(
            await clerk.post(
                path, belongs="below", decision=decided(theirs), alone="yes", why=""
            )
        )

    refused(refused_here, 403, "does not say that it concerns us alone")
    placements = [each for each in the_record(theirs) if each["type"] == "Placement"]
    assert [each["alone"] for each in placements] == [True]


def newest_decision(house: House) -> str:
    with house.desk() as desk:
        ours = records.ours(desk.connection)
        assert ours is not None
        rows = records.entries(desk.connection, ours.id, types=("Decision",))
    return in_hex(rows[-1]["digest"])


async def test_what_our_assembly_did_not_decide_is_refused_and_stays_in_the_form(
    council: Three,
) -> None:
    ours = council.houses[0]
    proposal = await proposed(council)
    path = f"/proposals/{in_hex(proposal)}/placement"

    async with before(ours, CLERK, CAS) as (clerk, member):
        answer = await clerk.post(
            path, belongs="below", decision=in_hex(proposal), why="Because of this."
        )
        forbidden = await member.get(path)

    refused(answer, 403, "has not decided where this belongs")
    assert "Because of this." in answer.text
    assert "the clerk carries it out" in forbidden
    assert not [each for each in the_record(ours) if each["type"] == "Placement"]


async def test_both_forms_say_who_will_see_it(council: Three) -> None:
    ours = council.houses[0]
    proposal = await proposed(council)

    async with before(ours, CLERK) as (clerk,):
        says = await clerk.get(f"/proposals/{in_hex(proposal)}/placement")

    assert "Who will see this" in says
    assert Placement.__name__ not in says
