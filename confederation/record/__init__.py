"""What an assembly publishes is an entry in its record, and an entry never changes.

These are the entries as values: *facts* whose signatures were checked elsewhere. A
field says what a signature proved (``signed_by``, ``confirmed_by``); the rules that
follow from it are in the aggregates. Field names are the wire names in snake case.
"""

from dataclasses import dataclass
from datetime import datetime

from confederation.identifiers import AssemblyId, Digest
from confederation.record.action import Action, Answer, Ask, Judgement
from confederation.record.assembly import (
    Address,
    Electorate,
    Founding,
    KeyEvent,
    MemberCount,
    Rulebook,
    Succession,
)
from confederation.record.compact import (
    Challenge,
    Criterion,
    Legitimacy,
    LotSeed,
    Membership,
    Reply,
    Sitting,
    Verdict,
    Visit,
)
from confederation.record.decision import Decision, MembersCount
from confederation.record.dissent import MinorityReport, Withholding
from confederation.record.equivocation import Equivocation, Settlement
from confederation.record.filing import (
    Countersign,
    Filed,
    PaperVote,
    Ratification,
    Vote,
    Witness,
)
from confederation.record.issue import Issue, IssueScope, SharedAccount
from confederation.record.mandate import (
    Declared,
    Election,
    Instruction,
    Mandate,
    Recall,
    ReportBack,
)
from confederation.record.proposal import (
    Bearers,
    Choice,
    Method,
    NewKey,
    Placement,
    Proposal,
    Withdrawal,
)
from confederation.record.remit import Remit, RemitDecision, RemitEnd
from confederation.record.result import (
    Attestation,
    Correction,
    Counted,
    Figures,
    Lock,
    Ranked,
    Result,
    Stage,
)
from confederation.record.text import (
    Clause,
    CommonText,
    ObjectionTest,
    TextObjection,
    TextVersion,
)

__all__ = [
    "Action",
    "Address",
    "Answer",
    "Ask",
    "Attestation",
    "Bearers",
    "Challenge",
    "Choice",
    "Clause",
    "CommonText",
    "Correction",
    "Counted",
    "Countersign",
    "Criterion",
    "Decision",
    "Declared",
    "Election",
    "Electorate",
    "Entry",
    "Equivocation",
    "Fact",
    "Figures",
    "Filed",
    "Founding",
    "Instruction",
    "Issue",
    "IssueScope",
    "Judgement",
    "KeyEvent",
    "Legitimacy",
    "Lock",
    "LotSeed",
    "Mandate",
    "MemberCount",
    "MembersCount",
    "Membership",
    "Method",
    "MinorityReport",
    "NewKey",
    "ObjectionTest",
    "PaperVote",
    "Placement",
    "Proposal",
    "Ranked",
    "Ratification",
    "Recall",
    "Remit",
    "RemitDecision",
    "RemitEnd",
    "Reply",
    "ReportBack",
    "Result",
    "Rulebook",
    "Settlement",
    "SharedAccount",
    "Sitting",
    "Stage",
    "Succession",
    "TextObjection",
    "TextVersion",
    "Unread",
    "Verdict",
    "Visit",
    "Vote",
    "Withdrawal",
    "Withholding",
    "Witness",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """An entry of a type or version that this reader does not know."""

    type: str


Fact = (
    Founding
    | Rulebook
    | KeyEvent
    | Address
    | MemberCount
    | Electorate
    | Issue
    | IssueScope
    | SharedAccount
    | CommonText
    | TextObjection
    | ObjectionTest
    | Proposal
    | Placement
    | Withdrawal
    | Decision
    | Remit
    | RemitEnd
    | RemitDecision
    | Election
    | Mandate
    | Recall
    | ReportBack
    | Membership
    | Succession
    | Legitimacy
    | Visit
    | Challenge
    | Reply
    | LotSeed
    | Verdict
    | Filed
    | Ratification
    | PaperVote
    | Countersign
    | Witness
    | Attestation
    | Correction
    | Equivocation
    | Settlement
    | Action
    | Ask
    | Answer
    | Judgement
    | MinorityReport
    | Withholding
    | Unread
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A fact in its place: whose, where in the record, and after what.

    ``digest`` is of the whole signed document; ``prev`` is None only at ``seq`` 0.
    ``rulebook`` is the digest of the Rulebook entry in force, None before the first.
    """

    assembly: AssemblyId
    seq: int
    prev: Digest | None
    digest: Digest
    published: datetime
    fact: Fact
    rulebook: Digest | None = None

    def __hash__(self) -> int:
        """Hash the digest, which names all the rest."""
        return hash(self.digest)
