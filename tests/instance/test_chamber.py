"""Each node follows a confederal decision by itself and reaches the same result."""

import sqlite3
from datetime import datetime

import pytest

from activitypub import canonical, proofs
from activitypub.errors import NotAuthentic
from confederation.confederal import admission
from confederation.confederal.council import State
from confederation.confederal.mandate import Rule
from confederation.errors import NotEntitled, TooLate
from confederation.identifiers import Digest
from instance import archive, chamber, clerk, verification, vocabulary
from instance.fediverse import lookup
from instance.store import contradictions, posts, records
from tests.instance.house import House, signed
from tests.instance.three import (
    LATER,
    OPENS,
    Three,
    a_vote,
    an_entry,
    assembly_of,
    mandates,
    proposes,
    recalls,
    settled,
    the_record,
    votes,
)


def test_three_nodes_reach_one_result_byte_for_byte(together: Three) -> None:
    proposal = settled(together)

    results = {result_bytes(together, house, proposal) for house in together.houses}

    assert len(results) == 1


def test_the_post_of_a_proposal_tells_its_result_once(together: Three) -> None:
    proposal = settled(together)
    proposer = together.houses[0]

    together.confer(LATER)

    with proposer.desk(LATER) as desk:
        carrier = posts.carrier_of(desk.connection, proposal)
        updates = desk.connection.execute(
            "select body from activity where type = 'Update'"
        ).fetchall()
    assert carrier is not None
    note = canonical.read(carrier["body"].encode())
    assert "Result: adopted." in str(note["content"])
    of_proposal = [row for row in updates if carrier["id"] in row["body"]]
    assert len(of_proposal) == 1


def test_every_assembly_tells_its_followers_the_result_once(together: Three) -> None:
    proposal = settled(together)
    together.confer(LATER)

    for house in together.houses:
        with house.desk(LATER) as desk:
            told = desk.connection.execute(
                "select about, body from object where kind = 'Result'"
            ).fetchall()
        assert [row["about"] for row in told] == [proposal]
        assert "Adopted by the assemblies together" in told[0]["body"]


def test_a_delegate_in_office_is_listed_until_they_are_recalled(
    together: Three,
) -> None:
    first = together.houses[0]
    proposal = proposes(together, first)
    delegate = mandates(together, first, proposal, at=OPENS)

    listed = []
    for recalled in (False, True):
        if recalled:
            recalls(first, delegate)
        with first.desk(OPENS) as desk:
            listed.append(lookup.collection(desk, "g/harbour", "delegates", None))

    assert [each and each["orderedItems"] for each in listed] == [[delegate.holder], []]


def test_what_assemblies_attest_to_each_other_is_no_post(together: Three) -> None:
    settled(together)

    for house in together.houses:
        with house.desk(LATER) as desk:
            kinds = {
                row["kind"] for row in desk.connection.execute("select * from object")
            }
        assert "Result" in kinds
        assert not kinds & {"Attestation", "Witness"}


def test_a_vote_outside_its_mandate_is_refused_with_the_instruction(
    together: Three,
) -> None:
    first = together.houses[0]
    proposal = proposes(together, first)
    together.confer(OPENS)
    delegate = mandates(together, first, proposal, "for", at=OPENS)

    with pytest.raises(NotEntitled, match="for"):
        votes(first, delegate, proposal, "against")


def test_a_vote_past_the_form_is_shown_everywhere_and_counted_nowhere(
    together: Three,
) -> None:
    proposal = proposes(together, together.houses[0])
    together.confer(OPENS)
    second = together.houses[1]
    delegate = mandates(together, second, proposal, "against", at=OPENS)
    together.exchange(OPENS)
    stray = a_vote(delegate, proposal, "for")

    for house in together.houses:
        with house.desk(OPENS) as desk:
            chamber.hear_vote(desk, stray)

    for house in together.houses:
        with house.desk(OPENS) as desk:
            held = chamber.holding(desk, chamber.proposal(desk, proposal))
            assert held is not None
            [(_, finding)] = chamber.strays(desk, held)
            standing = chamber.standing(desk, held.proposal)
        assert finding.rule is Rule.OUTSIDE_INSTRUCTION
        assert standing is not None
        assert standing.revisions == ()


def test_a_vote_that_a_stranger_signed_is_named_so(together: Three) -> None:
    proposal = proposes(together, together.houses[0])
    together.confer(OPENS)
    delegate = mandates(together, together.houses[1], proposal, at=OPENS)
    together.exchange(OPENS)
    vote = a_vote(delegate, proposal)
    del vote["proof"]
    forged = signed(vote, proofs.new_key())

    with together.houses[0].desk(OPENS) as desk:
        chamber.hear_vote(desk, forged)
        held = chamber.holding(desk, chamber.proposal(desk, proposal))
        assert held is not None
        [(_, finding)] = chamber.strays(desk, held)

    assert finding.rule is Rule.BAD_SIGNATURE


def test_after_closing_no_vote_is_taken(together: Three) -> None:
    first = together.houses[0]
    proposal = proposes(together, first)
    together.confer(OPENS)
    delegate = mandates(together, first, proposal, at=OPENS)

    with pytest.raises(TooLate):
        votes(first, delegate, proposal, at=LATER)


