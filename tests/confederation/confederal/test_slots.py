"""A slot is named by its root, and at most one proposal in it is adopted."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from confederation.confederal import council, holding, slots
from confederation.confederal.council import State
from confederation.errors import Invalid
from confederation.identifiers import Digest, OptionId
from confederation.record import (
    Attestation,
    Entry,
    Method,
    Proposal,
    Ranked,
    Result,
    Witness,
)
from tests.confederation.versions import counted
from tests.confederation.world import (
    CLOSES,
    LATER,
    OPENS,
    Confederation,
    commit,
    digest_of,
    instructed,
    result_digest,
)

SOON = CLOSES + timedelta(minutes=1)
LONG_AFTER = CLOSES + timedelta(days=30)


class Rivalry:
    """Proposals in one slot, and what the towns make of them."""

    def __init__(self, n: int = 4) -> None:
        self.world = Confederation(n)
        self.root = self.world.proposes()
        self.known = [self.root]

    def proposes(self, by: int = 0, **changes: object) -> Entry:
        other_words = {"title": commit(f"Text {len(self.known)}")}
        entry = self.world.proposes(by, **(other_words | changes))  # type: ignore[arg-type]
        self.known.append(entry)
        return entry

    def holding(self, proposal: Entry, at: datetime = OPENS) -> holding.Holding:
        assert isinstance(proposal.fact, Proposal)
        amends = proposal.fact.amends
        return self.world.holding(
            proposal,
            clock=at,
            amended=next((e for e in self.known if e.digest == amends), None),
            rivals=holding.rivals(proposal, self.known),
        )

    def objection(self, proposal: Entry) -> str | None:
        return slots.objection(self.holding(proposal))

    def everybody_votes_for(self, *proposals: Entry) -> None:
        """Let every town open the proposals, vote for them, and receive all votes."""
        for town in self.world.towns:
            given = town.mandates(
                self.world.compact, *(instructed(each) for each in proposals)
            )
            for proposal in proposals:
                town.votes(proposal, given)
        for town in self.world.towns:
            for proposal in proposals:
                self.files(proposal, self.world.towns.index(town), OPENS)

    def files(self, proposal: Entry, seat: int, at: datetime) -> None:
        town = self.world.towns[seat]
        for _ in range(3):
            due = council.duties(self.holding(proposal, at), town.id, at, result_digest)
            for fact in due:
                town.publishes(fact, at)

    def attests(self, seat: int, result: Result) -> None:
        self.world.towns[seat].publishes(
            Attestation(
                proposal=result.proposal,
                result=result,
                result_hash=result_digest(result),
            )
        )

    def concludes(self, proposal: Entry) -> Result:
        """File every town's final statement, and give what follows from them."""
        for town in self.world.towns:
            seen = {
                revision
                for _, statement in town.record.facts(Witness)
                if statement.proposal == proposal.digest
                for revision in statement.seen
            }
            town.publishes(
                Witness(proposal=proposal.digest, final=True, seen=tuple(sorted(seen)))
            )
        result = council.standing(self.holding(proposal)).result
        assert result is not None
        return result

    def state(self, proposal: Entry, at: datetime = LATER) -> State:
        return council.standing(self.holding(proposal, at), at).state


def test_a_proposal_holds_its_own_slot_or_the_one_it_names() -> None:
    story = Rivalry()
    replacement = story.proposes(slot=story.root.digest)

    assert holding.slot(story.root) == story.root.digest
    assert holding.slot(replacement) == story.root.digest


def test_those_in_one_slot_are_each_others_rivals() -> None:
    story = Rivalry()
    first = story.proposes(slot=story.root.digest)
    second = story.proposes(slot=story.root.digest)
    story.proposes()

    family = [story.root, first, second]
    for proposal in family:
        others = [each for each in family if each != proposal]
        assert list(holding.rivals(proposal, story.known)) == others


def test_a_replacement_names_the_root_and_not_another_replacement() -> None:
    story = Rivalry()
    first = story.proposes(slot=story.root.digest)
    chained = story.proposes(slot=first.digest)

    assert story.objection(first) is None
    assert "the slot to name" in (story.objection(chained) or "")


