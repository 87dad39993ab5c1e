"""Who follows is compared by one digest, whatever the order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import synchronisation
from activitypub.errors import Malformed
from activitypub.synchronisation import Comparison

ONE = "https://testing.example.org/users/1"
TWO = "https://testing.example.org/users/2"
# The vector of FEP-8fcf, as federation.md W20 gives it.
BOTH = "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f"

A_COMPARISON = Comparison(
    collection="https://a.example/g/harbour/followers",
    url="https://a.example/g/harbour/followers_synchronization",
    digest=BOTH,
)


def test_the_digest_is_that_of_the_proposal() -> None:
    assert synchronisation.digest([ONE, TWO]) == BOTH
    assert synchronisation.digest([TWO, ONE, TWO]) == BOTH
    assert synchronisation.digest([]) == "0" * 64


def test_one_follower_more_is_another_digest() -> None:
    assert synchronisation.digest([ONE]) != BOTH


def test_what_is_written_can_be_read() -> None:
    written = synchronisation.write(A_COMPARISON)

    assert synchronisation.read(written) == A_COMPARISON


@pytest.mark.parametrize(
    "value",
    [
        "",
        "digest",
        f'digest="{BOTH}"',
        f'collectionId="https://a.example/f", url="https://a.example/s", digest="{1}"',
        'collectionId="a", collectionId="b", url="c", digest="d"',
        f'collectionId="a\\", url="b", digest="{BOTH}"',
        " " * 5_000,
    ],
)
def test_half_a_comparison_is_none(value: str) -> None:
    with pytest.raises(Malformed):
        synchronisation.read(value)


@given(st.text(max_size=200))
def test_whatever_stands_there_is_read_or_refused(value: str) -> None:
    try:
        found = synchronisation.read(value)
    except Malformed:
        return
    assert len(found.digest) == 64
