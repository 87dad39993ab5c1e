"""A text that was withdrawn is found nowhere any more, and the record still holds."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from markupsafe import escape

from activitypub import canonical, reading
from activitypub.canonical import JsonObject
from activitypub.errors import Forbidden
from instance import archive, reception, speech
from instance.errors import Misused
from instance.fediverse import persona
from instance.matters import erasing, openings
from instance.store import erasures, events, posts, records
from tests.instance.house import House
from tests.instance.kept import files
from tests.instance.records import SOON, a_clause
from tests.instance.three import Three

GONE = "(text withdrawn)"


def test_a_withdrawn_text_is_in_no_file_of_the_node(together: Three) -> None:
    harbour = together.houses[0]
    commitment, text = a_clause(together)
    assert text in files(harbour)

    with harbour.desk(SOON) as desk:
        erasing.erase(desk, commitment, why="asked")

    assert text not in files(harbour)
    assert salt_of(together.houses[1], commitment) not in files(harbour)


def test_the_post_says_that_its_text_is_withdrawn_and_followers_are_told(
    together: Three,
) -> None:
    harbour = together.houses[0]
    commitment, text = a_clause(together)

    with harbour.desk(SOON) as desk:
        erasing.erase(desk, commitment, why="asked")

        known = records.ours(desk.connection)
        assert known is not None
        [entry] = erasures.entries_with(desk.connection, commitment, assembly=known.id)
        carrier = posts.carrier_of(desk.connection, entry["digest"])
        assert carrier is not None
        note = canonical.read(carrier["body"].encode())
        updates = said(desk.connection, "Update")
    assert GONE in str(note["content"])
    assert text not in str(note)
    assert note["id"] in [reading.id_of(update["object"]) for update in updates]


def test_the_record_still_verifies_without_the_text(together: Three) -> None:
    harbour = together.houses[0]
    commitment, _ = a_clause(together)

    with harbour.desk(SOON) as desk:
        erasing.erase(desk, commitment, why="asked")

        known = records.ours(desk.connection)
        assert known is not None
        assert archive.is_sound(desk, known)


def test_a_fellow_member_who_is_asked_erases_its_copy_and_says_so(
    together: Three,
) -> None:
    harbour, quarry = together.houses[:2]
    commitment, text = a_clause(together)
    assert text in files(quarry)
    with harbour.desk(SOON) as desk:
        erasing.erase(desk, commitment, why="person")
        request = request_to(desk.connection, quarry)

    with quarry.desk(SOON) as desk:
        came_to = reception.deal_with(desk, group(harbour), request)
        [accept] = said(desk.connection, "Accept")
    with harbour.desk(SOON) as desk:
        reception.deal_with(desk, group(quarry), accept)
        answers = {
            row["assembly"]: row["answer"]
            for row in erasures.answers(desk.connection, commitment)
        }

    assert came_to.says == "text erased"
    assert text not in files(quarry)
    assert answers[ours(quarry)] == "erased"
    assert list(answers.values()).count(None) == 1


def test_a_text_that_was_erased_is_not_kept_again_whoever_brings_it(
    together: Three,
) -> None:
    harbour, quarry = together.houses[:2]
    commitment, text = a_clause(together)
    salt = salt_of(quarry, commitment)
    brought = {"commit": commitment, "salt": salt, "text": text, "lang": "en"}

    with harbour.desk(SOON) as desk:
        erasing.erase(desk, commitment, why="asked")
        openings.keep(desk, [brought])

        assert events.wording(desk.connection, commitment) is None


def test_only_the_assembly_that_published_a_text_can_have_it_erased(
    together: Three,
) -> None:
    harbour, quarry, mill = together.houses
    commitment, text = a_clause(together)
    with harbour.desk(SOON) as desk:
        erasing.erase(desk, commitment, why="asked")
        request = request_to(desk.connection, quarry)

    for stranger in (group(mill), "http://127.0.0.9:8100/users/mallory"):
        with quarry.desk(SOON) as desk, pytest.raises(Forbidden):
            reception.deal_with(desk, stranger, {**request, "actor": stranger})

    assert text in files(quarry)


def test_a_text_of_which_our_record_knows_nothing_cannot_be_withdrawn(
    together: Three,
) -> None:
    quarry = together.houses[1]
    commitment, _ = a_clause(together)

    with quarry.desk(SOON) as desk, pytest.raises(Misused):
        erasing.erase(desk, commitment, why="asked")


def test_a_backup_that_is_restored_does_not_bring_the_text_back(
    together: Three, tmp_path: Path
) -> None:
    harbour = together.houses[0]
    commitment, text = a_clause(together)
    backup = tmp_path / "backup.sqlite"
    shutil.copy(harbour.config.database, backup)
    with harbour.desk(SOON) as desk:
        erasing.erase(desk, commitment, why="law")

    shutil.copy(backup, harbour.config.database)
    assert text in files(harbour)
    with harbour.desk(SOON) as desk:
        done = erasing.reapply(desk)

    assert done == 1
    assert text not in files(harbour)


def test_withdrawing_a_text_twice_asks_nobody_twice(together: Three) -> None:
    harbour = together.houses[0]
    commitment, _ = a_clause(together)

    with harbour.desk(SOON) as desk:
        erasing.erase(desk, commitment, why="asked")
        before = len(said(desk.connection, "Delete"))
        erasing.erase(desk, commitment, why="asked")

        assert len(said(desk.connection, "Delete")) == before


def test_a_post_that_names_the_text_is_reworded_however_html_writes_it(
    together: Three,
) -> None:
    harbour = together.houses[0]
    commitment, _ = a_clause(together)
    title = 'Bread & "soup" at six'
    with harbour.desk(SOON) as desk:
        desk.connection.execute(
            "update wording set text = :title where commitment = :commitment",
            {"title": title, "commitment": commitment},
        )
        id = speech.say(desk, html=f"<p>Settled: {escape(title)}</p>")

        erasing.erase(desk, commitment, why="asked")

        row = posts.object_of(desk.connection, id)
    assert row is not None
    assert canonical.read(row["body"].encode())["content"] == (
        f"<p>Settled: {GONE}</p>"
    )


def test_what_members_wrote_themselves_is_neither_reworded_nor_shown_to_more(
    together: Three,
) -> None:
    harbour = together.houses[0]
    commitment, text = a_clause(together)
    with harbour.desk(SOON) as desk:
        ada = persona.become(desk, harbour.members[0], username="ada", name="Ada")
        id = persona.write(desk, ada, f"They say: {text}", visibility="followers")

    with harbour.desk(SOON) as desk:
        erasing.erase(desk, commitment, why="asked")

        row = posts.object_of(desk.connection, id)
        updates = said(desk.connection, "Update")
    assert row is not None
    assert text in row["body"]
    assert id not in [reading.id_of(update["object"]) for update in updates]


def salt_of(house: House, commitment: str) -> str:
    with house.desk(SOON) as desk:
        salt = events.salt(desk.connection, commitment)
    assert salt is not None
    return salt.hex()


def said(connection: sqlite3.Connection, kind: str) -> list[JsonObject]:
    rows = connection.execute(
        "select body from activity where type = :kind order by id", {"kind": kind}
    )
    return [canonical.read(row["body"].encode()) for row in rows]


def request_to(connection: sqlite3.Connection, house: House) -> JsonObject:
    [request] = [
        each for each in said(connection, "Delete") if each["to"] == [group(house)]
    ]
    return request


def group(house: House) -> str:
    return f"{house.config.base}/g/{house.config.slug}"


def ours(house: House) -> str:
    with house.desk(SOON) as desk:
        known = records.ours(desk.connection)
    assert known is not None
    return known.id
