"""A report by the pages: filed, questioned, judged, or asked for twice."""

from datetime import timedelta

from confederation.record import ReportBack
from instance import chamber
from instance.store import records
from tests.instance.house import NOON, House
from tests.instance.three import Three
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import PEOPLE, before, confirms, decides
from tests.instance.web.outcomes import counts, opens_a_meeting
from tests.instance.web.seated import (
    CAS,
    CHAIR,
    CLOSES,
    DANA,
    elects,
    instructs,
    path_of,
    proposes,
)
from tests.instance.web.sending import done, found_in, refused

DUE = CLOSES + timedelta(days=30)
LATE = DUE + timedelta(days=1)
AGAIN = LATE + timedelta(days=3)
TEXT = "We asked, they listened, and the survey begins in May."


def reports_of(house: House) -> list[str]:
    """What stands about reports in the first house's record, as this house has it."""
    with house.desk(AGAIN) as desk:
        [first] = [
            known.id
            for known in records.assemblies(desk.connection)
            if "harbour" in known.address
        ]
        kept = chamber.record_of(desk, first)
        assert kept is not None
        return [told.state for _, told in kept.facts(ReportBack)]


async def bound(council: Three) -> str:
    """Bind Dana by a mandate; return the page of the report on it."""
    proposal = await proposes(council)
    await elects(council)
    await instructs(council, proposal, must="for")
    return f"{path_of(council)}/reports/1"


async def test_a_report_is_filed_questioned_and_accepted(council: Three) -> None:
    ours, at = council.houses[0], await bound(council)

    async with before(ours, CHAIR, CAS, DANA, at=DUE) as (chair, cas, dana):
        assert "Report back to the assembly" in text_of(await dana.get("/today"))
        not_hers = await cas.post(f"{at}/file", on=at, text=TEXT)
        done(await dana.post(f"{at}/file", on=at, text=TEXT))
        done(await cas.post(f"{at}/question", on=at, question="Who pays?"))
        done(await cas.post(f"{at}/question", on=at, question="Who pays?"))
        page = await dana.get(at)
        question = page.partition('name="question" value="')[2].partition('"')[0]
        done(
            await dana.post(
                f"{at}/answer", on=at, question=question, answer="The city."
            )
        )
        seen = text_of(await cas.get(at))
    with ours.desk(DUE) as desk:
        text = chamber.record_of(desk, records.ours(desk.connection).id)  # type: ignore[union-attr]
        assert text is not None
        [filed] = [told for _, told in text.facts(ReportBack)]
    decided = decides(ours, text=filed.text, at=DUE)
    async with before(ours, CHAIR, at=DUE) as (chair,):
        done(await chair.post(f"{at}/judge", on=at, ballot=decided))
        judged = text_of(await chair.get(at))
        mandate = text_of(await chair.get(f"/mandates/{filed.mandate[7:]}"))
    council.exchange(DUE)

    refused(not_hers, 403, "Whoever held the mandate reports on it.")
    assert "Who pays?" in seen
    assert "The city." in seen
    assert "Accepted by the assembly" in judged
    assert "The assembly accepted the delegate's report." in mandate
    assert reports_of(council.houses[1]) == ["filed", "accepted"]
    # What is asked and answered, and by whom, stays here.
    assert found_in(council.houses[1], *PEOPLE, "Who pays?", "The city.") == set()


async def test_a_late_report_is_asked_for_twice_before_others_see_it(
    council: Three,
) -> None:
    ours, at = council.houses[0], await bound(council)
    compact = f"/compacts/{council.compact.digest[7:]}"

    async with before(ours, CHAIR, CAS, DANA, at=LATE) as (chair, cas, dana):
        assert "Late: we are waiting for it" in text_of(await cas.get(path_of(council)))
        no_chair = await cas.post(f"{at}/ask", on=at)
        done(await chair.post(f"{at}/ask", on=at))
        at_once = await chair.post(f"{at}/ask", on=at)
        offered = text_of(await dana.get(at))
    council.exchange(LATE)
    assert reports_of(council.houses[1]) == []
    async with before(ours, CHAIR, at=AGAIN) as (chair,):
        done(await chair.post(f"{at}/ask", on=at))
        here = text_of(await chair.get(compact))
    council.exchange(AGAIN)
    async with before(council.houses[1], CHAIR, at=AGAIN) as (stranger,):
        there = text_of(await stranger.get(compact))

    refused(no_chair, 403, "to do")
    refused(at_once, 409, "It was asked for only now.")
    assert "Take more time" in offered
    assert "give the seat back" in offered
    assert reports_of(council.houses[1]) == ["awaited"]
    for page in (here, there):
        assert "report awaited." in page
        assert "Dana" not in page
    assert found_in(council.houses[1], *PEOPLE) == set()


async def test_more_time_is_taken_without_a_reason(council: Three) -> None:
    ours, at = council.houses[0], await bound(council)
    until = (LATE + timedelta(days=6)).strftime("%Y-%m-%dT%H:%M:%S")

    async with before(ours, CHAIR, DANA, at=LATE) as (chair, dana):
        done(await chair.post(f"{at}/ask", on=at))
        done(await dana.post(f"{at}/pause", on=at, until=until))
        not_late = await chair.post(f"{at}/ask", on=at)
        page = text_of(await chair.get(at))

    refused(not_late, 409, "The report is not due yet.")
    assert "More time was taken" in page
    confirms(ours, LATE)
    assert reports_of(ours) == []
    assert NOON < LATE


async def test_the_assembly_judges_a_report_by_one_press(council: Three) -> None:
    ours, at = council.houses[0], await bound(council)
    async with before(ours, DANA, at=DUE) as (dana,):
        done(await dana.post(f"{at}/file", on=at, text=TEXT))
    opens_a_meeting(ours, DUE)

    async with before(ours, CHAIR, CAS, at=DUE) as (chair, cas):
        to_put = text_of(await chair.get("/today"))
        nothing = text_of(await cas.get("/today"))
        not_hers = await cas.post(f"{at}/put", on=at)
        page = done(await chair.post(f"{at}/put", on=at))
        again = done(await chair.post(f"{at}/put", on=at))
        ballot = page.rpartition("/")[2]
        asked = text_of(await chair.get(page))
        counts(ours, ballot, 30, 4, DUE)
        to_carry_out = text_of(await chair.get("/today"))
        done(await chair.post(f"{at}/judge", on=at, ballot=ballot))
        judged = text_of(await chair.get(at))
        after = text_of(await chair.get("/today"))

    assert "Put the delegate's report to the assembly" in to_put
    assert "Put the delegate's report" not in nothing
    refused(not_hers, 403, "to do")
    assert again == page
    assert "Do we accept our delegate's report?" in asked
    assert "Carry out what was decided about the report" in to_carry_out
    assert "Accepted by the assembly" in judged
    assert "the report" not in after


async def test_without_an_open_meeting_no_report_is_put(council: Three) -> None:
    ours, at = council.houses[0], await bound(council)
    async with before(ours, CHAIR, DANA, at=DUE) as (chair, dana):
        done(await dana.post(f"{at}/file", on=at, text=TEXT))
        answer = await chair.post(f"{at}/put", on=at)

    refused(answer, 409, "No meeting is open.")
