"""A seat's filings stand in its assembly's record, each judged in its place.

A filing is one revision of what the seat says in a matter: a delegate's vote, or a
withdrawal that names the recall, the amended mandate or the leaving behind it.
"""

from dataclasses import dataclass

from confederation import mandate
from confederation.compact import left
from confederation.history import Record
from confederation.identifiers import Digest
from confederation.mandate import Finding, Matter, Rule
from confederation.record import Entry, Filed, Mandate, Membership, Recall, Vote
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
    return finding or _in_order(vote.revision, examine(record, matter))


def withdrawal_due(record: Record, matter: Matter) -> Digest | None:
    """Name the entry for which the seat's vote is to be withdrawn next, if any.

    None when what is filed may stand, or is withdrawn already.
    """
    now = standing(examine(record, matter))
    leaving = left(matter.compact, record, record.size)
    if leaving is not None:
        done = now is not None and now.filed.withdrawn_by == leaving.digest
        return None if done else leaving.digest
    if now is None or now.filed.document is None:
        return None
    under = record.get(now.filed.document.mandate)
    if under is None:
        return None
    causes = [
        *(entry for entry, _ in record.facts(Recall, after=under.seq)),
        *(entry for entry, _ in reversed([*record.facts(Mandate, after=under.seq)])),
    ]
    for cause in causes:
        if _takes_back(cause, now.filed.document, record, matter):
            return cause.digest
    return None


def position(filing: Filing, seat: int, record: Record, matter: Matter) -> Position:
    """Say what a filing that broke no rule means for the count."""
    entry, vote = filing.entry, filing.filed.document
    if vote is None:
        cause = record.get(filing.filed.withdrawn_by)
        leaving = cause is not None and isinstance(cause.fact, Membership)
        return Position(
            seat=seat,
            revision=filing.filed.revision,
            digest=entry.digest,
            says="emptied" if leaving else "withdrawn",
        )
    given = record.get(vote.mandate)
    decision = None
    if given is not None and isinstance(given.fact, Mandate):
        decision = mandate.decided_on(given.fact, record, matter)
    return Position(
        seat=seat,
        revision=filing.filed.revision,
        digest=entry.digest,
        says="vote",
        choice=vote.choice,
        members=decision.members if decision is not None else None,
    )


def _judge(
    entry: Entry, before: tuple[Filing, ...], record: Record, matter: Matter
) -> Finding | None:
    filed = entry.fact
    assert isinstance(filed, Filed)
    disorder = _in_order(filed.revision, before)
    if disorder is not None:
        return disorder
    if (filed.document is None) == (filed.withdrawn_by is None):
        return Finding(
            rule=Rule.NO_MANDATE,
            says="A filing holds either a vote or the reason why one is withdrawn.",
        )
    if filed.document is None:
        return _judge_withdrawal(entry, before, record, matter)
    if filed.document.revision != filed.revision:
        return Finding(
            rule=Rule.BAD_SIGNATURE,
            says="The delegate signed for another revision than the one filed.",
            mandate=filed.document.mandate,
        )
    return mandate.judge(filed.document, record=record, seq=entry.seq, matter=matter)


def _in_order(revision: int, before: tuple[Filing, ...]) -> Finding | None:
    """Revision k comes after exactly the revisions 1 to k - 1."""
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
    cause = record.get(filed.withdrawn_by, before=entry.seq)
    if cause is not None and left(matter.compact, record, entry.seq) == cause:
        return None
    now = standing(before)
    vote = now.filed.document if now is not None else None
    if (
        cause is not None
        and vote is not None
        and _takes_back(cause, vote, record, matter)
    ):
        return None
    return Finding(
        rule=Rule.NO_MANDATE,
        says=(
            "The withdrawal names no recall, amended mandate or leaving in this record "
            "that takes back the vote that stands."
        ),
    )


def _takes_back(cause: Entry, vote: Vote, record: Record, matter: Matter) -> bool:
    """Say whether an entry, by the compact's rules, takes back a vote that stands."""
    under = record.get(vote.mandate)
    if under is None or mandate.founded(cause, record, matter.compact) is not None:
        return False
    fact = cause.fact
    if isinstance(fact, Recall):
        return (
            matter.compact.rules.recall == "withdraws" and fact.mandate == under.digest
        )
    return (
        isinstance(fact, Mandate)
        and cause.seq > under.seq
        and fact.compact == matter.compact.identity
        and (fact.supersedes == under.digest or mandate.covers(fact, matter))
        and not mandate.allows(fact, vote.choice, matter)
    )
