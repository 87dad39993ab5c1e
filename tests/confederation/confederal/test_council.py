"""A council of towns decides as the protocol says, one rule at a time."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from confederation.confederal import council, tally
from confederation.confederal.council import State
from confederation.confederal.history import Record
from confederation.confederal.mandate import Rule
from confederation.confederal.tally import NO_SEAT
from confederation.confederal.weighing import Fate
from confederation.identifiers import AssemblyId, Digest
from confederation.record import (
    Entry,
    Fact,
    Filed,
    Membership,
    Method,
    Withdrawal,
    Witness,
)
from tests.confederation.stories import Story, revision_of
from tests.confederation.world import (
    ABSTAIN,
    AGAINST,
    CLOSES,
    FOR,
    LATER,
    OPENS,
    START,
    Town,
    digest_of,
    result_digest,
)

# From the draft to the settled result


def test_three_towns_come_to_one_confirmed_result() -> None:
    story = Story(3)
    assert story.stands(START).state is State.DRAFT

    story.opens()
    assert story.stands(OPENS).state is State.OPEN

    for seat, choice in enumerate((FOR, FOR, AGAINST)):
        story.votes(seat, choice)
    story.carries_on(OPENS)
    story.carries_on(LATER)

    stands = story.stands()
    assert stands.state is State.CONFIRMED
    assert stands.confirmed == stands.result
    assert stands.confirmed is not None
    assert stands.confirmed.outcome == "adopted"
    assert stands.confirmed.figures.assemblies == {FOR: 2, AGAINST: 1, ABSTAIN: 0}
    assert [each.fate for each in stands.revisions] == [Fate.CERTIFIED] * 3
    assert stands.contradictions == ()
    assert stands.dissents == ()


def test_asking_twice_files_nothing_twice() -> None:
    story = Story(3)
    for at in (OPENS, LATER):
        story.votes(0) if at == OPENS else None
        story.carries_on(at)
        assert [story.due(town, at) for town in story.towns] == [()] * 3


def test_a_proposal_is_open_when_a_threshold_has_witnessed_it() -> None:
    story = Story(4)
    story.states(1)
    stands = story.stands(OPENS)
    assert stands.state is State.DRAFT
    assert stands.waiting_for == (story.towns[2].id, story.towns[3].id)

    story.states(2)

    assert story.stands(OPENS).state is State.OPEN


def test_who_proposed_is_not_needed_once_it_is_open() -> None:
    story = Story(3).opens()
    for seat in (0, 1, 2):
        story.votes(seat)
    story.carries_on(OPENS)

    story.carries_on(LATER, towns=(1, 2))

    stands = story.stands()
    assert stands.state is State.CONFIRMED
    assert stands.confirmed is not None
    assert stands.confirmed.figures.cast == 3
    story.carries_on(LATER, towns=(0,))
    assert len(story.stands().attestations[0].by) == 3


def test_an_assembly_that_is_alone_decides_by_itself() -> None:
    story = Story(1)
    assert story.stands(OPENS).state is State.OPEN

    story.votes(0)
    story.carries_on(LATER)

    confirmed = story.stands().confirmed
    assert confirmed is not None
    assert confirmed.outcome == "adopted"


def test_closing_begins_at_the_declared_instant() -> None:
    story = Story(3).opens()

    assert story.stands(CLOSES - timedelta(seconds=1)).state is State.OPEN
    assert story.stands(CLOSES).state is State.CLOSING


def test_with_too_many_gone_the_decision_waits_and_says_for_whom() -> None:
    story = Story(4).opens()
    story.votes(0)
    story.carries_on(OPENS)

    story.carries_on(LATER, towns=(0, 1))

    stands = story.stands()
    assert stands.state is State.DETERMINED
    assert stands.waiting_for == (story.towns[2].id, story.towns[3].id)


def test_a_vote_that_too_few_received_in_time_is_not_certified() -> None:
    story = Story(3).opens()
    filed = story.votes(0)

    story.carries_on(LATER)

    revised = revision_of(story.stands(), filed)
    assert revised.fate is Fate.EXCLUDED
    assert revised.witnesses == (story.towns[0].id,)
    assert revised.finding is not None
    assert revised.finding.rule is Rule.NOT_CERTIFIED
    confirmed = story.stands().confirmed
    assert confirmed is not None
    assert confirmed.certified == ()
    assert confirmed.outcome == "no quorum"


def test_a_vote_that_hangs_on_a_dark_node_keeps_the_decision_open() -> None:
    story = Story(4).opens()
    filed = story.votes(0)
    story.carries_on(OPENS, towns=(1,))

    story.carries_on(LATER, towns=(0, 1, 2))

    stands = story.stands()
    assert stands.state is State.CLOSING
    assert revision_of(stands, filed).fate is Fate.UNDECIDED
    assert stands.waiting_for == (story.towns[3].id,)
    assert not stands.replaceable
    assert story.stands(CLOSES + timedelta(days=8)).replaceable
    assert not council.standing(story.holding(LATER)).replaceable
    story.carries_on(LATER)
    assert not story.stands(CLOSES + timedelta(days=8)).replaceable


def test_a_node_that_comes_back_settles_what_hung_on_it() -> None:
    story = Story(4).opens()
    story.votes(0)
    story.carries_on(OPENS, towns=(1,))
    story.carries_on(LATER, towns=(0, 1, 2))

    story.carries_on(LATER)

    assert story.stands().state is State.CONFIRMED


# What is witnessed, and when


def test_nothing_is_witnessed_after_closing_by_ones_own_clock() -> None:
    story = Story(3).opens()
    story.votes(0)

    [final] = story.due(story.towns[1], CLOSES)

    assert final == Witness(proposal=story.proposal.digest, final=True, seen=())


def test_nothing_but_the_proposal_is_witnessed_before_it_opens() -> None:
    story = Story(3)
    story.votes(0)

    early = story.due(story.towns[1], OPENS - timedelta(seconds=1))

    assert early == (Witness(proposal=story.proposal.digest, final=False),)


def test_only_the_first_filing_for_a_revision_is_witnessed() -> None:
    story = Story(3).opens()
    story.states(1, (0, 1, digest_of("another filing")))
    story.votes(0)

    assert story.due(story.towns[1], OPENS) == ()


def a_withdrawal(story: Story) -> Entry:
    decision = story.towns[0].decides().digest
    return story.towns[0].publishes(
        Withdrawal(proposal=story.proposal.digest, decision=decision)
    )


def test_a_withdrawal_is_witnessed_and_settles_the_proposal_before_it_closes() -> None:
    story = Story(3).opens()
    withdrawn = a_withdrawal(story)

    [statement] = story.due(story.towns[1], OPENS)
    story.states(1, (NO_SEAT, 1, withdrawn.digest))
    determined = story.stands(OPENS)
    story.carries_on(OPENS)

    assert isinstance(statement, Witness)
    assert statement.seen == ((NO_SEAT, 1, withdrawn.digest),)
    assert determined.state is State.DETERMINED
    confirmed = story.stands(OPENS).confirmed
    assert confirmed is not None
    assert confirmed.outcome == "withdrawn"


def test_the_withdrawal_of_another_proposal_is_none_of_this_one() -> None:
    story = Story(3).opens()
    decision = story.towns[0].decides().digest
    elsewhere = Withdrawal(proposal=digest_of("another"), decision=decision)
    story.towns[0].publishes(elsewhere)

    assert story.due(story.towns[1], OPENS) == ()
    assert story.stands(OPENS).revisions == ()


def test_nobody_witnesses_a_withdrawal_after_seeing_a_certified_vote() -> None:
    story = Story(3).opens()
    filed = story.votes(1)
    story.states(2, (1, 1, filed.digest))

    a_withdrawal(story)

    assert story.due(story.towns[1], OPENS) == ()


def test_every_revision_in_a_record_is_witnessed_the_superseded_ones_too() -> None:
    story = Story(3).opens()
    first = story.votes(0)
    second = story.votes(0, AGAINST)

    [statement] = story.due(story.towns[1], OPENS)

    assert isinstance(statement, Witness)
    assert statement.seen == ((0, 1, first.digest), (0, 2, second.digest))


def test_statements_only_grow() -> None:
    story = Story(3).opens()
    story.votes(0)
    story.carries_on(OPENS)
    second = story.votes(2)

    [statement] = story.due(story.towns[1], OPENS)

    assert isinstance(statement, Witness)
    assert statement.seen == ((2, 1, second.digest),)


def test_a_final_statement_waits_for_a_threshold_of_clocks() -> None:
    story = Story(5).opens()
    town = story.towns[0]
    behind = dict.fromkeys((each.id for each in story.towns), OPENS)

    def due(past: int) -> tuple[Fact, ...]:
        # Our own clock is one of them, and is not told twice.
        clocks = behind | {each.id: CLOSES for each in story.towns[: past + 1]}
        holding = replace(story.holding(CLOSES), clocks=clocks)
        return council.duties(holding, town.id, CLOSES, result_digest)

    assert story.world.compact.t == 4
    assert due(past=2) == ()
    assert due(past=3) == (
        Witness(proposal=story.proposal.digest, final=True, seen=()),
    )


def test_a_clock_that_nobody_told_us_is_not_past_closing() -> None:
    story = Story(3).opens()
    holding = replace(story.holding(CLOSES), clocks={})

    assert council.duties(holding, story.towns[0].id, CLOSES, result_digest) == ()


def test_after_its_final_statement_an_assembly_witnesses_nothing_more() -> None:
    story = Story(3).opens()
    story.carries_on(CLOSES, towns=(1,))
    story.votes(0)

    # Its clock jumped, and is right again.
    assert story.due(story.towns[1], OPENS) == ()


def test_a_final_statement_repeats_all_that_was_witnessed_and_filed() -> None:
    story = Story(3).opens()
    theirs, ours = story.votes(0), story.votes(1)
    story.carries_on(OPENS)

    [final] = story.due(story.towns[1], CLOSES)

    assert isinstance(final, Witness)
    assert final.seen == ((0, 1, theirs.digest), (1, 1, ours.digest))


def test_a_result_is_attested_only_after_ones_own_final_statement() -> None:
    story = Story(3).opens()
    story.states(1, final=True)
    story.states(2, final=True)

    stands = story.stands(OPENS)
    assert stands.result is not None
    assert stands.state is State.OPEN
    assert story.due(story.towns[0], OPENS) == ()


def test_only_a_member_whose_record_is_held_owes_anything() -> None:
    story = Story(3)
    stranger, member = Town("stranger"), story.towns[1]
    # Whoever has no seat has none to empty either.
    stranger.publishes(Membership(compact=story.world.compact.digest, act="leave"))
    holding = story.holding(OPENS)
    with_stranger = {**holding.records, stranger.id: stranger.record}
    without = {town.id: town.record for town in story.towns if town is not member}

    def due(town: Town, records: Mapping[AssemblyId, Record]) -> tuple[Fact, ...]:
        return council.duties(
            replace(holding, records=records), town.id, OPENS, result_digest
        )

    assert due(member, with_stranger) != ()
    assert due(stranger, with_stranger) == ()
    assert due(member, without) == ()


def test_nothing_is_attested_while_too_few_clocks_have_passed_closing() -> None:
    story = Story(3).opens()
    story.states(1, final=True)
    story.states(2, final=True)
    holding = replace(story.holding(LATER), clocks={})

    assert council.standing(holding, LATER).result is not None
    assert council.duties(holding, story.towns[0].id, LATER, result_digest) == ()


def test_what_is_only_heard_of_is_not_witnessed() -> None:
    story = Story(3).opens()
    story.states(1, (2, 1, digest_of("a filing that nobody shows")))

    assert story.due(story.towns[0], OPENS) == ()


def test_a_proposal_under_way_is_carried_to_its_end_under_its_version() -> None:
    story = Story(3).opens()
    story.votes(0)

    def due(at: datetime) -> tuple[Fact, ...]:
        holding = replace(story.holding(at), superseded=True)
        return council.duties(holding, story.towns[1].id, at, result_digest)

    assert len(due(OPENS)) == 1
    assert len(due(LATER)) == 1


def test_a_proposal_that_nobody_would_witness_needs_no_last_word() -> None:
    story = Story(3)
    story.proposal = story.world.proposes(decision=digest_of("nothing"))

    for at in (OPENS, LATER):
        assert [story.due(town, at) for town in story.towns[1:]] == [(), ()]


def test_one_that_others_witnessed_gets_a_last_word_from_everybody() -> None:
    story = Story(3)
    story.proposal = story.world.proposes(decision=digest_of("nothing"))
    story.states(2)

    assert len(story.due(story.towns[1], LATER)) == 1


def test_who_learns_of_a_proposal_after_closing_still_helps_to_settle_it() -> None:
    story = Story(3)

    story.carries_on(LATER)

    stands = story.stands()
    assert stands.state is State.CONFIRMED
    assert stands.confirmed is not None
    assert stands.confirmed.outcome == "no quorum"


# Attesting


def test_a_differing_attestation_is_shown_as_a_dissent() -> None:
    story = Story(3).opens()
    story.states(0, final=True)
    story.states(1, final=True)
    result = story.stands().result
    assert result is not None
    story.attests(0, result)
    assert story.stands().dissents == ()
    story.attests(1, result)
    story.attests(2, replace(result, outcome="adopted"))

    stands = story.stands()

    assert stands.state is State.CONFIRMED
    assert stands.confirmed == result
    assert stands.dissents == (story.towns[2].id,)


def test_disputed_is_only_when_no_result_can_reach_the_threshold() -> None:
    story = Story(4).opens()
    for seat in range(4):
        story.states(seat, final=True)
    result = story.stands().result
    assert result is not None
    others = [replace(result, outcome=o) for o in ("adopted", "rejected")]
    story.attests(0, result)
    story.attests(1, others[0])
    assert story.stands().state is State.DETERMINED

    story.attests(2, others[1])
    assert story.stands().state is State.DISPUTED
    assert story.stands().waiting_for == ()


def test_two_answers_with_a_threshold_each_are_shown_and_neither_confirmed() -> None:
    story = Story(3).opens()
    for seat in range(3):
        story.states(seat, final=True)
    result = story.stands().result
    assert result is not None
    other = replace(result, outcome="adopted")
    for seat, which in ((0, result), (1, result), (1, other), (2, other)):
        story.attests(seat, which)

    stands = story.stands()

    assert stands.state is State.DISPUTED
    assert stands.confirmed is None
    assert [each.of for each in stands.contradictions] == [story.towns[1].id]


def test_an_assembly_attests_once_even_if_it_finds_otherwise_later() -> None:
    story = Story(4).opens()
    filed = story.votes(0)
    story.states(1, final=True)
    story.states(2, final=True)
    story.carries_on(LATER, towns=(0,))
    attested = story.stands().attestations
    assert len(attested) == 1
    for seat in (1, 2):
        story.states(seat, (0, 1, filed.digest))

    stands = story.stands()

    assert stands.result != attested[0].result
    assert story.due(story.towns[0], LATER) == ()
    assert {each.of for each in stands.contradictions} == {
        story.towns[1].id,
        story.towns[2].id,
    }


# One answer, whatever is held


def test_any_two_sufficient_holdings_give_the_same_result() -> None:
    story = Story(5).opens()
    for seat, choice in enumerate((FOR, AGAINST, FOR, ABSTAIN)):
        story.votes(seat, choice)
    story.carries_on(OPENS)
    story.votes(0, AGAINST)
    story.carries_on(LATER)
    whole = story.holding(LATER)
    answers = []

    for dark in range(5):
        town = story.towns[dark]
        cut = replace(
            whole, records={**whole.records, town.id: town.record.before(_final(town))}
        )
        answers.append(council.standing(cut).result)

    assert answers == [story.stands().result] * 5


def _final(town: Town) -> Digest:
    [final] = [e.digest for e, s in town.record.facts(Witness) if s.final]
    return final


def test_a_reader_without_a_clock_sees_the_same_result() -> None:
    story = Story(3).opens()
    story.votes(1)
    story.carries_on(OPENS)
    story.carries_on(LATER)

    assert council.standing(story.holding(LATER)).confirmed == story.stands().confirmed
    assert council.standing(story.holding(LATER)).state is State.CONFIRMED


def test_a_proposal_that_cannot_be_counted_here_has_no_result() -> None:
    story = Story(3, method=Method(name="by-lot"))
    for seat in range(3):
        story.states(seat, final=True)

    stands = story.stands()

    assert tally.uncountable(story.holding(LATER).text) is not None
    assert stands.result is None
    assert stands.state is State.CLOSING


def test_a_council_of_a_hundred_and_fifty_is_recomputed_within_a_second() -> None:
    story = Story(150)
    for seat in range(150):
        story.votes(seat)
    filings = [
        (seat, 1, next(town.record.facts(Filed))[0].digest)
        for seat, town in enumerate(story.towns)
    ]
    for seat in range(150):
        story.states(seat, *(each for each in filings if each[0] != seat))
        story.states(seat, *filings, final=True)
    holding = story.holding(LATER)

    begin = time.process_time()
    stands = council.standing(holding, LATER)
    took = time.process_time() - begin

    assert stands.state is State.DETERMINED
    assert stands.result is not None
    assert stands.result.figures.cast == 150
    assert took < 1
