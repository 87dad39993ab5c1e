"""A seat's filings stand in its assembly's record, each judged in its place.

A filing is one revision of what the seat says in a matter: a delegate's vote, or a
withdrawal that names the recall, the amended mandate or the leaving behind it. Where a
vote on paper stands for a revision, the record takes it as its own, and goes on from
there.
"""

from dataclasses import dataclass

from confederation import bearing, mandate
from confederation.compact import left
from confederation.history import Record
from confederation.identifiers import Digest
from confederation.mandate import Finding, Matter, Rule
from confederation.record import (
    Entry,
    Filed,
    Mandate,
    Membership,
    Recall,
    Succession,
    Vote,
)
from confederation.tally import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A revision as it was filed; ``finding`` says which rule it breaks, if any."""

    entry: Entry
    filed: Filed
    finding: Finding | None


def examine(record: Record, matter: Matter) -> tuple[Filing, ...]:
    """Judge every filing of one record in a matter, in the order of the record."""
    examined: list[Filing] = []
    for entry, filed in record.facts(Filed):
        if filed.proposal != matter.proposal.digest:
            continue
        before = tuple(examined)
        finding = _judge(entry, before, record, matter)
        examined.append(Filing(entry=entry, filed=filed, finding=finding))
    return tuple(examined)


def standing(filings: tuple[Filing, ...]) -> Filing | None:
    """Give the last filing that broke no rule: what the seat says as filed so far."""
    return next((each for each in reversed(filings) if each.finding is None), None)


def judge_next(vote: Vote, record: Record, matter: Matter) -> Finding | None:
    """Judge a vote as if it were filed next in the record."""
    finding = mandate.judge(vote, record=record, seq=record.size, matter=matter)
    return finding or in_order(vote.revision, examine(record, matter))


def withdrawal_due(record: Record, matter: Matter) -> Digest | None:
    """Name the entry for which the seat's vote is to be withdrawn next, if any.

    None when what is filed may stand, or is withdrawn already.
    """
    if _not_decided_below(record, record.size, matter) is not None:
        return None
    now = standing(examine(record, matter))
    causes = _causes(now, record, record.size, matter)
    if not causes or (now is not None and now.filed.withdrawn_by == causes[0].digest):
        return None
    return causes[0].digest


def _causes(
    now: Filing | None, record: Record, seq: int, matter: Matter
) -> list[Entry]:
    """Give what takes back a seat's position at ``seq``, by the compact's rules.

    That is the assembly's leaving; or the recall of the mandate that the vote was cast
    under, where a recall withdraws; or the newest mandate in its place, if it does not
    allow the vote any more.
    """
    leaving = left(matter.compact, record, seq)
    if leaving is not None:
        return [leaving]
    vote = now.filed.document if now is not None else None
    under = record.get(vote.mandate) if vote is not None else None
    if vote is None or under is None:
        return []
    causes = [
        entry
        for entry, recall in record.facts(Recall, after=under.seq, before=seq)
        if recall.mandate == under.digest
        and matter.compact.rules.recall == "withdraws"
        and mandate.founded(entry, record, matter.compact, matter.inner) is None
    ]
    later = [
        (entry, given)
        for entry, given in record.facts(Mandate, after=under.seq, before=seq)
        if given.compact == matter.compact.identity
        and (given.supersedes == under.digest or mandate.covers(given, matter))
        and mandate.founded(entry, record, matter.compact, matter.inner) is None
    ]
    if later and not mandate.allows(later[-1][1], vote.choice, matter):
        causes.append(later[-1][0])
    return causes


def position(filing: Filing, seat: int, record: Record, matter: Matter) -> Position:
    """Say what a filing that broke no rule means for the count."""
    entry, vote = filing.entry, filing.filed.document
    if vote is None:
        cause = record.get(filing.filed.withdrawn_by)
        leaving = cause is not None and isinstance(cause.fact, Membership | Succession)
        return Position(
            seat=seat,
            revision=filing.filed.revision,
            digest=entry.digest,
            says="emptied" if leaving else "withdrawn",
        )
    given = record.get(vote.mandate)
    members = None
    if given is not None and isinstance(given.fact, Mandate):
        members = mandate.members_behind(given.fact, record, matter)
    return Position(
        seat=seat,
        revision=filing.filed.revision,
        digest=entry.digest,
        says="vote",
        choice=vote.choice,
        members=members,
    )


def _judge(
    entry: Entry, before: tuple[Filing, ...], record: Record, matter: Matter
) -> Finding | None:
    filed = entry.fact
    assert isinstance(filed, Filed)
    waits = _not_decided_below(record, entry.seq, matter)
    if waits is not None:
        return waits
    disorder = in_order(filed.revision, before)
    if disorder is not None:
        return disorder
    if (filed.document is None) == (filed.withdrawn_by is None):
        return Finding(
            rule=Rule.NO_MANDATE,
            says="A filing holds either a vote or the reason why one is withdrawn.",
        )
    if filed.document is None:
        return _judge_withdrawal(entry, before, record, matter)
    if filed.paper is not None:
        # The vote itself is the paper's: here it only keeps its number and its words.
        return None
    if filed.document.revision != filed.revision:
        return Finding(
            rule=Rule.BAD_SIGNATURE,
            says="The delegate signed for another revision than the one filed.",
            mandate=filed.document.mandate,
        )
    return mandate.judge(filed.document, record=record, seq=entry.seq, matter=matter)


def _not_decided_below(record: Record, seq: int, matter: Matter) -> Finding | None:
    """Say that nobody here can tell yet what binds a bearer's seat; None if we can."""
    if bearing.awaited(record, seq, matter.compact, matter.inner) is None:
        return None
    return Finding(
        rule=Rule.NOT_DECIDED_BELOW,
        says="What the compact below decided is not attested here by enough of its "
        "members yet.",
    )


def in_order(revision: int, before: tuple[Filing, ...]) -> Finding | None:
    """Say whether revision k comes after exactly the revisions 1 to k - 1."""
    # Not a list of 1 … revision to compare with: anybody may file revision 2^53.
    if len(before) == revision - 1 and all(
        each.filed.revision == place for place, each in enumerate(before, start=1)
    ):
        return None
    return Finding(
        rule=Rule.OUT_OF_ORDER,
        says=f"Revision {revision} does not come next: {len(before)} were filed.",
    )


def _judge_withdrawal(
    entry: Entry, before: tuple[Filing, ...], record: Record, matter: Matter
) -> Finding | None:
    filed = entry.fact
    assert isinstance(filed, Filed)
    causes = _causes(standing(before), record, entry.seq, matter)
    if any(cause.digest == filed.withdrawn_by for cause in causes):
        return None
    return Finding(
        rule=Rule.NO_MANDATE,
        says=(
            "The withdrawal names no recall, amended mandate or leaving in this record "
            "that takes back the vote that stands."
        ),
    )
