"""A node comes back from its backup, and what was to be gone stays gone."""

import contextlib
import io
import json
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from instance import node
from instance.config import DATABASE, SECRET
from instance.errors import Misused
from instance.matters import erasing
from instance.membership import belonging
from instance.upkeep import backups, copies, doctor, exporting
from tests.instance.house import House, a_house, found
from tests.instance.kept import files
from tests.instance.neighbours import Neighbours
from tests.instance.records import SOON, a_clause
from tests.instance.serving import folkmoot, until
from tests.instance.three import (
    LATER,
    OPENS,
    Three,
    mandates,
    proposes,
    the_record,
    votes,
)
from tests.instance.web.browsing import a_browser, text_of
from tests.instance.web.hall import a_hall, decides, puts
from tests.instance.web.visitor import Visitor, a_visitor


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = a_house(tmp_path)
    with made.desk() as desk:
        found(made, desk)
    return made


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    place = tmp_path / "elsewhere"
    place.mkdir()
    return place


def test_a_vote_goes_on_from_a_backup_that_was_made_while_the_node_served(
    together: Three, elsewhere: Path
) -> None:
    first, second, third = together.houses
    proposal = proposes(together, first)
    together.confer(OPENS)
    delegates = [mandates(together, house, proposal) for house in together.houses]
    votes(first, delegates[0], proposal)
    # Somebody else is in the middle of writing.
    serving = sqlite3.connect(first.config.database, isolation_level=None)
    serving.execute("begin immediate")
    serving.execute("delete from entry")
    written = backups.write(first.config, elsewhere, now=OPENS)
    serving.execute("rollback")
    serving.close()
    kept = elsewhere / "kept.key"
    first.config.secret.replace(kept)
    for each in first.config.directory.iterdir():
        each.unlink()
    first.config.directory.rmdir()

    done = backups.restore(written, first.config.directory, secret=kept, now=SOON)

    assert done.brought.wrong == ()
    assert done.brought.opened
    assert done.brought.at == OPENS
    assert (done.brought.name, done.brought.fellows) == ("Harbour", 2)
    assert done.brought.entries == len(the_record(first))
    assert done.has_secret
    for house, delegate in zip((second, third), delegates[1:], strict=True):
        votes(house, delegate, proposal)
    together.confer(OPENS)
    together.confer(LATER)
    assert together.standing(first, proposal).confirmed is not None


def test_a_backup_of_a_node_that_people_use_holds_all_that_was_said_before_it(
    neighbours: Neighbours, elsewhere: Path
) -> None:
    serving, told, over = neighbours.nodes[0], list[str](), threading.Event()

    def go_on(ben: Visitor) -> None:
        while not over.is_set():
            needs(ben, f"While it is written {len(told)}")
            told.append(f"While it is written {len(told)}")

    with a_visitor(serving, "Ben") as ben:
        needs(ben, "Before it is written")
        writing = threading.Thread(target=go_on, args=(ben,))
        writing.start()
        try:
            until(lambda: told)
            before = {"Before it is written", *told}
            said = folkmoot("backup", str(serving.directory), str(elsewhere)).stdout
        finally:
            over.set()
            writing.join()

    assert "would bring back" in said
    [written] = elsewhere.glob("*.zip")
    with zipfile.ZipFile(written) as packed:
        packed.extract(DATABASE, elsewhere)
    assert before <= texts(elsewhere / DATABASE)
    assert {*before, *told} <= texts(serving.directory / DATABASE)


def needs(who: Visitor, what: str) -> None:
    who.send(
        "/aid",
        on="/aid/new",
        purpose="request",
        title=what,
        quantity="1",
        unit="one",
    )


