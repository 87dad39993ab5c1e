"""What is chosen among several options, and the properties that each count keeps."""

import random
from collections import Counter
from collections.abc import Callable, Collection
from fractions import Fraction
from functools import partial
from itertools import chain

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from confederation.counting import (
    approval,
    consensus,
    dots,
    gradients,
    marks,
    meek,
    pairs,
    pairwise,
    ranked,
    schulze,
    score,
    stv,
)
from confederation.counting.consensus import BLOCK
from confederation.counting.consent import CONSENT, STAND_ASIDE
from confederation.counting.marks import Paper
from confederation.errors import Invalid
from confederation.identifiers import OptionId

A, B, C, D = (OptionId(name) for name in "abcd")
OPTIONS = (A, B, C, D)
KEEP = D

lots = st.permutations(OPTIONS).map(tuple)
ticks = st.sets(st.sampled_from(OPTIONS)).map(lambda given: tuple(sorted(given)))
scores = st.dictionaries(st.sampled_from(OPTIONS), st.integers(0, 5)).map(
    marks.write_scores
)
rankings = st.lists(st.sampled_from(OPTIONS), unique=True, max_size=4).map(tuple)
tied_rankings = st.lists(
    st.lists(st.sampled_from(OPTIONS), min_size=1, max_size=3, unique=True), max_size=4
).map(lambda places: marks.write_ranks(without_repeats(places)))
dotted = st.lists(st.sampled_from(OPTIONS), max_size=5).map(
    lambda given: tuple(sorted(given))
)
Counting = Callable[..., pairs.Count | schulze.Count]

chances = st.randoms(use_true_random=False)


def without_repeats(places: list[list[OptionId]]) -> marks.Ranks:
    seen: set[OptionId] = set()
    kept = []
    for place in places:
        new = tuple(option for option in place if option not in seen)
        seen.update(new)
        if new:
            kept.append(new)
    return tuple(kept)


def shuffled(cast: list[Paper], chance: random.Random) -> list[Paper]:
    other = list(cast)
    chance.shuffle(other)
    return other


class TestMarks:
    @given(scores)
    def test_scores_are_written_as_they_were_read(self, paper: Paper) -> None:
        assert marks.write_scores(marks.scores(paper)) == paper

    @given(tied_rankings)
    def test_a_ranking_is_written_as_it_was_read(self, paper: Paper) -> None:
        assert marks.write_ranks(marks.ranks(paper)) == paper

    @pytest.mark.parametrize(
        "paper",
        [("a",), ("a:",), (":3",), ("a:-1",), ("a:1.5",), ("a:٣",), ("a:1", "a:2")],
    )
    def test_what_is_no_score_is_refused(self, paper: Paper) -> None:
        with pytest.raises(Invalid):
            marks.scores(paper)


@pytest.mark.parametrize(
    "count",
    [
        approval.count,
        pairs.count,
        schulze.count,
        score.count,
        partial(dots.count, dots=5, most=3),
        partial(stv.count, seats=1),
        partial(meek.count, seats=1),
        ranked.count,
    ],
)
class TestEveryCount:
    @pytest.mark.parametrize("lot", [(), (A, A, B)])
    def test_a_lot_names_every_option_once(
        self, count: Callable[..., object], lot: tuple[OptionId, ...]
    ) -> None:
        with pytest.raises(Invalid):
            count({}, lot=lot)

    def test_no_paper_is_there_fewer_than_no_times(
        self, count: Callable[..., object]
    ) -> None:
        count({(): 0}, lot=OPTIONS)
        with pytest.raises(Invalid):
            count({(): -1}, lot=OPTIONS)


