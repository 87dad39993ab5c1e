"""A node witnesses, and takes in, only what breaks no rule that it can check."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from confederation.confederal import admission
from confederation.confederal.compact import Rules
from confederation.confederal.holding import Holding
from confederation.confederal.mandate import Finding, Rule
from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate
from confederation.identifiers import OptionId
from confederation.record import (
    Choice,
    Entry,
    Filed,
    Membership,
    Method,
    Proposal,
    Withdrawal,
    Witness,
)
from tests.confederation.world import (
    AGAINST,
    CLOSES,
    FOR,
    LATER,
    OPENS,
    Confederation,
    Town,
    an_entry,
    commit,
    digest_of,
    finding_on,
    instructed,
)


def objection(world: Confederation, text: Proposal, by: int = 0) -> str | None:
    proposal = world.towns[by].publishes(text)
    return admission.objection(world.holding(proposal))


def test_nothing_is_said_against_a_plain_proposal() -> None:
    world = Confederation(3)

    assert objection(world, world.a_proposal()) is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"opens": CLOSES}, "closes before it opens"),
        ({"options": ()}, "for and against"),
        (
            {"options": tuple(Choice(id=FOR, label=commit(str(i))) for i in range(2))},
            "for and against",
        ),
        (
            {
                "options": tuple(
                    Choice(id=OptionId(o), label=commit(o))
                    for o in ("for", "against", "perhaps")
                )
            },
            "for and against",
        ),
        ({"method": Method(name="by-lot")}, "no way here to count"),
        (
            {"method": Method(name="majority-of-assemblies", threshold="1/3")},
            "less than half",
        ),
        (
            {"method": Method(name="majority-of-assemblies", quorum="0")},
            "quorum is the compact's",
        ),
        ({"decision": digest_of("nothing")}, "No decision"),
    ],
)
def test_what_is_wrong_with_a_proposal_is_said_in_a_sentence(
    changes: dict[str, object], says: str
) -> None:
    world = Confederation(3)

    text = replace(world.a_proposal(), **changes)  # type: ignore[arg-type]

    assert says in (objection(world, text) or "")


def test_clauses_are_numbered_once() -> None:
    world = Confederation(3)
    plain = world.a_proposal()

    doubled = replace(plain, clauses=(plain.clauses[0], plain.clauses[0]))

    assert "one number" in (objection(world, doubled) or "")


def test_a_proposal_asks_for_no_less_than_its_compact() -> None:
    world = Confederation(3, Rules(adopt="two-thirds-of-assemblies"))

    weak = world.a_proposal()
    strong = world.a_proposal(method=Method(name="two-thirds-of-assemblies"))

    assert "less agreement" in (objection(world, weak) or "")
    assert objection(world, strong) is None


def test_a_proposal_may_repeat_the_quorum_of_its_compact() -> None:
    world = Confederation(3)
    method = Method(name="majority-of-assemblies", quorum="1/2")

    assert objection(world, world.a_proposal(method=method)) is None


def test_a_decision_that_was_rejected_or_not_confirmed_proposes_nothing() -> None:
    for world in (Confederation(3), Confederation(3, Rules(two_tellers=False))):
        town = world.towns[0]
        rejected = town.decides(outcome="rejected").digest
        unconfirmed = town.decides(confirmed=False).digest
        lenient = not world.compact.rules.two_tellers

        assert objection(world, world.a_proposal(decision=rejected)) is not None
        said = objection(world, world.a_proposal(decision=unconfirmed))
        assert (said is None) is lenient


def test_only_a_member_proposes() -> None:
    world, stranger = Confederation(3), Town("stranger")
    text = world.a_proposal(decision=stranger.decides().digest)
    foreign = stranger.publishes(text)
    left = world.towns[1]
    left.publishes(Membership(compact=world.compact.digest, act="leave"))

    assert "not a member" in (admission.objection(world.holding(foreign)) or "")
    assert "had left" in (objection(world, world.a_proposal(by=1), by=1) or "")


def test_a_compact_that_is_not_in_force_decides_nothing() -> None:
    world = Confederation(3)
    last = world.towns[2]
    last.record = last.record.upto(1)

    assert "not in force" in (objection(world, world.a_proposal()) or "")


def test_a_superseded_version_takes_no_new_proposals() -> None:
    world = Confederation(3)
    holding = replace(world.holding(world.proposes()), superseded=True)

    assert "superseded" in (admission.objection(holding) or "")


def test_a_proposal_in_a_record_that_is_not_held_is_waited_for() -> None:
    world = Confederation(3)
    proposal = world.proposes()
    world.towns[0].record = world.towns[0].record.before(proposal.digest)

    assert "not held" in (admission.objection(world.holding(proposal)) or "")


def test_two_proposals_in_one_place_are_witnessed_by_nobody_new() -> None:
    world = Confederation(3)
    town = world.towns[0]
    text = world.a_proposal()
    before = town.record
    proposal = town.publishes(text)
    branch = before.append(an_entry(before, replace(text, title=commit("Other"))))

    holding = world.holding(proposal, branches=[branch])

    assert "two entries" in (admission.objection(holding) or "")


def test_a_holding_is_about_a_proposal_under_its_own_compact() -> None:
    world, other = Confederation(3), Confederation(4)
    proposal = world.proposes()
    amending = world.proposes(amends=proposal.digest, slot=proposal.digest)

    with pytest.raises(Invalid, match="deals with a proposal"):
        world.holding(world.towns[0].record.entries[0])
    with pytest.raises(Invalid, match="another version"):
        other.holding(proposal)
    with pytest.raises(Invalid, match="only beside that one"):
        world.holding(amending)
    assert world.holding(amending, amended=proposal).matter.old == proposal.fact


class Open:
    """A proposal that is open, and one town with a mandate on it."""

    def __init__(self) -> None:
        self.world = Confederation(3)
        self.proposal = self.world.proposes()
        for town in self.world.towns[1:]:
            town.publishes(Witness(proposal=self.proposal.digest, final=False))
        self.town = self.world.towns[1]
        self.given = self.town.mandates(self.world.compact, instructed(self.proposal))

    @property
    def holding(self) -> Holding:
        return self.world.holding(self.proposal)

    def receives(self, choice: OptionId = FOR, at: datetime = OPENS) -> Filed | Finding:
        vote = self.town.a_vote(self.proposal, self.given, choice)
        return admission.receive(self.holding, vote, at)


def test_a_lawful_vote_is_filed_as_the_next_revision() -> None:
    case = Open()
    first = case.receives()
    assert isinstance(first, Filed)
    assert first.revision == 1

    case.town.publishes(first)
    second = case.receives()

    assert isinstance(second, Filed)
    assert second.revision == 2
    for entry in case.town.record.entries:
        if isinstance(entry.fact, Filed):
            assert finding_on(entry, case.holding) is None


def test_a_vote_against_the_mandate_is_not_filed() -> None:
    case = Open()

    finding = case.receives(AGAINST)

    assert isinstance(finding, Finding)
    assert finding.rule is Rule.OUTSIDE_INSTRUCTION
    assert finding.instruction == instructed(case.proposal)


def test_the_same_vote_twice_is_filed_once() -> None:
    case = Open()
    vote = case.town.a_vote(case.proposal, case.given)
    filed = admission.receive(case.holding, vote, OPENS)
    assert isinstance(filed, Filed)
    case.town.publishes(filed)

    again = admission.receive(case.holding, vote, OPENS)

    assert isinstance(again, Finding)
    assert again.rule is Rule.OUT_OF_ORDER


@pytest.mark.parametrize("at", [CLOSES, LATER])
def test_no_vote_is_taken_after_closing(at: datetime) -> None:
    with pytest.raises(TooLate):
        Open().receives(at=at)


def test_no_vote_is_taken_after_the_final_statement() -> None:
    case = Open()
    case.town.publishes(Witness(proposal=case.proposal.digest, final=True))

    with pytest.raises(TooLate):
        case.receives()


def test_no_vote_is_taken_before_the_proposal_is_open() -> None:
    case = Open()
    with pytest.raises(TooEarly):
        case.receives(at=OPENS - timedelta(seconds=1))

    world = Confederation(3)
    proposal = world.proposes()
    town = world.towns[0]
    given = town.mandates(world.compact, instructed(proposal))
    with pytest.raises(TooEarly):
        admission.receive(world.holding(proposal), town.a_vote(proposal, given), OPENS)


def test_a_vote_for_an_assembly_that_is_not_held_here_is_not_taken() -> None:
    case = Open()
    vote = case.town.a_vote(case.proposal, case.given)
    stranger = replace(vote, assembly=Town("stranger").id)
    without = {town.id: town.record for town in case.world.towns if town != case.town}
    cut = replace(case.holding, records=without, branches=(case.town.record,))

    for judged in (
        admission.receive(cut, vote, OPENS),
        admission.judge_unfiled(cut, vote),
        admission.judge_unfiled(case.holding, stranger),
    ):
        assert isinstance(judged, Finding)
        assert judged.rule is Rule.NOT_A_MEMBER


def a_stray(case: Open, choice: OptionId) -> Finding | None:
    vote = case.town.a_vote(case.proposal, case.given, choice)
    return admission.judge_unfiled(case.holding, vote)


def test_a_vote_past_the_form_is_shown_with_the_instruction_it_breaks() -> None:
    finding = a_stray(Open(), AGAINST)

    assert finding is not None
    assert finding.rule is Rule.OUTSIDE_INSTRUCTION
    assert finding.says == "The mandate says for; this vote says against."


def test_a_lawful_vote_that_was_not_filed_says_so() -> None:
    finding = a_stray(Open(), FOR)

    assert finding is not None
    assert finding.rule is Rule.NOT_FILED


def test_a_vote_that_stands_in_the_record_is_no_stray() -> None:
    case = Open()
    vote = case.town.a_vote(case.proposal, case.given)
    case.town.votes(case.proposal, case.given)

    assert admission.judge_unfiled(case.holding, vote) is None


def test_a_filing_is_checked_against_its_own_record() -> None:
    case = Open()
    good = case.town.votes(case.proposal, case.given)
    bad = case.town.votes(case.proposal, case.given, AGAINST)

    finding = finding_on(bad, case.holding)

    assert finding_on(good, case.holding) is None
    assert finding is not None
    assert finding.rule is Rule.OUTSIDE_INSTRUCTION


def decided(case: Open) -> Entry:
    return case.world.towns[0].decides()


def test_the_assembly_that_proposed_may_withdraw() -> None:
    case = Open()
    decision = decided(case)

    fact = admission.withdraw(case.holding, decision.digest, OPENS)

    assert fact == Withdrawal(proposal=case.proposal.digest, decision=decision.digest)


def elsewhere(case: Open) -> Entry:
    return case.town.decides()


def rejected(case: Open) -> Entry:
    return case.world.towns[0].decides(outcome="rejected")


def unconfirmed(case: Open) -> Entry:
    return case.world.towns[0].decides(confirmed=False)


@pytest.mark.parametrize("decision", [elsewhere, rejected, unconfirmed])
def test_a_proposal_is_withdrawn_by_a_decision_of_its_own_assembly(
    decision: Callable[[Open], Entry],
) -> None:
    case = Open()
    entry = decision(case)

    with pytest.raises(NotEntitled):
        admission.withdraw(case.holding, entry.digest, OPENS)


def test_a_proposal_that_is_voted_on_takes_its_course() -> None:
    case = Open()
    filed = case.town.votes(case.proposal, case.given)
    seen = ((1, 1, filed.digest),)
    case.world.towns[2].publishes(
        Witness(proposal=case.proposal.digest, final=False, seen=seen)
    )
    decision = decided(case)

    with pytest.raises(TooLate, match="certified"):
        admission.withdraw(case.holding, decision.digest, OPENS)
    with pytest.raises(TooLate, match="closed"):
        admission.withdraw(Open().holding, decision.digest, CLOSES)
