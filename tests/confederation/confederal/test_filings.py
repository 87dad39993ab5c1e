"""A seat's filings stand in its assembly's record, each judged in its place."""

from dataclasses import replace

import pytest

from confederation.confederal.council import State
from confederation.confederal.mandate import Rule
from confederation.confederal.weighing import Fate
from confederation.identifiers import Digest, OptionId
from confederation.record import (
    Entry,
    Filed,
    Membership,
)
from tests.confederation.stories import Story, revision_of, rules_of
from tests.confederation.world import (
    AGAINST,
    FOR,
    LATER,
    OPENS,
    digest_of,
    instructed,
)

# Mandates


def test_a_vote_outside_its_mandate_is_void_and_nobody_waits_for_it() -> None:
    story = Story(4).opens()
    given = story.mandates(0, AGAINST)
    filed = story.towns[0].votes(story.proposal, given, FOR)
    story.carries_on(OPENS)
    story.carries_on(LATER, towns=(0, 1, 2))

    stands = story.stands()
    revised = revision_of(stands, filed)
    assert revised.fate is Fate.VOID
    assert revised.witnesses == (story.towns[0].id,)
    assert revised.finding is not None
    assert revised.finding.rule is Rule.OUTSIDE_INSTRUCTION
    assert revised.finding.instruction == instructed(story.proposal, AGAINST)
    assert stands.state is State.CONFIRMED
    assert stands.confirmed is not None
    assert stands.confirmed.certified == ()


def test_an_unlawful_vote_is_not_counted_even_if_everybody_claims_it() -> None:
    story = Story(3).opens()
    lawful = story.votes(0, FOR)
    given = story.mandates(0, AGAINST)
    unlawful = story.towns[0].votes(story.proposal, given, FOR)
    seen = ((0, 1, lawful.digest), (0, 2, unlawful.digest))
    for seat in range(3):
        story.states(seat, *seen, final=True)

    result = story.stands().result

    assert rules_of(result) == {(0, 1): None}
    assert revision_of(story.stands(), unlawful).fate is Fate.VOID


def test_a_recall_withdraws_the_open_vote_and_the_alternate_may_vote() -> None:
    story = Story(3).opens()
    given = story.mandates(1)
    first = story.towns[1].votes(story.proposal, given)
    story.carries_on(OPENS)
    recall = story.towns[1].recalls(given)

    [withdrawal] = story.due(story.towns[1], OPENS)
    assert withdrawal == Filed(
        proposal=story.proposal.digest, revision=2, withdrawn_by=recall.digest
    )
    story.carries_on(OPENS)
    story.votes(1, AGAINST, holder="erin")
    story.carries_on(OPENS)
    story.carries_on(LATER)

    confirmed = story.stands().confirmed
    assert rules_of(confirmed) == {
        (1, 1): "superseded",
        (1, 2): "superseded",
        (1, 3): None,
    }
    assert confirmed is not None
    assert confirmed.figures.assemblies[AGAINST] == 1
    assert first.digest in {each.digest for each in confirmed.certified}


def test_a_withdrawn_vote_leaves_its_seat_in_the_base() -> None:
    story = Story(3).opens()
    given = story.mandates(1)
    story.towns[1].votes(story.proposal, given)
    story.carries_on(OPENS)
    story.towns[1].recalls(given)
    story.carries_on(OPENS)
    story.carries_on(LATER)

    confirmed = story.stands().confirmed
    assert rules_of(confirmed) == {(1, 1): "superseded", (1, 2): "withdrawn"}
    assert confirmed is not None
    assert confirmed.figures.seats == 3
    assert confirmed.figures.cast == 0


def test_a_recall_entered_after_closing_changes_only_what_comes_next() -> None:
    story = Story(3).opens()
    given = story.mandates(1)
    story.towns[1].votes(story.proposal, given)
    story.carries_on(OPENS)
    story.towns[1].recalls(given)

    story.carries_on(LATER)

    assert rules_of(story.stands().confirmed) == {(1, 1): None}


def test_a_withdrawal_that_is_not_certified_changes_nothing() -> None:
    story = Story(3).opens()
    given = story.mandates(1)
    story.towns[1].votes(story.proposal, given)
    story.carries_on(OPENS)
    story.towns[1].recalls(given)
    [withdrawal] = story.due(story.towns[1], OPENS)
    story.towns[1].publishes(withdrawal)

    story.carries_on(LATER)

    assert rules_of(story.stands().confirmed) == {(1, 1): None}