class TestConsensus:
    def test_every_position_is_counted_and_none_that_nobody_took(self) -> None:
        alone = consensus.count({CONSENT: 1}, present=1)
        neither = consensus.count({STAND_ASIDE: 0, BLOCK: 1}, present=1)

        assert (alone.agree, alone.stand_aside, alone.blocks) == (1, 0, 0)
        assert alone.reached
        assert (neither.agree, neither.stand_aside, neither.blocks) == (0, 0, 1)

    def test_one_block_is_one_too_many_unless_the_rulebook_bears_it(self) -> None:
        positions = {CONSENT: 11, BLOCK: 1}

        assert not consensus.count(positions, present=12).reached
        assert consensus.count(positions, present=12, blocks=1).reached

    def test_a_quarter_may_stand_aside_and_not_one_more(self) -> None:
        quarter = consensus.count({CONSENT: 9, STAND_ASIDE: 3}, present=12)
        more = consensus.count({CONSENT: 8, STAND_ASIDE: 4}, present=12)

        assert quarter.most_aside == more.most_aside == 3
        assert quarter.reached
        assert not more.reached

    def test_the_share_is_of_those_present_and_not_of_those_who_answered(self) -> None:
        assert consensus.count({CONSENT: 3, STAND_ASIDE: 3}, present=12).reached

    def test_where_nobody_agrees_there_is_no_consensus(self) -> None:
        assert not consensus.count({}, present=12).reached
        assert not consensus.count({STAND_ASIDE: 1}, present=12).reached

    @given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 2), st.integers(0, 3))
    def test_one_more_who_agrees_never_undoes_it(
        self, agree: int, aside: int, blocks: int, borne: int
    ) -> None:
        before = {CONSENT: agree, STAND_ASIDE: aside, BLOCK: blocks}
        after = {**before, CONSENT: agree + 1}
        assume(consensus.count(before, present=30, blocks=borne).reached)

        assert consensus.count(after, present=30, blocks=borne).reached

    @pytest.mark.parametrize(
        "positions", [{CONSENT: 13}, {CONSENT: -1}, {OptionId("veto"): 1}]
    )
    def test_positions_that_cannot_be_are_refused(
        self, positions: dict[OptionId, int]
    ) -> None:
        with pytest.raises(Invalid):
            consensus.count(positions, present=12)
        with pytest.raises(Invalid):
            consensus.count({}, present=12, blocks=-1)


class TestApproval:
    @given(st.lists(ticks, max_size=20), lots, chances)
    def test_the_order_of_arrival_is_irrelevant(
        self, cast: list[Paper], lot: tuple[OptionId, ...], chance: random.Random
    ) -> None:
        first = approval.count(Counter(cast), lot=lot, keep=KEEP)
        second = approval.count(Counter(shuffled(cast, chance)), lot=lot, keep=KEEP)

        assert first == second

    @given(st.lists(ticks, max_size=20), lots)
    def test_each_tick_counts_once(
        self, cast: list[Paper], lot: tuple[OptionId, ...]
    ) -> None:
        tally = approval.count(Counter(cast), lot=lot)

        assert tally.counts == {o: sum(o in paper for paper in cast) for o in OPTIONS}
        assert tally.cast == len(cast)

    @given(st.lists(ticks, max_size=20), lots)
    def test_one_more_tick_never_unseats_the_winner(
        self, cast: list[Paper], lot: tuple[OptionId, ...]
    ) -> None:
        half = Fraction(1, 2)
        winner = approval.count(Counter(cast), lot=lot, floor=half).winner
        assume(winner is not None)
        assert winner is not None

        more = Counter([*cast, (winner,)])

        assert approval.count(more, lot=lot, floor=half).winner == winner

    @given(st.lists(ticks, max_size=20), lots, lots)
    def test_no_option_has_an_advantage_of_its_name(
        self, cast: list[Paper], lot: tuple[OptionId, ...], others: tuple[OptionId, ...]
    ) -> None:
        named = dict(zip(OPTIONS, others, strict=True))

        before = approval.count(Counter(cast), lot=lot).winner
        after = approval.count(
            Counter(tuple(named[o] for o in paper) for paper in cast),
            lot=tuple(named[o] for o in lot),
        ).winner

        assert after == (None if before is None else named[before])

    def test_the_floor_is_a_share_of_all_papers_blank_ones_too(self) -> None:
        half = Fraction(1, 2)

        enough = approval.count({(A,): 5, (B,): 4, (): 1}, lot=OPTIONS, floor=half)
        short = approval.count({(A,): 5, (B,): 4, (): 2}, lot=OPTIONS, floor=half)

        assert (enough.needed, enough.winner) == (5, A)
        assert (short.needed, short.winner) == (6, None)

    def test_in_a_tie_things_stay_as_they_are_and_else_a_lot_is_drawn(self) -> None:
        with_keep = approval.count({(A, KEEP): 3}, lot=OPTIONS, keep=KEEP)
        without = approval.count({(A, B): 3}, lot=(C, B, A, D), keep=KEEP)

        assert (with_keep.winner, with_keep.tied) == (KEEP, (A, KEEP))
        assert (without.winner, without.tied) == (B, (B, A))

    def test_a_paper_ticks_an_option_once(self) -> None:
        with pytest.raises(Invalid):
            approval.count({(A, A): 1}, lot=OPTIONS)

    def test_where_nobody_ticks_anything_nothing_wins(self) -> None:
        nobody = approval.count({(): 7}, lot=OPTIONS, keep=KEEP)
        somebody = approval.count({(): 7, (A,): 1}, lot=OPTIONS, keep=KEEP)

        assert (nobody.winner, nobody.tied) == (None, ())
        assert (somebody.winner, somebody.tied) == (A, ())


