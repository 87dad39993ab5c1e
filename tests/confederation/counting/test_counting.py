"""The properties that every count keeps, and the sums of docs/reference/counting.md."""

import random
import time
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from confederation.counting import consent, double, lot, majority, ranked, shares
from confederation.counting.consent import CONSENT, OBJECTION, STAND_ASIDE
from confederation.counting.double import Seat
from confederation.counting.majority import ABSTAIN, AGAINST, FOR
from confederation.errors import Invalid
from confederation.identifiers import OptionId

A, B, C, D = (OptionId(name) for name in "abcd")
OPTIONS = (A, B, C, D)
SEED = "5eed" * 8

papers = st.lists(st.sampled_from([FOR, AGAINST, ABSTAIN]), max_size=40)
thresholds = st.fractions(Fraction(1, 2), 1, max_denominator=12)
rankings = st.lists(st.sampled_from(OPTIONS), unique=True, max_size=4).map(tuple)
ranked_papers = st.lists(rankings, max_size=12)
lots = st.permutations(OPTIONS).map(tuple)


class TestShares:
    @pytest.mark.parametrize(
        "text", ["", "0.5", "3/2", "2", "1/0", "-1/2", "1e9", " 1/2", "1/2\n", "01/2"]
    )
    def test_what_is_no_share_of_a_whole_is_refused(self, text: str) -> None:
        with pytest.raises(Invalid):
            shares.read(text)

    @pytest.mark.parametrize("text", ["0", "1", "1/2", "2/3", "3/4"])
    def test_a_share_is_written_as_it_was_read(self, text: str) -> None:
        assert shares.write(shares.read(text)) == text

    @given(st.fractions(0, 1, max_denominator=20), st.integers(0, 200))
    def test_the_least_number_reaches_the_share_and_one_fewer_does_not(
        self, share: Fraction, size: int
    ) -> None:
        least = shares.least(share, size, strict=False)
        more = shares.least(share, size, strict=True)

        assert least >= share * size > least - 1
        assert more > share * size >= more - 1

    def test_a_third_of_twenty_nine_is_ten(self) -> None:
        third = Fraction(1, 3)

        nine = shares.quorum(9, share=third, base="present", size=29)
        ten = shares.quorum(10, share=third, base="present", size=29)

        assert nine.needed == ten.needed == 10
        assert not nine.reached
        assert ten.reached

    def test_exactly_the_share_is_a_quorum(self) -> None:
        third = Fraction(1, 3)

        assert shares.quorum(10, share=third, base="present", size=30).reached
        assert shares.quorum(0, share=third, base="present", size=0).reached
        with pytest.raises(Invalid):
            shares.quorum(0, share=third, base="present", size=-1)