def test_where_the_compact_says_so_a_recall_lets_the_open_vote_stand() -> None:
    story = Story(3, recall="stands").opens()
    given = story.mandates(1)
    story.towns[1].votes(story.proposal, given)
    story.carries_on(OPENS)
    story.towns[1].recalls(given)

    assert story.due(story.towns[1], OPENS) == ()


@pytest.mark.parametrize("amended_to", [FOR, AGAINST])
def test_an_amended_mandate_withdraws_the_vote_that_it_no_longer_allows(
    amended_to: OptionId,
) -> None:
    story = Story(3).opens()
    story.votes(1, FOR)
    amended = story.mandates(1, amended_to)

    due = story.due(story.towns[1], OPENS)

    withdrawals = [fact for fact in due if isinstance(fact, Filed)]
    assert [fact.withdrawn_by for fact in withdrawals] == (
        [] if amended_to == FOR else [amended.digest]
    )


def test_a_mandate_that_drops_the_matter_withdraws_the_vote_on_it() -> None:
    story = Story(3).opens()
    given = story.mandates(1)
    story.towns[1].votes(story.proposal, given)
    later = story.towns[1].mandates(
        story.world.compact,
        replace(instructed(story.proposal), proposal=digest_of("another")),
        supersedes=given.digest,
    )

    [withdrawal] = story.due(story.towns[1], OPENS)

    assert isinstance(withdrawal, Filed)
    assert withdrawal.withdrawn_by == later.digest


def test_a_vote_that_the_newest_mandate_allows_again_stands() -> None:
    story = Story(3).opens()
    vote = story.votes(1, FOR)
    between = story.mandates(1, AGAINST)
    story.mandates(1, FOR)

    assert not any(isinstance(f, Filed) for f in story.due(story.towns[1], OPENS))
    forged = withdraws(story, 1, between.digest)
    stands = story.stands(OPENS)
    assert revision_of(stands, forged).fate is Fate.VOID
    assert revision_of(stands, vote).finding is None


def test_what_is_said_of_something_else_takes_nothing_back() -> None:
    story = Story(3).opens()
    story.votes(1, FOR)
    other = story.towns[1].mandates(
        story.world.compact,
        replace(instructed(story.proposal), proposal=digest_of("another")),
    )
    assert not any(isinstance(f, Filed) for f in story.due(story.towns[1], OPENS))

    story.towns[1].recalls(other)

    assert not any(isinstance(f, Filed) for f in story.due(story.towns[1], OPENS))


def test_a_mandate_by_one_signature_takes_nothing_back() -> None:
    story = Story(3).opens()
    story.votes(1, FOR)
    story.mandates(1, AGAINST, confirmed=False)

    assert not any(isinstance(f, Filed) for f in story.due(story.towns[1], OPENS))


def test_a_mandate_for_another_compact_takes_nothing_back() -> None:
    story = Story(3).opens()
    given = story.mandates(1)
    story.towns[1].votes(story.proposal, given)
    other = replace(story.world.compact, digest=digest_of("another compact"))
    story.towns[1].mandates(
        other, instructed(story.proposal, AGAINST), supersedes=given.digest
    )

    assert not any(isinstance(f, Filed) for f in story.due(story.towns[1], OPENS))


def withdraws(story: Story, seat: int, cause: Digest) -> Entry:
    revision = 1 + sum(1 for _ in story.towns[seat].record.facts(Filed))
    return story.towns[seat].publishes(
        Filed(proposal=story.proposal.digest, revision=revision, withdrawn_by=cause)
    )


def test_whoever_runs_the_machine_cannot_withdraw_a_vote_without_a_reason() -> None:
    story = Story(3).opens()
    given = story.mandates(0)
    former = story.towns[0].recalls(given)
    vote = story.votes(0, holder="erin")
    forged = [
        withdraws(story, 0, cause)
        for cause in (
            digest_of("nothing"),
            vote.digest,
            former.digest,
            given.digest,
            story.towns[0].record.entries[1].digest,
        )
    ]

    stands = story.stands(OPENS)

    for entry in forged:
        assert revision_of(stands, entry).fate is Fate.VOID
    assert revision_of(stands, vote).finding is None


