"""What is public leaves in files; the whole leaves by the hand of who runs the node."""

import csv
import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from instance.cli import app
from instance.desk import Desk
from instance.errors import Misused
from instance.store import database
from instance.upkeep import exporting
from instance.upkeep.exporting import CALCULATED, write_csv
from instance.web.record.export import TABLES
from tests.instance.house import House
from tests.instance.kept import standing_in
from tests.instance.web.after import WEEK, an_evening_that_is_over, drafted
from tests.instance.web.evening import Evening, an_assembly, fetched, stranger
from tests.instance.web.offering import offer
from tests.instance.web.thanking import tell


def read_csv(text: str) -> list[dict[str, str]]:
    """Read a table of ours back, with every cell as it was meant."""
    marked = {f"'{mark}" for mark in CALCULATED}
    return [
        {name: cell[1:] if cell[:2] in marked else cell for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text, newline=""), strict=True)
    ]


async def a_full_evening(evening: Evening) -> None:
    """Leave something of everything behind: public, and for members."""
    meeting = await an_evening_that_is_over(evening)
    page = await drafted(evening, meeting)
    evening.clock.pass_by(**WEEK)
    await evening["Ada"].send(f"{page}/approve", on=page, told="everyone")
    await offer(evening, what="Count the chairs")
    await offer(evening, what="=1+1 lamps", told="everyone")
    await tell(evening, what="Swept the stairs", told="everyone")
    await tell(evening, what="Cried with a neighbour")
    act = await evening.newest_act()
    await evening.confirm(act)


async def the_whole(evening: Evening) -> bytes:
    def look(desk: Desk) -> bytes:
        return exporting.whole(desk.connection)

    found: bytes = await evening.look(look)
    return found


async def test_everybody_gets_what_is_public_and_nothing_else(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await a_full_evening(evening)
        await stranger(evening)

        written = await fetched(evening, "/export/public.json")

        held = json.loads(written)
        assert held["licence"].startswith("https://creativecommons.org/")
        assert [row["what"] for row in held["actions"]] == ["=1+1 lamps"]
        assert [row["says"] for row in held["thanks"]] == ["Swept the stairs"]
        assert held["points"][0]["what"] == "The stairs are dark."
        assert "It rained." in held["meetings"][0]["minutes"]
        assert held["decisions"][0]["for"] == 4
        hidden = ("Count the chairs", "Cried", "Cleo", "Dov", "Ben")
        assert standing_in(written, *hidden) == []


async def test_the_tables_say_the_same_as_the_json(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await a_full_evening(evening)
        held = json.loads(await fetched(evening, "/export/public.json"))

        for name, columns in TABLES.items():
            rows = read_csv(await fetched(evening, f"/export/{name}.csv"))

            meant = [
                {c: "" if row[c] is None else str(row[c]) for c in columns}
                for row in held[name]
            ]
            assert rows == meant, name


async def test_the_signed_record_is_whole_in_the_export(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await a_full_evening(evening)

        held = json.loads(await fetched(evening, "/export/public.json"))

        assert [each["type"] for each in held["record"]] == await evening.published()
        assert held["assembly"]["id"].startswith("sha256:")


async def test_there_is_no_table_by_another_name(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        answer = await evening["Eva"].http.get("/export/person.csv")

        assert answer.status_code == 404


def test_a_spreadsheet_calculates_nothing_that_people_wrote() -> None:
    hostile = [{"what": "=HYPERLINK(1)"}, {"what": "-1"}, {"what": "'quoted'"}]

    written = write_csv(["what"], hostile)

    assert written.splitlines() == ["what", "'=HYPERLINK(1)", "'-1", "'quoted'"]
    assert read_csv(written) == hostile


async def test_the_whole_is_read_back_as_it_was(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await a_full_evening(evening)
        data = await the_whole(evening)
    copy = database.connect(tmp_path / "copy.db")
    database.migrate(copy)

    exporting.restore(copy, json.loads(data))

    assert exporting.whole(copy) == data
    assert exporting.check(data).streams >= 10
    copy.close()


async def test_the_whole_holds_no_key_and_nothing_to_sign_in_with(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await a_full_evening(evening)
        data = await the_whole(evening)

        tables = json.loads(data)["tables"]

        private = {"slip", "login", "sealed_key", "actor", "box", "roll", "pulse"}
        assert not private & set(tables)
        assert b"Cried with a neighbour" in data


def spoilt(document: dict[str, Any], how: str) -> None:
    tables = document["tables"]
    match how:
        case "another text":
            tables["wording"][0]["text"] += " or not"
        case "another entry":
            body = tables["entry"][0]["body"]["base64"]
            tables["entry"][0]["body"]["base64"] = "AAAA" + body[4:]
        case "an event that cannot be":
            tables["event"][0]["body"] = '{"at":"yesterday"}'
        case "an event of no kind":
            tables["event"][0]["type"] = "MayorCrowned"
        case "no table":
            del tables["event"]
        case "a strange table":
            tables["sealed_key"] = []
        case "a strange column":
            tables["person"][0]["name) values (1); drop table event; --"] = "x"
        case "another schema":
            document["schema"] = 1
        case _:
            document["format"] = "something else"


@pytest.mark.parametrize(
    "how",
    [
        *("another text", "another entry", "an event that cannot be"),
        *("an event of no kind", "no table", "a strange table", "a strange column"),
        *("another schema", "another format"),
    ],
)
async def test_an_export_that_somebody_spoilt_is_not_believed(
    tmp_path: Path, harbour: House, how: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        document = json.loads(await the_whole(evening))
        spoilt(document, how)

        with pytest.raises(Misused):
            exporting.check(json.dumps(document).encode())


async def test_the_command_writes_the_whole_for_its_owner_and_checks_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await a_full_evening(evening)
    run, file = CliRunner(), tmp_path / "whole.json"
    directory = str(evening.config.directory)

    written = run.invoke(app, ["export", directory, "--whole", "--out", str(file)])
    checked = run.invoke(app, ["check-export", str(file)])
    again = run.invoke(app, ["export", directory, "--whole", "--out", str(file)])
    neither = run.invoke(app, ["export", directory, "--out", str(file)])

    assert written.exit_code == 0, written.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "streams were read by the rules of today" in checked.output
    assert isinstance(again.exception, Misused)
    assert isinstance(neither.exception, Misused)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b'{"format": 1}'])
def test_what_is_no_export_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Misused):
        exporting.check(data)
