"""Who is bound follows from what the assemblies decided, and silence is no consent."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.confederal import council, ratifying
from confederation.confederal.compact import Ratification as Terms
from confederation.confederal.council import State
from confederation.confederal.mandate import Rule
from confederation.confederal.ratifying import RATIFY, REFUSE, Course, Stage
from confederation.confederal.tally import Position
from confederation.identifiers import Digest
from confederation.record import (
    Attestation,
    Entry,
    Fact,
    Membership,
    Ratification,
    Result,
    Witness,
)
from tests.confederation.district import Below
from tests.confederation.stories import Story
from tests.confederation.world import (
    AGAINST,
    CLOSES,
    FOR,
    LATER,
    OPENS,
    Confederation,
    Town,
    digest_of,
    result_digest,
)

WINDOW = 10 * 24 * 60 * 60
BELL = CLOSES + timedelta(seconds=WINDOW)
AFTER = BELL + timedelta(hours=1)
DURING = CLOSES + timedelta(days=2)


class Ratified(Story):
    """A proposal that was adopted, and what becomes of its outcome."""

    def __init__(
        self,
        n: int = 3,
        terms: Terms | None = None,
        ratify: bool = True,  # noqa: FBT001, FBT002
        against: Iterable[int] = (),
        **rules: object,
    ):
        super().__init__(
            n,
            None,
            ratification=terms or Terms(window=WINDOW),
            **rules,
        )
        if ratify:
            self.proposal = self.world.proposes(ratify=True)
        self.opens()
        no = {*against}
        for seat in range(n):
            self.votes(seat, AGAINST if seat in no else FOR)
        self.carries_on(OPENS)
        self.carries_on(LATER)

    @property
    def result(self) -> Digest:
        confirmed = self.stands().confirmed
        assert confirmed is not None
        return result_digest(confirmed)

    def due(self, town: Town, at: datetime, **changes: object) -> tuple[Fact, ...]:
        held = self.holding(at, **changes)
        return council.duties(held, town.id, at, result_digest) or ratifying.duties(
            held, town.id, at, result_digest
        )

    def says(self, seat: int, answer: str = "passed", **changes: object) -> Entry:
        """Let an assembly decide on the result."""
        return self.towns[seat].decides(self.result, outcome=answer, **changes)  # type: ignore[arg-type]

    def leaves(self, seat: int) -> Entry:
        return self.towns[seat].publishes(
            Membership(compact=self.world.compact.digest, act="leave")
        )

    def files(self, seat: int, **changes: object) -> Entry:
        plain = Ratification(
            proposal=self.proposal.digest,
            result_hash=self.result,
            revision=1,
            ratifies=True,
        )
        return self.towns[seat].publishes(replace(plain, **changes))  # type: ignore[arg-type]

    def course(self, at: datetime = AFTER) -> Course:
        return ratifying.course(self.holding(at), at)

    def bound(self) -> list[int]:
        named = self.course().bound
        return [i for i, town in enumerate(self.towns) if town.id in named]

    def ends(self) -> "Ratified":
        self.carries_on(DURING)
        self.carries_on(AFTER)
        return self

    def rule(self, filed: Entry) -> Rule | None:
        stands = self.course().ratification
        assert stands is not None
        [found] = [each for each in stands.revisions if each.digest == filed.digest]
        return None if found.finding is None else found.finding.rule


def test_two_of_three_ratify_and_the_third_that_lapsed_is_not_bound() -> None:
    story = Ratified()
    story.says(0)
    story.says(2)

    course = story.ends().course()

    assert course.state is Stage.IN_FORCE
    assert story.bound() == [0, 2]
    assert [each.says for each in course.answers] == ["ratified", "silent", "ratified"]
    assert [each.bound for each in course.answers] == [True, False, True]


def test_until_somebody_answers_nobody_has_anything_to_state() -> None:
    story = Ratified()

    round_ = ratifying.round_of(story.holding(DURING))
    assert round_ is not None
    assert council.stands(round_, DURING).state is State.OPEN
    assert [story.due(town, DURING) for town in story.towns] == [(), (), ()]


def test_silence_is_not_consent() -> None:
    story = Ratified()
    story.says(0)

    course = story.ends().course()

    assert course.state is Stage.NOT_IN_FORCE
    assert course.bound == ()


def test_where_the_compact_says_so_all_are_bound() -> None:
    story = Ratified(terms=Terms(window=WINDOW, binds="all"))
    story.says(0)
    story.says(1, "rejected")
    story.says(2)

    assert story.ends().course().state is Stage.IN_FORCE
    assert story.bound() == [0, 1, 2]


def test_an_assembly_that_leaves_is_bound_by_nothing_and_not_in_the_base() -> None:
    story = Ratified(n=4, terms=Terms(window=WINDOW, binds="all"))
    story.says(0)
    story.says(1)
    story.carries_on(DURING)
    story.leaves(3)

    course = story.ends().course()

    assert course.ratification is not None
    assert course.ratification.confirmed is not None
    assert course.ratification.confirmed.figures.seats == 3
    assert course.state is Stage.IN_FORCE
    assert story.bound() == [0, 1, 2]
    assert course.answers[3].says == "left"


def test_leaving_takes_back_what_was_ratified() -> None:
    story = Ratified()
    story.says(0)
    story.says(1)
    story.carries_on(DURING)
    story.leaves(1)

    course = story.ends().course()

    # One of the two seats that are left has ratified, and two thirds of two is two.
    assert course.state is Stage.NOT_IN_FORCE
    assert [each.says for each in course.answers] == ["ratified", "left", "silent"]


def test_an_assembly_may_change_its_mind_until_the_bell() -> None:
    story = Ratified()
    story.says(0)
    story.says(1)
    story.carries_on(DURING)
    story.says(1, "rejected")

    course = story.ends().course()

    assert [each.says for each in course.answers] == ["ratified", "refused", "silent"]
    filed = [fact for _, fact in story.towns[1].record.facts(Ratification)]
    assert [(each.revision, each.ratifies) for each in filed] == [(1, True), (2, False)]


def test_what_each_has_answered_so_far_is_shown_while_the_others_decide() -> None:
    story = Ratified(4)
    story.says(0)
    story.says(1, "rejected")
    story.leaves(2)
    story.carries_on(DURING)
    story.files(3, decision=story.towns[3].decides().digest)

    course = story.course(DURING)

    assert [each.says for each in course.answers] == [
        "ratified",
        "refused",
        "left",
        "silent",
    ]
    assert not any(each.settled or each.bound for each in course.answers)


def test_what_is_decided_after_the_bell_is_filed_by_no_other() -> None:
    story = Ratified()
    story.says(0)
    story.carries_on(DURING)
    story.says(1)

    story.carries_on(AFTER)

    assert not [*story.towns[1].record.facts(Ratification)]
    assert story.course().state is Stage.NOT_IN_FORCE


def test_the_bell_rings_where_proposal_and_compact_say_and_not_before() -> None:
    story = Ratified()
    for seat in range(3):
        story.says(seat)
    story.carries_on(DURING)

    almost = story.course(BELL - timedelta(seconds=1))
    story.carries_on(BELL - timedelta(seconds=1))

    assert almost.closes == BELL
    assert almost.state is Stage.RATIFYING
    assert story.course(BELL).state is Stage.RATIFYING
    finals = [
        statement
        for town in story.towns
        for _, statement in town.record.facts(Witness)
        if statement.final and statement.proposal == story.result
    ]
    assert finals == []


def test_a_window_beyond_the_calendar_never_closes_early() -> None:
    story = Ratified(terms=Terms(window=2**53 - 1))

    closes = ratifying.closes(story.world.compact, story.holding(LATER).text)

    assert closes == ratifying.LATEST


def test_a_decision_without_ratification_is_in_force_when_it_is_confirmed() -> None:
    story = Ratified(ratify=False)

    course = story.course(LATER)

    assert course.state is Stage.IN_FORCE
    assert course.ratification is None
    assert story.bound() == [0, 1, 2]


def test_without_ratification_an_assembly_that_left_before_closing_is_not_bound() -> (
    None
):
    story = Story(4)
    story.opens()
    for seat in range(3):
        story.votes(seat)
    story.towns[3].publishes(
        Membership(compact=story.world.compact.digest, act="leave")
    )
    story.carries_on(OPENS)
    story.carries_on(LATER)

    course = ratifying.course(story.holding(LATER), LATER)

    assert course.state is Stage.IN_FORCE
    assert course.bound == tuple(town.id for town in story.towns[:3])


def test_what_was_not_adopted_has_nothing_to_ratify() -> None:
    story = Ratified(against=(0, 1))

    course = story.ends().course()

    assert course.state is State.CONFIRMED
    assert course.ratification is None
    assert course.bound == ()


def test_nothing_is_ratified_before_the_result_is_confirmed() -> None:
    story = Story()
    story.proposal = story.world.proposes(ratify=True)
    story.opens()

    assert ratifying.course(story.holding(OPENS), OPENS).state is State.OPEN
    held = story.holding(OPENS)
    assert ratifying.duties(held, story.towns[0].id, OPENS, result_digest) == ()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"revision": 2}, Rule.OUT_OF_ORDER),
        ({"decision": None}, Rule.NO_DECISION),
        ({"decision": digest_of("nothing")}, Rule.NO_DECISION),
        ({"ratifies": False}, Rule.NO_DECISION),
        ({"proposal": digest_of("another")}, Rule.NO_DECISION),
        ({"withdrawn_by": digest_of("leaving")}, Rule.NO_DECISION),
        (
            {"decision": None, "ratifies": False, "withdrawn_by": digest_of("x")},
            Rule.NO_DECISION,
        ),
    ],
)
def test_a_ratification_that_breaks_a_rule_is_witnessed_by_no_other(
    changes: dict[str, object], rule: Rule
) -> None:
    story = Ratified()
    decision = story.says(1)

    filed = story.files(1, **{"decision": decision.digest, **changes})
    story.says(0)
    story.says(2)
    story.ends()

    assert story.rule(filed) is rule
    for town in (story.towns[0], story.towns[2]):
        for _, statement in town.record.facts(Witness):
            assert filed.digest not in [digest for _, _, digest in statement.seen]


def test_the_same_ratification_without_the_forgery_counts() -> None:
    story = Ratified()
    decision = story.says(1)

    filed = story.files(1, decision=decision.digest)
    story.says(0)
    story.ends()

    assert story.rule(filed) is None
    assert story.bound() == [0, 1]


def test_a_decision_on_something_else_ratifies_nothing() -> None:
    story = Ratified()
    other = story.towns[1].decides(story.proposal.digest)

    filed = story.files(1, decision=other.digest)
    story.ends()

    assert story.rule(filed) is Rule.NO_DECISION


def test_a_decision_that_one_teller_confirmed_ratifies_nothing() -> None:
    story = Ratified()
    decision = story.says(1, confirmed=False)

    story.carries_on(DURING)
    filed = story.files(1, decision=decision.digest)

    assert story.rule(filed) is Rule.NO_DECISION


def test_one_teller_is_enough_where_the_compact_asks_for_no_more() -> None:
    story = Ratified(two_tellers=False)
    decision = story.says(1, confirmed=False)

    filed = story.files(1, decision=decision.digest)

    assert story.rule(filed) is None


def test_an_older_decision_cannot_be_filed_once_there_is_a_newer() -> None:
    story = Ratified()
    yes = story.says(1)
    story.carries_on(DURING)
    story.says(1, "rejected")
    story.carries_on(DURING)

    filed = story.files(1, revision=3, decision=yes.digest)

    assert story.rule(filed) is Rule.NO_DECISION


def test_an_evening_that_was_too_small_leaves_the_answer_as_it_was() -> None:
    story = Ratified()
    story.says(1)
    story.carries_on(DURING)
    story.says(1, "no quorum")

    story.says(0)
    story.ends()

    assert story.bound() == [0, 1]


def test_whoever_has_left_ratifies_nothing() -> None:
    story = Ratified()
    decision = story.says(1)
    story.leaves(1)

    filed = story.files(1, decision=decision.digest)

    assert story.rule(filed) is Rule.NOT_A_MEMBER


def test_a_record_that_filed_out_of_order_is_not_asked_to_file_for_ever() -> None:
    story = Ratified()
    decision = story.says(1)
    story.files(1, revision=7, decision=decision.digest)

    story.carries_on(DURING)

    assert len([*story.towns[1].record.facts(Ratification)]) == 1


def test_a_lying_statement_that_a_result_was_withdrawn_stops_nothing() -> None:
    story = Ratified()
    lie = Witness(
        proposal=story.result, final=False, seen=((-1, 1, digest_of("nothing")),)
    )
    for seat in (0, 1):
        story.towns[seat].publishes(lie)
        story.says(seat)

    assert story.ends().course().state is Stage.IN_FORCE


def test_two_attestations_of_one_ratification_are_on_record() -> None:
    story = Ratified()
    story.says(0)
    story.says(1)
    story.ends()
    _, said = next(
        (entry, fact)
        for entry, fact in story.towns[2].record.facts(Attestation)
        if fact.proposal == story.result
    )
    other = replace(said.result, outcome="not in force")
    story.towns[2].publishes(
        Attestation(
            proposal=story.result, result=other, result_hash=result_digest(other)
        )
    )

    course = story.course()

    assert course.state is Stage.IN_FORCE
    assert course.ratification is not None
    assert [each.of for each in course.ratification.contradictions] == [
        story.towns[2].id
    ]


def test_what_is_attested_of_a_ratification_says_nothing_about_the_vote() -> None:
    story = Ratified()
    before = story.stands()
    story.says(0)
    story.says(1)
    story.ends()

    assert story.stands() == before


def test_a_ratification_waits_for_a_dark_node_until_the_limit() -> None:
    story = Ratified(closing_limit=60 * 60)
    story.says(2)
    filed = story.towns[2]
    # What it files reaches one of the two others, and then its node is dark.
    for fact in story.due(filed, DURING):
        filed.publishes(fact, DURING)
    story.carries_on(DURING, [0])
    held = replace(
        story.holding(AFTER),
        records={t.id: t.record for t in story.towns[:2]}
        | {filed.id: filed.record.upto(filed.record.size - 1)},
    )
    for fact in ratifying.duties(held, story.towns[0].id, AFTER, result_digest):
        story.towns[0].publishes(fact, AFTER)
    held = replace(
        held, records={**held.records, story.towns[0].id: story.towns[0].record}
    )

    waits = ratifying.course(held, BELL + timedelta(minutes=30)).ratification
    late = ratifying.course(held, BELL + timedelta(hours=2)).ratification

    assert waits is not None
    assert late is not None
    assert waits.state is State.CLOSING
    assert not waits.replaceable
    assert late.replaceable


@pytest.mark.parametrize("choice", ["for", "against"])
def test_a_seat_that_is_borne_ratifies_what_was_decided_below(choice: str) -> None:
    below = Below()
    below.nested.own[0].decides(below.result)
    decision = below.decides_below(choice)

    course = below.ends()

    bearer = below.nested.bearer
    [(_, filed)] = bearer.record.facts(Ratification)
    assert filed.decision == decision
    assert filed.ratifies == (choice == "for")
    assert course.state is (Stage.IN_FORCE if choice == "for" else Stage.NOT_IN_FORCE)
    assert (bearer.id in course.bound) == (choice == "for")


def test_a_bearer_ratifies_nothing_by_a_decision_of_its_own() -> None:
    below = Below()
    below.nested.own[0].decides(below.result)
    bearer = below.nested.bearer
    own = bearer.decides(below.result)
    bearer.publishes(
        Ratification(
            proposal=below.proposal.digest,
            result_hash=below.result,
            revision=1,
            ratifies=True,
            decision=own.digest,
        )
    )

    course = below.ends()

    assert course.bound == ()
    assert course.answers[2].says == "silent"
    for town in below.nested.own:
        for _, statement in town.record.facts(Witness):
            if statement.proposal == below.result:
                assert 2 not in [seat for seat, _, _ in statement.seen]


def test_a_bearer_cannot_turn_round_what_was_decided_below() -> None:
    below = Below()
    decision = below.decides_below("against")
    filed = below.nested.bearer.publishes(
        Ratification(
            proposal=below.proposal.digest,
            result_hash=below.result,
            revision=1,
            ratifies=True,
            decision=decision,
        )
    )

    round_ = ratifying.Ratifying(holding=below.holding(LATER), result=below.result)

    [judged] = [each for each in round_.weigh().revisions if each.entry == filed]
    assert judged.finding is not None
    assert judged.finding.rule is Rule.NO_DECISION


answers = st.lists(
    st.sampled_from([None, RATIFY, REFUSE, "left"]), min_size=1, max_size=7
)


def _positions(says: list[str | None]) -> list[Position]:
    return [
        Position(
            seat=seat,
            revision=1,
            digest=digest_of(seat),
            says="emptied" if answer == "left" else "vote",
            choice=() if answer == "left" else (answer,),  # type: ignore[arg-type]
        )
        for seat, answer in enumerate(says)
        if answer is not None
    ]


def _counted(says: list[str | None], terms: Terms | None = None) -> Result:
    world = _world(len(says), terms or Terms())
    return ratifying.count(world.compact, digest_of("result"), _positions(says))


def _world(n: int, terms: Terms) -> Confederation:
    story = Confederation(n)
    rules = replace(story.compact.rules, ratification=terms)
    story.compact = replace(story.compact, rules=rules)
    return story


@given(answers)
def test_one_more_that_ratifies_never_takes_a_decision_out_of_force(
    says: list[str | None],
) -> None:
    before = _counted(says).outcome
    for seat, answer in enumerate(says):
        if answer in (None, REFUSE):
            more = _counted([*says[:seat], RATIFY, *says[seat + 1 :]])
            assert (before, more.outcome) != ("in force", "not in force")


@given(answers)
def test_in_force_is_the_share_that_the_compact_asks_for(
    says: list[str | None],
) -> None:
    result = _counted(says)

    seats = len(says) - says.count("left")
    share = Fraction(says.count(RATIFY), seats) if seats else Fraction(0)
    assert (result.outcome == "in force") == (share >= Fraction(2, 3))


@given(answers)
def test_a_half_is_more_than_half(says: list[str | None]) -> None:
    result = _counted(says, Terms(enough="1/2"))

    seats = len(says) - says.count("left")
    assert (result.outcome == "in force") == (2 * says.count(RATIFY) > seats)


def test_the_order_in_which_answers_are_counted_is_irrelevant() -> None:
    positions = _positions([RATIFY, REFUSE, RATIFY, "left"])
    compact = _world(4, Terms()).compact

    counted = {
        repr(ratifying.count(compact, digest_of("r"), [*order, order[0]]))
        for order in permutations(positions)
    }

    assert len(counted) == 1


@given(answers)
def test_whoever_did_not_ratify_is_never_bound_by_others_that_did(
    says: list[str | None],
) -> None:
    story = _world(len(says), Terms(enough="0"))
    text = replace(story.a_proposal(), ratify=True)
    vote = replace(_counted([]) if not says else _counted(says), outcome="adopted")
    result = ratifying.count(story.compact, digest_of("r"), _positions(says))

    bound = ratifying.bound(story.compact, text, vote, result)

    yes = tuple(
        town.id for town, a in zip(story.towns, says, strict=True) if a == RATIFY
    )
    assert bound == yes
