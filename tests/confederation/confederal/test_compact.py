"""A compact is a document that its members joined; no server stands behind it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.confederal import compact
from confederation.confederal.compact import Bar, Compact, Ratification, Rules
from confederation.errors import Invalid
from confederation.identifiers import AssemblyId, CompactId
from confederation.record import Membership, Method
from tests.confederation.world import Confederation, a_key, digest_of


def a_compact(n: int = 3, **rules: object) -> Compact:
    return Confederation(n, Rules(**rules)).compact  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("n", "t"),
    [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (10, 7), (30, 20)],
)
def test_the_default_threshold_is_that_of_the_documentation(n: int, t: int) -> None:
    assert a_compact(n).t == t


@pytest.mark.parametrize(
    ("threshold", "t"),
    [("majority", 5), ("two-thirds", 6), ("3/4", 7), ("1", 9), ("5/9", 5)],
)
def test_a_threshold_may_be_named_or_a_fraction(threshold: str, t: int) -> None:
    assert a_compact(9, threshold=threshold).t == t


@given(st.integers(1, 60), st.fractions(0, 1))
def test_two_thresholds_always_share_a_member(n: int, share: object) -> None:
    try:
        made = replace(
            Confederation(1).compact,
            members=tuple(
                replace(
                    Confederation(1).compact.members[0],
                    assembly=AssemblyId(f"assembly {i}"),
                    key=a_key(f"key {i}"),
                )
                for i in range(n)
            ),
            rules=Rules(threshold=str(share)),
        )
    except Invalid:
        return

    assert made.t + made.t > made.n
    assert made.t + made.finals == made.n + 1
    assert made.t >= made.finals


@pytest.mark.parametrize("threshold", ["1/2", "0", "1/3"])
def test_a_threshold_of_half_or_less_could_give_two_answers(threshold: str) -> None:
    with pytest.raises(Invalid, match="more than half"):
        a_compact(4, threshold=threshold)


def test_half_of_an_odd_number_rounds_up_to_more_than_half() -> None:
    assert a_compact(5, threshold="1/2").t == 3


@pytest.mark.parametrize(
    "rules",
    [
        {"threshold": "most"},
        {"threshold": "3/2"},
        {"quorum": "-1/2"},
        {"quorum": "0.5"},
        {"adopt": "whatever the chair says"},
        {"recall": "is ignored"},
        {"closing_limit": 0},
        {"batch": -1},
        {"ratification": Ratification(window=0)},
        {"ratification": Ratification(enough="2")},
    ],
)
def test_rules_that_cannot_be_kept_are_refused(rules: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        a_compact(3, **rules)


def test_a_compact_names_somebody_and_each_of_them_once() -> None:
    plain = a_compact(3)
    first = plain.members[0]

    with pytest.raises(Invalid, match="at least one"):
        replace(plain, members=())
    with pytest.raises(Invalid, match="once"):
        replace(plain, members=(*plain.members, first))
    with pytest.raises(Invalid, match="share a record key"):
        replace(plain, members=(first, replace(plain.members[1], key=first.key)))


def test_the_identity_of_a_compact_is_its_first_version() -> None:
    first = a_compact(3)
    later = replace(
        first,
        digest=digest_of("later"),
        first=CompactId(first.digest),
        previous=first.digest,
    )

    assert first.identity == later.identity == CompactId(first.digest)
    with pytest.raises(Invalid, match="names the first one"):
        replace(first, previous=first.digest)


def test_a_seat_is_a_place_in_the_list() -> None:
    world = Confederation(3)

    assert world.compact.seat_of(world.towns[2].id) == 2
    assert world.compact.seat_of(Confederation(5).towns[4].id) is None


@pytest.mark.parametrize(
    ("quorum", "base", "needed"),
    [("1/2", 3, 2), ("1/2", 4, 2), ("0", 9, 0), ("1", 3, 3)],
)
def test_a_quorum_rounds_up(quorum: str, base: int, needed: int) -> None:
    assert a_compact(9, quorum=quorum).quorum_of(base) == needed
    assert a_compact(9, quorum=quorum).quorum == a_compact(9, quorum=quorum).quorum_of(
        9
    )


def test_a_compact_is_in_force_when_everybody_named_has_joined() -> None:
    world = Confederation(3)
    records = {town.id: town.record for town in world.towns}
    last = world.towns[2]

    assert compact.in_force(world.compact, records)
    assert not compact.in_force(
        world.compact, {**records, last.id: last.record.upto(1)}
    )
    del records[last.id]
    assert compact.awaited(world.compact, records) == (last.id,)


def test_joining_another_version_is_not_joining_this_one() -> None:
    world = Confederation(3)
    later = replace(world.compact, digest=digest_of("another"))
    records = {town.id: town.record for town in world.towns}

    assert len(compact.awaited(later, records)) == 3


def test_one_who_leaves_does_not_end_the_compact_for_the_others() -> None:
    world = Confederation(3)
    leaver = world.towns[1]

    entry = leaver.publishes(Membership(compact=world.compact.digest, act="leave"))

    records = {town.id: town.record for town in world.towns}
    assert compact.in_force(world.compact, records)
    assert compact.left(world.compact, leaver.record, entry.seq) is None
    assert compact.left(world.compact, leaver.record, entry.seq + 1) == entry


def test_who_joins_again_has_not_left() -> None:
    world = Confederation(3)
    town = world.towns[1]
    town.publishes(Membership(compact=world.compact.digest, act="leave"))
    town.publishes(Membership(compact=world.compact.digest, act="join"))

    assert compact.left(world.compact, town.record, town.record.size) is None


def test_leaving_another_compact_leaves_this_one_alone() -> None:
    world = Confederation(3)
    town = world.towns[1]
    town.publishes(Membership(compact=digest_of("elsewhere"), act="leave"))

    assert compact.left(world.compact, town.record, town.record.size) is None


def the_bar(name: str, threshold: str | None = None) -> Bar:
    return compact.bar(Method(name=name, threshold=threshold))


def test_one_method_asks_for_at_least_as_much_as_another() -> None:
    simple = the_bar("majority-of-assemblies")
    qualified = the_bar("two-thirds-of-assemblies")
    double = the_bar("double-majority")

    assert qualified.at_least(simple)
    assert double.at_least(simple)
    assert not simple.at_least(qualified)
    assert not simple.at_least(double)
    assert not qualified.at_least(double)
    assert the_bar("double-majority", "2/3").at_least(qualified)


def test_a_majority_of_members_asks_for_something_else_than_one_of_assemblies() -> None:
    simple = the_bar("majority-of-assemblies")
    members = the_bar("majority-of-members")
    most_members = the_bar("majority-of-members", "2/3")
    double = the_bar("double-majority", "2/3")

    assert double.at_least(members)
    assert most_members.at_least(members)
    assert not members.at_least(most_members)
    assert not members.at_least(simple)
    assert not simple.at_least(members)
    # Of the members a double majority never asks more than half.
    assert not double.at_least(most_members)


@pytest.mark.parametrize(
    ("name", "threshold"),
    [
        ("majority-of-assemblies", "1/3"),
        ("majority-of-assemblies", "4/3"),
        ("two-thirds-of-assemblies", "1/2"),
        ("by-lot", None),
    ],
)
def test_a_method_that_we_cannot_count_is_refused(
    name: str, threshold: str | None
) -> None:
    with pytest.raises(Invalid):
        the_bar(name, threshold)
