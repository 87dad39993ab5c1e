"""A decision holds aggregates and no name of anybody who voted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from confederation.identifiers import BallotId, Commit, Digest, Multikey, OptionId
from confederation.record.proposal import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersCount:
    """How many members said what, and by which way of counting."""

    for_: int
    against: int
    abstain: int
    basis: str

    def within(self, most: int) -> bool:
        """Say whether nowhere fewer than nobody, or more than so many, were counted."""
        return all(
            0 <= each <= most for each in (self.for_, self.against, self.abstain)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an assembly decided, by which method, with aggregates only.

    ``on`` is the digest of the proposal, recall or other entry decided upon; None
    where the text itself (``text_commit``) is all there is. ``members`` is None where
    nobody counted yes and no, as in consent. ``chosen`` is the option chosen among
    several; ``elected`` are those who fill places, in the order of the count.
    ``counts`` are the totals by option, and ``stages`` the votes after each round or
    stage, as exact decimals. ``channels`` are the totals by how the papers came (on
    paper, by hands, online); where few came by one it is together with another.
    ``papers`` is the salted digest of the list of papers of a secret ballot.
    """

    ballot: BallotId
    method: Method
    present: int
    outcome: Literal["passed", "rejected", "no quorum"]
    effective_from: datetime
    on: Digest | None = None
    text_commit: Commit | None = None
    members: MembersCount | None = None
    chosen: OptionId | None = None
    elected: tuple[OptionId, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    stages: tuple[Mapping[str, str], ...] = ()
    channels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    papers: Digest | None = None
    supersedes: Digest | None = None
    confirmed_by: tuple[Multikey, ...] = ()