def test_a_root_that_is_not_held_is_waited_for() -> None:
    story = Rivalry()
    lost = story.proposes(slot=digest_of("not held"))

    assert "not held" in (story.objection(lost) or "")


def test_a_rival_stands_in_the_same_slot() -> None:
    story = Rivalry()
    stranger = story.proposes()

    with pytest.raises(Invalid, match="same slot"):
        replace(story.holding(story.root), rivals=(stranger,))


def test_a_proposal_under_another_version_is_no_rival_here() -> None:
    story = Rivalry()
    elsewhere = story.proposes(slot=story.root.digest, compact=digest_of("other"))

    assert elsewhere not in holding.rivals(story.root, story.known)


def test_a_change_of_the_compact_stands_in_the_slot_of_its_version() -> None:
    story = Rivalry()
    change = story.proposes(slot=story.world.compact.digest)

    assert story.objection(change) is None


@pytest.mark.parametrize("slot", ["none", "own", "root"])
def test_an_amended_text_takes_the_slot_of_the_old_one(slot: str) -> None:
    story = Rivalry()
    first = story.proposes(slot=story.root.digest)
    named: dict[str, Digest | None] = {
        "none": None,
        "own": first.digest,
        "root": story.root.digest,
    }

    amending = story.proposes(amends=first.digest, slot=named[slot])

    assert (story.objection(amending) is None) is (slot == "root")


def test_an_assembly_attests_only_one_adoption_in_a_slot() -> None:
    story = Rivalry()
    other = story.proposes(slot=story.root.digest, closes=SOON)
    story.everybody_votes_for(story.root, other)
    for proposal in (story.root, other):
        story.concludes(proposal)

    story.files(story.root, 1, LATER)
    story.files(other, 1, LATER)
    story.files(other, 1, LONG_AFTER)

    attested = [a for _, a in story.world.towns[1].record.facts(Attestation)]
    assert [each.proposal for each in attested] == [story.root.digest]


def test_who_attested_that_one_is_not_adopted_is_free_for_another() -> None:
    story = Rivalry()
    other = story.proposes(slot=story.root.digest, closes=SOON)
    story.everybody_votes_for(story.root, other)
    adopted = story.concludes(story.root)
    story.attests(1, replace(adopted, outcome="rejected"))
    story.concludes(other)

    story.files(other, 1, LONG_AFTER)

    attested = [a for _, a in story.world.towns[1].record.facts(Attestation)]
    assert [each.proposal for each in attested] == [story.root.digest, other.digest]
    stands = council.standing(story.holding(other), LONG_AFTER)
    assert stands.contradictions == ()


def test_of_two_good_proposals_the_one_that_closes_first_is_adopted() -> None:
    story = Rivalry()
    other = story.proposes(slot=story.root.digest, closes=SOON)
    story.everybody_votes_for(story.root, other)

    # Half of the towns come to the one first, and half to the other.
    for proposal in (story.root, other):
        story.concludes(proposal)
    for seat in range(4):
        order = (story.root, other) if seat % 2 else (other, story.root)
        for proposal in (*order, *order):
            story.files(proposal, seat, LATER)

    assert story.state(story.root) is State.CONFIRMED
    assert story.state(other) is State.DETERMINED
    stands = council.standing(story.holding(other), LATER)
    assert stands.yields_to == story.root.digest
    assert council.standing(story.holding(story.root), LATER).yields_to is None


def test_one_that_hangs_delays_the_others_no_longer_than_the_limit() -> None:
    story = Rivalry()
    other = story.proposes(slot=story.root.digest, closes=SOON)
    story.everybody_votes_for(story.root, other)
    story.concludes(other)

    story.files(other, 1, LATER)
    waiting = story.state(other)
    for seat in range(4):
        story.files(other, seat, LONG_AFTER)

    assert waiting is State.DETERMINED
    assert not any(
        attestation.proposal == story.root.digest
        for town in story.world.towns
        for _, attestation in town.record.facts(Attestation)
    )
    assert story.state(other, LONG_AFTER) is State.CONFIRMED