def test_without_the_proposer_the_others_confirm(together: Three) -> None:
    gone, *others = together.houses
    proposal = proposes(together, gone)
    together.confer(OPENS)
    for house in together.houses:
        votes(house, mandates(together, house, proposal, at=OPENS), proposal)
    together.confer(OPENS)

    together.confer(LATER, among=others)

    for house in others:
        standing = together.standing(house, proposal, LATER)
        assert standing is not None
        assert standing.state is State.CONFIRMED


def test_the_proposer_comes_back_and_attests_the_same(together: Three) -> None:
    gone, *others = together.houses
    proposal = proposes(together, gone)
    together.confer(OPENS)
    for house in together.houses:
        votes(house, mandates(together, house, proposal, at=OPENS), proposal)
    together.confer(OPENS)
    together.confer(LATER, among=others)

    together.confer(LATER)

    results = {result_bytes(together, house, proposal) for house in together.houses}
    assert len(results) == 1


def test_two_entries_in_one_place_are_kept_shown_and_passed_on(
    together: Three,
) -> None:
    first, second, _ = together.houses
    proposes(together, first)
    together.exchange(OPENS)
    with second.desk(OPENS) as desk:
        row = records.entry_at(desk.connection, assembly_of(first), 3)
        assert row is not None
        before = canonical.read(row["body"])
        other = an_entry(first, "MemberCount", {"members": 9}, after=before)

        filing = archive.file(desk, other)
        chamber.report_contradictions(desk)
        chamber.report_contradictions(desk)

        assert filing.outcome is archive.Outcome.CONTRADICTS
        ours = records.ours(desk.connection)
        assert ours is not None
        told = records.entries(desk.connection, ours.id, types=("Equivocation",))
        assert len(told) == 1

    together.exchange(OPENS)
    for house in together.houses[1:]:
        with house.desk(OPENS) as desk:
            [found] = contradictions.held(desk.connection)
        assert found["assembly"] == assembly_of(first)


def test_conferring_again_says_nothing_twice(together: Three) -> None:
    settled(together)
    sizes = [size_of(house) for house in together.houses]

    for _ in range(3):
        together.confer(LATER)

    assert [size_of(house) for house in together.houses] == sizes


def test_a_policy_that_was_not_adopted_asks_nothing_more_of_anybody(
    together: Three,
) -> None:
    proposal = proposes(together, together.houses[0], ratify=True)
    together.confer(OPENS)
    for house in together.houses:
        given = mandates(together, house, proposal, "against", at=OPENS)
        votes(house, given, proposal, "against")
    together.confer(OPENS)
    waits = unattested(together.houses[0], OPENS)

    together.confer(LATER)

    assert waits == [proposal]
    assert [unattested(house, LATER) for house in together.houses] == [[], [], []]


def test_a_policy_that_was_adopted_is_followed_to_the_end(together: Three) -> None:
    proposal = proposes(together, together.houses[0], ratify=True)
    together.confer(OPENS)
    for house in together.houses:
        votes(house, mandates(together, house, proposal, at=OPENS), proposal)
    together.confer(OPENS)
    together.confer(LATER)

    assert unattested(together.houses[0], LATER) == [proposal]


def unattested(house: House, at: datetime) -> list[Digest]:
    ours = assembly_of(house)
    with house.desk(at) as desk:
        return [entry.digest for entry in chamber.unattested(desk, ours)]


def result_bytes(together: Three, house: House, proposal: Digest) -> bytes:
    standing = together.standing(house, proposal, LATER)
    assert standing is not None
    assert standing.confirmed is not None
    assert standing.result == standing.confirmed
    return canonical.canonical(verification.result_document(standing.confirmed))


def size_of(house: House) -> int:
    connection = sqlite3.connect(house.config.database)
    try:
        [[count]] = connection.execute(
            "select count(*) from entry join assembly on id = assembly where ours = 1"
        )
        return int(count)
    finally:
        connection.close()


def test_a_delegate_proposes_nothing_of_their_own_at_a_council(together: Three) -> None:
    first, second, third = together.houses
    asked = proposes(together, first)
    dana = mandates(together, first, asked)
    together.exchange(OPENS)
    [written] = [each for each in the_record(first) if each["type"] == "Proposal"]
    body = {**vocabulary.body_of(written), "decision": dana.mandate}
    del body["type"]
    by_the_delegate = an_entry(
        first, "Proposal", body, after=the_record(first)[-1], key=dana.key
    )
    with second.desk(OPENS) as desk, pytest.raises(NotAuthentic):
        archive.file(desk, by_the_delegate)

    # Her node publishes it for her, on the word of her mandate: nobody takes it up.
    with first.desk(OPENS) as desk:
        alone = clerk.publish(desk, "Proposal", body).digest
    together.confer(OPENS)

    for house in (second, third):
        with house.desk(OPENS) as desk:
            held = chamber.holding(desk, chamber.proposal(desk, alone))
            assert held is not None
            says = admission.objection(held)
        assert (
            says == "No decision of the proposing assembly stands behind the proposal."
        )
        seen = [each for each in the_record(house) if each["type"] == "Witness"]
        assert {each["proposal"] for each in seen} == {asked}
