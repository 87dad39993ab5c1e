"""A vote on paper counts with two fellow members behind it, and never against the seat.

Town 0 is dark; town 1 files what its delegate brings on paper, town 2 countersigns.
"""

import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from confederation.confederal import council, equivocation, paper
from confederation.confederal.council import State
from confederation.confederal.holding import Holding
from confederation.confederal.mandate import Finding, Rule
from confederation.confederal.weighing import Fate
from confederation.errors import NotEntitled, TooLate
from confederation.identifiers import AssemblyId, OptionId
from confederation.record import (
    Countersign,
    Entry,
    Filed,
    Instruction,
    KeyEvent,
    MemberCount,
    Membership,
    PaperVote,
)
from tests.confederation.stories import Story, revision_of, rules_of
from tests.confederation.world import (
    ABSTAIN,
    AGAINST,
    CLOSES,
    FOR,
    LATER,
    OPENS,
    a_key,
    digest_of,
    result_digest,
)

NOON = OPENS + timedelta(minutes=30)
NIGHT = NOON + timedelta(hours=1)


class Dark(Story):
    """A story in which town 0 gave its mandate, and then went dark."""

    def __init__(self, n: int = 3, *, allowed: bool = True) -> None:
        self.dark = True
        super().__init__(n)
        self.opens()
        self.given = self.town.mandates(
            self.world.compact,
            Instruction(proposal=self.proposal.digest, may=(FOR, ABSTAIN)),
            paper_vote=allowed,
        )

    @property
    def town(self) -> Any:
        return self.towns[0]

    def holding(self, at: datetime, **changes: object) -> Holding:
        held = super().holding(at, **changes)
        heard = {**held.clocks, self.town.id: OPENS if self.dark else at}
        return replace(held, clocks=heard)

    def vote(self, **changes: Any) -> PaperVote:
        plain = PaperVote(
            proposal=self.proposal.digest,
            of=self.town.id,
            mandate=self.given.digest,
            revision=1,
            choice=(FOR,),
            head=self.town.record.head,
        )
        return replace(plain, **changes)

    def on_paper(self, by: int = 1, **changes: Any) -> Entry:
        return self.towns[by].publishes(self.vote(**changes), NOON)

    def countersigned(self, filed: Entry, by: int = 2) -> Entry:
        self.towns[by].publishes(
            Countersign(proposal=self.proposal.digest, paper=filed.digest), NOON
        )
        return filed

    def goes_on(self, at: datetime = NIGHT) -> None:
        """Let those who are not dark say what they must."""
        awake = range(1 if self.dark else 0, len(self.towns))
        self.carries_on(at, towns=tuple(awake))


# Two behind it


def test_a_vote_on_paper_counts_for_the_dark_seat() -> None:
    story = Dark()
    filed = story.countersigned(story.on_paper())
    for seat in (1, 2):
        story.votes(seat, AGAINST)

    story.goes_on()
    story.goes_on(LATER)

    stands = story.stands()
    assert revision_of(stands, filed).fate is Fate.CERTIFIED
    assert stands.state is State.CONFIRMED
    assert stands.confirmed is not None
    assert stands.confirmed.figures.assemblies == {FOR: 1, AGAINST: 2, ABSTAIN: 0}
    assert stands.confirmed.figures.cast == 3


def test_the_members_of_the_dark_assembly_count_as_its_decision_says() -> None:
    story = Dark()
    filed = story.countersigned(story.on_paper())

    [found] = paper.examine(story.holding(NOON))
    place = paper.position(found, story.holding(NOON))

    assert place is not None
    assert place.digest == filed.digest
    assert place.members is not None
    assert place.members.for_ == 60


def test_with_one_signature_only_nobody_witnesses_it() -> None:
    story = Dark()
    filed = story.on_paper()

    story.goes_on()
    story.goes_on(LATER)

    stands = story.stands()
    assert revision_of(stands, filed).witnesses == ()
    assert revision_of(stands, filed).fate is Fate.EXCLUDED
    assert rules_of(stands.confirmed) == {}


@pytest.mark.parametrize("by", [0, 1])
def test_neither_the_seat_nor_the_filer_is_the_second_signature(by: int) -> None:
    story = Dark()
    filed = story.countersigned(story.on_paper(), by=by)

    story.goes_on()

    assert revision_of(story.stands(), filed).witnesses == ()


