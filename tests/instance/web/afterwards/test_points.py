"""Heard, and where it went: the points of a meeting on their page."""

from pathlib import Path

import pytest

from confederation.identifiers import SessionId
from confederation.meeting.point import Place
from instance.desk import Desk
from instance.web.afterwards import points
from tests.instance.house import House
from tests.instance.web.evening import Evening, an_assembly, meet


async def heard(
    evening: Evening, meeting: str, *, status: int = 303, **fields: str
) -> str:
    """Write a point down as whoever takes the notes."""
    return await evening["Ada"].send(
        f"{meeting}/points",
        on=f"{meeting}/points",
        status=status,
        fields={"what": "The stairs are dark.", "why": "People fall.", **fields},
    )


async def test_a_point_says_what_and_why_and_from_which_table(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)

        await heard(evening, meeting, table="4")
        await heard(evening, meeting, table="", what="We are cold.", why="")

        says = await evening["Eva"].see(f"{meeting}/points")
        assert "Table 4, point 1 The stairs are dark. Why: People fall." in says
        assert "The whole room, point 1 We are cold." in says
        assert "2 points have not gone anywhere yet" in says


async def test_whoever_is_named_for_the_notes_of_one_meeting_writes_them_there_alone(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        tonight, before = await meet(evening), await meet(evening)
        point = {"table": "4", "what": "The stairs are dark.", "why": ""}
        await evening["Ada"].send(
            f"{tonight}/setup/roles",
            on=f"{tonight}/setup",
            fields={"note-taker": "Eva"},
        )

        for name, where, status in (
            ("Eva", tonight, 303),
            ("Eva", before, 403),
            ("Dov", tonight, 403),
        ):
            await evening[name].send(
                f"{where}/points", on=f"{where}/setup", status=status, fields=point
            )

        ended = {"point": "4.1", "became": "answered", "words": "A lamp is ordered."}
        for name, status in (("Dov", 403), ("Eva", 303)):
            await evening[name].send(
                f"{tonight}/points/end",
                on=f"{tonight}/setup",
                status=status,
                fields=ended,
            )
        await evening["Ada"].send(f"{tonight}/close", on=tonight)
        minutes = await evening["Eva"].send(
            f"{tonight}/minutes", on=f"{tonight}/minutes", words="It was warm."
        )
        assert "It was warm." in await evening["Dov"].see(minutes)
        assert "Write a point down" in await evening["Eva"].see(f"{tonight}/points")
        says = await evening["Dov"].see(f"{tonight}/points")
        assert "Whoever takes the notes tonight writes the points down." in says


async def test_a_point_sent_twice_is_there_once(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)

        for _ in range(2):
            await heard(evening, meeting, table="4", number="1")

        says = await evening["Ada"].see(f"{meeting}/points")
        assert says.count("The stairs are dark.") == 1


async def test_a_fourth_point_of_a_table_is_refused_and_stays_in_the_form(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        for number in range(3):
            await heard(evening, meeting, table="4", what=f"Point {number}")

        says = await heard(evening, meeting, table="4", what="One more", status=422)

        assert "at most 3 points, so that each is heard" in says
        assert "One more" in says


async def test_a_point_is_parked_for_a_reason_or_answered_in_words(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, meeting = evening["Ada"], await meet(evening)
        page = f"{meeting}/points"
        await heard(evening, meeting, table="4")
        await heard(evening, meeting, table="5", what="When is it warm?")

        silent = await ada.send(
            f"{page}/end", on=page, point="4.1", became="parked", status=422
        )
        await ada.send(
            f"{page}/end",
            on=page,
            fields={"point": "4.1", "became": "parked", "words": "The key is lost."},
        )
        await ada.send(
            f"{page}/end",
            on=page,
            fields={"point": "5.1", "became": "answered", "words": "In May."},
        )

        assert "parked for one reason. Please write it." in silent
        says = await evening["Eva"].see(page)
        assert "It is parked, for one reason The key is lost." in says
        assert "It was answered In May." in says


async def test_a_point_leads_to_the_issue_that_it_became(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, meeting = evening["Ada"], await meet(evening)
        page = f"{meeting}/points"
        await heard(evening, meeting, table="4")
        issue = await ada.send(
            "/issues",
            on="/issues/new",
            fields={"previewed": "yes", "what": "Dark stairs", "title": "Light"},
        )
        shown = await ada.open(f"{page}?point=4.1")
        id = shown.partition('<option value="0')[2].partition('"')[0]

        await ada.send(
            f"{page}/end",
            on=page,
            fields={"point": "4.1", "became": "issue", "issue": f"0{id}"},
        )

        shown = await evening["Eva"].open(page)
        assert "It became an issue" in shown
        assert f'href="{issue}"' in shown


async def test_what_a_point_says_is_in_the_form_for_an_issue(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        await heard(evening, meeting, table="4")
        page = await evening["Ada"].open(f"{meeting}/points?point=4.1")
        link = page.partition('href="/issues/new?')[2].partition('"')[0]

        form = await evening["Ada"].open(f"/issues/new?{link.replace('&amp;', '&')}")

        assert "The stairs are dark.</textarea>" in form
        assert "People fall.</textarea>" in form


async def test_only_whoever_takes_the_notes_writes_points(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        await heard(evening, meeting, table="4")
        page, eva = f"{meeting}/points", evening["Eva"]
        token = {"token": await eva.token(meeting)}

        for path, fields in (
            (page, {"what": "Mine"}),
            (f"{page}/strike", {"point": "4.1"}),
            (f"{page}/end", {"point": "4.1", "became": "answered", "words": "No."}),
        ):
            await eva.send(path, on=meeting, status=403, fields={**token, **fields})

        says = await eva.see(page)
        assert "Mine" not in says
        assert "Table 4, point 1" in says
        assert "Write a point down" not in says


async def test_a_point_that_was_struck_is_gone(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        page = f"{meeting}/points"
        await heard(evening, meeting, table="4")

        for _ in range(2):
            await evening["Ada"].send(f"{page}/strike", on=page, point="4.1")

        assert "The stairs are dark" not in await evening["Eva"].see(page)


@pytest.mark.parametrize("point", ["", "4", "4.x", "9.9", "0000.1"])
async def test_an_end_names_a_point_that_is_there(
    tmp_path: Path, harbour: House, point: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        page = f"{meeting}/points"
        ada, fields = evening["Ada"], {"became": "answered", "words": "Yes."}
        token = {"token": await ada.token(page)}

        answer = await ada.http.post(
            f"{page}/end", data={**fields, **token, "point": point}
        )

        assert answer.status_code in (404, 422)


async def test_before_the_minutes_are_public_a_stranger_reads_no_point(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        await heard(evening, meeting, table="4")
        ada = evening["Ada"]
        ada.http.cookies.clear()

        says = await ada.see(f"{meeting}/points", status=403)

        assert "please sign in first" in says
        assert "stairs" not in says


async def test_sixty_points_of_twenty_tables_are_one_small_page(
    tmp_path: Path, harbour: House
) -> None:
    what = "The stairs are dark and nobody answers when we ring the landlord."

    def hand_in(desk: Desk) -> None:
        for table in range(1, 21):
            for number in range(1, 4):
                place = Place(table=table, number=number)
                id = SessionId(meeting.removeprefix("/sessions/"))
                points.record(desk, id, place, what, "People fall.", by=None)

    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        await evening.node.work(hand_in)

        page = await evening["Ada"].open(f"{meeting}/points?point=20.3")

        assert page.count(what) == 60
        assert len(page.encode()) < 50_000
        assert page.count("/points/end") == 1