def test_one_that_closes_late_delays_nobody() -> None:
    story = Rivalry()
    story.proposes(slot=story.root.digest, closes=CLOSES + timedelta(days=3650))
    story.everybody_votes_for(*story.known)
    story.concludes(story.root)

    for seat in range(4):
        story.files(story.root, seat, LATER)

    assert story.state(story.root) is State.CONFIRMED


def test_one_that_was_rejected_or_never_opened_delays_nobody() -> None:
    story = Rivalry()
    story.proposes(slot=story.root.digest, by=1, closes=CLOSES - timedelta(hours=1))
    other = story.proposes(slot=story.root.digest, closes=SOON)
    story.everybody_votes_for(other)
    rejected = story.concludes(story.root)
    assert rejected.outcome == "no quorum"
    for seat in range(3):
        story.attests(seat, rejected)
    story.concludes(other)

    for seat in (0, 2, 3):
        story.files(other, seat, LATER)

    assert story.state(other) is State.CONFIRMED


def test_a_slot_that_is_taken_takes_no_more_proposals() -> None:
    story = Rivalry()
    story.everybody_votes_for(story.root)
    adopted = story.concludes(story.root)
    for seat in range(3):
        story.attests(seat, adopted)

    late = story.proposes(slot=story.root.digest, closes=SOON)

    assert "has been adopted" in (story.objection(late) or "")