def test_a_withdrawal_that_names_a_paper_besides_is_a_withdrawal() -> None:
    story = Story().opens()
    given = story.mandates(0, FOR)
    story.towns[0].votes(story.proposal, given, FOR)
    recall = story.towns[0].recalls(given)
    withdrawal = Filed(
        proposal=story.proposal.digest,
        revision=2,
        withdrawn_by=recall.digest,
        paper=digest_of("none"),
    )
    story.towns[0].publishes(withdrawal)

    story.carries_on(OPENS)
    story.carries_on(LATER)

    rules = rules_of(story.stands().confirmed)
    assert rules == {(0, 1): "superseded", (0, 2): "withdrawn"}


def test_a_recall_by_one_signature_withdraws_nothing() -> None:
    story = Story(3).opens()
    given = story.mandates(0)
    story.towns[0].votes(story.proposal, given)
    recall = story.towns[0].recalls(given, confirmed=False)

    assert not any(isinstance(f, Filed) for f in story.due(story.towns[0], OPENS))
    forged = withdraws(story, 0, recall.digest)
    assert revision_of(story.stands(OPENS), forged).fate is Fate.VOID


def test_a_filing_that_says_nothing_or_two_things_is_void() -> None:
    story = Story(3).opens()
    given = story.mandates(0)
    vote = story.towns[0].a_vote(story.proposal, given, revision=2)
    plain = Filed(proposal=story.proposal.digest, revision=1)
    both = replace(plain, document=vote, withdrawn_by=given.digest, revision=2)
    entries = [story.towns[0].publishes(fact) for fact in (plain, both)]

    stands = story.stands(OPENS)

    assert {revision_of(stands, entry).fate for entry in entries} == {Fate.VOID}


def test_revisions_stand_in_order_and_a_vote_is_signed_for_its_own() -> None:
    story = Story(3).opens()
    given = story.mandates(0)
    vote = story.towns[0].a_vote(story.proposal, given)
    replayed = story.towns[0].publishes(
        Filed(proposal=story.proposal.digest, revision=1, document=vote)
    )
    again = story.towns[0].publishes(
        Filed(proposal=story.proposal.digest, revision=2, document=vote)
    )
    skipped = story.towns[0].votes(story.proposal, given, revision=4)
    after = story.towns[0].votes(story.proposal, given, revision=4)

    stands = story.stands(OPENS)

    def rule(entry: Entry) -> Rule | None:
        finding = revision_of(stands, entry).finding
        return finding.rule if finding is not None else None

    assert rule(replayed) is None
    assert rule(again) is Rule.BAD_SIGNATURE
    assert rule(skipped) is Rule.OUT_OF_ORDER
    assert rule(after) is Rule.OUT_OF_ORDER


def test_after_a_void_filing_the_delegate_may_vote_as_mandated() -> None:
    story = Story(3).opens()
    given = story.mandates(0, AGAINST)
    story.towns[0].votes(story.proposal, given, FOR)
    lawful = story.towns[0].votes(story.proposal, given, AGAINST)
    story.carries_on(OPENS)
    story.carries_on(LATER)

    assert revision_of(story.stands(), lawful).fate is Fate.CERTIFIED
    assert rules_of(story.stands().confirmed) == {(0, 2): None}


# Leaving


def test_leaving_empties_the_seat_and_takes_it_out_of_the_base() -> None:
    story = Story(3).opens()
    for seat in range(3):
        story.votes(seat)
    story.carries_on(OPENS)
    leaving = story.towns[2].publishes(
        Membership(compact=story.world.compact.digest, act="leave")
    )

    [filed] = story.due(story.towns[2], OPENS)
    assert isinstance(filed, Filed)
    assert filed.withdrawn_by == leaving.digest
    story.carries_on(OPENS)
    story.carries_on(LATER)

    confirmed = story.stands().confirmed
    assert confirmed is not None
    assert rules_of(confirmed)[2, 2] == "seat emptied"
    assert confirmed.figures.seats == 2
    assert confirmed.figures.cast == 2
    assert story.stands().state is State.CONFIRMED


def test_an_assembly_that_left_without_having_voted_empties_its_seat_too() -> None:
    story = Story(3).opens()
    story.towns[2].publishes(
        Membership(compact=story.world.compact.digest, act="leave")
    )

    [filed] = story.due(story.towns[2], OPENS)

    assert isinstance(filed, Filed)
    assert filed.revision == 1
