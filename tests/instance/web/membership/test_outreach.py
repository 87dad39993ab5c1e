"""The outreach log shows its gaps, keeps to the members, and names nobody's door."""

import csv
import io
from pathlib import Path

import pytest
from PIL import Image

from tests.instance.house import House
from tests.instance.kept import standing_in
from tests.instance.web.evening import an_assembly
from tests.instance.web.inviting import draw, entry, log
from tests.instance.web.sending import found_in


def a_picture() -> bytes:
    """Draw a photograph that carries where it was taken."""
    image = Image.new("RGB", (60, 40), (200, 80, 40))
    exif = Image.Exif()
    exif[0x010E] = "17 Kettle Lane"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


async def test_the_page_says_first_where_nobody_has_been(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await draw(evening)

        await log(evening, homes="10")

        says = await evening["Eva"].see("/outreach")
        assert "Where we have not been yet Mill Stairs, left Old Yard" in says
        assert "In part: Quay Lane" in says
        assert "10 of 82 homes reached" in says
        assert "12 in a hundred" in says


async def test_a_line_that_is_there_already_gets_the_new_number(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await draw(evening)

        for _ in range(2):
            await draw(evening, "Quay Lane, 44\nQuay Lane, 45")

        says = await evening["Ada"].see("/outreach")
        assert "0 of 87 homes reached" in says


@pytest.mark.parametrize(
    ("area", "says"),
    [
        ("Quay Lane", "Line 1 is “Quay Lane”. Each line is a name, a comma"),
        ("Quay Lane, 40\nMill, many", "Line 2 is “Mill, many”"),
        ("Quay Lane 17, 1", "the log says nothing about single doors"),
        ("x" * 81 + ", 9", "The name on line 1 is too long"),
    ],
)
async def test_a_list_that_cannot_be_read_changes_nothing_and_stays_in_the_form(
    tmp_path: Path, harbour: House, area: str, says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        said = await draw(evening, area, 422)

        assert says in said
        assert area.splitlines()[0] in said
        assert "First a list of the streets" in said


async def test_the_same_form_sent_twice_is_one_entry(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await draw(evening)
        fields = await entry(evening, missed="People on night shift")

        for _ in range(2):
            await evening["Eva"].send("/outreach/log", on="/outreach", fields=fields)

        says = await evening["Eva"].see("/outreach")
        assert says.count("written down by Eva") == 1
        assert "Missed: People on night shift" in says


async def test_a_wrong_entry_is_struck_by_anybody_and_no_longer_counts(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await draw(evening)
        fields = await entry(evening)
        await evening["Eva"].send("/outreach/log", on="/outreach", fields=fields)

        await evening["Dov"].send(
            f"/outreach/log/{fields['mark']}/strike", on="/outreach"
        )

        says = await evening["Eva"].see("/outreach")
        assert "Struck: it was written down by mistake" in says
        assert "0 of 82 homes reached" in says


@pytest.mark.parametrize(
    ("wrong", "status", "says"),
    [
        ({"homes": "41"}, 422, "There are 40 homes here, and not more"),
        ({"homes": ""}, 422, "How many homes were reached?"),
        ({"on": "2027-01-01"}, 422, "its day has come already"),
        ({"on": "yesterday"}, 422, "“Day” is a day such as"),
        ({"way": "shouting"}, 422, "this was not offered"),
        ({"stretch": "nowhere"}, 422, "“nowhere” is not on the list"),
        ({"languages": "klingon"}, 422, "this was not offered"),
        ({"mark": "../etc"}, 422, "This form was changed on its way"),
    ],
)
async def test_what_cannot_be_is_refused_and_what_was_typed_stays(
    tmp_path: Path, harbour: House, wrong: dict[str, str], status: int, says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await draw(evening)

        said = await log(evening, status, missed="The hostel", **wrong)

        assert says in said
        page = await evening["Eva"].see("/outreach")
        assert "What was done" not in page


async def test_a_picture_is_drawn_anew_and_shown_to_members_alone(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await draw(evening)
        eva = evening["Eva"]
        fields = {**await entry(evening), "token": await eva.token("/outreach")}

        for _ in range(2):
            answer = await eva.http.post(
                "/outreach/log",
                data=fields,
                files={"picture": ("wall.jpg", a_picture(), "image/jpeg")},
            )
            assert answer.status_code == 303

        html = await eva.open("/outreach")
        assert html.count('<img src="/outreach/pictures/') == 1
        shown = await eva.http.get("/outreach/pictures/1")
        assert shown.headers["content-type"] == "image/webp"
        assert b"Kettle" not in shown.content
        assert found_in(evening.house, "Kettle Lane") == set()
        eva.http.cookies.clear()
        assert (await eva.http.get("/outreach/pictures/1")).status_code == 403


async def test_what_is_no_picture_is_refused_and_nothing_is_written_down(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await draw(evening)
        eva = evening["Eva"]
        fields = {**await entry(evening), "token": await eva.token("/outreach")}

        answer = await eva.http.post(
            "/outreach/log",
            data=fields,
            files={"picture": ("wall.svg", b"<svg onload='x'/>", "image/svg+xml")},
        )

        assert answer.status_code == 422
        assert "This is no picture that can be shown here" in answer.text
        assert "What was done" not in await eva.see("/outreach")


async def test_the_file_has_a_line_for_each_entry_and_names_nobody(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await draw(evening, '=HYPERLINK("x"), 40')
        await log(evening, stretch='=HYPERLINK("x")', missed="@night", languages="fr")

        answer = await evening["Dov"].http.get("/outreach.csv")

        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        header, line = csv.reader(io.StringIO(answer.text))
        row = dict(zip(header, line, strict=True))
        assert row["Stretch"] == '\'=HYPERLINK("x")'
        assert row["Who was missed"] == "'@night"
        assert (row["Day"], row["Homes reached"]) == ("2026-11-20", "10")
        assert standing_in(answer.text, "Eva") == []


@pytest.mark.parametrize("path", ["/outreach", "/outreach.csv"])
async def test_nobody_but_members_sees_the_log(
    tmp_path: Path, harbour: House, path: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await draw(evening)
        evening["Eva"].http.cookies.clear()

        answer = await evening["Eva"].http.get(path)

        assert answer.status_code == 403
        assert standing_in(answer.text, "Quay") == []


async def test_a_member_without_an_office_draws_no_area_and_logs_all_the_same(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await draw(evening)

        says = await evening["Eva"].send(
            "/outreach/stretches", on="/outreach", status=403, list="Mine, 10"
        )
        await log(evening)

        assert "This is for the" in says
        assert "Mine" not in await evening["Ada"].see("/outreach")


async def test_a_street_is_taken_out_and_its_log_stays(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await draw(evening)
        await log(evening)

        for status in (303, 422):
            await evening["Ada"].send(
                "/outreach/stretches/drop",
                on="/outreach",
                status=status,
                stretch="Quay Lane",
            )

        says = await evening["Eva"].see("/outreach")
        assert "0 of 42 homes reached" in says
        assert "A street that is no longer on the list" in says


async def test_the_longest_list_is_a_small_page(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        streets = [f"The {number}th Street on the hill, 40" for number in range(100)]
        await draw(evening, "\n".join(streets))
        for _ in range(12):
            await log(evening, stretch="The 7th Street on the hill", missed="x" * 200)

        await evening["Ada"].open("/outreach")

        says = await draw(evening, "One more, 40", 422)
        assert "The list has room for 100 stretches" in says
