"""A delivery is tried until it has arrived, or until it is plain that it never will.

Hosts do not wait for each other: each has a lane of its own with one delivery on the
way, and one that does not answer rests while the others go on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=12)
PATIENCE = timedelta(days=7)
"""After this we give a delivery up, and call a host dark."""
PROBE = timedelta(days=1)
"""How often a dark host is tried."""
FORGIVEN = 2
"""How many failures in a row a host may have before it rests."""
MOST_ATTEMPTS = 23
"""After so many attempts the waits between them have added up to a week."""
LEAST_PATIENCE = timedelta(minutes=1)
"""However much development mode shrinks spans, a node may take so long to come back."""


class Outcome(Enum):
    """What became of one attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    GIVE_UP = "give up"
    GONE = "gone"
    """The inbox is no more: its actor follows us no longer."""


def outcome(status: int | None) -> Outcome:
    """Read what an answer means for the delivery.

    A 401 is tried again: the other server may have failed to fetch our key. A redirect
    is too, for a POST is never redirected, and the host may mend it.

    Args:
        status: the HTTP status; None if there was no answer.

    See federation.md W5 and 1.2.
    """
    match status:
        case 410:
            return Outcome.GONE
        case 401 | 408 | 429:
            return Outcome.RETRY
        case 501:
            return Outcome.GIVE_UP
        case int() if 200 <= status < 300:
            return Outcome.DELIVERED
        case int() if 400 <= status < 500:
            return Outcome.GIVE_UP
        case _:
            return Outcome.RETRY


def next_attempt(
    attempts: int,
    *,
    now: datetime,
    jitter: float,
    retry_after: timedelta = timedelta(0),
    shrink: int = 1,
) -> datetime | None:
    """Find when to try again, or None to give up.

    The waits double from one minute to twelve hours and add up to at most a week; they
    are counted in attempts, so a node that was off for a month has not given up.

    Args:
        attempts: how many there were, the last one included; at least 1.
        now: when the last one failed.
        jitter: a random number in [0, 1), to spread what failed together.
        retry_after: how long the other server asked us to wait; heeded up to the
            longest wait.
        shrink: the factor by which development mode shortens all spans.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    wait = _spread(_wait(attempts), jitter) / shrink
    return now + max(wait, min(retry_after, LONGEST_WAIT))


def _wait(failures: int) -> timedelta:
    doublings = min(failures - 1, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _spread(wait: timedelta, jitter: float) -> timedelta:
    return wait * (1 + jitter / 4)


def patience(shrink: int = 1) -> timedelta:
    """How long a host may fail before it is called dark, or rest before it is new."""
    return max(PATIENCE / shrink, LEAST_PATIENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """How a host has been answering lately; a new one has no failures.

    Args:
        failures: how many in a row.
        since: when the first of them was.
        rests_until: the host is left alone before this time.
    """

    failures: int = 0
    since: datetime | None = None
    rests_until: datetime | None = None

    def lets_through(self, now: datetime) -> bool:
        return self.rests_until is None or self.rests_until <= now

    def dark(self, now: datetime, *, shrink: int = 1) -> bool:
        """The host has not answered for so long that people should be told."""
        return self.since is not None and now - self.since >= patience(shrink)


def answered(
    breaker: Breaker,
    status: int | None,
    *,
    now: datetime,
    jitter: float,
    shrink: int = 1,
) -> Breaker:
    """Take note of how a host answered.

    Any answer that is not a sign of distress ends its rest, as does a valid request
    from the host: for that, begin with a new `Breaker()`.

    Args:
        breaker: what was known before.
        status: the HTTP status; None if there was no answer.
        now: when that was.
        jitter: a random number in [0, 1).
        shrink: the factor by which development mode shortens all spans.
    """
    if status is not None and status < 500 and status != 429:
        return Breaker()
    failures = breaker.failures + 1
    since = breaker.since or now
    if failures <= FORGIVEN:
        return Breaker(failures=failures, since=since, rests_until=now)
    failing = Breaker(failures=failures, since=since)
    rest = PROBE if failing.dark(now, shrink=shrink) else _wait(failures - FORGIVEN)
    return Breaker(
        failures=failures,
        since=since,
        rests_until=now + _spread(rest, jitter) / shrink,
    )
