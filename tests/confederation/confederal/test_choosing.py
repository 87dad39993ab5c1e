"""Assemblies choose among options, and what they choose beats keeping things."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.confederal import choosing, compact, mandate, tally
from confederation.confederal.choosing import KEEP, Ranking
from confederation.confederal.compact import RANKINGS, Rules
from confederation.confederal.mandate import Matter
from confederation.confederal.tally import Position
from confederation.counting import lot
from confederation.errors import Invalid
from confederation.identifiers import Digest, OptionId
from confederation.record import (
    Choice,
    Entry,
    Instruction,
    Mandate,
    Method,
    Proposal,
    Ranked,
    Result,
)
from tests.confederation.counting.published import published
from tests.confederation.world import (
    ABSTAIN,
    Confederation,
    a_proposal,
    commit,
    digest_of,
    result_digest,
)

WALL, PUMPS, TREES = (OptionId(name) for name in ("wall", "pumps", "trees"))
OPTIONS = (WALL, PUMPS, TREES, KEEP, ABSTAIN)
SEATS = 5
WORLD = Confederation(SEATS)


def among(*names: OptionId) -> tuple[Choice, ...]:
    return tuple(Choice(id=name, label=commit(name)) for name in names)


def a_method(name: str, threshold: str | None = None) -> Method:
    seats = 2 if name == "stv" else None
    return Method(name=name, threshold=threshold, seats=seats)


PROPOSALS = {
    (name, threshold): WORLD.proposes(
        method=a_method(name, threshold), options=among(*OPTIONS)
    )
    for name in RANKINGS
    for threshold in (None, "2/3")
}
rankings = st.one_of(
    st.lists(st.sampled_from(OPTIONS[:4]), unique=True, min_size=1).map(tuple),
    st.just((ABSTAIN,)),
)
votes_cast = st.lists(rankings, max_size=SEATS)
methods = st.sampled_from(RANKINGS)


def positions(cast: Sequence[Ranking]) -> list[Position]:
    return [
        Position(
            seat=seat,
            revision=1,
            digest=digest_of("filing", seat),
            says="vote",
            choice=ranking,
        )
        for seat, ranking in enumerate(cast)
    ]


def count(
    cast: Sequence[Ranking], name: str = "ranked-pairs", threshold: str | None = None
) -> Result:
    proposal = PROPOSALS[name, threshold]
    return tally.count(WORLD.compact, proposal, positions(cast))


def ranked(result: Result) -> Ranked:
    assert result.ranked is not None
    return result.ranked


def a_choice(method: Method, *options: OptionId) -> Proposal:
    return replace(
        a_proposal(WORLD.compact, digest_of("decision")),
        method=method,
        options=among(*(options or OPTIONS)),
    )


def spread(papers: dict[str, int]) -> list[Ranking]:
    """Give the rankings of a published example: a letter for each option."""
    return [
        tuple(map(OptionId, ranking))
        for ranking, number in papers.items()
        for _ in range(number)
    ]


class TestPublishedExamples:
    """Figures that others printed, counted as the seats of a large compact."""

    capital = spread({"MNCK": 42, "NCKM": 26, "CKNM": 15, "KCNM": 17})
    """Where the capital of Tennessee would be, of 100 voters."""
    schulze = spread(
        {
            "ACBED": 5,
            "ADECB": 5,
            "BEDAC": 8,
            "CABED": 3,
            "CAEBD": 7,
            "CBADE": 2,
            "DCEBA": 7,
            "EBADC": 8,
        }
    )
    """The first example in Schulze's own paper, of 45 voters."""

    def count(self, cast: list[Ranking], method: Method) -> Ranked:
        letters = sorted({option for ranking in cast for option in ranking})
        text = a_choice(method, *letters, KEEP)
        assert choosing.uncountable(text) is None
        return choosing.count(text, cast, seed=digest_of("seed"))

    def test_ranked_pairs_put_the_capital_into_nashville(self) -> None:
        counted = self.count(self.capital, a_method("ranked-pairs"))

        taken = [lock for lock in counted.locks if lock.under != KEEP]
        assert counted.chosen == ("N",)
        assert counted.wanted == 100
        assert [lock.votes for lock in taken] == [83, 68, 68, 58, 58, 58]
        assert (taken[0].over, taken[0].under, taken[0].against) == ("C", "K", 17)
        assert {lock.over + lock.under for lock in taken[1:3]} == {"NC", "NK"}
        assert {lock.over + lock.under for lock in taken[3:]} == {"NM", "CM", "KM"}
        assert all(lock.locked for lock in counted.locks)

    def test_a_run_off_puts_it_into_knoxville_round_by_round(self) -> None:
        counted = self.count(self.capital, a_method("instant-runoff"))

        assert counted.chosen == ("K",)
        dropped = [stage.whose for stage in counted.stages]
        assert dropped == [None, KEEP, "C", "N"]
        cities = spread({"MNK": 1})[0]
        held = [tuple(s.votes[city] for city in cities) for s in counted.stages]
        assert held[1:] == [("42", "26", "17"), ("42", "26", "32"), ("42", "0", "58")]
        assert [stage.elected for stage in counted.stages] == [(), (), (), ("K",)]

    def test_schulzes_paths_are_as_strong_as_he_printed_them(self) -> None:
        counted = self.count(self.schulze, a_method("schulze"))

        assert counted.chosen == ("E",)
        printed = {
            "A": {"B": 28, "C": 28, "D": 30, "E": 24},
            "B": {"A": 25, "C": 28, "D": 33, "E": 24},
            "C": {"A": 25, "B": 29, "D": 29, "E": 24},
            "D": {"A": 25, "B": 28, "C": 28, "E": 24},
            "E": {"A": 25, "B": 28, "C": 28, "D": 31},
        }
        for one, others in printed.items():
            for other, strength in others.items():
                assert counted.paths[OptionId(one)][OptionId(other)] == strength

    def test_places_are_filled_as_a_scottish_council_filled_them(self) -> None:
        council_ = published("dumbarton-2017")
        names = [OptionId(name) for name in council_.stages if name != "lost"]
        cast = [
            paper for paper, papers in council_.markings.items() for _ in range(papers)
        ]
        method = Method(name="stv", seats=council_.seats)
        text = a_choice(method, *names, KEEP)

        counted = choosing.count(text, cast, seed=digest_of("seed"))

        assert counted.chosen == council_.elected
        assert counted.stages[0].votes[names[0]] == str(
            int(council_.stages[names[0]][0])
        )


