"""A vote on paper by the pages: a fellow assembly files it with the paper before it."""

from datetime import timedelta
from pathlib import Path

from confederation import assembly
from instance import node
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.three import (
    OPENS,
    Three,
    assembly_of,
    mandates,
    three,
)
from tests.instance.three import proposes as proposed
from tests.instance.web.bounds import WALL, binds, proposes
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import before
from tests.instance.web.seated import CAS, CHAIR, elects
from tests.instance.web.sending import done, refused

LATER = NOON + timedelta(hours=3)
ON_PAPER = OPENS + timedelta(minutes=20)


async def test_a_clerk_files_for_a_dark_seat_and_does_not_countersign_it(
    council: Three,
) -> None:
    ours, fellow = council.houses
    proposal = await proposes(council, WALL)
    await elects(council)
    await binds(council, proposal, paper_vote="yes")
    council.confer(NOON)
    page, seat = f"/proposals/{in_hex(proposal)}", in_hex(assembly_of(ours))

    async with before(fellow, CHAIR, CAS, at=LATER) as (chair, cas):
        offered = await chair.get(f"{page}/paper")
        not_theirs = await cas.get(f"{page}/paper", status=403)
        by_heart = await chair.post(f"{page}/paper", assembly=seat, choice="for")
        against = await chair.post(
            f"{page}/paper", assembly=seat, choice="against", seen="yes"
        )
        done(await chair.post(f"{page}/paper", assembly=seat, choice="for", seen="yes"))
        twice = await chair.post(
            f"{page}/paper", assembly=seat, choice="for", seen="yes"
        )
        filed = await chair.get(f"{page}/paper")
        public = text_of(await cas.get(page))

    assert 'value="for"' in offered
    assert 'value="against"' not in offered
    assert "This is for the clerk to do." in text_of(not_theirs)
    refused(by_heart, 403, "with the delegate and their printed mandate before you")
    refused(against, 403, "The mandate says for; this vote says against.")
    refused(twice, 403, "was filed already as the next one of this seat")
    assert "Countersign it" not in filed
    assert "Voted on paper" in public
    assert "Not countersigned yet: it counts nowhere." in public


async def test_without_leave_in_the_mandate_nothing_is_offered(council: Three) -> None:
    proposal = await proposes(council, WALL)
    await elects(council)
    await binds(council, proposal)
    council.confer(NOON)

    async with before(council.houses[1], CHAIR, at=LATER) as (chair,):
        page = text_of(await chair.get(f"/proposals/{in_hex(proposal)}/paper"))

    assert "No mandate of a fellow assembly that we hold allows" in page


async def test_a_second_clerk_countersigns_and_the_page_says_that_it_counts(
    tmp_path: Path,
) -> None:
    together = three(tmp_path)
    first, second, third = together.houses
    proposal = proposed(together, second)
    together.confer(OPENS)
    mandates(together, first, proposal, "for", at=OPENS, paper_vote=True)
    together.confer(OPENS)
    page, seat = f"/proposals/{in_hex(proposal)}", in_hex(assembly_of(first))
    awake = (second, third)
    for house in awake:
        a_clerk(house)
    async with before(second, CHAIR, at=ON_PAPER) as (clerk_,):
        done(
            await clerk_.post(f"{page}/paper", assembly=seat, choice="for", seen="yes")
        )
    together.exchange(ON_PAPER, among=awake)

    async with before(third, CHAIR, at=ON_PAPER) as (clerk_,):
        led = await clerk_.get("/today")
        html = await clerk_.get(f"{page}/paper")
        paper = html.partition('name="paper" value="')[2].partition('"')[0]
        form = {"on": f"{page}/paper", "paper": paper}
        by_heart = await clerk_.post(f"{page}/paper/countersign", **form)
        back = done(await clerk_.post(f"{page}/paper/countersign", **form, seen="yes"))
        after = text_of(await clerk_.get(back))
        public = text_of(await clerk_.get(page))
        done_with = text_of(await clerk_.get("/today"))

    assert "Countersign a vote on paper" in text_of(led)
    assert f'href="{page}/paper"' in led
    refused(by_heart, 403, "with the paper before you")
    assert back == f"{page}/paper"
    assert "Countersigned by" in after
    assert "it counts nowhere" not in public
    assert "Countersign a vote on paper" not in done_with


def a_clerk(house: House) -> None:
    """Make the first member the clerk."""
    with house.desk() as desk:
        grant = assembly.GrantRole(
            member=house.members[CHAIR], role="clerk", by=None, at=desk.now
        )
        node.perform(desk, "assembly:it", grant)
