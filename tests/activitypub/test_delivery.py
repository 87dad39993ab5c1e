"""Deliveries arrive if they can, and a host that is down delays nobody else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import delivery
from activitypub.delivery import Breaker, Outcome
from tests.activitypub.wire import NOON

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, Outcome.DELIVERED),
        (202, Outcome.DELIVERED),
        (204, Outcome.DELIVERED),
        (None, Outcome.RETRY),
        (301, Outcome.RETRY),
        (302, Outcome.RETRY),
        (400, Outcome.GIVE_UP),
        (401, Outcome.RETRY),
        (403, Outcome.GIVE_UP),
        (404, Outcome.GIVE_UP),
        (405, Outcome.GIVE_UP),
        (408, Outcome.RETRY),
        (410, Outcome.GONE),
        (413, Outcome.GIVE_UP),
        (418, Outcome.GIVE_UP),
        (429, Outcome.RETRY),
        (500, Outcome.RETRY),
        (501, Outcome.GIVE_UP),
        (503, Outcome.RETRY),
        (599, Outcome.RETRY),
        (999, Outcome.RETRY),
    ],
)
def test_an_answer_says_whether_to_try_again(
    status: int | None, meaning: Outcome
) -> None:
    assert delivery.outcome(status) is meaning


def test_the_waits_double_from_a_minute_to_twelve_hours() -> None:
    waits = []
    for attempts in range(1, 14):
        again = delivery.next_attempt(attempts, now=NOON, jitter=0)
        assert again is not None
        waits.append((again - NOON) / MINUTE)

    assert waits[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert waits[10:] == [720, 720, 720]


def test_a_delivery_is_given_up_after_a_week_of_waiting() -> None:
    now, attempts = NOON, 1
    while (again := delivery.next_attempt(attempts, now=now, jitter=0)) is not None:
        now, attempts = again, attempts + 1

    assert 6 * DAY < now - NOON <= 7 * DAY
    assert attempts == 23


@given(st.integers(1, 22), st.floats(0, 1, exclude_max=True))
def test_jitter_adds_up_to_a_quarter_and_never_hurries(
    attempts: int, jitter: float
) -> None:
    plain = delivery.next_attempt(attempts, now=NOON, jitter=0)
    spread = delivery.next_attempt(attempts, now=NOON, jitter=jitter)

    assert plain is not None
    assert spread is not None
    assert plain - NOON <= spread - NOON <= (plain - NOON) * 1.25


def test_a_server_may_ask_for_a_longer_wait_up_to_a_limit() -> None:
    for asked, waited in [
        (timedelta(seconds=5), MINUTE),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(days=400), timedelta(hours=12)),
    ]:
        again = delivery.next_attempt(1, now=NOON, jitter=0, retry_after=asked)

        assert again == NOON + waited


def test_development_mode_shrinks_the_waits_and_not_their_number() -> None:
    assert delivery.next_attempt(1, now=NOON, jitter=0, shrink=60) == NOON + timedelta(
        seconds=1
    )
    assert delivery.next_attempt(22, now=NOON, jitter=0, shrink=60) is not None
    assert delivery.next_attempt(23, now=NOON, jitter=0, shrink=60) is None


def failing(times: int, *, every: timedelta = MINUTE) -> Breaker:
    breaker = Breaker()
    for n in range(times):
        breaker = delivery.answered(breaker, None, now=NOON + n * every, jitter=0)
    return breaker


def test_a_host_that_fails_now_and_then_does_not_rest() -> None:
    twice = failing(2, every=timedelta(0))

    assert twice.lets_through(NOON)
    assert delivery.answered(twice, 202, now=NOON, jitter=0) == Breaker()


def test_a_host_that_keeps_failing_rests_longer_each_time() -> None:
    rests = []
    for times in range(3, 16):
        breaker = failing(times, every=timedelta(0))
        assert breaker.rests_until is not None
        rests.append((breaker.rests_until - NOON) / MINUTE)

    assert rests[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert rests[10:] == [720, 720, 720]


def test_a_resting_host_is_let_be_until_its_time() -> None:
    breaker = failing(3, every=timedelta(0))

    assert not breaker.lets_through(NOON + MINUTE - timedelta(seconds=1))
    assert breaker.lets_through(NOON + MINUTE)


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 410])
def test_a_host_that_answers_is_up_whatever_it_says(status: int) -> None:
    assert delivery.answered(failing(9), status, now=NOON, jitter=0) == Breaker()


@pytest.mark.parametrize("status", [None, 429, 500, 502, 503])
def test_silence_and_distress_count_as_failures(status: int | None) -> None:
    breaker = delivery.answered(failing(3), status, now=NOON + DAY, jitter=0)

    assert breaker.failures == 4
    assert breaker.since == NOON


def test_a_host_is_dark_after_a_week_and_then_probed_daily() -> None:
    before = failing(3)
    week = NOON + 7 * DAY

    breaker = delivery.answered(before, None, now=week, jitter=0)

    assert not before.dark(week - timedelta(seconds=1))
    assert breaker.dark(week)
    assert breaker.rests_until == week + DAY


def test_development_mode_shrinks_the_rests_too() -> None:
    breaker = Breaker()
    for _ in range(3):
        breaker = delivery.answered(breaker, None, now=NOON, jitter=0, shrink=60)

    assert breaker.rests_until == NOON + timedelta(seconds=1)
    assert breaker.dark(NOON + 7 * DAY / 60, shrink=60)


def test_development_mode_gives_a_node_a_minute_to_come_back() -> None:
    breaker = failing(9, every=timedelta(0))

    assert not breaker.dark(NOON + timedelta(seconds=59), shrink=86_400)
    assert breaker.dark(NOON + MINUTE, shrink=86_400)


@given(
    st.lists(st.sampled_from([None, 200, 401, 429, 500]), max_size=40),
    st.floats(0, 1, exclude_max=True),
)
def test_no_rest_is_ever_longer_than_a_day_and_a_quarter(
    statuses: list[int | None], jitter: float
) -> None:
    breaker, now = Breaker(), NOON
    for status in statuses:
        breaker = delivery.answered(breaker, status, now=now, jitter=jitter)
        assert (breaker.rests_until or now) - now <= DAY * 1.25
        now = max(now, breaker.rests_until or now)
