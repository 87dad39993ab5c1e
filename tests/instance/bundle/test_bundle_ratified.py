"""A stranger with one file sees whether a decision is in force, and whom it binds."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from activitypub import canonical
from confederation import record
from confederation.confederal import ratifying
from confederation.identifiers import Digest
from instance import bundle, clerk, verification, vocabulary
from instance.bundle import Report, Verdict
from tests.instance.house import House
from tests.instance.outcomes import AFTER, DURING, adopted, course, says
from tests.instance.three import Three, the_record
from tests.second.comparing import both


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    together: Three
    proposal: Digest
    before: bytes
    after: bytes


@pytest.fixture(scope="module")
def ended(three_nodes: Three, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Let the first and the last ratify; nobody changes these nodes."""
    together = three_nodes.moved(tmp_path_factory.mktemp("ended"))
    proposal = adopted(together)
    for house in (together.houses[0], together.houses[2]):
        says(house, proposal)
    together.confer(DURING)
    before = exported(together.houses[1], proposal, DURING)
    together.confer(AFTER)
    return Ended(
        together=together,
        proposal=proposal,
        before=before,
        after=exported(together.houses[1], proposal, AFTER),
    )


def exported(house: House, proposal: Digest, at: datetime) -> bytes:
    with house.desk(at) as desk:
        return bundle.export(desk, proposal)


def check(ended: Ended, data: bytes) -> Report:
    return bundle.verify(data, ended.together.compact.digest)


def test_a_ratified_decision_is_verified_with_those_it_binds(ended: Ended) -> None:
    report = check(ended, ended.after)

    seats = [seat.assembly for seat in ended.together.compact.members]
    assert report.verdict is Verdict.VERIFIED
    assert report.in_force is True
    assert report.bound == (seats[0], seats[2])
    assert report.ratification is not None
    assert len(report.ratification.attested_by) == 3
    assert "In force  yes; it binds Harbour, Mill" in report.as_text()
    assert "Harbour ratifies it" in report.as_text()


def test_the_report_for_programs_says_it_too(ended: Ended) -> None:
    document = check(ended, ended.after).as_json()

    assert document["outcome"] == "adopted"
    assert document["in_force"] is True
    seats = [seat.assembly for seat in ended.together.compact.members]
    assert document["bound"] == [seats[0], seats[2]]
    ratification = document["ratification"]
    assert isinstance(ratification, dict)
    assert ratification["outcome"] == "in force"


def test_while_the_window_is_open_nothing_is_verified_as_in_force(
    ended: Ended,
) -> None:
    report = check(ended, ended.before)

    assert report.verdict is Verdict.INCOMPLETE
    assert report.in_force is None
    assert report.bound == ()
    assert any("Of the ratification" in each for each in report.missing)
    assert "In force  these records do not say" in report.as_text()


def test_all_three_nodes_hand_out_the_same_end(ended: Ended) -> None:
    ends = set()
    for house in ended.together.houses:
        said = check(ended, exported(house, ended.proposal, AFTER)).as_json()
        ends.add(str([said[key] for key in ("in_force", "bound", "ratification")]))

    assert len(ends) == 1


def test_the_end_that_nodes_see_is_the_one_that_a_stranger_works_out(
    ended: Ended,
) -> None:
    report = check(ended, ended.after)
    now = course(ended.together.houses[0], ended.proposal)

    assert report.ratification is not None
    assert now.ratification is not None
    assert report.ratification.result == now.ratification.confirmed
    assert report.bound == now.bound


def test_an_end_that_the_records_do_not_give_differs_where_it_is_attested(
    three_nodes: Three, tmp_path: Path
) -> None:
    together = three_nodes.moved(tmp_path)
    proposal = adopted(together)
    says(together.houses[0], proposal)
    together.confer(DURING)
    # Two of three say that all have ratified, where one has.
    result = course(together.houses[0], proposal, DURING).result
    assert result is not None
    compact = together.compact
    decided = ratifying.count(compact, result, [])
    false = replace(decided, outcome="in force")
    filed = next(
        canonical.digest(entry)
        for entry in the_record(together.houses[0])
        if entry["type"] == "Ratification"
    )
    for house in together.houses[:2]:
        final = record.Witness(
            proposal=result, final=True, seen=((0, 1, Digest(filed)),)
        )
        with house.desk(DURING) as desk:
            clerk.publish(desk, "Witness", vocabulary.wire(final))
        attests(house, result, false)

    together.confer(AFTER)
    report = bundle.verify(
        exported(together.houses[2], proposal, AFTER), compact.digest
    )

    assert report.verdict is Verdict.DIFFERS
    assert report.difference is not None
    assert report.difference.assembly == compact.members[0].assembly
    attested = [
        e["seq"]
        for e in the_record(together.houses[0])
        if e["type"] == "Attestation" and e["proposal"] == result
    ]
    assert report.difference.seq == attested[0]
    assert report.in_force is None


def attests(house: House, subject: Digest, result: record.Result) -> None:
    document = verification.result_document(result)
    fact = record.Attestation(
        proposal=subject,
        result=result,
        result_hash=Digest(canonical.digest(document)),
    )
    with house.desk(DURING) as desk:
        clerk.publish(
            desk, "Attestation", {**vocabulary.wire(fact), "result": document}
        )


def test_a_dissent_about_the_end_is_shown_and_changes_nothing(
    three_nodes: Three, tmp_path: Path
) -> None:
    together = three_nodes.moved(tmp_path)
    proposal = adopted(together)
    for house in together.houses:
        says(house, proposal)
    together.confer(DURING)
    result = course(together.houses[0], proposal, DURING).result
    assert result is not None
    wrong = ratifying.count(together.compact, result, [])
    attests(together.houses[2], result, wrong)

    together.confer(AFTER)
    data = exported(together.houses[0], proposal, AFTER)
    report = bundle.verify(data, together.compact.digest)

    # The third has attested already, so it gives no final word: two are enough.
    assert report.verdict is Verdict.VERIFIED
    assert report.in_force is True
    assert report.ratification is not None
    [dissent] = report.ratification.dissents
    assert dissent.assembly == together.compact.members[2].assembly


def test_a_second_program_comes_to_the_same_end(ended: Ended) -> None:
    for data in (ended.before, ended.after):
        ours, theirs = both(data, ended.together.compact.digest)

        assert ours == theirs
