"""Seats are filled as the Scottish rules say, to the fifth decimal place."""

import random
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confederation.counting import meek, stv
from confederation.counting.marks import Paper
from confederation.counting.stv import UNIT
from confederation.errors import Invalid
from confederation.identifiers import OptionId
from tests.confederation.counting.published import published

A, B, C, D, E = (OptionId(name) for name in "abcde")
OPTIONS = (A, B, C, D, E)
PUBLISHED = ("cumbernauld-south-2012", "dumbarton-2017")

rankings = st.lists(st.sampled_from(OPTIONS), unique=True, max_size=5).map(tuple)
papers = st.lists(rankings, max_size=30)
lots = st.permutations(OPTIONS).map(tuple)


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_official_count_comes_out_stage_by_stage(name: str) -> None:
    official = published(name)
    candidates = tuple(OptionId(o) for o in sorted(official.stages) if o != "lost")

    counted = stv.count(official.markings, seats=official.seats, lot=candidates)

    assert counted.elected == official.elected
    number_of_stages = len(official.stages["lost"])
    # Where the last places are filled no paper moves any more, so that the sheet of
    # the council ends one stage earlier than a count that names the last exclusion.
    assert number_of_stages <= len(counted.stages) <= number_of_stages + 1
    for at, stage in enumerate(counted.stages[:number_of_stages]):
        for candidate in candidates:
            ours = Fraction(stage.votes[candidate], UNIT)
            assert ours == pytest.approx(official.stages[candidate][at], abs=0.005)
        assert Fraction(stage.lost, UNIT) == pytest.approx(
            official.stages["lost"][at], abs=0.005
        )
    assert counted.stages[-1].votes == counted.stages[number_of_stages - 1].votes


def test_every_official_count_has_several_surpluses_and_exclusions() -> None:
    for name in PUBLISHED:
        official = published(name)
        lot = tuple(OptionId(o) for o in sorted(official.stages) if o != "lost")
        stages = stv.count(official.markings, seats=official.seats, lot=lot).stages
        happened = Counter(stage.happened for stage in stages)
        assert happened["surplus"] >= 2
        assert happened["excluded"] >= 2


