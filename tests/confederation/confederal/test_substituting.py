"""A seat that a compact holds moves to a substitute, as a revision of what it says."""

import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import pytest

from confederation.confederal import admission, council, filings
from confederation.confederal.bearing import Inner
from confederation.confederal.compact import Compact
from confederation.confederal.council import State
from confederation.confederal.history import Record
from confederation.confederal.line import Place
from confederation.confederal.mandate import Finding, Rule
from confederation.confederal.weighing import Fate
from confederation.errors import Invalid
from confederation.identifiers import AssemblyId, CompactId, Digest
from confederation.record import (
    Attestation,
    Bearers,
    Entry,
    Filed,
    MemberCount,
    Membership,
    Recall,
    Witness,
)
from tests.confederation.district import Nested, on
from tests.confederation.world import (
    AGAINST,
    CLOSES,
    FOR,
    LATER,
    OPENS,
    Town,
    digest_of,
    finding_on,
    instructed,
    result_digest,
)


class Moving(Nested):
    """A valley whose seat in the district two of its towns stand in for, in order.

    The district has a proposal, the valley decided *for*, and its bearer carried that.
    """

    def __init__(self) -> None:
        super().__init__(substitutes=2)
        self.first, self.second = self.substitutes
        self.inners: dict[Digest, Inner] = {}
        self.proposal = self.proposes()
        self.asked = self.decides(self.proposal.digest)
        self.given = self.carries(self.asked, on(self.proposal))
        self.goes_round()

    def decides(
        self,
        on: Digest | None = None,
        choice: str = "for",
        bearers: Bearers | None = None,
    ) -> Entry:
        asked, result = self.decided_below(on, choice, bearers=bearers)
        self.inners |= self.inner(asked, result)
        return asked

    def moves_to(self, town: Town, choice: str = "for") -> Entry:
        """Let the valley decide that another of its towns bears its seat."""
        named = Bearers(assemblies=(town.id,), compact=self.district.identity)
        return self.decides(bearers=named, choice=choice)

    def goes_round(self, at: datetime = OPENS) -> None:
        self.confer(self.proposal, self.inners, at)
        held = self.holding(self.proposal, self.inners, at)
        for town in self.substitutes:
            for fact in council.duties(held, town.id, at, result_digest):
                town.publishes(fact, at)

    def takes_over(
        self,
        town: Town,
        moved_by: Digest | None,
        *,
        choice: str = "for",
        after: Town | None = None,
        revision: int = 1,
    ) -> Entry:
        """File the vote of a substitute's delegate as the next after another's."""
        asked = self.decides(self.proposal.digest, choice)
        given = self.carries(asked, on(self.proposal, choice), by=town)
        option = FOR if choice == "for" else AGAINST
        vote = town.a_vote(self.proposal, given, option, revision=revision)
        return town.publishes(
            Filed(
                proposal=self.proposal.digest,
                revision=revision,
                document=vote,
                head=(after or self.bearer).record.head,
                moved_by=moved_by,
            ),
            OPENS,
        )

    def finding(self, filed: Entry) -> Finding | None:
        held = self.holding(self.proposal, self.inners)
        return finding_on(filed, held)

    def standing(self, at: datetime = LATER) -> council.Standing:
        return council.standing(self.holding(self.proposal, self.inners, at), at)


def test_what_a_substitute_files_counts_before_what_the_bearer_filed() -> None:
    moving = Moving()
    moving.bearer.votes(moving.proposal, moving.given)
    moving.goes_round()
    moved = moving.moves_to(moving.first)
    filed = moving.takes_over(moving.first, moved.digest, choice="against", revision=2)

    for at in (OPENS, LATER, LATER):
        moving.goes_round(at)

    stands = moving.standing()
    assert stands.state is State.CONFIRMED
    assert stands.confirmed is not None
    listed = {each.digest: each.rule for each in stands.confirmed.certified}
    assert listed[filed.digest] is None
    assert [*listed.values()].count("superseded") == 1
    assert stands.confirmed.figures.assemblies == {FOR: 0, AGAINST: 1, "abstain": 0}


def test_nobody_takes_a_seat_that_was_not_moved() -> None:
    moving = Moving()
    taken = moving.takes_over(moving.first, None)
    stolen = moving.takes_over(moving.second, moving.asked.digest)
    rejected = moving.moves_to(moving.first, "against")
    refused = moving.takes_over(moving.first, rejected.digest)

    for filed in (taken, stolen, refused):
        finding = moving.finding(filed)
        assert finding is not None
        assert finding.rule is Rule.NOT_THE_BEARER


