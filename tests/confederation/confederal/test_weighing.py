"""What was received is weighed by who says so, and by nothing else."""

from dataclasses import replace

import pytest

from confederation.confederal import council
from confederation.confederal.council import State
from confederation.confederal.weighing import Fate
from confederation.identifiers import Digest
from confederation.record import (
    Entry,
    Equivocation,
    MemberCount,
    Withdrawal,
    Witness,
)
from tests.confederation.stories import Story, revision_of, rules_of
from tests.confederation.world import (
    LATER,
    OPENS,
    Confederation,
    Town,
    a_proposal,
    an_entry,
    digest_of,
)

# Contradictions


def test_evidence_certified_before_closing_empties_the_seat() -> None:
    story = Story(4).opens()
    liar = story.towns[3]
    story.votes(0)
    story.votes(3)
    story.carries_on(OPENS)
    other = an_entry(liar.record.upto(2), MemberCount(members=7))
    evidence = Equivocation(of=liar.id, a=liar.record.entries[2].digest, b=other.digest)
    story.carries_on(OPENS, towns=(0, 1, 2), evidence=[evidence])

    story.carries_on(LATER, evidence=[evidence])

    confirmed = story.stands().confirmed
    assert confirmed is not None
    assert rules_of(confirmed) == {
        (0, 1): None,
        (3, 0): "seat emptied",
        (3, 1): "seat emptied",
    }
    assert confirmed.figures.seats == 3


def test_nothing_is_withdrawn_by_whoever_has_no_seat() -> None:
    world, stranger = Confederation(3), Town("stranger")
    text = a_proposal(world.compact, stranger.decides().digest)
    proposal = stranger.publishes(text)
    decision = stranger.decides().digest
    stranger.publishes(Withdrawal(proposal=proposal.digest, decision=decision))

    held = world.holding(proposal)
    held = replace(held, records={**held.records, stranger.id: stranger.record})

    assert council.standing(held, OPENS).revisions == ()


def test_later_evidence_is_shown_and_changes_nothing() -> None:
    story = Story(4).opens()
    liar = story.towns[3]
    story.votes(3)
    story.carries_on(OPENS)
    branch = liar.record.upto(2).append(
        an_entry(liar.record.upto(2), MemberCount(members=7))
    )

    story.carries_on(LATER, branches=[branch])

    stands = story.stands(branches=[branch])
    assert rules_of(stands.confirmed) == {(3, 1): None}
    assert [each.of for each in stands.contradictions] == [liar.id]


def test_an_older_copy_of_a_record_accuses_nobody() -> None:
    story = Story(4).opens()
    story.votes(3)

    older = story.towns[3].record.upto(2)

    assert story.holding(OPENS, branches=[older]).accused() == frozenset()
    assert story.stands(OPENS, branches=[older]).contradictions == ()


def test_one_who_contradicted_itself_is_witnessed_no_more() -> None:
    story = Story(4).opens()
    liar = story.towns[3]
    branch = liar.record.upto(2).append(
        an_entry(liar.record.upto(2), MemberCount(members=7))
    )
    story.votes(3)

    [statement] = story.due(story.towns[0], OPENS, branches=[branch])

    assert isinstance(statement, Witness)
    assert statement.seen == ((3, 0, Digest(liar.id)),)


def test_claims_of_evidence_for_another_seat_are_left_aside() -> None:
    story = Story(3).opens()
    for seat in range(3):
        story.states(seat, (1, 0, Digest(story.towns[2].id)), final=True)

    result = story.stands().result

    assert result is not None
    assert result.certified == ()
    assert result.figures.seats == 3


@pytest.mark.parametrize(
    "nonsense", [(7, 1, "x"), (-5, 1, "x"), (-1, 2, "x"), (0, -1, "x"), (0, 0, "x")]
)
def test_what_names_nobodys_position_is_left_aside(
    nonsense: tuple[int, int, Digest],
) -> None:
    story = Story(3).opens()
    for seat in range(3):
        story.states(seat, nonsense, final=True)

    stands = story.stands()

    assert stands.revisions == ()
    assert stands.result is not None