class TestMajority:
    @given(
        arrived=papers,
        threshold=thresholds,
        strict=st.booleans(),
        chance=st.randoms(use_true_random=False),
    )
    def test_the_order_of_arrival_is_irrelevant(
        self,
        *,
        arrived: list[OptionId],
        threshold: Fraction,
        strict: bool,
        chance: random.Random,
    ) -> None:
        shuffled = list(arrived)
        chance.shuffle(shuffled)

        first = majority.count(Counter(arrived), threshold=threshold, strict=strict)
        second = majority.count(Counter(shuffled), threshold=threshold, strict=strict)

        assert first == second

    @given(papers)
    def test_each_paper_counts_once(self, cast: list[OptionId]) -> None:
        tally = majority.count(Counter(cast))

        assert sum(tally.counts.values()) == len(cast)
        assert tally.size == sum(1 for paper in cast if paper != ABSTAIN)

    @given(cast=papers, threshold=thresholds, strict=st.booleans())
    def test_one_more_vote_never_unseats_the_winner(
        self, *, cast: list[OptionId], threshold: Fraction, strict: bool
    ) -> None:
        votes = Counter(cast)
        winner = majority.count(votes, threshold=threshold, strict=strict).winner
        assume(winner is not None)
        assert winner is not None

        more = majority.count(
            votes + Counter([winner]), threshold=threshold, strict=strict
        )

        assert more.winner == winner

    @given(
        votes=st.integers(0, 50),
        abstained=st.integers(0, 50),
        threshold=thresholds,
        strict=st.booleans(),
    )
    def test_a_tie_never_wins(
        self, *, votes: int, abstained: int, threshold: Fraction, strict: bool
    ) -> None:
        tally = majority.count(
            {FOR: votes, AGAINST: votes, ABSTAIN: abstained},
            threshold=threshold,
            strict=strict,
        )

        assert tally.winner is None

    @given(st.integers(0, 60), st.integers(0, 60), thresholds)
    def test_a_qualified_majority_is_the_sum_on_the_wall(
        self, yes: int, no: int, threshold: Fraction
    ) -> None:
        tally = majority.count({FOR: yes, AGAINST: no}, threshold=threshold)
        at_least = majority.count(
            {FOR: yes, AGAINST: no}, threshold=threshold, strict=False
        )

        num, den = threshold.numerator, threshold.denominator
        assert (tally.winner == FOR) == (yes * den > num * (yes + no))
        assert (at_least.winner == FOR) == (
            yes * den >= num * (yes + no) and yes > no and yes > 0
        )

    def test_exactly_two_thirds_is_enough_unless_the_rule_is_strict(self) -> None:
        votes = {FOR: 20, AGAINST: 10, ABSTAIN: 5}
        two_thirds = Fraction(2, 3)

        enough = majority.count(votes, threshold=two_thirds, strict=False)
        short = majority.count(votes, threshold=two_thirds, strict=True)

        assert (enough.needed, enough.winner) == (20, FOR)
        assert (short.needed, short.winner) == (21, None)

    def test_a_tie_at_exactly_a_half_carries_neither(self) -> None:
        tally = majority.count({FOR: 5, AGAINST: 5}, strict=False)

        assert (tally.needed, tally.winner) == (5, None)

    def test_a_majority_of_those_present_counts_who_said_nothing(self) -> None:
        votes = {FOR: 20, AGAINST: 10}

        of_votes = majority.count(votes)
        of_present = majority.count(votes, base="present", size=41)

        assert of_votes.winner == FOR
        assert (of_present.needed, of_present.winner) == (21, None)

    def test_abstaining_never_wins(self) -> None:
        tally = majority.count({FOR: 1, ABSTAIN: 9}, base="cast", size=10)

        assert tally.winner is None

    def test_where_nobody_votes_nothing_is_carried(self) -> None:
        tally = majority.count({}, threshold=Fraction(2, 3), strict=False)

        assert (tally.needed, tally.winner) == (1, None)

    @pytest.mark.parametrize(
        "threshold", [Fraction(49, 100), Fraction(0), Fraction(3, 2)]
    )
    def test_less_than_a_half_or_more_than_all_is_no_majority(
        self, threshold: Fraction
    ) -> None:
        with pytest.raises(Invalid):
            majority.count({FOR: 1}, threshold=threshold)

    def test_more_papers_than_people_are_refused(self) -> None:
        with pytest.raises(Invalid, match="more than the 3 present"):
            majority.count({FOR: 4}, base="present", size=3)

    @pytest.mark.parametrize(("base", "size"), [("present", None), ("votes", 3)])
    def test_a_base_says_its_size_unless_it_is_the_votes(
        self, base: majority.Base, size: int | None
    ) -> None:
        with pytest.raises(Invalid):
            majority.count({FOR: 1}, base=base, size=size)

    def test_a_vote_cannot_be_negative(self) -> None:
        with pytest.raises(Invalid):
            majority.count({FOR: 4, AGAINST: -1})

    def test_a_million_papers_are_counted_within_a_second(self) -> None:
        chance = random.Random(1)
        cast = chance.choices([FOR, AGAINST, ABSTAIN], k=1_000_000)

        began = time.process_time()
        tally = majority.count(Counter(cast))
        took = time.process_time() - began

        assert sum(tally.counts.values()) == 1_000_000
        assert took < 1


