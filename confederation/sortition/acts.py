"""What is ordered and what happened about a panel; `confederation.panel` decides it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confederation.identifiers import Commit, Digest, MemberId, PanelId, Ticket
from confederation.sortition.quotas import Feature, Quota

How = Literal["seeds", "balls"]
"""What the number is drawn with: *seeds* that were committed to, or *balls* by hand."""


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginPanel:
    """Set up a panel that the assembly decided on, and what it is to look like.

    ``question`` is what it is asked. ``how`` stands from now on, so that nobody chooses
    between two draws.
    """

    panel: PanelId
    question: Commit
    decision: Digest
    places: int
    features: tuple[Feature, ...]
    how: How
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitSeed:
    """Note that somebody committed to a seed. ``party`` is who, such as a neighbour."""

    party: Commit
    commitment: Digest
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPool:
    """Let people put themselves in the pool; again, where too few were in it."""

    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezePool:
    """Let nobody in or out any more. ``pool`` fixes who is in it, ``size`` how many."""

    pool: Digest
    size: int
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQuotas:
    """Set the quotas; again, where no panel can keep them."""

    quotas: tuple[Quota, ...]
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeList:
    """Fix the list of panels. No change is possible from now on.

    ``least`` is on how many of its ``length`` panels the least likely person stands;
    ``bound`` what share of them no list could reach, as ``numerator/denominator``.
    """

    fixed: Digest
    quotas: tuple[Quota, ...]
    length: int
    least: int
    bound: str
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TellSeed:
    """Tell a seed that somebody committed to."""

    commitment: Digest
    seed: str
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSeedsAside:
    """Begin again with new seeds, because somebody did not tell theirs in time."""

    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterBalls:
    """Say which number was drawn by hand. Two people have to say the same."""

    number: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawPanel:
    """Draw: ``tickets`` are those on the list under the number that came out."""

    tickets: tuple[Ticket, ...]
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassOnPlace:
    """Note that somebody cannot come, and who was drawn in their place, if anybody."""

    out: Ticket
    into: Ticket | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatPanel:
    """Say that everybody who was drawn has said yes."""

    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPanel:
    """Publish what the panel recommends."""

    report: Commit
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachMinority:
    """Put what some of the panel say against its report beside it, for good."""

    words: Commit
    signers: int
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPanel:
    """Say that what it recommends was put to somebody: the digest of the ask."""

    ask: Digest
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetPool:
    """Forget who was in the pool and what they said. Nobody can draw again after it."""

    by: MemberId | None
    at: datetime


Command = (
    BeginPanel
    | CommitSeed
    | OpenPool
    | FreezePool
    | SetQuotas
    | MakeList
    | TellSeed
    | SetSeedsAside
    | EnterBalls
    | DrawPanel
    | PassOnPlace
    | SeatPanel
    | ReportPanel
    | AttachMinority
    | AnswerPanel
    | ForgetPool
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelBegun:
    panel: PanelId
    question: Commit
    decision: Digest
    places: int
    features: tuple[Feature, ...]
    how: How
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedCommitted:
    panel: PanelId
    party: Commit
    commitment: Digest
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOpened:
    panel: PanelId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFrozen:
    panel: PanelId
    pool: Digest
    size: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotasSet:
    panel: PanelId
    quotas: tuple[Quota, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMade:
    panel: PanelId
    fixed: Digest
    length: int
    least: int
    bound: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedTold:
    panel: PanelId
    commitment: Digest
    seed: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedsSetAside:
    """``untold`` are the commitments whose seeds nobody told."""

    panel: PanelId
    untold: tuple[Digest, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BallsEntered:
    panel: PanelId
    number: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelDrawn:
    panel: PanelId
    number: int
    seed: str
    tickets: tuple[Ticket, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacePassedOn:
    panel: PanelId
    out: Ticket
    into: Ticket | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelSeated:
    panel: PanelId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelReported:
    panel: PanelId
    report: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MinorityAttached:
    panel: PanelId
    words: Commit
    signers: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelAnswered:
    panel: PanelId
    ask: Digest
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolForgotten:
    panel: PanelId
    at: datetime


Event = (
    PanelBegun
    | SeedCommitted
    | PoolOpened
    | PoolFrozen
    | QuotasSet
    | ListMade
    | SeedTold
    | SeedsSetAside
    | BallsEntered
    | PanelDrawn
    | PlacePassedOn
    | PanelSeated
    | PanelReported
    | MinorityAttached
    | PanelAnswered
    | PoolForgotten
)