def test_a_member_that_has_left_vouches_for_nobody() -> None:
    story = Dark(4)
    leaving = Membership(compact=story.world.compact.digest, act="leave")
    story.towns[2].publishes(leaving)
    filed = story.countersigned(story.on_paper(by=1), by=2)
    story.towns[3].publishes(leaving)
    gone = story.countersigned(story.on_paper(by=3, choice=(ABSTAIN,)), by=1)

    story.goes_on()

    stands = story.stands()
    assert revision_of(stands, filed).witnesses == ()
    finding = revision_of(stands, gone).finding
    assert finding is not None
    assert finding.rule is Rule.NOT_A_MEMBER


def test_what_is_certified_and_lacks_its_countersignature_here_is_waited_for() -> None:
    story = Dark(4)
    filed = story.countersigned(story.on_paper())
    story.goes_on()
    story.dark = False
    story.goes_on()
    story.goes_on(LATER)
    held, second = story.holding(LATER), story.towns[2].id
    [signed] = [entry for entry, _ in held.records[second].facts(Countersign)]
    cut = {**held.records, second: held.records[second].upto(signed.seq)}

    whole = council.standing(held, LATER)
    stands = council.standing(replace(held, records=cut), LATER)

    assert whole.missing == ()
    assert stands.missing == (filed.digest,)
    assert stands.result is None


# Only what the mandate allows


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"choice": (AGAINST,)}, Rule.OUTSIDE_INSTRUCTION),
        ({"choice": ()}, Rule.OUTSIDE_INSTRUCTION),
        ({"choice": (OptionId("elsewhere"),)}, Rule.OUTSIDE_INSTRUCTION),
        ({"mandate": digest_of("none")}, Rule.NO_MANDATE),
        ({"revision": 2}, Rule.OUT_OF_ORDER),
        ({"revision": 0}, Rule.OUT_OF_ORDER),
    ],
)
def test_a_vote_on_paper_keeps_to_the_mandate(
    changes: dict[str, Any], rule: Rule
) -> None:
    story = Dark()
    filed = story.countersigned(story.on_paper(**changes))

    story.goes_on()

    revised = revision_of(story.stands(), filed)
    assert revised.fate is Fate.VOID
    assert revised.finding is not None
    assert revised.finding.rule is rule
    assert revised.witnesses == ()


def test_without_leave_of_the_mandate_there_is_no_vote_on_paper() -> None:
    story = Dark(allowed=False)
    filed = story.countersigned(story.on_paper())

    story.goes_on()

    finding = revision_of(story.stands(), filed).finding
    assert finding is not None
    assert finding.rule is Rule.NOT_ON_PAPER


def test_a_seat_does_not_file_its_own_vote_on_paper() -> None:
    story = Dark()
    filed = story.countersigned(story.on_paper(by=0))

    finding = revision_of(story.stands(), filed).finding

    assert finding is not None
    assert finding.rule is Rule.NOT_ON_PAPER


def test_two_fellow_members_cannot_vouch_for_what_the_assembly_had_recalled() -> None:
    story = Dark()
    before = story.town.record.head
    story.town.recalls(story.given)
    filed = story.countersigned(story.on_paper(head=before))

    story.goes_on()

    # It keeps to the record that it names, and is witnessed by nobody who holds more.
    assert revision_of(story.stands(), filed).witnesses == ()
    [found] = paper.examine(story.holding(NIGHT))
    assert paper.objection(found, story.holding(NIGHT), NIGHT) is not None


def test_a_seat_that_was_heard_from_since_files_for_itself() -> None:
    story = Dark()
    filed = story.countersigned(story.on_paper())
    story.dark = False

    for seat in (1, 2):
        due = story.due(story.towns[seat], NIGHT)
        assert due == ()

    assert revision_of(story.stands(), filed).witnesses == ()
    # Nor once it has been silent again, for however long.
    heard = {story.town.id: NOON + timedelta(minutes=1)}
    silent = replace(story.holding(NIGHT), clocks=heard)
    assert list(paper.to_witness(silent, story.towns[1].id, NIGHT)) == []


