"""What a disk altered is noticed, named, and mended from a copy; nobody is accused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject
from confederation import record
from confederation.confederal import correction
from confederation.errors import Refused, TooLate
from confederation.record import Attestation
from instance import archive, chamber, clerk, verification, vocabulary
from instance.archive import Outcome
from instance.confederal import confederating
from instance.store import contradictions, damages, records
from instance.upkeep import mending
from instance.web import condition
from tests.instance.amending import served
from tests.instance.records import altered
from tests.instance.three import (
    CLOSES,
    LATER,
    OPENS,
    Three,
    an_entry,
    assembly_of,
    mandates,
    proposes,
    settled,
    the_record,
    votes,
)


def test_a_record_is_held_as_far_as_it_is_intact(together: Three) -> None:
    _, second, third = together.houses
    proposal = settled(together)
    whose = assembly_of(third)
    seq = altered(second, third, "Filed", b'"for"', b'"fog"')

    with second.desk(LATER) as desk:
        kept = chamber.record_of(desk, whose)
        assert kept is not None
        assert kept.size == seq
        archive.note_damage(desk)
        [damage] = damages.unmended(desk.connection)
        assert (damage.assembly, damage.seq) == (whose, seq)
        entry = chamber.proposal(desk, proposal)
        assert chamber.standing(desk, entry) is not None


def test_while_its_own_record_is_damaged_a_node_signs_nothing(together: Three) -> None:
    _, second, _ = together.houses
    settled(together)
    altered(second, second, "Filed", b'"for"', b'"fog"')

    with second.desk(LATER) as desk:
        archive.sweep(desk)
        archive.note_damage(desk)
        assert not chamber.confer(desk)
        with pytest.raises(Refused, match="damaged on this disk"):
            clerk.publish(desk, "MemberCount", {"members": 3})


def test_nobody_is_accused_on_the_word_of_our_own_disk(together: Three) -> None:
    _, second, third = together.houses
    settled(together)
    whose = assembly_of(third)
    true = the_record(second, whose)[-1]
    false = canonical.canonical({**true, "published": "2026-11-22T13:00:01Z"})
    with second.desk(LATER) as desk:
        # Altered together with its digest: only the signature tells.
        desk.connection.execute(
            "update entry set body = :body, digest = :digest where digest = :true",
            {
                "body": false,
                "digest": canonical.digest_of(false),
                "true": canonical.digest(true),
            },
        )

        outcome = archive.file(desk, true).outcome

        assert outcome is Outcome.DAMAGED
        assert contradictions.held(desk.connection) == []
        [wanted] = mending.wanted(desk)
        copy = mending.Copy(damage=wanted.damage, source="there", document=true)
        assert mending.put_back(desk, [copy]) == 1
        known = records.assembly(desk.connection, whose)
        assert known is not None
        assert known.head == canonical.digest(true)
        assert archive.is_sound(desk, known)


def test_a_copy_that_its_assembly_did_not_sign_mends_nothing(together: Three) -> None:
    _, second, third = together.houses
    settled(together)
    whose = assembly_of(third)
    seq = altered(second, third, "Filed", b'"for"', b'"fog"')
    entries = the_record(third)
    forged = an_entry(
        third,
        "MemberCount",
        {"members": 9},
        after=entries[seq - 1],
        key=proofs.new_key(),
    )
    other = an_entry(third, "MemberCount", {"members": 9}, after=entries[seq - 1])
    none: JsonObject = {"seq": seq}

    with second.desk(LATER) as desk:
        archive.sweep(desk)
        archive.note_damage(desk)
        [wanted] = mending.wanted(desk)
        damage = wanted.damage
        copies = [
            mending.Copy(damage=wanted.damage, source="there", document=each)
            for each in (forged, other, entries[seq - 1], none)
        ]
        assert mending.put_back(desk, copies) == 0
        assert len(damages.unmended(desk.connection, whose)) == 1

        true = mending.Copy(damage=wanted.damage, source="there", document=entries[seq])
        assert mending.put_back(desk, [true, true]) == 1
        assert damages.unmended(desk.connection) == []
        # Somebody read it just before, and tells of it only now.
        desk.shelf.damaged[whose, seq] = damage.digest
        assert not archive.note_damage(desk)
        [was] = damages.all_of(desk.connection, most=9)
        assert was.mended_from == "there"


def test_a_statement_that_was_altered_with_its_digest_makes_no_dissent(
    together: Three,
) -> None:
    first, second, third = together.houses
    proposal = proposes(together, first)
    together.confer(OPENS)
    votes(first, mandates(together, first, proposal), proposal)
    together.confer(OPENS, among=(first, third))
    after = CLOSES + timedelta(minutes=1)
    together.confer(after, among=(first, third))
    together.exchange(after)
    own, whose = assembly_of(second), assembly_of(third)
    with second.desk(after) as desk:
        # It holds no more of the third than its first word, as if that were its last.
        said = records.entries(desk.connection, whose, types=("Witness",))[0]
        records.cut(desk.connection, whose, size=said["seq"] + 1)
        false = bytes(said["body"]).replace(b'"final":false', b'"final":true')
        digest = canonical.digest_of(false)
        desk.connection.execute(
            "update entry set body = :body, digest = :false where digest = :true",
            {"body": false, "false": digest, "true": said["digest"]},
        )

    with second.desk(after) as desk:
        chamber.confer(desk)

        ours = records.entries(desk.connection, own, types=("Attestation",))
        assert ours == []
        archive.note_damage(desk)
        [damage] = damages.unmended(desk.connection)
        assert (damage.assembly, damage.digest) == (whose, digest)


def test_a_compact_that_a_disk_altered_is_fetched_again_and_nothing_rests_on_it(
    together: Three,
) -> None:
    first, second, third = together.houses
    proposal = proposes(together, first)
    together.confer(OPENS)
    for house in together.houses:
        votes(house, mandates(together, house, proposal), proposal)
    together.confer(OPENS)
    after = CLOSES + timedelta(minutes=1)
    together.confer(after, among=(first, third))
    together.exchange(after)
    with second.desk(after) as desk:
        changed = desk.connection.execute(
            'update compact set body = replace(body, \'"quorum":"1/2"\','
            ' \'"quorum":"9/9"\')'
        ).rowcount
        assert changed == 1
        wanted = together.compact.digest
        assert chamber.compact_of(desk, wanted) is None

        assert not chamber.confer(desk)

        assert confederating.lacking(desk) == [wanted]
    answer = served(first, wanted)
    assert answer is not None
    with second.desk(after) as desk:
        confederating.learn(desk, wanted=wanted, answer=answer)
        confederating.learn(desk, wanted=wanted, answer=answer)
        chamber.confer(desk)
        assert condition.view(desk).compacts == ((wanted, after),)
    together.exchange(after)
    stands = together.standing(second, proposal, after)
    assert stands.dissents == ()
    [attested] = stands.attestations
    assert len(attested.by) == 3


def test_whoever_attested_something_else_sees_where_and_corrects_it(
    together: Three,
) -> None:
    first, second, third = together.houses
    proposal = proposes(together, first)
    together.confer(OPENS)
    for house in together.houses:
        votes(house, mandates(together, house, proposal), proposal)
    together.confer(OPENS)
    after = CLOSES + timedelta(minutes=1)
    # Their node counts without the vote of the third, and attests that.
    together.confer(after, among=(first, third))
    with third.desk(after) as desk:
        stands = chamber.standing(desk, chamber.proposal(desk, proposal))
    assert stands is not None
    assert stands.confirmed is not None
    wrong = replace(
        stands.confirmed, certified=stands.confirmed.certified[:-1], outcome="rejected"
    )
    with second.desk(after) as desk:
        says = Attestation(
            proposal=proposal,
            result=wrong,
            result_hash=canonical.digest(verification.result_document(wrong)),  # type: ignore[arg-type]
        )
        body = {
            **vocabulary.wire(says),
            "result": verification.result_document(wrong),
        }
        clerk.publish(desk, "Attestation", body)
    together.exchange(after)

    left_out = stands.confirmed.certified[-1].digest
    with second.desk(after) as desk:
        filed = chamber.correct(desk, proposal)
        with pytest.raises(TooLate):
            chamber.correct(desk, proposal)
    together.exchange(after)

    assert isinstance(filed.fact, record.Correction)
    assert filed.fact.differing == (left_out,)
    now_ = together.standing(first, proposal, after)
    assert now_ is not None
    assert now_.confirmed == stands.confirmed
    assert now_.dissents == (assembly_of(second),)
    with first.desk(after) as desk, pytest.raises(Refused):
        chamber.correct(desk, proposal)
    assert correction.differing(wrong, wrong) == ()
