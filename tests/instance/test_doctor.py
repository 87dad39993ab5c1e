"""A volunteer who is no expert is told what is wrong and what to do about it."""

import hashlib
import sqlite3
from pathlib import Path

import pytest

from confederation import record
from confederation.identifiers import Digest
from instance import clerk, doctor
from instance.errors import Misused
from tests.instance.house import House, a_house, found


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = a_house(tmp_path)
    with made.desk() as desk:
        found(made, desk)
    return made


def test_nothing_is_wrong_with_a_node_that_was_just_founded(house: House) -> None:
    assert said(house) == ["Nothing is wrong."]


def test_examining_changes_nothing(house: House) -> None:
    before = fingerprint(house.config.database)

    doctor.examine(house.config.directory)

    assert fingerprint(house.config.database) == before


def test_a_secret_that_others_can_read_is_named(house: House) -> None:
    house.config.secret.chmod(0o644)

    assert any("can be read by others" in line for line in said(house))


def test_a_missing_secret_is_named(house: House) -> None:
    house.config.secret.unlink()

    assert any("secret.key is missing" in line for line in said(house))


def test_a_secret_that_opens_nothing_is_named(house: House) -> None:
    house.config.secret.write_bytes(bytes(32))

    assert any("does not open the keys" in line for line in said(house))


def test_a_database_of_rubbish_is_named(house: House) -> None:
    house.config.database.write_bytes(b"rubbish" * 1000)

    assert any("cannot be read" in line for line in said(house))


def test_a_missing_database_is_named(house: House) -> None:
    house.config.database.unlink()

    assert any("node.sqlite is missing" in line for line in said(house))


def test_one_altered_byte_of_the_record_is_found(house: House) -> None:
    change(
        house,
        """
        update entry set body = cast(replace(cast(body as text), '"members":2',
                                             '"members":3') as blob)
         where type = 'MemberCount'
        """,
    )

    assert any("Our own record is damaged" in line for line in said(house))


def test_an_act_that_waits_for_tellers_is_named(house: House) -> None:
    with house.desk() as desk:
        recall = record.Recall(mandate=Digest(D), decision=Digest(D))
        clerk.prepare(desk, recall, subject="x")

    assert any("wait for two tellers: Recall" in line for line in said(house))


def test_a_newer_database_than_the_program_is_named(house: House) -> None:
    change(house, "pragma user_version = 999")

    assert any("schema 999" in line for line in said(house))


def test_settings_that_cannot_be_read_are_a_sentence(house: House) -> None:
    (house.config.directory / "folkmoot.toml").write_text("slug = ")

    with pytest.raises(Misused, match=r"folkmoot\.toml cannot be read"):
        doctor.examine(house.config.directory)


D = f"sha256:{'0' * 64}"


def said(house: House) -> list[str]:
    return [finding.what for finding in doctor.examine(house.config.directory)]


def change(house: House, statement: str) -> None:
    connection = sqlite3.connect(house.config.database)
    connection.execute(statement)
    connection.commit()
    connection.close()


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
