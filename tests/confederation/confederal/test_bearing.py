"""A compact has a seat in a wider one, and says there what it decided and no more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from confederation.confederal import admission, bearing, council, filings, mandate
from confederation.confederal.compact import Rules
from confederation.confederal.council import State
from confederation.confederal.mandate import Rule
from confederation.confederal.weighing import Fate
from confederation.errors import Invalid
from confederation.identifiers import CompactId
from confederation.record import (
    Filed,
    Mandate,
    Method,
    PaperVote,
    Proposal,
    Recall,
)
from tests.confederation.district import Nested, on
from tests.confederation.world import (
    AGAINST,
    FOR,
    LATER,
    OPENS,
    START,
    instructed,
    result_digest,
)


@pytest.mark.parametrize("choice", ["for", "against"])
def test_what_was_decided_below_is_voted_above(choice: str) -> None:
    nested = Nested()
    proposal = nested.proposes()
    asked, result = nested.decided_below(proposal.digest, choice)
    inner = nested.inner(asked, result)
    given = nested.carries(asked, on(proposal, choice))
    nested.confer(proposal, inner, OPENS)
    nested.bearer.votes(proposal, given, FOR if choice == "for" else AGAINST)
    for town in nested.own:
        own = town.mandates(nested.district, instructed(proposal))
        town.votes(proposal, own)

    for at in (OPENS, LATER, LATER):
        nested.confer(proposal, inner, at)

    stands = council.standing(nested.holding(proposal, inner, LATER), LATER)
    assert stands.state is State.CONFIRMED
    assert stands.confirmed is not None
    votes = stands.confirmed.figures.assemblies
    assert votes == {
        FOR: 3 if choice == "for" else 2,
        AGAINST: int(choice != "for"),
        "abstain": 0,
    }


def test_a_bearer_that_says_something_else_is_counted_by_nobody() -> None:
    nested = Nested()
    proposal = nested.proposes()
    asked, result = nested.decided_below(proposal.digest, "against")
    given = nested.carries(asked, on(proposal, "for"))

    held = nested.holding(proposal, nested.inner(asked, result))
    finding = mandate.founded(given, nested.bearer.record, nested.district, held.inner)

    assert finding is not None
    assert finding.rule is Rule.NO_MANDATE
    assert "something else than the compact below decided" in finding.says


@pytest.mark.parametrize("again", ["the older one", "the newer one"])
def test_a_bearer_cannot_choose_which_decision_of_those_below_holds(again: str) -> None:
    nested = Nested()
    proposal = nested.proposes()
    early = OPENS - timedelta(minutes=1)
    older, result = nested.decided_below(proposal.digest, "for", closes=early)
    newer, other = nested.decided_below(proposal.digest, "against")
    inner = nested.inner(older, result) | nested.inner(newer, other)
    nested.carries(newer, on(proposal, "against"))

    backwards = again == "the older one"
    given = nested.carries(
        older if backwards else newer, on(proposal, "for" if backwards else "against")
    )
    finding = mandate.founded(given, nested.bearer.record, nested.district, inner)

    assert (finding is not None) == backwards
    if finding is not None:
        assert "decided anew since" in finding.says


@pytest.mark.parametrize("people", [-1, 2**53 - 1])
def test_a_compact_below_cannot_count_fewer_than_nobody_or_more_than_can_be(
    people: int,
) -> None:
    nested = Nested()
    proposal = nested.proposes()
    asked, result = nested.decided_below(proposal.digest)
    figures = replace(result.figures, members={FOR: people, AGAINST: 0})
    inner = nested.inner(asked, replace(result, figures=figures))
    given = nested.carries(asked, on(proposal))

    finding = mandate.founded(given, nested.bearer.record, nested.district, inner)

    assert finding is not None
    assert "more than can be" in finding.says


def test_nothing_is_carried_upwards_on_paper() -> None:
    nested = Nested()
    proposal = nested.proposes()
    asked, _ = nested.decided_below(proposal.digest)
    carried = nested.carries(asked, on(proposal)).fact
    assert isinstance(carried, Mandate)
    given = nested.bearer.publishes(replace(carried, paper_vote=True))
    head = nested.bearer.record.head
    assert head is not None
    nested.own[0].publishes(
        PaperVote(
            proposal=proposal.digest,
            of=nested.bearer.id,
            mandate=given.digest,
            revision=1,
            choice=(FOR,),
            head=head,
        )
    )

    [revised] = council.standing(nested.holding(proposal, {}), OPENS).revisions

    assert revised.finding is not None
    assert revised.finding.rule is Rule.NOT_ON_PAPER


def test_nobody_witnesses_what_was_not_attested_below_and_nobody_calls_it_void() -> (
    None
):
    nested = Nested()
    proposal = nested.proposes()
    asked, result = nested.decided_below(proposal.digest)
    inner = nested.inner(asked, result)
    nested.confer(proposal, {}, OPENS)
    given = nested.carries(asked, on(proposal))
    filed = nested.bearer.votes(proposal, given)

    east = nested.own[0]
    unknown = nested.holding(proposal, {})
    due = council.duties(unknown, east.id, OPENS, result_digest)
    assert not [fact for fact in due if getattr(fact, "seen", ())]
    [revised] = council.standing(unknown, OPENS).revisions
    assert (revised.fate, revised.judged) == (Fate.UNDECIDED, False)

    known = nested.holding(proposal, inner)
    [witness] = council.duties(known, east.id, OPENS, result_digest)
    assert witness.seen == ((2, 1, filed.digest),)  # type: ignore[union-attr]


def test_who_lacks_what_was_decided_below_waits_and_does_not_dissent() -> None:
    nested = Nested()
    proposal = nested.proposes()
    asked, result = nested.decided_below(proposal.digest)
    inner = nested.inner(asked, result)
    nested.confer(proposal, inner, OPENS)
    given = nested.carries(asked, on(proposal))
    filed = nested.bearer.votes(proposal, given)
    for at in (OPENS, LATER):
        nested.confer(proposal, inner, at)

    stands = council.standing(nested.holding(proposal, {}, LATER), LATER)

    assert stands.result is None
    assert stands.missing == (filed.digest,)


def test_a_bearer_cannot_vote_by_its_own_decision() -> None:
    nested = Nested()
    proposal = nested.proposes()
    own = nested.bearer.mandates(nested.district, instructed(proposal))

    finding = filings.judge_next(
        nested.bearer.a_vote(proposal, own),
        nested.bearer.record,
        nested.holding(proposal, {}).matter,
    )

    assert finding is not None
    assert finding.rule is Rule.NO_MANDATE


def test_what_a_bearer_decided_when_its_seat_was_its_own_keeps_nobody_waiting() -> None:
    nested = Nested()
    proposal = nested.proposes()
    own = nested.bearer.mandates(nested.district, instructed(proposal))
    recalled = Recall(mandate=own.digest, decision=nested.bearer.decides().digest)
    nested.bearer.publishes(recalled)
    asked, result = nested.decided_below(proposal.digest)
    given = nested.carries(asked, on(proposal))

    finding = filings.judge_next(
        nested.bearer.a_vote(proposal, given),
        nested.bearer.record,
        nested.holding(proposal, nested.inner(asked, result)).matter,
    )

    assert finding is None


@pytest.mark.parametrize(
    "said",
    [
        {"may": (FOR,)},
        {"must_not": (AGAINST,)},
        {"may_amend": (1,)},
        {"amounts": {"1": {"pounds": ("1", "9000")}}},
    ],
)
def test_a_bearer_has_no_room_that_nobody_gave_it(said: dict[str, object]) -> None:
    nested = Nested()
    proposal = nested.proposes()
    asked, result = nested.decided_below(proposal.digest)
    wider = replace(on(proposal), **said)  # type: ignore[arg-type]
    given = nested.carries(asked, wider)

    finding = mandate.founded(
        given, nested.bearer.record, nested.district, nested.inner(asked, result)
    )

    assert finding is not None


def test_what_was_decided_about_one_proposal_says_nothing_on_another() -> None:
    nested = Nested()
    proposal, other = nested.proposes(), nested.proposes()
    asked, result = nested.decided_below(other.digest)
    given = nested.carries(asked, on(proposal))

    finding = mandate.founded(
        given, nested.bearer.record, nested.district, nested.inner(asked, result)
    )

    assert finding is not None


def test_the_compact_below_recalls_the_delegate_of_its_seat() -> None:
    nested = Nested()
    proposal = nested.proposes()
    asked, result = nested.decided_below(proposal.digest)
    given = nested.carries(asked, on(proposal))
    called, recalling = nested.decided_below(given.digest)
    nested.bearer.publishes(Recall(mandate=given.digest, decision=called.digest))
    inner = {**nested.inner(asked, result), **nested.inner(called, recalling)}

    finding = filings.judge_next(
        nested.bearer.a_vote(proposal, given),
        nested.bearer.record,
        nested.holding(proposal, inner).matter,
    )

    assert finding is not None
    assert finding.rule is Rule.RECALLED


def test_the_bearers_own_assembly_cannot_recall_for_the_compact_below() -> None:
    nested = Nested()
    proposal = nested.proposes()
    asked, result = nested.decided_below(proposal.digest)
    given = nested.carries(asked, on(proposal))
    recall = nested.bearer.recalls(given)
    inner = nested.inner(asked, result)

    finding = mandate.founded(recall, nested.bearer.record, nested.district, inner)
    assert finding is not None


def test_a_decision_below_that_waits_to_be_ratified_is_not_carried_upwards() -> None:
    nested = Nested()
    proposal = nested.proposes()
    asked, result = nested.decided_below(proposal.digest)
    text = asked.fact
    assert isinstance(text, Proposal)
    ratified = replace(asked, fact=replace(text, ratify=True))

    assert bearing.read(nested.valley.compact, ratified, result) is None
    assert bearing.read(nested.valley.compact, asked, None) is None


def test_a_stranger_to_the_compact_below_bears_nothing() -> None:
    nested = Nested()
    proposal = nested.proposes()
    asked, result = nested.decided_below(proposal.digest)
    [read] = nested.inner(asked, result).values()
    strangers = replace(read, assemblies=frozenset({nested.own[0].id}))
    given = nested.carries(asked, on(proposal))

    finding = mandate.founded(
        given, nested.bearer.record, nested.district, {asked.digest: strangers}
    )

    assert finding is not None
    assert "one of its members" in finding.says


def test_a_second_majority_adds_up_the_members_below() -> None:
    nested = Nested(Rules(adopt="double-majority"))
    proposal = nested.proposes()
    asked = nested.valley.proposes(
        by=1,
        method=Method(name="double-majority"),
        on=proposal.digest,
        opens=START,
        closes=OPENS,
    )
    nested.confer_below(asked, START)
    for town in nested.valley.towns:
        given = town.mandates(nested.valley.compact, instructed(asked))
        town.votes(asked, given)
    for at in (START, OPENS, OPENS):
        nested.confer_below(asked, at)
    stands = council.standing(nested.valley.holding(asked, clock=OPENS), OPENS)
    inner = nested.inner(asked, stands.confirmed)
    given = nested.carries(asked, on(proposal))
    filed = nested.bearer.votes(proposal, given)
    held = nested.holding(proposal, inner)

    [filing] = filings.examine(nested.bearer.record, held.matter)
    position = filings.position(filing, 2, nested.bearer.record, held.matter)

    assert (filing.entry, filing.finding) == (filed, None)
    assert position.members is not None
    assert (position.members.for_, position.members.against) == (180, 60)


def test_a_compact_holds_one_seat_above_and_none_in_itself() -> None:
    nested = Nested()
    east, west, valley = nested.district.members
    twice = replace(west, bears=valley.bears)

    with pytest.raises(Invalid):
        replace(nested.district, members=(east, twice, valley))
    with pytest.raises(Invalid):
        replace(
            nested.district,
            members=(
                east,
                west,
                replace(valley, bears=CompactId(nested.district.digest)),
            ),
        )


def test_a_bearers_delegate_is_told_to_wait_for_those_below() -> None:
    nested = Nested()
    proposal = nested.proposes()
    asked, result = nested.decided_below(proposal.digest)
    nested.confer(proposal, {}, OPENS)
    given = nested.carries(asked, on(proposal))
    vote = nested.bearer.a_vote(proposal, given)

    early = admission.receive(nested.holding(proposal, {}), vote, OPENS)
    filed = admission.receive(
        nested.holding(proposal, nested.inner(asked, result)), vote, OPENS
    )

    assert getattr(early, "rule", None) is Rule.NOT_DECIDED_BELOW
    assert isinstance(filed, Filed)
