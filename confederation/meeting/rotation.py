"""Roles go round: whoever did one for long has an evening off, and nobody is ranked.

What is looked at is who did what at the meetings before, and who would like to try.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal

from confederation.identifiers import MemberId

JobTitle = Literal[
    "facilitator",
    "note-taker",
    "timekeeper",
    "doorkeeper",
    "teller",
    "host",
    "welcomer",
]
Role = JobTitle | Literal["convenor", "clerk"]
"""What somebody can grow into: the roles of an evening, and two offices."""

JOBS: Final[tuple[JobTitle, ...]] = (
    "facilitator",
    "note-taker",
    "timekeeper",
    "doorkeeper",
    "teller",
    "host",
    "welcomer",
)
ROLES: Final[tuple[Role, ...]] = (*JOBS, "convenor", "clerk")

Step = Literal["read", "beside", "together", "alone"]
STEPS: Final[tuple[Step, ...]] = ("read", "beside", "together", "alone")
"""How somebody grows into a role, in their own order and time."""

ASK_SOMEBODY_ELSE: Final = 3
"""How often running somebody does a role before it is asked whether it goes on."""

Held = Mapping[JobTitle, Collection[MemberId]]
"""Who held which role at one meeting."""

Past = Sequence[Held]
"""The meetings that were held, the newest first."""


def in_a_row(past: Past, job: JobTitle, member: MemberId) -> int:
    """Count how often running a member held a role, up to the newest meeting.

    A meeting at which nobody held it is passed over.
    """
    count = 0
    for held in past:
        holders = held.get(job, ())
        if not holders:
            continue
        if member not in holders:
            break
        count += 1
    return count


def had_enough(
    past: Past, job: JobTitle, holders: Collection[MemberId], *, most: int
) -> tuple[MemberId, ...]:
    """Return those of the holders who held a role ``most`` times running; 0: nobody."""
    if not most:
        return ()
    return tuple(each for each in holders if in_a_row(past, job, each) >= most)


def longest_since(
    past: Past, job: JobTitle, offered: Collection[MemberId]
) -> frozenset[MemberId]:
    """Return those who offered and have not held a role for longest; never is longest.

    They may be several, and are in no order.
    """
    since = {each: _meetings_ago(past, job, each) for each in offered}
    longest = max(since.values(), default=0)
    return frozenset(each for each, ago in since.items() if ago == longest)


def _meetings_ago(past: Past, job: JobTitle, member: MemberId) -> int:
    for ago, held in enumerate(past):
        if member in held.get(job, ()):
            return ago
    return len(past)
