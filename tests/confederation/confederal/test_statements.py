"""Whoever says two things that cannot both be meant is shown with both of them."""

from dataclasses import replace
from itertools import permutations

import pytest

from confederation.confederal import statements
from confederation.confederal.history import Contradiction, Record
from confederation.identifiers import AssemblyId, Digest
from confederation.record import (
    Attestation,
    Entry,
    Figures,
    Filed,
    MemberCount,
    Placement,
    Ratification,
    Result,
    Withdrawal,
    Witness,
)
from tests.confederation.world import (
    FOR,
    Confederation,
    an_entry,
    commit,
    digest_of,
    instructed,
)


class Case:
    """One proposal, and one town that states things about it."""

    def __init__(self) -> None:
        self.world = Confederation(3)
        self.proposal = self.world.proposes()
        self.town = self.world.towns[1]

    def states(self, *seen: tuple[int, int, Digest], final: bool = False) -> Entry:
        return self.town.publishes(
            Witness(proposal=self.proposal.digest, final=final, seen=seen)
        )

    def attests(self, outcome: str) -> Entry:
        result = Result(
            compact=self.world.compact.digest,
            proposal=self.proposal.digest,
            method="majority-of-assemblies",
            certified=(),
            figures=Figures(seats=3, cast=0, quorum=2, assemblies={}, members=None),
            outcome=outcome,  # type: ignore[arg-type]
        )
        return self.town.publishes(
            Attestation(
                proposal=self.proposal.digest,
                result=result,
                result_hash=digest_of(result),
            )
        )

    def contradictions(self, *branches: Record) -> tuple[Contradiction, ...]:
        held: dict[AssemblyId, tuple[Record, ...]] = {
            town.id: (town.record,) for town in self.world.towns
        }
        for branch in branches:
            held[branch.assembly] += (branch,)
        return statements.contradictions(self.world.compact, self.proposal, held)

    def between(self, *entries: Entry) -> None:
        """Assert that exactly these two entries contradict each other."""
        [found] = self.contradictions()
        assert {found.a.digest, found.b.digest} == {each.digest for each in entries}
        assert found.of == self.town.id


A, B = (0, 1, digest_of("a")), (0, 2, digest_of("b"))
OTHER_A = (0, 1, digest_of("other a"))


def test_statements_that_grow_contradict_nothing() -> None:
    case = Case()
    case.states()
    case.states(A)
    case.states(A, B, final=True)
    case.attests("adopted")
    case.attests("adopted")

    assert case.contradictions() == ()


def test_two_filings_received_as_one_revision() -> None:
    case = Case()

    case.between(case.states(A), case.states(OTHER_A))


def test_a_final_statement_that_leaves_out_what_was_witnessed() -> None:
    case = Case()

    case.between(case.states(A), case.states(final=True))


def test_something_received_after_the_final_statement() -> None:
    case = Case()

    # The first that says so is enough.
    case.between(case.states(A, final=True), case.states(A, B))
    case.states(B)
    assert len(case.contradictions()) == 1


def test_a_vote_filed_after_ones_own_final_statement() -> None:
    case = Case()
    final = case.states(final=True)
    given = case.town.mandates(case.world.compact, instructed(case.proposal, FOR))

    case.between(final, case.town.votes(case.proposal, given))


def test_a_vote_filed_before_the_final_statement_goes_without_saying() -> None:
    case = Case()
    given = case.town.mandates(case.world.compact, instructed(case.proposal, FOR))
    case.town.votes(case.proposal, given)
    case.states(final=True)

    assert case.contradictions() == ()


def test_two_results_attested_for_one_proposal() -> None:
    case = Case()

    case.between(case.attests("adopted"), case.attests("rejected"))


def test_two_entries_in_one_place_of_the_record() -> None:
    case = Case()
    trunk = case.town.record
    case.states(A)
    branch = trunk.append(an_entry(trunk, MemberCount(members=3)))

    [found] = case.contradictions(branch)

    assert {found.a, found.b} == {case.town.record.at(trunk.size), branch.entries[-1]}


def test_two_proposals_witnessed_in_one_place() -> None:
    case = Case()
    proposer = case.world.towns[0]
    trunk = proposer.record.before(case.proposal.digest)
    text = replace(case.world.a_proposal(by=2), title=commit("Another"))
    other = an_entry(trunk, text)
    branch = trunk.append(other)
    case.states()
    case.town.publishes(Witness(proposal=other.digest, final=False))

    named = {found.of for found in case.contradictions(branch)}

    assert named == {proposer.id, case.town.id}


