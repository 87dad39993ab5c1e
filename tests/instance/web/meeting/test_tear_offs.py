"""Whoever was heard at the door sees where it went, and nobody learns who they are."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree import ElementTree

from tests.instance.house import House
from tests.instance.three import Three
from tests.instance.web.browsing import Browser, a_site, another, text_of
from tests.instance.web.raising import WORDS
from tests.instance.web.sending import done, found_in, refused

CHAIR, SECOND = 0, 1
ROSE, BEN, IDA = "roserose2345", "benbenbe6789", "idaidaid2222"
SLIPS = f"""what,why,who,consent,code
Mould in the bedroom,She coughs,Rosalind Quickwater,yes,ROSE-ROSE-2345
Damp walls,,,no,{BEN}
The bus comes too late,,,no,{IDA}
""".encode()
READER = {"accept": "application/atom+xml, text/html;q=0.5, */*;q=0.1"}
REACH = "Ask for Rose at the boat shed"


@asynccontextmanager
async def a_noter_and_somebody(
    house: House,
) -> AsyncIterator[tuple[Browser, Browser]]:
    """The note-taker with three slips kept, and somebody without an account."""
    async with (
        a_site(house, pen=True) as site,
        another(site, house) as noter,
        another(site, house) as somebody,
    ):
        await noter.sign_in(CHAIR)
        done(await noter.upload("/slips", slips=SLIPS))
        yield noter, somebody


async def an_issue(noter: Browser, *slips: str) -> str:
    return done(
        await noter.post(
            "/issues", on="/issues/new", slip=list(slips), previewed="yes", **WORDS
        )
    )


async def look(somebody: Browser, code: str, to: str = "/heard", **more: str) -> str:
    answer = await somebody.post(to, on="/heard", code=code, **more)
    assert answer.status_code == 200, text_of(answer.text)
    return answer.text


async def test_a_torn_off_part_leads_to_the_issue_that_came_of_it(
    council: Three,
) -> None:
    async with a_noter_and_somebody(council.houses[0]) as (noter, somebody):
        before = await look(somebody, "rose rose 2345")
        issue = await an_issue(noter, "1", "2")
        after = await look(somebody, "ROSE-ROSE-2345")

    assert "It is not part of an issue yet" in text_of(before)
    assert issue in after
    assert "Damp homes" in text_of(after)
    assert "2 slips stood behind it" in text_of(after)


async def test_the_code_never_shows_what_stands_on_the_slip(council: Three) -> None:
    async with a_noter_and_somebody(council.houses[0]) as (noter, somebody):
        await an_issue(noter, "1", "2")

        says = await look(somebody, ROSE)

    for word in ("Rosalind", "Quickwater", "bedroom", "coughs"):
        assert word not in says
    assert found_in(council.houses[0], ROSE, BEN, IDA, "ROSE-ROSE") == set()


async def test_a_feed_tells_where_it_went_and_nothing_that_stands_on_the_slip(
    council: Three,
) -> None:
    async with a_noter_and_somebody(council.houses[0]) as (noter, somebody):
        page = await look(somebody, ROSE)
        other = await look(somebody, BEN)
        [address] = set(re.findall(r"/heard/feeds/[0-9a-f]{40}", page))
        empty = await somebody.get(address)
        issue = await an_issue(noter, "1")
        feed = await somebody.http.get(address, headers=READER)
        seen = await somebody.get(address)
        wrong = await somebody.http.get(f"/heard/feeds/{'0' * 40}")

    tree = ElementTree.fromstring(feed.content)
    titles = [each.text for each in tree.iter("{http://www.w3.org/2005/Atom}title")]
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert titles == ["Where it went · Harbour", "It became part of: Damp homes"]
    assert issue in feed.text
    assert "There is nothing yet" in text_of(empty)
    assert "It became part of: Damp homes" in text_of(seen)
    assert issue in seen
    assert '<link rel="alternate" type="application/atom+xml"' in seen
    assert address not in other
    for word in ("Rosalind", "bedroom", "coughs", ROSE):
        assert word not in feed.text
    assert ROSE not in address
    assert wrong.status_code == 404
    assert found_in(council.houses[0], address.rpartition("/")[2]) == set()


async def test_two_who_said_the_same_meet_if_both_want_to(council: Three) -> None:
    async with a_noter_and_somebody(council.houses[0]) as (noter, somebody):
        await an_issue(noter, "1", "2")
        await look(somebody, ROSE, "/heard/meet", reach=REACH)
        to_ben = await look(somebody, BEN)
        to_both = await look(somebody, BEN, "/heard/meet", reach="Ben, 0151 496 0000")
        to_rose = await look(somebody, ROSE)

    assert "One other would like to." in text_of(to_ben)
    assert REACH not in to_ben
    assert REACH in to_both
    assert "Ben, 0151 496 0000" in to_rose


async def test_who_said_something_else_is_not_shown(council: Three) -> None:
    async with a_noter_and_somebody(council.houses[0]) as (noter, somebody):
        await an_issue(noter, "1", "2")
        await an_issue(noter, "3")
        await look(somebody, ROSE, "/heard/meet", reach=REACH)

        to_ida = await look(somebody, IDA, "/heard/meet", reach="Ida")

    assert REACH not in to_ida


async def test_what_somebody_wrote_can_be_taken_back_and_is_gone(
    council: Three,
) -> None:
    house = council.houses[0]
    async with a_noter_and_somebody(house) as (noter, somebody):
        await an_issue(noter, "1", "2")
        await look(somebody, ROSE, "/heard/meet", reach=REACH)
        kept = found_in(house, REACH)
        await look(somebody, ROSE, "/heard/do-not-meet")

        to_ben = await look(somebody, BEN, "/heard/meet", reach="Ben")

    assert REACH not in to_ben
    assert kept == {"tear_off"}
    assert found_in(house, REACH) == set()


async def test_nobody_meets_before_the_slips_lie_together(council: Three) -> None:
    async with a_noter_and_somebody(council.houses[0]) as (_, somebody):
        answer = await somebody.post("/heard/meet", on="/heard", code=ROSE, reach=REACH)

    refused(answer, 409, "Nobody is under the same issue yet")
    assert found_in(council.houses[0], REACH) == set()


async def test_codes_cannot_be_guessed_one_after_the_other(council: Three) -> None:
    async with a_noter_and_somebody(council.houses[0]) as (_, somebody):
        wrong = await somebody.post("/heard", code="aaaabbbbcccc")
        for _ in range(40):
            await somebody.post("/heard", code="aaaabbbbcccc")

        right = await somebody.post("/heard", code=ROSE)

    refused(wrong, 404, "No slip with this code has been written down")
    refused(right, 429, "Too many wrong codes were tried")


async def test_a_code_belongs_to_one_slip(council: Three) -> None:
    async with a_noter_and_somebody(council.houses[0]) as (noter, _):
        twice = b"what,consent,code\nCold,no,abcdabcdabcd\nDamp,no,ABCD-ABCD-ABCD\n"
        in_the_file = await noter.upload("/slips", slips=twice)
        again = await noter.post(
            "/slips/one", on="/slips", what="Cold flats", code="Rose-Rose-2345"
        )
        page = await noter.get("/slips")

    refused(in_the_file, 422, "have the same code")
    refused(again, 409, "is here already, so none was added")
    assert "Cold" not in text_of(page).replace("Cold flats", "", 1)


async def test_a_slip_is_written_down_at_the_telephone(council: Three) -> None:
    async with a_noter_and_somebody(council.houses[0]) as (noter, somebody):
        done(
            await noter.post(
                "/slips/one",
                on="/slips",
                what="No shade on the square",
                who="Bartholomew Zell",
                code="newnew-222222",
            )
        )
        page = await noter.get("/slips")
        says = await look(somebody, "newnew222222")

    assert "No shade on the square" in text_of(page)
    assert "Bartholomew" not in page
    assert "It has been written down" in text_of(says)


async def test_blank_slips_carry_a_fresh_code_on_both_parts(council: Three) -> None:
    async with a_noter_and_somebody(council.houses[0]) as (noter, somebody):
        sheet = await noter.get("/slips/blank?sheets=2")
        again = await noter.get("/slips/blank?sheets=2")
        await somebody.get("/slips/blank", status=403)

    codes = re.findall(r'<b class="code">([a-z0-9-]{14})</b>', sheet)
    assert len(codes) == 12
    assert codes[::2] == codes[1::2]
    assert len(set(codes)) == 6
    assert not set(codes) & set(
        re.findall(r"[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}", again)
    )