class TestConsent:
    def test_consent_is_given_when_nothing_valid_stands_against_it(self) -> None:
        tally = consent.count({CONSENT: 40, STAND_ASIDE: 3, OBJECTION: 2}, upheld=0)

        assert tally.given

    def test_one_upheld_objection_withholds_consent(self) -> None:
        tally = consent.count({CONSENT: 400, OBJECTION: 2}, upheld=1)

        assert not tally.given

    def test_every_position_is_counted_and_none_that_nobody_took(self) -> None:
        agreed = consent.count({CONSENT: 1}, upheld=0)
        raised = consent.count({STAND_ASIDE: 0, OBJECTION: 1}, upheld=1)

        assert agreed == consent.Tally(
            consent=1, stand_aside=0, objections=0, upheld=0, needed=1
        )
        assert (raised.consent, raised.stand_aside, raised.objections) == (0, 0, 1)

    def test_a_round_may_ask_for_more_consent_and_never_for_none(self) -> None:
        assert not consent.count({CONSENT: 2}, upheld=0, needed=3).given
        assert consent.count({CONSENT: 3}, upheld=0, needed=3).given
        assert not consent.count({}, upheld=0, needed=0).given

    @pytest.mark.parametrize("positions", [{}, {STAND_ASIDE: 12}])
    def test_silence_and_standing_aside_are_not_consent(
        self, positions: dict[OptionId, int]
    ) -> None:
        assert not consent.count(positions, upheld=0).given

    def test_more_objections_cannot_be_upheld_than_were_raised(self) -> None:
        with pytest.raises(Invalid):
            consent.count({CONSENT: 5, OBJECTION: 1}, upheld=2)

    def test_fewer_than_nobody_cannot_take_part(self) -> None:
        with pytest.raises(Invalid):
            consent.count({CONSENT: -1}, upheld=0)
        with pytest.raises(Invalid):
            shares.quorum(-1, share=Fraction(0), base="present", size=3)

    def test_there_are_three_positions_and_no_other(self) -> None:
        with pytest.raises(Invalid, match="not a position"):
            consent.count({FOR: 5}, upheld=0)


def by_the_book(cast: list[tuple[OptionId, ...]], order: tuple[OptionId, ...]) -> str:
    """Count again, paper by paper, as a teller would with the papers on the table."""

    def first_preferences(standing: tuple[OptionId, ...]) -> dict[OptionId, int]:
        on_top = [next((o for o in paper if o in standing), None) for paper in cast]
        return {option: on_top.count(option) for option in standing}

    standing, history = order, list[dict[OptionId, int]]()
    while True:
        table = first_preferences(standing)
        if not any(table.values()):
            return "nobody"
        for option in standing:
            if 2 * table[option] > sum(table.values()):
                return option
        history.append(table)
        # The worst by this round, then by the one before it, and so on, then by lot:
        # what decides is the first of these in which two options differ.
        worst = min(
            standing,
            key=lambda o: (*(t[o] for t in reversed(history)), -order.index(o)),
        )
        standing = tuple(option for option in standing if option != worst)