@pytest.mark.parametrize("what", ["one", "the other", "finally", "no proposal"])
def test_whoever_witnessed_one_of_two_in_one_place_is_not_accused(what: str) -> None:
    case = Case()
    proposer = case.world.towns[0]
    trunk = proposer.record.before(case.proposal.digest)
    text = replace(case.world.a_proposal(by=2), title=commit("Another"))
    other = an_entry(trunk, MemberCount(members=3) if what == "no proposal" else text)
    if what != "the other":
        case.states()
    if what != "one":
        stated = Witness(proposal=other.digest, final=what == "finally")
        case.town.publishes(stated)

    [found] = case.contradictions(trunk.append(other))

    assert found.of == proposer.id


def test_what_an_assembly_states_on_two_sides_is_witnessed_on_both() -> None:
    case = Case()
    stated = Witness(proposal=case.proposal.digest, final=False, seen=(B,))
    branch = case.town.record.append(an_entry(case.town.record, stated))
    case.states(A)

    for sides in permutations((case.town.record, branch)):
        heard = statements.hear(
            case.world.compact, statements.on(case.proposal), {case.town.id: sides}
        )
        assert heard.witnesses == {A: {1}, B: {1}}


def test_only_the_proposer_withdraws_and_only_what_it_names() -> None:
    case = Case()
    proposer, decision = case.world.towns[0], digest_of("a decision")
    for town in (proposer, case.town):
        town.publishes(Withdrawal(proposal=digest_of("another"), decision=decision))
    withdrawn = Withdrawal(proposal=case.proposal.digest, decision=decision)
    entry, _ = (each.publishes(withdrawn) for each in (proposer, case.town))

    heard = statements.hear(
        case.world.compact,
        statements.on(case.proposal),
        {each.id: (each.record,) for each in case.world.towns},
    )

    assert heard.witnesses == {(-1, 1, entry.digest): {0}}


def test_final_statements_alone_do_not_witness_a_proposal() -> None:
    case = Case()
    held = {town.id: (town.record,) for town in case.world.towns}
    case.states(final=True)
    held[case.town.id] = (case.town.record,)

    heard = statements.hear(case.world.compact, statements.on(case.proposal), held)

    assert heard.opened_by == {0}
    assert heard.absent(frozenset({A})) == {A: {1}}
    assert [final.seat for final in heard.finals] == [1]


def test_a_filing_is_its_own_assemblys_witness() -> None:
    case = Case()
    given = case.town.mandates(case.world.compact, instructed(case.proposal, FOR))
    filed = case.town.votes(case.proposal, given)
    final = case.states(final=True)
    late = case.town.publishes(
        Filed(proposal=case.proposal.digest, revision=2, withdrawn_by=given.digest)
    )

    heard = statements.hear(
        case.world.compact,
        statements.on(case.proposal),
        {case.town.id: (case.town.record,)},
    )

    assert heard.witnesses == {
        (1, 1, filed.digest): {1},
        (1, 2, late.digest): {1},
    }
    assert heard.finals[0].entry == final
    assert heard.finals[0].seen == {(1, 1, filed.digest)}


def test_each_kind_of_filing_is_its_own_witness_in_its_own_round_only() -> None:
    case = Case()
    compact, result = case.world.compact, digest_of("a result")
    decision = case.town.decides().digest
    # Neither ends what it may say of where the matter belongs.
    case.states()
    # There are no places in a ratification, and no seat has anything before nothing.
    nobodys = (
        (-3, 1, digest_of("place")),
        (0, -1, Digest(compact.members[0].assembly)),
    )
    case.town.publishes(Witness(proposal=result, final=True, seen=nobodys))
    vote, answer, placed, *_ = (
        case.town.publishes(fact)
        for fact in (
            Filed(proposal=case.proposal.digest, revision=1, withdrawn_by=decision),
            Ratification(
                proposal=case.proposal.digest,
                result_hash=result,
                revision=1,
                ratifies=True,
                decision=decision,
            ),
            Placement(
                proposal=case.proposal.digest, belongs="below", decision=decision
            ),
            Placement(proposal=result, belongs="below", decision=decision),
            Ratification(
                proposal=case.proposal.digest,
                result_hash=digest_of("another result"),
                revision=2,
                ratifies=True,
                decision=decision,
            ),
        )
    )
    # No revision is before the first.
    case.town.publishes(
        Filed(proposal=case.proposal.digest, revision=0, withdrawn_by=decision)
    )
    held = {case.town.id: (case.town.record,)}

    in_vote = statements.hear(compact, statements.on(case.proposal), held)
    in_round = statements.hear(compact, statements.on_result(result), held)

    assert in_vote.witnesses == {
        (1, 1, vote.digest): {1},
        (-3, 1, placed.digest): {1},
    }
    assert in_round.witnesses == {(1, 1, answer.digest): {1}}