class TestTheOutcome:
    @pytest.mark.parametrize("name", RANKINGS)
    def test_what_most_rank_first_is_adopted(self, name: str) -> None:
        result = count([(WALL, PUMPS), (WALL, KEEP), (WALL,), (TREES, WALL)], name)

        assert result.outcome == "adopted"
        assert ranked(result).chosen[0] == WALL
        assert ranked(result).wanted == 4
        assert result.figures.assemblies == {
            WALL: 3,
            TREES: 1,
            PUMPS: 0,
            KEEP: 0,
            ABSTAIN: 0,
        }
        assert result.figures.members is None

    @pytest.mark.parametrize("name", ["instant-runoff", "ranked-pairs", "schulze"])
    def test_what_most_would_rather_not_have_is_not_adopted(self, name: str) -> None:
        cast = [(WALL, KEEP), (WALL, KEEP), (KEEP, PUMPS), (KEEP, TREES), (KEEP,)]

        result = count(cast, name)

        assert result.outcome == "rejected"
        assert ranked(result).chosen == (KEEP,)

    def test_a_winner_that_half_would_rather_not_have_changes_nothing(self) -> None:
        cast = [(WALL, KEEP), (WALL, KEEP), (KEEP, PUMPS), (PUMPS, KEEP, WALL)]

        result = count(cast, "instant-runoff")

        assert ranked(result).chosen == (WALL,)
        assert ranked(result).wanted == 2
        assert result.outcome == "rejected"

    def test_a_threshold_is_asked_of_what_is_wanted_more_than_keeping(self) -> None:
        cast = [(WALL,), (WALL,), (WALL,), (KEEP,), (KEEP,)]

        assert count(cast).outcome == "adopted"
        assert count(cast, threshold="2/3").outcome == "rejected"
        assert count([*cast[:4], (PUMPS, WALL)], threshold="2/3").outcome == "adopted"

    def test_who_abstains_casts_and_wants_nothing_more_than_keeping(self) -> None:
        alone = [(WALL,), (ABSTAIN,), (ABSTAIN,), (ABSTAIN,)]

        result = count(alone)

        assert result.figures.cast == 4
        assert result.figures.assemblies[ABSTAIN] == 3
        assert ranked(result).chosen == (WALL,)
        assert result.outcome == "rejected"

    def test_too_few_that_vote_decide_nothing_and_nobody_at_all_neither(self) -> None:
        few, none = count([(WALL,), (WALL,)]), count([])

        assert few.outcome == none.outcome == "no quorum"
        assert ranked(none).chosen == ()
        assert (ranked(none).stages, ranked(none).locks) == ((), ())

    @pytest.mark.parametrize("name", RANKINGS)
    def test_where_all_abstain_nothing_is_chosen(self, name: str) -> None:
        result = count([(ABSTAIN,)] * 4, name)

        assert result.outcome == "rejected"
        assert ranked(result).chosen == ()
        assert ranked(result).stages == ()

    def test_a_place_that_is_left_empty_is_one_of_the_places(self) -> None:
        cast = [(WALL, KEEP), (WALL, KEEP), (KEEP, WALL), (KEEP, WALL), (WALL, KEEP)]

        result = count(cast, "stv")

        assert set(ranked(result).chosen) == {WALL, KEEP}
        assert result.outcome == "adopted"

    def test_a_tie_is_settled_by_the_lot_that_all_know_beforehand(self) -> None:
        proposal = PROPOSALS["ranked-pairs", None]
        assert isinstance(proposal.fact, Proposal)
        cast: list[Ranking] = [(WALL, PUMPS), (PUMPS, WALL), (WALL, PUMPS)]

        result = count([*cast, (PUMPS, WALL)])

        known = choosing.drawn(proposal.fact, seed=proposal.digest)
        seed = proposal.digest.removeprefix("sha256:")
        assert known == lot.order(seed, [WALL, PUMPS, TREES, KEEP])
        assert ranked(result).lot == known
        first = min((WALL, PUMPS), key=known.index)
        assert ranked(result).chosen == (first,)

    @given(votes_cast, methods, st.randoms(use_true_random=False))
    def test_neither_order_nor_duplicates_change_anything(
        self, cast: list[Ranking], name: str, chance: random.Random
    ) -> None:
        once = positions(cast)
        often = [*once, *chance.choices(once, k=3)] if once else []
        chance.shuffle(often)

        again = tally.count(WORLD.compact, PROPOSALS[name, None], often)

        assert result_digest(again) == result_digest(count(cast, name))

    @given(votes_cast, methods)
    def test_nothing_is_adopted_that_most_do_not_want_more_than_keeping(
        self, cast: list[Ranking], name: str
    ) -> None:
        result = count(cast, name)

        chosen = {*ranked(result).chosen} - {KEEP}
        wanting = sum(
            any(o in chosen for o in ranking[: _place(ranking, KEEP)])
            for ranking in cast
        )
        enough = 2 * wanting > len(cast) >= result.figures.quorum
        assert ranked(result).wanted == wanting
        assert (result.outcome == "adopted") == bool(chosen and enough)

    @given(votes_cast, st.sampled_from(["ranked-pairs", "schulze"]))
    def test_the_comparisons_add_up_to_those_that_ranked(
        self, cast: list[Ranking], name: str
    ) -> None:
        result = ranked(count(cast, name))

        ranking = [each for each in cast if each != (ABSTAIN,)]
        for one in result.lot:
            for other in result.lot:
                if one != other:
                    there, back = result.pairs[one][other], result.pairs[other][one]
                    neither = sum(one not in r and other not in r for r in ranking)
                    assert there + back + neither == len(ranking)

    @given(votes_cast, st.sampled_from(["instant-runoff", "stv"]))
    def test_no_vote_comes_or_goes_between_two_stages(
        self, cast: list[Ranking], name: str
    ) -> None:
        result = ranked(count(cast, name))

        ranking = Counter(each for each in cast if each != (ABSTAIN,))
        for stage in result.stages:
            held = sum(map(_parts, stage.votes.values())) + _parts(stage.lost)
            assert held == 100_000 * ranking.total()