def test_a_seat_in_another_compact_was_not_moved() -> None:
    moving = Moving()
    named = Bearers(
        assemblies=(moving.first.id,), compact=moving.valley.compact.identity
    )
    elsewhere = moving.decides(bearers=named)

    finding = moving.finding(moving.takes_over(moving.first, elsewhere.digest))

    assert finding is not None
    assert finding.rule is Rule.NOT_THE_BEARER


def test_no_other_compact_moves_a_seat_that_is_not_held_for_it() -> None:
    moving = Moving()
    moved = moving.moves_to(moving.first)
    others = CompactId(digest_of("another valley"))
    decided = moving.inners[moved.digest]
    moving.inners[moved.digest] = replace(decided, compact=others)

    finding = moving.finding(moving.takes_over(moving.first, moved.digest))

    assert finding is not None
    assert finding.rule is Rule.NOT_THE_BEARER


def test_a_seat_that_moved_to_one_substitute_was_not_moved_to_another() -> None:
    moving = Moving()
    moved = moving.moves_to(moving.first)

    finding = moving.finding(moving.takes_over(moving.second, moved.digest))

    assert finding is not None
    assert finding.rule is Rule.NOT_THE_BEARER


def test_who_does_not_know_what_moved_the_seat_calls_nothing_void() -> None:
    moving = Moving()
    moved = moving.moves_to(moving.first)
    filed = moving.takes_over(moving.first, moved.digest)
    knows_less = {k: v for k, v in moving.inners.items() if k != moved.digest}

    held = moving.holding(moving.proposal, knows_less)
    east = moving.own[0]
    due = council.duties(held, east.id, OPENS, result_digest)
    [revised] = council.standing(held, OPENS).revisions

    assert not [fact for fact in due if getattr(fact, "seen", ())]
    assert (revised.digest, revised.fate) == (filed.digest, Fate.UNDECIDED)
    assert not revised.judged


def test_who_does_not_hold_what_went_before_calls_nothing_void() -> None:
    moving = Moving()
    moved = moving.moves_to(moving.first)
    filed = moving.takes_over(moving.first, moved.digest)
    held = moving.holding(moving.proposal, moving.inners)
    bearer = moving.bearer
    short = bearer.record.upto(bearer.record.size - 1)
    behind = replace(held, records={**held.records, bearer.id: short})

    finding = finding_on(filed, behind)
    [revised] = council.standing(behind, OPENS).revisions

    assert finding is not None
    assert finding.rule is Rule.NOT_HELD_HERE
    assert revised.fate is Fate.UNDECIDED


def test_a_bearer_from_whom_the_seat_moved_is_told_and_witnessed_no_more() -> None:
    moving = Moving()
    vote = moving.bearer.a_vote(moving.proposal, moving.given)
    early = admission.receive(
        moving.holding(moving.proposal, moving.inners), vote, OPENS
    )
    moving.moves_to(moving.first)
    held = moving.holding(moving.proposal, moving.inners)

    late = admission.receive(held, vote, OPENS)
    moving.bearer.votes(moving.proposal, moving.given)
    moving.goes_round()

    assert isinstance(early, Filed)
    assert isinstance(late, Finding)
    assert late.rule is Rule.NOT_THE_BEARER
    [revised] = moving.standing(OPENS).revisions
    assert revised.witnesses == (moving.bearer.id,)


def test_a_vote_that_was_certified_before_the_seat_moved_still_counts() -> None:
    moving = Moving()
    filed = moving.bearer.votes(moving.proposal, moving.given)
    moving.goes_round()
    moving.moves_to(moving.first)

    for at in (OPENS, LATER, LATER):
        moving.goes_round(at)

    stands = moving.standing()
    assert stands.confirmed is not None
    [counted] = stands.confirmed.certified
    assert (counted.digest, counted.rule) == (filed.digest, None)


def test_of_two_filings_with_one_number_one_at_most_is_certified() -> None:
    moving = Moving()
    moved = moving.moves_to(moving.first)
    taken = moving.takes_over(moving.first, moved.digest)
    moving.goes_round()
    moving.bearer.votes(moving.proposal, moving.given)

    for at in (OPENS, LATER, LATER):
        moving.goes_round(at)

    stands = moving.standing()
    assert stands.confirmed is not None
    assert [each.digest for each in stands.confirmed.certified] == [taken.digest]