def test_what_the_seat_took_as_its_own_is_witnessed_though_it_is_heard_from() -> None:
    story = Dark(4)
    filed = story.countersigned(story.on_paper())
    story.dark = False
    story.town.publishes(
        Filed(
            proposal=story.proposal.digest,
            revision=1,
            document=paper.document(story.vote()),
            paper=filed.digest,
        ),
        NIGHT,
    )

    [due] = paper.to_witness(story.holding(NIGHT), story.towns[3].id, NIGHT)

    assert due.entry == filed


def test_a_paper_on_something_else_says_nothing_here() -> None:
    story = Dark()
    other = digest_of("another proposal")
    elsewhere = story.on_paper(proposal=other)
    story.countersigned(elsewhere)
    filed = story.on_paper()
    story.towns[2].publishes(Countersign(proposal=other, paper=filed.digest), NOON)

    [found] = paper.examine(story.holding(NIGHT))

    assert found.entry == filed
    assert found.countersigned_by == ()


@pytest.mark.parametrize("accused", [0, 1])
def test_no_paper_of_or_by_who_wrote_two_records_is_witnessed(accused: int) -> None:
    story = Dark(4)
    story.countersigned(story.on_paper())
    town = copy.copy(story.towns[accused])
    town.record = town.record.upto(town.record.size - 1)
    town.publishes(MemberCount(members=9), NIGHT)

    held = story.holding(NIGHT, branches=(town.record,))

    assert list(paper.to_witness(held, story.towns[3].id, NIGHT)) == []


@pytest.mark.parametrize("dated", [NOON, NIGHT - timedelta(seconds=1), CLOSES])
def test_two_who_collude_do_not_vote_for_a_seat_that_is_there(dated: datetime) -> None:
    """Whatever time they write down, of four no third one helps, and not the seat."""
    story = Dark(4)
    story.dark = False
    filed = story.towns[1].publishes(story.vote(choice=(ABSTAIN,)), dated)
    story.countersigned(filed)
    # Both say that they received it; an honest node was told of it a second later.
    for seat in (1, 2):
        story.states(seat, (0, 1, filed.digest))
    told, heard = NIGHT, {town.id: NIGHT - timedelta(minutes=4) for town in story.towns}

    for seat in (0, 3):
        held = replace(story.holding(told), clocks=heard)
        due = council.duties(held, story.towns[seat].id, told, result_digest)
        assert due == ()
    first, second = (
        story.town.votes(story.proposal, story.given, FOR) for _ in range(2)
    )
    story.goes_on()
    story.goes_on(LATER)

    # They keep its first word from counting, and not what it says next.
    stands = story.stands()
    fates = [revision_of(stands, each).fate for each in (filed, first, second)]
    assert fates == [Fate.EXCLUDED, Fate.EXCLUDED, Fate.CERTIFIED]


def test_a_paper_is_witnessed_once_the_seat_was_silent_for_long_enough() -> None:
    story = Dark(4)
    filed = story.countersigned(story.on_paper())
    heard = dict.fromkeys((town.id for town in story.towns), NOON)
    held = replace(story.holding(NOON), clocks=heard)
    third = story.towns[3].id

    soon = paper.to_witness(held, third, NOON + paper.QUIET - timedelta(seconds=1))
    later = paper.to_witness(held, third, NOON + paper.QUIET)

    assert [*soon] == []
    assert [each.entry for each in later] == [filed]


def test_a_paper_that_is_dated_ahead_waits_for_its_time() -> None:
    story = Dark(4)
    story.countersigned(story.towns[1].publishes(story.vote(), NIGHT))
    held, third = story.holding(NOON), story.towns[3].id

    assert [*paper.to_witness(held, third, NOON)] == []
    assert len([*paper.to_witness(held, third, NIGHT)]) == 1


def test_what_was_filed_on_a_side_that_is_turned_away_is_witnessed_by_nobody() -> None:
    story = Dark()
    filer, twin = story.towns[1], copy.copy(story.towns[1])
    filed = twin.publishes(story.vote(), NOON)
    story.countersigned(filed)
    filer.publishes(MemberCount(members=61))
    parting = filer.record.parts_from(twin.record)
    assert parting is not None
    shown = parting.equivocation()
    decision = filer.decides().digest
    filer.publishes(equivocation.settle(filer.record, shown, decision))
    held = story.holding(NOON, branches=(twin.record,), evidence=(shown,))

    assert held.accused() == frozenset()
    assert [each.stands for each in paper.examine(held)] == [True]
    assert [*paper.to_witness(held, story.towns[2].id, NIGHT)] == []


