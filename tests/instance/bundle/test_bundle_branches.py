"""A bundle holds all of both records where an assembly wrote two, and reads both."""

from pathlib import Path

import pytest

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject
from confederation import record
from confederation.identifiers import Digest
from instance import archive, bundle, chamber, vocabulary
from instance.bundle.report import Verdict
from tests.instance.bundles import exported, with_line
from tests.instance.house import House
from tests.instance.records import gives_all
from tests.instance.three import (
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
from tests.second.comparing import both


@pytest.fixture
def two_ways(together: Three, tmp_path: Path) -> tuple[Three, House, Digest]:
    """A proposal that the first confirms one way, and the third the other way.

    The second tells the first this and the third that.
    """
    proposal = proposes(together, together.houses[0])
    together.confer(OPENS)
    twin = together.moved(tmp_path / "twin").houses[1]
    first, second, third = together.houses
    for one, other, says in ((first, second, "for"), (third, twin, "against")):
        for house in (one, other):
            delegate = mandates(together, house, proposal, says)
            votes(house, delegate, proposal, says)
        together.confer(OPENS, among=(one, other))
        together.confer(LATER, among=(one, other))
    return together, twin, proposal


def test_what_was_confirmed_two_ways_is_disputed_by_whoever_reads_both(
    two_ways: tuple[Three, House, Digest],
) -> None:
    together, twin, proposal = two_ways
    first, _, third = together.houses
    assert outcome(together, first, proposal) == "confirmed"
    assert outcome(together, third, proposal) == "confirmed"

    gives_all(third, first)
    gives_all(twin, first)
    report = bundle.verify(exported(first, proposal), together.compact.digest)

    assert outcome(together, first, proposal) == "disputed"
    assert report.verdict is not Verdict.VERIFIED
    assert report.contradictions
    assert b'"branch":' in exported(first, proposal)


def test_a_branch_that_somebody_else_signed_is_refused(
    two_ways: tuple[Three, House, Digest],
) -> None:
    together, twin, proposal = two_ways
    first, _, third = together.houses
    gives_all(third, first)
    gives_all(twin, first)
    stranger = an_entry(
        twin,
        "MemberCount",
        {"members": 5},
        after=the_record(twin)[-1],
        key=proofs.new_key(),
    )

    report = bundle.verify(
        with_line(exported(first, proposal), line(twin, stranger)),
        together.compact.digest,
    )

    assert report.difference is not None
    assert "not signed with" in report.difference.says


def test_a_branch_that_follows_nothing_is_refused(
    two_ways: tuple[Three, House, Digest],
) -> None:
    together, twin, proposal = two_ways
    first, _, _ = together.houses
    last = the_record(twin)[-1]

    report = bundle.verify(
        with_line(exported(first, proposal), line(twin, last)), together.compact.digest
    )

    assert report.difference is not None
    assert "follows nothing" in report.difference.says


def test_both_of_two_entries_count_that_stand_next_to_a_record(
    together: Three,
) -> None:
    proposal = settled(together)
    first, second, third = together.houses
    *_, before, attested = the_record(second)
    other = an_entry(second, "MemberCount", {"members": 5}, after=before)
    gone = [canonical.canonical(the_record(each)[-1]) for each in (second, third)]
    head, *lines = [
        line
        for line in exported(first, proposal).splitlines()
        if line not in gone and b'"checkpoint":' not in line
    ]
    sides = sorted([attested, other], key=canonical.digest)
    lines.append(
        canonical.canonical(
            {"assembly": assembly_of(second), "contradiction": [*sides]}
        )
    )
    header = {**canonical.read(head), "lines": len(lines) + 1}
    data = b"".join(line + b"\n" for line in (canonical.canonical(header), *lines))

    report, theirs = both(data, together.compact.digest)

    assert report == theirs
    assert report["verdict"] == Verdict.VERIFIED
    assert report["attested_by"] == [assembly_of(first), assembly_of(second)]


def test_a_settlement_is_filed_and_changes_no_result(
    two_ways: tuple[Three, House, Digest],
) -> None:
    together, twin, proposal = two_ways
    first, second, third = together.houses
    gives_all(third, first)
    gives_all(twin, first)
    before = outcome(together, first, proposal)
    whose = assembly_of(second)
    with first.desk(LATER) as desk:
        [shown] = chamber.evidence(desk, whose)
    alone = record.Settlement(a=shown.a, b=shown.b, stands=shown.a, decision=proposal)
    settled = an_entry(
        second, "Settlement", vocabulary.wire(alone), after=the_record(second)[-1]
    )

    with first.desk(LATER) as desk:
        archive.file(desk, settled)

    assert outcome(together, first, proposal) == before == "disputed"


def outcome(together: Three, house: House, proposal: Digest) -> str:
    stands = together.standing(house, proposal, LATER)
    assert stands is not None
    return stands.state.value


def line(house: House, entry: JsonObject) -> JsonObject:
    return {"assembly": assembly_of(house), "branch": entry}