def texts(path: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return {text for (text,) in connection.execute("select text from wording")}


def test_nothing_in_a_backup_signs_for_anybody(house: House, elsewhere: Path) -> None:
    written = backups.write(house.config, elsewhere / "b.zip", now=OPENS)

    with zipfile.ZipFile(written) as packed:
        held = {name: packed.read(name) for name in packed.namelist()}
    assert SECRET not in held
    assert not any(house.config.secret.read_bytes() in each for each in held.values())
    assert written.stat().st_mode & 0o077 == 0
    assert [*elsewhere.iterdir()] == [written]


def test_what_was_withdrawn_after_a_backup_stays_gone_after_a_restore(
    together: Three, elsewhere: Path
) -> None:
    harbour = together.houses[0]
    commitment, text = a_clause(together)
    belonging_notes = harbour.config.directory / belonging.LEFT
    belonging_notes.write_text('{"member": "before"}\n')
    written = backups.write(harbour.config, elsewhere, now=SOON)
    with harbour.desk(SOON) as desk:
        erasing.erase(desk, commitment, why="law")
    # The last line was cut off by a fault of power.
    belonging_notes.write_text('{"member": "after"}\n{"mem')

    done = backups.restore(written, harbour.config.directory, secret=None, now=SOON)

    assert done.kept is not None
    assert (done.kept / "node.sqlite").exists()
    shutil.rmtree(done.kept)
    assert text in files(harbour)
    with harbour.desk(SOON) as desk:
        assert erasing.reapply(desk) == 1
    assert text not in files(harbour)
    assert belonging_notes.read_text().splitlines() == [
        '{"member": "after"}',
        '{"mem',
        '{"member": "before"}',
    ]


def test_what_a_restore_replaced_is_deleted_after_a_month(
    house: House, elsewhere: Path
) -> None:
    written = backups.write(house.config, elsewhere, now=OPENS)
    done = backups.restore(written, house.config.directory, secret=None, now=OPENS)
    copies.drop_old(house.config.directory, node.utc_now())
    assert copies.beside(house.config.directory) == [done.kept]

    copies.drop_old(house.config.directory, node.utc_now() + timedelta(days=31))

    assert copies.beside(house.config.directory) == []
    assert house.config.database.exists()


def with_a_letter_changed(backup: bytes) -> bytes:
    """Pack a backup again, whole but for one letter of the database."""
    return repacked(
        backup, "node.sqlite", lambda held: held.replace(b"Harbour", b"Harbout")
    )


def from_the_future(backup: bytes) -> bytes:
    return repacked(
        backup,
        "backup.json",
        lambda held: json.dumps({**json.loads(held), "schema": 999}).encode(),
    )


def that_names_another_file(backup: bytes) -> bytes:
    return repacked(
        backup,
        "backup.json",
        lambda held: held.replace(b'"node.sqlite":', b'"../a": "", "node.sqlite":'),
    )


def repacked(backup: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(backup)) as before,
        zipfile.ZipFile(out, "w") as after,
    ):
        for each in before.namelist():
            held = before.read(each)
            after.writestr(each, change(held) if each == name else held)
    return out.getvalue()


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda _: b"", "is no backup"),
        (lambda _: b"\x00rubbish" * 99, "is no backup"),
        (lambda whole: whole[: len(whole) // 2], "is no backup"),
        (lambda _: repacked(an_archive(), "a", bytes), "no backup of a node"),
        (with_a_letter_changed, "node.sqlite in this backup is not as it was"),
        (from_the_future, "newer version of the program"),
        (that_names_another_file, "does not hold the files of a node"),
    ],
)
def test_what_is_no_whole_backup_of_ours_changes_nothing(
    house: House, elsewhere: Path, made: Callable[[bytes], bytes], says: str
) -> None:
    whole = backups.write(house.config, elsewhere / "whole.zip", now=OPENS)
    other = elsewhere / "other.zip"
    other.write_bytes(made(whole.read_bytes()))
    before = contents(house.config.directory)

    with pytest.raises(Misused, match=says):
        backups.restore(other, house.config.directory, secret=None, now=OPENS)

    assert contents(house.config.directory) == before


def an_archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("a", b"A holiday.")
    return out.getvalue()


def test_an_export_is_no_backup_and_the_sentence_says_why(
    house: House, elsewhere: Path
) -> None:
    with house.desk() as desk:
        exporting.write(elsewhere / "all.json", exporting.whole(desk.connection))

    told = folkmoot(
        "restore", str(elsewhere / "all.json"), str(elsewhere / "new"), check=False
    )

    assert told.returncode == 2
    assert "It holds no keys and no sign-ins" in told.stderr
    assert not (elsewhere / "new").exists()