class TestScore:
    @given(st.lists(scores, max_size=20), lots, chances)
    def test_the_order_of_arrival_is_irrelevant(
        self, cast: list[Paper], lot: tuple[OptionId, ...], chance: random.Random
    ) -> None:
        first = score.count(Counter(cast), lot=lot)
        second = score.count(Counter(shuffled(cast, chance)), lot=lot)

        assert first == second

    @given(st.lists(scores, max_size=20), lots)
    def test_five_more_points_never_unseat_the_winner(
        self, cast: list[Paper], lot: tuple[OptionId, ...]
    ) -> None:
        winner = score.count(Counter(cast), lot=lot).winner
        assume(winner is not None)
        assert winner is not None

        more = Counter([*cast, marks.write_scores({winner: 5})])

        assert score.count(more, lot=lot).winner == winner

    def test_no_opinion_is_not_a_nought(self) -> None:
        silent = {marks.write_scores({A: 4}): 2, marks.write_scores({B: 3}): 1}
        noughts = {
            marks.write_scores({A: 4}): 2,
            marks.write_scores({A: 0, B: 3}): 1,
        }

        quiet = score.count(silent, lot=OPTIONS, by="mean")
        loud = score.count(noughts, lot=OPTIONS, by="mean")

        assert quiet.mean(A) == 4
        assert loud.mean(A) == Fraction(8, 3)
        assert (quiet.winner, loud.winner) == (A, B)
        assert quiet.mean(C) is None

    def test_a_mean_of_too_few_wins_nothing(self) -> None:
        cast = {marks.write_scores({A: 5}): 1, marks.write_scores({B: 3}): 4}

        assert score.count(cast, lot=OPTIONS, by="mean").winner == A
        assert score.count(cast, lot=OPTIONS, by="mean", least_raters=2).winner == B
        assert score.count(cast, lot=OPTIONS, by="mean", least_raters=5).winner is None

    def test_in_a_tie_things_stay_as_they_are_and_else_a_lot_is_drawn(self) -> None:
        ab, ad = marks.write_scores({A: 4, B: 4}), marks.write_scores({A: 4, KEEP: 4})

        drawn = score.count({ab: 3}, lot=(C, B, A, D), keep=KEEP)
        kept = score.count({ad: 3}, lot=OPTIONS, keep=KEEP)
        alone = score.count({marks.write_scores({A: 1}): 1}, lot=OPTIONS, keep=KEEP)

        assert (drawn.winner, drawn.tied) == (B, (B, A))
        assert (kept.winner, kept.tied) == (KEEP, (A, KEEP))
        assert (alone.winner, alone.tied) == (A, ())

    def test_what_nobody_rated_cannot_win(self) -> None:
        assert score.count({}, lot=OPTIONS, least_raters=1).winner is None
        with pytest.raises(Invalid):
            score.count({}, lot=OPTIONS, least_raters=0)

    def test_the_sum_and_the_mean_can_choose_differently(self) -> None:
        cast = {marks.write_scores({A: 5}): 2, marks.write_scores({B: 3}): 5}

        assert score.count(cast, lot=OPTIONS, by="sum").winner == B
        assert score.count(cast, lot=OPTIONS, by="mean").winner == A

    @pytest.mark.parametrize("paper", [("a:6",), ("e:1",)])
    def test_points_beyond_five_and_strange_options_are_refused(
        self, paper: Paper
    ) -> None:
        with pytest.raises(Invalid):
            score.count({paper: 1}, lot=OPTIONS)