class TestInstantRunOff:
    @given(ranked_papers, lots)
    def test_it_agrees_with_papers_moved_by_hand(
        self, cast: list[tuple[OptionId, ...]], order: tuple[OptionId, ...]
    ) -> None:
        winner = ranked.count(Counter(cast), lot=order).winner

        assert (winner or "nobody") == by_the_book(cast, order)

    @given(ranked_papers, lots, st.randoms(use_true_random=False))
    def test_the_order_of_arrival_is_irrelevant(
        self,
        arrived: list[tuple[OptionId, ...]],
        order: tuple[OptionId, ...],
        chance: random.Random,
    ) -> None:
        shuffled = list(arrived)
        chance.shuffle(shuffled)

        first = ranked.count(Counter(arrived), lot=order)
        second = ranked.count(Counter(shuffled), lot=order)

        assert first == second

    @given(ranked_papers, lots)
    def test_each_paper_counts_once_in_every_round(
        self, cast: list[tuple[OptionId, ...]], order: tuple[OptionId, ...]
    ) -> None:
        run_off = ranked.count(Counter(cast), lot=order)

        for held in run_off.rounds:
            assert sum(held.counts.values()) + held.exhausted == len(cast)

    @given(ranked_papers, lots)
    def test_a_majority_of_first_preferences_always_wins(
        self, cast: list[tuple[OptionId, ...]], order: tuple[OptionId, ...]
    ) -> None:
        firsts = Counter(paper[0] for paper in cast if paper)
        carried = majority.count(firsts).winner
        assume(carried is not None)

        assert ranked.count(Counter(cast), lot=order).winner == carried

    @given(ranked_papers, lots)
    def test_every_step_says_why(
        self, cast: list[tuple[OptionId, ...]], order: tuple[OptionId, ...]
    ) -> None:
        run_off = ranked.count(Counter(cast), lot=order)

        *earlier, last = run_off.rounds
        assert last.dropped is None
        for held in earlier:
            assert held.dropped is not None
            assert held.counts[held.dropped] == min(held.counts.values())
            assert max(held.counts.values()) < held.needed
            assert (held.compared is not None) == (held.by == "earlier round")

    def test_the_papers_of_the_weakest_go_to_their_next_choice(self) -> None:
        markings = {(A, B): 8, (B,): 7, (C, B): 4, (C,): 1, (): 2}

        run_off = ranked.count(markings, lot=(A, B, C))

        first, second = run_off.rounds
        assert first.counts == {A: 8, B: 7, C: 5}
        assert (first.exhausted, first.dropped, first.by) == (2, C, "fewest")
        assert second.counts == {A: 8, B: 11}
        assert (second.exhausted, second.needed) == (3, 10)
        assert run_off.winner == B

    def test_a_tie_is_settled_by_the_most_recent_round_that_differs(self) -> None:
        markings = {(A,): 6, (B,): 4, (C,): 3, (D, C): 1}

        run_off = ranked.count(markings, lot=(C, B, A, D))

        second = run_off.rounds[1]
        assert second.counts == {A: 6, B: 4, C: 4}
        assert (second.dropped, second.by, second.compared) == (C, "earlier round", 1)

    @pytest.mark.parametrize(("order", "winner"), [((A, B), A), ((B, A), B)])
    def test_where_no_round_differs_the_lot_decides_and_says_so(
        self, order: tuple[OptionId, ...], winner: OptionId
    ) -> None:
        run_off = ranked.count({(A,): 3, (B,): 3}, lot=order)

        assert run_off.rounds[0].by == "lot"
        assert run_off.winner == winner

    def test_blank_papers_choose_nobody(self) -> None:
        run_off = ranked.count({(): 9}, lot=OPTIONS)

        assert run_off.winner is None
        assert run_off.rounds[0].exhausted == 9

    @pytest.mark.parametrize(
        ("markings", "order"),
        [
            ({(A, A): 1}, OPTIONS),
            ({(OptionId("z"),): 1}, OPTIONS),
            ({(A,): -1}, OPTIONS),
            ({(A,): 1}, (A, A, B)),
            ({(): 1}, ()),
        ],
    )
    def test_a_paper_that_cannot_be_is_refused(
        self,
        markings: dict[tuple[OptionId, ...], int],
        order: tuple[OptionId, ...],
    ) -> None:
        with pytest.raises(Invalid):
            ranked.count(markings, lot=order)


class TestLots:
    @given(st.permutations(OPTIONS))
    def test_a_seed_draws_one_order_however_the_options_are_handed_in(
        self, options: list[OptionId]
    ) -> None:
        assert lot.order(SEED, options) == lot.order(SEED, OPTIONS)

    def test_different_seeds_draw_different_orders(self) -> None:
        drawn = {lot.order(f"{n:032x}", OPTIONS) for n in range(200)}

        assert len(drawn) == 24

    def test_a_seed_is_held_to_its_commitment(self) -> None:
        assert lot.commitment(SEED) != lot.commitment(SEED[::-1])

    @pytest.mark.parametrize("seed", ["", "5eed", "x" * 32, "AB" * 16])
    def test_a_seed_that_could_be_guessed_is_refused(self, seed: str) -> None:
        with pytest.raises(Invalid):
            lot.order(seed, OPTIONS)


def a_seat(choice: OptionId, yes: int = 10, no: int = 5) -> Seat:
    return Seat(choice=choice, members=(yes, no))


seats = st.lists(
    st.builds(
        Seat,
        choice=st.sampled_from([FOR, AGAINST, ABSTAIN]),
        members=st.none() | st.tuples(st.integers(0, 99), st.integers(0, 99)),
    ),
    max_size=9,
)