def test_new_keys_of_those_who_vouch_change_nothing() -> None:
    story = Dark()
    filed = story.on_paper()
    for town in story.towns:
        fresh = KeyEvent(op="add", key=a_key(f"fresh {town.name}"), consented=True)
        town.publishes(fresh)
    story.countersigned(filed)

    story.goes_on()
    story.dark = False
    story.goes_on()
    story.goes_on(LATER)

    stands = story.stands()
    assert stands.confirmed is not None
    assert rules_of(stands.confirmed) == {(0, 1): None}
    assert stands.contradictions == ()


# The node is back


def test_a_node_that_is_back_takes_the_vote_as_its_own_and_goes_on() -> None:
    story = Dark()
    filed = story.countersigned(story.on_paper())
    story.goes_on()

    story.dark = False
    [taken, *_] = story.due(story.town, NIGHT)
    assert isinstance(taken, Filed)
    assert taken.paper == filed.digest
    story.town.publishes(taken, NIGHT)
    again = story.town.votes(story.proposal, story.given, ABSTAIN)
    story.goes_on()
    story.goes_on(LATER)

    stands = story.stands()
    assert story.town.id in revision_of(stands, filed).witnesses
    assert rules_of(stands.confirmed) == {(0, 1): "superseded", (0, 2): None}
    assert revision_of(stands, again).fate is Fate.CERTIFIED
    assert stands.contradictions == ()


def test_a_node_takes_nothing_that_only_counts_if_it_does() -> None:
    story = Dark(4)
    filed = story.countersigned(story.on_paper())
    for seat in (1, 2):
        story.states(seat, (0, 1, filed.digest))
    before = paper.to_take(story.holding(NIGHT), story.town.id)

    story.states(3, (0, 1, filed.digest))

    after = paper.to_take(story.holding(NIGHT), story.town.id)
    assert before is None
    assert after is not None
    assert after.paper == filed.digest


def test_who_claims_a_paper_that_nobody_filed_is_alone_with_it() -> None:
    story = Dark(4)
    story.dark = False
    claimed = story.town.a_vote(story.proposal, story.given)
    invented = digest_of("a paper")
    story.town.publishes(
        Filed(
            proposal=story.proposal.digest,
            revision=1,
            document=claimed,
            paper=invented,
        ),
        NOON,
    )
    own = story.town.votes(story.proposal, story.given, ABSTAIN)
    story.carries_on(NIGHT, towns=(0, 1, 2))
    story.carries_on(LATER, towns=(0, 1, 2))

    stands = story.stands()
    [made_up] = [each for each in stands.revisions if each.digest == invented]
    assert made_up.witnesses == (story.town.id,)
    assert made_up.fate is Fate.EXCLUDED
    assert revision_of(stands, own).fate is Fate.CERTIFIED
    assert rules_of(stands.confirmed) == {(0, 2): None}


def test_a_recall_takes_a_vote_on_paper_back() -> None:
    story = Dark()
    story.countersigned(story.on_paper())
    story.goes_on()

    story.dark = False
    story.town.recalls(story.given)
    story.goes_on()
    story.goes_on(LATER)

    stands = story.stands()
    assert rules_of(stands.confirmed) == {(0, 1): "superseded", (0, 2): "withdrawn"}


def test_of_a_filing_and_a_paper_with_one_number_one_at_most_is_certified() -> None:
    story = Dark(4)
    filed = story.countersigned(story.on_paper())
    before = story.holding(NIGHT)
    own = story.town.votes(story.proposal, story.given, ABSTAIN)
    # The dark node filed it too, and only town 3 has heard of that.
    for seat in (1, 2):
        due = paper.to_witness(before, story.towns[seat].id, NIGHT)
        assert [each.entry for each in due] == [filed]
        story.states(seat, (0, 1, filed.digest))
    story.dark = False
    story.goes_on()
    story.goes_on(LATER)

    stands = story.stands()
    fates = {revision_of(stands, each).fate for each in (filed, own)}
    assert fates == {Fate.EXCLUDED}
    assert stands.contradictions == ()
    assert stands.state is State.CONFIRMED