class TestScottish:
    @given(papers, lots, st.integers(1, 5), st.randoms(use_true_random=False))
    def test_the_order_of_arrival_is_irrelevant(
        self,
        cast: list[Paper],
        lot: tuple[OptionId, ...],
        seats: int,
        chance: random.Random,
    ) -> None:
        shuffled = list(cast)
        chance.shuffle(shuffled)

        first = stv.count(Counter(cast), seats=seats, lot=lot)
        second = stv.count(Counter(shuffled), seats=seats, lot=lot)

        assert first == second

    @given(papers, lots, st.integers(1, 5))
    def test_no_vote_is_made_and_none_is_mislaid(
        self, cast: list[Paper], lot: tuple[OptionId, ...], seats: int
    ) -> None:
        counted = stv.count(Counter(cast), seats=seats, lot=lot)

        valid = sum(1 for paper in cast if paper)
        assert counted.valid == valid
        lost = 0
        for stage in counted.stages:
            assert sum(stage.votes.values()) + stage.lost == valid * UNIT
            assert stage.lost >= lost
            lost = stage.lost

    @given(papers, lots, st.integers(1, 5))
    def test_as_many_are_elected_as_there_are_places(
        self, cast: list[Paper], lot: tuple[OptionId, ...], seats: int
    ) -> None:
        counted = stv.count(Counter(cast), seats=seats, lot=lot)

        assert len(set(counted.elected)) == len(counted.elected)
        expected = seats if any(cast) else 0
        assert len(counted.elected) == expected
        told = [one for stage in counted.stages for one in stage.elected]
        assert tuple(told) == counted.elected

    @given(papers, lots, st.integers(1, 4))
    def test_a_group_that_fills_quotas_fills_places(
        self, cast: list[Paper], lot: tuple[OptionId, ...], seats: int
    ) -> None:
        """Droop proportionality, where nothing is cut off before it matters."""
        counted = stv.count(Counter(cast), seats=seats, lot=lot)

        solid = sum(1 for paper in cast if set(paper[:2]) == {A, B})
        deserved = min(2, solid // counted.quota)
        if solid * UNIT - deserved * counted.quota * UNIT > solid * 5:
            assert len({A, B} & set(counted.elected)) >= min(deserved, seats)

    @given(papers, lots, st.integers(1, 4), st.permutations(OPTIONS))
    def test_no_name_has_an_advantage(
        self,
        cast: list[Paper],
        lot: tuple[OptionId, ...],
        seats: int,
        others: list[OptionId],
    ) -> None:
        named = dict(zip(OPTIONS, others, strict=True))

        as_cast = stv.count(Counter(cast), seats=seats, lot=lot)
        renamed = stv.count(
            Counter(tuple(named[o] for o in paper) for paper in cast),
            seats=seats,
            lot=tuple(named[o] for o in lot),
        )

        assert renamed.elected == tuple(named[o] for o in as_cast.elected)

    def test_a_transfer_is_cut_off_at_the_fifth_place(self) -> None:
        cast = {(A, B): 2, (A, C): 5, (D,): 2}

        counted = stv.count(cast, seats=2, lot=(A, B, C, D))

        assert counted.quota == 4
        first, second = counted.stages[:2]
        assert first.votes[A] == 7 * UNIT
        # 3 × 1 ÷ 7 = 0.428571…
        assert second.votes[B] == 2 * 42_857
        assert second.votes[C] == 5 * 42_857
        assert second.lost == 3 * UNIT - 7 * 42_857

    def test_the_larger_surplus_goes_first_and_one_at_a_time(self) -> None:
        cast = {(A, B, C): 10, (B, C): 8, (C,): 3, (D,): 3}

        counted = stv.count(cast, seats=3, lot=OPTIONS)

        assert counted.quota == 7
        assert [stage.whose for stage in counted.stages[:3]] == [None, A, B]
        assert counted.stages[1].votes[B] == 8 * UNIT
        assert [stage.tie for stage in counted.stages[:3]] == [None] * 3

    @pytest.mark.parametrize("first", [A, B])
    def test_of_two_surpluses_alike_that_of_the_one_drawn_first_goes_first(
        self, first: OptionId
    ) -> None:
        second = B if first == A else A
        cast = {(A, D): 9, (B, E): 9, (C,): 2}

        counted = stv.count(cast, seats=3, lot=(first, second, C, D, E))

        assert [stage.whose for stage in counted.stages[:2]] == [None, first]
        assert (counted.stages[1].tie, counted.stages[1].compared) == ("lot", None)

    def test_whoever_has_exactly_the_quota_has_no_surplus(self) -> None:
        counted = stv.count({(A, B): 3, (B,): 2, (C,): 2}, seats=2, lot=(A, B, C))

        assert counted.quota == 3
        assert counted.stages[0].elected == (A,)
        assert counted.stages[1].happened == "excluded"

    def test_a_tie_is_settled_by_the_latest_stage_that_differs(self) -> None:
        # In the third stage B and C have four each; in the second B had fewer.
        cast = {(A,): 9, (B,): 3, (C,): 4, (D, B): 1, (E,): 7}

        counted = stv.count(cast, seats=1, lot=OPTIONS)

        excluded = next(stage for stage in counted.stages if stage.whose == B)
        assert (excluded.tie, excluded.compared) == ("earlier stage", 1)

    @pytest.mark.parametrize(("lot", "out"), [((A, B, C), B), ((B, A, C), A)])
    def test_a_tie_at_every_stage_is_settled_by_lot(
        self, lot: tuple[OptionId, ...], out: OptionId
    ) -> None:
        counted = stv.count({(A,): 2, (B,): 2, (C,): 3}, seats=1, lot=lot)

        assert counted.stages[1].whose == out
        assert counted.stages[1].tie == "lot"

    @pytest.mark.parametrize(
        ("cast", "seats"), [({(A, A): 1}, 1), ({(A,): -1}, 1), ({(A,): 1}, 0)]
    )
    def test_what_cannot_be_is_refused(
        self, cast: dict[Paper, int], seats: int
    ) -> None:
        with pytest.raises(Invalid):
            stv.count(cast, seats=seats, lot=OPTIONS)
        with pytest.raises(Invalid):
            meek.count(cast, seats=seats, lot=OPTIONS)


class TestMeek:
    @given(papers, lots, st.integers(1, 5), st.randoms(use_true_random=False))
    def test_the_order_of_arrival_is_irrelevant(
        self,
        cast: list[Paper],
        lot: tuple[OptionId, ...],
        seats: int,
        chance: random.Random,
    ) -> None:
        shuffled = list(cast)
        chance.shuffle(shuffled)

        first = meek.count(Counter(cast), seats=seats, lot=lot)
        second = meek.count(Counter(shuffled), seats=seats, lot=lot)

        assert first == second

    @given(papers, lots, st.integers(1, 5))
    def test_no_vote_is_made_and_none_is_mislaid(
        self, cast: list[Paper], lot: tuple[OptionId, ...], seats: int
    ) -> None:
        counted = meek.count(Counter(cast), seats=seats, lot=lot)

        for played in counted.rounds:
            total = sum(played.votes.values()) + played.lost
            assert total == counted.valid * meek.UNIT

    @given(papers, lots, st.integers(1, 5))
    def test_as_many_are_elected_as_there_are_places(
        self, cast: list[Paper], lot: tuple[OptionId, ...], seats: int
    ) -> None:
        counted = meek.count(Counter(cast), seats=seats, lot=lot)

        assert len(set(counted.elected)) == len(counted.elected)
        assert len(counted.elected) == (seats if any(cast) else 0)
        told = [one for played in counted.rounds for one in played.elected]
        assert tuple(told) == counted.elected

    @settings(max_examples=30)
    @given(papers, lots, st.integers(1, 4))
    def test_nobody_is_excluded_while_others_have_more_than_they_need(
        self, cast: list[Paper], lot: tuple[OptionId, ...], seats: int
    ) -> None:
        counted = meek.count(Counter(cast), seats=seats, lot=lot)

        elected: set[OptionId] = set()
        for played in counted.rounds:
            if played.excluded is not None:
                over = [played.votes[one] - played.quota for one in elected]
                assert sum(max(0, each) for each in over) < meek.STANDS_STILL
            elected.update(played.elected)

    def test_of_those_elected_in_one_round_the_one_with_most_votes_is_first(
        self,
    ) -> None:
        counted = meek.count({(A,): 40, (B,): 60, (C,): 1}, seats=2, lot=OPTIONS)

        assert (len(counted.rounds), counted.elected) == (1, (B, A))

    def test_whoever_is_elected_keeps_only_what_they_need(self) -> None:
        cast = {(A, B): 60, (C,): 21, (D,): 19}

        counted = meek.count(cast, seats=2, lot=(A, B, C, D))

        assert counted.elected == (A, B)
        assert counted.rounds[-1].keeps[A] < meek.UNIT
        # A third of a hundred, and when the papers of D are lost, of eighty-one.
        assert [played.quota for played in counted.rounds[::2]] == [
            33_333_333_334,
            27_000_000_001,
        ]
        assert [played.elected for played in counted.rounds] == [(A,), (), (B,)]
        assert [played.excluded for played in counted.rounds] == [None, D, None]
        assert counted.rounds[-1].lost == 19 * meek.UNIT
        assert not any(played.by_lot for played in counted.rounds)

    def test_the_last_places_go_to_whoever_is_left_the_most_votes_first(self) -> None:
        more = meek.count({(A,): 1, (B,): 5}, seats=2, lot=(A, B))
        alike = meek.count({(A,): 1, (B,): 1}, seats=2, lot=(B, A))

        assert (len(more.rounds), more.elected) == (1, (B, A))
        assert (len(alike.rounds), alike.elected) == (1, (B, A))

    @pytest.mark.parametrize(("lot", "out"), [((A, B, C), B), ((B, A, C), A)])
    def test_of_those_with_the_fewest_the_one_drawn_last_is_excluded(
        self, lot: tuple[OptionId, ...], out: OptionId
    ) -> None:
        counted = meek.count({(A,): 2, (B,): 2, (C,): 3}, seats=1, lot=lot)

        assert (counted.rounds[0].excluded, counted.rounds[0].by_lot) == (out, True)
        assert counted.elected == (C,)

    def test_it_may_elect_others_than_the_scottish_rules_do(self) -> None:
        """Meek lets votes reach the elected too, and Dumbarton was that close."""
        official = published("dumbarton-2017")
        lot = tuple(OptionId(o) for o in sorted(official.stages) if o != "lost")

        counted = meek.count(official.markings, seats=official.seats, lot=lot)

        assert len(set(counted.elected) & set(official.elected)) == 3