def _place(ranking: Ranking, option: OptionId) -> int:
    return ranking.index(option) if option in ranking else len(ranking)


def _parts(votes: str) -> int:
    whole, _, rest = votes.partition(".")
    return int(whole) * 100_000 + int(rest or 0)


class TestWhatCannotBeCounted:
    @pytest.mark.parametrize(
        "text",
        [
            a_choice(a_method("schulze"), WALL, PUMPS, TREES),
            a_choice(a_method("schulze"), WALL, KEEP),
            a_choice(a_method("schulze"), WALL, KEEP, ABSTAIN),
            a_choice(a_method("schulze"), WALL, WALL, PUMPS, KEEP),
            a_choice(a_method("schulze"), KEEP, *(OptionId(str(n)) for n in range(32))),
            a_choice(a_method("schulze", "1/3")),
            a_choice(Method(name="stv")),
            a_choice(Method(name="stv", seats=0)),
            a_choice(Method(name="stv", seats=4)),
            a_choice(Method(name="ranked-pairs", seats=1)),
            replace(a_choice(a_method("schulze")), compact_next=digest_of("next")),
        ],
    )
    def test_a_choice_that_is_none_is_named(self, text: Proposal) -> None:
        assert tally.uncountable(text)

    def test_a_yes_or_no_fills_no_places(self) -> None:
        plain = a_proposal(WORLD.compact, digest_of("decision"))
        seated = replace(plain, method=Method(name="double-majority", seats=2))

        assert tally.uncountable(plain) is None
        assert tally.uncountable(seated)

    def test_the_least_that_a_compact_asks_for_is_no_ranking(self) -> None:
        for name in RANKINGS:
            with pytest.raises(Invalid, match="not a ranking"):
                replace(WORLD.compact, rules=Rules(adopt=name))

    def test_a_ranking_asks_for_what_a_majority_of_assemblies_does(self) -> None:
        simple, qualified = a_method("schulze"), a_method("schulze", "2/3")
        two_thirds = compact.bar(Method(name="two-thirds-of-assemblies"))
        double = compact.bar(Method(name="double-majority"))

        majority = compact.bar(Method(name="majority-of-assemblies"))
        assert compact.bar(simple).at_least(majority)
        assert not compact.bar(simple).at_least(two_thirds)
        assert compact.bar(qualified).at_least(two_thirds)
        assert not compact.bar(qualified).at_least(double)