class TestDoubleMajority:
    @given(seats, st.randoms(use_true_random=False))
    def test_the_order_of_arrival_is_irrelevant(
        self, cast: list[Seat], chance: random.Random
    ) -> None:
        shuffled = list(cast)
        chance.shuffle(shuffled)
        half = Fraction(1, 2)

        first = double.count(cast, assemblies=9, quorum=half)
        second = double.count(shuffled, assemblies=9, quorum=half)

        assert first == second

    @given(seats)
    def test_it_is_the_sum_on_the_wall(self, cast: list[Seat]) -> None:
        result = double.count(cast, assemblies=9, quorum=Fraction(1, 2))

        said_for = sum(1 for seat in cast if seat.choice == FOR)
        all_counted = all(seat.members is not None for seat in cast)
        balance = sum(
            seat.members[0] - seat.members[1] for seat in cast if seat.members
        )
        adopted = said_for * 2 > len(cast) and (not all_counted or balance > 0)
        expected = "adopted" if adopted else "rejected"
        assert result.outcome == (expected if len(cast) >= 5 else "no quorum")

    def test_assemblies_and_people_both_have_to_be_for(self) -> None:
        small = [a_seat(FOR, 6, 5), a_seat(FOR, 6, 5), a_seat(AGAINST, 0, 90)]

        result = double.count(small, assemblies=3, quorum=Fraction(1, 2))

        assert result.assemblies.winner == FOR
        assert (result.members_for, result.members_against) == (12, 100)
        assert result.outcome == "rejected"

    def test_where_one_decided_by_consent_assemblies_alone_decide(self) -> None:
        cast = [Seat(choice=FOR), a_seat(FOR, 6, 5), a_seat(AGAINST, 0, 90)]

        result = double.count(cast, assemblies=3, quorum=Fraction(1, 2))

        assert result.members_for is result.members_against is None
        assert result.outcome == "adopted"

    def test_an_assembly_that_abstains_has_cast_and_is_not_for(self) -> None:
        cast = [a_seat(FOR), a_seat(FOR), a_seat(ABSTAIN), a_seat(ABSTAIN)]

        result = double.count(cast, assemblies=4, quorum=Fraction(1, 2))

        assert result.assemblies.needed == 3
        assert result.outcome == "rejected"

    def test_a_tie_among_the_people_does_not_adopt(self) -> None:
        cast = [a_seat(FOR, 7, 7), a_seat(FOR, 3, 3)]

        result = double.count(cast, assemblies=2, quorum=Fraction(1, 2))

        assert result.outcome == "rejected"

    def test_articles_need_two_thirds_of_the_assemblies(self) -> None:
        cast = [a_seat(FOR), a_seat(FOR), a_seat(AGAINST)]
        two_thirds, half = Fraction(2, 3), Fraction(1, 2)

        enough = double.count(cast, assemblies=3, quorum=half, threshold=two_thirds)
        short = double.count(
            [*cast, a_seat(AGAINST)], assemblies=4, quorum=half, threshold=two_thirds
        )

        more = double.count(
            [a_seat(FOR)] * 4 + [a_seat(AGAINST)] * 3,
            assemblies=7,
            quorum=half,
            threshold=two_thirds,
        )

        assert enough.outcome == "adopted"
        assert short.outcome == more.outcome == "rejected"

    @pytest.mark.parametrize(
        "cast",
        [
            [a_seat(FOR)] * 4,
            [a_seat(OptionId("perhaps"))],
            [a_seat(FOR, -1, 0)],
        ],
    )
    def test_seats_that_cannot_be_are_refused(self, cast: list[Seat]) -> None:
        with pytest.raises(Invalid):
            double.count(cast, assemblies=3, quorum=Fraction(1, 2))


class TestMajorityOfMembers:
    @given(seats, thresholds)
    def test_it_is_the_sum_on_the_wall(
        self, cast: list[Seat], threshold: Fraction
    ) -> None:
        half = Fraction(1, 2)
        asked = {"assemblies": 9, "quorum": half, "threshold": threshold}
        result = double.count_members(cast, **asked)  # type: ignore[arg-type]

        if len(cast) < 5 or any(seat.members is None for seat in cast):
            assert result == double.count(cast, **asked)  # type: ignore[arg-type]
            return
        yes = sum(seat.members[0] for seat in cast if seat.members)
        share = threshold * sum(sum(seat.members) for seat in cast if seat.members)
        adopted = yes > share if threshold == half else yes >= share > 0
        assert (result.outcome == "adopted") == adopted

    def test_a_small_assembly_does_not_outweigh_a_large_one(self) -> None:
        small = [a_seat(FOR, 6, 5), a_seat(FOR, 6, 5), a_seat(AGAINST, 0, 90)]
        large = [a_seat(AGAINST, 5, 6), a_seat(AGAINST, 5, 6), a_seat(FOR, 90, 0)]

        against = double.count_members(small, assemblies=3, quorum=Fraction(1))
        in_favour = double.count_members(large, assemblies=3, quorum=Fraction(1))
        absent = double.count_members(large, assemblies=4, quorum=Fraction(1))

        assert against.outcome == "rejected"
        assert in_favour.outcome == "adopted"
        assert absent.outcome == "no quorum"
