"""Whose turn it is with a proposal stands on its page, and in the list of who acts."""

from datetime import timedelta

from instance.web.naming import in_hex
from tests.instance.three import Three
from tests.instance.web.bounds import binds
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import before, decides
from tests.instance.web.seated import (
    CAS,
    CHAIR,
    CLOSES,
    DANA,
    elects,
    instructs,
    path_of,
    proposes,
    seat_at,
)
from tests.instance.web.sending import done, refused

TURN = "What our assembly does next"
BIND = "Give our delegate the mandate"


async def test_a_decision_goes_from_the_meeting_to_the_clerk_and_to_the_delegate(
    council: Three,
) -> None:
    ours, proposal = council.houses[0], await proposes(council)
    at = f"/proposals/{in_hex(proposal)}"
    async with before(ours, CHAIR, CAS) as (chair, cas):
        asked, led = text_of(await cas.get(at)), text_of(await chair.get(at))
        closed = await chair.post(f"{at}/put", on=at)
    await elects(council)
    ballot = decides(ours, subject=proposal)

    async with before(ours, CHAIR, CAS) as (chair, cas):
        waits, to_do = text_of(await cas.get(at)), text_of(await chair.get("/today"))
        others = text_of(await cas.get("/today"))
        voted = await cas.get(f"/ballots/{ballot}")
        led_on = await chair.get(at)
    await instructs(council, proposal, must="for")
    async with before(ours, CHAIR, DANA) as (chair, dana):
        after, no_more = text_of(await dana.get(at)), await chair.get("/today")

    assert TURN in asked
    assert "Nobody speaks for us yet. Elect a delegate" in asked
    assert "Whoever leads the meeting puts it to us." in asked
    assert "No meeting is open. Open one" in led
    refused(closed, 409, "No meeting is open.")
    assert "The clerk gives our delegate the mandate" in waits
    assert BIND in to_do
    assert BIND not in others
    assert f'href="{at}"' in voted
    assert "Then the clerk gives our delegate the mandate." in voted
    assert f"{path_of(council)}#give" in led_on
    assert TURN not in after
    assert BIND not in no_more


async def test_a_mandate_that_ends_before_the_vote_closes_is_given_anew(
    council: Three,
) -> None:
    ours, proposal = council.houses[0], await proposes(council)
    await elects(council)
    early = CLOSES - timedelta(minutes=1)
    await binds(council, proposal, valid_until=f"{early:%Y-%m-%dT%H:%M}")

    async with before(ours, CHAIR) as (chair,):
        seat = text_of(await chair.get(path_of(council)))
        to_do = text_of(await chair.get("/today"))
    await binds(council, proposal)
    async with before(ours, CHAIR) as (chair,):
        later = text_of(await chair.get(path_of(council)))
        no_more = text_of(await chair.get("/today"))

    says = (
        "This mandate ends before the vote closes, and nobody counts a vote under it."
    )
    assert says in seat
    assert BIND in to_do
    assert says not in later
    assert BIND not in no_more


async def test_a_vacant_seat_is_filled_by_the_alternate_whom_the_clerk_seats(
    council: Three,
) -> None:
    ours, path = council.houses[0], path_of(council)
    await elects(council)
    async with before(ours, DANA) as (dana,):
        done(await dana.post(f"{path}/resign", on=path))

    async with before(ours, CHAIR) as (chair,):
        says = text_of(await chair.get("/today"))

    assert seat_at(ours, council.compact.identity).delegate is None
    assert "Seat the alternate" in says