@pytest.mark.parametrize(
    ("must", "may", "must_not", "allowed", "refused"),
    [
        ((WALL,), (), (), [(WALL,), (WALL, KEEP, TREES)], [(PUMPS, WALL), (ABSTAIN,)]),
        ((WALL, KEEP), (), (), [(WALL, KEEP)], [(KEEP, WALL), (WALL,)]),
        ((), (WALL, KEEP), (), [(WALL,), (KEEP, WALL)], [(WALL, PUMPS), (ABSTAIN,)]),
        ((), (), (TREES,), [(WALL,), (ABSTAIN,)], [(WALL, KEEP, TREES)]),
        ((WALL,), (KEEP,), (), [(WALL, KEEP)], [(WALL, PUMPS), (KEEP, WALL)]),
        ((ABSTAIN,), (), (), [(ABSTAIN,)], [(WALL,)]),
    ],
)
def test_a_mandate_says_how_a_ranking_begins_and_what_stands_on_it(
    must: Ranking,
    may: Ranking,
    must_not: Ranking,
    allowed: list[Ranking],
    refused: list[Ranking],
) -> None:
    world = Confederation(3)
    proposal, matter = a_matter(world)
    instruction = Instruction(
        proposal=proposal.digest, must=must, may=may, must_not=must_not
    )
    town = world.towns[1]
    given = town.mandates(world.compact, instruction)

    for ranking in (*allowed, *refused):
        vote = replace(town.a_vote(proposal, given), choice=ranking)
        finding = mandate.judge(
            vote, record=town.record, seq=town.record.size, matter=matter
        )
        assert (finding is None) == (ranking in allowed), ranking


def test_what_was_said_of_whatever_comes_was_not_said_of_a_ranking() -> None:
    world = Confederation(3)
    _, matter = a_matter(world)
    plain = world.proposes()
    assert isinstance(plain.fact, Proposal)
    town, identity = world.towns[1], Digest(world.compact.identity)
    large = town.mandates(
        world.compact, Instruction(proposal=identity, must_not=(TREES,))
    )
    assert isinstance(large.fact, Mandate)
    given = replace(large.fact, scope="compact")

    yes_or_no = replace(matter, proposal=plain, text=plain.fact)

    assert mandate.covers(given, yes_or_no)
    assert not mandate.covers(given, matter)


@pytest.mark.parametrize(
    "ranking", [(), (WALL, WALL), (OptionId("moat"),), (WALL, ABSTAIN), (ABSTAIN, WALL)]
)
def test_what_is_no_ranking_is_filed_by_nobody(ranking: Ranking) -> None:
    world = Confederation(3)
    proposal, matter = a_matter(world)
    never = Instruction(proposal=proposal.digest, must_not=(TREES,))
    town = world.towns[1]
    given = town.mandates(world.compact, never)

    vote = replace(town.a_vote(proposal, given), choice=ranking)

    assert mandate.judge(vote, record=town.record, seq=town.record.size, matter=matter)


def a_matter(world: Confederation) -> tuple[Entry, Matter]:
    proposal = world.proposes(method=a_method("ranked-pairs"), options=among(*OPTIONS))
    assert isinstance(proposal.fact, Proposal)
    return proposal, Matter(
        compact=world.compact, proposal=proposal, text=proposal.fact
    )