def test_a_filing_that_is_only_heard_of_has_to_be_fetched() -> None:
    story = Story(3).opens()
    unseen = digest_of("a filing that nobody shows")
    for seat in range(2):
        story.states(seat, (2, 1, unseen), final=True)

    stands = story.stands()

    assert stands.missing == (unseen,)
    assert stands.result is None
    assert stands.state is State.CLOSING


def test_statements_count_on_whatever_side_of_a_contradiction_they_stand() -> None:
    story = Story(4).opens()
    filed = story.votes(0)
    revision = (0, 1, filed.digest)
    trunk = story.towns[3].record
    branch = trunk.append(
        an_entry(
            trunk,
            Witness(proposal=story.proposal.digest, final=False, seen=(revision,)),
        )
    )
    story.states(1, revision)

    without = story.stands(OPENS)
    with_it = story.stands(OPENS, branches=[branch])

    assert revision_of(without, filed).fate is Fate.UNDECIDED
    assert revision_of(with_it, filed).fate is Fate.CERTIFIED


def test_the_vote_on_the_other_branch_counts_where_it_is_certified() -> None:
    story = Story(3).opens()
    liar = story.towns[2]
    given = story.mandates(2)
    shown_to_us = liar.record
    filed = liar.votes(story.proposal, given)
    other_side = liar.record
    liar.record = shown_to_us.append(an_entry(shown_to_us, MemberCount(members=3)))
    for seat in (0, 1):
        story.states(seat, (2, 1, filed.digest), final=True)

    ignorant = story.stands()
    informed = story.stands(branches=[other_side])

    assert ignorant.missing == (filed.digest,)
    assert rules_of(informed.result) == {(2, 1): None}


# Withdrawing the proposal


def withdrawal(story: Story, **changes: object) -> Entry:
    town = story.towns[0]
    fact = Withdrawal(proposal=story.proposal.digest, decision=town.decides().digest)
    return town.publishes(replace(fact, **changes))  # type: ignore[arg-type]


def test_a_certified_withdrawal_settles_the_proposal_before_it_closes() -> None:
    story = Story(4).opens()
    entry = withdrawal(story)

    story.carries_on(OPENS)

    stands = story.stands(OPENS)
    assert stands.state is State.CONFIRMED
    assert stands.confirmed is not None
    assert stands.confirmed.outcome == "withdrawn"
    [listed] = stands.confirmed.certified
    assert (listed.seat, listed.revision, listed.digest) == (-1, 1, entry.digest)
    assert story.due(story.towns[0], LATER) == ()


def test_nobody_witnesses_a_withdrawal_after_seeing_a_certified_vote() -> None:
    story = Story(4).opens()
    story.votes(1)
    story.carries_on(OPENS)
    entry = withdrawal(story)

    story.carries_on(OPENS)
    story.carries_on(LATER)

    assert revision_of(story.stands(), entry).fate is Fate.EXCLUDED
    confirmed = story.stands().confirmed
    assert rules_of(confirmed) == {(1, 1): None}


@pytest.mark.parametrize("decided", [False, True])
def test_a_withdrawal_that_nobody_decided_is_void(
    decided: bool,  # noqa: FBT001 - what the case is about
) -> None:
    story = Story(4).opens()
    entry = withdrawal(story) if decided else withdrawal(story, decision=digest_of("x"))

    fate = revision_of(story.stands(OPENS), entry).fate

    assert fate is (Fate.UNDECIDED if decided else Fate.VOID)


def test_a_proposal_is_withdrawn_once() -> None:
    story = Story(4).opens()
    first, second = withdrawal(story), withdrawal(story)

    stands = story.stands(OPENS)

    assert revision_of(stands, first).fate is Fate.UNDECIDED
    assert revision_of(stands, second).fate is Fate.VOID


def test_another_assembly_cannot_withdraw_the_proposal() -> None:
    story = Story(4).opens()
    stranger = story.towns[1]
    stranger.publishes(
        Withdrawal(proposal=story.proposal.digest, decision=stranger.decides().digest)
    )

    assert story.stands(OPENS).revisions == ()