class TestDots:
    @given(st.lists(dotted, max_size=20), lots, chances)
    def test_the_order_of_arrival_is_irrelevant(
        self, cast: list[Paper], lot: tuple[OptionId, ...], chance: random.Random
    ) -> None:
        first = dots.count(Counter(cast), lot=lot, dots=5, most=5)
        second = dots.count(Counter(shuffled(cast, chance)), lot=lot, dots=5, most=5)

        assert first == second

    @given(st.lists(dotted, max_size=20), lots)
    def test_every_dot_counts_once_and_every_option_has_a_place(
        self, cast: list[Paper], lot: tuple[OptionId, ...]
    ) -> None:
        order = dots.count(Counter(cast), lot=lot, dots=5, most=5)

        assert sum(order.counts.values()) == sum(map(len, cast))
        assert sorted(chain.from_iterable(order.places)) == sorted(OPTIONS)
        figures = [order.counts[place[0]] for place in order.places]
        assert figures == sorted(figures, reverse=True)

    def test_a_person_has_so_many_dots_and_puts_so_many_on_one(self) -> None:
        dots.check((A, A, B), options=OPTIONS, dots=3, most=2)
        with pytest.raises(Invalid):
            dots.check((A, A, B, C), options=OPTIONS, dots=3, most=2)
        dots.check((), options=OPTIONS, dots=3, most=2)
        for wrong in ((A, A, A), (B, A, A, A), (OptionId("e"),)):
            with pytest.raises(Invalid):
                dots.check(wrong, options=OPTIONS, dots=4, most=2)
            with pytest.raises(Invalid):
                dots.count({wrong: 1}, lot=OPTIONS, dots=4, most=2)


class TestSenseCheck:
    def test_the_middle_one_of_all_says_where_the_room_stands(self) -> None:
        sense = gradients.count({gradients.LOVE: 2, gradients.UNSURE: 3})

        assert sense.middle == gradients.UNSURE
        assert sum(sense.counts.values()) == 5

    def test_a_room_divided_in_two_does_not_look_warmer_than_it_is(self) -> None:
        sense = gradients.count({gradients.LOVE: 2, gradients.DISLIKE: 2})

        assert sense.middle == gradients.DISLIKE

    @pytest.mark.parametrize("wrong", [{CONSENT: 1}, {gradients.LOVE: -1}])
    def test_what_nobody_can_have_said_is_refused(
        self, wrong: dict[OptionId, int]
    ) -> None:
        with pytest.raises(Invalid):
            gradients.count(wrong)

    def test_a_room_that_says_nothing_has_no_middle(self) -> None:
        assert gradients.count({}).middle is None


class TestTwoByTwo:
    @given(st.lists(tied_rankings, max_size=20))
    def test_it_is_the_sum_on_the_wall(self, cast: list[Paper]) -> None:
        matrix = pairwise.compare(Counter(cast), options=OPTIONS)

        def place(paper: Paper, option: OptionId) -> int:
            places = marks.ranks(paper)
            return next((n for n, p in enumerate(places) if option in p), len(places))

        for one in OPTIONS:
            for other in OPTIONS:
                if one != other:
                    assert matrix.over[one][other] == sum(
                        place(paper, one) < place(paper, other) for paper in cast
                    )

    @pytest.mark.parametrize("paper", [("a", "a"), ("a=b", "a"), ("e",), ("a=e",)])
    def test_a_paper_that_cannot_be_is_refused(self, paper: Paper) -> None:
        with pytest.raises(Invalid):
            pairwise.compare({paper: 1}, options=OPTIONS)


@given(st.lists(tied_rankings, max_size=15), lots)
def test_by_schulze_nothing_wins_over_keeping_that_more_would_rather_keep(
    cast: list[Paper], lot: tuple[OptionId, ...]
) -> None:
    counted = schulze.count(Counter(cast), lot=lot, keep=KEEP)

    if counted.winner not in (None, KEEP):
        assert not counted.matrix.beats(KEEP, counted.winner)


@given(st.lists(tied_rankings, max_size=15), lots)
def test_by_pairs_a_majority_against_the_winner_closed_a_circle(
    cast: list[Paper], lot: tuple[OptionId, ...]
) -> None:
    counted = pairs.count(Counter(cast), lot=lot, keep=KEEP)

    against = [lock for lock in counted.locks if lock.under == counted.winner]
    assert not any(lock.locked for lock in against)
    for lock in against:
        held = {(each.over, each.under) for each in counted.locks if each.locked}
        assert lock.over in reached(held, lock.under)


