"""A question is counted by the terms it was put under, whatever its method."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.counting import gradients, lot, marks
from confederation.counting.consensus import BLOCK
from confederation.counting.consent import CONSENT, STAND_ASIDE
from confederation.counting.majority import ABSTAIN, AGAINST, FOR
from confederation.counting.marks import Paper
from confederation.deciding import ballot, motion, question, result, rulebook
from confederation.deciding.motion import FreezeMotion, PutMotion, SettleMotion
from confederation.deciding.question import ADVISES, ASKS, BLANK, Terms, Tried
from confederation.deciding.result import Result
from confederation.deciding.rulebook import MethodName, Rules
from confederation.errors import Invalid, Refused, TooEarly
from confederation.identifiers import BallotId, OptionId, SessionId
from confederation.session import Channel
from tests.confederation.builders import (
    CLERK,
    MAY,
    MEMBER,
    PEOPLE,
    SEED,
    a_commit,
    a_digest,
    a_motion,
    a_session,
    checked_in,
    decided,
    rules,
    terms,
)

METHODS: tuple[MethodName, ...] = get_args(MethodName)
WITH_OPTIONS = tuple(m for m in METHODS if ASKS[m] != "position")
BUS, TRAM, WAIT = (OptionId(name) for name in ("bus", "tram", "wait"))
OPTIONS = (BUS, TRAM, WAIT)
PAPER: tuple[Channel, ...] = ("paper",)


def generous(**changed: object) -> Rules:
    """Rules that name every method there is."""
    every = rules(methods=METHODS, quorum="0")
    return replace(every, fallback="4/5", **changed)  # type: ignore[arg-type]


def put(method: MethodName, **changed: object) -> Terms:
    if ASKS[method] == "position":
        asked = terms(method=method, under=generous())
    else:
        asked = terms(
            method=method,
            channels=PAPER,
            under=generous(),
            options=OPTIONS,
            keep=WAIT,
        )
    if method == "fallback":
        asked = replace(asked, tried=TRIED)
    return replace(asked, **changed)  # type: ignore[arg-type]


def a_try(held: str, *, text: str = "text", fallback: str | None = "4/5") -> Tried:
    return Tried(
        ballot=BallotId(f"ballot-{held}"),
        session=SessionId(held),
        text=a_commit(text),
        fallback=fallback,
    )


TRIED = (a_try("spring"), a_try("summer"))


def count(asked: Terms, papers: dict[Paper, int], *, upheld: int = 0) -> Result:
    channel = asked.channels[0]
    seed = SEED if asked.lot else None
    return result.count(asked, {channel: papers}, upheld=upheld, seed=seed)


class TestTerms:
    @pytest.mark.parametrize("method", METHODS)
    def test_every_method_can_be_put_where_the_rulebook_names_it(
        self, method: MethodName
    ) -> None:
        asked = put(method)

        question.check(asked)
        with pytest.raises(Refused, match="does not provide"):
            question.check(
                replace(
                    asked,
                    rules=rules(
                        methods=("majority",) if method != "majority" else ("consent",)
                    ),
                )
            )

    @pytest.mark.parametrize("method", WITH_OPTIONS)
    def test_options_are_written_on_paper_and_have_a_lot(
        self, method: MethodName
    ) -> None:
        for wrong in ({"channels": ("hands",)}, {"lot": None}, {"options": (WAIT,)}):
            with pytest.raises(Invalid):
                question.check(put(method, **wrong))

    @pytest.mark.parametrize("method", [m for m in WITH_OPTIONS if m != "dots"])
    def test_keeping_things_as_they_are_is_always_an_option(
        self, method: MethodName
    ) -> None:
        with pytest.raises(Invalid, match="always an option"):
            question.check(put(method, keep=None))

    def test_only_a_transferable_vote_fills_several_places(self) -> None:
        question.check(put("stv", seats=2))
        with pytest.raises(Invalid):
            question.check(put("stv", seats=3))
        with pytest.raises(Invalid):
            question.check(put("pairs", seats=2))
        with pytest.raises(Invalid):
            question.check(put("majority", seats=2))
        with pytest.raises(Invalid):
            question.check(put("stv", seats=0))

    @pytest.mark.parametrize(
        "wrong", [{"options": OPTIONS}, {"keep": WAIT}, {"lot": lot.commitment(SEED)}]
    )
    def test_what_people_are_for_or_against_has_no_options(
        self, wrong: dict[str, object]
    ) -> None:
        with pytest.raises(Invalid, match="options of its own"):
            question.check(put("majority", **wrong))

    @pytest.mark.parametrize("name", ["a=b", "a:1"])
    def test_no_option_is_called_as_papers_are_written(self, name: str) -> None:
        with pytest.raises(Invalid, match="neither = nor :"):
            question.check(put("ranked", options=(*OPTIONS, OptionId(name))))

    def test_dots_need_no_option_that_keeps_things_and_know_which_it_is(self) -> None:
        question.check(put("dots", keep=None))
        with pytest.raises(Invalid, match="always an option"):
            question.check(put("dots", keep=OptionId("elsewhere")))

    def test_consensus_is_blocked_for_a_reason_and_nothing_else_asks_for_one(
        self,
    ) -> None:
        asked = put("consensus")

        for position in (BLOCK, STAND_ASIDE):
            assert question.needs_reason(asked, (position,))
        assert not question.needs_reason(asked, (CONSENT,))
        assert not question.needs_reason(asked, ())
        assert not question.needs_reason(put("majority"), (AGAINST,))

    def test_what_decides_nothing_is_about_no_person_and_no_proposal(self) -> None:
        for method in ADVISES:
            with pytest.raises(Invalid, match="decides on nothing"):
                question.check(put(method, person=True))
            with pytest.raises(Invalid, match="decides on nothing"):
                question.check(put(method, subject=a_digest("proposal")))

    @pytest.mark.parametrize("method", ["consent", "consensus"])
    def test_where_a_reason_is_asked_for_the_vote_is_not_secret(
        self, method: MethodName
    ) -> None:
        with pytest.raises(Invalid, match="reason"):
            question.check(put(method, channels=PAPER, secret=True))

    @pytest.mark.parametrize(
        ("method", "choice"),
        [
            ("majority", (FOR, AGAINST)),
            ("consensus", (OptionId("objection"),)),
            ("gradients", (FOR,)),
            ("ranked", (BUS, BUS)),
            ("ranked", ("bus=tram",)),
            ("stv", ("bus=tram",)),
            ("pairs", ("tram=bus",)),
            ("pairs", ("bus", "bus=tram")),
            ("approval", (TRAM, BUS)),
            ("approval", (BUS, BUS)),
            ("score", ("bus:6",)),
            ("score", ("plane:1",)),
            ("score", ("tram:1", "bus:2")),
            ("score", ("bus",)),
            ("dots", (TRAM, BUS)),
            ("dots", (BUS, BUS, BUS, BUS)),
            ("dots", (BUS,) * 3 + (TRAM,) * 3),
        ],
    )
    def test_a_paper_that_says_what_was_not_asked_is_refused(
        self, method: MethodName, choice: Paper
    ) -> None:
        with pytest.raises(Invalid):
            question.check_choice(put(method), choice)

    @pytest.mark.parametrize("method", METHODS)
    def test_a_blank_paper_is_a_paper(self, method: MethodName) -> None:
        question.check_choice(put(method), ())

        counted = count(put(method), {(): 3})

        assert counted.counts[BLANK] == counted.quorum.cast == 3
        assert counted.outcome in ("rejected", "advice")
        assert counted.chosen is None


class TestResults:
    def test_the_seed_must_be_the_one_committed_to(self) -> None:
        for method in WITH_OPTIONS:
            with pytest.raises(Invalid, match="seed"):
                result.count(put(method), {"paper": {}}, seed="0" * 32)

    def test_consensus_stands_on_blocks_and_on_those_who_stand_aside(self) -> None:
        agreed = count(put("consensus"), {(CONSENT,): 30, (STAND_ASIDE,): 10})
        aside = count(put("consensus"), {(CONSENT,): 29, (STAND_ASIDE,): 11})
        blocked = count(put("consensus"), {(CONSENT,): 39, (BLOCK,): 1})

        assert agreed.outcome == "passed"
        assert agreed.agreement is not None
        assert agreed.agreement.most_aside == 10
        assert aside.outcome == blocked.outcome == "rejected"

    def test_the_rulebook_says_how_many_blocks_and_aside_consensus_bears(self) -> None:
        asked = put("consensus", rules=generous(blocks=1, stand_asides="1/2"))

        borne = count(asked, {(CONSENT,): 19, (STAND_ASIDE,): 20, (BLOCK,): 1})
        blocked = count(asked, {(CONSENT,): 38, (BLOCK,): 2})

        assert (borne.outcome, blocked.outcome) == ("passed", "rejected")

    def test_the_fallback_asks_for_its_own_share_of_the_votes(self) -> None:
        asked = put("fallback")

        enough = count(asked, {(FOR,): 8, (AGAINST,): 2, (ABSTAIN,): 9})
        short = count(asked, {(FOR,): 7, (AGAINST,): 2})

        assert (enough.outcome, short.outcome) == ("passed", "rejected")

    @pytest.mark.parametrize(
        "tried",
        [
            (),
            (a_try("spring"),),
            (a_try("spring"), a_try("spring")),
            (a_try("spring"), a_try("summer", text="another")),
            (a_try("spring", fallback=None), a_try("summer")),
            (a_try("spring", fallback="2/3"), a_try("summer")),
        ],
    )
    def test_a_fallback_needs_two_meetings_that_knew_of_it(
        self, tried: tuple[Tried, ...]
    ) -> None:
        with pytest.raises(TooEarly):
            question.check(put("fallback", tried=tried))

    def test_dots_and_a_sense_check_pass_nothing_whatever_they_say(self) -> None:
        dotted = count(put("dots"), {(BUS, BUS, TRAM): 30})
        sense = count(put("gradients"), {(gradients.LOVE,): 40})

        assert dotted.outcome == sense.outcome == "advice"
        assert dotted.order is not None
        assert dotted.order.places == ((BUS,), (TRAM,), (WAIT,))
        assert sense.sense is not None
        assert sense.sense.middle == gradients.LOVE

    @pytest.mark.parametrize(
        "method", ["ranked", "pairs", "schulze", "approval", "score"]
    )
    def test_what_is_chosen_passes_and_what_keeps_things_does_not(
        self, method: MethodName
    ) -> None:
        def wants(option: OptionId) -> Paper:
            return marks.write_scores({option: 5}) if method == "score" else (option,)

        moved = count(put(method), {wants(BUS): 9, wants(TRAM): 2})
        stayed = count(put(method), {wants(WAIT): 9, wants(TRAM): 2})

        assert (moved.outcome, moved.chosen) == ("passed", BUS)
        assert (stayed.outcome, stayed.chosen) == ("rejected", WAIT)

    @pytest.mark.parametrize("method", ["stv", "meek"])
    def test_a_place_won_by_keeping_it_stays_empty(self, method: MethodName) -> None:
        asked = put(method, seats=2)

        counted = count(asked, {(WAIT,): 9, (BUS,): 8, (TRAM,): 1})

        assert counted.outcome == "passed"
        assert counted.elected == (BUS,)

    @pytest.mark.parametrize("method", ["pairs", "approval", "score"])
    def test_in_a_tie_with_keeping_things_they_stay(self, method: MethodName) -> None:
        papers: dict[str, dict[Paper, int]] = {
            "pairs": {marks.write_ranks(((TRAM, WAIT),)): 9},
            "approval": {(TRAM, WAIT): 9},
            "score": {marks.write_scores({TRAM: 5, WAIT: 5}): 9},
        }
        # Else the lot would settle it for the tram.
        assert lot.order(SEED, OPTIONS)[0] == TRAM

        counted = count(put(method), papers[method])

        assert (counted.outcome, counted.chosen) == ("rejected", WAIT)

    def test_by_schulze_what_nobody_wants_more_than_keeping_does_not_win(self) -> None:
        asked, alike = put("schulze"), marks.write_ranks((OPTIONS,))

        counted = count(asked, {alike: 9})

        assert lot.order(SEED, OPTIONS)[0] == TRAM
        assert (counted.outcome, counted.chosen) == ("rejected", WAIT)

    def test_what_is_approved_needs_the_share_that_the_rulebook_says(self) -> None:
        papers: dict[Paper, int] = {(BUS,): 5, (TRAM,): 3, (): 3}
        low = put("approval", rules=generous(floor="1/3"))

        assert count(put("approval"), papers).chosen is None
        assert count(low, papers).chosen == BUS

    def test_the_rulebook_says_how_points_are_added_up(self) -> None:
        papers: dict[Paper, int] = {
            marks.write_scores({BUS: 5}): 1,
            marks.write_scores({TRAM: 4}): 2,
            marks.write_scores({WAIT: 3}): 3,
        }
        mean = put("score", rules=generous(score_by="mean", least_raters=2))
        anybody = put("score", rules=generous(score_by="mean", least_raters=1))
        alone = put("score", rules=generous(least_raters=9))

        assert count(put("score"), papers).chosen == WAIT
        assert count(mean, papers).chosen == TRAM
        assert count(anybody, papers).chosen == BUS
        # Only a mean asks for so many: a sum speaks for itself.
        assert count(alone, papers).chosen == WAIT

    @pytest.mark.parametrize(
        ("method", "shown"),
        [
            ("ranked", "run_off"),
            ("pairs", "locked"),
            ("schulze", "paths"),
            ("approval", "ticks"),
            ("score", "points"),
            ("stv", "filled"),
            ("meek", "shared"),
            ("dots", "order"),
            ("consensus", "agreement"),
            ("gradients", "sense"),
        ],
    )
    def test_a_result_shows_its_arithmetic(
        self, method: MethodName, shown: str
    ) -> None:
        assert getattr(count(put(method), {}), shown) is not None

    def test_where_options_share_the_first_place_each_has_the_paper(self) -> None:
        paper = marks.write_ranks(((BUS, TRAM), (WAIT,)))

        shared = count(put("pairs"), {paper: 3, (): 1}).counts
        alone = count(put("ranked"), {(BUS, TRAM): 3}).counts

        assert shared == {BUS: 3, TRAM: 3, WAIT: 0, BLANK: 1}
        assert alone == {BUS: 3, TRAM: 0, WAIT: 0}

    def test_one_who_consents_in_the_room_is_enough_where_nobody_objects(self) -> None:
        assert count(put("consent"), {(CONSENT,): 1}).outcome == "passed"

    def test_the_rulebook_says_what_a_quorum_is_a_share_of(self) -> None:
        asked = terms(method="majority", held_in=a_session(in_room=3), under=generous())
        of_members = replace(asked, rules=generous(quorum_of="members"))

        present = count(asked, {(FOR,): 1}).quorum
        members = count(of_members, {(FOR,): 1}).quorum

        assert (present.base, present.size) == ("present", 3)
        assert (members.base, members.size) == ("members", 5)

    def test_a_simple_majority_is_of_the_votes_whatever_else_is_qualified(self) -> None:
        under = generous(threshold_of="present", threshold="3/4", strict=True)
        papers: dict[Paper, int] = {(FOR,): 2, (AGAINST,): 1}
        fallback: dict[Paper, int] = {(FOR,): 8, (AGAINST,): 2}

        assert count(put("majority", rules=under), papers).outcome == "passed"
        assert count(put("fallback", rules=under), fallback).outcome == "passed"

    @pytest.mark.parametrize("of", ["votes", "cast", "present"])
    def test_exactly_a_half_is_never_more_than_a_half(
        self, of: rulebook.ThresholdBase
    ) -> None:
        asked = put("qualified", rules=generous(threshold="1/2", threshold_of=of))

        half = count(asked, {(FOR,): 20, (AGAINST,): 19, (ABSTAIN,): 1})
        more = count(asked, {(FOR,): 21, (AGAINST,): 19})

        assert half.outcome == ("passed" if of == "votes" else "rejected")
        assert more.outcome == "passed"

    @pytest.mark.parametrize("of", ["cast", "present"])
    def test_a_strict_share_of_everybody_is_not_reached_by_exactly_that(
        self, of: rulebook.ThresholdBase
    ) -> None:
        under = generous(threshold="3/4", threshold_of=of)
        papers: dict[Paper, int] = {(FOR,): 30, (AGAINST,): 5, (ABSTAIN,): 5}
        strictly = replace(under, strict=True)

        assert count(put("qualified", rules=under), papers).outcome == "passed"
        assert count(put("qualified", rules=strictly), papers).outcome == "rejected"

    def test_totals_are_published_except_where_one_would_point_at_a_person(
        self,
    ) -> None:
        asked = put("majority")
        yes = count(asked, {(FOR,): 3})

        assert result.published(asked, yes) == {FOR: 3, AGAINST: 0, ABSTAIN: 0}
        for method in ("consent", "consensus"):
            silent = put(method)
            counted = count(silent, {(CONSENT,): 3})
            assert result.published(silent, counted) == {}

    def test_every_round_is_published_to_its_last_place(self) -> None:
        papers: dict[Paper, int] = {(BUS, TRAM): 7, (TRAM,): 1, (WAIT,): 3}

        ranked = result.stages(count(put("ranked"), papers))
        stv = result.stages(count(put("stv", seats=2), papers))
        meek = result.stages(count(put("meek", seats=2), papers))

        assert ranked == ({BUS: "7", TRAM: "1", WAIT: "3"},)
        assert stv[:2] == (
            {BUS: "7", TRAM: "1", WAIT: "3"},
            {BUS: "4", TRAM: "3.99999", WAIT: "3"},
        )
        assert meek[0] == {BUS: "7", TRAM: "1", WAIT: "3"}
        assert result.stages(count(put("pairs"), papers)) == ()
        assert result.decimal(100_003, 100_000) == "1.00003"

    def test_where_too_few_took_part_nothing_is_chosen(self) -> None:
        for method in WITH_OPTIONS:
            if method not in ADVISES:
                asked = put(method, rules=replace(generous(), quorum="1/2"))
                paper = ("bus:5",) if method == "score" else (BUS,)
                counted = count(asked, {tuple(map(OptionId, paper)): 19})
                assert counted.outcome == "no quorum"
                assert counted.chosen is None
                assert counted.elected == ()

    def test_away_from_the_room_silence_is_no_consent(self) -> None:
        here = a_session(*checked_in(*PEOPLE), in_room=35)
        asked = terms(
            method="consent",
            channels=("online",),
            held_in=here,
            under=generous(consents="1/4"),
        )
        in_hall = terms(method="consent", held_in=here, under=generous())

        short = count(asked, {(CONSENT,): 9, (STAND_ASIDE,): 3})
        enough = count(asked, {(CONSENT,): 10})
        hall = count(in_hall, {(CONSENT,): 9})

        assert (short.outcome, enough.outcome, hall.outcome) == (
            "rejected",
            "passed",
            "passed",
        )

    def test_a_strict_share_is_not_reached_by_exactly_that(self) -> None:
        papers: dict[Paper, int] = {(FOR,): 20, (AGAINST,): 10}

        assert count(put("qualified"), papers).outcome == "passed"
        strict = put("qualified", rules=generous(strict=True))
        assert count(strict, papers).outcome == "rejected"

    def test_a_share_of_all_papers_cast_counts_those_who_abstain(self) -> None:
        papers: dict[Paper, int] = {(FOR,): 20, (AGAINST,): 8, (ABSTAIN,): 2, (): 1}
        cast = put("qualified", rules=generous(threshold_of="cast"))

        assert count(put("qualified"), papers).outcome == "passed"
        assert count(cast, papers).outcome == "rejected"
        assert count(cast, {**papers, (FOR,): 22}).outcome == "passed"


class TestOutlook:
    def test_it_says_how_many_more_it_takes(self) -> None:
        asked = put("qualified", rules=replace(generous(), quorum="1/2"))

        outlook = result.outlook(asked, {"hands": {(FOR,): 7, (AGAINST,): 5}})

        assert outlook.more_to_vote == 8
        assert outlook.more_for == 3
        assert not outlook.out_of_reach

    @given(
        cast=st.lists(st.sampled_from([FOR, AGAINST, ABSTAIN]), max_size=40),
        of=st.sampled_from(["votes", "cast", "present", "members"]),
        strict=st.booleans(),
    )
    def test_that_many_more_carry_it_and_one_fewer_do_not(
        self, *, cast: list[OptionId], of: rulebook.ThresholdBase, strict: bool
    ) -> None:
        asked = put("qualified", rules=generous(threshold_of=of, strict=strict))
        papers = Counter[Paper]((choice,) for choice in cast)

        outlook = result.outlook(asked, {"hands": papers})

        def carried(more: int) -> bool:
            counted = count(asked, {**papers, (FOR,): papers[(FOR,)] + more})
            return counted.outcome == "passed"

        if outlook.more_for is None:
            assert outlook.out_of_reach
            assert not carried(40 - len(cast))
        else:
            assert carried(outlook.more_for)
            assert outlook.more_for == 0 or not carried(outlook.more_for - 1)

    def test_what_not_even_all_others_could_carry_is_out_of_reach(self) -> None:
        asked = put("majority")

        last_hope = result.outlook(asked, {"hands": {(AGAINST,): 19}})
        hopeless = result.outlook(asked, {"hands": {(AGAINST,): 20}})
        crowded = result.outlook(asked, {"hands": {(FOR,): 40}})

        assert (last_hope.more_for, last_hope.out_of_reach) == (20, False)
        assert (hopeless.more_for, hopeless.out_of_reach) == (None, True)
        assert (crowded.more_to_vote, crowded.more_for) == (0, 0)

    def test_whoever_may_vote_at_home_could_still_carry_it(self) -> None:
        here = a_session(*checked_in(*PEOPLE), in_room=10)
        asked = terms(
            method="majority",
            channels=("hands", "online"),
            held_in=here,
            under=generous(),
        )
        everybody = asked.electorate.room + len(asked.electorate.roll)
        against = everybody // 2

        outlook = result.outlook(asked, {"hands": {(AGAINST,): against}})

        assert len(asked.electorate.roll) == 5
        assert outlook.out_of_reach == (everybody - against <= against)

    def test_of_a_secret_vote_only_the_turnout_is_known(self) -> None:
        asked = put("qualified", channels=PAPER, secret=True)

        outlook = result.outlook(asked, {"paper": {(FOR,): 39}})

        assert outlook.more_for is None
        assert not outlook.out_of_reach

    def test_a_few_votes_online_are_not_told_apart(self) -> None:
        asked = put("majority", channels=("hands", "online"))
        hands: dict[Paper, int] = {(FOR,): 20}

        none = result.outlook(asked, {"hands": hands, "online": {}})
        one = result.outlook(asked, {"hands": hands, "online": {(AGAINST,): 1}})
        few = result.outlook(asked, {"hands": hands, "online": {(AGAINST,): 9}})
        more = result.outlook(asked, {"hands": hands, "online": {(AGAINST,): 10}})

        assert one.more_for is few.more_for is None
        assert none.more_for == more.more_for == 0

    def test_where_no_share_carries_it_there_is_nothing_to_foretell(self) -> None:
        outlook = result.outlook(put("consent"), {"hands": {(CONSENT,): 3}})

        assert outlook.more_for is None


class TestRules:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"consents": "3/2"},
            {"blocks": -1},
            {"stand_asides": "a few"},
            {"fallback": "1/2"},
            {"fallback": None},
            {"floor": "2"},
            {"least_raters": 0},
            {"dots": 0},
            {"dissenters": 0},
            {"report_patience": -1},
            {"most_times": -1},
            {"dots": 2, "most_dots": 3},
            {"dots": 21, "most_dots": 21},
        ],
    )
    def test_rules_that_cannot_be_are_refused(self, wrong: dict[str, object]) -> None:
        rulebook.check(generous(), PEOPLE)
        with pytest.raises(Invalid):
            rulebook.check(replace(generous(), **wrong), PEOPLE)  # type: ignore[arg-type]

    def test_the_least_that_rules_may_ask_for_is_enough(self) -> None:
        least = generous(
            threshold="1/2",
            recall_notice=0,
            emergency_notice=0,
            dissenters=1,
            least_raters=1,
            dots=1,
            most_dots=1,
        )

        rulebook.check(least, PEOPLE)

    def test_a_fallback_without_consensus_is_refused(self) -> None:
        alone = replace(rules(methods=("majority", "fallback")), fallback="4/5")

        with pytest.raises(Invalid, match="fall back from"):
            rulebook.check(alone, PEOPLE)


class TestMotions:
    def frozen(self) -> motion.State:
        return a_motion(FreezeMotion(by=CLERK, at=MAY))

    def settled(
        self, outcome: str, *, method: MethodName = "consensus"
    ) -> motion.State:
        said = decided(outcome=outcome, ballot="ballot-1")  # type: ignore[arg-type]
        putting = PutMotion(
            ballot=BallotId("ballot-1"), method=method, by=CLERK, at=MAY
        )
        settling = SettleMotion(decision=said, by=None, at=MAY)
        return a_motion(FreezeMotion(by=CLERK, at=MAY), putting, settling)

    def test_where_consensus_fails_the_text_can_be_put_again(self) -> None:
        failed = self.settled("rejected")

        assert failed.status == "frozen"
        assert failed.tried == ("ballot-1",)
        assert failed.put is None
        again = PutMotion(
            ballot=BallotId("ballot-2"), method="fallback", by=CLERK, at=MAY
        )
        assert motion.decide(failed, again)

    def test_settling_it_again_by_the_same_ballot_changes_nothing(self) -> None:
        failed = self.settled("rejected")
        said = decided(outcome="rejected", ballot="ballot-1")

        again = SettleMotion(decision=said, by=None, at=MAY)

        assert motion.decide(failed, again) == ()

    def test_consensus_that_is_reached_adopts_it(self) -> None:
        assert self.settled("passed").status == "adopted"
        assert self.settled("no quorum").status == "lapsed"

    def test_no_motion_is_put_to_dots_or_to_a_sense_check(self) -> None:
        for method in ADVISES:
            with pytest.raises(Refused, match="decide nothing"):
                motion.decide(
                    self.frozen(),
                    PutMotion(
                        ballot=BallotId("ballot-1"), method=method, by=MEMBER, at=MAY
                    ),
                )


def test_a_sense_of_the_room_is_no_decision_that_could_be_published() -> None:
    asked = put("gradients")
    counted = result.count(asked, {"hands": {(gradients.LOVE,): 3}})
    state = ballot.State(
        opened=ballot.BallotOpened(terms=asked, by=CLERK, at=MAY),
        decided=ballot.BallotDecided(
            ballot=asked.ballot,
            result=counted,
            papers=None,
            seed=None,
            by=CLERK,
            at=MAY,
        ),
    )

    with pytest.raises(Refused, match="decided nothing"):
        ballot.fact(state, effective_from=MAY)
    assert not ballot.decided(state).passed


def test_a_lot_is_drawn_only_where_there_are_options() -> None:
    assert put("pairs").lot == lot.commitment(SEED)
    assert put("majority").lot is None
    assert Fraction(put("majority").threshold or "0") == Fraction(1, 2)
