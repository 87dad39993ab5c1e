"""Which panels are allowed, how one is drawn, and who comes when somebody cannot."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from confederation.counting import lot
from confederation.errors import Invalid
from confederation.identifiers import Digest, Ticket
from confederation.sortition import lottery, quotas, replacing, sharing
from confederation.sortition.lottery import Certificate
from confederation.sortition.quotas import Feature, Person, Quota, Rules
from tests.confederation.pools import all_panels, pools, quota, rules, someone

SEED = "5eed" * 8
FIXED = Digest(f"sha256:{'f' * 64}")
POOL = tuple(
    someone(f"t{n:02}", age="young" if n % 3 else "old", place="hill")
    for n in range(12)
)
HALF = rules(4, quota("young", 2, 2), quota("old", 2, 2))


@given(pools(), st.randoms(use_true_random=False))
def test_a_panel_keeps_every_quota_and_has_one_of_a_household(pool, chance) -> None:  # type: ignore[no-untyped-def]
    people, wanted = pool
    panel = chance.sample(people, wanted.places)

    homes = [each.household for each in panel if each.household]
    kept = all(
        each.least <= quotas.count(panel, each) <= each.most for each in wanted.quotas
    )

    assert quotas.allowed(panel, wanted) == (kept and len(set(homes)) == len(homes))


@given(pools())
def test_where_an_obstacle_is_named_there_is_no_panel(
    pool: tuple[tuple[Person, ...], Rules],
) -> None:
    people, wanted = pool
    assume(quotas.obstacles(people, wanted))

    assert all_panels(people, wanted) == []


@given(
    st.lists(st.integers(0, 10**7), min_size=2, max_size=9).filter(any),
    st.integers(1, 200),
)
def test_every_part_gets_what_its_people_make_due_to_within_one_place(
    residents: list[int], places: int
) -> None:
    parts = Feature(name="place", values=tuple(f"p{n}" for n in range(len(residents))))
    living = dict(zip(parts.values, residents, strict=True))

    shared = sharing.by_population(parts, living, places)

    for each in shared:
        due = Fraction(places * living[each.value], sum(residents))
        assert each.least <= due <= each.most <= each.least + 1
        assert due != each.least or each.most == each.least
    assert sum(each.least for each in shared) <= places
    assert sum(each.most for each in shared) >= places
    quotas.check(Rules(places=places, features=(parts,), quotas=shared))


@pytest.mark.parametrize(
    "residents", [{}, {"hill": 1}, {"hill": 0, "shore": 0}, {"hill": -1, "shore": 2}]
)
def test_places_are_not_shared_by_numbers_that_cannot_be_right(
    residents: dict[str, int],
) -> None:
    parts = Feature(name="place", values=("hill", "shore"))

    with pytest.raises(Invalid):
        sharing.by_population(parts, residents, 4)


def test_an_obstacle_says_which_quota_and_by_how_many() -> None:
    [pool] = quotas.obstacles(POOL, rules(4, quota("shore", 1, 4)))
    [least] = quotas.obstacles(POOL, rules(4, quota("young", 3, 4), quota("old", 2, 4)))
    [most] = quotas.obstacles(POOL, rules(4, quota("young", 0, 1), quota("old", 0, 2)))
    [people] = quotas.obstacles(POOL[:3], rules(4))
    flat = [replace(each, household="mill") for each in POOL]
    [homes] = quotas.obstacles(flat, rules(4))

    assert (pool.why, pool.value, pool.asked, pool.there) == ("pool", "shore", 1, 0)
    assert (least.why, least.feature, least.asked, least.there) == (
        "least",
        "age",
        5,
        4,
    )
    assert (most.why, most.asked, most.there) == ("most", 4, 3)
    assert (people.why, people.asked, people.there) == ("people", 4, 3)
    assert (homes.why, homes.asked, homes.there) == ("households", 4, 1)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (Rules(places=0), "1 to 500 places"),
        (Rules(places=2, features=(Feature(name="a", values=("x",)),)), "2 to 60"),
        (Rules(places=2, features=(Feature(name="a", values=("x", "x")),)), "twice"),
        (Rules(places=2, features=(Feature(name="", values=("x", "y")),)), "1 to 60"),
        (rules(2, quota("old", 2, 1)), "not above the most"),
        (rules(2, quota("old", 0, 1), quota("old", 0, 2)), "the same value"),
        (rules(2, Quota(feature="age", value="odd", least=0, most=1)), "nobody could"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(wrong: Rules, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        quotas.check(wrong)


def test_a_pool_says_only_what_was_offered() -> None:
    with pytest.raises(Invalid, match="Ticket t1 says “odd” for “age”"):
        quotas.check_pool([someone("t1", age="odd")], HALF)
    with pytest.raises(Invalid, match="twice"):
        quotas.check_pool([someone("t1"), someone("t1")], HALF)
    quotas.check_pool([someone("t1", age="")], HALF)


def test_a_list_with_one_panel_that_is_not_allowed_is_found_out() -> None:
    good = all_panels(POOL, HALF)

    lottery.check(good, POOL, HALF)

    bad = tuple(sorted(each.ticket for each in POOL if each.says["age"] == "young"))[:4]
    with pytest.raises(Invalid, match="Panel 1 is not an allowed one"):
        lottery.check([good[0], bad], POOL, HALF)
    with pytest.raises(Invalid, match="not in the pool"):
        lottery.check([(*good[0][:3], Ticket("x"))], POOL, HALF)
    with pytest.raises(Invalid, match="no panel"):
        lottery.check([], POOL, HALF)


def test_prices_show_how_likely_the_least_likely_can_be() -> None:
    prices = Certificate(quotas=(1, 0))

    # Two of eight are drawn: nobody can do better for all of the young than a quarter.
    assert lottery.bound(prices, POOL, HALF) == Fraction(2, 8)
    assert lottery.bound(Certificate(each=1, quotas=(0, 0)), POOL, HALF) == Fraction(
        1, 3
    )


@given(pools(), st.data())
def test_no_prices_deny_a_chance_that_some_list_gives(pool, data) -> None:  # type: ignore[no-untyped-def]
    people, wanted = pool
    panels = all_panels(people, wanted)
    assume(panels)
    price = st.integers(-3, 5)
    prices = Certificate(
        quotas=tuple(data.draw(price) for _ in wanted.quotas),
        households={"a": data.draw(st.integers(0, 3))},
        people={people[0].ticket: data.draw(st.integers(0, 3))},
    )
    # What everybody costs alike is such that nobody costs less than nothing.
    lowest = min(lottery.costs_of(people, prices, wanted))
    prices = replace(prices, each=data.draw(st.integers(0, 3)) - lowest)
    assume(sum(lottery.costs_of(people, prices, wanted)) > 0)
    drawn = data.draw(st.lists(st.sampled_from(panels), min_size=1, max_size=6))

    least = min(lottery.chances(drawn, people).values())

    assert least <= lottery.bound(prices, people, wanted)


@pytest.mark.parametrize(
    "forged",
    [
        Certificate(quotas=(1,)),
        Certificate(quotas=(-1, 0)),
        Certificate(quotas=(0, 0)),
        Certificate(each=1, quotas=(0, 0), people={Ticket("t01"): -1}),
    ],
)
def test_prices_that_prove_nothing_are_refused(forged: Certificate) -> None:
    with pytest.raises(Invalid):
        lottery.bound(forged, POOL, HALF)


def test_the_sum_of_seeds_needs_all_of_them_in_no_order() -> None:
    seeds = {lot.commitment(seed): seed for seed in (SEED, "aa" * 16, "bb" * 16)}
    backwards = dict(reversed(seeds.items()))

    assert lottery.sum_of(seeds) == lottery.sum_of(backwards)
    fewer = dict(list(seeds.items())[1:])
    assert lottery.sum_of(fewer) != lottery.sum_of(seeds)
    forged = {lot.commitment(SEED): "cc" * 16}
    with pytest.raises(Invalid, match="not the seed that was committed to"):
        lottery.sum_of(forged)
    with pytest.raises(Invalid):
        lottery.sum_of({})


@given(st.integers(1, 2000))
def test_a_number_is_on_the_list(length: int) -> None:
    assert 0 <= lottery.number(SEED, fixed=FIXED, length=length) < length


def replay(seed: str) -> Mapping[str, object]:
    """Draw everything again, as it comes out of another process."""
    fixed = lottery.list_digest(
        all_panels(POOL, HALF),
        HALF,
        pool=lottery.pool_digest(POOL, HALF, salt="s"),
        salt="s",
    )
    panels = all_panels(POOL, HALF)
    number = lottery.number(seed, fixed=fixed, length=len(panels))
    panel = panels[number]
    people = {each.ticket: each for each in POOL}
    came = replacing.follow(panel[:2], panel, people, HALF, seed=seed)
    return {"fixed": fixed, "number": number, "panel": list(panel), "came": list(came)}


def test_another_process_draws_the_same_people() -> None:
    code = (
        "import json; "
        f"from {replay.__module__} import SEED, replay; "
        "print(json.dumps(replay(SEED)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(said.stdout) == replay(SEED)


@given(st.integers(0, 11), st.text("0123456789abcdef", min_size=32, max_size=32))
def test_whoever_comes_keeps_the_quotas_and_says_the_same(n: int, seed: str) -> None:
    panel = all_panels(POOL, HALF)[n]
    seated = [each for each in POOL if each.ticket in panel]

    comer = replacing.replacement(seated[0], seated, POOL, HALF, seed=seed)

    assert comer is not None
    assert comer.says == seated[0].says
    assert comer.ticket not in panel
    assert quotas.allowed([comer, *seated[1:]], HALF)


def test_nobody_comes_who_cannot_or_who_lives_with_one_of_the_panel() -> None:
    young = [someone(f"y{n}", age="young") for n in range(2)]
    old = [someone(f"o{n}", age="old") for n in range(3)]
    near = someone("o3", age="old", home="mill")
    miller = someone("y2", age="young", home="mill")
    wanted = rules(2, quota("young", 1, 1), quota("old", 1, 1))
    people = (*young, *old, near, miller)

    only = replacing.replacement(
        old[0], [miller, old[0]], people, wanted, out=[Ticket("o1")], seed=SEED
    )
    nobody = replacing.replacement(
        old[0],
        [miller, old[0]],
        people,
        wanted,
        out=[Ticket("o1"), Ticket("o2")],
        seed=SEED,
    )

    assert only == old[2]
    assert nobody is None
