"""Assemblies that decide together have one seat in a wider compact, by their pages."""

from datetime import timedelta
from pathlib import Path

from instance.web.naming import in_hex
from tests.instance.house import NOON
from tests.instance.outcomes import course
from tests.instance.three import assembly_of
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import adopts, before
from tests.instance.web.nested import (
    CHAIR,
    DELEGATE,
    SOON,
    a_nested,
    decided_in,
    elects,
    others_vote,
    put,
)
from tests.instance.web.sending import done, refused

ONE = NOON + timedelta(hours=1)
TWO = NOON + timedelta(hours=2)
FOUR = NOON + timedelta(hours=4, minutes=1)
FIVE = NOON + timedelta(hours=5)
LONG = timedelta(hours=3)


async def test_a_valley_is_heard_in_the_district_and_hears_what_came_of_it(
    tmp_path: Path,
) -> None:
    nested = await a_nested(tmp_path)
    valley, district = nested.valley.compact, nested.district.compact
    here = f"/compacts/{in_hex(valley.digest)}"
    above = f"{here}/above"

    # What the district asks is decided below, by all of the valley, and carried.
    wall = await put(nested.harbour, district.digest, at=ONE, lasts=LONG, kind="policy")
    nested.confer(ONE)
    asked = await decided_in(
        nested.valley, nested.mill, at=ONE, choice="against", on=in_hex(wall)
    )
    await elects(nested.quarry, district.identity, at=TWO)
    nested.exchange(TWO)
    seat = f"/seats/{in_hex(district.identity)}"
    vote = f"/proposals/{in_hex(wall)}/vote"
    async with before(nested.quarry, CHAIR, DELEGATE, at=TWO) as (clerk, dana):
        led = text_of(await clerk.get("/today"))
        recall = await clerk.post(f"{seat}/recall", on=seat, reason="No.")
        done(await clerk.post(f"{here}/carry", on=above, asked=in_hex(asked)))
        carried = text_of(await clerk.get(above))
        waits = text_of(await dana.get("/today"))
        untrue = await dana.post(vote, choice="for")
        done(await dana.post(vote, choice="against"))
    others_vote(nested, wall, at=TWO)
    nested.confer(TWO)

    # It is settled there, and put before each assembly of the valley.
    nested.confer(FOUR)
    async with before(nested.quarry, CHAIR, at=FOUR) as (clerk,):
        to_do = text_of(await clerk.get("/today"))
        done(await clerk.post(f"{here}/bring-back", on=above, asked=in_hex(asked)))
    nested.confer(FOUR)
    seen = {}
    for house in (nested.quarry, nested.mill, nested.weir):
        async with before(house, CHAIR, at=FOUR) as (member,):
            seen[house.config.slug] = text_of(await member.get(above))

    # All of the valley answer to the outcome, and not the bearer's assembly alone.
    result = course(nested.mill, wall, FOUR).result
    assert result is not None
    await decided_in(nested.valley, nested.mill, at=FOUR, on=in_hex(result))
    nested.confer(FOUR + SOON)
    async with before(nested.quarry, CHAIR, at=FOUR + SOON) as (clerk,):
        own = text_of(await clerk.get("/today"))
        answered = text_of(await clerk.get(above))
        proposal = text_of(await clerk.get(f"/proposals/{in_hex(wall)}"))
    motion = adopts(nested.mill, "And what of the outcome?", at=FOUR)
    async with before(nested.mill, CHAIR, at=FOUR) as (chair,):
        offered = text_of(await chair.get(f"/motions/{motion}/propose"))

    assert "Carry upwards what was decided below" in led
    refused(recall, 403, "is decided by all assemblies there")
    assert "as a mandate by Quarry" in carried
    assert "Vote for the assemblies below" in waits
    refused(untrue, 403, "The mandate says against")
    assert "Put the outcome before the assemblies below" in to_do
    for page in seen.values():
        assert "attested by Quarry , Mill and Weir" in page
        assert "So our seat says: against" in page
        assert "Against by Quarry Certified" in page
        assert "Decided further up Adopted, being ratified" in page
        assert "Our seat voted against. All seats together: for: 2, against: 1" in page
    assert "Do we ratify what was adopted" in offered
    assert "Put the outcome to our assembly" not in own
    assert "So our seat ratifies it" in answered
    assert "as our answer by Quarry" in answered
    assert "1 of 3 have ratified it" in proposal
    assert "what those below decided" in proposal


async def test_when_the_bearer_is_dark_those_below_move_the_seat_and_are_heard(
    tmp_path: Path,
) -> None:
    nested = await a_nested(tmp_path)
    valley, district = nested.valley.compact, nested.district.compact
    here = f"/compacts/{in_hex(valley.digest)}"
    dark = (nested.quarry,)
    wall = await put(nested.harbour, district.digest, at=ONE, lasts=LONG)
    nested.confer(ONE)

    # The two others of the valley decide what it says and who carries it, in one.
    asked = await decided_in(
        nested.valley,
        nested.mill,
        at=ONE,
        among=(nested.mill, nested.weir),
        on=in_hex(wall),
        bears_in=in_hex(district.identity),
        bearer_1=in_hex(assembly_of(nested.mill)),
        bearer_2=in_hex(assembly_of(nested.weir)),
    )
    await elects(nested.mill, district.identity, at=TWO)
    vote = f"/proposals/{in_hex(wall)}/vote"
    async with before(nested.mill, CHAIR, DELEGATE, at=TWO) as (clerk, dana):
        done(await clerk.post(f"{here}/carry", on=f"{here}/above", asked=in_hex(asked)))
        done(await dana.post(vote, choice="for"))
        decided = text_of(await dana.get(f"/proposals/{in_hex(asked)}"))
    assert "who bears our seat in a wider compact Mill Weir" in " ".join(
        decided.split()
    )
    nested.confer(TWO, dark=dark)
    for house in (nested.harbour, nested.orchard):
        async with before(house, CHAIR, at=TWO) as (member,):
            shown = text_of(await member.get(f"/proposals/{in_hex(wall)}"))
        assert "by Mill, to whom the seat moved" in shown
    others_vote(nested, wall, at=TWO)
    nested.confer(TWO, dark=dark)
    nested.confer(FIVE, dark=dark)

    for house in (nested.harbour, nested.orchard, nested.mill, nested.weir):
        confirmed = nested.district.standing(house, wall, FIVE).confirmed
        assert confirmed is not None
        assert confirmed.figures.assemblies == {"for": 3, "against": 0, "abstain": 0}
    nested.exchange(FIVE)
    async with before(nested.quarry, CHAIR, at=FIVE) as (clerk,):
        page = text_of(await clerk.get(f"{here}/above"))
        late = await clerk.post(
            f"{here}/carry", on=f"{here}/above", asked=in_hex(asked)
        )
    assert "Quarry The seat has moved on" in page
    assert "Mill Bears the seat" in page
    refused(late, 409, "The matter further up has closed")
