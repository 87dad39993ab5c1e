"""What people read on the fediverse: ordinary posts in plain words, with a link.

A carrier holds the entry in one property. It may be reworded; the entry never changes,
and only the entry counts. What assemblies say to each other alone (who received what,
what was attested) has no carrier; the result of it has one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from confederation import record
from confederation.identifiers import Digest
from confederation.record import Entry
from instance import archive
from instance.carriers import (
    asks,
    decisions,
    evidence,
    issues,
    mandates,
    proposals,
    results,
    standings,
    texts,
)
from instance.carriers.decisions import method
from instance.carriers.phrases import MOST_IN_TEXT, Carrier, headed, written
from instance.carriers.results import ratified, result
from instance.desk import Desk
from instance.languages import phrased, translated
from instance.store import records

__all__ = [
    "MOST_IN_TEXT",
    "Carrier",
    "Outdated",
    "carrier",
    "headed",
    "method",
    "outdated",
    "ratified",
    "result",
    "written",
]

F = TypeVar("F")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """An earlier entry whose post no longer says how things stand, and what to add."""

    entry: Digest
    says: str


def carrier(desk: Desk, entry: Entry) -> Carrier | None:
    """Return the post for an entry of ours, or None where people read none."""
    write = _WRITERS.get(type(entry.fact))
    return None if write is None else write(desk, entry)


def outdated(desk: Desk, entry: Entry) -> Iterator[Outdated]:
    """Go through the earlier entries whose posts are overtaken by this one of ours."""
    match entry.fact:
        case record.Decision(supersedes=str() as before):
            yield Outdated(
                entry=Digest(before), says=phrased("A later decision took its place.")
            )
        case record.Mandate(supersedes=str() as before):
            says = phrased("A later mandate took its place.")
            yield Outdated(entry=Digest(before), says=says)
        case record.Recall(mandate=before):
            yield Outdated(
                entry=before, says=phrased("It has ended: the delegate is recalled.")
            )
        case record.RemitEnd(remit=before):
            says = phrased("The assembly has ended this remit.")
            yield Outdated(entry=before, says=says)
        case record.Withdrawal(proposal=before):
            yield Outdated(entry=before, says=phrased("The proposal is withdrawn."))
        case record.Filed(proposal=proposal):
            for digest, earlier in _ours_about(desk, entry, proposal, record.Filed):
                if earlier.document is not None:
                    yield Outdated(
                        entry=digest, says=phrased("This vote stands no longer.")
                    )
        case record.Answer(ask=before, kind=kind):
            yield Outdated(entry=before, says=phrased("{says}.", says=asks.CAME[kind]))
        case record.Judgement(ask=before, verdict=verdict):
            yield Outdated(entry=before, says=translated(asks.JUDGED[verdict]))
        case record.Ratification(result_hash=result_hash):
            for digest, _ in _ours_about(desk, entry, result_hash, record.Ratification):
                yield Outdated(
                    entry=digest, says=phrased("This answer stands no longer.")
                )
        case record.Withholding(report=report):
            says = phrased("A part is withheld: it targeted a person.")
            yield Outdated(entry=report, says=says)
        case record.SharedAccount(shares=shares, withdrawn=True):
            for digest, _ in _ours_about(desk, entry, shares, record.SharedAccount):
                yield Outdated(entry=digest, says=phrased("We have taken this back."))
        case _:
            return


def _ours_about(
    desk: Desk, entry: Entry, about: str, kind: type[F]
) -> Iterator[tuple[Digest, F]]:
    """Go through the earlier entries of our record of a kind about the same."""
    for row in records.of_type(desk.connection, kind.__name__, about=about):
        if row["assembly"] == entry.assembly and row["seq"] < entry.seq:
            fact = archive.read(desk, row).fact
            assert isinstance(fact, kind)
            yield Digest(row["digest"]), fact


_WRITERS: Final[dict[type, Callable[[Desk, Entry], Carrier | None]]] = {
    record.Issue: issues.issue,
    record.IssueScope: issues.issue_scope,
    record.SharedAccount: issues.shared_account,
    record.CommonText: texts.common_text,
    record.TextObjection: texts.text_objection,
    record.ObjectionTest: texts.objection_test,
    record.Proposal: proposals.proposal,
    record.Placement: proposals.placement,
    record.Withdrawal: proposals.withdrawal,
    record.Decision: decisions.decision,
    record.Remit: decisions.remit,
    record.RemitEnd: decisions.remit_end,
    record.RemitDecision: decisions.remit_decision,
    record.Election: mandates.election,
    record.Mandate: mandates.mandate,
    record.Recall: mandates.recall,
    record.ReportBack: mandates.report_back,
    record.Membership: standings.membership,
    record.Legitimacy: evidence.legitimacy,
    record.Visit: evidence.visit,
    record.Challenge: evidence.challenge,
    record.Reply: evidence.reply,
    record.Verdict: evidence.verdict,
    record.Succession: standings.succession,
    record.Filed: proposals.filed,
    record.PaperVote: proposals.paper_vote,
    record.Ratification: results.ratification,
    record.Correction: results.correction,
    record.MinorityReport: decisions.minority_report,
    record.Settlement: standings.settlement,
    record.Ask: asks.ask,
    record.Answer: asks.answer,
    record.Judgement: asks.judgement,
}
