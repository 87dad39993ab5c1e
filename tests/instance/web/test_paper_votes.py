"""A vote on paper by the pages: a fellow assembly files it with the paper before it."""

from datetime import timedelta

from instance.web.naming import in_hex
from tests.instance.house import NOON
from tests.instance.three import Three, assembly_of
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import before
from tests.instance.web.sending import done, refused
from tests.instance.web.test_referring import WALL, binds, proposes
from tests.instance.web.test_seating import CAS, CHAIR, elects

LATER = NOON + timedelta(hours=3)


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