@pytest.mark.parametrize("revision", [1, 3])
def test_a_substitute_goes_on_with_the_next_number(revision: int) -> None:
    moving = Moving()
    moving.bearer.votes(moving.proposal, moving.given)
    moved = moving.moves_to(moving.first)

    filed = moving.takes_over(moving.first, moved.digest, revision=revision)
    finding = moving.finding(filed)

    assert finding is not None
    assert finding.rule is Rule.OUT_OF_ORDER


def test_a_substitute_begins_once() -> None:
    moving = Moving()
    moved = moving.moves_to(moving.first)
    moving.takes_over(moving.first, moved.digest)

    again = moving.takes_over(moving.first, moved.digest, revision=2)
    finding = moving.finding(again)

    assert finding is not None
    assert finding.rule is Rule.NOT_THE_BEARER


def test_the_second_substitute_goes_on_from_the_first() -> None:
    moving = Moving()
    moving.bearer.votes(moving.proposal, moving.given)
    to_first = moving.moves_to(moving.first)
    moving.takes_over(moving.first, to_first.digest, revision=2)
    to_second = moving.moves_to(moving.second)

    from_bearer = moving.takes_over(moving.second, to_second.digest, revision=2)
    assert moving.finding(from_bearer) is None

    moving = Moving()
    moving.bearer.votes(moving.proposal, moving.given)
    to_first = moving.moves_to(moving.first)
    moving.takes_over(moving.first, to_first.digest, revision=2)
    to_second = moving.moves_to(moving.second)
    from_first = moving.takes_over(
        moving.second, to_second.digest, after=moving.first, revision=3
    )
    assert moving.finding(from_first) is None
    asked = moving.decides(moving.proposal.digest)
    given = moving.carries(asked, on(moving.proposal), by=moving.second)
    held = moving.holding(moving.proposal, moving.inners)
    place = filings.next_place(moving.second.record, held.matter)
    assert isinstance(place, Place)
    assert (place.revision, place.head) == (4, None)
    vote = moving.second.a_vote(moving.proposal, given, revision=4)
    assert isinstance(admission.receive(held, vote, OPENS), Filed)


def test_a_substitute_cannot_go_on_from_one_who_never_began() -> None:
    moving = Moving()
    moved = moving.moves_to(moving.second)

    filed = moving.takes_over(moving.second, moved.digest, after=moving.first)
    finding = moving.finding(filed)

    assert finding is not None
    assert finding.rule is Rule.NOT_THE_BEARER


@pytest.mark.parametrize("left", ["the district", "the valley"])
def test_the_seat_of_a_bearer_that_left_is_the_next_ones(left: str) -> None:
    moving = Moving()
    compact = moving.district if left == "the district" else moving.valley.compact
    leaving = moving.bearer.publishes(
        Membership(compact=Digest(compact.identity), act="leave")
    )

    second = moving.takes_over(moving.second, leaving.digest)
    assert moving.finding(second) is not None
    asked = moving.decides(moving.proposal.digest)
    given = moving.carries(asked, on(moving.proposal), by=moving.first)
    held = moving.holding(moving.proposal, moving.inners)
    vote = moving.first.a_vote(moving.proposal, given)
    filed = admission.receive(held, vote, OPENS)

    assert isinstance(filed, Filed)
    assert filed.moved_by == leaving.digest
    assert moving.finding(moving.first.publishes(filed)) is None


def membership(town: Town, moving: Moving, act: Literal["join", "leave"]) -> Entry:
    below = Digest(moving.valley.compact.identity)
    return town.publishes(Membership(compact=below, act=act))


def test_a_bearer_that_left_and_came_back_does_not_get_the_seat_back() -> None:
    moving = Moving()
    moving.bearer.votes(moving.proposal, moving.given)
    moving.goes_round()
    left = membership(moving.bearer, moving, "leave")
    moving.takes_over(moving.first, left.digest, choice="against", revision=2)
    moving.goes_round()
    membership(moving.bearer, moving, "join")
    # Under the mandate for what those below have thought better of since.
    moving.bearer.votes(moving.proposal, moving.given)
    back = moving.bearer.votes(moving.proposal, moving.given)

    for at in (OPENS, LATER, LATER):
        moving.goes_round(at)

    stands = moving.standing()
    [late] = [each for each in stands.revisions if each.digest == back.digest]
    assert late.fate is Fate.EXCLUDED
    assert stands.confirmed is not None
    assert stands.confirmed.figures.assemblies == {FOR: 0, AGAINST: 1, "abstain": 0}