def test_what_a_seat_filed_itself_is_preferred_to_the_paper() -> None:
    story = Dark(4)
    filed = story.countersigned(story.on_paper())
    own = story.town.votes(story.proposal, story.given, ABSTAIN)

    story.goes_on()

    assert revision_of(story.stands(), filed).witnesses == ()
    assert revision_of(story.stands(), own).fate is Fate.CERTIFIED


# Filing and countersigning


def test_a_fellow_member_files_only_what_would_be_witnessed() -> None:
    story = Dark()
    held = story.holding(NOON)
    one, two = story.towns[1].id, story.towns[2].id
    following = paper.next_for(held, story.town.id)

    filed = paper.file(held, one, story.vote(), NOON)
    outside = paper.file(held, one, story.vote(choice=(AGAINST,)), NOON)
    own = paper.file(held, story.town.id, story.vote(), NOON)

    assert following == (1, story.town.record.head)
    assert filed == story.vote()
    assert isinstance(outside, Finding)
    assert isinstance(own, Finding)
    with pytest.raises(TooLate, match="closed"):
        paper.file(held, two, story.vote(), CLOSES)
    with pytest.raises(NotEntitled, match="fellow member"):
        paper.file(held, AssemblyId(digest_of("stranger")), story.vote(), NOON)


def test_one_paper_is_filed_once() -> None:
    story = Dark()
    story.on_paper()

    again = paper.file(story.holding(NOON), story.towns[2].id, story.vote(), NOON)

    assert isinstance(again, Finding)
    assert again.rule is Rule.OUT_OF_ORDER


def test_a_paper_that_breaks_a_rule_or_is_of_another_seat_bars_none() -> None:
    story = Dark(4)
    story.on_paper(choice=(AGAINST,))
    given = story.mandates(3, FOR, paper_vote=True)
    of_another = story.vote(
        of=story.towns[3].id, mandate=given.digest, head=story.towns[3].record.head
    )
    story.towns[1].publishes(of_another, NOON)

    filed = paper.file(story.holding(NOON), story.towns[2].id, story.vote(), NOON)

    assert filed == story.vote()


def test_whoever_has_left_files_and_countersigns_no_more() -> None:
    story = Dark(4)
    filed = story.on_paper()
    story.towns[2].publishes(
        Membership(compact=story.world.compact.digest, act="leave")
    )
    held, gone = story.holding(NOON), story.towns[2].id

    with pytest.raises(NotEntitled, match="has left"):
        paper.file(held, gone, story.vote(), NOON)
    with pytest.raises(NotEntitled, match="has left"):
        paper.countersign(held, gone, filed.digest, NOON)


def test_what_goes_on_from_an_entry_that_is_not_held_is_neither_good_nor_void() -> None:
    story = Dark()
    filed = story.on_paper(head=digest_of("not held"))
    held = story.holding(NOON)

    [found] = paper.examine(held)

    assert (found.finding, found.record, found.stands) == (None, None, False)
    refused = paper.file(held, story.towns[2].id, found.vote, NOON)
    assert isinstance(refused, Finding)
    with pytest.raises(NotEntitled, match="that far"):
        paper.countersign(held, story.towns[2].id, filed.digest, NOON)


def test_somebody_else_countersigns() -> None:
    story = Dark()
    filed = story.on_paper()
    broken = story.on_paper(choice=(AGAINST,))
    held = story.holding(NOON)

    signed = paper.countersign(held, story.towns[2].id, filed.digest, NOON)

    assert signed == Countersign(proposal=story.proposal.digest, paper=filed.digest)
    for seat in (0, 1):
        with pytest.raises(NotEntitled, match="Somebody else"):
            paper.countersign(held, story.towns[seat].id, filed.digest, NOON)
    with pytest.raises(NotEntitled, match="allows"):
        paper.countersign(held, story.towns[2].id, broken.digest, NOON)
    with pytest.raises(NotEntitled, match="No such"):
        paper.countersign(held, story.towns[2].id, digest_of("none"), NOON)