def test_no_node_is_restored_over_where_that_would_harm(
    house: House, elsewhere: Path, tmp_path: Path
) -> None:
    other = a_house(tmp_path / "other", slug="quarry")
    here, there = house.config, other.config
    written = backups.write(here, elsewhere, now=OPENS)
    before = contents(here.directory), contents(there.directory)

    def restore(into: Path, secret: Path | None = None) -> object:
        return backups.restore(written, into, secret=secret, now=OPENS)

    with pytest.raises(Misused, match="'quarry', and this is a backup of 'harbour'"):
        restore(there.directory)
    with pytest.raises(Misused, match="another secret than"):
        restore(here.directory, there.secret)
    with pytest.raises(Misused, match="does not open the keys"):
        restore(elsewhere / "new", there.secret)
    with pytest.raises(Misused, match="holds something that is no node's"):
        restore(elsewhere)
    serving = sqlite3.connect(here.database)
    serving.execute("select * from event").fetchall()
    with pytest.raises(Misused, match="is serving"):
        restore(here.directory)
    serving.close()

    assert (contents(here.directory), contents(there.directory)) == before
    assert [*(elsewhere / "new").iterdir()] == []


def test_no_backup_is_written_over_or_beside_what_it_saves(
    house: House, elsewhere: Path
) -> None:
    taken = elsewhere / "taken.zip"
    taken.write_bytes(b"older")

    for out, says in (
        (taken, "is there already"),
        (house.config.directory, "is lost with it"),
        (house.config.directory / "b.zip", "is lost with it"),
        (elsewhere / "no" / "where", "cannot be written"),
    ):
        with pytest.raises(Misused, match=says):
            backups.write(house.config, out, now=OPENS)

    assert taken.read_bytes() == b"older"
    assert [*elsewhere.iterdir()] == [taken]


def test_a_backup_of_a_damaged_record_says_so(together: Three, elsewhere: Path) -> None:
    harbour = together.houses[0].config
    with sqlite3.connect(harbour.database) as disk:
        disk.execute(
            "update entry set body = cast(body || x'20' as blob) where seq = 1"
        )

    told = folkmoot("backup", str(harbour.directory), str(elsewhere), check=False)

    assert told.returncode == 1
    assert "! The entry sha256:" in told.stdout


def test_the_command_says_what_a_backup_would_bring_back(
    house: House, elsewhere: Path
) -> None:
    directory = str(house.config.directory)

    told = folkmoot("backup", directory, str(elsewhere))

    assert "would bring back Harbour as of" in told.stdout
    assert "people: 2, open votes: 0, entries of its record: " in told.stdout
    assert f"{SECRET} is not in it on purpose" in told.stdout
    [written] = elsewhere.iterdir()
    assert written.name.startswith("harbour-20")
    alone = folkmoot("check-backup", str(written))
    assert "shows only with --secret" in alone.stdout
    secret = ("--secret", str(house.config.secret))
    both = folkmoot("check-backup", str(written), *secret)
    assert "The secret opens its keys." in both.stdout
    back = folkmoot("restore", str(written), str(elsewhere / "new"))
    assert "put secret.key in" in back.stdout
    assert "Whoever left" in back.stdout
    assert "last backup" in folkmoot("doctor", directory).stdout


def test_a_backup_says_how_many_votes_are_open_in_it(
    tmp_path: Path, elsewhere: Path
) -> None:
    hall = a_hall(tmp_path)
    decides(hall)
    puts(hall)
    written = backups.write(hall.config, elsewhere, now=OPENS)

    brought = backups.try_out(written, secret=None, now=OPENS)

    assert brought.open_votes == 1


async def test_a_month_without_a_backup_is_said_quietly(
    house: House, elsewhere: Path
) -> None:
    late = OPENS + timedelta(days=40)

    async def said(at: timedelta) -> tuple[str, str]:
        found = doctor.examine(house.config.directory, clock=lambda: OPENS + at)
        assert not any(each.serious for each in found)
        async with a_browser(house, at=OPENS + at, pen=True) as anybody:
            page = text_of(await anybody.get("/condition"))
        return page, "\n".join(map(str, found))

    page, examined = await said(timedelta(days=2))
    assert "backup" not in examined
    assert "No backup was made yet." in page
    assert "more than a month" not in page

    page, examined = await said(timedelta(days=40))
    assert "There is no backup yet." in examined
    assert "makes one while the node serves, and keeps it somewhere else" in page

    copies.note_backup(house.config.directory, late - timedelta(days=1))
    page, examined = await said(timedelta(days=40))
    assert "The last backup was made 24 hours ago." in examined
    assert "more than a month" not in page

    page, examined = await said(timedelta(days=80))
    assert "folkmoot backup" in examined
    assert "more than a month" in page


def contents(directory: Path) -> dict[str, bytes]:
    return {
        each.name: each.read_bytes() for each in directory.iterdir() if each.is_file()
    }
