"""A volunteer who is no expert is told what is wrong and what to do about it."""

import hashlib
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activitypub import canonical, log, proofs
from confederation import record
from confederation.identifiers import Digest
from instance import clerk, vocabulary
from instance.errors import Misused
from instance.store import records
from instance.upkeep import doctor, keys
from tests.instance.house import NOON, House, a_house, found, signed
from tests.instance.serving import LIKE_ANYBODY
from tests.instance.three import Three


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = a_house(tmp_path)
    with made.desk() as desk:
        found(made, desk)
    return made


def test_nothing_is_wrong_with_a_node_that_was_just_founded(house: House) -> None:
    assert said(house) == ["Nothing is wrong."]


def test_examining_changes_nothing(house: House) -> None:
    before = contents(house)

    examined(house)

    assert contents(house) == before


def test_what_a_killed_node_left_behind_is_read_and_left_there(house: House) -> None:
    killed(house, "update assembly set heard_at = '2026-11-22T12:00:00Z'")
    before = contents(house)

    findings = said(house)

    assert findings == ["Nothing is wrong."]
    assert "node.sqlite-wal" in before
    assert {**contents(house), "node.sqlite-shm": ""} == {
        **before,
        "node.sqlite-shm": "",
    }


def test_a_log_that_cannot_be_written_is_named(house: House) -> None:
    killed(house, "update assembly set heard_at = '2026-11-22T12:00:00Z'")
    log_ = house.config.database.with_name("node.sqlite-shm")
    log_.chmod(0o400)

    command = (sys.executable, "-m", "instance.cli", "doctor", house.config.directory)
    told = subprocess.run(
        [*LIKE_ANYBODY, *command], capture_output=True, text=True, check=False
    )

    assert f"{log_} cannot be written." in told.stdout


def test_a_node_is_examined_while_it_serves(house: House) -> None:
    serving = sqlite3.connect(house.config.database, isolation_level=None)
    serving.execute("begin immediate")
    serving.execute("update assembly set heard_at = '2026-11-22T12:00:00Z'")

    findings = said(house)

    serving.execute("commit")
    serving.close()
    assert findings == ["Nothing is wrong."]


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


@pytest.mark.parametrize("listen", ["127.0.0.1:99999", "8470", "localhost:"])
def test_a_port_that_cannot_be_is_a_sentence(house: House, listen: str) -> None:
    settings_ = house.config.directory / "folkmoot.toml"
    settings_.write_text(f'slug = "harbour"\ndev = true\nlisten = "{listen}"\n')

    with pytest.raises(Misused, match="must be an address and a port up to 65535"):
        doctor.examine(house.config.directory)


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("delete from sealed_key where name = 'record'", "key 'record' is missing"),
        ("update sealed_key set sealed = x'00'", "does not open cookie, record"),
        ("update actor set rsa = zeroblob(99) where path = 'actor'", "not open actor"),
        ("delete from tree_node where level = 1", "entries and its tree do not agree"),
        ("update tree_node set hash = zeroblob(32)", "tree do not agree"),
        ("update entry set digest = 'sha256:' where seq = 1", "not the one that was"),
        ("delete from entry where seq = 1", "something is missing"),
        ("update entry set body = x'7b7d' where seq = 1", "Our own record is damaged"),
        ("update entry set body = x'ff'", "Our own record is damaged"),
        (
            "insert into clock values ('sha256:', :now + 90000)",
            "clocks are 25 hours ahead",
        ),
        (
            """
            insert into delivery
                (host, inbox, activity, actor, first_at, due_at, outcome)
            values ('b.example', 'i', 'a', 'g', :now - 864000, 1, '503')
            """,
            "1 deliveries to b.example have waited for up to 10 days. The last attempt",
        ),
        (
            """
            insert into received (id, actor, inbox, at, outcome)
            values ('i', 'a', 'b', 1, 'failed: no such thing')
            """,
            "1 activities from elsewhere could not be dealt with",
        ),
        (
            """
            insert into assembly (id, address, key, heard_at)
            values ('sha256:', 'https://b.example/g/b', 'z', '2020-01-01T00:00:00Z')
            """,
            "https://b.example/g/b was last heard at 2020-01-01T00:00:00Z",
        ),
        (
            """
            insert into assembly (id, address, key, heard_at)
            values ('sha256:', 'https://b.example/g/b', 'z', 'yesterday')
            """,
            "The fellow members could not be examined",
        ),
        ("drop table act", "What waits to be published could not be examined"),
        ("drop table entry", "no such table: entry"),
    ],
)
def test_what_is_broken_is_named(house: House, statement: str, finding: str) -> None:
    change(house, statement)

    assert any(finding in line for line in said(house)), said(house)


