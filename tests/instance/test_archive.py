"""A copy of a record takes in what its assembly's key signed, and nothing else."""

import pytest

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject
from activitypub.errors import NotAuthentic
from confederation import record
from instance import archive, chamber, verification, vocabulary
from instance.archive import Outcome
from instance.store import contradictions, records
from instance.upkeep import keys
from tests.instance.house import public
from tests.instance.three import (
    CLOSES,
    LATER,
    OPENS,
    Three,
    a_key_event,
    an_entry,
    assembly_of,
    mandates,
    proposes,
    the_key,
    the_record,
    votes,
)


def test_the_key_that_was_committed_to_takes_over(together: Three) -> None:
    quarry, harbour, _ = together.houses
    following = the_key(quarry, keys.NEXT_RECORD_KEY)
    last = the_record(quarry)[-1]
    event = a_key_event(quarry, following, after=last)
    later = an_entry(quarry, "MemberCount", {"members": 3}, after=event, key=following)

    with harbour.desk() as desk:
        outcomes = [archive.file(desk, each).outcome for each in (event, later)]

        known = records.assembly(desk.connection, assembly_of(quarry))
        assert known is not None
        assert known.key == public(following)
    assert outcomes == [Outcome.APPENDED, Outcome.APPENDED]


def test_a_lost_key_is_replaced_by_the_committed_one_alone(together: Three) -> None:
    quarry, harbour, _ = together.houses
    following = the_key(quarry, keys.NEXT_RECORD_KEY)
    last = the_record(quarry)[-1]
    event = a_key_event(quarry, following, after=last, by=following)

    with harbour.desk() as desk:
        assert archive.file(desk, event).outcome is Outcome.APPENDED


def test_a_stolen_key_cannot_choose_its_successor(together: Three) -> None:
    quarry, harbour, _ = together.houses
    thief = proofs.new_key()
    last = the_record(quarry)[-1]
    event = a_key_event(quarry, thief, after=last)
    later = an_entry(quarry, "MemberCount", {"members": 999}, after=event, key=thief)
    honest = an_entry(quarry, "MemberCount", {"members": 3}, after=event)

    with harbour.desk() as desk:
        archive.file(desk, event)
        with pytest.raises(NotAuthentic):
            archive.file(desk, later)

        assert archive.file(desk, honest).outcome is Outcome.APPENDED


def test_a_key_that_was_given_up_signs_nothing_more(together: Three) -> None:
    quarry, harbour, _ = together.houses
    own = the_key(quarry, keys.RECORD_KEY)
    given_up: JsonObject = {"op": "compromised", "key": public(own)}
    event = an_entry(quarry, "KeyEvent", given_up, after=the_record(quarry)[-1])
    later = an_entry(quarry, "MemberCount", {"members": 3}, after=event)

    with harbour.desk() as desk:
        archive.file(desk, event)

        with pytest.raises(NotAuthentic):
            archive.file(desk, later)


def test_what_an_assembly_stated_twice_counts_both_times(together: Three) -> None:
    harbour, quarry, mill = together.houses
    proposal = proposes(together, harbour)
    together.confer(OPENS)
    filed = votes(harbour, mandates(together, harbour, proposal), proposal)
    last = the_record(quarry)[-1]
    silent = record.Witness(proposal=proposal, final=True, seen=())
    other = record.Witness(proposal=proposal, final=False, seen=((0, 1, filed),))
    one, two = (
        an_entry(quarry, "Witness", vocabulary.wire(fact), after=last)
        for fact in (silent, other)
    )
    together.exchange(OPENS, among=[harbour, mill])

    with mill.desk(CLOSES) as desk:
        archive.file(desk, one)
        assert archive.file(desk, two).outcome is Outcome.CONTRADICTS
        stands = chamber.standing(desk, chamber.proposal(desk, proposal))

    assert stands is not None
    assert assembly_of(quarry) in stands.finals
    [revised] = stands.revisions
    assert assembly_of(quarry) in revised.witnesses
    assert stands.contradictions


def test_of_a_liar_no_more_is_kept_than_proves_it(together: Three) -> None:
    quarry, harbour, _ = together.houses
    first = the_record(quarry)[0]
    most = contradictions.MOST_CONTRADICTIONS
    lies = [
        an_entry(quarry, "MemberCount", {"members": 50 + n}, after=first)
        for n in range(most + 3)
    ]

    with harbour.desk() as desk:
        outcomes = {archive.file(desk, lie).outcome for lie in lies}
        kept = contradictions.held(desk.connection, assembly_of(quarry))

    assert outcomes == {Outcome.CONTRADICTS}
    assert len(kept) == most


def test_an_attested_result_holds_nothing_that_readers_pass_over(
    together: Three,
) -> None:
    harbour, _, mill = together.houses
    proposal = proposes(together, mill)
    together.confer(OPENS)
    together.confer(LATER)
    plain = next(e for e in the_record(harbour) if e["type"] == "Attestation")
    result = plain["result"]
    assert isinstance(result, dict)
    padded: JsonObject = {**result, "note": "sha256:" + "0" * 64}
    body: JsonObject = {
        **vocabulary.body_of(plain),
        "result": padded,
        "resultHash": canonical.digest(padded),
    }

    document = an_entry(harbour, "Attestation", body, after=plain)
    read = verification.read_entry(document, key=verification.key_named_by(document))

    assert read.entry.fact == record.Unread(type="Attestation")
    assert body["proposal"] == proposal
