"""A mandate is written on paper in the hall, and copied by two who must agree."""

from confederation import assembly
from confederation.confederal.mandating import MandateGiven
from confederation.identifiers import Digest
from instance import node
from instance.web.naming import in_hex
from tests.instance.house import House
from tests.instance.three import Three
from tests.instance.web.bounds import SPRING, WALL, proposes
from tests.instance.web.browsing import Browser, text_of
from tests.instance.web.hall import before, confirms, decides
from tests.instance.web.seated import CAS, CHAIR, DANA, SECOND, elects, path_of, seat_at
from tests.instance.web.sending import done, refused

WHY = "We talked it through twice."


def fields(
    house: House, proposal: Digest, ballot: str, **changed: str
) -> dict[str, str]:
    """What stands on the sheet."""
    return {
        "holder": house.members[DANA],
        "ballot": ballot,
        "proposal": in_hex(proposal),
        "must": "for",
        "may_amend": "1",
        "least-1-pounds": "900",
        "most-1-pounds": "1500",
        "reason": WHY,
        "valid_until": "2026-12-24T12:00:00",
        "report_due": "2027-01-10T12:00:00",
        **changed,
    }


def makes_facilitator(house: House, who: int) -> None:
    with house.desk() as desk:
        grant = assembly.GrantRole(
            member=house.members[who], role="facilitator", by=None, at=desk.now
        )
        node.perform(desk, "assembly:it", grant)


def given(council: Three) -> list[MandateGiven]:
    seat = seat_at(council.houses[0], council.compact.identity)
    return [*seat.mandates.given]


async def copies(browser: Browser, council: Three, said: dict[str, str]) -> str:
    path = path_of(council)
    return done(await browser.post(f"{path}/copy", on=path, **said))


async def test_the_form_asks_on_paper_what_the_screen_asks(council: Three) -> None:
    ours = council.houses[0]
    proposal = await proposes(council, WALL, SPRING, amounts=("pounds = 1200", ""))
    await elects(council)
    path = path_of(council)
    async with before(ours, CAS) as (cas,):
        sheet = text_of(await cas.get(f"{path}/form"))
    async with before(ours, CHAIR) as (chair,):
        decides(ours, subject=proposal)
        led = await chair.get(path)

    for asked in (
        *("Our delegate : Dana Brightwater", "Must", "May", "Must not"),
        *("For", "Against", "Abstain", "Clause 1"),
        *("pounds , now 1200: at least", "Why", "Valid until", "Report due"),
        *("file the delegate's vote on paper", "First copied by", "Copied again by"),
    ):
        assert asked in sheet
    assert f'href="{path}/form"' in led


async def test_two_people_copy_it_and_it_is_given_once_both_agree(
    council: Three,
) -> None:
    ours = council.houses[0]
    proposal = await proposes(council, WALL, amounts=("pounds = 1200",))
    await elects(council)
    makes_facilitator(ours, SECOND)
    said = fields(ours, proposal, decides(ours, subject=proposal))
    path = path_of(council)
    async with before(ours, CHAIR, SECOND, CAS) as (chair, second, cas):
        nobody = await cas.post(f"{path}/copy", on=path, **said)
        await copies(chair, council, said)
        await copies(chair, council, said)
        once = given(council)
        waits = text_of(await second.get(path))
        other = await second.post(
            f"{path}/copy", on=path, **{**said, "most-1-pounds": "15000"}
        )
        sooner = await second.post(
            f"{path}/copy", on=path, **{**said, "report_due": "2027-01-01T12:00:00"}
        )
        still = given(council)
        await copies(second, council, said)
        after = text_of(await chair.get(path))
    confirms(ours)

    refused(nobody, 403, "to do")
    assert once == still == []
    assert "copied a mandate from paper" in waits
    refused(other, 422, "differ in what the delegate must")
    refused(sooner, 422, "differ in when the report is due")
    [mandate] = given(council)
    assert mandate.holder.member == ours.members[DANA]
    assert WHY in after
    assert "copied a mandate from paper" not in after


async def test_what_one_copied_of_another_decision_is_not_compared(
    council: Three,
) -> None:
    ours = council.houses[0]
    proposal = await proposes(council, WALL, amounts=("pounds = 1200",))
    await elects(council)
    makes_facilitator(ours, SECOND)
    first, again = (decides(ours, subject=proposal) for _ in range(2))
    async with before(ours, CHAIR, SECOND) as (chair, second):
        await copies(chair, council, fields(ours, proposal, first))
        await copies(second, council, fields(ours, proposal, again))

    assert given(council) == []
