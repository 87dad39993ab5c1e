"""A member is known to their own assembly only, by the evidence that it has seen."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from confederation.identifiers import MemberId

Evidence = Literal["self", "vouched", "seen in person", "documentary"]
LEVELS: Final[tuple[Evidence, ...]] = (
    "self",
    "vouched",
    "seen in person",
    "documentary",
)
"""From the weakest to the strongest."""

Role = Literal["clerk", "registrar", "facilitator", "note-taker", "convenor"]
"""What a member does for the others. Tellers are named by the rulebook instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An active member: who they are known to be, and what they do."""

    evidence: Evidence
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """A member from the first moment on."""

    member: MemberId
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """Who is a member at one moment, and how many at each level of evidence."""

    members: tuple[MemberId, ...]
    levels: Mapping[str, int]


def stronger(one: Evidence, other: Evidence) -> Evidence:
    """Return the better of two ways in which the same person is known."""
    return max(one, other, key=LEVELS.index)


def roll(members: Mapping[MemberId, Member]) -> Roll:
    """Give the roll of these members, as a session freezes it at its opening."""
    levels = Counter[str](member.evidence for member in members.values())
    return Roll(members=tuple(sorted(members)), levels=dict(levels))
