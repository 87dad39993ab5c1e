"""Roles go round: what is looked at is who did what, and nobody is ranked."""

from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from confederation.identifiers import MemberId
from confederation.meeting import rotation

ADA, BEN, CLEO = (MemberId(name) for name in ("ada", "ben", "cleo"))


def hosted_by(*evenings: Collection[MemberId]) -> list[rotation.Held]:
    """Say who was host at the meetings before, the newest first."""
    return [{"host": holders} for holders in evenings]


def test_who_did_it_running_is_counted_from_the_newest_meeting_on() -> None:
    past = hosted_by([ADA, BEN], [ADA], [BEN], [ADA])

    assert rotation.in_a_row(past, "host", ADA) == 2
    assert rotation.in_a_row(past, "host", BEN) == 1
    assert rotation.in_a_row(past, "host", CLEO) == 0
    assert rotation.in_a_row(past, "teller", ADA) == 0


def test_a_meeting_without_anybody_in_a_role_gives_nobody_an_evening_off() -> None:
    past = hosted_by([ADA], [], [ADA])

    assert rotation.in_a_row(past, "host", ADA) == 2


def test_nobody_had_enough_where_no_rule_says_so() -> None:
    past = hosted_by([ADA], [ADA], [ADA])

    assert rotation.had_enough(past, "host", [ADA, BEN], most=0) == ()
    assert rotation.had_enough(past, "host", [ADA, BEN], most=4) == ()
    assert rotation.had_enough(past, "host", [ADA, BEN], most=3) == (ADA,)


def test_it_has_been_longest_for_whoever_never_did_it() -> None:
    past = hosted_by([BEN], [ADA])

    assert rotation.longest_since(past, "host", [ADA, BEN]) == {ADA}
    assert rotation.longest_since(past, "host", [ADA, BEN, CLEO]) == {CLEO}
    assert rotation.longest_since(past, "host", []) == frozenset()


evenings = st.lists(st.sets(st.sampled_from([ADA, BEN, CLEO])), max_size=6)


@given(evenings, st.permutations([ADA, BEN, CLEO]))
def test_the_order_in_which_people_offered_changes_nothing(
    held: list[set[MemberId]], offered: list[MemberId]
) -> None:
    past = hosted_by(*held)

    longest = rotation.longest_since(past, "host", offered)

    assert longest == rotation.longest_since(past, "host", [CLEO, BEN, ADA])
    assert longest <= set(offered)
    assert longest