@pytest.mark.parametrize(
    ("ratify", "words", "fits"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_what_is_adopted_is_put_again_only_to_be_ratified_in_the_same_words(
    *, ratify: bool, words: bool, fits: bool
) -> None:
    story = Rivalry()
    story.root = story.proposes(ratify=ratify)
    story.everybody_votes_for(story.root)
    adopted = story.concludes(story.root)
    for seat in range(3):
        story.attests(seat, adopted)
    assert isinstance(story.root.fact, Proposal)
    title = story.root.fact.title if words else commit("Other words")

    again = story.proposes(
        slot=story.root.digest, closes=SOON, ratify=ratify, title=title
    )

    assert (story.objection(again) is None) == fits


@pytest.mark.parametrize("method", ["majority-of-assemblies", "ranked-pairs"])
def test_the_same_words_wait_for_nobody_but_where_something_is_chosen(
    method: str,
) -> None:
    story = Rivalry()
    first = story.proposes(method=Method(name=method))
    assert isinstance(first.fact, Proposal)
    again = story.proposes(
        method=Method(name=method),
        title=first.fact.title,
        slot=first.digest,
        closes=SOON,
    )
    for town in story.world.towns:
        town.publishes(Witness(proposal=first.digest, final=False))
    held = story.holding(again, LATER)

    free = slots.free(
        held, story.world.towns[0].id, counted(story.root, story.world.compact), LATER
    )

    assert free == (method != "ranked-pairs")


def test_adoptions_of_two_in_a_slot_by_one_assembly_are_a_contradiction() -> None:
    story = Rivalry()
    other = story.proposes(slot=story.root.digest, closes=SOON)
    story.everybody_votes_for(story.root, other)
    liar = story.world.towns[2]
    for proposal in (story.root, other):
        story.attests(2, story.concludes(proposal))

    for proposal in (story.root, other):
        stands = council.standing(story.holding(proposal), LATER)
        assert [each.of for each in stands.contradictions] == [liar.id]


def test_who_attested_what_is_out_since_is_not_accused() -> None:
    story = Rivalry()
    other = story.proposes(slot=story.root.digest, closes=SOON)
    story.everybody_votes_for(story.root, other)
    adopted = story.concludes(story.root)
    for seat in (0, 1, 3):
        story.attests(seat, replace(adopted, outcome="rejected"))
    story.attests(2, adopted)

    story.attests(2, story.concludes(other))

    for proposal in (story.root, other):
        stands = council.standing(story.holding(proposal), LATER)
        assert stands.contradictions == ()


def test_who_attests_two_choices_of_one_proposal_is_accused_of_that_alone() -> None:
    story = Rivalry()
    story.proposes(slot=story.root.digest, closes=SOON)
    story.everybody_votes_for(story.root)
    adopted = story.concludes(story.root)
    other = Ranked(lot=(), chosen=(OptionId("another"),), wanted=3)
    for result in (adopted, replace(adopted, ranked=other)):
        story.attests(2, result)

    [found] = council.standing(story.holding(story.root), LATER).contradictions

    assert found.says == "It attests two different results for one proposal."


def test_what_needs_no_ratification_is_not_undone_by_one() -> None:
    story = Rivalry()
    story.everybody_votes_for(story.root)
    adopted = story.concludes(story.root)
    refused = replace(adopted, proposal=result_digest(adopted), outcome="not in force")
    for seat in range(3):
        story.attests(seat, adopted)
        story.attests(seat, refused)

    assert not slots.out(story.holding(story.root), story.root)


def waits(story: Rivalry, seat: int, proposal: Entry) -> bool:
    """Say whether a town keeps back its attestation of a proposal that it adopts."""
    story.files(proposal, seat, LATER)
    record = story.world.towns[seat].record
    return all(a.proposal != proposal.digest for _, a in record.facts(Attestation))


def test_one_that_too_few_opened_delays_only_those_who_did() -> None:
    story = Rivalry()
    earlier = CLOSES - timedelta(hours=1)
    rival = story.proposes(slot=story.root.digest, by=1, closes=earlier)
    story.everybody_votes_for(story.root)
    witness = Witness(proposal=rival.digest, final=False)
    story.world.towns[2].publishes(witness)
    story.concludes(story.root)

    # Town 1 proposed the rival, town 2 witnessed it, and two of four do not open it.
    assert [waits(story, seat, story.root) for seat in range(4)] == [
        False,
        True,
        True,
        False,
    ]


def test_one_that_a_threshold_opened_delays_everybody() -> None:
    story = Rivalry()
    earlier = CLOSES - timedelta(hours=1)
    rival = story.proposes(slot=story.root.digest, by=1, closes=earlier)
    story.everybody_votes_for(story.root)
    for town in story.world.towns[2:]:
        town.publishes(Witness(proposal=rival.digest, final=False))
    story.concludes(story.root)

    assert all(waits(story, seat, story.root) for seat in range(4))


def test_what_adopts_nothing_waits_for_nobody() -> None:
    story = Rivalry()
    other = story.proposes(slot=story.root.digest, closes=SOON)
    story.everybody_votes_for(story.root)
    assert story.concludes(other).outcome == "no quorum"

    assert not waits(story, 0, other)


def test_of_two_that_close_together_the_smaller_digest_goes_first() -> None:
    story = Rivalry()
    other = story.proposes(slot=story.root.digest)
    story.everybody_votes_for(story.root, other)
    for proposal in (story.root, other):
        story.concludes(proposal)
    first, second = sorted((story.root, other), key=lambda entry: entry.digest)

    assert waits(story, 0, second)
    assert not waits(story, 0, first)
    assert waits(story, 0, second)


def test_the_wait_ends_with_the_limit_of_the_compact() -> None:
    story = Rivalry()
    other = story.proposes(slot=story.root.digest, closes=SOON)
    story.everybody_votes_for(story.root, other)
    story.concludes(other)
    limit = CLOSES + timedelta(seconds=story.world.compact.rules.closing_limit)
    town = story.world.towns[0]

    def due(at: datetime) -> int:
        return len(council.duties(story.holding(other, at), town.id, at, result_digest))

    assert due(limit - timedelta(seconds=1)) == 0
    assert due(limit) == 1


def test_what_is_adopted_in_another_slot_spends_nothing_here() -> None:
    story = Rivalry()
    other = story.proposes()
    story.everybody_votes_for(story.root, other)
    for proposal in (story.root, other):
        story.concludes(proposal)

    assert not waits(story, 0, story.root)
    assert not waits(story, 0, other)
