"""A newer program takes up the database of an older one, with a vote open in it."""

import sqlite3
from importlib import resources
from pathlib import Path

import pytest

from confederation.deciding import ballot
from instance import config, node
from instance.config import Config
from instance.errors import Misused
from instance.store import database, people
from tests import forked
from tests.instance.house import a_house
from tests.instance.serving import Serving, folkmoot, free_port
from tests.instance.three import (
    LATER,
    OPENS,
    Three,
    mandates,
    proposes,
    the_record,
    votes,
)
from tests.instance.web.browsing import a_browser
from tests.instance.web.hall import a_hall, counts, puts

OLDER = (10, 22)
"""Versions of the schema, long after which a node is brought up to date."""


@pytest.mark.parametrize("version", OLDER)
async def test_a_vote_among_assemblies_goes_on_after_an_upgrade(
    together: Three, version: int
) -> None:
    first, second, third = together.houses
    proposal = proposes(together, first)
    together.confer(OPENS)
    delegates = [mandates(together, house, proposal) for house in together.houses]
    votes(first, delegates[0], proposal)
    made_by_an_older_program(first.config, version)

    async with a_browser(first, at=OPENS) as anybody:
        await anybody.get("/record")

    for house, delegate in zip((second, third), delegates[1:], strict=True):
        votes(house, delegate, proposal)
    together.confer(OPENS)
    together.confer(LATER)
    stands = together.standing(first, proposal)
    assert stands.confirmed is not None
    assert stands.confirmed.outcome == "adopted"
    assert len(stands.confirmed.certified) == 3


def test_a_ballot_that_was_open_is_counted_after_an_upgrade(tmp_path: Path) -> None:
    port = free_port()
    hall = a_hall(tmp_path, port=port)
    id = puts(hall)
    made_by_an_older_program(hall.config, OLDER[0])
    serving = Serving(hall.config.directory, port)

    serving.start()
    serving.stop()

    counts(hall, id)
    with hall.desk() as desk:
        state: ballot.State = node.load(desk, f"ballot:{id}")
    assert state.decided is not None
    assert the_record(hall)[-1]["type"] == "Decision"


def test_the_database_as_it_was_lies_beside_it_after_an_upgrade(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    made_by_an_older_program(house.config, OLDER[0])
    with house.desk():
        pass

    copied = house.config.directory / f"before-upgrade-{OLDER[0]}.sqlite"

    assert copied.stat().st_mode & 0o077 == 0
    assert version_of(copied) == OLDER[0]
    assert version_of(house.config.database) == database.newest_version()
    assert [*house.config.directory.glob("*.new")] == []


def test_without_room_for_the_copy_nothing_is_changed(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    made_by_an_older_program(house.config, OLDER[0])
    # What cannot be written over stands for a disk that is full.
    (house.config.directory / f"before-upgrade-{OLDER[0]}.new").mkdir()

    with pytest.raises(Misused, match="Nothing was changed"), house.desk():
        pass

    assert version_of(house.config.database) == OLDER[0]


def test_several_programs_that_come_at_once_bring_it_up_to_date_once(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    made_by_an_older_program(house.config, OLDER[0])
    where = house.config.directory
    with (tmp_path / "log").open("wb") as log:
        programs = [
            forked.start("instance.cli", "member", "add", str(where), name, out=log)
            for name in ("Cleo", "Dov", "Eva")
        ]

    ended = [program.wait(60) for program in programs]

    assert ended == [0, 0, 0], (tmp_path / "log").read_text()
    assert version_of(house.config.database) == database.newest_version()
    assert version_of(where / f"before-upgrade-{OLDER[0]}.sqlite") == OLDER[0]
    assert [*where.glob("*.new")] == []
    with house.desk() as desk:
        assert {"Cleo", "Dov", "Eva"} <= {*people.names(desk.connection).values()}


def test_nothing_is_changed_under_an_older_program_that_serves(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    made_by_an_older_program(house.config, OLDER[0])
    serving = database.connect(house.config.database)
    serving.execute("select * from person").fetchall()

    with pytest.raises(Misused, match="stop the node first"), house.desk():
        pass

    assert version_of(house.config.database) == OLDER[0]
    serving.close()
    with house.desk():
        pass
    assert version_of(house.config.database) == database.newest_version()


def test_an_older_program_refuses_the_database_of_a_newer_one(tmp_path: Path) -> None:
    house = a_house(tmp_path, port=free_port())
    newer = database.newest_version() + 1
    with sqlite3.connect(house.config.database) as disk:
        disk.execute(f"pragma user_version = {newer}")

    told = folkmoot("serve", str(house.config.directory), check=False)

    assert told.returncode == 2
    assert "run a newer version of it" in told.stderr
    assert "Traceback" not in told.stderr
    assert version_of(house.config.database) == newer


def version_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    version: int = connection.execute("pragma user_version").fetchone()[0]
    connection.close()
    return version


def made_by_an_older_program(settings: Config, version: int) -> None:
    """Give a node the tables that it had at a version, with what they held then."""
    today = settings.directory / "today.sqlite"
    settings.database.replace(today)
    folder = resources.files("instance.store") / "migrations"
    scripts = sorted(each.name for each in folder.iterdir() if each.name[0].isdigit())
    older = database.connect(settings.database)
    for name in scripts[:version]:
        older.executescript((folder / name).read_text(encoding="utf-8"))
    older.execute("pragma foreign_keys = off")
    older.execute("attach :path as today", {"path": str(today)})
    held = older.execute("select name from main.sqlite_schema where type = 'table'")
    for table in [row["name"] for row in held if "sqlite_" not in row["name"]]:
        common = columns(older, "main", table) & columns(older, "today", table)
        names = ", ".join(sorted(common))
        older.execute(f"delete from main.{table}")
        older.execute(
            f"insert into main.{table} ({names}) select {names} from today.{table}"
        )
    older.execute(f"pragma user_version = {version}")
    older.execute("detach today")
    older.close()
    today.unlink()
    assert config.read(settings.directory) == settings


def columns(connection: sqlite3.Connection, schema: str, table: str) -> set[str]:
    found = connection.execute(f"pragma {schema}.table_info({table})")
    return {row["name"] for row in found}