def reached(
    steps: Collection[tuple[OptionId, OptionId]], start: OptionId
) -> set[OptionId]:
    """Return what can be come to from an option, step by step."""
    found, beyond = set[OptionId](), {start}
    while beyond:
        found |= beyond
        beyond = {under for over, under in steps if over in beyond} - found
    return found


@pytest.mark.parametrize("count", [pairs.count, schulze.count])
class TestPairsAndSchulze:
    @given(st.lists(tied_rankings, max_size=15), lots, chances)
    def test_the_order_of_arrival_is_irrelevant(
        self,
        count: Counting,
        cast: list[Paper],
        lot: tuple[OptionId, ...],
        chance: random.Random,
    ) -> None:
        first = count(Counter(cast), lot=lot, keep=KEEP)
        second = count(Counter(shuffled(cast, chance)), lot=lot, keep=KEEP)

        assert first == second

    @given(st.lists(tied_rankings, max_size=15), lots)
    def test_what_beats_all_others_one_by_one_wins(
        self, count: Counting, cast: list[Paper], lot: tuple[OptionId, ...]
    ) -> None:
        counted = count(Counter(cast), lot=lot, keep=KEEP)

        for option in OPTIONS:
            others = [other for other in OPTIONS if other != option]
            if all(counted.matrix.beats(option, other) for other in others):
                assert counted.winner == option

    @given(st.lists(rankings, min_size=1, max_size=12), lots, st.data())
    def test_being_lifted_on_a_paper_never_unseats_the_winner(
        self,
        count: Counting,
        cast: list[Paper],
        lot: tuple[OptionId, ...],
        data: st.DataObject,
    ) -> None:
        winner = count(Counter(cast), lot=lot, keep=KEEP).winner
        assume(winner is not None and any(cast))
        assert winner is not None
        at = data.draw(st.integers(0, len(cast) - 1))
        lifted = list(cast)
        lifted[at] = (winner, *(o for o in cast[at] if o != winner))

        assert count(Counter(lifted), lot=lot, keep=KEEP).winner == winner

    @given(st.lists(tied_rankings, max_size=15), lots, lots)
    def test_no_option_has_an_advantage_of_its_name(
        self,
        count: Counting,
        cast: list[Paper],
        lot: tuple[OptionId, ...],
        others: tuple[OptionId, ...],
    ) -> None:
        named = dict(zip(OPTIONS, others, strict=True))
        renamed = [
            marks.write_ranks(
                tuple(tuple(named[o] for o in place) for place in marks.ranks(paper))
            )
            for paper in cast
        ]

        before = count(Counter(cast), lot=lot, keep=KEEP).winner
        after = count(
            Counter(renamed), lot=tuple(named[o] for o in lot), keep=named[KEEP]
        ).winner

        assert after == (None if before is None else named[before])

    def test_where_no_paper_ranks_anything_nothing_wins(self, count: Counting) -> None:
        assert count({(): 9}, lot=OPTIONS, keep=KEEP).winner is None
        assert count({(A,): 0}, lot=OPTIONS, keep=KEEP).winner is None


