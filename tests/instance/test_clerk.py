"""The clerk signs what was decided and confirmed, in its place, and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from activitypub import canonical, proofs
from activitypub.errors import NotAuthentic
from confederation import record
from confederation.errors import NotEntitled
from confederation.identifiers import BallotId
from instance import archive, chamber, clerk, verification
from instance.desk import Desk
from instance.store import acts, events, records
from tests.instance.house import a_house, found, signed


def test_a_founded_assembly_is_the_digest_of_its_first_entry(tmp_path: Path) -> None:
    house = a_house(tmp_path)

    with house.desk() as desk:
        found(house, desk)

        ours = records.ours(desk.connection)
        assert ours is not None
        first = records.entry_at(desk.connection, ours.id, 0)
        assert first is not None
        assert ours.id == canonical.digest(canonical.read(first["body"]))


def test_each_entry_follows_the_one_before_and_verifies(tmp_path: Path) -> None:
    house = a_house(tmp_path)

    with house.desk() as desk:
        found(house, desk)
        ours = records.ours(desk.connection)
        assert ours is not None
        rows = records.entries(desk.connection, ours.id)

    assert len(rows) == 3
    before = None
    for row in rows:
        document = canonical.read_canonical(row["body"])
        entry = verification.read_entry(document, key=ours.key).entry
        assert entry.prev == before
        before = entry.digest


def test_nothing_is_published_before_two_tellers_confirmed_it(tmp_path: Path) -> None:
    house = a_house(tmp_path)

    with house.desk() as desk:
        found(house, desk)
        act = clerk.prepare(desk, a_decision(desk), subject="b1")

        assert clerk.publish_ready(desk) == []
        assert acts.waiting(desk.connection) == [act]


def test_a_spoiled_signature_confirms_nothing(tmp_path: Path) -> None:
    house = a_house(tmp_path)

    with house.desk() as desk:
        found(house, desk)
        act = clerk.prepare(desk, a_decision(desk), subject="b1")
        forged = signed(clerk.to_confirm(desk, act), house.tellers[0])
        spoiled = {**forged, "assembly": str(forged["of"])}

        with pytest.raises(NotEntitled):
            clerk.confirmed_by(desk, act, spoiled)


def test_a_confirmation_of_something_else_confirms_nothing(tmp_path: Path) -> None:
    house = a_house(tmp_path)

    with house.desk() as desk:
        found(house, desk)
        act = clerk.prepare(desk, a_decision(desk), subject="b1")
        other = clerk.prepare(desk, a_decision(desk, present=99), subject="b2")
        document = signed(clerk.to_confirm(desk, other), house.tellers[0])

        with pytest.raises(NotEntitled):
            clerk.confirmed_by(desk, act, document)


def test_one_teller_twice_is_one_confirmation(tmp_path: Path) -> None:
    house = a_house(tmp_path)

    with house.desk() as desk:
        found(house, desk)
        act = clerk.prepare(desk, a_decision(desk), subject="b1")
        document = signed(clerk.to_confirm(desk, act), house.tellers[0])
        for _ in range(2):
            key = clerk.confirmed_by(desk, act, document)
            act = clerk.confirm(desk, act, key, document)

        assert not act.ready
        assert clerk.publish_ready(desk) == []


def test_a_published_decision_names_the_tellers_who_confirmed_it(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)

    with house.desk() as desk:
        found(house, desk)
        clerk.prepare(desk, a_decision(desk), subject="b1")
        house.confirm(desk)
        ours = records.ours(desk.connection)
        assert ours is not None
        kept = chamber.record_of(desk, ours.id)

    assert kept is not None
    [(_, decision)] = kept.facts(record.Decision)
    assert set(decision.confirmed_by) == set(house.teller_keys)


def test_without_the_pen_acts_wait(tmp_path: Path) -> None:
    house = a_house(tmp_path)

    with house.desk() as desk:
        found(house, desk)
        size = records.ours(desk.connection)
        clerk.prepare(desk, record.MemberCount(members=3), subject="later")
        without = replace(desk, pen=False)

        assert clerk.publish_ready(without) == []
        assert records.ours(desk.connection) == size


def test_an_entry_that_its_assembly_did_not_sign_is_not_filed(tmp_path: Path) -> None:
    house, other = a_house(tmp_path), a_house(tmp_path, slug="quarry", port=8002)
    with house.desk() as desk:
        found(house, desk)
        ours = records.ours(desk.connection)
        assert ours is not None
        founding, count, _ = (
            canonical.read(row["body"])
            for row in records.entries(desk.connection, ours.id)
        )
    forger = proofs.new_key()
    forged = {**count, "members": 5000}
    del forged["proof"]

    with other.desk() as desk:
        records.keep_assembly(
            desk.connection, ours.id, address=house.config.group, key=ours.key
        )
        archive.file(desk, founding)
        with pytest.raises(NotAuthentic):
            archive.file(desk, signed(forged, forger))

        known = records.assembly(desk.connection, ours.id)
        assert known is not None
        assert known.size == 1


def a_decision(desk: Desk, *, present: int = 41) -> record.Decision:
    return record.Decision(
        ballot=BallotId("b1"),
        method=record.Method(name="majority"),
        present=present,
        outcome="passed",
        effective_from=desk.now,
        text_commit=events.keep_wording(desk.connection, "Repair the sea wall."),
        members=record.MembersCount(for_=30, against=9, abstain=2, basis="hands"),
    )