def test_an_entry_of_a_strangers_key_is_found(house: House) -> None:
    with house.desk() as desk:
        ours = records.ours(desk.connection)
        assert ours is not None
        *_, last = records.entries(desk.connection, ours.id)
        document = canonical.read(last["body"])
        del document["proof"]
        forged = canonical.canonical(signed(document, proofs.new_key()))
        desk.connection.execute(
            "update entry set body = ?, digest = ? where seq = ?",
            (forged, canonical.digest_of(forged), last["seq"]),
        )
        desk.connection.execute(
            "update tree_node set hash = ? where level = 0 and place = ?",
            (log.leaf_hash(forged), last["seq"]),
        )

    assert said(house)[0] == (
        f"Our own record is damaged: entry {last['seq']} is not signed with its record "
        "key."
    )


def test_a_record_key_that_is_not_in_force_is_named(house: House) -> None:
    with house.desk() as desk:
        other = proofs.new_key().private_bytes_raw()
        keys.keep(desk.connection, desk.vault, keys.RECORD_KEY, other)

    assert any("not the one that is in force" in line for line in said(house))


def test_an_entry_from_the_future_is_named(house: House) -> None:
    with house.desk(NOW + timedelta(days=3)) as desk:
        count = record.MemberCount(members=3)
        clerk.publish(desk, "MemberCount", vocabulary.wire(count))

    assert any("newest entry was published 3 days from now" in s for s in said(house))


def test_acts_that_are_ready_are_named(house: House) -> None:
    with house.desk() as desk:
        clerk.prepare(desk, record.MemberCount(members=3), subject="x")

    assert any("ready to be published: MemberCount" in line for line in said(house))


def test_where_too_few_were_heard_from_to_sign_it_is_said(together: Three) -> None:
    harbour = together.houses[0]

    assert any("with 3 members 0 others were heard" in line for line in said(harbour))

    change(harbour, "delete from compact")
    assert any("that the assembly joined is not here" in line for line in said(harbour))


def test_a_directory_that_others_can_look_into_is_named(house: House) -> None:
    house.config.directory.chmod(0o755)

    assert any("can look into the node's directory" in line for line in said(house))


def test_a_directory_in_place_of_a_file_is_a_sentence(house: House) -> None:
    path = house.config.directory / "folkmoot.toml"
    path.unlink()
    path.mkdir()

    with pytest.raises(Misused, match=r"folkmoot\.toml cannot be read"):
        doctor.examine(house.config.directory)


def test_whatever_is_wrong_with_the_file_there_is_a_finding(house: House) -> None:
    whole = house.config.database.read_bytes()

    @settings(max_examples=40)
    @given(st.integers(0, len(whole) - 64), st.binary(min_size=1, max_size=64))
    def damaged(position: int, rubbish: bytes) -> None:
        end = position + len(rubbish)
        house.config.database.write_bytes(whole[:position] + rubbish + whole[end:])

        assert said(house)

    damaged()


def test_the_library_is_measured_by_the_lock_file() -> None:
    lock = (Path(__file__).parents[3] / "requirements.lock").read_text("utf-8")

    assert f"\ncryptography=={doctor.LOCKED_CRYPTOGRAPHY} " in lock


NOW = NOON + timedelta(minutes=30)
D = f"sha256:{'0' * 64}"


def said(house: House) -> list[str]:
    return [finding.what for finding in examined(house)]


def examined(house: House) -> list[doctor.Finding]:
    return doctor.examine(house.config.directory, clock=lambda: NOW)


def change(house: House, statement: str) -> None:
    connection = sqlite3.connect(house.config.database)
    connection.execute(statement, {"now": int(NOW.timestamp())})
    connection.commit()
    connection.close()


def killed(house: House, statement: str) -> None:
    """Let a process change something and die before it tidies up."""
    program = f"""
import os, sqlite3
connection = sqlite3.connect({str(house.config.database)!r}, isolation_level=None)
connection.execute({statement!r})
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", program], check=False)


def contents(house: House) -> dict[str, str]:
    """Digest every file in the node's directory."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in house.config.directory.iterdir()
    }