class TestRankedPairs:
    def test_a_circle_is_broken_at_its_weakest_majority(self) -> None:
        cast: dict[Paper, int] = {(A, B, C): 9, (B, C, A): 8, (C, A, B): 6}

        counted = pairs.count(cast, lot=(A, B, C))

        said = [
            (lock.over, lock.under, lock.papers, lock.locked) for lock in counted.locks
        ]
        assert said == [(B, C, 17, True), (A, B, 15, True), (C, A, 14, False)]
        assert counted.order == (A, B, C)

    def test_majorities_of_one_size_are_taken_in_the_order_of_the_lot(self) -> None:
        cast: dict[Paper, int] = {(A, B, C): 1, (B, C, A): 1, (C, A, B): 1}

        winners = {
            pairs.count(cast, lot=lot).winner
            for lot in ((A, B, C), (B, C, A), (C, A, B))
        }

        assert winners == {A, B, C}
        assert all(lock.by_lot for lock in pairs.count(cast, lot=(A, B, C)).locks)

    @settings(max_examples=30)
    @given(st.lists(tied_rankings, max_size=15), lots)
    def test_majorities_are_taken_the_larger_first_and_alike_ones_as_drawn(
        self, cast: list[Paper], lot: tuple[OptionId, ...]
    ) -> None:
        locks = pairs.count(Counter(cast), lot=lot).locks

        taken = [
            (-lock.papers, lock.against, lot.index(lock.over), -lot.index(lock.under))
            for lock in locks
        ]
        assert taken == sorted(taken)
        sizes = [(lock.papers, lock.against) for lock in locks]
        assert [lock.by_lot for lock in locks] == [sizes.count(s) > 1 for s in sizes]

    def test_where_several_are_at_the_top_things_stay_or_the_lot_decides(self) -> None:
        ab, ad = marks.write_ranks(((A, B),)), marks.write_ranks(((A, KEEP),))

        drawn = pairs.count({ab: 3}, lot=(C, B, A, D), keep=KEEP)
        kept = pairs.count({ad: 3}, lot=OPTIONS, keep=KEEP)
        alone = pairs.count({(A,): 3}, lot=OPTIONS, keep=KEEP)

        assert (drawn.winner, drawn.tied) == (B, (B, A))
        assert (kept.winner, kept.tied) == (KEEP, (A, KEEP))
        assert (alone.winner, alone.tied) == (A, ())


class TestSchulze:
    def test_the_example_of_five_comes_out(self) -> None:
        """45 voters and five options, worked through in many places: E wins."""
        e = OptionId("e")
        cast: dict[Paper, int] = {
            (A, C, B, e, D): 5,
            (A, D, e, C, B): 5,
            (B, e, D, A, C): 8,
            (C, A, B, e, D): 3,
            (C, A, e, B, D): 7,
            (C, B, A, D, e): 2,
            (D, C, e, B, A): 7,
            (e, B, A, D, C): 8,
        }

        counted = schulze.count(cast, lot=(A, B, C, D, e))

        assert counted.places == ((e,), (A,), (C,), (B,), (D,))
        assert counted.paths[A][B] == 28
        assert counted.paths[e][A] == 25

    def test_what_does_not_beat_keeping_directly_does_not_win(self) -> None:
        # C beats A, A beats B and B beats C; only C is wanted more than keeping.
        cast: dict[Paper, int] = {
            (A, B, C, KEEP): 3,
            (C, KEEP, A, B): 4,
            (B, KEEP, C, A): 2,
            (KEEP, C, A, B): 1,
        }

        counted = schulze.count(cast, lot=OPTIONS, keep=KEEP)

        for option in counted.may_win:
            assert counted.matrix.beats(option, KEEP)
        assert counted.winner == C

    def test_what_stands_no_higher_than_keeping_does_not_win(self) -> None:
        # B beats keeping one by one, and by way of A keeping is as strong as B.
        cast: dict[Paper, int] = {(B, KEEP): 1, (KEEP, A): 1, (C, A, B): 1}

        counted = schulze.count(cast, lot=(B, A, C, D), keep=KEEP)

        assert counted.matrix.beats(B, KEEP)
        assert (counted.winner, counted.may_win) == (KEEP, ())

    def test_the_highest_that_may_win_does_if_a_higher_one_may_not(self) -> None:
        cast: dict[Paper, int] = {(C,): 1, (KEEP, A): 1, (A, C): 1}

        counted = schulze.count(cast, lot=(D, B, C, A), keep=KEEP)

        assert counted.places == ((A,), (C,), (KEEP,), (B,))
        assert (counted.winner, counted.by_lot) == (C, False)

    def test_a_comparison_that_is_not_won_is_no_step(self) -> None:
        cast: dict[Paper, int] = {(A, KEEP): 1, (B,): 1}

        counted = schulze.count(cast, lot=OPTIONS, keep=KEEP)

        assert (counted.paths[B][KEEP], counted.paths[A][KEEP]) == (0, 1)
        assert counted.winner == A

    def test_of_several_that_are_highest_the_one_drawn_first_wins(self) -> None:
        both = marks.write_ranks(((A, B),))

        counted = schulze.count({both: 3}, lot=(C, B, A, D), keep=KEEP)

        assert (counted.winner, counted.by_lot) == (B, True)
