"""A delegate says what the assembly said, and nothing else is counted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from confederation.confederal import mandate
from confederation.confederal.history import Record
from confederation.confederal.mandate import Finding, Matter, Rule
from confederation.identifiers import (
    ActorId,
    AssemblyId,
    CompactId,
    Digest,
    Multikey,
    OptionId,
)
from confederation.record import (
    Clause,
    Election,
    Entry,
    Instruction,
    Mandate,
    Membership,
    Method,
    Proposal,
    Recall,
    Vote,
)
from tests.confederation.world import (
    ABSTAIN,
    AGAINST,
    CLOSES,
    FOR,
    LATER,
    OPTIONS,
    Confederation,
    Town,
    a_key,
    commit,
    digest_of,
    instructed,
)


class Case:
    """One assembly of three, its mandate, and the matter it is on."""

    def __init__(self, *, two_tellers: bool = True) -> None:
        self.world = Confederation(3)
        rules = replace(self.world.compact.rules, two_tellers=two_tellers)
        self.compact = replace(self.world.compact, rules=rules)
        self.proposal = self.world.proposes()
        self.town = self.world.towns[1]
        assert isinstance(self.proposal.fact, Proposal)
        self.matter = Matter(
            compact=self.compact, proposal=self.proposal, text=self.proposal.fact
        )

    def mandates(self, *instructions: Instruction, **changes: object) -> Entry:
        given = instructions or (instructed(self.proposal),)
        return self.town.mandates(self.compact, *given, **changes)  # type: ignore[arg-type]

    def publishes(self, given: Entry, **changes: object) -> Entry:
        """Publish a mandate again, with something in it changed."""
        assert isinstance(given.fact, Mandate)
        return self.town.publishes(replace(given.fact, **changes))  # type: ignore[arg-type]

    def vote(self, given: Entry, choice: OptionId = FOR) -> Vote:
        return self.town.a_vote(self.proposal, given, choice)

    def judge(self, vote: Vote, record: Record | None = None) -> Finding | None:
        record = record or self.town.record
        return mandate.judge(vote, record=record, seq=record.size, matter=self.matter)

    def rule(self, vote: Vote) -> Rule | None:
        finding = self.judge(vote)
        return finding.rule if finding is not None else None


def test_a_vote_that_keeps_to_its_mandate_is_allowed() -> None:
    case = Case()

    assert case.judge(case.vote(case.mandates())) is None


def test_a_vote_against_its_mandate_is_shown_with_the_instruction() -> None:
    case = Case()
    instruction = instructed(case.proposal, AGAINST)
    given = case.mandates(instruction)

    finding = case.judge(case.vote(given, FOR))

    assert finding == Finding(
        rule=Rule.OUTSIDE_INSTRUCTION,
        says="The mandate says against; this vote says for.",
        mandate=given.digest,
        instruction=instruction,
    )


@pytest.mark.parametrize(
    ("must", "may", "must_not", "allowed"),
    [
        ((FOR,), (), (), {FOR}),
        ((), (FOR, ABSTAIN), (), {FOR, ABSTAIN}),
        ((), (), (AGAINST,), {FOR, ABSTAIN}),
        ((FOR,), (AGAINST,), (), {FOR}),
        ((), (FOR, AGAINST), (AGAINST,), {FOR}),
        ((FOR, ABSTAIN), (), (ABSTAIN,), {FOR}),
        ((FOR,), (), (FOR,), set()),
        ((), (), (), set()),
    ],
)
def test_a_delegate_chooses_what_they_must_or_may(
    must: tuple[OptionId, ...],
    may: tuple[OptionId, ...],
    must_not: tuple[OptionId, ...],
    allowed: set[OptionId],
) -> None:
    case = Case()
    given = case.mandates(
        Instruction(
            proposal=case.proposal.digest, must=must, may=may, must_not=must_not
        )
    )

    kept = {each for each in OPTIONS if case.judge(case.vote(given, each)) is None}

    assert kept == allowed


@pytest.mark.parametrize("choice", [(), (FOR, AGAINST), (FOR, FOR), ("perhaps",)])
def test_a_vote_names_one_of_the_options(choice: tuple[OptionId, ...]) -> None:
    case = Case()
    may = Instruction(proposal=case.proposal.digest, must_not=(AGAINST,))
    vote = replace(case.vote(case.mandates(may)), choice=choice)

    assert case.rule(vote) is Rule.OUTSIDE_INSTRUCTION


def test_a_matter_that_the_mandate_does_not_cover_goes_back_to_the_assembly() -> None:
    case = Case()
    other = Instruction(proposal=digest_of("another proposal"), must=(FOR,))

    assert case.rule(case.vote(case.mandates(other))) is Rule.OUTSIDE_SCOPE
    bound = mandate.bound(case.town.record, case.town.record.size, case.matter)
    assert bound.word == "uninstructed"


def test_a_mandate_for_another_compact_does_not_reach_here() -> None:
    case = Case()
    elsewhere = CompactId(digest_of("elsewhere"))
    given = case.mandates()
    assert isinstance(given.fact, Mandate)
    election = case.town.record.get(given.fact.election)
    assert election is not None
    assert isinstance(election.fact, Election)
    other = case.town.publishes(replace(election.fact, compact=elsewhere))
    foreign = case.publishes(given, compact=elsewhere, election=other.digest)

    assert case.rule(case.vote(foreign)) is Rule.OUTSIDE_SCOPE


@pytest.mark.parametrize("signed_by", [None, a_key("mallory")])
def test_a_key_that_the_mandate_does_not_name_proves_nothing(
    signed_by: Multikey | None,
) -> None:
    case = Case()
    vote = replace(case.vote(case.mandates()), signed_by=signed_by)

    assert case.rule(vote) is Rule.BAD_SIGNATURE


def test_a_vote_signed_for_something_else_cannot_be_used_here() -> None:
    case = Case()
    vote = case.vote(case.mandates())
    elsewhere = digest_of("elsewhere")

    for_another_proposal = replace(vote, proposal=elsewhere)
    for_another_assembly = replace(vote, assembly=AssemblyId(elsewhere))

    assert case.rule(for_another_proposal) is Rule.BAD_SIGNATURE
    assert case.rule(for_another_assembly) is Rule.BAD_SIGNATURE


def test_an_assembly_without_a_seat_has_no_vote() -> None:
    case = Case()
    stranger = Town("stranger")
    given = stranger.mandates(case.compact, instructed(case.proposal))
    vote = stranger.a_vote(case.proposal, given)

    finding = case.judge(vote, stranger.record)

    assert finding is not None
    assert finding.rule is Rule.NOT_A_MEMBER


def test_an_assembly_that_has_left_has_no_vote_any_more() -> None:
    case = Case()
    vote = case.vote(case.mandates())
    case.town.publishes(Membership(compact=case.compact.digest, act="leave"))

    assert case.rule(vote) is Rule.NOT_A_MEMBER


def test_a_mandate_that_the_record_does_not_hold_is_none() -> None:
    case = Case()
    vote = case.vote(case.mandates())

    assert case.rule(replace(vote, mandate=digest_of("x"))) is Rule.NO_MANDATE
    founding = Digest(case.town.id)
    assert case.rule(replace(vote, mandate=founding)) is Rule.NO_MANDATE


def test_a_mandate_covers_nothing_that_was_filed_before_it() -> None:
    case = Case()
    given = case.mandates()
    vote = case.vote(given)

    finding = mandate.judge(
        vote, record=case.town.record, seq=given.seq, matter=case.matter
    )

    assert finding is not None
    assert finding.rule is Rule.NO_MANDATE


def test_a_recall_ends_a_mandate_at_its_place_in_the_record() -> None:
    case = Case()
    given = case.mandates()
    recall = case.town.recalls(given)

    at = [
        mandate.judge(
            case.vote(given), record=case.town.record, seq=seq, matter=case.matter
        )
        for seq in (recall.seq, recall.seq + 1)
    ]

    assert at[0] is None
    assert at[1] is not None
    assert at[1].rule is Rule.RECALLED


def test_the_recall_of_another_mandate_ends_nothing_here() -> None:
    case = Case()
    first = case.mandates()
    second = case.mandates()
    case.town.recalls(first)

    assert case.judge(case.vote(second)) is None


def test_a_later_mandate_takes_the_place_of_the_one_before() -> None:
    case = Case()
    dana = case.mandates(holder="dana")
    erin = case.mandates(holder="erin")

    assert case.rule(case.vote(dana)) is Rule.NO_MANDATE
    assert case.judge(case.vote(erin)) is None


def test_a_later_mandate_on_something_else_leaves_this_one_standing() -> None:
    case = Case()
    dana = case.mandates()
    case.mandates(Instruction(proposal=digest_of("another"), must=(FOR,)))

    assert case.judge(case.vote(dana)) is None


def test_a_mandate_for_another_compact_supersedes_none_of_this_one() -> None:
    case = Case()
    dana = case.mandates()
    elsewhere = CompactId(digest_of("another compact"))

    case.publishes(dana, compact=elsewhere, supersedes=dana.digest)

    assert case.rule(case.vote(dana)) is None


def test_a_mandate_may_say_outright_which_one_it_supersedes() -> None:
    case = Case()
    dana = case.mandates()
    other = Instruction(proposal=digest_of("another"), must=(FOR,))
    case.mandates(other, supersedes=dana.digest)

    assert case.rule(case.vote(dana)) is Rule.NO_MANDATE


@pytest.mark.parametrize(
    ("until", "rule"),
    [
        (CLOSES - timedelta(seconds=1), Rule.MANDATE_EXPIRED),
        (CLOSES, None),
        (LATER, None),
    ],
)
def test_expiry_is_measured_against_the_declared_closing(
    until: datetime, rule: Rule | None
) -> None:
    case = Case()

    assert case.rule(case.vote(case.mandates(until=until))) is rule


def without_decision(case: Case, given: Entry) -> Entry:
    return case.publishes(given, decision=digest_of("nothing"))


def rejected(case: Case, given: Entry) -> Entry:
    return case.publishes(given, decision=case.town.decides(outcome="rejected").digest)


def no_quorum(case: Case, given: Entry) -> Entry:
    decision = case.town.decides(case.proposal.digest, outcome="no quorum")
    return case.publishes(given, decision=decision.digest)


def without_election(case: Case, given: Entry) -> Entry:
    return case.publishes(given, election=digest_of("nothing"))


def elected_elsewhere(case: Case, given: Entry) -> Entry:
    assert isinstance(given.fact, Mandate)
    election = case.town.record.get(given.fact.election)
    assert election is not None
    assert isinstance(election.fact, Election)
    other = replace(election.fact, compact=CompactId(digest_of("elsewhere")))
    return case.publishes(given, election=case.town.publishes(other).digest)


def somebody_else(case: Case, given: Entry) -> Entry:
    return case.publishes(given, holder=ActorId("https://mallory.example/"))


FORGERIES = [
    without_decision,
    rejected,
    no_quorum,
    without_election,
    elected_elsewhere,
    somebody_else,
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_mandate_needs_a_decision_and_an_election(
    forge: Callable[[Case, Entry], Entry],
) -> None:
    case = Case()
    forged = forge(case, case.mandates())

    assert case.rule(case.vote(forged)) is Rule.NO_MANDATE


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_mandate_that_nobody_gave_takes_nobodys_place(
    forge: Callable[[Case, Entry], Entry],
) -> None:
    case = Case()
    given = case.mandates()
    forge(case, given)

    assert case.judge(case.vote(given)) is None


def test_a_decision_against_the_proposal_mandates_a_vote_against_it() -> None:
    case = Case()
    decision = case.town.decides(case.proposal.digest, outcome="rejected")
    given = case.mandates(instructed(case.proposal, AGAINST))
    mandated = case.publishes(given, decision=decision.digest)

    assert case.judge(case.vote(mandated, AGAINST)) is None


def test_the_alternate_may_hold_the_mandate() -> None:
    case = Case()
    given = case.mandates(holder="dana")
    alternate = ActorId(f"https://{case.town.name}.example/dana-alternate")

    assert case.judge(case.vote(case.publishes(given, holder=alternate))) is None


def unconfirmed_mandate(case: Case) -> Entry:
    return case.publishes(case.mandates(), confirmed_by=case.town.tellers[:1])


def unconfirmed_decision(case: Case) -> Entry:
    decision = case.town.decides(case.proposal.digest, confirmed=False)
    return case.publishes(case.mandates(), decision=decision.digest)


def unconfirmed_election(case: Case) -> Entry:
    given = case.mandates()
    assert isinstance(given.fact, Mandate)
    election = case.town.record.get(given.fact.election)
    assert election is not None
    assert isinstance(election.fact, Election)
    other = case.town.publishes(replace(election.fact, confirmed_by=()))
    return case.publishes(given, election=other.digest)


@pytest.mark.parametrize(
    "given", [unconfirmed_mandate, unconfirmed_decision, unconfirmed_election]
)
def test_one_signature_counts_only_where_the_compact_says_so(
    given: Callable[[Case], Entry],
) -> None:
    strict, lenient = Case(), Case(two_tellers=False)

    assert strict.rule(strict.vote(given(strict))) is Rule.ONE_SIGNATURE_ONLY
    assert lenient.judge(lenient.vote(given(lenient))) is None


def test_a_recall_by_one_signature_recalls_nobody() -> None:
    strict, lenient = Case(), Case(two_tellers=False)
    for case in (strict, lenient):
        given = case.mandates()
        case.town.recalls(given, confirmed=False)
        rule = case.rule(case.vote(given))
        assert rule is (None if case is strict else Rule.RECALLED)


def test_a_recall_that_nobody_decided_recalls_nobody() -> None:
    case = Case()
    given = case.mandates()
    case.town.publishes(
        Recall(
            mandate=given.digest,
            decision=case.town.decides(outcome="rejected").digest,
            confirmed_by=case.town.tellers,
        )
    )

    assert case.judge(case.vote(given)) is None


def test_only_a_mandate_or_a_recall_is_founded_on_a_decision() -> None:
    case = Case()
    finding = mandate.founded(case.proposal, case.town.record, case.compact)

    assert finding is not None
    assert finding.rule is Rule.NO_MANDATE


PLAIN = (
    Clause(n=1, text=commit("We repair it."), amounts={"pounds": "1200"}),
    Clause(n=2, text=commit("We begin in spring.")),
)


def amended(case: Case, *clauses: Clause, **changes: object) -> Case:
    """Make the matter an amended text, under the same record."""
    text = replace(
        case.matter.text,
        clauses=clauses or PLAIN,
        amends=case.proposal.digest,
        slot=case.proposal.digest,
        **changes,  # type: ignore[arg-type]
    )
    proposal = case.world.towns[0].publishes(text)
    case.matter = Matter(
        compact=case.compact, proposal=proposal, text=text, old=case.matter.text
    )
    case.proposal = proposal
    return case


def a_limited(case: Case) -> Instruction:
    return Instruction(
        proposal=case.proposal.digest,
        must=(FOR,),
        may_amend=(2,),
        amounts={"1": {"pounds": ("0", "1500")}},
    )


def clause(n: int, text: str, **amounts: str) -> Clause:
    return Clause(n=n, text=commit(text), amounts=amounts)


TOO_FAR = Rule.TEXT_CHANGED


@pytest.mark.parametrize(
    ("clauses", "rule"),
    [
        (PLAIN, None),
        ((PLAIN[0], clause(2, "We begin in autumn.")), None),
        ((PLAIN[0],), None),
        ((clause(1, "We repair it.", pounds="1500"), PLAIN[1]), None),
        ((clause(1, "We repair it.", pounds="3001/2"), PLAIN[1]), TOO_FAR),
        ((clause(1, "We repair it.", pounds="-1"), PLAIN[1]), TOO_FAR),
        ((clause(1, "We repair it.", pounds="many"), PLAIN[1]), TOO_FAR),
        ((clause(1, "We repair it."), PLAIN[1]), TOO_FAR),
        ((clause(1, "We repair it.", pounds="1200", hours="5"), PLAIN[1]), TOO_FAR),
        ((clause(1, "We pull it down.", pounds="1200"), PLAIN[1]), TOO_FAR),
        ((PLAIN[1],), TOO_FAR),
        ((*PLAIN, clause(3, "And we go to war.")), TOO_FAR),
    ],
)
def test_a_mandate_covers_an_amended_text_as_far_as_it_says(
    clauses: tuple[Clause, ...], rule: Rule | None
) -> None:
    case = Case()
    given = case.mandates(a_limited(case))
    amended(case, *clauses)

    assert case.rule(case.vote(given)) is rule
    bound = mandate.bound(case.town.record, case.town.record.size, case.matter)
    assert bound.word == ("instructed" if rule is None else "refer back")


def test_amounts_in_a_clause_that_may_be_amended_keep_to_their_limits() -> None:
    case = Case()
    limited = replace(a_limited(case), may_amend=(1,))
    given = case.mandates(limited)
    dearer = clause(1, "We rebuild it.", pounds="9000")

    assert case.rule(case.vote(given)) is None
    amended(case, dearer, PLAIN[1])
    assert case.rule(case.vote(given)) is Rule.TEXT_CHANGED


@pytest.mark.parametrize(
    "changes",
    [
        {"title": commit("Something else")},
        {"method": Method(name="double-majority")},
        {"ratify": True},
    ],
)
def test_another_question_is_not_covered_however_much_may_be_amended(
    changes: dict[str, object],
) -> None:
    case = Case()
    given = case.mandates(replace(a_limited(case), may_amend=(1, 2, 3)))
    amended(case, **changes)

    assert case.rule(case.vote(given)) is Rule.TEXT_CHANGED


def test_an_instruction_on_the_amended_text_itself_needs_no_comparison() -> None:
    case = Case()
    case.mandates(a_limited(case))
    amended(case, clause(1, "We pull it down."))
    given = case.mandates()

    assert case.judge(case.vote(given)) is None


def test_an_old_text_that_is_not_here_covers_nothing() -> None:
    case = Case()
    given = case.mandates(a_limited(case))
    amended(case)
    case.matter = replace(case.matter, old=None)

    assert case.rule(case.vote(given)) is Rule.TEXT_CHANGED


def test_a_seat_says_what_binds_it() -> None:
    case = Case()
    record = case.town.record
    assert mandate.bound(record, record.size, case.matter).word == "vacant"

    given = case.mandates()
    record = case.town.record
    bound = mandate.bound(record, record.size, case.matter)
    assert bound.word == "instructed"
    assert bound.mandate == given
    assert bound.instruction == instructed(case.proposal)

    case.town.recalls(given)
    record = case.town.record
    assert mandate.bound(record, record.size, case.matter).word == "vacant"

    case.mandates(until=CLOSES - timedelta(days=1))
    record = case.town.record
    assert mandate.bound(record, record.size, case.matter).word == "expired"


def test_members_are_counted_from_the_decision_on_this_matter_only() -> None:
    case = Case()
    on_it = case.mandates(members=(60, 20, 5))
    other = case.publishes(on_it, decision=case.town.decides().digest)

    found = [
        mandate.decided_on(each.fact, case.town.record, case.matter)
        for each in (on_it, other)
        if isinstance(each.fact, Mandate)
    ]

    assert found[0] is not None
    assert found[0].members is not None
    assert found[0].members.for_ == 60
    assert found[1] is None


def test_a_mandate_given_anew_for_another_text_leaves_no_count_behind() -> None:
    case = Case()
    first = case.mandates(members=(60, 20, 5))
    other = instructed(case.world.proposes())
    second = anew(case, first, other, instructed(case.proposal))
    third = anew(case, second, instructed(case.proposal))

    for given in (second, third):
        assert counted(case, given) == 60


def test_what_is_counted_anew_is_counted_so() -> None:
    case = Case()
    first = case.mandates(members=(60, 20, 5))
    again = case.town.decides(case.proposal.digest, members=(40, 30, 0))
    second = case.publishes(first, decision=again.digest, supersedes=first.digest)

    assert counted(case, anew(case, second, instructed(case.proposal))) == 40


def test_only_whoever_says_the_same_has_the_count_from_before() -> None:
    case = Case()
    first = case.mandates(members=(60, 20, 5))
    no_longer = anew(case, first, instructed(case.proposal, AGAINST))
    silent = anew(case, first, instructed(case.world.proposes()))

    assert counted(case, no_longer) is None
    assert counted(case, anew(case, no_longer, instructed(case.proposal))) is None
    assert counted(case, anew(case, silent, instructed(case.proposal))) is None


@pytest.mark.parametrize("lacks", ["tellers", "this compact", "a place", "a mandate"])
def test_a_count_comes_only_from_a_mandate_that_bound(lacks: str) -> None:
    case = Case()
    sound = case.mandates(members=(60, 20, 5))
    before = {
        "tellers": lambda: case.publishes(sound, confirmed_by=()).digest,
        "this compact": lambda: (
            case.publishes(sound, compact=CompactId(digest_of("other"))).digest
        ),
        "a place": lambda: digest_of("nowhere"),
        "a mandate": lambda: case.town.decides(case.proposal.digest).digest,
    }[lacks]()

    said = anew(case, sound, instructed(case.proposal), supersedes=before)

    assert counted(case, said) is None


def anew(
    case: Case, before: Entry, *instructions: Instruction, **changes: object
) -> Entry:
    """Give a mandate in the place of one before, by a decision on something else."""
    fields = {"supersedes": before.digest, **changes}
    decision = case.town.decides(digest_of("else")).digest
    return case.publishes(
        before, instructions=instructions, decision=decision, **fields
    )


def counted(case: Case, given: Entry) -> int | None:
    assert isinstance(given.fact, Mandate)
    members = mandate.members_behind(given.fact, case.town.record, case.matter)
    return None if members is None else members.for_


# Whatever comes


def at_large(case: Case, choice: OptionId = ABSTAIN, **scope: object) -> Entry:
    """Give a mandate that says what to do on whatever comes before the compact."""
    on_compact = Instruction(proposal=Digest(case.compact.identity), must=(choice,))
    return case.publishes(case.mandates(on_compact), **(scope or {"scope": "compact"}))


def test_a_mandate_for_a_compact_covers_whatever_comes_before_it() -> None:
    case = Case()
    given = at_large(case)

    assert case.judge(case.vote(given, ABSTAIN)) is None
    assert case.rule(case.vote(given, FOR)) is Rule.OUTSIDE_INSTRUCTION


def test_without_that_scope_such_an_instruction_covers_nothing() -> None:
    case = Case()
    given = at_large(case, scope="proposals")

    assert case.rule(case.vote(given, ABSTAIN)) is Rule.OUTSIDE_SCOPE


def test_what_is_said_on_a_proposal_goes_before_what_is_said_on_whatever_comes() -> (
    None
):
    case = Case()
    given = case.publishes(
        case.mandates(
            instructed(case.proposal, FOR),
            Instruction(proposal=Digest(case.compact.identity), must=(ABSTAIN,)),
        ),
        scope="compact",
    )

    assert case.judge(case.vote(given, FOR)) is None
    assert case.rule(case.vote(given, ABSTAIN)) is Rule.OUTSIDE_INSTRUCTION


@pytest.mark.parametrize(
    ("theme", "covered"),
    [("housing", True), ("housing/damp", True), ("housings", False), ("", False)],
)
def test_a_mandate_for_a_theme_covers_what_is_about_it_and_its_branches(
    theme: str, *, covered: bool
) -> None:
    case = Case()
    given = at_large(case, scope="theme", theme="housing")
    case.matter = replace(case.matter, text=replace(case.matter.text, theme=theme))

    finding = case.judge(case.vote(given, ABSTAIN))

    assert (finding is None) is covered
    assert finding is None or finding.rule is Rule.OUTSIDE_SCOPE


def test_who_decided_on_whatever_comes_did_not_count_heads_on_this() -> None:
    case = Case()
    given = at_large(case)
    assert isinstance(given.fact, Mandate)

    counted = mandate.decided_on(given.fact, case.town.record, case.matter)

    assert counted is None


def test_to_reject_a_compact_instructs_nobody_on_what_comes_before_it() -> None:
    case = Case()
    identity = Digest(case.compact.identity)
    given = at_large(case)
    rejected_ = case.town.decides(identity, outcome="rejected")

    again = case.publishes(given, decision=rejected_.digest)

    assert case.rule(case.vote(again, ABSTAIN)) is Rule.NO_MANDATE