def test_nobody_takes_a_seat_by_a_leaving_that_was_taken_back() -> None:
    moving = Moving()
    left = membership(moving.bearer, moving, "leave")
    taken = moving.takes_over(moving.first, left.digest)
    membership(moving.bearer, moving, "join")
    own = moving.bearer.votes(moving.proposal, moving.given)

    for at in (OPENS, LATER, LATER):
        moving.goes_round(at)

    fates = {each.digest: each.fate for each in moving.standing().revisions}
    assert fates == {own.digest: Fate.CERTIFIED, taken.digest: Fate.EXCLUDED}


def test_a_substitute_that_leaves_silences_nobody_before_it() -> None:
    moving = Moving()
    membership(moving.first, moving, "leave")
    own = moving.bearer.votes(moving.proposal, moving.given)

    for at in (OPENS, LATER, LATER):
        moving.goes_round(at)

    [revised] = moving.standing().revisions
    assert (revised.digest, revised.fate) == (own.digest, Fate.CERTIFIED)


def test_a_bearer_that_has_not_left_is_not_followed() -> None:
    moving = Moving()
    applied = moving.bearer.publishes(
        Membership(compact=Digest(moving.valley.compact.identity), act="apply")
    )

    finding = moving.finding(moving.takes_over(moving.first, applied.digest))

    assert finding is not None
    assert finding.rule is Rule.NOT_THE_BEARER


def test_a_substitute_takes_back_what_those_below_recalled() -> None:
    moving = Moving()
    moving.bearer.votes(moving.proposal, moving.given)
    moving.goes_round()
    called = moving.decides(moving.given.digest)
    moving.moves_to(moving.first)
    moving.first.publishes(Recall(mandate=moving.given.digest, decision=called.digest))
    held = moving.holding(moving.proposal, moving.inners)
    early, late = OPENS - timedelta(seconds=1), CLOSES
    for at in (early, late):
        assert council.duties(held, moving.first.id, at, result_digest) == ()

    for at in (OPENS, OPENS, LATER, LATER):
        moving.goes_round(at)

    stands = moving.standing()
    assert stands.confirmed is not None
    rules = [each.rule for each in stands.confirmed.certified]
    assert rules == ["superseded", "withdrawn"]


def test_a_substitute_with_two_records_is_heard_by_nobody_and_empties_no_seat() -> None:
    moving, east = Moving(), 0
    moved = moving.moves_to(moving.first)
    other = copy.copy(moving.first)
    other.publishes(MemberCount(members=60))
    filed = moving.takes_over(moving.first, moved.digest)

    def witnessed(*branches: Record) -> list[tuple[int, int, Digest]]:
        held = moving.holding(moving.proposal, moving.inners)
        held = replace(held, branches=branches)
        due = council.duties(held, moving.own[east].id, OPENS, result_digest)
        return [each for fact in due for each in getattr(fact, "seen", ())]

    unaware, aware = witnessed(), witnessed(other.record)
    again = moving.moves_to(moving.second)
    taken = moving.takes_over(
        moving.second, again.digest, after=moving.first, revision=2
    )

    assert unaware == [(2, 1, filed.digest)]
    assert aware == []
    # Those below send the next one, who goes on after it; the seat is theirs still.
    assert witnessed(other.record) == [(2, 2, taken.digest)]


def test_a_substitute_states_nothing_of_what_it_received() -> None:
    moving = Moving()
    moved = moving.moves_to(moving.first)
    moving.takes_over(moving.first, moved.digest)
    for town in moving.own:
        town.votes(
            moving.proposal, town.mandates(moving.district, instructed(moving.proposal))
        )

    for at in (OPENS, LATER, LATER):
        moving.goes_round(at)

    said = {fact.proposal for _, fact in moving.first.record.facts(Witness)}
    said |= {fact.proposal for _, fact in moving.first.record.facts(Attestation)}
    assert moving.proposal.digest not in said


def test_only_a_seat_that_is_held_for_a_compact_has_substitutes() -> None:
    district = Moving().district
    east, west, valley = district.members
    stranger = AssemblyId(district.digest)

    def with_seats(*seats: object) -> Compact:
        return replace(district, members=seats)  # type: ignore[arg-type]

    with pytest.raises(Invalid):
        with_seats(replace(east, substitutes=(stranger,)), west, valley)
    for twice in ((east.assembly,), (stranger, stranger), (valley.assembly,)):
        with pytest.raises(Invalid):
            with_seats(east, west, replace(valley, substitutes=twice))
