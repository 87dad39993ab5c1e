"""A node witnesses, and takes in, only what breaks no rule that it can check."""

from datetime import datetime

from confederation.confederal import (
    filings,
    new_key,
    slots,
    statements,
    tally,
    versions,
)
from confederation.confederal.compact import awaited, bar, left
from confederation.confederal.holding import Holding, passed
from confederation.confederal.mandate import Finding, Rule
from confederation.confederal.statements import Heard
from confederation.confederal.tally import NO_SEAT
from confederation.confederal.weighing import weigh
from confederation.errors import NotEntitled, Phrase, TooEarly, TooLate
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Filed, Method, Vote, Withdrawal


def objection(holding: Holding) -> str | None:
    """Say why this node does not witness the proposal; None if nothing is against it.

    The first that applies, in a sentence for the proposing assembly.
    """
    compact, text, entry = holding.compact, holding.text, holding.proposal
    records = holding.held(entry.assembly)
    record = next((each for each in records if each.get(entry.digest)), None)
    if compact.seat_of(entry.assembly) is None:
        return Phrase("The assembly that proposes is not a member of the compact.")
    if record is None:
        return Phrase(
            "The record of the assembly that proposes is not held up to here."
        )
    if left(compact, record, entry.seq) is not None:
        return Phrase("The assembly that proposes had left the compact.")
    if awaited(compact, holding.records):
        return Phrase("The compact is not in force: not every assembly has joined it.")
    if compact.first is not None and not holding.enacted:
        return Phrase(
            "The compact is not in force: no adoption of this version is held here."
        )
    if holding.superseded:
        return Phrase(
            "The compact's version had been superseded before this was proposed."
        )
    if not passed(holding, record, text.decision, entry.seq):
        return Phrase(
            "No decision of the proposing assembly stands behind the proposal."
        )
    if any(
        (other := each.at(entry.seq)) is not None and other.digest != entry.digest
        for each in records
    ):
        return Phrase(
            "The assembly that proposes has written two entries in this place."
        )
    return (
        _objection_to_form(holding)
        or new_key.objection(holding)
        or versions.objection(holding)
        or slots.objection(holding)
    )


def _objection_to_form(holding: Holding) -> str | None:
    compact, text = holding.compact, holding.text
    if text.opens >= text.closes:
        return Phrase("The proposal closes before it opens.")
    numbers = [clause.n for clause in text.clauses]
    if len(set(numbers)) < len(numbers):
        return Phrase("Two clauses of the proposal carry one number.")
    obstacle = tally.uncountable(text)
    if obstacle is not None:
        return obstacle
    if not bar(text.method).at_least(bar(Method(name=compact.rules.adopt))):
        return Phrase("The proposal asks for less agreement than the compact does.")
    if text.method.quorum not in (None, compact.rules.quorum):
        return Phrase("The quorum is the compact's; a proposal cannot set its own.")
    if text.theme and text.theme not in compact.themes:
        return Phrase(
            "The compact has no such theme as the one that the proposal names."
        )
    return None


def judge_unfiled(holding: Holding, vote: Vote) -> Finding | None:
    """Judge a signed vote that arrived by another way than its assembly's record.

    What its mandate does not allow is named first. A vote that breaks no rule is *not
    filed* until its assembly files it; None says that it stands in the record.
    """
    record = holding.records.get(vote.assembly)
    if record is None or holding.compact.borne_by(vote.assembly) is None:
        return Finding(
            rule=Rule.NOT_A_MEMBER,
            says=Phrase("No seat in this compact has a record that holds such a vote."),
        )
    for filing in filings.examine(record, holding.matter):
        if filing.filed.document == vote:
            return filing.finding
    finding = filings.judge_next(vote, record, holding.matter)
    return finding or Finding(
        rule=Rule.NOT_FILED,
        says=Phrase(
            "The vote keeps to its mandate, but its assembly has not filed it."
        ),
        mandate=vote.mandate,
    )


def withdraw(holding: Holding, decision: Digest, at: datetime) -> Withdrawal:
    """Withdraw a proposal at the node of the assembly that made it.

    ``decision`` is the digest of the entry by which the assembly decided so.

    Raises:
        TooLate: a vote on it is certified already, or by this node's clock it closed.
        NotEntitled: no such decision stands in the record of the proposing assembly.
    """
    weighed = weigh(holding)
    _still_open(holding, holding.proposal.assembly, weighed.heard, at)
    if any(position.seat > NO_SEAT for position in weighed.positions):
        raise TooLate("A vote on this proposal is certified; it takes its course.")
    record = holding.records.get(holding.proposal.assembly)
    if record is None or not passed(holding, record, decision, record.size):
        raise NotEntitled("Only the assembly that made a proposal can withdraw it.")
    return Withdrawal(proposal=holding.proposal.digest, decision=decision)


def _still_open(
    holding: Holding, assembly: AssemblyId, heard: Heard, at: datetime
) -> None:
    seat = holding.compact.seat_of(assembly)
    if at >= holding.text.closes or any(each.seat == seat for each in heard.finals):
        raise TooLate("This proposal has closed; nothing more is taken.")


def receive(holding: Holding, vote: Vote, at: datetime) -> Filed | Finding:
    """Receive a delegate's vote at its own assembly's node: what to file, or why not.

    A finding is shown to the delegate and told to the assembly; nothing is filed.

    Raises:
        TooEarly: the proposal is not open yet.
        TooLate: by this node's clock the vote has closed.
    """
    record = holding.records.get(vote.assembly)
    subject = statements.on(holding.proposal)
    heard = statements.hear(holding.compact, subject, holding.all_records())
    if at < holding.text.opens or len(heard.opened_by) < holding.compact.t:
        raise TooEarly("This proposal is not open for votes yet.")
    _still_open(holding, vote.assembly, heard, at)
    if record is None:
        return Finding(
            rule=Rule.NOT_A_MEMBER,
            says=Phrase("This assembly's record is not held here."),
        )
    matter = holding.matter
    finding = filings.judge_next(vote, record, matter)
    if finding is not None:
        return finding
    place = filings.next_place(record, matter)
    if isinstance(place, Finding):
        return place
    return Filed(
        proposal=holding.proposal.digest,
        revision=vote.revision,
        document=vote,
        head=place.head,
        moved_by=place.moved_by,
    )
